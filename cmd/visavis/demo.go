package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/httpapi/verifyv2"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
	"github.com/visavis/visavis/simulator"
)

const (
	demoSlug = "demo"
	demoFile = "demo.json"
	keyFile  = "master.key"
)

// demoCountries are where the demo bank's customers are.
var demoCountries = []string{"US", "CA", "VN", "CN", "IR", "RU", "UA", "GB", "DE", "FR", "KZ"}

// demoInfo is demo.json: what a script needs to drive the demo. Mode 0600.
type demoInfo struct {
	BaseURL    string      `json:"base_url"`
	BankID     uuid.UUID   `json:"bank_id"`
	APIKey     string      `json:"api_key"`
	Agents     []demoAgent `json:"agents"`
	ConsoleURL string      `json:"console_url"`
	PhoneURL   string      `json:"phone_url"`
	Twilio     demoTwilio  `json:"twilio"`
}

// demoTwilio is what a program for Twilio Verify needs.
type demoTwilio struct {
	AccountSID       string `json:"account_sid"`
	AuthToken        string `json:"auth_token"`
	VerifyServiceSID string `json:"verify_service_sid"`
}

type demoAgent struct {
	Email    string       `json:"email"`
	Password string       `json:"password"`
	Role     visavis.Role `json:"role"`
	Name     string       `json:"name"`

	skills []calls.Skill
}

// demo runs everything on this machine: the own database (unless one is set),
// the simulated carriers, and a bank to try it with.
func demo(ctx context.Context, cfg config, log *slog.Logger, stdout io.Writer) error {
	if cfg.TwilioAccountSID != "" || cfg.FCMCredentials != "" || cfg.SMPPAddr != "" || len(cfg.SMSProviders) > 0 {
		return errors.New("the demo runs on simulated carriers: unset the VISAVIS_TWILIO_ and VISAVIS_FCM_ settings, or use `visavis serve`")
	}
	if !loopbackAddr(cfg.Addr) {
		return errors.New("VISAVIS_ADDR: the demo shows codes and sign-ins to whoever opens it, so it listens on loopback only")
	}
	cfg.Simulator = "on"
	if cfg.MediaAddr == defaultMediaAddr { // nobody from outside has a part in it
		cfg.MediaAddr = "127.0.0.1" + defaultMediaAddr
	}
	if cfg.PublicURL == "" {
		host, port, _ := net.SplitHostPort(cfg.Addr) // checked by readConfig
		if host == "" {
			host = "127.0.0.1"
		}
		scheme := "http"
		if cfg.TLSCert != "" {
			scheme = "https"
		}
		cfg.PublicURL = scheme + "://" + net.JoinHostPort(host, port)
	}
	dir, err := cfg.dataDir()
	if err != nil {
		return err
	}
	if cfg.MasterKey == "" {
		if cfg.MasterKey, err = ownMasterKey(dir); err != nil {
			return err
		}
	}
	return withDatabase(ctx, cfg, log, func(url string) error {
		if err := postgres.Migrate(ctx, url); err != nil {
			return err
		}
		a, err := newApp(ctx, cfg, url, log)
		if err != nil {
			return err
		}
		info, err := a.seed(ctx, dir)
		if err != nil {
			a.close()
			return fmt.Errorf("make the demo bank: %w", err)
		}
		a.sim.SetBankApp(simulator.BankApp{BaseURL: cfg.PublicURL, Key: info.APIKey}) // /phone answers push approvals by it
		return a.run(ctx, func() { info.print(stdout) })
	})
}

// ownMasterKey returns the demo's master key, made at its first start.
func ownMasterKey(dir string) (string, error) {
	path := filepath.Join(dir, keyFile)
	key, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(key)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the demo's master key: %w", err)
	}
	encoded := secret(32)
	return encoded, writeFile(path, []byte(encoded+"\n"))
}

// writeFile writes a file of mode 0600 that is whole or not there.
func writeFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

func secret(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.StdEncoding.EncodeToString(b)
}

// seedPolicy lets codes be rehearsed that nobody enters: nobody pays for them.
func (a *app) seedPolicy(ctx context.Context, bankID uuid.UUID) error {
	p, err := a.channels.Policy(ctx, bankID)
	if err != nil || len(p.Classes) > 0 || p.Conversion != (channels.ConversionPolicy{}) {
		return err
	}
	p.Conversion.Off = true
	_, err = a.channels.SetPolicy(ctx, bankID, p)
	return err
}

// seed makes the demo bank at the first start and keeps it later. A start that
// was killed in between is finished; when demo.json is lost, new passwords and a
// new API key are made.
func (a *app) seed(ctx context.Context, dir string) (demoInfo, error) {
	path := filepath.Join(dir, demoFile)
	bank, err := a.banks.BySlug(ctx, demoSlug)
	if visavis.KindOf(err) == visavis.NotFound {
		bank, err = a.banks.Create(ctx, banks.NewBank{Slug: demoSlug, Name: "Demo Bank", Settings: banks.Settings{
			WebhookAllow: []string{"127.0.0.0/8", "::1/128"}, Countries: demoCountries}})
	}
	if err != nil {
		return demoInfo{}, err
	}
	ctx = visavis.WithActor(ctx, visavis.System(bank.ID))
	var info demoInfo
	err = a.db.InBank(ctx, bank.ID, func(ctx context.Context, tx *postgres.Tx) error {
		have, _, err := a.banks.ListAgents(ctx, bank.ID, postgres.Page{})
		if err != nil {
			return err
		}
		info = demoInfo{}
		if content, err := os.ReadFile(path); len(have) > 0 && err == nil && json.Unmarshal(content, &info) == nil && info.BankID == bank.ID {
			info.setURLs(a.cfg.PublicURL)
			if info.Twilio == (demoTwilio{}) { // of a version before
				if info.Twilio, err = a.seedTwilio(ctx, bank); err != nil {
					return err
				}
			}
			return info.write(path)
		}
		info = demoInfo{BankID: bank.ID}
		info.setURLs(a.cfg.PublicURL)
		for _, d := range demoAgents {
			d.Password = secret(12)
			if err := a.seedAgent(ctx, bank.ID, have, d); err != nil {
				return err
			}
			info.Agents = append(info.Agents, d)
		}
		if len(have) == 0 {
			if _, err := a.identifications.CreateScenario(ctx, bank.ID, identifications.OpenAccount, demoScenario()); err != nil {
				return err
			}
		}
		if err := a.seedServices(ctx, bank.ID); err != nil {
			return err
		}
		if _, info.APIKey, err = a.banks.CreateKey(ctx, bank.ID, "demo", []string{banks.ScopeRead, banks.ScopeWrite, banks.ScopeAdmin}); err != nil {
			return err
		}
		if info.Twilio, err = a.seedTwilio(ctx, bank); err != nil {
			return err
		}
		return info.write(path) // before the commit: a file too early is written again
	})
	if err == nil {
		err = a.seedInbound(ctx, bank.ID)
	}
	if err == nil {
		err = a.seedPolicy(ctx, bank.ID)
	}
	return info, err
}

// seedTwilio makes an auth token, and a Verify service when there is none.
func (a *app) seedTwilio(ctx context.Context, bank banks.Bank) (t demoTwilio, err error) {
	if _, t.AuthToken, err = a.banks.CreateAuthToken(ctx, bank.ID, "demo, for Twilio Verify", []string{banks.ScopeRead, banks.ScopeWrite}); err != nil {
		return t, err
	}
	verify := verifyv2.New(verifyv2.Config{DB: a.db, Banks: a.banks, OTP: a.otp, Log: a.log, Now: time.Now, PublicURL: a.cfg.PublicURL})
	t.AccountSID = verifyv2.AccountSID(bank.ID)
	t.VerifyServiceSID, err = verify.EnsureService(ctx, bank.ID, bank.Name)
	return t, err
}

var demoAgents = []demoAgent{
	{Email: "alice@demo.example", Name: "Alice Moreau", Role: visavis.RoleAgent, skills: []calls.Skill{{Skill: "elder_care", Level: 7}, {Skill: "sign_language", Level: 3}}},
	{Email: "bob@demo.example", Name: "Bob Tran", Role: visavis.RoleAgent, skills: []calls.Skill{{Skill: "business_accounts", Level: 6}}},
	{Email: "sofia@demo.example", Name: "Sofia Petrenko", Role: visavis.RoleSupervisor},
	{Email: "admin@demo.example", Name: "Adam Novak", Role: visavis.RoleAdministrator},
}

// seedAgent makes one of the demo's people, or gives one who is there a new
// password.
func (a *app) seedAgent(ctx context.Context, bankID uuid.UUID, have []banks.Agent, d demoAgent) error {
	for _, agent := range have {
		if agent.Email == d.Email {
			token, _, err := a.banks.Invite(ctx, bankID, agent.ID)
			if err != nil {
				return err
			}
			_, err = a.banks.AcceptInvitationOf(ctx, bankID, token, d.Password)
			return err
		}
	}
	agent, err := a.banks.CreateAgent(ctx, bankID, banks.NewAgent{
		Email: d.Email, Name: d.Name, Role: d.Role, Languages: []string{"en"}, Password: d.Password})
	if err != nil || d.Role != visavis.RoleAgent {
		return err
	}
	if err := a.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return calls.SeedSkillsTx(ctx, tx, agent.ID, d.skills)
	}); err != nil {
		return err
	}
	return a.scheduling.SetWorkingHours(ctx, bankID, agent.ID, scheduling.AroundTheClock("UTC"))
}

// demoScenario is "open an account" with slots every 5 minutes and 1 minute's
// notice, so that a visitor need not wait.
func demoScenario() identifications.Definition {
	d := identifications.DefaultScenario()
	d.Settings.SlotMinutes, d.Settings.SlotIntervalMinutes = 5, 5
	d.Settings.NoticeMinutes = new(1)
	return d
}

// seedServices adds guidance and advice, where they are not there yet.
func (a *app) seedServices(ctx context.Context, bankID uuid.UUID) error {
	for _, slug := range []string{identifications.GuideApp, identifications.AdviseProduct} {
		_, err := a.identifications.Scenario(ctx, bankID, slug)
		if visavis.KindOf(err) == visavis.NotFound {
			_, err = a.identifications.CreateScenario(ctx, bankID, slug, identifications.ShippedScenario(slug))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (i *demoInfo) setURLs(base string) {
	i.BaseURL, i.ConsoleURL, i.PhoneURL = base, base+"/console", base+"/phone"
}

func (i demoInfo) write(path string) error {
	content, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(content, '\n'))
}

func (i demoInfo) print(w io.Writer) {
	fmt.Fprintf(w, "\nVisavis %s is ready (demo bank, simulated carriers)\n\n  console  %s\n", version(), i.ConsoleURL)
	for _, a := range i.Agents {
		fmt.Fprintf(w, "           %-20s %s  (%s)\n", a.Email, a.Password, a.Role)
	}
	fmt.Fprintf(w, "  phone    %s\n  API      %s/v1   documentation %s/docs\n           key %s\n\nCtrl-C stops everything. All of this is in demo.json in the data folder.\n\n",
		i.PhoneURL, i.BaseURL, i.BaseURL, i.APIKey)
}

// slugOf makes a bank's short name of its name.
func slugOf(name string) (string, error) {
	slug := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name), "-")
	for strings.Contains(slug, "--") {
		slug = strings.ReplaceAll(slug, "--", "-")
	}
	if slug == "" {
		return "", fmt.Errorf("%q has no Latin letter or digit to make a short name of: give one that has", name)
	}
	return slug[:min(len(slug), 63)], nil
}
