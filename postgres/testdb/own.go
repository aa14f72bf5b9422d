package testdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/visavis/visavis/postgres/server"
)

// settings of a server whose data nobody will miss.
var settings = []string{
	"fsync=off", "synchronous_commit=off", "full_page_writes=off",
	"max_connections=1000", "shared_buffers=64MB", "max_wal_senders=0", "wal_level=minimal",
	"autovacuum=on", "autovacuum_naptime=10s", "checkpoint_timeout=1h", "deadlock_timeout=200ms",
}

// ownSettings are settings, or those of a server whose commits are on disk when
// they are answered: then the ones of the gateway's own server (see
// postgres.StartEmbedded). Without them the small log segments of a test cluster
// would make max_wal_size 64 MB: a checkpoint every few seconds, and after each the
// first change of every page writes the whole page to the log.
func ownSettings() []string {
	if os.Getenv(EnvFsync) != "on" {
		return settings
	}
	return append(slices.Clone(settings), // the last one counts
		"fsync=on", "synchronous_commit=on", "full_page_writes=on",
		"shared_buffers=128MB", "wal_compression=on", "max_wal_size=1GB", "checkpoint_timeout=5min")
}

// keeper runs the server in folder $1 until the pipe at descriptor 3 ends, which
// is when the test process has ended, however it did. $@ after $1 is the server
// and its arguments. Descriptor 4 is the lock on the folder: it and the server
// hold it, so that what a killed keeper leaves can be told from what is in use.
const keeper = `dir=$1; shift
"$@" 3<&- </dev/null >"$dir/log" 2>&1 &
pid=$!
read _ <&3
kill -QUIT $pid
wait $pid
cd / && rm -rf "$dir"`

// startOwn starts this process's server and returns the connection string of
// its administrative database.
func startOwn(ctx context.Context) (string, error) {
	account, err := server.OwnAccount()
	if err != nil {
		return "", err
	}
	binaries, err := server.Find(os.Getenv("VISAVIS_POSTGRES_BIN"), 0)
	if err != nil {
		return "", err
	}
	home, err := homeDir(account)
	if err != nil {
		return "", err
	}
	cluster, err := migratedCluster(ctx, account, binaries, home)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, "run-"+strconv.Itoa(os.Getpid())+"-"+strconv.FormatInt(time.Now().UnixNano(), 36))
	if err := account.MakeDir(dir); err != nil {
		return "", err
	}
	// Another process that clears the folder may look whether it is held just now.
	held, err := server.WaitLock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer held.Close()
	copying := exec.CommandContext(ctx, "cp", "-Rp", cluster, filepath.Join(dir, "cluster"))
	account.Apply(copying)
	copying.Dir = home
	if out, err := copying.CombinedOutput(); err != nil {
		return "", fmt.Errorf("copy the template cluster: %w: %s", err, out)
	}
	alive, keep, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer alive.Close()
	postgres := server.Command(server.Config{
		Binaries: binaries, Account: account, Cluster: filepath.Join(dir, "cluster"), Socket: dir, Settings: ownSettings(),
	})
	cmd := exec.Command("/bin/sh", append([]string{"-c", keeper, "sh", dir}, postgres.Args...)...)
	account.Apply(cmd)
	cmd.Dir = dir
	cmd.ExtraFiles = []*os.File{alive, held}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	keepers = append(keepers, keep)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	url := server.URL(dir, "postgres")
	for {
		if err = server.Answers(ctx, url); err == nil {
			return url, nil
		}
		select {
		case <-ctx.Done():
		case <-ended:
		case <-time.After(3 * time.Millisecond):
			continue
		}
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		keep.Close()
		return "", fmt.Errorf("start the test server: %w: %s", err, log)
	}
}

// keepers holds the write ends of the keepers' pipes: a collected os.File would
// close itself and end the server.
var keepers []*os.File

// homeDir returns the folder of all test clusters of the account, and clears it
// of what is no longer in use.
func homeDir(account server.Account) (string, error) {
	home := filepath.Join(os.TempDir(), "visavis-testdb-"+strconv.Itoa(account.UID))
	if err := server.CheckSocket(filepath.Join(home, "run-1234567-0123456789abc")); err != nil {
		home = "/tmp/visavis-testdb-" + strconv.Itoa(account.UID)
	}
	if err := account.MakeDir(home); err != nil {
		return "", err
	}
	runs, _ := filepath.Glob(filepath.Join(home, "run-*"))
	for _, dir := range runs {
		if lock, err := server.TryLock(filepath.Join(dir, "lock")); err == nil {
			if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Minute {
				_ = os.RemoveAll(dir)
			}
			lock.Close()
		}
	}
	clusters, _ := filepath.Glob(filepath.Join(home, "cluster-*"))
	for _, dir := range clusters {
		if info, err := os.Stat(dir); err == nil && !strings.HasSuffix(dir, ".lock") && time.Since(info.ModTime()) > 7*24*time.Hour {
			_ = os.RemoveAll(dir)
		}
	}
	return home, nil
}

// migratedCluster returns a stopped cluster that has the template database. The
// first process that asks for it makes it, the others wait.
func migratedCluster(ctx context.Context, account server.Account, binaries server.Binaries, home string) (string, error) {
	cluster := filepath.Join(home, fmt.Sprintf("cluster-%d-%s", binaries.Major, schemaHash()))
	lock, err := server.WaitLock(filepath.Join(home, "lock"))
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if _, err := os.Stat(cluster); err == nil {
		now := time.Now() // in use: not to be cleared
		return cluster, os.Chtimes(cluster, now, now)
	}
	draft := filepath.Join(home, "draft")
	if err := os.RemoveAll(draft); err != nil {
		return "", err
	}
	if err := account.MakeDir(draft); err != nil {
		return "", err
	}
	defer os.RemoveAll(draft)
	// Small log segments: what a process copies is 30 MB less.
	if err := server.Init(ctx, binaries, account, filepath.Join(draft, "cluster"), "--no-sync", "--wal-segsize=1"); err != nil {
		return "", err
	}
	running, err := server.Start(ctx, server.Config{
		Binaries: binaries, Account: account, Cluster: filepath.Join(draft, "cluster"), Socket: draft,
		LogFile: filepath.Join(draft, "log"), Settings: settings, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return "", err
	}
	err = prepare(ctx, running.URL("postgres"))
	if err := errors.Join(err, running.Stop(ctx)); err != nil {
		return "", err
	}
	return cluster, os.Rename(filepath.Join(draft, "cluster"), cluster)
}
