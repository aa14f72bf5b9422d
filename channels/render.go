package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// content is what a message is rendered from.
type content struct {
	id             uuid.UUID
	template       string
	locale         string
	timeZone       string
	params         map[string]string
	sealed         []byte
	data           map[string]string
	linkID         *uuid.UUID
	customer, bank string
	overrides      map[string]string // the bank's own wording: key → text
}

// content loads a delivery's message, together with those of the other
// deliveries of its bank that were claimed with it.
func (s *Service) content(ctx context.Context, it *item) (*content, error) {
	it.batch.mu.Lock()
	of := it.batch.banks[it.BankID]
	it.batch.mu.Unlock()
	of.once.Do(func() { of.messages, of.err = s.load(ctx, it.BankID, of.ids) })
	if of.err != nil {
		return nil, of.err
	}
	c, ok := of.messages[it.MessageID]
	if !ok {
		return nil, fmt.Errorf("message %s is missing", it.MessageID)
	}
	return c, nil
}

func (s *Service) load(ctx context.Context, bankID uuid.UUID, ids []uuid.UUID) (map[uuid.UUID]*content, error) {
	messages := map[uuid.UUID]*content{}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select m.id, m.template, m.locale, m.time_zone, m.params, m.sealed, m.push_data, m.link_id, coalesce(c.name, ''), b.name
			from messages m
			join banks b on b.bank_id = m.bank_id
			left join customers c on c.bank_id = m.bank_id and c.id = m.customer_id
			where m.bank_id = $1 and m.id = any($2)`, bankID, ids)
		if err != nil {
			return err
		}
		var locales []string
		loaded, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*content, error) {
			c := &content{}
			err := row.Scan(&c.id, &c.template, &c.locale, &c.timeZone, &c.params, &c.sealed, &c.data, &c.linkID, &c.customer, &c.bank)
			locales = append(locales, c.locale)
			return c, err
		})
		if err != nil {
			return err
		}
		own, err := overridesTx(ctx, tx, locales)
		for _, c := range loaded {
			c.overrides = own[c.locale]
			messages[c.id] = c
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	return messages, nil
}

// render makes what the provider gets. The secret is opened and the link's
// token derived here, and nowhere kept.
func (s *Service) render(it *item, c *content) (Outgoing, error) {
	out := Outgoing{
		BankID: it.BankID, DeliveryID: it.ID, Channel: it.Channel, Class: it.Class, To: it.Recipient, Locale: c.locale,
	}
	values, err := s.values(c, it.Channel)
	if err != nil {
		return out, err
	}
	if it.Channel != Voice {
		if out.Body, err = fill(c, it.Channel, c.template, values); err != nil {
			return out, err
		}
	}
	if it.Channel == Push {
		if out.Title, err = fill(c, Push, "title", values); err != nil {
			return out, err
		}
		out.Data = s.pushData(it, c, values)
	}
	return out, nil
}

func (s *Service) pushData(it *item, c *content, values map[string]string) map[string]string {
	data := map[string]string{
		"type": c.template, "bank": c.bank,
		"expires_at": it.ExpiresAt.Format(time.RFC3339), "sent_at": s.now().Format(time.RFC3339),
	}
	maps.Copy(data, c.data)
	// The app tells a push that comes twice by it. It is the delivery's, which is
	// the same when it is sent again.
	data["message_id"], data["bank_id"] = it.ID.String(), it.BankID.String()
	if link := values["link"]; link != "" {
		data["link"] = link
	}
	return data
}

// voiceText is what a call speaks: its text, in a language that the caller's
// provider can speak.
func (s *Service) voiceText(c *content) (string, error) {
	values, err := s.values(c, Voice)
	if err != nil {
		return "", err
	}
	return fill(c, Voice, c.template, values)
}

// values gives every placeholder that the message can fill.
func (s *Service) values(c *content, channel Channel) (map[string]string, error) {
	values := map[string]string{"bank": clean(c.bank), "name": clean(c.customer)}
	for name, value := range c.params {
		values[name] = clean(value)
	}
	if start := c.params["start"]; start != "" {
		at, err := time.Parse(time.RFC3339, start)
		if err != nil {
			return nil, fmt.Errorf("param start is not a time: %w", err)
		}
		zone, err := time.LoadLocation(c.timeZone)
		if err != nil {
			return nil, fmt.Errorf("time zone of message: %w", err)
		}
		values["date"], values["time"] = formatDate(c.locale, at.In(zone)), formatTime(c.locale, at.In(zone))
		delete(values, "start")
	}
	if minutes := values["minutes"]; minutes != "" {
		values["minutes"] = localDigits(c.locale, minutes)
	}
	if c.sealed != nil {
		plain, err := s.keys.Open(sealMessage, c.id[:], c.sealed)
		if err != nil {
			return nil, fmt.Errorf("open secret of message: %w", err)
		}
		var secret map[string]string
		if err := json.Unmarshal(plain, &secret); err != nil {
			return nil, fmt.Errorf("open secret of message: not what was sealed") // the cause could quote it
		}
		maps.Copy(values, secret)
		if channel == Voice {
			values["code"] = spell(secret["code"])
		}
	}
	if c.linkID != nil {
		values["link"] = s.banks.LinkURL(*c.linkID)
	}
	return values, nil
}

// spell separates digits so that a voice says them one by one, slowly.
func spell(code string) string { return strings.Join(strings.Split(code, ""), ", ") }

// fill renders a text. In a right-to-left language what is put in is isolated
// (UAX #9): a code, time or link runs left to right, a name decides for itself,
// and none of them moves the words around it.
func fill(c *content, channel Channel, key string, values map[string]string) (string, error) {
	text, ok := wording(c.overrides, c.locale, channel, key)
	if !ok {
		return "", fmt.Errorf("there is no text %q", key)
	}
	rtl := c.locale == "fa" && channel != Voice
	var b strings.Builder
	for _, part := range parse(text) {
		if part.name == "" {
			b.WriteString(part.text)
			continue
		}
		value, ok := values[part.name]
		if !ok || (value == "" && part.name != "name") {
			return "", fmt.Errorf("text %q needs {%s}", key, part.name)
		}
		if rtl && key != "text" && key != "title" {
			value = isolate(part.name, value)
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

const (
	lri = "\u2066" // left-to-right isolate
	fsi = "\u2068" // first strong isolate
	pdi = "\u2069" // pop directional isolate
)

func isolate(name, value string) string {
	switch name {
	case "link":
		// The space keeps phones from taking the invisible end mark for a part
		// of the link (Android's Linkify takes U+2069 as a URL character).
		return lri + value + " " + pdi
	case "code", "time":
		return lri + value + pdi
	case "bank", "name":
		return fsi + value + pdi
	}
	return value
}

// clean takes out control characters and those that change the direction of
// text: what comes from outside must not rearrange a message.
func clean(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r < 0x20, r >= 0x7f && r < 0xa0,
			r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0xfffd:
			return -1
		}
		return r
	}, value)
}
