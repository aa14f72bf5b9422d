package scheduling

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Ticket is a number in a branch's queue.
type Ticket struct {
	ID           uuid.UUID
	BankID       uuid.UUID
	Branch       string
	Number       int    // of the branch and day, from 1
	State        string // waiting, served or ended
	Phone        string // still to be proved by a code
	Checks       int    // of the code
	CustomerID   uuid.UUID
	IdentifiedBy string // card or phone; "" = not known who it is
	BookingID    uuid.UUID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TicketChecks is how often the code of a ticket may be tried.
const TicketChecks = 5

// ticketLife is how long a code identifies who holds a ticket.
const ticketLife = 15 * time.Minute

var branchShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

const ticketColumns = `bank_id, id, branch, number, state, phone, checks, coalesce(customer_id, '00000000-0000-0000-0000-000000000000'),
	identified_by, coalesce(booking_id, '00000000-0000-0000-0000-000000000000'), created_at, updated_at`

func scanTicket(row pgx.CollectableRow) (t Ticket, err error) {
	err = row.Scan(&t.BankID, &t.ID, &t.Branch, &t.Number, &t.State, &t.Phone, &t.Checks, &t.CustomerID,
		&t.IdentifiedBy, &t.BookingID, &t.CreatedAt, &t.UpdatedAt)
	return t, err
}

// IssueTx gives out the next number of a branch. phone (E.164) is the number
// that a code is to prove: DueTicketCode sends it, so that the answer takes the
// same time for a number that nobody has. The event is ticket.issued. Invalid
// (field branch) for what names none: letters, digits, dot, dash and _.
func (s *Service) IssueTx(ctx context.Context, tx *postgres.Tx, branch, phone string) (Ticket, error) {
	if !branchShape.MatchString(branch) {
		return Ticket{}, visavis.InvalidField("branch", "must be 1 to 64 letters, digits, dots, dashes and _")
	}
	settings, err := s.banks.SettingsTx(ctx, tx)
	if err != nil {
		return Ticket{}, err
	}
	zone, err := loadZone(settings.DefaultTimeZone)
	if err != nil {
		return Ticket{}, fmt.Errorf("time zone of the bank: %w", err)
	}
	now := s.now()
	day := now.In(zone).Format(time.DateOnly)
	t := Ticket{ID: uuid.Must(uuid.NewV7()), BankID: tx.BankID, Branch: branch, State: "waiting", Phone: phone, CreatedAt: now, UpdatedAt: now}
	err = tx.QueryRow(ctx, `
		with n as (
			insert into ticket_numbers (bank_id, branch, day, last) values ($1, $3, $4, 1)
			on conflict (bank_id, branch, day) do update set last = ticket_numbers.last + 1 returning last
		)
		insert into tickets (bank_id, id, branch, day, number, phone, created_at, updated_at)
		select $1, $2, $3, $4, last, $5, $6, $6 from n returning number`,
		tx.BankID, t.ID, branch, day, phone, now).Scan(&t.Number)
	if err != nil {
		return Ticket{}, fmt.Errorf("issue ticket: %w", err)
	}
	if phone != "" {
		if err := s.AtTx(ctx, tx, Due{Kind: DueTicketCode, ObjectID: t.ID, At: now}); err != nil {
			return Ticket{}, err
		}
	}
	return t, s.ticketEventTx(ctx, tx, now, t, "ticket.issued")
}

// TicketTx returns and locks a ticket; NotFound when the bank has none of this id.
func (s *Service) TicketTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Ticket, error) {
	rows, err := tx.Query(ctx, `select `+ticketColumns+` from tickets where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	if err != nil {
		return Ticket{}, fmt.Errorf("read ticket: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTicket)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, visavis.Errorf(visavis.NotFound, "ticket_not_found", "there is no such ticket")
	}
	if err != nil {
		return t, fmt.Errorf("read ticket: %w", err)
	}
	return t, nil
}

// CountCheckTx counts a try of a ticket's code: Conflict "code_ended" when the
// code was tried TicketChecks times, is older than 15 minutes, was right before,
// or never was asked for. It does not tell whether one was sent.
func (s *Service) CountCheckTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Ticket, error) {
	t, err := s.TicketTx(ctx, tx, id)
	if err != nil {
		return t, err
	}
	if t.Phone == "" || t.Checks >= TicketChecks || t.State != "waiting" || s.now().Sub(t.CreatedAt) >= ticketLife {
		return t, visavis.Errorf(visavis.Conflict, "code_ended", "the code of this ticket has ended; take another ticket, or go on without")
	}
	t.Checks++
	_, err = tx.Exec(ctx, `update tickets set checks = $3, updated_at = $4 where bank_id = $1 and id = $2`, tx.BankID, id, t.Checks, s.now())
	if err != nil {
		return t, fmt.Errorf("count check: %w", err)
	}
	return t, nil
}

// CodeEndsTx wipes the number that a ticket's code was to prove, once the code has
// ended; before that it says when.
func (s *Service) CodeEndsTx(ctx context.Context, tx *postgres.Tx, t Ticket) (at time.Time, ended bool, err error) {
	if at = t.CreatedAt.Add(ticketLife); s.now().Before(at) {
		return at, false, nil
	}
	if _, err := tx.Exec(ctx, `update tickets set phone = '' where bank_id = $1 and id = $2`, tx.BankID, t.ID); err != nil {
		return at, false, fmt.Errorf("wipe number of ticket: %w", err)
	}
	return at, true, nil
}

// IdentifyTx notes whose ticket it is, by "card" or "phone", and finds the
// customer's booking of today, which is checked in. The event is
// ticket.identified.
func (s *Service) IdentifyTx(ctx context.Context, tx *postgres.Tx, t Ticket, customerID uuid.UUID, by string) (Ticket, error) {
	now := s.now()
	t.CustomerID, t.IdentifiedBy, t.Phone, t.UpdatedAt = customerID, by, "", now
	var found *uuid.UUID
	err := tx.QueryRow(ctx, `
		select (select id from bookings where bank_id = $1 and customer_id = $2 and state in ('confirmed', 'due')
			and lower(during) < $3::timestamptz + interval '12 hours' and upper(during) > $3 order by lower(during) limit 1)`,
		tx.BankID, customerID, now).Scan(&found)
	if err != nil {
		return t, fmt.Errorf("find booking of ticket: %w", err)
	}
	if found != nil {
		t.BookingID = *found
		if _, err := s.checkInTx(ctx, tx, now, t.BookingID); err != nil {
			return t, err
		}
	}
	_, err = tx.Exec(ctx, `
		update tickets set customer_id = $3, identified_by = $4, phone = '', booking_id = $5, updated_at = $6 where bank_id = $1 and id = $2`,
		tx.BankID, t.ID, customerID, by, found, now)
	if err != nil {
		return t, fmt.Errorf("identify ticket: %w", err)
	}
	return t, s.ticketEventTx(ctx, tx, now, t, "ticket.identified")
}

// ServeTx ends a ticket: its number was called. Serving again changes nothing.
// The event is ticket.served.
func (s *Service) ServeTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Ticket, error) {
	t, err := s.TicketTx(ctx, tx, id)
	if err != nil || t.State == "served" {
		return t, err
	}
	now := s.now()
	t.State, t.Phone, t.UpdatedAt = "served", "", now
	if _, err := tx.Exec(ctx, `update tickets set state = 'served', phone = '', updated_at = $3 where bank_id = $1 and id = $2`, tx.BankID, id, now); err != nil {
		return t, fmt.Errorf("serve ticket: %w", err)
	}
	return t, s.ticketEventTx(ctx, tx, now, t, "ticket.served")
}

// Tickets returns a page of tickets, the newest first; empty arguments do not
// narrow it.
func (s *Service) Tickets(ctx context.Context, bankID uuid.UUID, branch, state string, p postgres.Page) (page []Ticket, next string, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+ticketColumns+` from tickets where bank_id = $1 and ($2 = '' or branch = $2) and ($3 = '' or state = $3)
			and ($4::uuid is null or id < $4) order by id desc limit $5`, bankID, branch, state, p.After(), p.Size()+1)
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, scanTicket)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list tickets: %w", err)
	}
	page, next = postgres.Cut(page, p, func(t Ticket) uuid.UUID { return t.ID })
	return page, next, nil
}

func (s *Service) ticketEventTx(ctx context.Context, tx *postgres.Tx, now time.Time, t Ticket, event string) error {
	data := map[string]any{"branch": t.Branch, "number": t.Number, "state": t.State}
	if t.CustomerID != uuid.Nil {
		data["customer_id"], data["identified_by"] = t.CustomerID, t.IdentifiedBy
	}
	if t.BookingID != uuid.Nil {
		data["booking_id"] = t.BookingID
	}
	_, err := events.AppendTx(ctx, tx, now, events.New{Type: event, Object: "ticket", ID: t.ID, Data: data})
	return err
}

// The keyring's purposes of what is shown as a QR code or an address, and how
// much of a MAC stands in it.
const (
	checkInMAC = "check in"
	ticketMAC  = "ticket"
	feedMAC    = "calendar feed"
	macSize    = 16
)

// CheckInCode is what the QR code of a booking holds: VISAVIS:, the booking's id
// and a MAC under the master key. It is good as long as the booking is.
func (s *Service) CheckInCode(bookingID uuid.UUID) string { return s.code(checkInMAC, bookingID) }

// TicketCode is likewise for a ticket.
func (s *Service) TicketCode(id uuid.UUID) string { return s.code(ticketMAC, id) }

func (s *Service) code(purpose string, id uuid.UUID) string {
	return "VISAVIS:" + id.String() + ":" + base64.RawURLEncoding.EncodeToString(s.keys.MAC(purpose, id[:])[:macSize])
}

// isCode reports whether a code is of this id. The MAC alone will do, too.
func (s *Service) isCode(purpose string, id uuid.UUID, code string) bool {
	if rest, ok := strings.CutPrefix(code, "VISAVIS:"+id.String()+":"); ok {
		code = rest
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(code)
	return err == nil && len(mac) == macSize && s.keys.VerifyMAC(purpose, mac, id[:])
}

// IsTicketCode reports whether a code is the ticket's.
func (s *Service) IsTicketCode(id uuid.UUID, code string) bool { return s.isCode(ticketMAC, id, code) }

// CheckInTx notes that the customer of a live booking is at the branch. code is
// what the QR code holds; "" = a person at the bank has seen the customer. from
// is how long before the start it may be. Checking in again changes nothing. The
// event is booking.checked_in. Forbidden "code_not_valid", Conflict
// "booking_closed", and "too_early" before the time.
func (s *Service) CheckInTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, code string, from time.Duration) (Booking, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil {
		return Booking{}, err
	}
	if code != "" && !s.isCode(checkInMAC, bookingID, code) {
		return Booking{}, visavis.Errorf(visavis.Forbidden, "code_not_valid", "this code is not of this booking")
	}
	if !b.CheckedInAt.IsZero() {
		return b, nil
	}
	now := s.now()
	if !b.State.Live() || !b.End.After(now) {
		return Booking{}, errClosed(b)
	}
	if b.Start.Add(-from).After(now) {
		return Booking{}, visavis.Errorf(visavis.Conflict, "too_early", "it is too early to check in for this booking")
	}
	return s.checkInTx(ctx, tx, now, bookingID)
}

func (s *Service) checkInTx(ctx context.Context, tx *postgres.Tx, now time.Time, bookingID uuid.UUID) (Booking, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil || !b.CheckedInAt.IsZero() {
		return b, err
	}
	b.CheckedInAt, b.UpdatedAt = now, now
	if _, err := tx.Exec(ctx, `update bookings set checked_in_at = $3, updated_at = $3 where bank_id = $1 and id = $2`, tx.BankID, b.ID, now); err != nil {
		return b, fmt.Errorf("check in: %w", err)
	}
	return b, s.appendTx(ctx, tx, now, b, "booking.checked_in")
}
