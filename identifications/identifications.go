// Package identifications is the case: which customer is to be identified by
// which scenario, what the customer was told and agreed to, document and form,
// the booking's rules, and the verdict with its evidence.
//
//	open → approved | rejected   (an agent decides, on evidence)
//	open → completed             (an agent has guided or advised; see Kind)
//	open → declined              (the customer does not want it)
//	open → cancelled             (the bank does not need it any more)
//
// Who may do what: a program of the bank's or an agent may act on every case of
// the bank, as far as package httpapi lets them in. A customer acts on the one
// case that the link is for, everybody else's answer as if they did not exist,
// and steps that show or change something need proof of the phone number.
package identifications

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Config is what a Service works with. All fields but OTP, Log and Now are required.
type Config struct {
	DB         *postgres.DB
	Banks      *banks.Service
	Channels   *channels.Service
	Scheduling *scheduling.Service
	OTP        *otp.Service     // codes for tickets; nil = none are sent
	Log        *slog.Logger     // nil = slog.Default()
	Now        func() time.Time // nil = time.Now
}

// Service keeps scenarios and identifications. It is safe for concurrent use.
type Service struct {
	db         *postgres.DB
	banks      *banks.Service
	channels   *channels.Service
	scheduling *scheduling.Service
	otp        *otp.Service
	log        *slog.Logger
	now        func() time.Time
}

// New makes a Service, which works scheduling.DueWaitlist.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Service{
		db: c.DB, banks: c.Banks, channels: c.Channels, scheduling: c.Scheduling, otp: c.OTP, log: c.Log,
		now: func() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }, // as the database keeps it
	}
	s.scheduling.WorkDue([]scheduling.DueKind{scheduling.DueWaitlist}, s.offerFreed)
	if s.otp != nil {
		s.scheduling.WorkDue([]scheduling.DueKind{scheduling.DueTicketCode}, s.sendTicketCode)
	}
	return s
}

// State is where a case stands.
type State string

// The states of a case. All but Open are final.
const (
	Open      State = "open"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Declined  State = "declined"
	Cancelled State = "cancelled"
	Completed State = "completed" // of another Kind than Identify, with an Outcome
)

// Identification is one case.
type Identification struct {
	ID            uuid.UUID
	BankID        uuid.UUID
	CustomerID    uuid.UUID
	ScenarioID    uuid.UUID
	Scenario      Snapshot // as it was when the case began
	State         State
	DocumentType  string     // "" until the customer chose
	FormVersion   int        // the newest that was submitted; 0 = none
	FormConfirmed int        // the version that the customer confirmed; 0 = none
	Reason        string     // of a rejection, decline or cancellation
	Outcome       Outcome    // of a completed one
	OutcomeNote   string     // the agent's, for the bank
	DecidedBy     *uuid.UUID // the agent, of a verdict or an outcome
	DecidedAt     *time.Time
	Reference     string // the bank's own; "" = none
	Metadata      map[string]any
	Notes         string // the agents' own
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// NewIdentification is a case to open.
type NewIdentification struct {
	CustomerID uuid.UUID
	Scenario   string         // slug or id
	Reference  string         // the bank's own; at most 200 characters
	Metadata   map[string]any // the bank's own
}

// maxReference is the most characters of a reference.
const maxReference = 200

// Create opens a case for a customer and makes the link to give to the
// customer (banks.LinkURL). It refuses an unknown customer or scenario (Invalid,
// by field) and a scenario that is not offered any more (Conflict
// "scenario_disabled").
func (s *Service) Create(ctx context.Context, bankID uuid.UUID, n NewIdentification) (ident Identification, link banks.Link, err error) {
	if len([]rune(n.Reference)) > maxReference {
		return ident, link, visavis.InvalidField("reference", "must have at most %d characters", maxReference)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.banks.Customer(ctx, bankID, n.CustomerID); visavis.KindOf(err) == visavis.NotFound {
			return visavis.InvalidField("customer_id", "there is no such customer")
		} else if err != nil {
			return err
		}
		scenario, err := s.scenarioTx(ctx, tx, n.Scenario)
		if visavis.KindOf(err) == visavis.NotFound {
			return visavis.InvalidField("scenario", "there is no such scenario")
		} else if err != nil {
			return err
		}
		if !scenario.Enabled {
			return visavis.Errorf(visavis.Conflict, "scenario_disabled", "this scenario is not offered any more")
		}
		snapshot, err := scenario.snapshot()
		if err != nil {
			return fmt.Errorf("copy scenario: %w", err)
		}
		id, now := uuid.Must(uuid.NewV7()), s.now()
		if n.Metadata == nil {
			n.Metadata = map[string]any{}
		}
		_, err = tx.Exec(ctx, `
			insert into identifications (bank_id, id, customer_id, scenario_id, scenario, reference, metadata, created_at, updated_at)
			values ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8, $8)`,
			tx.BankID, id, n.CustomerID, scenario.ID, snapshot, n.Reference, n.Metadata, now)
		if err != nil {
			return fmt.Errorf("insert identification: %w", err)
		}
		if ident, err = s.GetTx(ctx, tx, id); err != nil {
			return err
		}
		if link, err = s.linkTx(ctx, tx, ident); err != nil {
			return err
		}
		return s.appendTx(ctx, tx, "identification.created", ident, map[string]any{"scenario": scenario.Slug, "kind": scenario.Kind})
	})
	return ident, link, err
}

// NewLink makes one more link for the customer of a case, with a new expiry;
// those made before stay good until theirs.
func (s *Service) NewLink(ctx context.Context, bankID, id uuid.UUID) (link banks.Link, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err := s.GetTx(ctx, tx, id)
		if err != nil {
			return err
		}
		link, err = s.linkTx(ctx, tx, ident)
		return err
	})
	return link, err
}

func (s *Service) linkTx(ctx context.Context, tx *postgres.Tx, ident Identification) (banks.Link, error) {
	days := ident.Scenario.Settings.WithDefaults().LinkDays
	return s.banks.CreateLinkTx(ctx, tx, banks.NewLink{
		Purpose: banks.LinkVisit, CustomerID: ident.CustomerID, IdentificationID: ident.ID,
		ExpiresAt: s.now().AddDate(0, 0, days),
	})
}

// Get returns a case; NotFound when the bank has none of this id, or the
// customer in ctx another one.
func (s *Service) Get(ctx context.Context, bankID, id uuid.UUID) (ident Identification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err = s.GetTx(ctx, tx, id)
		return err
	})
	return ident, err
}

// GetTx is Get in the caller's transaction.
func (s *Service) GetTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Identification, error) {
	return s.oneTx(ctx, tx, id, "")
}

// lockTx is GetTx that keeps others from changing the case until the
// transaction ends. Everyone locks a case before its booking.
func (s *Service) lockTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Identification, error) {
	return s.oneTx(ctx, tx, id, " for no key update")
}

func (s *Service) oneTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock string) (Identification, error) {
	if err := mine(ctx, tx.BankID, id); err != nil {
		return Identification{}, err
	}
	rows, err := tx.Query(ctx, `select `+columns+` from identifications where bank_id = $1 and id = $2`+lock, tx.BankID, id)
	if err != nil {
		return Identification{}, fmt.Errorf("read identification: %w", err)
	}
	ident, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Identification{}, errNotFound()
	}
	if err != nil {
		return Identification{}, fmt.Errorf("read identification: %w", err)
	}
	return ident, nil
}

const columns = `bank_id, id, customer_id, scenario_id, scenario, state, document_type, form_version, form_confirmed,
	reason, coalesce(outcome, ''), outcome_note, decided_by, decided_at, coalesce(reference, ''), metadata, notes, created_at, updated_at`

func scan(row pgx.CollectableRow) (i Identification, err error) {
	err = row.Scan(&i.BankID, &i.ID, &i.CustomerID, &i.ScenarioID, &i.Scenario, &i.State, &i.DocumentType, &i.FormVersion, &i.FormConfirmed,
		&i.Reason, &i.Outcome, &i.OutcomeNote, &i.DecidedBy, &i.DecidedAt, &i.Reference, &i.Metadata, &i.Notes, &i.CreatedAt, &i.UpdatedAt)
	i.Scenario.Definition = i.Scenario.Definition.ofKind() // a case of before there were kinds
	return i, err
}

// Filter narrows a list of cases; zero fields do not.
type Filter struct {
	States     []State
	CustomerID uuid.UUID
	Reference  string
	From, To   time.Time // opened at or after From, before To
}

// List returns a page of cases, the newest first, and the cursor of the next
// one ("" at the end); see postgres.ParseCursor.
func (s *Service) List(ctx context.Context, bankID uuid.UUID, f Filter, p postgres.Page) (page []Identification, next string, err error) {
	states := make([]string, len(f.States))
	for i, state := range f.States {
		states[i] = string(state)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+columns+` from identifications
			where bank_id = $1
			  and (cardinality($2::text[]) = 0 or state = any($2))
			  and ($3::uuid is null or customer_id = $3)
			  and ($4 = '' or reference = $4)
			  and ($5::timestamptz is null or created_at >= $5)
			  and ($6::timestamptz is null or created_at < $6)
			  and ($7::uuid is null or id < $7)
			order by id desc limit $8`,
			tx.BankID, states, orNull(f.CustomerID), f.Reference, orNull(f.From), orNull(f.To), p.After(), p.Size()+1)
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, scan)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list identifications: %w", err)
	}
	page, next = postgres.Cut(page, p, func(i Identification) uuid.UUID { return i.ID })
	return page, next, nil
}

// Changes to a case that its state does not matter for; nil = as it is.
type Changes struct {
	Notes     *string // the agents' own; at most 10,000 characters
	Reference *string // "" = none
	Metadata  map[string]any
}

// Update changes notes, reference and metadata.
func (s *Service) Update(ctx context.Context, bankID, id uuid.UUID, c Changes) (ident Identification, err error) {
	if c.Notes != nil && len([]rune(*c.Notes)) > 10000 {
		return ident, visavis.InvalidField("notes", "must have at most 10000 characters")
	}
	if c.Reference != nil && len([]rune(*c.Reference)) > maxReference {
		return ident, visavis.InvalidField("reference", "must have at most %d characters", maxReference)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if ident, err = s.lockTx(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			update identifications set
				notes = coalesce($3, notes),
				reference = case when $4::text is null then reference else nullif($4, '') end,
				metadata = coalesce($5, metadata), updated_at = $6
			where bank_id = $1 and id = $2`, tx.BankID, id, c.Notes, c.Reference, orNullMap(c.Metadata), s.now())
		if err != nil {
			return fmt.Errorf("update identification: %w", err)
		}
		if ident, err = s.GetTx(ctx, tx, id); err != nil {
			return err
		}
		return s.appendTx(ctx, tx, "identification.updated", ident, nil)
	})
	return ident, err
}

// Cancel ends an open case because the bank does not need it any more; a live
// booking is cancelled with it, and the customer told about that. Cancelling
// again changes nothing; Conflict "identification_closed" when it ended
// otherwise.
func (s *Service) Cancel(ctx context.Context, bankID, id uuid.UUID, reason string) (ident Identification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err = s.lockTx(ctx, tx, id)
		if err != nil || ident.State == Cancelled {
			return err
		}
		if err := stillOpen(ident); err != nil {
			return err
		}
		booking, found, err := s.scheduling.LiveTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if found {
			if _, err := s.scheduling.CancelTx(ctx, tx, booking.ID, "identification_cancelled"); err != nil {
				return err
			}
		}
		if err := s.scheduling.CancelLiveTx(ctx, tx, id, ""); err != nil { // what is held and waited for
			return err
		}
		ident, err = s.endTx(ctx, tx, ident, Cancelled, reason)
		return err
	})
	return ident, err
}

// endTx writes a final state other than a verdict or an outcome.
func (s *Service) endTx(ctx context.Context, tx *postgres.Tx, ident Identification, to State, reason string) (Identification, error) {
	if len([]rune(reason)) > 1000 {
		return ident, visavis.InvalidField("reason", "must have at most 1000 characters")
	}
	ident.State, ident.Reason, ident.UpdatedAt = to, reason, s.now()
	_, err := tx.Exec(ctx, `
		update identifications set state = $3, reason = $4, updated_at = $5 where bank_id = $1 and id = $2`,
		tx.BankID, ident.ID, ident.State, ident.Reason, ident.UpdatedAt)
	if err != nil {
		return ident, fmt.Errorf("end identification: %w", err)
	}
	if err := s.revokeLinksTx(ctx, tx, ident); err != nil {
		return ident, err
	}
	return ident, s.appendTx(ctx, tx, "identification."+string(to), ident, nil)
}

// revokeLinksTx ends what was sent to the phone to act on the case, which is
// over. The link that the bank gave keeps showing the result, and sessions go on.
func (s *Service) revokeLinksTx(ctx context.Context, tx *postgres.Tx, ident Identification) error {
	return s.banks.RevokeLinksTx(ctx, tx, ident.ID, banks.LinkManage, banks.LinkCall)
}

// appendTx appends an event about the case: ids and states only.
func (s *Service) appendTx(ctx context.Context, tx *postgres.Tx, event string, ident Identification, more map[string]any) error {
	data := map[string]any{
		"identification_id": ident.ID,
		"customer_id":       ident.CustomerID,
		"state":             ident.State,
	}
	for key, value := range more {
		data[key] = value
	}
	_, err := events.AppendTx(ctx, tx, s.now(), events.New{Type: event, Object: "identification", ID: ident.ID, Data: data})
	return err
}

// Proved reports whether a customer has shown to hold the phone: by a code in
// this session, or because the link itself was sent to the phone or device.
func Proved(a visavis.Actor) bool {
	return a.Proved || a.HasScope(string(banks.LinkManage)) || a.HasScope(string(banks.LinkCall))
}

// mine refuses a case that is not the actor's as if it did not exist.
func mine(ctx context.Context, bankID, id uuid.UUID) error {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind == visavis.ActorCustomer && (actor.BankID != bankID || actor.IdentificationID != id) {
		return errNotFound()
	}
	return nil
}

// proved refuses a customer who has not proved the phone number yet.
func proved(ctx context.Context) error {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind == visavis.ActorCustomer && !Proved(actor) {
		return visavis.Errorf(visavis.Forbidden, "number_not_proved", "prove the phone number first")
	}
	return nil
}

func stillOpen(ident Identification) error {
	if ident.State != Open {
		return visavis.Errorf(visavis.Conflict, "identification_closed", "the identification is %s; this is not possible any more", ident.State)
	}
	return nil
}

func errNotFound() error {
	return visavis.Errorf(visavis.NotFound, "identification_not_found", "there is no such identification")
}

// orNull makes a zero value SQL's NULL.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func orNullMap(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}
