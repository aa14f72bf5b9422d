package banks

import (
	"context"
	"regexp"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// cardMAC is the keyring's purpose of a card's hash at rest.
const cardMAC = "card"

// maxCards is how many cards a customer may have.
const maxCards = 20

// cardHash is what a bank makes of a card's number: HMAC-SHA-256 under a key of
// its own, in hexadecimal. No card's number has this shape.
var cardHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// SetCards replaces the hashes of a customer's cards, each HMAC-SHA-256 in
// lower-case hexadecimal under a key that only the bank has. A hash that was
// another customer's becomes this one's: cards are issued anew. They are kept as
// a MAC under the master key.
func (s *Service) SetCards(ctx context.Context, bankID, customerID uuid.UUID, hashes []string) error {
	if len(hashes) > maxCards {
		return visavis.InvalidField("card_hashes", "at most %d", maxCards)
	}
	macs := make([][]byte, len(hashes))
	for i, hash := range hashes {
		if !cardHash.MatchString(hash) {
			return visavis.InvalidField("card_hashes", "each is 64 hexadecimal digits in lower case: an HMAC-SHA-256, never a card's number")
		}
		macs[i] = s.Keyring.MAC(cardMAC, bankID[:], []byte(hash))
	}
	return wrap("set cards", s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.CustomerTx(ctx, tx, customerID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from customer_cards where bank_id = $1 and customer_id = $2`, bankID, customerID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			insert into customer_cards (bank_id, card_mac, customer_id, created_at)
			select distinct on (mac) $1, mac, $3, $4 from unnest($2::bytea[]) mac
			on conflict (bank_id, card_mac) do update set customer_id = excluded.customer_id, created_at = excluded.created_at`,
			bankID, macs, customerID, s.Now())
		return err
	}))
}

// CardHolderTx returns whose card it is; uuid.Nil when nobody's. It is one query
// for a known and an unknown card alike. Invalid (field card_hash) for what is no
// hash.
func (s *Service) CardHolderTx(ctx context.Context, tx *postgres.Tx, hash string) (id uuid.UUID, err error) {
	if !cardHash.MatchString(hash) {
		return id, visavis.InvalidField("card_hash", "is 64 hexadecimal digits in lower case: an HMAC-SHA-256, never a card's number")
	}
	err = tx.QueryRow(ctx, `
		select coalesce((select customer_id from customer_cards where bank_id = $1 and card_mac = any($2) limit 1), '00000000-0000-0000-0000-000000000000')`,
		tx.BankID, s.Keyring.MACs(cardMAC, tx.BankID[:], []byte(hash))).Scan(&id)
	return id, wrap("find card", err)
}

// PhoneHolderTx returns the newest customer with the number; uuid.Nil when
// nobody has it.
func (s *Service) PhoneHolderTx(ctx context.Context, tx *postgres.Tx, phone string) (id uuid.UUID, err error) {
	err = tx.QueryRow(ctx, `
		select coalesce((select id from customers where bank_id = $1 and phone = $2 order by id desc limit 1), '00000000-0000-0000-0000-000000000000')`,
		tx.BankID, phone).Scan(&id)
	return id, wrap("find phone", err)
}
