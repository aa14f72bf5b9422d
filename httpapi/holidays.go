package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis/scheduling"
)

// ListHolidayCalendars answers with the bank's calendars.
func (s *Server) ListHolidayCalendars(ctx context.Context, _ ListHolidayCalendarsRequestObject) (ListHolidayCalendarsResponseObject, error) {
	all, err := s.Scheduling.AllHolidays(ctx, bankOf(ctx))
	return ListHolidayCalendars200JSONResponse{Items: list(all, showHolidays)}, err
}

// CreateHolidayCalendar adds a calendar.
func (s *Server) CreateHolidayCalendar(ctx context.Context, r CreateHolidayCalendarRequestObject) (CreateHolidayCalendarResponseObject, error) {
	c, err := s.changedHolidays(ctx, func(ctx context.Context) (scheduling.HolidayCalendar, error) {
		return s.Scheduling.AddHolidays(ctx, bankOf(ctx), readHolidays(uuid.Nil, *r.Body))
	})
	return CreateHolidayCalendar201JSONResponse(c), err
}

// GetHolidayCalendar answers with a calendar.
func (s *Server) GetHolidayCalendar(ctx context.Context, r GetHolidayCalendarRequestObject) (GetHolidayCalendarResponseObject, error) {
	c, err := s.Scheduling.Holidays(ctx, bankOf(ctx), r.CalendarID)
	return GetHolidayCalendar200JSONResponse(showHolidays(c)), err
}

// ReplaceHolidayCalendar replaces a calendar as a whole.
func (s *Server) ReplaceHolidayCalendar(ctx context.Context, r ReplaceHolidayCalendarRequestObject) (ReplaceHolidayCalendarResponseObject, error) {
	c, err := s.changedHolidays(ctx, func(ctx context.Context) (scheduling.HolidayCalendar, error) {
		return s.Scheduling.ReplaceHolidays(ctx, bankOf(ctx), readHolidays(r.CalendarID, *r.Body))
	})
	return ReplaceHolidayCalendar200JSONResponse(c), err
}

func (s *Server) changedHolidays(ctx context.Context, change func(context.Context) (scheduling.HolidayCalendar, error)) (HolidayCalendar, error) {
	var c scheduling.HolidayCalendar
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if c, err = change(ctx); err != nil {
			return err
		}
		return s.settle(ctx, scheduling.Approved, c.Conflicts)
	})
	return showHolidays(c), err
}

// DeleteHolidayCalendar deletes a calendar.
func (s *Server) DeleteHolidayCalendar(ctx context.Context, r DeleteHolidayCalendarRequestObject) (DeleteHolidayCalendarResponseObject, error) {
	return DeleteHolidayCalendar204Response{}, s.Scheduling.RemoveHolidays(ctx, bankOf(ctx), r.CalendarID)
}

// ImportHolidays takes the days of an iCalendar file over.
func (s *Server) ImportHolidays(ctx context.Context, r ImportHolidaysRequestObject) (ImportHolidaysResponseObject, error) {
	var done scheduling.HolidayImport
	c, err := s.changedHolidays(ctx, func(ctx context.Context) (_ scheduling.HolidayCalendar, err error) {
		done, err = s.Scheduling.ImportHolidays(ctx, bankOf(ctx), r.CalendarID, r.Body.Ics)
		return done.Calendar, err
	})
	return ImportHolidays200JSONResponse{
		Calendar: c, Imported: done.Imported, Removed: done.Removed,
		Skipped: list(done.Skipped, func(e scheduling.SkippedEvent) SkippedEvent {
			return SkippedEvent{Event: e.Event, Summary: given(e.Summary), Reason: e.Reason}
		}),
	}, err
}

func readHolidays(id uuid.UUID, in NewHolidayCalendar) scheduling.HolidayCalendar {
	return scheduling.HolidayCalendar{
		ID: id, Name: in.Name, Everyone: or(in.Everyone, true), Agents: in.AgentIds,
		Days: list(in.Holidays, func(h Holiday) scheduling.NamedDay {
			return scheduling.NamedDay{Date: scheduling.DateOf(h.Date.Time), Name: h.Name}
		}),
	}
}

func showHolidays(c scheduling.HolidayCalendar) HolidayCalendar {
	return HolidayCalendar{
		ID: c.ID, Name: c.Name, Everyone: c.Everyone, AgentIds: append([]uuid.UUID{}, c.Agents...),
		Holidays:  list(c.Days, func(d scheduling.NamedDay) Holiday { return Holiday{Date: showDate(d.Date), Name: d.Name} }),
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(), Conflicts: conflictsOf(c.Conflicts),
	}
}
