package calls

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// What becomes of a part by telephone (PhonePart): package ivr calls the customer
// and tells.

// PartAsk is whom package ivr is to call.
type PartAsk struct {
	PartID     uuid.UUID
	CallID     uuid.UUID
	CustomerID uuid.UUID
	Phone      string // "" = the customer's
}

// PartAskTx is whom a due time of name PhonePartAsked asks to be called; ok =
// false: nobody any more.
func (s *Service) PartAskTx(ctx context.Context, tx *postgres.Tx, partID uuid.UUID) (a PartAsk, ok bool, err error) {
	err = tx.QueryRow(ctx, `select p.id, p.call_id, c.customer_id, p.phone from call_phone_parts p join calls c on c.bank_id = $1 and c.id = p.call_id
		where p.bank_id = $1 and p.id = $2 and p.state = 'asked' and p.phone_call_id is null and c.state = 'active'`,
		tx.BankID, partID).Scan(&a.PartID, &a.CallID, &a.CustomerID, &a.Phone)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read part by telephone: %w", err)
	}
	return a, true, nil
}

// PartPlacedTx says which phone call calls the customer.
func (s *Service) PartPlacedTx(ctx context.Context, tx *postgres.Tx, partID, phoneCallID uuid.UUID) error {
	_, err := tx.Exec(ctx, `update call_phone_parts set phone_call_id = $3, phone = '', updated_at = $4 where bank_id = $1 and id = $2`,
		tx.BankID, partID, phoneCallID, s.Now())
	if err != nil {
		return fmt.Errorf("go on by telephone: %w", err)
	}
	return nil
}

// PartRefusedTx: the customer could not be called at all.
func (s *Service) PartRefusedTx(ctx context.Context, tx *postgres.Tx, partID uuid.UUID, reason string) error {
	return s.onPartTx(ctx, tx, `id = $2`, partID, func(c *Call, p PhonePart) error { return s.endPartTx(ctx, tx, *c, p, reason) })
}

// PartLiveTx reports whether a customer's phone call is still wanted, and
// whether it has been connected.
func (s *Service) PartLiveTx(ctx context.Context, tx *postgres.Tx, phoneCallID uuid.UUID) (live, connected bool, err error) {
	err = tx.QueryRow(ctx, `select p.state in ('asked', 'connected'), p.state = 'connected' from call_phone_parts p
		join calls c on c.bank_id = $1 and c.id = p.call_id and c.state = 'active' where p.bank_id = $1 and p.phone_call_id = $2`,
		tx.BankID, phoneCallID).Scan(&live, &connected)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("read part by telephone: %w", err)
	}
	return live, connected, nil
}

// PartConnectedTx: the customer answered and wants to go on by telephone. The
// agent's telephone is rung. ok = false: the call has ended meanwhile.
func (s *Service) PartConnectedTx(ctx context.Context, tx *postgres.Tx, phoneCallID uuid.UUID) (ok bool, err error) {
	err = s.onPartTx(ctx, tx, `phone_call_id = $2`, phoneCallID, func(c *Call, p PhonePart) error {
		if ok = c.State == Active && p.Live(); !ok || p.State == PartConnected {
			return nil
		}
		p.State, p.FromMS = PartConnected, s.offsetMS(*c)
		if _, err := tx.Exec(ctx, `update call_phone_parts set state = 'connected', from_ms = $3, updated_at = $4 where bank_id = $1 and id = $2`,
			tx.BankID, p.ID, p.FromMS, s.Now()); err != nil {
			return err
		}
		if err := s.onPhoneTx(ctx, tx, c.ID, phoneCallID); err != nil { // whatever becomes of their page
			return err
		}
		if err := s.phoneEntriesTx(ctx, tx, c.ID, &phoneCallID); err != nil {
			return err
		}
		return s.partEvent(ctx, tx, *c, p, "call.telephone_started")
	})
	return ok, err
}

// PartEndedTx: the customer's phone call has ended, or is to end, for a reason.
// The video call goes on: whoever is not back within the grace time ends it.
func (s *Service) PartEndedTx(ctx context.Context, tx *postgres.Tx, phoneCallID uuid.UUID, reason string) error {
	return s.onPartTx(ctx, tx, `phone_call_id = $2`, phoneCallID, func(c *Call, p PhonePart) error { return s.endPartTx(ctx, tx, *c, p, reason) })
}

// onPartTx runs fn on a part with its call locked; without one it does nothing.
func (s *Service) onPartTx(ctx context.Context, tx *postgres.Tx, which string, id uuid.UUID, fn func(c *Call, p PhonePart) error) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	var callID uuid.UUID
	err := tx.QueryRow(ctx, `select call_id from call_phone_parts where bank_id = $1 and `+which, tx.BankID, id).Scan(&callID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("part by telephone: %w", err)
	}
	c, err := getTx(ctx, tx, callID, "for update")
	if err != nil {
		return err
	}
	rows, _ := tx.Query(ctx, `select `+partColumns+` from call_phone_parts where bank_id = $1 and `+which+` for update`, tx.BankID, id)
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[PhonePart])
	if err == nil {
		err = fn(&c, p)
	}
	if err != nil {
		return fmt.Errorf("part by telephone: %w", err)
	}
	return nil
}

func (s *Service) offsetMS(c Call) *int64 {
	if c.AnsweredAt == nil {
		return nil
	}
	return new(s.Now().Sub(*c.AnsweredAt).Milliseconds())
}

// endPartTx ends a part that is going on. The caller holds lockRouteTx and the
// call's row.
func (s *Service) endPartTx(ctx context.Context, tx *postgres.Tx, c Call, p PhonePart, reason string) error {
	if !p.Live() {
		return nil
	}
	was := p.State
	typ := "call.telephone_failed"
	p.State, p.Reason = PartFailed, reason
	if was == PartConnected {
		p.State, p.ToMS, typ = PartEnded, s.offsetMS(c), "call.telephone_ended"
	} else if reason == PartToVideo || reason == PartCallEnded { // nobody wants it any more
		p.State, typ = PartEnded, "call.telephone_ended"
	}
	now := s.Now()
	if _, err := tx.Exec(ctx, `update call_phone_parts set state = $3, reason = $4, to_ms = $5, phone = '', updated_at = $6 where bank_id = $1 and id = $2`,
		tx.BankID, p.ID, p.State, p.Reason, p.ToMS, now); err != nil {
		return err
	}
	if p.PhoneCallID != nil {
		if err := s.EndLegsTx(ctx, tx, *p.PhoneCallID); err != nil {
			return err
		}
	}
	if was == PartConnected && c.State == Active {
		if _, err := tx.Exec(ctx, `update calls set phone_call_id = null, updated_at = $3 where bank_id = $1 and id = $2`, tx.BankID, c.ID, now); err != nil {
			return err
		}
		if err := s.phoneEntriesTx(ctx, tx, c.ID, nil); err != nil {
			return err
		}
		// They are to be back by video within the grace time, and have it whole.
		if _, err := tx.Exec(ctx, `update call_participants set connected = false, changed_at = $3 where bank_id = $1 and call_id = $2 and role = 'customer'`,
			tx.BankID, c.ID, now); err != nil {
			return err
		}
		grace, err := s.graceTx(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueCallAbandoned, ObjectID: c.ID, At: now.Add(grace)}); err != nil {
			return err
		}
	}
	return s.partEvent(ctx, tx, c, p, typ)
}

// endPartsTx ends what of a call is by telephone, as endPartTx.
func (s *Service) endPartsTx(ctx context.Context, tx *postgres.Tx, c Call, reason string) error {
	all, err := partsTx(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := s.endPartTx(ctx, tx, c, p, reason); err != nil {
			return fmt.Errorf("part by telephone: %w", err)
		}
	}
	return nil
}
