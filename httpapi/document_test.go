package httpapi

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(documentYAML)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	known := []string{actorNobody, actorBank, actorCustomer, "agent", "supervisor", "auditor", "administrator"}
	d, err := loadDocument()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range d.operations {
		for _, actor := range op.Actors {
			if !strings.Contains(" "+strings.Join(known, " ")+" ", " "+actor+" ") {
				t.Errorf("%s: nobody is called %q", op.ID, actor)
			}
		}
		if op.allows(actorNobody) && len(op.Actors) > 1 {
			t.Errorf("%s: nobody and someone", op.ID)
		}
	}
}

// TestOperationNeedsActors: without an entry for who may call it, an operation
// keeps the server from starting.
func TestOperationNeedsActors(t *testing.T) {
	t.Parallel()
	for want, extensions := range map[string]map[string]any{
		"x-visavis-actors":   {},
		"x-visavis-scope":    {"x-visavis-actors": []any{"bank"}},
		"x-visavis-customer": {"x-visavis-actors": []any{"customer"}},
		"":                   {"x-visavis-actors": []any{"agent"}},
	} {
		_, err := newOperation("GET", "/v1/x", &openapi3.Operation{OperationID: "x", Extensions: extensions, Responses: openapi3.NewResponses()})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v: %v, want an error about %q", extensions, err, want)
		}
	}
}

// TestGeneratedCodeIsFresh: api.gen.go is what openapi.yaml gives.
func TestGeneratedCodeIsFresh(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "api.gen.go")
	if text, err := exec.Command("go", "tool", "oapi-codegen", "-config", "oapi.yaml", "-o", out, "openapi.yaml").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	fresh, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("api.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fresh, kept) {
		t.Error("api.gen.go is stale: run go generate ./httpapi")
	}
}

func TestMaskPath(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("a", 43)
	for path, want := range map[string]string{
		"/visit/" + token:    "/visit/…",
		"/visit/short/x":     "/visit/…/x",
		"/x/" + token + "/y": "/x/…/y",
		"/v1/calls/0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90": "/v1/calls/0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90",
	} {
		if got := maskPath(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
