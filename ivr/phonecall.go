package ivr

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// State of a phone call.
type State string

// The states of a phone call. Completed, busy, no answer, failed and canceled are final.
const (
	Queued    State = "queued"
	Dialing   State = "dialing"
	Unknown   State = "unknown" // the provider may have it: it is looked up before anything else
	Ringing   State = "ringing"
	Answered  State = "answered"
	Completed State = "completed" // it was answered, and has ended
	Busy      State = "busy"
	NoAnswer  State = "no_answer"
	Failed    State = "failed"
	Canceled  State = "canceled"
)

// Final reports whether nothing follows the state.
func (s State) Final() bool { return s.rank() == finalRank }

const finalRank = 5

// rank orders the states: a receipt only ever raises it.
func (s State) rank() int {
	switch s {
	case Queued:
		return 0
	case Dialing, Unknown:
		return 1
	case Ringing:
		return 2
	case Answered:
		return 3
	}
	return finalRank
}

// Outcomes that the package itself gives; a flow gives others (see Flow).
const (
	OutcomeExpired    = "expired"     // it was not dialled in time
	OutcomeOptedOut   = "opted_out"   // the customer opted out after it was accepted, or in it
	OutcomeMachine    = "machine"     // an answering machine took it
	OutcomeHungUp     = "hung_up"     // the customer hung up before the flow's end
	OutcomeNoDialogue = "no_dialogue" // it was answered, but our first words never reached it
	OutcomeRefused    = "refused"     // the provider would not place it; ErrorCode says why
	OutcomeCanceled   = "canceled"
	OutcomeLost       = "lost" // the provider does not know what became of it
)

// Directions of a phone call.
const (
	Outbound = "outbound"
	Inbound  = "inbound"
)

// answeredBy values.
const (
	Human   = "human"
	Machine = "machine"
)

// PhoneCall is one telephone call, with where its dialogue stands.
type PhoneCall struct {
	ID, BankID uuid.UUID
	// CustomerID is uuid.Nil for a contact or caller that is no customer.
	CustomerID uuid.UUID
	Direction  string // Outbound, Inbound
	// To is the number of the other side, E.164. With a customer it may be left
	// out: then it is the customer's. Shown masked.
	To string
	// From is the bank's number: what the call comes from, or what was dialled.
	// "" = by the bank's registry of senders, else the provider's own.
	From string
	// Flow leads the call; Version 0 = the version that is published when it is
	// answered. Input are the flow's variables.
	Flow    string
	Version int
	Input   map[string]string
	// Locale and TimeZone replace the customer's.
	Locale, TimeZone string
	// AboutType and AboutID name what the call is about, such as "booking".
	AboutType string
	AboutID   uuid.UUID
	// Key names the attempt, unique in the bank: the same attempt is placed once.
	// Required for outbound calls; 1 to 200 characters, no personal data.
	Key string
	// Class is what opt-outs, caps and quiet hours go by.
	Class channels.Class
	// NotBefore is when it may be dialled; zero = now. ExpiresAt: not from then
	// on. Required.
	NotBefore, ExpiresAt time.Time
	// DetectMachine has the provider find out whether a machine answered.
	DetectMachine bool
	// MachineFlow leads an answering machine, instead of Flow's own on_machine. ""
	// and no on_machine: it is hung up on at once.
	MachineFlow    string
	MachineVersion int
	// NotQuiet has PlaceTx refuse (TooMany quiet_hours, with RetryAfter) in quiet
	// hours; else the call waits for their end.
	NotQuiet bool
	// Trial tries a version that is not published.
	Trial bool
	// Session is the token of a verified session of the customer with the scope
	// "ivr", kept sealed: while it stands, verify steps ask for no code. The call
	// goes to the customer's own number then. Only for Place.
	Session string

	State      State
	Outcome    string // what it came to: the flow's word, or one of the Outcome… constants
	AnsweredBy string // "human", "machine", "unknown"; "" = not asked or not answered
	ErrorCode  string // the provider's own
	Provider   string
	ProviderID string
	CreatedAt  time.Time
	DueAt      *time.Time
	RangAt     *time.Time
	AnsweredAt *time.Time
	EndedAt    *time.Time
	Seconds    int // connected
	Attempts   int
	Turn       int
	Step       string // of the flow, where it stands or ended
	// Pinned is the version that leads the call, once it was answered: 0 = the
	// shipped flow. nil = not answered.
	Pinned *int
	// FlowEnded: the flow came to its end. HandedOver: a person took the call.
	// Abandoned: a person was wanted, and nobody came. MessageLeft: a machine heard
	// its flow to the end.
	FlowEnded, HandedOver, Abandoned, MessageLeft bool
	// HangUp: it is to end at the provider as soon as it can be told.
	HangUp bool
	// QueueEntryID and IdentificationID are of a hand-over; uuid.Nil = none.
	QueueEntryID, IdentificationID uuid.UUID
}

const callColumns = `id, bank_id, coalesce(customer_id, '00000000-0000-0000-0000-000000000000'), direction, phone, bank_number, flow, version, input,
	locale, time_zone, about_type, coalesce(about_id, '00000000-0000-0000-0000-000000000000'), key, class, not_before, expires_at, detect_machine,
	state, outcome, answered_by, error_code, provider, coalesce(provider_id, ''), created_at, due_at, rang_at, answered_at, ended_at, seconds,
	attempts, turn, step, machine_flow, machine_version, trial, pinned, flow_ended, handed_over, abandoned, message_left,
	coalesce(queue_entry_id, '00000000-0000-0000-0000-000000000000'), coalesce(identification_id, '00000000-0000-0000-0000-000000000000'),
	hang_up`

func (c *PhoneCall) fields() []any {
	return []any{&c.ID, &c.BankID, &c.CustomerID, &c.Direction, &c.To, &c.From, &c.Flow, &c.Version, &c.Input,
		&c.Locale, &c.TimeZone, &c.AboutType, &c.AboutID, &c.Key, &c.Class, &c.NotBefore, &c.ExpiresAt, &c.DetectMachine,
		&c.State, &c.Outcome, &c.AnsweredBy, &c.ErrorCode, &c.Provider, &c.ProviderID, &c.CreatedAt, &c.DueAt, &c.RangAt, &c.AnsweredAt, &c.EndedAt, &c.Seconds,
		&c.Attempts, &c.Turn, &c.Step, &c.MachineFlow, &c.MachineVersion, &c.Trial, &c.Pinned, &c.FlowEnded, &c.HandedOver, &c.Abandoned, &c.MessageLeft,
		&c.QueueEntryID, &c.IdentificationID, &c.HangUp}
}

func scanCall(row pgx.CollectableRow) (c PhoneCall, err error) { return c, row.Scan(c.fields()...) }

// topic wakes the loop that dials.
const topic = "phone_calls"

var nameShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// maxAhead is how far ahead a call may be placed.
const maxAhead = 366 * 24 * time.Hour

// PlaceTx accepts an outbound call in the caller's transaction: when that commits
// it will be dialled in time or told to have failed. A Key that was used before
// returns the id of the call that it placed, and changes nothing. It refuses as
// channels.MayCallTx does (country, opt-out, quiet hours, cap, budget), and
// (Invalid) what could not be dialled; Unavailable (channel_not_configured) when
// no provider places calls.
func (s *Service) PlaceTx(ctx context.Context, tx *postgres.Tx, c PhoneCall) (uuid.UUID, error) {
	if own(c.Flow) {
		return uuid.Nil, visavis.InvalidField("flow", "this flow is the gateway's own")
	}
	return s.placeTx(ctx, tx, c)
}

func (s *Service) placeTx(ctx context.Context, tx *postgres.Tx, c PhoneCall) (uuid.UUID, error) {
	if err := s.checkPlace(&c); err != nil {
		return uuid.Nil, err
	}
	var placed uuid.UUID
	err := tx.QueryRow(ctx, `select id from phone_calls where bank_id = $1 and key = $2`, tx.BankID, c.Key).Scan(&placed)
	if err == nil {
		return placed, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fmt.Errorf("place phone call: %w", err)
	}
	if !own(c.Flow) {
		if err := s.checkFlowTx(ctx, tx, c.Flow, c.Version, c.Input, c.Trial); err != nil {
			return uuid.Nil, err
		}
	}
	if c.MachineFlow != "" {
		if err := s.checkFlowTx(ctx, tx, c.MachineFlow, c.MachineVersion, c.Input, c.Trial); err != nil {
			return uuid.Nil, err
		}
	}
	callee, err := s.Channels.MayCallTx(ctx, tx, channels.CallAsk{CustomerID: c.CustomerID, Phone: c.To, Locale: c.Locale, TimeZone: c.TimeZone,
		Class: c.Class, NotBefore: c.NotBefore, ExpiresAt: c.ExpiresAt, NotQuiet: c.NotQuiet})
	if err != nil {
		return uuid.Nil, err
	}
	now := s.Now()
	c.ID = uuid.Must(uuid.NewV7())
	if c.From == "" {
		c.From = callee.From
	}
	if c.Input == nil {
		c.Input = map[string]string{}
	}
	var sealed []byte
	if c.Session != "" {
		if err := s.sessionOf(ctx, tx.BankID, c.CustomerID, c.Session); err != nil {
			return uuid.Nil, err
		}
		if sealed, err = s.seal(c, memory{Session: c.Session}); err != nil {
			return uuid.Nil, err
		}
	}
	err = tx.QueryRow(ctx, `
		insert into phone_calls (bank_id, id, direction, customer_id, phone, bank_number, flow, version, locale, time_zone, input, about_type, about_id,
			key, class, detect_machine, state, not_before, expires_at, due_at, provider, created_at, machine_flow, machine_version, trial, sealed)
		values ($1, $2, 'outbound', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'queued', $16, $17, $16, $18, $19, $20, $21, $22, $23)
		on conflict (bank_id, key) do nothing returning id`,
		tx.BankID, c.ID, orNil(c.CustomerID), callee.Phone, c.From, c.Flow, c.Version, callee.Locale, callee.TimeZone, c.Input, c.AboutType, orNil(c.AboutID),
		c.Key, c.Class, c.DetectMachine, callee.NotBefore, c.ExpiresAt.UTC().Truncate(time.Microsecond), twilio.Name, now,
		c.MachineFlow, c.MachineVersion, c.Trial, sealed).Scan(&placed)
	if errors.Is(err, pgx.ErrNoRows) { // somebody else placed it at the same time
		return s.placedTx(ctx, tx, c.Key)
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("place phone call: %w", err)
	}
	if !callee.NotBefore.After(now.Add(2 * time.Second)) {
		tx.Wake(topic)
	}
	c.BankID, c.State = tx.BankID, Queued
	return placed, s.eventTx(ctx, tx, c, "phone_call.accepted", nil)
}

func (s *Service) placedTx(ctx context.Context, tx *postgres.Tx, key string) (id uuid.UUID, err error) {
	err = tx.QueryRow(ctx, `select id from phone_calls where bank_id = $1 and key = $2`, tx.BankID, key).Scan(&id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("place phone call: %w", err)
	}
	return id, nil
}

func (s *Service) checkPlace(c *PhoneCall) error {
	switch {
	case s.Carrier == nil:
		return visavis.Errorf(visavis.Unavailable, "channel_not_configured", "no provider is configured that places calls")
	case !nameShape.MatchString(c.Flow):
		return visavis.InvalidField("flow", "is the name of a flow")
	case len(c.Key) < 1 || len(c.Key) > 200:
		return visavis.InvalidField("key", "must have 1 to 200 characters")
	case c.CustomerID == uuid.Nil && c.To == "":
		return visavis.InvalidField("phone", "name a customer or a number")
	case c.Session != "" && (c.CustomerID == uuid.Nil || c.To != ""):
		return visavis.InvalidField("verified_session", "goes with a customer, who is called at the number on file")
	case !c.ExpiresAt.After(s.Now()):
		return visavis.InvalidField("expires_at", "must be in the future")
	case !c.NotBefore.Before(c.ExpiresAt):
		return visavis.InvalidField("not_before", "must be before expires_at")
	case c.ExpiresAt.After(s.Now().Add(maxAhead)):
		return visavis.InvalidField("expires_at", "must be within a year")
	case len(c.Input) > maxVars:
		return visavis.InvalidField("input", "at most %d variables", maxVars)
	}
	for name, value := range c.Input {
		if !nameShape.MatchString(name) || len([]rune(value)) > maxVar {
			return visavis.InvalidField("input."+name, "a name of lower-case letters, digits and underscores, and at most %d characters", maxVar)
		}
	}
	return nil
}

const (
	maxVars = 50
	maxVar  = 500
)

// CancelPhoneCallTx takes back a call that has not been dialled yet. NotFound when
// the bank has no such call, Conflict (phone_call_placed) when it is not queued
// any more. One that was taken back before is no error.
func (s *Service) CancelPhoneCallTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	c, err := callTx(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case c.State == Canceled:
		return nil
	case c.State != Queued:
		return visavis.Errorf(visavis.Conflict, "phone_call_placed", "the call is not waiting any more")
	}
	return s.endTx(ctx, tx, &c, Canceled, OutcomeCanceled)
}

// OnEnded has fn called for each call about the type that ends, in the
// transaction that marks the final state; an error undoes that, and it is tried
// again. "" is every type. Register before Run.
func (s *Service) OnEnded(aboutType string, fn func(ctx context.Context, tx *postgres.Tx, c PhoneCall) error) {
	s.ended[aboutType] = append(s.ended[aboutType], fn)
}

// callTx reads a call and locks it.
func callTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (PhoneCall, error) {
	rows, _ := tx.Query(ctx, `select `+callColumns+` from phone_calls where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	c, err := pgx.CollectExactlyOneRow(rows, scanCall)
	if errors.Is(err, pgx.ErrNoRows) {
		return PhoneCall{}, notFound()
	}
	if err != nil {
		return PhoneCall{}, fmt.Errorf("read phone call: %w", err)
	}
	return c, nil
}

func notFound() error {
	return visavis.Errorf(visavis.NotFound, codeNoCall, "there is no such phone call")
}

// endTx gives a call its final state, once. The caller holds its row.
func (s *Service) endTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, state State, outcome string) error {
	now := s.Now()
	c.State, c.EndedAt, c.DueAt = state, &now, nil
	if c.Outcome == "" || state != Completed {
		c.Outcome = outcome
	}
	tag, err := tx.Exec(ctx, `
		update phone_calls set state = $3, outcome = $4, error_code = $5, ended_at = $6, due_at = null, lease = null, lease_until = null,
			sealed = null, asides = null, answered_by = $7, seconds = $8, provider_id = coalesce(provider_id, nullif($9, '')),
			answered_at = $10, rang_at = $11
		where bank_id = $1 and id = $2 and due_at is not null`,
		tx.BankID, c.ID, c.State, c.Outcome, c.ErrorCode, now, c.AnsweredBy, c.Seconds, c.ProviderID, c.AnsweredAt, c.RangAt)
	if err != nil {
		return fmt.Errorf("end phone call: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("end phone call: it has ended before")
	}
	for _, of := range []string{c.AboutType, ""} {
		for _, fn := range s.ended[of] {
			if err := fn(ctx, tx, *c); err != nil {
				return fmt.Errorf("after the end of a phone call about %q: %w", c.AboutType, err)
			}
		}
		if c.AboutType == "" {
			break
		}
	}
	typ := map[State]string{Completed: "phone_call.completed", Busy: "phone_call.not_reached", NoAnswer: "phone_call.not_reached",
		Failed: "phone_call.failed", Canceled: "phone_call.canceled"}[state]
	return s.eventTx(ctx, tx, *c, typ, map[string]any{"outcome": c.Outcome, "answered_by": c.AnsweredBy, "seconds": c.Seconds})
}

// eventTx tells something of a call: ids and states only.
func (s *Service) eventTx(ctx context.Context, tx *postgres.Tx, c PhoneCall, typ string, more map[string]any) error {
	_, err := events.AppendTx(ctx, tx, s.Now(), c.event(typ, more))
	return err
}

func (c *PhoneCall) event(typ string, more map[string]any) events.New {
	data := map[string]any{"direction": c.Direction, "state": c.State, "flow": c.Flow}
	if c.Direction == "" {
		data["direction"] = Outbound
	}
	if c.CustomerID != uuid.Nil {
		data["customer_id"] = c.CustomerID
	}
	if c.AboutID != uuid.Nil {
		data["about_type"], data["about_id"] = c.AboutType, c.AboutID
	}
	if c.ErrorCode != "" {
		data["error_code"] = c.ErrorCode
	}
	for name, value := range more {
		if value != "" && value != 0 {
			data[name] = value
		}
	}
	return events.New{Type: typ, Object: "phone_call", ID: c.ID, Data: data}
}

func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
