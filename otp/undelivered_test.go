package otp

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// carrier hands what it is given to a test, and answers as that says.
type carrier struct {
	got    chan channels.Outgoing
	answer func(channels.Outgoing) (string, error)
}

func (c carrier) Send(_ context.Context, out channels.Outgoing) (string, error) {
	c.got <- out
	if c.answer != nil {
		return c.answer(out)
	}
	return "id of " + out.DeliveryID.String(), nil
}

// An SMS that reached nobody is followed by the call at once, with the same code,
// and the verification says what was really done. One that arrives is not.
func TestAnUndeliveredSMSIsFollowedByTheCallAtOnce(t *testing.T) {
	t.Parallel()
	refused := func(channels.Outgoing) (string, error) {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "21614"}
	}
	for _, c := range []struct {
		name    string
		answer  func(channels.Outgoing) (string, error)
		receipt channels.State
		calls   bool
	}{
		{"refused by the provider", refused, "", true},
		{"provider down", func(channels.Outgoing) (string, error) {
			return "", &channels.SendError{Outcome: channels.Permanent, Code: "provider_down"}
		}, "", true},
		{"receipt: undelivered", nil, channels.StateUndelivered, true},
		{"receipt: delivered", nil, channels.StateDelivered, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sms := carrier{got: make(chan channels.Outgoing, 9), answer: c.answer}
			voice := carrier{got: make(chan channels.Outgoing, 9)}
			looked := make(chan postgres.LoopEvent, 99)
			w.s.Channels = channels.New(channels.Config{DB: w.db, Banks: w.s.Banks, Keys: w.s.Keys, Log: w.s.Log, Now: w.s.now, Routes: []channels.Route{
				{Channel: channels.SMS, Provider: "twilio", Sender: sms}, {Channel: channels.Voice, Provider: "twilio", Sender: voice},
			}, Observe: func(e postgres.LoopEvent) {
				if e.Kind == postgres.LoopMarked {
					looked <- e
				}
			}})
			w.s = New(w.s.Config)
			patient(w.s)
			var drawn atomic.Int64
			w.s.newCode = func(int) (string, error) { return fmt.Sprintf("%06d", 41_000+drawn.Add(1)), nil }
			ctx, cancel := context.WithCancel(context.Background())
			var running sync.WaitGroup
			running.Go(func() { w.s.Channels.Run(ctx) })
			running.Go(func() { w.s.Run(ctx) })
			t.Cleanup(func() { cancel(); running.Wait() })

			began := time.Now()
			v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Workflow: []Step{{SMS, 600}, {Way: Voice}}})
			if err != nil {
				t.Fatal(err)
			}
			out := <-sms.got
			code := regexp.MustCompile(`\b\d{6}\b`).FindString(out.Body)
			if c.receipt != "" {
				<-looked // its id is known
				err := w.s.Channels.Receipt(t.Context(), w.bank, out.DeliveryID, channels.Receipt{
					Provider: "twilio", ProviderID: "id of " + out.DeliveryID.String(), Status: string(c.receipt), State: c.receipt, At: w.s.now()})
				if err != nil {
					t.Fatal(err)
				}
			}
			if !c.calls {
				if err := w.s.work(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got, err := w.s.Get(t.Context(), w.bank, v.ID); err != nil || got.Way != SMS || got.Sends != 1 || w.told(v.ID) != "sms" {
					t.Fatalf("got %+v, %v; told by %s", got, err, w.told(v.ID))
				}
				return
			}
			select {
			case <-voice.got:
				t.Logf("the call came %v after the start", time.Since(began))
			case <-time.After(3 * time.Minute):
				t.Fatal("no call came")
			}
			if told := w.told(v.ID); told != "sms voice" {
				t.Fatalf("told by %q", told)
			}
			if said := w.said(v.ID, "voice"); said != code || code == "" {
				t.Errorf("the call says %q, the SMS said %q", said, code)
			}
			got, err := w.s.Get(t.Context(), w.bank, v.ID)
			if err != nil || got.Way != Voice || got.Sends != 2 || !got.Restricted() || !got.NextSendAt.Equal(w.s.now().Add(resendDelays[1])) || got.AttemptsLeft != MaxChecks {
				t.Errorf("got %+v, %v", got, err)
			}
			if sends := query[int](w, `select cardinality(sends) from otp_subjects where bank_id = $1`); sends != 2 {
				t.Errorf("%d sends are counted, want 2", sends)
			}
			if !w.must(v.ID, code).Approved {
				t.Error("the code is refused")
			}
		})
	}
}

// said is the code in the sealed part of a verification's message.
func (w *world) said(id uuid.UUID, channel string) string {
	w.t.Helper()
	const of = `from messages where bank_id = $1 and about_id = $2 and plan->0->'t'->0->>'c' = $3`
	message := query[uuid.UUID](w, `select id `+of, id, channel)
	plain, err := w.s.Keys.Open("message", message[:], query[[]byte](w, `select sealed `+of, id, channel))
	var secret struct{ Code string }
	if err == nil {
		err = json.Unmarshal(plain, &secret)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return secret.Code
}

// What ends a verification holds it while its message is marked: the mark waits
// for nothing, and the workflow goes on after it only if it is still pending.
func TestAnUndeliveredMessageOfALockedVerificationIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Workflow: []Step{{SMS, 600}, {Way: Voice}}})
	if err != nil {
		t.Fatal(err)
	}
	due := func() bool {
		return query[bool](w, `select step_due_at <= $3 from verifications where bank_id = $1 and id = $2`, v.ID, w.s.now())
	}
	list := []channels.Undelivered{{AboutID: v.ID, Channel: channels.SMS}}
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- w.db.InBank(context.Background(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, w.bank, v.ID)
			close(held)
			<-release
			return err
		})
	}()
	<-held
	err = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		defer close(release) // it was not waited for
		return w.s.undeliveredTx(ctx, tx, list)
	})
	if err != nil || <-done != nil {
		t.Fatal(err)
	}
	if !due() {
		t.Error("the workflow does not go on")
	}
	// One of another way than the present changes nothing.
	other := w.customer("+84912345670")
	u, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: other.ID, Purpose: "api", Workflow: []Step{{SMS, 600}, {Way: Voice}}})
	if err == nil {
		v = u
		err = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			return w.s.undeliveredTx(ctx, tx, []channels.Undelivered{{AboutID: v.ID, Channel: channels.Push}})
		})
	}
	if err != nil || due() {
		t.Errorf("an old message moves the workflow: %v", err)
	}
}
