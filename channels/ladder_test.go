package channels_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

func (w *world) ladder(phone string, steps ...channels.Step) channels.Message {
	m := code(w.customer(phone, "en"))
	m.Ladder, m.AboutType, m.AboutID = steps, "verification", uuid.New()
	return m
}

func (w *world) inBank(fn func(ctx context.Context, tx *postgres.Tx) error) {
	w.t.Helper()
	if err := w.db.InBank(w.t.Context(), w.bank, fn); err != nil {
		w.t.Fatal(err)
	}
}

var smsThenVoice = []channels.Step{
	{Channel: channels.SMS, Wait: time.Minute, Why: "the bank's route"},
	{Channel: channels.Voice},
}

func TestALadderGoesOnWhenItIsNotDelivered(t *testing.T) {
	t.Parallel()
	for name, phone := range map[string]string{"refused": "+84912340001", "undelivered": "+84912340003"} { // the former by SMS and by voice
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.run()
			info := w.send(w.ladder(phone, smsThenVoice...))
			if len(info.Deliveries) != 1 || info.Steps != 2 {
				t.Fatalf("accepted as %+v", info)
			}
			m := w.until(info.ID, "the call", func(m channels.MessageInfo) bool {
				return len(m.Deliveries) == 2 && m.Deliveries[1].State != channels.StateSending
			})
			if m.Deliveries[0].Step != 1 || m.Deliveries[0].Why != "the bank's route" || m.Deliveries[1].Step != 2 || m.Deliveries[1].Channel != channels.Voice {
				t.Errorf("deliveries %+v", m.Deliveries)
			}
			if want := map[string]int{"refused": 0, "undelivered": 1}[name]; len(w.at("calls", phone)) != want {
				t.Errorf("%d calls, want %d", len(w.at("calls", phone)), want)
			}
			if name == "refused" {
				w.untilState(info.ID, channels.StateUndelivered)
			}
		})
	}
}

func TestALadderWaitsForTheReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912345670"
	silent := &blind{Sender: w.twilio.SMS(), Looker: w.twilio.SMS()} // no receipt of it arrives
	w.s = w.with(silent)
	w.run()
	info := w.send(w.ladder(phone, smsThenVoice...))
	m := w.until(info.ID, "the wait", func(m channels.MessageInfo) bool { return m.State == channels.StateSent && m.DueAt != nil })
	if wait := m.DueAt.Sub(*m.Deliveries[0].SentAt); wait != time.Minute {
		t.Errorf("waits %s, want a minute", wait)
	}
	if sealed := query[[]byte](w, `select sealed from messages where bank_id = $1 and id = $2`, w.bank, info.ID); sealed == nil {
		t.Error("the secret is gone before the call")
	}
	w.pass(61 * time.Second)
	w.until(info.ID, "the call", func(m channels.MessageInfo) bool { return len(m.Deliveries) == 2 })
}

func TestALadderStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	delivered := w.send(w.ladder("+84912345670", smsThenVoice...))
	m := w.untilState(delivered.ID, channels.StateDelivered)
	if m.DueAt != nil {
		t.Error("it goes on after it was delivered")
	}
	// Delivered, and yet nothing came of it: only when the step says so.
	notMet := w.ladder("+84912345671", channels.Step{Channel: channels.SMS, Wait: time.Minute, On: []channels.Advance{channels.AdvanceNotMet}}, channels.Step{Channel: channels.Voice})
	info := w.send(notMet)
	w.until(info.ID, "the receipt", func(m channels.MessageInfo) bool { return m.State == channels.StateDelivered && m.DueAt != nil })
	w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return w.s.MetTx(ctx, tx, "verification", notMet.AboutID)
	})
	if m, _ := w.s.Get(t.Context(), w.bank, info.ID); m.DueAt != nil || m.State != channels.StateDelivered {
		t.Errorf("it goes on although its purpose is met: %+v", m)
	}
	w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		if err := w.s.NextTx(ctx, tx, info.ID); visavis.CodeOf(err) != "no_next_step" {
			t.Errorf("next after it was met: %v", err)
		}
		return nil
	})
	// Nothing of a ladder is sent after its end.
	late := w.ladder("+84912345672", channels.Step{Channel: channels.SMS, Wait: 10 * time.Minute, On: []channels.Advance{channels.AdvanceNotMet}}, channels.Step{Channel: channels.Voice})
	info = w.send(late)
	w.until(info.ID, "the receipt", func(m channels.MessageInfo) bool { return m.State == channels.StateDelivered && m.DueAt != nil })
	w.pass(20 * time.Minute)
	w.until(info.ID, "the end", func(m channels.MessageInfo) bool {
		return m.DueAt == nil && len(m.Deliveries) == 2 && m.Deliveries[1].State == channels.StateExpired
	})
	if n := len(w.at("calls", "+84912345672")); n != 0 {
		t.Errorf("%d calls after the end", n)
	}
}

func TestTheUserAsksForTheNextStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	info := w.send(w.ladder("+84912345670", channels.Step{Channel: channels.SMS}, channels.Step{Channel: channels.Voice}))
	w.untilState(info.ID, channels.StateDelivered)
	w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.NextTx(ctx, tx, info.ID) })
	w.until(info.ID, "the call", func(m channels.MessageInfo) bool { return len(m.Deliveries) == 2 })
	w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		if err := w.s.NextTx(ctx, tx, info.ID); visavis.CodeOf(err) != "no_next_step" {
			t.Errorf("a third step: %v", err)
		}
		if err := w.s.NextTx(ctx, tx, uuid.New()); visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("an unknown message: %v", err)
		}
		return nil
	})
}

func TestALateReceiptDoesNotTakeBackWhatTheUserAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.run()
	const phone = "+84912340017" // answers by itself
	info := w.send(w.ladder(phone, channels.Step{Channel: channels.SMS}, channels.Step{Channel: channels.Voice}))
	m := w.untilState(info.ID, channels.StateDelivered)
	stop()
	w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.NextTx(ctx, tx, info.ID) })
	// As whatever changes a delivery does: a receipt, or the word that it was handed over.
	w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return channels.Refresh(ctx, tx, w.s, w.now(), info.ID, m.Deliveries[0].ID)
	})
	if m, _ := w.s.Get(t.Context(), w.bank, info.ID); m.DueAt == nil {
		t.Fatal("the receipt has taken the next step back")
	}
	w.run()
	w.press(w.onCall(phone, "the call's question", gathers), "1")
	w.onCall(phone, "the same code", func(c heardCall) bool { return recordings(c)["code"] != "" })
}

func TestAScheduledMessageWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	m := code(w.customer("+84912345670", "en"), channels.SMS)
	m.SendAt, m.ExpiresAt = w.now().Add(time.Hour), w.now().Add(2*time.Hour)
	info := w.send(m)
	now := w.send(code(w.customer("+84912345671", "en"), channels.SMS))
	w.untilState(now.ID, channels.StateDelivered)
	if n := len(w.at("messages", "+84912345670")); n != 0 {
		t.Fatalf("%d SMS were sent early", n)
	}
	w.pass(61 * time.Minute)
	w.untilState(info.ID, channels.StateDelivered)
}
