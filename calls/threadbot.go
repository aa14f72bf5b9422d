package calls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// The bank's bot is a hook (events.AskHook). Each line of the customer's is put to
// it by a job that the line's transaction adds; docs/chat.md has the contract.
//
//	POST <url>, signed by Standard Webhooks, webhook-id = the line's
//	{"type": "thread.question", "identification_id": …, "line_id": …, "scenario": …,
//	 "locale": "vi", "verified": true, "customer_id": …?, "text": …, "history": [{"role": …, "text": …, "at": …}]}
//	→ 200 {"text": …, "quick_replies": […]?, "handover": true?}

// ChatQueue is River's queue of questions to bots: slow ones hold up nothing else.
const ChatQueue = "chat"

// ChatWorkers is how many a node asks at a time.
const ChatWorkers = 16

const (
	questionAsked    = "asked"
	questionAnswered = "answered"

	botTries     = 3
	botAttempts  = 12 // of the job, which also ends by a node's death: beyond botTries a person is asked for
	botSlack     = 5 * time.Second
	botOrder     = 250 * time.Millisecond // how often a line looks whether the one before it is answered
	historyLines = 10
	maxReplies   = 5
	maxReply     = 80 // characters
)

// Bot is a bank's setting.
type Bot struct {
	On      bool
	URL     string
	Seconds int // how long it may take to answer: 1 to 10; 0 = 5

	secret []byte
}

const sealBot = "chat bot"

// botTx reads the setting; a bank without one has no bot.
func (s *Service) botTx(ctx context.Context, tx *postgres.Tx) (b Bot, err error) {
	var sealed []byte
	err = tx.QueryRow(ctx, `select bot_on, bot_url, bot_seconds, bot_secret from thread_settings where bank_id = $1`, tx.BankID).Scan(&b.On, &b.URL, &b.Seconds, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return Bot{Seconds: 5}, nil
	}
	if err == nil && sealed != nil {
		b.secret, err = s.Keyring.Open(sealBot, tx.BankID[:], sealed)
	}
	if err != nil {
		return b, fmt.Errorf("read the chat bot's setting: %w", err)
	}
	return b, nil
}

// ChatBot returns the bank's setting.
func (s *Service) ChatBot(ctx context.Context, bankID uuid.UUID) (b Bot, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, err = s.botTx(ctx, tx)
		return err
	})
	return b, err
}

// SetChatBot replaces the bank's setting. When it names a URL that it did not name
// before, the new secret (whsec_…) that questions are signed with is returned,
// once; else "". Invalid: a URL that webhooks may not go to either, no URL though
// it is on, seconds.
func (s *Service) SetChatBot(ctx context.Context, bankID uuid.UUID, b Bot) (_ Bot, secret string, err error) {
	if b.Seconds == 0 {
		b.Seconds = 5
	}
	if b.Seconds < 1 || b.Seconds > 10 {
		return b, "", visavis.InvalidField("seconds", "between 1 and 10")
	}
	if b.On && b.URL == "" {
		return b, "", visavis.InvalidField("url", "is needed for a bot that is on")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		secret = ""
		was, err := s.botTx(ctx, tx)
		if err != nil {
			return err
		}
		if b.URL != "" {
			allow, err := s.hookAllowTx(ctx, tx)
			if err != nil {
				return err
			}
			if err := events.CheckHook("url", b.URL, allow); err != nil {
				return err
			}
		}
		b.secret = was.secret
		switch {
		case b.URL == "":
			b.secret = nil
		case b.URL != was.URL || b.secret == nil:
			secret, b.secret = events.NewHookSecret()
		}
		return s.keepBotTx(ctx, tx, b)
	})
	return b, secret, err
}

// NewChatBotSecret draws a new secret and returns it, once. The one before is good
// no more. Conflict "no_bot" without a URL.
func (s *Service) NewChatBotSecret(ctx context.Context, bankID uuid.UUID) (secret string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, err := s.botTx(ctx, tx)
		if err != nil {
			return err
		}
		if b.URL == "" {
			return visavis.Errorf(visavis.Conflict, "no_bot", "there is no bot to sign questions to")
		}
		secret, b.secret = events.NewHookSecret()
		return s.keepBotTx(ctx, tx, b)
	})
	return secret, err
}

func (s *Service) keepBotTx(ctx context.Context, tx *postgres.Tx, b Bot) error {
	var sealed []byte
	if b.secret != nil {
		sealed = s.Keyring.Seal(sealBot, tx.BankID[:], b.secret)
	}
	if _, err := tx.Exec(ctx, `insert into thread_settings (bank_id, bot_on, bot_url, bot_seconds, bot_secret, updated_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (bank_id) do update set bot_on = $2, bot_url = $3, bot_seconds = $4, bot_secret = $5, updated_at = $6`,
		tx.BankID, b.On, b.URL, b.Seconds, sealed, s.Now()); err != nil {
		return fmt.Errorf("keep the chat bot's setting: %w", err)
	}
	_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: "bank.updated", Object: "bank", ID: tx.BankID})
	return err
}

func (s *Service) hookAllowTx(ctx context.Context, tx *postgres.Tx) ([]netip.Prefix, error) {
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	return events.HookAddresses(s.HookAllow, settings.WebhookAllow), nil
}

// botArgs is the job that puts a line to the bot. It names the line; the text
// stays where it is.
type botArgs struct {
	BankID           uuid.UUID `json:"bank_id"`
	IdentificationID uuid.UUID `json:"identification_id"`
	LineID           uuid.UUID `json:"line_id"`
}

// Kind implements river.JobArgs.
func (botArgs) Kind() string { return "ask_bot" }

func (s *Service) insertChatTx(ctx context.Context, tx *postgres.Tx, args botArgs) error {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: s.Log}) // inserts only
	if err != nil {
		return err
	}
	_, err = client.InsertManyFastTx(ctx, tx.Tx, []river.InsertManyParams{{Args: args,
		InsertOpts: &river.InsertOpts{Queue: ChatQueue, MaxAttempts: botAttempts}}})
	return err
}

type botWorker struct {
	river.WorkerDefaults[botArgs]
	s *Service
}

// NextRetry implements river.Worker: somebody waits for the answer.
func (w *botWorker) NextRetry(job *river.Job[botArgs]) time.Time {
	return time.Now().Add(time.Duration(job.Attempt) * time.Second)
}

// Work implements river.Worker.
func (w *botWorker) Work(ctx context.Context, job *river.Job[botArgs]) error {
	wait, err := w.s.askBot(w.s.system(ctx, job.Args.BankID), job.Args, job.Attempt)
	if err == nil && wait {
		return river.JobSnooze(botOrder)
	}
	return err
}

// question is what the bot is asked.
type question struct {
	Type             string     `json:"type"`
	IdentificationID uuid.UUID  `json:"identification_id"`
	LineID           uuid.UUID  `json:"line_id"`
	Scenario         string     `json:"scenario"`
	Locale           string     `json:"locale"`
	Verified         bool       `json:"verified"`
	CustomerID       *uuid.UUID `json:"customer_id,omitempty"` // only when verified: else the bank would answer about whoever has the link
	Text             string     `json:"text"`
	History          []asked    `json:"history"` // the lines before, oldest first
}

type asked struct {
	Role string    `json:"role"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// answer is what the bot says; see readAnswer.
type answer struct {
	Text         string   `json:"text"`
	QuickReplies []string `json:"quick_replies"`
	Handover     bool     `json:"handover"`
}

// askBot puts a line to the bot and writes the answer down. It may be done again:
// a line that is answered, or that a person answers, is let be. wait: an earlier
// line is not answered yet. An error is tried again; after botTries a person is
// asked for.
func (s *Service) askBot(ctx context.Context, args botArgs, attempt int) (wait bool, err error) {
	var bot Bot
	var q question
	var allow []netip.Prefix
	failed, done := attempt > botTries, false
	err = s.DB.InBank(ctx, args.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		wait, done = false, false
		var text, asking string
		var verified bool
		err := tx.QueryRow(ctx, `select body, question, verified from thread_entries where bank_id = $1 and id = $2`, tx.BankID, args.LineID).Scan(&text, &asking, &verified)
		if err != nil || asking != questionAsked {
			done = true
			return err
		}
		if bot, err = s.botTx(ctx, tx); err != nil {
			return err
		}
		if !bot.On {
			failed = true
			return nil
		}
		patience := botTries*time.Duration(bot.Seconds)*time.Second + botSlack
		var before *time.Time
		if err := tx.QueryRow(ctx, `select min(at) from thread_entries where bank_id = $1 and identification_id = $2 and question = 'asked' and id < $3`,
			tx.BankID, args.IdentificationID, args.LineID).Scan(&before); err != nil {
			return err
		}
		if before != nil {
			// Its job has died with its node, and is found only later: nobody waits for that.
			failed = failed || before.Add(patience).Before(s.Now())
			wait = !failed
			return nil
		}
		if allow, err = s.hookAllowTx(ctx, tx); err != nil {
			return err
		}
		q, err = s.questionTx(ctx, tx, args, text, verified)
		return err
	})
	if err != nil || wait || done {
		return wait, err
	}
	if failed {
		return false, s.botFailed(ctx, args)
	}
	body, err := json.Marshal(q)
	if err != nil {
		return false, err
	}
	asking, cancel := context.WithTimeout(ctx, time.Duration(bot.Seconds)*time.Second)
	raw, err := events.AskHook(asking, bot.URL, args.LineID.String(), s.Now(), bot.secret, body, allow, nil)
	cancel()
	var said answer
	if err == nil {
		said, err = readAnswer(raw)
	}
	if err != nil {
		s.Log.Info("the bank's bot did not answer", "bank", args.BankID, "line", args.LineID, "attempt", attempt, "error", err)
		if attempt >= botTries {
			return false, s.botFailed(ctx, args)
		}
		return false, fmt.Errorf("ask the bot: %w", err)
	}
	return false, s.botSays(ctx, args, said)
}

func (s *Service) questionTx(ctx context.Context, tx *postgres.Tx, args botArgs, text string, verified bool) (question, error) {
	idn, err := s.Identifications.GetTx(ctx, tx, args.IdentificationID)
	if err != nil {
		return question{}, err
	}
	customer, err := s.Banks.Customer(ctx, tx.BankID, idn.CustomerID)
	if err != nil {
		return question{}, err
	}
	q := question{Type: "thread.question", IdentificationID: idn.ID, LineID: args.LineID, Scenario: idn.Scenario.Slug, Locale: customer.Locale,
		Verified: verified, Text: text}
	if verified {
		q.CustomerID = &idn.CustomerID
	}
	// A stranger with the link must not have the bot repeat what others have said.
	rows, _ := tx.Query(ctx, `select role, body, at from (select id, role, body, at from thread_entries
		where bank_id = $1 and identification_id = $2 and id < $3 and role <> 'notice' and ($4 or not verified) order by id desc limit $5) e order by id`,
		tx.BankID, args.IdentificationID, args.LineID, verified, historyLines)
	q.History, err = pgx.CollectRows(rows, pgx.RowToStructByPos[asked])
	if q.History == nil {
		q.History = []asked{}
	}
	return q, err
}

// readAnswer takes a bot's answer apart; it is not trusted. Too long a text, too
// many or too long quick replies, or an answer that says nothing, is an error.
func readAnswer(raw []byte) (a answer, err error) {
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, errors.New("the answer is not what was asked for") // the decoder's words repeat the text
	}
	if a.Text != "" || !a.Handover {
		if a.Text, err = threadText("text", a.Text); err != nil {
			return a, errors.New("the text of the answer is empty or too long")
		}
	}
	if len(a.QuickReplies) > maxReplies {
		return a, fmt.Errorf("the answer has more than %d quick replies", maxReplies)
	}
	for i, reply := range a.QuickReplies {
		if a.QuickReplies[i], err = threadText("quick_replies", reply); err != nil || len([]rune(reply)) > maxReply {
			return a, errors.New("a quick reply is empty or too long")
		}
	}
	return a, nil
}

// botSays writes the answer, unless somebody else has answered, or a person speaks.
func (s *Service) botSays(ctx context.Context, args botArgs, said answer) error {
	return s.openQuestion(ctx, args, func(ctx context.Context, tx *postgres.Tx, t *ThreadHead, verified bool) error {
		if _, err := tx.Exec(ctx, `update thread_entries set question = $3 where bank_id = $1 and id = $2`, tx.BankID, args.LineID, questionAnswered); err != nil {
			return err
		}
		if said.Text != "" {
			e := ThreadEntry{Role: RoleBot, Body: said.Text, QuickReplies: said.QuickReplies, Verified: verified}
			if _, err := s.putAnswerTx(ctx, tx, t, e, "", args.LineID); err != nil {
				return err
			}
		}
		if said.Handover {
			return s.personTx(ctx, tx, t, AskedByBot)
		}
		return nil
	})
}

func (s *Service) botFailed(ctx context.Context, args botArgs) error {
	return s.openQuestion(ctx, args, func(ctx context.Context, tx *postgres.Tx, t *ThreadHead, _ bool) error {
		bot, err := s.botTx(ctx, tx)
		if err != nil {
			return err
		}
		why := AskedBotFailed
		if !bot.On {
			why = AskedNoBot
		}
		return s.personTx(ctx, tx, t, why)
	})
}

// openQuestion does something with a line that still waits for the bot, under the
// thread's lock.
func (s *Service) openQuestion(ctx context.Context, args botArgs, do func(ctx context.Context, tx *postgres.Tx, t *ThreadHead, verified bool) error) error {
	return s.DB.InBank(ctx, args.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		t, err := s.openThreadTx(ctx, tx, args.IdentificationID)
		if visavis.KindOf(err) == visavis.Gone {
			return nil
		}
		if err != nil {
			return err
		}
		var open, verified bool
		if err := tx.QueryRow(ctx, `select question = 'asked', verified from thread_entries where bank_id = $1 and id = $2`, tx.BankID, args.LineID).Scan(&open, &verified); err != nil {
			return err
		}
		if !open || t.State != ThreadBot {
			return nil
		}
		return do(ctx, tx, &t, verified)
	})
}
