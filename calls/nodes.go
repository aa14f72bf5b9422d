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

// A call's media lives on one node, the one that its row names. Each node says
// every nodeBeat that it lives. A call of a node that was silent for nodeDead is
// taken by the node that one of its two sides reaches, by a compare-and-set of
// the row, so that there is one owner always; the recording goes on in a new
// part. A node that cannot say that it lives gives its rooms up before others
// may take them, if there are others.
const (
	nodeBeat   = 5 * time.Second
	nodeDead   = 30 * time.Second
	nodeGiveUp = 20 * time.Second // without a beat, with others alive
)

// RunNode says that this node lives until ctx ends. It gives up what another
// node has taken, or may be about to.
func (s *Service) RunNode(ctx context.Context) {
	tick := time.NewTicker(nodeBeat)
	defer tick.Stop()
	last, others := time.Now(), false
	for {
		bctx, cancel := context.WithTimeout(ctx, nodeBeat)
		more, err := s.Beat(bctx)
		cancel()
		switch {
		case err == nil:
			last, others = time.Now(), more
		case ctx.Err() != nil:
			return
		default:
			s.Log.Warn("this node could not say that it lives", "error", err)
			if others && time.Since(last) > nodeGiveUp {
				s.giveUp()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Beat says once that this node lives, and reports whether others do.
func (s *Service) Beat(ctx context.Context) (others bool, err error) {
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.Now()
		if _, err := tx.Exec(ctx, `insert into nodes (url, seen_at) values ($1, $2) on conflict (url) do update set seen_at = excluded.seen_at`, s.Node, now); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select exists (select from nodes where url <> $1 and seen_at > $2)`, s.Node, now.Add(-2*nodeDead)).Scan(&others)
	})
	return others, err
}

// giveUp closes the rooms and sockets of this node: it is cut off from the
// database, and another may take its calls. Both sides connect again.
func (s *Service) giveUp() {
	s.mu.Lock()
	var rooms []*room
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	for _, r := range rooms {
		s.Log.Error("a call is given up: this node is cut off", "call", r.callID)
		s.moved(r)
	}
}

// moved ends a room whose call is another node's from now on: what was recorded
// here is finished, and the pages look for the call anew.
func (s *Service) moved(r *room) {
	s.mu.Lock()
	for _, k := range s.sockets[r.callID] {
		k.close(closeGoingAway, "moved")
	}
	s.mu.Unlock()
	s.wg.Go(func() {
		if <-r.opened; r.openErr != nil {
			return
		}
		if err := s.finishRoom(r); err != nil {
			s.Log.Error("recordings of a call that moved were not finished", "call", r.callID, "error", err)
		}
	})
}

// nodeAliveTx reports whether a node was heard of lately. One that never said
// that it lives, of before there were beats, counts as alive for nodeDead after
// the call's last change.
func (s *Service) nodeAliveTx(ctx context.Context, tx *postgres.Tx, c Call) (bool, error) {
	return s.aliveTx(ctx, tx, c.Node, c.UpdatedAt)
}

func (s *Service) aliveTx(ctx context.Context, tx *postgres.Tx, node string, otherwise time.Time) (bool, error) {
	var seen time.Time
	err := tx.QueryRow(ctx, `select seen_at from nodes where url = $1`, node).Scan(&seen)
	if errors.Is(err, pgx.ErrNoRows) {
		seen, err = otherwise, nil
	}
	return s.Now().Before(seen.Add(nodeDead)), err
}

func (s *Service) nodeAlive(ctx context.Context, bankID uuid.UUID, node string, otherwise time.Time) (alive bool, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		alive, err = s.aliveTx(ctx, tx, node, otherwise)
		return err
	})
	return alive, err
}

// takeCall makes this node the owner of an active call whose node is dead.
// Conflict "wrong_node" when that one lives, or another was quicker.
func (s *Service) takeCall(ctx context.Context, bankID uuid.UUID, c Call) (Call, error) {
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		alive, err := s.nodeAliveTx(ctx, tx, c)
		if err != nil {
			return err
		}
		if alive {
			return wrongNode(c)
		}
		tag, err := tx.Exec(ctx, `update calls set node = $4, updated_at = $5 where bank_id = $1 and id = $2 and node = $3 and state = 'active'`,
			tx.BankID, c.ID, c.Node, s.Node, s.Now())
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			if c, err = getTx(ctx, tx, c.ID, ""); err != nil || c.State == Active && c.Node == s.Node {
				return err
			}
			if c.State != Active {
				return callOver(c)
			}
			return wrongNode(c)
		}
		from := c.Node
		c.Node = s.Node
		if err := s.resumeTx(ctx, tx, c.ID); err != nil {
			return err
		}
		s.Log.Warn("took a call of a node that is gone", "call", c.ID, "node", from)
		return s.event(ctx, tx, c, "call.moved", nil)
	})
	return c, err
}

func wrongNode(c Call) error {
	return visavis.Errorf(visavis.Conflict, "wrong_node", "the call is on %s", c.Node)
}

// OwnerNode returns the node where a call's pages find its socket: the one that
// its row names, or this one when that is dead, which then takes the call.
func (s *Service) OwnerNode(ctx context.Context, bankID uuid.UUID, c Call) (string, error) {
	if c.Node == s.Node || c.Node == "" || !c.State.Live() {
		return c.Node, nil
	}
	node := c.Node
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		alive, err := s.nodeAliveTx(ctx, tx, c)
		if err == nil && !alive {
			node = s.Node
		}
		return err
	})
	return node, err
}
