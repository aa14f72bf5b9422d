package otp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Settings are a bank's rules for verifications. A zero field takes its default.
type Settings struct {
	// Digits of a code: 6 (the default) to 10. PaymentDigits of one that is linked
	// to a payment: 8 (the default) to 10.
	Digits        int `json:"digits,omitempty"`
	PaymentDigits int `json:"payment_digits,omitempty"`
	// LifeSeconds of a code: 60 to 600. Default 300; NIST and the RTS allow no more than 600.
	LifeSeconds int `json:"life_seconds,omitempty"`
	// Preference is the order of ways when a request names none: the first that
	// the customer has. Default push, totp, sms.
	Preference []Way `json:"preference,omitempty"`
	// FreezeHours is how long after a customer's number has changed no code goes
	// to it, but in a visit or a call, which prove the number anew. Default 72; 0 = none.
	FreezeHours *int `json:"freeze_hours,omitempty"`
	// HourlySends is how many codes by phone the bank sends in an hour at most.
	// Default 20,000.
	HourlySends int `json:"hourly_sends,omitempty"`
	// SprayingLimit is how many wrong codes in ten minutes, over half of the right
	// ones, pause codes by phone. Default 500.
	SprayingLimit int `json:"spraying_limit,omitempty"`
	// FlashNumbers are the numbers, E.164, that flash calls come from: 100 to
	// 10,000 with different last four digits, which are the code. One of n is
	// guessed in three tries with a chance of 3 in n. Default the pool of the
	// bank's senders registry.
	FlashNumbers []string `json:"flash_numbers,omitempty"`
	// RiskHook is an https URL that is asked before a code goes by phone (see
	// risk.go); "" = none. RiskFail says what its silence means: "closed" (the
	// default: no code by phone) or "open".
	RiskHook string `json:"risk_hook,omitempty"`
	RiskFail string `json:"risk_fail,omitempty"`

	hookSecret []byte // opened
	hookAllow  []string
}

func (s Settings) withDefaults() Settings {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&s.Digits, 6}, {&s.PaymentDigits, 8}, {&s.LifeSeconds, int(Life / time.Second)}, {&s.HourlySends, 20_000}, {&s.SprayingLimit, 500},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if len(s.Preference) == 0 {
		s.Preference = []Way{Push, TOTP, SMS}
	}
	if s.FreezeHours == nil {
		s.FreezeHours = new(72)
	}
	s.RiskFail = or(s.RiskFail, "closed")
	return s
}

func (s *Settings) validate() error {
	for _, b := range []struct {
		name       string
		value      int
		least, max int
	}{
		{"digits", s.Digits, 6, 10}, {"payment_digits", s.PaymentDigits, 8, 10}, {"life_seconds", s.LifeSeconds, 60, 600},
		{"hourly_sends", s.HourlySends, 1, 10_000_000}, {"spraying_limit", s.SprayingLimit, 10, 1_000_000},
	} {
		if b.value != 0 && (b.value < b.least || b.value > b.max) {
			return visavis.InvalidField(b.name, "is between %d and %d", b.least, b.max)
		}
	}
	if s.FreezeHours != nil && (*s.FreezeHours < 0 || *s.FreezeHours > 720) {
		return visavis.InvalidField("freeze_hours", "is between 0 and 720")
	}
	seen := map[Way]bool{}
	for _, way := range s.Preference {
		if !way.known() || way == Flash || seen[way] {
			return visavis.InvalidField("preference", "each of push, totp, sms, voice at most once")
		}
		seen[way] = true
	}
	for i, number := range s.FlashNumbers {
		canonical, err := banks.CanonicalPhone(number, "")
		if err != nil {
			return visavis.InvalidField("flash_numbers", "each is a number with its country code")
		}
		s.FlashNumbers[i] = canonical
	}
	if n := len(s.FlashNumbers); n > maxFlashNumbers || n > 0 && !manyEndings(s.FlashNumbers) {
		return visavis.InvalidField("flash_numbers", "%d to %d numbers with different last four digits, which are the code", minFlashNumbers, maxFlashNumbers)
	}
	if s.RiskFail != "" && s.RiskFail != "closed" && s.RiskFail != "open" {
		return visavis.InvalidField("risk_fail", "is closed or open")
	}
	if s.RiskHook != "" {
		u, err := url.Parse(s.RiskHook)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(s.RiskHook) > 2048 {
			return visavis.InvalidField("risk_hook", "is an https URL without credentials")
		}
	}
	return nil
}

// How many numbers flash calls come from: fewer are guessed.
const minFlashNumbers, maxFlashNumbers = 100, 10_000

// manyEndings reports whether flash calls may come from numbers.
func manyEndings(numbers []string) bool {
	endings := map[string]bool{}
	for _, number := range numbers {
		endings[number[max(len(number)-4, 0):]] = true
	}
	return len(endings) >= minFlashNumbers
}

// settingsLife is how long a node may go by settings that have changed.
const settingsLife = time.Second

type heldSettings struct {
	settings Settings
	until    time.Time
}

const sealHook = "otp hook"

// Settings returns a bank's settings, defaults filled in, as of at most a second ago.
func (s *Service) Settings(ctx context.Context, bankID uuid.UUID) (Settings, error) {
	now := s.now()
	if held, ok := s.settings.Load(bankID); ok {
		if h := held.(*heldSettings); h.until.After(now) && !h.until.After(now.Add(settingsLife)) {
			return h.settings, nil
		}
	}
	var raw, secret []byte
	var bank banks.Settings
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `
			select o.settings, o.hook_secret, b.settings from banks b left join otp_settings o on o.bank_id = b.bank_id where b.bank_id = $1`,
			bankID).Scan(&raw, &secret, &bank)
	})
	var settings Settings
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, &settings)
	}
	if err == nil && secret != nil {
		settings.hookSecret, err = s.Keys.Open(sealHook, bankID[:], secret)
	}
	if err != nil {
		return settings, fmt.Errorf("read verification settings: %w", err)
	}
	settings.hookAllow = bank.WebhookAllow
	settings = settings.withDefaults()
	s.settings.Store(bankID, &heldSettings{settings, now.Add(settingsLife)})
	return settings, nil
}

// UpdateSettings replaces a bank's settings; errors are Invalid. When they name a
// risk hook that they did not name before, its new secret (whsec_…) is returned,
// once; else "".
func (s *Service) UpdateSettings(ctx context.Context, bankID uuid.UUID, settings Settings) (Settings, string, error) {
	if err := settings.validate(); err != nil {
		return Settings{}, "", err
	}
	settings.FlashNumbers = slices.Clone(settings.FlashNumbers)
	secret := ""
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		secret = ""
		var was Settings
		var raw, sealed []byte
		err := tx.QueryRow(ctx, `select settings, hook_secret from otp_settings where bank_id = $1 for update`, bankID).Scan(&raw, &sealed)
		if err == nil {
			err = json.Unmarshal(raw, &was)
		}
		if err != nil && err != pgx.ErrNoRows {
			return err
		}
		if settings.RiskHook != "" {
			var bank banks.Settings
			if err := tx.QueryRow(ctx, `select settings from banks where bank_id = $1`, bankID).Scan(&bank); err != nil {
				return err
			}
			if err := events.CheckHook("risk_hook", settings.RiskHook, s.allowed(bank.WebhookAllow)); err != nil {
				return err
			}
		}
		switch {
		case settings.RiskHook == "":
			sealed = nil
		case settings.RiskHook != was.RiskHook || sealed == nil:
			var plain []byte
			secret, plain = events.NewHookSecret()
			sealed = s.Keys.Seal(sealHook, bankID[:], plain)
		}
		encoded, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			insert into otp_settings (bank_id, settings, hook_secret, updated_at) values ($1, $2, $3, $4)
			on conflict (bank_id) do update set settings = $2, hook_secret = $3, updated_at = $4`, bankID, encoded, sealed, s.now()); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.settings.Delete(bankID) })
		_, err = events.AppendTx(ctx, tx, s.now(), events.New{Type: "bank.updated", Object: "bank", ID: bankID})
		return err
	})
	if err != nil {
		return Settings{}, "", err
	}
	return settings.withDefaults(), secret, nil
}

// allowed are the special addresses that a bank's hook may be at.
func (s *Service) allowed(own []string) []netip.Prefix {
	return events.HookAddresses(s.HookAllow, own)
}

// freeze is how long a number that has changed gets no codes.
func (s Settings) freeze() time.Duration { return time.Duration(*s.FreezeHours) * time.Hour }
