package media

// ring keeps the last packets of a stream for those who missed one. Payloads lie
// one behind the other in chunks, so that many small packets and few large ones
// cost the same. The recorder takes what it needs from the same chunks: a packet is
// copied once.
type ring struct {
	size    int         // bytes that are kept, a chunk more or less
	pool    *chunkPool  // where chunks come from
	chunks  []ringChunk // the oldest first; packets are added to the last
	written uint64      // bytes since the beginning
	slots   [ringSlots]ringSlot
}

// ringChunk is a chunk and where it begins, counted in bytes since the beginning.
type ringChunk struct {
	from uint64
	*chunk
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

// add keeps a copy of a packet and says where it is. Who wants it for longer than
// until the next add must keep the chunk.
func (r *ring) add(h *rtpHeader, red bool, payload []byte) (kept []byte, in *chunk) {
	if len(payload) > 0xffff || len(payload) > r.pool.size {
		return nil, nil
	}
	var last ringChunk
	if n := len(r.chunks); n > 0 {
		last = r.chunks[n-1]
	}
	if last.chunk == nil || len(last.data)+len(payload) > cap(last.data) {
		r.forget(r.size - r.pool.size)
		last = ringChunk{r.written, r.pool.get()}
		r.chunks = append(r.chunks, last)
	}
	at := len(last.data)
	last.data = append(last.data, payload...)
	r.slots[h.seq%ringSlots] = ringSlot{used: true, marker: h.marker, red: red, seq: h.seq,
		length: uint16(len(payload)), timestamp: h.timestamp, from: r.written}
	r.written += uint64(len(payload))
	return last.data[at:len(last.data):len(last.data)], last.chunk
}

// forget lets the oldest chunks go as long as so many bytes are left without them.
func (r *ring) forget(left int) {
	gone := 0
	for gone+1 < len(r.chunks) && r.written-r.chunks[gone+1].from >= uint64(max(left, 0)) {
		r.chunks[gone].release()
		gone++
	}
	r.chunks = append(r.chunks[:0], r.chunks[gone:]...)
}

// get finds a packet; payload is valid until the next add.
func (r *ring) get(seq uint16) (s ringSlot, payload []byte, ok bool) {
	s = r.slots[seq%ringSlots]
	if !s.used || s.seq != seq {
		return ringSlot{}, nil, false
	}
	for i := len(r.chunks) - 1; i >= 0; i-- {
		if c := r.chunks[i]; s.from >= c.from {
			at := s.from - c.from
			return s, c.data[at : at+uint64(s.length)], true
		}
	}
	return ringSlot{}, nil, false // its chunk has gone
}
