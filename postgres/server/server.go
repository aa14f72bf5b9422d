package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	port = "5432" // part of the socket's name only; nothing listens on TCP
	// answerPatience bounds the time from "ready" to the first connection.
	answerPatience = 30 * time.Second
	// startAttempts is how often a server that ends before it answers is started: on
	// a busy machine what a killed one leaves is gone after some seconds.
	startAttempts = 20
	// fastPatience is how long a fast shutdown may take before an immediate one.
	fastPatience = 20 * time.Second
)

// Config says what to run.
type Config struct {
	Binaries Binaries
	Account  Account
	Cluster  string   // folder made by Init
	Socket   string   // folder of mode 0700 for the socket; see CheckSocket
	LogFile  string   // the server's own log; what an earlier run left is kept as LogFile.1
	Settings []string // "name=value", given on the command line
	Log      *slog.Logger
}

// Server is a running server. A server that ends by itself is started again;
// one whose gateway is killed shuts down fast (Linux) or is shut down by the
// next Start (elsewhere).
type Server struct {
	config Config
	halt   func()        // closes stop, once
	stop   chan struct{} // closed by Stop
	ended  chan struct{} // closed when the server has ended for good
	up     atomic.Bool   // it has answered
}

// CheckSocket reports whether a socket in the folder has a path that the
// operating system takes: at most 107 bytes on Linux, 103 on macOS.
func CheckSocket(dir string) error {
	limit := 103
	if runtime.GOOS == "linux" {
		limit = 107
	}
	if path := socketPath(dir); len(path) > limit {
		return fmt.Errorf("the socket's path is too long (%d bytes, at most %d): %s", len(path), limit, path)
	}
	return nil
}

func socketPath(dir string) string { return filepath.Join(dir, ".s.PGSQL."+port) }

// URL returns the connection string of a database of a server with its socket
// in the folder, in libpq's keyword form, in which a path needs no escaping of
// slashes.
func URL(socketDir, database string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	return fmt.Sprintf("host='%s' port=%s user=%s dbname='%s' sslmode=disable", quote(socketDir), port, Superuser, quote(database))
}

// Start runs the server and returns when it answers. It first waits for, and if
// need be stops, a server that an earlier gateway left on the same cluster: the
// caller holds the lock on the cluster, so no other gateway uses it.
func Start(ctx context.Context, c Config) (*Server, error) {
	if err := CheckSocket(c.Socket); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if err := clearOrphan(ctx, c); err != nil {
		return nil, err
	}
	s := &Server{config: c, stop: make(chan struct{}), ended: make(chan struct{})}
	s.halt = sync.OnceFunc(func() { close(s.stop) })
	started := make(chan error, 1)
	go s.supervise(started)
	select {
	case err := <-started:
		if err != nil {
			<-s.ended
			return nil, err
		}
	case <-ctx.Done():
		s.halt()
		<-s.ended
		return nil, ctx.Err()
	}
	if err := s.ready(ctx); err != nil {
		s.halt()
		<-s.ended
		return nil, fmt.Errorf("start PostgreSQL: %w: %s", err, s.logTail())
	}
	return s, nil
}

// URL returns the connection string of a database of this server.
func (s *Server) URL(database string) string { return URL(s.config.Socket, database) }

// Stop shuts the server down: fast, that is open transactions are rolled back
// and everything is on disk; immediately, with recovery at the next start, when
// that takes over 20 s or ctx ends. It returns when the server has ended.
func (s *Server) Stop(ctx context.Context) error {
	s.halt()
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
	}
	// supervise turns to an immediate shutdown by itself; not to wait for it
	// would leave a process behind.
	<-s.ended
	return nil
}

// supervise runs the server again whenever it ends before Stop.
//
// It stays on one operating system thread for as long as the server lives:
// PR_SET_PDEATHSIG is sent when the thread that forked the child ends, not the
// process, and Go ends threads when it likes.
func (s *Server) supervise(started chan<- error) {
	runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
	defer close(s.ended)
	for attempt := 1; ; attempt++ {
		began := time.Now()
		cmd, logFile, err := s.command()
		if err == nil {
			err = cmd.Start()
			logFile.Close()
		}
		if started != nil {
			started <- err
			started = nil
			if err != nil {
				return
			}
		}
		if err == nil {
			err = s.wait(cmd)
		}
		select {
		case <-s.stop:
			return
		default:
		}
		pause := time.Second
		if !s.up.Load() {
			// Processes of a killed server may hold its shared memory a moment
			// longer. Anything else will not get better by itself.
			if attempt == startAttempts {
				return
			}
			pause = 300 * time.Millisecond
		} else {
			s.config.Log.Error("PostgreSQL ended by itself, starting it again", "error", err, "log", s.logTail())
			if time.Since(began) > time.Minute {
				pause = 0
			}
		}
		select {
		case <-s.stop:
			return
		case <-time.After(pause):
		}
		if err := clearOrphan(context.Background(), s.config); err != nil {
			s.config.Log.Error("PostgreSQL cannot be started again yet", "error", err)
		}
	}
}

// wait waits for the child to end, and shuts it down when Stop is called.
func (s *Server) wait(cmd *exec.Cmd) error {
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	select {
	case err := <-exited:
		return err
	case <-s.stop:
	}
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		_ = cmd.Process.Signal(sig) // fails only when it has ended
		select {
		case err := <-exited:
			return err
		case <-time.After(fastPatience):
			s.config.Log.Warn("PostgreSQL does not shut down", "signal", sig.String())
		}
	}
	return <-exited
}

func (s *Server) command() (*exec.Cmd, *os.File, error) {
	c := s.config
	if info, err := os.Stat(c.LogFile); err == nil && info.Size() > 0 {
		if err := os.Rename(c.LogFile, c.LogFile+".1"); err != nil {
			return nil, nil, err
		}
	}
	// The folder may belong to another user than us: follow no link out of it.
	logFile, err := os.OpenFile(c.LogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, nil, err
	}
	cmd := Command(c)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	dieWithParent(cmd.SysProcAttr)
	return cmd, logFile, nil
}

// Command returns the command that runs the server in the foreground, with its
// socket in c.Socket and no TCP port. Log lines leave out what could be personal
// data: statements and the details of errors.
func Command(c Config) *exec.Cmd {
	args := []string{"-D", c.Cluster}
	settings := append([]string{
		"listen_addresses=", "port=" + port, "unix_socket_permissions=0700",
		`unix_socket_directories="` + strings.ReplaceAll(c.Socket, `"`, `""`) + `"`,
		"log_destination=stderr", "logging_collector=off", "log_timezone=UTC", "timezone=UTC",
		"log_error_verbosity=terse", "log_min_error_statement=panic", "log_statement=none",
		"jit=off",
	}, c.Settings...)
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(filepath.Join(c.Binaries.Dir, "postgres"), args...)
	c.Account.Apply(cmd)
	cmd.Dir = c.Cluster
	return cmd
}

// ready waits until the server answers: for as long as it takes when it replays
// its log after a crash.
func (s *Server) ready(ctx context.Context) error {
	began, told := time.Now(), false
	var answering time.Time // when the server first said that it is ready
	for {
		if s.saysReady() {
			err := Answers(ctx, s.URL("postgres"))
			if err == nil {
				s.up.Store(true)
				return nil
			}
			if answering.IsZero() {
				answering = time.Now()
			}
			if time.Since(answering) > answerPatience {
				return fmt.Errorf("it does not answer: %w", err)
			}
		} else if !told && time.Since(began) > time.Second {
			s.config.Log.Info("waiting for PostgreSQL to recover")
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return errors.New("it ended")
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// saysReady reads the status that the server keeps in the eighth line of
// postmaster.pid: to connect before it is ready only fills its log.
func (s *Server) saysReady() bool {
	text, err := os.ReadFile(filepath.Join(s.config.Cluster, "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	return len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready"
}

// Answers connects once to see whether the server takes connections.
func Answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (s *Server) logTail() string {
	file, err := os.Open(s.config.LogFile)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > 4096 {
		if _, err := file.Seek(-4096, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text), 5)
}
