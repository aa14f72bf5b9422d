package calls

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/identifications"
)

// TestAgentIsNotSeen: in a scenario without the agent's picture the server takes
// none from the agent and the supervisor, whatever their pages send; the voices,
// the customer's picture and that of an interpreter it takes.
func TestAgentIsNotSeen(t *testing.T) {
	b := setup(t)
	b.mediaTime()
	d := identifications.DefaultScenario()
	d.Settings.NoticeMinutes, d.Settings.SlotMinutes, d.Settings.SlotIntervalMinutes = new(1), 5, 5
	d.Settings.Call.AgentVideo = new(false)
	_, err := b.calls.Identifications.UpdateScenario(b.ctx, b.bank, "open-account", identifications.ScenarioChanges{Definition: &d})
	b.ok(err)
	v, alice, aliceCtx, c := b.talking()
	bob, bobCtx := b.ready("bob")
	boss, bossCtx := b.supervisor("boss")
	_, err = b.calls.Invite(aliceCtx, b.bank, c.ID, bob, GuestInterpreter)
	b.ok(err)
	_, err = b.calls.Supervise(bossCtx, b.bank, c.ID, boss, ModeJoin)
	b.ok(err)
	b.joins(aliceCtx, c, RoleAgent, b.opens(c, RoleAgent, alice), "blue")
	b.joins(v.ctx, c, RoleCustomer, b.opens(c, RoleCustomer, uuid.Nil), "red")
	b.joins(bossCtx, c, GuestSupervisor, b.opens(c, GuestSupervisor, boss), "blue")
	b.joins(bobCtx, c, GuestInterpreter, b.opens(c, GuestInterpreter, bob), "red")

	r, ok := b.calls.liveRoom(c.ID)
	if !ok {
		t.Fatal("no room")
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(4 * time.Minute); ; {
		heard := 0
		for _, p := range r.media.Stats() {
			seen := p.Participant == RoleCustomer || p.Participant == GuestInterpreter
			if !seen && p.Video.Packets != 0 {
				t.Fatalf("a picture of the %s was taken", p.Participant)
			}
			if p.Audio.Packets > 50 && (!seen || p.Video.Packets > 0) {
				heard++
			}
		}
		if heard == 4 {
			break
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not all are heard: %+v", r.media.Stats())
		}
	}
	for _, rec := range b.recordings(c) {
		if rec.VoiceOnly != (rec.Participant == RoleAgent) {
			t.Errorf("%s: voice only %t", rec.Participant, rec.VoiceOnly)
		}
	}
	_, err = b.calls.HangUp(aliceCtx, b.bank, c.ID)
	b.ok(err)
	all := b.finished(c)
	for _, rec := range all {
		if rec.Participant == RoleAgent && (rec.State != "complete" || !*rec.HasAudio || *rec.HasVideo) {
			t.Errorf("the agent's recording: %+v", rec)
		}
	}
	if !Complete(all) {
		t.Errorf("not complete without the agent's picture: %+v", all)
	}
}

// Without the setting the agent is seen, and a missing picture counts.
func TestAgentIsSeenByDefault(t *testing.T) {
	b := setup(t)
	c, _, _ := b.talk()
	if seen, err := b.calls.AgentVideo(b.ctx, b.bank, c); err != nil || !seen {
		t.Errorf("seen %t, %v", seen, err)
	}
	b.part(c, 1, "")
	for _, rec := range b.recordings(c) {
		if rec.VoiceOnly {
			t.Errorf("%s: voice only", rec.Participant)
		}
	}
}
