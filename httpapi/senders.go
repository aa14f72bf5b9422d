package httpapi

import (
	"context"

	"github.com/visavis/visavis/channels"
)

// GetSenders answers with what messages and calls come from.
func (s *Server) GetSenders(ctx context.Context, _ GetSendersRequestObject) (GetSendersResponseObject, error) {
	all, err := s.Channels.Senders(ctx, bankOf(ctx))
	return GetSenders200JSONResponse{Senders: list(all, showSender)}, err
}

// SetSenders replaces what messages and calls come from.
func (s *Server) SetSenders(ctx context.Context, r SetSendersRequestObject) (SetSendersResponseObject, error) {
	all, err := s.Channels.SetSenders(ctx, bankOf(ctx), list(r.Body.Senders, func(e Sender) channels.SenderEntry {
		return channels.SenderEntry{
			Channel: channels.Channel(e.Channel), Country: zero(e.Country), Class: channels.Class(zero(e.Class)), Kind: channels.SenderKind(e.Kind),
			Provider: zero(e.Provider), Sender: zero(e.Sender), Numbers: e.Numbers, Inbound: zero(e.Inbound),
		}
	}))
	return SetSenders200JSONResponse{Senders: list(all, showSender)}, err
}

func showSender(e channels.SenderEntry) Sender {
	return Sender{
		Channel: SenderChannel(e.Channel), Country: given(e.Country), Class: given(MessageClass(e.Class)), Kind: SenderKind(e.Kind),
		Provider: given(e.Provider), Sender: given(e.Sender), Numbers: e.Numbers, Inbound: given(e.Inbound),
	}
}

// ListProviders answers with how providers do.
func (s *Server) ListProviders(ctx context.Context, _ ListProvidersRequestObject) (ListProvidersResponseObject, error) {
	conversions, err := s.Channels.Conversions(ctx, bankOf(ctx))
	return ListProviders200JSONResponse{
		Providers: list(s.Channels.Providers(), func(p channels.ProviderHealth) ProviderHealth {
			return ProviderHealth{Channel: RouteChannel(p.Channel), Provider: p.Provider, Prefix: given(p.Prefix), State: ProviderHealthState(p.State), Since: p.Since.UTC(), Sent: p.Sent, Failed: p.Failed}
		}),
		Conversions: list(conversions, func(c channels.ConversionInfo) RouteConversion {
			return RouteConversion{Route: c.Route, Prefix: c.Prefix, Sent: c.Sent, Confirmed: c.Met, Stopped: c.Low}
		}),
	}, err
}

// ListInboundAddresses answers with what carriers are told to call.
func (s *Server) ListInboundAddresses(ctx context.Context, _ ListInboundAddressesRequestObject) (ListInboundAddressesResponseObject, error) {
	all := []channels.InboundAddress{}
	if s.InboundAddresses != nil {
		all = s.InboundAddresses(bankOf(ctx))
	}
	return ListInboundAddresses200JSONResponse{Addresses: list(all, func(a channels.InboundAddress) InboundAddress {
		return InboundAddress{Channel: RouteChannel(a.Channel), Provider: a.Provider, URL: a.URL, Secret: a.Secret, StatusURL: given(a.StatusURL)}
	})}, nil
}
