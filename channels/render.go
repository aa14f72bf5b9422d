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
	customerID     *uuid.UUID
	aboutType      string
	customer, bank string
	stopped        bool       // it was met or cancelled before it was read; not known of one that came with the claim
	texts          *bankTexts // the bank's own wording; nil: the embedded one
	rules          *rules     // of the bank
}

// content gives a delivery's message, read together with what the others of its
// bank that were claimed with it need.
func (s *Service) content(ctx context.Context, it *item) (*content, error) {
	it.batch.mu.Lock()
	of := it.batch.banks[it.BankID]
	it.batch.mu.Unlock()
	of.once.Do(func() {
		if of.messages, of.err = s.load(ctx, it.BankID, of.ids, of.claimed); of.err == nil {
			of.err = s.stopped(ctx, it.BankID, of.items)
		}
	})
	if of.err != nil {
		return nil, of.err
	}
	c, ok := of.messages[it.MessageID]
	if !ok {
		return nil, fmt.Errorf("message %s is missing", it.MessageID)
	}
	return c, nil
}

// load reads messages by their ids and completes those that the claim brought:
// with the bank's name and wording, and with the names of customers that a text
// mentions.
func (s *Service) load(ctx context.Context, bankID uuid.UUID, ids []uuid.UUID, claimed []*content) (map[uuid.UUID]*content, error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	all := claimed
	if len(ids) > 0 {
		err := s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
			batch.Queue(`select id, stopped_at is not null, `+contentColumns+` from messages where bank_id = $1 and id = any($2)`, bankID, ids).Query(func(rows pgx.Rows) error {
				read, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*content, error) {
					c := &content{}
					return c, row.Scan(append([]any{&c.id, &c.stopped}, c.fields()...)...)
				})
				all = append(claimed[:len(claimed):len(claimed)], read...)
				return err
			})
		})
		if err != nil {
			return nil, fmt.Errorf("load messages: %w", err)
		}
	}
	messages := make(map[uuid.UUID]*content, len(all))
	var named []uuid.UUID
	for _, c := range all {
		c.bank, c.texts, c.rules = bank.name, bank.texts, bank.rules
		messages[c.id] = c
		if c.customerID != nil && c.needsName() {
			named = append(named, *c.customerID)
		}
	}
	if len(named) == 0 {
		return messages, nil
	}
	names := make(map[uuid.UUID]string, len(named))
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		batch.Queue(`select id, name from customers where bank_id = $1 and id = any($2)`, bankID, named).Query(func(rows pgx.Rows) error {
			var id uuid.UUID
			var name string
			_, err := pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	for _, c := range all {
		if c.customerID != nil {
			c.customer = names[*c.customerID]
		}
	}
	return messages, nil
}

const contentColumns = `template, locale, time_zone, params, sealed, push_data, link_id, customer_id, about_type`

// fields are where contentColumns go.
func (c *content) fields() []any {
	return []any{&c.template, &c.locale, &c.timeZone, &c.params, &c.sealed, &c.data, &c.linkID, &c.customerID, &c.aboutType}
}

// needsName reports whether a text of the message may mention the customer.
func (c *content) needsName() bool {
	for _, channel := range []Channel{SMS, Push, Voice} {
		for _, key := range []string{c.template, "title"} {
			if words, _ := wording(c.texts, c.locale, channel, key); strings.Contains(strings.Join(words, " "), "{name}") {
				return true
			}
		}
	}
	return false
}

// render makes what the provider gets. The secret is opened and the link's
// token derived here, and nowhere kept.
func (s *Service) render(it *item, c *content) (Outgoing, error) {
	out := Outgoing{
		BankID: it.BankID, DeliveryID: it.ID, Channel: it.Channel, Class: it.Class, To: it.Recipient, Locale: c.locale, From: it.From,
	}
	values, err := s.values(c, it.Channel)
	if err != nil {
		return out, err
	}
	if it.Channel == Flash {
		// The number is the code: it is kept as one.
		out.From = values["from"]
		return out, nil
	}
	switch it.Channel {
	case Voice:
	case SMS:
		// A YES to a message about a booking confirms it: see Receive.
		out.Body, err = smsBody(c.texts, c.locale, c.template, values, c.aboutType == "booking" && c.rules.receives(it.From))
	default:
		out.Body, err = fill(c, it.Channel, c.template, values)
	}
	if err != nil {
		return out, err
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
	values := map[string]string{"bank": cleanName(c.bank), "name": cleanName(c.customer)}
	for name, value := range c.params {
		values[name] = cleanParam(name, value)
	}
	if code := values["currency"]; code != "" {
		values["amount"] = FormatAmount(c.locale, values["amount"], code)
		values["currency"] = formatCurrency(c.locale, code)
	}
	if start := c.params["start"]; start != "" {
		at, err := time.Parse(time.RFC3339, start)
		if err != nil {
			return nil, fmt.Errorf("param start is not a time: %w", err)
		}
		in, err := zone(c.timeZone)
		if err != nil {
			return nil, fmt.Errorf("time zone of message: %w", err)
		}
		values["date"], values["time"] = formatDate(c.locale, at.In(in)), formatTime(c.locale, at.In(in))
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

// fill renders a text: the longest wording, but for an SMS the longest that
// fits its budget of segments.
func fill(c *content, channel Channel, key string, values map[string]string) (string, error) {
	if channel == SMS {
		return smsBody(c.texts, c.locale, key, values, false)
	}
	words, ok := wording(c.texts, c.locale, channel, key)
	if !ok {
		return "", fmt.Errorf("there is no text %q", key)
	}
	return fillText(c.locale, channel, key, words[0], values)
}

// cleanParam makes of a param what may stand in a message: the caller's own words
// keep their lines, all else is one short line.
func cleanParam(name, value string) string {
	if name == "text" {
		return clean(value)
	}
	return cleanName(value)
}

// clean takes out control characters and those that change the direction of
// text or cannot be seen: what comes from outside must not rearrange a message.
// Zero-width joiners stay, Persian is written with them.
func clean(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case hidden(r):
			return -1
		}
		return r
	}, value)
}

func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0, // C0, DEL, C1
		r == 0x061c, r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0xfeff, r >= 0xfff9 && r <= 0xfffd, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

// maxNameRunes bounds a name or payee in a text.
const maxNameRunes = 60

// cleanName makes a name one short line, so that it can neither rearrange a
// message nor begin a line of its own, such as that of an origin-bound code.
func cleanName(value string) string {
	value = strings.Join(strings.Fields(clean(value)), " ")
	if runes := []rune(value); len(runes) > maxNameRunes {
		return string(runes[:maxNameRunes-3]) + "..."
	}
	return value
}
