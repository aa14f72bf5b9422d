package calls

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// testBot is a bank's bot: it keeps what it was asked, and answers by what say
// returns.
type testBot struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	heads  []http.Header
}

// bot starts a bank's bot and sets it; secret signs its questions.
func (b *bundle) bot(say func(q question) (status int, answer string)) (bot *testBot, secret string) {
	b.Helper()
	bot = &testBot{}
	bot.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bot.mu.Lock()
		bot.bodies, bot.heads = append(bot.bodies, string(body)), append(bot.heads, r.Header.Clone())
		bot.mu.Unlock()
		var q question
		if err := json.Unmarshal(body, &q); err != nil {
			b.Error(err)
		}
		status, answer := say(q)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(bot.Close)
	b.calls.HookAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	_, secret, err := b.calls.SetChatBot(b.ctx, b.bank, Bot{On: true, URL: bot.URL, Seconds: 5})
	b.ok(err)
	return bot, secret
}

func (bot *testBot) asked() []string {
	bot.mu.Lock()
	defer bot.mu.Unlock()
	return bot.bodies
}

// questions are the jobs that wait for the bot, in order.
func (b *bundle) questions() (all []botArgs) {
	b.Helper()
	b.ok(b.db.AsWorker(b.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select args from river_job where kind = 'ask_bot' and queue = $1 order by id`, ChatQueue)
		var err error
		all, err = pgx.CollectRows(rows, pgx.RowTo[botArgs])
		return err
	}))
	return all
}

// work does a question's job as River would: until it neither fails nor waits.
func (b *bundle) work1(args botArgs) {
	b.Helper()
	for attempt := 1; attempt <= botTries+1; attempt++ {
		wait, err := b.calls.askBot(b.ctx, args, attempt)
		if wait {
			b.Fatalf("%s waits for the line before it", args.LineID)
		}
		if err == nil {
			return
		}
	}
	b.Fatal("the job fails for ever")
}

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

func echo(q question) (int, string) {
	out, _ := json.Marshal(answer{Text: "You said " + q.Text, QuickReplies: []string{"Yes", "No"}})
	return 200, string(out)
}

func TestTheBotAnswersFirst(t *testing.T) {
	b := setup(t)
	bot, secret := b.bot(echo)
	v := b.visitor()
	line := b.say(v.ctx, v, "  Hello\u202e,\x00\nwhat do I need?  ")
	jobs := b.questions()
	if len(jobs) != 1 || jobs[0].LineID != line.ID {
		t.Fatalf("jobs %+v", jobs)
	}
	b.work1(jobs[0])
	th := b.wantChat(v.ctx, v, "customer: Hello,\nwhat do I need?", "bot: You said Hello,\nwhat do I need?")
	if e := th.Entries[0]; len(e.QuickReplies) != 2 || e.QuickReplies[1] != "No" || th.State != ThreadBot || !th.Verified || th.Unread != 1 {
		t.Fatalf("%+v, %+v", e, th.ThreadHead)
	}

	// What it was asked, and that it is signed by Standard Webhooks.
	var q map[string]any
	b.ok(json.Unmarshal([]byte(bot.asked()[0]), &q))
	if q["type"] != "thread.question" || q["verified"] != true || q["locale"] != "en" || q["scenario"] != "open-account" ||
		q["customer_id"] != v.customer.String() || q["line_id"] != line.ID.String() || len(q["history"].([]any)) != 0 {
		t.Fatalf("the bot was asked %v", q)
	}
	head := bot.heads[0]
	if head.Get("webhook-id") != line.ID.String() || !goodSignature(secret, head, bot.asked()[0]) {
		t.Fatalf("headers %v do not fit the secret", head)
	}
	if goodSignature(secret, head, bot.asked()[0]+" ") {
		t.Fatal("any body fits")
	}
	// Neither jobs nor events hold what was said.
	b.nowhere("what do I need")

	// Killed after the answer and run again, or asked twice: one answer.
	b.work1(jobs[0])
	b.ok(b.calls.botSays(b.ctx, jobs[0], answer{Text: "Again"}))
	b.wantChat(v.ctx, v, "customer: Hello,\nwhat do I need?", "bot: You said Hello,\nwhat do I need?")
	if n := len(bot.asked()); n != 1 {
		t.Fatalf("the bot was asked %d times", n)
	}
	// The database holds it too.
	err := b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		th, err := b.calls.openThreadTx(ctx, tx, v.idn.ID)
		if err == nil {
			_, err = b.calls.putAnswerTx(ctx, tx, &th, ThreadEntry{Role: RoleBot, Body: "Again"}, "", line.ID)
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "thread_entries_answers") {
		t.Fatalf("a second answer: %v", err)
	}
}

// nowhere looks for a text in events, jobs and the log's tables.
func (b *bundle) nowhere(text string) {
	b.Helper()
	var n int
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from events where body like '%' || $1 || '%'`, text).Scan(&n)
	})
	var jobs int
	b.ok(b.db.AsWorker(b.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from river_job where args::text || coalesce(array_to_string(errors, ' '), '') like '%' || $1 || '%'`, text).Scan(&jobs)
	}))
	if n+jobs > 0 {
		b.Fatalf("%q is in %d events and %d jobs", text, n, jobs)
	}
}

func TestLinesAreAnsweredInOrder(t *testing.T) {
	b := setup(t)
	b.bot(echo)
	v := b.visitor()
	b.say(v.ctx, v, "one")
	b.say(v.ctx, v, "two")
	jobs := b.questions()
	wait, err := b.calls.askBot(b.ctx, jobs[1], 1)
	b.ok(err)
	if !wait {
		t.Fatal("the second line is answered before the first")
	}
	b.work1(jobs[0])
	b.work1(jobs[1])
	b.wantChat(v.ctx, v, "customer: one", "customer: two", "bot: You said one", "bot: You said two")

	// A job that died with its node does not keep the customer waiting.
	b.say(v.ctx, v, "three")
	b.say(v.ctx, v, "four")
	b.clock.Add(int64(time.Minute))
	b.work1(b.questions()[3])
	if _, th := b.chat(v.ctx, v); th.State != ThreadWaiting || th.AskedWhy != AskedBotFailed {
		t.Fatalf("the thread is %s, %s", th.State, th.AskedWhy)
	}
}

func TestABotThatFails(t *testing.T) {
	for name, say := range map[string]func(question) (int, string){
		"an error":         func(question) (int, string) { return 500, `{"text":"no"}` },
		"no JSON":          func(question) (int, string) { return 200, `<html>` },
		"nothing":          func(question) (int, string) { return 200, `{}` },
		"an empty text":    func(question) (int, string) { return 200, "{\"text\":\" \u200f \"}" },
		"too long":         func(question) (int, string) { return 200, `{"text":"` + strings.Repeat("x", maxSaid+1) + `"}` },
		"too many replies": func(question) (int, string) { return 200, `{"text":"a","quick_replies":["1","2","3","4","5","6"]}` },
		"too long a reply": func(question) (int, string) {
			return 200, `{"text":"a","quick_replies":["` + strings.Repeat("x", maxReply+1) + `"]}`
		},
		"text of another type": func(question) (int, string) { return 200, `{"text":["a"]}` },
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			bot, _ := b.bot(say)
			v := b.visitor()
			b.say(v.ctx, v, "Hello")
			args := b.questions()[0]
			for attempt := 1; attempt < botTries; attempt++ {
				if _, err := b.calls.askBot(b.ctx, args, attempt); err == nil || strings.Contains(err.Error(), "Hello") {
					t.Fatalf("try %d: %v", attempt, err)
				}
			}
			b.wantChat(v.ctx, v, "customer: Hello")
			_, err := b.calls.askBot(b.ctx, args, botTries)
			b.ok(err)
			th := b.wantChat(v.ctx, v, "customer: Hello", "notice: person_asked")
			if th.State != ThreadWaiting || th.AskedWhy != AskedBotFailed || len(bot.asked()) != botTries {
				t.Fatalf("%+v after %d questions", th.ThreadHead, len(bot.asked()))
			}
			b.wantEvents(th.ID, "thread.line_added", "thread.line_added", "thread.handover_asked")
		})
	}
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

func TestABotThatDoesNotAnswerInTime(t *testing.T) {
	b := setup(t)
	hold := make(chan struct{})
	b.bot(func(question) (int, string) { <-hold; return 200, `{"text":"late"}` })
	defer close(hold) // before the server is closed
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update thread_settings set bot_seconds = 1`)
		return err
	})
	v := b.visitor()
	b.say(v.ctx, v, "Hello")
	_, err := b.calls.askBot(b.ctx, b.questions()[0], botTries)
	b.ok(err)
	b.wantChat(v.ctx, v, "customer: Hello", "notice: person_asked")
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

// TestALateAnswerIsDropped: the agent takes over while the bot thinks; not a word
// of it comes after.
func TestALateAnswerIsDropped(t *testing.T) {
	b := setup(t)
	thinking, goOn := make(chan struct{}), make(chan struct{})
	b.bot(func(q question) (int, string) {
		if q.Text == "Hello" {
			close(thinking)
			<-goOn
		}
		return echo(q)
	})
	v := b.visitor()
	_, agent := b.agent("alice")
	_, other := b.agent("bob")
	b.say(v.ctx, v, "Hello")
	done := make(chan error)
	go func() {
		_, err := b.calls.askBot(b.ctx, b.questions()[0], 1)
		done <- err
	}()
	<-thinking
	_, err := b.calls.TakeThread(agent, b.bank, v.idn.ID)
	b.ok(err)
	close(goOn)
	b.ok(<-done)
	th := b.wantChat(v.ctx, v, "customer: Hello", "notice: person_speaks")
	if th.State != ThreadPerson {
		t.Fatalf("the thread is %s", th.State)
	}

	// Who has it speaks, nobody else does.
	_, err = b.calls.AddLine(other, b.bank, v.idn.ID, NewLine{Text: "me too"})
	b.refused(err, visavis.Conflict, "not_your_thread")
	_, err = b.calls.TakeThread(other, b.bank, v.idn.ID)
	b.refused(err, visavis.Conflict, "thread_taken")
	_, err = b.calls.HandBackThread(other, b.bank, v.idn.ID, false)
	b.refused(err, visavis.Conflict, "not_your_thread")
	_, err = b.calls.AddLine(b.program(), b.bank, v.idn.ID, NewLine{Text: "beep", Role: RoleBot})
	b.refused(err, visavis.Conflict, "person_has_thread")
	b.say(agent, v, "Good morning")
	b.say(v.ctx, v, "At last")
	_, err = b.calls.AddLine(agent, b.bank, v.idn.ID, NewLine{Notice: "documents_again"})
	b.ok(err)
	if n := len(b.questions()); n != 1 {
		t.Fatalf("%d questions to the bot while a person speaks", n-1)
	}

	// Back with the bot, what was asked before stays unanswered by it.
	_, err = b.calls.HandBackThread(agent, b.bank, v.idn.ID, false)
	b.ok(err)
	b.work1(b.questions()[0])
	b.say(v.ctx, v, "One more thing")
	b.work1(b.questions()[1])
	th = b.wantChat(v.ctx, v, "customer: Hello", "notice: person_speaks", "agent: Good morning", "customer: At last", "notice: documents_again",
		"notice: bot_speaks", "customer: One more thing", "bot: You said One more thing")
	b.wantEvents(th.ID, "thread.line_added", "thread.line_added", "thread.taken_over", "thread.line_added", "thread.line_added", "thread.line_added",
		"thread.line_added", "thread.handed_back", "thread.line_added", "thread.line_added")

	// To another person, and a supervisor takes it from whoever has it.
	_, err = b.calls.TakeThread(agent, b.bank, v.idn.ID)
	b.ok(err)
	_, err = b.calls.HandBackThread(agent, b.bank, v.idn.ID, true)
	b.ok(err)
	_, err = b.calls.TakeThread(other, b.bank, v.idn.ID)
	b.ok(err)
	boss := visavis.ActorFrom(agent)
	boss.Role = visavis.RoleSupervisor
	head, err := b.calls.TakeThread(visavis.WithActor(b.ctx, boss), b.bank, v.idn.ID)
	b.ok(err)
	if head.AgentID != boss.ID {
		t.Fatalf("%+v", head)
	}
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

// goodSignature checks by the reference library of Standard Webhooks.
func goodSignature(secret string, head http.Header, body string) bool {
	hook, err := standardwebhooks.NewWebhook(secret)
	return err == nil && hook.VerifyIgnoringTimestamp([]byte(body), head) == nil
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

func TestTheChatBotsSetting(t *testing.T) {
	b := setup(t)
	for _, bad := range []Bot{{On: true}, {URL: "http://example.com/bot"}, {URL: "https://127.0.0.1/bot"}, {URL: "ftp://example.com"}, {Seconds: 11}, {Seconds: -1}} {
		_, _, err := b.calls.SetChatBot(b.ctx, b.bank, bad)
		b.refused(err, visavis.Invalid, "invalid_request")
	}
	_, err := b.calls.NewChatBotSecret(b.ctx, b.bank)
	b.refused(err, visavis.Conflict, "no_bot")
	bot := Bot{On: true, URL: "https://bot.example/ask", Seconds: 3}
	_, first, err := b.calls.SetChatBot(b.ctx, b.bank, bot)
	b.ok(err)
	_, again, err := b.calls.SetChatBot(b.ctx, b.bank, bot)
	b.ok(err)
	bot.URL = "https://bot.example/other"
	_, other, err := b.calls.SetChatBot(b.ctx, b.bank, bot)
	b.ok(err)
	if !strings.HasPrefix(first, "whsec_") || again != "" || other == "" || other == first {
		t.Fatalf("secrets %q, %q, %q", first, again, other)
	}
	if got, err := b.calls.ChatBot(b.ctx, b.bank); err != nil || !got.On || got.URL != bot.URL || got.Seconds != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	var sealed []byte
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select bot_secret from thread_settings where bank_id = $1`, tx.BankID).Scan(&sealed)
	})
	if strings.Contains(string(sealed), other) || len(sealed) <= 32 {
		t.Fatalf("the secret lies open: %x", sealed)
	}
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
