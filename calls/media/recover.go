package media

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"filippo.io/age"
)

// ErrNotRecording says that a file is none of ours, or holds no whole block.
var ErrNotRecording = errors.New("media: not a recording")

var recordingName = regexp.MustCompile(`^part-(\d{3,})-([a-z][a-z0-9_]{0,31})\.webm(\.age)?$`)

// Recover finalises a recording that a crash left open: an incomplete tail is
// cut, duration and cues are written, and the SHA-256 is of the result. started
// is the RoomConfig.Started of its room. The file plays before and after, also
// when Recover itself is interrupted: then call it again. A file that is
// already complete is only read. The file must not be one that a room is still
// writing. key is the one that its room had for it, nil for a plain file. Errors:
// ErrNotRecording, ErrSealed (another key, or an altered file), and those of the
// file system.
func Recover(path string, started time.Time, key *age.X25519Identity) (Recording, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return Recording{}, err
	}
	defer func() { _ = f.Close() }()
	recording, err := recoverFile(f, path, key)
	if err != nil {
		return Recording{}, fmt.Errorf("media: recovering %s: %w", filepath.Base(path), err)
	}
	recording.Path = path
	recording.Offset = recording.Start.Sub(started)
	recording.Gaps = shifted(recording.Gaps, recording.Offset)
	if m := recordingName.FindStringSubmatch(filepath.Base(path)); m != nil {
		recording.Part, _ = strconv.Atoi(m[1])
		recording.Participant = m[2]
	}
	return recording, nil
}

func recoverFile(f *os.File, path string, key *age.X25519Identity) (Recording, error) {
	stat, err := f.Stat()
	if err != nil {
		return Recording{}, err
	}
	if key == nil {
		return finalise(f, stat.Size())
	}
	journal, err := readJournal(f, key)
	if err == nil {
		return sealJournal(journal, path, key)
	}
	if !errors.Is(err, ErrNotRecording) {
		return Recording{}, err
	}
	if intro := make([]byte, len(ageIntro)); stat.Size() > int64(len(intro)) {
		if _, err := f.ReadAt(intro, 0); err != nil || string(intro) != ageIntro {
			return Recording{}, ErrNotRecording
		}
		plain, err := OpenSealedAt(f, stat.Size(), f, key) // finished before
		if err != nil {
			return Recording{}, err
		}
		recording, err := finalise(readOnly{plain}, plain.Size)
		recording.Sealed = true
		return recording, err
	}
	return Recording{}, err
}

// ageIntro begins every age file.
const ageIntro = "age-encryption.org/v1\n"

// readOnly is a finished recording: finalise only reads it.
type readOnly struct{ *Plain }

func (readOnly) Write([]byte) (int, error)          { return 0, errors.ErrUnsupported }
func (readOnly) WriteAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func (readOnly) Truncate(int64) error               { return errors.ErrUnsupported }
func (readOnly) Sync() error                        { return nil }

// damaged ends the name under which a journal that was altered is kept, beside
// the file made of what could be read of it.
const damaged = ".damaged"

// sealJournal makes a journal complete and puts the age file in its place. When
// there is no room for that the recording is described all the same, with the
// error in it: the journal stays, and sealing it later gives the same bytes.
func sealJournal(journal *journalReader, path string, key *age.X25519Identity) (Recording, error) {
	recording, err := finalise(journal, journal.size)
	if err != nil {
		return recording, errors.Join(journal.failed, err)
	}
	recording.Err = journal.failed
	if journal.failed != nil { // somebody may want to know what was done to it
		if err := os.Link(path, path+damaged); err != nil && !errors.Is(err, fs.ErrExist) {
			return recording, errors.Join(journal.failed, err)
		}
	}
	if err := sealAge(path, journal, recording.Bytes, key); err != nil {
		recording.Err = errors.Join(recording.Err, fmt.Errorf("media: sealing the recording: %w", err))
		return recording, nil
	}
	recording.Sealed = true
	return recording, nil
}

// RecoverDir recovers all plain recordings in a call's folder, in order of part
// and name. What it could recover is returned also with an error.
func RecoverDir(dir string, started time.Time) ([]Recording, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var recordings []Recording
	var errs []error
	for _, e := range entries {
		if !recordingName.MatchString(e.Name()) {
			continue
		}
		recording, err := Recover(filepath.Join(dir, e.Name()), started, nil)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		recordings = append(recordings, recording)
	}
	return recordings, errors.Join(errs...)
}

// span is where an element lies in the file, its id and size included.
type span struct{ at, end int64 }

// webmIndex is what finalising needs to know of a file of ours.
type webmIndex struct {
	segmentSizeAt int64
	complete      bool // the segment's size is known: finalised before
	seekHead      int64
	info, tracks  int64
	duration      int64 // where the Duration is, or the Void that keeps its place
	start         time.Time
	entries       map[uint8]span // of tracks that the header lists
	clusters      []span
	cues          []cue
	audioCues     []cue
	end           int64         // after the last whole block
	length        time.Duration // end of the last block in time
	width, height int           // of the first key frame
	gaps          gapMap
	hasAudio      bool
	hasVideo      bool
}

type cue struct {
	at      time.Duration
	track   uint8
	cluster int64
}

// finalise makes the first size bytes of a file complete and describes them.
// Each step leaves a file that plays; the segment's size, written last, says
// that all were done.
func finalise(file webmStorage, size int64) (Recording, error) {
	index, err := scan(file, size)
	if err != nil {
		return Recording{}, err
	}
	end := size
	var failed error
	if !index.complete {
		end, failed = index.seal(file)
	}
	hash := sha256.New()
	n, err := io.Copy(hash, io.NewSectionReader(file, 0, end))
	if err == nil && n != end {
		err = io.ErrUnexpectedEOF
	}
	r := Recording{
		Start: index.start, Duration: index.length, Bytes: end, HasAudio: index.hasAudio, HasVideo: index.hasVideo,
	}
	index.gaps.end(index.length, nil)
	r.Gaps = index.gaps.all
	hash.Sum(r.SHA256[:0])
	return r, errors.Join(failed, err)
}

// seal writes cues, sizes, duration and seek head. When the disk has no room
// for the cues the rest is done all the same.
func (x *webmIndex) seal(file webmStorage) (end int64, err error) {
	if err := file.Truncate(x.end); err != nil {
		return x.end, err
	}
	segment := x.segmentSizeAt + 8
	cues := x.cues
	if len(cues) == 0 {
		cues = x.audioCues
	}
	var body []byte
	for _, c := range cues {
		body = element(body, idCuePoint, concat(
			uintElement(idCueTime, uint64(c.at/time.Millisecond)),
			element(nil, idCueTrackPosition, concat(uintElement(idCueTrack, uint64(c.track)), uintElement(idCueCluster, uint64(c.cluster-segment))))))
	}
	end = x.end
	_, failed := file.WriteAt(element(nil, idCues, body), x.end)
	if failed != nil {
		failed = errors.Join(failed, file.Truncate(x.end))
	} else {
		end += int64(len(element(nil, idCues, body)))
	}

	patch := func(at int64, data []byte) {
		if err == nil {
			_, err = file.WriteAt(data, at)
		}
	}
	for _, c := range x.clusters {
		patch(c.at+4, sized(c.end-c.at-12))
	}
	patch(x.duration, element(nil, idDuration, binary.BigEndian.AppendUint64(nil, math.Float64bits(float64(x.length/time.Millisecond)))))
	head := concat(seekEntry(idInfo, x.info-segment), seekEntry(idTracks, x.tracks-segment))
	if failed == nil {
		head = append(head, seekEntry(idCues, x.end-segment)...)
	}
	head = element(nil, idSeekHead, head)
	patch(x.seekHead, append(head, voidElement(seekHeadSpace-len(head))...))
	// Without a single picture there is no video track. Audio stays in any case:
	// it has been filled with silence.
	if entry, listed := x.entries[videoTrack]; listed && !x.hasVideo {
		patch(entry.at, voidElement(int(entry.end-entry.at)))
	}
	if entry, listed := x.entries[videoTrack]; listed && x.hasVideo && x.width > 0 {
		// The two values are the last two elements of the entry: id, size, two bytes each.
		patch(entry.end-6, []byte{byte(x.width >> 8), byte(x.width)})
		patch(entry.end-2, []byte{byte(x.height >> 8), byte(x.height)})
	}
	if err == nil {
		err = file.Sync()
	}
	patch(x.segmentSizeAt, sized(end-segment))
	if err == nil {
		err = file.Sync()
	}
	return end, errors.Join(failed, err)
}

func sized(n int64) []byte { return binary.BigEndian.AppendUint64(nil, sizeFlag|uint64(n)) }

func seekEntry(id uint32, position int64) []byte {
	return element(nil, idSeek, concat(
		element(nil, idSeekID, appendID(nil, id)),
		element(nil, idSeekPosition, binary.BigEndian.AppendUint64(nil, uint64(position)))))
}

// unread remembers that a file could not be read. That is not its end: what lies
// behind must not be cut off.
type unread struct {
	io.ReaderAt
	err error
}

func (u *unread) ReadAt(p []byte, at int64) (int, error) {
	n, err := u.ReaderAt.ReadAt(p, at)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrSealed) {
		u.err = err
	}
	return n, err
}

// scan reads a file of ours from the front. It stops, without an error, at the
// first thing after the header that is not a whole block. Errors: ErrNotRecording,
// and those of the file system.
func scan(from io.ReaderAt, size int64) (*webmIndex, error) {
	file := &unread{ReaderAt: from}
	in := &ebmlReader{r: bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 64<<10), size: size}
	x := &webmIndex{entries: map[uint8]span{}}
	err := x.header(in)
	for err == nil && x.cluster(in) {
	}
	if file.err != nil {
		return nil, fmt.Errorf("media: reading the recording: %w", file.err)
	}
	if err != nil {
		return nil, err
	}
	if len(x.clusters) == 0 {
		return nil, fmt.Errorf("%w: no whole block", ErrNotRecording)
	}
	return x, nil
}

// header reads up to the first cluster.
func (x *webmIndex) header(in *ebmlReader) error {
	broken := func(what string) error { return fmt.Errorf("%w: %s", ErrNotRecording, what) }
	id, n, err := in.element()
	if err != nil || id != idEBML || in.skip(n) != nil {
		return broken("no EBML header")
	}
	id, n, err = in.element()
	if err != nil || id != idSegment {
		return broken("no segment")
	}
	x.segmentSizeAt = in.at - 8
	x.complete = n != -1
	x.seekHead = in.at
	for in.at < x.seekHead+seekHeadSpace {
		if id, n, err = in.element(); err != nil || id != idVoid && id != idSeekHead || in.skip(n) != nil {
			return broken("no seek head")
		}
	}
	x.info = in.at
	err = in.children(idInfo, func(id uint32, at int64, body []byte) {
		switch id {
		case idVoid, idDuration:
			x.duration = at
		case idDateUTC:
			if len(body) == 8 {
				x.start = matroskaEpoch.Add(time.Duration(binary.BigEndian.Uint64(body)))
			}
		}
	})
	if err != nil || x.duration == 0 || x.start.IsZero() {
		return broken("no info")
	}
	x.tracks = in.at
	err = in.children(idTracks, func(id uint32, at int64, body []byte) {
		if id == idTrackEntry && len(body) > 2 && body[0] == idTrackNumber {
			x.entries[body[2]] = span{at, in.at}
		}
	})
	if err != nil {
		return broken("no tracks")
	}
	return nil
}

// cluster reads one cluster and says whether there may be another.
func (x *webmIndex) cluster(in *ebmlReader) bool {
	at := in.at
	id, _, err := in.element()
	if err != nil || id != idCluster || in.at != at+12 {
		return false
	}
	var base time.Duration
	var based, blocks, keyed bool
	end := in.at
	for {
		if next, err := in.r.Peek(1); err != nil || next[0] != idTimestamp && next[0] != idSimpleBlock {
			break
		}
		id, n, err := in.element()
		if err != nil || n < 0 {
			break
		}
		if id == idTimestamp {
			body, err := in.bytes(n, 8)
			if err != nil {
				break
			}
			var ms uint64
			for _, b := range body {
				ms = ms<<8 | uint64(b)
			}
			base, based = time.Duration(min(ms, 1<<40))*time.Millisecond, true
			continue
		}
		body, err := in.bytes(n, maxFrame+4)
		if err != nil || len(body) < 4 || !based {
			break
		}
		track := body[0] & 0x7f
		when := base + time.Duration(int16(binary.BigEndian.Uint16(body[1:])))*time.Millisecond
		switch {
		case track == audioTrack:
			duration := opusDuration(body[4:])
			if !bytes.Equal(body[4:], opusSilence) {
				x.hasAudio = true
				x.gaps.heard(when, duration)
			}
			when += duration
		case track == videoTrack:
			x.gaps.seen(when)
			if x.width == 0 {
				x.width, x.height, _ = vp8KeyFrame(body[4:])
			}
			if body[3]&0x80 != 0 && !keyed {
				keyed = true
				x.cues = append(x.cues, cue{when, videoTrack, at})
				x.hasVideo = true
			}
		}
		x.length = max(x.length, when)
		blocks, end = true, in.at
	}
	if !blocks {
		return false
	}
	x.audioCues = append(x.audioCues, cue{base, audioTrack, at})
	x.clusters = append(x.clusters, span{at, end})
	x.end = end
	return in.at == end
}

// ebmlReader reads elements one after the other and counts where it is.
type ebmlReader struct {
	r    *bufio.Reader
	at   int64
	size int64
	buf  []byte
}

// element reads an id and a size; the size is -1 if it is unknown.
func (in *ebmlReader) element() (id uint32, size int64, err error) {
	first, err := in.byte()
	if err != nil {
		return 0, 0, err
	}
	id = uint32(first)
	for mask := byte(0x80); first&mask == 0; mask >>= 1 {
		if mask < 0x10 {
			return 0, 0, ErrNotRecording
		}
		b, err := in.byte()
		if err != nil {
			return 0, 0, err
		}
		id = id<<8 | uint32(b)
	}
	if first, err = in.byte(); err != nil {
		return 0, 0, err
	}
	mask, more := byte(0x80), 0
	for ; first&mask == 0; mask >>= 1 {
		if mask == 0 {
			return 0, 0, ErrNotRecording
		}
		more++
	}
	size = int64(first &^ mask)
	allOnes := first|^(mask-1) == 0xff
	for range more {
		b, err := in.byte()
		if err != nil {
			return 0, 0, err
		}
		size = size<<8 | int64(b)
		allOnes = allOnes && b == 0xff
	}
	if allOnes {
		size = -1
	}
	return id, size, nil
}

func (in *ebmlReader) byte() (byte, error) {
	b, err := in.r.ReadByte()
	if err == nil {
		in.at++
	}
	return b, err
}

func (in *ebmlReader) skip(n int64) error {
	if n < 0 || n > in.size-in.at {
		return io.ErrUnexpectedEOF
	}
	_, err := in.r.Discard(int(n))
	in.at += n
	return err
}

// bytes reads n bytes, at most limit. They are valid until the next call.
func (in *ebmlReader) bytes(n, limit int64) ([]byte, error) {
	if n < 0 || n > limit || n > in.size-in.at {
		return nil, io.ErrUnexpectedEOF
	}
	if int64(cap(in.buf)) < n {
		in.buf = make([]byte, n)
	}
	in.buf = in.buf[:n]
	_, err := io.ReadFull(in.r, in.buf)
	in.at += n
	return in.buf, err
}

// children reads an element of the header with all that is in it.
func (in *ebmlReader) children(want uint32, each func(id uint32, at int64, body []byte)) error {
	id, n, err := in.element()
	if err != nil || id != want || n < 0 || n > in.size-in.at {
		return ErrNotRecording
	}
	for end := in.at + n; in.at < end; {
		at := in.at
		id, n, err := in.element()
		if err != nil {
			return err
		}
		body, err := in.bytes(n, 64<<10)
		if err != nil {
			return err
		}
		each(id, at, body)
	}
	return nil
}
