package ivr

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// status is what the provider says of a call.
type status struct {
	word       string // Twilio's
	answeredBy string
	seconds    int
}

// state is what a word of Twilio's means; "" = nothing new.
func (s status) state() State {
	switch s.word {
	case "queued", "initiated":
		return Dialing
	case "ringing":
		return Ringing
	case "in-progress":
		return Answered
	case "completed":
		return Completed
	case "busy":
		return Busy
	case "no-answer":
		return NoAnswer
	case "failed":
		return Failed
	case "canceled":
		return Canceled
	}
	return ""
}

// who is who answered, in our words.
func who(answeredBy string) string {
	switch {
	case answeredBy == "":
		return ""
	case answeredBy == "human":
		return Human
	case strings.HasPrefix(answeredBy, "machine"), answeredBy == "fax":
		return Machine
	}
	return "unknown"
}

// Status takes in what the provider says of a call. Receipts may come in any
// order, twice, or before our own mark: the end is the same. NotFound when the
// bank has no such call, or it is another one at the provider.
func (s *Service) Status(ctx context.Context, bankID, id uuid.UUID, providerID string, st status) error {
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := callTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := ownTx(ctx, tx, &c, providerID); err != nil {
			return err
		}
		return s.statusTx(ctx, tx, &c, st)
	})
	if errors.Is(err, errStray) && !st.state().Final() {
		s.endStray(bankID, id, providerID)
	}
	return err
}

// errStray: a call of ours is told of that is not the one which stands here.
var errStray = notFound()

// ownTx holds that the call is this one at the provider. The first word from
// there says which it is when our own mark has not come yet, or never will.
func ownTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, providerID string) error {
	switch {
	case providerID == "": // else it would be every call that is not dialled yet
		return notFound()
	case c.ProviderID == providerID:
		return nil
	case c.Attempts == 0: // never dialled by us
		return notFound()
	case c.ProviderID != "" || c.State.Final():
		return errStray
	}
	c.ProviderID = providerID
	_, err := tx.Exec(ctx, `update phone_calls set provider_id = $3 where bank_id = $1 and id = $2 and provider_id is null`, tx.BankID, c.ID, providerID)
	if err != nil {
		return fmt.Errorf("mark phone call: %w", err)
	}
	return nil
}

// statusTx makes what the provider says the state of a call, unless it is known
// already. The caller holds the row.
func (s *Service) statusTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, st status) error {
	to, now := st.state(), s.Now()
	if to == "" || c.State.Final() || to.rank() < c.State.rank() || to == c.State && !(c.State == Dialing) {
		return nil
	}
	if by := who(st.answeredBy); by != "" {
		c.AnsweredBy = by
	}
	switch to {
	case Ringing:
		c.RangAt = &now
	case Answered, Completed:
		if c.AnsweredAt == nil {
			c.AnsweredAt = &now
		}
	}
	if to.Final() {
		c.Seconds = st.seconds
		outcome := string(to)
		if to == Completed {
			switch outcome = OutcomeHungUp; {
			case c.AnsweredBy == Machine:
				outcome = OutcomeMachine
			case c.Turn == 0:
				to, outcome = Failed, OutcomeNoDialogue
			}
		}
		return s.endTx(ctx, tx, c, to, outcome)
	}
	c.State = to
	due := now.Add(askAfter)
	if to == Answered {
		due = now.Add(askAgain)
	}
	var trip pgx.Batch
	// A lease is left to who has it: marking goes by it. So is when the call is to
	// be ended.
	trip.Queue(`
		update phone_calls set state = $3, rang_at = $4, answered_at = $5, answered_by = $6,
			due_at = case when lease is null and not hang_up then $7 else due_at end
		where bank_id = $1 and id = $2 and due_at is not null`, tx.BankID, c.ID, c.State, c.RangAt, c.AnsweredAt, c.AnsweredBy, due)
	var err error
	switch to {
	case Ringing:
		err = events.QueueTx(ctx, tx, &trip, now, c.event("phone_call.rang", nil))
	case Answered:
		err = events.QueueTx(ctx, tx, &trip, now, c.event("phone_call.answered", map[string]any{"answered_by": c.AnsweredBy}))
	}
	if err == nil {
		err = tx.SendBatch(ctx, &trip).Close()
	}
	if err != nil {
		return fmt.Errorf("mark phone call: %w", err)
	}
	return nil
}
