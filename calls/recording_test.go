package calls

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// talk makes an active call.
func (b *bundle) talk() (c Call, agent context.Context, v visitor) {
	b.Helper()
	id, ctx := b.ready("alice")
	v = b.visitor()
	c = b.ring(v, id, ctx)
	c, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	return c, ctx, v
}

func (b *bundle) recordings(c Call) []Recording {
	b.Helper()
	all, err := b.calls.Recordings(b.ctx, b.bank, c.ID)
	b.ok(err)
	return all
}

// finished passes time until the recordings of a call that is over are finished,
// by its room or by the due time.
func (b *bundle) finished(c Call) []Recording {
	b.Helper()
	woken, cancel := b.db.Subscribe(topic(c.ID))
	defer cancel()
	for deadline := time.After(4 * time.Minute); ; {
		b.pass(recoverAfter)
		open := 0
		all := b.recordings(c)
		for _, r := range all {
			if r.State == "open" {
				open++
			}
		}
		if open == 0 {
			return all
		}
		select {
		case <-woken:
		case <-deadline:
			b.Fatalf("never finished: %+v", all)
		}
	}
}

func (b *bundle) part(c Call, part int, why string) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into recordings (bank_id, id, call_id, participant, part, file, offset_ms, error, created_at)
			select $1, gen_random_uuid(), $2, role, $3, 'recordings/none', 0, $4, $5 from unnest(array['agent', 'customer']) role`,
			tx.BankID, c.ID, part, why, b.calls.Now())
		return err
	})
}

// A restart that could not recover the first part (the disk was full, say)
// leaves it to the end of the call, which must not forget it.
func TestEarlierPartIsFinishedWithTheCall(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	b.part(c, 1, "")
	r, err := b.calls.openRoom(b.ctx, b.bank, c)
	b.ok(err)
	if r.part != 2 {
		t.Fatalf("part %d", r.part)
	}
	_, err = b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	if all := b.finished(c); len(all) != 4 {
		t.Fatalf("got %+v", all)
	}
}

// A file that could not be made is a loss, not a side that sent nothing.
func TestLossIsNotTakenForSilence(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	b.part(c, 1, notStored)
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	all := b.finished(c)
	for _, r := range all {
		if r.Error != notStored || r.State != "failed" {
			t.Errorf("got %+v", r)
		}
	}
	for _, role := range []string{RoleAgent, RoleCustomer} {
		all = append(all, Recording{Participant: role, Part: 2, State: "complete"})
	}
	if Complete(all) {
		t.Error("complete, though a part was lost")
	}
}

// The database was away when both sides left: the room knows better.
func TestRoomTellsWhoIsThereWhenTheEventWasLost(t *testing.T) {
	b := setup(t)
	c, _, _ := b.talk()
	r, err := b.calls.openRoom(b.ctx, b.bank, c)
	b.ok(err)
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		for _, role := range []string{RoleAgent, RoleCustomer} {
			if err := b.calls.participantTx(ctx, tx, c.ID, role, true); err != nil {
				return err
			}
		}
		return nil
	})
	b.pass(10 * time.Minute)
	b.callState(c, Active)
	b.ok(b.calls.reconcile(r))
	b.pass(61 * time.Second)
	b.callState(c, Ended)
	b.finished(c)
}

// The end of the call and a late join: the join is refused, and leaves no
// recording behind that nobody finishes.
func TestNoRoomAfterTheEnd(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	_, err = b.calls.openRoom(b.ctx, b.bank, c) // c says active, as a page that was too late has read it
	b.refused(err, visavis.Gone, "call_ended")
	if all := b.recordings(c); len(all) != 0 {
		t.Fatalf("got %+v", all)
	}
	if _, ok := b.calls.liveRoom(c.ID); ok {
		t.Fatal("a room is open")
	}
}

// A verdict on a node that does not hold the files must not call them empty.
func TestFilesOfAnotherNodeAreLeftToIt(t *testing.T) {
	b := setup(t)
	c, agent, v := b.talk()
	b.part(c, 1, "")
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update calls set node = 'https://other.example' where bank_id = $1 and id = $2`, tx.BankID, c.ID)
		return err
	})
	_, err := b.calls.Decide(agent, b.bank, v.idn.ID, false, "not the person")
	b.refused(err, visavis.Unavailable, "recording_pending")
	b.pass(2 * recoverAfter)
	for _, r := range b.recordings(c) {
		if r.State != "open" {
			t.Errorf("%s by the wrong node: %+v", r.State, r)
		}
	}
}

// While a room opens slowly the other calls of the node go on.
func TestOpeningARoomHoldsNobodyElse(t *testing.T) {
	b := setup(t)
	c, _, _ := b.talk()
	locked, done := make(chan struct{}), make(chan struct{})
	release := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := getTx(ctx, tx, c.ID, "for update")
			close(locked)
			<-release
			return err
		})
	}()
	<-locked
	opened := make(chan error, 1)
	go func() {
		_, err := b.calls.openRoom(b.ctx, b.bank, c)
		opened <- err
	}()
	for ; ; runtime.Gosched() { // until the opening is under way
		b.calls.mu.Lock()
		n := len(b.calls.rooms)
		b.calls.mu.Unlock()
		if n == 1 {
			break
		}
	}
	b.calls.tell(c.ID, RoleAgent, message{Type: "pong"}) // takes the same lock; would hang here
	close(release)
	<-done
	b.ok(<-opened)
}

// A restart finishes the files; nobody comes back, and the call ends without a
// room. The bank hears of the recording once, after the end.
func TestRecordingIsToldOnceAlsoWhenNobodyCameBack(t *testing.T) {
	b := setup(t)
	c, _, _ := b.talk()
	b.part(c, 1, "")
	told := func() (n int) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from events where bank_id = $1 and type = 'recording.completed'`, tx.BankID).Scan(&n)
		})
		return n
	}
	b.ok(b.calls.Recover(b.ctx)) // no file: nobody sent anything
	if n := told(); n != 0 {
		t.Fatalf("told %d times while the call goes on", n)
	}
	b.pass(61 * time.Second)
	b.callState(c, Ended)
	b.pass(time.Hour)
	if n := told(); n != 1 {
		t.Fatalf("told %d times", n)
	}
}

// A node that was killed after the end of a call, before it had finished the
// files, finishes them when it starts, not half a minute later.
func TestRestartFinishesTheFilesOfACallThatHasEnded(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	b.part(c, 1, "")
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	open := func() (n int) {
		for _, r := range b.recordings(c) {
			if r.State == "open" {
				n++
			}
		}
		return n
	}
	node := b.calls.Node
	b.calls.Node = "https://another.example"
	b.ok(b.calls.Recover(b.ctx))
	if n := open(); n != 2 {
		t.Fatalf("%d files open after another node's start, want 2", n)
	}
	b.calls.Node = node
	b.ok(b.calls.Recover(b.ctx))
	if n := open(); n != 0 {
		t.Fatalf("%d files still open after the start", n)
	}
	b.pass(time.Hour)
	told := 0
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from events where bank_id = $1 and type = 'recording.completed'`, tx.BankID).Scan(&told)
	})
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

// The call has moved here from a node that died with its part of the recording: that
// is a loss, not a part in which nothing was sent. While that node lives it is waited
// for.
func TestPartOfADeadNodeIsLost(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	b.part(c, 1, "")
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update recordings set node = 'https://other.example' where bank_id = $1 and call_id = $2`, tx.BankID, c.ID)
		return err
	})
	b.ok(b.db.AsWorker(b.ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into nodes (url, seen_at) values ('https://other.example', $1)`, b.calls.Now())
		return err
	}))
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	b.refused(b.calls.finishCall(b.ctx, b.bank, c.ID), visavis.Unavailable, "recording_pending")
	for _, r := range b.recordings(c) {
		if r.State != "open" {
			t.Errorf("%s while its node lives: %+v", r.State, r)
		}
	}
	b.clock.Add(int64(nodeDead))
	b.ok(b.calls.finishCall(b.ctx, b.bank, c.ID))
	all := b.recordings(c)
	for _, r := range all {
		if r.State != "failed" || r.Error != notStored {
			t.Errorf("got %s, %q", r.State, r.Error)
		}
	}
	for _, role := range []string{RoleAgent, RoleCustomer} {
		all = append(all, Recording{Participant: role, Part: 2, State: "complete"})
	}
	if Complete(all) {
		t.Error("complete, though a node's part is lost")
	}
}
