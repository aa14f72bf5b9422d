package media

// ring keeps the last packets of a stream for those who missed one. Payloads
// lie one behind the other in a fixed piece of memory, so that many small
// packets and few large ones cost the same.
type ring struct {
	arena   []byte // nil until the first packet
	size    int
	written uint64 // bytes since the beginning; arena holds the last len(arena) of them
	slots   [ringSlots]ringSlot
}

// ringSlots bounds the packets kept; a power of two.
const ringSlots = 256

type ringSlot struct {
	used      bool
	marker    bool
	red       bool
	seq       uint16
	length    uint16
	timestamp uint32
	from      uint64
}

// add keeps a copy of a packet.
func (r *ring) add(h *rtpHeader, red bool, payload []byte) {
	if len(payload) > 0xffff || len(payload) > r.size {
		return
	}
	if r.arena == nil {
		r.arena = make([]byte, r.size)
	}
	at := int(r.written % uint64(r.size))
	if at+len(payload) > r.size { // not around the corner
		r.written += uint64(r.size - at)
		at = 0
	}
	copy(r.arena[at:], payload)
	r.slots[h.seq%ringSlots] = ringSlot{used: true, marker: h.marker, red: red, seq: h.seq,
		length: uint16(len(payload)), timestamp: h.timestamp, from: r.written}
	r.written += uint64(len(payload))
}

// get finds a packet; payload is valid until the next add.
func (r *ring) get(seq uint16) (s ringSlot, payload []byte, ok bool) {
	s = r.slots[seq%ringSlots]
	if !s.used || s.seq != seq || r.written-s.from > uint64(r.size) {
		return ringSlot{}, nil, false
	}
	at := int(s.from % uint64(r.size))
	return s, r.arena[at : at+int(s.length)], true
}
