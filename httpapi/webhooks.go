package httpapi

import (
	"context"

	"github.com/visavis/visavis/events"
)

// ListWebhookEndpoints answers with all of the bank's endpoints: at most 100.
func (s *Server) ListWebhookEndpoints(ctx context.Context, _ ListWebhookEndpointsRequestObject) (ListWebhookEndpointsResponseObject, error) {
	all, err := s.Events.ListEndpoints(ctx, bankOf(ctx))
	return ListWebhookEndpoints200JSONResponse{Items: list(all, showEndpoint)}, err
}

// CreateWebhookEndpoint adds an endpoint; its secret is shown once.
func (s *Server) CreateWebhookEndpoint(ctx context.Context, r CreateWebhookEndpointRequestObject) (CreateWebhookEndpointResponseObject, error) {
	e, secret, err := s.Events.CreateEndpoint(ctx, bankOf(ctx), events.NewEndpoint{
		URL: r.Body.URL, Types: r.Body.Types, Description: zero(r.Body.Description),
	})
	return CreateWebhookEndpoint201JSONResponse{Endpoint: showEndpoint(e), Secret: &secret}, err
}

// GetWebhookEndpoint answers with an endpoint.
func (s *Server) GetWebhookEndpoint(ctx context.Context, r GetWebhookEndpointRequestObject) (GetWebhookEndpointResponseObject, error) {
	e, err := s.Events.Endpoint(ctx, bankOf(ctx), r.EndpointID)
	return GetWebhookEndpoint200JSONResponse(showEndpoint(e)), err
}

// UpdateWebhookEndpoint changes what is given.
func (s *Server) UpdateWebhookEndpoint(ctx context.Context, r UpdateWebhookEndpointRequestObject) (UpdateWebhookEndpointResponseObject, error) {
	change := events.EndpointChange{URL: r.Body.URL, Description: r.Body.Description}
	if r.Body.Types != nil {
		change.Types = &r.Body.Types
	}
	if r.Body.State != nil {
		change.Enabled = new(*r.Body.State == WebhookEndpointChangesStateEnabled)
	}
	e, err := s.Events.UpdateEndpoint(ctx, bankOf(ctx), r.EndpointID, change)
	return UpdateWebhookEndpoint200JSONResponse(showEndpoint(e)), err
}

// DeleteWebhookEndpoint removes an endpoint; its log stays.
func (s *Server) DeleteWebhookEndpoint(ctx context.Context, r DeleteWebhookEndpointRequestObject) (DeleteWebhookEndpointResponseObject, error) {
	return DeleteWebhookEndpoint204Response{}, s.Events.DeleteEndpoint(ctx, bankOf(ctx), r.EndpointID)
}

// RotateWebhookSecret makes a new secret; the previous one still signs for a
// day.
func (s *Server) RotateWebhookSecret(ctx context.Context, r RotateWebhookSecretRequestObject) (RotateWebhookSecretResponseObject, error) {
	e, secret, err := s.Events.RotateSecret(ctx, bankOf(ctx), r.EndpointID)
	return RotateWebhookSecret200JSONResponse{Endpoint: showEndpoint(e), Secret: &secret}, err
}

// TestWebhookEndpoint sends a test event.
func (s *Server) TestWebhookEndpoint(ctx context.Context, r TestWebhookEndpointRequestObject) (TestWebhookEndpointResponseObject, error) {
	d, err := s.Events.SendTest(ctx, bankOf(ctx), r.EndpointID)
	return TestWebhookEndpoint202JSONResponse(showWebhookDelivery(d)), err
}

// ListWebhookDeliveries is an endpoint's log, newest first.
func (s *Server) ListWebhookDeliveries(ctx context.Context, r ListWebhookDeliveriesRequestObject) (ListWebhookDeliveriesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Events.ListDeliveries(ctx, bankOf(ctx), events.DeliveryFilter{
		EndpointID: r.EndpointID, State: string(zero(r.Params.State)),
	}, p)
	return ListWebhookDeliveries200JSONResponse{Items: list(all, showWebhookDelivery), NextCursor: given(next)}, err
}

// GetWebhookDelivery answers with a delivery and its attempts.
func (s *Server) GetWebhookDelivery(ctx context.Context, r GetWebhookDeliveryRequestObject) (GetWebhookDeliveryResponseObject, error) {
	var out WebhookDeliveryDetail
	err := s.together(ctx, func(ctx context.Context) error {
		d, err := s.Events.Delivery(ctx, bankOf(ctx), r.DeliveryID)
		if err != nil {
			return err
		}
		attempts, err := s.Events.Attempts(ctx, bankOf(ctx), r.DeliveryID)
		if err != nil {
			return err
		}
		event, err := events.Get(ctx, s.DB, bankOf(ctx), d.EventID)
		if err != nil {
			return err
		}
		out = WebhookDeliveryDetail{
			Delivery: showWebhookDelivery(d), Body: string(event.Body),
			Attempts: list(attempts, func(a events.Attempt) WebhookAttempt {
				return WebhookAttempt{
					Attempt: a.Number, At: a.At.UTC(), Status: a.Status, Error: a.Error,
					DurationMs: int(a.Duration.Milliseconds()), Response: a.Response,
				}
			}),
		}
		return nil
	})
	return GetWebhookDelivery200JSONResponse(out), err
}

// ResendWebhookDelivery sends a delivery's event once more.
func (s *Server) ResendWebhookDelivery(ctx context.Context, r ResendWebhookDeliveryRequestObject) (ResendWebhookDeliveryResponseObject, error) {
	d, err := s.Events.Resend(ctx, bankOf(ctx), r.DeliveryID)
	return ResendWebhookDelivery202JSONResponse(showWebhookDelivery(d)), err
}

func showEndpoint(e events.Endpoint) WebhookEndpoint {
	types := e.Types
	if types == nil {
		types = []string{}
	}
	return WebhookEndpoint{
		ID: e.ID, URL: e.URL, Description: e.Description, Types: types, State: WebhookEndpointState(e.State),
		DisabledWhy: e.DisabledWhy, DisabledAt: givenTime(e.DisabledAt), CreatedAt: e.CreatedAt.UTC(), UpdatedAt: e.UpdatedAt.UTC(),
	}
}

func showWebhookDelivery(d events.Delivery) WebhookDelivery {
	out := WebhookDelivery{
		ID: d.ID, EndpointID: d.EndpointID, EventID: d.EventID, EventType: d.EventType, State: WebhookDeliveryState(d.State),
		Attempts: d.Attempts, LastStatus: d.LastStatus, LastError: d.LastError, CreatedAt: d.CreatedAt.UTC(), FinishedAt: givenTime(d.FinishedAt),
	}
	if d.State == events.DeliveryPending {
		out.DueAt = new(d.DueAt.UTC())
	}
	return out
}
