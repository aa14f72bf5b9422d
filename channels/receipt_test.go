package channels_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// handedOver is a delivery that a node has sent and not marked yet.
func (w *world) handedOver(customer uuid.UUID) (message, delivery, lease uuid.UUID) {
	info := w.send(channels.Message{CustomerID: customer, Class: channels.Notice, Template: "queue_busy", Channels: []channels.Channel{channels.SMS}})
	ids, lease := w.claim(channels.Notice)
	if len(ids) != 1 || ids[0] != info.Deliveries[0].ID {
		w.t.Fatalf("claimed %v, want %s", ids, info.Deliveries[0].ID)
	}
	return info.ID, ids[0], lease
}

// end is all that the order of receipts must not change.
func (w *world) end(message, delivery uuid.UUID) string {
	return query[string](w, `
		select concat_ws(' ', d.state, d.error_code, d.provider_id, d.finished_at is not null, m.state,
			(select string_agg(status || r.error_code, ',' order by status, r.error_code) from delivery_receipts r where r.bank_id = d.bank_id and r.delivery_id = d.id))
		from deliveries d join messages m on m.bank_id = d.bank_id and m.id = d.message_id
		where d.bank_id = $1 and d.id = $2 and m.id = $3`, w.bank, delivery, message)
}

var someReceipts = []channels.Receipt{
	{Status: "queued", State: channels.StateSent},
	{Status: "sent", State: channels.StateSent},
	{Status: "delivered", State: channels.StateDelivered},
	{Status: "undelivered", State: channels.StateUndelivered, ErrorCode: "30003"},
	{Status: "undelivered", State: channels.StateUndelivered, ErrorCode: "30005"},
	{Status: "failed", State: channels.StateFailed, ErrorCode: "30008"},
	{Status: "newly_invented", State: ""},
	// The rest of Twilio's thirteen, as channels/twilio reads them.
	{Status: "accepted", State: channels.StateSent},
	{Status: "scheduled", State: channels.StateSent},
	{Status: "sending", State: channels.StateSent},
	{Status: "partially_delivered", State: channels.StateUndelivered, ErrorCode: "30006"},
	{Status: "read", State: channels.StateDelivered},
	{Status: "canceled", State: channels.StateFailed},
	{Status: "receiving", State: ""},
	{Status: "received", State: ""},
}

const sid = "SM0123456789abcdef0123456789abcdef"

// Every order and number of the same receipts, our own mark among them at any
// place, ends the same.
func TestReceiptsInAnyOrderAndNumberEndTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	const mark = -1
	apply := func(rt *rapid.T, order []int) string {
		message, delivery, lease := w.handedOver(customer)
		for _, i := range order {
			var err error
			if i == mark {
				err = w.s.MarkSent(context.Background(), w.bank, delivery, lease, sid)
			} else {
				r := someReceipts[i]
				r.Provider, r.ProviderID, r.At = "twilio", sid, w.now()
				err = w.s.Receipt(context.Background(), w.bank, delivery, r)
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		return w.end(message, delivery)
	}
	rapid.Check(t, func(rt *rapid.T) {
		set := rapid.SliceOfNDistinct(rapid.IntRange(0, len(someReceipts)-1), 0, 5, rapid.ID[int]).Draw(rt, "receipts")
		once := append([]int{mark}, set...)
		twice := append([]int{}, once...)
		for _, i := range set {
			for range rapid.IntRange(0, 2).Draw(rt, fmt.Sprint("repeat ", i)) {
				twice = append(twice, i)
			}
		}
		order := rapid.Permutation(twice).Draw(rt, "order")
		if want, got := apply(rt, once), apply(rt, order); want != got {
			rt.Fatalf("%v ended as %s\n%v ended as %s", once, want, order, got)
		}
	})
}

// Every two receipts, with the mark before, between and after them, end the same
// in either order.
func TestEveryTwoReceiptsInEitherOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	apply := func(order ...int) string {
		message, delivery, lease := w.handedOver(customer)
		for _, i := range order {
			var err error
			if i < 0 {
				err = w.s.MarkSent(t.Context(), w.bank, delivery, lease, sid)
			} else {
				r := someReceipts[i]
				r.Provider, r.ProviderID, r.At = "twilio", sid, w.now()
				err = w.s.Receipt(t.Context(), w.bank, delivery, r)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return w.end(message, delivery)
	}
	for i := range someReceipts {
		for j := range i {
			want := apply(-1, i, j)
			for _, order := range [][]int{{-1, j, i}, {j, -1, i}, {i, j, -1}} {
				if got := apply(order...); got != want {
					t.Errorf("%s and %s: %v ended as %s, not %s", someReceipts[i].Status, someReceipts[j].Status, order, got, want)
				}
			}
		}
	}
}

// All at once, from several nodes, with the mark among them.
func TestReceiptsAndMarkAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	for range 10 {
		message, delivery, lease := w.handedOver(customer)
		var all sync.WaitGroup
		for _, r := range someReceipts[:4] {
			for range 2 {
				all.Go(func() {
					r := r
					r.Provider, r.ProviderID, r.At = "twilio", sid, w.now()
					if err := w.s.Receipt(context.Background(), w.bank, delivery, r); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Go(func() {
			if err := w.s.MarkSent(context.Background(), w.bank, delivery, lease, sid); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if got, want := w.end(message, delivery), "delivered "+" "+sid+" t delivered delivered,queued,sent,undelivered30003"; got != want {
			t.Fatalf("ended as %s\nwant %s", got, want)
		}
		if n := query[int](w, `select count(*) from events where bank_id = $1 and object_id = $2 and type = 'message.delivered'`, w.bank, message); n != 1 {
			t.Fatalf("%d events of the delivery", n)
		}
	}
}

func TestReceiptsFromElsewhereAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	message, delivery, lease := w.handedOver(customer)
	good := channels.Receipt{Provider: "twilio", ProviderID: sid, Status: "delivered", State: channels.StateDelivered, At: time.Now()}
	if err := w.s.MarkSent(t.Context(), w.bank, delivery, lease, sid); err != nil {
		t.Fatal(err)
	}
	before := w.end(message, delivery)
	for name, try := range map[string]func() error{
		"another bank":     func() error { return w.s.Receipt(t.Context(), uuid.New(), delivery, good) },
		"another delivery": func() error { return w.s.Receipt(t.Context(), w.bank, uuid.New(), good) },
		"another id": func() error {
			r := good
			r.ProviderID = "SMffffffffffffffffffffffffffffffff"
			return w.s.Receipt(t.Context(), w.bank, delivery, r)
		},
		"another provider": func() error {
			r := good
			r.Provider = "smpp"
			return w.s.Receipt(t.Context(), w.bank, delivery, r)
		},
		"never sent": func() error {
			info := w.send(channels.Message{CustomerID: customer, Class: channels.Notice, Template: "queue_busy", Channels: []channels.Channel{channels.SMS}})
			return w.s.Receipt(t.Context(), w.bank, info.Deliveries[0].ID, good)
		},
	} {
		if err := try(); visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := w.end(message, delivery); after != before {
		t.Errorf("it went from %s to %s", before, after)
	}
}

func TestRanksAgreeWithTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, state := range []channels.State{
		channels.StatePending, channels.StateSending, channels.StateUnknown, channels.StateExpired, channels.StateCancelled,
		channels.StateSent, channels.StateFailed, channels.StateUndelivered, channels.StateDelivered, "nonsense",
	} {
		if got := query[int](w, `select visavis_delivery_rank($1)`, string(state)); got != channels.Rank(state) {
			t.Errorf("%s: %d in SQL, %d in Go", state, got, channels.Rank(state))
		}
	}
}

// A code is claimed while a backlog of notices waits.
func TestCodesOvertakeABacklog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.customer("+84912345670", "en")
	// Attempts to be made again, and messages of which nothing was sent yet.
	w.exec(`insert into deliveries (bank_id, id, message_id, channel, provider, recipient, class, due_at, expires_at, created_at)
		select $1, gen_random_uuid(), gen_random_uuid(), 'sms', 'twilio', '+84900000000', 'reminder', now() - interval '1 hour', now() + interval '1 hour', now()
		from generate_series(1, 2000)`, w.bank)
	w.exec(`insert into messages (bank_id, id, class, template, locale, time_zone, plan, due_at, expires_at, created_at)
		select $1, gen_random_uuid(), 'notice', 'queue_busy', 'en', 'UTC', '[{"t":[]}]', now() - interval '1 hour', now() + interval '1 hour', now()
		from generate_series(1, 2000)`, w.bank)
	info := w.send(code(customer, channels.SMS))
	if ids, _ := w.claim(channels.Security); len(ids) != 1 || ids[0] != info.Deliveries[0].ID {
		t.Errorf("claimed %v; want the code", ids)
	}
}
