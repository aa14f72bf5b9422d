// Package server runs the PostgreSQL server binaries that are installed on this
// machine: it finds them, makes a cluster, and supervises one server as a direct
// child that does not outlive the gateway. It knows nothing of what is stored.
package server

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrNoBinaries is what Find returns when no PostgreSQL server is installed. Its
// text is one line for the person who starts the gateway.
var ErrNoBinaries = errors.New("no PostgreSQL server binaries found: install them (Debian: apt-get install postgresql) or set VISAVIS_DATABASE_URL")

// Binaries is one installed PostgreSQL.
type Binaries struct {
	Dir   string // folder that has postgres and initdb
	Major int    // 15, 16, ...
}

// usualPlaces are globs of folders with server binaries. Where the server is not
// in PATH it is because several versions live side by side.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
	"/usr/pgsql-*/bin",                  // PGDG on RHEL
	"/usr/libexec/postgresql*",          // Alpine
	"/usr/local/pgsql/bin",              // from source
	"/opt/homebrew/opt/postgresql*/bin", // macOS, ARM
	"/usr/local/opt/postgresql*/bin",    // macOS, Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Find returns the binaries to use: those in the folder setting when it is not
// empty, else the newest in the usual places, else those in PATH. major, when
// not 0, is the version that an existing cluster wants: only it will do.
func Find(setting string, major int) (Binaries, error) {
	if setting != "" {
		found, err := look(setting)
		if err != nil {
			return Binaries{}, fmt.Errorf("VISAVIS_POSTGRES_BIN: %w", err)
		}
		if major != 0 && found.Major != major {
			return Binaries{}, wrongMajor(major, []Binaries{found})
		}
		return found, nil
	}
	var all []Binaries
	for _, glob := range usualPlaces {
		dirs, _ := filepath.Glob(glob) // the patterns are constants and well formed
		for _, dir := range dirs {
			if found, err := look(dir); err == nil {
				all = append(all, found)
			}
		}
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if found, err := look(filepath.Dir(path)); err == nil {
				all = append(all, found)
			}
		}
	}
	if len(all) == 0 {
		return Binaries{}, ErrNoBinaries
	}
	slices.SortStableFunc(all, func(a, b Binaries) int { return b.Major - a.Major })
	if major == 0 {
		return all[0], nil
	}
	for _, found := range all {
		if found.Major == major {
			return found, nil
		}
	}
	return Binaries{}, wrongMajor(major, all)
}

func wrongMajor(want int, have []Binaries) error {
	var names []string
	for _, b := range have {
		names = append(names, fmt.Sprintf("%d in %s", b.Major, b.Dir))
	}
	return fmt.Errorf("the database cluster was made by PostgreSQL %d, but installed is only %s: install PostgreSQL %d (Debian: apt-get install postgresql-%d) or upgrade the cluster with pg_upgrade",
		want, strings.Join(names, ", "), want, want)
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func look(dir string) (Binaries, error) {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return Binaries{}, err
		}
		if info.IsDir() || info.Mode()&0o111 == 0 {
			return Binaries{}, fmt.Errorf("%s is not a program", filepath.Join(dir, name))
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("run %s --version: %w", filepath.Join(dir, "postgres"), err)
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return Binaries{}, fmt.Errorf("%s --version says %q", filepath.Join(dir, "postgres"), out)
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return Binaries{}, err
	}
	return Binaries{Dir: dir, Major: major}, nil
}
