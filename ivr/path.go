package ivr

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// PathStep is a step that a call went through.
type PathStep struct {
	Position  int
	Turn      int
	Step      string
	Kind      Kind
	Keys      *string // keyed in; nil = nothing, or it is secret
	Secret    bool    // something was keyed in that is not kept
	Exit      string  // the step that followed
	EnteredAt time.Time
	LeftAt    *time.Time
}

// Answer is something that a flow collected: the answer to a question, or keys
// that are not secret.
type Answer struct {
	Question string
	Answer   string
	Survey   bool
	At       time.Time
}

// Recording is a message that a caller left; the sound is sealed.
type Recording struct {
	ID        uuid.UUID
	Name      string
	State     string // fetching, kept, failed, deleted
	Seconds   int
	SHA256    []byte
	CreatedAt time.Time
}

// CallDetail is a phone call with its path, oldest step first.
type CallDetail struct {
	PhoneCall
	Path       []PathStep
	Answers    []Answer
	Recordings []Recording
}

// Detail returns a phone call with its whole path.
func (s *Service) Detail(ctx context.Context, bankID, id uuid.UUID) (d CallDetail, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if d.PhoneCall, err = s.Get(ctx, bankID, id); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select position, turn, step, kind, keys, secret, exit, entered_at, left_at from phone_call_steps
			where bank_id = $1 and phone_call_id = $2 order by position`, bankID, id)
		if d.Path, err = pgx.CollectRows(rows, pgx.RowToStructByPos[PathStep]); err != nil {
			return err
		}
		if d.Answers, err = resultsTx(ctx, tx, id); err != nil {
			return err
		}
		rows, _ = tx.Query(ctx, `select id, name, state, seconds, sha256, created_at from phone_recordings where bank_id = $1 and phone_call_id = $2 order by id`, bankID, id)
		d.Recordings, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Recording])
		return err
	})
	if err != nil {
		return CallDetail{}, fmt.Errorf("read phone call: %w", err)
	}
	return d, nil
}

func resultsTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]Answer, error) {
	rows, _ := tx.Query(ctx, `select question, answer, survey, at from flow_answers where bank_id = $1 and phone_call_id = $2 order by at, question`, tx.BankID, id)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Answer])
}

// ResultsTx returns the answers that a call's flow collected.
func (s *Service) ResultsTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]Answer, error) {
	list, err := resultsTx(ctx, tx, id)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return list, nil
}

// Count is how often an answer was given.
type Count struct {
	Question string
	Answer   string
	Survey   bool
	Count    int
}

// Results counts what a flow was answered in calls of [from, to), about an object
// when aboutID is not uuid.Nil.
func (s *Service) Results(ctx context.Context, bankID uuid.UUID, flow string, aboutID uuid.UUID, from, to time.Time) (list []Count, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select question, answer, bool_or(survey), count(*)::int from flow_answers
			where bank_id = $1 and flow = $2 and ($3::uuid is null or about_id = $3)
			  and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
			group by question, answer order by question, answer`, bankID, flow, orNil(aboutID), timeOrNil(from), timeOrNil(to))
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count answers: %w", err)
	}
	return list, nil
}

// Place is PlaceTx in a transaction of its own.
func (s *Service) Place(ctx context.Context, bankID uuid.UUID, c PhoneCall) (placed PhoneCall, err error) {
	if c.To != "" {
		if c.To, err = banks.CanonicalPhone(c.To, ""); err != nil {
			return PhoneCall{}, err
		}
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		id, err := s.PlaceTx(ctx, tx, c)
		if err != nil {
			return err
		}
		placed, err = s.Get(ctx, bankID, id)
		return err
	})
	return placed, err
}

// tryFor is how long a trial may wait to be dialled.
const tryFor = 5 * time.Minute

// Try calls a number with a version of a flow, in whatever state, at once.
func (s *Service) Try(ctx context.Context, bankID uuid.UUID, name string, version int, phone, locale string, input map[string]string) (PhoneCall, error) {
	if locale != "" {
		locale = channels.KnownLocale(locale)
	}
	return s.Place(ctx, bankID, PhoneCall{To: phone, Flow: name, Version: version, Input: input, Locale: locale, Key: "try " + uuid.NewString(),
		Class: channels.Transaction, ExpiresAt: s.Now().Add(tryFor), Trial: true})
}

// Cancel is CancelPhoneCallTx in a transaction of its own.
func (s *Service) Cancel(ctx context.Context, bankID, id uuid.UUID) (c PhoneCall, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := s.CancelPhoneCallTx(ctx, tx, id); err != nil {
			return err
		}
		c, err = s.Get(ctx, bankID, id)
		return err
	})
	return c, err
}

// AnyNumber stands for all numbers of the bank that have no flow of their own.
const AnyNumber = "any"

// defaultInbound answers the bank's numbers when it has not chosen.
const defaultInbound = "inbound_menu"

// Numbers returns which flow answers the bank's numbers: number (or AnyNumber) → flow.
func (s *Service) Numbers(ctx context.Context, bankID uuid.UUID) (numbers map[string]string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		numbers, err = numbersTx(ctx, tx)
		return err
	})
	return numbers, err
}

func numbersTx(ctx context.Context, tx *postgres.Tx) (numbers map[string]string, err error) {
	err = tx.QueryRow(ctx, `select coalesce((select inbound from flow_settings where bank_id = $1), '{}')`, tx.BankID).Scan(&numbers)
	if err != nil {
		return nil, fmt.Errorf("read flows of numbers: %w", err)
	}
	return numbers, nil
}

// SetNumbers replaces which flow answers the bank's numbers. Invalid: not a
// number, a flow that is not in force, or one that is not made for callers
// (Flow.Inbound).
func (s *Service) SetNumbers(ctx context.Context, bankID uuid.UUID, numbers map[string]string) (map[string]string, error) {
	kept := map[string]string{}
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		for number, flow := range numbers {
			if number != AnyNumber {
				canonical, err := banks.CanonicalPhone(number, "")
				if err != nil {
					return visavis.InvalidField("items", "each number is in E.164, or %s", AnyNumber)
				}
				number = canonical
			}
			f, _, _, err := s.inForceTx(ctx, tx, flow, 0)
			if err != nil {
				return visavis.InvalidField("items", "there is no flow %q in force", flow)
			}
			if !f.Inbound {
				return visavis.InvalidField("items", "the flow %q is not made for callers: it needs inbound: true", flow)
			}
			kept[number] = flow
		}
		if _, err := tx.Exec(ctx, `insert into flow_settings (bank_id, inbound, updated_at) values ($1, $2, $3)
			on conflict (bank_id) do update set inbound = $2, updated_at = $3`, bankID, kept, s.Now()); err != nil {
			return fmt.Errorf("set flows of numbers: %w", err)
		}
		_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: "bank.updated", Object: "bank", ID: bankID})
		return err
	})
	return kept, err
}
