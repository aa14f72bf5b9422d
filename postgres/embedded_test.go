package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// helperEnv makes the test binary a gateway that only runs the embedded server.
const helperEnv = "VISAVIS_TEST_EMBEDDED_HELPER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		if err := helper(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// helper starts the server, prints its URL, and stops it when standard input ends.
func helper(dir string) error {
	e, err := postgres.StartEmbedded(context.Background(), dir, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	fmt.Println(e.URL())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return e.Stop(context.Background())
}

type gateway struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	line  string // the URL, or "error: ..."
}

// startGateway runs the helper on the folder, as the user uid, or as who we are
// when uid is 0.
func startGateway(t *testing.T, dir string, uid int) *gateway {
	t.Helper()
	g := &gateway{cmd: exec.Command(helperBinary(t))}
	g.cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	g.cmd.Dir = "/"
	g.cmd.Stderr = t.Output()
	if uid != 0 {
		g.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	var err error
	if g.stdin, err = g.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.stdin.Close()
		_ = g.cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the helper said nothing: %v", err)
	}
	g.line = strings.TrimSpace(line)
	return g
}

func (g *gateway) url(t *testing.T) string {
	t.Helper()
	if strings.HasPrefix(g.line, "error:") {
		t.Fatal(g.line)
	}
	return g.line
}

func (g *gateway) stop(t *testing.T) {
	t.Helper()
	g.stdin.Close()
	if err := g.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func (g *gateway) kill(t *testing.T) {
	t.Helper()
	if err := g.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = g.cmd.Wait()
}

// helperBinary is a copy of the test binary that every user may run: go's own is
// in a folder of root's.
func helperBinary(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "visavis-helper-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "helper")
	// No fork while the file is open for writing: a child that inherited the
	// descriptor would make running it fail with "text file busy".
	syscall.ForkLock.RLock()
	err = os.WriteFile(path, program, 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// dataDir returns a new data folder of the user. As root its cluster is under
// /var/lib/visavis and removed too.
func dataDir(t *testing.T, uid int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "visavis-data-")
	if err != nil {
		t.Fatal(err)
	}
	if uid != 0 {
		if err := os.Chown(dir, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		os.RemoveAll(dir)
		homes, _ := filepath.Glob("/var/lib/visavis/" + filepath.Base(dir) + "-*")
		for _, home := range homes {
			os.RemoveAll(home)
		}
	})
	return dir
}

func postmaster(t *testing.T, url string) int {
	t.Helper()
	var dir string
	query(t, url, "show data_directory", &dir)
	text, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func query(t *testing.T, url, sql string, into ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if len(into) == 0 {
		_, err = conn.Exec(t.Context(), sql)
	} else {
		err = conn.QueryRow(t.Context(), sql).Scan(into...)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// users are those to run the gateway as: who we are, and as root also nobody.
func users(t *testing.T) map[string]int {
	if os.Geteuid() == 0 {
		return map[string]int{"root": 0, "nobody": 65534}
	}
	t.Log("not root: tried as this user only")
	return map[string]int{"user": 0}
}

func TestEmbeddedKeepsWhatWasCommitted(t *testing.T) {
	for name, uid := range users(t) {
		t.Run("as "+name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t, uid)
			g := startGateway(t, dir, uid)
			query(t, g.url(t), "create table kept as select 1 as n")

			second := startGateway(t, dir, uid)
			if !strings.Contains(second.line, "another visavis runs on the data folder") {
				t.Errorf("a second gateway on the folder: %s", second.line)
			}
			var fsync string
			if query(t, g.url(t), "show fsync", &fsync); fsync != "on" {
				t.Error("fsync is off")
			}
			g.stop(t)

			began := time.Now()
			g = startGateway(t, dir, uid)
			t.Logf("warm start: %v (5 s are promised, 0.1 s is usual)", time.Since(began))
			query(t, g.url(t), "insert into kept values (2)")

			// kill -9 of the gateway: the server must not stay, the next start
			// must not fail on what is left, and nothing committed is lost.
			for kept := 2; kept < 5; kept++ {
				g.kill(t)
				g = startGateway(t, dir, uid)
				var n int
				query(t, g.url(t), "select count(*) from kept", &n)
				if n != kept {
					t.Errorf("%d rows after kill %d, want %d", n, kept-1, kept)
				}
				query(t, g.url(t), fmt.Sprintf("insert into kept values (%d)", kept+1))
			}

			// Both killed at once: no clean shutdown, a stale postmaster.pid
			// (of a zombie, where nobody waits for orphans).
			pid := postmaster(t, g.url(t))
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			g.kill(t)
			g = startGateway(t, dir, uid)
			var n int
			if query(t, g.url(t), "select count(*) from kept", &n); n != 5 {
				t.Errorf("%d rows after both were killed, want 5", n)
			}
			g.stop(t)
		})
	}
}

// TestEmbeddedServerEndsWithItsGateway kills a gateway and starts no other.
func TestEmbeddedServerEndsWithItsGateway(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: only Linux tells a child that its parent has died")
	}
	g := startGateway(t, dataDir(t, 0), 0)
	pid := postmaster(t, g.url(t))
	g.kill(t)
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(5 * time.Millisecond) { // not our child: nothing signals
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d still runs", pid)
		}
	}
}

func TestEmbeddedStartsItsServerAgain(t *testing.T) {
	t.Parallel()
	g := startGateway(t, dataDir(t, 0), 0)
	pid := postmaster(t, g.url(t))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(3 * time.Minute)
	for {
		conn, err := pgx.Connect(t.Context(), g.url(t))
		if err == nil {
			conn.Close(t.Context())
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no new server: %v", err)
		}
		time.Sleep(10 * time.Millisecond) // polling another process: it has no signal for us
	}
	if again := postmaster(t, g.url(t)); again == pid {
		t.Error("it is the server that was killed")
	}
	g.stop(t)
}

// TestEmbeddedStopsAnOrphan starts a server on the cluster that no dying gateway
// has told to end, as on systems without a parent death signal.
func TestEmbeddedStopsAnOrphan(t *testing.T) {
	t.Parallel()
	dir := dataDir(t, 0)
	g := startGateway(t, dir, 0)
	var cluster, command string
	query(t, g.url(t), "select current_setting('data_directory')", &cluster)
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", postmaster(t, g.url(t))))
	if err != nil {
		t.Skip("NOT RUN: needs /proc: ", err)
	}
	command = link
	info, err := os.Stat(cluster)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	g.stop(t)
	orphan := exec.Command(command, "-D", cluster, "-c", "listen_addresses=", "-c", "unix_socket_directories="+filepath.Dir(cluster))
	orphan.Dir = cluster
	if os.Geteuid() == 0 {
		orphan.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = orphan.Wait(); close(ended) }()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
		if strings.Contains(string(text), "ready") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the orphan does not start")
		}
	}
	g = startGateway(t, dir, 0)
	query(t, g.url(t), "select 1")
	await(t, ended, "the orphan's end")
	g.stop(t)
}

func TestEmbeddedTakesAStaleFileOfAnotherProcessForStale(t *testing.T) {
	t.Parallel()
	dir := dataDir(t, 0)
	g := startGateway(t, dir, 0)
	var cluster string
	query(t, g.url(t), "select current_setting('data_directory')", &cluster)
	info, err := os.Stat(cluster)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	g.stop(t)
	// After a reboot the process id belongs to someone else of the same user,
	// which PostgreSQL itself takes for a living server.
	stranger := exec.Command("sleep", "600")
	stranger.Dir = "/"
	if os.Geteuid() == 0 {
		stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
	}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = stranger.Wait(); close(ended) }()
	defer func() { _ = stranger.Process.Kill(); <-ended }()
	pidFile := filepath.Join(cluster, "postmaster.pid")
	text := fmt.Sprintf("%d\n%s\n1700000000\n5432\n/tmp\n\n  1234567   7654321\nready   \n", stranger.Process.Pid, cluster)
	if err := os.WriteFile(pidFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(pidFile, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
	g = startGateway(t, dir, 0)
	query(t, g.url(t), "select 1")
	select {
	case <-ended:
		t.Error("the stranger was killed")
	default:
	}
	g.stop(t)
}

func TestEmbeddedSocketOfALongPathIsElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t, 0), strings.Repeat("long", 20), strings.Repeat("path", 10))
	g := startGateway(t, dir, 0)
	t.Cleanup(func() {
		homes, _ := filepath.Glob("/var/lib/visavis/" + filepath.Base(dir) + "-*")
		for _, home := range homes {
			os.RemoveAll(home)
		}
	})
	query(t, g.url(t), "select 1")
	g.stop(t)
}

func TestEmbeddedSaysWhatToDoWithoutBinaries(t *testing.T) {
	t.Setenv("VISAVIS_POSTGRES_BIN", t.TempDir())
	_, err := postgres.StartEmbedded(t.Context(), dataDir(t, 0), nil)
	if err == nil || !strings.Contains(err.Error(), "VISAVIS_POSTGRES_BIN") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}
