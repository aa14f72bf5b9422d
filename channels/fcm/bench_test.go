package fcm_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/fcm"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/simulator"
)

// BenchmarkOverTLS sends with 500 under way to an FCM that takes 50 ms, over TLS
// and HTTP/2 as Google's does, in this same process. The floor is what the
// latency allows: 500 / 50 ms = 10,000 a second.
func BenchmarkOverTLS(b *testing.B) {
	const inFlight, latency, sends = 500, 50 * time.Millisecond, 10_000
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":"t","token_type":"Bearer","expires_in":3600}`))
			return
		}
		time.Sleep(latency)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"name":"projects/demo/messages/1"}`))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	sim := simulator.New(simulator.Config{AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo"})
	defer sim.Close()
	var key map[string]any
	if err := json.Unmarshal(sim.ServiceAccountJSON(server.URL), &key); err != nil {
		b.Fatal(err)
	}
	key["token_uri"] = server.URL + "/token"
	credentials, err := json.Marshal(key)
	if err != nil {
		b.Fatal(err)
	}
	sender, err := fcm.New(b.Context(), fcm.Config{CredentialsJSON: credentials, Endpoint: server.URL + "/v1", Transport: fcm.Transport(server.Client().Transport.(*http.Transport).TLSClientConfig)})
	if err != nil {
		b.Fatal(err)
	}
	round := func(n int) float64 {
		var left atomic.Int64
		left.Store(int64(n))
		var wg sync.WaitGroup
		began := time.Now()
		for range inFlight {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					_, err := sender.Send(b.Context(), channels.Outgoing{
						BankID: uuid.New(), DeliveryID: uuid.New(), Channel: channels.Push, Class: channels.Notice, To: "token-of-a-handset",
						Title: "Bank", Body: "Your card is ready.", TTL: time.Minute, Data: map[string]string{"message_id": "1"},
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		return float64(n) / time.Since(began).Seconds()
	}
	round(2 * inFlight) // connections
	var rates, cpu []float64
	for b.Loop() {
		for range 5 {
			before := testdb.SelfCPU()
			rates = append(rates, round(sends))
			cpu = append(cpu, float64((testdb.SelfCPU()-before).Nanoseconds())/1e6/sends)
		}
	}
	floor := inFlight / latency.Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(testdb.Median(rates)/floor, "ratio")
	b.ReportMetric(floor, "floor-sends/s")
	b.ReportMetric(testdb.Median(rates), "ours-sends/s")
	b.ReportMetric(testdb.Median(cpu), "ours-cpu-ms") // a send's, with the twin's half of it
}
