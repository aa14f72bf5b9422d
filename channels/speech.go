package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Speech is what a call says.
type Speech struct {
	Text   string // empty: nothing, hang up
	Locale string // the language of Text
}

// Speech returns what an answered call is to say. The locale is the customer's,
// but English for Persian: no carrier has a Persian voice. The text is empty
// when the message has expired or its secret is gone. Like Receipt it refuses,
// as NotFound, a delivery that is not this provider's call.
func (s *Service) Speech(ctx context.Context, bankID, deliveryID uuid.UUID, provider, providerID string) (Speech, error) {
	var messageID uuid.UUID
	var expires time.Time
	var template string
	var sealed bool
	var own *string
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `
			select d.message_id, d.expires_at, d.provider_id, m.template, m.sealed is not null
			from deliveries d join messages m on m.bank_id = d.bank_id and m.id = d.message_id
			where d.bank_id = $1 and d.id = $2 and d.channel = 'voice' and d.provider = $3 and d.attempts > 0`,
			bankID, deliveryID, provider).Scan(&messageID, &expires, &own, &template, &sealed)
	})
	if err == pgx.ErrNoRows || (err == nil && own != nil && *own != providerID) {
		return Speech{}, visavis.Errorf(visavis.NotFound, "delivery_not_found", "there is no such delivery")
	}
	if err != nil {
		return Speech{}, fmt.Errorf("read delivery of call: %w", err)
	}
	if !s.now().Before(expires) || (declarations[template].needs("code") && !sealed) {
		return Speech{}, nil
	}
	messages, err := s.load(ctx, bankID, []uuid.UUID{messageID}, nil)
	if err != nil {
		return Speech{}, err
	}
	c := messages[messageID]
	if c.locale == "fa" && c.template != "text" {
		c.locale, c.texts = "en", nil
	}
	text, err := s.voiceText(c)
	if err != nil {
		return Speech{}, fmt.Errorf("text of call: %w", err)
	}
	return Speech{Text: text, Locale: c.locale}, nil
}
