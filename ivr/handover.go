package ivr

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// caseTx finds the identification that a call goes on with: what it is about, or
// one that was opened in it; else it opens one of the scenario for the customer.
// uuid.Nil: nothing fits.
func (r *run) caseTx(ctx context.Context, scenario string) (id uuid.UUID, err error) {
	if r.c.IdentificationID != uuid.Nil {
		return r.c.IdentificationID, nil
	}
	if r.s.Identifications == nil {
		return uuid.Nil, nil
	}
	switch r.c.AboutType {
	case "identification":
		id = r.c.AboutID
	case "booking":
		b, err := r.s.Scheduling.GetTx(ctx, r.tx, r.c.AboutID)
		if err != nil {
			return uuid.Nil, err
		}
		id = b.IdentificationID
	}
	if id == uuid.Nil {
		if r.customer == nil || scenario == "" {
			return uuid.Nil, nil
		}
		ident, _, err := r.s.Identifications.Create(ctx, r.tx.BankID, identifications.NewIdentification{CustomerID: r.customer.ID, Scenario: scenario})
		if err != nil {
			return uuid.Nil, err
		}
		id = ident.ID
	}
	r.c.IdentificationID = id
	return id, nil
}

// linkLife is how long a link that was asked for by telephone lets in.
const linkLife = 24 * time.Hour

// link sends the customer an SMS with a link to the case.
func (r *run) link(ctx context.Context, st *Step) (string, error) {
	if r.customer == nil {
		return st.Failed, nil
	}
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		id, err := r.caseTx(ctx, st.Scene)
		if err == nil && id == uuid.Nil {
			return errNothing
		}
		if err != nil {
			return err
		}
		return r.sendLink(ctx, id, banks.LinkManage)
	})
	if err != nil {
		return "", err
	}
	if !ok {
		return st.Failed, nil
	}
	if st.Outcome == "" && r.c.Outcome == "" {
		r.c.Outcome = "link_sent"
	}
	return st.Next, nil
}

// sendLink sends a link to a case by SMS. It goes to the very number that
// somebody is speaking from, so it proves as much as any link that was sent there
// (LinkManage), unless the number was only claimed.
func (r *run) sendLink(ctx context.Context, identificationID uuid.UUID, purpose banks.LinkPurpose) error {
	expires := r.now.Add(linkLife)
	l, err := r.s.Banks.CreateLinkTx(ctx, r.tx, banks.NewLink{Purpose: purpose, CustomerID: r.customer.ID, IdentificationID: identificationID, ExpiresAt: expires})
	if err != nil {
		return err
	}
	_, err = r.s.Channels.SendTx(ctx, r.tx, channels.Message{CustomerID: r.customer.ID, Class: channels.Transaction, Template: "link_new", LinkID: l.ID,
		AboutType: "identification", AboutID: identificationID, ExpiresAt: expires, Channels: []channels.Channel{channels.SMS}})
	return err
}

func (s *Service) holidayTx(context.Context, *postgres.Tx, time.Time) (bool, error) {
	return false, nil
}

func (r *run) handOver(_ context.Context, st *Step) (string, bool, error) {
	return st.Failed, false, nil
}

func (r *run) waiting(ctx context.Context, st *Step, _ string) error {
	return r.goOn(ctx, st.Failed, "", false)
}

func (r *run) recorded(ctx context.Context, st *Step) error { return r.goOn(ctx, st.Next, "", false) }
