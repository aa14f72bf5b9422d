package httpapi

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// SendMessageBatch tells many customers something.
func (s *Server) SendMessageBatch(ctx context.Context, r SendMessageBatchRequestObject) (SendMessageBatchResponseObject, error) {
	b := r.Body
	m, err := s.newMessage(ctx, NewMessageClass(or(b.Class, NewMessageBatchClassNotice)), b.Text, b.Template, b.Params, b.Channels, b.SendAt, b.ExpiresAt)
	if err != nil {
		return nil, err
	}
	batch := channels.Batch{Message: m, Recipients: make([]channels.BatchRecipient, len(b.Recipients)), Key: ownKey(ctx)}
	for i, to := range b.Recipients {
		if b.Text != nil && len(to.Params) > 0 {
			return nil, visavis.InvalidField("recipients."+strconv.Itoa(i)+".params", "go with template only")
		}
		batch.Recipients[i] = channels.BatchRecipient{CustomerID: to.CustomerID, Params: to.Params, Reference: zero(to.Reference), Metadata: zero(to.Metadata)}
	}
	info, was, err := s.Channels.SendBatch(ctx, bankOf(ctx), batch)
	replayed(ctx, was)
	return SendMessageBatch202JSONResponse{
		ID: info.ID, Total: info.Total, Accepted: info.Accepted, Refused: info.Refused, CreatedAt: info.CreatedAt.UTC(),
		Results: list(info.Results, showBatchResult),
	}, err
}

// GetMessageBatch answers with a batch and how many of its messages are in which state.
func (s *Server) GetMessageBatch(ctx context.Context, r GetMessageBatchRequestObject) (GetMessageBatchResponseObject, error) {
	info, err := s.Channels.BatchOf(ctx, bankOf(ctx), r.BatchID)
	return GetMessageBatch200JSONResponse(showBatch(info)), err
}

// ListMessageBatchResults answers with what became of a batch's recipients.
func (s *Server) ListMessageBatchResults(ctx context.Context, r ListMessageBatchResultsRequestObject) (ListMessageBatchResultsResponseObject, error) {
	from, limit := 0, or(r.Params.Limit, 50)
	if cursor := zero(r.Params.Cursor); cursor != "" {
		n, err := strconv.Atoi(cursor)
		if err != nil || n < 0 || n > channels.MaxBatch {
			return nil, visavis.InvalidField("cursor", "is not a next_cursor of this list")
		}
		from = n
	}
	results, more, err := s.Channels.BatchResults(ctx, bankOf(ctx), r.BatchID, from, limit)
	out := ListMessageBatchResults200JSONResponse{Items: list(results, showBatchResult)}
	if more {
		out.NextCursor = given(strconv.Itoa(from + limit))
	}
	return out, err
}

// CancelMessageBatch takes back what of a batch has not been sent yet.
func (s *Server) CancelMessageBatch(ctx context.Context, r CancelMessageBatchRequestObject) (CancelMessageBatchResponseObject, error) {
	info, err := s.Channels.CancelBatch(ctx, bankOf(ctx), r.BatchID)
	return CancelMessageBatch200JSONResponse(showBatch(info)), err
}

func showBatch(b channels.BatchInfo) MessageBatch {
	states := map[string]int{}
	for state, n := range b.States {
		states[string(state)] = n
	}
	return MessageBatch{
		ID: b.ID, Total: b.Total, Accepted: b.Accepted, Refused: b.Refused, States: states,
		CreatedAt: b.CreatedAt.UTC(), CancelledAt: givenTime(b.CancelledAt),
	}
}

func showBatchResult(r channels.BatchResult) MessageBatchResult {
	out := MessageBatchResult{Row: r.Row, Code: given(r.Code), Detail: given(r.Detail), Field: given(r.Field)}
	if r.MessageID != uuid.Nil {
		out.MessageID, out.State = &r.MessageID, given(MessageState(r.State))
	}
	return out
}
