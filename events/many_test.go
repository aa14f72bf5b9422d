package events

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// Many events together are numbered as one by one, also when others append to the
// same objects, in another order, at the same time.
func TestAppendMany(t *testing.T) {
	t.Parallel()
	db := testdb.New(t)
	bank := newBank(t, db, "{}")
	one, two := uuid.New(), uuid.New()
	happen(t, db, bank, booking("booked", one))
	var wg sync.WaitGroup
	for range 8 {
		for _, all := range [][]New{
			{booking("reminded", one), booking("reminded", two), booking("moved", one)},
			{booking("reminded", two), booking("moved", one), booking("moved", two)},
		} {
			wg.Go(func() {
				err := db.InBank(context.Background(), bank, func(ctx context.Context, tx *postgres.Tx) error {
					return AppendManyTx(ctx, tx, noon, all)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for object, n := range map[uuid.UUID]int{one: 25, two: 24} {
		list, _, err := List(t.Context(), db, bank, "", 100, Filter{ObjectID: object})
		if err != nil || len(list) != n {
			t.Fatalf("%d events, want %d: %v", len(list), n, err)
		}
		slices.SortFunc(list, func(a, b Event) int { return a.Sequence - b.Sequence })
		for i, e := range list {
			if e.Sequence != i+1 || e.ActorKind != visavis.ActorSystem || !e.At.Equal(noon) {
				t.Errorf("event %d: %+v", i, e)
			}
		}
	}
	// What one transaction tells of an object is in its order.
	three := uuid.New()
	many := func(ctx context.Context, all ...New) error {
		return db.InBank(ctx, bank, func(ctx context.Context, tx *postgres.Tx) error { return AppendManyTx(ctx, tx, noon, all) })
	}
	if err := many(t.Context(), booking("booked", three), booking("reminded", three), booking("kept", three)); err != nil {
		t.Fatal(err)
	}
	list, _, err := List(t.Context(), db, bank, "", 10, Filter{ObjectID: three})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	for _, e := range list {
		got[e.Sequence] = e.Type
	}
	if len(got) != 3 || got[1] != "booking.booked" || got[2] != "booking.reminded" || got[3] != "booking.kept" {
		t.Errorf("%v", got)
	}
	// The first event of an object may have been written with its number alone.
	four := uuid.New()
	err = db.InBank(t.Context(), bank, func(ctx context.Context, tx *postgres.Tx) error {
		return AppendNumberedTx(ctx, tx, noon, []Numbered{{New: booking("booked", four), Sequence: 1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := many(t.Context(), booking("reminded", four), booking("moved", four)); err != nil {
			t.Fatal(err)
		}
	}
	if list, _, err := List(t.Context(), db, bank, "", 10, Filter{ObjectID: four}); err != nil || len(list) != 5 || list[0].Sequence+list[1].Sequence+list[2].Sequence+list[3].Sequence+list[4].Sequence != 15 {
		t.Errorf("numbered %+v, %v", list, err)
	}
	if err := many(visavis.WithActor(t.Context(), visavis.System(uuid.New())), booking("moved", one)); err == nil {
		t.Error("an actor of another bank appended")
	}
	if err := many(t.Context(), booking("moved", one), New{Type: "nonsense", Object: "booking", ID: one}); err == nil {
		t.Error("a type without a verb was appended")
	}
	if err := many(t.Context()); err != nil {
		t.Errorf("nothing: %v", err)
	}
}
