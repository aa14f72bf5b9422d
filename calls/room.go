package calls

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// room is a call's media on this node: the media room, and a goroutine that
// closes it when the call's row says that the call is over.
type room struct {
	media  *media.Room
	bankID uuid.UUID
	callID uuid.UUID
	part   int
	// unrecorded: the scenario says that its calls are not recorded.
	unrecorded bool
	keys       map[string]*age.X25519Identity // by participant, of those who had a row at the opening

	quality qualities
	seating sync.Mutex           // who sits where: held while an agent or guest joins, or is sent away
	agentNo int                  // Call.AgentNo of the agent who is in the room
	guests  map[string]uuid.UUID // by role, the agents who are in the room

	opened  chan struct{} // closed when media is set, or openErr
	openErr error
	finish  sync.Once
	err     error // of finishing
	done    chan struct{}
}

// openTimeout bounds the opening of a room: a transaction and a folder.
const openTimeout = 10 * time.Second

// finishTimeout bounds the finishing of a call's recordings: closing the files
// and hashing them.
const finishTimeout = 2 * time.Minute

// dir is the folder of a call's files, relative to the data folder.
func dir(bankID, callID uuid.UUID) string {
	return filepath.Join("recordings", bankID.String(), callID.String())
}

// openRoom returns the media room of an active call of this node, opening it
// for the first who joins. After a restart of the node it begins a new part.
func (s *Service) openRoom(ctx context.Context, bankID uuid.UUID, c Call) (*room, error) {
	if c.State != Active {
		return nil, callOver(c)
	}
	if c.Node != s.Node {
		var err error
		if c, err = s.takeCall(ctx, bankID, c); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return nil, visavis.Errorf(visavis.Unavailable, "shutting_down", "this node is shutting down: try again in a moment")
	}
	if r, ok := s.rooms[c.ID]; ok {
		s.mu.Unlock()
		<-r.opened
		return r, r.openErr
	}
	r := &room{bankID: bankID, callID: c.ID, guests: map[string]uuid.UUID{}, opened: make(chan struct{}), done: make(chan struct{})}
	s.rooms[c.ID] = r
	s.mu.Unlock()

	// Whoever joins next waits for this, so it does not end with the first page.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTimeout)
	defer cancel()
	if r.openErr = s.beginPart(ctx, r); r.openErr != nil {
		s.forget(r)
	} else {
		s.wg.Go(func() { s.watch(r) })
	}
	close(r.opened)
	return r, r.openErr
}

func callOver(c Call) error {
	return visavis.Errorf(visavis.Gone, "call_"+string(c.State), "the call is not going on")
}

// beginPart writes down the recordings that a room is about to make, and opens
// it.
func (s *Service) beginPart(ctx context.Context, r *room) error {
	var c Call
	err := s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		// The lock orders this with the end of the call: who ends it afterwards
		// finds the room.
		if c, err = getTx(ctx, tx, r.callID, "for share"); err != nil {
			return err
		}
		if c.State != Active {
			return callOver(c)
		}
		if err := tx.QueryRow(ctx, `select coalesce(max(part), 0) + 1 from recordings where bank_id = $1 and call_id = $2`,
			tx.BankID, r.callID).Scan(&r.part); err != nil {
			return err
		}
		r.keys = map[string]*age.X25519Identity{}
		rules, err := s.recordingRulesTx(ctx, tx, c)
		if err != nil {
			return err
		}
		if r.unrecorded = !*rules.Enabled; r.unrecorded {
			return nil
		}
		for _, role := range []string{RoleAgent, RoleCustomer} {
			if r.keys[role], err = s.newRecordingTx(ctx, tx, r.callID, role, r.part); err != nil {
				return err
			}
		}
		return nil
	})
	if visavis.KindOf(err) != visavis.Internal && err != nil {
		return err
	}
	if err != nil {
		return fmt.Errorf("begin the recordings of call %s: %w", r.callID, err)
	}
	r.media, err = s.Media.Open(r.callID, media.RoomConfig{
		Dir: filepath.Join(s.DataDir, dir(r.bankID, r.callID)), Started: *c.AnsweredAt, Part: r.part, NoRecording: r.unrecorded,
		Key:    func(participant string) (*age.X25519Identity, error) { return s.recordingKey(r, participant) },
		Events: func(e media.Event) { s.mediaEvent(r.bankID, e) },
	})
	if err != nil {
		return fmt.Errorf("open the room of call %s: %w", r.callID, err)
	}
	return nil
}

// liveRoom returns the room of a call if it is open on this node.
func (s *Service) liveRoom(callID uuid.UUID) (*room, bool) {
	s.mu.Lock()
	r, ok := s.rooms[callID]
	s.mu.Unlock()
	if !ok {
		return nil, false
	}
	<-r.opened
	return r, r.openErr == nil
}

// isOpen says whether r.media may be used. It does not wait.
func (r *room) isOpen() bool {
	select {
	case <-r.opened:
		return r.openErr == nil
	default:
		return false
	}
}

func (s *Service) forget(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, r.callID)
}

// watch closes the room once the call is over, whoever ended it on whatever
// node.
func (s *Service) watch(r *room) {
	woken, cancel := s.DB.Subscribe(topic(r.callID))
	defer cancel()
	poll := time.NewTicker(5 * time.Second) // a wake-up may be lost
	defer poll.Stop()
	for {
		c, err := s.Get(s.system(context.Background(), r.bankID), r.bankID, r.callID)
		if err == nil && !c.State.Live() {
			if err := s.finishRoom(r); err != nil {
				s.Log.Error("recordings of a call were not finished", "call", r.callID, "error", err)
			}
			return
		}
		if err == nil && c.Node != s.Node {
			s.moved(r)
			return
		}
		if err := s.seatAll(r); err != nil {
			s.Log.Warn("who may be in a call was not checked", "call", r.callID, "error", err)
		}
		select {
		case <-woken:
		case <-poll.C:
			if err := s.reconcile(r); err != nil {
				s.Log.Warn("who is in a call was not checked", "call", r.callID, "error", err)
			}
		case <-r.done:
			return
		}
	}
}

// reconcile writes down who is in the room when that is not what the database
// says: an event was not written, because the database was away. Else a call
// that both sides have left would never be found abandoned.
func (s *Service) reconcile(r *room) error {
	ctx, cancel := context.WithTimeout(s.system(context.Background(), r.bankID), openTimeout)
	defer cancel()
	here := map[string]bool{}
	for _, p := range r.media.Stats() {
		here[p.Participant] = p.Connected
	}
	sides, err := s.Participants(ctx, r.bankID, r.callID)
	if err != nil {
		return err
	}
	for _, p := range sides {
		if p.Connected == here[p.Role] {
			continue
		}
		if err := s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) error {
			return s.participantTx(ctx, tx, r.callID, p.Role, here[p.Role])
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) system(ctx context.Context, bankID uuid.UUID) context.Context {
	return visavis.WithActor(ctx, visavis.System(bankID))
}

// mediaEvent is called by a media room, in order, on the room's own goroutine.
func (s *Service) mediaEvent(bankID uuid.UUID, e media.Event) {
	ctx, cancel := context.WithTimeout(s.system(context.Background(), bankID), 10*time.Second)
	defer cancel()
	var err error
	switch e.Kind {
	case media.Connected, media.Disconnected, media.Left:
		err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
			if slices.Contains(guestRoles, e.Participant) {
				if e.Kind != media.Connected {
					return nil
				}
				return s.guestArrivedTx(ctx, tx, e.Room, e.Participant)
			}
			return s.participantTx(ctx, tx, e.Room, e.Participant, e.Kind == media.Connected)
		})
	case media.RecordingFailed:
		s.Log.Error("a recording failed", "call", e.Room, "participant", e.Participant, "error", e.Err)
		err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
			if err := lockRouteTx(ctx, tx); err != nil { // before the call's row, as everybody who may end it
				return err
			}
			if _, err := tx.Exec(ctx, `update recordings set error = 'storage' where bank_id = $1 and call_id = $2 and participant = $3 and state = 'open'`,
				tx.BankID, e.Room, e.Participant); err != nil {
				return err
			}
			c, err := getTx(ctx, tx, e.Room, "for update")
			if err != nil {
				return err
			}
			if err := s.event(ctx, tx, c, "recording.failed", map[string]any{"participant": e.Participant}); err != nil || c.State != Active {
				return err
			}
			rules, err := s.recordingRulesTx(ctx, tx, c)
			if err != nil || rules.OnFailure != identifications.RecordingStop {
				return err
			}
			return s.endTx(ctx, tx, &c, RecordingFailed)
		})
		s.tell(e.Room, RoleAgent, message{Type: "recording", Participant: e.Participant, State: "failed"})
	case media.Sampled:
		err = s.sampled(ctx, bankID, e)
	case media.FloorMissed, media.FloorMet:
		q := qualityOf(e.Sample)
		s.tell(e.Room, RoleAgent, message{Type: "floor", Participant: e.Participant, State: strings.TrimPrefix(string(e.Kind), "floor_"), Quality: &q})
	case media.Failed:
		s.Log.Error("a room failed", "call", e.Room, "error", e.Err)
		// Both sides are gone from the room; they join again, into a new part.
		if r, ok := s.liveRoom(e.Room); ok {
			s.wg.Go(func() {
				if err := s.finishRoom(r); err != nil {
					s.Log.Error("recordings of a failed room were not finished", "call", r.callID, "error", err)
				}
				ctx, cancel := context.WithTimeout(s.system(context.Background(), bankID), openTimeout)
				defer cancel()
				if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
					return s.resumeTx(ctx, tx, r.callID)
				}); err != nil {
					s.Log.Error("the grace time of a failed room did not begin", "call", r.callID, "error", err)
				}
			})
		}
	}
	if err != nil {
		s.Log.Error("what happened in a call was not written down", "call", e.Room, "event", e.Kind, "error", err)
	}
}

// finishRoom closes the room, finishes its files and writes their hashes down.
// It is idempotent: all callers wait for the one that does it.
func (s *Service) finishRoom(r *room) error {
	r.finish.Do(func() {
		defer close(r.done)
		ctx, cancel := context.WithTimeout(s.system(context.Background(), r.bankID), finishTimeout)
		defer cancel()
		files, err := r.media.Close(ctx)
		// Forgotten only when everything is written down: until then others who
		// need the recordings wait here.
		defer s.forget(r)
		why := notSent
		if err != nil { // a file that could not be made is not one that nothing was sent for
			why = notStored
			s.Log.Error("a room did not close cleanly", "call", r.callID, "error", err)
		}
		r.err = s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) error {
			for _, f := range files {
				if err := s.completeTx(ctx, tx, r.callID, f); err != nil {
					return err
				}
			}
			if err := s.failOpenTx(ctx, tx, r.callID, r.part, why); err != nil {
				return err
			}
			for _, row := range r.quality.rest() {
				if err := keepQualityTx(ctx, tx, r.callID, row); err != nil {
					return err
				}
			}
			if err := summarizeTx(ctx, tx, r.callID); err != nil {
				return err
			}
			return s.recordedTx(ctx, tx, r.callID)
		})
	})
	<-r.done
	return r.err
}

// finishCall makes sure that everything recorded of a call that is over is
// finished: by its room when that is open here, else from the files (the node
// was killed in between).
func (s *Service) finishCall(ctx context.Context, bankID, callID uuid.UUID) error {
	if r, ok := s.liveRoom(callID); ok {
		if err := s.finishRoom(r); err != nil {
			return err
		}
	}
	return s.recoverFiles(ctx, bankID, callID) // also what an earlier part has left
}

// Recover is called once at the start of a node, before it takes traffic. For
// calls that the node was killed in it finishes the files that were left open
// and starts the grace time in which both sides can join again. Files of calls
// that had ended it finishes as well, and does not wait for their due time.
func (s *Service) Recover(ctx context.Context) error {
	type held struct {
		BankID uuid.UUID
		ID     uuid.UUID
		Live   bool
	}
	var calls []held
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		// An ended call has its due time until its recordings are told of.
		rows, _ := tx.Query(ctx, `
			select bank_id, id, true from calls where node = $1 and state in ('ringing', 'active')
			union all
			select c.bank_id, c.id, false from due_times d join calls c on c.bank_id = d.bank_id and c.id = d.object_id
			where d.kind = $2 and c.node = $1 and c.state = 'ended'`, s.Node, scheduling.DueRecoverRecording)
		var err error
		calls, err = pgx.CollectRows(rows, pgx.RowToStructByPos[held])
		return err
	})
	if err != nil {
		return fmt.Errorf("find the calls of this node: %w", err)
	}
	for _, h := range calls {
		ctx := s.system(ctx, h.BankID)
		if err := s.recoverFiles(ctx, h.BankID, h.ID); err != nil {
			s.Log.Error("recordings of a call were not recovered", "call", h.ID, "error", err)
		}
		if !h.Live {
			continue
		}
		err := s.DB.InBank(ctx, h.BankID, func(ctx context.Context, tx *postgres.Tx) error {
			return s.resumeTx(ctx, tx, h.ID)
		})
		if err != nil {
			return fmt.Errorf("take call %s up again: %w", h.ID, err)
		}
	}
	return nil
}

// recoverDue finishes the recordings of a call that ended while its node was
// going down. On the wrong node it waits for the right one.
func (s *Service) recoverDue(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	c, err := getTx(ctx, tx, d.ObjectID, "")
	if err != nil {
		return err
	}
	var files, open int
	if err := tx.QueryRow(ctx, `select count(*), count(*) filter (where state = 'open') from recordings where bank_id = $1 and call_id = $2`,
		tx.BankID, c.ID).Scan(&files, &open); err != nil {
		return err
	}
	if files == 0 { // nobody joined, or it was not recorded
		if c.State.Live() {
			return nil
		}
		return s.keepWrittenTx(ctx, tx, c)
	}
	if open == 0 { // all were finished before the call ended, and nobody came back after a restart
		return s.recordedTx(ctx, tx, c.ID)
	}
	if s.elsewhere(tx.BankID, c) || c.State.Live() {
		return scheduling.Later(s.Now().Add(recoverAfter))
	}
	bankID := tx.BankID
	tx.AfterCommit(func() { // hashing takes longer than a transaction should
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closing {
			return
		}
		s.wg.Go(func() {
			ctx, cancel := context.WithTimeout(s.system(context.Background(), bankID), finishTimeout)
			defer cancel()
			if err := s.finishCall(ctx, bankID, c.ID); err != nil {
				s.Log.Error("recordings of a call were not finished", "call", c.ID, "error", err)
			}
		})
	})
	return scheduling.Later(s.Now().Add(recoverAfter)) // until nothing is open
}

// Close ends the sockets and rooms of this node. Calls that are going on stay
// active in the database: both sides join again on the next start.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for _, c := range s.composites { // another start makes them anew
		c.cancel()
	}
	rooms := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	var socks []*socket
	for _, byRole := range s.sockets {
		for _, k := range byRole {
			socks = append(socks, k)
		}
	}
	s.mu.Unlock()
	for _, k := range socks {
		k.close(closeGoingAway, "restarting")
	}
	errs := make([]error, len(rooms))
	var finishing sync.WaitGroup
	for i, r := range rooms {
		finishing.Go(func() {
			if <-r.opened; r.openErr == nil {
				errs[i] = s.finishRoom(r)
			}
		})
	}
	finishing.Wait()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		errs = append(errs, ctx.Err())
	}
	return errors.Join(errs...)
}
