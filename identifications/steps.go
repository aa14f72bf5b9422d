package identifications

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// maxFormVersions bounds how often a form can be submitted in one case.
const maxFormVersions = 100

// stepTx locks the case for something that the customer does, and refuses when
// it is closed or the customer has not proved the number.
func (s *Service) stepTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Identification, error) {
	ident, err := s.lockTx(ctx, tx, id)
	if err == nil {
		err = proved(ctx)
	}
	if err == nil {
		err = stillOpen(ident)
	}
	return ident, err
}

// ChooseDocument sets which document the customer will show. It needs the
// consents; Invalid (field document_type) when the scenario does not accept it.
func (s *Service) ChooseDocument(ctx context.Context, bankID, id uuid.UUID, documentType string) (ident Identification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if ident, err = s.stepTx(ctx, tx, id); err != nil {
			return err
		}
		if err := s.consentedTx(ctx, tx, ident); err != nil {
			return err
		}
		if !slices.Contains(ident.Scenario.DocumentTypes, documentType) {
			return visavis.InvalidField("document_type", "must be one of %v", ident.Scenario.DocumentTypes)
		}
		if ident.DocumentType == documentType {
			return nil
		}
		ident.DocumentType, ident.UpdatedAt = documentType, s.now()
		_, err := tx.Exec(ctx, `
			update identifications set document_type = $3, updated_at = $4 where bank_id = $1 and id = $2`,
			tx.BankID, id, ident.DocumentType, ident.UpdatedAt)
		if err != nil {
			return fmt.Errorf("choose document: %w", err)
		}
		return s.appendTx(ctx, tx, "document.chosen", ident, map[string]any{"document_type": documentType})
	})
	return ident, err
}

// FormVersion is one submission of the form.
type FormVersion struct {
	Version     int
	Data        map[string]any
	SubmittedAt time.Time
}

// SubmitForm keeps the customer's answers as a new version, which then has to
// be confirmed. It needs the consents. Invalid "invalid_form" names every
// refused answer as form.<key>.
func (s *Service) SubmitForm(ctx context.Context, bankID, id uuid.UUID, data map[string]any) (form FormVersion, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err := s.stepTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.consentedTx(ctx, tx, ident); err != nil {
			return err
		}
		if ident.FormVersion >= maxFormVersions {
			return visavis.Errorf(visavis.TooMany, "form_versions", "the form was submitted too often; ask the bank for help")
		}
		customer, err := s.banks.Customer(ctx, bankID, ident.CustomerID)
		if err != nil {
			return err
		}
		now := s.now()
		clean, err := ident.Scenario.checkData(data, dateIn(now, customer.TimeZone))
		if err != nil {
			return err
		}
		form = FormVersion{Version: ident.FormVersion + 1, Data: clean, SubmittedAt: now}
		_, err = tx.Exec(ctx, `
			insert into form_versions (bank_id, identification_id, version, data, submitted_at) values ($1, $2, $3, $4, $5)`,
			tx.BankID, id, form.Version, form.Data, form.SubmittedAt)
		if err != nil {
			return fmt.Errorf("insert form: %w", err)
		}
		_, err = tx.Exec(ctx, `
			update identifications set form_version = $3, updated_at = $4 where bank_id = $1 and id = $2`,
			tx.BankID, id, form.Version, now)
		if err != nil {
			return fmt.Errorf("write form version: %w", err)
		}
		return s.appendTx(ctx, tx, "form.submitted", ident, map[string]any{"version": form.Version})
	})
	return form, err
}

// dateIn returns the date at now in a zone, as midnight in UTC.
func dateIn(now time.Time, zone string) time.Time {
	if loc, err := time.LoadLocation(zone); err == nil {
		now = now.In(loc)
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}

// ConfirmForm records that the customer has read and confirmed the newest
// version. Conflict "form_changed" when version is not the newest, Conflict
// "form_not_submitted" when there is none. Confirming again changes nothing.
func (s *Service) ConfirmForm(ctx context.Context, bankID, id uuid.UUID, version int) (ident Identification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if ident, err = s.stepTx(ctx, tx, id); err != nil {
			return err
		}
		if ident.FormVersion == 0 {
			return visavis.Errorf(visavis.Conflict, "form_not_submitted", "fill in the form first")
		}
		if version != ident.FormVersion {
			return visavis.Errorf(visavis.Conflict, "form_changed", "the form was changed meanwhile; read it again and confirm version %d", ident.FormVersion)
		}
		if ident.FormConfirmed == version {
			return nil
		}
		ident.FormConfirmed, ident.UpdatedAt = version, s.now()
		_, err := tx.Exec(ctx, `
			update identifications set form_confirmed = $3, updated_at = $4 where bank_id = $1 and id = $2`,
			tx.BankID, id, ident.FormConfirmed, ident.UpdatedAt)
		if err != nil {
			return fmt.Errorf("confirm form: %w", err)
		}
		return s.appendTx(ctx, tx, "form.confirmed", ident, map[string]any{"version": version})
	})
	return ident, err
}

// Form returns the newest version of the form; found = false when nothing was
// submitted. A customer must have proved the number to see it.
func (s *Service) Form(ctx context.Context, bankID, id uuid.UUID) (form FormVersion, found bool, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.GetTx(ctx, tx, id); err != nil {
			return err
		}
		if err := proved(ctx); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `
			select version, data, submitted_at from form_versions
			where bank_id = $1 and identification_id = $2 order by version desc limit 1`, tx.BankID, id).
			Scan(&form.Version, &form.Data, &form.SubmittedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read form: %w", err)
		}
		found = true
		return nil
	})
	return form, found, err
}

// Decline ends the case because the customer does not want to be identified
// this way; a live booking is given back. Declining again changes nothing.
func (s *Service) Decline(ctx context.Context, bankID, id uuid.UUID, reason string) (ident Identification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if ident, err = s.lockTx(ctx, tx, id); err != nil {
			return err
		}
		if err := proved(ctx); err != nil || ident.State == Declined {
			return err
		}
		if err := stillOpen(ident); err != nil {
			return err
		}
		ident, err = s.declineTx(ctx, tx, ident, reason)
		return err
	})
	return ident, err
}

func (s *Service) declineTx(ctx context.Context, tx *postgres.Tx, ident Identification, reason string) (Identification, error) {
	if err := s.scheduling.CancelLiveTx(ctx, tx, ident.ID, "declined"); err != nil {
		return ident, err
	}
	return s.endTx(ctx, tx, ident, Declined, reason)
}

// Next is what a customer has to do next.
type Next string

// The next steps, in order.
const (
	NextProve    Next = "prove"    // the phone number, by a code
	NextConsent  Next = "consent"  // read and accept what is missing
	NextDocument Next = "document" // choose the document
	NextForm     Next = "form"     // fill it in
	NextConfirm  Next = "confirm"  // read the answers again
	NextSlot     Next = "slot"     // pick a time, or call in
	NextWait     Next = "wait"     // for the booked time
	NextCall     Next = "call"     // never from Progress: calls know whether one is live
	NextDone     Next = "done"     // the case has ended, see its state
)

// Progress is how far a case has come.
type Progress struct {
	NextStep        Next
	ConsentsMissing []string            // keys
	Booking         *scheduling.Booking // the newest, live or not; nil = never booked
}

// Progress tells what the customer has to do next. For a bank or an agent the
// number counts as proved.
func (s *Service) Progress(ctx context.Context, bankID, id uuid.UUID) (p Progress, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err := s.GetTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.ConsentsMissing, err = s.missingConsentsTx(ctx, tx, ident); err != nil {
			return err
		}
		booking, found, err := s.scheduling.LatestTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if found {
			p.Booking = &booking
		}
		p.NextStep = next(ident, proved(ctx) == nil, p)
		return nil
	})
	return p, err
}

func next(ident Identification, proved bool, p Progress) Next {
	switch {
	case ident.State != Open:
		return NextDone
	case !proved:
		return NextProve
	case len(p.ConsentsMissing) > 0:
		return NextConsent
	case ident.DocumentType == "" && len(ident.Scenario.DocumentTypes) > 0:
		return NextDocument
	case len(ident.Scenario.Form) > 0 && ident.FormVersion == 0:
		return NextForm
	case ident.FormConfirmed < ident.FormVersion:
		return NextConfirm
	case p.Booking == nil || !p.Booking.State.Live():
		return NextSlot
	}
	return NextWait
}

// readyTx refuses with a Conflict that names what the customer has still to do
// before the call: consent_missing, document_missing, form_not_confirmed.
func (s *Service) readyTx(ctx context.Context, tx *postgres.Tx, ident Identification) error {
	if err := s.consentedTx(ctx, tx, ident); err != nil {
		return err
	}
	switch next(ident, true, Progress{}) {
	case NextDocument:
		return visavis.Errorf(visavis.Conflict, "document_missing", "choose the document first")
	case NextForm, NextConfirm:
		return visavis.Errorf(visavis.Conflict, "form_not_confirmed", "fill in the form and confirm it first")
	}
	return nil
}

// MayCallTx returns the case when its customer may call in or be put through:
// it is open, and consents, document and confirmed form are there. Conflict
// otherwise (identification_closed, consent_missing, document_missing,
// form_not_confirmed); Forbidden for a customer without proof of the number.
func (s *Service) MayCallTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Identification, error) {
	ident, err := s.stepTx(ctx, tx, id)
	if err == nil {
		err = s.readyTx(ctx, tx, ident)
	}
	return ident, err
}
