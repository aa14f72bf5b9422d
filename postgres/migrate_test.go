package postgres_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

func files(sql ...string) fs.FS {
	out := fstest.MapFS{}
	for i, text := range sql {
		out["000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

const (
	stepOne = "create table one (id int primary key); grant select on one to visavis_app, visavis_worker; insert into one values (1)"
	stepTwo = "create table two (id int primary key)"
)

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesASchemaThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	url := testdb.EmptyURL(t)
	open := func(f fs.FS) error {
		db, err := postgres.OpenFS(t.Context(), url, postgres.Options{Logger: slog.New(slog.DiscardHandler)}, f)
		if err == nil {
			db.Close()
		}
		return err
	}
	check := func(what string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", what, err, want)
		}
	}
	check("no schema", open(files(stepOne)), "run `visavis migrate`")
	for range 2 { // twice: nothing to do is no error
		if err := postgres.MigrateFS(t.Context(), url, files(stepOne)); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(files(stepOne)); err != nil {
		t.Error(err)
	}
	check("older", open(files(stepOne, stepTwo)), "run `visavis migrate`")
	if err := postgres.MigrateFS(t.Context(), url, files(stepOne, stepTwo)); err != nil {
		t.Fatal(err)
	}
	check("newer", open(files(stepOne)), "run a newer visavis")
	check("migrating a newer one", postgres.MigrateFS(t.Context(), url, files(stepOne)), "run a newer visavis")
	check("a broken migration", postgres.MigrateFS(t.Context(), url, files(stepOne, stepTwo, "create table three (id nonsense)")), "0003_step.sql")
	if err := open(files(stepOne, stepTwo)); err != nil {
		t.Errorf("a migration that failed left something: %v", err)
	}
}

// TestManyMigrateAtOnce runs several migrators for each of several databases of
// a new cluster, on which the roles are missing: those are global to the cluster,
// and no lock spans databases.
func TestManyMigrateAtOnce(t *testing.T) {
	t.Parallel()
	const databases, each = 4, 3
	g := startGateway(t, dataDir(t, 0), 0)
	execute(t, g.url(t), "create role owner login createrole")
	begin, errs := make(chan struct{}), make(chan error)
	for i := range databases {
		name := "many_" + strconv.Itoa(i)
		execute(t, g.url(t), "create database "+name+" owner owner")
		for range each {
			go func() {
				<-begin
				errs <- postgres.MigrateFS(t.Context(), testdb.URLFor(g.url(t)+" dbname="+name, "owner"), files(stepOne, stepTwo))
			}()
		}
	}
	began := time.Now()
	close(begin)
	for range databases * each {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d migrators of %d databases: %v", databases*each, databases, time.Since(began))
	g.stop(t)
}

func TestANonSuperuserOwnerMigratesAndOpens(t *testing.T) {
	t.Parallel()
	url := testdb.EmptyURL(t)
	user := "owner_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	execute(t, url, "create role "+user+" login createrole; grant all on schema public to "+user)
	asOwner := testdb.URLFor(url, user)
	if err := postgres.MigrateFS(t.Context(), asOwner, files(stepOne)); err != nil {
		t.Fatal(err)
	}
	db, err := postgres.OpenFS(t.Context(), asOwner, postgres.Options{}, files(stepOne))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.InBank(t.Context(), uuid.New(), func(ctx context.Context, tx *postgres.Tx) error {
		var role string
		err := tx.QueryRow(ctx, "select current_user from one").Scan(&role)
		if role != postgres.RoleApp {
			t.Errorf("runs as %q", role)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMigrateNamesTheSQLThatAnAdministratorMustRun(t *testing.T) {
	t.Parallel()
	url := testdb.EmptyURL(t)
	user := "plain_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	execute(t, url, "create role "+user+" login; grant all on schema public to "+user)
	err := postgres.MigrateFS(t.Context(), testdb.URLFor(url, user), files(stepOne))
	want := `GRANT visavis_app TO "` + user + `"`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %v, want %q in it", err, want)
	}
	// What it says helps.
	execute(t, url, want+`; GRANT visavis_worker TO "`+user+`"`)
	if err := postgres.MigrateFS(t.Context(), testdb.URLFor(url, user), files(stepOne)); err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhenTheServerIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := postgres.Open(t.Context(), "host="+t.TempDir()+" dbname=x", postgres.Options{})
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
