package webpush_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/webpush"
)

// TestAnotherImplementationReadsIt: what we send is decrypted by npm's http_ece,
// not only by the twin, which is of the same hand as we are.
func TestAnotherImplementationReadsIt(t *testing.T) {
	pages, err := filepath.Abs("../../web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("NOT RUN: needs Node")
	}
	if _, err := os.Stat(filepath.Join(pages, "node_modules", "http_ece")); err != nil {
		t.Skip("NOT RUN: needs web/node_modules/http_ece (npm ci in web)")
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	}))
	defer server.Close()
	enc := base64.RawURLEncoding.EncodeToString
	s := sender(t, webpush.Config{Twin: webpush.Twin{Origin: "https://push.example", URL: server.URL}})
	id, err := s.Send(t.Context(), channels.Outgoing{
		DeliveryID: uuid.MustParse("0198c5b2-0000-7000-8000-000000000001"), Class: channels.Ring, TTL: time.Minute, Locale: "fa",
		To: enc(key.PublicKey().Bytes()) + " " + enc(auth) + " https://push.example/send/1", Title: "بانک نمونه", Body: strings.Repeat("زنگ ", 300),
		Data: map[string]string{"message_id": "0198c5b2-0000-7000-8000-000000000002", "type": "call_ringing"},
	})
	if err != nil || id != "0198c5b2-0000-7000-8000-000000000001" {
		t.Fatalf("%q, %v", id, err)
	}
	if bytes.Contains(body, []byte("call_ringing")) || len(body) > 4096 {
		t.Errorf("%d bytes, or in the clear", len(body))
	}
	decrypt := exec.Command("node", "testdata/decrypt.cjs", pages, enc(key.Bytes()), enc(auth))
	var stderr bytes.Buffer
	decrypt.Stdin, decrypt.Stderr = bytes.NewReader(body), &stderr
	plain, err := decrypt.Output()
	if err != nil {
		t.Fatalf("http_ece: %v: %s", err, stderr.String())
	}
	var got map[string]string
	if err := json.Unmarshal(plain, &got); err != nil || got["title"] != "بانک نمونه" || got["type"] != "call_ringing" || got["locale"] != "fa" {
		t.Errorf("%v: %s", err, plain)
	}
}
