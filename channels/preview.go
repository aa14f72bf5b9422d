package channels

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/texts"
	"github.com/visavis/visavis/postgres"
)

// PreviewRequest says what to render.
type PreviewRequest struct {
	Key      string
	Locale   string            // "" = every language
	Variants []string          // with a Locale only; none = the open version, else what is in force
	Params   map[string]string // replace the samples
	Prefix   string            // of a number, such as "+84": its price only; "" = every price known
}

// PreviewText is how a text would read in one language.
type PreviewText struct {
	Locale   string
	Budget   int // segments; 0 = not an SMS
	Variants []PreviewVariant
	Findings []Finding
}

// PreviewVariant is one wording as it would be sent.
type PreviewVariant struct {
	Variant    int
	Body       string
	Count      SegmentCount // zero when it is not an SMS
	Fits       bool         // its budget
	Chosen     bool         // the one that would be sent with these params
	Unaccented bool         // Vietnamese without diacritics
	OriginLine bool         // ends with "@host #code"
	NotMe      bool         // ends with the hint what to answer
	Confirm    bool         // ends with the hint to answer YES: from a sender whose answers are taken in
	Costs      []Cost       // estimates; empty = no price is known
}

// PreviewText renders a text with samples, in every variant, with what it would
// cost. Nothing is sent or kept.
func (s *Service) PreviewText(ctx context.Context, bankID uuid.UUID, r PreviewRequest) (list []PreviewText, err error) {
	locales := texts.Locales
	if r.Locale != "" {
		locales = []string{r.Locale}
	}
	if err := knownText(r.Key, locales[0]); err != nil {
		return nil, err
	}
	if len(r.Variants) > 0 {
		if r.Locale == "" {
			return nil, visavis.InvalidField("variants", "go with a locale")
		}
		if r.Variants, err = keepable(r.Variants); err != nil {
			return nil, err
		}
	}
	d, _ := Declared(r.Key)
	for name, value := range r.Params {
		if !slices.Contains(d.Placeholders(), name) {
			return nil, visavis.InvalidField("params", "%q does not stand in this text", name)
		}
		if len([]rune(value)) > 300 {
			return nil, visavis.InvalidField("params", "%q is too long", name)
		}
	}
	if r.Prefix != "" && !prefixShape.MatchString(r.Prefix) {
		return nil, visavis.InvalidField("prefix", "must be the beginning of a number, such as +84")
	}
	f, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("preview text: %w", err)
	}
	answers := r.Key == "reminder" && f.rules.answered(SMS, Reminder, r.Prefix)
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		list = nil
		bank, err := bankTextsTx(ctx, tx)
		if err != nil {
			return err
		}
		var name string
		if err := tx.QueryRow(ctx, `select name from banks where bank_id = $1`, tx.BankID).Scan(&name); err != nil {
			return err
		}
		for _, locale := range locales {
			words := r.Variants
			own := len(words) > 0 // in force, they would be the bank's own words
			if !own {
				now, err := s.textsTx(ctx, tx, locale, []string{r.Key})
				if err != nil {
					return err
				}
				if words = now[0].Variants; now[0].Open != nil {
					words, own = now[0].Open.Variants, true
				}
			}
			p, err := s.preview(bank, r, locale, words, name, answers && (!own || hinted(bank, locale)))
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("preview text: %w", err)
	}
	return list, nil
}

func (s *Service) preview(bank *bankTexts, r PreviewRequest, locale string, words []string, name string, answers bool) (PreviewText, error) {
	values := s.sample(r.Key, locale, name)
	p := PreviewText{Locale: locale, Findings: lint(bank, Wording{Key: r.Key, Locale: locale, Variants: words}, values)}
	maps.Copy(values, sampled(locale, values, r.Params))
	base, channel := split(r.Key)
	if channel != "" {
		for i, text := range words {
			body, err := fillText(locale, channel, r.Key, text, values)
			if err != nil {
				continue // the findings say why
			}
			p.Variants = append(p.Variants, PreviewVariant{Variant: i, Body: body, Fits: true, Chosen: i == 0, Costs: []Cost{}})
		}
		return p, nil
	}
	p.Budget = bank.settings.Budget(base)
	whole := slices.DeleteFunc(slices.Clone(words), func(text string) bool {
		return slices.ContainsFunc(placeholders(text), func(name string) bool { _, ok := values[name]; return !ok })
	})
	if len(whole) == 0 {
		return p, nil
	}
	all, err := smsVariants(bank, locale, r.Key, whole, values, answers)
	if err != nil {
		return p, visavis.InvalidField("params", "%s", err.Error())
	}
	best := chosen(all)
	for i, of := range all {
		p.Variants = append(p.Variants, PreviewVariant{
			Variant: slices.Index(words, whole[of.variant]), Body: of.body, Count: of.count, Fits: of.fits, Chosen: i == best,
			Unaccented: of.unaccented, OriginLine: of.originLine, NotMe: of.notMe, Confirm: of.confirm, Costs: bank.settings.costs(r.Prefix, of.count.Segments),
		})
	}
	return p, nil
}

// sampled cleans and formats the params of a preview as those of a message are.
func sampled(locale string, values, params map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range params {
		if value = cleanName(value); value != "" || name == "name" {
			out[name] = value
		}
	}
	if code := out["currency"]; code != "" {
		out["amount"] = FormatAmount(locale, or(out["amount"], sampleMoney[locale][0]), code)
		out["currency"] = formatCurrency(locale, code)
	} else if amount := out["amount"]; amount != "" {
		out["amount"] = FormatAmount(locale, amount, sampleMoney[locale][1])
	}
	if minutes := out["minutes"]; minutes != "" {
		out["minutes"] = localDigits(locale, minutes)
	}
	return out
}

// sampleValues are the same for every bank and text: made once.
var sampleOf = func() map[string]map[string]string {
	all := map[string]map[string]string{}
	at := time.Date(2026, 12, 23, 22, 45, 0, 0, time.UTC) // a Wednesday
	for _, locale := range texts.Locales {
		money := sampleMoney[locale]
		all[locale] = map[string]string{
			"name": sampleName[locale], "payee": sampleName[locale], "code": "842913", "minutes": localDigits(locale, "5"),
			"date": formatDate(locale, at), "time": formatTime(locale, at),
			"amount": FormatAmount(locale, money[0], money[1]), "currency": formatCurrency(locale, money[1]),
		}
	}
	return all
}()

func sampleValues(locale string) map[string]string { return sampleOf[locale] }
