package httpapi

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// ListEvents answers with the bank's events: newest first, or oldest first to
// follow them.
func (s *Server) ListEvents(ctx context.Context, r ListEventsRequestObject) (ListEventsResponseObject, error) {
	f := events.Filter{ObjectID: zero(r.Params.ObjectID)}
	if r.Params.Type != nil {
		f.Types = []string{*r.Params.Type}
	}
	limit := or(r.Params.Limit, postgres.DefaultPageLimit)
	var all []events.Event
	var next string
	if zero(r.Params.Order) == "asc" {
		p, err := events.After(ctx, s.DB, bankOf(ctx), zero(r.Params.Cursor), limit, f)
		if err != nil {
			return nil, err
		}
		all, next = p.Events, p.Next
	} else {
		var err error
		if all, next, err = events.List(ctx, s.DB, bankOf(ctx), zero(r.Params.Cursor), limit, f); err != nil {
			return nil, err
		}
	}
	out, err := showEvents(all)
	return ListEvents200JSONResponse{Items: out, NextCursor: given(next)}, err
}

func showEvents(all []events.Event) ([]Event, error) {
	out := make([]Event, 0, len(all))
	for _, e := range all {
		shown, err := showEvent(e)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

// showEvent is the event as webhooks send it, and who did it.
func showEvent(e events.Event) (Event, error) {
	var out Event
	if err := json.Unmarshal(e.Body, &out); err != nil {
		return out, fmt.Errorf("event %s: %w", e.ID, err)
	}
	if out.Data == nil {
		out.Data = map[string]any{}
	}
	out.Actor = &EventActor{Kind: ActorKind(e.ActorKind)}
	if e.ActorID != uuid.Nil {
		out.Actor.ID = new(e.ActorID)
	}
	return out, nil
}
