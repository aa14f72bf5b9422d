package calls

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// Who may be in a call is in the database: its agent, who may change, and its
// guests, who come and go. The media room follows. Whoever changes it, on
// whatever node, wakes the call's topic; the room reads and acts under one lock
// with those who join, so that a late reading never sends away who came after.

// joinAs connects an agent's page: as the call's agent or as a guest, whatever
// he is by now. Errors: Conflict "role_changed" when that is not what the socket
// was opened as.
func (s *Service) joinAs(ctx context.Context, bankID, callID uuid.UUID, role string, k *socket, m message) error {
	c, g, err := s.seat(ctx, bankID, callID, k.agentID)
	if err != nil {
		return err
	}
	if c.State == Ringing {
		return visavis.Errorf(visavis.Conflict, "call_ringing", "the customer has not answered yet")
	}
	r, err := s.openRoom(ctx, bankID, c)
	if err != nil {
		return err
	}
	r.seating.Lock()
	defer r.seating.Unlock()
	if c, g, err = s.seat(ctx, bankID, callID, k.agentID); err != nil {
		return err
	}
	if g.Role != role {
		k.close(closeUnseated, "role_changed")
		return visavis.Errorf(visavis.Conflict, "role_changed", "you take part as %s now: connect again", g.Role)
	}
	party := media.Party{Name: role, Role: media.Role(role)}
	if role == RoleAgent {
		r.seatAgent(c.AgentNo)
	} else {
		r.seatGuest(role, g.AgentID)
		// Whoever may send is recorded: a file is made of the first packet only,
		// and what comes of who only watches goes nowhere.
		party.Mode, party.Record = media.Mode(g.Mode), true
	}
	seen, err := s.AgentVideo(ctx, bankID, c)
	if err != nil {
		return err
	}
	party.VoiceOnly = !seen && !alwaysSeen(role)
	var answer string
	if m.Type == "restart" {
		answer, err = r.media.Restart(ctx, role, m.SDP)
	} else {
		answer, err = r.media.JoinAs(ctx, party, m.SDP)
	}
	if err != nil {
		return mediaError(err)
	}
	k.send(message{Type: "answer", SDP: answer})
	return nil
}

// AgentVideo says whether the customer of a call sees its agent, as the scenario
// was when the case began.
func (s *Service) AgentVideo(ctx context.Context, bankID uuid.UUID, c Call) (seen bool, err error) {
	idn, err := s.Identifications.Get(ctx, bankID, c.IdentificationID)
	if err != nil {
		return false, err
	}
	return *idn.Scenario.Settings.WithDefaults().Call.AgentVideo, nil
}

// alwaysSeen says whose picture a call has in any scenario.
func alwaysSeen(role string) bool { return role == RoleCustomer || role == GuestInterpreter }

// seatAgent sends the agent before away. r.seating is held.
func (r *room) seatAgent(no int) {
	if r.agentNo != 0 && r.agentNo != no {
		r.media.Leave(RoleAgent)
	}
	r.agentNo = no
}

// seatGuest gives a role's seat to an agent, or to nobody. r.seating is held.
func (r *room) seatGuest(role string, agentID uuid.UUID) {
	if before := r.guests[role]; before != uuid.Nil && before != agentID {
		r.media.Leave(role)
	}
	r.guests[role] = agentID
}

// mark enters what a page has switched off, or on again, into the gap map.
func (r *room) mark(role string, m message) {
	for kind, on := range map[media.Kind]*bool{media.Audio: m.Audio, media.Video: m.Video} {
		if on != nil {
			r.media.Mark(role, kind, media.CauseMuted, !*on)
		}
	}
}

// seatAll sends away who is not of the call any more, and sets the guests'
// modes.
func (s *Service) seatAll(r *room) error {
	ctx, cancel := context.WithTimeout(s.system(context.Background(), r.bankID), openTimeout)
	defer cancel()
	r.seating.Lock()
	defer r.seating.Unlock()
	var c Call
	var live []Guest
	if err := s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if c, err = getTx(ctx, tx, r.callID, ""); err != nil {
			return err
		}
		live, err = guestsTx(ctx, tx, r.callID, true)
		return err
	}); err != nil {
		return err
	}
	r.seatAgent(c.AgentNo)
	for _, role := range guestRoles {
		var now Guest
		for _, g := range live {
			if g.Role == role {
				now = g
			}
		}
		r.seatGuest(role, now.AgentID)
		if now.AgentID != uuid.Nil {
			if err := r.media.SetMode(role, media.Mode(now.Mode)); err != nil && !errors.Is(err, media.ErrNotJoined) {
				return err
			}
		}
	}
	return nil
}

// followParty tells a page who is in the call beside the two parties, and closes
// the page of who is not of the call any more; false then. Names are not told:
// a role, how it takes part, and whether it is invited, present or has left.
func (s *Service) followParty(ctx context.Context, bankID, callID uuid.UUID, role string, k *socket, last map[string]message) bool {
	if k.agentID != uuid.Nil {
		_, g, err := s.seat(ctx, bankID, callID, k.agentID)
		switch {
		case visavis.CodeOf(err) == "not_your_call":
			k.close(closeUnseated, "left")
			return false
		case err == nil && g.Role != role:
			k.close(closeUnseated, "role_changed")
			return false
		}
	}
	var live []Guest
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		live, err = guestsTx(ctx, tx, callID, true)
		return err
	}); err != nil {
		return true
	}
	now := map[string]message{}
	for _, g := range live {
		m := message{Type: "party", Participant: g.Role, Mode: g.Mode, State: "present"}
		if g.JoinedAt == nil {
			m.State = "invited"
		}
		if k.agentID == uuid.Nil && (g.Hidden || g.JoinedAt == nil) {
			continue
		}
		now[g.Role] = m
	}
	for _, role := range guestRoles {
		m, here := now[role]
		was, had := last[role]
		switch {
		case here && (!had || m.Mode != was.Mode || m.State != was.State):
			k.send(m)
			last[role] = m
		case !here && had:
			k.send(message{Type: "party", Participant: role, State: "left"})
			delete(last, role)
		}
	}
	return true
}
