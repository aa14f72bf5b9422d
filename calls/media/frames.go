package media

import "time"

// maxFrame bounds a reassembled VP8 frame; a key frame of 4K stays below.
const maxFrame = 4 << 20

// vp8Payload strips the VP8 payload descriptor (RFC 7741, 4.2). start says that
// a frame begins here. ok is false for a malformed or empty payload.
func vp8Payload(p []byte) (data []byte, start, ok bool) {
	if len(p) == 0 {
		return nil, false, false
	}
	first := p[0]
	n := 1
	if first&0x80 != 0 { // X
		if n >= len(p) {
			return nil, false, false
		}
		extension := p[n]
		n++
		if extension&0x80 != 0 { // I
			if n >= len(p) {
				return nil, false, false
			}
			if p[n]&0x80 != 0 { // M: 15 bits
				n++
			}
			n++
		}
		if extension&0x40 != 0 { // L
			n++
		}
		if extension&0x30 != 0 { // T or K
			n++
		}
	}
	if n >= len(p) {
		return nil, false, false
	}
	return p[n:], first&0x10 != 0 && first&0x07 == 0, true
}

// vp8KeyFrame tells whether a frame stands alone, and its size (RFC 6386, 9.1).
func vp8KeyFrame(frame []byte) (width, height int, ok bool) {
	if len(frame) < 10 || frame[0]&1 != 0 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a {
		return 0, 0, false
	}
	width = int(frame[6]) | int(frame[7]&0x3f)<<8
	height = int(frame[8]) | int(frame[9]&0x3f)<<8
	return width, height, width > 0 && height > 0
}

// vp8Frames puts frames together again. After a hole it waits for the next key
// frame, because what lies between refers to pictures that nobody has.
type vp8Frames struct {
	buf       []byte
	open      bool // buf holds the beginning of a frame
	timestamp uint32
	arrival   time.Duration
	needKey   bool
	alone     bool // the frame that was returned lies in its one packet, not in buf
}

// add takes the next packet in order. When it completes a frame that can be
// decoded, the frame is returned; it is valid until the next call.
func (f *vp8Frames) add(p packet, lost int) (frame []byte, key bool) {
	if lost > 0 {
		f.open, f.needKey = false, true
	}
	if len(p.payload) == 0 {
		return nil, false // padding, sent to probe the network
	}
	data, start, ok := vp8Payload(p.payload)
	if !ok || f.open && !start && p.timestamp != f.timestamp {
		f.open, f.needKey = false, true
		return nil, false
	}
	switch {
	case start:
		if f.open { // the one before never ended
			f.needKey = true
		}
		f.timestamp, f.arrival = p.timestamp, p.arrival
		if f.alone = p.marker; f.alone {
			f.open = false
			return f.whole(data)
		}
		f.buf, f.open = append(f.buf[:0], data...), true
	case f.open && len(f.buf)+len(data) <= maxFrame:
		f.buf = append(f.buf, data...)
	default:
		f.open, f.needKey = false, true
		return nil, false
	}
	if !p.marker {
		return nil, false
	}
	f.open = false
	return f.whole(f.buf)
}

func (f *vp8Frames) whole(data []byte) (frame []byte, key bool) {
	if _, _, key = vp8KeyFrame(data); key {
		f.needKey = false
	}
	if f.needKey {
		return nil, false
	}
	return data, key
}

// opusSilence is one frame of 20 ms that decodes to silence. It is written as a
// packet of code 3 (RFC 6716, 3.2.5), as no encoder writes a single frame: so what
// fills a gap is told from silence that was sent.
var opusSilence = []byte{0xfb, 0x01, 0xff, 0xfe}

const opusFrame = 20 * time.Millisecond

// opusDuration is how long a packet plays (RFC 6716, 3.1), at most 120 ms.
func opusDuration(p []byte) time.Duration {
	if len(p) == 0 {
		return 0
	}
	var frame time.Duration
	switch config := p[0] >> 3; {
	case config < 12: // SILK
		frame = [...]time.Duration{10, 20, 40, 60}[config&3] * time.Millisecond
	case config < 16: // hybrid
		frame = [...]time.Duration{10, 20}[config&1] * time.Millisecond
	default: // CELT
		frame = [...]time.Duration{2500, 5000, 10000, 20000}[config&3] * time.Microsecond
	}
	count := 1
	switch p[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(p) < 2 {
			return frame
		}
		count = int(p[1] & 0x3f)
	}
	return min(frame*time.Duration(count), 120*time.Millisecond)
}
