package ivr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/otp"
)

// do does a step. It returns what follows, or stay when the caller is to be heard
// first; then the verbs are complete.
func (r *run) do(ctx context.Context, st *Step) (next string, stay bool, err error) {
	if st.needsProof() && !r.trusted() {
		return r.untrusted(ctx, st), false, nil
	}
	switch st.Kind {
	case KindSay:
		r.verbs = append(r.verbs, r.say(ctx, st.Words)...)
		return st.Next, false, nil
	case KindPlay:
		var sounds []sound
		for _, clip := range st.Clips {
			sounds = append(sounds, sound{Clip: clip})
		}
		r.verbs = append(r.verbs, r.play(sounds))
		return st.Next, false, nil
	case KindPause:
		r.verbs = append(r.verbs, &twiml.VoicePause{Length: fmt.Sprint(int(st.Pause / time.Second))})
		return st.Next, false, nil
	case KindGather:
		r.ask(r.say(ctx, st.Words), st.Most, st.Digits > 0, st.Timeout)
		return "", true, nil
	case KindQuestion:
		r.ask(r.say(ctx, st.Words), len(fmt.Sprint(st.High)), st.High < 10, st.Timeout)
		return "", true, nil
	case KindBranch:
		next, err = r.branch(ctx, st)
		return next, false, err
	case KindWebhook:
		return "", true, r.startAside(ctx, st)
	case KindVerify:
		return r.startVerify(ctx, st)
	case KindConfirm, KindCancel:
		next, err = r.booking(ctx, st)
		return next, false, err
	case KindMove:
		return r.offer(ctx, st)
	case KindRecord:
		r.verbs = append(append(r.verbs, r.say(ctx, st.Words)...), &twiml.VoiceRecord{Action: r.action(), Method: "POST", PlayBeep: "true",
			MaxLength: fmt.Sprint(int(st.Longest / time.Second)), Timeout: "5", FinishOnKey: "#"})
		return "", true, nil
	case KindOptOut:
		if group := r.c.Class.Group(); group != channels.Essential && r.c.To != "" {
			if _, err := r.s.Channels.OptOutTx(ctx, r.tx, channels.NewOptOut{Phone: r.c.To, Channels: []channels.Channel{channels.Voice}, Groups: []channels.Group{group},
				OptedOut: true, Source: channels.SourceKeyPress, Reference: r.c.ID.String()}); err != nil {
				return "", false, err
			}
		}
		if st.Outcome == "" {
			r.c.Outcome = OutcomeOptedOut
		}
		return st.Next, false, nil
	case KindBlock:
		return st.Next, false, r.block(ctx, st)
	case KindReadCode:
		next, err = r.readCode(ctx, st)
		return next, false, err
	case KindLink:
		next, err = r.link(ctx, st)
		return next, false, err
	case KindHandover:
		return r.handOver(ctx, st)
	case KindHangUp:
		r.verbs = append(r.verbs, r.say(ctx, st.Words)...)
		return "", false, nil
	}
	return "", false, fmt.Errorf("a step of kind %q cannot be done", st.Kind)
}

// trusted reports whether it is known who is on the line: the gateway called the
// number itself, or a code was keyed in. Who calls in may show any number.
func (r *run) trusted() bool { return r.c.Direction != Inbound || r.m.Verified }

// untrusted is what follows a step that is done for nobody who only shows a
// number: as if it had not worked. Validation has told so; this holds for flows of
// before, too.
func (r *run) untrusted(ctx context.Context, st *Step) string {
	r.s.Log.Warn("a flow trusts a caller by the number; the step was not done", "bank", r.c.BankID, "phone_call", r.c.ID, "flow", r.m.Flow, "step", st.Name)
	if st.Failed == "" { // what follows would tell that it was done
		r.verbs = append(r.verbs, r.phrase(ctx, "sorry", nil)...)
		r.c.Outcome = OutcomeUnproved
	}
	return st.Failed
}

// OutcomeUnproved: a caller wanted what is done only after a code.
const OutcomeUnproved = "not_verified"

// branch decides which way the call goes.
func (r *run) branch(ctx context.Context, st *Step) (string, error) {
	b := st.Branch
	pick := func(ok bool) string {
		if ok {
			return st.Next
		}
		return st.Failed
	}
	of := func(value string) string {
		if to, ok := b.Cases[value]; ok {
			return to
		}
		return st.Failed
	}
	switch b.On {
	case "time":
		open, err := r.open(ctx, b)
		return pick(open), err
	case "customer":
		return pick(r.customer != nil), nil
	case "segment":
		if r.customer == nil {
			return st.Failed, nil
		}
		return of(r.customer.Segment), nil
	case "locale":
		return of(r.locale()), nil
	case "variable":
		return of(r.value(b.Variable)), nil
	case "event":
		var told bool
		err := r.tx.QueryRow(ctx, `select exists (select from events where bank_id = $1 and type = $2 and object_id = any($3))`,
			r.tx.BankID, b.Event, []uuid.UUID{r.c.AboutID, r.c.CustomerID, r.c.ID}).Scan(&told)
		if err != nil {
			return "", fmt.Errorf("look for event: %w", err)
		}
		return pick(told), nil
	}
	return st.Failed, nil
}

// open reports whether the bank's clock shows a time of the branch.
func (r *run) open(ctx context.Context, b Branch) (bool, error) {
	settings, err := r.s.Banks.SettingsTx(ctx, r.tx)
	if err != nil {
		return false, err
	}
	zone, err := time.LoadLocation(settings.WithDefaults().DefaultTimeZone)
	if err != nil {
		zone = time.UTC
	}
	at := r.now.In(zone)
	if len(b.Days) > 0 && !slices.Contains(b.Days, at.Weekday()) {
		return false, nil
	}
	if clock := at.Format("15:04"); b.From != "" {
		inside := b.From <= clock && clock < b.To
		if b.From > b.To { // over midnight
			inside = clock >= b.From || clock < b.To
		}
		if !inside {
			return false, nil
		}
	}
	if b.Holidays {
		return true, nil
	}
	holiday, err := r.s.holidayTx(ctx, r.tx, at)
	return !holiday, err
}

// tried runs fn so that an error that tells of a state (no such booking, taken
// meanwhile, a limit) undoes only what fn did, and is no error of the turn.
func (r *run) tried(ctx context.Context, fn func(ctx context.Context) error) (bool, error) {
	err := r.tx.Savepoint(ctx, fn)
	var known *visavis.Error
	if errors.As(err, &known) && known.Kind != visavis.Internal {
		r.s.Log.Info("a step of a phone call did not work", "bank", r.c.BankID, "phone_call", r.c.ID, "step", r.c.Step, "code", known.Code)
		return false, nil
	}
	return err == nil, err
}

// booking confirms or cancels what the call is about.
func (r *run) booking(ctx context.Context, st *Step) (string, error) {
	if r.c.AboutType != "booking" || r.s.Scheduling == nil {
		return st.Failed, nil
	}
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		if st.Kind == KindConfirm {
			_, err := r.s.Scheduling.ConfirmTx(ctx, r.tx, r.c.AboutID, "key")
			return err
		}
		_, err := r.s.Identifications.CancelBooking(ctx, r.tx.BankID, r.c.AboutID, "by telephone")
		return err
	})
	if err != nil {
		return "", err
	}
	if !ok {
		return st.Failed, nil
	}
	if st.Outcome == "" {
		r.c.Outcome = map[Kind]string{KindConfirm: "confirmed", KindCancel: "cancelled"}[st.Kind]
	}
	return st.Next, nil
}

// offerAhead is how far ahead other times are looked for.
const offerAhead = 14 * 24 * time.Hour

// offer reads out free times, a key each; 0 keeps the time.
func (r *run) offer(ctx context.Context, st *Step) (string, bool, error) {
	if r.c.AboutType != "booking" || r.s.Identifications == nil {
		return st.Failed, false, nil
	}
	var found []time.Time
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		b, err := r.s.Scheduling.GetTx(ctx, r.tx, r.c.AboutID)
		if err != nil {
			return err
		}
		slots, err := r.s.Identifications.Slots(ctx, r.tx.BankID, b.IdentificationID, r.now, r.now.Add(offerAhead), 40)
		for _, slot := range slots {
			// Not three times five minutes apart: each at least two hours from the one before.
			if slot.Start.Equal(b.Start) || len(found) > 0 && slot.Start.Sub(found[len(found)-1]) < 2*time.Hour {
				continue
			}
			if found = append(found, slot.Start.UTC()); len(found) == st.Offers {
				break
			}
		}
		return err
	})
	if err != nil {
		return "", false, err
	}
	if !ok || len(found) == 0 {
		return st.Failed, false, nil
	}
	r.m.Offers = found
	r.readOut(ctx, st)
	return "", true, nil
}

func (r *run) readOut(ctx context.Context, st *Step) {
	words := r.say(ctx, st.Words)
	for i, at := range r.m.Offers {
		words = append(words, r.phrase(ctx, "offer", map[string]string{"t": at.Format(time.RFC3339), "k": fmt.Sprint(i + 1)})...)
	}
	words = append(words, r.phrase(ctx, "keep_time", nil)...)
	r.ask(words, 1, true, st.Timeout)
}

// startVerify sends the caller a code. Who calls in with a number that nobody
// knows, or that gets no more codes, is asked for one all the same: what they hear
// does not tell whose number it is.
func (r *run) startVerify(ctx context.Context, st *Step) (string, bool, error) {
	r.m.Verification = uuid.Nil
	if r.m.Session != "" {
		switch err := r.s.sessionOf(ctx, r.tx.BankID, r.c.CustomerID, r.m.Session); visavis.KindOf(err) {
		case visavis.Unauthenticated, visavis.Unavailable: // it has ended meanwhile: a code, as ever
		default:
			if err != nil {
				return "", false, err
			}
			r.m.Verified = true
			return st.Next, false, nil
		}
	}
	blind := r.c.Direction == Inbound
	if (r.customer == nil || r.s.OTP == nil) && !blind {
		return st.Failed, false, nil
	}
	ok := r.customer == nil || r.s.OTP == nil
	var err error
	if !ok {
		ok, err = r.sendCode(ctx)
	}
	if err != nil {
		return "", false, err
	}
	if !ok && !blind {
		return st.Failed, false, nil
	}
	words := r.say(ctx, st.Words)
	if len(st.Words) == 0 {
		words = r.phrase(ctx, "enter_code", nil)
	}
	r.ask(words, 10, false, max(st.Timeout, 15*time.Second))
	return "", true, nil
}

// sessionOf refuses (Unauthenticated) a token that is not of a verified session of
// the customer which stands and has the scope ivr.
func (s *Service) sessionOf(ctx context.Context, bankID, customerID uuid.UUID, token string) error {
	if s.OTP == nil {
		return visavis.Errorf(visavis.Unavailable, "channel_not_configured", "there are no verifications")
	}
	session, err := s.OTP.Session(ctx, bankID, token, "ivr")
	if err == nil && session.CustomerID != customerID {
		err = visavis.Errorf(visavis.Unauthenticated, "session_not_valid", "the verified session is another customer's")
	}
	return err
}

func (r *run) sendCode(ctx context.Context) (bool, error) {
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		v, err := r.s.OTP.StartTx(ctx, r.tx, otp.StartRequest{CustomerID: r.c.CustomerID, Purpose: "phone_call", BoundTo: r.c.ID, Way: otp.SMS})
		r.m.Verification = v.ID
		return err
	})
	if !ok {
		r.m.Verification = uuid.Nil
	}
	return ok, err
}

// block: it was not the customer. What the call is about is denied, and the bank
// is told at once.
func (r *run) block(ctx context.Context, st *Step) error {
	if st.Outcome == "" {
		r.c.Outcome = "blocked"
	}
	if r.c.AboutType == "verification" && r.s.OTP != nil {
		if _, err := r.tried(ctx, func(ctx context.Context) error {
			_, err := r.s.OTP.Deny(ctx, r.tx.BankID, r.c.AboutID)
			return err
		}); err != nil {
			return err
		}
	}
	if r.customer != nil && r.s.OTP != nil { // no code that is on its way is good any more
		if err := r.s.OTP.CancelCustomerTx(ctx, r.tx, r.customer.ID); err != nil {
			return err
		}
	}
	return r.s.eventTx(ctx, r.tx, *r.c, "phone_call.denied", map[string]any{"step": st.Name})
}

// readCode says the code of the verification that the call is about, from
// recordings: it stands in no document. Only to the number that it is for, and
// never to a machine.
func (r *run) readCode(ctx context.Context, st *Step) (string, error) {
	if r.c.AboutType != "verification" || r.s.OTP == nil || r.m.Machine {
		return st.Failed, nil
	}
	var code string
	ok, err := r.tried(ctx, func(ctx context.Context) (err error) {
		code, err = r.s.OTP.SpokenTx(ctx, r.tx, r.c.AboutID, r.c.To)
		return err
	})
	if err != nil || !ok {
		return st.Failed, err
	}
	digits := sound{As: "digits", Value: code}
	r.verbs = append(r.verbs, r.play([]sound{{Clip: "code_is"}, digits, {Clip: "code_again"}, digits}))
	return st.Next, nil
}
