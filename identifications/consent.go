package identifications

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// The consents that a scenario may ask for.
const (
	ConsentProcess   = "process"   // to be identified by video, and to what is asked for it
	ConsentRecording = "recording" // to the recording of the call and to still pictures
	// ConsentCallRecording is to the recording of a call in which nobody is
	// identified, with the shared screen.
	ConsentCallRecording = "call_recording"
)

var consentKeys = []string{ConsentProcess, ConsentRecording, ConsentCallRecording}

// Each file is one version of one text in all languages. A version is never
// edited: a change is a new file, so that the words that somebody agreed to can
// always be shown again.
//
//go:embed consents/*.json
var consentFiles embed.FS

// consentFile is consents/<key>.<version>.json.
type consentFile struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
	Texts   map[string]struct {
		Title string `json:"title"`
		Body  string `json:"body"` // {years} = how long everything is kept
	} `json:"texts"`
}

// consentTexts holds all versions of each text, in order.
var consentTexts = mustLoadConsents()

func mustLoadConsents() map[string][]consentFile {
	all := map[string][]consentFile{}
	names, err := fs.Glob(consentFiles, "consents/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := consentFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var f consentFile
		if err := json.Unmarshal(data, &f); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		all[f.Key] = append(all[f.Key], f)
	}
	for _, versions := range all {
		slices.SortFunc(versions, func(a, b consentFile) int { return a.Version - b.Version })
	}
	return all
}

// ConsentText is the very words that a customer is asked to agree to.
type ConsentText struct {
	Key     string
	Version int
	Locale  string
	Title   string
	Body    string
	SHA256  [sha256.Size]byte // of the title, a line feed and the body, in UTF-8
}

// ConsentTexts returns the texts in force for a scenario in a locale (English
// when it is none of Locales).
func ConsentTexts(d Definition, locale string) []ConsentText {
	texts := make([]ConsentText, 0, len(d.Consents))
	for _, key := range d.Consents {
		versions := consentTexts[key]
		text, _ := consentText(d, key, versions[len(versions)-1].Version, locale)
		texts = append(texts, text)
	}
	return texts
}

// consentText renders one version, old or in force.
func consentText(d Definition, key string, version int, locale string) (ConsentText, bool) {
	if !slices.Contains(Locales, locale) {
		locale = "en"
	}
	for _, f := range consentTexts[key] {
		if f.Version != version {
			continue
		}
		body := strings.ReplaceAll(f.Texts[locale].Body, "{years}", years(d.Settings.WithDefaults().RetentionYears, locale))
		return ConsentText{
			Key: key, Version: version, Locale: locale, Title: f.Texts[locale].Title, Body: body,
			SHA256: sha256.Sum256([]byte(f.Texts[locale].Title + "\n" + body)),
		}, true
	}
	return ConsentText{}, false
}

// yearForms are the words for years by the language's plural (CLDR).
var yearForms = map[string]map[plural.Form]string{
	"en": {plural.One: "year", plural.Other: "years"},
	"vi": {plural.Other: "năm"},
	"zh": {plural.Other: "年"},
	"fa": {plural.Other: "سال"},
	"ru": {plural.One: "год", plural.Few: "года", plural.Many: "лет", plural.Other: "лет"},
	"uk": {plural.One: "рік", plural.Few: "роки", plural.Many: "років", plural.Other: "років"},
}

// years writes a number of years: "5 years".
func years(n int, locale string) string {
	forms := yearForms[locale]
	word, ok := forms[plural.Cardinal.MatchPlural(language.Make(locale), n, 0, 0, 0, 0)]
	if !ok {
		word = forms[plural.Other]
	}
	space := "\u00a0" // no line break between them
	if locale == "zh" {
		space = ""
	}
	return digits(n, locale) + space + word
}

// digits writes a number in the digits of the language.
func digits(n int, locale string) string {
	s := strconv.Itoa(n)
	if locale != "fa" {
		return s
	}
	return strings.Map(func(r rune) rune { return r - '0' + '۰' }, s)
}

// Consent is a decision that a customer took. It is never changed.
type Consent struct {
	ID       uuid.UUID
	Key      string
	Version  int
	Locale   string
	SHA256   []byte // of the words that were shown, see ConsentText
	Accepted bool
	At       time.Time
}

// Text returns the words of the consent, found = false when this binary does
// not know the version.
func (c Consent) Text(d Definition) (text ConsentText, found bool) {
	return consentText(d, c.Key, c.Version, c.Locale)
}

// ConsentDecision is what a customer says to one text.
type ConsentDecision struct {
	Key      string
	Version  int    // that was shown; must be the one in force
	Locale   string // that it was shown in
	Accepted bool
}

// GiveConsent records what the customer says to the texts, each with the hash
// of the words. One that is declined ends the case: state declined, reason
// consent_declined, a live booking given back. What was accepted before is not
// recorded again. Conflict "consent_changed" when another version is in force:
// show it. Invalid (field decisions.<n>) for a text that the scenario does not
// ask for.
func (s *Service) GiveConsent(ctx context.Context, bankID, id uuid.UUID, decisions []ConsentDecision) (ident Identification, err error) {
	if len(decisions) == 0 || len(decisions) > 20 {
		return ident, visavis.InvalidField("decisions", "must have 1 to 20 entries")
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if ident, err = s.stepTx(ctx, tx, id); err != nil {
			return err
		}
		missing, err := s.missingConsentsTx(ctx, tx, ident)
		if err != nil {
			return err
		}
		declined := false
		for i, d := range decisions {
			field := fmt.Sprintf("decisions.%d", i)
			if !slices.Contains(ident.Scenario.Consents, d.Key) {
				return visavis.InvalidField(field, "is not asked for")
			}
			if !slices.Contains(Locales, d.Locale) {
				return visavis.InvalidField(field, "locale must be one of %v", Locales)
			}
			versions := consentTexts[d.Key]
			if d.Version != versions[len(versions)-1].Version {
				return visavis.Errorf(visavis.Conflict, "consent_changed", "another version of the text %q is in force; read it again", d.Key)
			}
			if d.Accepted && !slices.Contains(missing, d.Key) {
				continue
			}
			text, _ := consentText(ident.Scenario.Definition, d.Key, d.Version, d.Locale)
			if err := s.recordTx(ctx, tx, ident, text, d.Accepted); err != nil {
				return err
			}
			missing = slices.DeleteFunc(missing, func(key string) bool { return key == d.Key })
			declined = declined || !d.Accepted
		}
		if declined {
			ident, err = s.declineTx(ctx, tx, ident, "consent_declined")
		}
		return err
	})
	return ident, err
}

func (s *Service) recordTx(ctx context.Context, tx *postgres.Tx, ident Identification, text ConsentText, accepted bool) error {
	_, err := tx.Exec(ctx, `
		insert into consents (bank_id, id, identification_id, text_key, text_version, locale, text_sha256, accepted, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.BankID, uuid.Must(uuid.NewV7()), ident.ID, text.Key, text.Version, text.Locale, text.SHA256[:], accepted, s.now())
	if err != nil {
		return fmt.Errorf("insert consent: %w", err)
	}
	event := "consent.given"
	if !accepted {
		event = "consent.declined"
	}
	return s.appendTx(ctx, tx, event, ident, map[string]any{
		"key": text.Key, "version": text.Version, "locale": text.Locale, "sha256": fmt.Sprintf("%x", text.SHA256),
	})
}

// Consents returns every decision of the customer, in order.
func (s *Service) Consents(ctx context.Context, bankID, id uuid.UUID) (list []Consent, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.GetTx(ctx, tx, id); err != nil {
			return err
		}
		list, err = s.consentsTx(ctx, tx, id)
		return err
	})
	return list, err
}

func (s *Service) consentsTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]Consent, error) {
	rows, err := tx.Query(ctx, `
		select id, text_key, text_version, locale, text_sha256, accepted, at from consents
		where bank_id = $1 and identification_id = $2 order by id`, tx.BankID, id)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Consent])
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	return list, nil
}

// missingConsentsTx returns the keys of the texts that are asked for and were
// not accepted. An accepted older version counts: the words were true when
// they were agreed to, and the case goes on under them.
func (s *Service) missingConsentsTx(ctx context.Context, tx *postgres.Tx, ident Identification) ([]string, error) {
	given, err := s.consentsTx(ctx, tx, ident.ID)
	if err != nil {
		return nil, err
	}
	accepted := map[string]bool{}
	for _, c := range given {
		accepted[c.Key] = c.Accepted
	}
	missing := []string{}
	for _, key := range ident.Scenario.Consents {
		if !accepted[key] {
			missing = append(missing, key)
		}
	}
	return missing, nil
}

// ConsentedTx refuses with Conflict "consent_missing" when a consent that the
// case asks for was not given: nothing of the customer may then be recorded.
func (s *Service) ConsentedTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	ident, err := s.GetTx(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.consentedTx(ctx, tx, ident)
}

func (s *Service) consentedTx(ctx context.Context, tx *postgres.Tx, ident Identification) error {
	missing, err := s.missingConsentsTx(ctx, tx, ident)
	if err != nil || len(missing) == 0 {
		return err
	}
	e := visavis.Errorf(visavis.Conflict, "consent_missing", "read and accept the consents first")
	for _, key := range missing {
		e.Fields = append(e.Fields, visavis.Field{Name: "consent." + key, Reason: "was not given"})
	}
	return e
}
