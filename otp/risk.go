package otp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Before a code goes by phone, a bank's own server can be asked about the number:
// was its SIM changed lately, was it ported, how old is it. It is asked once a
// verification, outside of any transaction, by otp.Run; the request that started
// the verification does not wait.
//
//	POST <risk_hook>, signed by Standard Webhooks, webhook-id = the verification's
//	{"type": "verification.risk", "verification_id": …, "customer_id": …?,
//	 "phone": "+84…", "purpose": "api", "way": "sms"}
//	→ 200 {"decision": "allow" | "deny", "reason": "sim_changed"}
//
// It has one second. Whatever else it says, or its silence, means what the bank's
// setting risk_fail says. A denial takes the ways by phone away: a workflow goes
// on with the others, and one without others fails (blocked_by_policy).
const (
	riskAsk      = "ask"
	riskAllow    = "allow"
	riskDeny     = "deny"
	riskDeadline = time.Second
)

// ask asks the bank's hook about a verification whose step is due, when it has
// not been asked yet and the step goes by phone. "" = not asked.
func (s *Service) ask(ctx context.Context, bankID, id uuid.UUID) (verdict string, err error) {
	var v row
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2 and state = 'pending' and risk = $3`, bankID, id, riskAsk)
		return err
	})
	if err == pgx.ErrNoRows {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	settings, err := s.Settings(ctx, bankID)
	if err != nil {
		return "", err
	}
	if settings.RiskHook == "" { // taken away meanwhile
		return riskAllow, nil
	}
	question := map[string]any{"type": "verification.risk", "verification_id": v.ID, "phone": v.Phone, "purpose": v.Purpose, "way": v.Way}
	if v.CustomerID != uuid.Nil {
		question["customer_id"] = v.CustomerID
	}
	body, err := json.Marshal(question)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, s.riskDeadline)
	defer cancel()
	answer, err := events.AskHook(ctx, settings.RiskHook, v.ID.String(), s.now(), settings.hookSecret, body, s.allowed(settings.hookAllow), s.Resolver)
	var said struct {
		Decision string `json:"decision"`
		Reason   string `json:"reason"`
	}
	if err == nil {
		err = json.Unmarshal(answer, &said)
	}
	switch {
	case err == nil && said.Decision == riskAllow:
		return riskAllow, nil
	case err == nil && said.Decision == riskDeny:
		s.Log.Info("the bank's hook refused a code by phone", "bank", bankID, "verification", id, "reason", clip(said.Reason))
		return riskDeny, nil
	}
	s.Log.Warn("the bank's hook did not decide", "bank", bankID, "verification", id, "then", settings.RiskFail, "error", err)
	if settings.RiskFail == "open" {
		return riskAllow, nil
	}
	return riskDeny, nil
}

// clip keeps a word of the bank's from filling the log.
func clip(text string) string {
	if r := []rune(text); len(r) > 64 {
		return string(r[:64])
	}
	return text
}
