package postgres

import "time"

// For the tests in package postgres_test, which need testdb, which needs this package.
var (
	MigrateFS = migrateFS
	OpenFS    = openFS
)

// Notified returns how many NOTIFYs this node has sent.
func (db *DB) Notified() int {
	db.wakes.mu.Lock()
	defer db.wakes.mu.Unlock()
	return db.wakes.sent
}

// SetTime has a Together go by another time.
func (t *Together[T]) SetTime(now func() time.Time, after func(time.Duration, func()) (stop func() bool)) {
	t.now, t.after = now, after
}
