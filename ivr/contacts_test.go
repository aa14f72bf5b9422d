package ivr_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

// campaigns is the world's engine; its loop runs only with runCampaigns.
func (w *world) campaigns(change ...func(*ivr.CampaignsConfig)) *ivr.Campaigns {
	c := ivr.CampaignsConfig{DB: w.db, Banks: w.banks, Channels: w.ch, Phone: w.s, Agents: agents(0), Now: w.now, Observe: func(postgres.LoopEvent) { w.signal() }}
	for _, fn := range change {
		fn(&c)
	}
	return ivr.NewCampaigns(c)
}

// agents is how many are free, for whomever.
type agents int

func (a agents) FreeAgentsTx(_ context.Context, _ *postgres.Tx, of []calls.Callers) (map[calls.Callers][]uuid.UUID, error) {
	free := map[calls.Callers][]uuid.UUID{}
	for _, c := range of {
		for n := range int(a) {
			free[c] = append(free[c], uuid.UUID{15: byte(n + 1)})
		}
	}
	return free, nil
}

func (w *world) draft(k *ivr.Campaigns, settings ivr.CampaignSettings) ivr.Campaign {
	w.t.Helper()
	if settings.Windows == nil { // whatever time it is
		settings.Windows = []ivr.CallingWindow{{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, From: "00:00", To: "24:00"}}
	}
	c, err := k.Create(w.t.Context(), w.bank, ivr.NewCampaign{Name: "Survey", Flow: "survey", Class: channels.Notice, Settings: settings})
	must(w.t, err)
	return c
}

func (w *world) report(k *ivr.Campaigns, campaign, id uuid.UUID) (rows [][]string) {
	w.t.Helper()
	var out bytes.Buffer
	must(w.t, k.WriteReport(w.t.Context(), w.bank, campaign, id, &out, func(ivr.Import) {}))
	rows, err := csv.NewReader(&out).ReadAll()
	must(w.t, err)
	return rows
}

func TestImportTellsWhyOfEachRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.banks.UpdateSettings(t.Context(), w.bank, banks.Settings{Countries: []string{"VN", "US", "RU"}})
	must(t, err)
	k := w.campaigns()
	_, err = w.banks.CreateCustomer(t.Context(), w.bank, banks.NewCustomer{Name: "Lan", Phone: "+84912000001", Locale: "vi", TimeZone: "Europe/Kyiv", Reference: "C-1"})
	must(t, err)
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := w.ch.OptOutTx(ctx, tx, channels.NewOptOut{Phone: "+84912000009", OptedOut: true, Source: channels.SourceAPI})
		return err
	}))
	c := w.draft(k, ivr.CampaignSettings{Columns: map[string]string{"phone": "Số điện thoại", "amount": "Amount due"},
		Windows: []ivr.CallingWindow{{Days: []string{"mon"}, From: "09:00", To: "17:00"}}})
	list := "\ufeffSố điện thoại,Region,customer reference,Reference,Locale,Time zone,Amount due,Due date,Số thứ tự\r\n" +
		"+84 912 000 002,,,R-2,vi,,\"1,250,000\",\"He said \"\"now\"\"\nor never\",x\r\n" + // 2
		"0912 000 003,VN,,,,,,,\r\n" + // 3
		"0912 000 004,,,,,,,,\r\n" + // 4: no country
		",,C-1,,,,,,\r\n" + // 5
		",,C-2,,,,,,\r\n" + // 6: no such customer
		",,,R-7,,,,,\r\n" + // 7: nobody
		"+84912000002,,,,,,,,\r\n" + // 8: twice in one batch
		"+84912000009,,,,,,,,\r\n" + // 9: opted out
		"+380671234567,,,,,,,,\r\n" + // 10: a country that is not called
		"+84912000011,,,,xx,,,,\r\n" + // 11: locale
		"+84912000012,,,,,Mars/Olympus,,,\r\n" + // 12: zone
		"+84912000013,,,,,\r\n" + // 13: columns
		"+84912000014,,,,,," + strings.Repeat("9", 501) + ",,\r\n" + // 14: a variable too long
		"+84912000015,,,,,,\xff,,\r\n" + // 15: not UTF-8
		"+18002345678,,,,,,,,\r\n" + // 16: anywhere from Bermuda to Guam
		"+79161234568,,,,,Europe/Moscow,,,\r\n" + // 17
		"+84912000018,ZZ,,,,,,,\r\n" + // 18: region
		"+12125550119,,,,en,,,,\r\n" + // 19
		"=cmd()\"x,,,,,,,,\r\n" + // 20: a quote in the open
		"+84912000021,,,,,,,," // 21: no line's end
	i, err := k.ImportCSV(t.Context(), w.bank, c.ID, strings.NewReader(list), 0)
	must(t, err)
	var refused []string
	for _, row := range w.report(k, c.ID, i.ID)[1:] {
		refused = append(refused, strings.Join(row[:3], " "))
	}
	want := []string{
		"4 phone phone_invalid", "6 customer_reference customer_not_found", "7 phone phone_missing", "8 phone duplicate", "9 phone opted_out",
		"10 phone country_not_allowed", "11 locale locale_invalid", "12 time_zone time_zone_invalid", "13  wrong_columns", "14 amount too_long", "15 amount not_utf8",
		"16 time_zone time_zone_unknown", "18 region region_invalid", "20  malformed",
	}
	if !slices.Equal(refused, want) {
		t.Errorf("refused\n%s\nwant\n%s", strings.Join(refused, "\n"), strings.Join(want, "\n"))
	}
	if i.State != "done" || i.Rows != 20 || i.Accepted != 6 || i.Refused["opted_out"] != 1 || i.Refused["phone_invalid"] != 1 {
		t.Errorf("import %+v", i)
	}
	got := query[string](w, `select string_agg(concat_ws(' ', c.row, c.phone, c.own_phone, c.customer_id is not null, c.reference, c.locale, p.region, p.zones[1], c.variables), E'\n' order by c.id)
		from campaign_contacts c join campaign_places p using (bank_id, campaign_id, place) where bank_id = $1`, w.bank)
	if want := `2 +84912000002 t f R-2 vi VN Asia/Ho_Chi_Minh {"amount": "1,250,000", "due_date": "He said \"now\"\nor never"}
3 +84912000003 t f  en VN Asia/Ho_Chi_Minh {}
5 +84912000001 f t  vi VN Europe/Kyiv {}
17 +79161234568 t f  en RU Europe/Moscow {}
19 +12125550119 t f  en US America/New_York {}
21 +84912000021 t f  en VN Asia/Ho_Chi_Minh {}`; strings.ReplaceAll(got, "Asia/Saigon", "Asia/Ho_Chi_Minh") != want {
		t.Errorf("contacts\n%s\nwant\n%s", got, want)
	}

	// The same file again adds nothing, and says so.
	again, err := k.ImportCSV(t.Context(), w.bank, c.ID, strings.NewReader(list), 0)
	must(t, err)
	if again.Accepted != 0 || again.Refused["duplicate"] != 7 {
		t.Errorf("the same file again: %+v", again)
	}
	if p, err := k.Progress(t.Context(), w.bank, c.ID); err != nil || p.Contacts != 6 || p.Queued != 6 || p.Called != 0 {
		t.Errorf("progress %+v, %v", p, err)
	}
}

func TestFilesThatAreNoLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns()
	c := w.draft(k, ivr.CampaignSettings{})
	for name, f := range map[string]struct{ text, code string }{
		"empty":                   {"", "empty_file"},
		"without a usable column": {"name,amount\nLan,5\n", "column_missing"},
		"UTF-16":                  {"\xff\xfep\x00h\x00", "not_utf8"},
		"two columns of a name":   {"phone,Phone\n1,2\n", "column_twice"},
		"a header that is broken": {"pho\"ne,x\n", "malformed"},
		"a quote without end":     {"phone,x\n+84912000001,a\n\"" + strings.Repeat("a", 300<<10), "row_too_long"},
		"one over many lines":     {"phone,x\n+84912000003,a\n\"" + strings.Repeat("a line\n", 50<<10), "row_too_long"},
		"a header without end":    {"phone,\"" + strings.Repeat("x\n", 100<<10), "row_too_long"},
		"too many columns":        {"phone" + strings.Repeat(",a", 60), "too_many_columns"},
	} {
		_, err := k.ImportCSV(t.Context(), w.bank, c.ID, strings.NewReader(f.text), 0)
		if visavis.CodeOf(err) != f.code || visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%s: %v, want %s", name, err, f.code)
		}
	}
	// What came before the open quote is kept, and the import says that it broke off.
	if got := query[string](w, `select string_agg(state || ' ' || accepted || ' ' || error, ';') from campaign_imports where bank_id = $1`, w.bank); !strings.HasPrefix(got, "broken 1 A row has more than") {
		t.Errorf("imports: %s", got)
	}
	if _, err := k.ImportCSV(t.Context(), w.bank, uuid.New(), strings.NewReader("phone\n"), 0); visavis.KindOf(err) != visavis.NotFound {
		t.Errorf("no such campaign: %v", err)
	}
	if i, err := k.ImportCSV(t.Context(), w.bank, c.ID, strings.NewReader("phone;x\n+84912000002;a,b\n"), ';'); err != nil || i.Accepted != 1 {
		t.Errorf("semicolons: %+v, %v", i, err)
	}
}

// breaks is a connection that ends in the middle.
type breaks struct{ io.Reader }

func (b breaks) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestImportThatBreaksOffIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns()
	c := w.draft(k, ivr.CampaignSettings{})
	var list strings.Builder
	list.WriteString("phone,n\n")
	for n := range 5000 {
		fmt.Fprintf(&list, "+8491%07d,%d\n", 2000000+n, n)
	}
	text := list.String()
	if _, err := k.ImportCSV(t.Context(), w.bank, c.ID, breaks{strings.NewReader(text[:len(text)*3/4])}, 0); err == nil {
		t.Fatal("a file that broke off was taken for whole")
	}
	some := query[int](w, `select accepted from campaign_imports where bank_id = $1 and state = 'broken'`, w.bank)
	if some < 3000 || some > 4000 {
		t.Errorf("%d rows were kept", some)
	}
	if _, err := k.Start(t.Context(), w.bank, c.ID); err != nil {
		t.Errorf("a broken import holds the start up: %v", err)
	}
	i, err := k.ImportCSV(t.Context(), w.bank, c.ID, strings.NewReader(text), 0)
	must(t, err)
	if i.Accepted != 5000-some || i.Refused["duplicate"] != some {
		t.Errorf("sent again: %+v after %d", i, some)
	}
	if n := query[int](w, `select sum(n) from campaign_tallies where bank_id = $1 and key = 'state:queued'`, w.bank); n != 5000 {
		t.Errorf("%d are counted", n)
	}
}

func TestBatchesAreToldByRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns()
	c := w.draft(k, ivr.CampaignSettings{})
	lan := w.customer("+84912000001", "vi")
	i, refused, err := k.AddContacts(t.Context(), w.bank, c.ID, []ivr.ContactRow{
		{Phone: "+84912000002", Variables: map[string]string{"amount": "5"}}, {Phone: "nobody"}, {CustomerID: lan}, {CustomerID: uuid.New()},
		{Phone: "+84912000003", Variables: map[string]string{"Amount": "5"}}, {Phone: "+84912000003", Variables: map[string]string{"a": "\x00"}}, {Phone: "+84912000002"},
	})
	must(t, err)
	var codes []string
	for _, r := range refused {
		codes = append(codes, fmt.Sprint(r.Row, " ", r.Field, " ", r.Code))
	}
	if got := strings.Join(codes, ", "); got != "1 phone phone_invalid, 3 customer_id customer_not_found, 4 variables variable_invalid, 5 a not_utf8, 6 phone duplicate" || i.Accepted != 2 {
		t.Errorf("%s; %+v", got, i)
	}
	if _, _, err := k.AddContacts(t.Context(), w.bank, c.ID, nil); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("an empty batch: %v", err)
	}
}
