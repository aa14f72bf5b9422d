package ivr_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

// Each ending of a call is one final state, told once, in whatever order the
// receipts come.
func TestEndings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	ended := map[string]*atomic.Int32{}
	w.s.OnEnded("thing", func(_ context.Context, _ *postgres.Tx, c ivr.PhoneCall) error {
		ended[c.Key].Add(1)
		return nil
	})
	type want struct {
		state   ivr.State
		outcome string
	}
	wants := map[string]want{
		"+84901230017": {ivr.Completed, "done"}, // answers by itself
		"+84901230005": {ivr.Busy, "busy"},
		"+84901230004": {ivr.NoAnswer, "no_answer"},
		"+84901230003": {ivr.Failed, "failed"},
		"+84901230001": {ivr.Failed, ivr.OutcomeRefused},
	}
	for phone := range wants {
		ended[phone] = &atomic.Int32{}
	}
	w.run()
	ids := map[string]uuid.UUID{}
	for phone := range wants {
		ids[phone] = w.place(ivr.PhoneCall{To: phone, Key: phone, AboutType: "thing", AboutID: uuid.New()})
	}
	for phone, want := range wants {
		c := w.until(ids[phone], string(want.state), func(c ivr.PhoneCall) bool { return c.State.Final() })
		if c.State != want.state || c.Outcome != want.outcome || c.EndedAt == nil || c.DueAt != nil {
			t.Errorf("%s ended as %s %q, not %s %q", phone, c.State, c.Outcome, want.state, want.outcome)
		}
		if n := ended[phone].Load(); n != 1 {
			t.Errorf("%s: its end was told %d times", phone, n)
		}
	}
	if got := w.events(ids["+84901230017"]); !strings.HasPrefix(got, "phone_call.accepted") || !strings.Contains(got, "phone_call.answered") || !strings.HasSuffix(got, "phone_call.completed") {
		t.Errorf("events: %s", got)
	}
}

// What never reached the provider ends by its expiry.
func TestExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	id := w.place(ivr.PhoneCall{To: "+84901230016", ExpiresAt: w.now().Add(2 * time.Minute)}) // the connection is cut
	w.until(id, "doubt", func(c ivr.PhoneCall) bool { return c.State == ivr.Unknown })
	w.pass(3 * time.Minute)
	if c := w.untilState(id, ivr.Failed); c.Outcome != ivr.OutcomeExpired {
		t.Errorf("it ended as %s", c.Outcome)
	}
}

// Receipts that come twice, late, or before our own mark change nothing of the end.
func TestDisorder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	w.run()
	for _, digits := range []string{"0009", "0010", "0011"} { // before the reply, twice, reversed
		phone := "+8490123" + digits
		id := w.place(ivr.PhoneCall{To: phone})
		call := w.onCall(phone, "a ringing phone", func(h heard) bool { return h.Status == "ringing" })
		w.do(call.SID, "answer", struct{}{})
		c := w.until(id, "its end", func(c ivr.PhoneCall) bool { return c.State.Final() })
		if c.State != ivr.Completed || c.ProviderID != call.SID {
			t.Errorf("%s: %s at %s", phone, c.State, c.ProviderID)
		}
		if n := strings.Count(w.events(id), "phone_call.completed"); n != 1 {
			t.Errorf("%s: its end was told %d times", phone, n)
		}
	}
}

// A call that the carrier took, but of which its answer never came, is looked up
// and not dialled a second time: also when the node died before it could mark.
func TestNeverDialledTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	w.run()
	accepted := w.place(ivr.PhoneCall{To: "+84901230008"}) // accepted, and the answer never comes
	call := w.onCall("+84901230008", "a ringing phone", func(h heard) bool { return h.Status == "ringing" })
	w.pass(12 * time.Second)
	w.until(accepted, "the lookup", func(c ivr.PhoneCall) bool { return c.ProviderID == call.SID })
	w.do(call.SID, "answer", struct{}{})
	w.untilState(accepted, ivr.Completed)
	if n := len(w.handset("+84901230008")); n != 1 {
		t.Errorf("it was dialled %d times", n)
	}
}

// kill -9 between the carrier's acceptance and our mark, while no callback can
// reach us either: the next node looks the call up.
func TestKilledBeforeMark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	const phone = "+84901230000"
	id := w.place(ivr.PhoneCall{To: phone})
	w.filter = func(rw http.ResponseWriter, _ *http.Request) bool { // the node is dead
		http.Error(rw, "dead", http.StatusBadGateway)
		return true
	}
	// The first node claims, dials, and dies.
	claimed, err := ivr.ClaimOne(t.Context(), w.s)
	must(t, err)
	if claimed != id {
		t.Fatal("it was not claimed")
	}
	must(t, ivr.DialOnly(t.Context(), w.s, phone, id, w.bank))
	call := w.onCall(phone, "a ringing phone", func(h heard) bool { return h.Status == "ringing" })
	w.mu.Lock()
	w.filter = nil
	w.mu.Unlock()

	w.run()
	w.pass(12 * time.Second) // the lease ends
	w.until(id, "the lookup", func(c ivr.PhoneCall) bool { return c.ProviderID == call.SID && c.State == ivr.Ringing })
	w.do(call.SID, "answer", struct{}{})
	w.untilState(id, ivr.Completed)
	if n := len(w.handset(phone)); n != 1 {
		t.Errorf("it was dialled %d times", n)
	}
}

// kill -9 before the request left: the provider does not have it, and it is dialled after all.
func TestKilledBeforeDial(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	w.standStill()
	id := w.place(ivr.PhoneCall{To: "+84901230017"})
	_, err := ivr.ClaimOne(t.Context(), w.s)
	must(t, err)
	w.run()
	w.pass(12 * time.Second)
	w.until(id, "the first look", func(c ivr.PhoneCall) bool { return c.ErrorCode == "lookup" })
	w.pass(30 * time.Second)
	if n := len(w.handset("+84901230017")); n != 0 {
		t.Fatalf("dialled before it was certain")
	}
	w.pass(30 * time.Second)
	w.untilState(id, ivr.Completed)
	if n := len(w.handset("+84901230017")); n != 1 {
		t.Errorf("it was dialled %d times", n)
	}
}

// hiding has the twin list no calls while hidden is set, and signals each list that
// it was asked for, and the SID of each call that is ended.
func (w *world) hiding() (hidden *atomic.Bool, looks chan struct{}, ended chan string) {
	hidden, looks, ended = &atomic.Bool{}, make(chan struct{}, 1000), make(chan string, 1000)
	hidden.Store(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carrier = func(rw http.ResponseWriter, r *http.Request) bool {
		switch _, name, _ := strings.Cut(r.URL.Path, "/Calls"); {
		case name == ".json" && r.Method == http.MethodGet:
			looks <- struct{}{}
			if hidden.Load() {
				rw.Header().Set("Content-Type", "application/json")
				_, _ = rw.Write([]byte(`{"calls": [], "page": 0, "page_size": 100}`))
				return true
			}
		case strings.HasPrefix(name, "/CA") && r.Method == http.MethodPost:
			ended <- strings.TrimSuffix(name[1:], ".json")
		}
		return false
	}
	return hidden, looks, ended
}

// wait waits for n values.
func wait[T any](w *world, what string, from <-chan T, n int) (last T) {
	w.t.Helper()
	deadline := time.After(patience)
	for range n {
		select {
		case last = <-from:
		case <-deadline:
			w.t.Fatalf("waited for %s", what)
		}
	}
	return last
}

// killedAfterDial has a node claim a call, hand it to the carrier and die, while
// no callback reaches us.
func (w *world) killedAfterDial(phone string) (id uuid.UUID, call heard) {
	w.t.Helper()
	id = w.place(ivr.PhoneCall{To: phone})
	w.mu.Lock()
	w.filter = func(rw http.ResponseWriter, _ *http.Request) bool {
		http.Error(rw, "dead", http.StatusBadGateway)
		return true
	}
	w.mu.Unlock()
	claimed, err := ivr.ClaimOne(w.t.Context(), w.s)
	must(w.t, err)
	if claimed != id {
		w.t.Fatal("it was not claimed")
	}
	must(w.t, ivr.DialOnly(w.t.Context(), w.s, phone, id, w.bank))
	return id, w.onCall(phone, "a ringing phone", func(h heard) bool { return h.Status == "ringing" })
}

// A call that the carrier took, but lists only half a minute later, while no
// callback reaches us, is found and not dialled a second time.
func TestListedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	w.standStill()
	const phone = "+84901230000"
	hidden, looks, _ := w.hiding()
	id, call := w.killedAfterDial(phone)
	w.run()
	w.pass(12 * time.Second) // the lease ends
	w.until(id, "the first look", func(c ivr.PhoneCall) bool { return c.ErrorCode == "lookup" })
	for range 2 {
		for len(looks) > 0 {
			<-looks
		}
		w.pass(15 * time.Second)
		wait(w, "another look", looks, 1)
	}
	hidden.Store(false)
	w.pass(15 * time.Second)
	w.until(id, "the lookup", func(c ivr.PhoneCall) bool { return c.ProviderID == call.SID })
	if n := len(w.handset(phone)); n != 1 {
		t.Errorf("it was dialled %d times", n)
	}
}

// When a call tells of itself only after another was dialled for it, it is ended:
// whichever of the two stands, nobody is left with a telephone that rings twice.
func TestStrayCallIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	w.standStill()
	const phone = "+84901230000"
	_, looks, ended := w.hiding()
	id, first := w.killedAfterDial(phone)
	stop := w.run()
	w.pass(12 * time.Second)
	w.until(id, "the first look", func(c ivr.PhoneCall) bool { return c.ErrorCode == "lookup" })
	w.pass(time.Minute) // it shows nothing of it, nor do callbacks come
	second := w.until(id, "a second call", func(c ivr.PhoneCall) bool { return c.ProviderID != "" }).ProviderID
	if second == first.SID {
		t.Fatal("it has the first call's id, which it was never told")
	}
	wait(w, "two looks", looks, 2)
	tell := func(path, sid, word string) int {
		code, _ := w.callback(fmt.Sprintf("/callbacks/twilio/ivr/%s/%s/%s%s", path, w.bank, id, map[string]string{"turn": "/0"}[path]), url.Values{"CallSid": {sid}, "CallStatus": {word}})
		return code
	}
	w.mu.Lock()
	w.filter = nil
	w.mu.Unlock()
	if code := tell("status", first.SID, "completed"); code != http.StatusNotFound { // nothing to be ended
		t.Errorf("its end: %d", code)
	}
	if code := tell("status", first.SID, "ringing"); code != http.StatusNotFound {
		t.Errorf("it rings: %d", code)
	}
	if sid := wait(w, "its end", ended, 1); sid != first.SID {
		t.Errorf("%s was ended, not %s", sid, first.SID)
	}
	if code := tell("turn", first.SID, "in-progress"); code != http.StatusNotFound { // answered at that moment
		t.Errorf("it asks for words: %d", code)
	}
	if sid := wait(w, "its end", ended, 1); sid != first.SID {
		t.Errorf("%s was ended, not %s", sid, first.SID)
	}
	if c, err := w.s.Get(t.Context(), w.bank, id); err != nil || c.ProviderID != second {
		t.Errorf("the call is %+v, %v", c, err)
	}
	// Of a call that was never dialled nothing is ended: that is no call of ours.
	never := w.place(ivr.PhoneCall{To: phone, NotBefore: w.now().Add(30 * time.Minute)})
	if code, _ := w.callback(fmt.Sprintf("/callbacks/twilio/ivr/status/%s/%s", w.bank, never), url.Values{"CallSid": {first.SID}, "CallStatus": {"ringing"}}); code != http.StatusNotFound {
		t.Errorf("never dialled: %d", code)
	}
	stop() // and what was to be ended has been
	select {
	case sid := <-ended:
		t.Errorf("%s was ended too", sid)
	default:
	}
}

// The same when it tells of itself while the second is being dialled: the first
// stands, and the second is ended.
func TestStrayWhileDialling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	const phone = "+84901230000"
	_, _, ended := w.hiding()
	first := "CA" + strings.Repeat("1", 32)
	id := w.place(ivr.PhoneCall{To: phone})
	var once sync.Once
	w.mu.Lock()
	hiding := w.carrier
	w.carrier = func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Calls.json") {
			once.Do(func() {
				code, _ := w.callback(fmt.Sprintf("/callbacks/twilio/ivr/status/%s/%s", w.bank, id), url.Values{"CallSid": {first}, "CallStatus": {"ringing"}})
				if code != http.StatusNoContent {
					t.Errorf("the first tells of itself: %d", code)
				}
				w.mu.Lock() // and the second cannot
				defer w.mu.Unlock()
				w.filter = func(rw http.ResponseWriter, _ *http.Request) bool {
					http.Error(rw, "dead", http.StatusBadGateway)
					return true
				}
			})
		}
		return hiding(rw, r)
	}
	w.mu.Unlock()
	w.run()
	sid := wait(w, "the second's end", ended, 1)
	if list := w.handset(phone); len(list) != 1 || list[0].SID != sid {
		t.Errorf("%s was ended of %v", sid, list)
	}
	if c := w.untilState(id, ivr.Ringing); c.ProviderID != first {
		t.Errorf("%s stands", c.ProviderID)
	}
}

// A lost final receipt is asked for.
func TestLostEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	w.filter = func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/status/") {
			rw.WriteHeader(http.StatusNoContent) // swallowed
			return true
		}
		return false
	}
	w.run()
	id := w.place(ivr.PhoneCall{To: "+84901230005"})
	w.until(id, "the mark", func(c ivr.PhoneCall) bool { return c.ProviderID != "" })
	w.pass(2 * time.Minute)
	w.untilState(id, ivr.Busy)
}

// An attempt is placed once; a queued call can be taken back, a placed one not.
func TestPlaceOnceAndCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.silence()
	id := w.place(ivr.PhoneCall{To: "+84901230017", Key: "attempt 1"})
	if again := w.place(ivr.PhoneCall{To: "+84901230017", Key: "attempt 1"}); again != id {
		t.Error("the same attempt was placed twice")
	}
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.CancelPhoneCallTx(ctx, tx, id) }))
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.CancelPhoneCallTx(ctx, tx, id) }))
	other := w.place(ivr.PhoneCall{To: "+84901230017", Key: "attempt 2"})
	w.run()
	w.untilState(other, ivr.Completed)
	err := w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.s.CancelPhoneCallTx(ctx, tx, other) })
	if visavis.KindOf(err) != visavis.Conflict {
		t.Errorf("a placed call was taken back: %v", err)
	}
	if n := len(w.handset("+84901230017")); n != 1 {
		t.Errorf("dialled %d times", n)
	}
}

// Opt-outs, countries and caps of messages hold for calls too, also when the
// customer opts out while the call waits.
func TestRulesOfChannels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const phone = "+84901230017"
	_, err := w.ch.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Notice: {Cap: 1}}})
	must(t, err)
	w.place(ivr.PhoneCall{To: "+84901239999", Class: channels.Notice})
	if _, err := w.tryPlace(ivr.PhoneCall{To: "+84901239999", Class: channels.Notice}); visavis.CodeOf(err) != channels.ReasonFrequencyCap {
		t.Errorf("beyond the cap: %v", err)
	}
	waiting := w.place(ivr.PhoneCall{To: phone, Class: channels.Reminder, NotBefore: w.now().Add(time.Minute)})
	_, err = w.ch.OptOut(t.Context(), w.bank, channels.NewOptOut{Phone: phone, Channels: []channels.Channel{channels.Voice}, OptedOut: true, Source: channels.SourceAPI})
	must(t, err)
	if _, err := w.tryPlace(ivr.PhoneCall{To: phone, Class: channels.Reminder}); visavis.CodeOf(err) != channels.ReasonOptedOut {
		t.Errorf("an opted-out number: %v", err)
	}
	w.place(ivr.PhoneCall{To: phone, Class: channels.Security, NotBefore: w.now().Add(time.Hour / 2)}) // essential goes all the same
	w.run()
	w.pass(2 * time.Minute)
	if c := w.untilState(waiting, ivr.Failed); c.Outcome != ivr.OutcomeOptedOut {
		t.Errorf("it ended as %s", c.Outcome)
	}
	if n := len(w.handset(phone)); n != 0 {
		t.Errorf("an opted-out customer was called")
	}
}

// A rollback of who hears of the end keeps the call's end from being marked; it
// is found again.
func TestEndTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var times atomic.Int32
	w.s.OnEnded("thing", func(context.Context, *postgres.Tx, ivr.PhoneCall) error {
		if times.Add(1) == 1 {
			return errors.New("not now")
		}
		return nil
	})
	w.run()
	id := w.place(ivr.PhoneCall{To: "+84901230005", AboutType: "thing", AboutID: uuid.New()})
	w.until(id, "the failed end", func(ivr.PhoneCall) bool { return times.Load() == 1 })
	w.pass(2 * time.Minute)
	w.untilState(id, ivr.Busy)
}

// Nothing changes by a callback that is not signed, altered, of another call, or of another bank.
func TestForged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	id := w.place(ivr.PhoneCall{To: "+84901230000"})
	c := w.untilState(id, ivr.Ringing)
	path := fmt.Sprintf("/callbacks/twilio/ivr/status/%s/%s", w.bank, id)
	done := url.Values{"CallSid": {c.ProviderID}, "CallStatus": {"completed"}}
	for name, send := range map[string]func() int{
		"another call": func() int {
			code, _ := w.callback(path, url.Values{"CallSid": {"CA" + strings.Repeat("0", 32)}, "CallStatus": {"completed"}})
			return code
		},
		"another bank": func() int {
			code, _ := w.callback(fmt.Sprintf("/callbacks/twilio/ivr/status/%s/%s", uuid.New(), id), done)
			return code
		},
		"unsigned": func() int {
			res, err := http.PostForm(w.gateway+path, done)
			must(t, err)
			res.Body.Close()
			return res.StatusCode
		},
		"a query": func() int {
			code, _ := w.callback(path+"?x=1", done)
			return code
		},
	} {
		if code := send(); code != http.StatusForbidden && code != http.StatusNotFound {
			t.Errorf("%s: %d", name, code)
		}
	}
	if c, err := w.s.Get(t.Context(), w.bank, id); err != nil || c.State != ivr.Ringing {
		t.Errorf("it is %s, %v", c.State, err)
	}
}
