package media

import (
	"sync"
	"sync/atomic"
)

// chunk is memory that packets wait in, one behind the other, for who asks for one
// again and for the recorder: the one copy that is made of them until they are in
// the file's buffer. It goes back to its pool when nothing in it is wanted any more.
type chunk struct {
	data []byte
	refs atomic.Int32
	pool *chunkPool
}

// chunkPool has chunks of one size.
type chunkPool struct {
	size int
	pool sync.Pool
}

// Of picture a chunk holds 0.4 s at 632 kbit/s, of sound 1 s at 32.
var videoChunks, audioChunks = &chunkPool{size: 32 << 10}, &chunkPool{size: 4 << 10}

// get returns an empty chunk, wanted once.
func (p *chunkPool) get() *chunk {
	k, ok := p.pool.Get().(*chunk)
	if !ok {
		k = &chunk{data: make([]byte, 0, p.size), pool: p}
	}
	k.data = k.data[:0]
	k.refs.Store(1)
	return k
}

// keep says that the chunk is wanted once more; nil is nobody's.
func (k *chunk) keep() {
	if k != nil {
		k.refs.Add(1)
	}
}

// release takes a keep back, or the get.
func (k *chunk) release() {
	if k != nil && k.refs.Add(-1) == 0 {
		k.pool.pool.Put(k)
	}
}

// buffers are what files are written from, and journals: needed for moments only.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const keptBuffer = 256 << 10 // a larger buffer is not kept

func giveBuffer(b []byte) {
	if cap(b) > 0 && cap(b) <= keptBuffer {
		b = b[:0]
		buffers.Put(&b)
	}
}

func takeBuffer() []byte { return (*buffers.Get().(*[]byte))[:0] }
