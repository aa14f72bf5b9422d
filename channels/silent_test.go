package channels_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/visavis/visavis/channels"
)

// silent takes what it is handed and never says anything again.
type silent struct{}

func (silent) Send(context.Context, channels.Outgoing) (string, error) {
	return "", &channels.SendError{Outcome: channels.Unknown, Code: "timeout"}
}

func (silent) Lookup(context.Context, channels.Outgoing, time.Time) ([]channels.Found, error) {
	return nil, errors.New("the account is closed")
}

func TestAnOutcomeThatNobodyTellsIsGivenUpInTheEnd(t *testing.T) {
	w := newWorld(t)
	w.s = w.with(silent{})
	w.run()
	// With a secret, which is wiped after the expiry, while it is still asked for.
	m := w.send(code(w.customer("+84912345678", "en"), channels.SMS))
	attempts := func() int {
		return query[int](w, `select attempts from deliveries where message_id = $1 and state = 'unknown' and lease is null
			union all select 0 limit 1`, m.ID)
	}
	w.until(m.ID, "the first lookup", func(channels.MessageInfo) bool { return attempts() >= 1 })
	tried := attempts()
	w.pass(23 * time.Hour)
	w.until(m.ID, "a lookup after the expiry", func(m channels.MessageInfo) bool {
		if m.State != channels.StateAccepted {
			t.Fatalf("given up early: %s", m.State)
		}
		return attempts() > tried
	})
	w.pass(2 * time.Hour)
	w.untilState(m.ID, channels.StateExpired)
}
