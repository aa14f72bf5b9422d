package ivr_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// quick calls as fast as it may.
var quick = ivr.Pacing{CallsPerSecond: 100, Parallel: 500}

// runCampaigns works campaigns until the test ends. Who is called presses nothing.
func (w *world) runCampaigns(k *ivr.Campaigns) {
	w.silence()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
}

func (w *world) list(k *ivr.Campaigns, campaign uuid.UUID, phones ...string) {
	w.t.Helper()
	var rows []ivr.ContactRow
	for _, phone := range phones {
		rows = append(rows, ivr.ContactRow{Phone: phone})
	}
	_, refused, err := k.AddContacts(w.t.Context(), w.bank, campaign, rows)
	must(w.t, err)
	if len(refused) > 0 {
		w.t.Fatalf("refused: %v", refused)
	}
}

func (w *world) start(k *ivr.Campaigns, campaign uuid.UUID) {
	w.t.Helper()
	_, err := k.Start(w.t.Context(), w.bank, campaign)
	must(w.t, err)
}

// untilProgress waits for a campaign to be as wanted.
func (w *world) untilProgress(k *ivr.Campaigns, campaign uuid.UUID, what string, ok func(ivr.Progress) bool) ivr.Progress {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		p, err := k.Progress(w.t.Context(), w.bank, campaign)
		must(w.t, err)
		if ok(p) {
			return p
		}
		select {
		case <-w.changed:
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			w.t.Fatalf("waited for %s; it is %s: %+v", what, p.Campaign.State, p)
		}
	}
}

func (w *world) untilCampaign(k *ivr.Campaigns, campaign uuid.UUID, state ivr.CampaignState) ivr.Progress {
	w.t.Helper()
	return w.untilProgress(k, campaign, string(state), func(p ivr.Progress) bool { return p.Campaign.State == state })
}

// TestEveryContactGetsOneOutcome runs a campaign over every way in which a call
// can go, with its retries, to its end.
func TestEveryContactGetsOneOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	w.run()
	w.runCampaigns(k)
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick, Machine: ivr.MachineIgnore, Retries: map[string]ivr.Retry{
		"busy": {Count: 2, Delay: 600}, "no_answer": {Count: 1, Delay: 7200}, "failed": {Count: 0}}})
	w.list(k, c.ID, "+84901230017", "+84901230005", "+84901230004", "+84901230003", "+84901230001", "+84901210017")
	w.start(k, c.ID)
	w.untilProgress(k, c.ID, "the first round", func(p ivr.Progress) bool { return p.Done == 4 && p.Waiting == 2 })
	if p, err := k.Progress(t.Context(), w.bank, c.ID); err != nil || p.Calls != 6 || p.Campaign.State != ivr.CampaignRunning {
		t.Errorf("after the first round %+v, %v", p, err)
	}
	w.pass(11 * time.Minute)
	w.untilProgress(k, c.ID, "busy again", func(p ivr.Progress) bool { return p.Calls == 7 && p.Waiting == 2 })
	w.pass(11 * time.Minute)
	w.untilProgress(k, c.ID, "busy for good", func(p ivr.Progress) bool { return p.Calls == 8 && p.Outcomes["busy"] == 1 })
	w.pass(2 * time.Hour)
	p := w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	if got := fmt.Sprint(p.Outcomes); got != "map[busy:1 completed:2 failed:2 no_answer:1]" {
		t.Errorf("outcomes %s", got)
	}
	if p.Done != 6 || p.Contacts != 6 || p.Calls != 9 || p.Called != 5 || p.Answered != 2 || p.Human != 2 || p.Finished != 2 {
		t.Errorf("progress %+v", p)
	}
	for phone, calls := range map[string]int{"+84901230017": 1, "+84901230005": 3, "+84901230004": 2, "+84901230003": 1, "+84901230001": 0} {
		if got := len(w.handset(phone)); got != calls {
			t.Errorf("%s rang %d times, want %d", phone, got, calls)
		}
	}
	w.tallied(c.ID)
	if got := w.events(c.ID); !strings.HasPrefix(got, "campaign.created campaign.contacts_added campaign.started") || !strings.HasSuffix(got, "campaign.finished") {
		t.Errorf("events: %s", got)
	}
	// An outcome is final, whatever goes wrong above.
	err := w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update campaign_contacts set outcome = 'completed' where bank_id = $1 and outcome = 'busy'`, w.bank)
		return err
	})
	if err == nil {
		t.Error("an outcome was changed")
	}
	// The export has everybody, in the order of the list.
	var out bytes.Buffer
	must(t, k.ExportCSV(t.Context(), w.bank, c.ID, false, &out, func(ivr.Campaign) {}))
	rows, err := csv.NewReader(&out).ReadAll()
	must(t, err)
	if len(rows) != 7 || rows[1][1] != "'+84•••••0017" || rows[1][6] != "completed" || rows[2][6] != "busy" || rows[2][8] != "3" {
		t.Errorf("export %v", rows)
	}
}

// tallied holds what triggers count against what is there.
func (w *world) tallied(campaign uuid.UUID) {
	w.t.Helper()
	const kept = `select coalesce(string_agg(key || '=' || n, ' ' order by key), '') from (select key, sum(n) as n from campaign_tallies
		where bank_id = $1 and campaign_id = $2 and key not like 'day:%' group by key having sum(n) <> 0) x`
	const there = `select coalesce(string_agg(key || '=' || n, ' ' order by key), '') from (
		select key, sum(d) as n from campaign_contacts, unnest(array['state:' || state, 'stage:' || stage, 'outcome:' || outcome, 'calls', 'handed_over'],
			array[1, 1, (outcome <> '')::integer, attempt, handed_over::integer]) as u(key, d)
		where bank_id = $1 and campaign_id = $2 group by key having sum(d) <> 0) x`
	if got, want := query[string](w, kept, w.bank, campaign), query[string](w, there, w.bank, campaign); got != want {
		w.t.Errorf("counted %s\nthere are %s", got, want)
	}
}

func TestPauseResumeStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	w.runCampaigns(k) // calls are placed, and not dialled yet
	c := w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{CallsPerSecond: 100, Parallel: 3}})
	for action, fn := range map[string]func(context.Context, uuid.UUID, uuid.UUID) (ivr.Campaign, error){"start": k.Start, "pause": k.Pause, "resume": k.Resume} {
		if _, err := fn(t.Context(), w.bank, c.ID); visavis.KindOf(err) != visavis.Conflict {
			t.Errorf("%s of an empty draft: %v", action, err)
		}
	}
	w.list(k, c.ID, "+84901230017", "+84901210017", "+84901220017", "+84901250017", "+84901240017")
	w.start(k, c.ID)
	w.untilProgress(k, c.ID, "three calls", func(p ivr.Progress) bool { return p.Calling == 3 && p.Queued == 2 })
	_, err := k.Pause(t.Context(), w.bank, c.ID)
	must(t, err)
	if p := w.untilCampaign(k, c.ID, ivr.CampaignPaused); p.Calling != 0 || p.Waiting != 3 || p.Queued != 2 {
		t.Errorf("paused: %+v", p)
	}
	if n := query[int](w, `select count(*) from phone_calls where bank_id = $1 and state = 'canceled'`, w.bank); n != 3 {
		t.Errorf("%d calls were taken back", n)
	}
	w.run()
	_, err = k.Resume(t.Context(), w.bank, c.ID)
	must(t, err)
	w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	w.tallied(c.ID)
	if n := query[int](w, `select count(distinct about_id) from phone_calls where bank_id = $1 and state = 'completed'`, w.bank); n != 5 {
		t.Errorf("%d were called", n)
	}
	if n := query[int](w, `select count(*) from phone_calls where bank_id = $1 and state = 'completed'`, w.bank); n != 5 {
		t.Errorf("%d calls", n)
	}

	// Stopped in the middle: a call that rings goes on, the others get canceled.
	c = w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{CallsPerSecond: 100, Parallel: 1}})
	w.list(k, c.ID, "+84901235599", "+84901235598", "+84901235597")
	w.start(k, c.ID)
	rings := w.onCall("+84901235599", "ringing", func(h heard) bool { return h.Status == "ringing" })
	_, err = k.Stop(t.Context(), w.bank, c.ID)
	must(t, err)
	p := w.untilProgress(k, c.ID, "the end of the rest", func(p ivr.Progress) bool { return p.Done == 2 })
	if p.Campaign.State != ivr.CampaignStopping || p.Calling != 1 || p.Outcomes["canceled"] != 2 {
		t.Errorf("stopping: %+v", p)
	}
	w.do(rings.SID, "hangup", map[string]string{})
	p = w.untilCampaign(k, c.ID, ivr.CampaignStopped)
	if p.Done != 3 || p.Outcomes["busy"]+p.Outcomes["no_answer"] != 1 {
		t.Errorf("stopped: %+v", p)
	}
	w.tallied(c.ID)
	if _, err := k.Resume(t.Context(), w.bank, c.ID); visavis.KindOf(err) != visavis.Conflict {
		t.Errorf("a stopped campaign is resumed: %v", err)
	}
	if _, _, err := k.AddContacts(t.Context(), w.bank, c.ID, []ivr.ContactRow{{Phone: "+84901235596"}}); visavis.CodeOf(err) != "campaign_ended" {
		t.Errorf("a stopped campaign takes contacts: %v", err)
	}
}

// TestWindowsHoldCalls: nobody is called outside the window where they are.
func TestWindowsHoldCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	w.run()
	w.runCampaigns(k)
	// It is 10:00 in Hanoi, 05:00 in Kyiv, on a Monday.
	monday := w.now().UTC().AddDate(0, 0, 7)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, 1)
	}
	monday = time.Date(monday.Year(), monday.Month(), monday.Day(), 3, 0, 0, 0, time.UTC)
	w.pass(monday.Sub(w.now()))
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick, Windows: []ivr.CallingWindow{{Days: []string{"mon"}, From: "09:00", To: "20:00"}}})
	w.list(k, c.ID, "+84901230017", "+380671230017")
	w.start(k, c.ID)
	p := w.untilProgress(k, c.ID, "the one where it is day", func(p ivr.Progress) bool { return p.Done == 1 && p.Calling == 0 })
	if n := len(w.handset("+380671230017")); n != 0 || p.Queued != 1 {
		t.Errorf("%d calls in the night: %+v", n, p)
	}
	if p.NextAt == nil || p.NextAt.Sub(monday) < 3*time.Hour || p.NextAt.Sub(monday) > 5*time.Hour {
		t.Errorf("the next is said to be at %v", p.NextAt)
	}
	w.pass(p.NextAt.Sub(w.now()) + time.Minute)
	w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	if n := len(w.handset("+380671230017")); n != 1 {
		t.Errorf("%d calls in the morning", n)
	}
}

// TestHolidaysHoldCalls: nobody is called on a day of the campaign's calendars,
// and a campaign whose calendar is gone is paused rather than calling.
func TestHolidaysHoldCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	times := scheduling.New(scheduling.Config{DB: w.db, Banks: w.banks, Channels: w.ch, Now: w.now})
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick, c.Holidays = 20*time.Millisecond, times })
	w.run()
	w.runCampaigns(k)
	hanoi, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	must(t, err)
	tomorrow := w.now().In(hanoi).AddDate(0, 0, 1)
	noon := time.Date(tomorrow.Year(), tomorrow.Month(), tomorrow.Day(), 12, 0, 0, 0, hanoi)
	w.pass(noon.Sub(w.now()))
	feast, err := times.AddHolidays(t.Context(), w.bank, scheduling.HolidayCalendar{Name: "Tết", Days: []scheduling.NamedDay{
		{Date: scheduling.Date{Year: noon.Year(), Month: noon.Month(), Day: noon.Day()}, Name: "Tết"}}})
	must(t, err)
	unknown := ivr.NewCampaign{Name: "x", Flow: "survey", Settings: ivr.CampaignSettings{HolidayCalendars: []uuid.UUID{uuid.New()}}}
	if _, err := k.Create(t.Context(), w.bank, unknown); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a calendar that is not there: %v", err)
	}
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick, HolidayCalendars: []uuid.UUID{feast.ID}})
	w.list(k, c.ID, "+84901230017", "+380671230017") // it is no holiday in Kyiv, where it is the same day: days are days
	w.start(k, c.ID)
	p := w.untilProgress(k, c.ID, "the next day", func(p ivr.Progress) bool { return p.NextAt != nil })
	if p.Calls != 0 || p.NextAt.Before(noon.Add(12*time.Hour)) || p.NextAt.After(noon.Add(17*time.Hour)) {
		t.Errorf("on a holiday %+v", p)
	}
	w.pass(24 * time.Hour)
	w.untilCampaign(k, c.ID, ivr.CampaignFinished)

	c = w.draft(k, ivr.CampaignSettings{Pacing: quick, HolidayCalendars: []uuid.UUID{feast.ID}})
	must(t, times.RemoveHolidays(t.Context(), w.bank, feast.ID))
	w.list(k, c.ID, "+84901240017")
	w.start(k, c.ID)
	if p := w.untilCampaign(k, c.ID, ivr.CampaignPaused); p.Campaign.PauseReason != "holiday_calendar_not_found" || p.Calls != 0 {
		t.Errorf("without its calendar: %+v", p)
	}
}

func TestStartsAndEndsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	w.runCampaigns(k)
	c := w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{CallsPerSecond: 100, Parallel: 1}})
	start, end := w.now().Add(time.Hour), w.now().Add(2*time.Hour)
	_, err := k.Update(t.Context(), w.bank, c.ID, ivr.CampaignChange{StartAt: &start, EndAt: &end})
	must(t, err)
	w.list(k, c.ID, "+84901230017", "+84901210017")
	got, err := k.Start(t.Context(), w.bank, c.ID)
	must(t, err)
	if got.State != ivr.CampaignScheduled || got.StartedAt != nil {
		t.Errorf("started as %s", got.State)
	}
	w.pass(61 * time.Minute)
	w.db.Wake("campaigns")
	w.untilProgress(k, c.ID, "the start", func(p ivr.Progress) bool { return p.Calling == 1 && p.Campaign.StartedAt != nil })
	w.pass(time.Hour) // the call that waits expires with the campaign
	w.run()
	p := w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	if p.Outcomes["expired"] != 2 || p.Done != 2 {
		t.Errorf("ended: %+v", p)
	}
	w.tallied(c.ID)
}

func TestFourEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := banks.Settings{Countries: banks.AnyCountry(), CampaignFourEyes: 2}
	_, err := w.banks.UpdateSettings(t.Context(), w.bank, settings)
	must(t, err)
	k := w.campaigns()
	c := w.draft(k, ivr.CampaignSettings{})
	w.list(k, c.ID, "+84901230017", "+84901210017")
	as := func(kind visavis.ActorKind, id uuid.UUID) context.Context {
		return visavis.WithActor(t.Context(), visavis.Actor{Kind: kind, BankID: w.bank, ID: id})
	}
	one, other, key := uuid.New(), uuid.New(), uuid.New()
	small := w.draft(k, ivr.CampaignSettings{})
	w.list(k, small.ID, "+84901230017", "+84901210017")
	if got, err := k.Start(as(visavis.ActorAgent, one), w.bank, small.ID); err != nil || got.State != ivr.CampaignRunning {
		t.Errorf("as many as one may start: %s, %v", got.State, err)
	}
	w.list(k, c.ID, "+84901220017")
	got, err := k.Start(as(visavis.ActorAgent, one), w.bank, c.ID)
	if err != nil || got.State != ivr.CampaignAwaiting || got.RequestedBy != one {
		t.Fatalf("the start of more: %+v, %v", got, err)
	}
	for name, ctx := range map[string]context.Context{"the same person": as(visavis.ActorAgent, one), "a program": as(visavis.ActorBank, key)} {
		if _, err := k.Start(ctx, w.bank, c.ID); visavis.CodeOf(err) != "four_eyes" {
			t.Errorf("%s confirms: %v", name, err)
		}
	}
	if _, _, err := k.AddContacts(t.Context(), w.bank, c.ID, []ivr.ContactRow{{Phone: "+84901250017"}}); visavis.CodeOf(err) != "four_eyes" {
		t.Errorf("the list grew while it was to be confirmed: %v", err)
	}
	if got, err = k.Start(as(visavis.ActorAgent, other), w.bank, c.ID); err != nil || got.State != ivr.CampaignRunning {
		t.Errorf("another person confirms: %s, %v", got.State, err)
	}
	if _, _, err := k.AddContacts(t.Context(), w.bank, c.ID, []ivr.ContactRow{{Phone: "+84901250017"}}); visavis.CodeOf(err) != "four_eyes" {
		t.Errorf("the list grew after it was confirmed: %v", err)
	}
}

// What two people agreed to is changed by nobody alone, and a flow that was
// published since the start was asked for does not call.
func TestEditTakesApprovalBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.banks.UpdateSettings(t.Context(), w.bank, banks.Settings{Countries: banks.AnyCountry(), CampaignFourEyes: 1})
	must(t, err)
	w.publish("survey", strings.Replace(ivr.Shipped()["survey"], "title: ", "title: Own ", 1))
	k := w.campaigns()
	as := func(id uuid.UUID) context.Context {
		return visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, BankID: w.bank, ID: id})
	}
	one, other := uuid.New(), uuid.New()
	c := w.draft(k, ivr.CampaignSettings{})
	w.list(k, c.ID, "+84901230017", "+84901210017")
	states := func(what string, c ivr.Campaign, err error, want ivr.CampaignState) {
		t.Helper()
		if err != nil || c.State != want {
			t.Fatalf("%s: %s, %v", what, c.State, err)
		}
	}
	c, err = k.Start(as(one), w.bank, c.ID)
	states("asked", c, err, ivr.CampaignAwaiting)
	if c.Version != 1 {
		t.Errorf("what is asked for is version %d", c.Version)
	}
	name := "Another name"
	c, err = k.Update(as(one), w.bank, c.ID, ivr.CampaignChange{Name: &name, Settings: &c.Settings})
	states("another name", c, err, ivr.CampaignAwaiting)
	hotter := c.Settings
	hotter.Pacing.Parallel++
	c, err = k.Update(as(one), w.bank, c.ID, ivr.CampaignChange{Settings: &hotter})
	states("edited while it awaits", c, err, ivr.CampaignDraft)
	if c.Version != 0 || c.RequestedBy != uuid.Nil {
		t.Errorf("the draft has %+v", c)
	}
	later := w.now().Add(time.Hour)
	_, err = k.Update(as(one), w.bank, c.ID, ivr.CampaignChange{StartAt: &later})
	must(t, err)
	c, err = k.Start(as(one), w.bank, c.ID)
	states("asked again", c, err, ivr.CampaignAwaiting)
	w.publish("survey", strings.Replace(ivr.Shipped()["survey"], "title: ", "title: Newer ", 1))
	c, err = k.Start(as(other), w.bank, c.ID)
	states("approved", c, err, ivr.CampaignScheduled)
	if c.Version != 1 || c.ApprovedBy != other {
		t.Errorf("version %d was approved by %s", c.Version, c.ApprovedBy)
	}
	flow := "reminder"
	c, err = k.Update(as(other), w.bank, c.ID, ivr.CampaignChange{Flow: &flow, NoStart: true})
	states("edited when approved", c, err, ivr.CampaignDraft)
	flow = "survey"
	_, err = k.Update(as(other), w.bank, c.ID, ivr.CampaignChange{Flow: &flow})
	must(t, err)
	c, err = k.Start(as(one), w.bank, c.ID)
	states("asked", c, err, ivr.CampaignAwaiting)
	c, err = k.Start(as(other), w.bank, c.ID)
	states("runs", c, err, ivr.CampaignRunning)
	hotter.Pacing.Parallel++
	c, err = k.Update(as(one), w.bank, c.ID, ivr.CampaignChange{Settings: &hotter})
	states("edited when it runs", c, err, ivr.CampaignPaused)
	if c.PauseReason != ivr.PauseApproval || c.RequestedBy != one {
		t.Errorf("paused as %+v", c)
	}
	for name, ctx := range map[string]context.Context{"who changed it": as(one), "a program": visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorBank, BankID: w.bank, ID: uuid.New()})} {
		if _, err := k.Resume(ctx, w.bank, c.ID); visavis.CodeOf(err) != "four_eyes" {
			t.Errorf("%s resumes: %v", name, err)
		}
	}
	c, err = k.Resume(as(other), w.bank, c.ID)
	states("resumed", c, err, ivr.CampaignRunning)
	if c.ApprovedBy != other || c.PauseReason != "" || c.Version != 2 {
		t.Errorf("it goes on as %+v", c)
	}
	if got := w.events(c.ID); strings.Count(got, "campaign.approval_withdrawn") != 2 || strings.Count(got, "campaign.approval_requested") != 4 {
		t.Errorf("told: %s", got)
	}
}

// slowly is a list whose end comes after something has happened.
type slowly struct {
	parts     []string
	meanwhile func()
}

func (s *slowly) Read(p []byte) (int, error) {
	if len(s.parts) == 0 {
		return 0, io.EOF
	}
	if len(s.parts) == 1 {
		s.meanwhile()
	}
	n := copy(p, s.parts[0])
	s.parts = s.parts[1:]
	return n, nil
}

// TestFourEyesOfASlowList: rows that come once the start was asked for are
// refused, however long ago their import began.
func TestFourEyesOfASlowList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.banks.UpdateSettings(t.Context(), w.bank, banks.Settings{Countries: banks.AnyCountry(), CampaignFourEyes: 2})
	must(t, err)
	k := w.campaigns()
	c := w.draft(k, ivr.CampaignSettings{})
	w.list(k, c.ID, "+84901230017", "+84901210017")
	_, err = k.ImportCSV(t.Context(), w.bank, c.ID, &slowly{[]string{"phone\n", "+84901220017\n+84901250017\n"}, func() {
		query[int](w, `with u as (update campaign_imports set seen_at = seen_at - interval '3 minutes' where bank_id = $1 returning 1) select count(*) from u`, w.bank)
		got, err := k.Start(t.Context(), w.bank, c.ID)
		if err != nil || got.State != ivr.CampaignRunning {
			t.Errorf("the start of two: %s, %v", got.State, err)
		}
	}}, 0)
	if visavis.CodeOf(err) != "four_eyes" {
		t.Errorf("the rest of the list: %v", err)
	}
	if n := query[int](w, `select count(*) from campaign_contacts where bank_id = $1`, w.bank); n != 2 {
		t.Errorf("%d are on the list that one person started with two", n)
	}
}

// TestCapsAreShared: who has had enough of messages is not called, and who opted
// out since the list was made is not called either.
func TestCapsAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.ch.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Notice: {Cap: 1, CapHours: 24}}})
	must(t, err)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	lan := w.customer("+84901230017", "vi")
	_, err = w.ch.Send(t.Context(), w.bank, channels.Message{CustomerID: lan, Class: channels.Notice, Template: "text", Params: map[string]string{"text": "Hello"},
		Channels: []channels.Channel{channels.SMS}, ExpiresAt: w.now().Add(time.Hour)})
	must(t, err)
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick})
	w.list(k, c.ID, "+84901230017", "+84901210017", "+84901220017")
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := w.ch.OptOutTx(ctx, tx, channels.NewOptOut{Phone: "+84901220017", OptedOut: true, Source: channels.SourceKeyPress})
		return err
	}))
	w.run()
	w.runCampaigns(k)
	w.start(k, c.ID)
	p := w.untilProgress(k, c.ID, "all but one", func(p ivr.Progress) bool { return p.Done == 2 && p.Waiting == 1 })
	if p.Outcomes["opted_out"] != 1 || len(w.handset("+84901230017")) != 0 || len(w.handset("+84901220017")) != 0 {
		t.Errorf("%+v", p)
	}
	w.pass(25 * time.Hour)
	p = w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	if p.Outcomes["completed"] != 2 || len(w.handset("+84901230017")) != 1 {
		t.Errorf("a day later %+v", p)
	}
}

// TestProgressiveWaitsForAgents: nobody is called while no agent is free.
func TestProgressiveWaitsForAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	free := make(chan int, 1)
	free <- 0
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick, c.Agents = 20*time.Millisecond, freeNow(free) })
	c := w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{Mode: ivr.PaceProgressive, CallsPerSecond: 100, Parallel: 100}})
	other := w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{Mode: ivr.PaceProgressive, CallsPerSecond: 100, Parallel: 100}})
	w.list(k, c.ID, "+84901235591", "+84901235592", "+84901235593", "+84901235594")
	w.list(k, other.ID, "+84901235595", "+84901235596", "+84901235597", "+84901235598")
	turns := make(chan struct{}, 100)
	k.Observe = func(e postgres.LoopEvent) {
		w.signal()
		if e.Kind == postgres.LoopWorked {
			select {
			case turns <- struct{}{}:
			default:
			}
		}
	}
	w.runCampaigns(k)
	w.start(k, c.ID)
	w.start(k, other.ID)
	for range 6 {
		<-turns
	}
	calling := func() int {
		return query[int](w, `select count(*) from campaign_contacts where bank_id = $1 and state = 'calling'`, w.bank)
	}
	if n := calling(); n != 0 {
		t.Errorf("%d called though nobody is free", n)
	}
	<-free
	free <- 3
	w.untilProgress(k, c.ID, "as many calls as agents", func(ivr.Progress) bool { return calling() == 3 })
	for range 6 {
		<-turns
	}
	if n := calling(); n != 3 {
		t.Errorf("%d called for 3 agents whom two campaigns share", n)
	}

	// Everybody answers, and one finds no agent: the brake counts that, and keeps agents back.
	must(t, w.s.EndQueued(t.Context(), w.bank, func(n int, c *ivr.PhoneCall) { c.Abandoned, c.FlowEnded = n == 0, n != 0 }))
	var answered, abandoned int
	for _, id := range []uuid.UUID{c.ID, other.ID} {
		p, err := k.Progress(t.Context(), w.bank, id)
		must(t, err)
		answered, abandoned = answered+p.AnsweredToday, abandoned+p.AbandonedToday
		if p.Outcomes["abandoned"] != p.AbandonedToday {
			t.Errorf("progress %+v", p)
		}
		w.tallied(id)
	}
	if answered != 3 || abandoned != 1 {
		t.Errorf("today %d answered, %d of them abandoned", answered, abandoned)
	}
}

type freeNow chan int

func (f freeNow) FreeAgentsTx(ctx context.Context, tx *postgres.Tx, of []calls.Callers) (map[calls.Callers][]uuid.UUID, error) {
	n := <-f
	f <- n
	return agents(n).FreeAgentsTx(ctx, tx, of)
}

// TestSurveyResults: what people key in is summed up, and in the export.
func TestSurveyResults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	w.run()
	w.runCampaigns(k)
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick, Machine: ivr.MachineIgnore})
	phones := []string{"+84901230017", "+84901210017", "+84901220017"}
	w.list(k, c.ID, phones...)
	w.start(k, c.ID)
	for i, keys := range [][]string{{"4", "9#"}, {"4", "10#"}, {"5"}} {
		for n, key := range keys {
			h := w.onCall(phones[i], "a question", func(h heard) bool { return h.Gathering != nil && len(w.answers(phones[i])) == n })
			w.press(h.SID, key)
			w.onCall(phones[i], "the answer", func(heard) bool { return len(w.answers(phones[i])) == n+1 })
		}
		if len(keys) == 1 {
			h := w.onCall(phones[i], "the next question", func(h heard) bool { return h.Gathering != nil })
			w.do(h.SID, "hangup", map[string]string{})
		}
	}
	p := w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	if p.Outcomes["completed"] != 2 || p.Outcomes["hung_up"] != 1 || p.Human != 3 || p.Finished != 2 {
		t.Errorf("%+v", p)
	}
	r, err := k.Results(t.Context(), w.bank, c.ID)
	must(t, err)
	if got := fmt.Sprint(r.Questions); got != "[{rating 3 [{4 2} {5 1}]} {recommend 2 [{10 1} {9 1}]}]" {
		t.Errorf("questions %s", got)
	}
	var out bytes.Buffer
	must(t, k.ExportCSV(t.Context(), w.bank, c.ID, true, &out, func(ivr.Campaign) {}))
	rows, err := csv.NewReader(&out).ReadAll()
	must(t, err)
	if got := fmt.Sprint(rows[0][14:], rows[1][14:], rows[3][14:]); got != "[answer_rating answer_recommend] [4 9] [5 ]" {
		t.Errorf("export %s", got)
	}
}

// answers are those of a number so far.
func (w *world) answers(phone string) []string {
	w.t.Helper()
	return query[[]string](w, `select coalesce(array_agg(a.answer), '{}') from flow_answers a join campaign_contacts c on c.bank_id = a.bank_id and c.id = a.about_id
		where a.bank_id = $1 and c.phone = $2 and a.survey`, w.bank, phone)
}

// TestMissingVariablesAreToldInTheList: the flow's needs are known before anybody is called.
func TestMissingVariablesAreToldInTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns()
	c, err := k.Create(t.Context(), w.bank, ivr.NewCampaign{Name: "Pay", Flow: "payment_reminder"})
	must(t, err)
	_, refused, err := k.AddContacts(t.Context(), w.bank, c.ID, []ivr.ContactRow{{Phone: "+84901230017"}})
	must(t, err)
	if len(refused) != 1 || refused[0].Code != "variable_missing" {
		t.Errorf("refused %+v", refused)
	}
	none := w.draft(k, ivr.CampaignSettings{})
	flow := "nothing"
	_, err = k.Update(t.Context(), w.bank, none.ID, ivr.CampaignChange{Flow: &flow})
	must(t, err)
	w.list(k, none.ID, "+84901230017")
	if _, err := k.Start(t.Context(), w.bank, none.ID); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a campaign without its flow starts: %v", err)
	}
}
