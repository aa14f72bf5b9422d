package calls

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/blobs"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// TestUnseenPartiesStayUnseen: the quality of a supervisor's connection is neither
// told nor kept, for it says that somebody watches.
func TestUnseenPartiesStayUnseen(t *testing.T) {
	b := setup(t)
	_, _, agent, c := b.talking()
	c, err := b.calls.Get(agent, b.bank, c.ID)
	b.ok(err)
	r, err := b.calls.openRoom(agent, b.bank, c)
	b.ok(err)
	page := &socket{out: make(chan message, 100), done: make(chan struct{})}
	b.calls.register(c.ID, RoleAgent, page)
	for n := range 10 {
		for _, who := range []string{"supervisor_1", RoleCustomer} {
			b.ok(b.calls.sampled(b.ctx, b.bank, media.Event{Kind: media.Sampled, Room: c.ID, Participant: who, Offset: time.Duration(n) * 2 * time.Second}))
		}
	}
	for len(page.out) > 0 {
		if m := <-page.out; m.Participant != RoleCustomer {
			t.Errorf("the agent was told %+v", m)
		}
	}
	for _, row := range r.quality.rest() {
		if row.Role != RoleCustomer {
			t.Errorf("kept %+v", row)
		}
	}
	samples, err := b.calls.QualityOf(b.ctx, b.bank, c.ID)
	b.ok(err)
	for _, one := range samples {
		if one.Role != RoleCustomer {
			t.Errorf("kept %+v", one)
		}
	}
	if len(samples) == 0 {
		t.Error("nothing was kept of the customer's")
	}
}

// filesOf counts what lies in a call's folder of files.
func (b *bundle) filesOf(c Call) int {
	found, err := os.ReadDir(filepath.Join(b.calls.DataDir, dir(b.bank, c.ID), "files"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		b.Fatal(err)
	}
	return len(found)
}

// TestARefusedFileLeavesNothing: who is told to wait does not fill the disk
// meanwhile.
func TestARefusedFileLeavesNothing(t *testing.T) {
	b := setup(t)
	v, _, _, c := b.talking()
	for range saidPerHalf {
		_, err := b.calls.Say(v.ctx, b.bank, c.ID, SaidChat, "hello")
		b.ok(err)
	}
	for n := range 5 {
		_, err := b.calls.AddFile(v.ctx, b.bank, c.ID, "x.jpg", bytes.NewReader(asJPEG(t, corners(32+n, 32))))
		b.refused(err, visavis.TooMany, "too_many_lines")
	}
	if n := b.filesOf(c); n != 0 {
		t.Errorf("%d files of refused uploads are on the disk", n)
	}
	b.clock.Add(int64(31 * time.Second))
	if _, err := b.calls.AddFile(v.ctx, b.bank, c.ID, "x.jpg", bytes.NewReader(asJPEG(t, corners(32, 32)))); err != nil || b.filesOf(c) != 1 {
		t.Errorf("%d files, %v", b.filesOf(c), err)
	}
}

// slow is an upload that does not end until it is let.
type slow struct {
	begun, end chan struct{}
}

func (s slow) Read(p []byte) (int, error) {
	select {
	case <-s.begun:
	default:
		close(s.begun)
	}
	<-s.end
	return 0, io.ErrUnexpectedEOF
}

// TestSlowUploadsHoldNobodyUp: who sends slowly waits alone, and one at a time.
func TestSlowUploadsHoldNobodyUp(t *testing.T) {
	b := setup(t)
	v, _, agent, c := b.talking()
	one := slow{make(chan struct{}), make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := b.calls.AddFile(v.ctx, b.bank, c.ID, "x.jpg", one)
		done <- err
	}()
	<-one.begun
	_, err := b.calls.AddFile(v.ctx, b.bank, c.ID, "y.jpg", bytes.NewReader(asJPEG(t, corners(32, 32))))
	b.refused(err, visavis.TooMany, "upload_running")
	for range cap(b.calls.filesAtOnce) { // the places for pictures are free
		b.calls.filesAtOnce <- struct{}{}
	}
	for range cap(b.calls.filesAtOnce) {
		<-b.calls.filesAtOnce
	}
	_, err = b.calls.AddFile(agent, b.bank, c.ID, "z.jpg", bytes.NewReader(asJPEG(t, corners(32, 32))))
	b.ok(err)
	close(one.end)
	b.refused(<-done, visavis.Invalid, "invalid_request")
	_, err = b.calls.AddFile(v.ctx, b.bank, c.ID, "y.jpg", bytes.NewReader(asJPEG(t, corners(33, 32))))
	b.ok(err)
}

// TestWhatWasWrittenGoesWithTheRecording: also of a call that nobody joined with a
// camera, the texts and files are kept no longer than the scenario says.
func TestWhatWasWrittenGoesWithTheRecording(t *testing.T) {
	b := setup(t)
	v, _, agent, c := b.talking()
	_, err := b.calls.Say(v.ctx, b.bank, c.ID, SaidCaption, "my number is 012345678")
	b.ok(err)
	_, err = b.calls.AddFile(v.ctx, b.bank, c.ID, "Nguyen Van An.jpg", bytes.NewReader(asJPEG(t, corners(32, 32))))
	b.ok(err)
	_, err = b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	b.pass(2 * recoverAfter)
	r, err := b.calls.Record(b.ctx, b.bank, c.ID)
	b.ok(err)
	if r.KeepUntil == nil {
		t.Fatal("it is kept for ever")
	}
	b.clock.Add(int64(6 * 366 * 24 * time.Hour))
	_, err = b.calls.SweepRetention(b.ctx)
	b.ok(err)
	b.ok(b.calls.deleteFiles(b.ctx, b.bank, c.ID))
	lines, err := b.calls.Lines(b.ctx, b.bank, c.ID, uuid.Nil)
	b.ok(err)
	files, err := b.calls.Files(b.ctx, b.bank, c.ID)
	b.ok(err)
	if len(lines) != 2 || lines[0].Body+lines[1].Body != "" || len(files) != 1 || files[0].Name != "" || b.filesOf(c) != 0 {
		t.Errorf("%+v, %+v", lines, files)
	}
	_, _, err = b.calls.OpenFile(b.ctx, b.bank, c.ID, files[0].ID)
	b.refused(err, visavis.Gone, "recording_deleted")
}

// TestUploadThatIsKilledIsDeletedToo: whatever has reached the bucket when the
// retention ends, or reaches it meanwhile, is deleted there.
func TestUploadThatIsKilledIsDeletedToo(t *testing.T) {
	b := setup(t)
	store, objects := bucket(t)
	b.calls.Store = store
	c, _, _, _ := b.filed()
	one, two := b.recordings(c)[0], b.recordings(c)[1]
	step := func(r Recording) time.Duration {
		t.Helper()
		again, err := b.calls.storeStep(t.Context(), b.bank, r.ID, time.Now().Add(time.Minute))
		b.ok(err)
		return again
	}
	step(one)
	step(two)
	if len(objects()) != 0 {
		t.Error("something was stored before it was written down")
	}
	for _, r := range b.recordings(c) {
		if r.RemoteKey == "" {
			t.Error("what is in the bucket is not written down")
		}
		// Killed once the object is there, before that is written down.
		raw, err := os.ReadFile(filepath.Join(b.calls.DataDir, r.File))
		b.ok(err)
		if _, done, err := store.Put(t.Context(), r.RemoteKey, bytes.NewReader(raw), int64(len(raw)), blobs.Upload{}, time.Now().Add(time.Minute)); !done || err != nil {
			t.Fatalf("%t, %v", done, err)
		}
	}
	if len(objects()) != 2 {
		t.Fatalf("%d objects", len(objects()))
	}
	b.clock.Add(int64(6 * 366 * 24 * time.Hour))
	_, err := b.calls.SweepRetention(b.ctx)
	b.ok(err)
	b.ok(b.calls.deleteFiles(b.ctx, b.bank, c.ID))
	if left := objects(); len(left) != 0 {
		t.Errorf("%d objects are left", len(left))
	}
	if again := step(one); again != 0 || len(objects()) != 0 {
		t.Error("it is uploaded after its deletion")
	}
}

// TestCompositeAfterCancelling: whoever cancels one and asks again gets it.
func TestCompositeAfterCancelling(t *testing.T) {
	b := setup(t)
	c, _, _, _ := b.filed()
	args := compositeArgs{b.bank, c.ID}
	request := func() {
		t.Helper()
		if got, err := b.calls.RequestComposite(b.ctx, b.bank, c.ID); err != nil || got.State != "queued" {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	request()
	running, err := b.calls.compose(b.calls.system(t.Context(), b.bank), b.bank, c.ID)
	b.ok(err)
	_, err = b.calls.CancelComposite(b.ctx, b.bank, c.ID)
	b.ok(err)
	request() // at once: the one before may still be ending
	for again := true; again; {
		again, err = b.calls.compositeStep(t.Context(), args)
		b.ok(err)
	}
	<-running.done
	if got, err := b.calls.Composite(b.ctx, b.bank, c.ID); err != nil || got.State != "complete" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, plain, err := b.calls.OpenComposite(b.ctx, b.bank, c.ID); err != nil {
		t.Error(err)
	} else {
		_ = plain.Close()
	}
}

// TestAccessesOfTwoAreTwo: who got which bytes is written down for each person,
// though both touch.
func TestAccessesOfTwoAreTwo(t *testing.T) {
	b := setup(t)
	_, one, agent, c := b.talking()
	two, other := b.agent("bob")
	for _, ctx := range []context.Context{agent, other, agent} {
		b.ok(b.calls.LogAccess(ctx, b.bank, c.ID, ObjectRecording, "x", 0, 99))
	}
	all, _, err := b.calls.Accesses(b.ctx, b.bank, c.ID, postgres.Page{Limit: 10})
	b.ok(err)
	requests := map[uuid.UUID]int{}
	for _, a := range all {
		requests[*a.ActorID] += a.Requests
	}
	if len(all) != 2 || requests[one] != 2 || requests[two] != 1 {
		t.Errorf("%+v", all)
	}
}

// TestFilesAreCountedAndTheirViewersKnown: a call takes so many files, and whoever
// opens one, but for the two sides while they talk, is in the audit trail.
func TestFilesAreCountedAndTheirViewersKnown(t *testing.T) {
	b := setup(t)
	v, _, agent, c := b.talking()
	first, err := b.calls.AddFile(v.ctx, b.bank, c.ID, "x.jpg", bytes.NewReader(asJPEG(t, corners(32, 32))))
	b.ok(err)
	open := func(ctx context.Context, seen int) {
		t.Helper()
		_, plain, err := b.calls.OpenFile(ctx, b.bank, c.ID, first.ID)
		b.ok(err)
		b.ok(plain.Close())
		if n := b.told("file.viewed"); n != seen {
			t.Errorf("%d viewings are known, want %d", n, seen)
		}
	}
	_, other := b.agent("bob")
	open(agent, 0)
	open(v.ctx, 0)
	open(other, 1)
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into call_files (bank_id, id, call_id, role, actor_id, name, type, file, bytes, sha256, offset_ms, at)
			select bank_id, gen_random_uuid(), call_id, role, actor_id, name, type, file, bytes, sha256, offset_ms, at from call_files, generate_series(2, $2) where bank_id = $1`,
			tx.BankID, maxFiles)
		return err
	})
	_, err = b.calls.AddFile(v.ctx, b.bank, c.ID, "y.jpg", bytes.NewReader(asJPEG(t, corners(40, 32))))
	b.refused(err, visavis.Conflict, "too_many_files")
	_, err = b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	open(agent, 2)
}
