package httpapi

import (
	"context"
	"encoding/hex"

	"github.com/visavis/visavis/calls"
)

// GetRecordingRecord tells how long what was recorded of a call is kept.
func (s *Server) GetRecordingRecord(ctx context.Context, r GetRecordingRecordRequestObject) (GetRecordingRecordResponseObject, error) {
	record, err := s.Calls.Record(ctx, bankOf(ctx), r.CallID)
	return GetRecordingRecord200JSONResponse(showRecord(record)), err
}

// HoldRecording puts it under legal hold.
func (s *Server) HoldRecording(ctx context.Context, r HoldRecordingRequestObject) (HoldRecordingResponseObject, error) {
	record, err := s.Calls.Hold(ctx, bankOf(ctx), r.CallID, r.Body.Reason)
	return HoldRecording200JSONResponse(showRecord(record)), err
}

// ReleaseRecording ends a legal hold.
func (s *Server) ReleaseRecording(ctx context.Context, r ReleaseRecordingRequestObject) (ReleaseRecordingResponseObject, error) {
	record, err := s.Calls.Release(ctx, bankOf(ctx), r.CallID)
	return ReleaseRecording200JSONResponse(showRecord(record)), err
}

// ListDueRecordings lists what is to be deleted next.
func (s *Server) ListDueRecordings(ctx context.Context, r ListDueRecordingsRequestObject) (ListDueRecordingsResponseObject, error) {
	before := s.Now()
	if r.Params.Before != nil {
		before = *r.Params.Before
	}
	all, err := s.Calls.DueRecords(ctx, bankOf(ctx), before)
	return ListDueRecordings200JSONResponse{Items: list(all, showRecord)}, err
}

// ListRecordingAccess lists who got which bytes.
func (s *Server) ListRecordingAccess(ctx context.Context, r ListRecordingAccessRequestObject) (ListRecordingAccessResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Calls.Accesses(ctx, bankOf(ctx), r.CallID, p)
	return ListRecordingAccess200JSONResponse{NextCursor: given(next), Items: list(all, func(a calls.Access) RecordingAccess {
		return RecordingAccess{
			ID: a.ID, Object: RecordingAccessObject(a.Object), ObjectID: a.ObjectID, ActorKind: a.ActorKind, ActorID: a.ActorID,
			FromByte: a.From, ToByte: a.To, Requests: a.Requests, FirstAt: a.FirstAt.UTC(), LastAt: a.LastAt.UTC(),
		}
	})}, err
}

// RequestComposite has one MP4 made of both sides.
func (s *Server) RequestComposite(ctx context.Context, r RequestCompositeRequestObject) (RequestCompositeResponseObject, error) {
	c, err := s.Calls.RequestComposite(ctx, bankOf(ctx), r.CallID)
	return RequestComposite200JSONResponse(showComposite(c)), err
}

// GetComposite tells how far it is.
func (s *Server) GetComposite(ctx context.Context, r GetCompositeRequestObject) (GetCompositeResponseObject, error) {
	c, err := s.Calls.Composite(ctx, bankOf(ctx), r.CallID)
	return GetComposite200JSONResponse(showComposite(c)), err
}

// CancelComposite stops the making.
func (s *Server) CancelComposite(ctx context.Context, r CancelCompositeRequestObject) (CancelCompositeResponseObject, error) {
	c, err := s.Calls.CancelComposite(ctx, bankOf(ctx), r.CallID)
	return CancelComposite200JSONResponse(showComposite(c)), err
}

func showRecord(r calls.Record) RecordingRecord {
	out := RecordingRecord{
		CallID: r.CallID, KeepUntil: givenTime(r.KeepUntil), HeldAt: givenTime(r.HeldAt), HeldBy: r.HeldBy, HoldReason: given(r.HoldReason),
		DeletedAt: givenTime(r.DeletedAt), FilesDeletedAt: givenTime(r.FilesDeletedAt), Receipt: given(r.Receipt),
	}
	out.ReceiptMac = given(hex.EncodeToString(r.ReceiptMAC))
	return out
}

func showComposite(c calls.Composite) Composite {
	out := Composite{CallID: c.CallID, State: CompositeState(c.State), Percent: c.Percent, Error: given(c.Error), FinishedAt: givenTime(c.FinishedAt)}
	if c.State == "complete" {
		out.Bytes, out.Sha256 = c.Bytes, given(hex.EncodeToString(c.SHA256))
		out.URL = new(callPath(c.CallID) + "/composite/file")
	}
	return out
}

func showGap(g calls.Gap) RecordingGap {
	return RecordingGap{Kind: RecordingGapKind(g.Kind), FromMs: g.FromMS, ToMs: g.ToMS, Cause: RecordingGapCause(g.Cause)}
}

func showQuality(q *calls.StillQuality) *StillQuality {
	if q == nil {
		return nil
	}
	out := &StillQuality{Sharpness: float32(q.Sharpness), Glare: float32(q.Glare), Luma: float32(q.Luma), Advice: []StillQualityAdvice{}}
	if q.Motion != nil {
		out.Motion = new(float32(*q.Motion))
	}
	for _, a := range q.Advice() {
		out.Advice = append(out.Advice, StillQualityAdvice(a))
	}
	return out
}
