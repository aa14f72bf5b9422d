package calls

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// A customer whose network is too bad for video goes on by telephone with the
// same agent, where the scenario allows it: the call keeps its id, its script and
// its recordings, and has a part by telephone. Package ivr calls the customer, by
// the due time DuePhoneLeg, and brings the two together as it does with a caller
// of the queue (telephone.go). Nobody is identified by a voice alone, unless the
// scenario says so: see evidenceTx.

// PhonePartAsked begins the name of a due time of kind DuePhoneLeg whose object
// is a PhonePart: the customer is to be called.
const PhonePartAsked = "part"

// PartState is where a part by telephone stands.
type PartState string

// The states of a part. Ended and failed are final.
const (
	PartAsked     PartState = "asked" // the customer is being called
	PartConnected PartState = "connected"
	PartEnded     PartState = "ended"
	PartFailed    PartState = "failed" // the customer was not reached
)

// Reasons of parts that have ended or failed, besides what the telephone call
// came to (busy, no_answer, machine, failed) and codes of errors.
const (
	PartNotConfirmed    = "not_confirmed"     // it was answered, and the key was not pressed
	PartAgentNotReached = "agent_not_reached" // the agent did not pick up
	PartHungUp          = "hung_up"
	PartToVideo         = "to_video" // it goes on by video
	PartCallEnded       = "call_ended"
)

// PhonePart is a time during which the customer of a video call was, or was to
// be, on the telephone.
type PhonePart struct {
	ID          uuid.UUID
	CallID      uuid.UUID
	PhoneCallID *uuid.UUID // the customer's leg
	AskedBy     string     // RoleCustomer, RoleAgent
	State       PartState
	Reason      string
	FromMS      *int64 // on the call's clock; nil = never connected
	ToMS        *int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Live reports whether the part is going on.
func (p PhonePart) Live() bool { return p.State == PartAsked || p.State == PartConnected }

const partColumns = `id, call_id, phone_call_id, asked_by, state, reason, from_ms, to_ms, created_at, updated_at`

// maxParts bounds how often the customer of one call is called.
const maxParts = 5

// ToPhone has the customer of an active call called by telephone, for who leads
// it or the customer: at the number on file, or, where the scenario allows that,
// at phone. A part that is going on is returned as it is. It refuses with
// Forbidden telephone_not_allowed or number_not_allowed, with Conflict
// phone_missing, telephone_missing (the agent's) or on_telephone, and with
// TooMany telephone_attempts_used.
func (s *Service) ToPhone(ctx context.Context, bankID, callID uuid.UUID, phone string) (p PhonePart, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := activeOwnTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		all, err := partsTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		if n := len(all); n > 0 && all[n-1].Live() {
			p = all[n-1]
			return nil
		}
		rules, err := s.phoneRulesTx(ctx, tx, c)
		if err != nil {
			return err
		}
		customer, err := s.Banks.CustomerTx(ctx, tx, c.CustomerID)
		if err != nil {
			return err
		}
		var telephone string
		var onPhone bool
		if err := tx.QueryRow(ctx, `select a.telephone, c.phone_call_id is not null from calls c join agents a on a.bank_id = $1 and a.id = c.agent_id
			where c.bank_id = $1 and c.id = $2`, tx.BankID, c.ID).Scan(&telephone, &onPhone); err != nil {
			return fmt.Errorf("go on by telephone: %w", err)
		}
		switch {
		case !rules.Fallback:
			return visavis.Errorf(visavis.Forbidden, "telephone_not_allowed", "calls of this scenario do not go on by telephone")
		case phone != "" && !rules.AnyNumber:
			return visavis.Errorf(visavis.Forbidden, "number_not_allowed", "only the number that the bank has on file is called")
		case onPhone:
			return visavis.Errorf(visavis.Conflict, "on_telephone", "the customer is on the telephone already")
		case phone == "" && customer.Phone == "":
			return visavis.Errorf(visavis.Conflict, "phone_missing", "the bank has no number of this customer")
		case telephone == "":
			return visavis.Errorf(visavis.Conflict, "telephone_missing", "the agent of this call has no telephone")
		case len(all) >= maxParts:
			return visavis.Errorf(visavis.TooMany, "telephone_attempts_used", "this call went over to the telephone %d times, which is all", maxParts)
		}
		if phone != "" {
			if phone, err = banks.CanonicalPhone(phone, ""); err != nil {
				return visavis.InvalidField("phone", "must be a number in E.164")
			}
		}
		now, by := s.Now(), RoleAgent
		if visavis.ActorFrom(ctx).Kind == visavis.ActorCustomer {
			by = RoleCustomer
		}
		p = PhonePart{ID: uuid.Must(uuid.NewV7()), CallID: c.ID, AskedBy: by, State: PartAsked, CreatedAt: now, UpdatedAt: now}
		if _, err := tx.Exec(ctx, `insert into call_phone_parts (bank_id, id, call_id, asked_by, phone, state, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $7)`, tx.BankID, p.ID, c.ID, by, phone, p.State, now); err != nil {
			return fmt.Errorf("go on by telephone: %w", err)
		}
		if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DuePhoneLeg, ObjectID: p.ID, Name: PhonePartAsked, At: now}); err != nil {
			return err
		}
		return s.partEvent(ctx, tx, c, p, "call.telephone_asked")
	})
	return p, err
}

// FromPhone ends a call's part by telephone, for who leads the call or the
// customer: the call goes on by video, and whoever is not back within the grace
// time ends it. Without a part that is going on nothing happens.
func (s *Service) FromPhone(ctx context.Context, bankID, callID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		c, err := activeOwnTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		return s.endPartsTx(ctx, tx, c, PartToVideo)
	})
}

// PhoneParts returns the parts by telephone of a call, oldest first.
func (s *Service) PhoneParts(ctx context.Context, bankID, callID uuid.UUID) (all []PhonePart, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err = partsTx(ctx, tx, callID)
		return err
	})
	return all, err
}

// MayPhone returns what the scenario of a call says of going on by telephone, and
// whether ToPhone would be possible: the agent has a telephone, and the customer
// a number.
func (s *Service) MayPhone(ctx context.Context, bankID uuid.UUID, c Call) (rules identifications.TelephoneSettings, possible bool, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if rules, err = s.phoneRulesTx(ctx, tx, c); err != nil || !rules.Fallback || c.State != Active {
			return err
		}
		err := tx.QueryRow(ctx, `select a.telephone <> '' and (coalesce(u.phone, '') <> '' or $4) from agents a, customers u
			where a.bank_id = $1 and a.id = $2 and u.bank_id = $1 and u.id = $3`, tx.BankID, c.AgentID, c.CustomerID, rules.AnyNumber).Scan(&possible)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return rules, possible, err
}

// OnPhone returns the phone call by which the customer of a call is on the
// telephone now; uuid.Nil = none.
func (s *Service) OnPhone(ctx context.Context, bankID, callID uuid.UUID) (id uuid.UUID, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		onPhone, err := phoneOfTx(ctx, tx, callID)
		if onPhone != nil {
			id = *onPhone
		}
		return err
	})
	return id, err
}

func (s *Service) phoneRulesTx(ctx context.Context, tx *postgres.Tx, c Call) (identifications.TelephoneSettings, error) {
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	return idn.Scenario.Settings.WithDefaults().Telephone, err
}

func partsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) ([]PhonePart, error) {
	rows, _ := tx.Query(ctx, `select `+partColumns+` from call_phone_parts where bank_id = $1 and call_id = $2 order by id`, tx.BankID, callID)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[PhonePart])
}

func (s *Service) partEvent(ctx context.Context, tx *postgres.Tx, c Call, p PhonePart, typ string) error {
	data := map[string]any{"asked_by": p.AskedBy}
	if p.PhoneCallID != nil {
		data["phone_call_id"] = *p.PhoneCallID
	}
	if p.Reason != "" {
		data["reason"] = p.Reason
	}
	switch {
	case p.ToMS != nil:
		data["offset_ms"] = *p.ToMS
	case p.FromMS != nil:
		data["offset_ms"] = *p.FromMS
	}
	return s.event(ctx, tx, c, typ, data)
}

// byPhoneTx says what the parts by telephone of a call mean for an approval; ""
// = nothing. steps gain those that were passed by telephone.
func (s *Service) byPhoneTx(ctx context.Context, tx *postgres.Tx, c Call, steps []Step) (lack string, broken []identifications.StepGap, err error) {
	all, err := partsTx(ctx, tx, c.ID)
	if err != nil {
		return "", nil, err
	}
	var phoned []PhonePart
	for _, p := range all {
		if p.FromMS != nil {
			phoned = append(phoned, p)
		}
	}
	onPhone, err := phoneOfTx(ctx, tx, c.ID)
	if err != nil || len(phoned) == 0 && onPhone == nil {
		return "", nil, err
	}
	rules, err := s.phoneRulesTx(ctx, tx, c)
	if err != nil || rules.Identify == identifications.IdentifyByPhone {
		return "", nil, err
	}
	switch {
	case rules.Identify != identifications.IdentifyAfterPhone:
		return "part of this call was by telephone: call the customer again by video", nil, nil
	case onPhone != nil || len(phoned) > 0 && phoned[len(phoned)-1].ToMS == nil:
		return "the customer is on the telephone: go back to video first", nil, nil
	case len(phoned) > 0 && c.State != Active && phoned[len(phoned)-1].Reason == PartCallEnded:
		return "the call ended by telephone: call the customer again by video", nil, nil
	}
	for _, step := range steps {
		if !step.Required || step.State != "passed" || step.OffsetMS == nil {
			continue
		}
		began := *step.OffsetMS
		if step.BeganMS != nil {
			began = *step.BeganMS
		}
		for _, p := range phoned {
			if began < *p.ToMS && *step.OffsetMS > *p.FromMS {
				broken = append(broken, identifications.StepGap{Kind: step.Kind, Participant: RoleCustomer, Gap: time.Duration(*p.ToMS-*p.FromMS) * time.Millisecond})
			}
		}
	}
	return "", broken, nil
}
