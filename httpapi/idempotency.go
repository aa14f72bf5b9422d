package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

const (
	// idempotencyLife is how long an answer is given again.
	idempotencyLife = 24 * time.Hour
	// idempotentTimeout bounds a request with a key. It goes on when the caller
	// hangs up, so that the caller's next try finds the answer.
	idempotentTimeout = 15 * time.Second
	// running is the status of a row whose request has not answered yet; only
	// operations with a transaction of their own (x-visavis-own-transaction)
	// write one. It is void after runningLife: its node was killed.
	running     = 0
	runningLife = 30 * time.Second
)

// idempotencyKey is one caller's key for one request.
type idempotencyKey struct {
	bank, caller uuid.UUID
	key          string
	hash         []byte // SHA-256 of method, path and body
}

// storedAnswer is an answer that was given once.
type storedAnswer struct {
	status      int
	contentType string
	body        []byte
}

var (
	errInProgress = visavis.Errorf(visavis.Conflict, "idempotency_in_progress", "A request with this Idempotency-Key is still running; try again in a moment.")
	errKeyReused  = refuse(http.StatusUnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used for another request; take a new one.")
)

// idempotent runs a POST that carries an Idempotency-Key once: the same key
// with the same body gives the first answer again for 24 h. Effect and answer
// are committed together (the services join the transaction in the context);
// an error rolls both back and is not kept. A twin that is still running is
// answered with 409, not waited for.
//
// It is a strict middleware rather than one of Gin's, because a transaction may
// have to run again (deadlock) and nothing is written before the commit.
func (s *Server) idempotent(next StrictHandlerFunc, name string) StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) {
		op := operationOf(c)
		key := c.GetHeader("Idempotency-Key")
		actor := visavis.ActorFrom(c.Request.Context())
		if op.Method != http.MethodPost || key == "" || actor.Kind == "" {
			return next(c, request)
		}
		id := idempotencyKey{bank: actor.BankID, caller: actor.ID, key: key, hash: requestHash(c)}
		if actor.SessionID != uuid.Nil && actor.Kind == visavis.ActorCustomer {
			id.caller = actor.SessionID
		}

		outer := c.Request
		defer func() { c.Request = outer }()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(outer.Context()), idempotentTimeout)
		defer cancel()
		run := func(ctx context.Context) (any, storedAnswer, error) {
			c.Request = outer.WithContext(ctx)
			response, err := next(c, request)
			if err != nil {
				return nil, storedAnswer{}, err
			}
			answer, err := render(response, name, op)
			return response, answer, err
		}
		if op.OwnKey {
			c.Request = outer.WithContext(context.WithValue(ctx, ownKeyContext{}, &channels.Key{Caller: id.caller, Key: id.key, Hash: id.hash}))
			response, err := next(c, request)
			if errors.Is(err, channels.ErrKeyReused) {
				err = errKeyReused
			}
			return response, err
		}
		var response any
		var replay *storedAnswer
		var err error
		switch {
		case op.OwnTransaction:
			response, replay, err = s.runClaimed(ctx, id, run)
		case op.Together:
			response, replay, err = s.runTogether(ctx, id, name, op, func(ctx context.Context) (any, error) {
				c.Request = outer.WithContext(ctx)
				return next(c, request)
			}, run)
		default:
			response, replay, err = s.runJoined(ctx, id, run)
		}
		if err != nil {
			return nil, err
		}
		if replay != nil {
			c.Header("Idempotency-Replayed", "true")
			if replay.status == http.StatusNoContent {
				c.Status(replay.status)
			} else {
				c.Data(replay.status, replay.contentType, replay.body)
			}
			return nil, nil
		}
		return response, nil
	}
}

type ownKeyContext struct{}

// ownKey is the key of an operation that keeps it in the row that it makes: no
// other row, lock or transaction is needed, and the answer of a repetition is
// made from that row. A twin that is still running is waited for. nil: none was
// sent.
func ownKey(ctx context.Context) *channels.Key {
	key, _ := ginContext(ctx).Request.Context().Value(ownKeyContext{}).(*channels.Key)
	return key
}

// replayed marks the answer as the first one's.
func replayed(ctx context.Context, was bool) {
	if was {
		ginContext(ctx).Header("Idempotency-Replayed", "true")
	}
}

// runJoined has effect and answer in one transaction.
func (s *Server) runJoined(ctx context.Context, id idempotencyKey, run func(context.Context) (any, storedAnswer, error)) (response any, replay *storedAnswer, err error) {
	err = s.DB.InBank(ctx, id.bank, func(ctx context.Context, tx *postgres.Tx) error {
		response, replay = nil, nil
		var found *storedAnswer
		if found, err = s.claim(ctx, tx, id); err != nil || found != nil {
			replay = found
			return err
		}
		var answer storedAnswer
		if response, answer, err = run(ctx); err != nil {
			return err
		}
		return s.store(ctx, tx, id, answer, idempotencyLife)
	})
	return response, replay, err
}

// runClaimed claims the key in a transaction of its own, runs, and fills the
// answer in or lets the key go. It is for operations whose effect must stay
// although the request fails (a wrong code counts) or which wait for something
// outside; no connection is held meanwhile. A kill in between leaves the effect
// without its answer, which these operations bear.
func (s *Server) runClaimed(ctx context.Context, id idempotencyKey, run func(context.Context) (any, storedAnswer, error)) (response any, replay *storedAnswer, err error) {
	err = s.DB.InBank(ctx, id.bank, func(ctx context.Context, tx *postgres.Tx) error {
		var err error
		if replay, err = s.claim(ctx, tx, id); err != nil || replay != nil {
			return err
		}
		return s.store(ctx, tx, id, storedAnswer{status: running}, runningLife)
	})
	if err != nil || replay != nil {
		return nil, replay, err
	}
	response, answer, failed := run(ctx)

	// The outcome is written even when the request has used up its time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), idempotentTimeout)
	defer cancel()
	err = s.DB.InBank(ctx, id.bank, func(ctx context.Context, tx *postgres.Tx) error {
		if failed == nil {
			return s.store(ctx, tx, id, answer, idempotencyLife)
		}
		_, err := tx.Exec(ctx, `delete from idempotency_keys where bank_id = $1 and caller = $2 and key = $3`,
			tx.BankID, id.caller, id.key)
		return err
	})
	if failed != nil {
		return nil, nil, failed
	}
	if err != nil { // the effect stands; its answer is worth more than the key
		s.Log.ErrorContext(ctx, "answer not kept for its idempotency key", "error", err)
	}
	return response, nil, nil
}

// claim holds the key until the transaction ends and returns the answer that
// was given, if one was.
func (s *Server) claim(ctx context.Context, tx *postgres.Tx, id idempotencyKey) (*storedAnswer, error) {
	var batch pgx.Batch
	var c claim
	s.queueClaim(&batch, id, &c)
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, err
	}
	return s.claimed(id, c)
}

// claim is what the database says of a key.
type claim struct {
	free   bool // nobody else has the key at this moment
	found  bool
	hash   []byte
	answer storedAnswer // sealed
}

// queueClaim queues what claim asks.
func (s *Server) queueClaim(batch *pgx.Batch, id idempotencyKey, c *claim) {
	lock := append(append(append([]byte("idempotency"), id.bank[:]...), id.caller[:]...), id.key...)
	// Two statements in one round trip, not one: the second must see what was
	// committed before the lock was had.
	batch.Queue(`select pg_try_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))`, lock).
		QueryRow(func(row pgx.Row) error { return row.Scan(&c.free) })
	batch.Queue(`
		select request_hash, status, content_type, response from idempotency_keys
		where bank_id = $1 and caller = $2 and key = $3 and expires_at > $4`,
		id.bank, id.caller, id.key, s.Now()).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&c.hash, &c.answer.status, &c.answer.contentType, &c.answer.body)
		if c.found = err == nil; errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
}

// claimed returns the answer that was given, nil when there is none and the key is ours.
func (s *Server) claimed(id idempotencyKey, c claim) (*storedAnswer, error) {
	switch {
	case !c.free:
		return nil, errInProgress
	case !c.found:
		return nil, nil
	case !bytes.Equal(c.hash, id.hash):
		return nil, errKeyReused
	case c.answer.status == running:
		return nil, errInProgress
	}
	var err error
	if c.answer.body, err = s.Keyring.Open("idempotency", id.aad(), c.answer.body); err != nil {
		return nil, err
	}
	return &c.answer, nil
}

// store keeps an answer, sealed: it may hold personal data and links.
func (s *Server) store(ctx context.Context, tx *postgres.Tx, id idempotencyKey, a storedAnswer, life time.Duration) error {
	var batch pgx.Batch
	s.queueStore(&batch, id, a, life, uuid.Nil)
	return tx.SendBatch(ctx, &batch).Close()
}

// queueStore queues what store writes; with a booking it does so only if that is there.
func (s *Server) queueStore(batch *pgx.Batch, id idempotencyKey, a storedAnswer, life time.Duration, booking uuid.UUID) {
	now := s.Now()
	args := []any{id.bank, id.caller, id.key, id.hash, a.status, s.Keyring.Seal("idempotency", id.aad(), a.body), a.contentType, now, now.Add(life)}
	only := ""
	if booking != uuid.Nil {
		args, only = append(args, booking), ` where exists (select from bookings where bank_id = $1 and id = $10)`
	}
	batch.Queue(`
		insert into idempotency_keys (bank_id, caller, key, request_hash, status, response, content_type, created_at, expires_at)
		select $1, $2, $3, $4, $5, $6, $7, $8, $9`+only+`
		on conflict (bank_id, caller, key) do update set request_hash = excluded.request_hash, status = excluded.status,
			response = excluded.response, content_type = excluded.content_type,
			created_at = excluded.created_at, expires_at = excluded.expires_at`, args...)
}

func (id idempotencyKey) aad() []byte {
	return append(append(append([]byte{}, id.bank[:]...), id.caller[:]...), id.key...)
}

func requestHash(c *gin.Context) []byte {
	h := sha256.New()
	h.Write([]byte(c.Request.Method + " " + c.Request.URL.EscapedPath() + "\n"))
	h.Write(bodyOf(c))
	return h.Sum(nil)
}

// render writes a generated response into memory, with what is shown once
// taken out.
func render(response any, name string, op *operation) (storedAnswer, error) {
	w := httptest.NewRecorder()
	visit := reflect.ValueOf(response).MethodByName("Visit" + name + "Response")
	if !visit.IsValid() {
		return storedAnswer{}, errors.New("response of " + op.ID + " cannot be rendered")
	}
	if err, _ := visit.Call([]reflect.Value{reflect.ValueOf(w)})[0].Interface().(error); err != nil {
		return storedAnswer{}, err
	}
	a := storedAnswer{status: w.Code, contentType: w.Header().Get("Content-Type"), body: w.Body.Bytes()}
	if len(op.Once) == 0 {
		return a, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(a.body, &members); err != nil {
		return storedAnswer{}, err
	}
	for _, name := range op.Once {
		members[name] = json.RawMessage("null")
	}
	var err error
	a.body, err = json.Marshal(members)
	return a, err
}

// SweepIdempotency deletes answers that are given no more.
func (s *Server) SweepIdempotency(ctx context.Context) error {
	return s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `delete from idempotency_keys where expires_at <= $1`, s.Now())
		return err
	})
}
