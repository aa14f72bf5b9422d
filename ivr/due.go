package ivr

import (
	"context"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// phoneDue places the call of a spoken step of a booking's ladder. What may not
// be called (opted out, capped, another country) is left to the ladder's other
// steps: it is no failure.
func (s *Service) phoneDue(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	p, ok, err := s.Scheduling.PhoneStepTx(ctx, tx, d)
	if err != nil || !ok {
		return err
	}
	if s.Carrier == nil { // the ladder's other steps have to do
		return nil
	}
	b, flow := p.Booking, p.Flow
	switch {
	case flow != "":
	case p.Recovery:
		flow = "missed_call"
	default:
		flow = "reminder"
	}
	_, err = s.PlaceTx(ctx, tx, PhoneCall{
		CustomerID: b.CustomerID, Flow: flow, AboutType: "booking", AboutID: b.ID, Class: channels.Reminder, Key: "booking " + p.Key, ExpiresAt: p.ExpiresAt,
		DetectMachine: true, Input: map[string]string{startVar: b.Start.UTC().Format(time.RFC3339)},
	})
	if kind := visavis.KindOf(err); err != nil && kind != visavis.Internal && kind != visavis.Unavailable {
		s.Log.Info("a reminder by telephone was not placed", "bank", tx.BankID, "booking", b.ID, "code", visavis.CodeOf(err))
		return nil
	}
	return err
}
