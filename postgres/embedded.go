package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/postgres/server"
)

// rootHome is where the clusters of gateways that run as root live: their server
// runs as the user postgres, who may not traverse root's folders.
const rootHome = "/var/lib/visavis"

// embeddedSettings are for a server that holds promises: nothing is committed
// before it is on disk.
var embeddedSettings = []string{
	"fsync=on", "synchronous_commit=on", "full_page_writes=on",
	"max_connections=200", "shared_buffers=128MB", "wal_compression=on",
	"max_wal_size=1GB", "checkpoint_timeout=5min",
}

// Embedded is the gateway's own PostgreSQL: the default where no
// VISAVIS_DATABASE_URL is set.
type Embedded struct {
	server *server.Server
	lock   *os.File
}

// StartEmbedded starts a server of the installed PostgreSQL binaries on a cluster
// under dataDir, making both when they are not there, and returns when the
// database takes connections. As root the server runs as the user postgres, on a
// cluster in /var/lib/visavis under a name made from dataDir's path (unless
// dataDir has one already, of a user, which is then used as that user).
//
// It listens on a Unix socket in a folder of mode 0700 only. The server ends with
// this process, however that ends; what an earlier gateway left is recovered, and
// an orphan that still runs is waited for or stopped.
//
// Errors: another gateway runs on the same folder; no PostgreSQL is installed
// (server.ErrNoBinaries, one line that says what to do), or not the version that
// made the cluster; the server does not start (with the end of its log). The
// environment variable VISAVIS_POSTGRES_BIN names the folder of the binaries to
// use instead of the newest installed.
func StartEmbedded(ctx context.Context, dataDir string, log *slog.Logger) (*Embedded, error) {
	if log == nil {
		log = slog.Default()
	}
	home, account, err := embeddedHome(dataDir)
	if err != nil {
		return nil, fmt.Errorf("embedded database: %w", err)
	}
	lock, err := server.TryLock(filepath.Join(home, "lock"))
	if errors.Is(err, server.ErrLocked) {
		return nil, fmt.Errorf("embedded database: another visavis runs on the data folder %s: stop it, or set VISAVIS_DATA_DIR to another folder", dataDir)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded database: %w", err)
	}
	running, err := startIn(ctx, home, account, log)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("embedded database: %w", err)
	}
	return &Embedded{server: running, lock: lock}, nil
}

// URL returns the connection string of the database's owner, for Migrate and Open.
func (e *Embedded) URL() string { return e.server.URL("visavis") }

// Stop shuts the server down: open transactions are rolled back. When ctx ends
// first it still waits until the server is down, at most some 40 s. Close the DB
// before.
func (e *Embedded) Stop(ctx context.Context) error {
	return errors.Join(e.server.Stop(ctx), e.lock.Close())
}

func startIn(ctx context.Context, home string, account server.Account, log *slog.Logger) (*server.Server, error) {
	cluster := filepath.Join(home, "cluster")
	major, err := server.ClusterMajor(cluster)
	if err != nil {
		return nil, err
	}
	binaries, err := server.Find(os.Getenv("VISAVIS_POSTGRES_BIN"), major)
	if err != nil {
		return nil, err
	}
	if major == 0 {
		log.Info("making the database cluster", "folder", cluster, "postgresql", binaries.Major)
		if err := server.Init(ctx, binaries, account, cluster); err != nil {
			return nil, err
		}
	}
	socket, err := socketDir(home, account)
	if err != nil {
		return nil, err
	}
	running, err := server.Start(ctx, server.Config{
		Binaries: binaries, Account: account, Cluster: cluster, Socket: socket,
		LogFile: filepath.Join(home, "server.log"), Settings: embeddedSettings, Log: log,
	})
	if err != nil {
		return nil, err
	}
	if err := ensureDatabase(ctx, running); err != nil {
		return nil, errors.Join(err, running.Stop(ctx))
	}
	return running, nil
}

// embeddedHome returns the folder that holds the cluster, its lock and its log,
// and as whom the server runs. The folder exists and belongs to that account.
func embeddedHome(dataDir string) (string, server.Account, error) {
	dataDir, err := filepath.Abs(dataDir)
	if err != nil {
		return "", server.Account{}, err
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return "", server.Account{}, err
	}
	if real, err := filepath.EvalSymlinks(dataDir); err == nil {
		dataDir = real // one folder, one cluster, by whatever path it is named
	}
	home := filepath.Join(dataDir, "postgres")
	if os.Geteuid() == 0 {
		if info, err := os.Stat(filepath.Join(home, "cluster")); err == nil {
			owner := info.Sys().(*syscall.Stat_t)
			if owner.Uid != 0 {
				return home, server.AccountOf(int(owner.Uid), int(owner.Gid)), nil
			}
		}
	}
	account, err := server.OwnAccount()
	if err != nil {
		return "", server.Account{}, err
	}
	if os.Geteuid() == 0 {
		// Chmod: the umask must not keep the server's user out.
		if err := errors.Join(os.MkdirAll(rootHome, 0o755), os.Chmod(rootHome, 0o755)); err != nil {
			return "", server.Account{}, err
		}
		home = filepath.Join(rootHome, filepath.Base(dataDir)+"-"+shortHash(dataDir))
	}
	return home, account, account.MakeDir(home)
}

// socketDir returns a folder of mode 0700 for the socket: in home, or where its
// path would be too long for a socket, in /tmp under a name made from home's.
func socketDir(home string, account server.Account) (string, error) {
	dir := filepath.Join(home, "run")
	if server.CheckSocket(dir) != nil {
		dir = filepath.Join("/tmp", "visavis-"+strconv.Itoa(account.UID)+"-"+shortHash(home))
	}
	return dir, account.MakeDir(dir)
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:12]
}

func ensureDatabase(ctx context.Context, s *server.Server) error {
	err := server.Answers(ctx, s.URL("visavis"))
	var pg *pgconn.PgError
	if err == nil || !errors.As(err, &pg) || pg.Code != "3D000" { // invalid_catalog_name
		return err
	}
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "create database visavis")
	return err
}
