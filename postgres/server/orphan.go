package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endings are how an orphan is told to end, and how long it may take each time.
// It was told SIGINT (fast shutdown) already where the system did so when its
// gateway died; to hear it twice is harmless.
var endings = []struct {
	signal   syscall.Signal
	patience time.Duration
}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 10 * time.Second}}

// clearOrphan sees to it that no server of an earlier gateway runs on the
// cluster and that no stale postmaster.pid, nor the like of it beside the socket,
// keeps a new one from starting. The server's own check takes a zombie, or a
// stranger that got the same process id after a reboot, for a living server.
func clearOrphan(ctx context.Context, c Config) error {
	if err := endOrphan(ctx, c.Cluster, c.Log); err != nil {
		return err
	}
	socket := socketPath(c.Socket)
	for _, stale := range []string{socket, socket + ".lock"} {
		if err := os.Remove(stale); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func endOrphan(ctx context.Context, cluster string, log *slog.Logger) error {
	pidFile := filepath.Join(cluster, "postmaster.pid")
	for step := 0; ; step++ {
		pid, err := postmasterPID(pidFile)
		if err != nil {
			return err
		}
		if pid == 0 {
			return nil
		}
		if !serves(pid, cluster) {
			log.Info("removing what a killed PostgreSQL left", "file", pidFile, "pid", pid)
			if err := os.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		}
		if step == len(endings) {
			return fmt.Errorf("another PostgreSQL (process %d) uses %s and does not end: stop it", pid, cluster)
		}
		log.Warn("shutting down the PostgreSQL of an earlier gateway", "pid", pid, "signal", endings[step].signal.String())
		_ = syscall.Kill(pid, endings[step].signal) // fails when it has just ended
		deadline := time.Now().Add(endings[step].patience)
		for serves(pid, cluster) && time.Now().Before(deadline) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

// postmasterPID returns the process id in the file, 0 when there is no file.
func postmasterPID(pidFile string) (int, error) {
	text, err := os.ReadFile(pidFile)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid == 0 {
		// An empty file is what a full disk leaves; the server refuses to start
		// on it. We hold the lock on the cluster, so it is nobody's.
		return 0, os.Remove(pidFile)
	}
	return max(pid, -pid), nil // negative: a server in single-user mode
}

// serves reports whether the process is alive, not a zombie, and a PostgreSQL
// server on the cluster.
func serves(pid int, cluster string) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	if runtime.GOOS == "linux" {
		return servesLinux(pid, cluster)
	}
	out, err := exec.Command("ps", "-o", "state=,command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	text := strings.TrimSpace(string(out))
	return text != "" && text[0] != 'Z' && strings.Contains(text, "postgres") && strings.Contains(text, cluster)
}

func servesLinux(pid int, cluster string) bool {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return false
	}
	// "123 (postgres) S ...": the name may hold anything, so from the last ')'.
	i := strings.LastIndexByte(string(stat), ')')
	if i < 0 || i+2 >= len(stat) || stat[i+2] == 'Z' || stat[i+2] == 'X' {
		return false
	}
	// A server's working folder is its cluster. Root without CAP_SYS_PTRACE, as
	// in a container, may not see that of another user's process, but does see
	// the command line.
	if cwd, err := os.Readlink(dir + "/cwd"); err == nil {
		real, err := filepath.EvalSymlinks(cluster)
		return err == nil && cwd == real
	}
	line, err := os.ReadFile(dir + "/cmdline")
	return err == nil && strings.Contains(string(line), "postgres") && strings.Contains(string(line), cluster)
}
