package main

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/apns"
	"github.com/visavis/visavis/channels/webpush"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/simulator"
)

// pushRoutes makes the providers of pushes to iPhones and browsers: the real
// ones by their settings, and the simulator's while that is on.
func (a *app) pushRoutes() ([]channels.Route, error) {
	var routes []channels.Route
	ac := apns.Config{KeyPEM: []byte(a.cfg.APNsKey), KeyID: a.cfg.APNsKeyID, TeamID: a.cfg.APNsTeamID,
		Topic: a.cfg.APNsTopic, Environment: a.cfg.APNsEnvironment}
	wc := webpush.Config{PrivateKey: a.cfg.WebPushKey, Subject: a.cfg.WebPushSubject}
	if a.sim != nil {
		ac = apns.Config{KeyPEM: a.sim.APNsKey(), KeyID: simulator.APNsKeyID, TeamID: simulator.APNsTeamID,
			Topic: simulator.APNsTopic, Endpoint: a.carrierURL()}
		wc.Twin = webpush.Twin{Origin: simulator.WebPushOrigin, URL: a.carrierURL()}
		if wc.Subject == "" {
			wc.Subject = "mailto:visavis@simulator.invalid"
		}
	}
	if len(ac.KeyPEM) > 0 {
		s, err := apns.New(ac)
		if err != nil {
			return nil, fmt.Errorf("VISAVIS_APNS_ settings: %w", err)
		}
		routes = append(routes, channels.Route{Channel: channels.Push, Provider: apns.Name, Sender: s})
	}
	if wc.Subject != "" {
		if wc.PrivateKey == "" {
			wc.PrivateKey = vapidKey(a.keys)
		}
		s, err := webpush.New(wc)
		if err != nil {
			return nil, fmt.Errorf("VISAVIS_WEBPUSH_ settings: %w", err)
		}
		a.webPushKey = s.PublicKey()
		routes = append(routes, channels.Route{Channel: channels.Push, Provider: webpush.Name, Sender: s})
	}
	return routes, nil
}

// carrierURL is where the simulator's carriers listen.
func (a *app) carrierURL() string { return "http://" + a.carrierL.Addr().String() }

// carrierProtocols lets the twin of APNs be spoken to as Apple is: by HTTP/2.
func carrierProtocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// vapidKey derives the Web Push key from the master key, so that every node and
// every start has the same, and nothing more has to be kept.
func vapidKey(keys *events.Keyring) string {
	for round := byte(0); ; round++ { // once, but for one master key in four thousand million
		scalar := keys.MAC("web push key", []byte{round})
		if _, err := ecdh.P256().NewPrivateKey(scalar); err == nil {
			return base64.RawURLEncoding.EncodeToString(scalar)
		}
	}
}

// checkPush refuses settings of the push providers that do not go together.
func (c *config) checkPush() error {
	all := []struct{ name, value string }{{"VISAVIS_APNS_KEY", c.APNsKey}, {"VISAVIS_APNS_KEY_ID", c.APNsKeyID},
		{"VISAVIS_APNS_TEAM_ID", c.APNsTeamID}, {"VISAVIS_APNS_TOPIC", c.APNsTopic}}
	set := c.APNsEnvironment != ""
	for _, s := range all {
		set = set || s.value != ""
	}
	for _, s := range all {
		if set && s.value == "" {
			return fmt.Errorf("%s is missing: the VISAVIS_APNS_ settings go together", s.name)
		}
	}
	switch {
	case c.APNsEnvironment != "" && c.APNsEnvironment != apns.Production && c.APNsEnvironment != apns.Sandbox:
		return errors.New("VISAVIS_APNS_ENVIRONMENT must be production or sandbox")
	case set && c.Simulator == "on":
		return errors.New("VISAVIS_SIMULATOR=on and VISAVIS_APNS_ settings are both given: the simulator replaces the carriers, so use one")
	case c.WebPushKey != "" && c.WebPushSubject == "":
		return errors.New("VISAVIS_WEBPUSH_SUBJECT is missing: a mailto: or https: address at which push services can reach you")
	}
	return nil
}
