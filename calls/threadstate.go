package calls

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// AskPerson asks for a person, as the customer or for him: "Talk to a person".
// When one has the thread, or was asked for, nothing changes.
func (s *Service) AskPerson(ctx context.Context, bankID, identificationID uuid.UUID) (t ThreadHead, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if t, err = s.openThreadTx(ctx, tx, identificationID); err != nil || t.State != ThreadBot {
			return err
		}
		return s.personTx(ctx, tx, &t, AskedByCustomer)
	})
	return t, err
}

// TakeThread gives the thread to the agent in ctx: from then on the bot is silent, and
// what it was asked and has not answered it answers no more. Conflict
// "thread_taken" when another agent has it, unless the one who asks is a
// supervisor.
func (s *Service) TakeThread(ctx context.Context, bankID, identificationID uuid.UUID) (t ThreadHead, err error) {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind != visavis.ActorAgent {
		return t, visavis.Errorf(visavis.Forbidden, "agents_only", "a thread is taken over by a person at the bank")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if t, err = s.openThreadTx(ctx, tx, identificationID); err != nil {
			return err
		}
		if t.AgentID == actor.ID {
			return nil
		}
		if t.State == ThreadPerson && actor.Role != visavis.RoleSupervisor {
			return visavis.Errorf(visavis.Conflict, "thread_taken", "another agent has this thread")
		}
		if err := s.turnTx(ctx, tx, &t, ThreadPerson, actor.ID, ""); err != nil {
			return err
		}
		if _, err := s.putTx(ctx, tx, &t, ThreadEntry{Role: RoleNotice, Notice: NoticePersonSpeaks, AgentID: actor.ID}, ""); err != nil {
			return err
		}
		return s.threadEventTx(ctx, tx, t, "thread.taken_over", nil)
	})
	return t, err
}

// HandBackThread ends the turn of the agent in ctx, or of another when a supervisor asks:
// the bot answers again, or, with toPerson, somebody else is to. Conflict
// "not_your_thread".
func (s *Service) HandBackThread(ctx context.Context, bankID, identificationID uuid.UUID, toPerson bool) (t ThreadHead, err error) {
	actor := visavis.ActorFrom(ctx)
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if t, err = s.openThreadTx(ctx, tx, identificationID); err != nil {
			return err
		}
		if t.State == ThreadBot || t.State == ThreadPerson && t.AgentID != actor.ID && actor.Role != visavis.RoleSupervisor {
			return visavis.Errorf(visavis.Conflict, "not_your_thread", "you do not have this thread")
		}
		if toPerson {
			if t.State == ThreadWaiting {
				return nil
			}
			return s.personTx(ctx, tx, &t, AskedByAgent)
		}
		if err := s.turnTx(ctx, tx, &t, ThreadBot, uuid.Nil, ""); err != nil {
			return err
		}
		if _, err := s.putTx(ctx, tx, &t, ThreadEntry{Role: RoleNotice, Notice: NoticeBotSpeaks}, ""); err != nil {
			return err
		}
		return s.threadEventTx(ctx, tx, t, "thread.handed_back", nil)
	})
	return t, err
}

// personTx asks for a person in a thread that is locked.
func (s *Service) personTx(ctx context.Context, tx *postgres.Tx, t *ThreadHead, why string) error {
	if err := s.turnTx(ctx, tx, t, ThreadWaiting, uuid.Nil, why); err != nil {
		return err
	}
	if _, err := s.putTx(ctx, tx, t, ThreadEntry{Role: RoleNotice, Notice: NoticePersonAsked}, ""); err != nil {
		return err
	}
	return s.threadEventTx(ctx, tx, *t, "thread.handover_asked", map[string]any{"reason": why})
}

// turnTx says who answers from now on. What the bot was asked before is answered
// by it no more.
func (s *Service) turnTx(ctx context.Context, tx *postgres.Tx, t *ThreadHead, to ThreadState, agent uuid.UUID, why string) error {
	t.State, t.AgentID, t.AskedAt, t.AskedWhy = to, agent, nil, why
	if to == ThreadWaiting {
		now := s.Now()
		t.AskedAt = &now
	}
	if _, err := tx.Exec(ctx, `update threads set state = $3, agent_id = $4, asked_at = $5, asked_why = $6 where bank_id = $1 and identification_id = $2`,
		tx.BankID, t.IdentificationID, t.State, idOrNil(agent), t.AskedAt, why); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update thread_entries set question = 'dropped' where bank_id = $1 and identification_id = $2 and question = 'asked'`,
		tx.BankID, t.IdentificationID)
	return err
}
