package calls

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// Composite is the two sides of a call side by side in one MP4, for whoever has no
// player for two files. It is made on request; nothing else needs it.
type Composite struct {
	CallID      uuid.UUID
	State       string // none, queued, running, complete, failed, cancelled
	Percent     int
	Error       string // ffmpeg_missing, ffmpeg_failed
	File        string
	Bytes       *int64 // plain
	SHA256      []byte // of the plain bytes
	RequestedBy *uuid.UUID
	CreatedAt   time.Time
	UpdatedAt   time.Time
	FinishedAt  *time.Time
}

const compositeColumns = `call_id, state, percent, error, file, bytes, sha256, requested_by, created_at, updated_at, finished_at`

const compositeName = "composite.mp4.age"

// compositeArgs is the job. A step looks after the ffmpeg that runs beside it; one
// whose node was killed starts it anew.
type compositeArgs struct {
	BankID uuid.UUID `json:"bank_id"`
	CallID uuid.UUID `json:"call_id"`
}

// Kind implements river.JobArgs.
func (compositeArgs) Kind() string { return "composite" }

// composing is an ffmpeg that runs on this node.
type composing struct {
	cancel  context.CancelFunc
	done    chan struct{}
	stopped atomic.Bool // nobody wants what it makes
	mu      sync.Mutex
	percent int
	err     error
	bytes   int64
	sum     []byte
}

// stop ends the making for good.
func (c *composing) stop() {
	c.stopped.Store(true)
	c.cancel()
}

// RequestComposite has the composite of a call that is over made, unless it is
// there or under way. Conflict "recording_pending" while the recordings are not
// finished or there are none, Unavailable "ffmpeg_missing" when ffmpeg is not
// installed on this node, Gone "recording_deleted".
func (s *Service) RequestComposite(ctx context.Context, bankID, callID uuid.UUID) (Composite, error) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return Composite{}, visavis.Errorf(visavis.Unavailable, "ffmpeg_missing", "ffmpeg is not installed on the server: install the package ffmpeg; playing the recording does not need it")
	}
	var out Composite
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := getTx(ctx, tx, callID, "for update")
		if err != nil {
			return err
		}
		if _, err := s.callKeyTx(ctx, tx, callID); err != nil {
			return err
		}
		all, err := recordingsTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		if ready := compositeParts(all); c.State.Live() || len(ready) == 0 {
			return visavis.Errorf(visavis.Conflict, "recording_pending", "the recordings of this call are not finished")
		}
		if out, err = compositeTx(ctx, tx, callID); err != nil {
			return err
		}
		if out.State == "queued" || out.State == "running" || out.State == "complete" {
			return nil
		}
		var by *uuid.UUID
		if a := visavis.ActorFrom(ctx); a.ID != uuid.Nil {
			by = &a.ID
		}
		if _, err := tx.Exec(ctx, `insert into call_composites (bank_id, call_id, state, requested_by, created_at, updated_at) values ($1, $2, 'queued', $3, $4, $4)
			on conflict (bank_id, call_id) do update set state = 'queued', percent = 0, error = '', requested_by = $3, updated_at = $4, finished_at = null`,
			tx.BankID, callID, by, s.Now()); err != nil {
			return err
		}
		if out, err = compositeTx(ctx, tx, callID); err != nil {
			return err
		}
		return s.insertTx(ctx, tx, c.Node, compositeArgs{tx.BankID, callID})
	})
	return out, err
}

// Composite returns the state of a call's composite.
func (s *Service) Composite(ctx context.Context, bankID, callID uuid.UUID) (out Composite, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		out, err = compositeTx(ctx, tx, callID)
		return err
	})
	return out, err
}

func compositeTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (Composite, error) {
	rows, _ := tx.Query(ctx, `select `+compositeColumns+` from call_composites where bank_id = $1 and call_id = $2`, tx.BankID, callID)
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Composite])
	if errors.Is(err, pgx.ErrNoRows) {
		return Composite{CallID: callID, State: "none"}, nil
	}
	return c, err
}

// CancelComposite stops the making of a composite. One that is complete stays.
func (s *Service) CancelComposite(ctx context.Context, bankID, callID uuid.UUID) (out Composite, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, "for update"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update call_composites set state = 'cancelled', updated_at = $3, finished_at = $3
			where bank_id = $1 and call_id = $2 and state in ('queued', 'running')`, tx.BankID, callID, s.Now()); err != nil {
			return err
		}
		out, err = compositeTx(ctx, tx, callID)
		tx.AfterCommit(func() {
			if c := s.composing(callID); c != nil {
				c.stop()
			}
		})
		return err
	})
	return out, err
}

// OpenComposite opens the finished MP4. The caller closes it. NotFound when it is
// not there, Gone "recording_deleted".
func (s *Service) OpenComposite(ctx context.Context, bankID, callID uuid.UUID) (Composite, *media.Plain, error) {
	var key *age.X25519Identity
	var c Composite
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if _, err = getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		if c, err = compositeTx(ctx, tx, callID); err != nil {
			return err
		}
		if c.State != "complete" {
			return visavis.Errorf(visavis.NotFound, "not_found", "this call has no finished composite")
		}
		key, err = s.callKeyTx(ctx, tx, callID)
		return err
	})
	if err != nil {
		return c, nil, err
	}
	plain, err := s.openKept(ctx, bankID, callID, c.File, key)
	return c, plain, err
}

func (s *Service) composing(callID uuid.UUID) *composing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.composites[callID]
}

// compositeStep looks after the making for a while, and says whether it has to come
// again.
func (s *Service) compositeStep(ctx context.Context, args compositeArgs) (again bool, err error) {
	ctx = s.system(ctx, args.BankID)
	row, err := s.Composite(ctx, args.BankID, args.CallID)
	if err != nil || row.State != "queued" && row.State != "running" {
		return false, err
	}
	c := s.composing(args.CallID)
	if c == nil {
		if c, err = s.compose(ctx, args.BankID, args.CallID); err != nil {
			return false, s.composed(ctx, args, "failed", "ffmpeg_failed", nil, err)
		}
	}
	select {
	case <-c.done:
		s.mu.Lock()
		if s.composites[args.CallID] == c {
			delete(s.composites, args.CallID)
		}
		closing := s.closing
		s.mu.Unlock()
		if c.stopped.Load() {
			return true, nil // cancelled; it may have been asked for again since
		}
		if c.err != nil && closing {
			return true, nil // the next start makes it anew
		}
		if c.err != nil {
			return false, s.composed(ctx, args, "failed", "ffmpeg_failed", nil, c.err)
		}
		return false, s.composed(ctx, args, "complete", "", c, nil)
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		return true, nil
	}
	c.mu.Lock()
	percent := c.percent
	c.mu.Unlock()
	return true, s.DB.InBank(ctx, args.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_composites set state = 'running', percent = $3, updated_at = $4
			where bank_id = $1 and call_id = $2 and state in ('queued', 'running')`, tx.BankID, args.CallID, percent, s.Now())
		return err
	})
}

func (s *Service) composed(ctx context.Context, args compositeArgs, state, code string, c *composing, cause error) error {
	if cause != nil {
		s.Log.Error("a composite was not made", "call", args.CallID, "error", cause)
	}
	var deleted bool
	defer func() {
		if deleted {
			_ = os.Remove(filepath.Join(s.DataDir, dir(args.BankID, args.CallID), compositeName))
		}
	}()
	return s.DB.InBank(ctx, args.BankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if c == nil {
			c = &composing{}
		}
		if deleted, err = deletedTx(ctx, tx, args.CallID); err != nil {
			return err
		}
		percent := 0
		if state == "complete" {
			percent = 100
		}
		_, err = tx.Exec(ctx, `update call_composites set state = $3, error = $4, percent = $5, bytes = $6, sha256 = $7, file = $8, updated_at = $9, finished_at = $9
			where bank_id = $1 and call_id = $2 and state in ('queued', 'running')`, tx.BankID, args.CallID, state, code, percent, c.bytes, c.sum,
			filepath.Join(dir(args.BankID, args.CallID), compositeName), s.Now())
		if err != nil || state != "complete" || deleted {
			return err
		}
		call, err := getTx(ctx, tx, args.CallID, "")
		if err != nil {
			return err
		}
		return s.storeFilesTx(ctx, tx, call, filepath.Join(dir(args.BankID, args.CallID), compositeName))
	})
}

// compositeParts are the finished files of the two sides that hold something.
func compositeParts(all []Recording) (parts []Recording) {
	for _, r := range all {
		if (r.Participant == RoleAgent || r.Participant == RoleCustomer) && r.DurationMS != nil && *r.DurationMS > 0 && r.State != "open" {
			parts = append(parts, r)
		}
	}
	return parts
}

// compose starts ffmpeg. What it reads comes decrypted through pipes and what it
// writes goes encrypted to the disk: nothing plain lies anywhere.
func (s *Service) compose(ctx context.Context, bankID, callID uuid.UUID) (*composing, error) {
	all, err := s.Recordings(ctx, bankID, callID)
	if err != nil {
		return nil, err
	}
	parts := compositeParts(all)
	if len(parts) == 0 {
		return nil, errors.New("nothing was recorded")
	}
	var key *age.X25519Identity
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		key, err = s.callKeyTx(ctx, tx, callID)
		return err
	}); err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(s.system(context.WithoutCancel(ctx), bankID))
	c := &composing{cancel: cancel, done: make(chan struct{})}
	s.mu.Lock()
	if s.closing || s.composites[callID] != nil {
		s.mu.Unlock()
		cancel()
		return nil, errors.New("this node is shutting down, or makes it already")
	}
	s.composites[callID] = c
	s.wg.Go(func() {
		defer close(c.done)
		defer cancel()
		c.err = s.ffmpeg(running, bankID, callID, parts, key, c)
		if c.stopped.Load() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.composites[callID] == c {
				delete(s.composites, callID)
			}
		}
	})
	s.mu.Unlock()
	return c, nil
}

func (s *Service) ffmpeg(ctx context.Context, bankID, callID uuid.UUID, parts []Recording, key *age.X25519Identity, c *composing) error {
	var total int64
	for _, r := range parts {
		total = max(total, r.OffsetMS+*r.DurationMS)
	}
	args := []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-progress", "pipe:3"}
	for i := range parts {
		args = append(args, "-f", "matroska", "-i", "pipe:"+strconv.Itoa(4+i))
	}
	args = append(args, "-filter_complex", compositeFilter(parts, total), "-map", "[v]", "-map", "[a]",
		"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k",
		"-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1")
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // it reads what strangers have sent: no secrets of ours
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var ours, theirs []*os.File
	defer func() {
		for _, f := range append(ours, theirs...) {
			_ = f.Close()
		}
	}()
	progress, w, err := os.Pipe()
	if err != nil {
		return err
	}
	ours, theirs = append(ours, progress), append(theirs, w)
	var feeds sync.WaitGroup
	feeding := []func(){}
	for _, part := range parts {
		_, plain, err := s.OpenRecording(ctx, bankID, callID, part.ID)
		if err != nil {
			return err
		}
		r, w, err := os.Pipe()
		if err != nil {
			_ = plain.Close()
			return err
		}
		theirs = append(theirs, r)
		feeding = append(feeding, func() {
			defer func() { _, _ = w.Close(), plain.Close() }()
			_, _ = io.Copy(w, io.NewSectionReader(plain, 0, plain.Size)) // ends when ffmpeg has gone
		})
	}
	cmd.ExtraFiles = theirs
	if err := cmd.Start(); err != nil {
		for _, f := range theirs {
			_ = f.Close()
		}
		for _, feed := range feeding { // nobody reads: they end at once and close what they read
			feed()
		}
		theirs = nil
		return err
	}
	for _, f := range theirs { // ffmpeg has its own
		_ = f.Close()
	}
	theirs = nil
	for _, feed := range feeding {
		feeds.Go(feed)
	}
	feeds.Go(func() {
		for lines := bufio.NewScanner(progress); lines.Scan(); {
			if us, ok := strings.CutPrefix(lines.Text(), "out_time_us="); ok {
				if at, err := strconv.ParseInt(us, 10, 64); err == nil && total > 0 {
					c.mu.Lock()
					c.percent = int(min(99, max(0, at/10/total)))
					c.mu.Unlock()
				}
			}
		}
	})
	hash := sha256.New()
	counted := &counter{w: hash}
	path := filepath.Join(dir(bankID, callID), compositeName)
	failed := s.fileSealed(path, io.TeeReader(out, counted), key)
	if failed != nil {
		_ = cmd.Process.Kill()
	}
	err = cmd.Wait()
	feeds.Wait()
	if err != nil || failed != nil {
		_ = os.Remove(filepath.Join(s.DataDir, path))
		return errors.Join(failed, err, errors.New(strings.TrimSpace(complaint.String())))
	}
	c.bytes, c.sum = counted.n, hash.Sum(nil)
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.w.Write(p)
}

// compositeFilter puts the agent to the left and the customer to the right, each
// part at its time, and mixes their voices.
func compositeFilter(parts []Recording, totalMS int64) string {
	const width, height = 640, 480
	var f strings.Builder
	fmt.Fprintf(&f, "color=c=black:s=%dx%d:r=25:d=%.3f[base]", 2*width, height, float64(totalMS)/1000)
	last, mixed := "base", ""
	voices := 0
	for i, r := range parts {
		at := float64(r.OffsetMS) / 1000
		if r.HasVideo != nil && *r.HasVideo {
			x := 0
			if r.Participant == RoleCustomer {
				x = width
			}
			fmt.Fprintf(&f, ";[%d:v]scale=%d:%d:force_original_aspect_ratio=decrease,pad=%d:%d:(ow-iw)/2:(oh-ih)/2,setsar=1,setpts=PTS+%.3f/TB[v%d]", i, width, height, width, height, at, i)
			fmt.Fprintf(&f, ";[%s][v%d]overlay=x=%d:eof_action=pass:repeatlast=0[o%d]", last, i, x, i)
			last = fmt.Sprintf("o%d", i)
		}
		fmt.Fprintf(&f, ";[%d:a]aresample=48000,adelay=%d:all=1[a%d]", i, r.OffsetMS, i)
		mixed += fmt.Sprintf("[a%d]", i)
		voices++
	}
	fmt.Fprintf(&f, ";[%s]null[v];%samix=inputs=%d:duration=longest:normalize=0[a]", last, mixed, voices)
	return f.String()
}
