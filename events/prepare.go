package events

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// Stamp is what an event that a function of the database appends needs from
// outside: see visavis_event in migration 0014.
type Stamp struct {
	ID        uuid.UUID
	ActorKind string
	ActorID   *uuid.UUID
	At        string // as it stands in the event's body
}

// NewStamp makes one for an event of now, done by the actor in ctx. After the
// commit the caller wakes Topic and, when a delivery was queued, TopicWebhooks.
func NewStamp(ctx context.Context, bankID uuid.UUID, at time.Time) Stamp {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind == "" || actor.BankID != bankID {
		actor = visavis.System(bankID)
	}
	s := Stamp{ID: uuid.Must(uuid.NewV7()), ActorKind: string(actor.Kind), At: at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)}
	if actor.ID != uuid.Nil {
		s.ActorID = &actor.ID
	}
	return s
}

// Body is the event's body, as events.body writes it: kind happened to an object,
// as its event number sequence. data is a JSON object.
func (s Stamp) Body(kind string, sequence int, object string, id uuid.UUID, data string) string {
	return `{"id":"` + s.ID.String() + `","type":"` + kind + `","timestamp":"` + s.At + `","sequence":` + strconv.Itoa(sequence) +
		`,"object":{"type":"` + object + `","id":"` + id.String() + `"},"data":` + data + `}`
}
