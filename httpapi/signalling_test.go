package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// page is one side of a call that goes on, at its signalling.
type page struct {
	t    *testing.T
	conn *websocket.Conn
}

type signal struct {
	Type, Code, State, Message string
	Participant                string
	On                         *bool
	Line                       *struct{ Body string }
}

// answered makes the bank's call one that goes on.
func (k *bank) answered() *bank {
	must(k.t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update calls set state = 'active', ended_at = null where bank_id = $1 and id = $2`, tx.BankID, k.ids["call_id"])
		return err
	}))
	return k
}

func (k *bank) page(t *testing.T, side string) page {
	t.Helper()
	if side == "customer" {
		k.openVisit()
	}
	conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(k.url, "http")+"/v1/calls/"+k.ids["call_id"]+"/socket",
		&websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {"visavis_" + side + "=" + k.tokens[side]}, "Origin": {k.url}}})
	must(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	conn.SetReadLimit(1 << 20)
	p := page{t, conn}
	p.until("state")
	return p
}

func (p page) say(text string) {
	p.t.Helper()
	must(p.t, p.conn.Write(p.t.Context(), websocket.MessageText, []byte(text)))
}

func (p page) read() (signal, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 90*time.Second)
	defer cancel()
	_, data, err := p.conn.Read(ctx)
	var s signal
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	return s, err
}

// until reads to the next message of a type.
func (p page) until(kind string) signal {
	p.t.Helper()
	for {
		s, err := p.read()
		if err != nil {
			p.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if s.Type == kind {
			return s
		}
	}
}

// ends reads to the end of the socket.
func (p page) ends() websocket.StatusCode {
	p.t.Helper()
	for {
		if _, err := p.read(); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				p.t.Error("the socket is open still")
			}
			return websocket.CloseStatus(err)
		}
	}
}

// listens reads all that comes, as a page does, and hands on what is of a type.
func (p page) listens(kind string) <-chan struct{} {
	came := make(chan struct{}, 1)
	go func() {
		for {
			_, data, err := p.conn.Read(p.t.Context())
			if err != nil {
				close(came)
				return
			}
			var s signal
			if json.Unmarshal(data, &s) == nil && s.Type == kind {
				came <- struct{}{}
			}
		}
	}()
	return came
}

// TestASVS17_3_1: a flood of signalling, in messages or in bytes, ends the socket
// that it comes from. The other side of the same call and another call's keep
// theirs and are answered as before.
func TestASVS17_3_1(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	k, other := g.newBank("a").fill().answered(), g.newBank("b").fill().answered()
	customer, bystander := k.page(t, "customer"), other.page(t, "agent")
	// The clock stands but between two attacks: how much is a flood does not depend on how fast this machine reads it.
	g.stop(0)
	pongs, heard := customer.listens("pong"), bystander.listens("pong")
	const never = time.Duration(1<<63 - 1)
	var left atomic.Int64 // pings of the bystander's until the clock goes on: below the limit
	stop, slowest := make(chan struct{}), make(chan time.Duration, 1)
	go func() {
		var worst time.Duration
		defer func() { slowest <- worst }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if left.Add(-1) < 0 {
				<-time.After(10 * time.Millisecond)
				continue
			}
			began := time.Now()
			if bystander.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)) != nil {
				worst = never
				return
			}
			if _, open := <-heard; !open {
				worst = never
				return
			}
			worst = max(worst, time.Since(began))
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	for name, attack := range map[string]struct {
		message string
		times   int
		want    websocket.StatusCode
	}{
		"one frame of 1 MiB":    {`{"type":"chat","text":"` + strings.Repeat("x", 1<<20) + `"}`, 1, websocket.StatusMessageTooBig},
		"1,000 pings":           {`{"type":"ping"}`, 1000, websocket.StatusPolicyViolation},
		"1,000 lines":           {`{"type":"chat","text":"x"}`, 1000, websocket.StatusPolicyViolation},
		"1,000 malformed":       {`{`, 1000, websocket.StatusPolicyViolation},
		"1,000 offers":          {`{"type":"join","sdp":"v=0"}`, 1000, websocket.StatusPolicyViolation},
		"1,000 pointers":        {`{"type":"pointer","surface":"camera","x":0.5,"y":0.5}`, 1000, websocket.StatusPolicyViolation},
		"1,000 large strangers": {`{"type":"` + strings.Repeat("y", 10<<10) + `"}`, 1000, websocket.StatusPolicyViolation},
	} {
		g.stop(10 * time.Second)
		left.Store(50)
		agent := k.page(t, "agent")
		go func() {
			for range attack.times {
				if agent.conn.Write(t.Context(), websocket.MessageText, []byte(attack.message)) != nil {
					return
				}
			}
		}()
		// Who goes on writing into a socket that is being closed may miss why.
		if got := agent.ends(); got != attack.want && got != -1 {
			t.Errorf("%s: closed with %d, want %d", name, got, attack.want)
		}
	}
	customer.say(`{"type":"ping"}`)
	if _, open := <-pongs; !open {
		t.Error("the other side's socket has ended")
	}
	close(stop)
	if worst := <-slowest; worst == never {
		t.Error("another call's socket has ended, or had no answer")
	} else {
		t.Logf("another call waited %s for an answer at most", worst.Round(time.Millisecond))
	}
	if n := k.count(`select count(*) from call_messages where bank_id = $1 and kind = 'chat'`, k.id); n > 30 {
		t.Errorf("%d lines were kept", n)
	}
	g.stop(10 * time.Second)
	agent := k.page(t, "agent") // who was shut out may come back
	agent.say(`{"type":"ping"}`)
	agent.until("pong")
}

// TestASVS17_3_2: whatever is malformed, or not the sender's to say, is an error
// for the sender; nothing of it reaches the other side, and both sockets go on.
func TestASVS17_3_2(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill().answered()
	customer, agent := k.page(t, "customer"), k.page(t, "agent")
	deep := strings.Repeat(`{"a":`, 15000) + "1" + strings.Repeat("}", 15000)
	for _, c := range []struct {
		from    page
		message string
		code    string
	}{
		{agent, ``, "malformed"}, {agent, `{`, "malformed"}, {agent, `[]`, "malformed"}, {agent, `"join"`, "malformed"},
		{agent, `{"type":1}`, "malformed"}, {agent, `{"type":"chat","text":{}}`, "malformed"}, {agent, "\x00\x01", "malformed"},
		{agent, `{"type":"step","position":"one"}`, "malformed"}, {agent, `{"type":"step","position":1e99}`, "malformed"}, {agent, deep, "malformed"},
		{agent, `{"type":"draw","points":[[1]` + strings.Repeat(",[1]", 1000) + `]}`, ""},
		{agent, `{}`, "unknown_message"}, {agent, `{"type":"` + strings.Repeat("z", 100<<10) + `"}`, "unknown_message"},
		{agent, `{"type":"join"}`, "bad_media"}, {agent, `{"type":"join","sdp":"` + strings.Repeat("v", 100<<10) + `"}`, "bad_media"},
		{agent, `{"type":"candidate","candidate":{"candidate":"x"}}`, ""}, {agent, `{"type":"restart","sdp":"v=0\r\n"}`, "bad_media"},
		{agent, `{"type":"step","position":-1}`, "not_found"}, {agent, `{"type":"step","position":99}`, "not_found"},
		{agent, `{"type":"step","position":2147483648}`, "not_found"}, {agent, `{"type":"chat","text":"\u0000\ufeff\ud800"}`, ""},
		{agent, `{"type":"chat","text":""}`, ""}, {agent, `{"type":"chat","text":"` + strings.Repeat("y", 2001) + `"}`, ""},
		{agent, `{"type":"screen","on":true}`, "forbidden"}, {agent, `{"type":"pointer","surface":"desk"}`, ""},
		{agent, `{"type":"pointer","surface":"camera","x":2,"y":0}`, ""}, {agent, `{"type":"pointer","surface":"camera","x":0.1,"y":-0.1}`, ""},
		{agent, `{"type":"draw","surface":"camera","points":[[0,1.5]]}`, ""},
		{customer, `{"type":"pointer","surface":"camera","x":0,"y":0}`, "forbidden"}, {customer, `{"type":"step","position":1}`, "forbidden"},
		{customer, `{"type":"draw","surface":"screen"}`, "forbidden"}, {customer, `{"type":"screen"}`, ""},
	} {
		name := fmt.Sprintf("%.40q", c.message)
		c.from.say(c.message)
		if s := c.from.until("error"); s.Code == "" || c.code != "" && s.Code != c.code || strings.Contains(s.Message, "on our side") {
			t.Errorf("%s gave %+v, want %s", name, s, c.code)
		}
	}
	must(t, agent.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)))
	if s := agent.until("error"); s.Code != "malformed" {
		t.Errorf("a binary message gave %+v", s)
	}
	for _, p := range []page{customer, agent} {
		p.say(`{"type":"ping"}`)
		for {
			s, err := p.read()
			must(t, err)
			if s.Type == "pong" {
				break
			}
			if s.Type != "state" && s.Type != "peer" && s.Type != "chat" {
				t.Errorf("the other side's mistakes came through: %+v", s)
			}
		}
	}
}

// TestLessData: the customer's page says that the connection is to carry little,
// and the agent's is told; the agent cannot say so.
func TestLessData(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill().answered()
	customer, agent := k.page(t, "customer"), k.page(t, "agent")
	for _, on := range []bool{true, false} {
		customer.say(fmt.Sprintf(`{"type":"less_data","on":%t}`, on))
		if s := agent.until("less_data"); s.On == nil || *s.On != on || s.Participant != "customer" {
			t.Errorf("%t: the agent is told %+v", on, s)
		}
	}
	for _, p := range []page{customer, agent} {
		p.say(`{"type":"less_data"}`)
		if s := p.until("error"); s.Code != "unknown_message" {
			t.Errorf("without on: %+v", s)
		}
	}
	agent.say(`{"type":"less_data","on":true}`)
	if s := agent.until("error"); s.Code != "unknown_message" {
		t.Errorf("the agent's: %+v", s)
	}
}

// TestManyLines: a page that joins again gets all that was written before, however
// much that is, and stays.
func TestManyLines(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill().answered()
	const lines = 700
	must(t, k.cfg.DB.InBank(t.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into call_messages (bank_id, id, call_id, role, actor_id, kind, body, offset_ms, at)
			select $1, ('ffffffff-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, 'agent', $3, 'caption', n::text, n, now() from generate_series(1, $4::int) n`,
			tx.BankID, k.ids["call_id"], k.ids["agent_id"], lines)
		return err
	}))
	p := k.page(t, "customer")
	for got := 0; got < lines; {
		if s := p.until("chat"); s.Line != nil && s.Line.Body != "handed.pdf" {
			if got++; s.Line.Body != fmt.Sprint(got) {
				t.Fatalf("line %d is %q", got, s.Line.Body)
			}
		}
	}
	p.say(`{"type":"ping"}`)
	p.until("pong")
}

// TestCustomersFeedTellsOfNobodyUnseen: that a supervisor watches, and what the
// bank does with its records, reaches no customer by the feed of the own case.
func TestCustomersFeedTellsOfNobodyUnseen(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	k.openVisit()
	req, err := http.NewRequest("GET", k.url+"/v1/feed", nil)
	must(t, err)
	req.Header.Set("Cookie", "visavis_customer="+k.tokens["customer"])
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	r := bufio.NewReader(res.Body)
	next(t, r, "hello")
	must(t, k.cfg.DB.InBank(t.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		for _, e := range []struct {
			kind string
			data map[string]any
		}{
			{"call.supervised", map[string]any{"role": "supervisor", "mode": "watch", "hidden": true}}, {"call.supervision_ended", map[string]any{"mode": "watch"}},
			{"call.guest_invited", map[string]any{}}, {"call.participant_connected", map[string]any{"participant": "supervisor"}},
			{"recording.viewed", map[string]any{}}, {"recording.held", map[string]any{}}, {"still.viewed", map[string]any{}}, {"queue.offered", map[string]any{}},
			{"call.transfer_asked", map[string]any{}}, {"call.participant_connected", map[string]any{"participant": "customer"}}, {"call.ended", map[string]any{}},
		} {
			e.data["identification_id"] = k.ids["identification_id"]
			if _, err := events.AppendTx(ctx, tx, time.Now(), events.New{Type: e.kind, Object: "call", ID: uuid.MustParse(k.ids["call_id"]), Data: e.data}); err != nil {
				return err
			}
		}
		return nil
	}))
	connected := false
	for {
		kind, data := one(t, r)
		switch {
		case kind == "call.ended":
			if !connected {
				t.Error("the customer's own connecting was left out")
			}
			return
		case kind == "call.participant_connected" && strings.Contains(data, `"customer"`):
			connected = true
		case slices.Contains([]string{"call", "recording", "still", "queue"}, strings.Split(kind, ".")[0]): // all else is of what fill did
			t.Errorf("the customer is told %s %s", kind, data)
		}
	}
}
