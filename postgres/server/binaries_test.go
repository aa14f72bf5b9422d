package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// install puts programs into a folder that say to be a PostgreSQL version.
func install(t *testing.T, dir, version string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s'\n", name, version)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// places replaces the usual places and PATH for one test.
func places(t *testing.T, globs ...string) {
	t.Helper()
	old := usualPlaces
	usualPlaces = globs
	t.Cleanup(func() { usualPlaces = old })
	t.Setenv("PATH", "/bin-that-is-not-there")
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	install(t, filepath.Join(dir, "9", "bin"), "9.6.24")
	newest := install(t, filepath.Join(dir, "16", "bin"), "16.4 (Debian 16.4-1)")
	older := install(t, filepath.Join(dir, "15", "bin"), "15.18")
	if err := os.MkdirAll(filepath.Join(dir, "17", "bin"), 0o755); err != nil { // client programs only
		t.Fatal(err)
	}
	inPath := install(t, filepath.Join(dir, "path"), "18beta1")
	places(t, filepath.Join(dir, "*", "bin"))

	check := func(what, setting string, major int, wantDir, wantErr string) {
		t.Helper()
		got, err := Find(setting, major)
		if wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), wantErr) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: got %v, want %q in one line", what, err, wantErr)
			}
			return
		}
		if err != nil || got.Dir != wantDir {
			t.Errorf("%s: got %+v, %v; want %s", what, got, err, wantDir)
		}
	}
	check("the newest, by number and not by name", "", 0, newest, "")
	check("the cluster's own version", "", 15, older, "")
	check("a cluster's version that is not installed", "", 14, "", "install PostgreSQL 14")
	check("the setting", older, 0, older, "")
	check("a setting of the wrong version", older, 16, "", "made by PostgreSQL 16")
	check("a setting without binaries", dir, 0, "", "VISAVIS_POSTGRES_BIN")
	t.Setenv("PATH", inPath)
	check("PATH", "", 18, inPath, "")
}

func TestFindWithoutPostgreSQL(t *testing.T) {
	places(t, filepath.Join(t.TempDir(), "*"))
	_, err := Find("", 0)
	if !errors.Is(err, ErrNoBinaries) || !strings.Contains(err.Error(), "apt-get install postgresql") || !strings.Contains(err.Error(), "VISAVIS_DATABASE_URL") {
		t.Errorf("got %v", err)
	}
}

func TestClusterMajor(t *testing.T) {
	dir := t.TempDir()
	if major, err := ClusterMajor(filepath.Join(dir, "none")); major != 0 || err != nil {
		t.Errorf("no cluster: %d, %v", major, err)
	}
	if _, err := ClusterMajor(dir); err == nil {
		t.Error("a folder that is no cluster was taken for none: initdb would fail on it")
	}
	if err := os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if major, err := ClusterMajor(dir); major != 15 || err != nil {
		t.Errorf("a cluster: %d, %v", major, err)
	}
}

func TestMakeDirRefusesWhatIsSomeoneElses(t *testing.T) {
	me := Account{UID: os.Geteuid(), GID: os.Getegid()}
	dir := filepath.Join(t.TempDir(), "mine")
	for range 2 {
		if err := me.MakeDir(dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := (Account{UID: me.UID + 1, GID: me.GID}).MakeDir(dir); err == nil {
		t.Error("a folder of another user was accepted")
	}
	link := dir + "-link"
	if err := os.Symlink("/tmp", link); err != nil {
		t.Fatal(err)
	}
	if err := me.MakeDir(link); err == nil {
		t.Error("a link was accepted")
	}
}
