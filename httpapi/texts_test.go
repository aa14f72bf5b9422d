package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestTextsCanBeSet writes every text that is listed, pushes and spoken ones
// too, with all the placeholders that the list names for it.
func TestTextsCanBeSet(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	type text struct {
		Key, Body    string
		Custom       bool
		Placeholders []string
	}
	var texts struct{ Items []text }
	k.as("administrator", http.MethodGet, "/v1/texts?locale=vi", "").send().want(http.StatusOK).into(&texts)
	dotted := 0
	for _, x := range texts.Items {
		if !slices.Contains(x.Placeholders, "bank") || !slices.Contains(x.Placeholders, "name") {
			t.Errorf("%s: placeholders %q lack bank or name", x.Key, x.Placeholders)
		}
		if strings.Contains(x.Key, ".") {
			dotted++
		}
		words := "{" + strings.Join(x.Placeholders, "} {") + "}"
		body, _ := json.Marshal(map[string]string{"body": words})
		var set text
		k.as("administrator", http.MethodPut, "/v1/texts/"+x.Key+"/vi", string(body)).send().want(http.StatusOK).into(&set)
		if set.Body != words || !set.Custom {
			t.Errorf("%s: %+v", x.Key, set)
		}
	}
	if dotted == 0 {
		t.Error("no text of a push or call was tried")
	}
	k.as("administrator", http.MethodPut, "/v1/texts/code/vi", `{"body":"{nobody}"}`).send().want(http.StatusBadRequest)
	k.as("administrator", http.MethodPut, "/v1/texts/no.such/vi", `{"body":"x"}`).send().want(http.StatusNotFound)
}
