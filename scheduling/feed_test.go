package scheduling

import (
	"bytes"
	"strings"
	"testing"
	"time"

	ical "github.com/emersion/go-ical"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// parse reads a calendar file with a library that is not the one that wrote it.
func parse(t *testing.T, file []byte) *ical.Calendar {
	t.Helper()
	unfold(t, file) // line ends, folding
	cal, err := ical.NewDecoder(bytes.NewReader(file)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}
	var again bytes.Buffer // its encoder checks what a calendar must and may have
	if err := ical.NewEncoder(&again).Encode(cal); err != nil {
		t.Errorf("not by RFC 5545: %v\n%s", err, file)
	}
	return cal
}

func property(t *testing.T, c *ical.Component, name string) string {
	t.Helper()
	p := c.Props.Get(name)
	if p == nil {
		t.Fatalf("no %s", name)
	}
	if text, err := p.Text(); err == nil {
		return text
	}
	return p.Value
}

// TestCalendarFilesAreReadByAnotherParser: a request, its changes and its end.
func TestCalendarFilesAreReadByAnotherParser(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	c := Calendar{BankID: bank, BankName: `Bank; "A", B: C`, Attendee: "Олена Д'Арк", Summary: strings.Repeat("Відео, ", 20), Details: "one\ntwo; three \\", URL: "https://b.example/visit/x"}
	b := w.book(bank, day.Add(26*time.Hour))
	look := func(b Booking, method string, sequence string) ical.Event {
		t.Helper()
		cal := parse(t, ICS(b, c))
		events := cal.Events()
		if len(events) != 1 || property(t, cal.Component, "METHOD") != method {
			t.Fatalf("%d events, METHOD %s", len(events), property(t, cal.Component, "METHOD"))
		}
		e := events[0]
		start, err := e.DateTimeStart(nil)
		end, err2 := e.DateTimeEnd(nil)
		if err != nil || err2 != nil || !start.Equal(b.Start) || !end.Equal(b.End) {
			t.Errorf("from %v to %v: %v %v", start, end, err, err2)
		}
		if got := property(t, e.Component, "UID"); got != b.ID.String() {
			t.Errorf("UID %s", got)
		}
		if got := property(t, e.Component, "SEQUENCE"); got != sequence {
			t.Errorf("SEQUENCE %s, want %s", got, sequence)
		}
		if got := property(t, e.Component, "SUMMARY"); got != strings.TrimSpace(c.Summary) {
			t.Errorf("SUMMARY %q", got)
		}
		if got := property(t, e.Component, "DESCRIPTION"); got != c.Details {
			t.Errorf("DESCRIPTION %q", got)
		}
		for _, name := range []string{"ORGANIZER", "ATTENDEE", "DTSTAMP"} {
			property(t, e.Component, name)
		}
		return e
	}
	look(b, "REQUEST", "0")
	b, err := w.s.Move(w.ctx, bank, b.ID, b.Start.Add(time.Hour), quarter)
	w.must(err)
	look(b, "REQUEST", "1")
	b, err = w.s.Cancel(w.ctx, bank, b.ID, "")
	w.must(err)
	if e := look(b, "CANCEL", "2"); property(t, e.Component, "STATUS") != "CANCELLED" {
		t.Error("not cancelled")
	}
}

func TestFeedIsTheAgentsCalendar(t *testing.T) {
	w := setup(t)
	w.s.keys = w.keys
	bank := w.bank()
	agent := w.agent(bank, AroundTheClock("UTC"))
	f, err := w.s.AddFeed(w.ctx, bank, agent, "phone")
	w.must(err)
	token := w.s.FeedToken(f.ID)
	one, two := w.book(bank, day.Add(26*time.Hour)), w.book(bank, day.Add(27*time.Hour))
	w.hold(bank, newBooking(w.customer(bank), day.Add(28*time.Hour))) // is no appointment
	other := w.agent(bank, AroundTheClock("UTC"))
	read := func() []byte {
		t.Helper()
		f, err := w.s.FeedOf(w.ctx, token)
		w.must(err)
		items, err := w.s.FeedBookings(w.ctx, f)
		w.must(err)
		return ICSFeed("Bank", items, func(Booking) string { return "Open an account" })
	}
	first := read()
	if events := parse(t, first).Events(); len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	if !bytes.Equal(first, read()) {
		t.Error("the same bookings give other bytes")
	}
	if bytes.Contains(first, []byte("Олена")) || bytes.Contains(first, []byte(one.CustomerID.String())) {
		t.Errorf("the customer is in the feed: %s", first)
	}
	_, err = w.s.Cancel(w.ctx, bank, two.ID, "")
	w.must(err)
	if events := parse(t, read()).Events(); len(events) != 1 || property(t, events[0].Component, "UID") != one.ID.String() {
		t.Errorf("after a cancellation: %v", events)
	}
	// Another agent's feed is empty, and cannot be taken away by this one.
	g, err := w.s.AddFeed(w.ctx, bank, other, "")
	w.must(err)
	if items, err := w.s.FeedBookings(w.ctx, g); err != nil || len(items) != 0 {
		t.Errorf("another agent's feed: %v %v", items, err)
	}
	w.wantCode(w.s.RevokeFeed(w.ctx, bank, agent, g.ID), visavis.NotFound, "feed_not_found")
	w.must(w.s.RevokeFeed(w.ctx, bank, agent, f.ID))
	for _, token := range []string{token, w.s.FeedToken(uuid.New()), token[:42] + "A", "x", ""} {
		_, err := w.s.FeedOf(w.ctx, token)
		w.wantCode(err, visavis.NotFound, "feed_not_found")
	}
}

// TestSeriesKeepsTheWall: New York and Kyiv change their clocks in between, and
// one of the times does not exist.
func TestSeriesKeepsTheWall(t *testing.T) {
	for _, c := range []struct {
		rule SeriesRule
		want string
	}{
		{SeriesRule{First: "2027-03-07T09:30", TimeZone: "America/New_York", Times: 2}, "2027-03-07T14:30Z 2027-03-14T13:30Z"},
		{SeriesRule{First: "2027-03-14T03:30", TimeZone: "Europe/Kyiv", Times: 4}, "2027-03-14T01:30Z 2027-03-21T01:30Z time_does_not_exist 2027-04-04T00:30Z"},
		{SeriesRule{First: "2027-10-24T03:30", TimeZone: "Europe/Kyiv", Times: 2}, "2027-10-24T00:30Z 2027-10-31T00:30Z"}, // comes twice: the earlier
		{SeriesRule{First: "2027-03-14T03:30", TimeZone: "Europe/Kyiv", EveryWeeks: 3, Times: 2}, "2027-03-14T01:30Z 2027-04-04T00:30Z"},
	} {
		all, err := c.rule.Occurrences()
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, o := range all {
			if o.Err != nil {
				got = append(got, visavis.CodeOf(o.Err))
			} else {
				got = append(got, o.Start.Format("2006-01-02T15:04Z"))
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: %s, want %s", c.rule, s, c.want)
		}
	}
	for _, r := range []SeriesRule{{First: "x", TimeZone: "UTC", Times: 1}, {First: "2027-03-14T03:30", TimeZone: "Mars", Times: 1}, {First: "2027-03-14T03:30", TimeZone: "UTC"}, {First: "2027-03-14T03:30", TimeZone: "UTC", Times: 53}} {
		if _, err := r.Occurrences(); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
