// Package testdb gives each test a migrated database of its own on a real
// PostgreSQL.
//
// Every test process has its own server, so that none needs another to stay
// alive: a copy of a cluster that was made and migrated once per schema (kept in
// the temporary folder), started without fsync. Its parent is a shell that
// waits for the test process to end, in whatever way, then kills the server and
// removes its folder. VISAVIS_TEST_DATABASE_URL names a server to use instead,
// by a user who may create databases and roles.
package testdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/migrations"
	"github.com/visavis/visavis/postgres"
)

// EnvURL is the environment variable that names a server to use instead of an own one.
const EnvURL = "VISAVIS_TEST_DATABASE_URL"

// EnvFsync is the environment variable that, when "on", has the own server write
// every commit to disk before it answers: for benchmarks of what is durable.
const EnvFsync = "VISAVIS_TEST_FSYNC"

// New returns an open DB on a migrated, empty database that is the test's own.
// It is closed and dropped when the test ends.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	return Open(t, URL(t))
}

// Open opens one more DB, which is one more node, on a database of URL's. It is
// closed when the test ends.
func Open(t testing.TB, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), url, postgres.Options{
		MaxConns: 12, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// URL returns the connection string, of a user who owns everything, of a
// migrated, empty database that is the test's own. It is dropped when the test
// ends.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, "template "+pgx.Identifier{templateName()}.Sanitize())
}

// EmptyURL is URL without any migration: for tests of migrations.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return create(t, "template template0")
}

// URLFor returns the connection string of another user for the same database.
func URLFor(url, user string) string { return url + " user='" + user + "'" }

// keywords returns url in libpq's keyword form with another database.
func keywords(config *pgx.ConnConfig, database string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	text := fmt.Sprintf("host='%s' port=%d user='%s' dbname='%s'", quote(config.Host), config.Port, quote(config.User), quote(database))
	if config.Password != "" {
		text += fmt.Sprintf(" password='%s'", quote(config.Password))
	}
	if config.TLSConfig == nil {
		text += " sslmode=disable"
	}
	return text
}

func create(t testing.TB, how string) string {
	t.Helper()
	admin, err := adminURL()
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	config, err := pgx.ParseConfig(admin)
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	run := func(sql string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, sql)
		return err
	}
	if err := run("create database " + name + " " + how); err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(func() {
		if err := run("drop database if exists " + name + " with (force)"); err != nil {
			t.Errorf("testdb: %v", err)
		}
	})
	return keywords(config, name)
}

// adminURL returns the connection string of the process's server, on which the
// template database is ready.
var adminURL = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	if url := os.Getenv(EnvURL); url != "" {
		return url, prepare(ctx, url)
	}
	return startOwn(ctx)
})

// schemaHash tells one state of the migrations from another.
var schemaHash = sync.OnceValue(func() string {
	hash := sha256.New()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			panic(err) // embedded
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(hash.Sum(nil))[:16]
})

func templateName() string { return "visavis_template_" + schemaHash() }

// prepare makes the template database on a server, unless it is there. It is
// migrated under another name first, so that a template is always complete.
func prepare(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// Test processes of several packages come at once: one makes it.
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtext('visavis testdb'))"); err != nil {
		return err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", templateName()).Scan(&exists); err != nil || exists {
		return err
	}
	draft := templateName() + "_draft"
	if _, err := conn.Exec(ctx, "drop database if exists "+draft); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "create database "+draft+" template template0"); err != nil {
		return err
	}
	if err := postgres.Migrate(ctx, keywords(config, draft)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "alter database "+draft+" rename to "+templateName())
	return err
}
