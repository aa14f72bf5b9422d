package ivr

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
)

// resume goes on where the caller was asked something.
func (r *run) resume(ctx context.Context) error {
	st := r.f.Step(r.m.Step)
	if st == nil {
		r.over = true
		return nil
	}
	digits := r.params.Get("Digits")
	if digits == "" && r.params.Get("FinishedOnKey") == "#" {
		digits = "#"
	}
	switch st.Kind {
	case KindGather:
		return r.gathered(ctx, st, digits)
	case KindQuestion:
		return r.answered(ctx, st, digits)
	case KindVerify:
		return r.checkCode(ctx, st, strings.TrimSuffix(digits, "#"))
	case KindMove:
		return r.moved(ctx, st, digits)
	case KindWebhook:
		return r.pollAside(ctx, st)
	case KindRecord:
		return r.recorded(ctx, st)
	case KindHandover:
		return r.waiting(ctx, st, digits)
	}
	return fmt.Errorf("a step of kind %q is not resumed", st.Kind)
}

// askAgain asks once more after what was not understood; false when it was asked
// often enough.
func (r *run) askAgain(ctx context.Context, st *Step, phrase string, ask func()) bool {
	if r.m.Tries++; r.m.Tries >= st.Tries {
		return false
	}
	r.verbs = append(r.verbs, r.phrase(ctx, phrase, nil)...)
	ask()
	return true
}

func misheard(digits string) string {
	if digits == "" {
		return "nothing"
	}
	return "invalid"
}

func (r *run) gathered(ctx context.Context, st *Step, digits string) error {
	next, ok := st.Keys[digits]
	if len(st.Keys) == 0 {
		value := strings.TrimSuffix(digits, "#")
		if ok = value != "" && !strings.ContainsAny(value, "*#") && (st.Digits == 0 || len(value) == st.Digits) && len(value) <= st.Most; ok {
			next, digits = st.Next, value
		}
	}
	if !ok {
		if r.askAgain(ctx, st, misheard(digits), func() { r.ask(r.say(ctx, st.Words), st.Most, st.Digits > 0, st.Timeout) }) {
			return nil
		}
		return r.goOn(ctx, st.NoInput, "", false)
	}
	if st.Save != "" {
		r.set(st.Save, digits)
		if !st.Secret {
			if err := r.keep(ctx, st.Save, digits, false); err != nil {
				return err
			}
		}
	}
	return r.goOn(ctx, next, digits, st.Secret)
}

func (r *run) answered(ctx context.Context, st *Step, digits string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(digits, "#"))
	if err != nil || n < st.Low || n > st.High {
		if r.askAgain(ctx, st, misheard(digits), func() { r.ask(r.say(ctx, st.Words), len(fmt.Sprint(st.High)), st.High < 10, st.Timeout) }) {
			return nil
		}
		return r.goOn(ctx, st.NoInput, "", false)
	}
	answer := strconv.Itoa(n)
	r.set(st.Save, answer)
	if err := r.keep(ctx, st.Save, answer, true); err != nil {
		return err
	}
	next := st.Next
	if to, ok := st.Keys[answer]; ok {
		next = to
	}
	return r.goOn(ctx, next, answer, false)
}

// keep writes an answer down where it is counted.
func (r *run) keep(ctx context.Context, question, answer string, survey bool) error {
	_, err := r.tx.Exec(ctx, `
		insert into flow_answers (bank_id, phone_call_id, question, answer, survey, flow, version, about_type, about_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (bank_id, phone_call_id, question) do update set answer = excluded.answer, at = excluded.at`,
		r.tx.BankID, r.c.ID, question, answer, survey, r.m.Flow, r.m.Version, r.c.AboutType, orNil(r.c.AboutID), r.now)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// checks bounds how many codes are looked at at a time: each takes a second
// connection to the database while the turn holds one.
var checks = make(chan struct{}, 4)

func (r *run) checkCode(ctx context.Context, st *Step, code string) error {
	ask := func() {
		words := r.say(ctx, st.Words)
		if len(st.Words) == 0 {
			words = r.phrase(ctx, "enter_code", nil)
		}
		r.ask(words, 10, false, max(st.Timeout, 15*time.Second))
	}
	if code == "" || strings.ContainsAny(code, "*#") {
		if r.askAgain(ctx, st, misheard(code), ask) {
			return nil
		}
		return r.goOn(ctx, st.Failed, "", true)
	}
	if r.m.Verification == uuid.Nil { // none was sent: every code is wrong
		if r.askAgain(ctx, st, "wrong_code", ask) {
			return nil
		}
		return r.goOn(ctx, st.Failed, code, true)
	}
	select {
	case checks <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	result, err := r.s.OTP.CheckAnd(ctx, r.tx.BankID, r.m.Verification, code, r.c.ID, nil)
	<-checks
	if err != nil && visavis.KindOf(err) == visavis.Internal {
		return err
	}
	switch {
	case err == nil && result.Approved:
		r.m.Verified = true
		return r.goOn(ctx, st.Next, code, true)
	case (err == nil && result.AttemptsLeft > 0 || visavis.KindOf(err) == visavis.Invalid) && r.askAgain(ctx, st, "wrong_code", ask):
		return nil
	}
	return r.goOn(ctx, st.Failed, code, true)
}

// moved takes one of the times that were read out.
func (r *run) moved(ctx context.Context, st *Step, digits string) error {
	if digits == "0" {
		return r.goOn(ctx, st.Failed, digits, false)
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > len(r.m.Offers) {
		if r.askAgain(ctx, st, misheard(digits), func() { r.readOut(ctx, st) }) {
			return nil
		}
		return r.goOn(ctx, st.Failed, "", false)
	}
	at := r.m.Offers[n-1]
	ok, err := r.tried(ctx, func(ctx context.Context) error {
		_, err := r.s.Identifications.MoveBooking(ctx, r.tx.BankID, r.c.AboutID, at)
		return err
	})
	if err != nil {
		return err
	}
	if !ok { // taken meanwhile: others are read out
		r.verbs = append(r.verbs, r.phrase(ctx, "taken", nil)...)
		if r.m.Tries++; r.m.Tries < st.Tries {
			next, stay, err := r.offer(ctx, st)
			if err != nil || stay {
				return err
			}
			return r.goOn(ctx, next, digits, false)
		}
		return r.goOn(ctx, st.Failed, digits, false)
	}
	r.set(startVar, at.Format(time.RFC3339))
	if st.Outcome == "" {
		r.c.Outcome = "moved"
	}
	return r.goOn(ctx, st.Next, digits, false)
}

// pollAside looks whether what runs aside has come to an end.
func (r *run) pollAside(ctx context.Context, st *Step) error {
	a := r.m.Aside
	if a == nil || a.Step != st.Name {
		return r.goOn(ctx, st.Failed, "", false)
	}
	answer, done, err := r.asideTx(ctx, a)
	if err != nil {
		return err
	}
	if !done {
		if r.now.Before(a.Until) {
			r.again([]twiml.Element{}, 1)
			return nil
		}
		r.m.Aside = nil
		return r.goOn(ctx, st.Failed, "", false)
	}
	r.m.Aside = nil
	if answer == nil {
		return r.goOn(ctx, st.Failed, "", false)
	}
	for variable := range st.Answer {
		r.set(variable, answer[variable])
	}
	return r.goOn(ctx, st.Next, "", false)
}
