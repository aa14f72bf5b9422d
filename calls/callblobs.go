package calls

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/blobs"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// What a call keeps beside its recordings (stills, files that were handed over, the
// composite) goes into the bucket too: sealed, by a job of the node that has it, and
// the copy in the data folder goes when that of a recording does.

// storeFilesArgs is the job that brings what is sealed in a call's folder into the
// bucket, but for its recordings.
type storeFilesArgs struct {
	BankID uuid.UUID `json:"bank_id"`
	CallID uuid.UUID `json:"call_id"`
}

// Kind implements river.JobArgs.
func (storeFilesArgs) Kind() string { return "store_call_files" }

// blob is a row of call_blobs.
type blob struct {
	File       string
	UploadID   string
	Parts      []blobs.Part
	StoredAt   *time.Time
	LocalUntil *time.Time
}

func blobsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) ([]blob, error) {
	rows, _ := tx.Query(ctx, `select file, upload_id, upload_parts, stored_at, local_until from call_blobs where bank_id = $1 and call_id = $2`, tx.BankID, callID)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[blob])
}

// storeFiles uploads for a while. again is when to go on, 0: never.
func (s *Service) storeFiles(ctx context.Context, bankID, callID uuid.UUID, until time.Time) (again time.Duration, err error) {
	if s.Store == nil {
		return 0, nil
	}
	ctx = s.system(ctx, bankID)
	known, recorded := map[string]blob{}, map[string]bool{}
	var deleted bool
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if deleted, err = deletedTx(ctx, tx, callID); err != nil {
			return err
		}
		all, err := recordingsTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		for _, r := range all {
			recorded[r.File] = true
		}
		stored, err := blobsTx(ctx, tx, callID)
		for _, b := range stored {
			known[b.File] = b
		}
		return err
	}); err != nil || deleted {
		return 0, err
	}
	root := filepath.Join(s.DataDir, dir(bankID, callID))
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		name, err := filepath.Rel(s.DataDir, path)
		if err != nil || recorded[name] || !strings.HasSuffix(name, ".age") { // what is not sealed stays
			return err
		}
		b := known[name]
		b.File = name
		if b.StoredAt != nil {
			left, err := s.dropLocalFile(ctx, bankID, callID, b)
			if left > 0 && (again == 0 || left < again) {
				again = left
			}
			return err
		}
		if !s.before(until) {
			again = time.Second
			return fs.SkipAll
		}
		if err := s.storeFile(ctx, bankID, callID, b, until); err != nil {
			return err
		}
		again = time.Second
		return nil
	})
	return again, err
}

func (s *Service) before(until time.Time) bool { return time.Now().Before(until) }

// storeFile uploads one file, or a piece of it.
func (s *Service) storeFile(ctx context.Context, bankID, callID uuid.UUID, b blob, until time.Time) error {
	file, err := os.Open(filepath.Join(s.DataDir, b.File))
	if err != nil {
		return fmt.Errorf("store a file of call %s: %w", callID, err)
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	if b.UploadID == "" { // written down before there is anything to delete
		until = time.Time{}
	}
	key := filepath.ToSlash(b.File)
	u, done, err := s.Store.Put(ctx, key, file, stat.Size(), blobs.Upload{ID: b.UploadID, Parts: b.Parts}, until)
	var deleted bool
	saved := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		var stored, keep *time.Time
		if done {
			stored, keep = new(s.Now()), new(s.Now().Add(s.LocalFor))
		}
		if u.Parts == nil {
			u.Parts = []blobs.Part{}
		}
		if _, err = tx.Exec(ctx, `insert into call_blobs (bank_id, call_id, file, upload_id, upload_parts, stored_at, local_until) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (bank_id, call_id, file) do update set upload_id = excluded.upload_id, upload_parts = excluded.upload_parts,
			  stored_at = excluded.stored_at, local_until = excluded.local_until`,
			tx.BankID, callID, b.File, u.ID, u.Parts, stored, keep); err == nil {
			deleted, err = deletedTx(ctx, tx, callID)
		}
		return err
	})
	if deleted { // meanwhile, maybe before the last part was there
		return errors.Join(saved, s.Store.Delete(ctx, key, u.ID))
	}
	return errors.Join(err, saved)
}

// dropLocalFile deletes the local copy of what is in the bucket, in its time.
func (s *Service) dropLocalFile(ctx context.Context, bankID, callID uuid.UUID, b blob) (left time.Duration, err error) {
	if b.LocalUntil == nil {
		return 0, nil
	}
	if left := b.LocalUntil.Sub(s.Now()); left > 0 {
		return left, nil
	}
	if err := os.Remove(filepath.Join(s.DataDir, b.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	return 0, s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_blobs set local_until = null where bank_id = $1 and call_id = $2 and file = $3`, tx.BankID, callID, b.File)
		return err
	})
}

// storeFilesTx has what a call keeps brought into the bucket; anew says that a file
// has been made again.
func (s *Service) storeFilesTx(ctx context.Context, tx *postgres.Tx, c Call, anew string) error {
	if s.Store == nil {
		return nil
	}
	if anew != "" {
		if _, err := tx.Exec(ctx, `update call_blobs set upload_id = '', upload_parts = '[]', stored_at = null, local_until = null
			where bank_id = $1 and call_id = $2 and file = $3`, tx.BankID, c.ID, anew); err != nil {
			return err
		}
	}
	return s.insertTx(ctx, tx, c.Node, storeFilesArgs{tx.BankID, c.ID})
}

// openKept opens one of those files, from the data folder or from the bucket.
func (s *Service) openKept(ctx context.Context, bankID, callID uuid.UUID, name string, key *age.X25519Identity) (*media.Plain, error) {
	plain, err := s.openPlain(ctx, name, "", false, key)
	if s.Store == nil || key == nil || visavis.KindOf(err) != visavis.NotFound {
		return plain, err
	}
	var stored bool
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select exists (select from call_blobs where bank_id = $1 and call_id = $2 and file = $3 and stored_at is not null)`,
			tx.BankID, callID, name).Scan(&stored)
	}); err != nil {
		return nil, err
	}
	return s.openPlain(ctx, name, filepath.ToSlash(name), stored, key)
}
