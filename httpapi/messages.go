package httpapi

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// SendMessage tells a customer something.
func (s *Server) SendMessage(ctx context.Context, r SendMessageRequestObject) (SendMessageResponseObject, error) {
	b := r.Body
	m := channels.Message{
		CustomerID: b.CustomerID, Class: channels.Class(or(b.Class, NewMessageClassNotice)),
		Template: zero(b.Template), Params: b.Params, Channels: words[Channel, channels.Channel](b.Channels),
		ExpiresAt: or(b.ExpiresAt, s.Now().Add(24*time.Hour)), Reference: zero(b.Reference), Metadata: zero(b.Metadata),
	}
	switch {
	case (b.Text == nil) == (b.Template == nil):
		return nil, visavis.InvalidField("text", "give either text or template")
	case b.Text != nil && len(b.Params) > 0:
		return nil, visavis.InvalidField("params", "go with template only")
	case b.Text != nil:
		m.Template, m.Params = "text", map[string]string{"text": *b.Text}
	}
	if len(m.Channels) == 0 {
		m.Channels = []channels.Channel{channels.SMS}
	}
	if !m.ExpiresAt.After(s.Now()) {
		return nil, visavis.InvalidField("expires_at", "must be in the future")
	}
	out, err := s.Channels.Send(ctx, bankOf(ctx), m) // it says itself that there is no such customer
	return SendMessage202JSONResponse(showMessage(out)), err
}

// ListMessages answers with messages, newest first.
func (s *Server) ListMessages(ctx context.Context, r ListMessagesRequestObject) (ListMessagesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Channels.List(ctx, bankOf(ctx), channels.Filter{
		CustomerID: zero(r.Params.CustomerID), AboutID: zero(r.Params.AboutID), State: channels.State(zero(r.Params.State)),
	}, p)
	return ListMessages200JSONResponse{Items: list(all, showMessage), NextCursor: given(next)}, err
}

// GetMessage answers with a message, its deliveries and their receipts.
func (s *Server) GetMessage(ctx context.Context, r GetMessageRequestObject) (GetMessageResponseObject, error) {
	m, err := s.Channels.Get(ctx, bankOf(ctx), r.MessageID)
	return GetMessage200JSONResponse(showMessage(m)), err
}

func showMessage(m channels.MessageInfo) Message {
	return Message{
		ID: m.ID, CustomerID: given(m.CustomerID), Class: MessageClass(m.Class), Template: m.Template, Locale: m.Locale,
		AboutType: m.AboutType, AboutID: given(m.AboutID), State: MessageState(m.State),
		Deliveries: list(m.Deliveries, showDelivery), Reference: given(m.Reference), Metadata: metadata(m.Metadata),
		CreatedAt: m.CreatedAt.UTC(), ExpiresAt: m.ExpiresAt.UTC(),
	}
}

func showDelivery(d channels.DeliveryInfo) Delivery {
	return Delivery{
		ID: d.ID, Channel: Channel(d.Channel), Provider: d.Provider, Recipient: d.Recipient, DeviceID: given(d.DeviceID),
		State: DeliveryState(d.State), Attempts: d.Attempts, ErrorCode: d.ErrorCode, CreatedAt: d.CreatedAt.UTC(),
		SentAt: givenTime(d.SentAt), FinishedAt: givenTime(d.FinishedAt),
		Receipts: list(d.Receipts, func(r channels.ReceiptInfo) Receipt {
			return Receipt{Status: r.Status, ErrorCode: r.ErrorCode, At: r.At.UTC()}
		}),
	}
}

// ListTexts answers with the words of all messages.
func (s *Server) ListTexts(ctx context.Context, r ListTextsRequestObject) (ListTextsResponseObject, error) {
	all, err := s.Channels.ListTexts(ctx, bankOf(ctx), string(zero(r.Params.Locale)))
	return ListTexts200JSONResponse{Items: list(all, showText)}, err
}

// SetText changes the words of a message.
func (s *Server) SetText(ctx context.Context, r SetTextRequestObject) (SetTextResponseObject, error) {
	text, err := s.Channels.SetText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Body.Body)
	return SetText200JSONResponse(showText(text)), err
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

func showText(t channels.Text) Text {
	out := Text{Key: t.Key, Locale: Locale(t.Locale), Body: t.Body, Default: t.Default, Version: t.Version, Custom: t.Body != t.Default, Placeholders: []string{}}
	names := []string{"bank", "name"} // every text may have them, see channels.SetText
	for _, m := range placeholder.FindAllStringSubmatch(t.Default, -1) {
		names = append(names, m[1])
	}
	for _, name := range names {
		if !slices.Contains(out.Placeholders, name) {
			out.Placeholders = append(out.Placeholders, name)
		}
	}
	return out
}
