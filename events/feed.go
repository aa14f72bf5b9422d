package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

const (
	feedPoll = time.Second           // wake-ups may be lost with a connection
	heldPoll = 25 * time.Millisecond // committed events wait for an older transaction to end
)

// Feed follows the bank's events behind the cursor (empty: from the first; Now:
// from the present) until ctx is cancelled, then closes the channel. It delivers
// each event once, in the order of After, and keeps at it when the database is
// away. The reader sets the pace: Feed holds at most one page in memory.
func Feed(ctx context.Context, db *postgres.DB, log *slog.Logger, bankID uuid.UUID, from string, filter Filter) (<-chan Event, error) {
	if from != "" {
		if _, err := parseCursor(from); err != nil {
			return nil, err
		}
	}
	woken, cancel := db.Subscribe(Topic(bankID))
	out := make(chan Event)
	go func() {
		defer close(out)
		defer cancel()
		for {
			page, err := After(ctx, db, bankID, from, MaxPage, filter)
			if ctx.Err() != nil {
				return
			}
			pause := feedPoll
			switch {
			case err != nil:
				log.Warn("event feed cannot read", "bank", bankID, "error", err)
			default:
				for _, e := range page.Events {
					select {
					case out <- e:
					case <-ctx.Done():
						return
					}
				}
				from = page.Next
				if len(page.Events) == MaxPage {
					continue
				}
				if page.Held {
					pause = heldPoll
				}
			}
			timer := time.NewTimer(pause)
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-woken:
			case <-timer.C:
			}
			timer.Stop()
		}
	}()
	return out, nil
}
