package httpapi

import (
	"context"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
)

// SendMessage tells a customer something.
func (s *Server) SendMessage(ctx context.Context, r SendMessageRequestObject) (SendMessageResponseObject, error) {
	b := r.Body
	m, err := s.newMessage(ctx, or(b.Class, NewMessageClassNotice), b.Text, b.Template, b.Params, b.Channels, b.SendAt, b.ExpiresAt)
	if err != nil {
		return nil, err
	}
	m.CustomerID, m.Reference, m.Metadata, m.Key = b.CustomerID, zero(b.Reference), zero(b.Metadata), ownKey(ctx)
	out, was, err := s.Channels.SendOnce(ctx, bankOf(ctx), m) // it says itself that there is no such customer
	replayed(ctx, was)
	return SendMessage202JSONResponse(showMessage(out)), err
}

// newMessage is what a message and a batch of messages have in common.
func (s *Server) newMessage(ctx context.Context, class NewMessageClass, text, template *string, params map[string]string, over []Channel, sendAt, expiresAt *time.Time) (channels.Message, error) {
	m := channels.Message{
		Class: channels.Class(class), Template: zero(template), Params: params,
		Channels: words[Channel, channels.Channel](over), Otherwise: channels.SMS, SendAt: zero(sendAt),
	}
	begins := s.Now()
	if m.SendAt.After(begins) {
		begins = m.SendAt
	}
	if m.ExpiresAt = zero(expiresAt); expiresAt == nil {
		life, err := s.Channels.Lifetime(ctx, bankOf(ctx), m.Class)
		if err != nil {
			return m, err
		}
		m.ExpiresAt = begins.Add(life)
	}
	switch {
	case (text == nil) == (template == nil):
		return m, visavis.InvalidField("text", "give either text or template")
	case text != nil && len(params) > 0:
		return m, visavis.InvalidField("params", "go with template only")
	case text != nil:
		m.Template, m.Params = "text", map[string]string{"text": *text}
	}
	return m, nil // whether the times fit is found after a repetition was answered
}

// CancelMessage takes back what of a message has not been sent yet.
func (s *Server) CancelMessage(ctx context.Context, r CancelMessageRequestObject) (CancelMessageResponseObject, error) {
	m, err := s.Channels.Cancel(ctx, bankOf(ctx), r.MessageID)
	return CancelMessage200JSONResponse(showMessage(m)), err
}

// ListMessages answers with messages, newest first.
func (s *Server) ListMessages(ctx context.Context, r ListMessagesRequestObject) (ListMessagesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	f := channels.Filter{
		CustomerID: zero(r.Params.CustomerID), AboutID: zero(r.Params.AboutID), State: channels.State(zero(r.Params.State)),
		Class: channels.Class(zero(r.Params.Class)), Channel: channels.Channel(zero(r.Params.Channel)), Reference: zero(r.Params.Reference),
		From: zero(r.Params.From), To: zero(r.Params.To),
	}
	if r.Params.Phone != nil {
		if f.Phone, err = banks.CanonicalPhone(*r.Params.Phone, ""); err != nil { // no number finds nothing, as with customers
			return ListMessages200JSONResponse{Items: []Message{}}, nil
		}
	}
	all, next, err := s.Channels.List(ctx, bankOf(ctx), f, p)
	return ListMessages200JSONResponse{Items: list(all, showMessage), NextCursor: given(next)}, err
}

// GetMessage answers with a message, its deliveries and their receipts.
func (s *Server) GetMessage(ctx context.Context, r GetMessageRequestObject) (GetMessageResponseObject, error) {
	m, err := s.Channels.Get(ctx, bankOf(ctx), r.MessageID)
	out := showMessage(m)
	out.Ladder = list(m.Ladder, showLadderStep)
	return GetMessage200JSONResponse(out), err
}

func showMessage(m channels.MessageInfo) Message {
	return Message{
		ID: m.ID, CustomerID: given(m.CustomerID), Class: MessageClass(m.Class), Template: m.Template, Locale: m.Locale,
		AboutType: m.AboutType, AboutID: given(m.AboutID), State: MessageState(m.State), Reason: given(MessageReason(m.Reason)),
		Deliveries: list(m.Deliveries, showDelivery), Reference: given(m.Reference), Metadata: metadata(m.Metadata),
		CreatedAt: m.CreatedAt.UTC(), ExpiresAt: m.ExpiresAt.UTC(), DueAt: givenTime(m.DueAt), BatchID: given(m.BatchID),
	}
}

func showDelivery(d channels.DeliveryInfo) Delivery {
	return Delivery{
		ID: d.ID, Channel: Channel(d.Channel), Provider: d.Provider, Recipient: d.Recipient, DeviceID: given(d.DeviceID),
		State: DeliveryState(d.State), Step: given(d.Step), Why: given(d.Why), Attempts: d.Attempts, Duplicate: given(DeliveryDuplicate(d.Duplicate)), ErrorCode: d.ErrorCode, CreatedAt: d.CreatedAt.UTC(),
		SentAt: givenTime(d.SentAt), FinishedAt: givenTime(d.FinishedAt),
		Receipts: list(d.Receipts, func(r channels.ReceiptInfo) Receipt {
			return Receipt{Status: r.Status, ErrorCode: r.ErrorCode, At: r.At.UTC()}
		}),
	}
}

func showLadderStep(l channels.LadderStep) LadderStep {
	return LadderStep{
		Step: l.Step, WaitSeconds: given(int(l.Wait.Seconds())), GivesWayOn: words[channels.Advance, LadderStepGivesWayOn](l.On),
		Targets: list(l.Targets, func(t channels.LadderTarget) LadderTarget {
			return LadderTarget{DeliveryID: t.DeliveryID, Channel: Channel(t.Channel), Provider: t.Provider, Recipient: given(t.Recipient), From: given(t.From), Why: given(t.Why)}
		}),
	}
}
