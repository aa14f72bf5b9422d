package calls

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

func (b *bundle) say(ctx context.Context, v visitor, text string) ThreadEntry {
	b.Helper()
	e, err := b.calls.AddLine(ctx, b.bank, v.idn.ID, NewLine{Text: text})
	b.ok(err)
	return e
}

// chat is a thread as who reads it sees it, oldest first: "role: text" or
// "notice: key".
func (b *bundle) chat(ctx context.Context, v visitor) (lines []string, t Thread) {
	b.Helper()
	t, err := b.calls.Thread(ctx, b.bank, v.idn.ID, uuid.Nil, postgres.Page{Limit: 200})
	b.ok(err)
	for _, e := range t.Entries {
		lines = append([]string{e.Role + ": " + e.Body + e.Notice}, lines...)
	}
	return lines, t
}

func (b *bundle) wantChat(ctx context.Context, v visitor, want ...string) Thread {
	b.Helper()
	got, t := b.chat(ctx, v)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.Fatalf("the thread is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return t
}

func (b *bundle) wantEvents(object uuid.UUID, want ...string) {
	b.Helper()
	all, _, err := events.List(b.ctx, b.db, b.bank, "", 100, events.Filter{ObjectID: object})
	b.ok(err)
	var got []string
	for i := len(all) - 1; i >= 0; i-- {
		got = append(got, all[i].Type)
	}
	b.want(got, want)
}

func TestWhenAPersonIsAsked(t *testing.T) {
	t.Run("there is no bot", func(t *testing.T) {
		b := setup(t)
		v := b.visitor()
		b.say(v.ctx, v, "Hello")
		b.say(v.ctx, v, "Are you there?")
		th := b.wantChat(v.ctx, v, "customer: Hello", "notice: person_asked", "customer: Are you there?")
		if th.State != ThreadWaiting || th.AskedWhy != AskedNoBot || th.BotOn || len(b.questions()) != 0 {
			t.Fatalf("%+v", th.ThreadHead)
		}
	})
	t.Run("the bot says so", func(t *testing.T) {
		b := setup(t)
		b.bot(func(question) (int, string) { return 200, `{"text":"A colleague will see to it.","handover":true}` })
		v := b.visitor()
		b.say(v.ctx, v, "It is complicated")
		b.work1(b.questions()[0])
		th := b.wantChat(v.ctx, v, "customer: It is complicated", "bot: A colleague will see to it.", "notice: person_asked")
		if th.State != ThreadWaiting || th.AskedWhy != AskedByBot {
			t.Fatalf("%+v", th.ThreadHead)
		}
	})
	t.Run("the customer says so", func(t *testing.T) {
		b := setup(t)
		bot, _ := b.bot(echo)
		v := b.visitor()
		b.say(v.ctx, v, "Hello")
		_, err := b.calls.AskPerson(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
		_, err = b.calls.AskPerson(v.ctx, b.bank, v.idn.ID) // impatient
		b.ok(err)
		b.work1(b.questions()[0])
		b.wantChat(v.ctx, v, "customer: Hello", "notice: person_asked")
		if len(bot.asked()) != 0 {
			t.Fatal("the bot is asked what a person is asked for")
		}
	})
	t.Run("the bot was switched off", func(t *testing.T) {
		b := setup(t)
		b.bot(echo)
		v := b.visitor()
		b.say(v.ctx, v, "Hello")
		_, _, err := b.calls.SetChatBot(b.ctx, b.bank, Bot{})
		b.ok(err)
		b.work1(b.questions()[0])
		if th := b.wantChat(v.ctx, v, "customer: Hello", "notice: person_asked"); th.AskedWhy != AskedNoBot {
			t.Fatalf("%+v", th.ThreadHead)
		}
	})
}

// program is a program of the bank's.
func (b *bundle) program() context.Context {
	return visavis.WithActor(b.ctx, visavis.Actor{Kind: visavis.ActorBank, BankID: b.bank, ID: uuid.New(), Scopes: []string{"read", "write"}})
}

// TestAStrangerWithTheLink: a visit whose number is not proved neither reads what
// was said to the customer, nor does the bot tell.
func TestAStrangerWithTheLink(t *testing.T) {
	b := setup(t)
	bot, _ := b.bot(echo)
	v := b.visitor()
	_, agent := b.agent("alice")
	actor := visavis.ActorFrom(v.ctx)
	actor.Proved, actor.Scopes = false, []string{"visit"}
	stranger := visavis.WithActor(b.ctx, actor)
	b.say(v.ctx, v, "My address has changed")
	b.work1(b.questions()[0])
	b.book(v)
	b.say(stranger, v, "What did I say?")
	b.work1(b.questions()[1])
	th := b.wantChat(stranger, v, "customer: What did I say?", "bot: You said What did I say?")
	if th.Verified || th.Unread != 1 {
		t.Fatalf("%+v, unread %d", th.ThreadHead, th.Unread)
	}
	var q question
	b.ok(json.Unmarshal([]byte(bot.asked()[1]), &q))
	if q.Verified || q.CustomerID != nil || len(q.History) != 0 || strings.Contains(bot.asked()[1], "address") {
		t.Fatalf("the bot was told %s", bot.asked()[1])
	}
	b.wantChat(v.ctx, v, "customer: My address has changed", "bot: You said My address has changed", "notice: booking_made",
		"customer: What did I say?", "bot: You said What did I say?")

	// What an agent writes first is for the customer proved.
	w := b.visitor()
	_, err := b.calls.TakeThread(agent, b.bank, w.idn.ID)
	b.ok(err)
	b.say(agent, w, "Your passport is fine")
	actor.ID, actor.IdentificationID = w.customer, w.idn.ID
	b.wantChat(visavis.WithActor(b.ctx, actor), w, "notice: person_speaks")
	b.wantChat(w.ctx, w, "notice: person_speaks", "agent: Your passport is fine")

	// And nobody reads another's case.
	_, err = b.calls.Thread(w.ctx, b.bank, v.idn.ID, uuid.Nil, postgres.Page{})
	b.refused(err, visavis.NotFound, "identification_not_found")
	_, err = b.calls.AddLine(w.ctx, b.bank, v.idn.ID, NewLine{Text: "Hello"})
	b.refused(err, visavis.NotFound, "identification_not_found")
}

// TestAVerifiedSessionInTheChat: a bank's messenger brings lines; with a verified
// session's token they count as the customer's.
func TestAVerifiedSessionInTheChat(t *testing.T) {
	b := setup(t)
	bot, _ := b.bot(echo)
	v, w := b.visitor(), b.visitor()
	key := b.program()
	_, err := b.calls.AddLine(key, b.bank, v.idn.ID, NewLine{Text: "Hello", Role: RoleCustomer})
	b.ok(err)
	if _, th := b.chat(key, v); th.Verified {
		t.Fatal("anybody is the customer")
	}
	chat, visit, others := b.session(v.customer, "chat"), b.session(v.customer, "visit"), b.session(w.customer, "chat")
	for _, token := range []string{"x", visit, others, chat + "x"} {
		_, err := b.calls.AddLine(key, b.bank, v.idn.ID, NewLine{Text: "Hello", Role: RoleCustomer, Session: token})
		b.refused(err, visavis.Unauthenticated, "session_not_valid")
	}
	_, err = b.calls.AddLine(key, b.bank, v.idn.ID, NewLine{Text: "It is me", Role: RoleCustomer, Session: chat})
	b.ok(err)
	_, th := b.chat(key, v)
	if !th.Verified || !th.Entries[0].Verified || th.Entries[1].Verified {
		t.Fatalf("%+v", th)
	}
	for _, job := range b.questions() {
		b.work1(job)
	}
	if all := bot.asked(); !strings.Contains(all[0], `"verified":false`) || !strings.Contains(all[1], `"verified":true`) {
		t.Fatalf("the bot was told %q", all)
	}
	_, err = b.calls.AddLine(v.ctx, b.bank, v.idn.ID, NewLine{Text: "Hello", Session: chat})
	b.refused(err, visavis.Invalid, "invalid_request")
}

// session is the token of a verified session of a customer's, as package otp makes
// it on approval.
func (b *bundle) session(customer uuid.UUID, scope string) string {
	b.Helper()
	id, now := uuid.New(), b.calls.Now()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		v, err := b.calls.OTP.Start(ctx, b.bank, otp.StartRequest{CustomerID: customer, Purpose: "api", BoundTo: id})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into verified_sessions (bank_id, id, customer_id, verification_id, scopes, amr, created_at, expires_at)
			values ($1, $2, $3, $4, $5, '{sms}', $6, $7)`, tx.BankID, id, customer, v.ID, []string{scope}, now, now.Add(time.Hour))
		return err
	})
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "visavis", "aud": b.bank.String(), "sub": customer.String(), "jti": id.String(),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}).SignedString(b.calls.Keyring.MACs("otp session key", b.bank[:])[0])
	b.ok(err)
	return token
}

func TestTheThreadShowsWhatHappened(t *testing.T) {
	b := setup(t)
	v, _, agent, c := b.talking()
	_, err := b.calls.Say(v.ctx, b.bank, c.ID, SaidChat, "Can you hear me?")
	b.ok(err)
	_, err = b.calls.Say(agent, b.bank, c.ID, SaidCaption, "good morning")
	b.ok(err)
	_, err = b.calls.Say(agent, b.bank, c.ID, SaidChat, "Yes")
	b.ok(err)
	th := b.wantChat(v.ctx, v, "notice: booking_made", "notice: agent_calls", "customer: Can you hear me?", "agent: Yes")
	if e := th.Entries; e[3].Start == nil || e[2].CallID != c.ID || e[1].CallID != c.ID || e[0].AgentID != c.AgentID || th.Unread != 2 {
		t.Fatalf("%+v, unread %d", e, th.Unread)
	}
	b.ok(b.calls.MarkRead(v.ctx, b.bank, v.idn.ID, th.Entries[0].ID))
	b.ok(b.calls.MarkRead(v.ctx, b.bank, v.idn.ID, th.Entries[3].ID)) // back does nothing
	if _, th = b.chat(v.ctx, v); th.Unread != 0 {
		t.Fatalf("%d unread", th.Unread)
	}
	b.refused(b.calls.MarkRead(v.ctx, b.bank, v.idn.ID, uuid.New()), visavis.Invalid, "invalid_request")

	// Page by page, and what came after.
	var all []string
	page := postgres.Page{Limit: 3}
	for {
		th, err := b.calls.Thread(v.ctx, b.bank, v.idn.ID, uuid.Nil, page)
		b.ok(err)
		for _, e := range th.Entries {
			all = append(all, e.Body+e.Notice)
		}
		if th.Next == "" {
			break
		}
		page.Before, err = postgres.ParseCursor(th.Next)
		b.ok(err)
	}
	b.want(all, []string{"Yes", "Can you hear me?", "agent_calls", "booking_made"})
	th, err = b.calls.Thread(v.ctx, b.bank, v.idn.ID, th.Entries[2].ID, postgres.Page{})
	b.ok(err)
	if len(th.Entries) != 2 || th.Entries[0].Body != "Can you hear me?" {
		t.Fatalf("%+v", th.Entries)
	}
}

func TestTheListOfThreads(t *testing.T) {
	b := setup(t)
	v, w := b.visitor(), b.visitor()
	id, agent := b.agent("alice")
	b.say(v.ctx, v, "First")
	b.say(w.ctx, w, "Second")
	b.say(w.ctx, w, strings.Repeat("ä", 300))
	_, err := b.calls.TakeThread(agent, b.bank, v.idn.ID)
	b.ok(err)
	list := func(f ThreadFilter) []ThreadSummary {
		t.Helper()
		all, _, err := b.calls.Threads(agent, b.bank, f)
		b.ok(err)
		return all
	}
	all := list(ThreadFilter{})
	if len(all) != 2 || all[0].IdentificationID != v.idn.ID || all[1].Unread != 2 || len([]rune(all[1].LastBody)) != 200 || all[0].LastBody != "First" {
		t.Fatalf("%+v", all)
	}
	if got := list(ThreadFilter{State: ThreadWaiting}); len(got) != 1 || got[0].IdentificationID != w.idn.ID {
		t.Fatalf("%+v", got)
	}
	if got := list(ThreadFilter{AgentID: id}); len(got) != 1 || got[0].IdentificationID != v.idn.ID {
		t.Fatalf("%+v", got)
	}
	_, th := b.chat(agent, v)
	b.ok(b.calls.MarkRead(agent, b.bank, v.idn.ID, th.Entries[0].ID))
	if got := list(ThreadFilter{Unread: true}); len(got) != 1 || got[0].IdentificationID != w.idn.ID {
		t.Fatalf("%+v", got)
	}
	if got := list(ThreadFilter{ScenarioID: uuid.New()}); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
}

func TestLimitsOfAThread(t *testing.T) {
	b := setup(t)
	v := b.visitor()
	for _, text := range []string{"", " \n\u200f", strings.Repeat("x", maxSaid+1)} {
		_, err := b.calls.AddLine(v.ctx, b.bank, v.idn.ID, NewLine{Text: text})
		b.refused(err, visavis.Invalid, "invalid_request")
	}
	for _, n := range []NewLine{{Text: "a", Role: RoleBot}, {Notice: "documents_again"}} {
		_, err := b.calls.AddLine(v.ctx, b.bank, v.idn.ID, n)
		b.refused(err, visavis.Invalid, "invalid_request")
	}
	for _, n := range []NewLine{{Text: "a"}, {Text: "a", Role: RoleAgent}, {Notice: "approved"}, {Notice: "form_again", Text: "a"}, {Notice: "form_again", Role: RoleBot}} {
		_, err := b.calls.AddLine(b.program(), b.bank, v.idn.ID, n)
		b.refused(err, visavis.Invalid, "invalid_request")
	}
	b.say(v.ctx, v, strings.Repeat("ж", maxSaid))
	for range threadPerHalf - 1 {
		b.say(v.ctx, v, "x")
	}
	_, err := b.calls.AddLine(v.ctx, b.bank, v.idn.ID, NewLine{Text: "x"})
	b.refused(err, visavis.TooMany, "too_many_lines")
	b.clock.Add(int64(31 * time.Second))
	b.say(v.ctx, v, "x")
	full := func(n int) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update threads set lines = $1`, n)
			return err
		})
	}
	full(maxThreadCustomer)
	_, err = b.calls.AddLine(v.ctx, b.bank, v.idn.ID, NewLine{Text: "x"})
	b.refused(err, visavis.Conflict, "thread_full")
	_, agent := b.agent("alice")
	_, err = b.calls.TakeThread(agent, b.bank, v.idn.ID)
	b.ok(err)
	b.say(agent, v, "Please call us")
	full(maxThread)
	_, err = b.calls.AddLine(agent, b.bank, v.idn.ID, NewLine{Text: "x"})
	b.refused(err, visavis.Conflict, "thread_full")
}

func TestAThreadIsWiped(t *testing.T) {
	b := setup(t)
	v, _, agent, c := b.talking()
	b.say(v.ctx, v, "My mother's name is Lan")
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	sweep := func() {
		_, err := b.calls.sweepThreads(b.Context())
		b.ok(err)
	}
	sweep()
	if lines, _ := b.chat(v.ctx, v); !strings.Contains(strings.Join(lines, ""), "Lan") {
		t.Fatal("wiped too early")
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into call_records (bank_id, call_id, sealed_key, held_at, hold_reason) values ($1, $2, '\x00', $3, 'court')
			on conflict (bank_id, call_id) do update set held_at = $3, hold_reason = 'court'`, tx.BankID, c.ID, b.calls.Now())
		return err
	})
	b.clock.Store(b.calls.Now().AddDate(5, 0, 1).UnixNano())
	sweep()
	if lines, _ := b.chat(v.ctx, v); !strings.Contains(strings.Join(lines, ""), "Lan") {
		t.Fatal("wiped though it is held")
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_records set held_at = null, hold_reason = '' where bank_id = $1`, tx.BankID)
		return err
	})
	b.clock.Store(b.calls.Now().AddDate(0, 0, 2).UnixNano())
	sweep()
	lines, th := b.chat(v.ctx, v)
	if strings.Contains(strings.Join(lines, ""), "Lan") || th.State != ThreadBot {
		t.Fatalf("not wiped: %q, %s", lines, th.State)
	}
	_, err = b.calls.AddLine(v.ctx, b.bank, v.idn.ID, NewLine{Text: "Hello"})
	b.refused(err, visavis.Gone, "thread_wiped")
}

// TestIDsGrow: a node whose clock is behind writes behind all the same.
func TestIDsGrow(t *testing.T) {
	t.Parallel()
	last := uuid.MustParse("ffffffff-ffff-7fff-bfff-fffffffffffe")
	next := after(&last)
	if next.String() != "ffffffff-ffff-7fff-bfff-ffffffffffff" {
		t.Fatal(next)
	}
	if id := after(nil); id.Version() != 7 {
		t.Fatal(id)
	}
}
