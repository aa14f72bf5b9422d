package postgres

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	wakeChannel = "visavis_wake"
	// wakeEvery is the shortest time between two NOTIFY of a node. A NOTIFY
	// takes a global lock at commit: one per insert brought 17,400 inserts/s
	// down to 3,200.
	wakeEvery = 20 * time.Millisecond
	// wakePayload is the most bytes of topics in one NOTIFY (PostgreSQL's limit
	// is 7,999 with the node's id). Beyond it "*" wakes everyone.
	wakePayload = 7000
)

// wakes carries wake-ups between the nodes of one database. It owns one
// listening connection and two goroutines.
type wakes struct {
	node   string // this node's id, to leave out its own notifications
	pool   *pgxpool.Pool
	log    *slog.Logger
	cancel context.CancelFunc
	ended  sync.WaitGroup
	kick   chan struct{} // buffered 1: there are topics to send

	mu      sync.Mutex
	pending map[string]struct{} // topics to NOTIFY
	waiting map[string][]chan struct{}
	sent    int // NOTIFYs sent, for tests
}

// Wake wakes those who wait for the topics, as Tx.Wake does after a commit.
func (db *DB) Wake(topics ...string) { db.wakes.wake(topics) }

// Subscribe returns a channel that gets a value whenever the topic is woken, by
// this node or another. Wake-ups coalesce: the channel holds one. After a lost
// connection everyone is woken once, as some may have been missed. cancel ends
// the subscription; it does not close the channel.
func (db *DB) Subscribe(topic string) (woken <-chan struct{}, cancel func()) {
	w, ch := db.wakes, make(chan struct{}, 1)
	w.mu.Lock()
	w.waiting[topic] = append(w.waiting[topic], ch)
	w.mu.Unlock()
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		left := slices.DeleteFunc(w.waiting[topic], func(c chan struct{}) bool { return c == ch })
		if len(left) == 0 {
			delete(w.waiting, topic)
		} else {
			w.waiting[topic] = left
		}
	}
}

// listenConfig is for the connection that checks the schema and then listens.
func listenConfig(config *pgx.ConnConfig) *pgx.ConnConfig {
	config = config.Copy()
	config.RuntimeParams["application_name"] = "visavis_listen"
	return config
}

// startWakes takes over conn, which was made from config.
func startWakes(ctx context.Context, conn *pgx.Conn, config *pgx.ConnConfig, pool *pgxpool.Pool, log *slog.Logger) (*wakes, error) {
	w := &wakes{
		node: uuid.NewString(), pool: pool, log: log,
		kick:    make(chan struct{}, 1),
		pending: map[string]struct{}{},
		waiting: map[string][]chan struct{}{},
	}
	if err := listen(ctx, conn); err != nil {
		return nil, err
	}
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	w.ended.Go(func() { w.receive(ctx, conn, config) })
	w.ended.Go(func() { w.send(ctx) })
	return w, nil
}

func (w *wakes) stop() {
	w.cancel()
	w.ended.Wait()
}

func (w *wakes) wake(topics []string) {
	if len(topics) == 0 {
		return
	}
	w.signal(topics)
	w.mu.Lock()
	for _, topic := range topics {
		w.pending[topic] = struct{}{}
	}
	w.mu.Unlock()
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// signal wakes this node's waiters of the topics.
func (w *wakes) signal(topics []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, topic := range topics {
		for _, ch := range w.waiting[topic] {
			poke(ch)
		}
	}
}

func (w *wakes) signalAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, waiting := range w.waiting {
		for _, ch := range waiting {
			poke(ch)
		}
	}
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// send turns pending topics into NOTIFYs: the first at once, then one per
// wakeEvery while there are more. What is pending at the end is sent.
func (w *wakes) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			w.notify(context.WithoutCancel(ctx))
			return
		case <-w.kick:
		}
		w.notify(context.WithoutCancel(ctx))
		select {
		case <-ctx.Done():
		case <-time.After(wakeEvery):
		}
	}
}

func (w *wakes) notify(ctx context.Context) {
	w.mu.Lock()
	topics := make([]string, 0, len(w.pending))
	size := 0
	for topic := range w.pending {
		topics = append(topics, topic)
		size += len(topic) + 1
	}
	clear(w.pending)
	w.mu.Unlock()
	if len(topics) == 0 {
		return
	}
	payload := strings.Join(topics, ",")
	if size > wakePayload {
		payload = "*"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := w.pool.Exec(ctx, "select pg_notify($1, $2)", wakeChannel, w.node+" "+payload); err != nil {
		// The others find the work by polling.
		w.log.Warn("wake-up of other nodes failed", "error", err)
		return
	}
	w.mu.Lock()
	w.sent++
	w.mu.Unlock()
}

// receive signals local waiters on notifications of other nodes, and connects
// again when the connection is lost. (It must not do so with conn.Config(): that
// one hands notifications to the old connection's buffer.)
func (w *wakes) receive(ctx context.Context, conn *pgx.Conn, config *pgx.ConnConfig) {
	for {
		err := w.hear(ctx, conn)
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		_ = conn.Close(closing)
		cancel()
		if ctx.Err() != nil {
			return
		}
		w.log.Warn("wake-up connection lost", "error", err)
		for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			if conn, err = connectListener(ctx, config); err == nil {
				break
			}
		}
		w.log.Info("wake-up connection restored")
		w.signalAll()
	}
}

func connectListener(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := listen(ctx, conn); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

func listen(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set role "+RoleWorker+"; listen "+wakeChannel)
	return err
}

func (w *wakes) hear(ctx context.Context, conn *pgx.Conn) error {
	for {
		// A connection cut without a word is noticed by the ping.
		quiet, cancel := context.WithTimeout(ctx, 15*time.Second)
		n, err := conn.WaitForNotification(quiet)
		cancel()
		if err != nil {
			if ctx.Err() != nil || quiet.Err() == nil {
				return err
			}
			ping, cancel := context.WithTimeout(ctx, 5*time.Second)
			err = conn.Ping(ping)
			cancel()
			if err != nil {
				return err
			}
			continue
		}
		node, topics, _ := strings.Cut(n.Payload, " ")
		switch {
		case node == w.node: // signalled when it was woken
		case topics == "*":
			w.signalAll()
		default:
			w.signal(strings.Split(topics, ","))
		}
	}
}
