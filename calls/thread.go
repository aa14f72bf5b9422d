package calls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// A thread is the chat of a case, beside its calls: the customer writes at any
// step; the bank's bot answers first, a person when asked for. What was written in
// the calls of the case and what happened to it (a time was booked, the verdict)
// is shown in it in order of time, read from where it is kept: see Thread.
//
//	bot ──> waiting ──> person
//	 ^ └──────────────────^ │
//	 └──────────────────────┘

// ThreadState says who answers the customer.
type ThreadState string

// The states of a thread.
const (
	ThreadBot     ThreadState = "bot"     // the bot, or, where the bank has none, nobody has written yet
	ThreadWaiting ThreadState = "waiting" // a person was asked for
	ThreadPerson  ThreadState = "person"  // AgentID; the bot is silent
)

// Who says something in a thread, besides RoleAgent and RoleCustomer.
const (
	RoleBot    = "bot"
	RoleNotice = "notice" // the gateway: a key whose words the pages have
)

// Why a thread waits for a person.
const (
	AskedByCustomer = "customer"
	AskedByBot      = "bot"        // its answer said handover
	AskedBotFailed  = "bot_failed" // it did not answer in time, or not well
	AskedNoBot      = "no_bot"
	AskedByAgent    = "agent" // who had the thread wants somebody else to
)

// Notices of the thread's own. Those of what happened to the case are in
// caseNotices.
const (
	NoticePersonAsked  = "person_asked"
	NoticePersonSpeaks = "person_speaks"
	NoticeBotSpeaks    = "bot_speaks"
)

// Guidance is what an agent or the bank may say by its key, in the words and the
// language of the customer's page, with the way there.
var Guidance = []string{"documents_again", "form_again", "book_call"}

// ThreadHead is what a thread's row says.
type ThreadHead struct {
	ID               uuid.UUID
	IdentificationID uuid.UUID
	CustomerID       uuid.UUID
	ScenarioID       uuid.UUID
	State            ThreadState
	AgentID          uuid.UUID // ThreadPerson
	AskedAt          *time.Time
	AskedWhy         string
	Verified         bool // who wrote the customer's newest line had proved the number
	LastAt           *time.Time

	heard        bool // the customer has written
	lines        int
	lastID       *uuid.UUID
	customerRead *uuid.UUID
	staffRead    *uuid.UUID
	wipedAt      *time.Time
}

// Entry of a thread.
type ThreadEntry struct {
	ID           uuid.UUID // UUIDv7: the order
	Role         string
	AgentID      uuid.UUID // RoleAgent
	Body         string    // at most 2,000 characters
	Notice       string    // RoleNotice: its key
	Start        *time.Time
	QuickReplies []string  // of the bot: at most 5 things to say next
	CallID       uuid.UUID // it was written in, or is about, this call
	Verified     bool      // said by, or to, a customer who had proved the number
	At           time.Time
}

const (
	maxThread          = 2000 // lines
	maxThreadCustomer  = 1900 // beyond, only the bank may write: a customer cannot keep it from answering
	threadPerHalf      = 10   // lines of a customer in 30 seconds
	threadPerHalfStaff = 30
)

// NewLine is something to say in a thread.
type NewLine struct {
	Text   string
	Notice string // instead of Text: one of Guidance; not for customers
	// Role is for the bank's programs only: RoleCustomer, for whom they speak (a
	// messenger), or RoleBot.
	Role string
	// Session, of RoleCustomer, is a verified session's token with the scope "chat"
	// (otp): the line then counts as the customer's, proved.
	Session string
}

// AddLine says something in the thread of a case, as the actor in ctx; the first
// line begins it. An agent must have taken the thread over (Conflict
// "not_your_thread"). While nobody has, a customer's line is put to the bank's
// bot, or, where there is none, a person is asked for. Errors: Invalid by field,
// TooMany "too_many_lines", Conflict "thread_full", "person_has_thread" (a bot's
// line), Gone "thread_wiped", Unauthenticated "session_not_valid", NotFound.
func (s *Service) AddLine(ctx context.Context, bankID, identificationID uuid.UUID, n NewLine) (entry ThreadEntry, err error) {
	actor := visavis.ActorFrom(ctx)
	e := ThreadEntry{Role: RoleAgent, AgentID: actor.ID}
	switch {
	case actor.Kind == visavis.ActorBank && (n.Role == RoleCustomer || n.Role == RoleBot):
		e.Role, e.AgentID = n.Role, uuid.Nil
	case actor.Kind == visavis.ActorBank && n.Notice != "" && n.Role == "":
		e.AgentID = uuid.Nil
	case actor.Kind == visavis.ActorBank:
		return entry, visavis.InvalidField("role", "is customer or bot")
	case n.Role != "":
		return entry, visavis.InvalidField("role", "is for the bank's programs")
	case actor.Kind == visavis.ActorCustomer:
		e.Role, e.AgentID = RoleCustomer, uuid.Nil
	}
	if n.Session != "" && (actor.Kind != visavis.ActorBank || e.Role != RoleCustomer) {
		return entry, visavis.InvalidField("verified_session", "goes with a customer's line that the bank's program brings")
	}
	switch {
	case n.Notice != "" && e.Role == RoleCustomer || n.Notice != "" && n.Role != "":
		return entry, visavis.InvalidField("notice", "is for the bank")
	case n.Notice != "" && n.Text != "":
		return entry, visavis.InvalidField("notice", "goes without text")
	case n.Notice != "":
		if !slices.Contains(Guidance, n.Notice) {
			return entry, visavis.InvalidField("notice", "one of %v", Guidance)
		}
		e.Role, e.Notice = RoleNotice, n.Notice
	default:
		if e.Body, err = threadText("text", n.Text); err != nil {
			return entry, err
		}
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		t, err := s.openThreadTx(ctx, tx, identificationID)
		if err != nil {
			return err
		}
		switch {
		case actor.Kind == visavis.ActorAgent && t.AgentID != actor.ID:
			return visavis.Errorf(visavis.Conflict, "not_your_thread", "take the thread over before you write in it")
		case e.Role == RoleBot && t.State != ThreadBot:
			return visavis.Errorf(visavis.Conflict, "person_has_thread", "a person has this thread, or was asked for")
		}
		if err := s.maySayTx(ctx, tx, t, e.Role); err != nil {
			return err
		}
		if e.Role != RoleCustomer {
			// What is answered to somebody who may be a stranger may be read by one.
			e.Verified = t.Verified || !t.heard
			entry, err = s.putTx(ctx, tx, &t, e, "")
			return err
		}
		if t.Verified, err = s.lineVerified(ctx, bankID, t, n.Session); err != nil {
			return err
		}
		t.heard, e.Verified = true, t.Verified
		entry, err = s.askTx(ctx, tx, &t, e)
		return err
	})
	return entry, err
}

// lineVerified says whether who writes has proved to be the customer.
func (s *Service) lineVerified(ctx context.Context, bankID uuid.UUID, t ThreadHead, token string) (bool, error) {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind == visavis.ActorCustomer {
		return identifications.Proved(actor), nil
	}
	if token == "" {
		return false, nil
	}
	session, err := s.OTP.Session(ctx, bankID, token, "chat")
	if err == nil && session.CustomerID != t.CustomerID {
		err = visavis.Errorf(visavis.Unauthenticated, "session_not_valid", "the verified session is another customer's")
	}
	return err == nil, err
}

// askTx adds a customer's line and has it answered: by who has the thread, by the
// bot, or by a person who is asked for.
func (s *Service) askTx(ctx context.Context, tx *postgres.Tx, t *ThreadHead, e ThreadEntry) (ThreadEntry, error) {
	if t.State != ThreadBot {
		return s.putTx(ctx, tx, t, e, "")
	}
	bot, err := s.botTx(ctx, tx)
	if err != nil {
		return e, err
	}
	if !bot.On {
		if e, err = s.putTx(ctx, tx, t, e, ""); err != nil {
			return e, err
		}
		return e, s.personTx(ctx, tx, t, AskedNoBot)
	}
	if e, err = s.putTx(ctx, tx, t, e, questionAsked); err != nil {
		return e, err
	}
	return e, s.insertChatTx(ctx, tx, botArgs{tx.BankID, t.IdentificationID, e.ID})
}

// maySayTx bounds how much is written, and how fast.
func (s *Service) maySayTx(ctx context.Context, tx *postgres.Tx, t ThreadHead, role string) error {
	most, perHalf := maxThread, threadPerHalfStaff
	if role == RoleCustomer {
		most, perHalf = maxThreadCustomer, threadPerHalf
	}
	if t.lines >= most {
		return visavis.Errorf(visavis.Conflict, "thread_full", "this chat is full: it has %d lines", t.lines)
	}
	var lately int
	if err := tx.QueryRow(ctx, `select count(*) from thread_entries where bank_id = $1 and identification_id = $2 and role = $3 and at > $4`,
		tx.BankID, t.IdentificationID, role, s.Now().Add(-30*time.Second)).Scan(&lately); err != nil {
		return err
	}
	if lately >= perHalf {
		return &visavis.Error{Kind: visavis.TooMany, Code: "too_many_lines", RetryAfter: 30 * time.Second,
			Message: "that is a lot to read: wait half a minute"}
	}
	return nil
}

// putTx appends an entry to a thread that is locked.
func (s *Service) putTx(ctx context.Context, tx *postgres.Tx, t *ThreadHead, e ThreadEntry, question string) (ThreadEntry, error) {
	return s.putAnswerTx(ctx, tx, t, e, question, uuid.Nil)
}

func (s *Service) putAnswerTx(ctx context.Context, tx *postgres.Tx, t *ThreadHead, e ThreadEntry, question string, answers uuid.UUID) (ThreadEntry, error) {
	e.ID, e.At = after(t.lastID), s.Now()
	if e.QuickReplies == nil {
		e.QuickReplies = []string{}
	}
	if _, err := tx.Exec(ctx, `insert into thread_entries (bank_id, id, identification_id, role, actor_id, body, notice, quick_replies, answers, question, verified, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.BankID, e.ID, t.IdentificationID, e.Role, idOrNil(e.AgentID), e.Body, e.Notice, e.QuickReplies, idOrNil(answers), question, e.Verified, e.At); err != nil {
		return e, fmt.Errorf("write into the thread of %s: %w", t.IdentificationID, err)
	}
	idn, err := s.Identifications.GetTx(ctx, tx, t.IdentificationID)
	if err != nil {
		return e, err
	}
	t.lines, t.lastID, t.LastAt = t.lines+1, &e.ID, &e.At
	var verified *bool
	if t.heard {
		verified = &t.Verified
	}
	if _, err := tx.Exec(ctx, `update threads set lines = $3, last_id = $4, last_at = $5, verified = $6, keep_until = $7 where bank_id = $1 and identification_id = $2`,
		tx.BankID, t.IdentificationID, t.lines, e.ID, e.At, verified, e.At.AddDate(idn.Scenario.Settings.WithDefaults().RetentionYears, 0, 0)); err != nil {
		return e, err
	}
	return e, s.threadEventTx(ctx, tx, *t, "thread.line_added", map[string]any{"entry_id": e.ID, "role": e.Role})
}

// after returns a new UUIDv7 behind the last one, whatever the clocks of the nodes
// say. The thread is locked.
func after(last *uuid.UUID) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	if last == nil || bytes.Compare(id[:], last[:]) > 0 {
		return id
	}
	id = *last
	for i := 15; i > 8; i-- { // behind the variant, so that it stays one
		if id[i]++; id[i] != 0 {
			break
		}
	}
	return id
}

func (s *Service) threadEventTx(ctx context.Context, tx *postgres.Tx, t ThreadHead, kind string, more map[string]any) error {
	data := map[string]any{"identification_id": t.IdentificationID, "state": t.State}
	for k, v := range more {
		data[k] = v
	}
	_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: kind, Object: "thread", ID: t.ID, Data: data})
	return err
}

const threadColumns = `t.id, t.identification_id, t.customer_id, t.scenario_id, t.state, coalesce(t.agent_id, '00000000-0000-0000-0000-000000000000'), t.asked_at, t.asked_why,
	coalesce(t.verified, false), t.verified is not null, t.last_at, t.lines, t.last_id, t.customer_read, t.staff_read, t.wiped_at`

func (t *ThreadHead) fields() []any {
	return []any{&t.ID, &t.IdentificationID, &t.CustomerID, &t.ScenarioID, &t.State, &t.AgentID, &t.AskedAt, &t.AskedWhy,
		&t.Verified, &t.heard, &t.LastAt, &t.lines, &t.lastID, &t.customerRead, &t.staffRead, &t.wipedAt}
}

// threadTx reads a thread's row; one that nobody has written in yet is made up. A
// customer sees the own case's only; else NotFound.
func (s *Service) threadTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID, lock string) (t ThreadHead, err error) {
	if a := visavis.ActorFrom(ctx); a.Kind == visavis.ActorCustomer && a.IdentificationID != identificationID {
		return t, noCase()
	}
	err = tx.QueryRow(ctx, `select `+threadColumns+` from threads t where bank_id = $1 and identification_id = $2 `+lock, tx.BankID, identificationID).Scan(t.fields()...)
	if !errors.Is(err, pgx.ErrNoRows) {
		return t, err
	}
	idn, err := s.Identifications.GetTx(ctx, tx, identificationID)
	return ThreadHead{IdentificationID: identificationID, CustomerID: idn.CustomerID, ScenarioID: idn.ScenarioID, State: ThreadBot}, err
}

// openThreadTx locks a thread to write in it, and makes it when it is new.
func (s *Service) openThreadTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (t ThreadHead, err error) {
	if t, err = s.threadTx(ctx, tx, identificationID, "for update"); err != nil {
		return t, err
	}
	if t.ID == uuid.Nil {
		if _, err := tx.Exec(ctx, `insert into threads (bank_id, identification_id, id, customer_id, scenario_id, created_at) values ($1, $2, $3, $4, $5, $6)
			on conflict do nothing`, tx.BankID, identificationID, uuid.Must(uuid.NewV7()), t.CustomerID, t.ScenarioID, s.Now()); err != nil {
			return t, fmt.Errorf("begin thread: %w", err)
		}
		if t, err = s.threadTx(ctx, tx, identificationID, "for update"); err != nil {
			return t, err
		}
	}
	if t.wipedAt != nil {
		return t, visavis.Errorf(visavis.Gone, "thread_wiped", "the time that this chat was kept for is over")
	}
	return t, nil
}

func noCase() error {
	return visavis.Errorf(visavis.NotFound, "identification_not_found", "there is no such identification")
}

// threadText takes out of a text what is not seen, but line breaks.
func threadText(field, text string) (string, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return legible(r)
	}, text))
	if text == "" {
		return "", visavis.InvalidField(field, "is empty")
	}
	if len([]rune(text)) > maxSaid {
		return "", visavis.InvalidField(field, "is longer than %d characters", maxSaid)
	}
	return text, nil
}

func idOrNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
