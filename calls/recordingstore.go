package calls

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/visavis/visavis/calls/blobs"
	"github.com/visavis/visavis/postgres"
)

// stepTime is how long one step of a job works before it lets others: a job that
// a dead node held is taken up again after 90 s.
const stepTime = 15 * time.Second

// retentionEvery is how often what is past its time is looked for.
const retentionEvery = time.Hour

// JobQueue is the job queue of this node: its files are only here.
func (s *Service) JobQueue() string {
	return queueOf(s.Node)
}

func queueOf(node string) string {
	sum := sha256.Sum256([]byte(node))
	return fmt.Sprintf("node-%x", sum[:8])
}

// storeArgs is the job that brings a finished recording into the bucket, in steps.
type storeArgs struct {
	BankID      uuid.UUID `json:"bank_id"`
	RecordingID uuid.UUID `json:"recording_id"`
}

// Kind implements river.JobArgs.
func (storeArgs) Kind() string { return "store_recording" }

// deleteArgs is the job that deletes the files of a call whose keys are destroyed.
type deleteArgs struct {
	BankID uuid.UUID `json:"bank_id"`
	CallID uuid.UUID `json:"call_id"`
}

// Kind implements river.JobArgs.
func (deleteArgs) Kind() string { return "delete_recording_files" }

// retentionArgs is the periodic job that finds what is past its time.
type retentionArgs struct{}

// Kind implements river.JobArgs.
func (retentionArgs) Kind() string { return "recording_retention" }

// InsertOpts keeps one from piling up behind another that is slow.
func (retentionArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByPeriod: retentionEvery}}
}

// AddWorkers adds the jobs of recordings and of chats; the client must work JobQueue
// and ChatQueue as well.
func (s *Service) AddWorkers(workers *river.Workers) {
	river.AddWorker(workers, &botWorker{s: s})
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[storeArgs]) error {
		again, err := s.storeStep(ctx, job.Args.BankID, job.Args.RecordingID, time.Now().Add(stepTime))
		if err == nil && again > 0 {
			return river.JobSnooze(again)
		}
		return err
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[storeFilesArgs]) error {
		again, err := s.storeFiles(ctx, job.Args.BankID, job.Args.CallID, time.Now().Add(stepTime))
		if err == nil && again > 0 {
			return river.JobSnooze(again)
		}
		return err
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[deleteArgs]) error {
		return s.deleteFiles(s.system(ctx, job.Args.BankID), job.Args.BankID, job.Args.CallID)
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[retentionArgs]) error {
		for _, sweep := range []func(context.Context) (bool, error){s.SweepRetention, s.sweepThreads} {
			for {
				if more, err := sweep(ctx); err != nil {
					return err
				} else if !more {
					break
				}
			}
		}
		return nil
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[compositeArgs]) error {
		again, err := s.compositeStep(ctx, job.Args)
		if err == nil && again {
			return river.JobSnooze(time.Second)
		}
		return err
	}))
}

// PeriodicJobs are those that River starts by itself.
func PeriodicJobs() []*river.PeriodicJob {
	return []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(retentionEvery),
		func() (river.JobArgs, *river.InsertOpts) { return retentionArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})}
}

// insertTx adds a job for the node with the call's files.
func (s *Service) insertTx(ctx context.Context, tx *postgres.Tx, node string, args river.JobArgs) error {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: s.Log}) // inserts only
	if err != nil {
		return err
	}
	// The fast way, as the other one needs the right to update jobs.
	_, err = client.InsertManyFastTx(ctx, tx.Tx, []river.InsertManyParams{{Args: args,
		InsertOpts: &river.InsertOpts{Queue: queueOf(node), MaxAttempts: 25}}})
	return err
}

// storeTx has the finished recordings of a call brought into the bucket.
func (s *Service) storeTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	if s.Store == nil {
		return nil
	}
	all, err := recordingsTx(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		if !r.Sealed || r.StoredAt != nil {
			continue
		}
		if err := s.insertTx(ctx, tx, c.Node, storeArgs{tx.BankID, r.ID}); err != nil {
			return err
		}
	}
	return s.storeFilesTx(ctx, tx, c, "")
}

func (s *Service) deleteFilesTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	return s.insertTx(ctx, tx, c.Node, deleteArgs{tx.BankID, c.ID})
}

// storeStep uploads for a while. again is when to go on, 0: never. When the
// recording is whole in the bucket the local copy goes, LocalFor later.
func (s *Service) storeStep(ctx context.Context, bankID, recordingID uuid.UUID, until time.Time) (again time.Duration, err error) {
	if s.Store == nil {
		return 0, nil
	}
	ctx = s.system(ctx, bankID)
	var r Recording
	var u blobs.Upload
	var localUntil *time.Time
	var deleted bool
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+recordingColumns+` from recordings where bank_id = $1 and id = $2`, tx.BankID, recordingID)
		if r, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Recording]); err != nil {
			return err
		}
		if deleted, err = deletedTx(ctx, tx, r.CallID); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select upload_id, upload_parts, local_until from recordings where bank_id = $1 and id = $2`,
			tx.BankID, recordingID).Scan(&u.ID, &u.Parts, &localUntil)
	}); err != nil || deleted || !r.Sealed {
		return 0, err
	}
	path := filepath.Join(s.DataDir, r.File)
	if r.StoredAt != nil {
		return s.dropLocal(ctx, bankID, r, localUntil)
	}
	file, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("store recording %s: %w", r.ID, err)
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		return 0, err
	}
	key := filepath.ToSlash(r.File)
	if u.ID == "" { // written down before there is anything to delete
		until = time.Time{}
	}
	u, done, err := s.Store.Put(ctx, key, file, stat.Size(), u, until)
	saved := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var stored, keep *time.Time
		if done {
			stored, keep = new(s.Now()), new(s.Now().Add(s.LocalFor))
		}
		if u.Parts == nil {
			u.Parts = []blobs.Part{}
		}
		_, err := tx.Exec(ctx, `update recordings set remote_key = $3, upload_id = $4, upload_parts = $5, stored_at = $6, local_until = $7
			where bank_id = $1 and id = $2`, tx.BankID, r.ID, key, u.ID, u.Parts, stored, keep)
		if err == nil {
			deleted, err = deletedTx(ctx, tx, r.CallID)
		}
		return err
	})
	if deleted { // meanwhile, maybe before the last part was there
		return 0, errors.Join(saved, s.Store.Delete(ctx, key, u.ID))
	}
	if err = errors.Join(err, saved); err != nil {
		return 0, err
	}
	return time.Second, nil
}

// dropLocal deletes the local copy of a recording that is in the bucket, in its
// time.
func (s *Service) dropLocal(ctx context.Context, bankID uuid.UUID, r Recording, until *time.Time) (again time.Duration, err error) {
	if until == nil {
		return 0, nil
	}
	if left := until.Sub(s.Now()); left > 0 {
		return left, nil
	}
	if err := os.Remove(filepath.Join(s.DataDir, r.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	return 0, s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update recordings set local_until = null where bank_id = $1 and id = $2`, tx.BankID, r.ID)
		return err
	})
}
