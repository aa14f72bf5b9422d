package banks

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/visavis/visavis/postgres"
)

// Many who use a key at once cause one update of its row a minute, and nobody
// waits for somebody who holds it.
func TestUseOfAKeyIsNotedOnceAndWithoutWaiting(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	key, secret, err := f.CreateKey(ctx, f.bank.ID, "core banking", []string{ScopeRead})
	if err != nil {
		t.Fatal(err)
	}
	inBank := func(fn func(ctx context.Context, tx *postgres.Tx) error) {
		t.Helper()
		if err := f.DB.InBank(ctx, f.bank.ID, fn); err != nil {
			t.Fatal(err)
		}
	}
	row := func() (version string, used *time.Time) { // a row has a new version with each update
		inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select xmin::text, last_used_at from api_keys where bank_id = $1`, f.bank.ID).Scan(&version, &used)
		})
		return version, used
	}
	fresh, _ := row()
	// The row is held: whoever comes now is let in all the same, without a note.
	inBank(func(locked context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(locked, `select from api_keys where bank_id = $1 for update`, f.bank.ID); err != nil {
			return err
		}
		_, err := f.AuthenticateKey(ctx, secret)
		return err
	})
	if version, used := row(); version != fresh || used != nil {
		t.Fatalf("noted at %v while the row was held", used)
	}
	f.keys.forget()
	all := func() {
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if _, err := f.AuthenticateKey(ctx, secret); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
	}
	all()
	first, used := row()
	if used == nil {
		t.Fatal("not noted")
	}
	for range 10 { // the key is asked for again every 5 s
		f.advance(keyMemory)
		all()
	}
	if version, again := row(); version != first || !again.Equal(*used) {
		t.Errorf("noted at %v, %v later", again, again.Sub(*used))
	}
	f.advance(10 * time.Second)
	all()
	if version, again := row(); version == first || again.Sub(*used) < touchEvery {
		t.Errorf("a minute later it says %v", again.Sub(*used))
	}
	// Of those who come at the same moment one has the note to write.
	now, due := f.Now().Add(touchEvery), 0
	for range 20 {
		if f.keys.touch(key.ID, now) {
			due++
		}
	}
	if due != 1 {
		t.Errorf("%d write it down", due)
	}
}
