package blobs

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// s3 is a strict little S3: it refuses what is not signed with the right access
// key, and bodies that are not what their headers say.
type s3 struct {
	t       *testing.T
	mu      sync.Mutex
	objects map[string][]byte
	etags   map[string]string
	uploads map[string]map[int][]byte
	parts   int                                 // that were taken
	fail    func(r *http.Request) (code string) // a fault to answer with
}

func (s *s3) refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, code)
}

func (s *s3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") {
		s.refuse(w, 403, "AccessDenied")
		return
	}
	body, _ := io.ReadAll(r.Body)
	if claimed := r.Header.Get("X-Amz-Content-Sha256"); len(claimed) == 64 {
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != claimed {
			s.refuse(w, 400, "XAmzContentSHA256Mismatch")
			return
		}
	}
	sum := md5.Sum(body)
	if claimed := r.Header.Get("Content-Md5"); claimed != "" && claimed != base64.StdEncoding.EncodeToString(sum[:]) {
		s.refuse(w, 400, "BadDigest")
		return
	}
	if s.fail != nil {
		if code := s.fail(r); code != "" {
			s.refuse(w, 400, code)
			return
		}
	}
	key, query := strings.TrimPrefix(r.URL.Path, "/bucket/"), r.URL.Query()
	id := query.Get("uploadId")
	if id != "" && s.uploads[id] == nil {
		s.refuse(w, 404, "NoSuchUpload")
		return
	}
	switch {
	case r.URL.Path == "/bucket/" || r.URL.Path == "/bucket":
		w.WriteHeader(200)
	case r.Method == "POST" && query.Has("uploads"):
		id = strconv.Itoa(rand.Int())
		s.uploads[id] = map[int][]byte{}
		_, _ = fmt.Fprintf(w, `<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>`, key, id)
	case r.Method == "PUT" && id != "":
		n, _ := strconv.Atoi(query.Get("partNumber"))
		s.uploads[id][n] = body
		s.parts++
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	case r.Method == "POST" && id != "":
		var wanted struct {
			Parts []struct {
				PartNumber int
				ETag       string
			} `xml:"Part"`
		}
		if err := xml.Unmarshal(body, &wanted); err != nil {
			s.refuse(w, 400, "MalformedXML")
			return
		}
		var whole, sums []byte
		for i, p := range wanted.Parts {
			part := s.uploads[id][p.PartNumber]
			sum := md5.Sum(part)
			if p.PartNumber != i+1 || strings.Trim(p.ETag, `"`) != hex.EncodeToString(sum[:]) || i+1 < len(wanted.Parts) && len(part) < 5<<20 {
				s.refuse(w, 400, "InvalidPart")
				return
			}
			whole, sums = append(whole, part...), append(sums, sum[:]...)
		}
		s.objects[key] = whole
		s.etags[key] = fmt.Sprintf(`"%x-%d"`, md5.Sum(sums), len(wanted.Parts))
		delete(s.uploads, id)
		_, _ = fmt.Fprintf(w, `<CompleteMultipartUploadResult><Bucket>bucket</Bucket><Key>%s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>`, key, s.etags[key])
	case r.Method == "DELETE":
		if id != "" {
			delete(s.uploads, id)
		} else {
			delete(s.objects, key)
		}
		w.WriteHeader(204)
	case s.objects[key] == nil:
		s.refuse(w, 404, "NoSuchKey")
	default:
		w.Header().Set("ETag", s.etags[key])
		http.ServeContent(w, r, "", time.Unix(1e9, 0), bytes.NewReader(s.objects[key]))
	}
}

func newStore(t *testing.T) (*Store, *s3) {
	t.Helper()
	fake := &s3{t: t, objects: map[string][]byte{}, etags: map[string]string{}, uploads: map[string]map[int][]byte{}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	store, err := New(Config{Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "bucket", AccessKey: "key", SecretKey: "secret", Insecure: true, PartSize: 5 << 20, Prefix: "/v/"})
	if err != nil {
		t.Fatal(err)
	}
	return store, fake
}

func content(n int) []byte {
	b := make([]byte, n)
	random := rand.New(rand.NewPCG(1, 1))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func TestPutInSteps(t *testing.T) {
	t.Parallel()
	store, fake := newStore(t)
	if err := store.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := content(12<<20 + 17)
	src := bytes.NewReader(file)
	// No time at all: the upload is begun, and nothing more.
	u, done, err := store.Put(t.Context(), "a/b.webm.age", src, int64(len(file)), Upload{}, time.Now().Add(-time.Second))
	if err != nil || done || u.ID == "" || len(u.Parts) != 0 {
		t.Fatalf("%+v, %t, %v", u, done, err)
	}
	// The second part fails; what is there is not sent again.
	fake.fail = func(r *http.Request) string {
		if r.URL.Query().Get("partNumber") == "2" {
			return "EntityTooSmall"
		}
		return ""
	}
	u, done, err = store.Put(t.Context(), "a/b.webm.age", src, int64(len(file)), u, time.Now().Add(time.Minute))
	if err == nil || done || len(u.Parts) != 1 {
		t.Fatalf("%+v, %t, %v", u, done, err)
	}
	fake.fail = nil
	u, done, err = store.Put(t.Context(), "a/b.webm.age", src, int64(len(file)), u, time.Now().Add(time.Minute))
	if err != nil || !done || len(u.Parts) != 3 || fake.parts != 3 {
		t.Fatalf("%+v, %t, %v; %d parts taken", u, done, err, fake.parts)
	}
	if !bytes.Equal(fake.objects["v/a/b.webm.age"], file) {
		t.Fatal("other bytes are stored")
	}
	// The answer to the last step was lost: done all the same.
	if _, done, err := store.Put(t.Context(), "a/b.webm.age", src, int64(len(file)), u, time.Now().Add(time.Minute)); err != nil || !done {
		t.Fatalf("again: %t, %v", done, err)
	}

	object, size, err := store.Open(t.Context(), "a/b.webm.age")
	if err != nil || size != int64(len(file)) {
		t.Fatalf("%d bytes, %v", size, err)
	}
	defer func() { _ = object.Close() }()
	for _, span := range [][2]int64{{0, 10}, {readAhead - 5, 10}, {5 << 20, 2 << 20}, {size - 3, 3}} {
		got := make([]byte, span[1])
		if _, err := object.ReadAt(got, span[0]); err != nil || !bytes.Equal(got, file[span[0]:span[0]+span[1]]) {
			t.Fatalf("%v: %v", span, err)
		}
	}
	if n, err := object.ReadAt(make([]byte, 10), size-4); n != 4 || err != io.EOF {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if err := store.Delete(t.Context(), "a/b.webm.age", ""); err != nil || len(fake.objects) != 0 {
		t.Errorf("delete: %v", err)
	}
	if err := store.Delete(t.Context(), "a/b.webm.age", ""); err != nil {
		t.Errorf("delete again: %v", err)
	}
	if _, _, err := store.Open(t.Context(), "a/b.webm.age"); err == nil {
		t.Error("a deleted object opens")
	}
}

func TestForgottenUploadBeginsAnew(t *testing.T) {
	t.Parallel()
	store, fake := newStore(t)
	file := content(6 << 20)
	u, done, err := store.Put(t.Context(), "x", bytes.NewReader(file), int64(len(file)), Upload{ID: "expired"}, time.Now().Add(time.Minute))
	if err != nil || done || u.ID != "" {
		t.Fatalf("%+v, %t, %v", u, done, err)
	}
	if _, done, err = store.Put(t.Context(), "x", bytes.NewReader(file), int64(len(file)), u, time.Now().Add(time.Minute)); err != nil || !done {
		t.Fatalf("%t, %v", done, err)
	}
	if !bytes.Equal(fake.objects["v/x"], file) {
		t.Fatal("other bytes are stored")
	}
}

// A store that keeps other bytes than were sent is found out before the local copy
// goes.
func TestStoreWithOtherBytes(t *testing.T) {
	t.Parallel()
	store, fake := newStore(t)
	file := content(6 << 20)
	fake.fail = func(r *http.Request) string {
		if r.Method == http.MethodHead { // after the upload: bit rot
			fake.etags["v/x"] = `"00000000000000000000000000000000-2"`
		}
		return ""
	}
	if _, done, err := store.Put(context.Background(), "x", bytes.NewReader(file), int64(len(file)), Upload{}, time.Now().Add(time.Minute)); err == nil || done {
		t.Errorf("%t, %v", done, err)
	}
	if _, err := New(Config{Endpoint: "x", Bucket: "b", PartSize: 1}); err == nil {
		t.Error("a part size that S3 refuses is accepted")
	}
	bad, _ := New(Config{Endpoint: store.cfg.Endpoint, Bucket: "bucket", AccessKey: "other", SecretKey: "x", Insecure: true})
	if err := bad.Check(t.Context()); err == nil {
		t.Error("another key gets in")
	}
}
