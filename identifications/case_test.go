package identifications

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

func TestCaseFromLinkToApproval(t *testing.T) {
	w := setup(t)
	if w.ident.State != Open || w.ident.Reference != "case-7" || w.ident.Metadata["branch"] != "9" || w.ident.Scenario.Slug != OpenAccount || w.ident.Scenario.Version != 1 {
		t.Fatalf("created %+v", w.ident)
	}
	if w.link.IdentificationID != w.ident.ID || !w.link.ExpiresAt.Equal(noon.AddDate(0, 0, 30)) || string(w.link.Purpose) != "visit" {
		t.Fatalf("link %+v", w.link)
	}
	p, err := w.s.Progress(w.byCustomer(w.ident, false), w.bank, w.ident.ID)
	w.must(err)
	if p.NextStep != NextProve {
		t.Fatalf("next step without proof is %s", p.NextStep)
	}
	if p := w.wantNext(NextConsent); !slices.Equal(p.ConsentsMissing, []string{"process", "recording"}) {
		t.Fatalf("missing %v", p.ConsentsMissing)
	}
	_, err = w.s.ChooseDocument(w.me(), w.bank, w.ident.ID, Passport)
	w.wantCode(err, visavis.Conflict, "consent_missing")
	_, err = w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers())
	w.wantCode(err, visavis.Conflict, "consent_missing")
	_, err = w.s.GiveConsent(w.me(), w.bank, w.ident.ID, decisions("vi", true))
	w.must(err)
	w.wantNext(NextDocument)
	_, err = w.s.ChooseDocument(w.me(), w.bank, w.ident.ID, "library_card")
	w.wantCode(err, visavis.Invalid, "invalid_request")
	_, err = w.s.ChooseDocument(w.me(), w.bank, w.ident.ID, CitizenCard)
	w.must(err)
	w.wantNext(NextForm)
	slot := noon.Add(5 * time.Minute)
	_, err = w.s.Book(w.me(), w.bank, w.ident.ID, slot, BookOptions{})
	w.wantCode(err, visavis.Conflict, "form_not_confirmed")
	_, err = w.s.ConfirmForm(w.me(), w.bank, w.ident.ID, 1)
	w.wantCode(err, visavis.Conflict, "form_not_submitted")
	first, err := w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers())
	w.must(err)
	second, err := w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers())
	w.must(err)
	if first.Version != 1 || second.Version != 2 || second.Data["full_name"] != "Nguyễn Thị Mai" {
		t.Fatalf("forms %+v, %+v", first, second)
	}
	w.wantNext(NextConfirm)
	_, err = w.s.ConfirmForm(w.me(), w.bank, w.ident.ID, 1)
	w.wantCode(err, visavis.Conflict, "form_changed")
	_, err = w.s.ConfirmForm(w.me(), w.bank, w.ident.ID, 2)
	w.must(err)
	w.wantNext(NextSlot)
	slots, err := w.s.Slots(w.me(), w.bank, w.ident.ID, time.Time{}, noon.Add(16*time.Minute), 0)
	w.must(err)
	if len(slots) != 3 || !slots[0].Start.Equal(slot) || slots[0].End.Sub(slots[0].Start) != 10*time.Minute {
		t.Fatalf("slots every 5 minutes with a minute's notice: %v", slots)
	}
	b, err := w.s.Book(w.me(), w.bank, w.ident.ID, slot, BookOptions{})
	w.must(err)
	if p := w.wantNext(NextWait); p.Booking == nil || p.Booking.ID != b.ID {
		t.Fatalf("progress %+v", p)
	}
	b, err = w.s.MoveBooking(w.me(), w.bank, b.ID, slot.Add(5*time.Minute))
	w.must(err)
	_, err = w.s.CancelBooking(w.me(), w.bank, b.ID, "")
	w.must(err)
	w.wantNext(NextSlot)
	b, err = w.s.Book(w.me(), w.bank, w.ident.ID, slot, BookOptions{})
	w.must(err)

	evidence := Evidence{CallID: uuid.New(), ChecksBegan: noon, RecordingComplete: true, Recordings: []RecordingHash{{Participant: "customer", Part: 1, SHA256: []byte{0xab, 0xcd}}}}
	ident, err := w.decide(w.byAgent(), Decision{Approve: true, Evidence: evidence})
	w.must(err)
	if ident.State != Approved || ident.DecidedBy == nil || *ident.DecidedBy != w.agent || !ident.DecidedAt.Equal(noon) {
		t.Fatalf("decided %+v", ident)
	}
	w.wantNext(NextDone)
	if left, err := w.s.Booking(w.byBank(), w.bank, b.ID); err != nil || left.State != scheduling.Cancelled {
		t.Errorf("booking of a decided case: %+v, %v", left, err)
	}
	got := w.strings(`select type from events where bank_id = $1 and object_id = $2 order by sequence`, w.ident.ID)
	want := []string{"identification.created", "consent.given", "consent.given", "document.chosen", "form.submitted", "form.submitted", "form.confirmed", "identification.approved"}
	if !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	body := w.strings(`select body from events where bank_id = $1 and object_id = $2 and type = 'identification.approved'`, w.ident.ID)[0]
	for _, part := range []string{evidence.CallID.String(), `"sha256":"abcd"`, w.ident.ID.String(), `"state":"approved"`} {
		if !strings.Contains(body, part) {
			t.Errorf("event %s has no %s", body, part)
		}
	}
	for _, body := range w.strings(`select body from events where bank_id = $1`) {
		if strings.Contains(body, "Nguyễn") || strings.Contains(body, "B1234567") || strings.Contains(body, "912345678") {
			t.Errorf("personal data in the event %s", body)
		}
	}
	if got := w.strings(`select template from messages where bank_id = $1 and about_type = 'identification'`); !slices.Equal(got, []string{"result_approved"}) {
		t.Errorf("messages %v", got)
	}
	_, err = w.decide(w.byAgent(), Decision{Reason: "second thoughts"})
	w.wantCode(err, visavis.Conflict, "identification_closed")
	_, err = w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers())
	w.wantCode(err, visavis.Conflict, "identification_closed")
}

func TestNoApprovalWithoutEvidence(t *testing.T) {
	w := setup(t)
	_, err := w.decide(w.byAgent(), Decision{Approve: true, Evidence: Evidence{StepsMissing: []string{"face_up", "code"}}})
	w.wantCode(err, visavis.Conflict, "evidence_missing")
	if got, want := fields(err), "consent.process consent.recording document_type form step.code step.face_up recording"; got != want {
		t.Fatalf("missing %q, want %q", got, want)
	}
	w.ready()
	full := Evidence{CallID: uuid.New(), ChecksBegan: noon, RecordingComplete: true, Recordings: []RecordingHash{{Participant: "agent", Part: 1, SHA256: []byte{1}}}}
	for what, c := range map[string]struct {
		change func(*Evidence)
		field  string
	}{
		"step":       {func(e *Evidence) { e.StepsMissing = []string{"code"} }, "step.code"},
		"incomplete": {func(e *Evidence) { e.RecordingComplete = false }, "recording"},
		"no file":    {func(e *Evidence) { e.Recordings = nil }, "recording"},
		"no call":    {func(e *Evidence) { e.CallID = uuid.Nil }, "recording"},
	} {
		e := full
		c.change(&e)
		_, err := w.decide(w.byAgent(), Decision{Approve: true, Evidence: e})
		if w.wantCode(err, visavis.Conflict, "evidence_missing"); fields(err) != c.field {
			t.Errorf("%s: missing %q", what, fields(err))
		}
	}
	// While the call goes on, its recording has no hash yet.
	w.must(w.db.InBank(w.byAgent(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return w.s.CheckEvidenceTx(ctx, tx, w.ident.ID, Evidence{CallID: full.CallID, ChecksBegan: noon, RecordingComplete: true})
	}))
	_, err = w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers()) // changed, and not confirmed again
	w.must(err)
	_, err = w.decide(w.byAgent(), Decision{Approve: true, Evidence: full})
	if w.wantCode(err, visavis.Conflict, "evidence_missing"); fields(err) != "form" {
		t.Errorf("missing %q", fields(err))
	}
	// Another form and another document than those that the agent looked at, from
	// a second device during or after the call: confirmed, and yet no evidence.
	w.now = noon.Add(time.Second)
	form, err := w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers())
	w.must(err)
	_, err = w.s.ConfirmForm(w.me(), w.bank, w.ident.ID, form.Version)
	w.must(err)
	_, err = w.s.ChooseDocument(w.me(), w.bank, w.ident.ID, "national_id")
	w.must(err)
	_, err = w.decide(w.byAgent(), Decision{Approve: true, Evidence: full})
	if w.wantCode(err, visavis.Conflict, "evidence_missing"); fields(err) != "document_type form" {
		t.Errorf("changed after the checks: missing %q", fields(err))
	}
	_, err = w.decide(w.byBank(), Decision{Reason: "no"})
	w.wantCode(err, visavis.Forbidden, "agents_only")
	_, err = w.decide(w.byAgent(), Decision{})
	w.wantCode(err, visavis.Invalid, "invalid_request")
	ident, err := w.decide(w.byAgent(), Decision{Reason: "the document is not genuine"})
	w.must(err)
	if ident.State != Rejected || ident.Reason != "the document is not genuine" {
		t.Errorf("rejected %+v", ident)
	}
	body := w.strings(`select body from events where bank_id = $1 and type = 'identification.rejected'`)[0]
	if strings.Contains(body, "genuine") {
		t.Errorf("the reason is in the event %s", body)
	}
}

// Every change of a booking is an SMS that the bank pays.
func TestTimesAreChangedOnlySoOften(t *testing.T) {
	w := setup(t)
	w.ready()
	times := []time.Time{noon.Add(24 * time.Hour), noon.Add(25 * time.Hour)}
	b, err := w.s.Book(w.me(), w.bank, w.ident.ID, times[0], BookOptions{})
	w.must(err)
	for n := 1; n < TimesPerDay; n++ {
		_, err = w.s.MoveBooking(w.me(), w.bank, b.ID, times[n%2])
		w.must(err)
	}
	next := times[TimesPerDay%2]
	_, err = w.s.MoveBooking(w.me(), w.bank, b.ID, next)
	w.wantCode(err, visavis.TooMany, "too_many_changes")
	_, err = w.s.CancelBooking(w.me(), w.bank, b.ID, "")
	w.must(err)
	_, err = w.s.Book(w.me(), w.bank, w.ident.ID, next, BookOptions{})
	w.wantCode(err, visavis.TooMany, "too_many_changes")
	_, err = w.s.Book(w.byAgent(), w.bank, w.ident.ID, next, BookOptions{}) // the bank's people help
	w.must(err)
}

func TestOthersCasesDoNotExist(t *testing.T) {
	w := setup(t)
	w.ready()
	b, err := w.s.Book(w.me(), w.bank, w.ident.ID, noon.Add(time.Hour), BookOptions{})
	w.must(err)
	other, _ := w.open() // of the same bank, even of the same customer
	stranger := w.byCustomer(other, true)
	bankB, _ := w.newBank()
	byB := w.as(visavis.Actor{Kind: visavis.ActorBank, BankID: bankB, ID: uuid.New()})
	before := w.strings(`select state || document_type || form_version || form_confirmed || notes from identifications where bank_id = $1 and id = $2`, w.ident.ID)
	do := map[string]func(ctx context.Context, bank uuid.UUID) error{
		"get": func(ctx context.Context, bank uuid.UUID) error { _, err := w.s.Get(ctx, bank, w.ident.ID); return err },
		"progress": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Progress(ctx, bank, w.ident.ID)
			return err
		},
		"link": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.NewLink(ctx, bank, w.ident.ID)
			return err
		},
		"consents": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Consents(ctx, bank, w.ident.ID)
			return err
		},
		"form": func(ctx context.Context, bank uuid.UUID) error {
			_, _, err := w.s.Form(ctx, bank, w.ident.ID)
			return err
		},
		"consent": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.GiveConsent(ctx, bank, w.ident.ID, decisions("en", false))
			return err
		},
		"document": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.ChooseDocument(ctx, bank, w.ident.ID, NationalID)
			return err
		},
		"submit": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.SubmitForm(ctx, bank, w.ident.ID, answers())
			return err
		},
		"confirm": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.ConfirmForm(ctx, bank, w.ident.ID, 1)
			return err
		},
		"decline": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Decline(ctx, bank, w.ident.ID, "")
			return err
		},
		"cancel": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Cancel(ctx, bank, w.ident.ID, "")
			return err
		},
		"update": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Update(ctx, bank, w.ident.ID, Changes{Notes: new("mine now")})
			return err
		},
		"slots": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Slots(ctx, bank, w.ident.ID, time.Time{}, time.Time{}, 1)
			return err
		},
		"book": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.Book(ctx, bank, w.ident.ID, noon.Add(2*time.Hour), BookOptions{})
			return err
		},
		"booking": func(ctx context.Context, bank uuid.UUID) error { _, err := w.s.Booking(ctx, bank, b.ID); return err },
		"move": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.MoveBooking(ctx, bank, b.ID, noon.Add(2*time.Hour))
			return err
		},
		"cancel booking": func(ctx context.Context, bank uuid.UUID) error {
			_, err := w.s.CancelBooking(ctx, bank, b.ID, "")
			return err
		},
		"may call": func(ctx context.Context, bank uuid.UUID) error {
			return w.db.InBank(ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := w.s.MayCallTx(ctx, tx, w.ident.ID)
				return err
			})
		},
	}
	needProof := []string{"form", "consent", "document", "submit", "confirm", "decline", "book", "move", "cancel booking", "may call"}
	for what, try := range do {
		for who, err := range map[string]error{"another customer": try(stranger, w.bank), "another bank": try(byB, bankB)} {
			if visavis.KindOf(err) != visavis.NotFound {
				t.Errorf("%s by %s: %v", what, who, err)
			}
		}
		if slices.Contains(needProof, what) {
			if err := try(w.byCustomer(w.ident, false), w.bank); visavis.CodeOf(err) != "number_not_proved" || visavis.KindOf(err) != visavis.Forbidden {
				t.Errorf("%s without proof: %v", what, err)
			}
		}
	}
	if after := w.strings(`select state || document_type || form_version || form_confirmed || notes from identifications where bank_id = $1 and id = $2`, w.ident.ID); !slices.Equal(before, after) {
		t.Errorf("the case was %v and is %v", before, after)
	}
	// A link that was sent to the phone is proof.
	_, err = w.s.MoveBooking(w.byCustomer(w.ident, false, "manage"), w.bank, b.ID, noon.Add(3*time.Hour))
	w.must(err)
}

func TestConsentsAreTheVeryWords(t *testing.T) {
	w := setup(t)
	_, err := w.s.GiveConsent(w.me(), w.bank, w.ident.ID, []ConsentDecision{{Key: "process", Version: 2, Locale: "fa", Accepted: true}})
	w.wantCode(err, visavis.Conflict, "consent_changed")
	_, err = w.s.GiveConsent(w.me(), w.bank, w.ident.ID, []ConsentDecision{{Key: "cookies", Version: 1, Locale: "fa", Accepted: true}})
	w.wantCode(err, visavis.Invalid, "invalid_request")
	for range 2 { // given twice, recorded once
		_, err = w.s.GiveConsent(w.me(), w.bank, w.ident.ID, decisions("fa", true)[:1])
		w.must(err)
	}
	list, err := w.s.Consents(w.byBank(), w.bank, w.ident.ID)
	w.must(err)
	if len(list) != 1 || !list[0].Accepted || list[0].Locale != "fa" {
		t.Fatalf("consents %+v", list)
	}
	shown := ConsentTexts(w.ident.Scenario.Definition, "fa")[0]
	hash := sha256.Sum256([]byte(shown.Title + "\n" + shown.Body))
	if !bytes.Equal(list[0].SHA256, hash[:]) || !strings.Contains(shown.Body, "۵") || strings.Contains(shown.Body, "{") {
		t.Errorf("recorded %x, shown %x: %s", list[0].SHA256, hash, shown.Body)
	}
	if text, ok := list[0].Text(w.ident.Scenario.Definition); !ok || text != shown {
		t.Errorf("the words cannot be shown again: %v %v", text, ok)
	}
	err = w.db.InBank(w.me(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return w.s.ConsentedTx(ctx, tx, w.ident.ID)
	})
	if w.wantCode(err, visavis.Conflict, "consent_missing"); fields(err) != "consent.recording" {
		t.Errorf("missing %s", fields(err))
	}
	// Append-only, for us too.
	err = w.db.InBank(w.me(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update consents set accepted = true where bank_id = $1`, tx.BankID)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("a consent could be changed: %v", err)
	}
}

func TestDecliningEndsPolitely(t *testing.T) {
	w := setup(t)
	b, err := w.s.Book(w.byBank(), w.bank, w.ident.ID, noon.Add(time.Hour), BookOptions{Reference: "b-1"}) // before the customer did anything
	w.must(err)
	w.wantNext(NextConsent)
	ident, err := w.s.GiveConsent(w.me(), w.bank, w.ident.ID, decisions("en", false))
	w.must(err)
	if ident.State != Declined || ident.Reason != "consent_declined" {
		t.Fatalf("after declining: %+v", ident)
	}
	w.wantNext(NextDone)
	if b, err = w.s.Booking(w.byBank(), w.bank, b.ID); err != nil || b.State != scheduling.Cancelled || b.Reference != "b-1" {
		t.Errorf("booking %+v, %v", b, err)
	}
	if due := w.strings(`select kind from due_times where bank_id = $1`); len(due) > 0 {
		t.Errorf("still due: %v", due)
	}
	got := w.strings(`select type from events where bank_id = $1 and object_id = $2 order by sequence`, w.ident.ID)
	if want := []string{"identification.created", "consent.given", "consent.declined", "identification.declined"}; !slices.Equal(got, want) {
		t.Errorf("events %v", got)
	}
	again, err := w.s.Decline(w.me(), w.bank, w.ident.ID, "really")
	w.must(err)
	if again.Reason != "consent_declined" {
		t.Errorf("declined again: %+v", again)
	}
	_, err = w.s.Cancel(w.byBank(), w.bank, w.ident.ID, "")
	w.wantCode(err, visavis.Conflict, "identification_closed")
}

// Whichever way a case ends, the links that were sent to the phone end with it,
// and the one that the bank gave goes on showing the result. Another case of the
// customer keeps its links.
func TestLinksEndWithTheCase(t *testing.T) {
	for name, end := range map[string]func(*world) error{
		"approved": func(w *world) error {
			_, err := w.decide(w.byAgent(), Decision{Approve: true, Evidence: Evidence{
				CallID: uuid.New(), ChecksBegan: noon.Add(time.Hour), RecordingComplete: true,
				Recordings: []RecordingHash{{Participant: "agent", Part: 1, SHA256: []byte{1}}},
			}})
			return err
		},
		"rejected":  func(w *world) error { _, err := w.decide(w.byAgent(), Decision{Reason: "another person"}); return err },
		"declined":  func(w *world) error { _, err := w.s.Decline(w.me(), w.bank, w.ident.ID, ""); return err },
		"cancelled": func(w *world) error { _, err := w.s.Cancel(w.byBank(), w.bank, w.ident.ID, ""); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := setup(t)
			w.ready()
			other, visit := w.open()
			links := func(ident Identification) (tokens map[banks.LinkPurpose]string) {
				tokens = map[banks.LinkPurpose]string{}
				w.must(w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
					for _, purpose := range []banks.LinkPurpose{banks.LinkVisit, banks.LinkManage, banks.LinkCall} {
						n := banks.NewLink{Purpose: purpose, CustomerID: ident.CustomerID, IdentificationID: ident.ID, ExpiresAt: w.s.now().Add(time.Hour)}
						if purpose == banks.LinkCall {
							n.CallID = uuid.New()
						}
						link, err := w.banks.CreateLinkTx(ctx, tx, n)
						if err != nil {
							return err
						}
						tokens[purpose] = w.banks.LinkToken(link.ID)
					}
					return nil
				}))
				return tokens
			}
			mine, others := links(w.ident), links(other)
			w.must(end(w))
			for purpose, token := range mine {
				_, err := w.banks.ResolveLink(t.Context(), token)
				if gone := visavis.KindOf(err) == visavis.Gone; gone != (purpose != banks.LinkVisit) || !gone && err != nil {
					t.Errorf("the link to %s: %v", purpose, err)
				}
			}
			others["first"] = w.banks.LinkToken(visit.ID)
			for purpose, token := range others {
				if _, err := w.banks.ResolveLink(t.Context(), token); err != nil {
					t.Errorf("the link to %s of another case: %v", purpose, err)
				}
			}
		})
	}
}

func TestCancelListUpdate(t *testing.T) {
	w := setup(t)
	second, _ := w.open()
	b, err := w.s.Book(w.byBank(), w.bank, second.ID, noon.Add(time.Hour), BookOptions{})
	w.must(err)
	second, err = w.s.Cancel(w.byBank(), w.bank, second.ID, "opened in the branch")
	w.must(err)
	if second.State != Cancelled {
		t.Fatal(second)
	}
	if b, err = w.s.Booking(w.byBank(), w.bank, b.ID); err != nil || b.State != scheduling.Cancelled {
		t.Errorf("booking %+v, %v", b, err)
	}
	page, next, err := w.s.List(w.byBank(), w.bank, Filter{Reference: "case-7", CustomerID: w.customer}, postgres.Page{Limit: 1})
	w.must(err)
	if len(page) != 1 || page[0].ID != second.ID || next == "" {
		t.Fatalf("page %v %q", page, next)
	}
	page, _, err = w.s.List(w.byBank(), w.bank, Filter{States: []State{Open}, From: noon, To: noon.Add(time.Second)}, postgres.Page{})
	w.must(err)
	if len(page) != 1 || page[0].ID != w.ident.ID {
		t.Errorf("open ones: %v", page)
	}
	changed, err := w.s.Update(w.byAgent(), w.bank, w.ident.ID, Changes{Notes: new("speaks English"), Reference: new("")})
	w.must(err)
	if changed.Notes != "speaks English" || changed.Reference != "" || changed.Metadata["branch"] != "9" {
		t.Errorf("changed %+v", changed)
	}
	_, _, err = w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: uuid.New(), Scenario: OpenAccount})
	if fields(err) != "customer_id" {
		t.Error(err)
	}
	_, _, err = w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.customer, Scenario: "nothing"})
	if fields(err) != "scenario" {
		t.Error(err)
	}
}

// The case goes on under the definition that it began with.
func TestScenarioChangesDoNotTouchOpenCases(t *testing.T) {
	w := setup(t)
	d := DefaultScenario()
	d.DocumentTypes = []string{Passport}
	sc, err := w.s.UpdateScenario(w.byBank(), w.bank, OpenAccount, ScenarioChanges{Definition: &d, Enabled: new(false)})
	w.must(err)
	if sc.Version != 2 || sc.Enabled || len(sc.DocumentTypes) != 1 {
		t.Fatalf("scenario %+v", sc)
	}
	ident, err := w.s.Get(w.byBank(), w.bank, w.ident.ID)
	w.must(err)
	if len(ident.Scenario.DocumentTypes) != 4 || ident.Scenario.Version != 1 {
		t.Errorf("case %+v", ident.Scenario)
	}
	_, _, err = w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.customer, Scenario: sc.ID.String()})
	w.wantCode(err, visavis.Conflict, "scenario_disabled")
	_, err = w.s.CreateScenario(w.byBank(), w.bank, OpenAccount, d)
	w.wantCode(err, visavis.Conflict, "slug_taken")
}

// Submissions at once get a version each, and one of two verdicts stands.
func TestRaces(t *testing.T) {
	w := setup(t)
	w.ready()
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if _, err := w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.strings(`select max(version) || ' ' || count(*) from form_versions where bank_id = $1`); got[0] != "13 13" {
		t.Errorf("versions %v", got)
	}
	var decided atomic.Int64
	for i := range 8 {
		wg.Go(func() {
			_, err := w.decide(w.byAgent(), Decision{Reason: strings.Repeat("x", i+1)})
			if err == nil {
				decided.Add(1)
			} else if visavis.CodeOf(err) != "identification_closed" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if decided.Load() != 1 {
		t.Errorf("%d verdicts", decided.Load())
	}
}
