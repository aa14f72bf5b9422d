package postgres

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
