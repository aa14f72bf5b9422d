package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/scheduling"
)

// ofCase is the case that a request is about: a customer's own, else the one
// that it names.
func ofCase(ctx context.Context, named *uuid.UUID) (uuid.UUID, error) {
	id := zero(named)
	if is(ctx, visavis.ActorCustomer) {
		if id != uuid.Nil && id != ownIdentification(ctx) {
			return id, errNotFound
		}
		id = ownIdentification(ctx)
	}
	if id == uuid.Nil {
		return id, visavis.InvalidField("identification_id", "is required")
	}
	return id, nil
}

// HoldSlot keeps a time while the form is filled in.
func (s *Server) HoldSlot(ctx context.Context, r HoldSlotRequestObject) (HoldSlotResponseObject, error) {
	id, err := ofCase(ctx, r.Body.IdentificationID)
	if err != nil {
		return nil, err
	}
	b, err := s.Identifications.Hold(ctx, bankOf(ctx), id, r.Body.Start)
	return HoldSlot201JSONResponse(showHold(b)), err
}

// GetHold answers with the time that is held for a case.
func (s *Server) GetHold(ctx context.Context, r GetHoldRequestObject) (GetHoldResponseObject, error) {
	id, err := ofCase(ctx, r.Params.IdentificationID)
	if err != nil {
		return nil, err
	}
	b, found, err := s.Identifications.Held(ctx, bankOf(ctx), id)
	if err == nil && !found {
		err = visavis.Errorf(visavis.NotFound, "hold_not_found", "No time is held.")
	}
	return GetHold200JSONResponse(showHold(b)), err
}

// ReleaseHold gives it back.
func (s *Server) ReleaseHold(ctx context.Context, r ReleaseHoldRequestObject) (ReleaseHoldResponseObject, error) {
	id, err := ofCase(ctx, r.Params.IdentificationID)
	if err != nil {
		return nil, err
	}
	return ReleaseHold204Response{}, s.Identifications.Release(ctx, bankOf(ctx), id)
}

func showHold(b scheduling.Booking) Hold {
	return Hold{ID: b.ID, IdentificationID: b.IdentificationID, Start: b.Start.UTC(), End: b.End.UTC(), HeldUntil: b.HeldUntil}
}

// GetAgenda answers with what stands in the calendars.
func (s *Server) GetAgenda(ctx context.Context, r GetAgendaRequestObject) (GetAgendaResponseObject, error) {
	f := scheduling.AgendaFilter{
		From: r.Params.From, To: r.Params.To, AgentID: zero(r.Params.AgentID), ScenarioID: zero(r.Params.ScenarioID),
	}
	if !f.To.After(f.From) || f.To.Sub(f.From) > 92*24*time.Hour {
		return nil, visavis.InvalidField("to", "must be after from, by at most 92 days")
	}
	if r.Params.State != nil {
		f.States = []scheduling.State{scheduling.State(*r.Params.State)}
	}
	var out Agenda
	err := s.together(ctx, func(ctx context.Context) error {
		items, more, err := s.Scheduling.Agenda(ctx, bankOf(ctx), f)
		if err != nil {
			return err
		}
		out.More = more
		names := s.names()
		if err := names.allCustomers(ctx, items); err != nil {
			return err
		}
		out.Items, err = listNamed(ctx, items, names.agendaItem)
		return err
	})
	return GetAgenda200JSONResponse(out), err
}

// allCustomers reads the customers of many items at once.
func (n *names) allCustomers(ctx context.Context, items []scheduling.AgendaItem) error {
	ids := make([]uuid.UUID, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.CustomerID)
	}
	all, err := n.s.Banks.Customers(ctx, bankOf(ctx), ids)
	for _, c := range all {
		n.customers[c.ID] = c
	}
	return err
}

func (n *names) agendaItem(ctx context.Context, item scheduling.AgendaItem) (AgendaItem, error) {
	scenario, err := n.scenario(ctx, item.ScenarioID)
	if err != nil {
		return AgendaItem{}, err
	}
	actor := visavis.ActorFrom(ctx)
	out := AgendaItem{
		ID: item.ID, IdentificationID: item.IdentificationID, CustomerID: item.CustomerID, Scenario: scenario, AgentID: given(item.AgentID),
		Start: item.Start.UTC(), End: item.End.UTC(), TimeZone: item.TimeZone, State: AgendaState(item.State), Sequence: item.Sequence,
		HeldUntil: givenTime(&item.HeldUntil), AcknowledgedAt: givenTime(&item.AcknowledgedAt), CheckedInAt: givenTime(&item.CheckedInAt),
		SeriesID: given(item.SeriesID),
		Movable:  item.State == scheduling.Confirmed && (actor.Kind == visavis.ActorBank || actor.Role == visavis.RoleSupervisor),
	}
	// Who calls is drawn at the time: every agent may be asked, and sees whom, as
	// in the list of bookings.
	customer, err := n.customer(ctx, item.CustomerID)
	out.CustomerName = given(customer.Name)
	return out, err
}

// GetReminderLadder answers with the ladder in force.
func (s *Server) GetReminderLadder(ctx context.Context, r GetReminderLadderRequestObject) (GetReminderLadderResponseObject, error) {
	out, err := s.showLadder(ctx, zero(r.Params.ScenarioID))
	return GetReminderLadder200JSONResponse(out), err
}

// SetReminderLadder replaces one.
func (s *Server) SetReminderLadder(ctx context.Context, r SetReminderLadderRequestObject) (SetReminderLadderResponseObject, error) {
	var out ReminderLadder
	err := s.together(ctx, func(ctx context.Context) error {
		scenario, err := s.ladderScenario(ctx, zero(r.Params.ScenarioID))
		if err != nil {
			return err
		}
		l := scheduling.Ladder{Steps: list(r.Body.Steps, readRung), Recovery: list(r.Body.Recovery, readRung)}
		if err := s.Scheduling.SetLadder(ctx, bankOf(ctx), scenario, &l); err != nil {
			return err
		}
		out, err = s.showLadder(ctx, scenario)
		return err
	})
	return SetReminderLadder200JSONResponse(out), err
}

// DeleteReminderLadder takes one away.
func (s *Server) DeleteReminderLadder(ctx context.Context, r DeleteReminderLadderRequestObject) (DeleteReminderLadderResponseObject, error) {
	err := s.together(ctx, func(ctx context.Context) error {
		scenario, err := s.ladderScenario(ctx, zero(r.Params.ScenarioID))
		if err != nil {
			return err
		}
		return s.Scheduling.SetLadder(ctx, bankOf(ctx), scenario, nil)
	})
	return DeleteReminderLadder204Response{}, err
}

// ladderScenario refuses a scenario that the bank does not have.
func (s *Server) ladderScenario(ctx context.Context, id uuid.UUID) (uuid.UUID, error) {
	if id == uuid.Nil {
		return id, nil
	}
	var sc identifications.Scenario
	sc, err := s.Identifications.Scenario(ctx, bankOf(ctx), id.String())
	return sc.ID, err
}

func (s *Server) showLadder(ctx context.Context, scenario uuid.UUID) (out ReminderLadder, err error) {
	if scenario, err = s.ladderScenario(ctx, scenario); err != nil {
		return out, err
	}
	l, own, err := s.Scheduling.Ladder(ctx, bankOf(ctx), scenario)
	return ReminderLadder{ScenarioID: given(scenario), Own: own, Steps: list(l.Steps, showRung), Recovery: list(l.Recovery, showRung)}, err
}

func readRung(step ReminderStep) scheduling.Step {
	return scheduling.Step{
		OffsetSeconds: step.OffsetSeconds, Channels: words[ReminderStepChannels, channels.Channel](step.Channels),
		Flow: zero(step.Flow), Always: zero(step.Always),
	}
}

func showRung(step scheduling.Step) ReminderStep {
	return ReminderStep{
		OffsetSeconds: step.OffsetSeconds, Channels: words[channels.Channel, ReminderStepChannels](step.Channels),
		Flow: given(step.Flow), Always: &step.Always,
	}
}
