package channels_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/voice/voicetest"
)

// heardCall is a call as the twin's handset has it.
type heardCall struct {
	SID, Status string
	Gathering   *struct{}
	Transcript  []struct{ By, Verb, Text, Language string }
}

// onCall waits until the handset's one call is as wanted.
func (w *world) onCall(phone, what string, ok func(heardCall) bool) heardCall {
	w.t.Helper()
	deadline := time.After(3 * time.Minute)
	for {
		var list []heardCall
		raw, _ := json.Marshal(w.at("calls", phone))
		if err := json.Unmarshal(raw, &list); err != nil {
			w.t.Fatal(err)
		}
		if len(list) == 1 && ok(list[0]) {
			return list[0]
		}
		select {
		case <-w.changed:
		case <-time.After(50 * time.Millisecond): // what happens inside the twin tells nobody
		case <-deadline:
			w.t.Fatalf("waited for %s; the calls are %s", what, raw)
		}
	}
}

func (w *world) press(call heardCall, digits string) {
	w.t.Helper()
	res, err := http.Post(w.twin+"/simulator/calls/"+call.SID+"/digits", "application/json", strings.NewReader(fmt.Sprintf(`{"digits":%q}`, digits)))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		w.t.Fatalf("pressing %s: %d %s", digits, res.StatusCode, body)
	}
}

func gathers(c heardCall) bool { return c.Gathering != nil && recordings(c)["press"] != "" }
func over(c heardCall) bool    { return c.Status == "completed" }

// recordings are the URLs that the call played, by name.
func recordings(c heardCall) map[string]string {
	byName := map[string]string{}
	for _, u := range c.Transcript {
		if u.Verb == "play" {
			parts := strings.Split(u.Text, "/")
			byName[parts[len(parts)-2]] = u.Text
		}
	}
	return byName
}

// played returns what the carrier fetched to play.
func (w *world) played(at string) []byte {
	w.t.Helper()
	u, err := url.Parse(at)
	if err != nil {
		w.t.Fatal(err)
	}
	wav, ok := w.audio.Load(u.Path)
	if !ok {
		w.t.Fatalf("the carrier did not fetch %s", at)
	}
	return wav.([]byte)
}

func fetch(t *testing.T, url string) (int, []byte) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body
}

func TestACallReadsItsCodeAfterAKey(t *testing.T) {
	t.Parallel()
	for i, locale := range []string{"en", "vi", "zh", "fa", "ru", "uk"} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			phone := fmt.Sprintf("+8491234%d0017", i) // answers by itself
			phone = phone[:8] + phone[9:]
			w.run()
			info := w.send(code(w.customer(phone, locale), channels.Voice))
			call := w.onCall(phone, "a question", gathers)
			if _, read := recordings(call)["code"]; read {
				t.Fatal("the code was read before a key was pressed")
			}
			w.press(call, "1")
			call = w.onCall(phone, "the code", func(c heardCall) bool { return recordings(c)["code"] != "" })
			at := recordings(call)["code"]
			if heard := voicetest.Digits(t, locale, w.played(at)); heard != "842913842913" {
				t.Errorf("heard %s", heard)
			}
			if raw, _ := json.Marshal(call); strings.Contains(string(raw), "842913") || strings.Contains(string(raw), "8, 4, 2") {
				t.Error("the code stands in what the carrier keeps")
			}
			w.untilState(info.ID, channels.StateDelivered)
			if sealed := query[[]byte](w, `select sealed from messages where bank_id = $1 and id = $2`, w.bank, info.ID); sealed != nil {
				t.Error("the secret was not wiped")
			}
			if status, _ := fetch(t, at); status != http.StatusNotFound {
				t.Errorf("after the call the code's recording is still there: %d", status)
			}
		})
	}
}

func TestWithoutAKeyTheCodeIsNeverRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912340017" // somebody, or something, picks up and says nothing
	w.run()
	info := w.send(code(w.customer(phone, "en"), channels.Voice))
	call := w.onCall(phone, "a question", gathers)
	press := recordings(call)["press"]
	for _, wrong := range []string{
		strings.Replace(press, "/press/", "/code/", 1), // its token opens only itself
		press[:len(press)-len(".wav")-64] + strings.Repeat("0", 64) + ".wav",
		strings.TrimSuffix(press, ".wav"),
	} {
		if status, _ := fetch(t, wrong); status != http.StatusNotFound {
			t.Errorf("%s answers %d", wrong, status)
		}
	}
	w.press(call, "5") // a key that means nothing: the question again
	w.onCall(phone, "the question again", func(c heardCall) bool {
		n := 0
		for _, u := range c.Transcript {
			if strings.Contains(u.Text, "/press/") {
				n++
			}
		}
		return n >= 2
	})
	w.pass(6 * time.Minute) // the code has expired
	w.press(w.onCall(phone, "a question", gathers), "1")
	call = w.onCall(phone, "the end", over)
	if _, read := recordings(call)["code"]; read {
		t.Error("an expired code was read")
	}
	if status, _ := fetch(t, press); status != http.StatusNotFound {
		t.Errorf("the recording outlives the message: %d", status)
	}
	_ = info
}

func TestAPersianReminderIsSpokenByRecordings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912350017"
	w.run()
	w.send(channels.Message{CustomerID: w.customer(phone, "fa"), Class: channels.Reminder, Template: "booking_cancelled", Channels: []channels.Channel{channels.Voice},
		Params: map[string]string{"start": w.now().Add(time.Hour).Format(time.RFC3339)}})
	call := w.onCall(phone, "the reminder", func(c heardCall) bool { return recordings(c)["stop"] != "" })
	if wav := w.played(recordings(call)["message"]); len(wav) < 8*8000 {
		t.Errorf("%d bytes", len(wav))
	}
	for _, u := range call.Transcript {
		if u.Verb == "say" {
			t.Errorf("it was said by a voice: %s", u.Text)
		}
	}
}

func TestAReminderIsSpokenByTheCarriersVoice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912360017"
	w.run()
	w.send(channels.Message{CustomerID: w.customer(phone, "ru"), Class: channels.Notice, Template: "result_approved", Channels: []channels.Channel{channels.Voice}})
	call := w.onCall(phone, "the end", over)
	said := 0
	for _, u := range call.Transcript {
		if u.Verb == "say" && u.Language == "ru-RU" && strings.Contains(u.Text, "Demo Bank") {
			said++
		}
	}
	if said != 2 || recordings(call)["stop"] == "" {
		t.Errorf("%+v", call.Transcript)
	}
}

func TestAKeySaysThatItWasNotMe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912380017"
	w.run()
	m := code(w.customer(phone, "en"), channels.Voice)
	m.AboutType, m.AboutID = "verification", uuid.New()
	w.send(m)
	w.press(w.onCall(phone, "a question", gathers), "9")
	call := w.onCall(phone, "the end", over)
	heard := recordings(call)
	if heard["code"] != "" || heard["blocked"] == "" {
		t.Errorf("it plays %v", heard)
	}
	if n := query[int](w, `select count(*) from inbound_messages where bank_id = $1 and intent = 'not_me' and about_id = $2 and work_state = 'pending'`, w.bank, m.AboutID); n != 1 {
		t.Errorf("%d pieces of work for the verification's package", n)
	}
}

func TestAKeyStopsReminders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := "+84912390017"
	w.run()
	customer := w.customer(phone, "en")
	notice := channels.Message{CustomerID: customer, Class: channels.Notice, Template: "result_approved", Channels: []channels.Channel{channels.Voice}}
	w.send(notice)
	w.press(w.onCall(phone, "the hint", func(c heardCall) bool { return recordings(c)["stop"] != "" && c.Gathering != nil }), "8")
	call := w.onCall(phone, "the end", over)
	if recordings(call)["stopped"] == "" {
		t.Errorf("it plays %v", recordings(call))
	}
	if info := w.send(notice); info.State != channels.StateUndelivered || info.Reason != channels.ReasonOptedOut {
		t.Errorf("the next one is %s, %s", info.State, info.Reason)
	}
	w.send(code(customer, channels.Voice)) // codes are not stopped
	w.until(w.send(code(customer, channels.Voice)).ID, "the code's call", func(m channels.MessageInfo) bool { return m.State != channels.StateAccepted })
}
