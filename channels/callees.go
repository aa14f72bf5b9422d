package channels

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Reach returns what says of many numbers (E.164) whether the bank may message
// and call them at all, as its settings and policy are now: nil, or the refusal
// that a message to it would get (country_not_allowed, number_not_allowed).
func (s *Service) Reach(ctx context.Context, bankID uuid.UUID) (func(phone string) error, error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("read bank: %w", err)
	}
	countries, rules := bank.settings.Countries, bank.rules
	return func(phone string) error {
		return reachable(recipient{phone: phone, countries: countries, rules: rules})
	}, nil
}

// OptedOutOfTx returns those of many numbers that want nothing of the class by
// the channel.
func (s *Service) OptedOutOfTx(ctx context.Context, tx *postgres.Tx, channel Channel, class Class, phones []string) (map[string]bool, error) {
	out := map[string]bool{}
	if class.Group() == Essential {
		return out, nil
	}
	rows, _ := tx.Query(ctx, `select phone from opted_out where bank_id = $1 and phone = any($2) and class_group = $3 and channel = $4`,
		tx.BankID, phones, class.Group(), channel)
	var phone string
	if _, err := pgx.ForEachRow(rows, []any{&phone}, func() error { out[phone] = true; return nil }); err != nil {
		return nil, fmt.Errorf("read opt-outs: %w", err)
	}
	return out, nil
}
