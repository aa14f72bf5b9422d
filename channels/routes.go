package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// TopicRules is woken after a bank's policy, routes, senders or first opt-out
// changed.
const TopicRules = "message_rules"

// MessageRoute is the ladder that a bank's messages of a class, to numbers of a
// prefix, climb. Of the routes that fit, one for the class goes before one for
// any class, then the longer prefix.
type MessageRoute struct {
	Class  Class  `json:"class,omitempty"`  // "" = any
	Prefix string `json:"prefix,omitempty"` // of the E.164 number, such as +84; "" = any, and customers without a number
	Steps  []Step `json:"steps"`
}

// maxRoutes is how many routes a bank may have.
const maxRoutes = 200

var routePrefixShape = regexp.MustCompile(`^\+[1-9][0-9]{0,9}$`)

// rules are a bank's decisions about its messages, read whole.
type rules struct {
	policy   Policy
	routes   []MessageRoute
	senders  []SenderEntry
	optedOut bool // somebody opted out of something
}

// queue adds the statements that read the rules.
func (r *rules) queue(batch *pgx.Batch, bankID uuid.UUID) {
	batch.Queue(`select policy, routes from message_policies where bank_id = $1`, bankID).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&r.policy, &r.routes}, func() error { return nil })
		return err
	})
	batch.Queue(sendersSQL, bankID).Query(func(rows pgx.Rows) (err error) {
		r.senders, err = pgx.CollectRows(rows, scanSender)
		return err
	})
	batch.Queue(`select exists(select from opted_out where bank_id = $1)`, bankID).QueryRow(func(row pgx.Row) error { return row.Scan(&r.optedOut) })
}

// route finds the route for a class and number.
func (r *rules) route(class Class, phone string) (best MessageRoute, ok bool) {
	rank := -1
	for _, route := range r.routes {
		if route.Class != "" && route.Class != class || !strings.HasPrefix(phone, route.Prefix) {
			continue
		}
		of := len(route.Prefix)
		if route.Class != "" {
			of += 100
		}
		if of > rank {
			best, rank, ok = route, of, true
		}
	}
	return best, ok
}

// pushes reports whether a message may go over push, so that devices are read.
func (r *rules) pushes(m Message) bool {
	for _, c := range m.over() {
		if c == Push {
			return true
		}
	}
	if len(m.over()) > 0 {
		return false
	}
	for _, route := range r.routes {
		for _, step := range route.Steps {
			if step.Channel == Push {
				return true
			}
		}
	}
	return false
}

// MessageRoutes are a bank's routes, in the order in which they were given.
func (s *Service) MessageRoutes(ctx context.Context, bankID uuid.UUID) (routes []MessageRoute, err error) {
	_, routes, err = s.policyAndRoutes(ctx, bankID)
	return routes, err
}

// Policy is a bank's message policy.
func (s *Service) Policy(ctx context.Context, bankID uuid.UUID) (p Policy, err error) {
	p, _, err = s.policyAndRoutes(ctx, bankID)
	return p, err
}

func (s *Service) policyAndRoutes(ctx context.Context, bankID uuid.UUID) (p Policy, routes []MessageRoute, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		err := tx.QueryRow(ctx, `select policy, routes from message_policies where bank_id = $1`, bankID).Scan(&p, &routes)
		if err == pgx.ErrNoRows {
			return nil
		}
		return err
	})
	if err != nil {
		return p, nil, fmt.Errorf("read message policy: %w", err)
	}
	return p, routes, nil
}

// SetPolicy replaces a bank's message policy.
func (s *Service) SetPolicy(ctx context.Context, bankID uuid.UUID, p Policy) (Policy, error) {
	if err := p.validate(); err != nil {
		return Policy{}, err
	}
	return p, s.setRules(ctx, bankID, "policy", p)
}

// SetMessageRoutes replaces a bank's routes.
func (s *Service) SetMessageRoutes(ctx context.Context, bankID uuid.UUID, routes []MessageRoute) ([]MessageRoute, error) {
	if len(routes) > maxRoutes {
		return nil, visavis.InvalidField("routes", "at most %d", maxRoutes)
	}
	type key struct {
		class  Class
		prefix string
	}
	seen := map[key]bool{}
	for i, r := range routes {
		at := fmt.Sprintf("routes.%d", i)
		if r.Class != "" && !r.Class.known() {
			return nil, visavis.InvalidField(at+".class", "must be security, ring, transaction, reminder or notice")
		}
		if r.Prefix != "" && !routePrefixShape.MatchString(r.Prefix) {
			return nil, visavis.InvalidField(at+".prefix", "is the beginning of a number in E.164, such as +84")
		}
		if seen[key{r.Class, r.Prefix}] {
			return nil, visavis.InvalidField(at, "another route has the same class and prefix")
		}
		seen[key{r.Class, r.Prefix}] = true
		if err := s.checkSteps(at+".steps", r.Steps); err != nil {
			return nil, err
		}
	}
	if routes == nil {
		routes = []MessageRoute{}
	}
	return routes, s.setRules(ctx, bankID, "routes", routes)
}

// setRules writes one column of message_policies, and tells it.
func (s *Service) setRules(ctx context.Context, bankID uuid.UUID, column string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("set message %s: %w", column, err)
	}
	now := s.now()
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into message_policies as p (bank_id, `+column+`, updated_at) values ($1, $2, $3)
			on conflict (bank_id) do update set `+column+` = excluded.`+column+`, updated_at = excluded.updated_at`, bankID, raw, now)
		if err != nil {
			return err
		}
		return s.ruledTx(ctx, tx, now, column)
	})
	if err != nil {
		return fmt.Errorf("set message %s: %w", column, err)
	}
	return nil
}

// ruledTx tells that a bank changed what its messages go by.
func (s *Service) ruledTx(ctx context.Context, tx *postgres.Tx, now time.Time, what string) error {
	tx.Wake(TopicRules)
	_, err := events.AppendTx(ctx, tx, now, events.New{Type: "message_rules.changed", Object: "bank", ID: tx.BankID, Data: map[string]any{"what": what}})
	return err
}
