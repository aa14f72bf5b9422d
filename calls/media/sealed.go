package media

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// A recording is never on the disk in plain bytes when its room has keys. While
// the call goes on it is a journal: records appended one after the other, each
// sealed with ChaCha20-Poly1305 (RFC 8439), the number of the record as nonce.
// age's own format (64 KiB chunks, the last one marked) cannot be that: seconds of
// sound would wait in memory for their chunk to be full. When the recording is
// finished the journal is read in order, made seekable, written as an age file
// (age-encryption.org/v1) and replaced by it in one rename.
//
//	journal = magic  salt[16]  record*
//	record  = length[4] of what follows  ciphertext  tag[16]
//
// The key is derived from the recording's age identity and the salt, which is
// drawn for each journal; a journal is written once and never opened again for
// appending, so that no nonce comes twice.

const (
	journalMagic = "visavis-journal/1\n"
	saltSize     = 16
	lengthSize   = 4
	maxRecord    = maxQueued + 64<<10 + 16 // bytes; a longer one is not ours
)

// ErrSealed says that a sealed file cannot be opened with this key, or was altered.
var ErrSealed = errors.New("media: the file cannot be opened with this key")

func journalCipher(key *age.X25519Identity, salt []byte) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, []byte(key.String()), salt, "visavis recording journal", chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	return chacha20poly1305.New(derived)
}

// journal is a webmStorage that a recorder appends to. What is patched or cut
// afterwards stays in memory (overlay): finishing writes the file anew anyway.
type journal struct {
	overlay
	file *os.File
	aead cipher.AEAD
	next uint64 // number of the next record
	torn bool   // a write failed half way; the rest of the file means nothing
	size int64
}

func newJournal(file *os.File, key *age.X25519Identity) (*journal, error) {
	head := make([]byte, saltSize)
	_, _ = rand.Read(head) // never fails, see crypto/rand
	aead, err := journalCipher(key, head)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(append([]byte(journalMagic), head...)); err != nil {
		return nil, err
	}
	return &journal{file: file, aead: aead}, nil
}

// Write appends one record with all of p, or nothing that would be read again.
func (j *journal) Write(p []byte) (int, error) {
	if j.torn {
		return 0, io.ErrShortWrite
	}
	out := sealRecord(takeBuffer(), j.aead, j.next, p)
	_, err := j.file.Write(out)
	giveBuffer(out)
	if err != nil {
		j.torn = true
		return 0, err
	}
	j.next++
	j.size += int64(len(p))
	return len(p), nil
}

func sealRecord(out []byte, aead cipher.AEAD, n uint64, plain []byte) []byte {
	length := binary.BigEndian.AppendUint32(nil, uint32(len(plain)+aead.Overhead()))
	return aead.Seal(append(out, length...), recordNonce(n), plain, length)
}

func recordNonce(n uint64) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(nonce[4:], n)
	return nonce
}

// ReadAt is not for a journal that is being written: readJournal opens it.
func (j *journal) ReadAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }

// Truncate is needed only for a file that is finished in place.
func (j *journal) Truncate(int64) error { return nil }

func (j *journal) Sync() error  { return j.file.Sync() }
func (j *journal) Close() error { return j.file.Close() }

// overlay holds bytes that replace others, and those behind the end.
type overlay struct{ patches []patch }

type patch struct {
	at   int64
	data []byte
}

// WriteAt keeps data; the last of two at one place counts.
func (o *overlay) WriteAt(data []byte, at int64) (int, error) {
	i := sort.Search(len(o.patches), func(i int) bool { return o.patches[i].at >= at })
	p := patch{at, slices.Clone(data)}
	if i < len(o.patches) && o.patches[i].at == at {
		o.patches[i] = p
	} else {
		o.patches = slices.Insert(o.patches, i, p)
	}
	return len(data), nil
}

// apply puts the patches onto p, which was read from at.
func (o *overlay) apply(p []byte, at int64) {
	end := at + int64(len(p))
	i := sort.Search(len(o.patches), func(i int) bool { return o.patches[i].at+int64(len(o.patches[i].data)) > at })
	for ; i < len(o.patches) && o.patches[i].at < end; i++ {
		x := o.patches[i]
		if x.at >= at {
			copy(p[x.at-at:], x.data)
		} else {
			copy(p, x.data[at-x.at:])
		}
	}
}

// journalReader reads a journal as the plain file that it stands for, with the
// patches of finishing on top. It is a webmStorage that writes nothing.
type journalReader struct {
	overlay
	file    io.ReaderAt
	close   io.Closer
	aead    cipher.AEAD
	starts  []int64 // place in the plain file of each record
	places  []int64 // and in the journal
	tail    int64   // end of the last whole record in the journal
	stored  int64   // plain bytes in whole records
	size    int64   // of the plain file, after cutting and patching
	failed  error   // a record does not open: the file was altered
	current int     // the record that is in plain, -1: none
	plain   []byte
	sealed  []byte
}

// readJournal finds the whole records of a journal. One that was torn by a crash
// ends it, as does one that was altered: what follows has no meaning then.
func readJournal(file *os.File, key *age.X25519Identity) (*journalReader, error) {
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(journalMagic)+saltSize)
	if _, err := file.ReadAt(head, 0); err != nil || string(head[:len(journalMagic)]) != journalMagic {
		return nil, fmt.Errorf("%w: no journal", ErrNotRecording)
	}
	aead, err := journalCipher(key, head[len(journalMagic):])
	if err != nil {
		return nil, err
	}
	r := &journalReader{file: file, close: file, aead: aead, current: -1}
	in := bufio.NewReaderSize(io.NewSectionReader(file, 0, stat.Size()), 64<<10)
	at := int64(len(head))
	_, _ = in.Discard(len(head))
	var length [lengthSize]byte
	for {
		if _, err := io.ReadFull(in, length[:]); err != nil {
			break
		}
		n := int64(binary.BigEndian.Uint32(length[:]))
		if n < int64(aead.Overhead()) || n > maxRecord || at+lengthSize+n > stat.Size() {
			break
		}
		if _, err := in.Discard(int(n)); err != nil {
			break
		}
		r.starts, r.places = append(r.starts, r.stored), append(r.places, at)
		r.stored += n - int64(aead.Overhead())
		at += lengthSize + n
	}
	r.size, r.tail = r.stored, at
	if len(r.starts) > 0 && r.record(0) != nil {
		return nil, ErrSealed
	}
	return r, nil
}

// record decrypts one record into plain.
func (r *journalReader) record(i int) error {
	if r.current == i {
		return nil
	}
	r.current = -1
	end := r.tail
	if i+1 < len(r.places) {
		end = r.places[i+1]
	}
	n := int(end - r.places[i])
	r.sealed = slices.Grow(r.sealed[:0], n)[:n]
	if _, err := r.file.ReadAt(r.sealed, r.places[i]); err != nil {
		return err
	}
	plain, err := r.aead.Open(r.plain[:0], recordNonce(uint64(i)), r.sealed[lengthSize:], r.sealed[:lengthSize])
	if err != nil {
		r.failed = ErrSealed
		return ErrSealed
	}
	r.plain, r.current = plain, i
	return nil
}

// ReadAt reads plain bytes.
func (r *journalReader) ReadAt(p []byte, at int64) (int, error) {
	if at >= r.size {
		return 0, io.EOF
	}
	p, short := p[:min(int64(len(p)), r.size-at)], int64(len(p)) > r.size-at
	done := 0
	for done < len(p) && at+int64(done) < r.stored {
		from := at + int64(done)
		i := sort.Search(len(r.starts), func(i int) bool { return r.starts[i] > from }) - 1
		if err := r.record(i); err != nil {
			return done, err
		}
		done += copy(p[done:], r.plain[from-r.starts[i]:])
	}
	r.apply(p, at)
	if short {
		return len(p), io.EOF
	}
	return len(p), nil
}

// WriteAt keeps data in memory.
func (r *journalReader) WriteAt(data []byte, at int64) (int, error) {
	r.size = max(r.size, at+int64(len(data)))
	return r.overlay.WriteAt(data, at)
}

// Truncate cuts the plain file.
func (r *journalReader) Truncate(size int64) error {
	r.size, r.stored = size, min(r.stored, size)
	r.patches = slices.DeleteFunc(r.patches, func(p patch) bool { return p.at >= size })
	return nil
}

func (r *journalReader) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }
func (r *journalReader) Sync() error               { return nil }
func (r *journalReader) Close() error              { return r.close.Close() }

// sealAge writes size plain bytes as an age file beside path and puts it in path's
// place, whole and on the disk, or not at all.
func sealAge(path string, plain io.ReaderAt, size int64, key *age.X25519Identity) error {
	return WriteSealed(path, io.NewSectionReader(plain, 0, size), key)
}

// WriteSealed writes a file encrypted to key, in age's format, replacing what was
// there in one step. Nothing plain touches the disk.
func WriteSealed(path string, plain io.Reader, key *age.X25519Identity) (err error) {
	next := path + ".tmp"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(next)
		}
	}()
	buffered := bufio.NewWriterSize(file, 256<<10)
	out, err := age.Encrypt(buffered, key.Recipient())
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, plain); err != nil {
		return err
	}
	if err = out.Close(); err != nil {
		return err
	}
	if err = errors.Join(buffered.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err = os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Plain is a recording, or another sealed file, opened for reading.
type Plain struct {
	io.ReaderAt
	Size   int64 // plain bytes
	closer io.Closer
}

// Close closes the file.
func (p *Plain) Close() error { return p.closer.Close() }

// OpenSealed opens a finished file, or one that is still being written as far as
// it goes, for reading its plain bytes at any place. With a nil key the file is a
// plain one. Errors: ErrSealed (another key, or altered), those of the file
// system. An altered byte shows when it is read.
func OpenSealed(file *os.File, key *age.X25519Identity) (*Plain, error) {
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if key == nil {
		return &Plain{file, stat.Size(), file}, nil
	}
	head := make([]byte, len(journalMagic))
	if n, _ := file.ReadAt(head, 0); bytes.Equal(head[:n], []byte(journalMagic)) {
		r, err := readJournal(file, key)
		if err != nil {
			return nil, err
		}
		return &Plain{r, r.size, file}, nil
	}
	return OpenSealedAt(file, stat.Size(), file, key)
}

// OpenSealedAt is OpenSealed for a finished file that lies elsewhere.
func OpenSealedAt(src io.ReaderAt, size int64, closer io.Closer, key *age.X25519Identity) (*Plain, error) {
	plain, n, err := age.DecryptReaderAt(src, size, key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return &Plain{plain, n, closer}, nil
}
