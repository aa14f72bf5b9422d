package httpapi

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// SetCustomerCards names the cards of a customer.
func (s *Server) SetCustomerCards(ctx context.Context, r SetCustomerCardsRequestObject) (SetCustomerCardsResponseObject, error) {
	return SetCustomerCards204Response{}, s.Banks.SetCards(ctx, bankOf(ctx), r.CustomerID, r.Body.CardHashes)
}

// TakeTicket gives out a number. The answer has nothing that depends on whether
// the bank knows the card or the phone.
func (s *Server) TakeTicket(ctx context.Context, r TakeTicketRequestObject) (TakeTicketResponseObject, error) {
	t, err := s.Identifications.TakeTicket(ctx, bankOf(ctx), identifications.NewTicket{
		Branch: r.Body.Branch, Phone: zero(r.Body.Phone), Region: zero(r.Body.Region), CardHash: zero(r.Body.CardHash),
	})
	if err != nil {
		return nil, err
	}
	return TakeTicket201JSONResponse{
		ID: t.ID, Branch: t.Branch, Number: t.Number, Code: s.Scheduling.TicketCode(t.ID), CodeSent: r.Body.Phone != nil, IssuedAt: t.CreatedAt.UTC(),
	}, nil
}

// CheckTicket compares the code of a ticket.
func (s *Server) CheckTicket(ctx context.Context, r CheckTicketRequestObject) (CheckTicketResponseObject, error) {
	t, identified, err := s.Identifications.CheckTicket(ctx, bankOf(ctx), r.TicketID, r.Body.Code)
	return CheckTicket200JSONResponse{Identified: identified, ChecksLeft: max(scheduling.TicketChecks-t.Checks, 0)}, err
}

// ListTickets answers with the numbers of the branches.
func (s *Server) ListTickets(ctx context.Context, r ListTicketsRequestObject) (ListTicketsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	var out TicketInfoList
	err = s.together(ctx, func(ctx context.Context) error {
		all, next, err := s.Scheduling.Tickets(ctx, bankOf(ctx), zero(r.Params.Branch), string(zero(r.Params.State)), p)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		out.Items, err = listNamed(ctx, all, s.names().ticket)
		return err
	})
	return ListTickets200JSONResponse(out), err
}

// ServeTicket calls a number.
func (s *Server) ServeTicket(ctx context.Context, r ServeTicketRequestObject) (ServeTicketResponseObject, error) {
	var out TicketInfo
	err := s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) error {
		if r.Body != nil && r.Body.Code != nil && !s.Scheduling.IsTicketCode(r.TicketID, *r.Body.Code) {
			if _, err := s.Scheduling.TicketTx(ctx, tx, r.TicketID); err != nil {
				return err
			}
			return visavis.Errorf(visavis.Forbidden, "code_not_valid", "This code is not of this ticket.")
		}
		t, err := s.Scheduling.ServeTx(ctx, tx, r.TicketID)
		if err != nil {
			return err
		}
		out, err = s.names().ticket(ctx, t)
		return err
	})
	return ServeTicket200JSONResponse(out), err
}

func (n *names) ticket(ctx context.Context, t scheduling.Ticket) (TicketInfo, error) {
	out := TicketInfo{
		ID: t.ID, Branch: t.Branch, Number: t.Number, State: TicketState(t.State), IssuedAt: t.CreatedAt.UTC(),
		CustomerID: given(t.CustomerID), IdentifiedBy: given(t.IdentifiedBy), BookingID: given(t.BookingID),
	}
	if t.CustomerID == uuid.Nil {
		return out, nil
	}
	customer, err := n.customer(ctx, t.CustomerID)
	out.CustomerName = given(customer.Name)
	return out, err
}

// CheckInBooking notes that the customer is at the branch.
func (s *Server) CheckInBooking(ctx context.Context, r CheckInBookingRequestObject) (CheckInBookingResponseObject, error) {
	b, err := s.Identifications.CheckIn(ctx, bankOf(ctx), r.BookingID, zero(r.Body.Code))
	return CheckInBooking200JSONResponse{BookingID: b.ID, Start: b.Start.UTC(), End: b.End.UTC(), CheckedInAt: b.CheckedInAt}, err
}

// serveCheckInCode answers with the QR code of a booking.
func (s *Server) serveCheckInCode(c *gin.Context) {
	ctx := c.Request.Context()
	s.serveQR(c, "booking_id", func(id uuid.UUID) (string, error) {
		b, err := s.Identifications.Booking(ctx, bankOf(ctx), id)
		return s.Scheduling.CheckInCode(b.ID), err
	})
}

// serveTicketCode answers with the QR code of a ticket.
func (s *Server) serveTicketCode(c *gin.Context) {
	ctx := c.Request.Context()
	s.serveQR(c, "ticket_id", func(id uuid.UUID) (code string, err error) {
		return s.Scheduling.TicketCode(id), s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) error {
			_, err := s.Scheduling.TicketTx(ctx, tx, id)
			return err
		})
	})
}

func (s *Server) serveQR(c *gin.Context, name string, code func(uuid.UUID) (string, error)) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	text, err := code(id)
	if err != nil {
		s.fail(c, err)
		return
	}
	image, err := scheduling.QR(text)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Data(http.StatusOK, "image/svg+xml; charset=utf-8", image)
}
