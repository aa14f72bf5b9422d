package calls

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
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
