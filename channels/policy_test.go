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

// notice is a message of a class that a customer can do without.
func notice(customer uuid.UUID, via ...channels.Channel) channels.Message {
	return channels.Message{CustomerID: customer, Class: channels.Notice, Template: "text", Params: map[string]string{"text": "Our branch moves"}, Channels: via}
}

func sms(from, text, id string) channels.Inbound {
	return channels.Inbound{Provider: "twilio", ProviderID: id, From: from, To: "+15005550006", Text: text}
}

func (w *world) receive(in channels.Inbound) {
	w.t.Helper()
	if err := w.s.Receive(w.t.Context(), w.bank, in); err != nil {
		w.t.Fatal(err)
	}
}

// TestStopOverEachChannel stops what a customer can do without by an SMS, by a
// key in a call and by the API, and never a code.
func TestStopOverEachChannel(t *testing.T) {
	w := newWorld(t)
	w.run()
	const phone = "+84912345601"
	id := w.customer(phone, "vi")
	w.receive(sms(phone, "Dừng!", "SM1"))
	w.receive(sms(phone, "Dừng!", "SM1")) // again: taken in once
	m := w.send(notice(id, channels.SMS))
	if m.State != channels.StateUndelivered || m.Reason != channels.ReasonOptedOut || len(m.Deliveries) != 0 {
		t.Fatalf("after STOP the answer is %+v", m)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'message.undelivered' and body like '%"error_code":"opted_out"%'`, w.bank); n != 1 {
		t.Errorf("%d events tell that it was refused", n)
	}
	w.untilState(w.send(code(id, channels.SMS)).ID, channels.StateDelivered)
	w.until(w.send(notice(id, channels.Voice)).ID, "a call", func(m channels.MessageInfo) bool {
		return m.State == channels.StateSent || m.State == channels.StateDelivered
	})

	// A key in a call of a notice stops calls.
	call := w.send(notice(id, channels.Voice))
	w.until(call.ID, "the call", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
	for range 2 {
		if err := w.s.Keyed(t.Context(), w.bank, call.Deliveries[0].ID, "CA1", channels.IntentStop); err != nil {
			t.Fatal(err)
		}
	}
	if m := w.send(notice(id, channels.Voice)); m.Reason != channels.ReasonOptedOut {
		t.Errorf("after key 9 a call is %+v", m)
	}
	// A key in a call with a code stops nothing.
	secret := w.send(code(id, channels.Voice))
	w.until(secret.ID, "the call", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
	if err := w.s.Keyed(t.Context(), w.bank, secret.Deliveries[0].ID, "CA2", channels.IntentStop); err != nil {
		t.Fatal(err)
	}
	if m := w.send(code(id, channels.Voice)); m.Reason != "" {
		t.Errorf("a code was stopped: %+v", m)
	}
	// The API: push.
	if _, err := w.banks.AddDevice(t.Context(), w.bank, id, banks.NewDevice{Token: "token-of-a-phone-1234567890"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.OptOut(t.Context(), w.bank, channels.NewOptOut{Phone: "0084 912 345 601", Channels: []channels.Channel{channels.Push}, OptedOut: true, Source: channels.SourceAPI}); err != nil {
		t.Fatal(err)
	}
	if m := w.send(notice(id, channels.Push, channels.SMS)); m.Reason != channels.ReasonOptedOut {
		t.Errorf("after the API a push is %+v", m)
	}
	w.receive(sms(phone, "START", "SM2"))
	if m := w.send(notice(id, channels.Push, channels.SMS)); m.Reason != "" || len(m.Deliveries) != 1 || m.Deliveries[0].Channel != channels.SMS {
		t.Errorf("after START it is %+v", m)
	}
	// Within the hour each keyword is answered once.
	w.receive(sms(phone, "Dừng", "SM3"))
	w.receive(sms(phone, "START", "SM4"))
	if n := len(w.at("messages", phone)); n < 2 {
		t.Errorf("the phone has %d messages", n)
	}
	if n := query[int](w, `select count(*) from messages where bank_id = $1 and about_type = 'inbound_message'`, w.bank); n != 2 {
		t.Errorf("%d automatic answers within the hour", n)
	}
	list, _, err := w.s.OptOuts(t.Context(), w.bank, phone, postgres.Page{})
	if err != nil {
		t.Fatal(err)
	}
	// STOP 2, key 1, API 2, START 2, and once more STOP 2, START 2: the ledger keeps them all.
	if len(list) != 11 || list[0].OptedOut || list[0].Source != channels.SourceInbound {
		t.Errorf("the ledger has %d entries: %+v", len(list), list)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'message.inbound_received' and body not like '%ng!%'`, w.bank); n != 6 {
		t.Errorf("%d events of inbound messages", n)
	}
}

// TestOptOutRace stops a message that was accepted before the customer said so.
func TestOptOutRace(t *testing.T) {
	w := newWorld(t)
	const phone = "+84912345602"
	id := w.customer(phone, "en")
	m := w.send(notice(id, channels.SMS))
	if m.State != channels.StateAccepted {
		t.Fatal(m)
	}
	w.receive(sms(phone, "STOP", "SM1"))
	w.run()
	m = w.untilState(m.ID, channels.StateUndelivered)
	if m.Deliveries[0].ErrorCode != channels.ReasonOptedOut {
		t.Errorf("it ended with %+v", m.Deliveries)
	}
	for _, sent := range w.at("messages", phone) {
		if sent["body"] == "Our branch moves" {
			t.Error("it was sent after STOP")
		}
	}
}

func TestFrequencyCap(t *testing.T) {
	w := newWorld(t)
	id, other := w.customer("+84912345603", "en"), w.customer("+84912345604", "en")
	if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Notice: {Cap: 2, CapHours: 1}}}); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		m := w.send(notice(id, channels.SMS))
		if capped := m.Reason == channels.ReasonFrequencyCap; capped != (i >= 2) || capped && m.State != channels.StateUndelivered {
			t.Errorf("message %d is %s %q", i, m.State, m.Reason)
		}
	}
	if m := w.send(code(id, channels.SMS)); m.Reason != "" {
		t.Errorf("a code was capped")
	}
	b, _, err := w.s.SendBatch(t.Context(), w.bank, channels.Batch{Message: func() channels.Message {
		m := notice(uuid.Nil, channels.SMS)
		m.ExpiresAt = w.now().Add(time.Hour)
		return m
	}(), Recipients: []channels.BatchRecipient{{CustomerID: id}, {CustomerID: other}, {CustomerID: other}, {CustomerID: other}}})
	if err != nil || b.Accepted != 2 || b.Results[0].Code != channels.ReasonFrequencyCap || b.Results[3].Code != channels.ReasonFrequencyCap {
		t.Errorf("a batch took %+v, %v", b, err)
	}
	w.pass(time.Hour + time.Second)
	if m := w.send(notice(id, channels.SMS)); m.Reason != "" {
		t.Errorf("after the window: %+v", m)
	}
}

// TestFrequencyCapByDue takes from the window in which a message is due, whatever
// the order in which they are accepted.
func TestFrequencyCapByDue(t *testing.T) {
	w := newWorld(t)
	id := w.customer("+84912345606", "en")
	if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Notice: {Cap: 2, CapHours: 2}}}); err != nil {
		t.Fatal(err)
	}
	begin := w.now()
	for i, c := range []struct {
		in     time.Duration
		capped bool
	}{
		{24 * time.Hour, false}, {26 * time.Hour, false}, // two hours apart: in no window together
		{0, false},              // today's are others
		{25 * time.Hour, false}, // with each of them, but never with both
		{25*time.Hour + 30*time.Minute, true}, {24*time.Hour + 30*time.Minute, true},
		{27*time.Hour + 30*time.Minute, false}, {23*time.Hour - time.Second, false}, {23*time.Hour + time.Minute, true},
		{time.Hour, false}, {time.Minute, true},
	} {
		m := notice(id, channels.SMS)
		m.SendAt, m.ExpiresAt = begin.Add(c.in), begin.Add(c.in+time.Hour)
		if got := w.send(m); (got.Reason == channels.ReasonFrequencyCap) != c.capped {
			t.Errorf("message %d, due in %s, is %s %q", i, c.in, got.State, got.Reason)
		}
	}
	w.pass(3 * time.Hour) // forgets today's only
	m := notice(id, channels.SMS)
	m.SendAt, m.ExpiresAt = begin.Add(25*time.Hour), begin.Add(26*time.Hour)
	if got := w.send(m); got.Reason != channels.ReasonFrequencyCap {
		t.Errorf("tomorrow's were forgotten: %s", got.State)
	}
}

// TestRoutesOfABank sends by the most specific route, and tells why.
func TestRoutesOfABank(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	refused := []channels.MessageRoute{{Steps: []channels.Step{{Channel: channels.SMS, Provider: "nobody"}}}}
	var problem *visavis.Error
	if _, err := w.s.SetMessageRoutes(ctx, w.bank, refused); !errors.As(err, &problem) || problem.Fields[0].Name != "routes.0.steps.0.provider" {
		t.Errorf("an unknown provider: %v", err)
	}
	if _, err := w.s.SetMessageRoutes(ctx, w.bank, []channels.MessageRoute{{Steps: []channels.Step{{Channel: channels.SMS, On: []channels.Advance{channels.AdvanceNoReceipt}}}}}); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("no_receipt without a wait: %v", err)
	}
	_, err := w.s.SetMessageRoutes(ctx, w.bank, []channels.MessageRoute{
		{Steps: []channels.Step{{Channel: channels.Voice}}},
		{Prefix: "+84", Steps: []channels.Step{{Channel: channels.SMS, Wait: time.Minute}, {Channel: channels.Voice}}},
		{Class: channels.Notice, Steps: []channels.Step{{Channel: channels.SMS}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := w.customer("+84912345605", "en")
	m := w.send(channels.Message{CustomerID: id, Class: channels.Transaction, Template: "text", Params: map[string]string{"text": "Done"}})
	if m.Steps != 2 || m.Deliveries[0].Channel != channels.SMS || m.Deliveries[0].Why != "the bank's route, prefix +84, step 1" {
		t.Errorf("the plan is %+v", m)
	}
	if m := w.send(notice(id)); m.Steps != 1 || m.Deliveries[0].Why != "the bank's route for notice, step 1" {
		t.Errorf("the plan of a notice is %+v", m)
	}
	if m := w.send(channels.Message{CustomerID: w.customer("+380671234567", "uk"), Class: channels.Reminder, Template: "text", Params: map[string]string{"text": "Soon"}}); m.Deliveries[0].Channel != channels.Voice {
		t.Errorf("elsewhere the plan is %+v", m)
	}
	if m := w.send(channels.Message{CustomerID: id, Class: channels.Transaction, Template: "text", Params: map[string]string{"text": "Done"}, Channels: []channels.Channel{channels.Voice}}); m.Steps != 1 || m.Deliveries[0].Channel != channels.Voice {
		t.Errorf("with the caller's wish the plan is %+v", m)
	}
}

// TestQuietHoursOfARecipient waits until the quiet hours end where the customer
// is, or ends at once what does not live that long.
func TestQuietHoursOfARecipient(t *testing.T) {
	w := newWorld(t)
	id := w.customer("+84912345606", "en") // Asia/Ho_Chi_Minh, UTC+7
	local, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	at := w.now().In(local)
	quiet := &channels.QuietHours{From: at.Add(-time.Hour).Format("15:04"), To: at.Add(2 * time.Hour).Format("15:04")}
	if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Notice: {Quiet: quiet}}}); err != nil {
		t.Fatal(err)
	}
	short := w.send(notice(id, channels.SMS)) // 5 minutes
	if short.State != channels.StateExpired || short.Reason != channels.ReasonQuietHours {
		t.Errorf("what does not live that long is %+v", short)
	}
	long := notice(id, channels.SMS)
	long.ExpiresAt = w.now().Add(5 * time.Hour)
	m := w.send(long)
	if m.State != channels.StateAccepted || m.DueAt == nil || m.DueAt.In(local).Format("15:04") != quiet.To {
		t.Errorf("what can wait is %+v", m)
	}
	if m := w.send(code(id, channels.SMS)); m.DueAt == nil || m.DueAt.After(w.now()) {
		t.Errorf("a code waits: %+v", m)
	}
	w.run()
	w.pass(2*time.Hour + time.Minute)
	w.untilState(m.ID, channels.StateDelivered)
}

// TestQuietHoursAtEachTurn: a later step waits for the end of the quiet hours,
// and so does what comes to its turn in them for any other reason.
func TestQuietHoursAtEachTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.customer("+84912345607", "en") // Asia/Ho_Chi_Minh, UTC+7
	local, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	w.s = w.with(&blind{Sender: w.twilio.SMS(), Looker: w.twilio.SMS()}) // no receipt of it arrives
	begin, end := w.now().Add(30*time.Minute), w.now().Add(3*time.Hour)
	quiet := &channels.QuietHours{From: begin.In(local).Format("15:04"), To: end.In(local).Format("15:04")}
	end = end.Truncate(time.Minute)
	rules := func(quiet *channels.QuietHours) {
		t.Helper()
		if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Notice: {Quiet: quiet}}}); err != nil {
			t.Fatal(err)
		}
	}
	rules(nil)
	kept, short := notice(id, channels.SMS), notice(id, channels.SMS)
	kept.SendAt, kept.ExpiresAt = w.now().Add(time.Hour), w.now().Add(8*time.Hour)
	short.SendAt, short.ExpiresAt = w.now().Add(time.Hour), w.now().Add(2*time.Hour)
	before, late := w.send(kept), w.send(short)
	rules(quiet)
	w.run()
	ladder := notice(id)
	ladder.Ladder, ladder.ExpiresAt = []channels.Step{{Channel: channels.SMS, Wait: time.Hour}, {Channel: channels.Voice}}, w.now().Add(8*time.Hour)
	steps := w.send(ladder)
	if m := w.until(steps.ID, "the wait", func(m channels.MessageInfo) bool { return m.State == channels.StateSent && m.DueAt != nil }); !m.DueAt.Equal(end) {
		t.Errorf("the next step is due at %s, want %s", m.DueAt, end)
	}
	w.pass(time.Hour + time.Minute)
	m := w.until(before.ID, "its turn", func(m channels.MessageInfo) bool {
		return m.Deliveries[0].ErrorCode != "" || m.State != channels.StateAccepted
	})
	if d := m.Deliveries[0]; m.State != channels.StateAccepted || d.State != channels.StatePending || d.ErrorCode != channels.ReasonQuietHours || d.Attempts != 0 {
		t.Errorf("at its turn in quiet hours it is %s, %+v", m.State, d)
	}
	m = w.until(late.ID, "its end", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
	if d := m.Deliveries[0]; m.State != channels.StateExpired || d.ErrorCode != channels.ReasonQuietHours {
		t.Errorf("what does not live that long is %s, %+v", m.State, d)
	}
	w.pass(2 * time.Hour)
	m = w.until(before.ID, "the morning", func(m channels.MessageInfo) bool { return m.State == channels.StateSent })
	if d := m.Deliveries[0]; d.Attempts != 1 || d.SentAt.Before(end) {
		t.Errorf("after the quiet hours: %+v", d)
	}
	w.until(steps.ID, "the call", func(m channels.MessageInfo) bool { return len(m.Deliveries) == 2 })
}

// TestBankOfNumber finds whose number it is, and lets nobody take another's.
func TestBankOfNumber(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	own := []channels.SenderEntry{
		{Channel: channels.SMS, Kind: channels.LongNumber, Sender: "+1 500 555 0006", Inbound: true},
		{Channel: channels.SMS, Kind: channels.ShortCode, Country: "84", Sender: "8099", Inbound: true},
		{Channel: channels.SMS, Kind: channels.Alphanumeric, Country: "49", Class: channels.Security, Sender: "DemoBank"},
		{Channel: channels.Flash, Kind: channels.Pool, Country: "84", Numbers: []string{"+842838234567", "+842838237654"}},
	}
	for range 2 { // replacing is no conflict with oneself
		if _, err := w.s.SetSenders(ctx, w.bank, own); err != nil {
			t.Fatal(err)
		}
	}
	for _, number := range []string{"+15005550006", "8099"} {
		if bank, err := w.s.BankOfNumber(ctx, number); err != nil || bank != w.bank {
			t.Errorf("%s: %v, %v", number, bank, err)
		}
	}
	if _, err := w.s.BankOfNumber(ctx, "\xff\x00"); visavis.KindOf(err) != visavis.NotFound { // else an SMSC delivers it for ever
		t.Errorf("of a number that is no text: %v", err)
	}
	if _, err := w.s.BankOfNumber(ctx, "+15005550007"); visavis.KindOf(err) != visavis.NotFound {
		t.Errorf("nobody's number: %v", err)
	}
	elsewhere, err := w.banks.Create(ctx, banks.NewBank{Slug: "other", Name: "Other Bank"})
	if err != nil {
		t.Fatal(err)
	}
	other := elsewhere.ID
	if _, err := w.s.SetSenders(ctx, other, own[:1]); visavis.KindOf(err) != visavis.Conflict {
		t.Errorf("another bank took the number: %v", err)
	}
	if list, err := w.s.Senders(ctx, other); err != nil || len(list) != 0 {
		t.Errorf("another bank sees %v, %v", list, err)
	}
	numbers, err := w.s.FlashNumbers(ctx, w.bank, "+84912345607")
	if err != nil || len(numbers) != 2 {
		t.Errorf("flash calls come from %v, %v", numbers, err)
	}
	m := w.send(code(w.customer("+4915112345678", "en"), channels.SMS))
	if from := query[string](w, `select plan->0->'t'->0->>'f' from messages where bank_id = $1 and id = $2`, w.bank, m.ID); from != "DemoBank" {
		t.Errorf("a code to Germany comes from %q", from)
	}
}

// TestAReminderThatCanBeAnsweredSaysSo: only one from a number of the bank's
// that receives, and only one of a booking.
func TestAReminderThatCanBeAnsweredSaysSo(t *testing.T) {
	w := newWorld(t)
	_, err := w.s.SetSenders(t.Context(), w.bank, []channels.SenderEntry{
		{Channel: channels.SMS, Kind: channels.LongNumber, Country: "84", Sender: "+15005550006", Inbound: true},
		{Channel: channels.SMS, Kind: channels.LongNumber, Country: "49", Sender: "+15005550007"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.run()
	for phone, of := range map[string]struct {
		about string
		says  bool
	}{
		"+84912345610":   {"booking", true},
		"+4915112345610": {"booking", false}, // the German entry does not receive
		"+12025550110":   {"booking", false}, // the provider's own sender
		"+84912345620":   {"campaign", false},
	} {
		m := w.send(channels.Message{
			CustomerID: w.customer(phone, "en"), Class: channels.Reminder, Template: "reminder", Channels: []channels.Channel{channels.SMS},
			Params: map[string]string{"start": w.now().Add(time.Hour).Format(time.RFC3339)}, AboutType: of.about, AboutID: uuid.New(), LinkID: uuid.New(),
		})
		w.until(m.ID, "it has gone out", func(m channels.MessageInfo) bool {
			return m.State == channels.StateSent || m.State == channels.StateDelivered
		})
		body, _ := w.at("messages", phone)[0]["body"].(string)
		if strings.Contains(body, "Answer YES to confirm.") != of.says {
			t.Errorf("%s, about a %s: %q", phone, of.about, body)
		}
	}
}

// TestAnotherBanksIdIsNoClash: what one bank has taken in under a provider's id
// keeps no other from taking in its own under the same, and each its own once.
func TestAnotherBanksIdIsNoClash(t *testing.T) {
	w := newWorld(t)
	elsewhere, err := w.banks.Create(t.Context(), banks.NewBank{Slug: "other", Name: "Other Bank"})
	if err != nil {
		t.Fatal(err)
	}
	first := w.bank
	for _, bank := range []uuid.UUID{elsewhere.ID, first} {
		w.bank = bank
		for range 2 {
			w.receive(sms("+84912345609", "hello", "SM00000000000000000000000000000001"))
		}
		if n := query[int](w, `select count(*) from inbound_messages where bank_id = $1`, bank); n != 1 {
			t.Errorf("bank %s took %d in", bank, n)
		}
	}
}

// TestWorkInbound hands "this was not me" to who knows what it means, again
// after a failure.
func TestWorkInbound(t *testing.T) {
	w := newWorld(t)
	got := make(chan channels.InboundMessage, 4)
	failed := false
	go w.s.WorkInbound(t.Context(), channels.IntentNotMe, func(_ context.Context, bank uuid.UUID, m channels.InboundMessage) error {
		if !failed {
			failed = true
			go w.pass(2 * time.Second)
			return errors.New("not yet")
		}
		got <- m
		return nil
	})
	w.receive(sms("+84912345608", " khong  phai TOI. ", "SM1"))
	select {
	case m := <-got:
		if m.From != "+84912345608" || m.Intent != channels.IntentNotMe || m.Locale != "vi" || m.Text != "" {
			t.Errorf("the work is %+v", m)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("nobody got the work")
	}
}
