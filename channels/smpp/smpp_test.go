package smpp_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/smpp"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/simulator"
)

const (
	systemID = "visavis"
	password = "s3cret-8"
	from     = "+15005550020"
	patience = 90 * time.Second
)

// twin is a simulated SMSC behind a counter of its submit_sm.
type twin struct {
	*simulator.Simulator
	addr, http string
	submits    atomic.Int64
	cut        func() // cuts every connection
}

func newTwin(t testing.TB) *twin {
	tw := &twin{Simulator: simulator.New(simulator.Config{
		AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo",
		SMPPSystemID: systemID, SMPPPassword: password, SMPPNumbers: []string{from},
	})}
	inner, outer := listen(t), listen(t)
	go tw.ServeSMPP(inner)
	server := httptest.NewServer(tw.Handler())
	tw.addr, tw.http = outer.Addr().String(), server.URL
	var mu sync.Mutex
	var conns []net.Conn
	tw.cut = func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			c.Close()
		}
		conns = nil
	}
	go func() {
		for {
			client, err := outer.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", inner.Addr().String())
			if err != nil {
				client.Close()
				return
			}
			mu.Lock()
			conns = append(conns, client, upstream)
			mu.Unlock()
			go func() { io.Copy(client, upstream); client.Close() }()
			go func() { io.Copy(upstream, &countSubmits{r: client, n: &tw.submits}); upstream.Close() }()
		}
	}()
	t.Cleanup(func() { outer.Close(); tw.cut(); tw.Close(); server.Close() })
	return tw
}

// countSubmits counts submit_sm in a stream of PDUs.
type countSubmits struct {
	r    io.Reader
	n    *atomic.Int64
	head []byte
	left int
}

func (c *countSubmits) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for _, b := range p[:n] {
		if c.left > 0 {
			c.left--
			continue
		}
		if c.head = append(c.head, b); len(c.head) == 8 {
			c.left = int(c.head[2])<<8 + int(c.head[3]) - 8
			if c.head[7] == 4 {
				c.n.Add(1)
			}
			c.head = nil
		}
	}
	return n, err
}

func listen(t testing.TB) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told is a receipt as the provider gave it on.
type told struct {
	delivery uuid.UUID
	channels.Receipt
}

// bound is a provider that holds a bind, and what it was told.
type bound struct {
	*smpp.Provider
	receipts chan told
	inbound  chan smpp.Inbound
	stop     func() // ends Run and waits for it
}

func config(t testing.TB, addr string) smpp.Config {
	key := make([]byte, 32)
	rand.Read(key)
	keys, err := events.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	return smpp.Config{DB: testdb.New(t), Keys: keys, Addr: addr, SystemID: systemID, Password: password, From: from,
		Rebind: 10 * time.Millisecond, Sweep: 20 * time.Millisecond, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func start(t testing.TB, cfg smpp.Config) *bound {
	b := &bound{receipts: make(chan told, 100), inbound: make(chan smpp.Inbound, 100)}
	cfg.Receipt = func(_ context.Context, _, id uuid.UUID, r channels.Receipt) error {
		b.receipts <- told{id, r}
		return nil
	}
	if cfg.Receive == nil {
		cfg.Receive = func(_ context.Context, in smpp.Inbound) error { b.inbound <- in; return nil }
	}
	p, err := smpp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.Provider = p
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	b.stop = func() { cancel(); running.Wait() }
	t.Cleanup(b.stop)
	b.wait(t)
	return b
}

func (b *bound) wait(t testing.TB) {
	t.Helper()
	select {
	case <-b.Bound():
	case <-time.After(patience):
		t.Fatal("it does not bind")
	}
}

func (b *bound) receipt(t testing.TB) told {
	t.Helper()
	select {
	case r := <-b.receipts:
		return r
	case <-time.After(patience):
		t.Fatal("no receipt comes")
	}
	panic("unreachable")
}

func message(to, text string) channels.Outgoing {
	return channels.Outgoing{BankID: uuid.New(), DeliveryID: uuid.New(), Channel: channels.SMS, Class: channels.Security, To: to, Body: text, TTL: time.Minute, Locale: "en"}
}

func (b *bound) send(t testing.TB, out channels.Outgoing) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	id, err := b.Send(ctx, out)
	if err != nil || id == "" {
		t.Fatalf("Send returned %q, %v", id, err)
	}
	return id
}

type shown struct{ Body, Status, From, Direction string }

func (tw *twin) shown(t testing.TB, to string) (list []shown) {
	t.Helper()
	res, err := http.Get(tw.http + "/simulator/messages?to=" + url.QueryEscape(to))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPassesTheSuite(t *testing.T) {
	channelstest.Exercise(t, func(t testing.TB) channelstest.Twin {
		tw := newTwin(t)
		cfg := config(t, tw.addr)
		cfg.Log = slog.Default() // the suite listens to it
		dead := cfg
		dead.Receipt = func(context.Context, uuid.UUID, uuid.UUID, channels.Receipt) error { return nil }
		unbound, err := smpp.New(dead)
		if err != nil {
			t.Fatal(err)
		}
		return channelstest.Twin{
			Sender: start(t, cfg).Provider, Dead: unbound, Channel: channels.SMS, Requests: &tw.submits, Blind: true,
			Accepts: "+84912345670", Refuses: "+84912340001", Busy: "+84912340006", Hangs: "+84912340008",
			RefusedCode: "0xB", Secrets: []string{password},
			Received: func(t testing.TB, to string) int { return len(tw.shown(t, to)) },
		}
	})
}

const long = "Your booking with Demo Bank is confirmed for Monday at 10:00. Please have your identity card and a quiet room ready, and open the link five minutes before: https://bank.example/v/abc {ok}"

// TestReceipts covers what SMSCs do with receipts. The twin answers submit_sm
// with a hexadecimal id and writes it in decimal in the receipt.
func TestReceipts(t *testing.T) {
	tw := newTwin(t)
	cfg := config(t, tw.addr)
	cfg.PartGrace = time.Hour
	var ahead atomic.Int64 // the grace passes when the test says so
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	b := start(t, cfg)
	type want struct {
		status string
		state  channels.State
		code   string
	}
	for _, c := range []struct {
		name, to, text string
		want           []want // in order
	}{
		{"delivered", "+84912345670", "hello", []want{{"DELIVRD", channels.StateDelivered, ""}}},
		{"undelivered, with the network's code", "+84912340002", "hello", []want{{"UNDELIV", channels.StateUndelivered, "001"}}},
		{"rejected after it was taken", "+84912340003", "hello", []want{{"REJECTD", channels.StateFailed, "008"}}},
		{"before the answer to submit_sm", "+84912340009", "hello", []want{{"DELIVRD", channels.StateDelivered, ""}}},
		{"all parts", "+84912345671", long, []want{{"DELIVRD 1/2", channels.StateSent, ""}, {"DELIVRD 2/2", channels.StateDelivered, ""}}},
		{"a part that does not arrive", "+84912350002", long, []want{{"UNDELIV 1/2", channels.StateUndelivered, "001"}}},
		{"of the first part only, settled after the grace", "+84912340019", long, []want{{"DELIVRD 1/2", channels.StateSent, ""}, {"DELIVRD", channels.StateDelivered, ""}}},
		{"last first", "+84912340011", "hello", []want{{"DELIVRD", channels.StateDelivered, ""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := message(c.to, c.text)
			id := b.send(t, out)
			for i := 0; i < len(c.want); {
				r := b.receipt(t)
				if r.delivery != out.DeliveryID {
					continue // what a case before did not wait for
				}
				if got := (want{r.Status, r.State, r.ErrorCode}); got != c.want[i] || r.ProviderID != id || r.Provider != smpp.Name {
					t.Errorf("receipt %d: %+v of %s (%s), want %+v of %s", i, got, r.ProviderID, r.Provider, c.want[i], id)
				}
				if i++; i == 1 && strings.Contains(c.name, "after the grace") {
					ahead.Add(int64(2 * time.Hour))
				}
			}
			if list := tw.shown(t, c.to); len(list) != 1 || list[0].Body != c.text {
				t.Errorf("the handset shows %+v", list)
			}
		})
	}
}

func TestTwoReceiptsOfTheSameKindAreBothHarmless(t *testing.T) {
	tw := newTwin(t)
	b := start(t, config(t, tw.addr))
	out := message("+84912340010", "hello")
	b.send(t, out)
	if r := b.receipt(t); r.State != channels.StateDelivered {
		t.Errorf("%+v", r)
	}
	// The second is acknowledged too, or the twin would deliver it for ever.
	deadline := time.Now().Add(patience)
	for {
		var list []struct {
			Callbacks []struct{ Error string }
		}
		res, err := http.Get(tw.http + "/simulator/messages?to=%2B84912340010")
		if err != nil {
			t.Fatal(err)
		}
		json.NewDecoder(res.Body).Decode(&list)
		res.Body.Close()
		if len(list) == 1 && len(list[0].Callbacks) == 2 {
			if list[0].Callbacks[0].Error+list[0].Callbacks[1].Error != "" {
				t.Errorf("%+v", list)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", list)
		}
	}
}

func TestTextsArriveAsTheyAre(t *testing.T) {
	tw := newTwin(t)
	b := start(t, config(t, tw.addr))
	for i, text := range []string{
		"@£$ 842913 is your code {1} [2] ~ €5",
		"Mã xác thực của bạn là 842913. Không chia sẻ mã này cho bất kỳ ai, kể cả nhân viên ngân hàng. Mã hết hạn sau 5 phút.",
		"您的验证码是 842913 🔐", "کد شما ۸۴۲۹۱۳ است", "Ваш код: 842913",
		strings.Repeat("€", 100), strings.Repeat("🔐", 60), strings.Repeat("a", 160), strings.Repeat("a", 161), strings.Repeat("я", 70), strings.Repeat("я", 71),
	} {
		to := "+8491111" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "77"
		b.send(t, message(to, text))
		if list := tw.shown(t, to); len(list) != 1 || list[0].Body != text {
			t.Errorf("%q arrived as %+v", text, list)
		}
	}
}

func (tw *twin) reply(t testing.TB, number, text string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"to": from, "body": text})
	res, err := http.Post(tw.http+"/simulator/phones/"+url.PathEscape(number)+"/reply", "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		answer, _ := io.ReadAll(res.Body)
		t.Fatalf("%d %s", res.StatusCode, answer)
	}
}

func TestCustomersTextsComeIn(t *testing.T) {
	tw := newTwin(t)
	cfg := config(t, tw.addr)
	var mu sync.Mutex
	tries := map[string]int{}
	got := make(chan smpp.Inbound, 10)
	cfg.Receive = func(_ context.Context, in smpp.Inbound) error {
		mu.Lock()
		defer mu.Unlock()
		tries[in.Text]++
		if in.Text == long && tries[in.Text] == 1 {
			return io.ErrUnexpectedEOF // the database is away: the SMSC delivers again
		}
		got <- in
		return nil
	}
	start(t, cfg)
	for _, text := range []string{"STOP", long, "Tôi không yêu cầu mã này. " + strings.Repeat("Xin hãy khóa tài khoản. ", 5)} {
		tw.reply(t, "+84912345670", text)
		select {
		case in := <-got:
			if in.From != "+84912345670" || in.To != from || in.Text != text || len(in.ProviderID) != 32 {
				t.Errorf("%+v", in)
			}
		case <-time.After(patience):
			t.Fatalf("%q does not come in", text)
		}
	}
}

// A text that the SMSC delivers again is known by the same id, also across a
// border of five minutes; one of later is another.
func TestATextThatComesAgainIsTheSame(t *testing.T) {
	tw := newTwin(t)
	cfg := config(t, tw.addr)
	var mu sync.Mutex
	now := time.Date(2026, 3, 5, 9, 4, 59, 0, time.UTC)
	cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	b := start(t, cfg)
	var ids []string
	for _, later := range []time.Duration{0, 2 * time.Second, 4 * time.Minute, 2 * time.Minute} {
		mu.Lock()
		now = now.Add(later)
		mu.Unlock()
		tw.reply(t, "+84912345670", "YES")
		select {
		case in := <-b.inbound:
			ids = append(ids, in.ProviderID)
		case <-time.After(patience):
			t.Fatal("it does not come in")
		}
	}
	if ids[0] != ids[1] || ids[1] != ids[2] || ids[2] == ids[3] {
		t.Errorf("known as %v: the first three are one", ids)
	}
}

func TestBindsAgainAfterACut(t *testing.T) {
	tw := newTwin(t)
	b := start(t, config(t, tw.addr))
	b.send(t, message("+84912345670", "one"))
	down := make(chan struct{})
	go func() { // the bind ends when the connection does
		defer close(down)
		for {
			select {
			case <-b.Bound():
				time.Sleep(time.Millisecond)
			default:
				return
			}
		}
	}()
	tw.cut()
	<-down
	b.wait(t)
	b.send(t, message("+84912345671", "two"))
}

func TestAWriteThatIsCutIsUnknown(t *testing.T) {
	tw := newTwin(t)
	b := start(t, config(t, tw.addr))
	_, err := b.Send(t.Context(), message("+84912340016", "hello"))
	if e, ok := err.(*channels.SendError); !ok || e.Outcome != channels.Unknown {
		t.Errorf("%v", err)
	}
}

func TestConfigurationIsRefused(t *testing.T) {
	good := config(t, "smsc.example:2775")
	good.Receipt = func(context.Context, uuid.UUID, uuid.UUID, channels.Receipt) error { return nil }
	if _, err := smpp.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*smpp.Config){
		"no port": func(c *smpp.Config) { c.Addr = "smsc.example" }, "no system id": func(c *smpp.Config) { c.SystemID = "" },
		"a long password": func(c *smpp.Config) { c.Password = "123456789" }, "no sender": func(c *smpp.Config) { c.From = "" },
		"a sender with a sign": func(c *smpp.Config) { c.From = "Bänk" }, "an alphabet": func(c *smpp.Config) { c.Alphabet = "ebcdic" },
		"no database": func(c *smpp.Config) { c.DB = nil },
	} {
		c := good
		spoil(&c)
		if _, err := smpp.New(c); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "123456789") {
			t.Errorf("%s: the error tells the password", name)
		}
	}
}
