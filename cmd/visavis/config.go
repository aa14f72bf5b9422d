package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/visavis/visavis/events"
)

// config is everything that can be set from outside, environment first. A
// setting whose name ends in _FILE gives the same setting from a file; use it
// for secrets.
type config struct {
	Addr      string `env:"VISAVIS_ADDR" envDefault:"127.0.0.1:8080"` // where HTTP is served
	PublicURL string `env:"VISAVIS_PUBLIC_URL"`                       // where customers, agents and providers reach it; required by serve

	DatabaseURL string `env:"VISAVIS_DATABASE_URL"`               // empty = an own PostgreSQL under the data folder
	DataDir     string `env:"VISAVIS_DATA_DIR" envDefault:"data"` // recordings, and what the demo keeps
	MasterKey   string `env:"VISAVIS_MASTER_KEY"`                 // 32 bytes, base64 or hex; required by serve

	// MasterKeyOld are earlier master keys, comma separated: what was sealed under
	// them still opens, nothing new is sealed with them.
	MasterKeyOld []string `env:"VISAVIS_MASTER_KEY_OLD"`

	// Where finished recordings go; without it they stay in the data folder.
	S3Endpoint   string `env:"VISAVIS_S3_ENDPOINT"` // https://host[:port]; http only on loopback
	S3Bucket     string `env:"VISAVIS_S3_BUCKET"`
	S3Region     string `env:"VISAVIS_S3_REGION" envDefault:"us-east-1"`
	S3AccessKey  string `env:"VISAVIS_S3_ACCESS_KEY"`
	S3SecretKey  string `env:"VISAVIS_S3_SECRET_KEY"`
	S3LocalHours int    `env:"VISAVIS_S3_LOCAL_HOURS" envDefault:"24"` // how long a stored recording stays in the data folder too

	TLSCert        string   `env:"VISAVIS_TLS_CERT"` // certificate file; with VISAVIS_TLS_KEY serves HTTPS
	TLSKey         string   `env:"VISAVIS_TLS_KEY"`
	TrustedProxies []string `env:"VISAVIS_TRUSTED_PROXIES"` // addresses or CIDRs whose X-Forwarded-For counts; default none

	MediaAddr      string   `env:"VISAVIS_MEDIA_ADDR" envDefault:":7882"` // the one UDP port of all calls
	MediaTCPAddr   string   `env:"VISAVIS_MEDIA_TCP_ADDR"`                // the one TCP port for who can send no UDP; empty = none
	MediaPublicIPs []string `env:"VISAVIS_MEDIA_PUBLIC_IPS"`              // when the machine is behind a one-to-one NAT
	TURNUDPAddr    string   `env:"VISAVIS_TURN_UDP_ADDR"`                 // our own TURN; empty = none
	TURNTCPAddr    string   `env:"VISAVIS_TURN_TCP_ADDR"`
	TURNTLSAddr    string   `env:"VISAVIS_TURN_TLS_ADDR"` // with the certificate of VISAVIS_TLS_CERT
	TURNHost       string   `env:"VISAVIS_TURN_HOST"`     // what clients connect to; default the public address

	WebhookAllow []string `env:"VISAVIS_WEBHOOK_ALLOW"` // CIDRs that webhooks may reach although they are private
	Simulator    string   `env:"VISAVIS_SIMULATOR" envDefault:"off"`

	TwilioAccountSID string   `env:"VISAVIS_TWILIO_ACCOUNT_SID"`
	TwilioAuthToken  string   `env:"VISAVIS_TWILIO_AUTH_TOKEN"`
	TwilioFrom       string   `env:"VISAVIS_TWILIO_FROM"`       // number or sender of SMS
	TwilioVoiceFrom  string   `env:"VISAVIS_TWILIO_VOICE_FROM"` // number of calls; default VISAVIS_TWILIO_FROM
	SMPPAddr         string   `env:"VISAVIS_SMPP_ADDR"`         // the SMSC's host:port; empty = no bind
	SMPPSystemID     string   `env:"VISAVIS_SMPP_SYSTEM_ID"`
	SMPPPassword     string   `env:"VISAVIS_SMPP_PASSWORD"`
	SMPPSystemType   string   `env:"VISAVIS_SMPP_SYSTEM_TYPE"`
	SMPPFrom         string   `env:"VISAVIS_SMPP_FROM"`                       // number, short number or name
	SMPPTLS          string   `env:"VISAVIS_SMPP_TLS" envDefault:"off"`       // on or off
	SMPPAlphabet     string   `env:"VISAVIS_SMPP_ALPHABET" envDefault:"gsm7"` // of data_coding 0: gsm7 or latin1
	SMPPQuery        string   `env:"VISAVIS_SMPP_QUERY" envDefault:"off"`     // on: the SMSC knows query_sm
	SMSProviders     []string `env:"VISAVIS_SMS_PROVIDERS"`                   // descriptions of local HTTP carriers
	FCMCredentials   string   `env:"VISAVIS_FCM_CREDENTIALS"`                 // the service account's JSON; without it there are no pushes to Android

	APNsKey         string `env:"VISAVIS_APNS_KEY"`            // the .p8 key; without it there are no pushes to iPhones
	APNsKeyID       string `env:"VISAVIS_APNS_KEY_ID"`         // ten characters
	APNsTeamID      string `env:"VISAVIS_APNS_TEAM_ID"`        // ten characters
	APNsTopic       string `env:"VISAVIS_APNS_TOPIC"`          // the app's bundle id
	APNsEnvironment string `env:"VISAVIS_APNS_ENVIRONMENT"`    // production or sandbox, of devices which name none; default production
	WebPushKey      string `env:"VISAVIS_WEBPUSH_PRIVATE_KEY"` // VAPID; default derived from the master key
	WebPushSubject  string `env:"VISAVIS_WEBPUSH_SUBJECT"`     // mailto: or https:; without it there are no pushes to browsers
}

// settings lists the names of all settings, to refuse a misspelt one.
var settings = []string{
	"VISAVIS_ADDR", "VISAVIS_PUBLIC_URL", "VISAVIS_DATABASE_URL", "VISAVIS_DATA_DIR", "VISAVIS_MASTER_KEY",
	"VISAVIS_TLS_CERT", "VISAVIS_TLS_KEY", "VISAVIS_TRUSTED_PROXIES", "VISAVIS_MEDIA_ADDR", "VISAVIS_MEDIA_PUBLIC_IPS",
	"VISAVIS_MEDIA_TCP_ADDR", "VISAVIS_TURN_UDP_ADDR", "VISAVIS_TURN_TCP_ADDR", "VISAVIS_TURN_TLS_ADDR", "VISAVIS_TURN_HOST",
	"VISAVIS_WEBHOOK_ALLOW", "VISAVIS_SIMULATOR", "VISAVIS_TWILIO_ACCOUNT_SID", "VISAVIS_TWILIO_AUTH_TOKEN",
	"VISAVIS_TWILIO_FROM", "VISAVIS_TWILIO_VOICE_FROM", "VISAVIS_FCM_CREDENTIALS",
	"VISAVIS_SMPP_ADDR", "VISAVIS_SMPP_SYSTEM_ID", "VISAVIS_SMPP_PASSWORD", "VISAVIS_SMPP_SYSTEM_TYPE", "VISAVIS_SMPP_FROM",
	"VISAVIS_SMPP_TLS", "VISAVIS_SMPP_ALPHABET", "VISAVIS_SMPP_QUERY", "VISAVIS_SMS_PROVIDERS",
	"VISAVIS_APNS_KEY", "VISAVIS_APNS_KEY_ID", "VISAVIS_APNS_TEAM_ID", "VISAVIS_APNS_TOPIC", "VISAVIS_APNS_ENVIRONMENT",
	"VISAVIS_WEBPUSH_PRIVATE_KEY", "VISAVIS_WEBPUSH_SUBJECT",
	"VISAVIS_MASTER_KEY_OLD", "VISAVIS_S3_ENDPOINT", "VISAVIS_S3_BUCKET", "VISAVIS_S3_REGION", "VISAVIS_S3_ACCESS_KEY",
	"VISAVIS_S3_SECRET_KEY", "VISAVIS_S3_LOCAL_HOURS",
}

// defaultMediaAddr is the default of VISAVIS_MEDIA_ADDR, as in its tag above.
const defaultMediaAddr = ":7882"

// secrets may also be given as …_FILE.
var secrets = []string{
	"VISAVIS_DATABASE_URL", "VISAVIS_MASTER_KEY", "VISAVIS_TWILIO_ACCOUNT_SID", "VISAVIS_TWILIO_AUTH_TOKEN", "VISAVIS_FCM_CREDENTIALS",
	"VISAVIS_APNS_KEY", "VISAVIS_WEBPUSH_PRIVATE_KEY", "VISAVIS_SMPP_PASSWORD",
	"VISAVIS_MASTER_KEY_OLD", "VISAVIS_S3_ACCESS_KEY", "VISAVIS_S3_SECRET_KEY",
}

// other names that belong to make and to the tests, not to the product.
var notSettings = []string{"VISAVIS_POSTGRES_BIN", "VISAVIS_TEST_DATABASE_URL", "VISAVIS_TEST_FSYNC"}

// readConfig reads the environment ("NAME=value" each). Every error names the
// setting and what to do.
func readConfig(environ []string) (config, error) {
	given := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "VISAVIS_") || slices.Contains(notSettings, name) {
			continue
		}
		base, isFile := strings.CutSuffix(name, "_FILE")
		switch {
		case slices.Contains(settings, name):
			given[name] = value
		case isFile && slices.Contains(secrets, base):
			content, err := os.ReadFile(value)
			if err != nil {
				return config{}, fmt.Errorf("%s: %w", name, err)
			}
			if _, twice := given[base]; twice {
				return config{}, fmt.Errorf("%s and %s are both set: use one", base, name)
			}
			given[base] = strings.TrimSpace(string(content))
		default:
			return config{}, fmt.Errorf("%s is not a setting of Visavis: see README.md for their names", name)
		}
	}
	for _, name := range secrets { // either order of the two in the environment
		if _, ok := given[name]; ok && hasSetting(environ, name) && hasSetting(environ, name+"_FILE") {
			return config{}, fmt.Errorf("%s and %s_FILE are both set: use one", name, name)
		}
	}
	var c config
	if err := env.ParseWithOptions(&c, env.Options{Environment: given}); err != nil {
		return config{}, err
	}
	return c, c.check()
}

func hasSetting(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(kv string) bool { return strings.HasPrefix(kv, name+"=") })
}

// check refuses values that cannot be right, whatever the command.
func (c *config) check() error {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("VISAVIS_ADDR must be host:port, such as 127.0.0.1:8080: %w", err)
	}
	if _, err := net.ResolveUDPAddr("udp", c.MediaAddr); err != nil {
		return fmt.Errorf("VISAVIS_MEDIA_ADDR must be [host]:port: %w", err)
	}
	for name, addr := range map[string]string{"VISAVIS_MEDIA_TCP_ADDR": c.MediaTCPAddr, "VISAVIS_TURN_UDP_ADDR": c.TURNUDPAddr,
		"VISAVIS_TURN_TCP_ADDR": c.TURNTCPAddr, "VISAVIS_TURN_TLS_ADDR": c.TURNTLSAddr} {
		if _, _, err := net.SplitHostPort(addr); addr != "" && err != nil {
			return fmt.Errorf("%s must be [host]:port: %w", name, err)
		}
	}
	if c.TURNTLSAddr != "" && c.TLSCert == "" {
		return errors.New("VISAVIS_TURN_TLS_ADDR needs VISAVIS_TLS_CERT and VISAVIS_TLS_KEY")
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return errors.New("VISAVIS_PUBLIC_URL must be http(s)://host[:port] without a path")
		}
		c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("VISAVIS_TLS_CERT and VISAVIS_TLS_KEY go together: set both or neither")
	}
	for _, ip := range c.MediaPublicIPs {
		if _, err := netip.ParseAddr(ip); err != nil {
			return fmt.Errorf("VISAVIS_MEDIA_PUBLIC_IPS: %q is not an address", ip)
		}
	}
	if _, err := prefixes("VISAVIS_WEBHOOK_ALLOW", c.WebhookAllow); err != nil {
		return err
	}
	if _, err := prefixes("VISAVIS_TRUSTED_PROXIES", c.TrustedProxies); err != nil {
		return err
	}
	if c.Simulator != "on" && c.Simulator != "off" {
		return errors.New("VISAVIS_SIMULATOR must be on or off")
	}
	if _, err := pgconn.ParseConfig(c.DatabaseURL); err != nil { // without the password in it
		return fmt.Errorf("VISAVIS_DATABASE_URL: %w", err)
	}
	if c.MasterKey != "" {
		if _, err := c.masterKey(); err != nil {
			return err
		}
	}
	if _, err := c.oldMasterKeys(); err != nil {
		return err
	}
	if err := c.checkS3(); err != nil {
		return err
	}
	twilio := []struct{ name, value string }{
		{"VISAVIS_TWILIO_ACCOUNT_SID", c.TwilioAccountSID}, {"VISAVIS_TWILIO_AUTH_TOKEN", c.TwilioAuthToken}, {"VISAVIS_TWILIO_FROM", c.TwilioFrom}}
	set := c.TwilioVoiceFrom != "" || slices.ContainsFunc(twilio, func(s struct{ name, value string }) bool { return s.value != "" })
	for _, s := range twilio {
		if set && s.value == "" {
			return fmt.Errorf("%s is missing: the VISAVIS_TWILIO_ settings go together", s.name)
		}
	}
	if set && c.Simulator == "on" {
		return errors.New("VISAVIS_SIMULATOR=on and VISAVIS_TWILIO_ settings are both given: the simulator replaces the carriers, so use one")
	}
	if err := c.checkSMS(); err != nil {
		return err
	}
	if c.FCMCredentials != "" && c.Simulator == "on" {
		return errors.New("VISAVIS_SIMULATOR=on and VISAVIS_FCM_CREDENTIALS are both given: the simulator replaces the carriers, so use one")
	}
	return c.checkPush()
}

// checkServe refuses what only the demo can do without.
func (c *config) checkServe() error {
	switch {
	case c.PublicURL == "":
		return errors.New("VISAVIS_PUBLIC_URL is missing: set it to the address that customers open, such as https://video.bank.example")
	case c.MasterKey == "":
		return errors.New("VISAVIS_MASTER_KEY is missing: make one with `openssl rand -base64 32`, keep it safe and apart from the database")
	case c.Simulator == "off" && c.TwilioAccountSID == "" && c.SMPPAddr == "" && len(c.SMSProviders) == 0:
		return errors.New("VISAVIS_TWILIO_ACCOUNT_SID is missing: set the VISAVIS_TWILIO_ settings, or VISAVIS_SIMULATOR=on to rehearse without a carrier")
	case strings.HasPrefix(c.PublicURL, "http://") && !loopbackURL(c.PublicURL):
		return errors.New("VISAVIS_PUBLIC_URL must be https off loopback: browsers give no camera to plain http")
	}
	for _, f := range []struct{ name, path string }{{"VISAVIS_TLS_CERT", c.TLSCert}, {"VISAVIS_TLS_KEY", c.TLSKey}} {
		if f.path == "" {
			continue
		}
		if _, err := os.Stat(f.path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: there is no file %s", f.name, f.path)
		}
	}
	return nil
}

func (c *config) masterKey() ([]byte, error) {
	key, err := events.ParseMasterKey(c.MasterKey)
	if err != nil {
		return nil, fmt.Errorf("VISAVIS_MASTER_KEY: %w", err)
	}
	return key, nil
}

func (c *config) oldMasterKeys() (keys [][]byte, err error) {
	for _, text := range c.MasterKeyOld {
		key, err := events.ParseMasterKey(text)
		if err != nil {
			return nil, fmt.Errorf("VISAVIS_MASTER_KEY_OLD: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (c *config) checkS3() error {
	for _, s := range []struct{ name, value string }{{"VISAVIS_S3_ENDPOINT", c.S3Endpoint}, {"VISAVIS_S3_BUCKET", c.S3Bucket},
		{"VISAVIS_S3_ACCESS_KEY", c.S3AccessKey}, {"VISAVIS_S3_SECRET_KEY", c.S3SecretKey}} {
		if (s.value == "") != (c.S3Endpoint == "") {
			return errors.New("VISAVIS_S3_ENDPOINT, _BUCKET, _ACCESS_KEY and _SECRET_KEY go together: set all or none")
		}
	}
	if c.S3Endpoint == "" {
		return nil
	}
	u, err := url.Parse(c.S3Endpoint)
	if err != nil || u.Host == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopbackURL(c.S3Endpoint)) {
		return errors.New("VISAVIS_S3_ENDPOINT must be https://host[:port] without a path, or http:// on loopback")
	}
	if c.S3LocalHours < 0 {
		return errors.New("VISAVIS_S3_LOCAL_HOURS must not be negative")
	}
	return nil
}

// dataDir is the data folder as an absolute path, made if it is not there.
func (c *config) dataDir() (string, error) {
	dir, err := filepath.Abs(c.DataDir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755) // the database's own account has to traverse it; what is secret has modes of its own
	}
	if err != nil {
		return "", fmt.Errorf("VISAVIS_DATA_DIR: %w", err)
	}
	return dir, nil
}

// prefixes parses a list of addresses and CIDRs.
func prefixes(name string, list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is neither an address nor a CIDR such as 10.0.0.0/8", name, s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func loopbackURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// loopbackAddr reports whether a listen address is reachable from this machine
// only.
func loopbackAddr(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
