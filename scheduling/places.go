package scheduling

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// from and to are the ends of what a booking occupies with its buffers.
func (r Rules) from(start time.Time) time.Time { return start.Add(-r.BufferBefore) }
func (r Rules) to(end time.Time) time.Time     { return end.Add(r.BufferAfter) }

// placesAtOnce is how many places one statement tries.
const placesAtOnce = 8

// takeTx inserts b at a free place, which it fills in. Conflict "slot_taken"
// when there is none, "already_booked" as refuseSecondTx.
func (s *Service) takeTx(ctx context.Context, tx *postgres.Tx, b Booking, r Rules) (Booking, error) {
	places, err := s.freePlacesTx(ctx, tx, r, b.Start, b.End, uuid.Nil)
	if err != nil {
		return Booking{}, err
	}
	for len(places) > 0 {
		n := min(placesAtOnce, len(places))
		var taken bool
		if r.AgentDailyCap > 0 {
			n = 1
			taken, err = s.insertUnderCapTx(ctx, tx, &b, r, places[0])
		} else {
			taken, err = s.insertTx(ctx, tx, &b, r, places[:n])
		}
		if err != nil || taken {
			return b, err
		}
		// Somebody took the places, or booked for this identification, meanwhile.
		if b.State != Held {
			if err := s.refuseSecondTx(ctx, tx, b.IdentificationID); err != nil {
				return Booking{}, err
			}
		}
		places = places[n:]
	}
	return Booking{}, errTaken()
}

// insertUnderCapTx is insertTx at one place whose agent may have only so many on a
// day: counted under a lock, which is given back when there is no room, so that
// nobody waits for the day of one who has locked another's.
func (s *Service) insertUnderCapTx(ctx context.Context, tx *postgres.Tx, b *Booking, r Rules, place uuid.UUID) (taken bool, err error) {
	err = tx.Savepoint(ctx, func(ctx context.Context) error {
		ok, err := s.underCapTx(ctx, tx, r, place, b.Start, uuid.Nil)
		if err != nil {
			return err
		}
		if ok {
			taken, err = s.insertTx(ctx, tx, b, r, []uuid.UUID{place})
		}
		if err == nil && !taken {
			err = errFull
		}
		return err
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return taken, err
}

// insertTx inserts b at the first of the places that has room, which it fills in.
//
// There is one row for each place, all of one id: the first that has its place is
// inserted, and the rest conflict with it. A conflict is no error here: a bare
// insert would deadlock with others that want the same places in another order.
func (s *Service) insertTx(ctx context.Context, tx *postgres.Tx, b *Booking, r Rules, places []uuid.UUID) (taken bool, err error) {
	rows, err := tx.Query(ctx, `
		insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during,
			time_zone, state, reference, metadata, created_at, updated_at, held_until, series_id, occupies, agent_id)
		select $1, $2, $3, $4, $5, place, tstzrange($7, $8), $9, $10, nullif($11, ''), $12, $13, $13, $14, $15, tstzrange($16, $17), $18
		from unnest($6::uuid[]) place
		on conflict do nothing returning place_id`,
		b.BankID, b.ID, b.IdentificationID, b.CustomerID, b.ScenarioID, places, b.Start, b.End,
		b.TimeZone, b.State, b.Reference, b.Metadata, b.CreatedAt, orNull(b.HeldUntil), orNull(b.SeriesID),
		r.from(b.Start), r.to(b.End), orNull(b.AgentID))
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&b.PlaceID}, func() error {
			taken = true
			return nil
		})
	}
	if err != nil {
		return false, fmt.Errorf("insert booking: %w", err)
	}
	return taken, nil
}

// freePlacesTx returns the places that look free for [start, end): agents'
// calendars in random order, so that many who book the same time do not all
// wait for the same place, then overbooking places by number. The booking
// except, which is being moved, is in nobody's way. With a cap of the
// scenario's day it first waits for others who book on that day.
func (s *Service) freePlacesTx(ctx context.Context, tx *postgres.Tx, r Rules, start, end time.Time, except uuid.UUID) ([]uuid.UUID, error) {
	batch := &pgx.Batch{}
	free, err := s.queueFree(batch, tx.BankID, r, start, end, except, nil)
	if err != nil {
		return nil, err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("find free places: %w", err)
	}
	return free(postgres.WithTx(ctx, tx))
}

// queueFree is freePlacesTx as statements of a batch; what it returns is called
// when the batch is closed. k is as for queueCalendars.
func (s *Service) queueFree(batch *pgx.Batch, bankID uuid.UUID, r Rules, start, end time.Time, except uuid.UUID, k *known) (func(context.Context) ([]uuid.UUID, error), error) {
	if r.DailyCap > 0 {
		zone, err := r.zone()
		if err != nil {
			return nil, err
		}
		batch.Queue(`select pg_advisory_xact_lock(hashtextextended($1, 27))`, bankID.String()+r.ScenarioID.String()+DateOf(start.In(zone)).String())
	}
	finish, err := queueCalendars(batch, bankID, r, start, end, except, k)
	if err != nil {
		return nil, err
	}
	taken := new([]booked)
	if k == nil {
		taken = queueTaken(batch, bankID, r, start, end, except)
	}
	return func(ctx context.Context) ([]uuid.UUID, error) {
		all, err := finish()
		if err != nil {
			return nil, err
		}
		if k != nil {
			for _, place := range k.busy() {
				*taken = append(*taken, booked{place, interval{r.from(start), r.to(end)}})
			}
		}
		all.fill(*taken)
		var places []uuid.UUID
		agents := 0
		for _, c := range all.calendars {
			if !c.isFree(r, start, end) {
				continue
			}
			if c.placeID == uuid.Nil && k != nil && k.there {
				continue
			}
			if c.placeID == uuid.Nil {
				err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
					c.placeID, err = overbookingPlaceTx(ctx, tx, c.number)
					return err
				})
				if err != nil {
					return nil, err
				}
			}
			places = append(places, c.placeID)
			if c.number == 0 {
				agents++
			}
		}
		rand.Shuffle(agents, func(i, j int) { places[i], places[j] = places[j], places[i] })
		return places, nil
	}, nil
}

// underCapTx reports whether a place may hold one more booking on the day of
// start, besides the one that is moved (except). It waits for others who put one there on that day.
func (s *Service) underCapTx(ctx context.Context, tx *postgres.Tx, r Rules, place uuid.UUID, start time.Time, except uuid.UUID) (bool, error) {
	zone, err := r.zone()
	if err != nil {
		return false, err
	}
	day := DateOf(start.In(zone))
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 27))`, tx.BankID.String()+place.String()+day.String()); err != nil {
		return false, fmt.Errorf("lock the agent's day: %w", err)
	}
	var n int
	err = tx.QueryRow(ctx, `
		select count(*) from bookings
		where bank_id = $1 and `+occupiedSince+` and starts_at >= $2 and starts_at < $3 and place_id = $4 and id <> $5`,
		tx.BankID, day.Begins(zone), day.Ends(zone), place, except).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("count the agent's day: %w", err)
	}
	return n < r.AgentDailyCap, nil
}

// overbookingPlaceTx returns the numbered place, made when it is missing.
func overbookingPlaceTx(ctx context.Context, tx *postgres.Tx, number int) (id uuid.UUID, err error) {
	_, err = tx.Exec(ctx, `
		insert into places (bank_id, id, number) values ($1, $2, $3) on conflict (bank_id, number) do nothing`,
		tx.BankID, uuid.Must(uuid.NewV7()), number)
	if err == nil {
		err = tx.QueryRow(ctx, `select id from places where bank_id = $1 and number = $2`, tx.BankID, number).Scan(&id)
	}
	if err != nil {
		return id, fmt.Errorf("make overbooking place: %w", err)
	}
	return id, nil
}
