package calls

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Recording is one file: what one participant sent, from joining to the end of
// the call or to a restart of the server, which begins a new part.
type Recording struct {
	ID          uuid.UUID
	CallID      uuid.UUID
	Participant string // agent, customer, or somebody else who was in the call
	Part        int    // 1, 2, …
	File        string // relative to the data folder
	State       string // open, complete, failed
	OffsetMS    int64  // of the file's zero on the call's clock, milliseconds
	DurationMS  *int64
	Bytes       *int64
	SHA256      []byte // of the finished file
	HasAudio    *bool
	HasVideo    *bool
	Error       string
	CreatedAt   time.Time
	FinishedAt  *time.Time
	SealedKey   []byte // under the master key; nil: the file is plain, or was shredded
	Sealed      bool   // finished and encrypted; false for a finished one: the disk had no room for that
	Gaps        []Gap
	RemoteKey   string     // object in the bucket
	StoredAt    *time.Time // it is there whole
	Node        string     // whose disk the file is on until it is stored; "": of before, the call's
	VoiceOnly   bool       // of an agent whom the scenario does not show: a picture cannot be missing
}

const recordingColumns = `id, call_id, participant, part, file, state, offset_ms, duration_ms, bytes, sha256,
	has_audio, has_video, error, created_at, finished_at, sealed_key, sealed, gaps, remote_key, stored_at, node,
	participant = 'agent' and exists (select from calls c join identifications i on i.bank_id = c.bank_id and i.id = c.identification_id
	  where c.bank_id = recordings.bank_id and c.id = recordings.call_id and i.scenario @> '{"settings": {"call": {"agent_video": false}}}')`

// Why a recording is not complete: its participant never sent anything, which
// loses nothing, or what was sent could not be kept.
const (
	notSent   = "nothing_received"
	notStored = "storage"
)

// Recordings returns the files of a call in the order of participant and part.
func (s *Service) Recordings(ctx context.Context, bankID, callID uuid.UUID) (all []Recording, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		all, err = recordingsTx(ctx, tx, callID)
		return err
	})
	return s.withLiveGaps(all), err
}

func recordingsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) ([]Recording, error) {
	rows, _ := tx.Query(ctx, `select `+recordingColumns+` from recordings where bank_id = $1 and call_id = $2 order by participant, part`, tx.BankID, callID)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Recording])
}

// completeTx writes down a finished file.
func (s *Service) completeTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, f media.Recording) error {
	state, why := "complete", ""
	if f.Err != nil {
		state, why = "failed", notStored
		s.Log.Error("a recording is not complete", "call", callID, "participant", f.Participant, "part", f.Part, "error", f.Err)
	}
	_, err := tx.Exec(ctx, `
		update recordings set state = $5, offset_ms = $6, duration_ms = $7, bytes = $8, sha256 = $9, has_audio = $10,
		  has_video = $11, error = case when $12 = '' then error else $12 end, finished_at = $13, sealed = $14, gaps = $15
		where bank_id = $1 and call_id = $2 and participant = $3 and part = $4 and state = 'open'`,
		tx.BankID, callID, f.Participant, f.Part, state, f.Offset.Milliseconds(), f.Duration.Milliseconds(), f.Bytes,
		f.SHA256[:], f.HasAudio, f.HasVideo, why, s.Now(), f.Sealed, gapsOf(f.Gaps))
	return err
}

// failOpenTx closes the rows of a part for which there is no file, and says why,
// unless that is known already.
func (s *Service) failOpenTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, part int, why string) error {
	_, err := tx.Exec(ctx, `update recordings set state = 'failed', error = case when error = '' then $4 else error end, finished_at = $5, bytes = 0, duration_ms = 0
		where bank_id = $1 and call_id = $2 and part = $3 and state = 'open'`, tx.BankID, callID, part, why, s.Now())
	return err
}

// recordedTx says that the recordings of a call that is over are finished, once
// they all are.
func (s *Service) recordedTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) error {
	c, err := getTx(ctx, tx, callID, "")
	if err != nil {
		return err
	}
	all, err := recordingsTx(ctx, tx, callID)
	if err != nil {
		return err
	}
	tx.Wake(topic(callID))
	open := slices.ContainsFunc(all, func(r Recording) bool { return r.State == "open" })
	if c.State.Live() || open { // a part before a restart, or with another still to be recovered
		return nil
	}
	if err := s.Scheduling.CancelDueTx(ctx, tx, callID, scheduling.DueRecoverRecording); err != nil {
		return err
	}
	if len(all) == 0 {
		return s.keepWrittenTx(ctx, tx, c)
	}
	if err := s.keepTx(ctx, tx, c); err != nil {
		return err
	}
	what, data := "recording.completed", map[string]any{"complete": Complete(all), "parts": len(all), "coverage": math.Round(Coverage(all)*1e4) / 1e4}
	return s.event(ctx, tx, c, what, data)
}

// Complete reports whether both sides were recorded and nothing was lost: each
// has a file with sound or picture, and no file has failed. (A side that never
// joined a later part, after a restart, does not count against it.)
func Complete(all []Recording) bool {
	has := map[string]bool{}
	for _, r := range all {
		switch {
		case r.State == "complete" && r.Error == "":
			has[r.Participant] = true
		case r.State == "failed" && r.Error == notSent:
		default:
			return false
		}
	}
	return has[RoleAgent] && has[RoleCustomer]
}

// elsewhere reports whether the files of a call are another node's to finish.
// The folder counts as well as the name: a node may have got a new public URL.
func (s *Service) elsewhere(bankID uuid.UUID, c Call) bool {
	if c.Node == s.Node {
		return false
	}
	_, err := os.Stat(filepath.Join(s.DataDir, dir(bankID, c.ID)))
	return err != nil
}

// recoverFiles finishes the files that a killed node left open: it cuts a torn
// tail off, makes them seekable and takes their hash.
func (s *Service) recoverFiles(ctx context.Context, bankID, callID uuid.UUID) error {
	var open []Recording
	var c Call
	// One at a time: two must not write one file. (Few calls share a lock, and
	// only while they are recovered.)
	mu := &s.recovering[callID[15]%byte(len(s.recovering))]
	mu.Lock()
	defer mu.Unlock()
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if c, err = getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		all, err := recordingsTx(ctx, tx, callID)
		for _, r := range all {
			if r.State == "open" {
				open = append(open, r)
			}
		}
		return err
	}); err != nil || len(open) == 0 {
		return err
	}
	if s.elsewhere(bankID, c) {
		return visavis.Errorf(visavis.Unavailable, "recording_pending", "the recording of this call is being finished on %s: try again in a moment", c.Node)
	}
	var done []media.Recording
	why := map[int]string{} // by part
	pending := ""
	for _, r := range open {
		if why[r.Part] = notSent; r.Node != "" && r.Node != s.Node {
			// The call has moved here from another node, which has this part. When that
			// is dead the part is lost, for all that is known: it was not empty.
			if _, err := os.Stat(filepath.Join(s.DataDir, r.File)); err != nil {
				why[r.Part] = notStored
				alive, err := s.nodeAlive(ctx, bankID, r.Node, c.UpdatedAt)
				if err != nil {
					return err
				}
				if alive {
					why[r.Part], pending = "", r.Node
				}
				continue
			}
		}
		key, err := s.openKey(recordingKeyPurpose, r.ID, r.SealedKey)
		if err != nil {
			return err
		}
		f, err := media.Recover(filepath.Join(s.DataDir, r.File), *c.AnsweredAt, key)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, media.ErrNotRecording) {
			continue // never sent anything
		}
		if err != nil {
			return fmt.Errorf("recover %s: %w", r.File, err)
		}
		f.Participant, f.Part = r.Participant, r.Part
		done = append(done, f)
	}
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		for _, f := range done {
			if err := s.completeTx(ctx, tx, callID, f); err != nil {
				return err
			}
		}
		for part, why := range why {
			if why == "" {
				continue
			}
			if err := s.failOpenTx(ctx, tx, callID, part, why); err != nil {
				return err
			}
		}
		return s.recordedTx(ctx, tx, callID)
	})
	if err == nil && pending != "" {
		err = visavis.Errorf(visavis.Unavailable, "recording_pending", "a part of this call's recording is being finished on %s: try again in a moment", pending)
	}
	return err
}
