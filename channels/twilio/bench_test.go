package twilio_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkOverTLS sends with 500 under way to a Twilio that takes 50 ms, over
// TLS and HTTP/1.1 as Twilio's does, in this same process. The floor is what the
// latency allows: 500 / 50 ms = 10,000 a second.
func BenchmarkOverTLS(b *testing.B) {
	const inFlight, latency, sends = 500, 50 * time.Millisecond, 10_000
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(latency)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued"}`))
	}))
	defer server.Close()
	p, err := twilio.New(twilio.Config{
		AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", From: "+15005550006",
		BaseURL: server.URL, PublicURL: "https://gateway.example", Transport: twilio.Transport(server.Client().Transport.(*http.Transport).TLSClientConfig),
	})
	if err != nil {
		b.Fatal(err)
	}
	sender := p.SMS()
	round := func(n int) float64 {
		var left atomic.Int64
		left.Store(int64(n))
		var wg sync.WaitGroup
		began := time.Now()
		for range inFlight {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					_, err := sender.Send(b.Context(), channels.Outgoing{
						BankID: uuid.New(), DeliveryID: uuid.New(), Channel: channels.SMS, To: "+84901234567", Body: "Your card is ready.", TTL: time.Minute,
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
