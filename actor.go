package visavis

import (
	"context"

	"github.com/google/uuid"
)

// ActorKind says what sort of caller acts.
type ActorKind string

// The kinds of actor.
const (
	ActorBank     ActorKind = "bank"     // a program of the bank's, by API key
	ActorAgent    ActorKind = "agent"    // a person at the bank, by console session
	ActorCustomer ActorKind = "customer" // a customer, by visit session or link
	ActorSystem   ActorKind = "system"   // the gateway itself: a due time, a job, a provider's callback
)

// Role is what an agent may do. Roles do not include one another; the route
// table in package httpapi says what each may call.
type Role string

// The roles of an agent.
const (
	RoleAgent         Role = "agent"
	RoleSupervisor    Role = "supervisor"
	RoleAuditor       Role = "auditor"
	RoleAdministrator Role = "administrator"
)

// Actor is who acts. It is carried in the context from the edge (HTTP, a due
// time, a callback) to the event that records what was done.
type Actor struct {
	Kind   ActorKind
	BankID uuid.UUID
	ID     uuid.UUID // API key, agent or customer; uuid.Nil for the system

	Role   Role     // agents only
	Scopes []string // API keys: granted scopes. Customers: what the link or session is for ("visit", "manage", "call")

	// IdentificationID is the one case that a customer's session or link is
	// bound to; uuid.Nil for every other kind.
	IdentificationID uuid.UUID
	// Proved is true for a customer who has proved possession of the phone
	// number in this session.
	Proved bool
	// LinkID is the link that a customer came by; uuid.Nil when it was another way
	// (recovery by phone and code) and for every other kind.
	LinkID uuid.UUID
	// SessionID identifies the session row behind a cookie, uuid.Nil otherwise.
	SessionID uuid.UUID
}

// HasScope reports whether the actor was granted the scope.
func (a Actor) HasScope(scope string) bool {
	for _, s := range a.Scopes {
		if s == scope {
			return true
		}
	}
	return false
}

// System returns the gateway itself acting for a bank.
func System(bankID uuid.UUID) Actor { return Actor{Kind: ActorSystem, BankID: bankID} }

type actorKey struct{}

// WithActor returns a context that carries the actor.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom returns the actor in the context; the zero Actor, which may do
// nothing, when there is none.
func ActorFrom(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}
