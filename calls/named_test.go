package calls

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/scheduling"
)

// named makes a booking of a new visitor that names its agent, and lets its time
// come.
func (b *bundle) named(agent uuid.UUID) (visitor, scheduling.Booking) {
	b.Helper()
	v := b.visitor()
	now := b.calls.Now()
	slots, err := b.calls.Identifications.AgentSlots(b.ctx, b.bank, v.idn.ID, "", agent, now, now.Add(time.Hour), 1)
	b.ok(err)
	if len(slots) == 0 {
		b.Fatal("no slot")
	}
	bk, err := b.calls.Identifications.Book(b.ctx, b.bank, v.idn.ID, slots[0].Start, identifications.BookOptions{AgentID: agent})
	b.ok(err)
	b.wait(bk.Start.Sub(b.calls.Now()))
	b.bookingState(bk.ID, scheduling.StateDue)
	return v, bk
}

// toOf is to whom the entry of a booking is offered; nil = nobody.
func (b *bundle) toOf(bk scheduling.Booking) *uuid.UUID {
	b.Helper()
	all, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	for _, e := range all {
		if e.BookingID != nil && *e.BookingID == bk.ID {
			return e.OfferedTo
		}
	}
	b.Fatal("the booking is not in the queue")
	return nil
}

// Whom the customer chose is asked first, for the scenario's time when busy; then
// it is anyone's.
func TestNamedAgentIsAskedFirst(t *testing.T) {
	b := setup(t)
	d := identifications.DefaultScenario()
	d.Settings.NoticeMinutes = new(1)
	d.Settings.SlotMinutes, d.Settings.SlotIntervalMinutes = 5, 5
	d.Settings.Capacity.ChooseAgent = true
	d.Settings.Queue = identifications.QueueSettings{Strategy: "longest_idle", NamedAgentSeconds: 40}
	_, err := b.calls.Identifications.UpdateScenario(b.ctx, b.bank, "open-account", identifications.ScenarioChanges{Definition: &d})
	b.ok(err)
	bob, bobs := b.ready("bob") // has been ready longer, and would be asked
	alice, ctx := b.ready("alice")

	v, bk := b.named(alice)
	if to := b.toOf(bk); to == nil || *to != alice {
		t.Fatalf("offered to %v, not to whom the customer chose", to)
	}
	b.wait(21 * time.Second) // alice lets it lapse
	if to := b.toOf(bk); to == nil || *to != bob {
		t.Fatalf("after the chosen agent let it lapse it is offered to %v", to)
	}
	c, err := b.calls.Accept(bobs, b.bank, b.offered().ID, bob)
	b.ok(err)
	_, err = b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	b.media(c, RoleAgent, true)
	b.media(c, RoleCustomer, true)

	// Bob talks; who chose him waits for him, though alice is ready.
	_, bk = b.named(bob)
	if to := b.toOf(bk); to != nil {
		t.Fatalf("offered to %v while the chosen agent is in a call", to)
	}
	b.wait(39 * time.Second)
	if to := b.toOf(bk); to != nil {
		t.Fatalf("offered to %v before the time for the chosen agent has passed", to)
	}
	b.wait(2 * time.Second)
	if to := b.toOf(bk); to == nil || *to != alice {
		t.Fatalf("offered to %v after the time for the chosen agent has passed", to)
	}
	_, err = b.calls.Accept(ctx, b.bank, b.offered().ID, alice)
	b.ok(err)

	// Who is not at work is not waited for.
	carol, _ := b.agent("carol")
	dan, _ := b.ready("dan")
	_, bk = b.named(carol)
	if to := b.toOf(bk); to == nil || *to != dan {
		t.Fatalf("offered to %v though the chosen agent is not at work", to)
	}
}
