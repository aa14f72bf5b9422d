package events

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkWebhooksOneHangs sends 60 events to ten receivers and measures how
// fast nine of them get theirs: the floor with the tenth well, ours with the
// tenth never answering. Its queue holds endpointSends of the node's workers.
func BenchmarkWebhooksOneHangs(b *testing.B) {
	const receivers, happenings = 10, 60
	db := testdb.New(b)
	s := NewService(Config{
		DB: db, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Now: time.Now,
		Keyring: mustKeyring(b, randomKey(b)), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.RunWebhooks(ctx) }()
	b.Cleanup(func() { cancel(); <-ended })

	round := func(hangs bool) testdb.Round {
		bank := newBank(b, db, "{}")
		release := make(chan struct{})
		arrived := make(chan time.Time, receivers*happenings)
		var hung sync.Once
		hanging := make(chan struct{})
		var last uuid.UUID
		for i := range receivers {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				switch {
				case i < receivers-1:
					arrived <- time.Now()
				case hangs:
					hung.Do(func() { close(hanging) })
					<-release
				}
				w.WriteHeader(http.StatusNoContent)
			}))
			b.Cleanup(server.Close)
			// Its own events alone: not what happens to the endpoints.
			endpoint, _, err := s.CreateEndpoint(b.Context(), bank, NewEndpoint{URL: server.URL, Types: []string{"bench.happened"}})
			if err != nil {
				b.Fatal(err)
			}
			last = endpoint.ID
		}
		began := time.Now()
		err := db.InBank(b.Context(), bank, func(ctx context.Context, tx *postgres.Tx) error {
			for range happenings {
				if _, err := AppendTx(ctx, tx, time.Now(), New{Type: "bench.happened", Object: "bench", ID: uuid.New()}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		var latency []time.Duration
		deadline := time.After(60 * time.Second)
		for len(latency) < (receivers-1)*happenings {
			select {
			case at := <-arrived:
				latency = append(latency, at.Sub(began))
			case <-deadline:
				b.Fatalf("%d deliveries arrived", len(latency))
			}
		}
		took := time.Since(began)
		if hangs {
			<-hanging // else it was not what was to be measured
			off := false
			if _, err := s.UpdateEndpoint(b.Context(), bank, last, EndpointChange{Enabled: &off}); err != nil {
				b.Fatal(err)
			}
		}
		close(release)
		return testdb.Round{Rate: float64((receivers-1)*happenings) / took.Seconds(), Latency: latency}
	}
	testdb.Compare(b, db, "deliveries", func() testdb.Round { return round(false) }, func() testdb.Round { return round(true) })
}
