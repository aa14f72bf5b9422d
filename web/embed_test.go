package web_test

import (
	"bytes"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/visavis/visavis/web"
)

var (
	reference    = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	inlineScript = regexp.MustCompile(`(?is)<script[^>]*>\s*[^<\s]`)
)

// TestPagesRunUnderTheStrictPolicy holds what the policy in the package
// comment relies on: every reference is a built asset, nothing is inline,
// and the nonce has exactly one place.
func TestPagesRunUnderTheStrictPolicy(t *testing.T) {
	for _, name := range []string{"console", "visit", "phone"} {
		page, err := web.Page(name)
		if err != nil {
			t.Fatal(err)
		}
		references := reference.FindAllSubmatch(page, -1)
		if len(references) < 2 {
			t.Errorf("%s: %d references, want a script and a stylesheet at least", name, len(references))
		}
		for _, r := range references {
			file, found := strings.CutPrefix(string(r[1]), "/assets/")
			if !found {
				t.Errorf("%s refers to %s, which is not under /assets/", name, r[1])
				continue
			}
			if _, err := fs.Stat(web.Assets(), file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if inlineScript.Match(page) {
			t.Errorf("%s holds an inline script", name)
		}
		if bytes.Contains(page, []byte("<style")) || bytes.Contains(page, []byte(" style=")) {
			t.Errorf("%s holds an inline style", name)
		}
		if n := bytes.Count(page, []byte(web.NoncePlaceholder)); n != 1 {
			t.Errorf("%s holds the nonce's place %d times, want once", name, n)
		}
		filled := web.WithNonce(page, "bm9uY2U=")
		if !bytes.Contains(filled, []byte(`content="bm9uY2U="`)) || bytes.Contains(filled, []byte("{{")) {
			t.Errorf("%s: the nonce was not filled in", name)
		}
	}
}

// TestTheWorkerIsOneFile: a classic service worker cannot import.
func TestTheWorkerIsOneFile(t *testing.T) {
	worker, err := web.Worker()
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`\bimport\b|\bexport\b|importScripts|\beval\b`).Match(worker) {
		t.Error("it refers to other files")
	}
	for _, event := range []string{"push", "notificationclick"} {
		if !bytes.Contains(worker, []byte(event)) {
			t.Errorf("it does not listen to %s", event)
		}
	}
}

func TestPageRefusesOtherNames(t *testing.T) {
	for _, name := range []string{"", "index", "../embed", "console.html"} {
		if _, err := web.Page(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Page(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
}
