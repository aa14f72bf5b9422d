package channels

import (
	"time"

	"github.com/visavis/visavis"
)

// QuietHours are hours of the clock at the recipient's in which nothing is sent
// that can wait: from From until To, over midnight when From is the later one.
// They go by what the clock shows, so they are an hour shorter or longer in the
// night in which it is changed.
type QuietHours struct {
	From string `json:"from"` // HH:MM
	To   string `json:"to"`   // HH:MM, the first minute in which it is sent again
}

func (q QuietHours) validate(field string) error {
	from, ok1 := minuteOfDay(q.From)
	to, ok2 := minuteOfDay(q.To)
	switch {
	case !ok1:
		return visavis.InvalidField(field+".from", "is a time of day such as 21:00")
	case !ok2:
		return visavis.InvalidField(field+".to", "is a time of day such as 08:00")
	case from == to:
		return visavis.InvalidField(field+".to", "must differ from the beginning")
	}
	return nil
}

// minuteOfDay reads HH:MM.
func minuteOfDay(text string) (int, bool) {
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil && len(text) == 5
}

// quietAt reports whether the clock shows a quiet time at t, in t's zone.
func (q QuietHours) quietAt(t time.Time) bool {
	from, _ := minuteOfDay(q.From)
	to, _ := minuteOfDay(q.To)
	at := t.Hour()*60 + t.Minute()
	if from < to {
		return from <= at && at < to
	}
	return at >= from || at < to
}

// end is the first moment from t on that is not quiet in the zone; t itself
// when it is not. It goes from one change of the clock to the next: between two
// of them the clock runs evenly.
func (q QuietHours) end(t time.Time, zone *time.Location) time.Time {
	to, _ := minuteOfDay(q.To)
	for at := t.In(zone); ; {
		if !q.quietAt(at) {
			if at.Equal(t) {
				return t
			}
			return at.In(t.Location())
		}
		clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
			time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
		left := time.Duration(to)*time.Minute - clock
		if left <= 0 {
			left += 24 * time.Hour
		}
		next := at.Add(left)
		if _, change := at.ZoneBounds(); !change.IsZero() && change.After(at) && !change.After(next) {
			next = change.In(zone)
		}
		at = next
	}
}
