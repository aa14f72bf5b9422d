package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// The outcomes of a contact. Each contact gets exactly one, and keeps it.
const (
	ContactCompleted  = "completed"   // a person answered, and the flow came to its end
	ContactHungUp     = "hung_up"     // a person answered, and hung up before
	ContactAbandoned  = "abandoned"   // a person answered and was to have an agent, and none was there in time, or before they hung up
	ContactMachine    = "machine"     // a machine answered, the last time too
	ContactBusy       = "busy"        // the last time too
	ContactNoAnswer   = "no_answer"   // the last time too
	ContactFailed     = "failed"      // the provider could not reach the number, the last time too
	ContactUnknown    = "unknown"     // the provider does not know what became of the call: it is not made again
	ContactOptedOut   = "opted_out"   // before the call, or in it
	ContactCapped     = "capped"      // had enough of messages and calls for a week
	ContactNotAllowed = "not_allowed" // the number may not be called any more, or the customer is gone
	ContactExpired    = "expired"     // the campaign's end came first
	ContactCanceled   = "canceled"    // the campaign was stopped
)

// The stages of a contact: how far it ever got.
const (
	stageListed = iota
	stageCalled
	stageAnswered
	stageHuman
	stageFinished
)

// history is what a contact's calls came to before.
type history struct{ attempt, busy, noAnswer, machine, failed, stage int }

// verdict is what follows the end of a call: another one at next, or an outcome.
type verdict struct {
	history
	outcome string // "" = to be called again
	detail  string
	next    time.Time
	handed  bool
}

// settle says what follows the end of a call. open is false when nobody is
// called any more. It is a pure function.
func (c CampaignSettings) settle(h history, call PhoneCall, open bool, now time.Time) verdict {
	v := verdict{history: h, detail: call.Outcome, next: now, handed: call.HandedOver}
	human := call.AnsweredAt != nil && call.AnsweredBy != Machine
	switch {
	case call.State == Completed && human && (call.FlowEnded || call.HandedOver):
		v.stage = max(v.stage, stageFinished)
	case human:
		v.stage = max(v.stage, stageHuman)
	case call.AnsweredAt != nil:
		v.stage = max(v.stage, stageAnswered)
	case call.ProviderID != "":
		v.stage = max(v.stage, stageCalled)
	}
	again := func(outcome string, times *int) verdict {
		rule := c.Retries[outcome]
		*times++
		if *times > rule.Count || v.attempt >= c.MaxCalls || !open {
			v.outcome = outcome
			return v
		}
		v.next = now.Add(time.Duration(rule.Delay) * time.Second)
		return v
	}
	switch call.State {
	case Busy:
		return again(ContactBusy, &v.busy)
	case NoAnswer:
		return again(ContactNoAnswer, &v.noAnswer)
	case Canceled:
		switch {
		case call.Outcome == OutcomeOptedOut:
			v.outcome = ContactOptedOut
		case !open:
			v.outcome = ContactCanceled
		default: // taken back, or not dialled in time: as if it had not been placed
			v.detail = ""
		}
		return v
	case Failed:
		switch call.Outcome {
		case OutcomeLost:
			v.outcome = ContactUnknown
		case OutcomeOptedOut:
			v.outcome = ContactOptedOut
		case OutcomeRefused: // the same number will be refused again
			v.outcome = ContactFailed
		case OutcomeExpired:
			if call.Attempts > 0 && open { // the provider took none of several tries
				return again(ContactFailed, &v.failed)
			}
			if !open {
				v.outcome = ContactExpired
			}
			v.detail = ""
		default:
			return again(ContactFailed, &v.failed)
		}
		return v
	}
	switch {
	case call.MessageLeft:
		v.outcome = ContactMachine
	case call.AnsweredBy == Machine || call.Outcome == OutcomeMachine:
		return again(ContactMachine, &v.machine)
	case call.Outcome == OutcomeNoDialogue:
		return again(ContactFailed, &v.failed)
	case call.Outcome == OutcomeLost:
		v.outcome = ContactUnknown
	case call.Outcome == OutcomeOptedOut:
		v.outcome = ContactOptedOut
	case call.Abandoned, call.QueueEntryID != uuid.Nil && !call.HandedOver && !call.FlowEnded: // the latter hung up in the queue
		v.outcome = ContactAbandoned
	case call.FlowEnded || call.HandedOver:
		v.outcome = ContactCompleted
	default:
		v.outcome = ContactHungUp
	}
	return v
}

// callEnded writes down what a contact's call came to, in the transaction that
// ends the call. A call that is not the contact's present one changes nothing.
func (s *Campaigns) callEnded(ctx context.Context, tx *postgres.Tx, call PhoneCall) error {
	var campaign uuid.UUID
	var state CampaignState
	var settings CampaignSettings
	var endAt *time.Time
	var h history
	err := tx.QueryRow(ctx, `
		select k.id, k.state, k.settings, k.end_at, c.attempt, c.busy, c.no_answer, c.machine, c.failed, c.stage
		from campaign_contacts c join campaigns k on k.bank_id = $1 and k.id = c.campaign_id
		where c.bank_id = $1 and c.id = $2 and c.phone_call_id = $3 and c.state = 'calling' for no key update of c`, tx.BankID, call.AboutID, call.ID).
		Scan(&campaign, &state, &settings, &endAt, &h.attempt, &h.busy, &h.noAnswer, &h.machine, &h.failed, &h.stage)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read contact of call: %w", err)
	}
	now := s.Now()
	settings = settings.withDefaults()
	open := state != CampaignStopping && state != CampaignStopped && (endAt == nil || endAt.After(now))
	v := settings.settle(h, call, open, now)
	to := "waiting"
	var ended *time.Time
	if v.outcome != "" {
		to, ended = "done", &now
	}
	if _, err := tx.Exec(ctx, `
		update campaign_contacts set state = $3, outcome = $4, detail = $5, next_at = $6, busy = $7, no_answer = $8, machine = $9, failed = $10,
			stage = $11, handed_over = handed_over or $12, ended_at = $13
		where bank_id = $1 and id = $2`, tx.BankID, call.AboutID, to, v.outcome, v.detail, v.next,
		v.busy, v.noAnswer, v.machine, v.failed, v.stage, v.handed, ended); err != nil {
		return fmt.Errorf("mark contact: %w", err)
	}
	if settings.Pacing.Mode == PaceProgressive && v.stage >= stageHuman && h.stage < stageHuman {
		return dayTallyTx(ctx, tx, campaign, now, v.outcome == ContactAbandoned)
	}
	return nil
}

// dayTallyTx counts who answered today, and who of them found no agent: what the
// brake goes by.
func dayTallyTx(ctx context.Context, tx *postgres.Tx, campaign uuid.UUID, now time.Time, abandoned bool) error {
	keys := []string{dayKey(now, "humans")}
	if abandoned {
		keys = append([]string{dayKey(now, "abandoned")}, keys...) // in the order of the triggers: no deadlock
	}
	_, err := tx.Exec(ctx, `insert into campaign_tallies as t (bank_id, campaign_id, slot, key, n)
		select $1, $2, pg_backend_pid() % 32, k, 1 from unnest($3::text[]) k
		on conflict (bank_id, campaign_id, slot, key) do update set n = t.n + 1`, tx.BankID, campaign, keys)
	if err != nil {
		return fmt.Errorf("count who answered: %w", err)
	}
	return nil
}

func dayKey(now time.Time, what string) string {
	return "day:" + now.UTC().Format(time.DateOnly) + ":" + what
}
