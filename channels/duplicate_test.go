package channels_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// slowNode is a delivery that a node claimed which then stood still for longer
// than its lease, so that another one has claimed it too.
type slowNode struct {
	*world
	message, delivery uuid.UUID
	slow, other       uuid.UUID // their leases
}

func newSlowNode(t *testing.T) *slowNode {
	w := newWorld(t)
	info := w.send(code(w.customer("+84912345674", "en"), channels.SMS))
	n := &slowNode{world: w, message: info.ID, delivery: info.Deliveries[0].ID}
	_, n.slow = w.claim(channels.Security)
	w.pass(12 * time.Second)
	ids, lease := w.claim(channels.Security)
	if len(ids) != 1 || ids[0] != n.delivery {
		t.Fatalf("the other node claimed %v", ids)
	}
	n.other = lease
	return n
}

func (n *slowNode) marks(lease uuid.UUID, providerID string) {
	n.t.Helper()
	if err := n.s.MarkSent(n.t.Context(), n.bank, n.delivery, lease, providerID); err != nil {
		n.t.Fatal(err)
	}
}

func (n *slowNode) is(state channels.State, providerID string, duplicate channels.Duplicate) {
	n.t.Helper()
	m, err := n.s.Get(n.t.Context(), n.bank, n.message)
	if err != nil {
		n.t.Fatal(err)
	}
	known := query[string](n.world, `select coalesce(provider_id, '') from deliveries where bank_id = $1 and id = $2`, n.bank, n.delivery)
	if d := m.Deliveries[0]; d.State != state || known != providerID || d.Duplicate != duplicate {
		n.t.Errorf("the delivery is %s as %q, duplicate %q; want %s, %q, %q", d.State, known, d.Duplicate, state, providerID, duplicate)
	}
}

// A node that is alive, but was taken for dead, is not heard any more, and yet
// what the provider told it is true: the message is not sent again.
func TestWhatASlowNodeWasToldCounts(t *testing.T) {
	t.Parallel()
	n := newSlowNode(t)
	n.marks(n.slow, "SM1")
	n.is(channels.StateSent, "SM1", "")
	n.pass(12 * time.Second)
	if ids, _ := n.claim(channels.Security); len(ids) != 0 {
		t.Errorf("it is claimed once more: %v", ids)
	}
	m, err := n.s.Get(t.Context(), n.bank, n.message)
	if err != nil || m.State != channels.StateSent {
		t.Errorf("the message is %s, %v", m.State, err)
	}
}

// When both have handed it over, there are two, and the delivery says so in
// whatever order they tell.
func TestTwoNodesThatHandOverLeaveAMark(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]func(n *slowNode){
		"the slow one tells first": func(n *slowNode) { n.marks(n.slow, "SM1"); n.marks(n.other, "SM2") },
		"the slow one tells last":  func(n *slowNode) { n.marks(n.other, "SM1"); n.marks(n.slow, "SM2") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newSlowNode(t)
			order(n)
			n.is(channels.StateSent, "SM1", channels.DuplicateCertain)
		})
	}
	t.Run("both tell of the same", func(t *testing.T) {
		t.Parallel()
		n := newSlowNode(t)
		n.marks(n.other, "SM1") // it was found at the provider
		n.marks(n.slow, "SM1")
		n.is(channels.StateSent, "SM1", "")
	})
}

// A receipt of a second message is how one learns of it when the node that sent
// it died. Of a delivery that was handed over once it is a stranger's.
func TestAReceiptOfASecondMessageLeavesAMark(t *testing.T) {
	t.Parallel()
	n := newSlowNode(t)
	n.marks(n.other, "SM1")
	stray := channels.Receipt{Provider: "twilio", ProviderID: "SM2", Status: "delivered", State: channels.StateDelivered, At: n.now()}
	refused := func() {
		t.Helper()
		if err := n.s.Receipt(t.Context(), n.bank, n.delivery, stray); visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("the receipt is answered with %v", err)
		}
	}
	refused()
	n.is(channels.StateSent, "SM1", "")
	n.exec(`update deliveries set duplicate = 'possible' where bank_id = $1 and id = $2`, n.bank, n.delivery)
	refused()
	n.is(channels.StateSent, "SM1", channels.DuplicateCertain)
}

// until is a context whose deadline passes when it is told to; nobody is woken.
type until struct {
	context.Context
	over *bool
}

func (u until) Deadline() (time.Time, bool) {
	if *u.over {
		return time.Now().Add(-time.Second), true
	}
	return time.Now().Add(time.Hour), true
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// A process that stops between the beginning of a request and its body, and goes
// on after the deadline, gives no body away; not on a second connection either.
func TestNoBodyLeavesAfterTheDeadline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		stops int // before which read; 0 = never
	}{{"in time", 0}, {"before the first read", 1}, {"before the second connection", 2}} {
		over, sent := false, ""
		rt := channels.InTime(transport(func(r *http.Request) (*http.Response, error) {
			over = c.stops == 1
			first, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			over = c.stops == 2
			again, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			second, err := io.ReadAll(again)
			sent = string(first) + string(second)
			return &http.Response{}, err
		}))
		r, err := http.NewRequestWithContext(until{t.Context(), &over}, http.MethodPost, "http://carrier.example/", strings.NewReader("code"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = rt.RoundTrip(r)
		want := map[int]string{0: "codecode", 2: "code"}[c.stops]
		if sent != want || errors.Is(err, context.DeadlineExceeded) != (c.stops > 0) {
			t.Errorf("%s: sent %q, %v; want %q", c.name, sent, err, want)
		}
	}
}
