package ivr

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

//go:embed flows
var shippedFiles embed.FS

// shipped are the flows that the product brings, by name.
var shipped = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	entries, err := shippedFiles.ReadDir("flows")
	if err != nil {
		panic(err) // embedded
	}
	for _, entry := range entries {
		source, err := shippedFiles.ReadFile("flows/" + entry.Name())
		if err != nil {
			panic(err)
		}
		all[strings.TrimSuffix(entry.Name(), ".yaml")] = string(source)
	}
	return all
})

// parsed keeps flows that were read, by the hash of their source: what is
// published is read once a node.
var parsed sync.Map // [32]byte → *Flow

func flowOf(source string) (*Flow, error) {
	hash := sha256.Sum256([]byte(source))
	if f, ok := parsed.Load(hash); ok {
		return f.(*Flow), nil
	}
	f, problems := Parse([]byte(source))
	if f == nil || Fails(problems) {
		return nil, fmt.Errorf("flow that is in force has errors: %+v", problems[0])
	}
	parsed.Store(hash, f)
	return f, nil
}

// ShippedVersion pins a call to the flow that the product brings.
const ShippedVersion = -1

// FlowState of a version.
type FlowState string

// The states of a version. Only the published one leads calls.
const (
	FlowDraft     FlowState = "draft"
	FlowSubmitted FlowState = "submitted"
	FlowApproved  FlowState = "approved"
	FlowRejected  FlowState = "rejected"
	FlowPublished FlowState = "published"
	FlowArchived  FlowState = "archived"
)

// FlowVersion is one version of a bank's flow; Version 0 is the shipped one.
type FlowVersion struct {
	ID        uuid.UUID
	Name      string
	Version   int
	Source    string
	State     FlowState
	Authors   []uuid.UUID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// FlowChange is one entry of a flow's history.
type FlowChange struct {
	Version   int
	Action    string
	ActorKind visavis.ActorKind
	ActorID   *uuid.UUID
	Note      string
	At        time.Time
}

// FlowInfo is a flow as it stands.
type FlowInfo struct {
	Name    string
	Title   string
	Locales []string
	Inputs  []Input
	Shipped bool         // the product brings one of this name
	Version int          // in force; 0 = the shipped one; -1 = none
	Open    *FlowVersion // draft, submitted or approved
}

// FlowDetail is a flow with its versions, newest first, and its history, oldest
// first.
type FlowDetail struct {
	FlowInfo
	Source   string // in force, or of the newest version
	Problems []Problem
	Versions []FlowVersion
	History  []FlowChange
}

const flowColumns = `id, name, version, source, state, authors, created_at, updated_at`

func scanFlow(row pgx.CollectableRow) (v FlowVersion, err error) {
	return v, row.Scan(&v.ID, &v.Name, &v.Version, &v.Source, &v.State, &v.Authors, &v.CreatedAt, &v.UpdatedAt)
}

func noFlow(name string) error {
	return visavis.Errorf(visavis.NotFound, "flow_not_found", "there is no flow %q", name)
}

// inForceTx returns the flow that leads calls: version 0 is the published one,
// else the shipped one; any other is that very version, in whatever state. The
// number that it returns is the version's. ShippedVersion is the shipped one even
// when the bank has published its own.
func (s *Service) inForceTx(ctx context.Context, tx *postgres.Tx, name string, version int) (*Flow, int, FlowState, error) {
	var source string
	var state FlowState
	found := version
	if version == ShippedVersion {
		source, ok := shipped()[name]
		if !ok {
			return nil, 0, "", noFlow(name)
		}
		f, err := flowOf(source)
		return f, 0, FlowPublished, err
	}
	sql, args := `select version, source, state from flows where bank_id = $1 and name = $2 and state = 'published'`, []any{tx.BankID, name}
	if version != 0 {
		sql, args = `select version, source, state from flows where bank_id = $1 and name = $2 and version = $3`, append(args, version)
	}
	err := tx.QueryRow(ctx, sql, args...).Scan(&found, &source, &state)
	if errors.Is(err, pgx.ErrNoRows) && version == 0 {
		var ok bool
		if source, ok = shipped()[name]; ok {
			found, state, err = 0, FlowPublished, nil
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, "", noFlow(name)
	}
	if err != nil {
		return nil, 0, "", fmt.Errorf("read flow: %w", err)
	}
	f, err := flowOf(source)
	if err != nil {
		return nil, 0, "", visavis.Errorf(visavis.Conflict, "flow_invalid", "version %d of the flow %q has errors", found, name)
	}
	return f, found, state, nil
}

// checkFlowTx refuses a call whose flow does not exist, or lacks a variable.
func (s *Service) checkFlowTx(ctx context.Context, tx *postgres.Tx, name string, version int, input map[string]string, trial bool) error {
	f, _, state, err := s.inForceTx(ctx, tx, name, version)
	if err != nil {
		if visavis.KindOf(err) == visavis.NotFound {
			return visavis.InvalidField("flow", "there is no such flow, or no such version of it")
		}
		return err
	}
	if !trial && version != 0 && state != FlowPublished && state != FlowArchived {
		return visavis.InvalidField("version", "this version was not published: it can only be tried")
	}
	for _, in := range f.Inputs {
		if !in.Optional && input[in.Name] == "" && in.Name != startVar {
			return visavis.InvalidField("input."+in.Name, "the flow needs it")
		}
	}
	return nil
}

// Flows lists the flows that the bank has: its own and the shipped ones, by name.
func (s *Service) Flows(ctx context.Context, bankID uuid.UUID) (list []FlowInfo, err error) {
	byName := map[string][]FlowVersion{}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select distinct on (name, state) `+flowColumns+` from flows where bank_id = $1 order by name, state, version desc`, tx.BankID)
		all, err := pgx.CollectRows(rows, scanFlow)
		for _, v := range all {
			byName[v.Name] = append(byName[v.Name], v)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list flows: %w", err)
	}
	for name := range shipped() {
		if byName[name] == nil {
			byName[name] = []FlowVersion{}
		}
	}
	for _, name := range sortedKeys(byName) {
		list = append(list, infoOf(name, byName[name]).FlowInfo)
	}
	return list, nil
}

// infoOf says how a flow stands by its versions.
func infoOf(name string, versions []FlowVersion) FlowDetail {
	d := FlowDetail{FlowInfo: FlowInfo{Name: name, Version: -1}, Versions: versions}
	if source, ok := shipped()[name]; ok {
		d.Shipped, d.Version, d.Source = true, 0, source
	}
	newest := -1
	for i, v := range versions {
		switch v.State {
		case FlowPublished:
			d.Version, d.Source = v.Version, v.Source
		case FlowDraft, FlowSubmitted, FlowApproved:
			d.Open = &versions[i]
		}
		if newest < 0 || v.Version > versions[newest].Version {
			newest = i
		}
	}
	if d.Version < 0 && newest >= 0 {
		d.Source = versions[newest].Source
	}
	if f, _ := Parse([]byte(d.Source)); f != nil {
		d.Title, d.Locales, d.Inputs = f.Title, f.Locales, f.Inputs
	}
	return d
}

// Flow returns a flow with its versions and its history.
func (s *Service) Flow(ctx context.Context, bankID uuid.UUID, name string) (d FlowDetail, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		d, err = s.flowTx(ctx, tx, name)
		return err
	})
	return d, err
}

func (s *Service) flowTx(ctx context.Context, tx *postgres.Tx, name string) (FlowDetail, error) {
	rows, _ := tx.Query(ctx, `select `+flowColumns+` from flows where bank_id = $1 and name = $2 order by version desc`, tx.BankID, name)
	versions, err := pgx.CollectRows(rows, scanFlow)
	if err != nil {
		return FlowDetail{}, fmt.Errorf("read flow: %w", err)
	}
	if _, ok := shipped()[name]; !ok && len(versions) == 0 {
		return FlowDetail{}, noFlow(name)
	}
	d := infoOf(name, versions)
	rows, _ = tx.Query(ctx, `select version, action, actor_kind, actor_id, note, at from flow_changes where bank_id = $1 and name = $2 order by id`, tx.BankID, name)
	d.History, err = pgx.CollectRows(rows, pgx.RowToStructByPos[FlowChange])
	if err != nil {
		return FlowDetail{}, fmt.Errorf("read flow: %w", err)
	}
	if d.Open != nil {
		_, d.Problems = Parse([]byte(d.Open.Source))
	}
	return d, nil
}

// FlowSource returns one version of a flow; 0 = the shipped one.
func (s *Service) FlowSource(ctx context.Context, bankID uuid.UUID, name string, version int) (v FlowVersion, err error) {
	if version == 0 {
		source, ok := shipped()[name]
		if !ok {
			return v, noFlow(name)
		}
		return FlowVersion{Name: name, Source: source, State: FlowPublished}, nil
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		v, err = versionTx(ctx, tx, name, version)
		return err
	})
	return v, err
}

func versionTx(ctx context.Context, tx *postgres.Tx, name string, version int) (FlowVersion, error) {
	rows, _ := tx.Query(ctx, `select `+flowColumns+` from flows where bank_id = $1 and name = $2 and version = $3`, tx.BankID, name, version)
	v, err := pgx.CollectExactlyOneRow(rows, scanFlow)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, visavis.Errorf(visavis.NotFound, "flow_version_not_found", "the flow has no version %d", version)
	}
	if err != nil {
		return v, fmt.Errorf("read flow: %w", err)
	}
	return v, nil
}

// DraftFlow writes a bank's own flow. A draft is changed in place; what was
// submitted or approved is archived, and a new version begins. Nothing is in
// force by it, and it may have errors: they are in the answer's Problems.
func (s *Service) DraftFlow(ctx context.Context, bankID uuid.UUID, name, source string) (FlowDetail, error) {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	switch {
	case !nameShape.MatchString(name):
		return FlowDetail{}, visavis.InvalidField("name", "a name of lower-case letters, digits and underscores, at most 40")
	case strings.TrimSpace(source) == "" || len(source) > maxSource:
		return FlowDetail{}, visavis.InvalidField("source", "must have 1 to %d bytes", maxSource)
	case strings.ContainsFunc(source, func(r rune) bool { return r != '\n' && r != '\t' && (r < 0x20 || r == 0x7f) }):
		return FlowDetail{}, visavis.InvalidField("source", "has control characters")
	}
	return s.changeFlow(ctx, bankID, name, func(ctx context.Context, tx *postgres.Tx, now flowClock) error {
		d, err := s.flowTx(ctx, tx, name)
		if err != nil && visavis.KindOf(err) != visavis.NotFound {
			return err
		}
		authors := []uuid.UUID{}
		if now.actor != nil {
			authors = append(authors, *now.actor)
		}
		switch {
		case d.Open != nil && d.Open.State == FlowDraft:
			for _, author := range d.Open.Authors {
				if !slices.Contains(authors, author) {
					authors = append(authors, author)
				}
			}
			_, err := tx.Exec(ctx, `update flows set source = $4, updated_at = $5, authors = $6 where bank_id = $1 and name = $2 and version = $3`,
				tx.BankID, name, d.Open.Version, source, now.at, authors)
			return err
		case d.Open != nil:
			if err := s.setFlowTx(ctx, tx, now, *d.Open, FlowArchived, "archived", ""); err != nil {
				return err
			}
		}
		v := FlowVersion{ID: uuid.Must(uuid.NewV7()), Name: name, Version: 1}
		if len(d.Versions) > 0 {
			v.Version = d.Versions[0].Version + 1
		}
		if _, err := tx.Exec(ctx, `insert into flows (bank_id, id, name, version, source, state, authors, created_at, updated_at) values ($1, $2, $3, $4, $5, 'draft', $6, $7, $7)`,
			tx.BankID, v.ID, name, v.Version, source, authors, now.at); err != nil {
			return err
		}
		return flowChangeTx(ctx, tx, now, name, v.Version, "drafted", "")
	})
}

// SubmitFlow hands a draft to another administrator. It refuses (Invalid,
// flow_invalid) a flow with errors.
func (s *Service) SubmitFlow(ctx context.Context, bankID uuid.UUID, name string, version int) (FlowDetail, error) {
	return s.stepFlow(ctx, bankID, name, version, FlowDraft, FlowSubmitted, "submitted", "", func(ctx context.Context, tx *postgres.Tx, now flowClock, v FlowVersion) error {
		if err := s.mustRun(ctx, tx, v); err != nil {
			return err
		}
		if now.actor != nil && !slices.Contains(v.Authors, *now.actor) {
			v.Authors = append(v.Authors, *now.actor)
			if _, err := tx.Exec(ctx, `update flows set authors = $3 where bank_id = $1 and id = $2`, tx.BankID, v.ID, v.Authors); err != nil {
				return err
			}
		}
		return channels.OtherAdministratorTx(ctx, tx, v.Authors)
	})
}

// ApproveFlow is the second pair of eyes; see channels.SecondPairTx.
func (s *Service) ApproveFlow(ctx context.Context, bankID uuid.UUID, name string, version int, note string) (FlowDetail, error) {
	return s.stepFlow(ctx, bankID, name, version, FlowSubmitted, FlowApproved, "approved", note, func(ctx context.Context, tx *postgres.Tx, _ flowClock, v FlowVersion) error {
		return channels.SecondPairTx(ctx, tx, v.Authors, "a flow")
	})
}

// RejectFlow ends a submitted or approved version with a reason.
func (s *Service) RejectFlow(ctx context.Context, bankID uuid.UUID, name string, version int, note string) (FlowDetail, error) {
	return s.stepFlow(ctx, bankID, name, version, FlowSubmitted, FlowRejected, "rejected", note, nil)
}

// PublishFlow puts an approved version in force and archives the one that was.
// Calls that are going on keep theirs.
func (s *Service) PublishFlow(ctx context.Context, bankID uuid.UUID, name string, version int) (FlowDetail, error) {
	return s.stepFlow(ctx, bankID, name, version, FlowApproved, FlowPublished, "published", "", func(ctx context.Context, tx *postgres.Tx, now flowClock, v FlowVersion) error {
		if err := s.mustRun(ctx, tx, v); err != nil {
			return err
		}
		return s.retireTx(ctx, tx, now, name)
	})
}

// DiscardFlow archives an open version.
func (s *Service) DiscardFlow(ctx context.Context, bankID uuid.UUID, name string, version int) (FlowDetail, error) {
	return s.stepFlow(ctx, bankID, name, version, "", FlowArchived, "archived", "", nil)
}

// RevertFlow goes back to the shipped flow (version 0), or to a version that was
// in force before; two people looked at either.
func (s *Service) RevertFlow(ctx context.Context, bankID uuid.UUID, name string, version int) (FlowDetail, error) {
	return s.changeFlow(ctx, bankID, name, func(ctx context.Context, tx *postgres.Tx, now flowClock) error {
		if version == 0 {
			if _, ok := shipped()[name]; !ok {
				return noFlow(name)
			}
			if err := s.retireTx(ctx, tx, now, name); err != nil {
				return err
			}
			return flowChangeTx(ctx, tx, now, name, 0, "reverted", "")
		}
		v, err := versionTx(ctx, tx, name, version)
		if err != nil {
			return err
		}
		var was bool
		if err := tx.QueryRow(ctx, `select exists (select from flow_changes where bank_id = $1 and name = $2 and version = $3 and action in ('published', 'reverted'))`,
			tx.BankID, name, version).Scan(&was); err != nil {
			return err
		}
		if !was || v.State != FlowArchived {
			return visavis.Errorf(visavis.Conflict, "flow_never_published", "only a version that was in force before can be put back")
		}
		if err := s.mustRun(ctx, tx, v); err != nil {
			return err
		}
		if err := s.retireTx(ctx, tx, now, name); err != nil {
			return err
		}
		return s.setFlowTx(ctx, tx, now, v, FlowPublished, "reverted", "")
	})
}

// mustRun refuses a version with errors, and one that is named otherwise inside,
// asks hooks that nothing may be asked of, or plays recordings that the bank has not.
func (s *Service) mustRun(ctx context.Context, tx *postgres.Tx, v FlowVersion) error {
	f, problems := Parse([]byte(v.Source))
	if f != nil {
		more, err := s.problemsTx(ctx, tx, f, v.Name)
		if err != nil {
			return err
		}
		problems = append(problems, more...)
	}
	if !Fails(problems) {
		return nil
	}
	e := visavis.Errorf(visavis.Invalid, "flow_invalid", "the flow has errors")
	for _, p := range problems {
		if p.Error && len(e.Fields) < 50 {
			e.Fields = append(e.Fields, visavis.Field{Name: fmt.Sprintf("source:%d:%d", p.Line, p.Column), Reason: p.Message})
		}
	}
	return e
}

// problemsTx finds what is wrong with a flow in this bank.
func (s *Service) problemsTx(ctx context.Context, tx *postgres.Tx, f *Flow, name string) (list []Problem, err error) {
	if f.Name != name {
		list = append(list, Problem{Line: 1, Column: 1, Rule: RuleValue, Error: true, Message: fmt.Sprintf("the document says flow: %s, but this is %s", f.Name, name)})
	}
	numbers, err := numbersTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	if !f.Inbound && (name == defaultInbound || slices.Contains(slices.Collect(maps.Values(numbers)), name)) {
		list = append(list, Problem{Line: 1, Column: 1, Rule: RuleUnproved, Error: true, Message: "it answers the bank's numbers: write inbound: true, and see what it may do before a code"})
	}
	allow, err := s.allowTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	own := map[string]map[string][]byte{}
	for _, locale := range f.Locales {
		if !knownLocale(locale) {
			continue
		}
		if own[locale], err = s.Channels.OwnClips(ctx, tx.BankID, locale); err != nil {
			return nil, err
		}
	}
	missing := func(st *Step, line int, locale, clip string) {
		if _, ok := own[locale][clip]; ownClip(clip) && !ok && own[locale] != nil {
			list = append(list, Problem{Line: line, Column: st.Column, Step: st.Name, Rule: RuleClip, Error: true,
				Message: fmt.Sprintf("the bank has no recording %s in %s", clip, locale)})
		}
	}
	for _, st := range f.Steps {
		if st.Kind == KindWebhook && st.URL != "" {
			if err := events.CheckHook("url", st.URL, allow); err != nil {
				list = append(list, Problem{Line: st.Line, Column: st.Column, Step: st.Name, Rule: RuleValue, Error: true, Message: err.Error()})
			}
		}
		for locale, text := range st.Words {
			for _, part := range text.Parts {
				missing(st, text.Line, locale, part.Clip)
			}
		}
		for _, clip := range st.Clips {
			for _, locale := range f.Locales {
				missing(st, st.Line, locale, clip)
			}
		}
	}
	return list, nil
}

// ValidateFlow says what is wrong with a document, and draws it. The diagram is
// empty when it could not be read.
func (s *Service) ValidateFlow(ctx context.Context, bankID uuid.UUID, name, source, locale string) (problems []Problem, diagram Diagram, err error) {
	f, problems := Parse([]byte(source))
	if f == nil {
		return problems, Diagram{}, nil
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		more, err := s.problemsTx(ctx, tx, f, name)
		problems = append(problems, more...)
		return err
	})
	if len(f.Locales) > 0 {
		diagram = f.Draw(locale)
	}
	return problems, diagram, err
}

// flowClock is when a change is made and by whom.
type flowClock struct {
	at    time.Time
	kind  visavis.ActorKind
	actor *uuid.UUID
}

func (s *Service) changeFlow(ctx context.Context, bankID uuid.UUID, name string, change func(ctx context.Context, tx *postgres.Tx, now flowClock) error) (d FlowDetail, err error) {
	now := flowClock{at: s.Now(), kind: visavis.ActorSystem}
	if a := visavis.ActorFrom(ctx); a.Kind != "" {
		now.kind, now.actor = a.Kind, orNil(a.ID)
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('flows' || $1::text || $2, 0))`, tx.BankID, name); err != nil {
			return err
		}
		if err := change(ctx, tx, now); err != nil {
			return err
		}
		d, err = s.flowTx(ctx, tx, name)
		return err
	})
	if err != nil {
		return FlowDetail{}, fmt.Errorf("change flow: %w", err)
	}
	return d, nil
}

func (s *Service) stepFlow(ctx context.Context, bankID uuid.UUID, name string, version int, from, to FlowState, action, note string,
	check func(ctx context.Context, tx *postgres.Tx, now flowClock, v FlowVersion) error) (FlowDetail, error) {
	if note = strings.TrimSpace(note); len([]rune(note)) > 1000 {
		return FlowDetail{}, visavis.InvalidField("note", "must have at most 1,000 characters")
	}
	return s.changeFlow(ctx, bankID, name, func(ctx context.Context, tx *postgres.Tx, now flowClock) error {
		v, err := versionTx(ctx, tx, name, version)
		if err != nil {
			return err
		}
		ok := v.State == from || to == FlowRejected && v.State == FlowApproved ||
			from == "" && slices.Contains([]FlowState{FlowDraft, FlowSubmitted, FlowApproved}, v.State)
		if !ok {
			return visavis.Errorf(visavis.Conflict, "flow_state", "version %d is %s", version, v.State)
		}
		if check != nil {
			if err := check(ctx, tx, now, v); err != nil {
				return err
			}
		}
		return s.setFlowTx(ctx, tx, now, v, to, action, note)
	})
}

// retireTx archives the version that is in force.
func (s *Service) retireTx(ctx context.Context, tx *postgres.Tx, now flowClock, name string) error {
	rows, _ := tx.Query(ctx, `select `+flowColumns+` from flows where bank_id = $1 and name = $2 and state = 'published'`, tx.BankID, name)
	v, err := pgx.CollectExactlyOneRow(rows, scanFlow)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.setFlowTx(ctx, tx, now, v, FlowArchived, "archived", "")
}

func (s *Service) setFlowTx(ctx context.Context, tx *postgres.Tx, now flowClock, v FlowVersion, to FlowState, action, note string) error {
	if _, err := tx.Exec(ctx, `update flows set state = $3, updated_at = $4 where bank_id = $1 and id = $2`, tx.BankID, v.ID, string(to), now.at); err != nil {
		return err
	}
	if err := flowChangeTx(ctx, tx, now, v.Name, v.Version, action, note); err != nil {
		return err
	}
	if to == FlowArchived {
		return nil
	}
	_, err := events.AppendTx(ctx, tx, now.at, events.New{Type: "flow." + string(to), Object: "flow", ID: v.ID, Data: map[string]any{"name": v.Name, "version": v.Version}})
	return err
}

func flowChangeTx(ctx context.Context, tx *postgres.Tx, now flowClock, name string, version int, action, note string) error {
	_, err := tx.Exec(ctx, `insert into flow_changes (bank_id, id, name, version, action, actor_kind, actor_id, note, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.BankID, uuid.Must(uuid.NewV7()), name, version, action, string(now.kind), now.actor, note, now.at)
	return err
}
