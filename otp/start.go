package otp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// StartRequest says whom to ask, and what for.
type StartRequest struct {
	CustomerID uuid.UUID // uuid.Nil: a bare number
	Phone      string    // however it is spelled; defaults to the customer's
	Region     string    // where a Phone without country code is, such as VN; "" refuses such a number
	Purpose    string    // such as "visit", "call", "api"; required, at most 64 characters
	BoundTo    uuid.UUID // what the code is good for only, such as the call; uuid.Nil: nothing
	Locale     string    // these two default to the customer's, then to en and UTC
	TimeZone   string
	// Way is the only way; empty: by Workflow, else the first of the bank's
	// preference that the customer has (for other purposes than "api": SMS, which
	// proves the number).
	Way Way
	// Workflow are the ways one after another; the code is the same in all.
	Workflow []Step
	// FactorID binds it to one device or authenticator app of the customer; Way
	// is then the factor's.
	FactorID uuid.UUID
	// Payment links the code to a payment; it must be given again at the check.
	Payment *Payment
	// Session asks for a verified session on approval; needs a customer.
	Session *SessionRequest
	// Digits is how long the code is; 0 = as the bank's settings say, 6 to 10, and
	// 8 to 10 for a payment.
	Digits int
	// ExpiresAt ends it earlier than the bank's settings say; it cannot be later.
	ExpiresAt time.Time
	// Unmatched leaves out number matching: the device approves with its signature
	// alone. For protocols of others that have no number.
	Unmatched bool
	Reference string // the bank's own
	Metadata  map[string]any
}

// Start asks a customer to prove something; see StartTx. Outside a transaction it
// is one round trip and the message's.
func (s *Service) Start(ctx context.Context, bankID uuid.UUID, r StartRequest) (v Verification, err error) {
	settings, err := s.Settings(ctx, bankID)
	if err != nil {
		return v, err
	}
	if r.CustomerID == uuid.Nil && postgres.TxFrom(ctx) == nil {
		if v, ok, err := s.startFast(ctx, bankID, r, settings); ok || err != nil {
			return v, err
		}
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		v, err = s.startTx(ctx, tx, r, settings)
		return err
	})
	return v, err
}

// StartTx asks a customer in the caller's transaction. While a verification of
// the same number, purpose, binding and factor lives, that one is returned, with
// its code and its count: sent again when its NextSendAt has passed, else as it
// is. One that is linked to another payment, is of another customer with the same
// number, gives another session, or has not all of the ways that are asked for (SMS
// and voice stand for each other) is cancelled first: who asks for the device or the
// app is not answered with a code by phone.
//
// It refuses an invalid number, way or payment (Invalid), an unknown customer or
// factor (NotFound), a number or customer with too many failures (TooMany,
// too_many_failures), too many codes sent (TooMany, too_many_sends,
// hourly_budget_spent), a number that has changed lately (Forbidden,
// number_changed), a device that was asked three times for nothing (TooMany,
// too_many_pushes), a bank that is being sprayed (TooMany, verification_paused),
// and a start within the life of a code that was tried too often (TooMany,
// max_attempts).
func (s *Service) StartTx(ctx context.Context, tx *postgres.Tx, r StartRequest) (Verification, error) {
	settings, err := s.Settings(ctx, tx.BankID)
	if err != nil {
		return Verification{}, err
	}
	return s.startTx(ctx, tx, r, settings)
}

// draft is a verification before it is written.
type draft struct {
	row
	code, from string // what the customer will get; from: of a flash call
	counts     bool   // a code goes by phone now
	asked      bool   // for its ways; else the bank's preference chose
}

// fits reports whether a verification that lives has the ways that were asked for.
func (d draft) fits(live row) bool {
	return !d.asked || !slices.ContainsFunc(d.Ways, func(way Way) bool { return !live.takes(way) })
}

// takes reports whether a verification has a way; a code by SMS can be spoken, and
// the other way round.
func (v row) takes(way Way) bool {
	spoken := way == SMS || way == Voice
	return slices.Contains(v.Ways, way) || spoken && (slices.Contains(v.Ways, SMS) || slices.Contains(v.Ways, Voice))
}

// phoneKey is what column phone has: of a factor's verification whose customer has
// no number its factor, so that the index by phone tells them apart.
func (d draft) phoneKey() string {
	if d.Phone == "" {
		return d.FactorID.String()
	}
	return d.Phone
}

func (s *Service) startTx(ctx context.Context, tx *postgres.Tx, r StartRequest, settings Settings) (Verification, error) {
	now := s.now()
	d, err := s.draft(ctx, tx, tx.BankID, now, &r, settings)
	if err != nil {
		return Verification{}, err
	}
	if d.Way.Restricted() {
		if err := s.openFor(ctx, tx.BankID, settings, d.counts); err != nil {
			return Verification{}, err
		}
	}
	for range 3 {
		outcome, err := s.insertTx(ctx, tx, d)
		if err != nil {
			return Verification{}, err
		}
		switch outcome {
		case "started", "queued":
			if d.counts {
				s.count(tx.BankID, 1, 0, 0)
			}
			return s.firstTx(ctx, tx, now, d)
		case "refused":
			if err := s.blockedTx(ctx, tx, now, d.subjects, mostFailures(d.Purpose)); err != nil {
				return Verification{}, err
			}
			if err := s.sendsTx(ctx, tx, now, d.subjects[0], d.Way == Voice); err != nil {
				return Verification{}, err
			}
			continue // it was let go meanwhile
		}
		v, again, err := s.liveTx(ctx, tx, now, d)
		if err != nil || !again {
			return v, err
		}
	}
	return Verification{}, visavis.Errorf(visavis.Conflict, "verification_contended", "the same verification is being started by others; try again")
}

// liveTx is what a start does with a verification that is there already; again
// when it is not any more.
func (s *Service) liveTx(ctx context.Context, tx *postgres.Tx, now time.Time, d draft) (v Verification, again bool, err error) {
	live, err := oneTx(ctx, tx, `where bank_id = $1 and phone = $2 and purpose = $3
		and (state = 'pending' or state = 'max_attempts' and expires_at > $5)
		and bound_to is not distinct from $4 and factor_id is not distinct from $6 order by created_at desc limit 1 for update`,
		tx.BankID, d.phoneKey(), d.Purpose, orNil(d.BoundTo), now, orNil(d.FactorID))
	switch {
	case err == pgx.ErrNoRows:
		return v, true, nil
	case err != nil:
		return v, false, fmt.Errorf("find verification: %w", err)
	case live.State == MaxAttempts: // a new start refills nothing
		return v, false, tooManyChecks(live, now)
	case !live.ExpiresAt.After(now):
		return v, true, s.endTx(ctx, tx, now, live, Expired, "")
	case live.Payment != d.Payment, live.CustomerID != d.CustomerID, !slices.Equal(live.scopes, d.scopes), live.minutes != d.minutes, !d.fits(live):
		return v, true, s.endTx(ctx, tx, now, live, Cancelled, "")
	}
	way := d.Way
	if !live.takes(way) || way == TOTP {
		way = live.Way
	}
	if way.Restricted() { // who burns a number's attempts locks neither app nor device
		if err := s.blockedTx(ctx, tx, now, d.subjects, mostFailures(d.Purpose)); err != nil {
			return v, false, err
		}
	}
	if live.NextSendAt.After(now) {
		return live.Verification, false, nil
	}
	if !way.Restricted() && way != Push {
		return live.Verification, false, nil
	}
	v, err = s.resendTx(ctx, tx, now, live, way)
	return v, false, err
}

// draft checks a request, fills in what the customer has, and draws the code. tx
// is needed for a request with a customer only.
func (s *Service) draft(ctx context.Context, tx *postgres.Tx, bankID uuid.UUID, now time.Time, r *StartRequest, settings Settings) (d draft, err error) {
	if r.Purpose == "" || len(r.Purpose) > 64 {
		return d, visavis.InvalidField("purpose", "must have 1 to 64 characters")
	}
	if r.Way != "" && !r.Way.known() {
		return d, visavis.InvalidField("way", "must be push, totp, sms, voice or flash")
	}
	if err := checkSteps(r.Workflow, r.Payment != nil); err != nil {
		return d, err
	}
	if r.Way != "" && len(r.Workflow) > 0 {
		return d, visavis.InvalidField("workflow", "give either a way or a workflow")
	}
	v := &d.Verification
	if r.Payment != nil {
		if v.Payment, err = r.Payment.canonical(); err != nil {
			return d, err
		}
	}
	if r.Session != nil {
		if err := r.Session.check(r.CustomerID); err != nil {
			return d, err
		}
		d.scopes, d.minutes = r.Session.Scope, r.Session.Minutes
	}
	var kinds []Way // of the customer's factors
	var changed *time.Time
	if r.CustomerID != uuid.Nil {
		customer, err := s.Banks.CustomerTx(ctx, tx, r.CustomerID)
		if err != nil {
			return d, err
		}
		r.Phone, r.Locale, r.TimeZone = or(r.Phone, customer.Phone), or(r.Locale, customer.Locale), or(r.TimeZone, customer.TimeZone)
		if err := tx.QueryRow(ctx, `
			select phone_changed_at, array(select distinct kind from otp_factors f where f.bank_id = $1 and f.customer_id = $2 and f.state = 'active'
				and ($3::uuid is null or f.id = $3))
			from customers where bank_id = $1 and id = $2`, tx.BankID, r.CustomerID, orNil(r.FactorID)).Scan(&changed, &kinds); err != nil {
			return d, fmt.Errorf("read factors: %w", err)
		}
	}
	if r.Phone == "" && r.CustomerID == uuid.Nil {
		return d, visavis.InvalidField("phone", "is required without a customer")
	}
	if r.Phone != "" || r.FactorID == uuid.Nil { // a factor proves itself, not a number
		if r.Phone, err = banks.CanonicalPhone(r.Phone, r.Region); err != nil {
			return d, err
		}
	}
	if len(settings.FlashNumbers) == 0 && r.asks(Flash) { // the registry's pool for the number's country
		if settings.FlashNumbers, err = s.Channels.FlashNumbers(ctx, bankID, r.Phone); err != nil {
			return d, err
		}
	}
	steps, err := s.steps(r, settings, kinds)
	if err != nil {
		return d, err
	}
	*v = Verification{
		ID: uuid.Must(uuid.NewV7()), CustomerID: r.CustomerID, Phone: r.Phone, Purpose: r.Purpose, BoundTo: r.BoundTo, Payment: v.Payment,
		State: Pending, CreatedAt: now, ExpiresAt: now.Add(time.Duration(settings.LifeSeconds) * time.Second), FactorID: r.FactorID,
		Reference: r.Reference, Metadata: r.Metadata, Way: steps[0].Way, AttemptsLeft: MaxChecks,
	}
	if v.Metadata == nil {
		v.Metadata = map[string]any{}
	}
	if !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(v.ExpiresAt) {
		if v.ExpiresAt = r.ExpiresAt.UTC().Truncate(time.Second); !v.ExpiresAt.After(now) {
			return d, visavis.InvalidField("expires_at", "has passed")
		}
	}
	d.asked = r.Way != "" || len(r.Workflow) > 0
	for _, step := range steps {
		v.Ways, d.waits = append(v.Ways, step.Way), append(d.waits, int32(step.Wait))
	}
	d.locale, d.timeZone = channels.KnownLocale(r.Locale), or(r.TimeZone, "UTC")
	d.subjects = s.subjects(bankID, r.Phone, r.CustomerID)
	if steps[0].Wait > 0 && len(steps) > 1 {
		d.stepDue = new(now.Add(time.Duration(steps[0].Wait) * time.Second))
	}
	phone := slices.ContainsFunc(v.Ways, Way.Restricted)
	if phone && changed != nil && now.Sub(*changed) < settings.freeze() && freezes(r.Purpose) {
		// The other ways are still good; a workflow goes without these.
		d.drop(Way.Restricted)
		if len(v.Ways) == 0 {
			return d, visavis.Errorf(visavis.Forbidden, "number_changed", "the number was changed lately: codes go to it again %d hours after; use the app or an authenticator app", *settings.FreezeHours)
		}
		phone = false
	}
	if phone && settings.RiskHook != "" {
		d.risk = riskAsk
		if v.Way.Restricted() {
			d.stepDue = &now // otp.Run asks, and then sends
		}
	}
	if phone {
		if err := s.drawCode(&d, *r, settings); err != nil {
			return d, err
		}
	}
	if slices.Contains(v.Ways, Push) && !r.Unmatched {
		if err := d.drawNumbers(); err != nil {
			return d, err
		}
	}
	d.counts = v.Way.Restricted() && d.risk == ""
	if d.counts || v.Way == Push {
		v.Sends = 1
	}
	v.NextSendAt = now.Add(resendDelays[0])
	return d, nil
}

// asks reports whether a request names a way.
func (r *StartRequest) asks(way Way) bool {
	return r.Way == way || slices.ContainsFunc(r.Workflow, func(step Step) bool { return step.Way == way })
}

// drop takes ways out of a draft.
func (d *draft) drop(which func(Way) bool) {
	var ways []Way
	var waits []int32
	for i, way := range d.Ways {
		if !which(way) {
			ways, waits = append(ways, way), append(waits, d.waits[i])
		}
	}
	d.Ways, d.waits, d.stepDue = ways, waits, nil
	if len(ways) > 0 {
		d.Way = ways[0]
	}
	if len(ways) > 1 && waits[0] > 0 {
		d.stepDue = new(d.CreatedAt.Add(time.Duration(waits[0]) * time.Second))
	}
}

// freezes reports whether a change of number stops codes for a purpose. A visit
// and a call prove the number anew, with a person's face and document.
func freezes(purpose string) bool { return purpose != "visit" && purpose != "call" }

// steps are the ways of a request, one after another.
func (s *Service) steps(r *StartRequest, settings Settings, kinds []Way) ([]Step, error) {
	has := func(way Way) bool {
		switch way {
		case Push, TOTP:
			return slices.Contains(kinds, way)
		case Flash:
			return manyEndings(settings.FlashNumbers)
		}
		return true
	}
	if r.FactorID != uuid.Nil {
		if len(kinds) != 1 {
			return nil, errFactorNotFound
		}
		return []Step{{Way: kinds[0]}}, nil
	}
	if r.Way != "" {
		switch {
		case r.Way == Flash && r.Payment != nil:
			return nil, visavis.InvalidField("way", "a flash call has four digits only and is not for payments")
		case r.Way == Flash && !has(Flash):
			return nil, visavis.Errorf(visavis.Unavailable, "no_flash_numbers", "neither the bank's registry of senders nor its settings name numbers for flash calls")
		case !has(r.Way):
			return nil, visavis.Errorf(visavis.Conflict, "no_factor", "the customer has no %s factor in use", r.Way)
		}
		return []Step{{Way: r.Way}}, nil
	}
	if len(r.Workflow) > 0 {
		var steps []Step
		for _, step := range r.Workflow { // what the customer does not have is left out
			if has(step.Way) {
				steps = append(steps, step)
			}
		}
		if len(steps) == 0 {
			return nil, visavis.Errorf(visavis.Conflict, "no_factor", "the customer has none of the ways of this workflow")
		}
		return steps, nil
	}
	if r.Purpose == "api" {
		for _, way := range settings.Preference {
			if has(way) && way != Flash {
				return []Step{{Way: way}}, nil
			}
		}
	}
	return []Step{{Way: SMS}}, nil
}

// drawCode draws the code that goes by phone. The same code is in every way.
func (s *Service) drawCode(d *draft, r StartRequest, settings Settings) (err error) {
	d.digits = settings.Digits
	if d.Payment != (Payment{}) {
		d.digits = settings.PaymentDigits
	}
	if r.Digits != 0 {
		least := 6
		if d.Payment != (Payment{}) {
			least = 8
		}
		if r.Digits < least || r.Digits > 10 {
			return visavis.InvalidField("digits", "is between %d and 10", least)
		}
		d.digits = r.Digits
	}
	if d.Way == Flash {
		if d.from, err = pick(settings.FlashNumbers); err != nil {
			return err
		}
		d.digits, d.AttemptsLeft, d.code = 4, FlashChecks, d.from[len(d.from)-4:]
		return nil
	}
	d.code, err = s.newCode(d.digits)
	return err
}

const startSQL = `select visavis_otp_start(row($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
	$21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)::visavis_otp_new, $34, $35, $36, $37, $38, $39, $40)`

// kept is what a draft's row has instead of what it was given.
type kept struct {
	metadata          []byte // JSON
	mac, sealed, link []byte // of the code, the code, of the payment
}

func (s *Service) keep(bankID uuid.UUID, d draft) (k kept, err error) {
	if k.metadata, err = json.Marshal(d.Metadata); err != nil {
		return k, visavis.InvalidField("metadata", "is not JSON")
	}
	k.mac = []byte{}
	if d.code != "" {
		k.mac = s.Keys.MAC(macCode, codeParts(bankID, d.ID, d.BoundTo, d.code)...)
		k.sealed = s.Keys.Seal(sealCode, d.ID[:], []byte(or(d.from, d.code)))
	}
	if d.Payment != (Payment{}) {
		k.link = s.Keys.MAC(macLink, d.Payment.parts(bankID, d.ID)...)
	}
	return k, nil
}

// startArgs are those of startSQL.
func (s *Service) startArgs(ctx context.Context, bankID uuid.UUID, d draft) ([]any, error) {
	k, err := s.keep(bankID, d)
	if err != nil {
		return nil, err
	}
	stamp := events.NewStamp(ctx, bankID, d.CreatedAt)
	return []any{
		bankID, d.ID, orNil(d.CustomerID), d.phoneKey(), d.Purpose, orNil(d.BoundTo), string(d.Way), d.locale, d.timeZone,
		k.mac, k.sealed, d.AttemptsLeft, d.Sends, d.NextSendAt, d.CreatedAt, d.ExpiresAt,
		orNull(d.Reference), k.metadata, max(d.digits, 4), d.subjects, words(d.Ways), d.waits, d.stepDue, d.risk,
		orNull(d.Payment.Amount), orNull(d.Payment.Currency), orNull(d.Payment.Payee), k.link, orNil(d.FactorID), orZero(d.Number), ints(d.Numbers), d.scopes, orZero(d.minutes),
		d.counts, s.limits(), false, stamp.ID, stamp.ActorKind, stamp.ActorID, stamp.At,
	}, nil
}

// insertTx writes a draft, within the limits, and says what came of it.
func (s *Service) insertTx(ctx context.Context, tx *postgres.Tx, d draft) (outcome string, err error) {
	args, err := s.startArgs(ctx, tx.BankID, d)
	if err != nil {
		return "", err
	}
	if err = tx.QueryRow(ctx, startSQL, args...).Scan(&outcome); err != nil {
		return "", fmt.Errorf("start verification: %w", err)
	}
	tx.Wake(events.Topic(tx.BankID))
	if outcome == "queued" {
		tx.Wake(events.TopicWebhooks)
	}
	if d.stepDue != nil {
		tx.Wake(topicSteps)
	}
	return outcome, nil
}

// firstTx takes the first way of a verification that was just written.
func (s *Service) firstTx(ctx context.Context, tx *postgres.Tx, now time.Time, d draft) (Verification, error) {
	switch {
	case d.Way == Push:
		return d.Verification, s.pushTx(ctx, tx, now, d.row)
	case d.counts:
		return d.Verification, s.sayTx(ctx, tx, now, d.row, d.code, d.from)
	}
	return d.Verification, nil
}

// message is what tells the code.
func (s *Service) message(now time.Time, v row, code string) channels.Message {
	m := channels.Message{
		CustomerID: v.CustomerID, Phone: v.Phone, Locale: v.locale, TimeZone: v.timeZone,
		Class: channels.Security, Template: "code", Channels: []channels.Channel{v.Way.channel()},
		Params: map[string]string{"minutes": strconv.Itoa(max(int(v.ExpiresAt.Sub(now)/time.Minute), 1))}, Secret: map[string]string{"code": code},
		AboutType: aboutVerification, AboutID: v.ID, ExpiresAt: v.ExpiresAt,
	}
	if v.Payment != (Payment{}) {
		m.Template = "verification_code_payment"
		m.Params["amount"], m.Params["currency"], m.Params["payee"] = v.Payment.Amount, v.Payment.Currency, v.Payment.Payee
	}
	return m
}

// sayTx hands the code to package channels. from is the number of a flash call,
// whose last four digits are the code: nobody needs to answer it.
func (s *Service) sayTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row, code, from string) error {
	m := s.message(now, v, code)
	if v.Way == Flash {
		m.Secret, m.Params, m.Template = map[string]string{"from": from}, map[string]string{"text": "-"}, "text"
	}
	_, err := s.Channels.SendTx(ctx, tx, m)
	return err
}

func words(ways []Way) []string {
	out := make([]string, len(ways))
	for i, way := range ways {
		out[i] = string(way)
	}
	return out
}

func ints(numbers []int) []int32 {
	var out []int32
	for _, n := range numbers {
		out = append(out, int32(n))
	}
	return out
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func orZero(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
