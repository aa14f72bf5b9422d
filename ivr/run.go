package ivr

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// maxSilent is how many steps may follow each other in one turn. Validation finds
// circles; this bounds what it cannot know.
const maxSilent = 60

// run is one turn of a dialogue.
type run struct {
	s      *Service
	tx     *postgres.Tx
	c      *PhoneCall
	m      *memory
	f      *Flow
	params url.Values
	now    time.Time

	bank     string          // its name
	customer *banks.Customer // nil: nobody knows
	zone     *time.Location
	own      map[string][]byte // the bank's recordings, when they are needed

	first string // step
	verbs []twiml.Element
	over  bool      // the call ends
	later pgx.Batch // the path, written together at the end
	after func()    // after the commit
}

// begin chooses the flow and its first step, at the first turn.
func (r *run) begin(ctx context.Context) (err error) {
	name, version, machine := r.c.Flow, r.c.Version, r.c.AnsweredBy == Machine
	if machine && r.c.MachineFlow != "" {
		name, version = r.c.MachineFlow, r.c.MachineVersion
	}
	var pinned int
	if r.f, pinned, _, err = r.s.inForceTx(ctx, r.tx, name, version); err != nil {
		return err
	}
	r.c.Pinned = &pinned
	r.m.Flow, r.m.Version, r.m.Machine, r.m.Vars, r.first = name, pinned, machine, map[string]string{}, r.f.Start
	for variable, value := range r.c.Input {
		r.m.Vars[variable] = value
	}
	if machine && r.c.MachineFlow == "" {
		if r.first = r.f.OnMachine; r.first == "" {
			r.c.Outcome, r.over = OutcomeMachine, true
			return nil
		}
	}
	if r.c.AboutType == "booking" && r.s.Scheduling != nil { // as it is now: it may have been moved since the call was placed
		b, err := r.s.Scheduling.GetTx(ctx, r.tx, r.c.AboutID)
		if err != nil {
			return err
		}
		r.m.Vars[startVar] = b.Start.UTC().Format(time.RFC3339)
	}
	return nil
}

// know reads who calls whom.
func (r *run) know(ctx context.Context) (err error) {
	if r.c.CustomerID != uuid.Nil {
		c, err := r.s.Banks.CustomerTx(ctx, r.tx, r.c.CustomerID)
		if err != nil {
			return err
		}
		r.customer = &c
	}
	if r.zone, err = time.LoadLocation(r.c.TimeZone); err != nil {
		r.zone = time.UTC
	}
	return nil
}

// locale is the language of the dialogue: the callee's when the flow speaks it.
func (r *run) locale() string {
	locale := channels.KnownLocale(r.c.Locale)
	for _, spoken := range r.f.Locales {
		if spoken == locale {
			return locale
		}
	}
	return r.f.Locales[0]
}

// value is what a variable holds.
func (r *run) value(name string) string {
	switch name {
	case "bank":
		return r.bank
	case "name":
		if r.customer != nil && r.trusted() {
			return r.customer.Name
		}
		return ""
	case "phone_end":
		return r.c.To[max(0, len(r.c.To)-4):]
	}
	return r.m.Vars[name]
}

// set keeps a value, cut to what a variable holds.
func (r *run) set(name, value string) {
	if runes := []rune(value); len(runes) > maxVar {
		value = string(runes[:maxVar])
	}
	if r.m.Vars == nil {
		r.m.Vars = map[string]string{}
	}
	r.m.Vars[name] = value
}

// from goes on with a step and those that follow, until the caller is heard or
// the call ends.
func (r *run) from(ctx context.Context, name string) error {
	for n := 0; name != ""; n++ {
		if n == maxSilent {
			r.s.Log.Error("a flow goes in a circle", "bank", r.c.BankID, "flow", r.m.Flow, "version", r.m.Version, "step", name)
			r.over = true
			return nil
		}
		st := r.f.Step(name)
		if st == nil {
			return fmt.Errorf("flow %s has no step %s", r.m.Flow, name)
		}
		r.enter(st)
		next, stay, err := r.do(ctx, st)
		if err != nil {
			return err
		}
		if stay {
			r.m.Step = st.Name
			return nil
		}
		r.leave(next, nil, false)
		name = next
	}
	r.finish()
	return nil
}

// finish: the flow has come to its end.
func (r *run) finish() {
	r.over, r.c.FlowEnded = true, true
	if r.m.Machine {
		r.c.MessageLeft = true
		r.c.Outcome = OutcomeMachine
		return
	}
	if r.c.Outcome == "" {
		r.c.Outcome = "done"
	}
}

// enter writes the step down in the call's path.
func (r *run) enter(st *Step) {
	r.m.Position++
	r.m.Tries, r.c.Step = 0, st.Name
	if st.Outcome != "" {
		r.c.Outcome = st.Outcome
	}
	r.later.Queue(`insert into phone_call_steps (bank_id, phone_call_id, position, turn, step, kind, entered_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		r.tx.BankID, r.c.ID, r.m.Position, r.c.Turn, st.Name, string(st.Kind), r.now)
}

// leave writes down how the caller went on. keys are what was keyed in; nil =
// nothing, or nothing that may be kept (secret).
func (r *run) leave(next string, keys *string, secret bool) {
	r.later.Queue(`update phone_call_steps set keys = $4, secret = $5, exit = $6, left_at = $7 where bank_id = $1 and phone_call_id = $2 and position = $3`,
		r.tx.BankID, r.c.ID, r.m.Position, keys, secret, next, r.now)
}

// goOn leaves the step that the caller is in, by an answer.
func (r *run) goOn(ctx context.Context, next string, keys string, secret bool) error {
	var kept *string
	if keys != "" && !secret {
		kept = &keys
	}
	r.leave(next, kept, secret && keys != "")
	r.m.Step = ""
	return r.from(ctx, next)
}

// action is the URL that the next turn comes in at.
func (r *run) action() string {
	return r.s.Carrier.CallbackURL(turnPath(r.c.BankID, r.c.ID, r.c.Turn+1))
}

// ask speaks and takes keys: most of them, one of them ends at once.
func (r *run) ask(words []twiml.Element, most int, exactly bool, timeout time.Duration) {
	gather := &twiml.VoiceGather{Input: "dtmf", Action: r.action(), Method: "POST", ActionOnEmptyResult: "true",
		Timeout: strconv.Itoa(int(timeout / time.Second)), InnerElements: append(r.verbs, words...)}
	if exactly {
		gather.NumDigits = strconv.Itoa(most)
	} else {
		gather.FinishOnKey = "#"
	}
	r.verbs = []twiml.Element{gather}
}

// again comes back in a second: something runs aside.
func (r *run) again(words []twiml.Element, seconds int) {
	r.verbs = append(append(r.verbs, words...), &twiml.VoicePause{Length: strconv.Itoa(seconds)}, &twiml.VoiceRedirect{Url: r.action(), Method: "POST"})
}
