package channels_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

func TestACodeIsDeliveredAndItsSecretWiped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912345670"
	info := w.send(code(w.customer(phone, "vi"), channels.SMS))
	if sealed := query[[]byte](w, `select sealed from messages where bank_id = $1 and id = $2`, w.bank, info.ID); len(sealed) == 0 || strings.Contains(string(sealed), "842913") {
		t.Fatalf("the secret is not sealed: %q", sealed)
	}
	w.run()
	m := w.untilState(info.ID, channels.StateDelivered)
	if got := w.at("messages", phone); len(got) != 1 || got[0]["body"] != "Demo Bank: mã 842913, dùng trong 5 phút. Không cho ai biết mã này!" {
		t.Errorf("the twin has %v", got)
	}
	if len(m.Deliveries) != 1 || m.Deliveries[0].Attempts != 1 || len(m.Deliveries[0].Receipts) < 2 || strings.Contains(m.Deliveries[0].Recipient, "912345") {
		t.Errorf("deliveries: %+v", m.Deliveries)
	}
	if sealed := query[[]byte](w, `select sealed from messages where bank_id = $1 and id = $2`, w.bank, info.ID); sealed != nil {
		t.Error("the secret was not wiped")
	}
	types := query[[]string](w, `select array_agg(type order by sequence) from events where bank_id = $1 and object_id = $2`, w.bank, info.ID)
	if last := types[len(types)-1]; last != "message.delivered" {
		t.Errorf("events: %v", types)
	}
}

func TestWhatTheNumberAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	for ending, want := range map[string]struct {
		state channels.State
		code  string
		sent  int
	}{
		"0001": {channels.StateUndelivered, "21211", 0},
		"0002": {channels.StateUndelivered, "30003", 1},
		"0003": {channels.StateUndelivered, "30008", 1},
		"0009": {channels.StateDelivered, "", 1}, // every receipt before our mark
		"0010": {channels.StateDelivered, "", 1}, // each receipt twice
		"0011": {channels.StateDelivered, "", 1}, // receipts last first
		"0015": {channels.StateDelivered, "", 1}, // 503 at first
	} {
		phone := "+8491234" + ending
		info := w.send(code(w.customer(phone, "en"), channels.SMS))
		m := w.untilState(info.ID, want.state)
		if n := len(w.at("messages", phone)); n != want.sent || m.Deliveries[0].ErrorCode != want.code {
			t.Errorf("%s: %d SMS, code %q; want %d, %q", ending, n, m.Deliveries[0].ErrorCode, want.sent, want.code)
		}
	}
}

// The twin takes the SMS and never answers: the outcome is unknown, the receipts
// or the lookup settle it, and it is never sent twice.
func TestAnSMSOfUnknownOutcomeIsLookedUpAndSentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912340008"
	first := w.send(code(w.customer(phone, "en"), channels.SMS))
	// A receipt would settle it at once: without any, the lookup has to.
	looked := &blind{Sender: w.twilio.SMS(), Looker: w.twilio.SMS(), timeout: 7 * time.Second}
	w.s = w.with(looked)
	w.run()
	m := w.until(first.ID, "the lookup", func(m channels.MessageInfo) bool {
		return m.State == channels.StateDelivered || m.State == channels.StateSent
	})
	if n := len(w.at("messages", phone)); n != 1 {
		t.Errorf("%d SMS at the twin", n)
	}
	if m.Deliveries[0].State == channels.StateUnknown || looked.sends != 1 {
		t.Errorf("%d sends, delivery %+v", looked.sends, m.Deliveries[0])
	}
}

// A node dies between the send and the mark: its lease lapses, another node
// takes over and finds the SMS at the provider instead of sending it again.
func TestANodeThatDiesBetweenSendAndMarkSendsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912345671"
	info := w.send(code(w.customer(phone, "en"), channels.SMS))
	delivery := info.Deliveries[0].ID
	// What the dead node did: claimed, sent, and no more. Its lease has lapsed.
	if ids, _ := w.claim(channels.Security); len(ids) != 1 || ids[0] != delivery {
		t.Fatalf("claimed %v, want %s", ids, delivery)
	}
	w.exec(`update deliveries set tried_at = $3, lease_until = $3, due_at = $3 where bank_id = $1 and id = $2`, w.bank, delivery, w.now().Add(-time.Second))
	blind := &blind{Sender: w.twilio.SMS(), Looker: w.twilio.SMS()}
	w.s = w.with(blind)
	if _, err := blind.Sender.Send(t.Context(), channels.Outgoing{
		BankID: uuid.New(), DeliveryID: uuid.New(), To: phone, TTL: time.Minute, // receipts go astray
		Body: "Demo Bank: your code is 842913, valid for 5 min. Never share it with anyone, not even bank staff.",
	}); err != nil {
		t.Fatal(err)
	}
	w.run()
	m := w.until(info.ID, "the lookup", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
	if n := len(w.at("messages", phone)); n != 1 || blind.sends != 0 || (m.State != channels.StateSent && m.State != channels.StateDelivered) {
		t.Errorf("%d SMS, %d more sends, state %s", n, blind.sends, m.State)
	}
}

// What the provider surely does not have is sent again, once.
func TestWhatTheProviderDoesNotHaveIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912345672"
	info := w.send(code(w.customer(phone, "en"), channels.SMS))
	w.claim(channels.Security)
	w.exec(`update deliveries set tried_at = $3, lease_until = $4, due_at = $4
		where bank_id = $1 and id = $2`, w.bank, info.Deliveries[0].ID, w.now().Add(-11*time.Second), w.now().Add(-time.Second))
	w.run()
	w.untilState(info.ID, channels.StateDelivered)
	if n := len(w.at("messages", phone)); n != 1 {
		t.Errorf("%d SMS at the twin", n)
	}
	if m, err := w.s.Get(t.Context(), w.bank, info.ID); err != nil || m.Deliveries[0].Duplicate != channels.DuplicatePossible {
		t.Errorf("it may be there twice, and is marked %q, %v", m.Deliveries[0].Duplicate, err)
	}
}

func TestNothingIsSentAfterItsExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912345673"
	m := code(w.customer(phone, "en"), channels.SMS)
	m.ExpiresAt = w.now().Add(time.Minute)
	info := w.send(m)
	w.pass(2 * time.Minute)
	w.run()
	w.untilState(info.ID, channels.StateExpired)
	if n := len(w.at("messages", phone)); n != 0 {
		t.Errorf("%d SMS were sent late", n)
	}
	if sealed := query[[]byte](w, `select sealed from messages where bank_id = $1 and id = $2`, w.bank, info.ID); sealed != nil {
		t.Error("the secret was not wiped")
	}
}

func TestALapsedLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	info := w.send(code(w.customer("+84912340001", "en"), channels.SMS)) // which the carrier refuses
	stolen := &blind{Sender: w.twilio.SMS(), before: func() {
		w.exec(`update deliveries set lease = gen_random_uuid() where bank_id = $1 and id = $2`, w.bank, info.Deliveries[0].ID)
	}}
	w.s = w.with(stolen)
	stop := w.run()
	w.until(info.ID, "the send", func(channels.MessageInfo) bool { return stolen.sent() })
	stop() // marks what was under way
	if state := query[string](w, `select state from deliveries where bank_id = $1 and id = $2`, w.bank, info.Deliveries[0].ID); state != "sending" {
		t.Errorf("state %s was written under a lease that was lost", state)
	}
}

func TestPushGoesToEveryDeviceAndDisablesTheDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345675", "fa")
	for _, token := range []string{"token-alive-abcdef", "token-dead-unregistered"} {
		if _, err := w.banks.AddDevice(t.Context(), w.bank, customer, banks.NewDevice{Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	w.run()
	info := w.send(channels.Message{CustomerID: customer, Class: channels.Notice, Template: "result_approved", Channels: []channels.Channel{channels.Push}})
	w.until(info.ID, "both", func(m channels.MessageInfo) bool {
		done := 0
		for _, d := range m.Deliveries {
			if d.State == channels.StateSent || d.State == channels.StateFailed {
				done++
			}
		}
		return done == 2
	})
	if got := w.at("pushes", "token-alive-abcdef"); len(got) != 1 || got[0]["data"].(map[string]any)["bank_id"] != w.bank.String() {
		t.Errorf("the twin has %v", got)
	}
	if n := query[int](w, `select count(*) from devices where bank_id = $1 and disabled_at is null`, w.bank); n != 1 {
		t.Errorf("%d devices are enabled, want 1", n)
	}
	again := w.send(channels.Message{CustomerID: customer, Class: channels.Notice, Template: "result_approved", Channels: []channels.Channel{channels.Push}})
	if len(again.Deliveries) != 1 {
		t.Errorf("the dead device is sent to again: %+v", again.Deliveries)
	}
}

func TestAPushOfUnknownOutcomeIsSentAgainWithTheSameID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345676", "en")
	token := "token-again-abcdef"
	if _, err := w.banks.AddDevice(t.Context(), w.bank, customer, banks.NewDevice{Token: token}); err != nil {
		t.Fatal(err)
	}
	w.run()
	info := w.send(channels.Message{CustomerID: customer, Class: channels.Notice, Template: "result_approved", Channels: []channels.Channel{channels.Push}})
	w.untilState(info.ID, channels.StateSent)
	w.exec(`update deliveries set state = 'unknown', due_at = $2 where bank_id = $1`, w.bank, w.now())
	w.db.Wake(channels.TopicNotice)
	w.until(info.ID, "the second", func(m channels.MessageInfo) bool {
		return m.Deliveries[0].Attempts == 2 && m.Deliveries[0].State == channels.StateSent && m.Deliveries[0].Duplicate != ""
	})
	got := w.at("pushes", token)
	if len(got) != 2 {
		t.Fatalf("%d pushes", len(got))
	}
	one, two := got[0]["data"].(map[string]any)["message_id"], got[1]["data"].(map[string]any)["message_id"]
	if one != two || one != info.Deliveries[0].ID.String() {
		t.Errorf("ids %v and %v", one, two)
	}
}

func TestSendTxIsUndoneWithItsTransactionAndRefusesNonsense(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345677", "en")
	undone := errors.New("undone")
	err := w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		m := code(customer, channels.SMS)
		m.ExpiresAt = w.now().Add(time.Minute)
		if _, err := w.s.SendTx(ctx, tx, m); err != nil {
			return err
		}
		return undone
	})
	if !errors.Is(err, undone) || query[int](w, `select count(*) from messages where bank_id = $1`, w.bank) != 0 {
		t.Errorf("err %v", err)
	}
	for name, m := range map[string]channels.Message{
		"unknown template": {CustomerID: customer, Class: channels.Notice, Template: "nonsense", Channels: []channels.Channel{channels.SMS}},
		"missing param":    {CustomerID: customer, Class: channels.Reminder, Template: "reminder", Channels: []channels.Channel{channels.SMS}},
		"code in params":   {CustomerID: customer, Class: channels.Security, Template: "code", Params: map[string]string{"code": "1", "minutes": "5"}, Channels: []channels.Channel{channels.SMS}},
		"invisible text":   {CustomerID: customer, Class: channels.Notice, Template: "text", Params: map[string]string{"text": "\u202e \n"}, Channels: []channels.Channel{channels.SMS}},
		"invisible param":  {CustomerID: customer, Class: channels.Security, Template: "code", Params: map[string]string{"minutes": "\u200b"}, Secret: map[string]string{"code": "123456"}, Channels: []channels.Channel{channels.SMS}},
		"start not a time": {CustomerID: customer, Class: channels.Reminder, Template: "reminder", Params: map[string]string{"start": "noon"}, LinkID: uuid.New(), Channels: []channels.Channel{channels.SMS}},
		"no channel":       {CustomerID: customer, Class: channels.Notice, Template: "queue_busy"},
		"unknown customer": {CustomerID: uuid.New(), Class: channels.Notice, Template: "queue_busy", Channels: []channels.Channel{channels.SMS}},
		"the past":         {CustomerID: customer, Class: channels.Notice, Template: "queue_busy", Channels: []channels.Channel{channels.SMS}, ExpiresAt: w.now().Add(-time.Second)},
	} {
		if m.ExpiresAt.IsZero() {
			m.ExpiresAt = w.now().Add(time.Minute)
		}
		if _, err := w.s.Send(t.Context(), w.bank, m); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	info := w.send(channels.Message{CustomerID: customer, Class: channels.Ring, Template: "call_cancelled", Channels: []channels.Channel{channels.Push}})
	if info.State != channels.StateUndelivered {
		t.Errorf("a push without a device is %s", info.State)
	}
	if other := uuid.New(); visavis.KindOf(func() error { _, err := w.s.Get(t.Context(), other, info.ID); return err }()) != visavis.NotFound {
		t.Error("another bank sees the message")
	}
}

func TestCancelTakesBackWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := code(w.customer("+84912345678", "en"), channels.SMS)
	m.AboutType, m.AboutID = "verification", uuid.New()
	info := w.send(m)
	if err := w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return w.s.CancelTx(ctx, tx, m.AboutID)
	}); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.untilState(info.ID, channels.StateCancelled)
	if n := len(w.at("messages", "+84912345678")); n != 0 {
		t.Errorf("%d SMS were sent", n)
	}
}
