package ivr

import (
	"testing"
	"time"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func placeIn(t *testing.T, names ...string) (p place) {
	t.Helper()
	for _, name := range names {
		zone, err := loadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		p.zones = append(p.zones, zone)
	}
	return p
}

func TestCallingWindows(t *testing.T) {
	t.Parallel()
	usual := CampaignSettings{}.withDefaults() // Monday to Saturday, 09:00 to 20:00
	saturdayNight := CampaignSettings{Windows: []CallingWindow{{Days: []string{"sat", "sun"}, From: "00:00", To: "24:00"}}}.withDefaults()
	early := CampaignSettings{Windows: []CallingWindow{{Days: weekdays, From: "02:30", To: "04:00"}}}.withDefaults()
	for _, c := range []struct {
		name     string
		settings CampaignSettings
		zones    []string
		holidays []string
		at       string
		until    string // "" = closed
		opens    string // "" = never
	}{
		{"in the middle of a day", usual, []string{"Asia/Ho_Chi_Minh"}, nil, "2026-11-23T03:00:00Z", "2026-11-23T13:00:00Z", "2026-11-23T03:00:00Z"},
		{"the first moment", usual, []string{"Asia/Ho_Chi_Minh"}, nil, "2026-11-23T02:00:00Z", "2026-11-23T13:00:00Z", "2026-11-23T02:00:00Z"},
		{"a moment before", usual, []string{"Asia/Ho_Chi_Minh"}, nil, "2026-11-23T01:59:59Z", "", "2026-11-23T02:00:00Z"},
		{"the last moment has passed", usual, []string{"Asia/Ho_Chi_Minh"}, nil, "2026-11-23T13:00:00Z", "", "2026-11-24T02:00:00Z"},
		{"Saturday evening waits for Monday", usual, []string{"Asia/Ho_Chi_Minh"}, nil, "2026-11-21T13:00:00Z", "", "2026-11-23T02:00:00Z"},
		{"a holiday there", usual, []string{"Asia/Ho_Chi_Minh"}, []string{"2026-11-23"}, "2026-11-23T03:00:00Z", "", "2026-11-24T02:00:00Z"},
		{"a holiday is a day there, not in UTC", usual, []string{"America/New_York"}, []string{"2026-11-24"}, "2026-11-24T00:30:00Z", "2026-11-24T01:00:00Z", "2026-11-24T00:30:00Z"},
		{"open in one zone of two only", usual, []string{"America/New_York", "America/Los_Angeles"}, nil, "2026-11-23T15:00:00Z", "", "2026-11-23T17:00:00Z"},
		{"until the first of two zones closes", usual, []string{"America/New_York", "America/Los_Angeles"}, nil, "2026-11-23T18:00:00Z", "2026-11-24T01:00:00Z", "2026-11-23T18:00:00Z"},
		{"zones that are never open together", usual, []string{"Asia/Ho_Chi_Minh", "America/New_York"}, nil, "2026-11-23T15:00:00Z", "", ""},
		{"round the clock, over midnight", saturdayNight, []string{"Europe/Kyiv"}, nil, "2026-11-21T12:00:00Z", "2026-11-21T22:00:00Z", "2026-11-21T12:00:00Z"},
		{"judged anew when the clock is changed", saturdayNight, []string{"Europe/Kyiv"}, nil, "2026-03-28T23:30:00Z", "2026-03-29T01:00:00Z", "2026-03-28T23:30:00Z"},
		{"to the end of a day of 23 hours", saturdayNight, []string{"Europe/Kyiv"}, nil, "2026-03-29T01:00:00Z", "2026-03-29T21:00:00Z", "2026-03-29T01:00:00Z"},
		// In Kyiv the clock goes from 03:00 to 04:00 on 29 March: 02:30 is there, 03:00 to 04:00 is not.
		{"a window cut short by the change of the clock", early, []string{"Europe/Kyiv"}, nil, "2026-03-29T00:40:00Z", "2026-03-29T01:00:00Z", "2026-03-29T00:40:00Z"},
		{"after the window that was cut short", early, []string{"Europe/Kyiv"}, nil, "2026-03-29T01:00:00Z", "", "2026-03-29T23:30:00Z"},
		// In New York it goes from 02:00 to 03:00 on 8 March: 02:30 does not exist, at 03:00 the window is open.
		{"a window that begins in the gap opens after it", early, []string{"America/New_York"}, nil, "2026-03-08T06:30:00Z", "", "2026-03-08T07:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			holidays := map[string]bool{}
			for _, day := range c.holidays {
				holidays[day] = true
			}
			p, now := placeIn(t, c.zones...), at(t, c.at)
			until, open := c.settings.openAt(p, holidays, now)
			if open != (c.until != "") || open && !until.Equal(at(t, c.until)) {
				t.Errorf("open %v until %s, want %q", open, until.UTC().Format(time.RFC3339), c.until)
			}
			opens := c.settings.opensAfter(p, holidays, now)
			if opens.IsZero() != (c.opens == "") || c.opens != "" && !opens.Equal(at(t, c.opens)) {
				t.Errorf("opens at %s, want %q", opens.UTC().Format(time.RFC3339), c.opens)
			}
		})
	}
	if _, open := usual.openAt(place{}, nil, at(t, "2026-11-23T03:00:00Z")); open {
		t.Error("a place without a zone is open")
	}
}

// TestWindowsOverEveryZone walks a year in steps of 15 minutes: what opensAfter
// says is the first moment at which openAt says open.
func TestWindowsOverEveryZone(t *testing.T) {
	t.Parallel()
	settings := CampaignSettings{Windows: []CallingWindow{
		{Days: []string{"mon", "wed", "fri"}, From: "00:00", To: "03:00"}, {Days: []string{"tue", "sun"}, From: "01:30", To: "24:00"}, {Days: []string{"sun"}, From: "02:15", To: "02:45"}}}
	for _, name := range []string{"Europe/Kyiv", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu", "UTC"} {
		p := placeIn(t, name)
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var said time.Time // opensAfter of a closed moment
		for now := from; now.Before(from.AddDate(1, 0, 0)); now = now.Add(15 * time.Minute) {
			until, open := settings.openAt(p, nil, now)
			if open && !until.After(now) {
				t.Fatalf("%s: open at %s until %s", name, now, until)
			}
			if open && !said.IsZero() && !said.Equal(now) {
				t.Fatalf("%s: opens at %s, but was said to at %s", name, now, said)
			}
			if !open && !said.IsZero() && !said.After(now) {
				t.Fatalf("%s: closed at %s, but was said to open then", name, now)
			}
			if open {
				said = time.Time{}
			} else if said.IsZero() {
				said = settings.opensAfter(p, nil, now)
			}
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	now := at(t, "2026-11-23T03:00:00Z")
	answered := now.Add(-time.Minute)
	usual := CampaignSettings{}.withDefaults()
	message := CampaignSettings{Machine: MachineMessage}.withDefaults()
	call := func(state State, outcome, by string) PhoneCall {
		c := PhoneCall{State: state, Outcome: outcome, AnsweredBy: by, ProviderID: "CA1"}
		if state == Completed {
			c.AnsweredAt = &answered
			c.FlowEnded = outcome == "confirmed" || outcome == OutcomeOptedOut
			c.MessageLeft = outcome == "left"
			c.HandedOver, c.Abandoned = outcome == "talked", outcome == "gave up"
		}
		return c
	}
	first := history{attempt: 1}
	for _, c := range []struct {
		name     string
		settings CampaignSettings
		before   history
		call     PhoneCall
		closed   bool
		outcome  string
		again    time.Duration // 0 with no outcome: at once
		stage    int
	}{
		{"a person hears it to its end", usual, first, call(Completed, "confirmed", Human), false, ContactCompleted, 0, stageFinished},
		{"nobody asked who it was", usual, first, call(Completed, "confirmed", ""), false, ContactCompleted, 0, stageFinished},
		{"an agent took over, and they hung up", usual, first, call(Completed, "talked", Human), false, ContactCompleted, 0, stageFinished},
		{"no agent came", usual, first, call(Completed, "gave up", Human), false, ContactAbandoned, 0, stageHuman},
		{"hung up", usual, first, call(Completed, OutcomeHungUp, Human), false, ContactHungUp, 0, stageHuman},
		{"wants no more calls", usual, first, call(Completed, OutcomeOptedOut, Human), false, ContactOptedOut, 0, stageFinished},
		{"busy", usual, first, call(Busy, "busy", ""), false, "", 10 * time.Minute, stageCalled},
		{"busy twice", usual, history{attempt: 2, busy: 1}, call(Busy, "busy", ""), false, "", 10 * time.Minute, stageCalled},
		{"busy three times", usual, history{attempt: 3, busy: 2}, call(Busy, "busy", ""), false, ContactBusy, 0, stageCalled},
		{"busy, then not answered: each has its rule", usual, history{attempt: 3, busy: 2}, call(NoAnswer, "no_answer", ""), false, "", 2 * time.Hour, stageCalled},
		{"the most calls", usual, history{attempt: 4, busy: 2}, call(NoAnswer, "no_answer", ""), false, ContactNoAnswer, 0, stageCalled},
		{"nobody is called any more", usual, first, call(NoAnswer, "no_answer", ""), true, ContactNoAnswer, 0, stageCalled},
		{"a machine", usual, first, call(Completed, OutcomeMachine, Machine), false, "", 4 * time.Hour, stageAnswered},
		{"a machine again", usual, history{attempt: 2, machine: 1}, call(Completed, OutcomeMachine, Machine), false, ContactMachine, 0, stageAnswered},
		{"a machine got its message", message, first, call(Completed, "left", Machine), false, ContactMachine, 0, stageAnswered},
		{"a machine got none of it", message, first, call(Completed, OutcomeNoDialogue, Machine), false, "", 4 * time.Hour, stageAnswered},
		{"our words never reached it", usual, first, call(Failed, OutcomeNoDialogue, ""), false, "", 30 * time.Minute, stageCalled},
		{"failed", usual, first, call(Failed, "failed", ""), false, "", 30 * time.Minute, stageCalled},
		{"the provider refuses the number", usual, first, PhoneCall{State: Failed, Outcome: OutcomeRefused, ErrorCode: "21211"}, false, ContactFailed, 0, stageListed},
		{"the provider does not know", usual, first, PhoneCall{State: Failed, Outcome: OutcomeLost}, false, ContactUnknown, 0, stageListed},
		{"opted out before it was dialled", usual, first, PhoneCall{State: Canceled, Outcome: OutcomeOptedOut}, false, ContactOptedOut, 0, stageListed},
		{"taken back by a pause", usual, first, PhoneCall{State: Canceled, Outcome: OutcomeCanceled}, false, "", 0, stageListed},
		{"taken back by the stop", usual, first, PhoneCall{State: Canceled, Outcome: OutcomeCanceled}, true, ContactCanceled, 0, stageListed},
		{"not dialled in time", usual, first, PhoneCall{State: Failed, Outcome: OutcomeExpired}, false, "", 0, stageListed},
		{"tried in vain until it was too late", usual, first, PhoneCall{State: Failed, Outcome: OutcomeExpired, Attempts: 3}, false, "", 30 * time.Minute, stageListed},
		{"not dialled before the end", usual, first, PhoneCall{State: Failed, Outcome: OutcomeExpired}, true, ContactExpired, 0, stageListed},
		{"what it reached before stays", usual, history{attempt: 2, stage: stageHuman}, call(Busy, "busy", ""), false, "", 10 * time.Minute, stageHuman},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := c.settings.settle(c.before, c.call, !c.closed, now)
			if v.outcome != c.outcome || v.stage != c.stage {
				t.Errorf("outcome %q, stage %d, want %q, %d", v.outcome, v.stage, c.outcome, c.stage)
			}
			if v.outcome == "" && !v.next.Equal(now.Add(c.again)) {
				t.Errorf("again after %s, want %s", v.next.Sub(now), c.again)
			}
		})
	}
}

func TestPacing(t *testing.T) {
	t.Parallel()
	fixed := Pacing{CallsPerSecond: 5, Parallel: 20}.withDefaults()
	progressive := Pacing{Mode: PaceProgressive, CallsPerSecond: 50, Parallel: 100, Ratio: 2}.withDefaults()
	for _, c := range []struct {
		name string
		p    Pacing
		l    load
		want int
	}{
		{"as many as a second lets", fixed, load{tokens: 5, calling: 3}, 5},
		{"not a part of one", fixed, load{tokens: 0.9}, 0},
		{"as many as may be under way", fixed, load{tokens: 5, calling: 18}, 2},
		{"more than that are under way: it was lowered", fixed, load{tokens: 5, calling: 30}, 0},
		{"two for each free agent", progressive, load{tokens: 50, free: 4}, 8},
		{"those that may need one count", progressive, load{tokens: 50, free: 4, calling: 5, undecided: 5}, 3},
		{"nobody is free", progressive, load{tokens: 50, calling: 5}, 0},
		{"half of the target: half of what is above one", progressive, load{tokens: 50, free: 10, humans: 200, abandoned: 3}, 15},
		{"at the target: one for each", progressive, load{tokens: 50, free: 10, humans: 100, abandoned: 3}, 10},
		{"beyond the target: one for every second", progressive, load{tokens: 50, free: 10, humans: 100, abandoned: 4}, 5},
		{"twice the target: one for every fourth", progressive, load{tokens: 50, free: 10, humans: 100, abandoned: 7}, 2},
		{"the brake slows, it does not stop", progressive, load{tokens: 50, free: 1, humans: 100, abandoned: 50}, 1},
	} {
		if got := c.p.allowed(c.l); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	now := at(t, "2026-11-23T03:00:00Z")
	ago := now.Add(-100 * time.Millisecond)
	long, ahead := now.Add(-time.Hour), now.Add(time.Hour)
	for _, c := range []struct {
		name   string
		p      Pacing
		tokens float64
		since  *time.Time
		want   float64
	}{
		{"the first is at once", fixed, 0, nil, 1},
		{"a tenth of a second", fixed, 0.25, &ago, 0.75},
		{"no more than a second's worth", fixed, 1, &long, 5},
		{"slower than one a second still comes to one", Pacing{CallsPerSecond: 0.1}, 0, &long, 1},
		{"the clock was set back", fixed, 2, &ahead, 2},
	} {
		if got := c.p.refill(c.tokens, c.since, now); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestBrakeHoldsTheTarget simulates days of calls with few and with many people
// who answer: of those who do, at most 3 in 100 find no agent.
func TestBrakeHoldsTheTarget(t *testing.T) {
	t.Parallel()
	for _, answers := range []float64{0.2, 0.5, 0.9} {
		p := Pacing{Mode: PaceProgressive, CallsPerSecond: 100, Parallel: 2000, Ratio: 3}.withDefaults()
		random := newRandom(7)
		const agents = 20
		busy := make([]int, 0, agents) // seconds that each talk goes on
		ringing := []int{}             // seconds until each is decided
		humans, abandoned := 0, 0
		for range 8 * 3600 {
			var talks []int
			for _, left := range busy {
				if left > 1 {
					talks = append(talks, left-1)
				}
			}
			busy = talks
			var still []int
			for _, left := range ringing {
				if left > 1 {
					still = append(still, left-1)
					continue
				}
				if random() >= answers {
					continue
				}
				humans++
				if len(busy) < agents {
					busy = append(busy, 60+int(random()*240))
				} else {
					abandoned++
				}
			}
			ringing = still
			n := p.allowed(load{tokens: 100, calling: len(ringing) + len(busy), undecided: len(ringing), free: agents - len(busy), humans: humans, abandoned: abandoned})
			for range n {
				ringing = append(ringing, 5+int(random()*20))
			}
		}
		share := 100 * float64(abandoned) / float64(humans)
		t.Logf("%.0f %% answer: %d people, %.2f %% abandoned", 100*answers, humans, share)
		if humans < 1000 || share > 3.1 {
			t.Errorf("%.0f %% answer: %d people, %.2f %% of them abandoned", 100*answers, humans, share)
		}
	}
}

func newRandom(seed uint64) func() float64 {
	return func() float64 {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return float64(seed>>11) / (1 << 53)
	}
}
