package calls

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Page is the device name of an open visit page: it rings too.
const Page = "page"

// noDeviceSMSAfter is how long an open page gets to say that it rings before
// the SMS goes to a customer who has no device to push to.
const noDeviceSMSAfter = 3 * time.Second

// linkAfterRing is how much longer than the ring its link lives, so that who
// opens it too late is told so and offered a new time.
const linkAfterRing = 24 * time.Hour

// startTx makes the call that an agent has accepted, with its shuffled steps.
// Way 1 rings the customer; way 2 is active at once.
func (s *Service) startTx(ctx context.Context, tx *postgres.Tx, e Entry, agentID uuid.UUID) (Call, error) {
	now := s.Now()
	c := Call{
		ID: uuid.Must(uuid.NewV7()), IdentificationID: e.IdentificationID, CustomerID: e.CustomerID, ScenarioID: e.ScenarioID,
		BookingID: e.BookingID, QueueEntryID: &e.ID, AgentID: agentID, Node: s.Node, CreatedAt: now, UpdatedAt: now, AgentNo: 1,
	}
	idn, err := s.Identifications.GetTx(ctx, tx, e.IdentificationID)
	if err != nil {
		return c, err
	}
	if idn.State != identifications.Open {
		return c, visavis.Errorf(visavis.Conflict, "identification_closed", "this case is %s: there is nothing to call for", idn.State)
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return c, err
	}
	onPage := e.OnPage && !e.gone(now) // there already, booked or not
	if onPage {
		c.State, c.Direction, c.AnsweredAt, c.AnsweredBy = Active, Inbound, &now, Page
	} else {
		ends := now.Add(seconds(settings.RingMissedAfter))
		c.State, c.Direction, c.RingEndsAt = Ringing, Outbound, &ends
		link, err := s.Banks.CreateLinkTx(ctx, tx, banks.NewLink{
			Purpose: banks.LinkCall, CustomerID: c.CustomerID, IdentificationID: c.IdentificationID, CallID: c.ID, ExpiresAt: ends.Add(linkAfterRing)})
		if err != nil {
			return c, err
		}
		c.LinkID = &link.ID
	}
	if _, err := tx.Exec(ctx, `
		insert into calls (bank_id, id, identification_id, customer_id, scenario_id, booking_id, queue_entry_id, agent_id,
		  direction, state, node, link_id, answered_at, answered_by, ring_ends_at, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)`,
		tx.BankID, c.ID, c.IdentificationID, c.CustomerID, c.ScenarioID, c.BookingID, c.QueueEntryID, c.AgentID,
		c.Direction, c.State, c.Node, c.LinkID, c.AnsweredAt, c.AnsweredBy, c.RingEndsAt, now); err != nil {
		return c, err
	}
	if err := s.leadsTx(ctx, tx, c.ID, agentID, 1, "accepted"); err != nil {
		return c, err
	}
	if err := insertStepsTx(ctx, tx, c.ID, idn.Scenario.Script); err != nil {
		return c, err
	}
	if onPage {
		if err := s.activeTx(ctx, tx, c); err != nil {
			return c, err
		}
		return c, s.connectPhoneTx(ctx, tx, e, c)
	}
	return c, s.ringTx(ctx, tx, c)
}

// ringTx rings every device of the customer by push, and the open page, and
// sets the ladder: SMS, then missed.
func (s *Service) ringTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	devices, err := s.Banks.DevicesTx(ctx, tx, c.CustomerID)
	if err != nil {
		return err
	}
	names := []string{Page}
	for _, d := range devices {
		names = append(names, d.ID.String())
	}
	if _, err := tx.Exec(ctx, `insert into call_rings (bank_id, call_id, device, at) select $1, $2, d, $4 from unnest($3::text[]) d`,
		tx.BankID, c.ID, names, s.Now()); err != nil {
		return err
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	sms := seconds(settings.RingSMSAfter)
	if len(devices) == 0 {
		sms = min(sms, noDeviceSMSAfter)
	} else if err := s.pushTx(ctx, tx, c, "call_ringing", *c.RingEndsAt); err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueRingSMS, ObjectID: c.ID, At: s.Now().Add(sms)}); err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueRingMissed, ObjectID: c.ID, At: *c.RingEndsAt}); err != nil {
		return err
	}
	return s.event(ctx, tx, c, "call.ringing", nil)
}

// pushTx sends a data push about the call to every device of the customer. A
// device shows it once, by call_id and type, and drops it after expires_at.
func (s *Service) pushTx(ctx context.Context, tx *postgres.Tx, c Call, typ string, expires time.Time) error {
	_, err := s.Channels.SendTx(ctx, tx, channels.Message{
		CustomerID: c.CustomerID, Class: channels.Ring, Template: typ, LinkID: *c.LinkID,
		AboutType: "call", AboutID: c.ID, ExpiresAt: expires, Channels: []channels.Channel{channels.Push},
		Data: map[string]string{
			"type": typ, "call_id": c.ID.String(),
			"expires_at": expires.UTC().Format(time.RFC3339), "sent_at": s.Now().UTC().Format(time.RFC3339Nano),
		}})
	return err
}

// Ringing is a device's word that it rings; it keeps the SMS back. It is
// accepted once the ring is over too, and then changes nothing.
func (s *Service) Ringing(ctx context.Context, bankID, callID uuid.UUID, device string) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = ownTx(ctx, tx, callID); err != nil || c.State != Ringing {
			return err
		}
		if err := ringRowTx(ctx, tx, c, device, "ringing", s.Now()); err != nil {
			return err
		}
		if c.RungAt != nil {
			return nil
		}
		now := s.Now()
		c.RungAt = &now
		if _, err := tx.Exec(ctx, `update calls set rung_at = $3, updated_at = $3 where bank_id = $1 and id = $2`, tx.BankID, c.ID, now); err != nil {
			return err
		}
		if err := s.Scheduling.CancelDueTx(ctx, tx, c.ID, scheduling.DueRingSMS); err != nil {
			return err
		}
		return s.event(ctx, tx, c, "call.rung", nil)
	})
	return c, err
}

// Answer takes the call on one device; the first wins and the others stop. It
// refuses with Conflict "consent_missing" before the consents are given,
// Conflict "answered_elsewhere" after another device was first, and Gone
// "call_<state>" when it is too late. Answering twice on one device is fine.
func (s *Service) Answer(ctx context.Context, bankID, callID uuid.UUID, device string) (c Call, err error) {
	var refusal error // what is late is written down, so the transaction commits
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if c, err = ownTx(ctx, tx, callID); err != nil {
			return err
		}
		device = deviceName(device)
		switch {
		case c.State == Active && c.AnsweredBy == device:
			return nil
		case c.State == Active:
			refusal = visavis.Errorf(visavis.Conflict, "answered_elsewhere", "the call was answered on another device")
			return ringRowTx(ctx, tx, c, device, "late", s.Now())
		case c.State != Ringing:
			refusal = visavis.Errorf(visavis.Gone, "call_"+string(c.State), "the call is over")
			return ringRowTx(ctx, tx, c, device, "late", s.Now())
		}
		if err := s.Identifications.ConsentedTx(ctx, tx, c.IdentificationID); err != nil {
			return err
		}
		now := s.Now()
		c.State, c.AnsweredAt, c.AnsweredBy, c.UpdatedAt = Active, &now, device, now
		if _, err := tx.Exec(ctx, `update calls set state = 'active', answered_at = $3, answered_by = $4, updated_at = $3
			where bank_id = $1 and id = $2`, tx.BankID, c.ID, now, device); err != nil {
			return err
		}
		if err := ringRowTx(ctx, tx, c, device, "answered", now); err != nil {
			return err
		}
		if err := s.stopRingTx(ctx, tx, c); err != nil {
			return err
		}
		return s.activeTx(ctx, tx, c)
	})
	if err == nil {
		err = refusal
	}
	return c, err
}

// Decline is the customer's no to a ringing call. A new time is offered.
func (s *Service) Decline(ctx context.Context, bankID, callID uuid.UUID, device string) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if c, err = ownTx(ctx, tx, callID); err != nil {
			return err
		}
		if c.State == Declined {
			return nil
		}
		if c.State != Ringing {
			return visavis.Errorf(visavis.Gone, "call_"+string(c.State), "the call does not ring any more")
		}
		if err := ringRowTx(ctx, tx, c, deviceName(device), "declined", s.Now()); err != nil {
			return err
		}
		return s.unansweredTx(ctx, tx, &c, Declined)
	})
	return c, err
}

// ringMissed: nobody answered in time.
func (s *Service) ringMissed(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	c, err := getTx(ctx, tx, d.ObjectID, "for update")
	if err != nil || c.State != Ringing {
		return err
	}
	return s.unansweredTx(ctx, tx, &c, Missed)
}

// unansweredTx ends a ring that the customer did not take: missed or declined.
// The agent is free again, the customer gets a link to a new time.
func (s *Service) unansweredTx(ctx context.Context, tx *postgres.Tx, c *Call, state State) error {
	now := s.Now()
	c.State, c.EndedAt, c.UpdatedAt = state, &now, now
	if _, err := tx.Exec(ctx, `update calls set state = $3, ended_at = $4, updated_at = $4 where bank_id = $1 and id = $2`,
		tx.BankID, c.ID, state, now); err != nil {
		return err
	}
	if err := s.stopRingTx(ctx, tx, *c); err != nil {
		return err
	}
	if err := s.settleBookingTx(ctx, tx, *c, scheduling.Missed, string(state)); err != nil {
		return err
	}
	if err := s.event(ctx, tx, *c, "call."+string(state), nil); err != nil {
		return err
	}
	if err := s.tellTx(ctx, tx, c.CustomerID, c.IdentificationID, "call_missed", channels.Transaction, now.Add(7*24*time.Hour)); err != nil {
		return err
	}
	if err := s.leftTx(ctx, tx, *c); err != nil {
		return err
	}
	if err := s.presentTx(ctx, tx, c.AgentID, Ready); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

// ringSMS: no device has said that it rings, so the link goes by SMS.
func (s *Service) ringSMS(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	c, err := getTx(ctx, tx, d.ObjectID, "for update")
	if err != nil || c.State != Ringing || c.RungAt != nil {
		return err
	}
	_, err = s.Channels.SendTx(ctx, tx, channels.Message{
		CustomerID: c.CustomerID, Class: channels.Ring, Template: "call_ringing", LinkID: *c.LinkID,
		AboutType: "call", AboutID: c.ID, ExpiresAt: *c.RingEndsAt, Channels: []channels.Channel{channels.SMS}})
	return err
}

// stopRingTx takes the ladder away and tells the other devices to stop.
func (s *Service) stopRingTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	if err := s.Scheduling.CancelDueTx(ctx, tx, c.ID, scheduling.DueRingSMS, scheduling.DueRingMissed); err != nil {
		return err
	}
	if err := s.Channels.CancelTx(ctx, tx, c.ID); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `update call_rings set state = 'stopped', at = $3
		where bank_id = $1 and call_id = $2 and device <> 'page' and state in ('rung', 'ringing')`, tx.BankID, c.ID, s.Now())
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return s.pushTx(ctx, tx, c, "call_cancelled", s.Now().Add(time.Minute))
}

func ringRowTx(ctx context.Context, tx *postgres.Tx, c Call, device, state string, now time.Time) error {
	device = deviceName(device)
	if device != Page {
		id, err := uuid.Parse(device)
		if err != nil {
			return visavis.InvalidField("device", "must be the device's id, or empty for a page")
		}
		var known bool
		if err := tx.QueryRow(ctx, `select exists (select from devices where bank_id = $1 and id = $2 and customer_id = $3)`,
			tx.BankID, id, c.CustomerID).Scan(&known); err != nil {
			return err
		}
		if !known {
			return visavis.InvalidField("device", "is not a device of this customer")
		}
	}
	_, err := tx.Exec(ctx, `insert into call_rings (bank_id, call_id, device, state, at) values ($1, $2, $3, $4, $5)
		on conflict (bank_id, call_id, device) do update set state = excluded.state, at = excluded.at`,
		tx.BankID, c.ID, device, state, now)
	return err
}

func deviceName(d string) string {
	if d == "" {
		return Page
	}
	return d
}

// Ring is what one device has done about a call.
type Ring struct {
	Device string // device id, or "page"
	State  string // rung, ringing, answered, declined, stopped, late
	At     time.Time
}

// Rings returns the devices that were rung for a call.
func (s *Service) Rings(ctx context.Context, bankID, callID uuid.UUID) (all []Ring, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select device, state, at from call_rings where bank_id = $1 and call_id = $2 order by device`, tx.BankID, callID)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Ring])
		return err
	})
	return all, err
}

// LiveFor returns the call of a case that rings or is going on, or NotFound.
func (s *Service) LiveFor(ctx context.Context, bankID, identificationID uuid.UUID) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+callColumns+` from calls
			where bank_id = $1 and identification_id = $2 and state in ('ringing', 'active')`, tx.BankID, identificationID)
		c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Call])
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound()
		}
		return err
	})
	return c, err
}
