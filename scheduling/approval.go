package scheduling

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// ApprovalState is where a change of somebody's time stands.
//
//	requested → approved → withdrawn
//	requested → rejected | withdrawn
type ApprovalState string

// The states of a change.
const (
	Requested ApprovalState = "requested" // it waits for another person
	Approved  ApprovalState = "approved"  // it counts
	Rejected  ApprovalState = "rejected"
	Withdrawn ApprovalState = "withdrawn" // taken back; an exception that was approved counts no more
)

// Approval says who asked for a change and who decided. The rows stay: they are
// the history.
type Approval struct {
	State     ApprovalState
	AskedBy   *uuid.UUID // agent or API key; nil: the gateway
	AskedKind visavis.ActorKind
	AskedAt   time.Time
	DecidedBy *uuid.UUID
	DecidedAt *time.Time
	Note      string // of who decided
}

// asked is the approval that a change begins with: at once in force when
// someone who may enters it for others, else a request.
func asked(ctx context.Context, now time.Time, state ApprovalState) Approval {
	actor := visavis.ActorFrom(ctx)
	a := Approval{State: state, AskedKind: actor.Kind, AskedAt: now, AskedBy: orNull(actor.ID)}
	if a.AskedKind == "" {
		a.AskedKind = visavis.ActorSystem
	}
	if state != Requested {
		a.DecidedBy, a.DecidedAt = a.AskedBy, &now
	}
	return a
}

// decidedKind is who decided, for the row.
func (a Approval) decidedKind() *string {
	if a.DecidedAt == nil {
		return nil
	}
	kind := string(a.AskedKind)
	return &kind
}

// mayEnter says what becomes of a change of an agent's time that the actor
// enters: people enter their own as a request, which another approves; agents
// enter no one else's (NotFound: as if there were no such agent). agentID is
// uuid.Nil for the whole bank.
func mayEnter(ctx context.Context, agentID uuid.UUID) (ApprovalState, error) {
	actor := visavis.ActorFrom(ctx)
	switch {
	case actor.Kind == visavis.ActorAgent && actor.ID == agentID:
		return Requested, nil
	case actor.Kind == visavis.ActorAgent && actor.Role == visavis.RoleAgent:
		return "", errNoAgent()
	}
	return Approved, nil
}

// fourEyes refuses (Forbidden "four_eyes") who decides about their own time, or
// about what they asked for.
func fourEyes(ctx context.Context, agentID uuid.UUID, a Approval) error {
	actor := visavis.ActorFrom(ctx)
	own := actor.ID == agentID || a.AskedBy != nil && *a.AskedBy == actor.ID
	if actor.Kind == visavis.ActorAgent && own && actor.ID != uuid.Nil {
		return visavis.Errorf(visavis.Forbidden, "four_eyes", "somebody else than who asked, and than the agent concerned, decides")
	}
	return nil
}

// maxNote bounds a note or reason, in characters.
const maxNote = 500

func checkNote(note string) error {
	if len([]rune(note)) > maxNote {
		return visavis.InvalidField("note", "at most %d characters", maxNote)
	}
	return nil
}

func errDecided(state ApprovalState) error {
	return visavis.Errorf(visavis.Conflict, "already_decided", "it is %s already", state)
}
