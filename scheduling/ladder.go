package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// Ladder is when and how the customer of a booking is reminded, and what
// follows when they do not come.
type Ladder struct {
	// Steps are around the start of the booking. They end when the customer
	// confirms, but for those that are Always, and when the booking ends.
	Steps []Step `json:"steps"`
	// Recovery are after the call was missed. They end when another time is
	// booked.
	Recovery []Step `json:"recovery"`
}

// Step is one rung of a ladder.
type Step struct {
	// OffsetSeconds is when, from the start of the booking: negative = before. In
	// Recovery it is from when the call counted as missed, and not negative.
	OffsetSeconds int `json:"offset_seconds"`
	// Channels are push, sms and voice. Push and SMS are one message; voice is a
	// phone call with the Flow.
	Channels []channels.Channel `json:"channels"`
	Flow     string             `json:"flow,omitempty"`   // of package ivr; for voice only
	Always   bool               `json:"always,omitempty"` // also when the customer has confirmed
}

// Bounds of a ladder.
const (
	maxSteps    = 10
	maxBefore   = 30 * 24 * time.Hour
	maxAfter    = 24 * time.Hour
	maxRecovery = 7 * 24 * time.Hour
	maxFlowName = 64
)

// check refuses (Invalid) what cannot be followed.
func (l Ladder) check() error {
	for _, part := range []struct {
		field       string
		steps       []Step
		least, most time.Duration
	}{{"steps", l.Steps, -maxBefore, maxAfter}, {"recovery", l.Recovery, 0, maxRecovery}} {
		if len(part.steps) > maxSteps {
			return visavis.InvalidField(part.field, "at most %d steps", maxSteps)
		}
		for i, step := range part.steps {
			field := func(name string) string { return fmt.Sprintf("%s.%d.%s", part.field, i, name) }
			if at := step.at(); at < part.least || at > part.most {
				return visavis.InvalidField(field("offset_seconds"), "must be between %d and %d", int(part.least.Seconds()), int(part.most.Seconds()))
			}
			if at := step.at(); part.field == "steps" && at.Abs() < time.Minute {
				return visavis.InvalidField(field("offset_seconds"), "must be at least a minute away from the start")
			}
			if slices.ContainsFunc(part.steps[:i], func(o Step) bool { return o.OffsetSeconds == step.OffsetSeconds }) {
				return visavis.InvalidField(field("offset_seconds"), "another step is at this time; name all channels in one")
			}
			if len(step.Channels) == 0 {
				return visavis.InvalidField(field("channels"), "must be some of push, sms and voice")
			}
			for j, c := range step.Channels {
				if c != channels.Push && c != channels.SMS && c != channels.Voice || slices.Contains(step.Channels[:j], c) {
					return visavis.InvalidField(field("channels"), "must be some of push, sms and voice, each once")
				}
			}
			if spoken := slices.Contains(step.Channels, channels.Voice); spoken != (step.Flow != "") || len(step.Flow) > maxFlowName {
				return visavis.InvalidField(field("flow"), "voice needs the name of a flow, and nothing else has one")
			}
		}
	}
	return nil
}

func (s Step) at() time.Duration { return time.Duration(s.OffsetSeconds) * time.Second }

// written are the channels of the step but voice.
func (s Step) written() []channels.Channel {
	return slices.DeleteFunc(slices.Clone(s.Channels), func(c channels.Channel) bool { return c == channels.Voice })
}

func (s Step) spoken() bool { return slices.Contains(s.Channels, channels.Voice) }

// name is "24h" or "10m" for a step before the start, "+10m" for one after it.
func (s Step) name() string {
	if s.OffsetSeconds < 0 {
		return offsetName(-s.at())
	}
	return "+" + offsetName(s.at())
}

// stepOf returns the step of a name; found = false when the ladder has none (it
// was changed).
func stepOf(steps []Step, name string) (Step, bool) {
	if i := slices.IndexFunc(steps, func(s Step) bool { return s.name() == name }); i >= 0 {
		return steps[i], true
	}
	return Step{}, false
}

// recoveryPrefix tells a due time of kind DuePhoneCall that belongs to Recovery.
const recoveryPrefix = "recovery"

// Ladder returns the ladder in force for a scenario (uuid.Nil: the bank's own),
// and whether it was set for just that: else it is the bank's, or the product's
// from the bank's setting ReminderOffsets, by push and SMS.
func (s *Service) Ladder(ctx context.Context, bankID, scenarioID uuid.UUID) (l Ladder, own bool, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		l, own, err = s.ladderTx(ctx, tx, scenarioID)
		return err
	})
	return l, own, err
}

func (s *Service) ladderTx(ctx context.Context, tx *postgres.Tx, scenarioID uuid.UUID) (l Ladder, own bool, err error) {
	err = tx.QueryRow(ctx, `
		select ladder, scenario_id = $2 from reminder_ladders
		where bank_id = $1 and scenario_id in ($2, '00000000-0000-0000-0000-000000000000')
		order by scenario_id = $2 desc limit 1`, tx.BankID, scenarioID).Scan(&l, &own)
	if err == nil {
		return l, own, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return l, false, fmt.Errorf("read reminder ladder: %w", err)
	}
	settings, err := s.banks.SettingsTx(ctx, tx)
	if err != nil {
		return l, false, err
	}
	return defaultLadder(settings), false, nil
}

// defaultLadder is the product's, from the bank's setting.
func defaultLadder(settings banks.Settings) Ladder {
	l := Ladder{Steps: []Step{}, Recovery: []Step{}}
	for _, seconds := range settings.ReminderOffsets {
		if seconds > 0 {
			l.Steps = append(l.Steps, Step{OffsetSeconds: -seconds, Channels: []channels.Channel{channels.Push, channels.SMS}})
		}
	}
	return l
}

// SetLadder sets the ladder of a scenario, or the bank's own (uuid.Nil). It
// counts for what is booked or moved from now on; of bookings that stand, a step
// that is no more is left out and the others follow their new channels. nil
// takes the ladder away. Invalid when it cannot be followed.
func (s *Service) SetLadder(ctx context.Context, bankID, scenarioID uuid.UUID, l *Ladder) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if l == nil {
			_, err := tx.Exec(ctx, `delete from reminder_ladders where bank_id = $1 and scenario_id = $2`, tx.BankID, scenarioID)
			return err
		}
		if err := l.check(); err != nil {
			return err
		}
		by := func(a, b Step) int { return a.OffsetSeconds - b.OffsetSeconds }
		kept := Ladder{Steps: slices.SortedFunc(slices.Values(l.Steps), by), Recovery: slices.SortedFunc(slices.Values(l.Recovery), by)}
		if kept.Steps == nil {
			kept.Steps = []Step{}
		}
		if kept.Recovery == nil {
			kept.Recovery = []Step{}
		}
		_, err := tx.Exec(ctx, `
			insert into reminder_ladders (bank_id, scenario_id, ladder, updated_at) values ($1, $2, $3, $4)
			on conflict (bank_id, scenario_id) do update set ladder = excluded.ladder, updated_at = excluded.updated_at`,
			tx.BankID, scenarioID, kept, s.now())
		if err != nil {
			return fmt.Errorf("write reminder ladder: %w", err)
		}
		return nil
	})
}

// rungs are the due times of a booking by the ladder's steps that lie ahead.
func (l Ladder) rungs(now time.Time, b Booking) (all []Due) {
	for _, step := range l.Steps {
		at := b.Start.Add(step.at())
		if !at.After(now) {
			continue
		}
		if len(step.written()) > 0 {
			all = append(all, Due{Kind: DueReminder, ObjectID: b.ID, Name: step.name(), At: at})
		}
		if step.spoken() {
			all = append(all, Due{Kind: DuePhoneCall, ObjectID: b.ID, Name: step.name(), At: at})
		}
	}
	return all
}

// afterStartTx sets the steps after the start of a booking that has come due.
func (s *Service) afterStartTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking) error {
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return err
	}
	l.Steps = slices.DeleteFunc(l.Steps, func(step Step) bool {
		return step.OffsetSeconds < 0 || !b.AcknowledgedAt.IsZero() && !step.Always
	})
	if all := l.rungs(now, b); len(all) > 0 {
		return s.atAllTx(ctx, tx, all)
	}
	return nil
}

// startRecoveryTx sets what follows from a missed call.
func (s *Service) startRecoveryTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking) error {
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return err
	}
	var all []Due
	for _, step := range l.Recovery {
		at := now.Add(step.at())
		if len(step.written()) > 0 {
			all = append(all, Due{Kind: DueRecovery, ObjectID: b.ID, Name: step.name(), At: at})
		}
		if step.spoken() {
			all = append(all, Due{Kind: DuePhoneCall, ObjectID: b.ID, Name: recoveryPrefix + step.name(), At: at})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return s.atAllTx(ctx, tx, all)
}

// recoveredTx ends the recovery of what was missed before: the case has a new
// time.
func (s *Service) recoveredTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		delete from due_times d using bookings b
		where b.bank_id = $1 and b.identification_id = $2 and b.state = 'missed'
		  and d.bank_id = $1 and d.object_id = b.id and d.kind in ('recovery', 'phone_call')`, tx.BankID, identificationID)
	if err != nil {
		return fmt.Errorf("end recovery: %w", err)
	}
	return nil
}

// recoverTx works DueRecovery: a link to choose a new time.
func (s *Service) recoverTx(ctx context.Context, tx *postgres.Tx, d Due) error {
	b, step, ok, err := s.recoveryStepTx(ctx, tx, d.ObjectID, d.Name)
	if err != nil || !ok {
		return err
	}
	customer, err := s.banks.Customer(ctx, tx.BankID, b.CustomerID)
	if err != nil {
		return err
	}
	if err := s.tellStepTx(ctx, tx, b, customer, "call_missed", recoveryPrefix+d.Name, step.written()); err != nil {
		return err
	}
	return s.appendTx(ctx, tx, s.now(), b, "booking.recovery_sent")
}

// recoveryStepTx returns what is to be done after a missed booking; ok = false:
// nothing any more.
func (s *Service) recoveryStepTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, name string) (b Booking, step Step, ok bool, err error) {
	b, err = s.lockTx(ctx, tx, bookingID)
	if visavis.KindOf(err) == visavis.NotFound {
		return b, step, false, nil
	}
	if err != nil || b.State != Missed || !linkUntil(b).After(s.now()) {
		return b, step, false, err
	}
	if _, booked, err := s.LiveTx(ctx, tx, b.IdentificationID); err != nil || booked {
		return b, step, false, err
	}
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return b, step, false, err
	}
	step, ok = stepOf(l.Recovery, name)
	return b, step, ok, nil
}

// PhoneStep is a phone call that a booking's ladder asks for.
type PhoneStep struct {
	Booking  Booking
	Flow     string
	Recovery bool   // the call was missed: the flow offers a new time
	Key      string // of this step of this time of the booking: for one attempt
	// ExpiresAt is when the call makes no sense any more: the start, for a
	// reminder before it, else the end of the booking; a day for a recovery.
	ExpiresAt time.Time
}

// PhoneStepTx says what a due time of kind DuePhoneCall asks for; ok = false
// when there is nothing to do any more: the booking has ended or was confirmed,
// another time is booked, or the ladder has no such step. It locks the booking.
func (s *Service) PhoneStepTx(ctx context.Context, tx *postgres.Tx, d Due) (p PhoneStep, ok bool, err error) {
	now := s.now()
	if name, recovery := strings.CutPrefix(d.Name, recoveryPrefix); recovery {
		b, step, ok, err := s.recoveryStepTx(ctx, tx, d.ObjectID, name)
		return PhoneStep{Booking: b, Flow: step.Flow, Recovery: true, Key: phoneKey(b, d), ExpiresAt: now.Add(24 * time.Hour)}, ok && step.spoken(), err
	}
	b, step, ok, err := s.reminderStepTx(ctx, tx, now, d)
	p = PhoneStep{Booking: b, Flow: step.Flow, Key: phoneKey(b, d), ExpiresAt: b.End}
	if step.OffsetSeconds < 0 {
		p.ExpiresAt = b.Start
	}
	return p, ok && step.spoken(), err
}

func phoneKey(b Booking, d Due) string { return fmt.Sprintf("%s %d %s", b.ID, b.Sequence, d.Name) }
