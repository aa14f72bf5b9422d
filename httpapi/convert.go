package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// bankOf is the bank of the acting caller.
func bankOf(ctx context.Context) uuid.UUID { return visavis.ActorFrom(ctx).BankID }

// is reports whether the caller is of this kind.
func is(ctx context.Context, kind visavis.ActorKind) bool { return visavis.ActorFrom(ctx).Kind == kind }

// or returns what p points to, or the default.
func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// zero returns what p points to, or the zero value.
func zero[T any](p *T) (v T) { return or(p, v) }

// given returns nil for the zero value, so that the field is left out.
func given[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

// givenTime is given for a time that may be absent, in UTC.
func givenTime(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// list converts each item; it never returns nil, so that JSON shows [].
func list[A, B any](items []A, convert func(A) B) []B {
	out := make([]B, 0, len(items))
	for _, item := range items {
		out = append(out, convert(item))
	}
	return out
}

// listNamed is list for what reads the names inside an item first, which can fail.
func listNamed[A, B any](ctx context.Context, items []A, convert func(context.Context, A) (B, error)) ([]B, error) {
	out := make([]B, 0, len(items))
	for _, item := range items {
		shown, err := convert(ctx, item)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

func words[A, B ~string](items []A) []B { return list(items, func(a A) B { return B(a) }) }

// page reads the parameters of a list.
func page(limit *int, cursor *string) (postgres.Page, error) {
	before, err := postgres.ParseCursor(zero(cursor))
	if err != nil {
		return postgres.Page{}, visavis.InvalidField("cursor", "is not a next_cursor of this list")
	}
	return postgres.Page{Limit: zero(limit), Before: before}, nil
}

func metadata(m map[string]any) Metadata {
	if m == nil {
		return Metadata{}
	}
	return Metadata(m)
}

// phoneFor is a number as the caller may see it: whole for the bank's own
// programs, masked for people.
func phoneFor(ctx context.Context, e164 string) string {
	if is(ctx, visavis.ActorBank) {
		return e164
	}
	return banks.MaskPhone(e164)
}

// names finds the customers, scenarios and agents that are named inside other
// things, each once.
type names struct {
	s         *Server
	customers map[uuid.UUID]banks.Customer
	scenarios map[uuid.UUID]identifications.Scenario
	agents    map[uuid.UUID]string
}

func (s *Server) names() *names {
	return &names{s: s, customers: map[uuid.UUID]banks.Customer{}, agents: map[uuid.UUID]string{}}
}

func (n *names) customer(ctx context.Context, id uuid.UUID) (banks.Customer, error) {
	if c, ok := n.customers[id]; ok {
		return c, nil
	}
	c, err := n.s.Banks.Customer(ctx, bankOf(ctx), id)
	n.customers[id] = c
	return c, err
}

func (n *names) customerSummary(ctx context.Context, id uuid.UUID) (CustomerSummary, error) {
	c, err := n.customer(ctx, id)
	return CustomerSummary{
		ID: c.ID, Name: c.Name, Phone: phoneFor(ctx, c.Phone), Locale: Locale(c.Locale), TimeZone: c.TimeZone,
		Segment: c.Segment, Needs: append(Needs{}, c.Needs...),
	}, err
}

func (n *names) scenario(ctx context.Context, id uuid.UUID) (ScenarioSummary, error) {
	if n.scenarios == nil { // a bank has few: all at once
		all, err := n.s.Identifications.Scenarios(ctx, bankOf(ctx))
		if err != nil {
			return ScenarioSummary{}, err
		}
		n.scenarios = map[uuid.UUID]identifications.Scenario{}
		for _, sc := range all {
			n.scenarios[sc.ID] = sc
		}
	}
	sc, ok := n.scenarios[id]
	if !ok {
		return ScenarioSummary{}, errNotFound
	}
	return scenarioSummary(sc), nil
}

func scenarioSummary(sc identifications.Scenario) ScenarioSummary {
	return ScenarioSummary{ID: sc.ID, Slug: sc.Slug, Kind: ScenarioKind(sc.Kind), Name: Translations(sc.Name)}
}

func (n *names) agent(ctx context.Context, id uuid.UUID) (string, error) {
	if name, ok := n.agents[id]; ok {
		return name, nil
	}
	a, err := n.s.Banks.Agent(ctx, bankOf(ctx), id)
	n.agents[id] = a.Name
	return a.Name, err
}

// together runs reads in one transaction, so that they see one state and take
// one connection.
func (s *Server) together(ctx context.Context, fn func(ctx context.Context) error) error {
	return s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, _ *postgres.Tx) error { return fn(ctx) })
}
