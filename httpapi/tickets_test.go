package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
)

const cardHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// alike is an answer without what differs from ticket to ticket.
func alike(a *answer) string {
	var m map[string]any
	a.into(&m)
	for _, name := range []string{"id", "number", "code", "issued_at"} {
		delete(m, name)
	}
	out, _ := json.Marshal(m)
	return string(out)
}

// TestTicketsTellNothingOfWhoIsACustomer: a known and an unknown card, a known
// and an unknown number, in every answer that a kiosk gets.
func TestTicketsTellNothingOfWhoIsACustomer(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	k.call("PUT", "/v1/customers/"+k.ids["customer_id"]+"/card-hashes", `{"card_hashes":["`+cardHash+`"]}`).want(204)
	k.call("PUT", "/v1/customers/"+k.ids["customer_id"]+"/card-hashes", `{"card_hashes":["4111111111111111"]}`).want(400) // a number is no hash
	var kiosk struct{ Secret string }
	k.as("administrator", "POST", "/v1/api-keys", `{"name":"kiosk","scopes":["kiosk"]}`).send().want(201).into(&kiosk)
	at := func(method, path, body string) *answer {
		return k.as("nobody", method, path, body).with("Authorization", "Bearer "+kiosk.Secret).send()
	}
	at("GET", "/v1/tickets", "").want(403)
	at("GET", "/v1/customers", "").want(403)

	known := at("POST", "/v1/tickets", `{"branch":"kyiv-1","card_hash":"`+cardHash+`"}`).want(201)
	unknown := at("POST", "/v1/tickets", `{"branch":"kyiv-1","card_hash":"`+strings.Replace(cardHash, "e3", "ff", 1)+`"}`).want(201)
	if alike(known) != alike(unknown) {
		t.Errorf("cards: %s and %s", known.body, unknown.body)
	}
	type ticket struct {
		ID, Code string
		Number   int
	}
	var mine, nobodys ticket
	phone := at("POST", "/v1/tickets", `{"branch":"kyiv-1","phone":"+84 90 1234567"}`).want(201)
	phone.into(&mine)
	none := at("POST", "/v1/tickets", `{"branch":"kyiv-1","phone":"+84901239999"}`).want(201)
	none.into(&nobodys)
	if alike(phone) != alike(none) {
		t.Errorf("phones: %s and %s", phone.body, none.body)
	}
	if nobodys.Number != 4 {
		t.Errorf("the fourth number is %d", nobodys.Number)
	}
	must(t, k.cfg.Scheduling.WorkDueNow(t.Context()))
	if n := k.count(`select count(*) from verifications where purpose = 'ticket'`); n != 2 { // one is of fill
		t.Errorf("%d codes for one known number", n)
	}
	// Wrong codes: the same answers, until the tries are used up.
	for range 5 {
		a := at("POST", "/v1/tickets/"+mine.ID+"/check", `{"code":"000000"}`).want(200)
		b := at("POST", "/v1/tickets/"+nobodys.ID+"/check", `{"code":"000000"}`).want(200)
		if !bytes.Equal(a.body, b.body) {
			t.Errorf("checks: %s and %s", a.body, b.body)
		}
	}
	for _, id := range []string{mine.ID, nobodys.ID} {
		if code := at("POST", "/v1/tickets/"+id+"/check", `{"code":"000000"}`).want(409).problem().Code; code != "code_ended" {
			t.Errorf("after five tries: %s", code)
		}
	}
	// The limit is of the number, whoever has it. (fill took one with the first.)
	for phone, most := range map[string]int{"+84901234567": 3, "+84901239999": 4} {
		for range most {
			at("POST", "/v1/tickets", `{"branch":"x","phone":"`+phone+`"}`).want(201)
		}
		at("POST", "/v1/tickets", `{"branch":"x","phone":"`+phone+`"}`).want(http.StatusTooManyRequests)
	}
	// The staff sees who it is.
	var list struct {
		Items []struct {
			Number       int
			CustomerName string `json:"customer_name"`
			IdentifiedBy string `json:"identified_by"`
		}
	}
	k.as("agent", "GET", "/v1/tickets?branch=kyiv-1", "").send().want(200).into(&list)
	named := 0
	for _, item := range list.Items {
		if item.CustomerName != "" {
			named++
			if item.Number != 1 || item.IdentifiedBy != "card" {
				t.Errorf("%+v", item)
			}
		}
	}
	if named != 1 || len(list.Items) != 4 {
		t.Errorf("staff sees %+v", list.Items)
	}
	if strings.Contains(k.log.String(), "901239999") || strings.Contains(k.log.String(), cardHash) {
		t.Error("the log has a number or a card")
	}
}

// TestTicketByPhoneAndCode identifies, finds the booking of today and checks in.
func TestTicketByPhoneAndCode(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { k.cfg.Channels.Run(ctx); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	var ticket struct{ ID, Code string }
	k.call("POST", "/v1/tickets", `{"branch":"kyiv-1","phone":"+84901234567"}`).want(201).into(&ticket)
	must(t, k.cfg.Scheduling.WorkDueNow(t.Context()))
	// The codes that were sent to the number for other things do not fit.
	code, identified, tried := "", false, 0
	for !identified {
		select {
		case out := <-k.box:
			if _, after, ok := strings.Cut(out.Body, "code is "); ok && out.Channel == channels.SMS {
				code, tried = after[:6], tried+1
				a := k.call("POST", "/v1/tickets/"+ticket.ID+"/check", `{"code":"`+code+`"}`).want(200)
				identified = bytes.Contains(a.body, []byte(`"identified":true`))
			}
		case <-time.After(3 * time.Minute):
			t.Fatalf("no code of %d fitted", tried)
		}
	}
	k.call("POST", "/v1/tickets/"+ticket.ID+"/check", `{"code":"`+code+`"}`).want(409) // once
	if n := k.count(`select count(*) from tickets where customer_id = $1 and identified_by = 'phone' and phone = '' and booking_id = $2`, k.ids["customer_id"], k.ids["booking_id"]); n != 1 {
		t.Error("the ticket is not the customer's, or lacks the booking")
	}
	if n := k.count(`select count(*) from bookings where id = $1 and checked_in_at is not null`, k.ids["booking_id"]); n != 1 {
		t.Error("not checked in")
	}
	k.as("agent", "POST", "/v1/tickets/"+ticket.ID+"/serve", `{"code":"VISAVIS:x"}`).send().want(403)
	k.as("agent", "POST", "/v1/tickets/"+ticket.ID+"/serve", `{"code":"`+ticket.Code+`"}`).send().want(200)
	image := k.call("GET", "/v1/tickets/"+ticket.ID+"/qr.svg", "").want(200)
	if err := xml.Unmarshal(image.body, new(struct{})); err != nil || !bytes.Contains(image.body, []byte("<svg")) {
		t.Errorf("QR code: %v", err)
	}
}

func TestCheckIn(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	path := "/v1/bookings/" + k.ids["booking_id"] + "/check-in"
	k.call("POST", path, `{}`).want(400) // a program needs the code
	for _, code := range []string{"AAAAAAAAAAAAAAAAAAAAAA", "x", k.cfg.Scheduling.CheckInCode(k.agents["agent"])} {
		if got := k.call("POST", path, `{"code":"`+code+`"}`).want(403).problem().Code; got != "code_not_valid" {
			t.Errorf("%s: %s", code, got)
		}
	}
	code := k.cfg.Scheduling.CheckInCode(uuid.MustParse(k.ids["booking_id"]))
	first := k.call("POST", path, `{"code":"`+code+`"}`).want(200)
	if again := k.as("agent", "POST", path, `{}`).send().want(200); !bytes.Equal(first.body, again.body) {
		t.Errorf("again %s, first %s", again.body, first.body)
	}
	k.as("customer", "GET", path+".svg", "").send().want(200)
	k.as("customer", "POST", path, `{"code":"`+code+`"}`).send().want(403) // not from the sofa
}

// TestCalendarFeedFile over HTTP: the address opens it, its mask is in the log,
// what has not changed is not sent again.
func TestCalendarFeedFile(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	k := g.newBank("a").fill()
	var made struct {
		URL  string
		Feed struct{ ID string }
	}
	k.as("agent", "POST", "/v1/agents/me/calendar-feeds", `{"name":"phone"}`).send().want(201).into(&made)
	path := strings.TrimPrefix(made.URL, k.url)
	a := k.as("nobody", "GET", path, "").send().want(200)
	if !bytes.Contains(a.body, []byte(k.ids["booking_id"])) || bytes.Contains(a.body, []byte("Nguyễn")) || a.header.Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Errorf("%v %s", a.header, a.body)
	}
	k.as("nobody", "GET", path, "").with("If-None-Match", a.header.Get("ETag")).send().want(304)
	k.call("PATCH", "/v1/bank", `{"settings":{"feed_names":true}}`).want(200)
	if named := k.as("nobody", "GET", path, "").with("If-None-Match", a.header.Get("ETag")).send().want(200); !bytes.Contains(named.body, []byte("Nguyễn")) {
		t.Error("the bank allows the name")
	}
	k.as("agent", "DELETE", "/v1/agents/me/calendar-feeds/"+made.Feed.ID, "").send().want(204)
	k.as("nobody", "GET", path, "").send().want(404)
	k.as("nobody", "GET", "/calendar/x.ics", "").send().want(404)
	if strings.Contains(g.log.String(), strings.TrimSuffix(path[len("/calendar/"):], ".ics")) || !strings.Contains(g.log.String(), "/calendar/…") {
		t.Error("the log has the feed's address, or not its mask")
	}
}

// TestBookingSeries: the second time is taken, the others stand.
func TestBookingSeries(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	day := time.Now().UTC().AddDate(0, 0, 2)
	body := `{"customer_id":"` + k.ids["customer_id"] + `","scenario":"open-account","first":"%","time_zone":"UTC","times":#}`
	series := func(first time.Time, times string) *answer {
		return k.call("POST", "/v1/booking-series", strings.NewReplacer("%", first.Format("2006-01-02")+"T09:00", "#", times).Replace(body))
	}
	series(day.AddDate(0, 0, 7), "1").want(201)
	var made struct {
		ID    string
		Items []struct {
			Code    string
			Booking *struct{ State, IdentificationID string }
		}
	}
	series(day, "3").want(201).into(&made)
	if len(made.Items) != 3 || made.Items[0].Booking == nil || made.Items[1].Code != "slot_taken" || made.Items[2].Booking == nil {
		t.Fatalf("%+v", made)
	}
	var listed struct {
		Items []struct {
			ID    string
			Items []struct {
				Booking struct {
					SeriesID string `json:"series_id"`
				}
			}
		}
		NextCursor string `json:"next_cursor"`
	}
	k.call("GET", "/v1/booking-series?limit=1&customer_id="+k.ids["customer_id"], "").want(200).into(&listed)
	if len(listed.Items) != 1 || listed.Items[0].ID != made.ID || len(listed.Items[0].Items) != 2 || listed.Items[0].Items[1].Booking.SeriesID != made.ID || listed.NextCursor == "" {
		t.Errorf("%+v", listed)
	}
	listed.Items = nil
	k.call("GET", "/v1/booking-series?customer_id="+uuid.NewString(), "").want(200).into(&listed)
	if len(listed.Items) != 0 {
		t.Errorf("of another customer: %+v", listed)
	}
	var ended struct {
		Items []struct{ Booking struct{ State string } }
	}
	k.call("POST", "/v1/booking-series/"+made.ID+"/cancel", `{}`).want(200).into(&ended)
	if len(ended.Items) != 2 || ended.Items[0].Booking.State != "cancelled" || ended.Items[1].Booking.State != "cancelled" {
		t.Errorf("%+v", ended)
	}
	if n := k.count(`select count(*) from identifications where state = 'cancelled'`); n != 2 {
		t.Errorf("%d cases are cancelled", n)
	}
}

// TestASeriesNamesItsAgent: all of its bookings are in that agent's calendar,
// whoever else is free, and only where the scenario lets bookings name one.
func TestASeriesNamesItsAgent(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	d := identifications.DefaultScenario()
	d.Settings.Capacity.ChooseAgent = true
	_, err := k.cfg.Identifications.CreateScenario(t.Context(), k.id, "by-name", d)
	must(t, err)
	agent, idle := k.ids["agent_id"], k.agents["supervisor"].String() // who works no hours
	first := time.Now().UTC().AddDate(0, 0, 2).Format("2006-01-02") + "T09:00"
	series := func(scenario, agent string) *answer {
		return k.call("POST", "/v1/booking-series", `{"customer_id":"`+k.ids["customer_id"]+`","scenario":"`+scenario+`","first":"`+first+`","time_zone":"UTC","times":2,"agent_id":"`+agent+`"}`)
	}
	var made struct {
		ID      string
		AgentID string `json:"agent_id"`
		Items   []struct {
			Code    string
			Booking *struct {
				AgentID string `json:"agent_id"`
			}
		}
	}
	for name, a := range map[string]*answer{"of a scenario that draws": series("open-account", agent), "unknown": series("by-name", uuid.NewString())} {
		if a.want(400); !bytes.Contains(a.body, []byte(`"agent_id"`)) {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	if n := k.count(`select count(*) from booking_series`); n != 1 { // the fixture's
		t.Errorf("%d series of refused requests", n)
	}
	series("by-name", idle).want(201).into(&made)
	if len(made.Items) != 2 || made.Items[0].Code != "slot_taken" || made.Items[1].Code != "slot_taken" {
		t.Errorf("in the calendar of who does not work: %+v", made)
	}
	series("by-name", agent).want(201).into(&made)
	for _, i := range made.Items {
		if i.Booking == nil || i.Booking.AgentID != agent {
			t.Errorf("%+v", i)
		}
	}
	made.AgentID = ""
	k.call("GET", "/v1/booking-series/"+made.ID, "").want(200).into(&made)
	if made.AgentID != agent || len(made.Items) != 2 {
		t.Errorf("%+v", made)
	}
}
