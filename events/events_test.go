package events

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newBank adds a bank by hand: package banks stands above this one.
func newBank(t testing.TB, db *postgres.DB, settings string) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	err := db.AsWorker(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into banks (bank_id, slug, name, settings, created_at) values ($1, $2, 'Test Bank', $3, $4)`,
			id, "b-"+id.String(), settings, noon)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// happen appends an event in a transaction of its own.
func happen(t testing.TB, db *postgres.DB, bank uuid.UUID, e New) Event {
	t.Helper()
	var event Event
	err := db.InBank(t.Context(), bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		event, err = AppendTx(ctx, tx, noon, e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func booking(what string, id uuid.UUID) New {
	return New{Type: "booking." + what, Object: "booking", ID: id, Data: map[string]any{"state": what}}
}

// after reads until nothing is held back: other tests' transactions on the same
// server may hold events back for moments.
func after(t testing.TB, db *postgres.DB, bank uuid.UUID, from string, limit int, f Filter) Page {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; {
		page, err := After(t.Context(), db, bank, from, limit, f)
		if err != nil {
			t.Fatal(err)
		}
		if !page.Held || len(page.Events) == limit {
			return page
		}
		if time.Now().After(deadline) {
			t.Fatal("events are still held back after 20 s")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAppendWritesTheExactBody(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank, id, agent := newBank(t, db, "{}"), uuid.New(), uuid.New()
	ctx := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, BankID: bank, ID: agent})
	var e Event
	err := db.InBank(ctx, bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		e, err = AppendTx(ctx, tx, noon.Add(123456789), New{Type: "booking.confirmed", Object: "booking", ID: id,
			Data: map[string]any{"state": "confirmed", "a": "<&>", "n": 3}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"id":%q,"type":"booking.confirmed","timestamp":"2026-03-01T12:00:00.123456Z","sequence":1,`+
		`"object":{"type":"booking","id":%q},"data":{"a":"<&>","n":3,"state":"confirmed"}}`, e.ID, id)
	if string(e.Body) != want {
		t.Errorf("body\n%s\nwant\n%s", e.Body, want)
	}
	page := after(t, db, bank, "", 10, Filter{})
	if len(page.Events) != 1 {
		t.Fatalf("%d events, want 1", len(page.Events))
	}
	got := page.Events[0]
	if string(got.Body) != want || got.ActorKind != visavis.ActorAgent || got.ActorID != agent || got.Sequence != 1 || !got.At.Equal(e.At) || got.Cursor != e.Cursor {
		t.Errorf("read back %+v", got)
	}
	if !json.Valid(got.Body) {
		t.Error("the body is not JSON")
	}
}

func TestAppendRefusesWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank := newBank(t, db, "{}")
	for name, e := range map[string]New{
		"no verb":   {Type: "booking", Object: "booking", ID: uuid.New()},
		"upper":     {Type: "Booking.confirmed", Object: "booking", ID: uuid.New()},
		"no object": {Type: "booking.confirmed", ID: uuid.New()},
		"no id":     {Type: "booking.confirmed", Object: "booking"},
	} {
		err := db.InBank(t.Context(), bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := AppendTx(ctx, tx, noon, e)
			return err
		})
		if err == nil {
			t.Errorf("%s: appended", name)
		}
	}
	other := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, BankID: newBank(t, db, "{}"), ID: uuid.New()})
	err := db.InBank(other, bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := AppendTx(ctx, tx, noon, booking("confirmed", uuid.New()))
		return err
	})
	if err == nil {
		t.Error("an actor of another bank appended")
	}
}

func TestSequencesHaveNoGap(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank, id := newBank(t, db, "{}"), uuid.New()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			_ = db.InBank(context.Background(), bank, func(ctx context.Context, tx *postgres.Tx) error {
				if _, err := AppendTx(ctx, tx, noon, booking("moved", id)); err != nil {
					t.Error(err)
				}
				if i%4 == 0 {
					return context.Canceled // rolled back: its number is given again
				}
				return nil
			})
		})
	}
	wg.Wait()
	var got []int
	list, next, err := List(t.Context(), db, bank, "", 100, Filter{ObjectID: id})
	if err != nil || next != "" {
		t.Fatal(err, next)
	}
	for _, e := range list {
		got = append(got, e.Sequence)
	}
	slices.Sort(got)
	if len(got) != 30 || got[0] != 1 || got[29] != 30 {
		t.Errorf("sequences %v, want 1 to 30", got)
	}
}

// The promise that gives readers their cursor: what commits late is not skipped.
func TestALateCommitIsNeverSkipped(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank := newBank(t, db, "{}")
	slow, fast := uuid.New(), uuid.New()
	appended, commit, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- db.InBank(context.Background(), bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := AppendTx(ctx, tx, noon, booking("confirmed", slow))
			close(appended)
			<-commit
			return err
		})
	}()
	<-appended
	happen(t, db, bank, booking("confirmed", fast)) // begun later, committed first
	page, err := After(t.Context(), db, bank, "", 10, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Events) != 0 || !page.Held {
		t.Fatalf("while the first runs: %d events, held %v; want none, held", len(page.Events), page.Held)
	}
	// The audit trail shows what has committed.
	if list, _, err := List(t.Context(), db, bank, "", 10, Filter{}); err != nil || len(list) != 1 || list[0].ObjectID != fast {
		t.Errorf("list %v %v, want the committed one", list, err)
	}
	close(commit)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var got []uuid.UUID
	for from := page.Next; len(got) < 2; {
		page := after(t, db, bank, from, 1, Filter{})
		if len(page.Events) == 0 {
			break
		}
		got, from = append(got, page.Events[0].ObjectID), page.Next
	}
	if !slices.Equal(got, []uuid.UUID{slow, fast}) {
		t.Errorf("read %v, want %v", got, []uuid.UUID{slow, fast})
	}
}

func TestFiltersAndPages(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank, other := newBank(t, db, "{}"), newBank(t, db, "{}")
	identification := uuid.New()
	var all []Event
	for i := range 7 {
		e := booking([]string{"confirmed", "moved"}[i%2], uuid.New())
		if i == 3 {
			e.Data["identification_id"] = identification
		}
		all = append(all, happen(t, db, bank, e))
	}
	all = append(all, happen(t, db, bank, New{Type: "identification.approved", Object: "identification", ID: identification}))
	happen(t, db, other, booking("confirmed", uuid.New()))

	if page := after(t, db, bank, "", 100, Filter{}); len(page.Events) != 8 {
		t.Errorf("%d events of the bank, want 8", len(page.Events))
	}
	if page := after(t, db, bank, "", 100, Filter{Types: []string{"booking.moved"}}); len(page.Events) != 3 {
		t.Errorf("%d moved, want 3", len(page.Events))
	}
	page := after(t, db, bank, "", 100, Filter{ObjectID: all[2].ObjectID})
	if len(page.Events) != 1 || page.Events[0].ID != all[2].ID {
		t.Errorf("by object: %v", page.Events)
	}
	// A filter's cursor has moved past what it left out.
	if again := after(t, db, bank, page.Next, 100, Filter{}); len(again.Events) != 0 {
		t.Errorf("%d events behind the end", len(again.Events))
	}
	page = after(t, db, bank, "", 100, Filter{IdentificationID: identification})
	if len(page.Events) != 2 || page.Events[0].ID != all[3].ID || page.Events[1].ID != all[7].ID {
		t.Errorf("by identification: %v", page.Events)
	}
	var newest []uuid.UUID
	for before := ""; ; {
		list, next, err := List(t.Context(), db, bank, before, 3, Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			newest = append(newest, e.ID)
		}
		if before = next; next == "" {
			break
		}
	}
	slices.Reverse(newest)
	for i, e := range all {
		if len(newest) != 8 || newest[i] != e.ID {
			t.Fatalf("newest first %v does not mirror what was appended", newest)
		}
	}
	for _, bad := range []string{"x", "!", strings.Repeat("_", 22), cursor{1 << 63, 0}.String()} {
		if _, err := After(t.Context(), db, bank, bad, 1, Filter{}); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("cursor %q: %v, want invalid", bad, err)
		}
	}
}

func TestFeedDeliversEachEventOnceInOrder(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t)
	db, node2 := testdb.Open(t, url), testdb.Open(t, url)
	bank := newBank(t, db, "{}")
	happen(t, db, bank, booking("confirmed", uuid.New()))
	from, err := Now(t.Context(), db, bank)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	feed, err := Feed(ctx, db, slog.New(slog.DiscardHandler), bank, from, Filter{Types: []string{"call.rung"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[uuid.UUID]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 { // from another node, with transactions that overlap
		wg.Go(func() {
			for range 25 {
				e := happen(t, node2, bank, New{Type: "call.rung", Object: "call", ID: uuid.New()})
				mu.Lock()
				want[e.ID] = true
				mu.Unlock()
			}
		})
	}
	var last cursor
	got := map[uuid.UUID]bool{}
	for len(got) < 100 {
		e, ok := <-feed
		if !ok {
			t.Fatalf("the feed ended after %d of 100 events", len(got))
		}
		if got[e.ID] {
			t.Fatalf("event %s came twice", e.ID)
		}
		got[e.ID] = true
		if e.xid < last.xid || e.xid == last.xid && e.position <= last.position {
			t.Error("the feed went back")
		}
		last = cursor{e.xid, e.position}
	}
	wg.Wait()
	for id := range want {
		if !got[id] {
			t.Errorf("event %s was skipped", id)
		}
	}
	cancel()
	for range feed {
	}
}

func TestARolledBackEventNeverHappened(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank := newBank(t, db, "{}")
	_ = db.InBank(t.Context(), bank, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := AppendTx(ctx, tx, noon, booking("confirmed", uuid.New())); err != nil {
			t.Error(err)
		}
		return context.Canceled
	})
	happen(t, db, bank, booking("moved", uuid.New()))
	page := after(t, db, bank, "", 10, Filter{})
	if len(page.Events) != 1 || page.Events[0].Type != "booking.moved" {
		t.Errorf("events %v", page.Events)
	}
}

func TestEventsAreAppendOnly(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank := newBank(t, db, "{}")
	happen(t, db, bank, booking("confirmed", uuid.New()))
	for _, sql := range []string{`update events set type = 'a.b' where bank_id = $1`, `delete from events where bank_id = $1`} {
		err := db.InBank(t.Context(), bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, sql, bank)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v, want permission denied", sql, err)
		}
	}
}
