package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/visavis/visavis"

// mayImport is the import order: a package of ours, and which others of ours it
// may import ("." is the root package). What is not in the table may not exist;
// a new package is put here first, in its place.
var mayImport = map[string]string{
	".": "", "migrations": "", "web": "", "simulator": "", "calls/media": "", "calls/blobs": "", "channels/texts": "", "channels/voice": "", "postgres/server": "",

	"postgres":         ". migrations postgres/server",
	"events":           ". postgres",
	"banks":            ". postgres events",
	"channels":         ". postgres events banks channels/texts channels/voice",
	"channels/twilio":  ". channels",
	"channels/fcm":     ". channels",
	"channels/apns":    ". channels",
	"channels/webpush": ". channels",
	"channels/smpp":    ". postgres events channels",
	"channels/httpsms": ". events channels",
	"otp":              ". postgres events banks channels",
	"scheduling":       ". postgres events banks channels",
	"identifications":  ". postgres events banks channels otp scheduling",
	"calls":            ". postgres events banks channels otp scheduling identifications calls/media calls/blobs",
	"ivr":              ". postgres events banks channels channels/texts channels/twilio channels/voice otp scheduling identifications calls",
	"httpapi/verifyv2": ". postgres events banks otp",
	"httpapi":          ". postgres events banks channels otp scheduling identifications calls ivr web httpapi/verifyv2",
	"cmd/visavis": ". postgres events banks channels channels/twilio channels/fcm channels/apns channels/webpush channels/smpp channels/httpsms otp scheduling identifications calls calls/media calls/blobs ivr" +
		" httpapi httpapi/verifyv2 simulator",

	"postgres/testdb":          "postgres postgres/server migrations",
	"channels/channelstest":    ". channels postgres/testdb",
	"channels/voice/voicetest": "channels/voice",
	"calls/media/mediatest":    "",
}

// onlyForTests are packages that no program may contain.
var onlyForTests = []string{"postgres/testdb", "channels/channelstest", "channels/voice/voicetest", "calls/media/mediatest"}

// noSQL are packages that reach no database, not even through a library.
// (database/sql/driver is let through: the uuid library's Scan needs its types.)
var noSQL = []string{"calls/media", "calls/blobs", "simulator", "web", "migrations"}

type goPackage struct {
	ImportPath    string
	Imports, Deps []string // without those of tests
}

// ours returns a package's name in the table, or false for others' packages.
func ours(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// breaches lists what in the packages goes against the table.
func breaches(packages []goPackage) (found []string) {
	seen := map[string]bool{}
	for _, p := range packages {
		name, ok := ours(p.ImportPath)
		if !ok {
			continue
		}
		seen[name] = true
		allowed, known := mayImport[name]
		if !known {
			found = append(found, name+" is not in the table of imports: put it into its place there and in visavis.go")
			continue
		}
		for _, imported := range p.Imports {
			to, ok := ours(imported)
			if ok && !slices.Contains(strings.Fields(allowed), to) {
				found = append(found, name+" imports "+to)
			}
			if ok && slices.Contains(onlyForTests, to) && !slices.Contains(onlyForTests, name) {
				found = append(found, name+" imports "+to+", which is for tests")
			}
		}
		for _, dep := range p.Deps {
			if slices.Contains(noSQL, name) && (dep == "database/sql" || strings.HasPrefix(dep, "github.com/jackc/") || strings.Contains(dep, "riverqueue")) {
				found = append(found, name+" reaches "+dep)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			found = append(found, name+" is in the table of imports, but is no package")
		}
	}
	slices.Sort(found)
	return found
}

func listPackages(t *testing.T) (all []goPackage) {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	list.Dir = path.Join("..", "..")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.Bytes())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestImports holds the import order of the design.
func TestImports(t *testing.T) {
	t.Parallel()
	all := listPackages(t)
	for _, b := range breaches(all) {
		t.Error(b)
	}
	// The table of imports must have no circle, or it would be no order.
	var walk func(name string, above []string)
	walk = func(name string, above []string) {
		if slices.Contains(above, name) {
			t.Fatalf("the table goes in a circle: %v %s", above, name)
		}
		for _, to := range strings.Fields(mayImport[name]) {
			if _, ok := mayImport[to]; !ok {
				t.Errorf("the table lets %s import %s, which is not in it", name, to)
			}
			walk(to, append(slices.Clone(above), name))
		}
	}
	for name := range mayImport {
		walk(name, nil)
	}

	// And the test can fail.
	for _, c := range []struct {
		what string
		bad  goPackage
		want string
	}{
		{"a package that nobody placed", goPackage{ImportPath: module + "/util"}, "util is not in the table"},
		{"an import upwards", goPackage{ImportPath: module + "/banks", Imports: []string{module + "/calls"}}, "banks imports calls"},
		{"the root importing", goPackage{ImportPath: module, Imports: []string{module + "/postgres"}}, ". imports postgres"},
		{"a test helper in the product", goPackage{ImportPath: module + "/otp", Imports: []string{module + "/postgres/testdb"}}, "which is for tests"},
		{"media with a database", goPackage{ImportPath: module + "/calls/media", Deps: []string{"github.com/jackc/pgx/v5"}}, "calls/media reaches"},
	} {
		if !slices.ContainsFunc(breaches(append(slices.Clone(all), c.bad)), func(b string) bool { return strings.Contains(b, c.want) }) {
			t.Errorf("%s goes unnoticed", c.what)
		}
	}
}
