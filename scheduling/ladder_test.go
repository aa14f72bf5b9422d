package scheduling

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

func (w *world) ladder(bank, scenario uuid.UUID, l Ladder) {
	w.t.Helper()
	w.must(w.s.SetLadder(w.ctx, bank, scenario, &l))
}

var (
	bySMS   = []channels.Channel{channels.SMS}
	byVoice = []channels.Channel{channels.Voice}
)

// testLadder reminds before by SMS and phone and after the start by push, and
// recovers by SMS and phone.
var testLadder = Ladder{
	Steps: []Step{
		{OffsetSeconds: 600, Channels: []channels.Channel{channels.Push, channels.SMS}},
		{OffsetSeconds: -7200, Channels: bySMS},
		{OffsetSeconds: -3600, Channels: []channels.Channel{channels.SMS, channels.Voice}, Flow: "reminder"},
		{OffsetSeconds: -600, Channels: bySMS, Always: true},
	},
	Recovery: []Step{{OffsetSeconds: 300, Channels: bySMS}, {OffsetSeconds: 3600, Channels: byVoice, Flow: "missed"}},
}

// called are the phone calls that package ivr would make.
func (w *world) calls() *[]PhoneStep {
	calls := &[]PhoneStep{}
	w.s.WorkDue([]DueKind{DuePhoneCall}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
		p, ok, err := w.s.PhoneStepTx(ctx, tx, d)
		if ok {
			*calls = append(*calls, p)
		}
		return err
	})
	return calls
}

func (w *world) sent(bank, about uuid.UUID) []string {
	w.t.Helper()
	return w.rows(bank, `select template, (select string_agg(distinct t ->> 'c', '+') from jsonb_array_elements(plan) s, jsonb_array_elements(s -> 't') t)
		from messages where bank_id = $1 and about_id = $2 and template <> 'booking_confirmed' order by id`, bank, about)
}

func TestLadderIsFollowed(t *testing.T) {
	w := setup(t)
	calls := w.calls()
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	n := newBooking(w.customer(bank), day.Add(26*time.Hour))
	// The bank's own ladder gives way to the scenario's.
	w.ladder(bank, uuid.Nil, Ladder{Steps: []Step{{OffsetSeconds: -300, Channels: bySMS}}})
	w.ladder(bank, n.ScenarioID, testLadder)
	b, err := w.tryBook(bank, n)
	w.must(err)
	start := func(d time.Duration) string { return b.Start.Add(d).Format(time.RFC3339) }
	want := []string{
		start(-2*time.Hour) + " reminder 2h", start(-time.Hour) + " phone_call 1h", start(-time.Hour) + " reminder 1h",
		start(-10*time.Minute) + " reminder 10m", start(0) + " booking_due ", start(10*time.Minute) + " reminder +10m",
	}
	if got := w.dues(bank, b.ID); !slices.Equal(got, want) {
		t.Fatalf("due times\n%v\nwant\n%v", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	w.clock.set(b.Start.Add(-2 * time.Hour))
	w.work()
	w.clock.set(b.Start.Add(-time.Hour))
	w.work()
	if len(*calls) != 1 || (*calls)[0].Flow != "reminder" || !(*calls)[0].ExpiresAt.Equal(b.Start) || (*calls)[0].Recovery {
		t.Errorf("phone calls %+v", *calls)
	}
	// The booking comes due; what is after the start stays.
	w.s.WorkDue([]DueKind{DueBooking}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
		_, err := w.s.StateTx(ctx, tx, d.ObjectID, StateDue, "")
		return err
	})
	w.clock.set(b.Start)
	w.work()
	if got := w.dues(bank, b.ID); !slices.Equal(got, want[5:]) {
		t.Errorf("due times once it is due: %v", got)
	}
	w.clock.set(b.Start.Add(10 * time.Minute))
	w.work()
	if got, want := w.sent(bank, b.ID), []string{"reminder sms", "reminder sms", "reminder sms"}; !slices.Equal(got, want) {
		t.Errorf("sent %v", got) // 10m came due together with the start and had passed
	}

	// Nobody answers: the recovery begins with the state.
	missed := w.clock.now()
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := w.s.StateTx(ctx, tx, b.ID, Missed, "missed")
		return err
	}))
	w.clock.set(missed.Add(5 * time.Minute))
	w.work()
	if got := w.sent(bank, b.ID); len(got) != 4 || got[3] != "call_missed sms" {
		t.Errorf("sent %v", got)
	}
	w.clock.set(missed.Add(time.Hour))
	w.work()
	if len(*calls) != 2 || (*calls)[1].Flow != "missed" || !(*calls)[1].Recovery || (*calls)[0].Key == (*calls)[1].Key {
		t.Errorf("phone calls %+v", *calls)
	}
	if got := w.dues(bank, b.ID); len(got) > 0 {
		t.Errorf("left %v", got)
	}
}

// TestRecoveryEndsWithANewTime: in the booking's own transaction.
func TestRecoveryEndsWithANewTime(t *testing.T) {
	w := setup(t)
	calls := w.calls()
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	n := newBooking(w.customer(bank), day.Add(26*time.Hour))
	w.ladder(bank, uuid.Nil, testLadder)
	b, err := w.tryBook(bank, n)
	w.must(err)
	w.clock.set(b.Start)
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := w.s.StateTx(ctx, tx, b.ID, Missed, "")
		return err
	}))
	if got := w.dues(bank, b.ID); len(got) != 2 {
		t.Fatalf("recovery %v", got)
	}
	n.Start = b.Start.Add(24 * time.Hour)
	_, err = w.tryBook(bank, n)
	w.must(err)
	if got := w.dues(bank, b.ID); len(got) != 0 {
		t.Errorf("recovery goes on: %v", got)
	}
	if len(*calls) > 0 {
		t.Errorf("calls %v", *calls)
	}
}

func TestConfirmingEndsTheLadder(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	w.ladder(bank, uuid.Nil, testLadder)
	b := w.book(bank, day.Add(26*time.Hour))
	confirm := func() (Booking, error) {
		var out Booking
		err := w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
			out, err = w.s.ConfirmTx(ctx, tx, b.ID, "sms")
			return err
		})
		return out, err
	}
	w.clock.set(b.Start.Add(-2 * time.Hour))
	items := w.take()
	w.s.work(w.ctx, items[0]) // accepted, not delivered yet
	got, err := confirm()
	if err != nil || got.AcknowledgedBy != "sms" || !got.AcknowledgedAt.Equal(w.clock.now()) {
		t.Fatalf("%+v %v", got, err)
	}
	if got := w.rows(bank, `select state from messages where bank_id = $1 and about_id = $2 and template = 'reminder'`, bank, b.ID); !slices.Equal(got, []string{"cancelled"}) {
		t.Errorf("the reminder under way: %v", got)
	}
	want := []string{b.Start.Add(-10*time.Minute).Format(time.RFC3339) + " reminder 10m", b.Start.Format(time.RFC3339) + " booking_due "}
	if got := w.dues(bank, b.ID); !slices.Equal(got, want) {
		t.Errorf("due times %v", got)
	}
	if again, err := confirm(); err != nil || !again.AcknowledgedAt.Equal(got.AcknowledgedAt) {
		t.Errorf("again %+v %v", again, err)
	}
	// A new time asks anew.
	moved, err := w.s.Move(w.ctx, bank, b.ID, b.Start.Add(24*time.Hour), quarter)
	w.must(err)
	stored, err := w.s.Get(w.ctx, bank, b.ID)
	if err != nil || !stored.AcknowledgedAt.IsZero() || !moved.AcknowledgedAt.IsZero() || len(w.dues(bank, b.ID)) != 6 {
		t.Errorf("moved %+v, due %v, %v", stored, w.dues(bank, b.ID), err)
	}
	_, err = w.s.Cancel(w.ctx, bank, b.ID, "")
	w.must(err)
	_, err = confirm()
	w.wantCode(err, visavis.Conflict, "booking_closed")
	if got := w.dues(bank, b.ID); len(got) > 0 {
		t.Errorf("due times of a cancelled booking: %v", got)
	}
}

func TestLadderRefusesWhatCannotBeFollowed(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	for field, l := range map[string]Ladder{
		"steps.0.offset_seconds":    {Steps: []Step{{OffsetSeconds: -31 * 86400, Channels: bySMS}}},
		"recovery.0.offset_seconds": {Recovery: []Step{{OffsetSeconds: -60, Channels: bySMS}}},
		"steps.1.offset_seconds":    {Steps: []Step{{OffsetSeconds: -60, Channels: bySMS}, {OffsetSeconds: -60, Channels: bySMS}}},
		"steps.0.channels":          {Steps: []Step{{OffsetSeconds: -60}}},
		"recovery.0.channels":       {Recovery: []Step{{Channels: []channels.Channel{"fax"}}}},
		"steps.0.flow":              {Steps: []Step{{OffsetSeconds: -60, Channels: byVoice}}},
		"recovery.0.flow":           {Recovery: []Step{{Channels: bySMS, Flow: "x"}}},
		"steps":                     {Steps: make([]Step, 11)},
	} {
		err := w.s.SetLadder(w.ctx, bank, uuid.Nil, &l)
		if e, ok := err.(*visavis.Error); !ok || e.Kind != visavis.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	w.ladder(bank, uuid.Nil, testLadder)
	if l, own, err := w.s.Ladder(w.ctx, bank, uuid.New()); err != nil || own || len(l.Steps) != 4 || l.Steps[0].OffsetSeconds != -7200 {
		t.Errorf("inherited %+v %v %v", l, own, err)
	}
	if l, _, err := w.s.Ladder(w.ctx, w.bank(), uuid.Nil); err != nil || len(l.Steps) != 3 {
		t.Errorf("another bank's %+v %v", l, err)
	}
	w.must(w.s.SetLadder(w.ctx, bank, uuid.Nil, nil))
	if l, own, err := w.s.Ladder(w.ctx, bank, uuid.Nil); err != nil || own || len(l.Steps) != 3 {
		t.Errorf("taken away %+v %v %v", l, own, err)
	}
}
