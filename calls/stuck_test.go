package calls

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// What can happen behind a call's back must not keep it, its agent or its
// customer from going on.

func (b *bundle) callState(c Call, want State) Call {
	b.Helper()
	got, err := b.calls.Get(b.ctx, b.bank, c.ID)
	b.ok(err)
	if got.State != want {
		b.Fatalf("the call is %s, want %s", got.State, want)
	}
	return got
}

func TestBookingCancelledDuringItsCallDoesNotHoldTheCall(t *testing.T) {
	for name, end := range map[string]func(b *bundle, c Call, agentCtx context.Context, v visitor) (State, PresenceState){
		"ring missed": func(b *bundle, c Call, _ context.Context, _ visitor) (State, PresenceState) {
			b.pass(2 * time.Minute)
			return Missed, Ready
		},
		"ring declined": func(b *bundle, c Call, _ context.Context, v visitor) (State, PresenceState) {
			_, err := b.calls.Decline(v.ctx, b.bank, c.ID, "")
			b.ok(err)
			return Declined, Ready
		},
		"ring cancelled": func(b *bundle, c Call, ctx context.Context, _ visitor) (State, PresenceState) {
			_, err := b.calls.HangUp(ctx, b.bank, c.ID)
			b.ok(err)
			q, err := b.calls.Queue(b.ctx, b.bank)
			b.ok(err)
			if len(q) != 0 {
				b.Fatalf("who cancelled the booking is called again: %+v", q)
			}
			if _, err := b.calls.Mine(b.ctx, b.bank, c.IdentificationID); err == nil {
				if p, _ := b.calls.Mine(b.ctx, b.bank, c.IdentificationID); p.State == EntryWaiting || p.State == EntryOffered {
					b.Fatalf("a place in the queue that nobody serves: %+v", p)
				}
			}
			return Cancelled, WrapUp
		},
		"call hung up": func(b *bundle, c Call, ctx context.Context, v visitor) (State, PresenceState) {
			_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
			b.ok(err)
			_, err = b.calls.HangUp(ctx, b.bank, c.ID)
			b.ok(err)
			return Ended, WrapUp
		},
		"call abandoned": func(b *bundle, c Call, _ context.Context, v visitor) (State, PresenceState) {
			_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
			b.ok(err)
			b.pass(10 * time.Minute)
			return Ended, WrapUp
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			agent, ctx := b.ready("alice")
			v := b.visitor()
			c := b.ring(v, agent, ctx)
			_, err := b.calls.Identifications.CancelBooking(v.ctx, b.bank, *c.BookingID, "changed my mind")
			b.ok(err)
			state, presence := end(b, c, ctx, v)
			b.callState(c, state)
			b.presence(agent, presence)
			b.bookingState(*c.BookingID, scheduling.Cancelled)
		})
	}
}

func TestWhoCancelsADueBookingCanStillComeByHimself(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) + time.Second) // nobody is ready
	_, err := b.calls.Identifications.CancelBooking(v.ctx, b.bank, bk.ID, "I would rather come now")
	b.ok(err)
	_, err = b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	_, err = b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	if c.State != Active || c.BookingID != nil {
		t.Fatalf("got a %s call of booking %v", c.State, c.BookingID)
	}
}

// A node that starts gives both sides the whole grace time, also a side that
// was not in the call when the node went down.
func TestRestartBeginsTheGraceTimeAnew(t *testing.T) {
	for name, connected := range map[string]bool{"nobody had joined yet": false, "both were in the call": true} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			agent, ctx := b.ready("alice")
			v := b.visitor()
			c := b.ring(v, agent, ctx)
			_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
			b.ok(err)
			if connected {
				b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
					for _, role := range []string{RoleAgent, RoleCustomer} {
						if err := b.calls.participantTx(ctx, tx, c.ID, role, true); err != nil {
							return err
						}
					}
					return nil
				})
			}
			b.clock.Add(int64(10 * time.Minute)) // down
			b.ok(b.calls.Recover(b.ctx))
			b.pass(59 * time.Second)
			b.callState(c, Active)
			b.pass(2 * time.Second)
			b.callState(c, Ended)
		})
	}
}

// Someone who came by himself and whose page fell silent after the offer is
// rung; given up, the place must not stay in the queue for ever.
func TestPlaceWithoutPageOrBookingExpires(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	_, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	b.clock.Add(int64(50 * time.Second)) // the offer is late, too
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	b.callState(c, Ringing)
	_, err = b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	b.pass(11 * time.Minute)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatalf("still waiting: %+v", q)
	}
	if all := b.sent(v.customer); all[len(all)-1] != "new_time_offered sms" {
		t.Fatalf("got %q", all)
	}
}

// A booking whose time has long passed when the gateway starts again is not
// called at whatever hour that is.
func TestBookingThatFellDueWhileTheGatewayWasDownForLongIsOfferedANewTime(t *testing.T) {
	b := setup(t)
	agent, _ := b.ready("alice")
	v := b.visitor()
	bk := b.book(v)
	b.clock.Store(bk.Start.Add(3 * time.Hour).UnixNano())
	b.keepAlive()
	b.pass(time.Second)
	b.presence(agent, Ready)
	b.bookingState(bk.ID, scheduling.Unserved)
	b.want(b.sent(v.customer), []string{"new_time_offered sms"})
}

// Whoever holds the routing lock may write any presence: a console that comes
// back must not hold its row while it waits for that lock.
func TestReturningConsoleWaitsForTheRoutingLockWithoutItsRow(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	b.clock.Add(int64(2 * time.Minute)) // away
	touched := make(chan error, 1)
	b.inBank(func(sysCtx context.Context, tx *postgres.Tx) error {
		b.ok(lockRouteTx(sysCtx, tx))
		go func() { touched <- b.calls.Touch(ctx, b.bank, agent) }()
		for waiting := false; !waiting; {
			b.ok(tx.QueryRow(sysCtx, `select exists (select from pg_locks where locktype = 'advisory' and not granted
				and database = (select oid from pg_database where datname = current_database()))`).Scan(&waiting))
		}
		_, err := tx.Exec(sysCtx, `set local lock_timeout = '100ms'`) // before the deadlock is found and Touch runs again
		b.ok(err)
		return b.calls.presentTx(sysCtx, tx, agent, Ready)
	})
	b.ok(<-touched)
}

// A case that is stopped while its booking is due leaves no place behind, and
// no agent waiting for it.
func TestPlaceOfACancelledBookingIsGivenUp(t *testing.T) {
	b := setup(t)
	agent, _ := b.ready("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	b.keepAlive()
	b.pass(time.Second)
	b.offered()
	b.ok(b.calls.Leave(v.ctx, b.bank, v.idn.ID))
	b.offered() // the booking stands
	_, err := b.calls.Identifications.Cancel(b.ctx, b.bank, v.idn.ID, "not needed")
	b.ok(err)
	b.ok(b.calls.Leave(b.ctx, b.bank, v.idn.ID))
	b.presence(agent, Ready)
	if p, err := b.calls.Mine(b.ctx, b.bank, v.idn.ID); err != nil || p.State != EntryLeft {
		t.Fatalf("got %v, %v", p.State, err)
	}
}

// The limit holds also for tries that come together.
func TestTriesThatComeTogetherShareTheLimit(t *testing.T) {
	b := setup(t)
	c, agent, _ := b.talk()
	var tries sync.WaitGroup
	var done atomic.Int32
	for range 12 {
		tries.Go(func() {
			if _, err := b.calls.CompleteStep(agent, b.bank, c.ID, 1, false); err == nil {
				done.Add(1)
			} else if visavis.CodeOf(err) != "step_attempts_used" {
				t.Error(err)
			}
		})
	}
	tries.Wait()
	steps, err := b.calls.Steps(b.ctx, b.bank, c.ID)
	b.ok(err)
	if done.Load() != 5 || steps[0].Attempts != 5 {
		t.Errorf("%d tries were taken, %d counted; the limit is 5", done.Load(), steps[0].Attempts)
	}
}
