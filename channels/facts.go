package channels

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// TopicTexts is woken after a bank's wording changed.
const TopicTexts = "texts"

// factsLife is how old what is kept of a bank may be. Changes made through this
// node are seen at once, those of others by their wake-up, and when that is
// lost, after this.
const factsLife = time.Second

// facts is what every message of a bank needs to know of it.
type facts struct {
	name     string
	settings banks.Settings
	texts    *bankTexts // the bank's own wording that is in force, and how its SMS are written
	rules    *rules     // what its messages go by
	read     time.Time
}

// factsCache keeps the facts of banks in memory, so that accepting and handing
// over a message need no query for them.
type factsCache struct {
	db    *postgres.DB
	woken []<-chan struct{}

	mu  sync.Mutex
	all map[uuid.UUID]*facts
	age uint64 // how often it was dropped
}

func newFactsCache(db *postgres.DB) *factsCache {
	c := &factsCache{db: db, all: map[uuid.UUID]*facts{}}
	for _, topic := range []string{banks.Topic, TopicTexts, TopicRules} {
		ch, _ := db.Subscribe(topic) // as long as the DB
		c.woken = append(c.woken, ch)
	}
	return c
}

// peek returns what was last known of a bank, nil for nothing.
func (c *factsCache) peek(bankID uuid.UUID) *facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[bankID]
}

// of returns what is known of a bank. Inside a transaction it reads by that one,
// which must not have changed the bank itself.
func (c *factsCache) of(ctx context.Context, bankID uuid.UUID) (*facts, error) {
	c.mu.Lock()
	for _, ch := range c.woken {
		select {
		case <-ch:
			clear(c.all)
			c.age++
		default:
		}
	}
	f, age := c.all[bankID], c.age
	c.mu.Unlock()
	if f != nil && time.Since(f.read) < factsLife {
		return f, nil
	}
	err := c.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		f = &facts{texts: &bankTexts{own: map[string]map[string][]string{}}, rules: &rules{}, read: time.Now()}
		batch.Queue(`select name, settings from banks where bank_id = $1`, bankID).
			QueryRow(func(row pgx.Row) error { return row.Scan(&f.name, &f.settings) })
		batch.Queue(bankTextsSQL, bankID).Query(f.texts.scan)
		f.rules.queue(batch, bankID)
	})
	if err != nil {
		return nil, err
	}
	f.settings = f.settings.WithDefaults()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.age == age {
		c.all[bankID] = f
	}
	return f, nil
}
