package simulator

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"
)

func (tw *twin) spoken(c callJSON) []string {
	var out []string
	for _, u := range c.Transcript {
		out = append(out, u.Verb+" "+u.Text)
	}
	return out
}

func TestCallWithKeypad(t *testing.T) {
	tw := newTwin(t)
	tw.receiver.doc("/voice", `<?xml version="1.0" encoding="UTF-8"?><Response><Say language="vi-VN">Xin chào</Say>`+
		`<Gather numDigits="4" action="/voice/code?step=2" timeout="7"><Say>Please enter <say-as interpret-as="digits">4</say-as> digits</Say></Gather>`+
		`<Say>Nothing came</Say></Response>`)
	tw.receiver.doc("/voice/code", `<Response><Play>/digits/1.mp3</Play><Pause length="0"/><Hangup/></Response>`)
	placed := tw.place(handset, "/voice")
	if *placed.Status != "queued" || *placed.Direction != "outbound-api" || placed.StartTime != nil {
		t.Fatalf("answer: %s", mustJSON(t, placed))
	}
	sid := *placed.Sid
	if got := tw.receiver.statuses(2, "CallStatus"); !slices.Equal(got, []string{"initiated", "ringing"}) {
		t.Fatalf("got %v", got)
	}
	tw.clock.Advance(5 * time.Second)
	if status := tw.press(sid, "digits", `{"digits":"1"}`); status != 409 {
		t.Errorf("keys before the answer: %d", status)
	}
	if status := tw.press(sid, "answer", ""); status != 200 {
		t.Fatalf("answer: %d", status)
	}
	if status := tw.press(sid, "answer", ""); status != 409 {
		t.Errorf("second answer: %d", status)
	}
	fetched := tw.receiver.nextOn("/voice")
	if fetched.method != "POST" || fetched.form.Get("CallStatus") != "in-progress" || fetched.form.Get("CallSid") != sid || fetched.form.Get("To") != handset {
		t.Errorf("voice request: %v", fetched)
	}
	if waiting := tw.gathers(sid); waiting.Gathering.NumDigits != 4 || waiting.Gathering.TimeoutSeconds != 7 {
		t.Errorf("gathering %+v", waiting.Gathering)
	}
	tw.clock.Advance(30 * time.Second / 10) // not the time-out yet
	for _, keys := range []string{`{"digits":"48"}`, `{"digits":"2"}`, `{"digits":"9"}`} {
		if status := tw.press(sid, "digits", keys); status != 200 {
			t.Fatalf("keys: %d", status)
		}
	}
	action := tw.receiver.nextOn("/voice/code")
	if action.form.Get("Digits") != "4829" || action.form.Get("FinishedOnKey") != "" || action.form.Get("CallSid") != sid {
		t.Errorf("action: %v", action.form)
	}
	end := tw.status(sid, "completed")
	want := []string{"say Xin chào", "say Please enter 4 digits", "digits 48", "digits 2", "digits 9",
		"play " + tw.receiver.url + "/digits/1.mp3", "pause 0", "hangup "}
	if got := tw.spoken(end); !slices.Equal(got, want) || end.Error != nil || end.Transcript[0].Language != "vi-VN" {
		t.Errorf("heard %q, error %v", got, end.Error)
	}
	last := tw.receiver.nextOn("/status")
	if last.form.Get("CallStatus") != "completed" || last.form.Get("CallDuration") != "3" || last.form.Get("Duration") != "1" || last.form.Get("SequenceNumber") != "3" ||
		last.form.Get("CallbackSource") != "call-progress-events" || last.form.Get("Timestamp") != "Sun, 22 Nov 2026 09:00:08 +0000" {
		t.Errorf("last status: %v", last.form)
	}
	call, err := tw.rest.Api.FetchCall(sid, &api.FetchCallParams{})
	if err != nil || *call.Status != "completed" || *call.Duration != "3" || *call.StartTime != "Sun, 22 Nov 2026 09:00:05 +0000" {
		t.Errorf("fetched %s %v", mustJSON(t, call), err)
	}
	for _, key := range []string{"answer", "reject", "hangup", "digits"} {
		if status := tw.press(sid, key, `{"digits":"1"}`); status != 409 {
			t.Errorf("%s after the end: %d", key, status)
		}
	}
}

func TestGather(t *testing.T) {
	for name, test := range map[string]struct {
		doc    string
		keys   []string
		waits  time.Duration // passes after the keys
		nth    int           // how often it has been waited for
		digits string        // at the action; "-" for no action
		key    string
	}{
		"finish key":        {`<Gather action="/act"/>`, []string{"12", "3#"}, 0, 0, "123", "#"},
		"other finish key":  {`<Gather action="/act" finishOnKey="*"/>`, []string{"1#2*"}, 0, 0, "1#2", "*"},
		"time-out, some":    {`<Gather action="/act" numDigits="6"/>`, []string{"12"}, 5 * time.Second, 2, "12", ""},
		"time-out, none":    {`<Gather action="/act" numDigits="6"/>`, nil, 5 * time.Second, 1, "-", ""},
		"empty is reported": {`<Gather action="/act" actionOnEmptyResult="true" timeout="9"/>`, nil, 9 * time.Second, 1, "", ""},
		"too many":          {`<Gather action="/act" numDigits="2"/>`, []string{"1234"}, 0, 0, "12", ""},
		"key interrupts":    {`<Gather action="/act" numDigits="1"><Pause length="60"/><Say>never heard</Say></Gather>`, []string{"7"}, 0, 0, "7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tw := newTwin(t)
			tw.receiver.doc("/voice", `<Response>`+test.doc+`<Say>fell through</Say></Response>`)
			tw.receiver.doc("/act", `<Response><Say>thank you</Say></Response>`)
			sid := *tw.place(handset, "/voice").Sid
			tw.status(sid, "ringing")
			tw.press(sid, "answer", "")
			tw.gathers(sid)
			for i, keys := range test.keys {
				if i == len(test.keys)-1 && test.waits > 0 {
					tw.clock.awaited(t, test.waits, 1) // so that the keys start a second wait
				}
				tw.press(sid, "digits", `{"digits":"`+keys+`"}`)
			}
			if test.waits > 0 {
				tw.clock.awaited(t, test.waits, test.nth)
				tw.clock.Advance(test.waits)
			}
			end := tw.status(sid, "completed")
			last := end.Transcript[len(end.Transcript)-1].Text
			if test.digits == "-" {
				if last != "fell through" {
					t.Errorf("heard %q", tw.spoken(end))
				}
				return
			}
			action := tw.receiver.nextOn("/act").form
			if action.Get("Digits") != test.digits || action.Get("FinishedOnKey") != test.key || last != "thank you" || slices.Contains(tw.spoken(end), "say never heard") {
				t.Errorf("action %v; heard %q", action, tw.spoken(end))
			}
		})
	}
}

func TestHowCallsEnd(t *testing.T) {
	tw := newTwin(t)
	tw.receiver.doc("/voice", `<Response><Pause length="3000"/></Response>`)
	ringing := func() string {
		sid := *tw.place(handset, "/voice").Sid
		tw.status(sid, "ringing")
		return sid
	}
	connected := func() string {
		sid := ringing()
		tw.press(sid, "answer", "")
		tw.seen(sid, "pausing", func(c callJSON) bool { return len(c.Transcript) == 1 })
		return sid
	}
	update := func(sid, status string) error {
		_, err := tw.rest.Api.UpdateCall(sid, (&api.UpdateCallParams{}).SetStatus(status))
		return err
	}
	sid := ringing()
	tw.press(sid, "reject", "")
	tw.status(sid, "busy")

	sid = ringing()
	tw.press(sid, "hangup", "")
	tw.status(sid, "busy")

	sid = ringing()
	tw.clock.awaited(t, 60*time.Second, 3)
	tw.clock.Advance(60 * time.Second)
	if c := tw.status(sid, "no-answer"); c.AnsweredAt != nil || c.EndedAt == nil {
		t.Errorf("unanswered call: %+v", c)
	}
	if err := update(sid, "completed"); restCode(err) != 21220 {
		t.Errorf("updating an ended call: %v", err)
	}

	sid = ringing()
	if err := update(sid, "canceled"); err != nil {
		t.Error(err)
	}
	tw.status(sid, "canceled")

	sid = ringing()
	if err := update(sid, "completed"); err != nil {
		t.Error(err)
	}
	tw.status(sid, "canceled")

	sid = connected()
	if err := update(sid, "canceled"); restCode(err) != 21220 {
		t.Errorf("cancelling a connected call: %v", err)
	}
	if err := update(sid, "completed"); err != nil {
		t.Error(err)
	}
	tw.status(sid, "completed")

	sid = connected()
	tw.press(sid, "hangup", "")
	tw.status(sid, "completed")

	sid = connected()
	tw.receiver.doc("/other", `<Response><Say>moved</Say></Response>`)
	if _, err := tw.rest.Api.UpdateCall(sid, (&api.UpdateCallParams{}).SetUrl(tw.receiver.url+"/other")); err != nil {
		t.Error(err)
	}
	if got := tw.spoken(tw.status(sid, "completed")); got[len(got)-1] != "say moved" {
		t.Errorf("after the update: %q", got)
	}

	sid = connected()
	if _, err := tw.rest.Api.UpdateCall(sid, (&api.UpdateCallParams{}).SetTwiml("<Response><Say>given</Say></Response>")); err != nil {
		t.Error(err)
	}
	if got := tw.spoken(tw.status(sid, "completed")); got[len(got)-1] != "say given" {
		t.Errorf("after the update: %q", got)
	}

	sid = connected()
	tw.clock.Advance(4 * time.Hour) // the longest call
	tw.status(sid, "completed")

	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.live != 0 {
		t.Errorf("%d calls are still counted as live", tw.live)
	}
}

func TestScenariosOfCalls(t *testing.T) {
	tw := newTwin(t)
	tw.receiver.doc("/voice", `<Response><Say>hello</Say></Response>`)
	for suffix, want := range map[string]string{
		"0003": "initiated failed", "0004": "initiated ringing no-answer", "0005": "initiated busy",
		"0017": "initiated ringing in-progress completed", "0018": "initiated ringing in-progress completed",
		"0011": "busy ringing initiated",
	} {
		sid := *tw.place("+8490123"+suffix, "/voice").Sid
		if suffix == "0011" {
			tw.status(sid, "ringing")
			tw.press(sid, "reject", "")
		}
		var got []string
		for len(got) < len(strings.Fields(want)) {
			got = append(got, tw.receiver.nextOn("/status").form.Get("CallStatus"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", suffix, got, want)
		}
	}
	t.Run("machine", func(t *testing.T) {
		params := (&api.CreateCallParams{}).SetTo("+84901230018").SetFrom(us).SetUrl(tw.receiver.url + "/voice").SetMachineDetection("Enable")
		c, err := tw.rest.Api.CreateCall(params)
		if err != nil {
			t.Fatal(err)
		}
		if by := tw.receiver.nextOn("/voice").form.Get("AnsweredBy"); by != "machine_start" {
			t.Errorf("AnsweredBy %q", by)
		}
		if end := tw.status(*c.Sid, "completed"); end.AnsweredBy != "machine_start" {
			t.Errorf("%+v", end)
		}
	})
	t.Run("receipt before the reply", func(t *testing.T) {
		tw.place("+84901230009", "/voice")
		if n := len(tw.receiver.hooks); n != 2 {
			t.Errorf("%d receipts had come with the reply, want 2", n)
		}
	})
}

func TestOnlyAskedEvents(t *testing.T) {
	tw := newTwin(t)
	params := (&api.CreateCallParams{}).SetTo("+84901230017").SetFrom(us).SetTwiml("<Response><Say>hello</Say></Response>").
		SetStatusCallback(tw.receiver.url + "/status").SetStatusCallbackMethod("GET")
	if _, err := tw.rest.Api.CreateCall(params); err != nil {
		t.Fatal(err)
	}
	if h := tw.receiver.next(); h.form.Get("CallStatus") != "completed" || h.method != "GET" {
		t.Errorf("without StatusCallbackEvent: %v", h)
	}
}

func TestDial(t *testing.T) {
	for name, test := range map[string]struct {
		act    func(tw *twin, child string)
		status string
		secs   string
	}{
		"talks": {func(tw *twin, c string) {
			tw.press(c, "answer", "")
			tw.clock.Advance(9 * time.Second)
			tw.press(c, "hangup", "")
		}, "completed", "9"},
		"busy": {func(tw *twin, c string) { tw.press(c, "reject", "") }, "busy", "0"},
		"no answer": {func(tw *twin, c string) {
			tw.clock.awaited(tw.t, 20*time.Second, 1)
			tw.clock.Advance(20 * time.Second)
		}, "no-answer", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			tw := newTwin(t)
			tw.receiver.doc("/voice", `<Response><Dial timeout="20" action="/dialled" callerId="`+us+`"><Number statusCallback="`+tw.receiver.url+`/status-of-child">+84907654321</Number></Dial></Response>`)
			tw.receiver.doc("/dialled", `<Response><Say>goodbye</Say></Response>`)
			sid := *tw.place(handset, "/voice").Sid
			tw.status(sid, "ringing")
			tw.press(sid, "answer", "")
			tw.seen(sid, "dialling", func(c callJSON) bool { return len(c.Transcript) == 1 })
			child := tw.childOf(sid)
			tw.status(child, "ringing")
			test.act(tw, child)
			form := tw.receiver.nextOn("/dialled").form
			if form.Get("DialCallStatus") != test.status || form.Get("DialCallSid") != child || form.Get("DialCallDuration") != test.secs {
				t.Errorf("action: %v", form)
			}
			tw.status(sid, "completed")
			found, err := tw.rest.Api.ListCall((&api.ListCallParams{}).SetParentCallSid(sid))
			if err != nil || len(found) != 1 || *found[0].Sid != child || *found[0].Direction != "outbound-dial" || *found[0].From != us {
				t.Errorf("child: %v %v", mustJSON(t, found), err)
			}
		})
	}
	t.Run("parent hangs up", func(t *testing.T) {
		tw := newTwin(t)
		tw.receiver.doc("/voice", `<Response><Dial>+84907654321</Dial></Response>`)
		sid := *tw.place(handset, "/voice").Sid
		tw.status(sid, "ringing")
		tw.press(sid, "answer", "")
		tw.seen(sid, "dialling", func(c callJSON) bool { return len(c.Transcript) == 1 })
		child := tw.childOf(sid)
		tw.status(child, "ringing")
		tw.press(sid, "hangup", "")
		tw.status(child, "canceled")
	})
}

// childOf finds the dialled call; the twin records it right after the transcript's entry.
func (tw *twin) childOf(parent string) string {
	tw.t.Helper()
	sub := &subscription{events: make(chan sentEvent, 4096)}
	tw.mu.Lock()
	tw.subscriptions[sub] = true
	found := ""
	tw.calls.newest(func(c *call) bool {
		if c.parent != nil && c.parent.sid == parent {
			found = c.sid
		}
		return found == ""
	})
	tw.mu.Unlock()
	for found == "" {
		select {
		case e := <-sub.events:
			if c, ok := e.data.(callJSON); ok && c.ParentSID == parent {
				found = c.SID
			}
		case <-time.After(patience):
			tw.t.Fatal("no call was dialled")
		}
	}
	return found
}

func TestTwiMLErrors(t *testing.T) {
	tw := newTwin(t)
	tw.receiver.doc("/audio", `<Response/>`)
	for name, test := range map[string]struct {
		doc  string
		code int
	}{
		"not XML":             {`<Response><Say>hello</Response>`, 12100},
		"empty":               {``, 12100},
		"text":                {`hello`, 12100},
		"two roots":           {`<Response/><Response/>`, 12100},
		"other root":          {`<Answer/>`, 12100},
		"entity":              {`<!DOCTYPE x [<!ENTITY y "z">]><Response><Say>&y;</Say></Response>`, 12100},
		"unknown verb":        {`<Response><Speak>hello</Speak></Response>`, 12200},
		"wrong case":          {`<Response><say>hello</say></Response>`, 12200},
		"unknown attribute":   {`<Response><Say lang="vi">hello</Say></Response>`, 12200},
		"attribute's case":    {`<Response><Gather numdigits="4"/></Response>`, 12200},
		"not simulated":       {`<Response><Enqueue>x</Enqueue></Response>`, 12200},
		"misplaced":           {`<Response><Gather><Hangup/></Gather></Response>`, 12200},
		"text in Response":    {`<Response>hello</Response>`, 12200},
		"empty Say":           {`<Response><Say> </Say></Response>`, 13520},
		"no Persian voice":    {`<Response><Say language="fa-IR">سلام</Say></Response>`, 13511},
		"bad number":          {`<Response><Gather numDigits="four"/></Response>`, 12200},
		"bad finish key":      {`<Response><Gather finishOnKey="##"/></Response>`, 13314},
		"bad Dial":            {`<Response><Dial>0901</Dial></Response>`, 13223},
		"Play gives no audio": {`<Response><Play>/audio</Play></Response>`, 12300},
		"Play not found":      {`<Response><Play>/nothing</Play></Response>`, 11200},
		"Redirect not found":  {`<Response><Redirect>/nothing</Redirect></Response>`, 11200},
		"endless":             {`<Response><Redirect/></Response>`, 12200},
		"bad method":          {`<Response><Redirect method="PUT">/voice</Redirect></Response>`, 12200},
	} {
		t.Run(name, func(t *testing.T) {
			tw.receiver.doc("/voice", test.doc)
			sid := *tw.place("+84901230017", "/voice").Sid
			end := tw.status(sid, "completed")
			if end.Error == nil || end.Error.Code != test.code || end.Error.Message == "" {
				t.Errorf("error %+v, want code %d", end.Error, test.code)
			}
			tw.drain()
		})
	}
	t.Run("fallback", func(t *testing.T) {
		tw.receiver.doc("/fallback", `<Response><Say>sorry</Say></Response>`)
		c, err := tw.rest.Api.CreateCall((&api.CreateCallParams{}).SetTo("+84901230017").SetFrom(us).SetUrl(tw.receiver.url + "/nothing").SetFallbackUrl(tw.receiver.url + "/fallback"))
		if err != nil {
			t.Fatal(err)
		}
		if h := tw.receiver.nextOn("/fallback"); h.form.Get("ErrorCode") != "11200" || h.form.Get("ErrorUrl") != tw.receiver.url+"/nothing" {
			t.Errorf("fallback: %v", h.form)
		}
		if end := tw.status(*c.Sid, "completed"); end.Error != nil || tw.spoken(end)[0] != "say sorry" {
			t.Errorf("%+v", end)
		}
	})
}

// drain forgets the webhooks that have come.
func (tw *twin) drain() {
	for len(tw.receiver.hooks) > 0 {
		<-tw.receiver.hooks
	}
}

func TestCallRefusals(t *testing.T) {
	tw := newTwin(t, func(c *Config) { c.Numbers = []string{us}; c.MaxLiveCalls = 1 })
	good := url.Values{"To": {handset}, "From": {us}, "Url": {"http://127.0.0.1:1/voice"}}
	for name, test := range map[string]struct {
		change url.Values
		code   int
	}{
		"no To": {url.Values{"To": nil}, 21201}, "bad To": {url.Values{"To": {"0901"}}, 21211}, "no From": {url.Values{"From": nil}, 21213},
		"name as From": {url.Values{"From": {"VISAVIS"}}, 21212}, "From not ours": {url.Values{"From": {"+15005550007"}}, 21210},
		"no Url": {url.Values{"Url": nil}, 21205}, "bad Url": {url.Values{"Url": {"voice"}}, 21205}, "bad callback": {url.Values{"StatusCallback": {"x"}}, 21609},
		"bad event": {url.Values{"StatusCallbackEvent": {"initiated", "rung"}}, 21626}, "bad Timeout": {url.Values{"Timeout": {"1"}}, 21208},
		"bad Method": {url.Values{"Method": {"PUT"}}, 20001}, "unknown": {url.Values{"URL": {"x"}}, 20001}, "not simulated": {url.Values{"Record": {"true"}}, 20001},
		"refused number": {url.Values{"To": {"+84901230001"}}, 21211}, "busy account": {url.Values{"To": {"+84901230006"}}, 20429}, "broken": {url.Values{"To": {"+84901230007"}}, 20500},
	} {
		form := url.Values{}
		for field, values := range good {
			form[field] = values
		}
		for field, values := range test.change {
			form[field] = values
			if values == nil {
				form.Del(field)
			}
		}
		if status, answer, _ := tw.form("/Calls.json", form); answer["code"] != float64(test.code) || answer["status"] != float64(status) {
			t.Errorf("%s: %d %v, want code %d", name, status, answer, test.code)
		}
	}
	if status, answer, _ := tw.form("/Calls.json", good); status != 201 {
		t.Errorf("good: %d %v", status, answer)
	}
	if status, answer, _ := tw.form("/Calls.json", good); status != 429 || answer["code"] != 20429.0 {
		t.Errorf("one live call too many: %d %v", status, answer)
	}
}

func TestIncomingCall(t *testing.T) {
	tw := newTwin(t)
	number := "/simulator/phones/" + handset
	if status, _, _ := tw.raw("POST", number+"/call", "application/json", `{"to":"`+us+`"}`, ""); status != 409 {
		t.Errorf("without an inbound URL: %d", status)
	}
	tw.SetInbound("", tw.receiver.url+"/inbound-call")
	tw.receiver.doc("/inbound-call", `<Response><Gather numDigits="1" action="/menu"><Say>Press one</Say></Gather></Response>`)
	tw.receiver.doc("/menu", `<Response><Say>Thank you</Say></Response>`)
	_, placed, _ := tw.raw("POST", number+"/call", "application/json", `{"to":"`+us+`"}`, "")
	sid := placed["sid"].(string)
	tw.gathers(sid)
	tw.press(sid, "digits", `{"digits":"1"}`)
	end := tw.status(sid, "completed")
	if form := tw.receiver.nextOn("/inbound-call").form; form.Get("Direction") != "inbound" || form.Get("From") != handset || form.Get("To") != us || form.Get("CallStatus") != "ringing" {
		t.Errorf("request: %v", form)
	}
	if got := tw.spoken(end); !slices.Equal(got, []string{"say Press one", "digits 1", "say Thank you"}) {
		t.Errorf("heard %q", got)
	}
	tw.receiver.doc("/inbound-call", `<Response><Reject reason="busy"/></Response>`)
	_, placed, _ = tw.raw("POST", number+"/call", "application/json", `{"to":"`+us+`"}`, "")
	if c := tw.status(placed["sid"].(string), "busy"); c.AnsweredAt != nil {
		t.Errorf("rejected: %+v", c)
	}
}

func TestSpeechTakesTime(t *testing.T) {
	tw := newTwin(t, func(c *Config) { c.SpeechRate = 10 })
	tw.receiver.doc("/voice", `<Response><Say loop="2">twenty characters ok</Say></Response>`)
	sid := *tw.place("+84901230017", "/voice").Sid
	for i := range 2 {
		tw.clock.awaited(t, 2*time.Second, i+1)
		if c := tw.status(sid, "in-progress"); len(c.Transcript) != i+1 {
			t.Errorf("heard %q", tw.spoken(c))
		}
		tw.clock.Advance(2 * time.Second)
	}
	tw.status(sid, "completed")
}
