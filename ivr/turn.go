package ivr

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

func (s *Service) checkFlowTx(context.Context, *postgres.Tx, string, int, map[string]string) error {
	return nil
}

func (s *Service) handleTurn(w http.ResponseWriter, r *http.Request) {
	turn, ok := turnOf(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	bankID, id, params, ok := s.verified(w, r, func(bankID, id uuid.UUID) string { return turnPath(bankID, id, turn) })
	if !ok {
		return
	}
	var document []byte
	ctx := visavis.WithActor(r.Context(), visavis.System(bankID))
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := callTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := ownTx(ctx, tx, &c, params.Get("CallSid")); err != nil {
			return err
		}
		if err := s.statusTx(ctx, tx, &c, status{word: "in-progress", answeredBy: params.Get("AnsweredBy")}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update phone_calls set turn = $3 where bank_id = $1 and id = $2 and turn = $4`, tx.BankID, id, turn+1, turn); err != nil {
			return err
		}
		document, err = render(&twiml.VoiceHangup{})
		return err
	})
	if err != nil {
		s.answer(w, r, err)
		return
	}
	writeTwiML(w, document)
}
