package calls

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// Every recording has an age identity of its own; stills and composite of a call
// share one. They are kept in the database only, sealed under the master key, each
// for its row: who has the disk alone, or a key alone, has nothing, and deleting a
// key deletes the recording wherever copies of the file may be.
const (
	recordingKeyPurpose = "recording key"
	callKeyPurpose      = "call record key"
)

// Plain is a file opened for reading its plain bytes.
type Plain = media.Plain

// StillQuality is what was measured in a still.
type StillQuality = media.StillQuality

// newKey makes an identity and what the row keeps of it.
func (s *Service) newKey(purpose string, row uuid.UUID) (*age.X25519Identity, []byte, error) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, err
	}
	return key, s.Keyring.Seal(purpose, row[:], []byte(key.String())), nil
}

// openKey returns nil for a row without a key: its file is a plain one, of a
// gateway that did not seal yet.
func (s *Service) openKey(purpose string, row uuid.UUID, sealed []byte) (*age.X25519Identity, error) {
	if sealed == nil {
		return nil, nil
	}
	text, err := s.Keyring.Open(purpose, row[:], sealed)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", row, err)
	}
	return age.ParseX25519Identity(string(text))
}

// newRecordingTx writes down a recording that is about to be made, and returns its
// key.
func (s *Service) newRecordingTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, participant string, part int) (*age.X25519Identity, error) {
	id := uuid.Must(uuid.NewV7())
	key, sealed, err := s.newKey(recordingKeyPurpose, id)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `insert into recordings (bank_id, id, call_id, participant, part, file, offset_ms, created_at, sealed_key, node)
		values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)`, tx.BankID, id, callID, participant, part,
		filepath.Join(dir(tx.BankID, callID), media.SealedName(participant, part)), s.Now(), sealed, s.Node)
	return key, err
}

// recordingKey is asked by a media room when a participant sends the first packet.
// Those who are not the two sides of the call have no row before.
func (s *Service) recordingKey(r *room, participant string) (*age.X25519Identity, error) {
	if key, ok := r.keys[participant]; ok {
		return key, nil
	}
	ctx, cancel := context.WithTimeout(s.system(context.Background(), r.bankID), 5*time.Second)
	defer cancel()
	var key *age.X25519Identity
	err := s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		key, err = s.newRecordingTx(ctx, tx, r.callID, participant, r.part)
		return err
	})
	return key, err
}

// callKeyTx returns the key of a call's stills and composite, making it for the
// first who asks. Gone "recording_deleted" when it was destroyed.
func (s *Service) callKeyTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (*age.X25519Identity, error) {
	_, sealed, err := s.newKey(callKeyPurpose, callID)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `insert into call_records (bank_id, call_id, sealed_key) values ($1, $2, $3) on conflict do nothing`,
		tx.BankID, callID, sealed); err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, `select sealed_key from call_records where bank_id = $1 and call_id = $2`, tx.BankID, callID).Scan(&sealed); err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, recordingDeleted()
	}
	return s.openKey(callKeyPurpose, callID, sealed)
}

func recordingDeleted() error {
	return visavis.Errorf(visavis.Gone, "recording_deleted", "what was recorded of this call has been deleted")
}

// OpenRecording opens one file of a call for playing: its plain bytes, decrypted
// as they are read. A recording that is still being written can be watched too, as
// far as it goes. The caller closes it. Gone "recording_deleted" after its time.
func (s *Service) OpenRecording(ctx context.Context, bankID, callID, recordingID uuid.UUID) (Recording, *media.Plain, error) {
	var r Recording
	var deleted bool
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+recordingColumns+` from recordings where bank_id = $1 and call_id = $2 and id = $3`, tx.BankID, callID, recordingID)
		var err error
		if r, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Recording]); errors.Is(err, pgx.ErrNoRows) {
			return visavis.Errorf(visavis.NotFound, "not_found", "there is no such recording")
		} else if err != nil {
			return err
		}
		deleted, err = deletedTx(ctx, tx, callID)
		return err
	})
	if err != nil {
		return r, nil, err
	}
	if deleted {
		return r, nil, recordingDeleted()
	}
	key, err := s.openKey(recordingKeyPurpose, r.ID, r.SealedKey)
	if err != nil {
		return r, nil, err
	}
	if !r.Sealed && r.State != "open" && key != nil {
		if err := s.sealLate(ctx, bankID, &r, key); err != nil {
			return r, nil, err
		}
	}
	plain, err := s.openPlain(ctx, r.File, r.RemoteKey, r.StoredAt != nil, key)
	return r, plain, err
}

// sealLate finishes a file for which the disk had no room at the end of the call:
// until then its journal lacks what the hash was taken of.
func (s *Service) sealLate(ctx context.Context, bankID uuid.UUID, r *Recording, key *age.X25519Identity) error {
	mu := &s.recovering[r.CallID[15]%byte(len(s.recovering))]
	mu.Lock()
	defer mu.Unlock()
	f, err := media.Recover(filepath.Join(s.DataDir, r.File), time.Time{}, key)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, media.ErrNotRecording) {
		return visavis.Errorf(visavis.NotFound, "not_found", "this file holds nothing")
	}
	if err != nil {
		return err
	}
	if !f.Sealed {
		return visavis.Errorf(visavis.Unavailable, "no_space", "there is no room on the disk to finish this recording: try again when there is")
	}
	r.Sealed = true
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := getTx(ctx, tx, r.CallID, "")
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update recordings set sealed = true where bank_id = $1 and id = $2`, tx.BankID, r.ID); err != nil || c.State.Live() {
			return err
		}
		return s.storeTx(ctx, tx, c) // it could not be stored before
	})
}

func deletedTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (deleted bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select from call_records where bank_id = $1 and call_id = $2 and deleted_at is not null)`,
		tx.BankID, callID).Scan(&deleted)
	return deleted, err
}

// openPlain opens a file of the data folder, or when it is no longer there its
// copy in the bucket.
func (s *Service) openPlain(ctx context.Context, name, remoteKey string, stored bool, key *age.X25519Identity) (*media.Plain, error) {
	f, err := s.openFile(name)
	if err == nil {
		plain, err := media.OpenSealed(f, key)
		if err != nil {
			_ = f.Close()
		}
		return plain, err
	}
	if !stored || s.Store == nil || visavis.KindOf(err) != visavis.NotFound {
		return nil, err
	}
	object, size, err := s.Store.Open(ctx, remoteKey)
	if err != nil {
		return nil, err
	}
	plain, err := media.OpenSealedAt(object, size, object, key)
	if err != nil {
		_ = object.Close()
	}
	return plain, err
}

func (s *Service) openFile(name string) (*os.File, error) {
	root, err := os.OpenRoot(s.DataDir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, visavis.Errorf(visavis.NotFound, "not_found", "this file holds nothing")
	}
	return f, err
}

// fileSealed writes a small file of a call, encrypted.
func (s *Service) fileSealed(name string, plain io.Reader, key *age.X25519Identity) error {
	path := filepath.Join(s.DataDir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return media.WriteSealed(path, plain, key)
}
