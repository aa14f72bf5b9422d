package ivr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// A callback of the carrier is answered at once; what takes long runs aside of
// the call while the caller hears a pause and the call asks again each second.
// Its end is in phone_calls.asides, sealed, so that any node answers the next
// turn. When the node that asks is killed the call goes on by the fall-back.

// aside is something that runs aside of a call.
type aside struct {
	ID    uuid.UUID `json:"id"`
	Step  string    `json:"s"`
	Until time.Time `json:"u"` // then the call goes on without it
}

// asideSlack is how long after the time limit of a request the call still waits
// for its end to be written.
const asideSlack = 2 * time.Second

// asked is what the bank is asked.
//
//	POST <url>, signed by Standard Webhooks, webhook-id = the question's
//	{"type": "flow.question", "phone_call_id": …, "flow": …, "step": …, "customer_id": …?,
//	 "about_type": …?, "about_id": …?, "verified": true, "variables": {…}}
//	→ 200, a JSON object whose fields the step's answer names
type asked struct {
	Type        string            `json:"type"`
	PhoneCallID uuid.UUID         `json:"phone_call_id"`
	Flow        string            `json:"flow"`
	Step        string            `json:"step"`
	CustomerID  *uuid.UUID        `json:"customer_id,omitempty"`
	AboutType   string            `json:"about_type,omitempty"`
	AboutID     *uuid.UUID        `json:"about_id,omitempty"`
	Verified    bool              `json:"verified"`
	Variables   map[string]string `json:"variables"`
}

func (r *run) startAside(ctx context.Context, st *Step) error {
	secret, err := r.s.hookSecretTx(ctx, r.tx)
	if err != nil {
		return err
	}
	allow, err := r.s.allowTx(ctx, r.tx)
	if err != nil {
		return err
	}
	question := asked{Type: "flow.question", PhoneCallID: r.c.ID, Flow: r.m.Flow, Step: st.Name,
		AboutType: r.c.AboutType, AboutID: orNil(r.c.AboutID), Verified: r.m.Verified, Variables: map[string]string{}}
	if r.trusted() { // else the bank would answer for whoever shows the number
		question.CustomerID = orNil(r.c.CustomerID)
	}
	for _, name := range st.Send {
		question.Variables[name] = r.value(name)
	}
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	limit := st.Timeout
	a := aside{ID: uuid.New(), Step: st.Name, Until: r.now.Add(limit + asideSlack)}
	r.m.Aside = &a
	if _, err := r.tx.Exec(ctx, `update phone_calls set asides = null where bank_id = $1 and id = $2`, r.tx.BankID, r.c.ID); err != nil {
		return err
	}
	s, bankID, callID, url, answer := r.s, r.tx.BankID, r.c.ID, st.URL, st.Answer
	r.after = func() {
		s.aside.Go(func() {
			ctx, cancel := context.WithTimeout(visavis.WithActor(context.Background(), visavis.System(bankID)), limit)
			defer cancel()
			raw, err := events.AskHook(ctx, url, a.ID.String(), s.Now(), secret, body, allow, nil)
			var values map[string]string
			if err == nil {
				values, err = pick(raw, answer)
			}
			if err != nil {
				s.Log.Info("the bank did not answer a flow", "bank", bankID, "phone_call", callID, "step", a.Step, "error", err)
			}
			if err := s.asideEnded(bankID, callID, a.ID, values); err != nil {
				s.Log.Error("the bank's answer to a flow could not be kept", "bank", bankID, "phone_call", callID, "error", err)
			}
		})
	}
	words := r.say(ctx, st.Words)
	if len(st.Words) == 0 {
		words = r.phrase(ctx, "moment", nil)
	}
	r.again(words, 1)
	return nil
}

// pick takes the fields that a step names out of the bank's answer. One that is
// missing is an error: the fall-back follows.
func pick(raw []byte, fields map[string]string) (map[string]string, error) {
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, errors.New("the answer is not a JSON object")
	}
	values := map[string]string{}
	for variable, field := range fields {
		switch v := answer[field].(type) {
		case string:
			values[variable] = v
		case bool:
			values[variable] = strconv.FormatBool(v)
		case float64:
			values[variable] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return nil, fmt.Errorf("the answer has no %s", field)
		}
	}
	return values, nil
}

// ended is how something that ran aside ended; Values nil = it did not work.
type endedAside struct {
	ID     uuid.UUID         `json:"id"`
	Values map[string]string `json:"values"`
}

const sealAside = "phone call aside"

func (s *Service) asideEnded(bankID, callID, asideID uuid.UUID, values map[string]string) error {
	plain, err := json.Marshal(endedAside{asideID, values})
	if err != nil {
		return err
	}
	sealed, err := json.Marshal(s.Keyring.Seal(sealAside, callID[:], plain))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), asideSlack)
	defer cancel()
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update phone_calls set asides = $3 where bank_id = $1 and id = $2 and due_at is not null`, bankID, callID, sealed)
		return err
	})
}

// asideTx returns the answer of what runs aside; nil with done when it did not work.
func (r *run) asideTx(ctx context.Context, a *aside) (values map[string]string, done bool, err error) {
	var raw []byte
	if err := r.tx.QueryRow(ctx, `select asides from phone_calls where bank_id = $1 and id = $2`, r.tx.BankID, r.c.ID).Scan(&raw); err != nil {
		return nil, false, fmt.Errorf("read what ran aside: %w", err)
	}
	if raw == nil {
		return nil, false, nil
	}
	var sealed []byte
	var ended endedAside
	if err = json.Unmarshal(raw, &sealed); err == nil {
		if raw, err = r.s.Keyring.Open(sealAside, r.c.ID[:], sealed); err == nil {
			err = json.Unmarshal(raw, &ended)
		}
	}
	if err != nil {
		return nil, false, fmt.Errorf("read what ran aside: %w", err)
	}
	if ended.ID != a.ID { // of a step before
		return nil, false, nil
	}
	return ended.Values, true, nil
}

const sealHook = "flow hook"

// hookSecretTx is what questions to the bank are signed with; drawn when it is
// first needed.
func (s *Service) hookSecretTx(ctx context.Context, tx *postgres.Tx) ([]byte, error) {
	var sealed []byte
	err := tx.QueryRow(ctx, `select hook_secret from flow_settings where bank_id = $1`, tx.BankID).Scan(&sealed)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read the flows' secret: %w", err)
	}
	if sealed != nil {
		return s.Keyring.Open(sealHook, tx.BankID[:], sealed)
	}
	_, raw := events.NewHookSecret()
	return raw, s.keepHookTx(ctx, tx, raw)
}

func (s *Service) keepHookTx(ctx context.Context, tx *postgres.Tx, raw []byte) error {
	_, err := tx.Exec(ctx, `insert into flow_settings (bank_id, hook_secret, updated_at) values ($1, $2, $3)
		on conflict (bank_id) do update set hook_secret = $2, updated_at = $3`, tx.BankID, s.Keyring.Seal(sealHook, tx.BankID[:], raw), s.Now())
	if err != nil {
		return fmt.Errorf("keep the flows' secret: %w", err)
	}
	return nil
}

// NewFlowSecret draws a new secret that questions of flows to the bank are signed
// with, and returns it (whsec_…), once. The one before is good no more.
func (s *Service) NewFlowSecret(ctx context.Context, bankID uuid.UUID) (shown string, err error) {
	shown, raw := events.NewHookSecret()
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := s.keepHookTx(ctx, tx, raw); err != nil {
			return err
		}
		_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: "bank.updated", Object: "bank", ID: bankID})
		return err
	})
	return shown, err
}

// allowTx are the special addresses that the bank's flows may ask at.
func (s *Service) allowTx(ctx context.Context, tx *postgres.Tx) ([]netip.Prefix, error) {
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	return events.HookAddresses(s.HookAllow, settings.WebhookAllow), nil
}
