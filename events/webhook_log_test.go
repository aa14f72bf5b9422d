package events

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

func TestSendTestAndResend(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	otherURL, other := receiver(t, nil)
	endpoint, secret := f.endpoint(url, "booking.confirmed")
	f.endpoint(otherURL) // every type
	f.attempt()
	for len(other) > 0 {
		<-other
	}
	sent, err := f.SendTest(t.Context(), f.bank, endpoint.ID)
	if err != nil || sent.State != DeliveryPending || sent.EventType != "webhook_endpoint.tested" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if _, err := f.Resend(t.Context(), f.bank, sent.ID); visavis.CodeOf(err) != "webhook_delivery_pending" {
		t.Errorf("resend while pending: %v", err)
	}
	f.attempt()
	first := <-got
	if err := verify(t, secret, first); err != nil || !strings.Contains(string(first.body), `"type":"webhook_endpoint.tested"`) {
		t.Errorf("%s, %v", first.body, err)
	}
	again, err := f.Resend(t.Context(), f.bank, sent.ID)
	if err != nil || again.ID == sent.ID || again.EventID != sent.EventID {
		t.Fatalf("%+v, %v", again, err)
	}
	f.attempt()
	if second := <-got; second.id() != first.id() {
		t.Errorf("resent as %s, was %s", second.id(), first.id())
	}
	if len(other) != 0 {
		t.Error("another endpoint got the test")
	}
	if list := f.deliveries(endpoint.ID); len(list) != 2 || list[0].ID != again.ID || list[0].State != DeliverySucceeded {
		t.Errorf("the log is %+v", list)
	}
}

func TestAnotherBanksEndpointsDoNotExist(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	endpoint, _ := f.endpoint(url)
	sent, err := f.SendTest(t.Context(), f.bank, endpoint.ID)
	if err != nil {
		t.Fatal(err)
	}
	stranger, ctx, off := newBank(t, f.DB, "{}"), t.Context(), false
	for name, call := range map[string]func() error{
		"Endpoint": func() error { _, err := f.Endpoint(ctx, stranger, endpoint.ID); return err },
		"UpdateEndpoint": func() error {
			_, err := f.UpdateEndpoint(ctx, stranger, endpoint.ID, EndpointChange{Enabled: &off})
			return err
		},
		"DeleteEndpoint": func() error { return f.DeleteEndpoint(ctx, stranger, endpoint.ID) },
		"RotateSecret":   func() error { _, _, err := f.RotateSecret(ctx, stranger, endpoint.ID); return err },
		"SendTest":       func() error { _, err := f.SendTest(ctx, stranger, endpoint.ID); return err },
		"ListDeliveries": func() error {
			_, _, err := f.ListDeliveries(ctx, stranger, DeliveryFilter{EndpointID: endpoint.ID}, postgres.Page{})
			return err
		},
		"Delivery": func() error { _, err := f.Delivery(ctx, stranger, sent.ID); return err },
		"Attempts": func() error { _, err := f.Attempts(ctx, stranger, sent.ID); return err },
		"Resend":   func() error { _, err := f.Resend(ctx, stranger, sent.ID); return err },
	} {
		if err := call(); visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	if list, err := f.ListEndpoints(ctx, stranger); err != nil || len(list) != 0 {
		t.Errorf("the stranger lists %d endpoints, %v", len(list), err)
	}
	happen(t, f.DB, stranger, booking("confirmed", uuid.New()))
	f.attempt()
	for len(got) > 0 {
		if r := <-got; strings.Contains(string(r.body), "booking.confirmed") {
			t.Error("the stranger's event went to the bank's endpoint")
		}
	}
}

func TestDisabledAndDeletedEndpointsGetNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	endpoint, _ := f.endpoint(url, "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	off := false
	if _, err := f.UpdateEndpoint(t.Context(), f.bank, endpoint.ID, EndpointChange{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if d := f.only(endpoint.ID); d.State != DeliveryCancelled {
		t.Errorf("disabled: %s, want cancelled", d.State)
	}
	second, _ := f.endpoint(url, "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	racing := f.claimDue(10) // claimed before the deletion, sent after
	if err := f.DeleteEndpoint(t.Context(), f.bank, second.ID); err != nil {
		t.Fatal(err)
	}
	for _, c := range racing {
		f.deliver(t.Context(), t.Context(), c)
	}
	f.attempt()
	if len(got) != 0 {
		t.Errorf("%d deliveries arrived", len(got))
	}
	if _, err := f.Endpoint(t.Context(), f.bank, second.ID); visavis.KindOf(err) != visavis.NotFound {
		t.Errorf("deleted: %v, want not found", err)
	}
}

func TestManyNodesDeliverEachOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	f.endpoint(url, "booking.confirmed")
	want := map[string]bool{}
	for range 60 {
		want[happen(t, f.DB, f.bank, booking("confirmed", uuid.New())).ID.String()] = true
	}
	f.run()
	second := &fixture{t: t, Service: NewService(f.Config)}
	second.run()
	var mu sync.Mutex
	seen := map[string]int{}
	for range 60 {
		r := <-got
		mu.Lock()
		seen[r.id()]++
		mu.Unlock()
	}
	for id := range want {
		if seen[id] != 1 {
			t.Errorf("event %s came %d times", id, seen[id])
		}
	}
}

func (f *fixture) leaseUntil(c claimed) (until time.Time) {
	f.t.Helper()
	err := f.DB.AsWorker(f.t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select lease_until from webhook_deliveries where bank_id = $1 and id = $2`, c.BankID, c.ID).Scan(&until)
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return until
}

// A node stops soon although a receiver hangs, and loses nothing by it.
func TestStoppingGivesBackWhatHangs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	release := make(chan struct{})
	url, got := receiver(t, func(w http.ResponseWriter, r *http.Request) { <-release })
	defer close(release)
	endpoint, _ := f.endpoint(url, "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.RunWebhooks(ctx) }()
	first := <-got
	stop()
	select {
	case <-ended:
	case <-time.After(3 * time.Minute):
		t.Fatal("the node waits for the hanging receiver")
	}
	if d := f.only(endpoint.ID); d.State != DeliveryPending || d.Attempts != 0 {
		t.Errorf("%+v, want pending without an attempt", d)
	}
	if again := f.claimDue(10); len(again) != 1 || again[0].EventID.String() != first.id() {
		t.Errorf("%v, want it to be due at once", again)
	}
}
