package channels_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// slow is a provider that takes everything after 50 ms.
type slow struct{ n atomic.Int64 }

func (s *slow) Send(context.Context, channels.Outgoing) (string, error) {
	time.Sleep(50 * time.Millisecond)
	return "x" + uuid.NewString(), func() error { s.n.Add(1); return nil }()
}

// TestABacklogGoesOutInBatches prints the rate of one node; every delivery is
// sent once.
func TestABacklogGoesOutInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	const n = 1000
	err := w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		for range n {
			_, err := w.s.SendTx(ctx, tx, channels.Message{CustomerID: customer, Class: channels.Notice, Template: "queue_busy",
				Channels: []channels.Channel{channels.SMS}, ExpiresAt: w.now().Add(time.Hour)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	provider := &slow{}
	w.s = w.with(provider).WithWorkers(256)
	began := time.Now()
	stop := w.run()
	deadline := time.After(5 * time.Minute)
	for query[int](w, `select count(*) from messages where bank_id = $1 and state = 'sent'`, w.bank) < n {
		select {
		case <-w.changed:
		case <-deadline:
			t.Fatal("the backlog did not go out")
		}
	}
	took := time.Since(began)
	stop()
	t.Logf("%d deliveries in %s: %.0f a second", n, took.Round(time.Millisecond), n/took.Seconds())
	if provider.n.Load() != n {
		t.Errorf("%d sends of %d deliveries", provider.n.Load(), n)
	}
	// One that this machine could not begin in time after its claim is claimed again, and was not sent before.
	if twice := query[int](w, `select count(*) from deliveries where bank_id = $1 and attempts <> 1`, w.bank); twice != 0 {
		t.Logf("%d deliveries were claimed more than once", twice)
	}
}
