package calls

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/blobs"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// bucket is as much of S3 as one-part uploads need; package blobs tests the rest
// against a strict one.
func bucket(t *testing.T) (*blobs.Store, func() map[string][]byte) {
	t.Helper()
	var mu sync.Mutex
	parts, objects := map[string][]byte{}, map[string][]byte{}
	tag := func(b []byte) string { return fmt.Sprintf(`"%x"`, md5.Sum(b)) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		key := strings.TrimPrefix(r.URL.Path, "/bucket/")
		switch query := r.URL.Query(); {
		case query.Has("uploads"):
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == "PUT":
			parts[key] = body
			w.Header().Set("ETag", tag(body))
		case r.Method == "POST":
			objects[key] = parts[key]
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><ETag>"x"</ETag></CompleteMultipartUploadResult>`)
		case r.Method == "DELETE":
			delete(objects, key)
			w.WriteHeader(204)
		case objects[key] == nil:
			w.WriteHeader(404)
		default:
			w.Header().Set("ETag", tag(objects[key]))
			http.ServeContent(w, r, "", time.Unix(1e9, 0), bytes.NewReader(objects[key]))
		}
	}))
	t.Cleanup(server.Close)
	store, err := blobs.New(blobs.Config{Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "bucket", AccessKey: "k", SecretKey: "s", Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	return store, func() map[string][]byte {
		mu.Lock()
		defer mu.Unlock()
		copied := map[string][]byte{}
		for k, v := range objects {
			copied[k] = v
		}
		return copied
	}
}

// A finished recording goes to the bucket, encrypted, by a job; the local copy goes
// in its time; it plays from the bucket; its deletion reaches there.
func TestRecordingsGoToTheBucket(t *testing.T) {
	b := setup(t)
	store, objects := bucket(t)
	b.calls.Store, b.calls.LocalFor = store, time.Hour
	c, _, _, plain := b.filed()
	jobs := func(kind string) (n int) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from river_job where kind = $1 and queue = $2`, kind, b.calls.JobQueue()).Scan(&n)
		})
		return n
	}
	if n := jobs("store_recording"); n != 2 {
		t.Fatalf("%d jobs, want 2", n)
	}
	step := func(r Recording) time.Duration {
		t.Helper()
		again, err := b.calls.storeStep(t.Context(), b.bank, r.ID, time.Now().Add(time.Minute))
		b.ok(err)
		return again
	}
	for _, r := range b.recordings(c) {
		step(r)
		if left := step(r); left <= 0 || left > time.Hour {
			t.Errorf("the local copy goes in %s", left)
		}
		if _, err := os.Stat(filepath.Join(b.calls.DataDir, r.File)); err != nil {
			t.Errorf("it went too soon: %v", err)
		}
	}
	b.clock.Add(int64(2 * time.Hour))
	for _, r := range b.recordings(c) {
		if again := step(r); again != 0 || r.StoredAt == nil {
			t.Errorf("again in %s, %+v", again, r)
		}
		if _, err := os.Stat(filepath.Join(b.calls.DataDir, r.File)); err == nil {
			t.Error("the local copy is still there")
		}
		if got, err := b.read(c, r); err != nil || !bytes.Equal(got, plain[r.Participant]) {
			t.Errorf("from the bucket: %d bytes, %v", len(got), err)
		}
	}
	for key, object := range objects() {
		if !bytes.HasPrefix(object, []byte("age-encryption.org/v1")) || bytes.Contains(object, []byte("webm")) {
			t.Errorf("%s is not encrypted", key)
		}
	}
	b.clock.Add(int64(6 * 366 * 24 * time.Hour))
	_, err := b.calls.SweepRetention(t.Context())
	b.ok(err)
	b.ok(b.calls.deleteFiles(b.ctx, b.bank, c.ID))
	if left := objects(); len(left) != 0 {
		t.Errorf("%d objects are left", len(left))
	}
	_, err = b.read(c, b.recordings(c)[0])
	b.refused(err, visavis.Gone, "recording_deleted")
}

// A disk that is full ends the call when the scenario says so, and else not.
func TestPolicyOfAFailedRecording(t *testing.T) {
	for _, policy := range []string{identifications.RecordingContinue, identifications.RecordingStop} {
		t.Run(policy, func(t *testing.T) {
			b := setup(t)
			c, _, _ := b.talk()
			b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `update identifications set scenario = jsonb_set(scenario::jsonb, '{settings,recording}', jsonb_build_object('on_failure', $2::text))
					where bank_id = $1`, tx.BankID, policy)
				return err
			})
			b.calls.mediaEvent(b.bank, media.Event{Kind: media.RecordingFailed, Room: c.ID, Participant: RoleCustomer, Err: io.ErrShortWrite})
			if n := b.told("recording.failed"); n != 1 {
				t.Errorf("told %d times", n)
			}
			got, err := b.calls.Get(b.ctx, b.bank, c.ID)
			b.ok(err)
			if want := map[string]State{identifications.RecordingContinue: Active, identifications.RecordingStop: Ended}[policy]; got.State != want {
				t.Errorf("the call is %s (%s), want %s", got.State, got.Reason, want)
			}
		})
	}
}
