package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/texts"
	"github.com/visavis/visavis/postgres"
)

// maxTextRunes bounds a text of the bank's own; a provider's limit for a whole
// SMS is 1,600.
const maxTextRunes = 1000

// embedded is the product's own wording: locale → key → text. It is read once,
// at start; a file that is not valid is a fault of the build.
var embedded = func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, locale := range texts.Locales {
		raw, err := texts.FS.ReadFile(locale + ".json")
		if err != nil {
			panic("channels: " + err.Error())
		}
		of := map[string]string{}
		if err := json.Unmarshal(raw, &of); err != nil {
			panic("channels: texts/" + locale + ".json: " + err.Error())
		}
		all[locale] = of
	}
	return all
}()

// KnownLocale returns the language of the product for a BCP 47 tag: "fa" for
// "fa-IR". English when there is none.
func KnownLocale(tag string) string {
	language, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if slices.Contains(texts.Locales, language) {
		return language
	}
	return texts.Locales[0]
}

// wording finds the text of a key for a channel: the bank's own before the
// embedded one, the channel's own before the SMS's.
func wording(overrides map[string]string, locale string, channel Channel, key string) (string, bool) {
	for _, k := range []string{key + "." + string(channel), key} {
		if text := overrides[k]; text != "" {
			return text, true
		}
		if text, ok := embedded[locale][k]; ok {
			return text, true
		}
	}
	return "", false
}

type part struct{ text, name string } // one of both

var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

func parse(text string) []part {
	var parts []part
	for {
		at := placeholder.FindStringSubmatchIndex(text)
		if at == nil {
			return append(parts, part{text: text})
		}
		parts = append(parts, part{text: text[:at[0]]}, part{name: text[at[2]:at[3]]})
		text = text[at[1]:]
	}
}

// placeholders returns the names in a text, each once, in order of the alphabet.
func placeholders(text string) []string {
	var names []string
	for _, p := range parse(text) {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// checkParams refuses a message whose text, in any of its channels, would lack
// something to put in. A bank's own wording uses no more than the embedded one.
func checkParams(m Message) error {
	given := map[string]bool{"bank": true, "name": true, "link": m.LinkID != uuid.Nil}
	for name := range m.Params {
		if name == "code" {
			return fmt.Errorf("send message: a code is a secret, not a param")
		}
		given[name] = m.Params[name] != ""
	}
	for name := range m.Secret {
		given[name] = m.Secret[name] != ""
	}
	given["date"], given["time"] = given["start"], given["start"]
	known := false
	for _, channel := range m.over() {
		text, ok := wording(nil, texts.Locales[0], channel, m.Template)
		known = known || ok
		for _, name := range placeholders(text) {
			if !given[name] {
				return visavis.InvalidField("params", "template %s needs %s", m.Template, name)
			}
		}
	}
	if !known || m.Template == "title" || strings.Contains(m.Template, ".") {
		return visavis.InvalidField("template", "is not the key of a text")
	}
	return nil
}

// Text is the wording in force for a key and locale.
type Text struct {
	Key, Locale string
	Body        string
	Default     string // the embedded wording
	Version     int    // of the bank's own; 0 = the embedded wording
}

// ListTexts returns every text that a bank may word for itself, in a locale, as
// it is in force, sorted by key.
func (s *Service) ListTexts(ctx context.Context, bankID uuid.UUID, locale string) ([]Text, error) {
	locale = KnownLocale(locale)
	var list []Text
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select distinct on (key) key, version, body from texts
			where bank_id = $1 and locale = $2 order by key, version desc`, bankID, locale)
		if err != nil {
			return err
		}
		own := map[string]Text{}
		var t Text
		if _, err = pgx.ForEachRow(rows, []any{&t.Key, &t.Version, &t.Body}, func() error { own[t.Key] = t; return nil }); err != nil {
			return err
		}
		for key, body := range embedded[locale] {
			if key == "text" {
				continue
			}
			t := Text{Key: key, Locale: locale, Body: body, Default: body}
			if o := own[key]; o.Body != "" {
				t.Body, t.Version = o.Body, o.Version
			}
			list = append(list, t)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list texts: %w", err)
	}
	slices.SortFunc(list, func(a, b Text) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// SetText puts a bank's own wording in force, as a new version; an empty body
// goes back to the embedded one. It refuses an unknown key or locale, a
// placeholder that the embedded wording does not have (besides {bank} and
// {name}), a text of security without its code or link, and a text of more than
// 1,000 characters.
func (s *Service) SetText(ctx context.Context, bankID uuid.UUID, key, locale, body string) (Text, error) {
	if !slices.Contains(texts.Locales, locale) {
		return Text{}, visavis.InvalidField("locale", "must be one of %s", strings.Join(texts.Locales, ", "))
	}
	original, ok := embedded[locale][key]
	if !ok || key == "text" {
		return Text{}, visavis.Errorf(visavis.NotFound, "text_not_found", "there is no text of this key")
	}
	body = strings.TrimSpace(clean(body))
	if len([]rune(body)) > maxTextRunes {
		return Text{}, visavis.InvalidField("body", "must have at most %d characters", maxTextRunes)
	}
	if body != "" {
		may := append(placeholders(original), "bank", "name")
		has := placeholders(body)
		for _, name := range has {
			if !slices.Contains(may, name) {
				return Text{}, visavis.InvalidField("body", "{%s} is not available in this text: it may have {%s}", name, strings.Join(may, "}, {"))
			}
		}
		for _, name := range []string{"code", "link"} {
			if slices.Contains(may, name) && !slices.Contains(has, name) {
				return Text{}, visavis.InvalidField("body", "must contain {%s}", name)
			}
		}
	}
	var by *uuid.UUID
	if actor := visavis.ActorFrom(ctx); actor.ID != uuid.Nil {
		by = &actor.ID
	}
	t := Text{Key: key, Locale: locale, Body: or(body, original), Default: original}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		// Two at once: the unique key lets one of them wait and then fail; a
		// lock gives both their version.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('texts' || $1::text, 0))`, bankID); err != nil {
			return err
		}
		tx.Wake(TopicTexts)
		return tx.QueryRow(ctx, `
			insert into texts (bank_id, key, locale, version, body, created_by, created_at)
			select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6 from texts where bank_id = $1 and key = $2 and locale = $3
			returning version`, bankID, key, locale, body, by, s.now()).Scan(&t.Version)
	})
	if err != nil {
		return Text{}, fmt.Errorf("set text: %w", err)
	}
	if body == "" {
		t.Version = 0
	}
	return t, nil
}
