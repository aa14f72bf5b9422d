package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// EnterWaitlist puts a case on the waitlist.
func (s *Server) EnterWaitlist(ctx context.Context, r EnterWaitlistRequestObject) (EnterWaitlistResponseObject, error) {
	id, err := ofCase(ctx, r.Body.IdentificationID)
	if err != nil {
		return nil, err
	}
	var out WaitlistEntry
	err = s.together(ctx, func(ctx context.Context) error {
		e, err := s.Identifications.Wait(ctx, bankOf(ctx), id, zero(r.Body.From), zero(r.Body.To))
		if err != nil {
			return err
		}
		out, err = s.names().waiter(ctx, e)
		return err
	})
	return EnterWaitlist201JSONResponse(out), err
}

// ListWaitlist answers with who waits.
func (s *Server) ListWaitlist(ctx context.Context, r ListWaitlistRequestObject) (ListWaitlistResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	var states []scheduling.WaitState
	if r.Params.State != nil {
		states = append(states, scheduling.WaitState(*r.Params.State))
	}
	var out WaitlistEntryList
	err = s.together(ctx, func(ctx context.Context) error {
		all, next, err := s.Scheduling.Waitlist(ctx, bankOf(ctx), states, p)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		out.Items, err = listNamed(ctx, all, s.names().waiter)
		return err
	})
	return ListWaitlist200JSONResponse(out), err
}

// LeaveWaitlist takes an entry off.
func (s *Server) LeaveWaitlist(ctx context.Context, r LeaveWaitlistRequestObject) (LeaveWaitlistResponseObject, error) {
	return LeaveWaitlist204Response{}, s.Identifications.StopWaiting(ctx, bankOf(ctx), r.WaitlistEntryID)
}

// AcceptOffer books the offered time.
func (s *Server) AcceptOffer(ctx context.Context, r AcceptOfferRequestObject) (AcceptOfferResponseObject, error) {
	out, err := s.changedBooking(ctx, func(ctx context.Context) (scheduling.Booking, error) {
		return s.Identifications.AcceptOffer(ctx, bankOf(ctx), r.WaitlistEntryID)
	})
	return AcceptOffer200JSONResponse(out), err
}

// DeclineOffer turns it down.
func (s *Server) DeclineOffer(ctx context.Context, r DeclineOfferRequestObject) (DeclineOfferResponseObject, error) {
	var out WaitlistEntry
	err := s.together(ctx, func(ctx context.Context) error {
		e, err := s.Identifications.DeclineOffer(ctx, bankOf(ctx), r.WaitlistEntryID)
		if err != nil {
			return err
		}
		out, err = s.names().waiter(ctx, e)
		return err
	})
	return DeclineOffer200JSONResponse(out), err
}

func (n *names) waiter(ctx context.Context, e scheduling.Waiter) (WaitlistEntry, error) {
	out := WaitlistEntry{
		ID: e.ID, IdentificationID: e.IdentificationID, CustomerID: e.CustomerID, From: e.Earliest.UTC(), To: e.Latest.UTC(),
		State: WaitState(e.State), EnteredAt: e.EnteredAt.UTC(),
	}
	if e.State == scheduling.Offered {
		out.Offer = &struct {
			Start time.Time `json:"start"`
			Until time.Time `json:"until"`
		}{e.OfferStart, e.OfferUntil}
	}
	if is(ctx, visavis.ActorCustomer) {
		return out, nil
	}
	customer, err := n.customer(ctx, e.CustomerID)
	out.CustomerName = given(customer.Name)
	return out, err
}

// addBooking adds to a visit what goes with choosing a time: what is held and
// waited for, the offer to call at once, and what the link has changed.
func (s *Server) addBooking(ctx context.Context, out *Visit, ident identifications.Identification) error {
	actor := visavis.ActorFrom(ctx)
	hold, found, err := s.Identifications.Held(ctx, actor.BankID, ident.ID)
	if err != nil {
		return err
	}
	if found {
		out.Hold = new(showHold(hold))
	}
	waiter, found, err := s.Identifications.Waiting(ctx, actor.BankID, ident.ID)
	if err != nil {
		return err
	}
	if found {
		shown, err := s.names().waiter(ctx, waiter)
		if err != nil {
			return err
		}
		out.Waitlist = &shown
	}
	most := *ident.Scenario.Settings.WithDefaults().Booking.CallNowSeconds
	if most > 0 && (out.NextStep == VisitStepSlot || out.NextStep == VisitStepWait) {
		now, err := s.Calls.CallNow(ctx, actor.BankID, ident.ID)
		if err != nil {
			return err
		}
		if now.Possible && now.Wait <= time.Duration(most)*time.Second {
			out.CallNow = &CallNow{EstimatedWaitSeconds: int(now.Wait.Round(time.Second) / time.Second)}
		}
	}
	if actor.LinkID == uuid.Nil {
		return nil
	}
	return s.DB.InBank(ctx, actor.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		link, err := s.Banks.LinkTx(ctx, tx, actor.LinkID)
		if err == nil && link.UsedAt != nil {
			out.LinkUsed = &LinkUse{At: link.UsedAt.UTC(), Change: link.UsedFor}
		}
		return err
	})
}
