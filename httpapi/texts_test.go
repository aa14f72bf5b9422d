package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestTextsCanBePublished takes every text that is listed, pushes and spoken
// ones too, with all the placeholders that the list names for it, to being in
// force, by two people.
func TestTextsCanBePublished(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	type text struct {
		Key          string
		Variants     []string
		Custom       bool
		Version      int
		Placeholders []string
		Budget       int
		Open         *struct {
			Version int
			State   string
		}
	}
	var detail struct{ Text text }
	var texts struct{ Items []text }
	k.as("administrator", http.MethodGet, "/v1/texts?locale=vi", "").send().want(http.StatusOK).into(&texts)
	budgets := map[string]int{} // every placeholder at once is long
	for _, x := range texts.Items {
		if x.Budget > 0 {
			budgets[x.Key] = 5
		}
	}
	settings, _ := json.Marshal(map[string]any{"budgets": budgets})
	k.as("administrator", http.MethodPut, "/v1/texts/settings", string(settings)).send().want(http.StatusOK)
	dotted := 0
	for _, x := range texts.Items {
		if !slices.Contains(x.Placeholders, "bank") || !slices.Contains(x.Placeholders, "name") {
			t.Errorf("%s: placeholders %q lack bank or name", x.Key, x.Placeholders)
		}
		if strings.Contains(x.Key, ".") {
			dotted++
		}
		words := "{" + strings.Join(x.Placeholders, "} {") + "}"
		body, _ := json.Marshal(map[string]any{"variants": []string{words}})
		path := "/v1/texts/" + x.Key + "/vi"
		// The program drafts, so that the only administrator of the bank is another.
		k.call(http.MethodPut, path, string(body)).want(http.StatusOK).into(&detail)
		if detail.Text.Open == nil || detail.Text.Open.State != "draft" || detail.Text.Custom {
			t.Fatalf("%s: %+v", x.Key, detail.Text)
		}
		k.call(http.MethodPost, path+"/versions/1/submit", "").want(http.StatusOK)
		k.as("administrator", http.MethodPost, path+"/versions/1/approve", "").send().want(http.StatusOK)
		k.as("administrator", http.MethodPost, path+"/versions/1/publish", "").send().want(http.StatusOK).into(&detail)
		if detail.Text.Variants[0] != words || !detail.Text.Custom || detail.Text.Version != 1 {
			t.Errorf("%s: %+v", x.Key, detail.Text)
		}
	}
	if dotted == 0 {
		t.Error("no text of a push or call was tried")
	}
	if code := k.as("administrator", http.MethodPost, "/v1/texts/reminder/vi/versions/1/approve", "").send().want(http.StatusConflict).problem().Code; code != "text_state" {
		t.Errorf("approved twice: %s", code)
	}
	k.as("administrator", http.MethodPut, "/v1/texts/code/vi", `{"variants":["{nobody}"]}`).send().want(http.StatusOK)
	if code := k.as("administrator", http.MethodPost, "/v1/texts/code/vi/versions/2/submit", "").send().want(http.StatusBadRequest).problem().Code; code != "text_lint" {
		t.Errorf("a wrong text is submitted: %s", code)
	}
	k.as("administrator", http.MethodPut, "/v1/texts/code/vi", `{"variants":["{code}"]}`).send().want(http.StatusOK)
	if p := k.as("administrator", http.MethodPost, "/v1/texts/code/vi/versions/2/submit", "").send().want(http.StatusConflict).problem(); p.Code != "second_administrator_needed" || !strings.Contains(p.Detail, "invite a second") {
		t.Errorf("the only administrator submits: %+v", p)
	}
	k.as("administrator", http.MethodPut, "/v1/texts/no.such/vi", `{"variants":["x"]}`).send().want(http.StatusNotFound)
	k.as("administrator", http.MethodPost, "/v1/texts/code/vi/revert", `{"version":0}`).send().want(http.StatusOK).into(&detail)
	if detail.Text.Custom {
		t.Errorf("after going back: %+v", detail.Text)
	}

	var found struct {
		Items []struct{ Rule, Severity string }
	}
	k.call(http.MethodPost, "/v1/texts/lint", `{"items":[{"key":"code","locale":"en","variants":["see <b>evil.com</b> {x}"]}]}`).want(http.StatusOK).into(&found)
	var rules []string
	for _, f := range found.Items {
		rules = append(rules, f.Rule)
	}
	if got := strings.Join(rules, " "); got != "unknown_placeholder missing_placeholder markup link" {
		t.Errorf("rules %s", got)
	}
	var seen struct {
		Items []struct {
			Locale   string
			Variants []struct {
				Body     string
				Segments int
				Chosen   bool
				Costs    []struct{ Amount string }
			}
		}
	}
	k.as("administrator", http.MethodPut, "/v1/texts/settings", `{"prices":[{"prefix":"+84","currency":"USD","segment":"0.0452"}]}`).send().want(http.StatusOK)
	k.call(http.MethodPost, "/v1/texts/preview", `{"key":"code"}`).want(http.StatusOK).into(&seen)
	if len(seen.Items) != 6 || len(seen.Items[0].Variants[0].Costs) != 1 || seen.Items[0].Variants[0].Costs[0].Amount != "0.0452" {
		t.Errorf("%+v", seen)
	}
}
