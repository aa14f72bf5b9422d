package ivr_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

// A campaign's list is wiped when its days are over, and not before: what it came
// to stays.
func TestListsAreWiped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	const known, other = "+84901230017", "+84901210017"
	w.customer(known, "en")
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick, KeepDays: 30})
	later := w.draft(k, ivr.CampaignSettings{Pacing: quick})
	for _, id := range []ivr.Campaign{c, later} {
		_, refused, err := k.AddContacts(t.Context(), w.bank, id.ID, []ivr.ContactRow{{Phone: known, Reference: "ours-1", Variables: map[string]string{"amount": "secretly"}}, {Phone: other}})
		must(t, err)
		if len(refused) > 0 {
			t.Fatal(refused)
		}
	}
	w.run()
	w.runCampaigns(k)
	w.start(k, c.ID)
	w.start(k, later.ID)
	w.untilCampaign(k, later.ID, ivr.CampaignFinished)
	before := w.untilCampaign(k, c.ID, ivr.CampaignFinished)
	kept := func(id ivr.Campaign) string {
		return query[string](w, `select coalesce(string_agg(c::text || p::text, ' '), '') from campaign_contacts c join phone_calls p on p.bank_id = $1 and p.about_id = c.id
			where c.bank_id = $1 and c.campaign_id = $2`, w.bank, id.ID)
	}
	w.pass(29 * 24 * time.Hour)
	must(t, k.SweepContacts(t.Context()))
	if got := kept(c); !strings.Contains(got, known) || !strings.Contains(got, "secretly") {
		t.Errorf("a day before its time it has %s", got)
	}
	w.pass(25 * time.Hour)
	must(t, k.SweepContacts(t.Context()))
	must(t, k.SweepContacts(t.Context()))
	for _, gone := range []string{known, other, "secretly", "ours-1"} {
		if strings.Contains(kept(c), gone) {
			t.Errorf("it still has %s: %s", gone, kept(c))
		}
	}
	if got := kept(later); !strings.Contains(got, known) || !strings.Contains(got, "ours-1") {
		t.Errorf("another one, whose days are not over, has %s", got)
	}
	after, err := k.Progress(t.Context(), w.bank, c.ID)
	must(t, err)
	if after.Done != before.Done || after.Outcomes["completed"] != 2 || after.Calls != before.Calls {
		t.Errorf("it came to %+v, and to %+v once it was wiped", before, after)
	}
	w.tallied(c.ID)
	list, _, err := k.Contacts(t.Context(), w.bank, c.ID, ivr.ContactFilter{}, postgres.Page{})
	must(t, err)
	if len(list) != 2 || list[0].Phone != "" || list[0].Outcome != ivr.ContactCompleted {
		t.Errorf("the list is %+v", list)
	}
	var out bytes.Buffer
	must(t, k.ExportCSV(t.Context(), w.bank, c.ID, true, &out, func(ivr.Campaign) {}))
	if got := out.String(); strings.Contains(got, "wiped:") || !strings.Contains(got, "completed") {
		t.Errorf("the export is %s", got)
	}
	if got := w.events(c.ID); strings.Count(got, "campaign.contacts_wiped") != 1 {
		t.Errorf("told: %s", got)
	}
}
