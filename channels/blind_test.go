package channels_test

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
)

// blind sends for deliveries that do not exist, so that their receipts go
// astray, with a short patience: what a node knows that is cut off.
type blind struct {
	channels.Sender
	channels.Looker
	timeout time.Duration
	before  func()

	mu    sync.Mutex
	sends int
}

func (b *blind) sent() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sends > 0
}

func (b *blind) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	b.mu.Lock()
	b.sends++
	b.mu.Unlock()
	if b.before != nil {
		b.before()
	}
	if b.timeout > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, b.timeout)
		defer cancel()
	}
	out.DeliveryID = uuid.New()
	return b.Sender.Send(ctx, out)
}

// with is the world's service with another sender of SMS.
func (w *world) with(sender channels.Sender) *channels.Service {
	return w.s.WithSender(channels.SMS, sender)
}
