package postgres

import (
	"encoding/base64"
	"fmt"

	"github.com/google/uuid"
)

// The limits of a list.
const (
	DefaultPageLimit = 50
	MaxPageLimit     = 200
)

// Page asks for a part of a list that is ordered by id, newest first. Ids are
// UUID version 7, which grow with time, so that the id is the cursor: a list
// neither skips nor repeats what is added while it is read.
type Page struct {
	Limit  int       // how many; 0 = DefaultPageLimit, at most MaxPageLimit
	Before uuid.UUID // only ids below this one; uuid.Nil = from the newest
}

// Size is the limit in force.
func (p Page) Size() int {
	if p.Limit <= 0 {
		return DefaultPageLimit
	}
	return min(p.Limit, MaxPageLimit)
}

// After is Before as a query argument: nil from the newest.
func (p Page) After() *uuid.UUID {
	if p.Before == uuid.Nil {
		return nil
	}
	return &p.Before
}

// ParseCursor reads a cursor that Cut made; the empty one is the start.
func ParseCursor(cursor string) (uuid.UUID, error) {
	if cursor == "" {
		return uuid.Nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return uuid.Nil, fmt.Errorf("cursor: %w", err)
	}
	return uuid.FromBytes(raw)
}

// Cut takes a list that was asked for with one row more than the page's size
// and returns the page with the cursor of the next one, "" when there is none.
func Cut[T any](items []T, p Page, id func(T) uuid.UUID) (page []T, next string) {
	if len(items) <= p.Size() {
		return items, ""
	}
	items = items[:p.Size()]
	last := id(items[len(items)-1])
	return items, base64.RawURLEncoding.EncodeToString(last[:])
}
