package calls

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// filed makes a call that has ended with two finished, sealed recordings made by
// ffmpeg, and a still.
func (b *bundle) filed() (Call, context.Context, visitor, map[string][]byte) {
	b.Helper()
	c, agent, v := b.talk()
	plain := map[string][]byte{}
	keys := map[string]*age.X25519Identity{}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) (err error) {
		for _, role := range []string{RoleAgent, RoleCustomer} {
			if keys[role], err = b.calls.newRecordingTx(ctx, tx, c.ID, role, 1); err != nil {
				return err
			}
		}
		key, err := b.calls.callKeyTx(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if err := b.calls.fileSealed(filepath.Join(dir(b.bank, c.ID), "step-1.jpg.age"), strings.NewReader("a face"), key); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update call_steps set still = 'step-1.jpg.age' where bank_id = $1 and call_id = $2 and position = 1`, tx.BankID, c.ID)
		return err
	})
	for i, role := range []string{RoleAgent, RoleCustomer} {
		path := filepath.Join(b.TempDir(), "x.webm")
		out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=3", "-f", "lavfi", "-i", "sine=duration=3",
			"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", path).CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		plain[role], err = os.ReadFile(path)
		b.ok(err)
		b.ok(b.calls.fileSealed(filepath.Join(dir(b.bank, c.ID), media.SealedName(role, 1)), bytes.NewReader(plain[role]), keys[role]))
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return b.calls.completeTx(ctx, tx, c.ID, media.Recording{Participant: role, Part: 1, Duration: 3 * time.Second, Offset: time.Duration(i) * time.Second,
				Bytes: int64(len(plain[role])), SHA256: sha256.Sum256(plain[role]), HasAudio: true, HasVideo: true, Sealed: true,
				Gaps: []media.Gap{{Kind: media.Video, From: 1500 * time.Millisecond, To: 1800 * time.Millisecond, Cause: media.CauseNetwork}}})
		})
	}
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	b.pass(2 * recoverAfter)
	return c, agent, v, plain
}

func (b *bundle) read(c Call, r Recording) ([]byte, error) {
	b.Helper()
	_, plain, err := b.calls.OpenRecording(b.ctx, b.bank, c.ID, r.ID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = plain.Close() }()
	return io.ReadAll(io.NewSectionReader(plain, 0, plain.Size))
}

func (b *bundle) told(typ string) (n int) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from events where bank_id = $1 and type = $2`, tx.BankID, typ).Scan(&n)
	})
	return n
}

func TestRetentionHoldAndProofOfDeletion(t *testing.T) {
	b := setup(t)
	c, agent, _, plain := b.filed()
	all := b.recordings(c)
	for _, r := range all {
		if got, err := b.read(c, r); err != nil || !bytes.Equal(got, plain[r.Participant]) {
			t.Fatalf("%s: %d bytes, %v", r.Participant, len(got), err)
		}
	}
	folder := filepath.Join(b.calls.DataDir, dir(b.bank, c.ID))
	files, err := os.ReadDir(folder)
	b.ok(err)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(folder, f.Name()))
		b.ok(err)
		if bytes.Contains(raw, []byte("webm")) || bytes.Contains(raw, []byte("a face")) {
			t.Errorf("%s is plain", f.Name())
		}
	}
	r, err := b.calls.Record(b.ctx, b.bank, c.ID)
	b.ok(err)
	if r.KeepUntil == nil || !r.KeepUntil.Equal(b.endedAt(c).AddDate(5, 0, 0)) {
		t.Fatalf("kept until %v", r.KeepUntil)
	}

	_, err = b.calls.Hold(agent, b.bank, c.ID, "a dispute")
	b.refused(err, visavis.Forbidden, "supervisors_only")
	_, err = b.calls.Hold(b.ctx, b.bank, c.ID, "")
	b.refused(err, visavis.Invalid, "invalid_request")
	_, err = b.calls.Hold(b.ctx, b.bank, c.ID, "a dispute")
	b.ok(err)
	b.clock.Add(int64(6 * 366 * 24 * time.Hour))
	due, err := b.calls.DueRecords(b.ctx, b.bank, b.calls.Now())
	if err != nil || len(due) != 1 || due[0].CallID != c.ID {
		t.Fatalf("due: %+v, %v", due, err)
	}
	sweep := func() {
		t.Helper()
		if more, err := b.calls.SweepRetention(t.Context()); err != nil || more {
			t.Fatalf("more %t, %v", more, err)
		}
	}
	sweep()
	if _, err := b.read(c, all[0]); err != nil {
		t.Fatalf("deleted under a hold: %v", err)
	}
	_, err = b.calls.Release(b.ctx, b.bank, c.ID)
	b.ok(err)
	_, err = b.calls.Release(b.ctx, b.bank, c.ID)
	b.refused(err, visavis.Conflict, "not_held")

	kept, err := os.ReadFile(filepath.Join(b.calls.DataDir, all[0].File)) // as a backup has it
	b.ok(err)
	sweep()
	sweep()
	if n := b.told("recording.deleted"); n != 1 {
		t.Errorf("told %d times", n)
	}
	_, err = b.read(c, all[0])
	b.refused(err, visavis.Gone, "recording_deleted")
	_, err = b.calls.OpenStill(b.ctx, b.bank, c.ID, 1)
	b.refused(err, visavis.Gone, "recording_deleted")
	_, err = b.calls.Hold(b.ctx, b.bank, c.ID, "too late")
	b.refused(err, visavis.Gone, "recording_deleted")
	r, err = b.calls.Record(b.ctx, b.bank, c.ID)
	b.ok(err)
	if !b.calls.GoodReceipt(r) || !strings.Contains(r.Receipt, all[0].ID.String()) || r.FilesDeletedAt != nil {
		t.Errorf("receipt %+v", r)
	}
	forged := r
	forged.Receipt = strings.Replace(r.Receipt, "agent", "nobody", 1)
	if b.calls.GoodReceipt(forged) {
		t.Error("a forged receipt is good")
	}
	// The key is gone from the database, so the backup means nothing.
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		var keys int
		err := tx.QueryRow(ctx, `select count(*) from (select sealed_key from recordings where bank_id = $1 union all
			select sealed_key from call_records where bank_id = $1) k where sealed_key is not null`, tx.BankID).Scan(&keys)
		if keys != 0 {
			t.Errorf("%d keys are left", keys)
		}
		return err
	})
	if bytes.Contains(kept, []byte("webm")) {
		t.Error("the backup is plain")
	}
	b.ok(b.calls.deleteFiles(b.ctx, b.bank, c.ID))
	b.ok(b.calls.deleteFiles(b.ctx, b.bank, c.ID))
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	if r, err = b.calls.Record(b.ctx, b.bank, c.ID); err != nil || r.FilesDeletedAt == nil {
		t.Errorf("%+v, %v", r, err)
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		var jobs int
		err := tx.QueryRow(ctx, `select count(*) from river_job where kind = 'delete_recording_files' and queue = $1`, b.calls.JobQueue()).Scan(&jobs)
		if jobs != 1 {
			t.Errorf("%d jobs delete the files", jobs)
		}
		return err
	})
}

func (b *bundle) endedAt(c Call) time.Time {
	b.Helper()
	c, err := b.calls.Get(b.ctx, b.bank, c.ID)
	b.ok(err)
	return *c.EndedAt
}

// TestCompositeTellsHowFarItIs: who asks while it is made is told how far it is.
func TestCompositeTellsHowFarItIs(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	_, err := b.calls.HangUp(agent, b.bank, c.ID)
	b.ok(err)
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into call_composites (bank_id, call_id, state, created_at, updated_at) values ($1, $2, 'queued', $3, $3)`, tx.BankID, c.ID, b.calls.Now())
		return err
	})
	making := &composing{cancel: func() {}, done: make(chan struct{})}
	b.calls.mu.Lock()
	b.calls.composites[c.ID] = making
	b.calls.mu.Unlock()
	for _, percent := range []int{0, 40} {
		making.mu.Lock()
		making.percent = percent
		making.mu.Unlock()
		again, err := b.calls.compositeStep(t.Context(), compositeArgs{b.bank, c.ID})
		b.ok(err)
		if got, err := b.calls.Composite(b.ctx, b.bank, c.ID); err != nil || !again || got.State != "running" || got.Percent != percent {
			t.Errorf("%+v, %v, again %t; want %d %%", got, err, again, percent)
		}
	}
}

// TestReferenceStillIsTheNewestVerified: of that customer, of an approved case,
// passed, and not deleted.
func TestReferenceStillIsTheNewestVerified(t *testing.T) {
	b := setup(t)
	c, _, v := b.talk()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_steps set state = 'passed', began_ms = 2000, offset_ms = 2500, done_at = $3,
			still = case when kind = 'face_front' then 'step-1.jpg.age' else '' end where bank_id = $1 and call_id = $2`, tx.BankID, c.ID, b.calls.Now())
		return err
	})
	none := func(customer uuid.UUID, when string) {
		t.Helper()
		if _, _, err := b.calls.ReferenceStill(b.ctx, b.bank, customer); visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("%s: %v", when, err)
		}
	}
	none(v.customer, "before the verdict")
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update identifications set state = 'approved', decided_at = $3 where bank_id = $1 and id = $2`, tx.BankID, v.idn.ID, b.calls.Now())
		return err
	})
	none(b.visitor().customer, "of somebody else")
	call, position, err := b.calls.ReferenceStill(b.ctx, b.bank, v.customer)
	b.ok(err)
	steps, err := b.calls.Steps(b.ctx, b.bank, c.ID)
	b.ok(err)
	if call != c.ID || steps[position-1].Kind != identifications.StepFaceFront {
		t.Fatalf("got step %d of %s", position, call)
	}
	// A newer approved case has the newer face; deleted, the older one counts again.
	newer := uuid.New()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		idn := uuid.New()
		for _, copied := range []string{
			`insert into identifications select (jsonb_populate_record(null::identifications, to_jsonb(i) || jsonb_build_object('id', $3::uuid, 'decided_at', i.decided_at + interval '1 year'))).*
			 from identifications i where bank_id = $1 and id = (select identification_id from calls where bank_id = $1 and id = $2) and $4::uuid is not null`,
			`insert into calls select (jsonb_populate_record(null::calls, to_jsonb(c) || jsonb_build_object('id', $4::uuid, 'identification_id', $3::uuid, 'state', 'ended', 'ended_at', c.answered_at))).*
			 from calls c where bank_id = $1 and id = $2`,
			`insert into call_steps select (jsonb_populate_record(null::call_steps, to_jsonb(s) || jsonb_build_object('call_id', $4::uuid))).*
			 from call_steps s where bank_id = $1 and call_id = $2 and $3::uuid is not null`,
		} {
			if _, err := tx.Exec(ctx, copied, tx.BankID, c.ID, idn, newer); err != nil {
				return err
			}
		}
		return nil
	})
	if call, _, err = b.calls.ReferenceStill(b.ctx, b.bank, v.customer); err != nil || call != newer {
		t.Errorf("got %s, %v, want the newer case's %s", call, err, newer)
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into call_records (bank_id, call_id, deleted_at) values ($1, $2, $3)`, tx.BankID, newer, b.calls.Now())
		return err
	})
	if call, _, err = b.calls.ReferenceStill(b.ctx, b.bank, v.customer); err != nil || call != c.ID {
		t.Errorf("got %s, %v, want the older case's %s", call, err, c.ID)
	}
}

// A file whose bytes were altered is not played, and says so.
func TestAlteredRecordingDoesNotPlay(t *testing.T) {
	b := setup(t)
	c, _, _, _ := b.filed()
	r := b.recordings(c)[0]
	path := filepath.Join(b.calls.DataDir, r.File)
	raw, err := os.ReadFile(path)
	b.ok(err)
	raw[len(raw)/2] ^= 1
	b.ok(os.WriteFile(path, raw, 0o600))
	if _, err := b.read(c, r); err == nil {
		t.Error("it plays")
	}
}

func TestAccessesAreRangesOfBytes(t *testing.T) {
	b := setup(t)
	c, agent, _, _ := b.filed()
	log := func(ctx context.Context, from, to int64) {
		t.Helper()
		b.ok(b.calls.LogAccess(ctx, b.bank, c.ID, ObjectRecording, "r", from, to))
	}
	log(agent, 0, 99)
	log(agent, 100, 199)
	log(agent, 500, 599) // a seek
	log(agent, 150, 300)
	log(b.ctx, 0, 9) // somebody else
	b.clock.Add(int64(11 * time.Minute))
	log(agent, 0, 9) // another watching
	all, _, err := b.calls.Accesses(b.ctx, b.bank, c.ID, postgres.Page{})
	b.ok(err)
	var got [][3]int64
	for _, a := range all {
		got = append(got, [3]int64{a.From, a.To, int64(a.Requests)})
	}
	if want := [][3]int64{{0, 9, 1}, {0, 9, 1}, {500, 599, 1}, {0, 300, 3}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHoleBlocksTheApprovalUntilTheStepIsRepeated(t *testing.T) {
	ms := func(v int64) *int64 { return &v }
	hole := Gap{Kind: "audio", FromMS: 5000, ToMS: 8000, Cause: media.CauseNetwork}
	step := Step{Kind: "face_front", State: "passed", BeganMS: ms(4000), OffsetMS: ms(6000)}
	yes := true
	rec := func(participant string, gaps ...Gap) Recording {
		return Recording{Participant: participant, State: "complete", DurationMS: ms(20_000), HasAudio: &yes, HasVideo: &yes, Gaps: gaps}
	}
	for name, c := range map[string]struct {
		step Step
		all  []Recording
		want bool
	}{
		"no hole":             {step, []Recording{rec(RoleAgent), rec(RoleCustomer)}, false},
		"of the customer":     {step, []Recording{rec(RoleAgent), rec(RoleCustomer, hole)}, true},
		"of the agent":        {step, []Recording{rec(RoleAgent, hole), rec(RoleCustomer)}, true},
		"after the step":      {Step{Kind: "x", State: "passed", BeganMS: ms(1000), OffsetMS: ms(5000)}, []Recording{rec(RoleCustomer, hole)}, false},
		"step was repeated":   {Step{Kind: "x", State: "passed", BeganMS: ms(8000), OffsetMS: ms(9000)}, []Recording{rec(RoleCustomer, hole)}, false},
		"short":               {step, []Recording{rec(RoleCustomer, Gap{"audio", 5000, 6900, media.CauseNetwork})}, false},
		"agent muted":         {step, []Recording{rec(RoleAgent, Gap{"audio", 4000, 9000, media.CauseMuted})}, false},
		"camera switched off": {step, []Recording{rec(RoleCustomer, Gap{"video", 4000, 9000, media.CauseMuted})}, true},
		"third party":         {step, []Recording{rec("supervisor", hole)}, false},
		"restart": {step, []Recording{{Participant: RoleCustomer, Part: 1, State: "complete", DurationMS: ms(4500)},
			{Participant: RoleCustomer, Part: 2, State: "complete", OffsetMS: 7000, DurationMS: ms(4500)}}, true},
	} {
		if got := len(brokenSteps([]Step{c.step}, c.all, 2*time.Second)) > 0; got != c.want {
			t.Errorf("%s: blocked %t, want %t", name, got, c.want)
		}
	}
	if got := Coverage([]Recording{rec(RoleAgent), rec(RoleCustomer, hole)}); got != 1-3000.0/80_000 {
		t.Errorf("coverage %f", got)
	}
	if got := Coverage([]Recording{rec(RoleAgent), rec(RoleCustomer, Gap{"video", 0, 20_000, media.CauseMuted})}); got != 1 {
		t.Errorf("coverage of what was sent %f", got)
	}
	// Of whom the scenario does not show no picture is lost, the voice is.
	heard := []Recording{{Participant: RoleAgent, Part: 1, State: "complete", DurationMS: ms(4000), HasAudio: new(true), HasVideo: new(false), VoiceOnly: true},
		{Participant: RoleAgent, Part: 2, State: "open", OffsetMS: 8000, VoiceOnly: true}}
	if got := Gaps(heard, RoleAgent); len(got) != 1 || got[0] != (Gap{"audio", 4000, 8000, causeRestart}) {
		t.Errorf("gaps of who is not seen: %+v", got)
	}
	if got := Coverage(heard); got != 0.5 {
		t.Errorf("coverage of who is not seen %f", got)
	}
	if got := Coverage(nil); got != 0 {
		t.Errorf("coverage of nothing %f", got)
	}

	// In a call: the problem names the step.
	b := setup(t)
	c, agent, v, _ := b.filed()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_steps set state = 'passed', began_ms = 1000, offset_ms = 2000, done_at = $3 where bank_id = $1 and call_id = $2`, tx.BankID, c.ID, b.calls.Now())
		if err == nil {
			_, err = tx.Exec(ctx, `update recordings set gaps = '[{"kind":"video","from_ms":1500,"to_ms":4500,"cause":"network"}]' where bank_id = $1 and call_id = $2 and participant = 'customer'`, tx.BankID, c.ID)
		}
		return err
	})
	_, err := b.calls.Decide(agent, b.bank, v.idn.ID, true, "")
	b.refused(err, visavis.Conflict, "evidence_missing")
	var e *visavis.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 || !strings.HasPrefix(e.Fields[0].Name, "step.") || !strings.Contains(e.Fields[0].Reason, "3.0 s") {
		t.Fatalf("got %+v", e)
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error { // repeated
		_, err := tx.Exec(ctx, `update call_steps set began_ms = 4600, offset_ms = 5000 where bank_id = $1 and call_id = $2`, tx.BankID, c.ID)
		return err
	})
	idn, err := b.calls.Decide(agent, b.bank, v.idn.ID, true, "")
	b.ok(err)
	if idn.State != identifications.Approved {
		t.Errorf("state %s", idn.State)
	}
}

func TestComposite(t *testing.T) {
	b := setup(t)
	c, _, _, _ := b.filed()
	if got, err := b.calls.Composite(b.ctx, b.bank, c.ID); err != nil || got.State != "none" {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := b.calls.RequestComposite(b.ctx, b.bank, c.ID); err != nil || got.State != "queued" {
		t.Fatalf("%+v, %v", got, err)
	}
	args := compositeArgs{b.bank, c.ID}
	making, err := b.calls.compose(t.Context(), b.bank, c.ID)
	b.ok(err)
	<-making.done
	if making.percent < 90 || making.percent > 99 { // what ffmpeg itself has told; 100 is said when the file is there
		t.Errorf("ffmpeg told of %d %%", making.percent)
	}
	for again := true; again; {
		var err error
		again, err = b.calls.compositeStep(t.Context(), args)
		b.ok(err)
	}
	got, plain, err := b.calls.OpenComposite(b.ctx, b.bank, c.ID)
	b.ok(err)
	defer func() { _ = plain.Close() }()
	mp4, err := io.ReadAll(io.NewSectionReader(plain, 0, plain.Size))
	b.ok(err)
	if sum := sha256.Sum256(mp4); got.Percent != 100 || !bytes.Equal(got.SHA256, sum[:]) || *got.Bytes != int64(len(mp4)) {
		t.Errorf("%+v of %d bytes", got, len(mp4))
	}
	raw, err := os.ReadFile(filepath.Join(b.calls.DataDir, got.File))
	b.ok(err)
	if bytes.Contains(raw, []byte("ftyp")) {
		t.Error("the composite is plain on the disk")
	}
	path := filepath.Join(t.TempDir(), "c.mp4")
	b.ok(os.WriteFile(path, mp4, 0o600))
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height:format=duration", "-of", "csv=p=0", path).Output()
	b.ok(err)
	if text := string(out); !strings.Contains(text, "h264,1280,480") || !strings.Contains(text, "aac") || !strings.Contains(text, "4.") {
		t.Errorf("ffprobe says %s", text)
	}
	if _, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", path, "-f", "null", "-").CombinedOutput(); err != nil {
		t.Errorf("it does not decode: %v", err)
	}
	// One that is under way can be cancelled.
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_composites set state = 'queued' where bank_id = $1`, tx.BankID)
		return err
	})
	if got, err := b.calls.CancelComposite(b.ctx, b.bank, c.ID); err != nil || got.State != "cancelled" {
		t.Errorf("%+v, %v", got, err)
	}
	if again, err := b.calls.compositeStep(t.Context(), args); again || err != nil {
		t.Errorf("it goes on: %v", err)
	}
}
