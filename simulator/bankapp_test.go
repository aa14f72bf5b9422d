package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The bank's server, as the simulator plays it: only for the customer of the
// handset's number, only with a key, and what the gateway refuses is passed on.
func TestBankApp(t *testing.T) {
	type asked struct{ method, path, auth, body string }
	var all []asked
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		all = append(all, asked{r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), string(raw)})
		if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
			t.Errorf("%s without an idempotency key", r.URL.Path)
		}
		switch {
		case r.URL.Path == "/v1/customers" && r.URL.Query().Get("phone") == "+84901234567":
			writeJSON(w, http.StatusOK, map[string]any{"items": []any{map[string]string{"id": "c1"}}})
		case r.URL.Path == "/v1/customers":
			writeJSON(w, http.StatusOK, map[string]any{"items": []any{}})
		case r.URL.Path == "/v1/bank":
			writeJSON(w, http.StatusOK, map[string]string{"id": "b1"})
		case strings.HasSuffix(r.URL.Path, "/factors"):
			writeJSON(w, http.StatusCreated, map[string]any{"factor": map[string]string{"id": "f1", "challenge": "x"}})
		case strings.HasSuffix(r.URL.Path, "/answer"):
			writeProblem(w, http.StatusForbidden, "wrong signature")
		default:
			writeJSON(w, http.StatusOK, map[string]string{})
		}
	}))
	defer gateway.Close()
	sim := New(Config{AccountSID: "AC00000000000000000000000000000000", AuthToken: "t", FCMProjectID: "p"})
	defer sim.Close()
	call := func(path, body string, want int) (out map[string]any) {
		t.Helper()
		w := httptest.NewRecorder()
		sim.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/simulator/phones/"+path, strings.NewReader(body)))
		if w.Code != want {
			t.Fatalf("%s: %d %s, want %d", path, w.Code, w.Body, want)
		}
		_ = json.Unmarshal(w.Body.Bytes(), &out)
		return out
	}
	call("+84901234567/app", `{"public_key": "k"}`, http.StatusNotFound) // nobody plays the bank's server
	sim.SetBankApp(BankApp{BaseURL: gateway.URL, Key: "vk_1"})
	got := call("+84901234567/app", `{"public_key": "k"}`, http.StatusOK)
	if got["bank_id"] != "b1" || got["customer_id"] != "c1" || got["factor_id"] != "f1" || got["challenge"] != "x" {
		t.Errorf("set up as %v", got)
	}
	for _, a := range all {
		if a.auth != "Bearer vk_1" {
			t.Errorf("%s %s with %q", a.method, a.path, a.auth)
		}
	}
	call("+84901234567/app/confirm", `{"factor_id": "f1", "proof": "s"}`, http.StatusNoContent)
	if last := all[len(all)-1]; last.path != "/v1/customers/c1/factors/f1/confirm" || last.body != `{"proof":"s"}` {
		t.Errorf("confirmed by %+v", last)
	}
	call("+84901234567/app/confirm", `{"factor_id": "../../c2/factors/f2", "proof": "s"}`, http.StatusNoContent)
	if last := all[len(all)-1]; !strings.HasPrefix(last.path, "/v1/customers/c1/factors/..%2F") {
		t.Errorf("led to another customer's factor: %s", last.path)
	}
	call("+84999999999/app", `{"public_key": "k"}`, http.StatusConflict) // no customer of the bank
	call("+84901234567/app/answer", `{"verification_id": "v1", "factor_id": "f1", "decision": "deny", "signature": "s"}`, http.StatusForbidden)
	if last := all[len(all)-1]; last.path != "/v1/verifications/v1/answer" || last.body != `{"decision":"deny","factor_id":"f1","signature":"s"}` {
		t.Errorf("answered by %+v", last)
	}
	call("+84901234567/app/answer", `{"verification_id": "v1", "api_key": "mine"}`, http.StatusBadRequest)
}
