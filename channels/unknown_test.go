package channels_test

import (
	"context"
	"testing"
	"time"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// both shows two messages that it has.
type both struct{}

func (both) Lookup(context.Context, channels.Outgoing, time.Time) ([]channels.Found, error) {
	return []channels.Found{{ProviderID: "id-1", State: channels.StateSent}, {ProviderID: "id-2", State: channels.StateSent}}, nil
}

// Two messages of the same words to the same number, both of unknown outcome and
// looked up before either is marked, do not take the same one for their own.
func TestTwoLookupsTakeOneEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	w.send(code(customer, channels.SMS))
	w.send(code(customer, channels.SMS))
	ids, lease := w.claim(channels.Security)
	if len(ids) != 2 {
		t.Fatalf("claimed %d", len(ids))
	}
	got := [2]string{}
	for i, id := range ids {
		got[i] = w.s.Settle(t.Context(), w.bank, id, lease, "+84912345670", both{})
	}
	if got != [2]string{"id-1", "id-2"} {
		t.Errorf("they are known as %v", got)
	}
	// Asked again, as after a node's end, each finds its own.
	if again := w.s.Settle(t.Context(), w.bank, ids[1], lease, "+84912345670", both{}); again != "id-2" {
		t.Errorf("the second is now known as %s", again)
	}
}

// What is tried again and again takes at most half of the workers from what was
// not tried yet, and gives the rest back when there is less of that.
func TestRetriesDoNotStarveNewMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	w.exec(`insert into deliveries (bank_id, id, message_id, channel, provider, recipient, class, attempts, due_at, expires_at, created_at)
		select $1, gen_random_uuid(), gen_random_uuid(), 'sms', 'twilio', '+84900000000', 'security', 3, now() - interval '1 minute', now() + interval '1 hour', now()
		from generate_series(1, 100)`, w.bank)
	fresh := map[string]bool{}
	for range 6 {
		fresh[w.send(code(customer, channels.SMS)).Deliveries[0].ID.String()] = true
	}
	for _, want := range []struct{ all, fresh int }{{8, 4}, {8, 2}, {8, 0}} {
		n, of := 0, 0
		err := w.db.AsWorker(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			ids, _, err := w.s.Claim(ctx, tx, channels.Security, 8)
			for _, id := range ids {
				n++
				if fresh[id.String()] {
					of++
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n != want.all || of != want.fresh {
			t.Errorf("claimed %d, %d of them new; want %d, %d", n, of, want.all, want.fresh)
		}
	}
}
