package calls

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// TestStillsAndCompositesGoToTheBucket: so does all else that a call keeps. It is
// encrypted there, is shown from there when the local copy has gone, and goes with
// the rest when its time has come.
func TestStillsAndCompositesGoToTheBucket(t *testing.T) {
	b := setup(t)
	store, objects := bucket(t)
	b.calls.Store, b.calls.LocalFor = store, time.Hour
	c, _, _, _ := b.filed()
	jobs := func() (n int) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from river_job where kind = 'store_call_files' and queue = $1`, b.calls.JobQueue()).Scan(&n)
		})
		return n
	}
	if n := jobs(); n != 1 {
		t.Fatalf("%d jobs, want 1", n)
	}
	// stores does the job's steps until it has nothing to do for now.
	stores := func() time.Duration {
		t.Helper()
		for range 20 {
			again, err := b.calls.storeFiles(t.Context(), b.bank, c.ID, time.Now().Add(time.Minute))
			b.ok(err)
			if again != time.Second {
				return again
			}
		}
		t.Fatal("it never ends")
		return 0
	}
	folder := dir(b.bank, c.ID)
	here := func(name string) bool {
		_, err := os.Stat(filepath.Join(b.calls.DataDir, folder, name))
		return err == nil
	}
	all := func(plain *media.Plain, err error) string {
		t.Helper()
		b.ok(err)
		defer func() { _ = plain.Close() }()
		got, err := io.ReadAll(io.NewSectionReader(plain, 0, plain.Size))
		b.ok(err)
		return string(got)
	}
	if left := stores(); left <= 0 || left > time.Hour || !here("step-1.jpg.age") {
		t.Errorf("the local still goes in %s, is here: %t", left, here("step-1.jpg.age"))
	}
	b.clock.Add(int64(2 * time.Hour))
	if left := stores(); left != 0 || here("step-1.jpg.age") {
		t.Errorf("after its time: again in %s, is here: %t", left, here("step-1.jpg.age"))
	}
	if got := all(b.calls.OpenStill(b.ctx, b.bank, c.ID, 1)); got != "a face" {
		t.Errorf("the still from the bucket is %q", got)
	}

	// The composite is made later, from whatever is where.
	for range 2 { // the second time anew
		_, err := b.calls.RequestComposite(b.ctx, b.bank, c.ID)
		b.ok(err)
		for again := true; again; {
			again, err = b.calls.compositeStep(t.Context(), compositeArgs{b.bank, c.ID})
			b.ok(err)
		}
		stores()
		b.clock.Add(int64(2 * time.Hour))
		stores()
		if here(compositeName) {
			t.Error("the local composite is still there")
		}
		got, plain, err := b.calls.OpenComposite(b.ctx, b.bank, c.ID)
		if sum := sha256.Sum256([]byte(all(plain, err))); !bytes.Equal(sum[:], got.SHA256) {
			t.Error("the composite from the bucket is another")
		}
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update call_composites set state = 'failed' where bank_id = $1`, tx.BankID)
			return err
		})
	}
	if n := jobs(); n != 3 {
		t.Errorf("%d jobs, want 3", n)
	}
	kinds := 0
	for key, object := range objects() {
		if strings.HasSuffix(key, "step-1.jpg.age") || strings.HasSuffix(key, compositeName) {
			kinds++
		}
		if !bytes.HasPrefix(object, []byte("age-encryption.org/v1")) || bytes.Contains(object, []byte("a face")) || bytes.Contains(object, []byte("ftyp")) {
			t.Errorf("%s is not encrypted", key)
		}
	}
	if kinds != 2 {
		t.Errorf("%d of still and composite are in the bucket", kinds)
	}
	b.clock.Add(int64(6 * 366 * 24 * time.Hour))
	_, err := b.calls.SweepRetention(t.Context())
	b.ok(err)
	b.ok(b.calls.deleteFiles(b.ctx, b.bank, c.ID))
	if left := objects(); len(left) != 0 {
		t.Errorf("%d objects are left", len(left))
	}
	_, err = b.calls.OpenStill(b.ctx, b.bank, c.ID, 1)
	b.refused(err, visavis.Gone, "recording_deleted")
	if again, err := b.calls.storeFiles(t.Context(), b.bank, c.ID, time.Now().Add(time.Minute)); again != 0 || err != nil || len(objects()) != 0 {
		t.Errorf("stored again after the deletion: %s, %v", again, err)
	}
}
