package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/scheduling"
)

// ListCalendarExceptions answers with how dates differ from the week.
func (s *Server) ListCalendarExceptions(ctx context.Context, r ListCalendarExceptionsRequestObject) (ListCalendarExceptionsResponseObject, error) {
	f := scheduling.ExceptionFilter{AgentID: zero(r.Params.AgentID), State: scheduling.ApprovalState(zero(r.Params.State))}
	if r.Params.From != nil {
		f.From = scheduling.DateOf(r.Params.From.Time)
	}
	if r.Params.To != nil {
		f.To = scheduling.DateOf(r.Params.To.Time)
	}
	var all []scheduling.Exception
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if f.AgentID != uuid.Nil {
			if _, err := s.Banks.Agent(ctx, bankOf(ctx), f.AgentID); err != nil {
				return err
			}
		}
		all, err = s.Scheduling.Exceptions(ctx, bankOf(ctx), f)
		return err
	})
	return ListCalendarExceptions200JSONResponse{Items: list(all, showException)}, err
}

// CreateCalendarException enters an exception, or asks for it.
func (s *Server) CreateCalendarException(ctx context.Context, r CreateCalendarExceptionRequestObject) (CreateCalendarExceptionResponseObject, error) {
	b := r.Body
	e := scheduling.Exception{
		AgentID: zero(b.AgentID), Kind: scheduling.ExceptionKind(b.Kind), First: scheduling.DateOf(b.FirstOn.Time),
		TimeZone: zero(b.TimeZone), Reason: zero(b.Reason),
	}
	e.Last = e.First
	if b.LastOn != nil {
		e.Last = scheduling.DateOf(b.LastOn.Time)
	}
	if (b.Starts == nil) != (b.Ends == nil) {
		return nil, visavis.InvalidField("ends", "starts and ends go together")
	}
	if b.Starts != nil {
		var err error
		if e.Starts, err = scheduling.ParseClock(*b.Starts); err != nil {
			return nil, visavis.InvalidField("starts", "must be HH:MM")
		}
		if e.Ends, err = scheduling.ParseClock(*b.Ends); err != nil || e.Ends == 0 {
			return nil, visavis.InvalidField("ends", "must be HH:MM after starts")
		}
	}
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if e, err = s.Scheduling.AddException(ctx, bankOf(ctx), e); err != nil {
			return err
		}
		return s.settle(ctx, e.State, e.Conflicts)
	})
	return CreateCalendarException201JSONResponse(showException(e)), err
}

// GetCalendarException answers with one exception.
func (s *Server) GetCalendarException(ctx context.Context, r GetCalendarExceptionRequestObject) (GetCalendarExceptionResponseObject, error) {
	e, err := s.Scheduling.Exception(ctx, bankOf(ctx), r.ExceptionID)
	return GetCalendarException200JSONResponse(showException(e)), err
}

// DeleteCalendarException takes one back.
func (s *Server) DeleteCalendarException(ctx context.Context, r DeleteCalendarExceptionRequestObject) (DeleteCalendarExceptionResponseObject, error) {
	return DeleteCalendarException204Response{}, s.together(ctx, func(ctx context.Context) error {
		e, err := s.Scheduling.RemoveException(ctx, bankOf(ctx), r.ExceptionID)
		if err != nil {
			return err
		}
		return s.settle(ctx, e.State, e.Conflicts)
	})
}

// ApproveCalendarException puts one into force.
func (s *Server) ApproveCalendarException(ctx context.Context, r ApproveCalendarExceptionRequestObject) (ApproveCalendarExceptionResponseObject, error) {
	var e scheduling.Exception
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if e, err = s.Scheduling.ApproveException(ctx, bankOf(ctx), r.ExceptionID, note(r.Body)); err != nil {
			return err
		}
		return s.settle(ctx, e.State, e.Conflicts)
	})
	return ApproveCalendarException200JSONResponse(showException(e)), err
}

// RejectCalendarException ends one that waits.
func (s *Server) RejectCalendarException(ctx context.Context, r RejectCalendarExceptionRequestObject) (RejectCalendarExceptionResponseObject, error) {
	e, err := s.Scheduling.RejectException(ctx, bankOf(ctx), r.ExceptionID, note(r.Body))
	return RejectCalendarException200JSONResponse(showException(e)), err
}

func showDate(d scheduling.Date) openapi_types.Date {
	return openapi_types.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)}
}

func showException(e scheduling.Exception) CalendarException {
	out := CalendarException{
		ID: e.ID, AgentID: given(e.AgentID), Kind: CalendarExceptionKind(e.Kind), FirstOn: showDate(e.First), LastOn: showDate(e.Last),
		TimeZone: given(e.TimeZone), Reason: e.Reason, State: ApprovalState(e.State),
		AskedBy: e.AskedBy, AskedAt: e.AskedAt.UTC(), DecidedBy: e.DecidedBy, DecidedAt: givenTime(e.DecidedAt), Note: given(e.Note),
		Conflicts: list(e.Conflicts, showConflict),
	}
	if e.Ends != 0 {
		out.Starts, out.Ends = new(e.Starts.String()), new(e.Ends.String())
	}
	return out
}
