package httpapi

import (
	"context"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// CreateIdentification opens a case and answers with the customer's link.
func (s *Server) CreateIdentification(ctx context.Context, r CreateIdentificationRequestObject) (CreateIdentificationResponseObject, error) {
	var out NewIdentificationResult
	err := s.together(ctx, func(ctx context.Context) error {
		ident, link, err := s.Identifications.Create(ctx, bankOf(ctx), identifications.NewIdentification{
			CustomerID: r.Body.CustomerID, Scenario: r.Body.Scenario,
			Reference: zero(r.Body.Reference), Metadata: zero(r.Body.Metadata),
		})
		if err != nil {
			return err
		}
		out.Link = Link{URL: s.Banks.LinkURL(link.ID), ExpiresAt: link.ExpiresAt.UTC()}
		out.Identification, err = s.showIdentification(ctx, ident)
		return err
	})
	return CreateIdentification201JSONResponse(out), err
}

// ListIdentifications answers with cases, newest first.
func (s *Server) ListIdentifications(ctx context.Context, r ListIdentificationsRequestObject) (ListIdentificationsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	f := identifications.Filter{
		CustomerID: zero(r.Params.CustomerID), Reference: zero(r.Params.Reference),
		From: zero(r.Params.From), To: zero(r.Params.To),
	}
	if r.Params.State != nil {
		f.States = []identifications.State{identifications.State(*r.Params.State)}
	}
	out := IdentificationSummaryList{Items: []IdentificationSummary{}}
	err = s.together(ctx, func(ctx context.Context) error {
		all, next, err := s.Identifications.List(ctx, bankOf(ctx), f, p)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		names := s.names()
		for _, i := range all {
			customer, err := names.customerSummary(ctx, i.CustomerID)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, IdentificationSummary{
				ID: i.ID, Customer: customer, Scenario: showSnapshot(i), State: IdentificationState(i.State),
				Reason: i.Reason, Outcome: given(CaseOutcome(i.Outcome)), DocumentType: i.DocumentType, DecidedAt: givenTime(i.DecidedAt), Reference: given(i.Reference),
				Metadata: metadata(i.Metadata), CreatedAt: i.CreatedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC(),
			})
		}
		return nil
	})
	return ListIdentifications200JSONResponse(out), err
}

// GetIdentification answers with everything that is known of a case.
func (s *Server) GetIdentification(ctx context.Context, r GetIdentificationRequestObject) (GetIdentificationResponseObject, error) {
	out, err := s.identification(ctx, r.IdentificationID)
	return GetIdentification200JSONResponse(out), err
}

// UpdateIdentification changes notes, reference and metadata.
func (s *Server) UpdateIdentification(ctx context.Context, r UpdateIdentificationRequestObject) (UpdateIdentificationResponseObject, error) {
	_, err := s.Identifications.Update(ctx, bankOf(ctx), r.IdentificationID, identifications.Changes{
		Notes: r.Body.Notes, Reference: r.Body.Reference, Metadata: zero(r.Body.Metadata),
	})
	if err != nil {
		return nil, err
	}
	out, err := s.identification(ctx, r.IdentificationID)
	return UpdateIdentification200JSONResponse(out), err
}

// CreateIdentificationLink makes one more link for the customer.
func (s *Server) CreateIdentificationLink(ctx context.Context, r CreateIdentificationLinkRequestObject) (CreateIdentificationLinkResponseObject, error) {
	link, err := s.Identifications.NewLink(ctx, bankOf(ctx), r.IdentificationID)
	if err != nil {
		return nil, err
	}
	return CreateIdentificationLink201JSONResponse{URL: s.Banks.LinkURL(link.ID), ExpiresAt: link.ExpiresAt.UTC()}, nil
}

// CancelIdentification stops a case; a live call is hung up with it.
func (s *Server) CancelIdentification(ctx context.Context, r CancelIdentificationRequestObject) (CancelIdentificationResponseObject, error) {
	var out Identification
	err := s.together(ctx, func(ctx context.Context) error {
		if err := s.endCalls(visavis.WithActor(ctx, visavis.System(bankOf(ctx))), r.IdentificationID); err != nil { // whoever leads the call
			return err
		}
		if _, err := s.Identifications.Cancel(ctx, bankOf(ctx), r.IdentificationID, zero(r.Body.Reason)); err != nil {
			return err
		}
		if err := s.Calls.Leave(ctx, bankOf(ctx), r.IdentificationID); err != nil { // the place of a booking that was due
			return err
		}
		var err error
		out, err = s.identification(ctx, r.IdentificationID)
		return err
	})
	return CancelIdentification200JSONResponse(out), err
}

// endCalls takes a case that is about to end out of the queue and hangs up its
// live call, if any.
func (s *Server) endCalls(ctx context.Context, identificationID uuid.UUID) error {
	if _, err := s.Identifications.Get(ctx, bankOf(ctx), identificationID); err != nil {
		return err
	}
	c, err := s.Calls.LiveFor(ctx, bankOf(ctx), identificationID)
	if err == nil {
		_, err = s.Calls.HangUp(ctx, bankOf(ctx), c.ID)
	}
	if err != nil && visavis.KindOf(err) != visavis.NotFound {
		return err
	}
	return s.Calls.Leave(ctx, bankOf(ctx), identificationID)
}

// DecideIdentification is the agent's verdict.
func (s *Server) DecideIdentification(ctx context.Context, r DecideIdentificationRequestObject) (DecideIdentificationResponseObject, error) {
	approve := r.Body.Decision == VerdictDecisionApproved
	if _, err := s.Calls.Decide(ctx, bankOf(ctx), r.IdentificationID, approve, zero(r.Body.Reason)); err != nil {
		return nil, err
	}
	out, err := s.identification(ctx, r.IdentificationID)
	return DecideIdentification200JSONResponse(out), err
}

// CompleteIdentification ends a case of guidance or advice.
func (s *Server) CompleteIdentification(ctx context.Context, r CompleteIdentificationRequestObject) (CompleteIdentificationResponseObject, error) {
	if _, err := s.Calls.Complete(ctx, bankOf(ctx), r.IdentificationID, identifications.Outcome(r.Body.Outcome), zero(r.Body.Note)); err != nil {
		return nil, err
	}
	out, err := s.identification(ctx, r.IdentificationID)
	return CompleteIdentification200JSONResponse(out), err
}

// ListIdentificationEvents is a case's audit trail with that of its bookings
// and calls, newest first.
func (s *Server) ListIdentificationEvents(ctx context.Context, r ListIdentificationEventsRequestObject) (ListIdentificationEventsResponseObject, error) {
	if _, err := s.Identifications.Get(ctx, bankOf(ctx), r.IdentificationID); err != nil {
		return nil, err
	}
	all, next, err := events.List(ctx, s.DB, bankOf(ctx), zero(r.Params.Cursor), or(r.Params.Limit, postgres.DefaultPageLimit),
		events.Filter{IdentificationID: r.IdentificationID})
	if err != nil {
		return nil, err
	}
	out, err := showEvents(all)
	return ListIdentificationEvents200JSONResponse{Items: out, NextCursor: given(next)}, err
}

// identification gathers a case.
func (s *Server) identification(ctx context.Context, id uuid.UUID) (out Identification, err error) {
	err = s.together(ctx, func(ctx context.Context) error {
		ident, err := s.Identifications.Get(ctx, bankOf(ctx), id)
		if err != nil {
			return err
		}
		out, err = s.showIdentification(ctx, ident)
		return err
	})
	return out, err
}

// showIdentification needs a transaction in ctx: it reads from every package.
func (s *Server) showIdentification(ctx context.Context, i identifications.Identification) (Identification, error) {
	bank := bankOf(ctx)
	out := Identification{
		ID: i.ID, Scenario: showSnapshot(i), State: IdentificationState(i.State), Reason: i.Reason,
		Outcome: given(CaseOutcome(i.Outcome)), OutcomeNote: given(i.OutcomeNote),
		DocumentType: i.DocumentType, DecidedBy: i.DecidedBy, DecidedAt: givenTime(i.DecidedAt), Reference: given(i.Reference),
		Metadata: metadata(i.Metadata), Notes: i.Notes, CreatedAt: i.CreatedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC(),
		Calls: []Call{},
	}
	names := s.names()
	var err error
	if out.Customer, err = names.customerSummary(ctx, i.CustomerID); err != nil {
		return out, err
	}
	consents, err := s.Identifications.Consents(ctx, bank, i.ID)
	if err != nil {
		return out, err
	}
	out.Consents = list(consents, func(c identifications.Consent) Consent {
		return Consent{Key: c.Key, Version: c.Version, Locale: c.Locale, Accepted: c.Accepted, TextSha256: hex.EncodeToString(c.SHA256), At: c.At.UTC()}
	})
	form, found, err := s.Identifications.Form(ctx, bank, i.ID)
	if err != nil {
		return out, err
	}
	if found {
		out.Form = &FormState{Version: form.Version, Data: form.Data, ConfirmedVersion: i.FormConfirmed, SubmittedAt: new(form.SubmittedAt.UTC())}
	}
	bookings, _, err := s.Scheduling.List(ctx, bank, scheduling.Filter{IdentificationID: i.ID}, postgres.Page{Limit: postgres.MaxPageLimit})
	if err != nil {
		return out, err
	}
	if newest, ok := newestBooking(bookings); ok {
		b, err := names.booking(ctx, newest)
		if err != nil {
			return out, err
		}
		out.Booking = &b
	}
	all, _, err := s.Calls.List(ctx, bank, calls.Filter{IdentificationID: i.ID, Page: postgres.Page{Limit: postgres.MaxPageLimit}})
	if err != nil {
		return out, err
	}
	for n := len(all) - 1; n >= 0; n-- { // the list is newest first
		c, err := s.showCall(ctx, names, all[n])
		if err != nil {
			return out, err
		}
		out.Calls = append(out.Calls, c)
	}
	return out, nil
}

// newestBooking is the one that was made last.
func newestBooking(all []scheduling.Booking) (newest scheduling.Booking, ok bool) {
	for _, b := range all {
		if !ok || b.CreatedAt.After(newest.CreatedAt) {
			newest, ok = b, true
		}
	}
	return newest, ok
}

func showSnapshot(i identifications.Identification) ScenarioSummary {
	return ScenarioSummary{ID: i.ScenarioID, Slug: i.Scenario.Slug, Kind: ScenarioKind(i.Scenario.Kind), Version: new(i.Scenario.Version), Name: Translations(i.Scenario.Name)}
}

// ownIdentification is the case that a customer's session is for.
func ownIdentification(ctx context.Context) uuid.UUID { return visavis.ActorFrom(ctx).IdentificationID }
