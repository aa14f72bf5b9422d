package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// await waits for a wake-up, for as long as a broken test may take.
func await(t *testing.T, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(3 * time.Minute):
		t.Fatalf("%s: nobody was woken", what)
	}
}

func TestWakeReachesThisNodeAndOthersAfterTheCommit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := testdb.Open(t, b.url)
	local, cancelLocal := b.db.Subscribe("calls")
	defer cancelLocal()
	remote, cancelRemote := other.Subscribe("calls")
	defer cancelRemote()
	unrelated, cancelUnrelated := other.Subscribe("bookings")
	defer cancelUnrelated()

	err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
		tx.Wake("calls")
		select {
		case <-local:
			t.Error("woken before the commit")
		default:
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-local: // at once: no waiting here
	default:
		t.Error("this node was not woken when InBank returned")
	}
	await(t, remote, "another node")

	err = b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
		tx.Wake("calls")
		return errStop
	})
	if !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	select {
	case <-local:
		t.Error("woken after a rollback")
	default:
	}

	t.Run("a cancelled subscription gets nothing more", func(t *testing.T) {
		cancelLocal()
		b.db.Wake("calls", "bookings")
		await(t, unrelated, "another topic")
		select {
		case <-local:
			t.Error("woken after cancel")
		default:
		}
	})
}

func TestWakesCoalesceIntoOneNotifyIn20ms(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := testdb.Open(t, b.url)
	last, cancel := other.Subscribe("last")
	defer cancel()
	began := time.Now()
	wakes := 0
	for time.Since(began) < 300*time.Millisecond || b.db.Notified() < 2 && time.Since(began) < time.Minute {
		b.db.Wake("deliveries", fmt.Sprintf("events:%d", wakes%50))
		wakes++
	}
	b.db.Wake("last")
	await(t, last, "another node")
	most := int(time.Since(began)/(20*time.Millisecond)) + 1
	if sent := b.db.Notified(); sent < 2 || sent > most {
		t.Errorf("%d NOTIFYs for %d wake-ups in %v, want 2 to %d", sent, wakes, time.Since(began), most)
	}
}

func TestMoreTopicsThanANotifyHoldsWakeEveryone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := testdb.Open(t, b.url)
	topics := make([]string, 500)
	for i := range topics {
		topics[i] = fmt.Sprintf("events:0190a4c0-0000-7000-8000-%012d", i)
	}
	one, cancel := other.Subscribe(topics[499])
	defer cancel()
	b.db.Wake(topics...)
	await(t, one, "one of 500 topics")
}

func TestListenerConnectsAgainAndWakesEveryone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	woken, cancel := b.db.Subscribe("anything")
	defer cancel()
	b.exec(t, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'visavis_listen' and datname = current_database()")
	await(t, woken, "after a lost connection")

	other := testdb.Open(t, b.url)
	other.Wake("anything")
	await(t, woken, "by another node over the new connection")
}

func TestCloseSendsPendingWakes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, cancelFirst := b.db.Subscribe("first")
	defer cancelFirst()
	second, cancelSecond := b.db.Subscribe("second")
	defer cancelSecond()
	for range 8 { // Close and the sender race: either may see the other first
		other, err := postgres.Open(t.Context(), b.url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		other.Wake("first")
		await(t, first, "the first")
		other.Wake("second") // within 20 ms of the first: it has to wait
		other.Close()
		await(t, second, "the one pending at Close")
		other.Close() // twice is harmless
	}
}
