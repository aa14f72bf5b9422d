// Package calls runs calls, of identifications, guidance and advice: who is ready, who is waiting, the
// ring, the call itself with its steps, and what was recorded.
//
// Everything that has to survive is a state in the database and moves by due
// times (see scheduling.DueKind), so a gateway that is killed goes on where it
// was. What lives in memory is only the media of the calls whose row names this
// node (room.go) and the sockets of the pages (signal.go); both are woken by the
// topic "call:<id>" after a commit and read the row again.
//
//	booking due ──> queue entry ──> offered to an agent ──> call
//	customer calls in ──┘   ^────────── lapsed ┘
//
//	ringing ──> active ──> ended
//	      ├──> missed      nobody answered in time
//	      ├──> declined    the customer would not
//	      └──> cancelled   the agent hung up first
package calls

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls/blobs"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// State of a call.
type State string

// The states of a call. Ringing and active are live; the others are final.
const (
	Ringing   State = "ringing"
	Active    State = "active"
	Ended     State = "ended"
	Missed    State = "missed"
	Declined  State = "declined"
	Cancelled State = "cancelled"
)

// Live reports whether the call is going on.
func (s State) Live() bool { return s == Ringing || s == Active }

// Direction says who came to whom.
type Direction string

// The two ways to a call.
const (
	Outbound Direction = "outbound" // the agent calls at the booked time
	Inbound  Direction = "inbound"  // the customer came by himself and waited
)

// Why a call ended.
const (
	ByAgent    = "hung_up_by_agent"
	ByCustomer = "hung_up_by_customer"
	Abandoned  = "abandoned" // somebody was away for longer than the grace time
	Decided    = "decided"   // the agent gave the verdict
	Completed  = "completed" // the agent gave the outcome, of a call that identifies nobody
	// RecordingFailed: it could be recorded no further, and the scenario says stop.
	RecordingFailed = "recording_failed"
)

// The two participants of a call, as they are called in the media room, in the
// recordings and in the signalling.
const (
	RoleAgent    = "agent"
	RoleCustomer = "customer"
)

// Call is one video call.
type Call struct {
	ID               uuid.UUID
	IdentificationID uuid.UUID
	CustomerID       uuid.UUID
	ScenarioID       uuid.UUID
	BookingID        *uuid.UUID
	QueueEntryID     *uuid.UUID
	AgentID          uuid.UUID
	Direction        Direction
	State            State
	Reason           string // why it ended
	Node             string // public URL of the node that holds its media
	LinkID           *uuid.UUID
	RungAt           *time.Time // a device first said that it rings
	AnsweredAt       *time.Time // zero of the recording's clock
	AnsweredBy       string     // device id, or "page"
	EndedAt          *time.Time
	VerificationID   *uuid.UUID
	CodePassedAt     *time.Time
	RingEndsAt       *time.Time // outbound: an answer after this is too late
	CurrentStep      int        // position that the agent has opened; 0 = none
	Notes            string
	CreatedAt        time.Time
	UpdatedAt        time.Time
	AgentNo          int // one more at each change of agent, see Leads
}

const callColumns = `id, identification_id, customer_id, scenario_id, booking_id, queue_entry_id, agent_id,
	direction, state, reason, node, link_id, rung_at, answered_at, answered_by, ended_at, verification_id,
	code_passed_at, ring_ends_at, current_step, notes, created_at, updated_at, agent_no`

// Config is what the service needs. All fields are required but Store and HookAllow.
type Config struct {
	DB              *postgres.DB
	Banks           *banks.Service
	Channels        *channels.Service
	OTP             *otp.Service
	Scheduling      *scheduling.Service
	Identifications *identifications.Service
	Media           *media.Server
	Keyring         *events.Keyring // seals the recordings' keys
	HookAllow       []netip.Prefix  // special addresses that a bank's chat bot may be at: VISAVIS_WEBHOOK_ALLOW
	Store           *blobs.Store    // where finished recordings go; nil: they stay in the data folder
	LocalFor        time.Duration   // how long a stored recording stays in the data folder as well; 0: it goes at once
	Node            string          // public URL of this node: where clients find its sockets
	DataDir         string          // recordings and stills are kept below DataDir/recordings
	Log             *slog.Logger
	Now             func() time.Time
}

// Service runs calls. It is safe for concurrent use.
type Service struct {
	Config

	mu         sync.Mutex
	rooms      map[uuid.UUID]*room
	sockets    map[uuid.UUID]map[string]*socket // by call, then role
	closing    bool
	composites map[uuid.UUID]*composing // by call: those being made here
	wg         sync.WaitGroup

	recovering [64]sync.Mutex // by call: see recoverFiles

	filesAtOnce chan struct{}   // places for pictures that are being made harmless
	uploads     map[upload]bool // who is sending a file

	orders sync.Map // of bank ids → *order: see beforeTx
}

// New returns a service. Register its due times by WorkDue before the due loop
// runs, and call Recover once at the start.
func New(cfg Config) *Service {
	now := cfg.Now
	cfg.Now = func() time.Time { return now().UTC().Truncate(time.Microsecond) } // as the database keeps times
	s := &Service{Config: cfg, rooms: map[uuid.UUID]*room{}, sockets: map[uuid.UUID]map[string]*socket{}, composites: map[uuid.UUID]*composing{},
		filesAtOnce: make(chan struct{}, 2), uploads: map[upload]bool{}}
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueBooking}, s.bookingDue)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueUnserved}, s.unserved)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueOfferExpired}, s.offerExpired)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueRingSMS}, s.ringSMS)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueRingMissed}, s.ringMissed)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueCallAbandoned}, s.maybeAbandoned)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueRecoverRecording}, s.recoverDue)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueQueueRelaxed}, s.relaxed)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueWrapUp}, s.wrapUpEnds)
	s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DueTakeover}, s.takeover)
	return s
}

// Get returns a call of the bank. A customer sees only those of his own case;
// everything else is NotFound.
func (s *Service) Get(ctx context.Context, bankID, callID uuid.UUID) (Call, error) {
	var c Call
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		c, err = getTx(ctx, tx, callID, "")
		return err
	})
	return c, err
}

// getTx reads a call; lock is "" or "for update".
func getTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock string) (Call, error) {
	rows, _ := tx.Query(ctx, `select `+callColumns+` from calls where bank_id = $1 and id = $2 `+lock, tx.BankID, id)
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Call])
	if errors.Is(err, pgx.ErrNoRows) {
		return Call{}, notFound()
	}
	if err != nil {
		return Call{}, err
	}
	return c, mayTouch(ctx, c)
}

func notFound() error {
	return visavis.Errorf(visavis.NotFound, "not_found", "there is no such call")
}

// mayTouch hides other people's calls: a customer has those of his own case
// only. What an agent may see is the route table's business, what he may do is
// ownTx's.
func mayTouch(ctx context.Context, c Call) error {
	a := visavis.ActorFrom(ctx)
	if a.Kind == visavis.ActorCustomer && a.IdentificationID != c.IdentificationID {
		return notFound()
	}
	return nil
}

// ownTx locks a call for an action of one of its two sides: the agent who
// leads it, or the customer. Another agent gets Forbidden.
func ownTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Call, error) {
	c, err := getTx(ctx, tx, id, "for update")
	if err != nil {
		return Call{}, err
	}
	if a := visavis.ActorFrom(ctx); a.Kind == visavis.ActorAgent && a.ID != c.AgentID {
		return Call{}, visavis.Errorf(visavis.Forbidden, "not_your_call", "this call is led by another agent")
	}
	return c, nil
}

// Filter narrows a list of calls; zero fields do not.
type Filter struct {
	State            State
	IdentificationID uuid.UUID
	AgentID          uuid.UUID
	ScenarioID       uuid.UUID
	Live             bool      // that ring or go on
	Search           string    // part of the customer's name, the case's reference, or how the call's id begins
	Verdict          string    // the case's state
	MOSBelow         float64   // a side's opinion score on the whole
	From, To         time.Time // created in [From, To)
	Page             postgres.Page
}

// List returns calls, newest first.
func (s *Service) List(ctx context.Context, bankID uuid.UUID, f Filter) (calls []Call, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+callColumns+` from calls c
			where bank_id = $1
			  and ($2 = '' or state = $2)
			  and ($3 = '00000000-0000-0000-0000-000000000000'::uuid or identification_id = $3)
			  and ($4 = '00000000-0000-0000-0000-000000000000'::uuid or agent_id = $4)
			  and ($5::timestamptz is null or created_at >= $5) and ($6::timestamptz is null or created_at < $6)
			  and ($7::uuid is null or id < $7)
			  and ($9 = '00000000-0000-0000-0000-000000000000'::uuid or scenario_id = $9)
			  and (not $10 or state in ('ringing', 'active'))
			  and ($11 = '' or id::text like replace(replace(replace(lower($11), '\', '\\'), '%', '\%'), '_', '\_') || '%'
			    or exists (select from customers p where p.bank_id = c.bank_id and p.id = c.customer_id and position(lower($11) in lower(p.name)) > 0)
			    or exists (select from identifications i where i.bank_id = c.bank_id and i.id = c.identification_id and i.reference = $11))
			  and ($12 = '' or exists (select from identifications i where i.bank_id = c.bank_id and i.id = c.identification_id and i.state = $12))
			  and ($13::float8 = 0 or exists (select from call_participants p where p.bank_id = c.bank_id and p.call_id = c.id
			    and (p.quality->>'r')::float8 > 0 and (p.quality->>'mos')::float8 < $13))
			order by id desc limit $8`,
			tx.BankID, f.State, f.IdentificationID, f.AgentID, timeOrNil(f.From), timeOrNil(f.To), f.Page.After(), f.Page.Size()+1,
			f.ScenarioID, f.Live, f.Search, f.Verdict, f.MOSBelow)
		calls, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Call])
		return err
	})
	if err != nil {
		return nil, "", err
	}
	calls, next = postgres.Cut(calls, f.Page, func(c Call) uuid.UUID { return c.ID })
	return calls, next, nil
}

// Summary is what a list tells of a call beside its row.
type Summary struct {
	Verdict string             // the case's state
	Quality map[string]Quality // by side: on the whole; of a live call its newest sample
}

// Summaries returns those of the given calls, by id.
func (s *Service) Summaries(ctx context.Context, bankID uuid.UUID, all []Call) (map[uuid.UUID]Summary, error) {
	ids := make([]uuid.UUID, 0, len(all))
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	out := map[uuid.UUID]Summary{}
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var id uuid.UUID
		var one Summary
		rows, _ := tx.Query(ctx, `
			select c.id, i.state, coalesce((
			  select jsonb_object_agg(p.role, q.q) from call_participants p, lateral (select coalesce(p.quality, (
			    select sample from call_quality k where k.bank_id = p.bank_id and k.call_id = p.call_id and k.role = p.role
			    order by offset_ms desc limit 1)) as q) q
			  where p.bank_id = c.bank_id and p.call_id = c.id and q.q is not null), '{}')
			from calls c join identifications i on i.bank_id = c.bank_id and i.id = c.identification_id
			where c.bank_id = $1 and c.id = any($2)`, tx.BankID, ids)
		_, err := pgx.ForEachRow(rows, []any{&id, &one.Verdict, &one.Quality}, func() error {
			out[id] = one
			one = Summary{}
			return nil
		})
		return err
	})
	return out, err
}

// SetNotes replaces the agent's notes on a call (at most 4,000 characters).
func (s *Service) SetNotes(ctx context.Context, bankID, callID uuid.UUID, notes string) (Call, error) {
	if len([]rune(notes)) > 4000 {
		return Call{}, visavis.InvalidField("notes", "is longer than 4,000 characters")
	}
	var c Call
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if c, err = ownTx(ctx, tx, callID); err != nil {
			return err
		}
		c.Notes, c.UpdatedAt = notes, s.Now()
		_, err = tx.Exec(ctx, `update calls set notes = $3, updated_at = $4 where bank_id = $1 and id = $2`,
			tx.BankID, c.ID, notes, c.UpdatedAt)
		return err
	})
	return c, err
}

// topic names the wake-up of one call: its room and its sockets wait for it.
func topic(callID uuid.UUID) string { return "call:" + callID.String() }

// event appends an event about a call; more adds to its data.
func (s *Service) event(ctx context.Context, tx *postgres.Tx, c Call, typ string, more map[string]any) error {
	data := map[string]any{
		"identification_id": c.IdentificationID, "agent_id": c.AgentID,
		"direction": c.Direction, "state": c.State,
	}
	if c.BookingID != nil {
		data["booking_id"] = *c.BookingID
	}
	for k, v := range more {
		data[k] = v
	}
	_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: typ, Object: "call", ID: c.ID, Data: data})
	tx.Wake(topic(c.ID))
	return err
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
