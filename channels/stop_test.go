package channels_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// held holds each send until it is told how it ends.
type held struct {
	began  chan channels.Outgoing
	answer chan error
	sends  atomic.Int32
}

func newHeld() *held {
	return &held{began: make(chan channels.Outgoing, 8), answer: make(chan error, 8)}
}

func (s *held) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	s.sends.Add(1)
	s.began <- out
	select {
	case err := <-s.answer:
		return "id-" + out.DeliveryID.String(), err
	case <-ctx.Done():
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "timeout", Err: ctx.Err()}
	}
}

// nothing is a slow provider that can be asked, and never has it.
type nothing struct{ *held }

func (nothing) Lookup(context.Context, channels.Outgoing, time.Time) ([]channels.Found, error) {
	return nil, nil
}

// stops are the two ways in which the rest of a message is taken back.
func (w *world) stops() map[string]func(m channels.Message) {
	return map[string]func(m channels.Message){
		"met": func(m channels.Message) {
			w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.MetTx(ctx, tx, m.AboutType, m.AboutID) })
		},
		"cancelled": func(m channels.Message) {
			w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.CancelTx(ctx, tx, m.AboutID) })
		},
	}
}

// A ladder whose first step is out and waits for its receipt does not go on when
// it was taken back, whatever the provider tells later.
func TestAStoppedLadderStaysStopped(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"met", "cancelled"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			phone := "+84912345670"
			w.s = w.with(&blind{Sender: w.twilio.SMS(), Looker: w.twilio.SMS()})
			w.run()
			m := w.ladder(phone, smsThenVoice...)
			info := w.send(m)
			sent := w.until(info.ID, "the wait", func(m channels.MessageInfo) bool { return m.State == channels.StateSent && m.DueAt != nil })
			w.stops()[how](m)
			if got, _ := w.s.Get(t.Context(), w.bank, info.ID); got.DueAt != nil {
				t.Errorf("its next step is due at %s", got.DueAt)
			}
			w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
				if err := w.s.NextTx(ctx, tx, info.ID); err == nil {
					t.Error("its next step can be asked for")
				}
				return nil
			})
			err := w.s.Receipt(t.Context(), w.bank, sent.Deliveries[0].ID, channels.Receipt{Provider: "twilio",
				ProviderID: query[string](w, `select provider_id from deliveries where id = $1`, sent.Deliveries[0].ID), Status: "undelivered", State: channels.StateUndelivered, At: w.now()})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := w.s.Get(t.Context(), w.bank, info.ID)
			if got.State != channels.StateUndelivered || got.DueAt != nil || len(got.Deliveries) != 1 {
				t.Errorf("after a receipt it stands at %+v", got)
			}
			if sealed := query[[]byte](w, `select sealed from messages where bank_id = $1 and id = $2`, w.bank, info.ID); sealed != nil {
				t.Error("its secret is kept though nothing more is sent")
			}
		})
	}
}

// What is on its way to the provider when its message is taken back is not sent
// a second time, whatever the provider answers.
func TestWhatIsUnderWayIsNotSentAgainWhenItIsStopped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how   string
		asked bool // the provider can be asked
		err   error
	}{
		"met, busy":                {"met", true, &channels.SendError{Outcome: channels.Busy, Code: "throttled", Err: errors.New("later")}},
		"cancelled, busy":          {"cancelled", true, &channels.SendError{Outcome: channels.Busy, Code: "throttled", Err: errors.New("later")}},
		"met, unknown":             {"met", true, &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("cut")}},
		"met, unknown, not asked":  {"met", false, &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("cut")}},
		"cancelled, unknown, same": {"cancelled", false, &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("cut")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			provider := newHeld()
			if w.s = w.s.WithSender(channels.SMS, provider); c.asked {
				w.s = w.s.WithSender(channels.SMS, nothing{provider})
			}
			w.run()
			m := w.ladder("+84912345670", channels.Step{Channel: channels.SMS})
			info := w.send(m)
			<-provider.began
			w.stops()[c.how](m)
			provider.answer <- c.err
			after := w.until(info.ID, "the answer", func(m channels.MessageInfo) bool {
				return len(m.Deliveries) == 1 && m.Deliveries[0].State != channels.StateSending
			})
			if after.Deliveries[0].State == channels.StatePending {
				t.Error("it waits to be sent again")
			}
			// Past the backoff, the look-up and what a provider that has nothing is given.
			for range 3 {
				w.pass(13 * time.Second)
			}
			got := w.untilState(info.ID, channels.StateCancelled)
			if got.Deliveries[0].State != channels.StateCancelled || got.DueAt != nil {
				t.Errorf("it stands at %+v", got)
			}
			if n := provider.sends.Load(); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

// A delivery does not wait at the provider's door past its end.
func TestASendEndsWithItsMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	provider := make(endless, 1)
	w.s = w.s.WithSender(channels.SMS, provider)
	w.run()
	m := code(w.customer("+84912345670", "en"), channels.SMS)
	var info channels.MessageInfo
	var ends time.Time
	for ends.IsZero() { // a busy machine may need longer than it is worth sending: then it is not sent
		m.ExpiresAt = w.now().Add(1500 * time.Millisecond)
		info = w.send(m)
		w.until(info.ID, "the send or the end", func(m channels.MessageInfo) bool {
			select {
			case ends = <-provider:
			default:
			}
			return !ends.IsZero() || m.State == channels.StateExpired
		})
	}
	// Eight seconds are what a send may take at most.
	if ends.After(m.ExpiresAt.Add(3 * time.Second)) {
		t.Errorf("it may take until %s, and ends at %s", ends, m.ExpiresAt)
	}
	w.until(info.ID, "the end of the send", func(m channels.MessageInfo) bool {
		return m.Deliveries[0].State != channels.StateSending && m.Deliveries[0].State != channels.StatePending
	})
}

// endless is a provider that never answers; it tells until when it was asked to.
type endless chan time.Time

func (e endless) Send(ctx context.Context, _ channels.Outgoing) (string, error) {
	ends, _ := ctx.Deadline()
	e <- ends // there is room
	<-ctx.Done()
	return "", &channels.SendError{Outcome: channels.Unknown, Code: "timeout", Err: ctx.Err()}
}

// raw is a provider that answers with what no database keeps.
type raw struct{}

func (raw) Send(_ context.Context, out channels.Outgoing) (string, error) {
	if out.To == "+84912345670" {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "3\x00\xff", Err: errors.New("no \x00 such \xff number")}
	}
	return "id\x00\xff-" + out.DeliveryID.String(), nil
}

// An answer that cannot be kept as it is takes neither its own outcome nor those
// marked with it away: they would be sent again, and again.
func TestAnAnswerWithOddBytesIsMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s = w.s.WithSender(channels.SMS, raw{})
	w.run()
	refused := w.send(code(w.customer("+84912345670", "en"), channels.SMS))
	taken := w.send(code(w.customer("+84912345671", "en"), channels.SMS))
	if m := w.untilState(refused.ID, channels.StateUndelivered); m.Deliveries[0].Attempts != 1 || m.Deliveries[0].ErrorCode != "3" {
		t.Errorf("the refused one: %+v", m.Deliveries)
	}
	if m := w.untilState(taken.ID, channels.StateSent); m.Deliveries[0].Attempts != 1 {
		t.Errorf("the other one: %+v", m.Deliveries)
	}
	err := w.s.Receipt(t.Context(), w.bank, taken.Deliveries[0].ID, channels.Receipt{Provider: "twilio",
		ProviderID: "id\x00\xff-" + taken.Deliveries[0].ID.String(), Status: "got\x00\xff", ErrorCode: "\x00\xff", State: channels.StateDelivered, At: w.now()})
	if err != nil {
		t.Error(err)
	}
	w.untilState(taken.ID, channels.StateDelivered)
}

// A customer's text with what no database keeps is taken in without it: refused,
// it would come again and again.
func TestAnInboundTextWithOddBytesIsTakenIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := channels.Inbound{Provider: "smpp", ProviderID: "i\x001", From: "+84912345670", To: "8\x00088", Text: "ST\x00OP\xff"}
	if err := w.s.Receive(t.Context(), w.bank, in); err != nil {
		t.Fatal(err)
	}
	list, _, err := w.s.InboundMessages(t.Context(), w.bank, uuid.Nil, "", postgres.Page{})
	if err != nil || len(list) != 1 || list[0].Text != "STOP" || list[0].Intent != channels.IntentStop {
		t.Errorf("got %+v, %v", list, err)
	}
	if err := w.s.Receive(t.Context(), uuid.New(), in); visavis.KindOf(err) != visavis.NotFound { // an address that a carrier still has of a bank that is gone
		t.Errorf("for no bank: %v", err)
	}
}

// once takes the first message and cuts the connection before the second; asked,
// it shows the only one that it has.
type once struct {
	mu   sync.Mutex
	ids  []string // of what was handed over, taken or not
	took string
}

func (o *once) Send(_ context.Context, out channels.Outgoing) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids = append(o.ids, out.DeliveryID.String())
	if len(o.ids) == 2 {
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("cut")}
	}
	if o.took == "" {
		o.took = "id-1"
		return o.took, nil
	}
	return "id-2", nil
}

func (o *once) Lookup(context.Context, channels.Outgoing, time.Time) ([]channels.Found, error) {
	return []channels.Found{{ProviderID: "id-1", Status: "sent", State: channels.StateSent}}, nil
}

// Two messages of the same words to the same number: what the provider shows is
// the first one's, and the second, which it never got, is sent again.
func TestALookupDoesNotTakeAnothersMessageForOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	provider := &once{}
	w.s = w.s.WithSender(channels.SMS, provider)
	w.run()
	customer := w.customer("+84912345670", "en")
	w.untilState(w.send(code(customer, channels.SMS)).ID, channels.StateSent)
	second := w.send(code(customer, channels.SMS))
	w.until(second.ID, "the cut", func(m channels.MessageInfo) bool {
		return len(m.Deliveries) == 1 && m.Deliveries[0].State == channels.StateUnknown
	})
	w.pass(13 * time.Second)
	w.untilState(second.ID, channels.StateSent)
	if id := query[string](w, `select provider_id from deliveries where id = $1`, second.Deliveries[0].ID); id != "id-2" {
		t.Errorf("the second is known as %s", id)
	}
	if provider.mu.Lock(); len(provider.ids) != 3 || provider.ids[2] != provider.ids[1] {
		t.Errorf("handed over: %v", provider.ids)
	}
	provider.mu.Unlock()
}
