package media

import "encoding/binary"

// rtpHeader is what we use of an RTP packet's header (RFC 3550, 5.1).
type rtpHeader struct {
	pt        uint8
	marker    bool
	seq       uint16
	timestamp uint32
	ssrc      uint32
	extension []byte // the header extension's data, nil: none
	profile   uint16 // what defines it
}

// parseRTP takes a packet apart. payload is what lies between header and
// padding; it may be empty. ok is false for what is no RTP packet.
func parseRTP(b []byte) (h rtpHeader, payload []byte, ok bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return h, nil, false
	}
	h.marker, h.pt = b[1]&0x80 != 0, b[1]&0x7f
	h.seq = binary.BigEndian.Uint16(b[2:])
	h.timestamp = binary.BigEndian.Uint32(b[4:])
	h.ssrc = binary.BigEndian.Uint32(b[8:])
	at := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		if len(b) < at+4 {
			return h, nil, false
		}
		h.profile = binary.BigEndian.Uint16(b[at:])
		n := 4 * int(binary.BigEndian.Uint16(b[at+2:]))
		at += 4
		if len(b) < at+n {
			return h, nil, false
		}
		h.extension = b[at : at+n]
		at += n
	}
	if len(b) < at {
		return h, nil, false
	}
	payload = b[at:]
	if b[0]&0x20 != 0 {
		if len(payload) == 0 {
			return h, nil, false
		}
		n := int(payload[len(payload)-1])
		if n == 0 || n > len(payload) {
			return h, nil, false
		}
		payload = payload[:len(payload)-n]
	}
	return h, payload, true
}

// extensionValue finds one header extension with a one-byte header (RFC 8285, 4.2).
func (h *rtpHeader) extensionValue(id uint8) []byte {
	if h.profile != 0xBEDE || id == 0 {
		return nil
	}
	for b := h.extension; len(b) > 0; {
		if b[0] == 0 { // padding
			b = b[1:]
			continue
		}
		n := int(b[0]&0x0f) + 1
		if b[0]>>4 == 15 || len(b) < 1+n {
			return nil
		}
		if b[0]>>4 == id {
			return b[1 : 1+n]
		}
		b = b[1+n:]
	}
	return nil
}

// redBlock is one block of a RED packet (RFC 2198, 3).
type redBlock struct {
	pt     uint8
	offset uint32 // of its timestamp, back from the packet's; 0: the primary
	data   []byte
}

const maxRED = 4 // blocks, the primary included

// parseRED takes a RED payload apart. The primary encoding is the last of the
// blocks. ok is false for a malformed payload.
func parseRED(p []byte, into *[maxRED]redBlock) (blocks []redBlock, ok bool) {
	blocks = into[:0]
	var lengths [maxRED]int
	at := 0
	for {
		if at >= len(p) || len(blocks) == maxRED {
			return nil, false
		}
		if p[at]&0x80 == 0 {
			blocks = append(blocks, redBlock{pt: p[at] & 0x7f})
			at++
			break
		}
		if at+4 > len(p) {
			return nil, false
		}
		word := binary.BigEndian.Uint32(p[at:])
		lengths[len(blocks)] = int(word & 0x3ff)
		blocks = append(blocks, redBlock{pt: uint8(word>>24) & 0x7f, offset: word >> 10 & 0x3fff})
		at += 4
	}
	last := len(blocks) - 1
	for i := range blocks {
		n := lengths[i]
		if i == last {
			n = len(p) - at
		}
		if at+n > len(p) {
			return nil, false
		}
		blocks[i].data = p[at : at+n]
		at += n
	}
	return blocks, true
}
