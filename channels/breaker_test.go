package channels_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// flaky is a provider that refuses every second message while it is sick, and
// remembers when what arrived.
type flaky struct {
	w    *world
	name string

	mu   sync.Mutex
	n    int
	sick atomic.Bool
	sent map[uuid.UUID]time.Time
	late int
}

func (f *flaky) Send(_ context.Context, out channels.Outgoing) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.sick.Load() && f.n%2 == 0 {
		return "", &channels.SendError{Outcome: channels.Busy, Code: "http_500", Err: errors.New("HTTP 500")}
	}
	if out.TTL <= 0 {
		f.late++
	}
	f.sent[out.DeliveryID] = f.w.now()
	return fmt.Sprintf("%s-%d", f.name, f.n), nil
}

// twoCarriers gives the world two providers of SMS.
func twoCarriers(w *world) (first, second *flaky) {
	first, second = &flaky{w: w, name: "first", sent: map[uuid.UUID]time.Time{}}, &flaky{w: w, name: "second", sent: map[uuid.UUID]time.Time{}}
	w.routed(
		channels.Route{Channel: channels.SMS, Provider: "first", Sender: first},
		channels.Route{Channel: channels.SMS, Provider: "second", Sender: second},
	)
	return first, second
}

// TestProviderAtHalf sends for ten minutes while every second message is refused
// by the first provider: each arrives, by the other at the latest, and nothing
// after its time.
func TestProviderAtHalf(t *testing.T) {
	w := newWorld(t)
	first, second := twoCarriers(w)
	first.sick.Store(true)
	w.run()
	id := w.customer("+84912345701", "en")
	for minute := range 10 {
		var ids []uuid.UUID
		for range 30 {
			m := code(id, channels.SMS)
			m.ExpiresAt = w.now().Add(5 * time.Minute)
			info := w.send(m)
			ids = append(ids, info.ID)
		}
		for _, id := range ids {
			m := w.until(id, "sent", func(m channels.MessageInfo) bool { return m.State == channels.StateSent })
			first.mu.Lock()
			second.mu.Lock()
			d := m.Deliveries[0]
			if _, ok := first.sent[d.ID]; !ok {
				_, ok = second.sent[d.ID]
				if !ok || d.Attempts > 2 {
					t.Errorf("minute %d: a code took %d attempts (sent %v)", minute, d.Attempts, ok)
				}
			}
			second.mu.Unlock()
			first.mu.Unlock()
		}
		w.pass(time.Minute)
	}
	if first.late+second.late > 0 || len(second.sent) == 0 {
		t.Errorf("%d were late, the second provider sent %d", first.late+second.late, len(second.sent))
	}
	for _, p := range w.s.Providers() {
		if p.Provider == "second" && p.State != channels.BreakerClosed {
			t.Errorf("the healthy provider is %+v", p)
		}
	}
	if err := w.s.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'route.broken' and body like '%"provider":"first"%'`, w.bank); n == 0 {
		t.Error("nobody was told that the route broke")
	}
	// It recovers: probes close it.
	first.sick.Store(false)
	for range 20 {
		w.pass(61 * time.Second)
		w.until(w.send(code(id, channels.SMS)).ID, "sent", func(m channels.MessageInfo) bool { return m.State == channels.StateSent })
	}
	for _, p := range w.s.Providers() {
		if p.State != channels.BreakerClosed {
			t.Errorf("after its recovery %+v", p)
		}
	}
	if err := w.s.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'route.restored'`, w.bank); n == 0 {
		t.Error("nobody was told that it is well again")
	}
}

// TestNamedProviderGivesWay goes on with the next step of a ladder that names
// its providers, and waits when there is none.
func TestNamedProviderGivesWay(t *testing.T) {
	w := newWorld(t)
	first, second := twoCarriers(w)
	down := errors.New("refused")
	dead := &dead{err: &channels.SendError{Outcome: channels.Busy, Code: "network", Err: down}}
	w.routed(channels.Route{Channel: channels.SMS, Provider: "first", Sender: dead}, channels.Route{Channel: channels.SMS, Provider: "second", Sender: second})
	_ = first
	w.run()
	m := code(w.customer("+84912345702", "en"))
	m.Channels, m.Ladder = nil, []channels.Step{{Channel: channels.SMS, Provider: "first"}, {Channel: channels.SMS, Provider: "second"}}
	info := w.send(m)
	w.until(info.ID, "sent by the second", func(m channels.MessageInfo) bool {
		return len(m.Deliveries) == 2 && m.Deliveries[1].State == channels.StateSent
	})
	m.Ladder = m.Ladder[:1]
	m.ExpiresAt = w.now().Add(time.Minute)
	alone := w.send(m)
	w.pass(2 * time.Minute)
	if got := w.until(alone.ID, "its end", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted }); got.State != channels.StateExpired {
		t.Errorf("with no other way it is %s", got.State)
	}
}

type dead struct{ err error }

func (d *dead) Send(context.Context, channels.Outgoing) (string, error) { return "", d.err }

// TestPumpingIsStopped sends codes that nobody confirms to one range of numbers,
// while customers elsewhere confirm theirs: the range stops within 50, the
// others go on.
func TestPumpingIsStopped(t *testing.T) {
	w := newWorld(t)
	first, second := twoCarriers(w)
	w.run()
	verify := func(phone string, confirm bool) (channels.MessageInfo, error) {
		m := channels.Message{Phone: phone, Class: channels.Security, Template: "code", Channels: []channels.Channel{channels.SMS}, AboutType: "verification", AboutID: uuid.New(),
			Params: map[string]string{"minutes": "5"}, Secret: map[string]string{"code": "842913"}, ExpiresAt: w.now().Add(5 * time.Minute)}
		info, err := w.s.Send(t.Context(), w.bank, m)
		if err != nil {
			return info, err
		}
		info = w.until(info.ID, "its end", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
		if confirm {
			err = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error { return w.s.MetTx(ctx, tx, "verification", m.AboutID) })
		}
		return info, err
	}
	for i := range 60 {
		if info, err := verify(fmt.Sprintf("+8490123%04d", i), true); err != nil || info.State != channels.StateSent {
			t.Fatalf("an honest code %d: %v, %v", i, info.State, err)
		}
	}
	refused := 0
	for i := range 80 {
		_, err := verify(fmt.Sprintf("+2526155%05d", i), false)
		var e *visavis.Error
		if errors.As(err, &e) && e.Code == "conversion_low" {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	pumped := len(first.sent) + len(second.sent) - 60
	if pumped > 50 || pumped < 45 || refused < 25 {
		t.Errorf("%d pumped codes were sent, %d refused", pumped, refused)
	}
	if info, err := verify("+84901239999", false); err != nil || info.State != channels.StateSent {
		t.Errorf("an honest code: %v, %v", info.State, err)
	}
	if err := w.s.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'route.conversion_low' and body like '%"prefix":"+252615%'`, w.bank); n != 1 {
		t.Errorf("%d events of low conversion", n)
	}
	list, err := w.s.Conversions(t.Context(), w.bank)
	if err != nil || len(list) == 0 || !list[0].Low || list[0].Met != 0 {
		t.Errorf("conversions are %+v, %v", list, err)
	}
	// An hour later it is let through again.
	w.pass(2 * time.Hour)
	if err := w.s.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info, err := verify("+252615599999", false); err != nil || info.State != channels.StateSent {
		t.Errorf("two hours later: %v, %v", info.State, err)
	}
}

func TestHourlyBudget(t *testing.T) {
	w := newWorld(t)
	if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{HourlyBudget: 3}); err != nil {
		t.Fatal(err)
	}
	w.pass(w.now().Truncate(time.Hour).Add(time.Hour).Sub(w.now()) + time.Minute)
	id := w.customer("+84912345703", "en")
	for i := range 5 {
		m := code(id, channels.SMS)
		m.ExpiresAt = w.now().Add(time.Minute)
		_, err := w.s.Send(t.Context(), w.bank, m)
		if spent := codeOf(err) == "hourly_budget_spent"; spent != (i >= 3) {
			t.Errorf("message %d: %v", i, err)
		}
	}
	w.pass(time.Hour)
	w.send(code(id, channels.SMS))
}

// TestNumbersOutOfReach refuses what costs too much, and what the bank has not named.
func TestNumbersOutOfReach(t *testing.T) {
	w := newWorld(t)
	if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{RefusedPrefixes: []string{"+2526"}}); err != nil {
		t.Fatal(err)
	}
	for phone, want := range map[string]string{
		"+870773111632": "number_not_allowed", "+881612345678": "number_not_allowed", "+8835100012345": "number_not_allowed", "+979123456789": "number_not_allowed",
		"+19002345678": "number_not_allowed", "+449012345678": "number_not_allowed", "+252615123456": "number_not_allowed", "+84912345704": "",
	} {
		m := code(uuid.Nil, channels.SMS)
		m.Phone, m.ExpiresAt = phone, w.now().Add(time.Minute)
		_, err := w.s.Send(t.Context(), w.bank, m)
		if got := codeOf(err); got != want {
			t.Errorf("%s: %q, want %q", phone, got, want)
		}
	}
	w.exec(`update banks set settings = settings - 'countries' where bank_id = $1`, w.bank)
	m := code(uuid.Nil, channels.SMS)
	m.Phone, m.ExpiresAt = "+84912345705", w.now().Add(time.Minute)
	w.forget()
	if _, err := w.s.Send(t.Context(), w.bank, m); codeOf(err) != "country_not_allowed" {
		t.Errorf("without countries: %v", err)
	}
}

func codeOf(err error) string {
	var e *visavis.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
