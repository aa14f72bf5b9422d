package testdb

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Meter tells how much processor time this process and db's server have used.
// What is measured on a machine that others use says more than a rate.
type Meter struct{ postmaster int }

// NewMeter finds db's server, when it runs on this machine under Linux.
func NewMeter(b testing.TB, db *postgres.DB) *Meter {
	b.Helper()
	var backend int
	err := db.AsWorker(b.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select pg_backend_pid()`).Scan(&backend)
	})
	if err != nil && err != pgx.ErrNoRows {
		b.Fatal(err)
	}
	stat, _ := processStat(backend)
	return &Meter{postmaster: stat.parent}
}

// CPU is what has been used so far: by this process, and by the server; 0 for
// a server that cannot be seen from here.
func (m *Meter) CPU() (self, server time.Duration) {
	self = SelfCPU()
	if m.postmaster <= 1 {
		return self, 0
	}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, ok := processStat(pid)
		if !ok {
			continue
		}
		if stat.parent == m.postmaster {
			server += runTime(pid, stat.own)
		}
		if pid == m.postmaster {
			server += stat.own + stat.children // of backends that have ended
		}
	}
	return self, server
}

// SelfCPU is what this process has used so far.
func SelfCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

type stat struct {
	parent        int
	own, children time.Duration
}

const tick = 10 * time.Millisecond // USER_HZ of every Linux

func processStat(pid int) (s stat, ok bool) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return s, false
	}
	text := string(raw)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // the name may hold spaces
	if len(fields) < 15 {
		return s, false
	}
	at := func(i int) int { n, _ := strconv.Atoi(fields[i]); return n }
	return stat{parent: at(1), own: time.Duration(at(11)+at(12)) * tick, children: time.Duration(at(13)+at(14)) * tick}, true
}

// runTime is a process's time to the nanosecond, where the kernel tells it.
func runTime(pid int, otherwise time.Duration) time.Duration {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat")
	if err != nil {
		return otherwise
	}
	first, _, _ := strings.Cut(string(raw), " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return otherwise
	}
	return time.Duration(n)
}
