package events

import (
	"time"

	"github.com/google/uuid"
)

// nullEvent is a row that may hold no event.
type nullEvent struct {
	id, objectID               *uuid.UUID
	typ, objectType, actorKind *string
	sequence                   *int
	at                         *time.Time
	body                       *string
	xid                        *uint64
}

// texts and ids make nil an empty array, which SQL takes as "any".
func texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func ids(list []uuid.UUID) []uuid.UUID {
	if list == nil {
		return []uuid.UUID{}
	}
	return list
}

// optional makes uuid.Nil SQL's null.
func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
