package httpapi

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/scheduling"
)

// errNotTogether is of an operation that has to run in a transaction of its own.
var errNotTogether = errors.New("not beside others")

// once is the Idempotency-Key of an operation with x-visavis-together. Its claim and
// the answer are statements of the transaction that the operation shares with
// others: effect and answer are committed together there too.
type once struct {
	server *Server
	id     idempotencyKey
	name   string
	op     *operation
	claim  claim
	err    error         // refused for the key
	replay *storedAnswer // the answer that was given
}

type onceContext struct{}

// onceOf is nil for a request without a key, and for one that runs as any other.
func onceOf(ctx context.Context) *once {
	o, _ := ginContext(ctx).Request.Context().Value(onceContext{}).(*once)
	return o
}

// runTogether runs beside others by first, and by run as runJoined when that says
// errNotTogether.
func (s *Server) runTogether(ctx context.Context, id idempotencyKey, name string, op *operation, first func(context.Context) (any, error), run func(context.Context) (any, storedAnswer, error)) (any, *storedAnswer, error) {
	o := &once{server: s, id: id, name: name, op: op}
	response, err := first(context.WithValue(ctx, onceContext{}, o))
	if errors.Is(err, errNotTogether) {
		return s.runJoined(ctx, id, run)
	}
	return response, o.replay, err
}

// beside are the statements of the key; answer makes the response.
func (o *once) beside(answer func(scheduling.Booking) (any, error)) scheduling.Beside {
	return scheduling.Beside{
		First: func(b *pgx.Batch) {
			o.claim, o.err, o.replay = claim{}, nil, nil
			o.server.queueClaim(b, o.id, &o.claim)
		},
		May: func() bool {
			o.replay, o.err = o.server.claimed(o.id, o.claim)
			return o.err == nil && o.replay == nil
		},
		Then: func(b *pgx.Batch, made scheduling.Booking) error {
			response, err := answer(made)
			if err != nil {
				return err
			}
			a, err := render(response, o.name, o.op)
			if err == nil {
				o.server.queueStore(b, o.id, a, idempotencyLife, made.ID)
			}
			return err
		},
	}
}
