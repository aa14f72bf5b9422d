package smpp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/smpp"
)

// npmSMSC is an SMSC on npm's smpp, as a child process.
type npmSMSC struct {
	addr   string
	orders io.Writer
	events chan map[string]any
}

// newNPM starts it; where Node or the package is missing the test is skipped, and says so.
func newNPM(t *testing.T) *npmSMSC {
	t.Helper()
	web, err := filepath.Abs("../../web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules", "smpp")); err != nil {
		t.Skip("NOT RUN against npm's smpp: run `npm ci` in web")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT RUN against npm's smpp: there is no node")
	}
	ctx, cancel := context.WithCancel(context.Background())
	child := exec.CommandContext(ctx, node, "testdata/smsc.mjs", web)
	child.Stderr = os.Stderr
	orders, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	n := &npmSMSC{orders: orders, events: make(chan map[string]any, 1000)}
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var event map[string]any
			if json.Unmarshal(lines.Bytes(), &event) == nil {
				n.events <- event
			}
		}
	})
	t.Cleanup(func() { cancel(); reading.Wait(); _ = child.Wait() })
	n.addr = "127.0.0.1:" + strconv.Itoa(int(n.next(t, "listening")["port"].(float64)))
	return n
}

// next is the next event of a kind; others are passed over.
func (n *npmSMSC) next(t *testing.T, kind string) map[string]any {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case event := <-n.events:
			if event["event"] == kind {
				return event
			}
		case <-timeout:
			t.Fatalf("the SMSC saw no %s", kind)
		}
	}
}

func (n *npmSMSC) order(t *testing.T, order any) {
	t.Helper()
	line, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.orders.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

func outcome(t *testing.T, err error) *channels.SendError {
	t.Helper()
	e, ok := err.(*channels.SendError)
	if !ok {
		t.Fatalf("got %v", err)
	}
	return e
}

// TestAgainstAnIndependentSMSC proves the client against code that is not ours.
func TestAgainstAnIndependentSMSC(t *testing.T) {
	n := newNPM(t)
	cfg := config(t, n.addr)
	cfg.Query, cfg.Enquire = true, 300*time.Millisecond
	cfg.ThrottleWait = 100 * time.Millisecond
	var stands, ahead atomic.Int64 // the clock, where it must not go on by itself, and by how much it then is ahead
	cfg.Now = func() time.Time {
		if at := stands.Load(); at != 0 {
			return time.Unix(0, at)
		}
		return time.Now().Add(time.Duration(ahead.Load()))
	}
	b := start(t, cfg)
	if e := n.next(t, "bound"); e["system_id"] != systemID || e["version"] != float64(0x34) {
		t.Errorf("bound as %v", e)
	}

	t.Run("a text of one part", func(t *testing.T) {
		out := message("+84912345670", "Your code is 842913 {€}")
		out.TTL = 5*time.Minute + 30*time.Second
		id := b.send(t, out)
		e := n.next(t, "submit_sm")
		for name, want := range map[string]any{
			"source": "15005550020", "source_ton": 1.0, "source_npi": 1.0, "to": "84912345670", "to_ton": 1.0, "to_npi": 1.0,
			"text": out.Body, "coding": 0.0, "registered": 1.0, "esm_class": 0.0, "replace": 0.0, "udh": nil,
		} {
			if e[name] != want {
				t.Errorf("%s is %v, want %v", name, e[name], want)
			}
		}
		until, err := time.Parse(time.RFC3339, e["validity"].(string)) // which npm's smpp makes of the relative time
		if ends := time.Now().Add(out.TTL); err != nil || until.Before(ends.Add(-2*time.Minute)) || until.After(ends) {
			t.Errorf("valid until %v, want %v", e["validity"], ends)
		}
		if r := b.receipt(t); r.delivery != out.DeliveryID || r.ProviderID != id || r.State != channels.StateDelivered {
			t.Errorf("receipt %+v", r)
		}
		n.next(t, "receipt taken")
	})
	t.Run("a long text has one sequence number for each part", func(t *testing.T) {
		text := strings.Repeat("Mã xác thực: 842913. ", 8)
		b.send(t, message("+84912340013", text))
		joined, sequences, references := "", map[any]bool{}, map[any]bool{}
		for part := 1; part <= 3; part++ {
			e := n.next(t, "submit_sm")
			udh, _ := e["udh"].([]any)
			if len(udh) < 5 || e["coding"] != 8.0 || e["esm_class"] != 64.0 {
				t.Fatalf("%+v", e)
			}
			if total, number := udh[len(udh)-2], udh[len(udh)-1]; total != 3.0 || number != float64(part) {
				t.Errorf("part %d has the header %v", part, udh)
			}
			references[udh[len(udh)-3]], sequences[e["sequence"]] = true, true
			joined += e["text"].(string)
		}
		if joined != text || len(sequences) != 3 || len(references) != 1 {
			t.Errorf("%q by %d sequence numbers, %d references", joined, len(sequences), len(references))
		}
	})
	t.Run("a receipt by optional parameters", func(t *testing.T) {
		out := message("+84912340020", "hello")
		b.send(t, out)
		if r := b.receipt(t); r.delivery != out.DeliveryID || r.State != channels.StateUndelivered || r.Status != "UNDELIV" || r.ErrorCode != "27" {
			t.Errorf("receipt %+v", r)
		}
	})
	t.Run("a receipt before the answer", func(t *testing.T) {
		out := message("+84912340009", "hello")
		id := b.send(t, out)
		if r := b.receipt(t); r.delivery != out.DeliveryID || r.State != channels.StateDelivered || r.ProviderID != id {
			t.Errorf("receipt %+v", r)
		}
	})
	t.Run("refusals", func(t *testing.T) {
		for to, want := range map[string]channels.SendError{
			"+84912340001": {Outcome: channels.Permanent, Code: "0xB"},
			"+84912340006": {Outcome: channels.Busy, Code: "0x58", RetryAfter: 100 * time.Millisecond},
			"+84912340007": {Outcome: channels.Busy, Code: "0x14", RetryAfter: 100 * time.Millisecond},
		} {
			_, err := b.Send(t.Context(), message(to, "hello"))
			if e := outcome(t, err); e.Outcome != want.Outcome || e.Code != want.Code || e.RetryAfter != want.RetryAfter {
				t.Errorf("%s: %+v", to, e)
			}
			b.send(t, message("+84912340013", "one that is taken ends the row of throttled ones"))
		}
	})
	t.Run("throttled again and again pauses the bind", func(t *testing.T) {
		stands.Store(time.Now().UnixNano())
		defer func() { ahead.Store(int64(time.Second)); stands.Store(0) }() // the pause stays over
		for range 2 {
			b.Send(t.Context(), message("+84912340006", "hello"))
		}
		_, err := b.Send(t.Context(), message("+84912340013", "hello"))
		e := outcome(t, err)
		if e.Outcome != channels.Busy || e.RetryAfter <= 0 || e.RetryAfter > 200*time.Millisecond {
			t.Errorf("%+v", e)
		}
		stands.Add(int64(e.RetryAfter))
		b.send(t, message("+84912340013", "hello"))
	})
	t.Run("what is answered late is found, and asked for", func(t *testing.T) {
		out, since := message("+84912340021", "hello"), time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { n.next(t, "late"); cancel() }()
		_, err := b.Send(ctx, out)
		if e := outcome(t, err); e.Outcome != channels.Unknown {
			t.Errorf("%+v", e)
		}
		if found, err := b.Lookup(t.Context(), out, since); err != nil || len(found) != 0 {
			t.Errorf("Lookup found %+v, %v before the answer", found, err)
		}
		n.order(t, map[string]bool{"release": true})
		deadline := time.Now().Add(patience)
		for {
			found, err := b.Lookup(t.Context(), out, since)
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("Lookup found %+v, %v", found, err)
			}
			if len(found) == 1 {
				if found[0].State != channels.StateDelivered || found[0].Status != "DELIVRD" || found[0].ProviderID == "" {
					t.Errorf("%+v", found)
				}
				break
			}
		}
		if e := n.next(t, "query_sm"); e["source_addr"] != "15005550020" {
			t.Errorf("%+v", e)
		}
	})
	t.Run("ten are outstanding, not eleven", func(t *testing.T) {
		var sending sync.WaitGroup
		for range 25 {
			sending.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if _, err := b.Send(ctx, message("+84912340030", "hello")); err != nil {
					t.Error(err)
				}
			})
		}
		held := func(count float64) {
			for e := n.next(t, "held"); e["count"] != count; e = n.next(t, "held") {
			}
		}
		held(10)
		n.next(t, "enquire_link") // which needs no slot; the next 11 would have come before it
		select {
		case e := <-n.events:
			if e["event"] == "held" {
				t.Errorf("an eleventh: %v", e)
			}
		default:
		}
		for _, count := range []float64{10, 5} {
			n.order(t, map[string]bool{"release": true})
			held(count)
		}
		n.order(t, map[string]bool{"release": true})
		sending.Wait()
	})
	t.Run("customers' texts", func(t *testing.T) {
		for _, c := range []struct {
			deliver map[string]any
			want    smpp.Inbound
		}{
			{map[string]any{"source_addr": "84912345670", "source_addr_ton": 1, "destination_addr": "8765", "short_message": "STOP"}, smpp.Inbound{From: "+84912345670", To: "8765", Text: "STOP"}},
			{map[string]any{"source_addr": "84912345670", "destination_addr": "15005550020", "short_message": "Tôi không yêu cầu", "data_coding": 8}, smpp.Inbound{From: "+84912345670", To: "+15005550020", Text: "Tôi không yêu cầu"}},
			{map[string]any{"source_addr": "84912345670", "source_addr_ton": 1, "destination_addr": "8765", "payload": strings.Repeat("long ", 60)}, smpp.Inbound{From: "+84912345670", To: "8765", Text: strings.Repeat("long ", 60)}},
		} {
			n.order(t, map[string]any{"deliver": c.deliver})
			select {
			case in := <-b.inbound:
				in.ProviderID = ""
				if in != c.want {
					t.Errorf("%+v", in)
				}
			case <-time.After(patience):
				t.Fatal("it does not come in")
			}
			if e := n.next(t, "deliver_sm_resp"); e["status"] != 0.0 {
				t.Errorf("answered %v", e)
			}
		}
	})
	t.Run("a command that no client knows", func(t *testing.T) {
		n.order(t, map[string]bool{"unknown": true})
		if e := n.next(t, "answer"); e["command"] != "generic_nack" || e["status"] != 3.0 {
			t.Errorf("%v", e)
		}
	})
	t.Run("a connection lost after the write", func(t *testing.T) {
		_, err := b.Send(t.Context(), message("+84912340016", "hello"))
		if e := outcome(t, err); e.Outcome != channels.Unknown {
			t.Errorf("%+v", e)
		}
		n.next(t, "bound")
		b.wait(t)
	})
	t.Run("an SMSC that unbinds is bound to again", func(t *testing.T) {
		n.order(t, map[string]bool{"unbind": true})
		n.next(t, "bound")
		b.wait(t)
		b.send(t, message("+84912340013", "hello"))
	})
	t.Run("it says good-bye", func(t *testing.T) {
		b.stop()
		n.next(t, "unbind")
		_, err := b.Send(t.Context(), message("+84912340013", "hello"))
		if e := outcome(t, err); e.Outcome != channels.Busy {
			t.Errorf("%+v", e)
		}
	})
}
