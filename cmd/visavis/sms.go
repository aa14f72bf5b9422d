package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/httpsms"
	"github.com/visavis/visavis/channels/smpp"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/simulator"
)

// The numbers of the simulated SMPP account and of the simulated local carrier.
const (
	simulatorSMPPNumber    = "+15005550020"
	simulatorCarrierNumber = "+15005550021"
)

// smsRoutes makes the providers of SMS beside Twilio: a bind to an SMSC, and
// local carriers that files describe. With the simulator these are its twins.
// They come after Twilio's: the first route of a channel is the default.
func (a *app) smsRoutes() (routes []channels.Route, err error) {
	receipt := func(ctx context.Context, bankID, deliveryID uuid.UUID, r channels.Receipt) error {
		return a.channels.Receipt(ctx, bankID, deliveryID, r)
	}
	sc := smpp.Config{
		Receive: a.receiveSMPP,
		DB:      a.db, Keys: a.keys, Log: a.log, Receipt: receipt, Addr: a.cfg.SMPPAddr, SystemID: a.cfg.SMPPSystemID, Password: a.cfg.SMPPPassword,
		SystemType: a.cfg.SMPPSystemType, From: a.cfg.SMPPFrom, Alphabet: smpp.Alphabet(a.cfg.SMPPAlphabet), Query: a.cfg.SMPPQuery == "on",
	}
	if a.cfg.SMPPTLS == "on" {
		host, _, _ := net.SplitHostPort(sc.Addr) // checked by smpp.New
		sc.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	var carriers []httpsms.Config
	for _, path := range a.cfg.SMSProviders {
		carriers = append(carriers, httpsms.Config{Path: path})
	}
	if a.sim != nil {
		if a.smscL, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		sc.Addr, sc.From = a.smscL.Addr().String(), simulatorSMPPNumber
		sc.SystemID, sc.Password = "visavis", a.simulatorSecret("smpp")[:8]
		carriers = []httpsms.Config{{Path: "json-carrier.yaml", Content: httpsms.JSONCarrier, BaseURL: "http://" + a.carrierL.Addr().String(),
			From: simulatorCarrierNumber, Getenv: func(string) string { return a.simulatorSecret("carrier") }}}
	}
	if sc.Addr != "" {
		if a.smpp, err = smpp.New(sc); err != nil {
			return nil, fmt.Errorf("VISAVIS_SMPP_ settings: %w", err)
		}
		routes = append(routes, channels.Route{Channel: channels.SMS, Provider: smpp.Name, Sender: a.smpp})
	}
	names := map[string]bool{}
	for _, c := range carriers {
		c.PublicURL, c.Keys = a.cfg.PublicURL, a.keys
		p, err := httpsms.New(c)
		if err != nil {
			return nil, fmt.Errorf("VISAVIS_SMS_PROVIDERS: %w", err)
		}
		if names[p.Name()] {
			return nil, fmt.Errorf("VISAVIS_SMS_PROVIDERS: two descriptions have the name %q", p.Name())
		}
		names[p.Name()] = true
		a.carriers = append(a.carriers, p)
		routes = append(routes, channels.Route{Channel: channels.SMS, Provider: p.Name(), Sender: p})
	}
	return routes, nil
}

// simulatorSecret derives a secret between the gateway and its simulator.
func (a *app) simulatorSecret(of string) string {
	return fmt.Sprintf("%x", a.keys.MAC("simulator " + of)[:16])
}

// withSMS adds the twins of SMS carriers to the simulator.
func (a *app) withSMS(c simulator.Config) simulator.Config {
	c.SMPPSystemID, c.SMPPPassword, c.SMPPNumbers = "visavis", a.simulatorSecret("smpp")[:8], []string{simulatorSMPPNumber}
	c.CarrierKey, c.CarrierNumbers = a.simulatorSecret("carrier"), []string{simulatorCarrierNumber}
	return c
}

// callbacks serves what providers tell: local carriers below /callbacks/http/,
// the rest is Twilio's. nil when there is no provider that calls back.
func (a *app) callbacks() http.Handler {
	if a.provider == nil && len(a.carriers) == 0 {
		return nil
	}
	mux := http.NewServeMux()
	if a.provider != nil {
		mux.Handle("/", a.provider.Callbacks(a.channels, a.log, nil))
		mux.Handle(ivr.CallbackPrefix, a.ivr.Callbacks())
	}
	for _, p := range a.carriers {
		mux.Handle(p.Prefix(), p.Callbacks(httpsms.Callbacks{Receipt: a.channels.Receipt, Log: a.log,
			Receive: func(ctx context.Context, bankID uuid.UUID, in httpsms.Inbound) error {
				return a.channels.Receive(ctx, bankID, channels.Inbound{Provider: p.Name(), ProviderID: in.ProviderID, From: in.From, To: in.To, Text: in.Text})
			}}))
	}
	return mux
}

// inboundAddresses are what the carriers are told to call for a bank. An SMSC
// brings texts over its own bind.
func (a *app) inboundAddresses(bankID uuid.UUID) (all []channels.InboundAddress) {
	if a.provider != nil {
		all = append(all, channels.InboundAddress{Channel: channels.SMS, Provider: "twilio", URL: a.provider.InboundURL(bankID)},
			channels.InboundAddress{Channel: channels.Voice, Provider: "twilio", URL: a.provider.CallbackURL(ivr.InboundPath),
				StatusURL: a.provider.CallbackURL(ivr.InboundStatusPath)})
	}
	for _, p := range a.carriers {
		if p.TakesInbound() {
			all = append(all, channels.InboundAddress{Channel: channels.SMS, Provider: p.Name(), URL: p.InboundURL(bankID), Secret: true})
		}
	}
	return all
}

// receiveSMPP takes in a customer's text: whose it is, the number says that it
// was sent to.
func (a *app) receiveSMPP(ctx context.Context, in smpp.Inbound) error {
	bankID, err := a.channels.BankOfNumber(ctx, in.To)
	if err != nil {
		return err
	}
	return a.channels.Receive(ctx, bankID, channels.Inbound{Provider: smpp.Name, ProviderID: in.ProviderID, From: in.From, To: in.To, Text: in.Text})
}

// seedInbound tells the simulator where texts for its numbers go: to the demo bank.
func (a *app) seedInbound(ctx context.Context, bankID uuid.UUID) error {
	senders, err := a.channels.Senders(ctx, bankID)
	if err != nil {
		return err
	}
	if len(senders) == 0 {
		senders = []channels.SenderEntry{
			{Channel: channels.SMS, Kind: channels.LongNumber, Provider: "twilio", Sender: simulatorNumber, Inbound: true},
			{Channel: channels.Flash, Kind: channels.Pool, Sender: simulatorFlashNumbers[0], Numbers: simulatorFlashNumbers},
			{Channel: channels.SMS, Kind: channels.LongNumber, Provider: smpp.Name, Sender: simulatorSMPPNumber, Inbound: true},
		}
		for _, p := range a.carriers {
			senders = append(senders, channels.SenderEntry{Channel: channels.SMS, Kind: channels.LongNumber, Provider: p.Name(), Sender: simulatorCarrierNumber, Inbound: true})
		}
		if _, err := a.channels.SetSenders(ctx, bankID, senders); err != nil {
			return err
		}
	}
	a.sim.SetInbound(a.provider.InboundURL(bankID), a.provider.CallbackURL(ivr.InboundPath))
	a.sim.SetInboundStatus(a.provider.CallbackURL(ivr.InboundStatusPath))
	for _, p := range a.carriers {
		a.sim.SetCarrierInbound(p.InboundURL(bankID))
	}
	return nil
}

// checkSMS refuses settings of SMS providers that cannot be right.
func (c *config) checkSMS() error {
	others := c.SMPPSystemID != "" || c.SMPPPassword != "" || c.SMPPFrom != "" || c.SMPPSystemType != ""
	switch {
	case c.SMPPAddr == "" && others:
		return errors.New("VISAVIS_SMPP_ADDR is missing: the VISAVIS_SMPP_ settings go together")
	case c.SMPPAddr != "" && (c.SMPPSystemID == "" || c.SMPPFrom == ""):
		return errors.New("VISAVIS_SMPP_SYSTEM_ID and VISAVIS_SMPP_FROM are needed with VISAVIS_SMPP_ADDR")
	case c.SMPPTLS != "on" && c.SMPPTLS != "off":
		return errors.New("VISAVIS_SMPP_TLS must be on or off")
	case c.SMPPQuery != "on" && c.SMPPQuery != "off":
		return errors.New("VISAVIS_SMPP_QUERY must be on or off")
	case c.SMPPAlphabet != string(smpp.GSM7) && c.SMPPAlphabet != string(smpp.Latin1):
		return errors.New("VISAVIS_SMPP_ALPHABET must be gsm7 or latin1")
	case c.Simulator == "on" && (c.SMPPAddr != "" || len(c.SMSProviders) > 0):
		return errors.New("VISAVIS_SIMULATOR=on and VISAVIS_SMPP_ or VISAVIS_SMS_PROVIDERS settings are both given: the simulator replaces the carriers, so use one")
	}
	for _, path := range c.SMSProviders {
		if strings.TrimSpace(path) == "" {
			return errors.New("VISAVIS_SMS_PROVIDERS must be paths of descriptions, separated by commas")
		}
	}
	return nil
}
