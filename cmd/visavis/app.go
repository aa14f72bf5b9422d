package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/calls/blobs"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/fcm"
	"github.com/visavis/visavis/channels/httpsms"
	"github.com/visavis/visavis/channels/smpp"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/httpapi"
	"github.com/visavis/visavis/httpapi/verifyv2"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
	"github.com/visavis/visavis/simulator"
)

// drainTime is how long a shutdown waits for requests that are under way.
const drainTime = 5 * time.Second

// app is every service of one node, built in import order.
type app struct {
	cfg config
	log *slog.Logger

	db              *postgres.DB
	keys            *events.Keyring
	events          *events.Service
	banks           *banks.Service
	channels        *channels.Service
	otp             *otp.Service
	scheduling      *scheduling.Service
	identifications *identifications.Service
	calls           *calls.Service // nil until run: it needs the media port
	ivr             *ivr.Service   // likewise: it hands callers over
	campaigns       *ivr.Campaigns // likewise

	provider   *twilio.Provider
	smpp       *smpp.Provider       // nil without a bind
	carriers   []*httpsms.Provider  // local ones
	smscL      net.Listener         // the simulator's SMSC
	webPushKey string               // public; empty: no Web Push
	sim        *simulator.Simulator // nil unless it is switched on
	carrier    *http.Server         // the simulator's carriers, on a loopback port of its own
	carrierL   net.Listener
}

// newApp opens the database and builds the services; run starts them. It
// refuses a schema that is not the binary's own.
func newApp(ctx context.Context, cfg config, databaseURL string, log *slog.Logger) (_ *app, err error) {
	a := &app{cfg: cfg, log: log}
	if a.db, err = postgres.Open(ctx, databaseURL, postgres.Options{Logger: log}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	key, err := cfg.masterKey()
	if err != nil {
		return nil, err
	}
	old, err := cfg.oldMasterKeys()
	if err != nil {
		return nil, err
	}
	if a.keys, err = events.NewKeyring(key, old...); err != nil {
		return nil, fmt.Errorf("VISAVIS_MASTER_KEY: %w", err)
	}
	allow, err := prefixes("VISAVIS_WEBHOOK_ALLOW", cfg.WebhookAllow)
	if err != nil {
		return nil, err
	}
	a.events = events.NewService(events.Config{DB: a.db, Log: log, Keyring: a.keys, Allow: allow})
	a.banks = banks.New(banks.Config{DB: a.db, Log: log, Keyring: a.keys, PublicURL: cfg.PublicURL})
	routes, err := a.routes(ctx)
	if err != nil {
		return nil, err
	}
	a.channels = channels.New(channels.Config{DB: a.db, Banks: a.banks, Keys: a.keys, Routes: routes, Log: log})
	oc := otp.Config{DB: a.db, Banks: a.banks, Channels: a.channels, Keys: a.keys, Log: log, PushData: verifyv2.PushData}
	if cfg.Simulator == "on" { // nobody pays for simulated SMS: rehearse as often as you like
		oc.SendsPerTenMinutes, oc.SendsPerDay = 1000, 10_000
	}
	a.otp = otp.New(oc)
	a.scheduling = scheduling.New(scheduling.Config{DB: a.db, Banks: a.banks, Channels: a.channels, Keys: a.keys, Log: log})
	a.identifications = identifications.New(identifications.Config{
		DB: a.db, Banks: a.banks, Channels: a.channels, Scheduling: a.scheduling, OTP: a.otp, Log: log})
	return a, nil
}

// routes makes the providers: the real ones, or the very same code pointed at
// the simulator.
func (a *app) routes(ctx context.Context) ([]channels.Route, error) {
	tc := twilio.Config{
		AccountSID: a.cfg.TwilioAccountSID, AuthToken: a.cfg.TwilioAuthToken,
		From: a.cfg.TwilioFrom, VoiceFrom: a.cfg.TwilioVoiceFrom, PublicURL: a.cfg.PublicURL,
	}
	fc := fcm.Config{CredentialsJSON: []byte(a.cfg.FCMCredentials)}
	if a.cfg.Simulator == "on" {
		if err := a.startSimulator(&tc, &fc); err != nil {
			return nil, err
		}
	}
	var routes []channels.Route
	if tc.AccountSID != "" {
		p, err := twilio.New(tc)
		if err != nil {
			return nil, fmt.Errorf("VISAVIS_TWILIO_ settings: %w", err)
		}
		a.provider = p
		routes = append(routes,
			channels.Route{Channel: channels.SMS, Provider: "twilio", Sender: p.SMS()},
			channels.Route{Channel: channels.Voice, Provider: "twilio", Sender: p.Voice()},
			channels.Route{Channel: channels.Flash, Provider: "twilio", Sender: p.Flash()})
	}
	sms, err := a.smsRoutes()
	if err != nil {
		return nil, err
	}
	routes = append(routes, sms...)
	if len(fc.CredentialsJSON) > 0 {
		s, err := fcm.New(ctx, fc)
		if err != nil {
			return nil, fmt.Errorf("VISAVIS_FCM_CREDENTIALS: %w", err)
		}
		routes = append(routes, channels.Route{Channel: channels.Push, Provider: "fcm", Sender: s})
	}
	push, err := a.pushRoutes()
	return append(routes, push...), err
}

// startSimulator makes the twin of the carriers and points the providers at it.
// Its carriers listen on loopback only, on a port of their own; its handsets
// are served by the gateway.
func (a *app) startSimulator(tc *twilio.Config, fc *fcm.Config) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	base := "http://" + l.Addr().String()
	tc.AccountSID, tc.AuthToken = simulatorAccount(a.keys)
	tc.From, tc.VoiceFrom, tc.BaseURL = simulatorNumber, simulatorNumber, base
	a.sim = simulator.New(a.withSMS(simulator.Config{
		AccountSID: tc.AccountSID, AuthToken: tc.AuthToken, FCMProjectID: "visavis-simulator",
		Numbers: append([]string{simulatorNumber}, simulatorFlashNumbers...), StatusDelay: 300 * time.Millisecond, SpeechRate: 15, Logger: a.log,
	}))
	fc.CredentialsJSON, fc.Endpoint = a.sim.ServiceAccountJSON(base), base+"/v1"
	a.carrier = &http.Server{Handler: a.sim.Handler(), ReadHeaderTimeout: 10 * time.Second, Protocols: carrierProtocols()}
	a.carrierL = l
	return nil
}

// simulatorNumber is the number that the simulated bank sends and calls from.
const simulatorNumber = "+15005550006" // Twilio's own test number

// simulatorFlashNumbers are those that its flash calls come from. The last four
// digits are the code, so they are as many and as mixed as a bank has to rent.
var simulatorFlashNumbers = func() (pool []string) {
	for i := range 100 {
		pool = append(pool, fmt.Sprintf("+1500555%04d", (1234+i*7919)%10_000)) // 7919 is prime: each once
	}
	return pool
}()

// simulatorAccount derives the simulated Twilio account from the master key, so
// that receipts of before a restart still verify after it.
func simulatorAccount(keys *events.Keyring) (sid, token string) {
	return fmt.Sprintf("AC%x", keys.MAC("simulator account")[:16]), fmt.Sprintf("%x", keys.MAC("simulator token")[:16])
}

// run serves until ctx ends, then stops everything in order: no new requests,
// sockets and rooms closed with their recordings finished, loops drained, and
// the database last. ready is called once the node takes requests.
func (a *app) run(ctx context.Context, ready func()) (err error) {
	defer a.close()
	dir, err := a.cfg.dataDir()
	if err != nil {
		return err
	}
	relay := media.TURNConfig{UDPAddr: a.cfg.TURNUDPAddr, TCPAddr: a.cfg.TURNTCPAddr, TLSAddr: a.cfg.TURNTLSAddr, Host: a.cfg.TURNHost}
	if relay.TLSAddr != "" {
		pair, err := tls.LoadX509KeyPair(a.cfg.TLSCert, a.cfg.TLSKey)
		if err != nil {
			return fmt.Errorf("VISAVIS_TLS_CERT, VISAVIS_TLS_KEY: %w", err)
		}
		relay.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	rooms, err := media.NewServer(media.Config{
		UDPAddr: a.cfg.MediaAddr, TCPAddr: a.cfg.MediaTCPAddr, TURN: relay, PublicIPs: a.cfg.MediaPublicIPs,
		IncludeLoopback: loopbackURL(a.cfg.PublicURL), Logger: a.log})
	if err != nil {
		return fmt.Errorf("the media ports (VISAVIS_MEDIA_ADDR, VISAVIS_MEDIA_TCP_ADDR, VISAVIS_TURN_…): %w", err)
	}
	defer rooms.Close()
	store, err := a.store(ctx)
	if err != nil {
		return err
	}
	a.calls = calls.New(calls.Config{
		DB: a.db, Banks: a.banks, Channels: a.channels, OTP: a.otp, Scheduling: a.scheduling, Identifications: a.identifications,
		Media: rooms, Keyring: a.keys, HookAllow: a.events.Allow, Store: store, LocalFor: time.Duration(a.cfg.S3LocalHours) * time.Hour,
		Node: a.cfg.PublicURL, DataDir: dir, Log: a.log, Now: time.Now})
	a.ivr = ivr.New(ivr.Config{
		DB: a.db, Banks: a.banks, Channels: a.channels, OTP: a.otp, Scheduling: a.scheduling, Identifications: a.identifications, Calls: a.calls,
		Keyring: a.keys, HookAllow: a.events.Allow, Carrier: a.provider, Log: a.log})
	a.campaigns = ivr.NewCampaigns(ivr.CampaignsConfig{DB: a.db, Banks: a.banks, Channels: a.channels, Phone: a.ivr, Agents: a.calls, Holidays: a.scheduling, Log: a.log})

	proxies, err := prefixes("VISAVIS_TRUSTED_PROXIES", a.cfg.TrustedProxies)
	if err != nil {
		return err
	}
	hc := httpapi.Config{
		DB: a.db, Log: a.log, Keyring: a.keys, Banks: a.banks, Events: a.events, Channels: a.channels, OTP: a.otp,
		Scheduling: a.scheduling, Identifications: a.identifications, Calls: a.calls, IVR: a.ivr, Campaigns: a.campaigns,
		PublicURL: a.cfg.PublicURL, TrustedProxies: proxies, WebPushKey: a.webPushKey,
		// A proxy on this machine would let strangers in though we listen on loopback.
		Loopback: loopbackAddr(a.cfg.Addr) && loopbackURL(a.cfg.PublicURL),
	}
	hc.Callbacks, hc.InboundAddresses = a.callbacks(), a.inboundAddresses
	if a.sim != nil {
		hc.Simulator = a.sim.Handler()
	}
	api, err := httpapi.New(hc)
	if err != nil {
		return err
	}
	server := api.HTTPServer(a.cfg.Addr)
	if a.cfg.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(a.cfg.TLSCert, a.cfg.TLSKey)
		if err != nil {
			return fmt.Errorf("VISAVIS_TLS_CERT and VISAVIS_TLS_KEY: %w", err)
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	listener, err := net.Listen("tcp", a.cfg.Addr)
	if err != nil {
		return fmt.Errorf("VISAVIS_ADDR: %w", err)
	}
	if _, err := a.calls.Beat(ctx); err != nil { // before others may take its calls
		_ = listener.Close()
		return err
	}
	if err := a.calls.Recover(ctx); err != nil {
		_ = listener.Close()
		return err
	}
	jobs, err := a.startJobs(ctx, api)
	if err != nil {
		_ = listener.Close()
		return err
	}

	loopCtx, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	var loops sync.WaitGroup
	for _, loop := range []func(context.Context){a.channels.Run, a.channels.RunAgentPushes, a.otp.Run, a.scheduling.Run, a.events.RunWebhooks, a.calls.RunNode, a.ivr.Run, a.campaigns.Run} {
		loops.Go(func() { loop(loopCtx) })
	}
	// The bind outlives the loop that sends through it.
	bindCtx, unbind := context.WithCancel(context.WithoutCancel(ctx))
	defer unbind()
	var bind sync.WaitGroup
	if a.smpp != nil {
		bind.Go(func() { a.smpp.Run(bindCtx) })
	}
	g, gctx := errgroup.WithContext(ctx)
	if a.smscL != nil {
		g.Go(func() error { return a.sim.ServeSMPP(a.smscL) })
	}
	if a.carrier != nil {
		g.Go(func() error { return ignoreClosed(a.carrier.Serve(a.carrierL)) })
	}
	g.Go(func() error {
		if server.TLSConfig != nil {
			return ignoreClosed(server.ServeTLS(listener, "", ""))
		}
		return ignoreClosed(server.Serve(listener))
	})
	ready()
	<-gctx.Done() // told to stop, or a server failed

	a.log.Info("stopping")
	api.Close()
	errs := []error{a.calls.Close(context.WithoutCancel(ctx))} // as long as it takes to close the recordings
	stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(stopCtx); err != nil {
		errs = append(errs, server.Close())
	}
	errs = append(errs, jobs.stop(stopCtx))
	stopLoops()
	loops.Wait()
	unbind()
	bind.Wait()
	if a.carrier != nil {
		a.sim.Close()
		errs = append(errs, a.carrier.Close())
	}
	errs = append(errs, g.Wait())
	return errors.Join(errs...)
}

// store is the bucket for finished recordings, nil when they stay in the data
// folder.
func (a *app) store(ctx context.Context) (*blobs.Store, error) {
	if a.cfg.S3Endpoint == "" {
		return nil, nil
	}
	u, err := url.Parse(a.cfg.S3Endpoint)
	if err != nil {
		return nil, fmt.Errorf("VISAVIS_S3_ENDPOINT: %w", err)
	}
	store, err := blobs.New(blobs.Config{Endpoint: u.Host, Bucket: a.cfg.S3Bucket, Region: a.cfg.S3Region,
		AccessKey: a.cfg.S3AccessKey, SecretKey: a.cfg.S3SecretKey, Insecure: u.Scheme == "http"})
	if err != nil {
		return nil, fmt.Errorf("VISAVIS_S3_ settings: %w", err)
	}
	if err := store.Check(ctx); err != nil { // recordings wait in the data folder meanwhile
		a.log.Error("the bucket for recordings cannot be reached", "error", err)
	}
	return store, nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// close gives up what newApp opened.
func (a *app) close() {
	if a.smscL != nil {
		_ = a.smscL.Close()
	}
	if a.carrierL != nil {
		_ = a.carrierL.Close()
	}
	if a.sim != nil {
		a.sim.Close()
	}
	if a.db != nil {
		a.db.Close()
	}
}

// addBank makes a bank with its first scenario, an API key and an invitation
// for its administrator.
func (a *app) addBank(ctx context.Context, name string, countries []string) (bank banks.Bank, key, invitation, email string, err error) {
	slug, err := slugOf(name)
	if err != nil {
		return bank, "", "", "", err
	}
	if bank, err = a.banks.Create(ctx, banks.NewBank{Slug: slug, Name: name, Settings: banks.Settings{Countries: countries}}); err != nil {
		return bank, "", "", "", err
	}
	email = "administrator@" + slug + ".invalid"

	ctx = visavis.WithActor(ctx, visavis.System(bank.ID))
	err = a.db.InBank(ctx, bank.ID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := a.identifications.CreateScenario(ctx, bank.ID, identifications.OpenAccount, identifications.DefaultScenario()); err != nil {
			return err
		}
		if _, err := a.channels.SetPolicy(ctx, bank.ID, channels.RecommendedPolicy()); err != nil {
			return err
		}
		admin, err := a.banks.CreateAgent(ctx, bank.ID, banks.NewAgent{
			Email: email, Name: "Administrator", Role: visavis.RoleAdministrator})
		if err != nil {
			return err
		}
		token, _, err := a.banks.Invite(ctx, bank.ID, admin.ID)
		if err != nil {
			return err
		}
		invitation = a.cfg.PublicURL + "/console/invitation#" + token // as httpapi/bank.go makes it
		_, key, err = a.banks.CreateKey(ctx, bank.ID, "first key", []string{banks.ScopeRead, banks.ScopeWrite, banks.ScopeAdmin})
		return err
	})
	return bank, key, invitation, email, err
}
