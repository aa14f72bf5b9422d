package calls

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Record is what is kept of a call, until when, and what became of it.
type Record struct {
	CallID         uuid.UUID
	KeepUntil      *time.Time // by the scenario's retention; nil: the call goes on, or had no recording
	HeldAt         *time.Time // legal hold
	HeldBy         *uuid.UUID
	HoldReason     string
	DeletedAt      *time.Time // the keys were destroyed: nothing can be read any more, no copy either
	FilesDeletedAt *time.Time
	Receipt        string // JSON; with ReceiptMAC the proof of deletion
	ReceiptMAC     []byte
}

const recordColumns = `call_id, keep_until, held_at, held_by, hold_reason, deleted_at, files_deleted_at, receipt, receipt_mac`

const receiptPurpose = "recording deletion receipt"

// keepTx sets how long the recordings of a call that has ended are kept.
func (s *Service) keepTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	if err != nil {
		return err
	}
	if _, err := s.callKeyTx(ctx, tx, c.ID); err != nil {
		if visavis.CodeOf(err) == "recording_deleted" {
			return nil
		}
		return err
	}
	end := s.Now()
	if c.EndedAt != nil {
		end = *c.EndedAt
	}
	_, err = tx.Exec(ctx, `update call_records set keep_until = $3 where bank_id = $1 and call_id = $2`,
		tx.BankID, c.ID, end.AddDate(idn.Scenario.Settings.WithDefaults().RetentionYears, 0, 0))
	if err != nil {
		return err
	}
	return s.storeTx(ctx, tx, c)
}

// keepWrittenTx is keepTx for a call of which nothing was recorded: only when
// something was written or handed over in it.
func (s *Service) keepWrittenTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	var kept bool
	if err := tx.QueryRow(ctx, `select exists (select from call_messages where bank_id = $1 and call_id = $2)
		or exists (select from call_records where bank_id = $1 and call_id = $2)`, tx.BankID, c.ID).Scan(&kept); err != nil || !kept {
		return err
	}
	return s.keepTx(ctx, tx, c)
}

// Record returns what is kept of a call.
func (s *Service) Record(ctx context.Context, bankID, callID uuid.UUID) (r Record, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		r, err = recordTx(ctx, tx, callID, "")
		return err
	})
	return r, err
}

func recordTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, lock string) (Record, error) {
	rows, _ := tx.Query(ctx, `select `+recordColumns+` from call_records where bank_id = $1 and call_id = $2 `+lock, tx.BankID, callID)
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Record])
	if errors.Is(err, pgx.ErrNoRows) {
		return Record{CallID: callID}, nil
	}
	return r, err
}

// Hold puts the recording of a call under legal hold: it is not deleted, whatever
// its time, until Release. Holding again replaces the reason. Forbidden for
// others than supervisors, administrators and the bank; Invalid without a reason
// (at most 500 characters); Gone "recording_deleted".
func (s *Service) Hold(ctx context.Context, bankID, callID uuid.UUID, reason string) (Record, error) {
	if n := len([]rune(reason)); n == 0 || n > 500 {
		return Record{}, visavis.InvalidField("reason", "must have 1 to 500 characters")
	}
	return s.changeRecord(ctx, bankID, callID, "recording.held", func(ctx context.Context, tx *postgres.Tx, r Record) error {
		var by *uuid.UUID
		if a := visavis.ActorFrom(ctx); a.Kind == visavis.ActorAgent {
			by = &a.ID
		}
		_, err := tx.Exec(ctx, `update call_records set held_at = coalesce(held_at, $3), held_by = $4, hold_reason = $5 where bank_id = $1 and call_id = $2`,
			tx.BankID, callID, s.Now(), by, reason)
		return err
	})
}

// Release ends a legal hold; the retention counts again. Conflict "not_held".
func (s *Service) Release(ctx context.Context, bankID, callID uuid.UUID) (Record, error) {
	return s.changeRecord(ctx, bankID, callID, "recording.released", func(ctx context.Context, tx *postgres.Tx, r Record) error {
		if r.HeldAt == nil {
			return visavis.Errorf(visavis.Conflict, "not_held", "this recording is not held")
		}
		_, err := tx.Exec(ctx, `update call_records set held_at = null, held_by = null, hold_reason = '' where bank_id = $1 and call_id = $2`, tx.BankID, callID)
		return err
	})
}

func (s *Service) changeRecord(ctx context.Context, bankID, callID uuid.UUID, what string, change func(context.Context, *postgres.Tx, Record) error) (r Record, err error) {
	if a := visavis.ActorFrom(ctx); a.Kind == visavis.ActorCustomer || a.Kind == visavis.ActorAgent && a.Role != visavis.RoleSupervisor && a.Role != visavis.RoleAdministrator {
		return r, visavis.Errorf(visavis.Forbidden, "supervisors_only", "a legal hold is for a supervisor or an administrator")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := getTx(ctx, tx, callID, "for update")
		if err != nil {
			return err
		}
		if _, err := s.callKeyTx(ctx, tx, callID); err != nil { // makes the row of a call of before
			return err
		}
		if r, err = recordTx(ctx, tx, callID, "for update"); err != nil {
			return err
		}
		if err := change(ctx, tx, r); err != nil {
			return err
		}
		if r, err = recordTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		return s.event(ctx, tx, c, what, nil)
	})
	return r, err
}

// DueRecords lists calls whose recordings are to be deleted before a moment (and
// are not yet), held ones too: the first to go first, at most 100.
func (s *Service) DueRecords(ctx context.Context, bankID uuid.UUID, before time.Time) (all []Record, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+recordColumns+` from call_records
			where bank_id = $1 and deleted_at is null and keep_until < $2 order by keep_until, call_id limit 100`, tx.BankID, before)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Record])
		return err
	})
	return all, err
}

// SweepRetention deletes what is past its time and not held: the keys at once, in
// one transaction with the receipt, the files by a job of the node that has them.
// It does a bounded number, and reports whether there may be more.
func (s *Service) SweepRetention(ctx context.Context) (more bool, err error) {
	const batch = 200
	type due struct{ BankID, CallID uuid.UUID }
	var all []due
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select bank_id, call_id from call_records
			where deleted_at is null and held_at is null and keep_until < $1 order by keep_until limit $2`, s.Now(), batch)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[due])
		return err
	})
	var errs []error
	for _, d := range all {
		if ctx.Err() != nil {
			return true, ctx.Err()
		}
		if err := s.shred(s.system(ctx, d.BankID), d.BankID, d.CallID); err != nil {
			errs = append(errs, err)
		}
	}
	return len(all) == batch, errors.Join(append(errs, err)...)
}

// shred destroys the keys of a call's recordings, stills, files and composite, and
// what was written in it, and keeps a receipt of it.
func (s *Service) shred(ctx context.Context, bankID, callID uuid.UUID) error {
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := getTx(ctx, tx, callID, "for update")
		if err != nil {
			return err
		}
		r, err := recordTx(ctx, tx, callID, "for update")
		if err != nil || r.DeletedAt != nil || r.HeldAt != nil || r.KeepUntil == nil || r.KeepUntil.After(s.Now()) {
			return err // somebody held it meanwhile, or was quicker
		}
		all, err := recordingsTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		files := make([]map[string]any, 0, len(all))
		for _, f := range all {
			files = append(files, map[string]any{"recording_id": f.ID, "participant": f.Participant, "part": f.Part,
				"sha256": hex.EncodeToString(f.SHA256), "bytes": f.Bytes})
		}
		now := s.Now()
		receipt, err := json.Marshal(map[string]any{"bank_id": tx.BankID, "call_id": callID, "identification_id": c.IdentificationID,
			"kept_until": r.KeepUntil, "deleted_at": now, "method": "keys destroyed; files deleted", "recordings": files})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update recordings set sealed_key = null where bank_id = $1 and call_id = $2`, tx.BankID, callID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update call_records set sealed_key = null, deleted_at = $3, receipt = $4, receipt_mac = $5 where bank_id = $1 and call_id = $2`,
			tx.BankID, callID, now, string(receipt), s.Keyring.MAC(receiptPurpose, receipt)); err != nil {
			return err
		}
		// What was written and said is personal data too; that something was stays.
		if _, err := tx.Exec(ctx, `update call_messages set body = '' where bank_id = $1 and call_id = $2`, tx.BankID, callID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update call_files set name = '' where bank_id = $1 and call_id = $2`, tx.BankID, callID); err != nil {
			return err
		}
		if err := s.deleteFilesTx(ctx, tx, c); err != nil {
			return err
		}
		return s.event(ctx, tx, c, "recording.deleted", map[string]any{"parts": len(all), "receipt_mac": hex.EncodeToString(s.Keyring.MAC(receiptPurpose, receipt))})
	})
	if err != nil {
		return fmt.Errorf("delete the recordings of call %s: %w", callID, err)
	}
	return nil
}

// GoodReceipt reports whether a deletion receipt is one of ours, unaltered.
func (s *Service) GoodReceipt(r Record) bool {
	return r.Receipt != "" && s.Keyring.VerifyMAC(receiptPurpose, r.ReceiptMAC, []byte(r.Receipt))
}

// deleteFiles deletes the files of a call whose keys are destroyed, here and in the
// bucket. It may be done again.
func (s *Service) deleteFiles(ctx context.Context, bankID, callID uuid.UUID) error {
	var all []Recording
	var uploads []string
	var kept []blob
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		deleted, err := deletedTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		if !deleted {
			return fmt.Errorf("call %s: the keys are still there", callID)
		}
		if all, err = recordingsTx(ctx, tx, callID); err != nil {
			return err
		}
		for _, r := range all {
			var upload string
			if err := tx.QueryRow(ctx, `select upload_id from recordings where bank_id = $1 and id = $2`, tx.BankID, r.ID).Scan(&upload); err != nil {
				return err
			}
			uploads = append(uploads, upload)
		}
		kept, err = blobsTx(ctx, tx, callID)
		return err
	})
	if err != nil {
		return err
	}
	for i, r := range all {
		if r.RemoteKey == "" {
			continue
		}
		if s.Store == nil {
			return fmt.Errorf("call %s: its recordings are in a bucket, and none is set", callID)
		}
		if r.StoredAt != nil {
			uploads[i] = ""
		}
		if err := s.Store.Delete(ctx, r.RemoteKey, uploads[i]); err != nil {
			return err
		}
	}
	for _, b := range kept {
		if s.Store == nil {
			return fmt.Errorf("call %s: its files are in a bucket, and none is set", callID)
		}
		if b.StoredAt != nil {
			b.UploadID = ""
		}
		if err := s.Store.Delete(ctx, filepath.ToSlash(b.File), b.UploadID); err != nil {
			return err
		}
	}
	if c := s.composing(callID); c != nil { // it would make the folder again
		c.stop()
		select {
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := os.RemoveAll(filepath.Join(s.DataDir, dir(bankID, callID))); err != nil {
		return err
	}
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_records set files_deleted_at = coalesce(files_deleted_at, $3) where bank_id = $1 and call_id = $2`,
			tx.BankID, callID, s.Now())
		return err
	})
}
