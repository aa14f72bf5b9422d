package channelstest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis/visavis/postgres/testdb"
)

// carrierEnv is set in the process that is the carrier.
const carrierEnv = "VISAVIS_BENCH_CARRIER"

// How the providers' clients are loaded: 500 sends under way to a carrier that
// takes 50 ms, which allows 10,000 a second. A round is two seconds of it, so
// that its beginning and its end weigh little.
const (
	CarrierLatency = 50 * time.Millisecond
	carrierFlight  = 500
	carrierSends   = 20_000
)

type carrierAddress struct {
	URL         string
	Certificate []byte
}

// RunCarrier is the first line of a package's TestMain: in the process that
// StartCarrier started it serves handler over TLS until its parent goes, and
// does not return; elsewhere it does nothing.
func RunCarrier(handler http.Handler, http2 bool) {
	if os.Getenv(carrierEnv) == "" {
		return
	}
	debug.SetGCPercent(800) // its memory is nobody's figure
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = http2
	server.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 100} // as Google's
	server.StartTLS()
	_ = json.NewEncoder(os.Stdout).Encode(carrierAddress{server.URL, server.Certificate().Raw})
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// StartCarrier starts this test's program again, as the carrier: a process of
// its own, as a carrier is, so that neither its memory nor its time is counted
// as the client's. It returns its URL and what trusts it.
func StartCarrier(b *testing.B) (string, *tls.Config) {
	b.Helper()
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env, cmd.Stderr = append(os.Environ(), carrierEnv+"=1"), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var at carrierAddress
	if err := json.Unmarshal(line, &at); err != nil {
		b.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(at.Certificate)
	if err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return at.URL, &tls.Config{RootCAs: roots}
}

// Saturate sends with 500 under way and reports the rate against what the
// carrier's latency allows. cpu-ms is what a send costs this process, without
// the carrier. The median of five rounds.
func Saturate(b *testing.B, send func() error) {
	b.Helper()
	round := func(n int64) float64 {
		var left atomic.Int64
		left.Store(n)
		var wg sync.WaitGroup
		began := time.Now()
		for range carrierFlight {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					if err := send(); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if b.Failed() {
			b.FailNow()
		}
		return float64(n) / time.Since(began).Seconds()
	}
	round(2 * carrierFlight) // connections
	floor := carrierFlight / CarrierLatency.Seconds()
	var rates, cpu []float64
	for b.Loop() {
		for range 5 {
			before := testdb.SelfCPU()
			rates = append(rates, round(carrierSends))
			cpu = append(cpu, float64((testdb.SelfCPU()-before).Nanoseconds())/1e6/carrierSends)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(testdb.Median(rates)/floor, "ratio")
	b.ReportMetric(slices.Min(rates)/floor, "ratio-low")
	b.ReportMetric(slices.Max(rates)/floor, "ratio-high")
	b.ReportMetric(floor, "floor-sends/s")
	b.ReportMetric(testdb.Median(rates), "ours-sends/s")
	b.ReportMetric(testdb.Median(cpu), "ours-cpu-ms")
}

// Refuse answers as a carrier that does not take a request, which ends the benchmark.
func Refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"code":%d,"message":%q}}`, status, why)
}
