package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// ListSlots answers with times that can be booked.
func (s *Server) ListSlots(ctx context.Context, r ListSlotsRequestObject) (ListSlotsResponseObject, error) {
	id, scenario := zero(r.Params.IdentificationID), zero(r.Params.Scenario)
	if is(ctx, visavis.ActorCustomer) {
		if scenario != "" || id != uuid.Nil && id != ownIdentification(ctx) {
			return nil, errNotFound
		}
		id = ownIdentification(ctx)
	}
	if (id == uuid.Nil) == (scenario == "") {
		return nil, visavis.InvalidField("identification_id", "give either identification_id or scenario")
	}
	from := or(r.Params.From, s.Now())
	to := or(r.Params.To, from.Add(7*24*time.Hour))
	if !to.After(from) || to.Sub(from) > 366*24*time.Hour {
		return nil, visavis.InvalidField("to", "must be after from, by at most 366 days")
	}
	limit := or(r.Params.Limit, 200)
	var out SlotList
	err := s.together(ctx, func(ctx context.Context) error {
		bank, err := s.Banks.Get(ctx, bankOf(ctx))
		if err != nil {
			return err
		}
		out.TimeZone = bank.Settings.WithDefaults().DefaultTimeZone
		var slots []scheduling.Slot
		if id != uuid.Nil {
			ident, err := s.Identifications.Get(ctx, bank.ID, id)
			if err != nil {
				return err
			}
			customer, err := s.Banks.Customer(ctx, bank.ID, ident.CustomerID)
			if err != nil {
				return err
			}
			out.TimeZone = customer.TimeZone
			if agent := zero(r.Params.AgentID); agent != uuid.Nil {
				slots, err = s.Identifications.AgentSlots(ctx, bank.ID, id, "", agent, from, to, limit)
			} else {
				slots, err = s.Identifications.Slots(ctx, bank.ID, id, from, to, limit)
			}
			if err != nil {
				return err
			}
		} else if agent := zero(r.Params.AgentID); agent != uuid.Nil {
			if slots, err = s.Identifications.AgentSlots(ctx, bank.ID, uuid.Nil, scenario, agent, from, to, limit); err != nil {
				return err
			}
		} else if slots, err = s.Identifications.ScenarioSlots(ctx, bank.ID, scenario, from, to, limit); err != nil {
			return err
		}
		out.Items = list(slots, func(slot scheduling.Slot) Slot {
			return Slot{Start: slot.Start.UTC(), End: slot.End.UTC(), Free: slot.Free}
		})
		return nil
	})
	return ListSlots200JSONResponse(out), err
}

// CreateBooking promises a time.
func (s *Server) CreateBooking(ctx context.Context, r CreateBookingRequestObject) (CreateBookingResponseObject, error) {
	id := zero(r.Body.IdentificationID)
	if is(ctx, visavis.ActorCustomer) {
		if id != uuid.Nil && id != ownIdentification(ctx) {
			return nil, errNotFound
		}
		if r.Body.Reference != nil || r.Body.Metadata != nil {
			return nil, visavis.InvalidField("reference", "reference and metadata are the bank's own")
		}
		id = ownIdentification(ctx)
	}
	if id == uuid.Nil {
		return nil, visavis.InvalidField("identification_id", "is required")
	}
	o := identifications.BookOptions{AgentID: zero(r.Body.AgentID), Reference: zero(r.Body.Reference), Metadata: zero(r.Body.Metadata)}
	out, made, err := s.bookTogether(ctx, id, r.Body.Start, o)
	if made || err != nil {
		return CreateBooking201JSONResponse(out), err
	}
	err = s.together(ctx, func(ctx context.Context) error {
		b, err := s.Identifications.Book(ctx, bankOf(ctx), id, r.Body.Start, o)
		if err != nil {
			return err
		}
		out, err = s.names().booking(ctx, b)
		return err
	})
	return CreateBooking201JSONResponse(out), err
}

// bookTogether books beside others, with the request's Idempotency-Key if it has
// one; made = false: it has to be booked alone, with a key by errNotTogether. What
// is refused with a key is too: its answer may have been given before.
func (s *Server) bookTogether(ctx context.Context, id uuid.UUID, start time.Time, o identifications.BookOptions) (out Booking, made bool, err error) {
	if postgres.TxFrom(ctx) != nil {
		return out, false, nil
	}
	// What the answer names is read before others wait.
	n, key := s.names(), onceOf(ctx)
	if key != nil {
		defer func() {
			if key.err != nil {
				err = key.err
			} else if key.replay != nil {
				made, err = true, nil
			} else if !made {
				err = errNotTogether
			}
		}()
	}
	err = s.together(ctx, func(ctx context.Context) error {
		ident, err := s.Identifications.Get(ctx, bankOf(ctx), id)
		if err == nil {
			_, err = n.customer(ctx, ident.CustomerID)
		}
		if err == nil {
			_, err = n.scenario(ctx, ident.ScenarioID)
		}
		return err
	})
	if err != nil {
		return out, false, err
	}
	answer := func(b scheduling.Booking) (any, error) {
		out, err := n.booking(ctx, b)
		return CreateBooking201JSONResponse(out), err
	}
	var besides []scheduling.Beside
	if key != nil {
		besides = append(besides, key.beside(answer))
	}
	b, made, err := s.Identifications.BookTogether(ctx, bankOf(ctx), id, start, o, besides...)
	if made && err == nil {
		out, err = n.booking(ctx, b)
	}
	return out, made, err
}

// ListBookings answers with bookings in the order of their start: the agenda.
func (s *Server) ListBookings(ctx context.Context, r ListBookingsRequestObject) (ListBookingsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	f := scheduling.Filter{
		From: zero(r.Params.From), To: zero(r.Params.To),
		CustomerID: zero(r.Params.CustomerID), IdentificationID: zero(r.Params.IdentificationID),
	}
	if r.Params.State != nil {
		f.States = []scheduling.State{scheduling.State(*r.Params.State)}
	}
	var out BookingList
	err = s.together(ctx, func(ctx context.Context) error {
		all, next, err := s.Scheduling.List(ctx, bankOf(ctx), f, p)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		out.Items, err = listNamed(ctx, all, s.names().booking)
		return err
	})
	return ListBookings200JSONResponse(out), err
}

// GetBooking answers with a booking; a customer's own only.
func (s *Server) GetBooking(ctx context.Context, r GetBookingRequestObject) (GetBookingResponseObject, error) {
	out, err := s.changedBooking(ctx, func(ctx context.Context) (scheduling.Booking, error) {
		return s.Identifications.Booking(ctx, bankOf(ctx), r.BookingID)
	})
	return GetBooking200JSONResponse(out), err
}

// MoveBooking gives a booking another time.
func (s *Server) MoveBooking(ctx context.Context, r MoveBookingRequestObject) (MoveBookingResponseObject, error) {
	out, err := s.changedBooking(ctx, func(ctx context.Context) (scheduling.Booking, error) {
		return s.Identifications.MoveBookingFrom(ctx, bankOf(ctx), r.BookingID, r.Body.Start, or(r.Body.Sequence, scheduling.AnySequence))
	})
	return MoveBooking200JSONResponse(out), err
}

// ConfirmBooking notes that the customer comes.
func (s *Server) ConfirmBooking(ctx context.Context, r ConfirmBookingRequestObject) (ConfirmBookingResponseObject, error) {
	out, err := s.changedBooking(ctx, func(ctx context.Context) (scheduling.Booking, error) {
		return s.Identifications.ConfirmBooking(ctx, bankOf(ctx), r.BookingID)
	})
	return ConfirmBooking200JSONResponse(out), err
}

// CancelBooking gives a booking back.
func (s *Server) CancelBooking(ctx context.Context, r CancelBookingRequestObject) (CancelBookingResponseObject, error) {
	out, err := s.changedBooking(ctx, func(ctx context.Context) (scheduling.Booking, error) {
		return s.Identifications.CancelBooking(ctx, bankOf(ctx), r.BookingID, zero(r.Body.Reason))
	})
	return CancelBooking200JSONResponse(out), err
}

func (s *Server) changedBooking(ctx context.Context, do func(context.Context) (scheduling.Booking, error)) (out Booking, err error) {
	err = s.together(ctx, func(ctx context.Context) error {
		b, err := do(ctx)
		if err != nil {
			return err
		}
		out, err = s.names().booking(ctx, b)
		return err
	})
	return out, err
}

// booking shows a booking. The place that it holds stays hidden.
func (n *names) booking(ctx context.Context, b scheduling.Booking) (Booking, error) {
	customer, err := n.customer(ctx, b.CustomerID)
	if err != nil {
		return Booking{}, err
	}
	scenario, err := n.scenario(ctx, b.ScenarioID)
	if err != nil {
		return Booking{}, err
	}
	out := Booking{
		ID: b.ID, IdentificationID: b.IdentificationID, CustomerID: b.CustomerID, CustomerName: customer.Name,
		Scenario: scenario, Start: b.Start.UTC(), End: b.End.UTC(), TimeZone: b.TimeZone, State: BookingState(b.State),
		Sequence: b.Sequence, Reason: b.Reason, AgentID: given(b.AgentID), CreatedAt: b.CreatedAt.UTC(), UpdatedAt: b.UpdatedAt.UTC(), Metadata: Metadata{},
		AcknowledgedAt: givenTime(&b.AcknowledgedAt), AcknowledgedBy: given(b.AcknowledgedBy), CheckedInAt: givenTime(&b.CheckedInAt), SeriesID: given(b.SeriesID),
	}
	if !is(ctx, visavis.ActorCustomer) { // the bank's own
		out.Reference, out.Metadata = given(b.Reference), metadata(b.Metadata)
	}
	return out, nil
}

// serveCalendar answers with a booking as a calendar file (RFC 5545).
func (s *Server) serveCalendar(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := uuid.Parse(c.Param("booking_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	var file []byte
	var name string
	err = s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) error {
		b, err := s.Identifications.Booking(ctx, tx.BankID, id)
		if err != nil {
			return err
		}
		bank, err := s.Banks.Get(ctx, tx.BankID)
		if err != nil {
			return err
		}
		customer, err := s.Banks.Customer(ctx, tx.BankID, b.CustomerID)
		if err != nil {
			return err
		}
		ident, err := s.Identifications.Get(ctx, tx.BankID, b.IdentificationID)
		if err != nil {
			return err
		}
		file = scheduling.ICS(b, scheduling.Calendar{
			BankID: bank.ID, BankName: bank.Name, Attendee: customer.Name,
			Summary: ident.Scenario.Name.In(customer.Locale), Details: ident.Scenario.Description.In(customer.Locale),
		})
		name = scheduling.ICSName(b)
		return nil
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Content-Disposition", "attachment; filename="+strconv.Quote(name))
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", file)
}
