package ivr

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// What a caller says to a record step is made by the carrier, fetched from there
// at once, kept sealed, and deleted there.

const (
	topicRecordings = "phone_recordings"
	sealRecording   = "phone recording"
	recordingTries  = 20
)

var recordingSID = regexp.MustCompile(`^RE[0-9a-f]{32}$`)

// recorded takes up what the carrier recorded.
func (r *run) recorded(ctx context.Context, st *Step) error {
	if err := r.s.keepSpokenTx(ctx, r.tx, r.c, st.Save, r.params); err != nil {
		return err
	}
	if r.params.Get("Digits") == "hangup" {
		r.over = true
		r.leave("", nil, false)
		return nil
	}
	return r.goOn(ctx, st.Next, "", false)
}

// keepSpokenTx writes down that there is a recording to be fetched, once.
func (s *Service) keepSpokenTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, name string, params url.Values) error {
	sid := params.Get("RecordingSid")
	if !recordingSID.MatchString(sid) { // nothing was said
		return nil
	}
	seconds, _ := strconv.Atoi(params.Get("RecordingDuration"))
	id := uuid.Must(uuid.NewV7())
	tag, err := tx.Exec(ctx, `insert into phone_recordings (bank_id, id, phone_call_id, name, provider_id, state, seconds, due_at, created_at)
		values ($1, $2, $3, $4, $5, 'fetching', $6, $7, $7) on conflict do nothing`,
		tx.BankID, id, c.ID, name, sid, max(0, min(seconds, 600)), s.Now())
	if err != nil {
		return fmt.Errorf("keep recording: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	tx.Wake(topicRecordings)
	return s.eventTx(ctx, tx, *c, "phone_call.message_recorded", map[string]any{"recording_id": id})
}

// lateRecordingTx keeps what was said before the caller hung up, of which the
// carrier tells after the call's end.
func (s *Service) lateRecordingTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, turn int, params url.Values) error {
	if turn != c.Turn || c.Pinned == nil || !params.Has("RecordingSid") {
		return nil
	}
	f, _, _, err := s.inForceTx(ctx, tx, c.Flow, *c.Pinned)
	if err != nil {
		return err
	}
	if st := f.Step(c.Step); st != nil && st.Kind == KindRecord {
		return s.keepSpokenTx(ctx, tx, c, st.Save, params)
	}
	return nil
}

// fetching is a recording that is to be fetched.
type fetching struct {
	bankID, id uuid.UUID
	sid        string
	attempts   int
	kept       bool // only the carrier's is left to delete
}

func (s *Service) recordingLoop() *postgres.Loop[fetching] {
	return &postgres.Loop[fetching]{
		Name: "phone recordings", Topic: topicRecordings, Poll: max(s.Poll, time.Second), Batch: 16, Workers: 4, Now: s.Now, Logger: s.Log, Observe: s.Observe,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) ([]fetching, time.Time, error) {
			rows, _ := tx.Query(ctx, `
				update phone_recordings p set due_at = $2, attempts = p.attempts + 1
				from (select bank_id, id from phone_recordings where due_at <= $1 order by due_at limit $3 for update skip locked) d
				where p.bank_id = d.bank_id and p.id = d.id returning p.bank_id, p.id, p.provider_id, p.attempts, p.state = 'kept'`, s.Now(), s.Now().Add(time.Minute), limit)
			items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f fetching, err error) {
				return f, row.Scan(&f.bankID, &f.id, &f.sid, &f.attempts, &f.kept)
			})
			return items, time.Time{}, err
		},
		Work: s.fetch,
	}
}

// fetch brings a recording home and then deletes it at the carrier. Each part may
// be done again: a node that is killed on the way leaves a row that is due.
func (s *Service) fetch(ctx context.Context, f fetching) {
	ctx, cancel := context.WithTimeout(visavis.WithActor(ctx, visavis.System(f.bankID)), 30*time.Second)
	defer cancel()
	if !f.kept {
		sound, err := s.Carrier.Recording(ctx, f.sid)
		switch {
		case err != nil && f.attempts < recordingTries:
			s.Log.Warn("a recording was not fetched yet", "bank", f.bankID, "recording", f.id, "attempt", f.attempts, "error", err)
			return // again in a minute
		case err != nil:
			err = s.keepRecording(ctx, f, "failed", nil, nil)
		default:
			sum := sha256.Sum256(sound)
			err = s.keepRecording(ctx, f, "kept", s.Keyring.Seal(sealRecording, f.id[:], sound), sum[:])
			f.kept = err == nil
		}
		if err != nil {
			s.Log.Error("a recording could not be kept", "bank", f.bankID, "recording", f.id, "error", err)
		}
		if !f.kept {
			return
		}
	}
	err := s.Carrier.DeleteRecording(ctx, f.sid)
	if err != nil && f.attempts < 2*recordingTries {
		s.Log.Warn("a recording was not deleted at the carrier yet", "bank", f.bankID, "recording", f.id, "attempt", f.attempts, "error", err)
		return
	}
	if err != nil {
		s.Log.Error("a recording stays at the carrier", "bank", f.bankID, "recording", f.id, "error", err)
	}
	err = s.DB.InBank(ctx, f.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update phone_recordings set due_at = null where bank_id = $1 and id = $2 and state = 'kept'`, f.bankID, f.id)
		return err
	})
	if err != nil {
		s.Log.Error("a recording is deleted at the carrier once more", "bank", f.bankID, "recording", f.id, "error", err)
	}
}

// keepRecording writes down what became of a recording. One that is kept stays
// due: it is still at the carrier.
func (s *Service) keepRecording(ctx context.Context, f fetching, state string, sealed, sum []byte) error {
	return s.DB.InBank(ctx, f.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update phone_recordings set state = $3, sound = $4, sha256 = $5, due_at = case when $3 = 'kept' then due_at end
			where bank_id = $1 and id = $2 and state = 'fetching'`,
			f.bankID, f.id, state, sealed, sum)
		return err
	})
}

// Sound returns a message that a caller left, as a WAV file. NotFound when there
// is none in that call, or it is not here yet. Who heard it is told.
func (s *Service) Sound(ctx context.Context, bankID, callID, id uuid.UUID) ([]byte, error) {
	var sealed []byte
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		err := tx.QueryRow(ctx, `select sound from phone_recordings where bank_id = $1 and id = $2 and phone_call_id = $3 and state = 'kept'`, bankID, id, callID).Scan(&sealed)
		if err != nil {
			return err
		}
		_, err = events.AppendTx(ctx, tx, s.Now(), events.New{Type: "phone_call.message_played", Object: "phone_call", ID: callID, Data: map[string]any{"recording_id": id}})
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, visavis.Errorf(visavis.NotFound, "recording_not_found", "there is no such recording")
	}
	if err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	return s.Keyring.Open(sealRecording, id[:], sealed)
}
