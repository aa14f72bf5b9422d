package scheduling

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"
)

// unfold reads a calendar file by RFC 5545, 3.1, without the library that
// wrote it: CRLF line ends, at most 75 octets a line, a line that begins with
// a space goes on from the one before. It returns name → values and, for each
// name, the parameters as they stand.
func unfold(t *testing.T, file []byte) (values map[string][]string, parameters map[string]string) {
	t.Helper()
	if !utf8.Valid(file) || !bytes.HasSuffix(file, []byte("\r\n")) {
		t.Fatal("not UTF-8, or the last line has no end")
	}
	if n := bytes.Count(file, []byte("\n")); n != bytes.Count(file, []byte("\r\n")) || n != bytes.Count(file, []byte("\r")) {
		t.Fatal("a line does not end in CRLF")
	}
	for _, line := range strings.Split(string(file), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("a line is folded within a character: %q", line)
		}
	}
	values, parameters = map[string][]string{}, map[string]string{}
	for _, line := range strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(file), "\r\n ", ""), "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("a line without a colon: %q", line)
		}
		name, params, _ := strings.Cut(name, ";")
		values[name] = append(values[name], value)
		parameters[name] = params
	}
	return values, parameters
}

func TestICSIsWhatRFC5545And5546Demand(t *testing.T) {
	b := Booking{
		ID: uuid.Must(uuid.NewV7()), CustomerID: uuid.Must(uuid.NewV7()),
		Start: day.Add(30 * time.Hour), End: day.Add(30*time.Hour + 15*time.Minute),
		State: Confirmed, CreatedAt: day, UpdatedAt: day.Add(time.Hour),
	}
	c := Calendar{
		BankID: uuid.Must(uuid.NewV7()), BankName: `Bank "A"; B, C: D`, Attendee: "Олена\nД'Арк",
		Summary: "Відеодзвінок із банком, щоб відкрити рахунок; не забудьте документ",
		Details: "First line\nсекунда; two, \\three", URL: "https://bank.example/visit/abc",
	}
	request := ICS(b, c)
	values, parameters := unfold(t, request)
	for name, want := range map[string]string{
		"BEGIN":     "VCALENDAR VEVENT",
		"END":       "VEVENT VCALENDAR",
		"VERSION":   "2.0",
		"PRODID":    "-//Visavis//Bookings//EN",
		"CALSCALE":  "GREGORIAN",
		"METHOD":    "REQUEST",
		"UID":       b.ID.String(),
		"DTSTAMP":   "20270201T010000Z",
		"DTSTART":   "20270202T060000Z",
		"DTEND":     "20270202T061500Z",
		"SEQUENCE":  "0",
		"STATUS":    "CONFIRMED",
		"ORGANIZER": "urn:uuid:" + c.BankID.String(),
		"ATTENDEE":  "urn:uuid:" + b.CustomerID.String(),
		"SUMMARY":   `Відеодзвінок із банком\, щоб відкрити рахунок\; не забудьте документ`,
		// Line feed, semicolon, comma and backslash are escaped in a TEXT (3.3.11).
		"DESCRIPTION": `First line\nсекунда\; two\, \\three`,
		"URL":         c.URL,
	} {
		if got := strings.Join(values[name], " "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got, want := parameters["ORGANIZER"], "CN=Bank ’A’  B  C  D"; got != want {
		t.Errorf("parameters of ORGANIZER %q, want %q", got, want)
	}
	if !strings.Contains(parameters["ATTENDEE"], "CN=Олена Д’Арк") || !strings.Contains(parameters["ATTENDEE"], "PARTSTAT=ACCEPTED") {
		t.Errorf("parameters of ATTENDEE %q", parameters["ATTENDEE"])
	}

	// The same booking, moved and then cancelled, is the same event: same UID,
	// a higher SEQUENCE, a later DTSTAMP.
	b.State, b.Sequence, b.UpdatedAt = Cancelled, 2, day.Add(2*time.Hour)
	values, _ = unfold(t, ICS(b, c))
	for name, want := range map[string]string{
		"METHOD": "CANCEL", "STATUS": "CANCELLED", "SEQUENCE": "2", "UID": b.ID.String(), "DTSTAMP": "20270201T020000Z",
		"ORGANIZER": "urn:uuid:" + c.BankID.String(),
	} {
		if got := strings.Join(values[name], " "); got != want {
			t.Errorf("cancelled: %s is %q, want %q", name, got, want)
		}
	}

	// And the library reads what it wrote.
	cal, err := ics.ParseCalendar(bytes.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	start, err := cal.Events()[0].GetStartAt()
	if err != nil || !start.Equal(b.Start) {
		t.Errorf("read back: start %v, %v", start, err)
	}
}

func TestSequenceGrowsWithEachChange(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	sequences := []string{}
	keep := func(b Booking, err error) {
		w.must(err)
		values, _ := unfold(t, ICS(b, Calendar{BankID: bank, BankName: "Bank", Summary: "Call"}))
		sequences = append(sequences, values["SEQUENCE"][0]+values["METHOD"][0]+values["DTSTART"][0])
	}
	keep(b, nil)
	keep(w.s.Move(w.ctx, bank, b.ID, day.Add(31*time.Hour), quarter))
	keep(w.s.Move(w.ctx, bank, b.ID, day.Add(32*time.Hour), quarter))
	keep(w.s.Cancel(w.ctx, bank, b.ID, ""))
	if got, want := strings.Join(sequences, " "), "0REQUEST20270202T060000Z 1REQUEST20270202T070000Z 2REQUEST20270202T080000Z 3CANCEL20270202T080000Z"; got != want {
		t.Errorf("sequences %s, want %s", got, want)
	}
}
