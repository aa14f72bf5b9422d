package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// BankApp is the bank's own server behind the app on its customers' handsets. A
// signing key lives on the handset; its public half and its answers to push
// approvals go through this server, which alone has a key of the gateway's API
// (docs/api.md, "Push"). The demo plays it for /phone.
type BankApp struct {
	BaseURL string // of the gateway
	Key     string // API key with read and write
}

// bankAppTimeout bounds one request to the gateway.
const bankAppTimeout = 10 * time.Second

// SetBankApp makes the simulator play the bank's server from now on. Without it
// the handset's app answers 404.
func (s *Simulator) SetBankApp(b BankApp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bankApp = b
}

// bankCall asks the gateway as the bank's server does. An answer that is not 2xx
// is passed on as it came, and ok is false.
func (s *Simulator) bankCall(w http.ResponseWriter, r *http.Request, method, path string, in, out any) (ok bool) {
	s.mu.Lock()
	b := s.bankApp
	s.mu.Unlock()
	if b.Key == "" {
		writeProblem(w, http.StatusNotFound, "this simulator plays no bank's server")
		return false
	}
	ctx, cancel := context.WithTimeout(r.Context(), bankAppTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			writeProblem(w, http.StatusInternalServerError, "the request could not be written")
			return false
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(b.BaseURL, "/")+path, body)
	if err != nil {
		writeProblem(w, http.StatusInternalServerError, "the request could not be made")
		return false
	}
	req.Header.Set("Authorization", "Bearer "+b.Key)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", uuid.NewString())
	}
	answer, err := s.client.Do(req)
	if err != nil {
		writeProblem(w, http.StatusBadGateway, "the gateway does not answer")
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		writeProblem(w, http.StatusBadGateway, "the gateway's answer broke off")
		return false
	}
	if answer.StatusCode/100 != 2 {
		w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(raw)
		return false
	}
	if out != nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, out); err != nil {
			writeProblem(w, http.StatusBadGateway, "the gateway's answer is no JSON")
			return false
		}
	}
	return true
}

// customerOf finds the bank's customer with a number.
func (s *Simulator) customerOf(w http.ResponseWriter, r *http.Request, number string) (id string, ok bool) {
	var found struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if !s.bankCall(w, r, http.MethodGet, "/v1/customers?phone="+url.QueryEscape(number), nil, &found) {
		return "", false
	}
	if len(found.Items) == 0 {
		writeProblem(w, http.StatusConflict, "the bank has no customer with this number")
		return "", false
	}
	return found.Items[0].ID, true
}

// appSetUp is the app's first start on a handset: the bank learns its push token
// and its public key, and gives a challenge to sign.
func (s *Simulator) appSetUp(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	var in struct {
		PublicKey string `json:"public_key"`
	}
	if !ok || !readHandset(w, r, &in) {
		return
	}
	customer, ok := s.customerOf(w, r, number)
	if !ok {
		return
	}
	s.mu.Lock()
	device := registration(s.kindOf(number), number)
	s.mu.Unlock()
	var bank struct {
		ID string `json:"id"`
	}
	var made struct {
		Factor struct {
			ID        string `json:"id"`
			Challenge string `json:"challenge"`
		} `json:"factor"`
	}
	path := "/v1/customers/" + customer
	if !s.bankCall(w, r, http.MethodGet, "/v1/bank", nil, &bank) ||
		!s.bankCall(w, r, http.MethodPost, path+"/devices", device, nil) ||
		!s.bankCall(w, r, http.MethodPost, path+"/factors", map[string]string{"kind": "push", "name": "Simulated phone", "public_key": in.PublicKey}, &made) {
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{
		"bank_id": bank.ID, "customer_id": customer, "factor_id": made.Factor.ID, "challenge": made.Factor.Challenge})
}

// appConfirm hands the signed challenge over: the key is in use from then on.
func (s *Simulator) appConfirm(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	var in struct {
		FactorID string `json:"factor_id"`
		Proof    string `json:"proof"`
	}
	if !ok || !readHandset(w, r, &in) {
		return
	}
	customer, ok := s.customerOf(w, r, number)
	if !ok {
		return
	}
	path := fmt.Sprintf("/v1/customers/%s/factors/%s/confirm", customer, url.PathEscape(in.FactorID))
	if s.bankCall(w, r, http.MethodPost, path, map[string]string{"proof": in.Proof}, nil) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// appAnswer hands a signed answer to an approval over.
func (s *Simulator) appAnswer(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.number(w, r); !ok {
		return
	}
	var in struct {
		VerificationID string `json:"verification_id"`
		FactorID       string `json:"factor_id"`
		Decision       string `json:"decision"`
		Number         int    `json:"number,omitempty"`
		Signature      string `json:"signature"`
	}
	if !readHandset(w, r, &in) {
		return
	}
	id := url.PathEscape(in.VerificationID)
	body := map[string]any{"factor_id": in.FactorID, "decision": in.Decision, "signature": in.Signature}
	if in.Number != 0 {
		body["number"] = in.Number
	}
	var out map[string]any
	if s.bankCall(w, r, http.MethodPost, "/v1/verifications/"+id+"/answer", body, &out) {
		writeJSON(w, http.StatusOK, out)
	}
}
