package identifications

import (
	"context"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// ticketPurpose is what a code for a ticket is asked for.
const ticketPurpose = "ticket"

// TicketsPerNumber is how many tickets may ask for a code to one number in ten
// minutes, whoever's it is, if anybody's.
const TicketsPerNumber = 5

var codeShape = regexp.MustCompile(`^[0-9]{4,10}$`)

// NewTicket is a ticket to take in a branch.
type NewTicket struct {
	Branch   string
	Phone    string // who it is to be proved by a code; "" = not
	Region   string // where a Phone without country code is
	CardHash string // of the card that was put in, see banks.Service.SetCards; "" = none
}

// TakeTicket gives out a number of a branch. A card tells at once who it is, a
// phone number once CheckTicket has seen the code; the ticket itself does not
// say whether the bank knows the card or the number, and is made in the same way
// for both. Invalid for a branch, number or hash that is none, TooMany
// "too_many_codes" after TicketsPerNumber.
func (s *Service) TakeTicket(ctx context.Context, bankID uuid.UUID, n NewTicket) (t scheduling.Ticket, err error) {
	if n.Phone != "" && n.CardHash != "" {
		return t, visavis.InvalidField("phone", "give either a phone or a card_hash")
	}
	if n.Phone != "" {
		if n.Phone, err = banks.CanonicalPhone(n.Phone, n.Region); err != nil {
			return t, err
		}
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if n.Phone != "" {
			key := s.banks.Keyring.MAC("ticket phone", tx.BankID[:], []byte(n.Phone))
			ok, retryAfter, err := banks.Allow(ctx, tx, "ticket "+string(hexOf(key)), TicketsPerNumber, 10*time.Minute, s.now())
			if err != nil {
				return err
			}
			if !ok {
				e := visavis.Errorf(visavis.TooMany, "too_many_codes", "too many codes were asked for with this number; try again later")
				e.RetryAfter = retryAfter
				return e
			}
		}
		holder := uuid.Nil
		if n.CardHash != "" {
			if holder, err = s.banks.CardHolderTx(ctx, tx, n.CardHash); err != nil {
				return err
			}
		}
		if t, err = s.scheduling.IssueTx(ctx, tx, n.Branch, n.Phone); err != nil || holder == uuid.Nil {
			return err
		}
		t, err = s.scheduling.IdentifyTx(ctx, tx, t, holder, "card")
		return err
	})
	return t, err
}

func hexOf(b []byte) []byte {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&15])
	}
	return out
}

// CheckTicket compares the code of a ticket and says whether it now is known
// who holds it. It answers alike, and does the same work, for a number that
// nobody has, for a code that was not sent and for a wrong one. Conflict
// "code_ended" as scheduling.Service.CountCheckTx. It commits by itself, as
// otp.Service.CheckAnd.
func (s *Service) CheckTicket(ctx context.Context, bankID, ticketID uuid.UUID, code string) (t scheduling.Ticket, identified bool, err error) {
	if !codeShape.MatchString(code) {
		return t, false, visavis.InvalidField("code", "must be 4 to 10 digits")
	}
	var holder uuid.UUID
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if t, err = s.scheduling.CountCheckTx(ctx, tx, ticketID); err != nil {
			return err
		}
		holder, err = s.banks.PhoneHolderTx(ctx, tx, t.Phone)
		return err
	})
	if err != nil {
		return t, false, err
	}
	v, err := s.otp.Live(ctx, bankID, holder, ticketPurpose, ticketID)
	if visavis.KindOf(err) == visavis.NotFound {
		v.ID = uuid.New() // no verification has it: the check does its work all the same
	} else if err != nil {
		return t, false, err
	}
	_, err = s.otp.CheckAnd(ctx, bankID, v.ID, code, ticketID, func(ctx context.Context, tx *postgres.Tx) error {
		now, err := s.scheduling.TicketTx(ctx, tx, ticketID)
		if err != nil {
			return err
		}
		t, err = s.scheduling.IdentifyTx(ctx, tx, now, holder, "phone")
		identified = err == nil
		return err
	})
	switch visavis.KindOf(err) {
	case visavis.NotFound, visavis.Invalid, visavis.Conflict, visavis.Gone, visavis.TooMany:
		return t, false, nil
	}
	if err != nil {
		return t, false, err
	}
	return t, identified, nil
}

// sendTicketCode works scheduling.DueTicketCode: the code goes to the number, if
// it is a customer's. When the code has ended the number is wiped.
func (s *Service) sendTicketCode(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	t, err := s.scheduling.TicketTx(ctx, tx, d.ObjectID)
	if visavis.KindOf(err) == visavis.NotFound || err == nil && t.Phone == "" {
		return nil
	}
	if err != nil {
		return err
	}
	ends, ended, err := s.scheduling.CodeEndsTx(ctx, tx, t)
	if err != nil || ended {
		return err
	}
	holder, err := s.banks.PhoneHolderTx(ctx, tx, t.Phone)
	if err != nil {
		return err
	}
	if holder == uuid.Nil {
		return scheduling.Later(ends)
	}
	err = tx.Savepoint(ctx, func(ctx context.Context) error {
		_, err := s.otp.StartTx(ctx, tx, otp.StartRequest{CustomerID: holder, Purpose: ticketPurpose, BoundTo: t.ID})
		return err
	})
	if kind := visavis.KindOf(err); err != nil && kind != visavis.Internal {
		s.log.Info("no code for a ticket", "bank", tx.BankID, "ticket", t.ID, "error", err)
		err = nil // the kiosk is not told: it would tell who is a customer
	}
	if err != nil {
		return err
	}
	return scheduling.Later(ends)
}

// CheckIn notes that the customer of a booking is at the branch; see
// scheduling.Service.CheckInTx. A program must have the code.
func (s *Service) CheckIn(ctx context.Context, bankID, bookingID uuid.UUID, code string) (b scheduling.Booking, err error) {
	if code == "" && visavis.ActorFrom(ctx).Kind != visavis.ActorAgent {
		return b, visavis.InvalidField("code", "is required")
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, ident, err := s.bookingTx(ctx, tx, bookingID)
		if err != nil {
			return err
		}
		from := time.Duration(ident.Scenario.Settings.WithDefaults().Booking.CheckInMinutes) * time.Minute
		b, err = s.scheduling.CheckInTx(ctx, tx, bookingID, code, from)
		return err
	})
	return b, err
}
