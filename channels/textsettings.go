package channels

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/text/currency"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Vietnamese says how SMS in Vietnamese are written.
type Vietnamese string

// The ways. An accented text takes 70 characters a segment, one without
// diacritics 160.
const (
	Accented   Vietnamese = ""           // as worded; the default
	Shorter    Vietnamese = "shorter"    // without diacritics where that takes fewer segments
	Unaccented Vietnamese = "unaccented" // always without diacritics
)

// TextSettings are how a bank wants its SMS written, and what they cost.
type TextSettings struct {
	VietnameseSMS Vietnamese `json:"vietnamese_sms,omitempty"`
	// WebOTPHost, such as "bank.example", ends codes by SMS with the line
	// "@bank.example #123456" where that fits, so that a browser fills the code
	// in on that host and on no other. Default none.
	WebOTPHost string `json:"web_otp_host,omitempty"`
	// NotMeHint ends codes by SMS with the text not_me_hint where that fits; for
	// banks whose sender can be answered. Default false.
	NotMeHint bool `json:"not_me_hint,omitempty"`
	// Budgets replace how many segments an SMS may take, 1 to 10, by the key of
	// its text.
	Budgets map[string]int `json:"budgets,omitempty"`
	// Prices are what a segment costs, by the beginning of the number.
	Prices []Price `json:"prices,omitempty"`
}

// Price is what one segment of an SMS costs.
type Price struct {
	Prefix   string `json:"prefix"`   // of the number, with +: "+84"; the longest that matches counts
	Currency string `json:"currency"` // ISO 4217
	Segment  string `json:"segment"`  // decimal number, such as "0.0452"
}

// Budget returns how many segments the SMS of a key may take; 0 is any number.
func (s TextSettings) Budget(key string) int {
	if n := s.Budgets[key]; n > 0 {
		return n
	}
	return declarations[key].Budget
}

var (
	hostShape   = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	prefixShape = regexp.MustCompile(`^\+[1-9][0-9]{0,6}$`)
	priceShape  = regexp.MustCompile(`^[0-9]{1,6}(\.[0-9]{1,6})?$`)
)

func (s TextSettings) validate() error {
	if !slices.Contains([]Vietnamese{Accented, Shorter, Unaccented}, s.VietnameseSMS) {
		return visavis.InvalidField("vietnamese_sms", "must be accented, shorter or unaccented")
	}
	if s.WebOTPHost != "" && (!hostShape.MatchString(s.WebOTPHost) || len(s.WebOTPHost) > 60) {
		return visavis.InvalidField("web_otp_host", "must be a host name such as bank.example, of at most 60 characters")
	}
	for key, n := range s.Budgets {
		if d, ok := declarations[key]; !ok || d.Budget == 0 {
			return visavis.InvalidField("budgets", "%q is not the key of an SMS", key)
		}
		if n < 1 || n > 10 {
			return visavis.InvalidField("budgets", "each is 1 to 10 segments")
		}
	}
	if len(s.Prices) > 300 {
		return visavis.InvalidField("prices", "at most 300")
	}
	seen := map[string]bool{}
	for i, p := range s.Prices {
		field := "prices." + strconv.Itoa(i)
		switch unit, err := currency.ParseISO(p.Currency); {
		case !prefixShape.MatchString(p.Prefix):
			return visavis.InvalidField(field+".prefix", "must be the beginning of a number, such as +84")
		case seen[p.Prefix]:
			return visavis.InvalidField(field+".prefix", "is named twice")
		case err != nil || unit.String() != p.Currency:
			return visavis.InvalidField(field+".currency", "must be a code of ISO 4217, such as USD")
		case !priceShape.MatchString(p.Segment):
			return visavis.InvalidField(field+".segment", `must be a decimal number such as "0.0452"`)
		}
		seen[p.Prefix] = true
	}
	return nil
}

// Cost is an estimate of what an SMS costs.
type Cost struct{ Prefix, Currency, Amount string }

// cost of so many segments, exactly.
func (p Price) cost(segments int) Cost {
	price, ok := new(big.Rat).SetString(p.Segment)
	if !ok {
		return Cost{}
	}
	amount := new(big.Rat).Mul(price, big.NewRat(int64(segments), 1)).FloatString(6)
	amount = strings.TrimRight(strings.TrimRight(amount, "0"), ".")
	return Cost{Prefix: p.Prefix, Currency: p.Currency, Amount: amount}
}

// costs returns what the segments cost at every price known, or only at that of
// a number's beginning; empty when no price is known.
func (s TextSettings) costs(prefix string, segments int) []Cost {
	costs := []Cost{}
	var best Price
	for _, p := range s.Prices {
		if prefix == "" {
			costs = append(costs, p.cost(segments))
		} else if strings.HasPrefix(prefix, p.Prefix) && len(p.Prefix) > len(best.Prefix) {
			best = p
		}
	}
	if best.Prefix != "" {
		costs = append(costs, best.cost(segments))
	}
	return costs
}

// TextSettings returns how the bank wants its SMS written.
func (s *Service) TextSettings(ctx context.Context, bankID uuid.UUID) (settings TextSettings, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		settings, err = textSettingsTx(ctx, tx)
		return err
	})
	return settings, err
}

func textSettingsTx(ctx context.Context, tx *postgres.Tx) (settings TextSettings, err error) {
	err = tx.QueryRow(ctx, `select settings from text_settings where bank_id = $1`, tx.BankID).Scan(&settings)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return settings, fmt.Errorf("read text settings: %w", err)
	}
	return settings, nil
}

// SetTextSettings replaces all of them. They are in force at once: they choose
// among wordings that were approved and add nothing but the lines described.
func (s *Service) SetTextSettings(ctx context.Context, bankID uuid.UUID, settings TextSettings) (TextSettings, error) {
	if err := settings.validate(); err != nil {
		return TextSettings{}, err
	}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tx.Wake(TopicTexts)
		_, err := tx.Exec(ctx, `
			insert into text_settings (bank_id, settings, updated_at) values ($1, $2, $3)
			on conflict (bank_id) do update set settings = excluded.settings, updated_at = excluded.updated_at`,
			bankID, settings, s.now())
		return err
	})
	if err != nil {
		return TextSettings{}, fmt.Errorf("set text settings: %w", err)
	}
	return settings, nil
}
