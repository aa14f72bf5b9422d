package channels_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
)

// TestAYesIsAboutTheReminder though a code came in between, though two customers
// share the number, and though something waits that nobody has got yet.
func TestAYesIsAboutTheReminder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912345631"
	asked, other := w.customer(phone, "en"), w.customer(phone, "vi")
	w.run()
	out := func(customer uuid.UUID, class channels.Class, about string, at time.Time) uuid.UUID {
		t.Helper()
		m := w.send(channels.Message{
			CustomerID: customer, Class: class, Template: "text", Params: map[string]string{"text": "hello"}, Channels: []channels.Channel{channels.SMS},
			AboutType: about, AboutID: uuid.New(), SendAt: at, ExpiresAt: w.now().Add(48 * time.Hour),
		})
		if at.IsZero() {
			w.until(m.ID, "it has gone out", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
		}
		return m.AboutID
	}
	type answer struct {
		customer, about uuid.UUID
		work            string
	}
	says := func(text, id string) answer {
		t.Helper()
		w.receive(sms(phone, text, id))
		row := func(column string) uuid.UUID {
			return query[uuid.UUID](w, `select coalesce(`+column+`, '00000000-0000-0000-0000-000000000000') from inbound_messages where bank_id = $1 and provider_id = $2`, w.bank, id)
		}
		return answer{row("customer_id"), row("about_id"), query[string](w, `select work_state from inbound_messages where bank_id = $1 and provider_id = $2`, w.bank, id)}
	}
	booking := out(asked, channels.Transaction, "booking", time.Time{})
	verification := out(asked, channels.Transaction, "verification", time.Time{})
	out(other, channels.Transaction, "booking", w.now().Add(24*time.Hour))
	if got, want := says("yes", "SM1"), (answer{asked, booking, "pending"}); got != want {
		t.Errorf("a YES: %+v, want %+v", got, want)
	}
	if got, want := says("why?", "SM2"), (answer{asked, verification, "none"}); got != want {
		t.Errorf("anything else: %+v, want %+v", got, want)
	}
}
