package scheduling

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// scheduleTx makes the due times of a confirmed booking be those of its start:
// one reminder for each of the bank's offsets that has not passed, and the
// start itself.
func (s *Service) scheduleTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking) error {
	if err := s.CancelDueTx(ctx, tx, b.ID); err != nil {
		return err
	}
	settings, err := s.banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	for _, seconds := range settings.ReminderOffsets {
		offset := time.Duration(seconds) * time.Second
		at := b.Start.Add(-offset)
		if offset <= 0 || !at.After(now) {
			continue
		}
		if err := s.AtTx(ctx, tx, Due{Kind: DueReminder, ObjectID: b.ID, Name: offsetName(offset), At: at}); err != nil {
			return err
		}
	}
	return s.AtTx(ctx, tx, Due{Kind: DueBooking, ObjectID: b.ID, At: b.Start})
}

// offsetName returns "24h", "1h", "10m": what time.Duration prints, without
// the parts that are zero.
func offsetName(d time.Duration) string {
	name := d.String()
	if strings.HasSuffix(name, "m0s") {
		name = strings.TrimSuffix(name, "0s")
	}
	if strings.HasSuffix(name, "h0m") {
		name = strings.TrimSuffix(name, "0m")
	}
	return name
}

// remindTx sends a reminder, if the booking still stands. One that is so late
// that the next has come due too (the gateway was down) leaves it to that one:
// the customer is not told the same twice at once.
func (s *Service) remindTx(ctx context.Context, tx *postgres.Tx, d Due) error {
	b, err := s.lockTx(ctx, tx, d.ObjectID)
	if visavis.KindOf(err) == visavis.NotFound {
		return nil
	}
	now := s.now()
	if err != nil || b.State != Confirmed || !b.Start.After(now) {
		return err
	}
	settings, err := s.banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	for _, seconds := range settings.ReminderOffsets {
		if next := b.Start.Add(-time.Duration(seconds) * time.Second); next.After(d.At) && !next.After(now) {
			return nil
		}
	}
	customer, err := s.banks.Customer(ctx, tx.BankID, b.CustomerID)
	if err != nil {
		return err
	}
	if err := s.tellTx(ctx, tx, b, customer, "reminder"); err != nil {
		return err
	}
	return s.appendTx(ctx, tx, now, b, "booking.reminded")
}

// tellTx accepts a message about the booking: SMS and push, in the customer's
// locale and in the zone that the booking was made in, with a link to move or
// cancel. None is delivered after the booking's start (its end, when it is
// under way).
func (s *Service) tellTx(ctx context.Context, tx *postgres.Tx, b Booking, c banks.Customer, template string) error {
	link, err := s.banks.CreateLinkTx(ctx, tx, banks.NewLink{
		Purpose: banks.LinkManage, CustomerID: b.CustomerID, IdentificationID: b.IdentificationID, ExpiresAt: linkUntil(b),
	})
	if err != nil {
		return err
	}
	message := channels.Message{
		CustomerID: b.CustomerID,
		Class:      channels.Transaction,
		Template:   template,
		Params:     map[string]string{"start": b.Start.Format(time.RFC3339)},
		LinkID:     link.ID,
		AboutType:  "booking",
		AboutID:    b.ID,
		ExpiresAt:  b.End,
		Channels:   []channels.Channel{channels.Push, channels.SMS},
		Data:       map[string]string{"booking_id": b.ID.String()},
		Locale:     c.Locale,
		TimeZone:   b.TimeZone,
	}
	if template == "reminder" {
		message.Params["minutes"] = strconv.Itoa(int(b.Start.Sub(s.now()).Round(time.Minute) / time.Minute))
		message.Class = channels.Reminder
		message.ExpiresAt = b.Start
	}
	_, err = s.channels.SendTx(ctx, tx, message)
	return err
}

// linkUntil is when a link about the booking ends: a week after it, so that
// who missed it can still choose another time.
func linkUntil(b Booking) time.Time { return b.End.Add(7 * 24 * time.Hour) }
