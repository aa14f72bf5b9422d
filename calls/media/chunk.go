package media

import (
	"sync"
	"sync/atomic"
)

// chunkSize holds the packets of half a second or more. A larger packet has a
// chunk of its own.
const chunkSize = 32 << 10

// chunk is memory that packets wait in for the recorder, one behind the other:
// the one copy that is made of them until they are in the file's buffer. It goes
// back to the pool when nothing in it is wanted any more.
type chunk struct {
	data []byte
	refs atomic.Int32
}

var chunks = sync.Pool{New: func() any { return &chunk{data: make([]byte, 0, chunkSize)} }}

// newChunk returns an empty chunk with room for size bytes, wanted once.
func newChunk(size int) *chunk {
	k := chunks.Get().(*chunk)
	if cap(k.data) < size {
		k = &chunk{data: make([]byte, 0, size)}
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

// release takes a keep back, or the newChunk.
func (k *chunk) release() {
	if k != nil && k.refs.Add(-1) == 0 && cap(k.data) == chunkSize {
		chunks.Put(k)
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
