package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/httpapi"
	"github.com/visavis/visavis/httpapi/verifyv2"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/scheduling"
)

// gateway is the whole product but its loops, behind a real listener.
type gateway struct {
	t   testing.TB
	url string
	cfg httpapi.Config
	srv *httpapi.Server
	log *logBook
	dir string
	box mailbox

	stands atomic.Pointer[time.Time] // what the clock shows; nil: it goes
}

// now is the gateway's clock.
func (g *gateway) now() time.Time {
	if at := g.stands.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// stop stops the clock, or moves the one that stands on: a rate or a code's time is
// then not the machine's.
func (g *gateway) stop(after time.Duration) {
	at := g.now().Add(after)
	g.stands.Store(&at)
}

// mailbox is the provider: it hands over what is sent.
type mailbox chan channels.Outgoing

func (m mailbox) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	select {
	case m <- out:
		return "sent-" + out.DeliveryID.String(), nil
	case <-ctx.Done():
		return "", &channels.SendError{Outcome: channels.Unknown, Err: ctx.Err()}
	}
}

type option func(*httpapi.Config)

func newGateway(t testing.TB, options ...option) *gateway {
	t.Helper()
	db := testdb.New(t)
	g := &gateway{t: t, log: new(logBook), dir: t.TempDir(), box: make(mailbox, 100)}
	ts := httptest.NewUnstartedServer(nil)
	g.url = "http://" + ts.Listener.Addr().String()
	log := slog.New(slog.NewJSONHandler(g.log, nil))
	keys, err := events.NewKeyring([]byte("a master key of 32 bytes: tests!!")[:events.MasterKeySize])
	must(t, err)
	now := g.now
	bankService := banks.New(banks.Config{DB: db, Log: log, Now: now, Keyring: keys, PublicURL: g.url})
	channelService := channels.New(channels.Config{DB: db, Banks: bankService, Keys: keys, Log: log, Now: now, Routes: []channels.Route{
		{Channel: channels.SMS, Provider: "twilio", Sender: g.box}, {Channel: channels.Voice, Provider: "twilio", Sender: g.box},
		{Channel: channels.Push, Provider: "fcm", Sender: g.box},
	}})
	otpService := otp.New(otp.Config{DB: db, Banks: bankService, Channels: channelService, Keys: keys, Log: log, Now: now, PushData: verifyv2.PushData})
	schedulingService := scheduling.New(scheduling.Config{DB: db, Banks: bankService, Channels: channelService, Keys: keys, Log: log, Now: now})
	identificationService := identifications.New(identifications.Config{DB: db, Banks: bankService, Channels: channelService, Scheduling: schedulingService, OTP: otpService, Log: log, Now: now})
	mediaServer, err := media.NewServer(media.Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true, Logger: log})
	must(t, err)
	t.Cleanup(func() { _ = mediaServer.Close() })
	callService := calls.New(calls.Config{
		DB: db, Banks: bankService, Channels: channelService, OTP: otpService, Scheduling: schedulingService,
		Identifications: identificationService, Media: mediaServer, Keyring: keys, Node: g.url, DataDir: g.dir, Log: log, Now: now,
	})
	carrier, err := twilio.New(twilio.Config{AccountSID: "AC00000000000000000000000000000000", AuthToken: "0123456789abcdef0123456789abcdef",
		From: "+15005550006", PublicURL: g.url, BaseURL: "http://127.0.0.1:1"}) // nothing is dialled: no loop runs
	must(t, err)
	phoneCalls := ivr.New(ivr.Config{DB: db, Banks: bankService, Channels: channelService, OTP: otpService, Scheduling: schedulingService,
		Identifications: identificationService, Calls: callService, Keyring: keys, Carrier: carrier, Log: log, Now: now})
	g.cfg = httpapi.Config{
		Campaigns: ivr.NewCampaigns(ivr.CampaignsConfig{DB: db, Banks: bankService, Channels: channelService, Phone: phoneCalls, Agents: callService, Holidays: schedulingService, Log: log, Now: now}),
		DB:        db, Log: log, Now: now, Keyring: keys, Banks: bankService,
		Events:   events.NewService(events.Config{DB: db, Log: log, Now: now, Keyring: keys, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
		Channels: channelService, OTP: otpService, Scheduling: schedulingService, Identifications: identificationService, Calls: callService, IVR: phoneCalls,
		PublicURL: g.url, Loopback: true,
	}
	for _, o := range options {
		o(&g.cfg)
	}
	g.srv, err = httpapi.New(g.cfg)
	must(t, err)
	ts.Config.Handler = g.srv.Handler()
	ts.Start()
	t.Cleanup(ts.Close)
	t.Cleanup(g.srv.Close)
	return g
}

// logBook is a log that can be read while several requests write it.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bank is a bank with one of everything.
type bank struct {
	*gateway
	id     uuid.UUID
	slug   string
	key    string // API key with every scope
	tokens map[string]string
	agents map[string]uuid.UUID
	link   string            // visit link's token
	meter  *testdb.Meter     // of benchmarks; nil otherwise
	ids    map[string]string // by path parameter
}

const password = "correct horse battery"

func (g *gateway) newBank(slug string) *bank {
	t := g.t
	ctx := context.Background()
	b, err := g.cfg.Banks.Create(ctx, banks.NewBank{Slug: slug, Name: "Bank " + slug, Settings: banks.Settings{Countries: banks.AnyCountry()}})
	must(t, err)
	k := &bank{gateway: g, id: b.ID, slug: slug, tokens: map[string]string{}, agents: map[string]uuid.UUID{}, ids: map[string]string{}}
	key, secret, err := g.cfg.Banks.CreateKey(ctx, b.ID, "all", []string{banks.ScopeRead, banks.ScopeWrite, banks.ScopeAdmin, banks.ScopeKiosk})
	must(t, err)
	k.key, k.ids["key_id"] = secret, key.ID.String()
	for _, role := range []visavis.Role{visavis.RoleAgent, visavis.RoleSupervisor, visavis.RoleAuditor, visavis.RoleAdministrator} {
		email := string(role) + "@" + slug + ".example"
		a, err := g.cfg.Banks.CreateAgent(ctx, b.ID, banks.NewAgent{Email: email, Name: "Person " + string(role), Role: role, Password: password})
		must(t, err)
		session, err := g.cfg.Banks.SignIn(ctx, email, password, slug, netip.MustParseAddr("127.0.0.1"))
		must(t, err)
		k.tokens[string(role)], k.agents[string(role)] = session.Token, a.ID
	}
	k.ids["agent_id"] = k.agents["agent"].String()
	must(t, g.cfg.Scheduling.SetWorkingHours(ctx, b.ID, k.agents["agent"], scheduling.AroundTheClock("UTC")))
	_, err = g.cfg.Identifications.CreateScenario(ctx, b.ID, identifications.OpenAccount, identifications.DefaultScenario())
	must(t, err)
	return k
}

// fill makes one of everything, through the API where that is possible.
func (k *bank) fill() *bank {
	t := k.t
	t.Helper()
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"Nguyễn Văn An","phone":"+84901234567","reference":"C-1"}`).want(201).into(&customer)
	k.ids["customer_id"] = customer.ID
	var device struct{ ID string }
	k.call("POST", "/v1/customers/"+customer.ID+"/devices", `{"token":"token-of-`+k.slug+`"}`).want(201).into(&device)
	k.ids["device_id"] = device.ID
	var browser struct{ ID string }
	k.as("agent", "POST", "/v1/agents/me/push-subscriptions", browserBody(k.slug)).send().want(201).into(&browser)
	k.ids["subscription_id"] = browser.ID
	var opened struct {
		Identification struct{ ID string }
		Link           struct{ URL string }
	}
	k.call("POST", "/v1/identifications", `{"customer_id":"`+customer.ID+`","scenario":"open-account"}`).want(201).into(&opened)
	k.ids["identification_id"] = opened.Identification.ID
	k.link = opened.Link.URL[strings.LastIndex(opened.Link.URL, "/")+1:]
	k.call("POST", "/v1/identifications/"+opened.Identification.ID+"/thread/lines", `{"text":"What do I need?","role":"customer"}`).want(201)
	var scenario struct{ ID string }
	k.call("GET", "/v1/scenarios/open-account", "").want(200).into(&scenario)
	k.ids["scenario_id"] = scenario.ID
	k.ids["booking_id"] = k.book(opened.Identification.ID)
	var waiter struct{ ID string }
	k.call("POST", "/v1/waitlist", `{"identification_id":"`+opened.Identification.ID+`"}`).want(201).into(&waiter)
	k.ids["waitlist_entry_id"] = waiter.ID
	var change struct{ ID string }
	k.as("agent", "PUT", "/v1/working-hours", `{"agent_id":"`+k.ids["agent_id"]+`","hours":[{"weekday":1,"starts":"09:00","ends":"17:00","time_zone":"UTC"}]}`).
		send().want(202).into(&change)
	k.ids["change_id"] = change.ID
	var exception, calendar struct{ ID string }
	k.as("agent", "POST", "/v1/calendar-exceptions", `{"agent_id":"`+k.ids["agent_id"]+`","kind":"absence","first_on":"2031-02-15"}`).
		send().want(201).into(&exception)
	k.ids["exception_id"] = exception.ID
	k.call("POST", "/v1/holiday-calendars", `{"name":"Holidays","everyone":false}`).want(201).into(&calendar)
	k.ids["calendar_id"] = calendar.ID
	var ticket, series struct{ ID string }
	k.call("POST", "/v1/tickets", `{"branch":"main","phone":"+84901234567"}`).want(201).into(&ticket)
	k.call("POST", "/v1/booking-series", `{"customer_id":"`+customer.ID+`","scenario":"open-account","first":"`+
		time.Now().AddDate(0, 0, 3).Format("2006-01-02")+`T09:00","time_zone":"Asia/Ho_Chi_Minh","times":1}`).want(201).into(&series)
	k.ids["ticket_id"], k.ids["series_id"] = ticket.ID, series.ID
	var feed struct{ Feed struct{ ID string } }
	k.as("agent", "POST", "/v1/agents/me/calendar-feeds", `{}`).send().want(201).into(&feed)
	k.ids["feed_id"] = feed.Feed.ID
	var message struct{ ID string }
	k.call("POST", "/v1/messages", `{"customer_id":"`+customer.ID+`","text":"hello"}`).want(202).into(&message)
	k.ids["message_id"] = message.ID
	var campaign struct{ ID string }
	k.call("POST", "/v1/campaigns", `{"name":"Survey","flow":"survey"}`).want(201).into(&campaign)
	k.ids["campaign_id"] = campaign.ID
	var added struct{ Import struct{ ID string } }
	k.call("POST", "/v1/campaigns/"+campaign.ID+"/contacts", `{"contacts":[{"phone":"+84901234511"},{"phone":"none"}]}`).want(200).into(&added)
	k.ids["import_id"] = added.Import.ID
	var batch struct{ ID string }
	k.call("POST", "/v1/messages/batch", `{"text":"Hello","recipients":[{"customer_id":"`+k.ids["customer_id"]+`"}]}`).want(202).into(&batch)
	k.ids["batch_id"] = batch.ID
	var verification struct{ ID string }
	k.call("POST", "/v1/verifications", `{"customer_id":"`+customer.ID+`"}`).want(201).into(&verification)
	k.ids["verification_id"] = verification.ID
	var phoneCall struct{ ID string }
	k.call("POST", "/v1/phone-calls", `{"customer_id":"`+customer.ID+`","flow":"survey","expires_at":"`+time.Now().Add(time.Hour).Format(time.RFC3339)+`"}`).want(201).into(&phoneCall)
	k.ids["phone_call_id"], k.ids["name"] = phoneCall.ID, "reminder"
	var factor struct{ Factor struct{ ID string } }
	k.call("POST", "/v1/customers/"+customer.ID+"/factors", `{"kind":"totp"}`).want(201).into(&factor)
	k.ids["factor_id"] = factor.Factor.ID
	optOuts, err := k.cfg.Channels.OptOut(k.t.Context(), k.id, channels.NewOptOut{Phone: "+84909999999", Channels: []channels.Channel{channels.SMS},
		Groups: []channels.Group{channels.Marketing}, OptedOut: true, Source: channels.SourceAPI})
	must(k.t, err)
	k.ids["opt_out_id"] = optOuts[0].ID.String()
	var endpoint struct{ Endpoint struct{ ID string } }
	k.call("POST", "/v1/webhook-endpoints", `{"url":"http://127.0.0.1:1/hook"}`).want(201).into(&endpoint)
	k.ids["endpoint_id"] = endpoint.Endpoint.ID
	var delivery struct{ ID string }
	k.call("POST", "/v1/webhook-endpoints/"+endpoint.Endpoint.ID+"/test", "").want(202).into(&delivery)
	k.ids["delivery_id"] = delivery.ID
	k.ids["key"], k.ids["locale"], k.ids["position"], k.ids["version"] = "reminder", "en", "1", "1"
	k.addCall()
	return k
}

func (k *bank) book(identification string) string {
	var slots struct{ Items []struct{ Start string } }
	k.call("GET", "/v1/slots?limit=5&identification_id="+identification, "").want(200).into(&slots)
	if len(slots.Items) < 2 {
		k.t.Fatal("no slots")
	}
	var booking struct{ ID string }
	// Not the first: its notice may have come between.
	k.call("POST", "/v1/bookings", `{"identification_id":"`+identification+`","start":"`+slots.Items[1].Start+`"}`).want(201).into(&booking)
	return booking.ID
}

// addCall writes rows of an active call, its queue entry, a step with a still
// and a recording, as package calls does while media flows.
func (k *bank) addCall() {
	t := k.t
	now := time.Now()
	call, entry, recording := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	folder := filepath.Join("recordings", k.id.String(), call.String())
	must(t, os.MkdirAll(filepath.Join(k.dir, folder, "files"), 0o700))
	must(t, os.WriteFile(filepath.Join(k.dir, folder, "agent-1.webm"), []byte("0123456789"), 0o600))
	must(t, os.WriteFile(filepath.Join(k.dir, folder, "step-1-1.jpg"), []byte("jpeg"), 0o600))
	// A composite, encrypted, and an approved case of before with its portrait.
	key, err := age.GenerateX25519Identity()
	must(t, err)
	must(t, media.WriteSealed(filepath.Join(k.dir, folder, "composite.mp4.age"), strings.NewReader("mp4: 0123456789"), key))
	handed := uuid.Must(uuid.NewV7())
	must(t, media.WriteSealed(filepath.Join(k.dir, folder, "files", "handed.age"), strings.NewReader("%PDF-"), key))
	idnBefore, callBefore := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	folderBefore := filepath.Join("recordings", k.id.String(), callBefore.String())
	must(t, os.MkdirAll(filepath.Join(k.dir, folderBefore), 0o700))
	must(t, os.WriteFile(filepath.Join(k.dir, folderBefore, "step-1-1.jpg"), []byte("face"), 0o600))
	err = k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{`insert into identifications select (jsonb_populate_record(null::identifications, to_jsonb(i) ||
				jsonb_build_object('id', $2::uuid, 'state', 'approved', 'decided_at', $3::timestamptz))).* from identifications i where bank_id = $1 and id = $4`,
				[]any{k.id, idnBefore, now, k.ids["identification_id"]}},
			{`insert into calls (bank_id, id, identification_id, customer_id, scenario_id, agent_id, direction, state, node, answered_at, ended_at, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, 'inbound', 'ended', $7, $8, $8, $8, $8)`,
				[]any{k.id, callBefore, idnBefore, k.ids["customer_id"], k.ids["scenario_id"], k.agents["agent"], k.url, now}},
			{`insert into call_steps (bank_id, call_id, position, kind, required, state, attempts, still, still_sha256, done_at)
				values ($1, $2, 1, 'face_front', true, 'passed', 1, 'step-1-1.jpg', '\x00', $3)`, []any{k.id, callBefore, now}},
			{`insert into queue_entries (bank_id, id, identification_id, customer_id, scenario_id, state, entered_at, seen_at, call_id)
				values ($1, $2, $3, $4, $5, 'served', $6, $6, $7)`,
				[]any{k.id, entry, k.ids["identification_id"], k.ids["customer_id"], k.ids["scenario_id"], now, call}},
			{`insert into calls (bank_id, id, identification_id, customer_id, scenario_id, queue_entry_id, agent_id, direction, state, node, answered_at, ended_at, created_at, updated_at)
				values ($1, $2, $3, $4, $5, $6, $7, 'inbound', 'ended', $8, $9, $9, $9, $9)`,
				[]any{k.id, call, k.ids["identification_id"], k.ids["customer_id"], k.ids["scenario_id"], entry, k.agents["agent"], k.url, now}},
			{`insert into call_steps (bank_id, call_id, position, kind, required, state, attempts, still, still_sha256, done_at)
				values ($1, $2, 1, 'document_front', true, 'passed', 1, 'step-1-1.jpg', '\x00', $3)`, []any{k.id, call, now}},
			{`insert into recordings (bank_id, id, call_id, participant, part, file, state, offset_ms, duration_ms, bytes, sha256, created_at)
				values ($1, $2, $3, 'agent', 1, $4, 'complete', 0, 1000, 10, '\x00', $5)`,
				[]any{k.id, recording, call, filepath.Join(folder, "agent-1.webm"), now}},
			{`insert into call_records (bank_id, call_id, sealed_key, keep_until) values ($1, $2, $3, $4)`,
				[]any{k.id, call, k.cfg.Keyring.Seal("call record key", call[:], []byte(key.String())), now.AddDate(5, 0, 0)}},
			{`update calls set draw = '{"entry_id":"01890a5d-ac96-774b-bcce-b302099a8057","commitment":"00","seed":"00","rounds":[]}' where bank_id = $1 and id = $2`,
				[]any{k.id, call}},
			{`insert into call_composites (bank_id, call_id, state, percent, file, bytes, sha256, created_at, updated_at, finished_at)
				values ($1, $2, 'complete', 100, $3, 15, '\x00', $4, $4, $4)`, []any{k.id, call, filepath.Join(folder, "composite.mp4.age"), now}},
			{`insert into call_messages (bank_id, id, call_id, role, actor_id, kind, body, file_id, offset_ms, at)
				values ($1, $2, $3, 'customer', $4, 'file', 'handed.pdf', $2, 10, $5)`, []any{k.id, handed, call, k.ids["customer_id"], now}},
			{`insert into call_files (bank_id, id, call_id, role, actor_id, name, type, file, bytes, sha256, offset_ms, at)
				values ($1, $2, $3, 'customer', $4, 'handed.pdf', 'application/pdf', $5, 5, '\x00', 10, $6)`,
				[]any{k.id, handed, call, k.ids["customer_id"], filepath.Join(folder, "files", "handed.age"), now}},
			{`insert into call_quality (bank_id, call_id, role, offset_ms, sample) values ($1, $2, 'agent', 10000, '{"mos": 4.1}')`, []any{k.id, call}},
			{`insert into phone_recordings (bank_id, id, phone_call_id, name, provider_id, state, seconds, sound, created_at) values ($1, $2, $3, 'message', 'RE', 'kept', 1, $4, now())`,
				[]any{k.id, recording, k.ids["phone_call_id"], k.cfg.Keyring.Seal("phone recording", recording[:], []byte("RIFF"))}},
		} {
			if _, err := tx.Exec(ctx, q.sql, q.args...); err != nil {
				return err
			}
		}
		return nil
	})
	must(t, err)
	k.ids["call_id"], k.ids["entry_id"], k.ids["recording_id"], k.ids["file_id"] = call.String(), entry.String(), recording.String(), handed.String()
}

// request is one to send.
type request struct {
	*gateway
	method, path, body string
	header             http.Header
}

// call sends with the bank's key.
func (k *bank) call(method, path, body string) *answer {
	return k.as("bank", method, path, body).send()
}

// as makes a request of an actor: bank, a role, customer (an open visit with
// the number proved), or nobody.
func (k *bank) as(actor, method, path, body string) *request {
	r := &request{gateway: k.gateway, method: method, path: path, body: body, header: http.Header{}}
	switch actor {
	case "nobody":
	case "bank":
		r.header.Set("Authorization", "Bearer "+k.key)
	case "customer":
		if k.tokens["customer"] == "" {
			k.openVisit()
		}
		r.header.Set("Cookie", "visavis_customer="+k.tokens["customer"])
		r.header.Set("X-Visavis-Request", "1")
	default:
		r.header.Set("Cookie", "visavis_agent="+k.tokens[actor])
		r.header.Set("X-Visavis-Request", "1")
	}
	return r
}

// openVisit makes a proved session of the case's customer.
func (k *bank) openVisit() {
	err := k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		session, err := k.cfg.Banks.NewCustomerSessionTx(ctx, tx, uuid.MustParse(k.ids["customer_id"]), uuid.MustParse(k.ids["identification_id"]))
		k.tokens["customer"] = session.Token
		return err
	})
	must(k.t, err)
}

func (r *request) with(name, value string) *request { r.header.Set(name, value); return r }

func (r *request) send() *answer {
	r.t.Helper()
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req, err := http.NewRequest(r.method, r.url+r.path, body)
	must(r.t, err)
	for name, values := range r.header {
		req.Header[name] = values
	}
	if r.body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
		if !strings.HasPrefix(r.body, "{") && strings.HasSuffix(r.path, "/files") {
			req.Header.Set("Content-Type", "application/octet-stream")
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	must(r.t, err)
	defer func() { _ = res.Body.Close() }()
	a := &answer{t: r.t, what: r.method + " " + r.path, status: res.StatusCode, header: res.Header}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return a // it does not end
	}
	a.body, err = io.ReadAll(res.Body)
	must(r.t, err)
	a.fits(r.method, r.path)
	return a
}

// fits holds every JSON answer of every test against the document.
func (a *answer) fits(method, path string) {
	a.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/v1/") || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		return
	}
	for _, op := range documentOperations(a.t) {
		if op.method != method || !op.matches(path) {
			continue
		}
		response := op.Responses.Status(a.status)
		if response == nil {
			a.t.Errorf("%s: status %d is not in the document", a.what, a.status)
			return
		}
		var value any
		a.into(&value)
		schema := response.Value.Content.Get("application/json").Schema.Value
		if err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse(), openapi3.EnableFormatValidation()); err != nil {
			a.t.Errorf("%s: the answer does not fit the document: %v\n%s", a.what, err, a.body)
		}
		for name := range value.(map[string]any) {
			if schema.Properties[name] == nil {
				a.t.Errorf("%s: %s is not in the document", a.what, name)
			}
		}
		return
	}
	a.t.Errorf("%s is not in the document", a.what)
}

// matches reports whether a path is the operation's. Of /v1/queue/mine and
// /v1/queue/{entry_id} the former comes first in the document's order.
func (o operation) matches(path string) bool {
	pattern, parts := strings.Split(o.path, "/"), strings.Split(path, "/")
	if len(pattern) != len(parts) {
		return false
	}
	for i := range pattern {
		if pattern[i] != parts[i] && !strings.HasPrefix(pattern[i], "{") {
			return false
		}
	}
	return true
}

type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   []byte
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

func (a *answer) into(v any) *answer {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
	return a
}

// problem is the problem's code; fails when the answer is not one.
func (a *answer) problem() (p struct {
	Code   string
	Detail string
	Status int
	Fields []visavis.Field
}) {
	a.t.Helper()
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		a.t.Fatalf("%s: status %d with %q instead of a problem: %s", a.what, a.status, ct, a.body)
	}
	a.into(&p)
	if p.Status != a.status || p.Code == "" {
		a.t.Fatalf("%s: problem %+v does not fit status %d", a.what, p, a.status)
	}
	return p
}

// operation is one of the document, as the tests walk through them.
type operation struct {
	*openapi3.Operation
	method, path string
	actors       []string
}

func documentOperations(t testing.TB) []operation {
	t.Helper()
	all, err := readDocument()
	must(t, err)
	if len(all) < 90 {
		t.Fatalf("only %d operations in the document", len(all))
	}
	return all
}

var readDocument = sync.OnceValues(func() (all []operation, err error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc.OpenAPI = "3.0.3" // as the server does
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, op := range doc.Paths.Value(path).Operations() {
			o := operation{Operation: op, method: method, path: path}
			for _, a := range op.Extensions["x-visavis-actors"].([]any) {
				o.actors = append(o.actors, a.(string))
			}
			all = append(all, o)
		}
	}
	return all, nil
})

// fill puts values into the path's parameters.
func (o operation) fill(t testing.TB, values map[string]string) string {
	t.Helper()
	path := o.path
	for strings.Contains(path, "{") {
		name := path[strings.Index(path, "{")+1 : strings.Index(path, "}")]
		if values[name] == "" {
			t.Fatalf("%s: the tests know no value for {%s}: add it to bank.fill", o.path, name)
		}
		path = strings.Replace(path, "{"+name+"}", values[name], 1)
	}
	return path
}

// file tells whether the operation's body is a file's bytes.
func (o operation) file() bool {
	return o.RequestBody != nil && o.RequestBody.Value.Content.Get("application/octet-stream") != nil
}

// body is the document's example for the operation's body; every id in it is
// replaced by the bank's own.
func (o operation) body(t testing.TB, values map[string]string) string {
	t.Helper()
	if o.RequestBody == nil {
		return ""
	}
	if o.file() {
		return "not a file that is taken"
	}
	examples := o.RequestBody.Value.Content.Get("application/json").Schema.Value.Examples
	if len(examples) == 0 {
		t.Fatalf("%s %s: its body has no example", o.method, o.path)
	}
	example, _ := examples[0].(map[string]any)
	out := map[string]any{}
	for name, value := range example {
		out[name] = value
		if id, ok := values[name]; ok && strings.HasSuffix(name, "_id") {
			out[name] = id
		}
	}
	raw, err := json.Marshal(out)
	must(t, err)
	return string(raw)
}
