package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/texts"
	"github.com/visavis/visavis/postgres"
)

// KnownLocale returns the language of the product for a BCP 47 tag: "fa" for
// "fa-IR". English when there is none.
func KnownLocale(tag string) string {
	language, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if slices.Contains(texts.Locales, language) {
		return language
	}
	return texts.Locales[0]
}

// needed is what a text of ours may have to be filled in.
type needed struct {
	names []string
	known bool // there is such a text
}

type neededKey struct {
	template string
	channel  Channel
}

var neededTexts sync.Map // neededKey → needed, of texts that exist: they are constants of the program

func neededOf(template string, channel Channel) needed {
	if n, ok := neededTexts.Load(neededKey{template, channel}); ok {
		return n.(needed)
	}
	words, ok := wording(nil, texts.Locales[0], channel, template)
	n := needed{names: placeholders(strings.Join(words, " ")), known: ok}
	for _, key := range []string{template + "." + string(channel), template} {
		if d, ok := Declared(key); ok { // the bank's own words may have any of them
			n.names = append(n.names, d.Placeholders()...)
			break
		}
	}
	slices.Sort(n.names)
	n.names = slices.Compact(n.names)
	if ok {
		neededTexts.Store(neededKey{template, channel}, n)
	}
	return n
}

// checkParams refuses a message whose text, in any of its channels, would lack
// something to put in. A bank's own wording uses no more than is declared.
func checkParams(m Message) error {
	given := map[string]bool{"bank": true, "name": true, "link": m.LinkID != uuid.Nil}
	for name, value := range m.Params {
		if name == "code" {
			return visavis.InvalidField("params", "a code is a secret, not a param")
		}
		given[name] = cleanParam(name, value) != "" // what is left of it when it is rendered
	}
	if start := m.Params["start"]; start != "" {
		if _, err := time.Parse(time.RFC3339, start); err != nil {
			return visavis.InvalidField("params", "start must be a time with its offset from UTC (RFC 3339)")
		}
	}
	for name := range m.Secret {
		given[name] = m.Secret[name] != ""
	}
	given["date"], given["time"] = given["start"], given["start"]
	over := m.over()
	if len(over) == 0 { // the bank's route decides: any of them
		over = []Channel{SMS, Voice, Push}
	}
	known := false
	for _, channel := range over {
		text := neededOf(m.Template, channel)
		known = known || text.known
		for _, name := range text.names {
			if !given[name] {
				return visavis.InvalidField("params", "template %s needs %s", m.Template, name)
			}
		}
	}
	_, declared := declarations[m.Template]
	if !known || !declared || m.Template == "title" {
		return visavis.InvalidField("template", "is not the key of a text")
	}
	if m.Params["currency"] != "" {
		return CheckAmount(m.Params["amount"], m.Params["currency"])
	}
	return nil
}

// Text is the wording in force for a key and locale, and what may become of it.
type Text struct {
	Declaration
	Locale   string
	Variants []string // in force, longest first
	Default  []string // the embedded wording
	Version  int      // of the bank's own that is in force; 0 = the embedded wording
	Budget   int      // segments, with the bank's settings; 0 = not an SMS
	Open     *Version // drafted, submitted or approved, not in force yet
}

// TextState says how far a bank's own wording is.
type TextState string

// The states. Draft, submitted and approved are open: a text has one open
// version at most. Published is in force: one at most.
const (
	Draft     TextState = "draft"
	Submitted TextState = "submitted" // waits for another administrator
	Approved  TextState = "approved"
	Rejected  TextState = "rejected"
	Published TextState = "published"
	Archived  TextState = "archived"
)

// Version is one wording of a bank's own. Its words never change once it was
// submitted.
type Version struct {
	ID        uuid.UUID
	Version   int
	State     TextState
	Variants  []string
	Authors   []uuid.UUID // agents and API keys
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Change is one entry of a text's history.
type Change struct {
	Version   int
	Action    string // drafted, submitted, approved, rejected, published, archived, reverted
	ActorKind visavis.ActorKind
	ActorID   uuid.UUID // uuid.Nil: the gateway itself
	Note      string
	At        time.Time
}

// ListTexts returns every text that a bank may word for itself, in a locale, as
// it is in force, sorted by key.
func (s *Service) ListTexts(ctx context.Context, bankID uuid.UUID, locale string) ([]Text, error) {
	locale = KnownLocale(locale)
	var list []Text
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		list, err = s.textsTx(ctx, tx, locale, TextKeys())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	return list, nil
}

func (s *Service) textsTx(ctx context.Context, tx *postgres.Tx, locale string, keys []string) ([]Text, error) {
	settings, err := textSettingsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		select key, id, version, state, variants, authors, created_at, updated_at from texts
		where bank_id = $1 and locale = $2 and key = any($3) and state in ('draft', 'submitted', 'approved', 'published')`,
		tx.BankID, locale, keys)
	if err != nil {
		return nil, err
	}
	published, open := map[string]Version{}, map[string]*Version{}
	var key string
	var v Version
	_, err = pgx.ForEachRow(rows, []any{&key, &v.ID, &v.Version, &v.State, &v.Variants, &v.Authors, &v.CreatedAt, &v.UpdatedAt}, func() error {
		v := v
		v.Variants, v.Authors = slices.Clone(v.Variants), slices.Clone(v.Authors)
		if v.State == Published {
			published[key] = v
		} else {
			open[key] = &v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var list []Text
	for _, key := range keys {
		d, _ := Declared(key)
		t := Text{Declaration: d, Locale: locale, Variants: embedded[locale][key], Default: embedded[locale][key], Open: open[key]}
		if base, channel := split(key); channel == "" {
			t.Budget = settings.Budget(base)
		}
		if own, ok := published[key]; ok {
			t.Variants, t.Version = own.Variants, own.Version
		}
		list = append(list, t)
	}
	return list, nil
}

// TextDetail is a text with its versions and all that happened to it, newest
// first.
type TextDetail struct {
	Text     Text
	Versions []Version
	History  []Change
}

// GetText returns a text with its last 100 versions and 200 changes. It is
// NotFound (text_not_found) for an unknown key.
func (s *Service) GetText(ctx context.Context, bankID uuid.UUID, key, locale string) (d TextDetail, err error) {
	if err := knownText(key, locale); err != nil {
		return d, err
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		d, err = s.textTx(ctx, tx, key, locale)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("get text: %w", err)
	}
	return d, nil
}

func (s *Service) textTx(ctx context.Context, tx *postgres.Tx, key, locale string) (d TextDetail, err error) {
	list, err := s.textsTx(ctx, tx, locale, []string{key})
	if err != nil {
		return d, err
	}
	d.Text = list[0]
	rows, err := tx.Query(ctx, `
		select id, version, state, variants, authors, created_at, updated_at from texts
		where bank_id = $1 and key = $2 and locale = $3 order by version desc limit 100`, tx.BankID, key, locale)
	if err != nil {
		return d, err
	}
	if d.Versions, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Version]); err != nil {
		return d, err
	}
	rows, err = tx.Query(ctx, `
		select version, action, actor_kind, coalesce(actor_id, '00000000-0000-0000-0000-000000000000'), note, at from text_changes
		where bank_id = $1 and key = $2 and locale = $3 order by at desc, id desc limit 200`, tx.BankID, key, locale)
	if err != nil {
		return d, err
	}
	d.History, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Change])
	return d, err
}

func knownText(key, locale string) error {
	if !slices.Contains(texts.Locales, locale) {
		return visavis.InvalidField("locale", "must be one of %s", strings.Join(texts.Locales, ", "))
	}
	if _, ok := Declared(key); !ok || key == "text" {
		return visavis.Errorf(visavis.NotFound, "text_not_found", "there is no text of this key")
	}
	return nil
}

// bankTextsSQL reads the bank's own wording that is in force, and its settings.
const bankTextsSQL = `
select locale, key, variants, null::jsonb from texts where bank_id = $1 and state = 'published'
union all
select '', '', '{}', settings from text_settings where bank_id = $1`

func (b *bankTexts) scan(rows pgx.Rows) error {
	var locale, key string
	var words []string
	var settings []byte
	_, err := pgx.ForEachRow(rows, []any{&locale, &key, &words, &settings}, func() error {
		if settings != nil {
			return json.Unmarshal(settings, &b.settings)
		}
		if b.own[locale] == nil {
			b.own[locale] = map[string][]string{}
		}
		b.own[locale][key] = slices.Clone(words)
		return nil
	})
	return err
}

// bankTextsTx reads what facts keep, in the caller's transaction.
func bankTextsTx(ctx context.Context, tx *postgres.Tx) (*bankTexts, error) {
	rows, err := tx.Query(ctx, bankTextsSQL, tx.BankID)
	if err != nil {
		return nil, err
	}
	bank := &bankTexts{own: map[string]map[string][]string{}}
	return bank, bank.scan(rows)
}

// WordsTx returns a text of the bank's in a language, filled: for what is said
// elsewhere than in a message of this package, such as an automatic reply, a
// line on a page or an IVR's prompt. A channel of SMS keeps to its budget. Params
// are as in Message; {bank} is filled in.
func (s *Service) WordsTx(ctx context.Context, tx *postgres.Tx, channel Channel, key, locale string, params map[string]string) (string, error) {
	locale = KnownLocale(locale)
	bank, err := bankTextsTx(ctx, tx)
	if err != nil {
		return "", fmt.Errorf("words of %s: %w", key, err)
	}
	c := &content{locale: locale, template: key, params: params, texts: bank, timeZone: or(params["time_zone"], "UTC")}
	if err := tx.QueryRow(ctx, `select name from banks where bank_id = $1`, tx.BankID).Scan(&c.bank); err != nil {
		return "", fmt.Errorf("words of %s: %w", key, err)
	}
	values, err := s.values(c, channel)
	if err != nil {
		return "", fmt.Errorf("words of %s: %w", key, err)
	}
	return fill(c, channel, key, values)
}
