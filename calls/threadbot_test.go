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

	"github.com/jackc/pgx/v5"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/visavis/visavis"
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

// work1 does a question's job as River would: until it neither fails nor waits.
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

// goodSignature checks by the reference library of Standard Webhooks.
func goodSignature(secret string, head http.Header, body string) bool {
	hook, err := standardwebhooks.NewWebhook(secret)
	return err == nil && hook.VerifyIgnoringTimestamp([]byte(body), head) == nil
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
