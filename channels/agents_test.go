package channels_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/webpush"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/simulator"
)

const vapidKey = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"

// agentWorld is a world with Web Push, an agent, and the loop that tells agents.
func newAgentWorld(t *testing.T) (*world, *channels.Service, uuid.UUID) {
	w := newWorld(t)
	sender, err := webpush.New(webpush.Config{PrivateKey: vapidKey, Subject: "mailto:a@bank.example",
		Twin: webpush.Twin{Origin: simulator.WebPushOrigin, URL: w.twin}})
	if err != nil {
		t.Fatal(err)
	}
	s := channels.New(channels.Config{DB: w.db, Banks: w.banks, Now: w.now, Poll: 100 * time.Millisecond,
		Observe: func(postgres.LoopEvent) { w.signal() },
		Routes:  []channels.Route{{Channel: channels.Push, Provider: webpush.Name, Sender: sender}}})
	agent, err := w.banks.CreateAgent(t.Context(), w.bank, banks.NewAgent{Email: "a@bank.example", Name: "A", Role: visavis.RoleAgent, Languages: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.RunAgentPushes(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	return w, s, agent.ID
}

func (w *world) addBrowser(agent uuid.UUID, number, ending string) uuid.UUID {
	w.t.Helper()
	sub := simulator.Subscription(number)
	d, err := w.banks.AddAgentDevice(w.t.Context(), w.bank, agent, banks.Subscription{Endpoint: sub.Endpoint + ending, P256dh: sub.P256dh, Auth: sub.Auth}, "uk")
	if err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

func (w *world) notify(s *channels.Service, agent uuid.UUID, expires time.Duration) uuid.UUID {
	w.t.Helper()
	about := uuid.New()
	err := w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return s.NotifyAgentTx(ctx, tx, channels.AgentNotice{AgentID: agent, Type: "queue_offered", AboutID: about, Path: "/console", ExpiresAt: w.now().Add(expires)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return about
}

// left is how many notices and browsers there still are.
func (w *world) left() (notices, browsers int) {
	w.t.Helper()
	err := w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select (select count(*) from agent_pushes where bank_id = $1), (select count(*) from agent_devices where bank_id = $1)`, w.bank).
			Scan(&notices, &browsers)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return notices, browsers
}

// settled waits until no notice is left.
func (w *world) settled() {
	w.t.Helper()
	timeout := time.After(3 * time.Minute)
	for {
		if n, _ := w.left(); n == 0 {
			return
		}
		select {
		case <-w.changed:
		case <-timeout:
			w.t.Fatal("notices are left")
		}
	}
}

type browserPush struct {
	Data       map[string]string
	TTLSeconds int `json:"ttl_seconds"`
}

func (w *world) browserGot(ending string) (list []browserPush) {
	w.t.Helper()
	endpoint := simulator.Subscription("+15551230001").Endpoint + ending
	res, err := http.Get(w.twin + "/simulator/pushes?token=" + endpoint[strings.LastIndex(endpoint, "/")+1:])
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestAnAgentIsToldInEveryBrowser(t *testing.T) {
	w, s, agent := newAgentWorld(t)
	w.addBrowser(agent, "+15551230001", "")
	about := w.notify(s, agent, 20*time.Second)
	w.settled()
	got := w.browserGot("")
	if len(got) != 1 || got[0].Data["type"] != "queue_offered" || got[0].Data["message_id"] != about.String() || got[0].Data["path"] != "/console" ||
		got[0].Data["locale"] != "uk" || got[0].TTLSeconds > 20 || got[0].Data["expires_at"] == "" {
		t.Errorf("%+v", got)
	}
	for name, value := range got[0].Data { // ids and states: nobody's name, number or text
		if (name == "title" || name == "body") && value != "" {
			t.Errorf("%s tells %q", name, value)
		}
	}
}

func TestABrowserThatIsGoneIsForgotten(t *testing.T) {
	w, s, agent := newAgentWorld(t)
	w.addBrowser(agent, "+15551230001", "-gone")
	w.addBrowser(agent, "+15551230001", "-forbidden") // refused, but it may come back
	w.notify(s, agent, 20*time.Second)
	w.settled()
	if _, browsers := w.left(); browsers != 1 {
		t.Errorf("%d browsers are left, want 1", browsers)
	}
}

func TestANoticeIsNotSentAfterItsTime(t *testing.T) {
	w, s, agent := newAgentWorld(t)
	w.addBrowser(agent, "+15551230001", "-quota") // busy: it is tried again until its time is over
	w.notify(s, agent, 3*time.Second)
	w.settled()
	w.addBrowser(agent, "+15551230001", "")
	w.notify(s, agent, -time.Second)
	w.settled()
	if got := w.browserGot(""); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// An agent without a browser, and a gateway without Web Push, are no errors.
func TestNobodyToTell(t *testing.T) {
	w, s, agent := newAgentWorld(t)
	w.notify(s, agent, time.Minute)
	w.addBrowser(agent, "+15551230001", "")
	w.notify(w.s, agent, time.Minute) // this one has FCM only
	if notices, _ := w.left(); notices != 0 {
		t.Errorf("%d notices", notices)
	}
}
