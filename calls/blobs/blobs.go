// Package blobs keeps finished files in S3-compatible storage. What it is given is
// encrypted already; it knows nothing of calls.
package blobs

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Config says where the bucket is.
type Config struct {
	Endpoint  string // host[:port]
	Bucket    string // must be there
	Region    string // default us-east-1
	AccessKey string
	SecretKey string
	Insecure  bool // plain http; only for a store on this machine
	Prefix    string
	// PartSize of an upload in bytes, at least 5 MiB as S3 demands. Default 8 MiB.
	PartSize int64
	// Transport for tests; default Go's with time-outs.
	Transport http.RoundTripper
}

// Store is one bucket. It is safe for concurrent use.
type Store struct {
	cfg  Config
	core minio.Core
}

const requestTimeout = 25 * time.Second // of one part or answer

// New makes a store. It does not connect.
func New(cfg Config) (*Store, error) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.PartSize == 0 {
		cfg.PartSize = 8 << 20
	}
	if cfg.PartSize < 5<<20 {
		return nil, errors.New("blobs: S3 takes no parts below 5 MiB")
	}
	if cfg.Prefix = strings.Trim(cfg.Prefix, "/"); cfg.Prefix != "" {
		cfg.Prefix += "/"
	}
	core, err := minio.NewCore(cfg.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""), Secure: !cfg.Insecure, Region: cfg.Region,
		Transport: cfg.Transport, MaxRetries: 3, BucketLookup: minio.BucketLookupAuto,
	})
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	return &Store{cfg: cfg, core: *core}, nil
}

// Check says whether the bucket can be reached with these keys.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ok, err := s.core.BucketExists(ctx, s.cfg.Bucket)
	if err == nil && !ok {
		err = errors.New("there is no such bucket")
	}
	if err != nil {
		return fmt.Errorf("blobs: bucket %s: %w", s.cfg.Bucket, err)
	}
	return nil
}

// Upload is how far a multipart upload has come; whoever keeps it can go on after
// a restart.
type Upload struct {
	ID    string
	Parts []Part
}

// Part is one part that the store has.
type Part struct {
	Number int    `json:"number"` // from 1
	ETag   string `json:"etag"`
	Size   int64  `json:"size"`
	MD5    string `json:"md5"` // hexadecimal, of what was sent
}

// Put uploads parts of a file until the time is over, and completes the upload
// after the last. It returns how far it has come, also with an error, and whether
// the object is there whole: size and checksums as sent. Each part goes with its
// MD5 and SHA-256, so that the store refuses one that arrived altered. An upload
// that the store has forgotten begins anew.
func (s *Store) Put(ctx context.Context, key string, src io.ReaderAt, size int64, u Upload, until time.Time) (Upload, bool, error) {
	name := s.cfg.Prefix + key
	if u.ID == "" {
		id, err := s.core.NewMultipartUpload(ctx, s.cfg.Bucket, name, minio.PutObjectOptions{ContentType: "application/octet-stream"})
		if err != nil {
			return u, false, fmt.Errorf("blobs: begin upload: %w", err)
		}
		u = Upload{ID: id}
	}
	parts := int((size + s.cfg.PartSize - 1) / s.cfg.PartSize)
	buf := make([]byte, min(s.cfg.PartSize, size))
	for len(u.Parts) < parts {
		if !time.Now().Before(until) {
			return u, false, nil
		}
		at := int64(len(u.Parts)) * s.cfg.PartSize
		chunk := buf[:min(s.cfg.PartSize, size-at)]
		if _, err := src.ReadAt(chunk, at); err != nil && !errors.Is(err, io.EOF) {
			return u, false, fmt.Errorf("blobs: read part: %w", err)
		}
		part, err := s.part(ctx, name, u.ID, len(u.Parts)+1, chunk)
		if forgotten(err) {
			return Upload{}, false, nil
		}
		if err != nil {
			return u, false, err
		}
		u.Parts = append(u.Parts, part)
	}
	done, err := s.complete(ctx, name, size, u)
	if forgotten(err) { // completed before, and the answer was lost; or expired
		if ok, err := s.whole(ctx, name, size, u); err != nil || ok {
			return u, ok, err
		}
		return Upload{}, false, nil
	}
	return u, done, err
}

func forgotten(err error) bool { return code(err) == "NoSuchUpload" }

// code is what the store calls an error, "" for one of the way to it.
func code(err error) string {
	var e minio.ErrorResponse
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func (s *Store) part(ctx context.Context, name, id string, number int, chunk []byte) (Part, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	sum, sha := md5.Sum(chunk), sha256.Sum256(chunk)
	got, err := s.core.PutObjectPart(ctx, s.cfg.Bucket, name, id, number, bytes.NewReader(chunk), int64(len(chunk)),
		minio.PutObjectPartOptions{Md5Base64: base64.StdEncoding.EncodeToString(sum[:]), Sha256Hex: hex.EncodeToString(sha[:]),
			DisableContentSha256: true}) // or the client signs chunks instead of the whole part
	if err != nil {
		return Part{}, fmt.Errorf("blobs: part %d: %w", number, err)
	}
	return Part{Number: number, ETag: got.ETag, Size: int64(len(chunk)), MD5: hex.EncodeToString(sum[:])}, nil
}

func (s *Store) complete(ctx context.Context, name string, size int64, u Upload) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var parts []minio.CompletePart
	for _, p := range u.Parts {
		parts = append(parts, minio.CompletePart{PartNumber: p.Number, ETag: p.ETag})
	}
	if _, err := s.core.CompleteMultipartUpload(ctx, s.cfg.Bucket, name, u.ID, parts, minio.PutObjectOptions{}); err != nil {
		return false, fmt.Errorf("blobs: complete upload: %w", err)
	}
	return s.whole(ctx, name, size, u)
}

// whole asks what the store has. An ETag that is made of MD5s (it is not with some
// kinds of encryption in the store) must be that of what was sent.
func (s *Store) whole(ctx context.Context, name string, size int64, u Upload) (bool, error) {
	info, err := s.core.StatObject(ctx, s.cfg.Bucket, name, minio.StatObjectOptions{})
	if code(err) == "NoSuchKey" {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("blobs: look at what was stored: %w", err)
	}
	if info.Size != size {
		return false, fmt.Errorf("blobs: the store has %d bytes of %d", info.Size, size)
	}
	md5s, plain := md5.New(), true
	for _, p := range u.Parts {
		plain = plain && strings.Trim(p.ETag, `"`) == p.MD5
		raw, _ := hex.DecodeString(p.MD5)
		md5s.Write(raw)
	}
	want := fmt.Sprintf("%x-%d", md5s.Sum(nil), len(u.Parts))
	if got := strings.Trim(info.ETag, `"`); plain && strings.Contains(got, "-") && got != want {
		return false, fmt.Errorf("blobs: the store has other bytes: ETag %s, want %s", got, want)
	}
	return true, nil
}

// Delete removes an object and what was uploaded of it. One that is not there is
// removed already.
func (s *Store) Delete(ctx context.Context, key, uploadID string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	name := s.cfg.Prefix + key
	if uploadID != "" {
		if err := s.core.AbortMultipartUpload(ctx, s.cfg.Bucket, name, uploadID); err != nil && !forgotten(err) {
			return fmt.Errorf("blobs: abort upload: %w", err)
		}
	}
	if err := s.core.RemoveObject(ctx, s.cfg.Bucket, name, minio.RemoveObjectOptions{}); err != nil && code(err) != "NoSuchKey" {
		return fmt.Errorf("blobs: delete: %w", err)
	}
	return nil
}

// readAhead is how much is fetched at a time: players read on.
const readAhead = 1 << 20

// Object is an object opened for reading at any place.
type Object struct {
	store *Store
	ctx   context.Context
	name  string
	size  int64

	mu   sync.Mutex
	from int64
	held []byte
}

// Open opens an object; ctx bounds the reading too.
func (s *Store) Open(ctx context.Context, key string) (*Object, int64, error) {
	name := s.cfg.Prefix + key
	info, err := s.core.StatObject(ctx, s.cfg.Bucket, name, minio.StatObjectOptions{})
	if err != nil {
		return nil, 0, fmt.Errorf("blobs: open: %w", err)
	}
	return &Object{store: s, ctx: ctx, name: name, size: info.Size}, info.Size, nil
}

// ReadAt implements io.ReaderAt.
func (o *Object) ReadAt(p []byte, at int64) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := 0
	for done < len(p) {
		place := at + int64(done)
		if place >= o.size {
			return done, io.EOF
		}
		if place < o.from || place >= o.from+int64(len(o.held)) {
			if err := o.fetch(place); err != nil {
				return done, err
			}
		}
		done += copy(p[done:], o.held[place-o.from:])
	}
	return done, nil
}

func (o *Object) fetch(at int64) error {
	ctx, cancel := context.WithTimeout(o.ctx, requestTimeout)
	defer cancel()
	var options minio.GetObjectOptions
	end := min(at+readAhead, o.size)
	if err := options.SetRange(at, end-1); err != nil {
		return err
	}
	body, _, _, err := o.store.core.GetObject(ctx, o.store.cfg.Bucket, o.name, options)
	if err != nil {
		return fmt.Errorf("blobs: read: %w", err)
	}
	defer func() { _ = body.Close() }()
	held := make([]byte, end-at)
	if _, err := io.ReadFull(body, held); err != nil {
		return fmt.Errorf("blobs: read: %w", err)
	}
	o.from, o.held = at, held
	return nil
}

// Close gives up what was read ahead.
func (o *Object) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = nil
	return nil
}
