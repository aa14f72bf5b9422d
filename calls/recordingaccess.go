package calls

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// What of a call can be looked at, in the log of accesses.
const (
	ObjectRecording = "recording"
	ObjectStill     = "still"
	ObjectComposite = "composite"
)

// coalesceFor is how long a range that touches one that was served belongs to it: a
// player asks for a file in dozens of them.
const coalesceFor = 10 * time.Minute

// Access is a range of bytes of a file that was given to somebody.
type Access struct {
	ID        uuid.UUID
	Object    string // recording, still, composite
	ObjectID  string
	ActorKind string
	ActorID   *uuid.UUID
	From, To  int64 // bytes, both included
	Requests  int
	FirstAt   time.Time
	LastAt    time.Time
}

const accessColumns = `id, object, object_id, actor_kind, actor_id, from_byte, to_byte, requests, first_at, last_at`

// LogAccess writes down that the actor in ctx is about to get the bytes from first
// to last, both included, of a file. Nothing is to be given when that fails. Ranges
// that touch, of one actor within ten minutes, become one row.
func (s *Service) LogAccess(ctx context.Context, bankID, callID uuid.UUID, object, objectID string, first, last int64) error {
	a := visavis.ActorFrom(ctx)
	var actor *uuid.UUID
	if a.ID != uuid.Nil {
		actor = &a.ID
	}
	now := s.Now()
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var id uuid.UUID
		err := tx.QueryRow(ctx, `select id from recording_access
			where bank_id = $1 and call_id = $2 and object = $3 and object_id = $4 and actor_kind = $5 and actor_id is not distinct from $6
			  and last_at > $7 and from_byte <= $9 + 1 and to_byte >= $8 - 1 order by last_at desc limit 1 for update`,
			tx.BankID, callID, object, objectID, string(a.Kind), actor, now.Add(-coalesceFor), first, last).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			_, err = tx.Exec(ctx, `insert into recording_access (bank_id, id, call_id, object, object_id, actor_kind, actor_id, from_byte, to_byte, first_at, last_at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
				tx.BankID, uuid.Must(uuid.NewV7()), callID, object, objectID, string(a.Kind), actor, first, last, now)
			return err
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update recording_access set from_byte = least(from_byte, $3), to_byte = greatest(to_byte, $4), requests = requests + 1, last_at = $5
			where bank_id = $1 and id = $2`, tx.BankID, id, first, last, now)
		return err
	})
}

// Accesses lists who got which bytes of what was recorded of a call, the latest
// first.
func (s *Service) Accesses(ctx context.Context, bankID, callID uuid.UUID, page postgres.Page) (all []Access, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+accessColumns+` from recording_access
			where bank_id = $1 and call_id = $2 and ($3::uuid is null or id < $3) order by id desc limit $4`,
			tx.BankID, callID, page.After(), page.Size()+1)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Access])
		return err
	})
	if err != nil {
		return nil, "", err
	}
	all, next = postgres.Cut(all, page, func(a Access) uuid.UUID { return a.ID })
	return all, next, nil
}
