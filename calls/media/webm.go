package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"time"
)

// webmStorage is what a recording is written to: an *os.File.
type webmStorage interface {
	io.Writer
	io.WriterAt
	io.ReaderAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// Element ids of Matroska (RFC 9559), as many as a call needs.
const (
	idEBML             = 0x1A45DFA3
	idEBMLVersion      = 0x4286
	idEBMLReadVersion  = 0x42F7
	idEBMLMaxID        = 0x42F2
	idEBMLMaxSize      = 0x42F3
	idDocType          = 0x4282
	idDocTypeVersion   = 0x4287
	idDocTypeRead      = 0x4285
	idSegment          = 0x18538067
	idSeekHead         = 0x114D9B74
	idSeek             = 0x4DBB
	idSeekID           = 0x53AB
	idSeekPosition     = 0x53AC
	idInfo             = 0x1549A966
	idTimestampScale   = 0x2AD7B1
	idDuration         = 0x4489
	idDateUTC          = 0x4461
	idMuxingApp        = 0x4D80
	idWritingApp       = 0x5741
	idTracks           = 0x1654AE6B
	idTrackEntry       = 0xAE
	idTrackNumber      = 0xD7
	idTrackUID         = 0x73C5
	idTrackType        = 0x83
	idFlagLacing       = 0x9C
	idCodecID          = 0x86
	idCodecPrivate     = 0x63A2
	idSeekPreRoll      = 0x56BB
	idVideo            = 0xE0
	idPixelWidth       = 0xB0
	idPixelHeight      = 0xBA
	idAudio            = 0xE1
	idSamplingFreq     = 0xB5
	idChannels         = 0x9F
	idCluster          = 0x1F43B675
	idTimestamp        = 0xE7
	idSimpleBlock      = 0xA3
	idCues             = 0x1C53BB6B
	idCuePoint         = 0xBB
	idCueTime          = 0xB3
	idCueTrackPosition = 0xB7
	idCueTrack         = 0xF7
	idCueCluster       = 0xF1
	idVoid             = 0xEC
)

const (
	videoTrack = 1
	audioTrack = 2

	clusterLength    = 2 * time.Second        // at most
	clusterKeyLength = 500 * time.Millisecond // a key frame begins a new cluster when this one is as long

	seekHeadSpace = 96 // bytes kept free for the SeekHead
	durationSize  = 11 // bytes of the Duration element
	unknownSize   = 0x01FFFFFFFFFFFFFF
	sizeFlag      = 0x0100000000000000 // marks a size of eight bytes

	maxOverlap = 40 * time.Millisecond // audio reaching further back than this into what is written is dropped
)

// matroskaEpoch is the zero of DateUTC.
var matroskaEpoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// webmFile writes one participant's live WebM: both tracks in the header from
// the start, blocks appended as they come, sizes unknown until they are known.
// At any moment the file plays; finish adds what makes it seekable.
//
// The audio track has no holes: players count samples and would drift from the
// pictures, so silence is written where nothing was received.
type webmFile struct {
	storage webmStorage
	buf     []byte // not yet written
	pos     int64  // bytes written
	broken  bool   // a write failed: what follows pos is not ours
	hole    error  // packets were dropped before they came here

	widthAt, heightAt int64 // where the values are, to be set by the first key frame
	sized             bool
	clusterSizeAt     int64 // of the open cluster, 0: none
	clusterTime       time.Duration
	now               time.Duration // how far the time line has been written
	audioEnd          time.Duration // length of the audio written, in samples
	videoNext         time.Duration // the next picture is not before this
}

// newWebM begins a file whose zero is start. It writes nothing yet.
func newWebM(storage webmStorage, start time.Time) *webmFile {
	f := &webmFile{storage: storage}
	f.buf = element(f.buf, idEBML, concat(
		uintElement(idEBMLVersion, 1), uintElement(idEBMLReadVersion, 1), uintElement(idEBMLMaxID, 4), uintElement(idEBMLMaxSize, 8),
		element(nil, idDocType, []byte("webm")), uintElement(idDocTypeVersion, 4), uintElement(idDocTypeRead, 2)))
	f.buf = appendID(f.buf, idSegment)
	f.buf = binary.BigEndian.AppendUint64(f.buf, unknownSize)
	f.buf = append(f.buf, voidElement(seekHeadSpace)...)
	f.buf = element(f.buf, idInfo, concat(
		uintElement(idTimestampScale, uint64(time.Millisecond)),
		element(nil, idDateUTC, binary.BigEndian.AppendUint64(nil, uint64(start.Sub(matroskaEpoch)))),
		element(nil, idMuxingApp, []byte("visavis")), element(nil, idWritingApp, []byte("visavis")),
		voidElement(durationSize)))

	// The size of the picture is not known yet; most cameras begin with this one.
	const width, height = 640, 480
	video := element(nil, idTrackEntry, concat(
		uintElement(idTrackNumber, videoTrack), uintElement(idTrackUID, videoTrack), uintElement(idTrackType, 1), uintElement(idFlagLacing, 0),
		element(nil, idCodecID, []byte("V_VP8")),
		element(nil, idVideo, concat(
			element(nil, idPixelWidth, []byte{width >> 8, width & 0xff}),
			element(nil, idPixelHeight, []byte{height >> 8, height & 0xff})))))
	audio := element(nil, idTrackEntry, concat(
		uintElement(idTrackNumber, audioTrack), uintElement(idTrackUID, audioTrack), uintElement(idTrackType, 2), uintElement(idFlagLacing, 0),
		element(nil, idCodecID, []byte("A_OPUS")),
		element(nil, idCodecPrivate, []byte("OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00")), // RFC 7845, 5.1: stereo, 48 kHz
		uintElement(idSeekPreRoll, uint64(80*time.Millisecond)),
		element(nil, idAudio, concat(
			element(nil, idSamplingFreq, binary.BigEndian.AppendUint64(nil, math.Float64bits(48000))),
			uintElement(idChannels, 2)))))
	f.buf = element(f.buf, idTracks, concat(video, audio))
	// The two values are the last two elements of the video entry: id, size, two bytes each.
	videoEnd := int64(len(f.buf) - len(audio))
	f.heightAt, f.widthAt = videoEnd-2, videoEnd-6
	return f
}

// size is the length of the file on disk.
func (f *webmFile) size() int64 { return f.pos }

// add appends a frame. at counts from the file's zero and never goes back from
// one call to the next. Within a track times always grow: audio is laid end to
// end, so that its time is that of its samples (they stay within 40 ms of at),
// and pictures that came in one burst are set a millisecond apart. Where silence
// has been written beyond at already, a picture is set to the end of that.
func (f *webmFile) add(track uint8, at time.Duration, key bool, data []byte) {
	f.silence(at)
	f.now = max(f.now, at)
	if track == audioTrack {
		if f.audioEnd-at <= maxOverlap {
			f.block(audioTrack, f.audioEnd, true, data)
			f.audioEnd += opusDuration(data)
		}
		return
	}
	if width, height, ok := vp8KeyFrame(data); ok && !f.sized {
		f.sized = true
		f.patch(f.widthAt, []byte{byte(width >> 8), byte(width)})
		f.patch(f.heightAt, []byte{byte(height >> 8), byte(height)})
	}
	f.videoNext = max(f.videoNext, f.now)
	f.block(videoTrack, f.videoNext, key, data)
	f.videoNext += time.Millisecond
}

// silence fills the audio track up to until.
func (f *webmFile) silence(until time.Duration) {
	for until-f.audioEnd >= opusFrame {
		f.now = max(f.now, f.audioEnd)
		f.block(audioTrack, f.audioEnd, true, opusSilence)
		f.audioEnd += opusFrame
	}
}

func (f *webmFile) block(track uint8, at time.Duration, key bool, data []byte) {
	if f.buf == nil {
		f.buf = takeBuffer()
	}
	length := f.now - f.clusterTime
	if f.clusterSizeAt == 0 || length >= clusterLength || track == videoTrack && key && length >= clusterKeyLength {
		f.endCluster()
		f.clusterTime = min(f.now, f.audioEnd).Truncate(time.Millisecond) // nothing to come is earlier
		f.buf = appendID(f.buf, idCluster)
		f.clusterSizeAt = f.pos + int64(len(f.buf))
		f.buf = binary.BigEndian.AppendUint64(f.buf, unknownSize)
		f.buf = append(f.buf, uintElement(idTimestamp, uint64(f.clusterTime/time.Millisecond))...)
	}
	flags := byte(0)
	if key {
		flags = 0x80
	}
	relative := int16((at - f.clusterTime) / time.Millisecond)
	f.buf = appendID(f.buf, idSimpleBlock)
	f.buf = appendSize(f.buf, len(data)+4)
	f.buf = append(f.buf, 0x80|track, byte(uint16(relative)>>8), byte(relative), flags)
	f.buf = append(f.buf, data...)
}

func (f *webmFile) endCluster() {
	if f.clusterSizeAt == 0 {
		return
	}
	size := f.pos + int64(len(f.buf)) - f.clusterSizeAt - 8
	f.patch(f.clusterSizeAt, binary.BigEndian.AppendUint64(nil, sizeFlag|uint64(size)))
	f.clusterSizeAt = 0
}

// patch replaces bytes that may or may not have been written yet.
func (f *webmFile) patch(at int64, data []byte) {
	if at >= f.pos {
		copy(f.buf[at-f.pos:], data)
		return
	}
	if f.broken {
		return
	}
	if _, err := f.storage.WriteAt(data, at); err != nil {
		f.broken = true
	}
}

// flush writes what has been appended. After an error the file ends at the last
// flush that succeeded.
func (f *webmFile) flush() error {
	if f.broken {
		return io.ErrShortWrite
	}
	if len(f.buf) == 0 {
		return nil
	}
	n, err := f.storage.Write(f.buf)
	if err == nil && n < len(f.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		f.broken = true
		return err
	}
	f.pos += int64(len(f.buf))
	giveBuffer(f.buf)
	f.buf = nil
	return nil
}

// finish writes the rest, finalises the file and closes it.
func (f *webmFile) finish() (Recording, error) {
	defer func() { _ = f.storage.Close() }()
	if !f.broken {
		f.endCluster()
	}
	_ = f.flush() // when it failed, what was written before is finalised
	return finalise(f.storage, f.pos)
}

// Building elements (RFC 8794).

func appendID(b []byte, id uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if id>>shift != 0 {
			b = append(b, byte(id>>shift))
		}
	}
	return b
}

// appendSize appends a size in as few bytes as hold it, at most four.
func appendSize(b []byte, n int) []byte {
	switch {
	case n < 1<<7-1:
		return append(b, 0x80|byte(n))
	case n < 1<<14-1:
		return append(b, 0x40|byte(n>>8), byte(n))
	case n < 1<<21-1:
		return append(b, 0x20|byte(n>>16), byte(n>>8), byte(n))
	default:
		return append(b, 0x10|byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

func element(b []byte, id uint32, body []byte) []byte {
	return append(appendSize(appendID(b, id), len(body)), body...)
}

func uintElement(id uint32, v uint64) []byte {
	body := binary.BigEndian.AppendUint64(nil, v)
	for len(body) > 1 && body[0] == 0 {
		body = body[1:]
	}
	return element(nil, id, body)
}

// voidElement is n bytes that mean nothing, n at least 9.
func voidElement(n int) []byte {
	b := binary.BigEndian.AppendUint64([]byte{idVoid}, sizeFlag|uint64(n-9))
	return append(b, make([]byte, n-9)...)
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
