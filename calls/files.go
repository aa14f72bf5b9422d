package calls

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// File is something that one side gave the other in a call, as it is kept: a
// picture made anew, or a plain PDF. It is evidence of the call, sealed under the
// key of the call's record and deleted with it.
type File struct {
	ID            uuid.UUID
	Role          string // who gave it
	Name          string
	Type          string // image/jpeg, image/png, application/pdf
	Bytes         int64
	SHA256        []byte // of the bytes as they are kept
	Width, Height *int
	Offset        time.Duration // on the call's clock
	At            time.Time

	file string
}

// maxFiles bounds what one call may be given.
const maxFiles = 50

// AddFile takes a file from one side of a call that goes on (the actor in ctx)
// and tells the other. What it may be is decided by its content: see
// makeHarmless. It refuses (Invalid, field "file") everything else, and
// (Conflict) more than 50 files in a call; the same file again is the same file. A
// side sends one at a time, and two at a time are made harmless on a node, as a
// picture takes memory; others wait.
func (s *Service) AddFile(ctx context.Context, bankID, callID uuid.UUID, name string, content io.Reader) (File, error) {
	if _, err := s.mayAddFile(ctx, bankID, callID); err != nil { // before anything is read
		return File{}, err
	}
	free, err := s.uploading(ctx, callID)
	if err != nil {
		return File{}, err
	}
	defer free()
	raw, err := io.ReadAll(io.LimitReader(content, MaxFile+1))
	switch {
	case err != nil:
		return File{}, visavis.InvalidField("file", "did not arrive whole")
	case len(raw) > MaxFile:
		return File{}, visavis.InvalidField("file", "is larger than %d MB", MaxFile>>20)
	case len(raw) == 0:
		return File{}, visavis.InvalidField("file", "is empty")
	}
	select { // only now: nobody waits for another's slow network
	case s.filesAtOnce <- struct{}{}:
	case <-ctx.Done():
		return File{}, ctx.Err()
	}
	h, err := func() (harmless, error) {
		defer func() { <-s.filesAtOnce }()
		return makeHarmless(raw)
	}()
	if err != nil {
		return File{}, visavis.InvalidField("file", "%s", err)
	}
	sum := sha256.Sum256(h.content)
	f := File{ID: uuid.Must(uuid.NewV7()), Name: fileName(name, h.mediaType), Type: h.mediaType, Bytes: int64(len(h.content)), SHA256: sum[:]}
	if h.width > 0 {
		f.Width, f.Height = &h.width, &h.height
	}
	if known, ok, err := s.knownFile(ctx, bankID, callID, f.SHA256); err != nil || ok {
		return known, err
	}
	f.file = filepath.Join(dir(bankID, callID), "files", f.ID.String()+".age")
	// Written before its row: a row always has its file. A file without a row, of
	// a crash between, is deleted with the call's folder.
	if err := s.keepFile(ctx, bankID, callID, f, h.content); err != nil {
		return File{}, err
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := s.mayAddFileTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		line, err := s.sayTx(ctx, tx, c, Said{Kind: SaidFile, Body: f.Name, FileID: &f.ID})
		if err != nil {
			return err
		}
		f.Role, f.Offset, f.At = line.Role, line.Offset, line.At
		if _, err := tx.Exec(ctx, `insert into call_files (bank_id, id, call_id, role, actor_id, name, type, file, bytes, sha256, width, height, offset_ms, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			tx.BankID, f.ID, callID, f.Role, visavis.ActorFrom(ctx).ID, f.Name, f.Type, f.file, f.Bytes, f.SHA256, f.Width, f.Height,
			f.Offset.Milliseconds(), f.At); err != nil {
			return fmt.Errorf("keep file of call %s: %w", callID, err)
		}
		return s.fileEvent(ctx, tx, c, f, "file.received")
	})
	if visavis.KindOf(err) != visavis.Internal && err != nil {
		// Refused, so surely not committed: who is refused again and again must not
		// fill the disk.
		if err := os.Remove(filepath.Join(s.DataDir, f.file)); err != nil {
			s.Log.Error("a refused file was not removed", "call", callID, "error", err)
		}
	}
	return f, err
}

// uploading takes the one place that a side of a call has for sending a file, as
// each takes memory while it comes. TooMany "upload_running".
func (s *Service) uploading(ctx context.Context, callID uuid.UUID) (free func(), err error) {
	key := upload{callID, visavis.ActorFrom(ctx).Kind}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uploads[key] {
		return nil, &visavis.Error{Kind: visavis.TooMany, Code: "upload_running", RetryAfter: 5 * time.Second,
			Message: "one file at a time: the one before is still on its way"}
	}
	s.uploads[key] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.uploads, key)
	}, nil
}

// upload is one side of a call that sends a file.
type upload struct {
	call uuid.UUID
	side visavis.ActorKind
}

// knownFile finds the file that the same side has given already: a page that sent
// it twice, because the answer was lost, gave it once.
func (s *Service) knownFile(ctx context.Context, bankID, callID uuid.UUID, sum []byte) (f File, ok bool, err error) {
	files, err := s.Files(ctx, bankID, callID)
	for _, known := range files {
		if bytes.Equal(known.SHA256, sum) && (known.Role == RoleAgent) == (visavis.ActorFrom(ctx).Kind == visavis.ActorAgent) {
			return known, true, err
		}
	}
	return f, false, err
}

func (s *Service) keepFile(ctx context.Context, bankID, callID uuid.UUID, f File, content []byte) error {
	var key *age.X25519Identity
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if _, err = getTx(ctx, tx, callID, ""); err == nil {
			key, err = s.callKeyTx(ctx, tx, callID)
		}
		return err
	}); err != nil {
		return err
	}
	return s.fileSealed(f.file, bytes.NewReader(content), key)
}

func (s *Service) mayAddFile(ctx context.Context, bankID, callID uuid.UUID) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err = s.mayAddFileTx(ctx, tx, callID)
		return err
	})
	return c, err
}

func (s *Service) mayAddFileTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (Call, error) {
	c, err := activeOwnTx(ctx, tx, callID)
	if err != nil {
		return c, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from call_files where bank_id = $1 and call_id = $2`, tx.BankID, callID).Scan(&n); err != nil {
		return c, err
	}
	if n >= maxFiles {
		return c, visavis.Errorf(visavis.Conflict, "too_many_files", "a call takes %d files at most", maxFiles)
	}
	return c, nil
}

// Files lists what was handed over in a call, oldest first.
func (s *Service) Files(ctx context.Context, bankID, callID uuid.UUID) (files []File, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		files, err = filesTx(ctx, tx, callID, uuid.Nil)
		return err
	})
	return files, err
}

func filesTx(ctx context.Context, tx *postgres.Tx, callID, one uuid.UUID) ([]File, error) {
	rows, _ := tx.Query(ctx, `select id, role, name, type, bytes, sha256, width, height, offset_ms, at, file from call_files
		where bank_id = $1 and call_id = $2 and ($3 = '00000000-0000-0000-0000-000000000000'::uuid or id = $3) order by id`, tx.BankID, callID, one)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (f File, err error) {
		var ms int64
		err = row.Scan(&f.ID, &f.Role, &f.Name, &f.Type, &f.Bytes, &f.SHA256, &f.Width, &f.Height, &ms, &f.At, &f.file)
		f.Offset = time.Duration(ms) * time.Millisecond
		return f, err
	})
}

// OpenFile opens one of a call's files for reading, and writes down that the
// actor in ctx has seen it, unless it is one of the call's two sides while the
// call goes on. The caller closes it.
func (s *Service) OpenFile(ctx context.Context, bankID, callID, fileID uuid.UUID) (f File, plain *media.Plain, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := getTx(ctx, tx, callID, "")
		if err != nil {
			return err
		}
		found, err := filesTx(ctx, tx, callID, fileID)
		if err != nil {
			return err
		}
		if len(found) != 1 {
			return visavis.Errorf(visavis.NotFound, "not_found", "there is no such file")
		}
		f = found[0]
		key, err := s.callKeyTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		if plain, err = s.openKept(ctx, bankID, callID, f.file, key); err != nil {
			return err
		}
		actor := visavis.ActorFrom(ctx)
		if c.State == Active && (actor.Kind == visavis.ActorCustomer || actor.ID == c.AgentID) {
			return nil
		}
		return s.fileEvent(ctx, tx, c, f, "file.viewed")
	})
	if err != nil && plain != nil {
		err = errors.Join(err, plain.Close())
	}
	return f, plain, err
}

func (s *Service) fileEvent(ctx context.Context, tx *postgres.Tx, c Call, f File, typ string) error {
	_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: typ, Object: "file", ID: f.ID,
		Data: map[string]any{"call_id": c.ID, "identification_id": c.IdentificationID, "role": f.Role, "type": f.Type}})
	return err
}

// fileName makes a given name one that can be shown and saved: no path, no
// control or direction characters, at most 100 characters, and the ending of
// what the file is.
func fileName(name, mediaType string) string {
	name = strings.Map(legible, name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*%;&$`+"`", r) {
			return '_'
		}
		return r
	}, name), ". ")
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	if name == "" {
		name = "file"
	}
	return name + map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}[mediaType]
}
