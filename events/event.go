// Package events records what happened. One append serves three readings: the
// audit trail (List), the live feed (After, Feed) and the signed webhooks
// (Service). Events are append-only and hold ids and states, never personal
// data, so that a customer can be erased without rewriting history.
package events

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// Event is something that happened to one object of a bank.
type Event struct {
	ID         uuid.UUID
	Type       string // <noun>.<past verb>, such as booking.confirmed
	ObjectType string // such as booking
	ObjectID   uuid.UUID
	// Sequence counts an object's events: 1, 2, 3, … without a gap. A consumer
	// that sees a gap has missed one, or gets it later.
	Sequence  int
	ActorKind visavis.ActorKind
	ActorID   uuid.UUID // uuid.Nil for the system
	At        time.Time // UTC, microseconds
	// Body is the exact bytes that webhooks send:
	// {"id","type","timestamp","sequence","object":{"type","id"},"data":{…}}.
	Body json.RawMessage
	// Cursor is this event's place for After and Feed: reading goes on behind it.
	Cursor string

	xid, position uint64
}

// New is an event to append.
type New struct {
	Type   string         // <noun>.<past verb>: lower-case letters and underscores
	Object string         // the noun's kind, such as "booking"
	ID     uuid.UUID      // of the object
	Data   map[string]any // ids and states only: what is in here is never erased
}
