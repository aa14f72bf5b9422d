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

// reminderStepTx returns what a due time of the ladder asks for; ok = false:
// nothing any more. One that is so late that the next has come due too (the
// gateway was down) leaves it to that one: the customer is not told the same
// twice at once. It locks the booking.
func (s *Service) reminderStepTx(ctx context.Context, tx *postgres.Tx, now time.Time, d Due) (b Booking, step Step, ok bool, err error) {
	b, err = s.lockTx(ctx, tx, d.ObjectID)
	if visavis.KindOf(err) == visavis.NotFound {
		return b, step, false, nil
	}
	if err != nil || !b.State.Live() {
		return b, step, false, err
	}
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return b, step, false, err
	}
	step, ok = l.stepFor(now, b, d)
	return b, step, ok, nil
}

// stepFor returns the step of a due time when it is to be done for b at now.
func (l Ladder) stepFor(now time.Time, b Booking, d Due) (Step, bool) {
	step, ok := stepOf(l.Steps, d.Name)
	switch {
	case !ok || !b.State.Live():
		return step, false
	case !b.AcknowledgedAt.IsZero() && !step.Always:
		return step, false
	case step.OffsetSeconds < 0 && (b.State != Confirmed || !b.Start.After(now)):
		return step, false
	case step.OffsetSeconds > 0 && !b.End.After(now):
		return step, false
	}
	for _, o := range l.Steps {
		next := b.Start.Add(o.at())
		if next.After(d.At) && !next.After(now) && (len(o.written()) > 0 || d.Kind == DuePhoneCall) {
			return step, false
		}
	}
	return step, true
}

// remindTx sends a reminder, if the booking still stands.
func (s *Service) remindTx(ctx context.Context, tx *postgres.Tx, d Due) error {
	now := s.now()
	b, step, ok, err := s.reminderStepTx(ctx, tx, now, d)
	if err != nil || !ok || len(step.written()) == 0 {
		return err
	}
	customer, err := s.banks.Customer(ctx, tx.BankID, b.CustomerID)
	if err != nil {
		return err
	}
	if err := s.tellStepTx(ctx, tx, b, customer, "reminder", d.Name, step.written()); err != nil {
		return err
	}
	return s.appendTx(ctx, tx, now, b, "booking.reminded")
}

// tellTx accepts a message about the booking: by push and SMS, in the customer's
// locale and in the zone that the booking was made in, with a link to move or
// cancel. None is delivered after the booking's start (its end, when it is under
// way).
func (s *Service) tellTx(ctx context.Context, tx *postgres.Tx, b Booking, c banks.Customer, template string) error {
	return s.tellStepTx(ctx, tx, b, c, template, "", nil)
}

// tellStepTx is tellTx for a step of the ladder.
func (s *Service) tellStepTx(ctx context.Context, tx *postgres.Tx, b Booking, c banks.Customer, template, step string, over []channels.Channel) error {
	link, err := s.banks.CreateLinkTx(ctx, tx, s.manageLink(b))
	if err != nil {
		return err
	}
	message := s.message(b, template, over)
	if step != "" {
		message.Data[stepKey] = step
	}
	message.LinkID, message.Locale = link.ID, c.Locale
	_, err = s.channels.SendTx(ctx, tx, message)
	return err
}

// manageLink is a link to move or cancel a booking.
func (s *Service) manageLink(b Booking) banks.NewLink {
	return banks.NewLink{Purpose: banks.LinkManage, CustomerID: b.CustomerID, IdentificationID: b.IdentificationID, ExpiresAt: linkUntil(b)}
}

// message is one about a booking; its link is still missing.
func (s *Service) message(b Booking, template string, over []channels.Channel) channels.Message {
	m := channels.Message{
		CustomerID: b.CustomerID,
		Class:      channels.Transaction,
		Template:   template,
		Params:     map[string]string{"start": b.Start.Format(time.RFC3339)},
		AboutType:  "booking",
		AboutID:    b.ID,
		ExpiresAt:  b.End,
		Channels:   over,
		Data:       map[string]string{"booking_id": b.ID.String()},
		TimeZone:   b.TimeZone,
	}
	if len(over) == 0 {
		m.Channels = []channels.Channel{channels.Push, channels.SMS}
	}
	switch template {
	case "reminder":
		m.Params["minutes"] = strconv.Itoa(int(b.Start.Sub(s.now()).Round(time.Minute) / time.Minute))
		m.Class = channels.Reminder
		if b.Start.After(s.now()) {
			m.ExpiresAt = b.Start
		}
	case "call_missed":
		m.Class, m.ExpiresAt = channels.Notice, linkUntil(b)
	}
	return m
}

// linkUntil is when a link about the booking ends: a week after it, so that
// who missed it can still choose another time.
func linkUntil(b Booking) time.Time { return b.End.Add(7 * 24 * time.Hour) }
