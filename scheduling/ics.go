package scheduling

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"
)

// Calendar is what a calendar file says about a booking besides its time.
type Calendar struct {
	BankID   uuid.UUID
	BankName string // the organizer
	Attendee string // the customer's name; may be empty
	Summary  string // one line, in the customer's language
	Details  string // longer; may be empty
	URL      string // where to move or cancel; may be empty
}

// ICS returns a booking as an iTIP message (RFC 5545, RFC 5546) that a calendar
// program takes in: METHOD:REQUEST for a live booking, METHOD:CANCEL for one
// that was cancelled. UID is the booking's id and SEQUENCE grows with each
// change, so that a later file replaces an earlier one. Its media type is
// text/calendar; charset=utf-8; method=REQUEST (or CANCEL).
func ICS(b Booking, c Calendar) []byte {
	cal := newCalendar(ics.MethodRequest)
	event := newEvent(b, c.Summary)
	// Neither party is known by an e-mail address; a calendar address may be
	// any URI, and these stay the same over all files of the booking.
	event.SetProperty(ics.ComponentPropertyOrganizer, "urn:uuid:"+c.BankID.String(), commonName(c.BankName)...)
	attendee := append(commonName(c.Attendee), ics.ParticipationStatusAccepted, ics.WithRSVP(false))
	event.AddProperty(ics.ComponentPropertyAttendee, "urn:uuid:"+b.CustomerID.String(), attendee...)
	if c.Details != "" {
		event.SetDescription(c.Details)
	}
	if c.URL != "" {
		event.SetURL(c.URL)
	}
	if b.State == Cancelled {
		cal.SetMethod(ics.MethodCancel)
		event.SetStatus(ics.ObjectStatusCancelled)
	}
	cal.AddVEvent(event)
	return []byte(cal.Serialize(ics.WithNewLineWindows))
}

// newCalendar is the head of every calendar file.
func newCalendar(method ics.Method) *ics.Calendar {
	cal := ics.NewCalendarFor("Visavis")
	cal.SetProductId("-//Visavis//Bookings//EN")
	cal.SetCalscale("GREGORIAN")
	cal.SetMethod(method)
	return cal
}

// newEvent is what every calendar file says of a booking: one program may take
// in several.
func newEvent(b Booking, summary string) *ics.VEvent {
	event := ics.NewEvent(b.ID.String())
	event.SetDtStampTime(b.UpdatedAt)
	event.SetCreatedTime(b.CreatedAt)
	event.SetLastModifiedAt(b.UpdatedAt)
	event.SetStartAt(b.Start)
	event.SetEndAt(b.End)
	event.SetSequence(b.Sequence)
	event.SetSummary(oneLine(summary))
	event.SetStatus(ics.ObjectStatusConfirmed)
	return event
}

// inParameter leaves out what a parameter's value may hold only in quotes
// (RFC 5545, 3.2), quotes, which it cannot hold at all, and what the library
// puts a backslash before although a parameter knows no escape.
var inParameter = strings.NewReplacer(`"`, "’", "'", "’", ",", " ", ";", " ", ":", " ", `\`, " ")

// commonName is a CN parameter.
func commonName(name string) []ics.PropertyParameter {
	name = oneLine(inParameter.Replace(name))
	if name == "" {
		return nil
	}
	return []ics.PropertyParameter{ics.WithCN(name)}
}

// oneLine makes control characters, line breaks among them, spaces.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// ICSName is a file name for the calendar file of a booking.
func ICSName(b Booking) string {
	return "appointment-" + b.Start.UTC().Format(time.DateOnly) + "-" + strconv.Itoa(b.Sequence) + ".ics"
}
