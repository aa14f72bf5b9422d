package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Superuser is the database user that owns a cluster made by Init. It has no
// password: who reaches the socket, in a folder of mode 0700, is let in.
const Superuser = "visavis"

// Account is the operating system's user that the server runs as.
type Account struct {
	UID, GID int
	drop     bool // from root
}

// OwnAccount returns the user of this process, or for root, as which PostgreSQL
// refuses to run, the user "postgres".
func OwnAccount() (Account, error) {
	if os.Geteuid() != 0 {
		return Account{UID: os.Geteuid(), GID: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "_postgres"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return Account{}, err
		}
		return Account{UID: uid, GID: gid, drop: true}, nil
	}
	return Account{}, errors.New("PostgreSQL does not run as root and there is no user postgres to run it as: install it (Debian: apt-get install postgresql), start as another user, or set VISAVIS_DATABASE_URL")
}

// AccountOf returns another user, for root to run a server as.
func AccountOf(uid, gid int) Account { return Account{UID: uid, GID: gid, drop: true} }

// Apply makes cmd run as the account, in its own process group, so that Ctrl-C
// in a terminal reaches the gateway only, which then stops the server in order.
func (a Account) Apply(cmd *exec.Cmd) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: uint32(a.UID), Gid: uint32(a.GID)}
	}
	cmd.SysProcAttr = attr
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=" + locale(), "TZ=UTC"}
}

// MakeDir makes a folder of mode 0700 that belongs to the account. One that is
// there already and belongs to someone else is refused.
func (a Account) MakeDir(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if owner == a.UID {
		return os.Chmod(path, 0o700)
	}
	if !a.drop || owner != 0 {
		return fmt.Errorf("%s belongs to user %d, not to %d", path, owner, a.UID)
	}
	return errors.Join(os.Chmod(path, 0o700), os.Lchown(path, a.UID, a.GID))
}

func locale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8" // there everywhere, and lower() knows more than ASCII
	}
	return "en_US.UTF-8"
}

// Init makes a new cluster at path, which must not exist, in a folder that the
// account may write. A crash leaves no half-made cluster there, only a folder
// path.new-* that the next Init removes.
func Init(ctx context.Context, b Binaries, a Account, path string, extra ...string) error {
	stale, _ := filepath.Glob(path + ".new-*")
	for _, old := range stale {
		_ = os.RemoveAll(old)
	}
	fresh := path + ".new-" + strconv.Itoa(os.Getpid())
	args := append([]string{"--pgdata=" + fresh, "--username=" + Superuser, "--encoding=UTF8", "--locale=" + locale(),
		"--auth-local=trust", "--auth-host=reject"}, extra...)
	cmd := exec.CommandContext(ctx, filepath.Join(b.Dir, "initdb"), args...)
	a.Apply(cmd)
	cmd.Dir = filepath.Dir(path)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		_ = os.RemoveAll(fresh)
		return fmt.Errorf("make a database cluster: initdb: %w: %s", err, lastLines(out.String(), 3))
	}
	if err := os.Rename(fresh, path); err != nil {
		_ = os.RemoveAll(fresh)
		return fmt.Errorf("make a database cluster: %w", err)
	}
	return nil
}

// ClusterMajor returns the PostgreSQL version that made the cluster at path, 0
// when there is no cluster.
func ClusterMajor(path string) (int, error) {
	text, err := os.ReadFile(filepath.Join(path, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(path); err == nil {
			return 0, fmt.Errorf("%s exists but is no database cluster: move it away", path)
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", filepath.Join(path, "PG_VERSION"), err)
	}
	return major, nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}
