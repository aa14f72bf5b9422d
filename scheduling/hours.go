package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// maxHours is the most entries of working hours that one agent may have.
const maxHours = 100

// Clock is a time of day on a wall clock, in minutes since midnight: 0 to
// 1440. 1440 is 24:00, the end of the day, and only good for Hours.Ends.
type Clock int

// ParseClock reads "09:00" or "24:00".
func ParseClock(s string) (Clock, error) {
	var h, m int
	if len(s) != 5 || s[2] != ':' {
		return 0, fmt.Errorf("%q is not a time of day such as 09:00", s)
	}
	for i, n := range []*int{&h, &m} {
		for _, c := range s[3*i : 3*i+2] {
			if c < '0' || c > '9' {
				return 0, fmt.Errorf("%q is not a time of day such as 09:00", s)
			}
			*n = *n*10 + int(c-'0')
		}
	}
	if m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, fmt.Errorf("%q is not a time of day from 00:00 to 24:00", s)
	}
	return Clock(h*60 + m), nil
}

// String returns "09:00".
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText implements encoding.TextMarshaler.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Clock) UnmarshalText(b []byte) (err error) {
	*c, err = ParseClock(string(b))
	return err
}

// Hours is a stretch of one weekday in which an agent works: at every instant
// at which the clock on a wall in TimeZone shows Starts or later, and earlier
// than Ends, on that weekday. Hours that a change to daylight-saving time
// leaves out are not worked; those that a change back repeats are worked twice.
// A night shift is two entries, such as Friday 22:00–24:00 and Saturday
// 00:00–06:00.
type Hours struct {
	AgentID  uuid.UUID    `json:"agent_id"` // set by WorkingHours, ignored by SetWorkingHours
	Weekday  time.Weekday `json:"weekday"`  // 0 = Sunday
	Starts   Clock        `json:"starts"`
	Ends     Clock        `json:"ends"` // after Starts; 24:00 = to the end of the day
	TimeZone string       `json:"time_zone"`
	Break    bool         `json:"break,omitempty"` // taken out of the hours of work, not added to them
}

// AroundTheClock returns working hours without an end: every weekday, all day.
func AroundTheClock(timeZone string) []Hours {
	hours := make([]Hours, 7)
	for day := range hours {
		hours[day] = Hours{Weekday: time.Weekday(day), Starts: 0, Ends: 24 * 60, TimeZone: timeZone}
	}
	return hours
}

func checkHours(hours []Hours) error {
	if len(hours) > maxHours {
		return visavis.InvalidField("hours", "at most %d entries", maxHours)
	}
	for i, h := range hours {
		field := func(name string) string { return fmt.Sprintf("hours.%d.%s", i, name) }
		switch {
		case h.Weekday < time.Sunday || h.Weekday > time.Saturday:
			return visavis.InvalidField(field("weekday"), "must be 0 (Sunday) to 6 (Saturday)")
		case h.Starts < 0 || h.Starts >= 24*60:
			return visavis.InvalidField(field("starts"), "must be 00:00 to 23:59")
		case h.Ends <= h.Starts || h.Ends > 24*60:
			return visavis.InvalidField(field("ends"), "must be after starts and at most 24:00")
		}
		if _, err := loadZone(h.TimeZone); err != nil {
			return visavis.InvalidField(field("time_zone"), "must be an IANA time zone such as Europe/Kyiv")
		}
	}
	return nil
}

// SetWorkingHours replaces all working hours of an agent at once, whoever asks;
// an empty list takes the agent out of the slots. Bookings that were made stay: a
// place is exchangeable until the ring. ChangeHours is the same for people, with
// four eyes. NotFound when the bank has no such agent, Invalid (fields
// hours.<n>.<name>) for hours that make no sense.
func (s *Service) SetWorkingHours(ctx context.Context, bankID, agentID uuid.UUID, hours []Hours) error {
	if err := checkHours(hours); err != nil {
		return err
	}
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		before, err := s.lockHoursTx(ctx, tx, agentID)
		if err != nil {
			return err
		}
		if err := s.writeHoursTx(ctx, tx, agentID, hours); err != nil {
			return err
		}
		_, err = s.recordHoursTx(ctx, tx, agentID, before, hours, Approved)
		return err
	})
}

// lockHoursTx returns an agent's hours, which nobody else changes until tx ends.
func (s *Service) lockHoursTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) ([]Hours, error) {
	// The lock keeps two that replace at once from leaving both lists.
	var found bool
	err := tx.QueryRow(ctx, `select true from agents where bank_id = $1 and id = $2 for no key update`, tx.BankID, agentID).Scan(&found)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoAgent()
	}
	if err != nil {
		return nil, fmt.Errorf("lock agent: %w", err)
	}
	return hoursTx(ctx, tx, agentID)
}

func errNoAgent() error {
	return visavis.Errorf(visavis.NotFound, "agent_not_found", "there is no such agent")
}

// writeHoursTx replaces the hours of an agent who is locked.
func (s *Service) writeHoursTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, hours []Hours) error {
	batch := &pgx.Batch{}
	batch.Queue(`delete from working_hours where bank_id = $1 and agent_id = $2`, tx.BankID, agentID)
	for _, h := range hours {
		kind := "work"
		if h.Break {
			kind = "break"
		}
		batch.Queue(`
			insert into working_hours (bank_id, id, agent_id, weekday, starts, ends, time_zone, kind)
			values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			tx.BankID, uuid.Must(uuid.NewV7()), agentID, int16(h.Weekday), wallTime(h.Starts), wallTime(h.Ends), h.TimeZone, kind)
	}
	if len(hours) > 0 {
		queuePlace(batch, tx.BankID, agentID)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write working hours: %w", err)
	}
	_, err := events.AppendTx(ctx, tx, s.now(), events.New{
		Type: "working_hours.changed", Object: "agent", ID: agentID,
		Data: map[string]any{"entries": len(hours)},
	})
	return err
}

// queuePlace makes the agent's calendar, when it is missing.
func queuePlace(batch *pgx.Batch, bankID, agentID uuid.UUID) {
	batch.Queue(`
		insert into places (bank_id, id, agent_id) values ($1, $2, $3)
		on conflict (bank_id, agent_id) do nothing`,
		bankID, uuid.Must(uuid.NewV7()), agentID)
}

// WorkingHours returns the working hours of one agent, or of all agents when
// agentID is uuid.Nil, ordered by agent, weekday and start.
func (s *Service) WorkingHours(ctx context.Context, bankID, agentID uuid.UUID) ([]Hours, error) {
	hours := []Hours{}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var err error
		hours, err = hoursTx(ctx, tx, agentID)
		return err
	})
	return hours, err
}

func hoursTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) ([]Hours, error) {
	rows, err := tx.Query(ctx, `
		select agent_id, weekday, starts, ends, time_zone, kind = 'break' from working_hours
		where bank_id = $1 and ($2 = '00000000-0000-0000-0000-000000000000'::uuid or agent_id = $2)
		order by agent_id, weekday, starts, id`, tx.BankID, agentID)
	if err != nil {
		return nil, fmt.Errorf("read working hours: %w", err)
	}
	hours, err := pgx.CollectRows(rows, scanHours)
	if err != nil {
		return nil, fmt.Errorf("read working hours: %w", err)
	}
	return hours, nil
}

func scanHours(row pgx.CollectableRow) (Hours, error) {
	var h Hours
	var weekday int16
	var starts, ends pgtype.Time
	err := row.Scan(&h.AgentID, &weekday, &starts, &ends, &h.TimeZone, &h.Break)
	h.Weekday = time.Weekday(weekday)
	h.Starts, h.Ends = clockOf(starts), clockOf(ends)
	return h, err
}

const minute = int64(time.Minute / time.Microsecond)

func wallTime(c Clock) pgtype.Time { return pgtype.Time{Microseconds: int64(c) * minute, Valid: true} }
func clockOf(t pgtype.Time) Clock  { return Clock(t.Microseconds / minute) }
