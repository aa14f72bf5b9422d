package ivr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// memory is what a call's dialogue remembers between its turns, kept sealed: it
// holds what the caller keyed in.
type memory struct {
	Flow         string            `json:"f"`
	Version      int               `json:"v"`
	Step         string            `json:"s"` // in which the caller is heard
	Vars         map[string]string `json:"x,omitempty"`
	Tries        int               `json:"t,omitempty"`
	Position     int               `json:"p"` // of the last step in the path
	Offers       []time.Time       `json:"o,omitempty"`
	Verification uuid.UUID         `json:"c,omitzero"`
	Verified     bool              `json:"k,omitempty"`
	Session      string            `json:"n,omitempty"` // see PhoneCall.Session
	Aside        *aside            `json:"a,omitempty"`
	Waited       int               `json:"w,omitempty"` // turns in the queue
	Machine      bool              `json:"m,omitempty"`
	Reply        string            `json:"r,omitempty"` // to the turn before
	Plays        [][]sound         `json:"y,omitempty"` // that the reply plays
	Failed       int               `json:"e,omitempty"` // turns in a row that failed, in the queue
}

// version is that of the flow which leads the call to its end, whatever is
// published meanwhile: a flow that the product brings has 0 in the memory.
func (m *memory) version() int {
	if m.Version == 0 {
		return ShippedVersion
	}
	return m.Version
}

const sealCall = "phone call"

func (s *Service) seal(c PhoneCall, m memory) ([]byte, error) {
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return s.Keyring.Seal(sealCall, c.ID[:], plain), nil
}

func (s *Service) memoryTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (*memory, error) {
	var sealed []byte
	if err := tx.QueryRow(ctx, `select sealed from phone_calls where bank_id = $1 and id = $2`, tx.BankID, id).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("read dialogue: %w", err)
	}
	return s.unseal(id, sealed)
}

func (s *Service) unseal(id uuid.UUID, sealed []byte) (*memory, error) {
	m := &memory{}
	if sealed == nil {
		return m, nil
	}
	plain, err := s.Keyring.Open(sealCall, id[:], sealed)
	if err == nil {
		err = json.Unmarshal(plain, m)
	}
	if err != nil {
		return nil, fmt.Errorf("read dialogue: %w", err)
	}
	return m, nil
}

// turnTx reads what every turn needs, in one round trip: the call, which it locks,
// what its dialogue remembers, still sealed, and the bank's name.
func turnTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (c PhoneCall, sealed []byte, bank string, err error) {
	var trip pgx.Batch
	trip.Queue(`select name from banks where bank_id = $1`, tx.BankID).QueryRow(func(row pgx.Row) error { return row.Scan(&bank) })
	trip.Queue(`select `+callColumns+`, sealed from phone_calls where bank_id = $1 and id = $2 for update`, tx.BankID, id).
		QueryRow(func(row pgx.Row) error { return row.Scan(append(c.fields(), &sealed)...) })
	err = tx.SendBatch(ctx, &trip).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return c, nil, "", notFound()
	}
	if err != nil {
		return c, nil, "", fmt.Errorf("read phone call: %w", err)
	}
	return c, sealed, bank, nil
}

var (
	digitsShape = regexp.MustCompile(`^([0-9*#]{0,64}|hangup)$`)
	hangupNow   = `<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>`
)

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
	if !digitsShape.MatchString(params.Get("Digits")) {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	document, err := s.Turn(r.Context(), bankID, id, turn, params)
	if err != nil && r.Context().Err() != nil { // the carrier has hung up on us: nobody hears an answer
		s.Log.Info("a turn of a phone call was given up by the carrier", "bank", bankID, "phone_call", id, "turn", turn)
		return
	}
	if err != nil && !ours(err) {
		document, err = s.sorry(r.Context(), bankID, id, turn, err), nil
	}
	if err != nil {
		s.answer(w, r, err)
		return
	}
	writeTwiML(w, []byte(document))
}

// Turn goes on with a call's dialogue and returns what is said next, as TwiML.
// Only the turn that is expected changes anything: the one before is answered as
// it was then, any other is a Conflict (turn_over). NotFound: no such call of the
// bank, or it is another one at the provider.
func (s *Service) Turn(ctx context.Context, bankID, id uuid.UUID, turn int, params url.Values) (document string, err error) {
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	var after func()
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		after = nil
		c, sealed, bank, err := turnTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := ownTx(ctx, tx, &c, params.Get("CallSid")); err != nil {
			return err
		}
		if c.State.Final() { // hung up meanwhile
			document = hangupNow
			return s.lateRecordingTx(ctx, tx, &c, turn, params)
		}
		m, err := s.unseal(id, sealed)
		if err != nil {
			return err
		}
		switch {
		case turn == c.Turn-1 && m.Reply != "":
			document = m.Reply
			return nil
		case turn != c.Turn:
			return visavis.Errorf(visavis.Conflict, codeTurnOver, "the call is at another turn")
		}
		if err := s.statusTx(ctx, tx, &c, status{word: "in-progress", answeredBy: params.Get("AnsweredBy")}); err != nil {
			return err
		}
		run, err := s.runTx(ctx, tx, &c, m, bank, params)
		if err != nil {
			return err
		}
		document, after = m.Reply, run.after
		return nil
	})
	if errors.Is(err, errStray) {
		s.endStray(bankID, id, params.Get("CallSid"))
	}
	if err != nil {
		return "", fmt.Errorf("turn %d of a phone call: %w", turn, err)
	}
	if after != nil {
		after()
	}
	return document, nil
}

// runTx leads the dialogue from where it stands to where the caller is heard
// next, and writes both down.
func (s *Service) runTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, m *memory, bank string, params url.Values) (*run, error) {
	r := &run{s: s, tx: tx, c: c, m: m, bank: bank, params: params, now: s.Now()}
	m.Plays = nil
	if own(c.Flow) {
		if err := r.ownLeg(ctx); err != nil {
			return nil, err
		}
		return r, r.write(ctx)
	}
	begin := m.Flow == ""
	if begin {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
	}
	var err error
	if r.f == nil && !r.over {
		if r.f, _, _, err = s.inForceTx(ctx, tx, m.Flow, m.version()); err != nil {
			return nil, err
		}
	}
	if err := r.know(ctx); err != nil {
		return nil, err
	}
	switch {
	case r.over:
	case begin:
		err = r.from(ctx, r.first)
	default:
		err = r.resume(ctx)
	}
	if err != nil {
		return nil, err
	}
	m.Failed = 0
	return r, r.write(ctx)
}

// write keeps where the dialogue stands now, and what it answers.
func (r *run) write(ctx context.Context) error {
	c, m := r.c, r.m
	verbs := r.verbs
	if r.over {
		verbs = append(verbs, &twiml.VoiceHangup{})
		m.Step, m.Vars, m.Offers, m.Aside = "", nil, nil, nil
	}
	document, err := twiml.Voice(verbs)
	if err != nil {
		return fmt.Errorf("write TwiML: %w", err)
	}
	m.Reply = document
	sealed, err := r.s.seal(*c, *m)
	if err != nil {
		return err
	}
	r.later.Queue(`
		update phone_calls set turn = turn + 1, step = $3, sealed = $4, outcome = $5, pinned = $6, flow_ended = $7, message_left = $8, abandoned = $9,
			handed_over = $10, queue_entry_id = $11, identification_id = $12, customer_id = $13, locale = $14
		where bank_id = $1 and id = $2`,
		r.tx.BankID, c.ID, c.Step, sealed, c.Outcome, c.Pinned, c.FlowEnded, c.MessageLeft, c.Abandoned, c.HandedOver,
		orNil(c.QueueEntryID), orNil(c.IdentificationID), orNil(c.CustomerID), c.Locale)
	if err := r.tx.SendBatch(ctx, &r.later).Close(); err != nil {
		return fmt.Errorf("write dialogue: %w", err)
	}
	return nil
}
