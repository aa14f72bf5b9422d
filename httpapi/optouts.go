package httpapi

import (
	"context"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
)

// ListOptOuts answers with what customers decided about messages.
func (s *Server) ListOptOuts(ctx context.Context, r ListOptOutsRequestObject) (ListOptOutsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	phone := ""
	if id := r.Params.CustomerID; id != nil {
		c, err := s.Banks.Customer(ctx, bankOf(ctx), *id)
		if err != nil {
			return nil, err
		}
		phone = c.Phone
	}
	all, next, err := s.Channels.OptOuts(ctx, bankOf(ctx), phone, p)
	return ListOptOuts200JSONResponse{Items: list(all, showOptOut), NextCursor: given(next)}, err
}

// CreateOptOut writes down that a customer wants no more messages.
func (s *Server) CreateOptOut(ctx context.Context, r CreateOptOutRequestObject) (CreateOptOutResponseObject, error) {
	b := r.Body
	phone := zero(b.Phone)
	if (b.Phone == nil) == (b.CustomerID == nil) {
		return nil, visavis.InvalidField("phone", "give either customer_id or phone")
	}
	if b.CustomerID != nil {
		c, err := s.Banks.Customer(ctx, bankOf(ctx), *b.CustomerID)
		if err != nil {
			return nil, err
		}
		phone = c.Phone
	}
	written, err := s.Channels.OptOut(ctx, bankOf(ctx), channels.NewOptOut{
		Phone: phone, Channels: words[OptOutChannel, channels.Channel](b.Channels), Groups: words[OptOutGroup, channels.Group](b.Groups),
		OptedOut: true, Source: channels.SourceAPI, Reference: zero(b.Reference),
	})
	return CreateOptOut201JSONResponse{Items: list(written, showOptOut)}, err
}

// DeleteOptOut writes down that a customer wants messages again.
func (s *Server) DeleteOptOut(ctx context.Context, r DeleteOptOutRequestObject) (DeleteOptOutResponseObject, error) {
	return DeleteOptOut204Response{}, s.Channels.OptIn(ctx, bankOf(ctx), r.OptOutID)
}

func showOptOut(o channels.OptOut) OptOut {
	return OptOut{
		ID: o.ID, Phone: banks.MaskPhone(o.Phone), Channel: OptOutChannel(o.Channel), Group: OptOutGroup(o.Group), OptedOut: o.OptedOut,
		Source: OptOutSource(o.Source), Reference: o.Reference, At: o.At.UTC(),
	}
}

// ListInboundMessages answers with what customers sent in.
func (s *Server) ListInboundMessages(ctx context.Context, r ListInboundMessagesRequestObject) (ListInboundMessagesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Channels.InboundMessages(ctx, bankOf(ctx), zero(r.Params.CustomerID), channels.Intent(zero(r.Params.Intent)), p)
	return ListInboundMessages200JSONResponse{Items: list(all, func(m channels.InboundMessage) InboundMessage {
		return InboundMessage{
			ID: m.ID, Channel: InboundMessageChannel(m.Channel), Provider: m.Provider, From: banks.MaskPhone(m.From), To: m.To, Text: m.Text, Intent: InboundIntent(m.Intent),
			CustomerID: given(m.CustomerID), AboutType: given(m.AboutType), AboutID: given(m.AboutID), ReplyID: given(m.ReplyID), ReceivedAt: m.ReceivedAt.UTC(),
		}
	}), NextCursor: given(next)}, err
}
