package httpapi_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

// TestCampaignFiles hands a list in and takes reports and exports out, over HTTP.
func TestCampaignFiles(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var campaign struct {
		ID       string
		State    string
		Settings struct {
			Windows []struct{ From string }
			Pacing  struct {
				CallsPerSecond float64 `json:"calls_per_second"`
			}
			Retries map[string]struct{ Count, Delay int }
		}
	}
	k.as("supervisor", "POST", "/v1/campaigns", `{"name":"Tết","flow":"survey","settings":{"pacing":{"calls_per_second":0.1},"retries":{"busy":{"count":0,"delay":0}}}}`).send().want(201).into(&campaign)
	if s := campaign.Settings; campaign.State != "draft" || s.Windows[0].From != "09:00" || s.Pacing.CallsPerSecond != 0.1 || s.Retries["busy"].Count != 0 || s.Retries["no_answer"].Count != 2 {
		t.Errorf("the campaign %+v", campaign)
	}
	path := "/v1/campaigns/" + campaign.ID
	var i struct {
		ID            string
		Accepted      int
		Refused       int
		RefusedByCode map[string]int `json:"refused_by_code"`
		Report        string
	}
	upload := func(actor, text string) *answer {
		return k.as(actor, "POST", path+"/contacts/files", text).with("Content-Type", "application/octet-stream").send()
	}
	upload("supervisor", "phone,reference\r\n+84901234567,=1+1\r\n+84901234568,\"-2\"\r\nnobody,x\r\n").want(200).into(&i)
	if i.Accepted != 2 || i.Refused != 1 || i.RefusedByCode["phone_invalid"] != 1 {
		t.Errorf("the import %+v", i)
	}
	k.as("supervisor", "POST", path+"/contacts/files", "phone\n").with("Content-Type", "text/csv").send().want(415)
	if code := upload("bank", "name\r\nLan\r\n").want(400).problem().Code; code != "column_missing" {
		t.Errorf("code %s", code)
	}
	k.as("agent", "GET", path+"/export", "").send().want(403)
	k.as("auditor", "POST", path+"/start", "").send().want(403)

	table := func(actor, path string) [][]string {
		t.Helper()
		a := k.as(actor, "GET", path, "").send().want(200)
		if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/csv") || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s is %s", path, ct)
		}
		body, marked := bytes.CutPrefix(a.body, []byte("\ufeff"))
		if !marked {
			t.Errorf("%s has no byte order mark", path)
		}
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		must(t, err)
		return rows
	}
	if rows := table("auditor", i.Report); len(rows) != 2 || strings.Join(rows[1][:3], " ") != "4 phone phone_invalid" {
		t.Errorf("the report %v", rows)
	}
	whole, masked := table("bank", path+"/export"), table("auditor", path+"/export")
	if whole[1][1] != "+84901234567" || whole[1][3] != "'=1+1" || whole[2][3] != "'-2" {
		t.Errorf("for programs %v", whole)
	}
	if masked[1][1] != "'+84•••••4567" {
		t.Errorf("for people %v", masked)
	}
	var contacts struct {
		Items []struct{ Phone, State string }
	}
	k.as("supervisor", "GET", path+"/contacts?state=queued", "").send().want(200).into(&contacts)
	if len(contacts.Items) != 2 || contacts.Items[0].Phone != "+84•••••4568" {
		t.Errorf("contacts %+v", contacts)
	}
	if n := k.count(`select count(*) from events where type = 'campaign.exported'`); n != 2 {
		t.Errorf("%d events of exports", n)
	}
	if strings.Contains(k.log.String(), "901234567") {
		t.Error("a number is in the log")
	}
	k.call("PATCH", path, `{"start_at":"tomorrow"}`).want(400)
	k.call("PATCH", path, `{"end_at":"2031-01-01T09:00:00Z","name":"Tết 2031"}`).want(200)
	k.call("PATCH", path, `{"end_at":""}`).want(200)
	for _, body := range []string{
		`{"name":"x","flow":"Survey!"}`, `{"name":"x","flow":"survey","settings":{"windows":[{"days":["mon"],"from":"20:00","to":"09:00"}]}}`,
		`{"name":"x","flow":"survey","settings":{"pacing":{"calls_per_second":-1}}}`, `{"name":"x","flow":"survey","settings":{"machine":"message"}}`,
		`{"name":"x","flow":"survey","settings":{"retries":{"sick":{"count":1,"delay":60}}}}`, `{"name":"x","flow":"survey","start_at":"2031-01-02T09:00:00Z","end_at":"2031-01-01T09:00:00Z"}`,
		`{"name":"x","flow":"survey","settings":{"holiday_calendars":["0199a6f0-5f0e-7c3b-9d3e-2b1f6a7c8d90"]}}`, `{"name":" ","flow":"survey"}`,
	} {
		k.call("POST", "/v1/campaigns", body).want(400)
	}
	k.call("DELETE", path, "").want(204)
	k.call("GET", path, "").want(404)
}
