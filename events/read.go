package events

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Filter narrows a reading of events. The zero value takes all.
type Filter struct {
	Types    []string    // any of these; empty = every type
	ObjectID uuid.UUID   // of this object; uuid.Nil = of any
	Objects  []uuid.UUID // of any of these objects; empty = of any
	// IdentificationID takes only events of this case: the identification's own
	// and those whose data.identification_id names it. uuid.Nil = of any.
	IdentificationID uuid.UUID
}

// MaxPage is the most events that one reading returns.
const MaxPage = 500

const defaultPage = 50

// cursor is a place in a bank's events: behind all with a smaller (xid, position).
type cursor struct{ xid, position uint64 }

// String returns the opaque form.
func (c cursor) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], c.xid)
	binary.BigEndian.PutUint64(b[8:], c.position)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func parseCursor(s string) (cursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	c := cursor{}
	if err == nil && len(b) == 16 {
		c = cursor{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
	}
	if err != nil || len(b) != 16 || c.xid > math.MaxInt64 || c.position > math.MaxInt64 {
		return cursor{}, visavis.InvalidField("cursor", "it is not one that this API returned")
	}
	return c, nil
}

// Page is one reading of After.
type Page struct {
	Events []Event
	// Next is where the following reading goes on, also when Events is empty.
	Next string
	// Held is true when there are committed events that cannot be shown yet,
	// because a transaction that may still commit earlier ones is running.
	// They come within moments: ask again soon.
	Held bool
}

// After returns the bank's events behind the cursor in a stable order, oldest
// first, at most limit (default 50, at most MaxPage). An empty cursor begins at
// the bank's first event. An event whose transaction commits late is never
// skipped: reading stops below the oldest transaction that still runs. A cursor
// that is not ours is Invalid.
func After(ctx context.Context, db *postgres.DB, bankID uuid.UUID, from string, limit int, filter Filter) (Page, error) {
	var at cursor
	if from != "" {
		var err error
		if at, err = parseCursor(from); err != nil {
			return Page{}, err
		}
	}
	limit = pageLimit(limit)
	page := Page{Next: at.String()}
	err := db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		page = Page{}
		var horizon uint64
		rows, err := tx.Query(ctx, `
			with horizon as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as xmin)
			select horizon.xmin::text::bigint,
			       exists (select 1 from events held where held.bank_id = $1 and held.xid >= horizon.xmin),
			       `+eventColumns+`
			from horizon left join lateral (
				select * from events
				where bank_id = $1 and xid < horizon.xmin
				  and (xid, position) > ($2::bigint::text::xid8, $3::bigint)
				  and (cardinality($4::text[]) = 0 or type = any($4))
				  and ($5::uuid is null or object_id = $5)
				  and (cardinality($6::uuid[]) = 0 or object_id = any($6))
				  and ($7::uuid is null or object_id = $7 or body::jsonb #>> '{data,identification_id}' = $7::text)
				order by xid, position limit $8
			) e on true
			order by e.xid, e.position`,
			bankID, at.xid, at.position, texts(filter.Types), optional(filter.ObjectID), ids(filter.Objects), optional(filter.IdentificationID), limit)
		if err != nil {
			return err
		}
		page.Events, err = collectEvents(rows, &horizon, &page.Held)
		if err != nil {
			return err
		}
		switch n := len(page.Events); {
		case n == limit:
			page.Next = page.Events[n-1].Cursor
		case horizon > at.xid:
			// Everything below the horizon has been read: events that the
			// filter left out need not be looked at again.
			page.Next = cursor{horizon, 0}.String()
		default:
			page.Next = at.String()
		}
		return nil
	})
	if err != nil {
		return Page{}, fmt.Errorf("read events: %w", err)
	}
	return page, nil
}

// Now returns the cursor behind which everything comes that happens from now
// on, for a follower that has just read the present state. A few events of the
// last moments may come too.
func Now(ctx context.Context, db *postgres.DB, bankID uuid.UUID) (string, error) {
	var xmin uint64
	err := db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select pg_snapshot_xmin(pg_current_snapshot())::text::bigint`).Scan(&xmin)
	})
	if err != nil {
		return "", fmt.Errorf("read the present event cursor: %w", err)
	}
	return cursor{xmin, 0}.String(), nil
}

// List returns the bank's events newest first, with everything that has
// committed, at most limit (default 50, at most MaxPage), and the cursor of the
// next page, empty after the last. before is that cursor, empty for the first
// page; it is not interchangeable with After's in direction, only in form.
func List(ctx context.Context, db *postgres.DB, bankID uuid.UUID, before string, limit int, filter Filter) ([]Event, string, error) {
	at := cursor{math.MaxInt64, math.MaxInt64}
	if before != "" {
		var err error
		if at, err = parseCursor(before); err != nil {
			return nil, "", err
		}
	}
	limit = pageLimit(limit)
	var events []Event
	err := db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select 0::bigint, false, `+eventColumns+` from events e
			where bank_id = $1
			  and (xid, position) < ($2::bigint::text::xid8, $3::bigint)
			  and (cardinality($4::text[]) = 0 or type = any($4))
			  and ($5::uuid is null or object_id = $5)
			  and (cardinality($6::uuid[]) = 0 or object_id = any($6))
			  and ($7::uuid is null or object_id = $7 or body::jsonb #>> '{data,identification_id}' = $7::text)
			order by xid desc, position desc limit $8`,
			bankID, at.xid, at.position, texts(filter.Types), optional(filter.ObjectID), ids(filter.Objects), optional(filter.IdentificationID), limit+1)
		if err != nil {
			return err
		}
		events, err = collectEvents(rows, new(uint64), new(bool))
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list events: %w", err)
	}
	if len(events) > limit {
		events = events[:limit]
		return events, events[limit-1].Cursor, nil
	}
	return events, "", nil
}

const eventColumns = `e.id, e.type, e.object_type, e.object_id, e.sequence, e.actor_kind, e.actor_id, e.at, e.body, e.xid::text::bigint, e.position`

// collectEvents reads rows of (horizon, held, eventColumns…); a row without an
// event (the left join found none) carries only the first two.
func collectEvents(rows pgx.Rows, horizon *uint64, held *bool) ([]Event, error) {
	defer rows.Close()
	events := []Event{}
	for rows.Next() {
		var (
			e        nullEvent
			actorID  *uuid.UUID
			position *uint64
		)
		err := rows.Scan(horizon, held, &e.id, &e.typ, &e.objectType, &e.objectID, &e.sequence,
			&e.actorKind, &actorID, &e.at, &e.body, &e.xid, &position)
		if err != nil {
			return nil, err
		}
		if e.id == nil {
			continue
		}
		event := Event{
			ID: *e.id, Type: *e.typ, ObjectType: *e.objectType, ObjectID: *e.objectID, Sequence: *e.sequence,
			ActorKind: visavis.ActorKind(*e.actorKind), At: e.at.UTC(), Body: []byte(*e.body),
			xid: *e.xid, position: *position,
		}
		if actorID != nil {
			event.ActorID = *actorID
		}
		event.Cursor = cursor{event.xid, event.position}.String()
		events = append(events, event)
	}
	return events, rows.Err()
}

func pageLimit(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, MaxPage)
}
