package calls

import (
	"bytes"
	"context"
	"sort"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Each page that waits asks for its position each 5 s. Counting all who stand
// before would cost each of them more the longer the queue is, and all together
// its square. So only the first are counted each time; for who stands further
// back the queue's order is read once in a while, for all.
const (
	positionExact = 200             // positions up to it are those of this moment
	positionAge   = 2 * time.Second // others may be as old
)

// counts is what makes somebody count as one who stands in the queue; $2 is when
// the page of who comes by himself must have been seen.
const counts = `bank_id = $1 and state in ('waiting', 'offered') and kind = 'serve' and (booking_id is not null or not on_page or seen_at > $2)`

// countBefore counts who stands before an entry, $5 at most: the index on the
// queue's order gives no more rows than these.
const countBefore = `select count(*) from (select from queue_entries where ` + counts + ` and (rank_at, id) < ($3, $4) order by rank_at, id limit $5) first`

// beforeTx counts who stands before an entry.
func (s *Service) beforeTx(ctx context.Context, tx *postgres.Tx, e Entry) (n int, err error) {
	seen := s.Now().Add(-gonePageAfter)
	err = tx.QueryRow(ctx, countBefore, tx.BankID, seen, e.RankAt, e.ID, positionExact).Scan(&n)
	if err != nil || n < positionExact {
		return n, err
	}
	o := s.orderOf(tx.BankID)
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := s.Now(); o.all == nil || now.Sub(o.at) >= positionAge || now.Before(o.at) {
		rows, _ := tx.Query(ctx, `select rank_at, id from queue_entries where `+counts+` order by rank_at, id`, tx.BankID, seen)
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[rank])
		if err != nil {
			return 0, err
		}
		o.all, o.at = all, now
	}
	return max(positionExact, sort.Search(len(o.all), func(i int) bool { return !o.all[i].before(rank{e.RankAt, e.ID}) })), nil
}

// order is the queue of a bank as it was a moment ago.
type order struct {
	mu  sync.Mutex // held while it is read: the others wait for that instead of reading too
	at  time.Time
	all []rank
}

type rank struct {
	At time.Time
	ID uuid.UUID
}

func (r rank) before(o rank) bool {
	return r.At.Before(o.At) || r.At.Equal(o.At) && bytes.Compare(r.ID[:], o.ID[:]) < 0
}

func (s *Service) orderOf(bankID uuid.UUID) *order {
	o, ok := s.orders.Load(bankID)
	if !ok {
		o, _ = s.orders.LoadOrStore(bankID, &order{})
	}
	return o.(*order)
}
