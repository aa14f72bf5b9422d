package ivr

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// caseTx finds the identification that a call goes on with: what it is about, or
// one that was opened in it; else it opens one of the scenario for the customer.
// errNothing: nothing fits.
func (r *run) caseTx(ctx context.Context, scenario string) (id uuid.UUID, err error) {
	if r.c.IdentificationID != uuid.Nil {
		return r.c.IdentificationID, nil
	}
	if r.s.Identifications == nil {
		return uuid.Nil, errNothing
	}
	switch r.c.AboutType {
	case "identification":
		id = r.c.AboutID
	case "booking":
		b, err := r.s.Scheduling.GetTx(ctx, r.tx, r.c.AboutID)
		if err != nil {
			return uuid.Nil, err
		}
		id = b.IdentificationID
	}
	if id == uuid.Nil {
		if r.customer == nil || scenario == "" {
			return uuid.Nil, errNothing
		}
		ident, _, err := r.s.Identifications.Create(ctx, r.tx.BankID, identifications.NewIdentification{CustomerID: r.customer.ID, Scenario: scenario})
		if err != nil {
			return uuid.Nil, err
		}
		id = ident.ID
	}
	r.c.IdentificationID = id
	return id, nil
}

// linkLife is how long a link that was asked for by telephone lets in.
const linkLife = 24 * time.Hour

// link sends the customer an SMS with a link to the case.
func (r *run) link(ctx context.Context, st *Step) (string, error) {
	if r.customer == nil {
		return st.Failed, nil
	}
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		id, err := r.caseTx(ctx, st.Scene)
		if err != nil {
			return err
		}
		return r.sendLink(ctx, id, banks.LinkManage)
	})
	if err != nil {
		return "", err
	}
	if !ok {
		return st.Failed, nil
	}
	if st.Outcome == "" && r.c.Outcome == "" {
		r.c.Outcome = "link_sent"
	}
	return st.Next, nil
}

// sendLink sends a link to a case by SMS. It goes to the very number that
// somebody is speaking from, so it proves as much as any link that was sent there
// (LinkManage), unless the number was only claimed.
func (r *run) sendLink(ctx context.Context, identificationID uuid.UUID, purpose banks.LinkPurpose) error {
	expires := r.now.Add(linkLife)
	l, err := r.s.Banks.CreateLinkTx(ctx, r.tx, banks.NewLink{Purpose: purpose, CustomerID: r.customer.ID, IdentificationID: identificationID, ExpiresAt: expires})
	if err != nil {
		return err
	}
	_, err = r.s.Channels.SendTx(ctx, r.tx, channels.Message{CustomerID: r.customer.ID, Class: channels.Transaction, Template: "link_new", LinkID: l.ID,
		AboutType: "identification", AboutID: identificationID, ExpiresAt: expires, Channels: []channels.Channel{channels.SMS}})
	return err
}

// holidayTx reports whether a day is a holiday of the bank's.
func (s *Service) holidayTx(ctx context.Context, tx *postgres.Tx, at time.Time) (bool, error) {
	if s.Scheduling == nil {
		return false, nil
	}
	calendars, err := s.Scheduling.AllHolidays(ctx, tx.BankID)
	if err != nil || len(calendars) == 0 {
		return false, err
	}
	ids := make([]uuid.UUID, len(calendars))
	for i, c := range calendars {
		ids[i] = c.ID
	}
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	days, err := s.Scheduling.HolidayDaysTx(ctx, tx, ids, day, day)
	return days[day.Format(time.DateOnly)], err
}

// pollEvery is how long a caller in the queue waits between two looks, in seconds.
const pollEvery = 5

// handOver puts the caller into the queue.
func (r *run) handOver(ctx context.Context, st *Step) (string, bool, error) {
	stranger := r.customer == nil
	if stranger && !r.mayMeet(st) || r.s.Calls == nil || r.s.Identifications == nil {
		r.c.Abandoned = true
		return st.Failed, false, nil
	}
	var place calls.Place
	known := r.c.IdentificationID
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		if stranger {
			if err := r.meetTx(ctx); err != nil {
				return err
			}
		}
		id, err := r.caseTx(ctx, st.Scene)
		if err == nil {
			place, err = r.s.Calls.EnterByPhoneTx(ctx, r.tx, id, r.c.ID)
		}
		return err
	})
	if err != nil {
		return "", false, err
	}
	if !ok {
		if stranger {
			r.customer, r.c.CustomerID = nil, uuid.Nil
		}
		r.c.IdentificationID = known // what was opened was undone
		r.c.Abandoned = true
		return st.Failed, false, nil
	}
	r.c.QueueEntryID, r.c.Outcome = place.ID, "waiting"
	if err := r.s.eventTx(ctx, r.tx, *r.c, "phone_call.queued", map[string]any{"identification_id": r.c.IdentificationID}); err != nil {
		return "", false, err
	}
	r.m.Waited = 0
	r.wait(ctx, st, place)
	return "", true, nil
}

// mayMeet reports whether who is on the line can become a customer: a contact of a
// campaign, whom the gateway called at the list's number, for a step that names the
// scenario of the case.
func (r *run) mayMeet(st *Step) bool {
	return r.c.AboutType == aboutContact && r.c.Direction != Inbound && r.c.To != "" && st.Scene != ""
}

// meetTx makes a contact of a campaign who wants a person a customer of the bank:
// the one of this number, if the bank has got one since the list was read, else a
// new one, named by the list's column name or, without one, by the masked number.
func (r *run) meetTx(ctx context.Context) error {
	found, err := r.s.Banks.FindCustomers(ctx, r.tx.BankID, nil, nil, []string{r.c.To})
	if err != nil {
		return err
	}
	var c banks.Customer
	for _, one := range found { // the newest, as for a list
		if c.ID == uuid.Nil || one.ID.String() > c.ID.String() {
			c = one
		}
	}
	if c.ID == uuid.Nil {
		name := strings.TrimSpace(r.m.Vars["name"])
		if name == "" {
			name = banks.MaskPhone(r.c.To)
		}
		c, err = r.s.Banks.CreateCustomer(ctx, r.tx.BankID, banks.NewCustomer{Name: name, Phone: r.c.To, Locale: channels.KnownLocale(r.c.Locale), TimeZone: r.c.TimeZone})
		if err != nil {
			return err
		}
	}
	r.customer, r.c.CustomerID = &c, c.ID
	_, err = r.tx.Exec(ctx, `update campaign_contacts set customer_id = $3 where bank_id = $1 and id = $2 and customer_id is null`, r.tx.BankID, r.c.AboutID, c.ID)
	return err
}

// wait speaks to a caller in the queue and looks again after a while; the key
// for video works all the time.
func (r *run) wait(ctx context.Context, st *Step, place calls.Place) {
	var words []twiml.Element
	if r.m.Waited%12 == 0 { // once a minute
		words = append(words, r.say(ctx, st.Words)...)
		if place.Position > 0 {
			words = append(words, r.phrase(ctx, "position", map[string]string{"n": fmt.Sprint(place.Position)})...)
		}
		if st.Video != "" {
			words = append(words, r.phrase(ctx, "video", map[string]string{"k": st.Video})...)
		}
	}
	r.m.Waited++
	r.ask(words, 1, true, pollEvery*time.Second)
}

// waiting looks where a caller in the queue stands.
func (r *run) waiting(ctx context.Context, st *Step, digits string) error {
	if r.c.HandedOver { // the talk has ended
		r.over, r.c.FlowEnded = true, true
		r.leave("", nil, false)
		return nil
	}
	if digits == st.Video && digits != "" {
		ok, err := r.tried(ctx, func(ctx context.Context) error {
			if err := r.s.Calls.ToVideoTx(ctx, r.tx, r.c.IdentificationID); err != nil {
				return err
			}
			return r.sendLink(ctx, r.c.IdentificationID, banks.LinkManage)
		})
		if err != nil {
			return err
		}
		if ok {
			r.c.Outcome, r.c.QueueEntryID = "to_video", uuid.Nil
			r.leave("", &digits, false)
			r.verbs = append(r.verbs, r.phrase(ctx, "link_sent", nil)...)
			r.over, r.c.FlowEnded = true, true
			return nil
		}
	}
	place, err := r.s.Calls.PhonePlaceTx(ctx, r.tx, r.c.IdentificationID)
	if err != nil {
		return err
	}
	switch place.State {
	case calls.EntryWaiting, calls.EntryOffered:
		r.wait(ctx, st, place)
		return nil
	case calls.EntryServed:
		r.c.HandedOver, r.c.Outcome = true, "handed_over"
		r.verbs = append(append(r.verbs, r.phrase(ctx, "connecting", nil)...), r.meet(r.c.ID, false))
		return r.s.eventTx(ctx, r.tx, *r.c, "phone_call.handed_over", map[string]any{"call_id": *place.CallID})
	}
	r.c.Abandoned, r.c.Outcome = true, "abandoned"
	return r.goOn(ctx, st.Failed, "", false)
}

// meet is the conference of a caller and the agents, named by the caller's phone
// call. It begins with an agent and ends with the caller. An agent who leaves may
// have handed the call over, so that does not end it: legEnded does.
func (r *run) meet(name uuid.UUID, agent bool) *twiml.VoiceDial {
	conference := &twiml.VoiceConference{Name: name.String(), Beep: "false", StartConferenceOnEnter: fmt.Sprint(agent), EndConferenceOnExit: fmt.Sprint(!agent)}
	return &twiml.VoiceDial{Action: r.action(), Method: "POST", InnerElements: []twiml.Element{conference}}
}

// agentFlow leads the leg to an agent's telephone. It is none of the bank's flows.
const agentFlow = "agent_leg"

const aboutLeg = "phone_leg"

// own reports whether a flow is the gateway's own, and none of a bank's.
func own(flow string) bool { return flow == agentFlow || flow == customerFlow }

// ownLeg leads a call by one of the gateway's own flows, which speak the words
// that all flows share.
func (r *run) ownLeg(ctx context.Context) error {
	if r.c.Flow == agentFlow && (r.c.Turn > 0 || r.c.AnsweredBy == Machine || r.c.HangUp) {
		r.over, r.c.FlowEnded = true, true
		return nil
	}
	r.c.Pinned, r.f = new(0), anyFlow()
	if err := r.know(ctx); err != nil {
		return err
	}
	if r.c.Flow == customerFlow {
		return r.customerLeg(ctx)
	}
	return r.agentLeg(ctx)
}

// agentLeg says who is there and brings the agent into the conference.
func (r *run) agentLeg(ctx context.Context) error {
	said := "agent"
	if _, part, err := r.s.Calls.PartLiveTx(ctx, r.tx, r.c.AboutID); err != nil {
		return err
	} else if part {
		said = "agent_part"
	}
	r.verbs = append(r.phrase(ctx, said, nil), r.meet(r.c.AboutID, true))
	return nil
}

// legDue connects a caller with the agents of the call, or ends the talk.
func (s *Service) legDue(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if d.Name == calls.PhoneLegEnd {
		return s.hangUpTx(ctx, tx, d.ObjectID)
	}
	if d.Name == calls.PhonePartAsked {
		return s.partDue(ctx, tx, d.ObjectID)
	}
	return s.seatTx(ctx, tx, d)
}

// legFor is how long an agent's telephone may take to be rung.
const legFor = 45 * time.Second

// callerEnded: who hung up gives the place up, or ends the talk; the leg
// of the agent who leads the call takes the caller along.
func (s *Service) callerEnded(ctx context.Context, tx *postgres.Tx, c PhoneCall) error {
	switch {
	case s.Calls == nil:
		return nil
	case c.AboutType == aboutLeg:
		return s.legEnded(ctx, tx, c)
	case c.AboutType == aboutPart:
		return s.Calls.PartEndedTx(ctx, tx, c.ID, partReason(c))
	case c.QueueEntryID == uuid.Nil:
		return nil
	}
	return s.Calls.PhoneLeftTx(ctx, tx, c.ID)
}
