package channels

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Overdue reports whether ctx's deadline has passed, by this machine's clock and
// not by whether somebody was woken to say so: a process that was stopped (a
// debugger, a machine that was moved, a long pause of the runtime) may run on a
// good while before its timers do. The clock of the wall counts as well as the
// one that only ever goes forward: that stands still while a machine sleeps.
func Overdue(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	if !ok {
		return false
	}
	now := time.Now()
	return !now.Before(deadline) || !now.Round(0).Before(deadline.Round(0))
}

// InTime is the transport of every provider that is spoken to by HTTP: after the
// deadline of a request's context it gives nothing of the request's body away,
// and without it no carrier takes anything. A delivery's deadline is well before
// the end of its lease, so that a node that is alive, but was taken for dead,
// does not hand over what another node has handed over meanwhile. Checked where
// the body is read for writing, the last moment that there is.
func InTime(next http.RoundTripper) http.RoundTripper { return inTime{next} }

type inTime struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t inTime) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if Overdue(ctx) {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, context.DeadlineExceeded
	}
	if r.Body == nil || r.Body == http.NoBody {
		return t.next.RoundTrip(r)
	}
	late := *r
	late.Body = &lateBody{r.Body, ctx}
	if again := r.GetBody; again != nil { // a connection was gone: the transport begins anew
		late.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return &lateBody{body, ctx}, nil
		}
	}
	return t.next.RoundTrip(&late)
}

// lateBody can be read until ctx's deadline.
type lateBody struct {
	io.ReadCloser
	ctx context.Context
}

func (b *lateBody) Read(p []byte) (int, error) {
	if Overdue(b.ctx) {
		return 0, context.DeadlineExceeded
	}
	return b.ReadCloser.Read(p)
}
