package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// OpenVisit exchanges a customer link for a session and sets its cookie. A
// session of the same case whose phone number is proved already is kept.
func (s *Server) OpenVisit(ctx context.Context, r OpenVisitRequestObject) (OpenVisitResponseObject, error) {
	link, err := s.Banks.ResolveLink(ctx, r.Body.Token)
	if err != nil {
		// Only what opens nothing counts against the address: a mobile network's
		// customers share one, and must not keep each other out.
		if err := s.limitStranger(ctx, "link"); err != nil {
			return nil, err
		}
		return nil, err
	}
	if err := s.Banks.Limit(ctx, "link "+link.ID.String(), 60, 15*time.Minute); err != nil {
		return nil, err
	}
	if actor, ok := s.customerByCookie(ctx); ok && actor.Proved && actor.BankID == link.BankID && actor.IdentificationID == link.IdentificationID {
		out, err := s.visit(visavis.WithActor(ctx, actor))
		return OpenVisit200JSONResponse(out), err
	}
	session, err := s.Banks.OpenCustomerSession(ctx, r.Body.Token)
	if err != nil {
		return nil, err
	}
	if r.Body.VerifiedSession != nil {
		if err := s.proveBySession(ctx, session, *r.Body.VerifiedSession); err != nil {
			return nil, err
		}
	}
	out, err := s.openSession(ctx, session)
	return OpenVisit200JSONResponse(out), err
}

// proveBySession marks a session of the page as proved by a verified session of
// the same customer with the scope visit: the bank's app has asked already, so
// no code is.
func (s *Server) proveBySession(ctx context.Context, session banks.CustomerSession, token string) error {
	verified, err := s.OTP.Session(ctx, session.BankID, token, "visit")
	if err != nil {
		return err
	}
	if verified.CustomerID != session.CustomerID {
		return visavis.Errorf(visavis.Unauthenticated, "session_not_valid", "The verified session is another customer's.")
	}
	ctx = visavis.WithActor(ctx, visavis.System(session.BankID))
	return s.DB.InBank(ctx, session.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		return s.Banks.ProveSessionTx(ctx, tx, session.ID)
	})
}

func (s *Server) customerByCookie(ctx context.Context) (visavis.Actor, bool) {
	token, err := ginContext(ctx).Cookie(customerCookie)
	if err != nil {
		return visavis.Actor{}, false
	}
	actor, err := s.Banks.AuthenticateCustomer(ctx, token)
	return actor, err == nil
}

// openSession sets the cookie of a new session and shows its visit.
func (s *Server) openSession(ctx context.Context, session banks.CustomerSession) (Visit, error) {
	actor, err := s.Banks.AuthenticateCustomer(ctx, session.Token)
	if err != nil {
		return Visit{}, err
	}
	out, err := s.visit(visavis.WithActor(ctx, actor))
	if err != nil {
		return Visit{}, err
	}
	s.setCookie(ctx, customerCookie, session.Token, session.ExpiresAt)
	return out, nil
}

// GetVisit answers with everything that the page shows.
func (s *Server) GetVisit(ctx context.Context, _ GetVisitRequestObject) (GetVisitResponseObject, error) {
	out, err := s.visit(ctx)
	return GetVisit200JSONResponse(out), err
}

// UpdateVisit sets the customer's language and time zone.
func (s *Server) UpdateVisit(ctx context.Context, r UpdateVisitRequestObject) (UpdateVisitResponseObject, error) {
	change := banks.CustomerChange{Locale: r.Body.Locale, TimeZone: r.Body.TimeZone}
	if _, err := s.Banks.UpdateCustomer(ctx, bankOf(ctx), visavis.ActorFrom(ctx).ID, change); err != nil {
		return nil, err
	}
	out, err := s.visit(ctx)
	return UpdateVisit200JSONResponse(out), err
}

// SendVisitCode sends a code that proves the phone number.
func (s *Server) SendVisitCode(ctx context.Context, r SendVisitCodeRequestObject) (SendVisitCodeResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	if actor.Proved {
		return nil, visavis.Errorf(visavis.Conflict, "already_proved", "The phone number is proved already.")
	}
	start := otp.StartRequest{CustomerID: actor.ID, Purpose: "visit", BoundTo: actor.IdentificationID}
	if r.Body != nil && r.Body.Way != nil {
		start.Way = otp.Way(*r.Body.Way)
		live, err := s.OTP.Live(ctx, actor.BankID, actor.ID, "visit", actor.IdentificationID)
		switch {
		case err == nil && live.ExpiresAt.After(s.Now()):
			v, err := s.OTP.ResendBy(ctx, actor.BankID, live.ID, start.Way)
			return SendVisitCode200JSONResponse(showCode(v)), err
		case err != nil && visavis.KindOf(err) != visavis.NotFound:
			return nil, err
		}
	}
	v, err := s.OTP.Start(ctx, actor.BankID, start)
	return SendVisitCode200JSONResponse(showCode(v)), err
}

// DenyVisitCode ends the code that was sent for this visit: "this was not me".
func (s *Server) DenyVisitCode(ctx context.Context, _ DenyVisitCodeRequestObject) (DenyVisitCodeResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	v, err := s.OTP.Live(ctx, actor.BankID, actor.ID, "visit", actor.IdentificationID)
	if err == nil {
		_, err = s.OTP.Deny(ctx, actor.BankID, v.ID)
	}
	if visavis.KindOf(err) == visavis.NotFound {
		err = nil
	}
	return DenyVisitCode204Response{}, err
}

// CheckVisitCode compares the code and, when it is right, marks this session.
func (s *Server) CheckVisitCode(ctx context.Context, r CheckVisitCodeRequestObject) (CheckVisitCodeResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	if actor.SessionID == uuid.Nil {
		return nil, visavis.Errorf(visavis.Conflict, "no_session", "Open the link as a session first: a bare link cannot be proved.")
	}
	v, err := s.OTP.Live(ctx, actor.BankID, actor.ID, "visit", actor.IdentificationID)
	if visavis.KindOf(err) == visavis.NotFound {
		return nil, visavis.Errorf(visavis.Gone, "verification_expired", "This code is not valid any more; ask for a new one.")
	} else if err != nil {
		return nil, err
	}
	result, err := s.OTP.CheckAnd(ctx, actor.BankID, v.ID, r.Body.Code, actor.IdentificationID, func(ctx context.Context, tx *postgres.Tx) error {
		return s.Banks.ProveSessionTx(ctx, tx, actor.SessionID)
	})
	if err != nil {
		return nil, err
	}
	out := VisitCodeCheck{Result: showResult(result)}
	if result.Approved {
		actor.Proved = true
		shown, err := s.visit(visavis.WithActor(ctx, actor))
		if err != nil {
			return nil, err
		}
		out.Visit = &shown
	}
	return CheckVisitCode200JSONResponse(out), nil
}

// DecideConsents records what the customer says to the texts.
func (s *Server) DecideConsents(ctx context.Context, r DecideConsentsRequestObject) (DecideConsentsResponseObject, error) {
	out, err := s.afterStep(ctx, func(ctx context.Context, actor visavis.Actor) error {
		customer, err := s.Banks.Customer(ctx, actor.BankID, actor.ID)
		if err != nil {
			return err
		}
		decisions := list(r.Body.Decisions, func(d ConsentDecision) identifications.ConsentDecision {
			return identifications.ConsentDecision{Key: d.Key, Version: d.Version, Locale: customer.Locale, Accepted: d.Accepted}
		})
		_, err = s.Identifications.GiveConsent(ctx, actor.BankID, actor.IdentificationID, decisions)
		return err
	})
	return DecideConsents200JSONResponse(out), err
}

// ChooseDocument sets the document that the customer will show.
func (s *Server) ChooseDocument(ctx context.Context, r ChooseDocumentRequestObject) (ChooseDocumentResponseObject, error) {
	out, err := s.afterStep(ctx, func(ctx context.Context, actor visavis.Actor) error {
		_, err := s.Identifications.ChooseDocument(ctx, actor.BankID, actor.IdentificationID, string(r.Body.DocumentType))
		return err
	})
	return ChooseDocument200JSONResponse(out), err
}

// SubmitForm keeps the answers as a new version.
func (s *Server) SubmitForm(ctx context.Context, r SubmitFormRequestObject) (SubmitFormResponseObject, error) {
	out, err := s.afterStep(ctx, func(ctx context.Context, actor visavis.Actor) error {
		_, err := s.Identifications.SubmitForm(ctx, actor.BankID, actor.IdentificationID, r.Body.Data)
		return err
	})
	return SubmitForm200JSONResponse(out), err
}

// ConfirmForm records that the newest version is right.
func (s *Server) ConfirmForm(ctx context.Context, r ConfirmFormRequestObject) (ConfirmFormResponseObject, error) {
	out, err := s.afterStep(ctx, func(ctx context.Context, actor visavis.Actor) error {
		_, err := s.Identifications.ConfirmForm(ctx, actor.BankID, actor.IdentificationID, r.Body.Version)
		return err
	})
	return ConfirmForm200JSONResponse(out), err
}

// DeclineVisit ends the case politely.
func (s *Server) DeclineVisit(ctx context.Context, r DeclineVisitRequestObject) (DeclineVisitResponseObject, error) {
	out, err := s.afterStep(ctx, func(ctx context.Context, actor visavis.Actor) error {
		if err := s.endCalls(ctx, actor.IdentificationID); err != nil {
			return err
		}
		if _, err := s.Identifications.Decline(ctx, actor.BankID, actor.IdentificationID, zero(r.Body.Reason)); err != nil {
			return err
		}
		return s.Calls.Leave(ctx, actor.BankID, actor.IdentificationID) // the place of a booking that was due
	})
	return DeclineVisit200JSONResponse(out), err
}

// afterStep does something for the customer and shows the visit as it then
// stands, in one transaction.
func (s *Server) afterStep(ctx context.Context, do func(context.Context, visavis.Actor) error) (out Visit, err error) {
	err = s.together(ctx, func(ctx context.Context) error {
		if err := do(ctx, visavis.ActorFrom(ctx)); err != nil {
			return err
		}
		out, err = s.visit(ctx)
		return err
	})
	return out, err
}

// visit gathers what the page shows to the customer in ctx. Without proof of
// the number (identifications.Proved) it has nothing personal.
func (s *Server) visit(ctx context.Context) (out Visit, err error) {
	err = s.together(ctx, func(ctx context.Context) error {
		out, err = s.gatherVisit(ctx)
		return err
	})
	return out, err
}

func (s *Server) gatherVisit(ctx context.Context) (Visit, error) {
	actor := visavis.ActorFrom(ctx)
	proved := identifications.Proved(actor)
	bank, err := s.Banks.Get(ctx, actor.BankID)
	if err != nil {
		return Visit{}, err
	}
	ident, err := s.Identifications.Get(ctx, bank.ID, actor.IdentificationID)
	if err != nil {
		return Visit{}, err
	}
	customer, err := s.Banks.Customer(ctx, bank.ID, ident.CustomerID)
	if err != nil {
		return Visit{}, err
	}
	progress, err := s.Identifications.Progress(ctx, bank.ID, ident.ID)
	if err != nil {
		return Visit{}, err
	}
	decided, err := s.Identifications.Consents(ctx, bank.ID, ident.ID)
	if err != nil {
		return Visit{}, err
	}
	locale := customer.Locale
	out := Visit{
		Bank:     showBankSummary(bank),
		Customer: VisitCustomer{PhoneMasked: banks.MaskPhone(customer.Phone), Locale: Locale(locale), TimeZone: customer.TimeZone},
		Scenario: VisitScenario{
			ID: ident.ScenarioID, Slug: ident.Scenario.Slug, Kind: ScenarioKind(ident.Scenario.Kind),
			Recorded: *ident.Scenario.Settings.WithDefaults().Recording.Enabled, Name: ident.Scenario.Name.In(locale),
			Description: ident.Scenario.Description.In(locale), Purpose: ident.Scenario.Purpose.In(locale),
			ReconnectGraceSeconds: ident.Scenario.Settings.ReconnectGraceSeconds,
		},
		Proved: proved, Scopes: words[string, LinkPurpose](actor.Scopes), NextStep: VisitStep(progress.NextStep),
		Consents:       visitConsents(ident, decided, locale),
		DocumentTypes:  words[string, DocumentType](ident.Scenario.DocumentTypes),
		Form:           VisitForm{Fields: visitFields(ident.Scenario.Form, locale), Version: ident.FormVersion, ConfirmedVersion: ident.FormConfirmed},
		Identification: VisitIdentification{ID: ident.ID, State: IdentificationState(ident.State)},
	}
	if out.Scenario.ReconnectGraceSeconds == 0 {
		out.Scenario.ReconnectGraceSeconds = bank.Settings.WithDefaults().ReconnectGrace
	}
	if !proved {
		return out, nil
	}
	out.Customer.Name = given(customer.Name)
	out.DocumentType = given(DocumentType(ident.DocumentType))
	form, found, err := s.Identifications.Form(ctx, bank.ID, ident.ID)
	if err != nil {
		return out, err
	}
	if found {
		out.Form.Data = form.Data
	}
	if progress.Booking != nil {
		b, err := s.names().booking(ctx, *progress.Booking)
		if err != nil {
			return out, err
		}
		out.Booking = &b
	}
	if err := s.addBooking(ctx, &out, ident); err != nil {
		return out, err
	}
	return out, s.addCall(ctx, &out, ident)
}

// addCall adds the customer's place in the queue and the newest call.
func (s *Server) addCall(ctx context.Context, out *Visit, ident identifications.Identification) error {
	place, err := s.Calls.Mine(ctx, bankOf(ctx), ident.ID)
	if err == nil {
		out.Queue = new(showPlace(place))
		if out.NextStep != VisitStepDone && (place.State == calls.EntryWaiting || place.State == calls.EntryOffered) {
			out.NextStep = VisitStepWait
		}
	} else if visavis.KindOf(err) != visavis.NotFound {
		return err
	}
	all, _, err := s.Calls.List(ctx, bankOf(ctx), calls.Filter{IdentificationID: ident.ID, Page: postgres.Page{Limit: 1}})
	if err != nil || len(all) == 0 {
		return err
	}
	c := all[0]
	out.Call = &VisitCall{ID: c.ID, State: CallState(c.State), Direction: CallDirection(c.Direction), Reason: given(c.Reason),
		AgentVideo: *ident.Scenario.Settings.WithDefaults().Call.AgentVideo}
	name, err := s.names().agent(ctx, c.AgentID)
	if err != nil {
		return err
	}
	out.Call.AgentName = given(name)
	if c.State == calls.Ringing {
		out.Call.RingExpiresAt = givenTime(c.RingEndsAt)
	}
	if c.State.Live() {
		socket, err := s.socketURL(ctx, c)
		if err != nil {
			return err
		}
		out.Call.SocketURL = &socket
		if c.AnsweredAt != nil {
			if out.Call.Telephone, err = s.showTelephone(ctx, c); err != nil {
				return err
			}
		}
		if out.NextStep != VisitStepDone {
			out.NextStep = VisitStepCall
		}
	}
	return nil
}

func visitConsents(ident identifications.Identification, decided []identifications.Consent, locale string) []VisitConsent {
	said := map[string]bool{}
	for _, c := range decided { // in order: the last one counts
		said[c.Key] = c.Accepted
	}
	return list(identifications.ConsentTexts(ident.Scenario.Definition, locale), func(t identifications.ConsentText) VisitConsent {
		v := VisitConsent{Key: t.Key, Version: t.Version, Title: t.Title, Body: t.Body}
		if accepted, ok := said[t.Key]; ok {
			v.Accepted = &accepted
		}
		return v
	})
}

func visitFields(fields []identifications.FormField, locale string) []VisitFormField {
	return list(fields, func(f identifications.FormField) VisitFormField {
		return VisitFormField{
			Key: f.Key, Type: FormFieldType(f.Type), Label: f.Label.In(locale), Help: given(f.Help.In(locale)), Required: f.Required,
			MaxLength: given(f.MaxLength), Pattern: given(f.Pattern), Past: given(f.Past), MinAge: given(f.MinAge),
			Options: list(f.Options, func(o identifications.Option) VisitFormOption {
				return VisitFormOption{Value: o.Value, Label: o.Label.In(locale)}
			}),
		}
	})
}
