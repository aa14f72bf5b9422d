package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/fcm"
	"github.com/visavis/visavis/httpapi"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/simulator"
)

// How the API is loaded: callers on kept connections, and requests a round.
const (
	benchCallers  = 16
	benchRequests = 800
	benchConns    = 12 // as many as testdb gives the gateway
)

// BenchmarkAcceptMessage compares POST /v1/messages with the floor. keyed has an
// Idempotency-Key with each, as a careful bank does.
func BenchmarkAcceptMessage(b *testing.B) {
	for _, keyed := range []bool{true, false} {
		b.Run(map[bool]string{true: "keyed", false: "plain"}[keyed], func(b *testing.B) {
			k, floor := newBench(b)
			var customer struct{ ID string }
			k.call("POST", "/v1/customers", `{"name":"Lan","phone":"+84901234567"}`).want(201).into(&customer)
			body := `{"customer_id":"` + customer.ID + `","text":"Your card is ready at our branch."}`
			testdb.Compare(b, k.cfg.DB, "messages", floor, func() testdb.Round {
				return k.load(b, http.StatusAccepted, keyed, func(int64) (string, string) { return "/v1/messages", body })
			})
		})
	}
}

// BenchmarkAcceptBatch compares messages a second, 100 in each POST
// /v1/messages/batch, with the floor, which accepts one a request.
func BenchmarkAcceptBatch(b *testing.B) {
	const each, customers = 100, 1000
	k, floor := newBench(b)
	ids := make([]string, customers)
	for i := range ids {
		var customer struct{ ID string }
		k.call("POST", "/v1/customers", fmt.Sprintf(`{"name":"Lan","phone":"+8490%07d"}`, i)).want(201).into(&customer)
		ids[i] = `{"customer_id":"` + customer.ID + `"}`
	}
	testdb.Compare(b, k.cfg.DB, "messages", floor, func() testdb.Round {
		r := k.loadOf(b, benchRequests/4, http.StatusAccepted, false, func(n int64) (string, string) {
			from := int(n*each) % customers
			return "/v1/messages/batch", `{"text":"Your card is ready at our branch.","recipients":[` + strings.Join(ids[from:from+each], ",") + `]}`
		})
		return testdb.Round{Rate: r.Rate * each}
	})
}

// BenchmarkDeliverPush hands 2,000 accepted pushes to an FCM that takes 50 ms,
// 500 at a time and by Firebase's own SDK, until every outcome is written. The
// floor is the bare handler, which only accepts.
func BenchmarkDeliverPush(b *testing.B) {
	const backlog, inFlight, latency = 2000, 500, 50 * time.Millisecond
	k, floor := newBench(b)
	carrier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/token" {
			_, _ = w.Write([]byte(`{"access_token":"t","token_type":"Bearer","expires_in":3600}`))
			return
		}
		time.Sleep(latency)
		_, _ = w.Write([]byte(`{"name":"projects/demo/messages/` + uuid.NewString() + `"}`))
	}))
	b.Cleanup(carrier.Close)
	sim := simulator.New(simulator.Config{AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo"})
	b.Cleanup(sim.Close)
	credentials := strings.ReplaceAll(string(sim.ServiceAccountJSON("http://carrier.invalid")), "http://carrier.invalid", carrier.URL)
	var account map[string]any
	must(b, json.Unmarshal([]byte(credentials), &account))
	account["token_uri"] = carrier.URL + "/token"
	raw, err := json.Marshal(account)
	must(b, err)
	push, err := fcm.New(b.Context(), fcm.Config{CredentialsJSON: raw, Endpoint: carrier.URL + "/v1"})
	must(b, err)
	marked := make(chan int, 10*backlog)
	s := channels.New(channels.Config{
		DB: k.cfg.DB, Banks: k.cfg.Banks, Keys: k.cfg.Keyring, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Workers: inFlight,
		Routes: []channels.Route{{Channel: channels.Push, Provider: fcm.Name, Sender: push}},
		Observe: func(e postgres.LoopEvent) {
			if e.Kind == postgres.LoopMarked {
				marked <- e.N
			}
		},
	})
	var customer struct{ ID uuid.UUID }
	k.call("POST", "/v1/customers", `{"name":"Lan","phone":"+84901234567"}`).want(201).into(&customer)
	k.call("POST", "/v1/customers/"+customer.ID.String()+"/devices", `{"provider":"fcm","token":"token-of-a-handset"}`).want(201)
	testdb.Compare(b, k.cfg.DB, "messages", floor, func() testdb.Round {
		for range backlog / 500 {
			batch := channels.Batch{Message: channels.Message{Class: channels.Notice, Template: "text", Params: map[string]string{"text": "Your card is ready."},
				Channels: []channels.Channel{channels.Push}, ExpiresAt: time.Now().Add(time.Hour)}}
			for range 500 {
				batch.Recipients = append(batch.Recipients, channels.BatchRecipient{CustomerID: customer.ID})
			}
			info, _, err := s.SendBatch(b.Context(), k.id, batch)
			must(b, err)
			if info.Accepted != 500 {
				b.Fatalf("%d accepted: %+v", info.Accepted, info.Results[0])
			}
		}
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan struct{})
		began := time.Now()
		go func() { defer close(ended); s.Run(ctx) }()
		for n := 0; n < backlog; {
			select {
			case m := <-marked:
				n += m
			case <-time.After(60 * time.Second):
				b.Fatalf("only %d were marked", n)
			}
		}
		took := time.Since(began)
		cancel()
		<-ended
		return testdb.Round{Rate: backlog / took.Seconds()}
	})
}

// BenchmarkStartVerification has another number each time: a number's limits
// would refuse the sixth.
func BenchmarkStartVerification(b *testing.B) {
	k, floor := newBench(b)
	testdb.Compare(b, k.cfg.DB, "starts", floor, func() testdb.Round {
		return k.load(b, http.StatusCreated, false, func(n int64) (string, string) {
			return "/v1/verifications", fmt.Sprintf(`{"phone":"+8490%07d"}`, n)
		})
	})
}

// carrierAfter is a carrier that answers after some time.
type carrierAfter struct{ wait atomic.Int64 }

func (c *carrierAfter) Send(ctx context.Context, _ channels.Outgoing) (string, error) {
	select {
	case <-time.After(time.Duration(c.wait.Load())):
		return uuid.NewString(), nil
	case <-ctx.Done():
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "timeout", Err: ctx.Err()}
	}
}

// BenchmarkStartBesideSlowProvider starts verifications at a steady rate while
// their codes go out, through a carrier that takes 200 ms; the floor is the same
// with one that takes none. Nobody who starts a verification should feel it.
func BenchmarkStartBesideSlowProvider(b *testing.B) {
	const latency, starts, rate = 200 * time.Millisecond, 600, 150
	k, _ := newBench(b)
	carrier := &carrierAfter{}
	marked := make(chan int, 1<<16)
	s := channels.New(channels.Config{
		DB: k.cfg.DB, Banks: k.cfg.Banks, Keys: k.cfg.Keyring, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Routes: []channels.Route{{Channel: channels.SMS, Provider: "twilio", Sender: carrier}},
		Observe: func(e postgres.LoopEvent) {
			if e.Kind == postgres.LoopMarked {
				marked <- e.N
			}
		},
	})
	running, stop := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	loops.Go(func() { s.Run(running) })
	b.Cleanup(func() { stop(); loops.Wait() })
	round := func(wait time.Duration) func() testdb.Round {
		return func() testdb.Round {
			carrier.wait.Store(int64(wait))
			r := k.steady(b, starts, rate, http.StatusCreated, func(n int64) (string, string) {
				return "/v1/verifications", fmt.Sprintf(`{"phone":"+8493%07d"}`, n)
			})
			for n := 0; n < starts; { // all have gone out before the next round
				select {
				case m := <-marked:
					n += m
				case <-time.After(60 * time.Second):
					b.Fatalf("only %d codes went out", n)
				}
			}
			return r
		}
	}
	testdb.Compare(b, k.cfg.DB, "starts", round(0), round(latency))
}

// BenchmarkCheckVerification has the right code each time, which writes the most.
// The verifications are started outside the time measured, and their messages
// are gone to the provider: else nobody could know the code.
func BenchmarkCheckVerification(b *testing.B) {
	k, floor := newBench(b)
	var started atomic.Int64
	testdb.Compare(b, k.cfg.DB, "checks", floor, func() testdb.Round {
		type pending struct{ path, body string }
		all := make([]pending, benchRequests)
		var wg sync.WaitGroup
		for part := range benchCallers {
			wg.Go(func() {
				for i := part; i < len(all); i += benchCallers {
					v, err := k.cfg.OTP.Start(b.Context(), k.id, otp.StartRequest{Phone: fmt.Sprintf("+8491%07d", started.Add(1)), Purpose: "api"})
					if err != nil {
						b.Error(err)
						return
					}
					all[i] = pending{"/v1/verifications/" + v.ID.String() + "/check", `{"code":"` + k.codeOf(b, v.ID) + `"}`}
				}
			})
		}
		wg.Wait()
		if b.Failed() {
			b.FailNow()
		}
		must(b, k.cfg.DB.InBank(b.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update messages set state = 'sent', sealed = null, due_at = null where bank_id = $1 and state = 'accepted'`, k.id)
			return err
		}))
		var next atomic.Int64
		return k.load(b, http.StatusOK, false, func(int64) (string, string) {
			p := all[next.Add(1)-1]
			return p.path, p.body
		})
	})
}

// codeOf reads the code as the one who has the master key could.
func (k *bank) codeOf(b *testing.B, id uuid.UUID) string {
	var sealed []byte
	err := k.cfg.DB.InBank(b.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select code_sealed from verifications where bank_id = $1 and id = $2`, k.id, id).Scan(&sealed)
	})
	if err == nil {
		sealed, err = k.cfg.Keyring.Open("otp code", id[:], sealed)
	}
	if err != nil {
		b.Error(err)
	}
	return string(sealed)
}

// newBench makes a bank behind the whole gateway, whose log is written and
// thrown away, and a floor on the same database.
func newBench(b *testing.B, options ...option) (*bank, func() testdb.Round) {
	b.Helper()
	g := newGateway(b, append(options, func(c *httpapi.Config) { c.Log = slog.New(slog.NewJSONHandler(io.Discard, nil)) })...)
	k := g.newBank("bench")
	_, err := k.cfg.Channels.SetPolicy(b.Context(), k.id, channels.Policy{Conversion: channels.ConversionPolicy{Off: true}}) // codes that nobody enters
	must(b, err)
	running, stop := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	loops.Go(func() { k.cfg.OTP.Run(running) }) // as in the product
	b.Cleanup(func() { stop(); loops.Wait() })
	k.meter = testdb.NewMeter(b, k.cfg.DB)
	floor := &bank{gateway: &gateway{url: bareHandler(b, k.cfg.DB, k.id)}, id: k.id, key: k.key, meter: k.meter}
	body := `{"phone":"+84901234567","body":"Your card is ready at our branch."}`
	return k, func() testdb.Round {
		return floor.load(b, http.StatusAccepted, false, func(int64) (string, string) { return "/", body })
	}
}

// bareHandler is the least that accepts something durably for a bank: Gin, pgx,
// one row in a table with a primary key, under the same role and row-level
// security, with the bank set for the transaction. It knows no key, no limits,
// no schema and no log.
func bareHandler(b *testing.B, db *postgres.DB, bankID uuid.UUID) string {
	b.Helper()
	url := testdb.OwnerURL(db)
	owner, err := pgx.Connect(b.Context(), url)
	must(b, err)
	_, err = owner.Exec(b.Context(), `
		create table bare (bank_id uuid not null, id uuid not null, phone text not null, body text not null, created_at timestamptz not null, primary key (bank_id, id));
		call visavis_tenant('bare', 'select, insert')`)
	must(b, err)
	must(b, owner.Close(b.Context()))
	config, err := pgxpool.ParseConfig(url)
	must(b, err)
	config.MaxConns = benchConns
	config.ConnConfig.RuntimeParams["role"] = postgres.RoleApp
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	must(b, err)
	begin := pgx.TxOptions{BeginQuery: "begin; set local role " + postgres.RoleApp + "; select set_config('visavis.bank_id', '" + bankID.String() + "', true)"}
	e := gin.New()
	e.POST("/", func(c *gin.Context) {
		var in struct{ Phone, Body string }
		if err := c.ShouldBindJSON(&in); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		id := uuid.Must(uuid.NewV7())
		err := func() error {
			tx, err := pool.BeginTx(c, begin)
			if err != nil {
				return err
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(c)) }()
			_, err = tx.Exec(c, `insert into bare (bank_id, id, phone, body, created_at) values ($1, $2, $3, $4, $5)`, bankID, id, in.Phone, in.Body, time.Now())
			if err != nil {
				return err
			}
			return tx.Commit(c)
		}()
		if err != nil {
			b.Error(err)
			c.AbortWithStatus(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusAccepted, gin.H{"id": id})
	})
	server := httptest.NewServer(e)
	b.Cleanup(func() { server.Close(); pool.Close() })
	return server.URL
}

// sequence makes requests differ over all rounds.
var sequence atomic.Int64

// load posts benchRequests requests from benchCallers callers.
func (k *bank) load(b *testing.B, want int, keyed bool, next func(n int64) (path, body string)) testdb.Round {
	b.Helper()
	return k.loadOf(b, benchRequests, want, keyed, next)
}

func (k *bank) loadOf(b *testing.B, requests, want int, keyed bool, next func(n int64) (path, body string)) testdb.Round {
	b.Helper()
	return k.loadAt(b, requests, 0, want, keyed, next)
}

// steady posts requests at a rate, each at its time; that it was late counts as
// its latency.
func (k *bank) steady(b *testing.B, requests, rate, want int, next func(n int64) (path, body string)) testdb.Round {
	b.Helper()
	return k.loadAt(b, requests, rate, want, false, next)
}

// loadAt posts requests, as fast as it goes when rate is 0.
func (k *bank) loadAt(b *testing.B, requests, rate, want int, keyed bool, next func(n int64) (path, body string)) testdb.Round {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchCallers}}
	defer client.CloseIdleConnections()
	took := make([]time.Duration, requests)
	var at atomic.Int64
	var wg sync.WaitGroup
	var self, server time.Duration
	if k.meter != nil {
		self, server = k.meter.CPU()
	}
	began := time.Now()
	for range benchCallers {
		wg.Go(func() {
			for {
				i := at.Add(1) - 1
				if i >= int64(requests) {
					return
				}
				n := sequence.Add(1)
				path, body := next(n)
				req, err := http.NewRequest(http.MethodPost, k.url+path, strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+k.key)
				req.Header.Set("Content-Type", "application/json")
				if keyed {
					req.Header.Set("Idempotency-Key", fmt.Sprint("bench-", n))
				}
				sent := time.Now()
				if rate > 0 {
					sent = began.Add(time.Duration(i) * time.Second / time.Duration(rate))
					time.Sleep(time.Until(sent))
				}
				res, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				answer, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				took[i] = time.Since(sent)
				if res.StatusCode != want {
					b.Errorf("%s: status %d: %s", path, res.StatusCode, answer)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	r := testdb.Round{Rate: float64(requests) / time.Since(began).Seconds(), Latency: took}
	if k.meter != nil {
		r.Self, r.Server = k.meter.CPU()
		r.Self, r.Server = (r.Self-self)/time.Duration(requests), (r.Server-server)/time.Duration(requests)
	}
	return r
}
