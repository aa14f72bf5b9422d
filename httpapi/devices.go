package httpapi

import (
	"context"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
)

// ListDevices answers with a customer's devices.
func (s *Server) ListDevices(ctx context.Context, r ListDevicesRequestObject) (ListDevicesResponseObject, error) {
	devices, err := s.Banks.ListDevices(ctx, bankOf(ctx), r.CustomerID)
	return ListDevices200JSONResponse{Items: list(devices, showDevice)}, err
}

// AddDevice adds a device, or moves one that is known.
func (s *Server) AddDevice(ctx context.Context, r AddDeviceRequestObject) (AddDeviceResponseObject, error) {
	d, err := s.Banks.AddDevice(ctx, bankOf(ctx), r.CustomerID, banks.NewDevice{
		Platform: string(zero(r.Body.Platform)), Provider: string(zero(r.Body.Provider)), Token: zero(r.Body.Token),
		VoIPToken: zero(r.Body.VoipToken), Environment: string(zero(r.Body.Environment)),
		Subscription: banks.Subscription{Endpoint: zero(r.Body.Endpoint), P256dh: zero(r.Body.P256Dh), Auth: zero(r.Body.Auth)},
		Name:         zero(r.Body.Name),
	})
	return AddDevice201JSONResponse(showDevice(d)), err
}

// RemoveDevice removes a device.
func (s *Server) RemoveDevice(ctx context.Context, r RemoveDeviceRequestObject) (RemoveDeviceResponseObject, error) {
	return RemoveDevice204Response{}, s.Banks.RemoveDevice(ctx, bankOf(ctx), r.CustomerID, r.DeviceID)
}

func showDevice(d banks.Device) Device {
	out := Device{
		ID: d.ID, Platform: DevicePlatform(d.Platform), Provider: DeviceProvider(d.Provider), TokenHint: d.Hint(), Name: d.Name,
		CreatedAt: d.CreatedAt.UTC(), RegisteredAt: d.RegisteredAt.UTC(), DisabledAt: givenTime(d.DisabledAt),
	}
	if d.Provider == banks.ProviderAPNs {
		out.Voip = new(d.VoIP)
		if d.Environment != "" {
			out.Environment = new(DeviceEnvironment(d.Environment))
		}
	}
	return out
}

// GetPushKey answers with the key that pages subscribe with.
func (s *Server) GetPushKey(context.Context, GetPushKeyRequestObject) (GetPushKeyResponseObject, error) {
	if s.WebPushKey == "" {
		return nil, visavis.Errorf(visavis.NotFound, "web_push_off", "This gateway has no Web Push.")
	}
	return GetPushKey200JSONResponse{PublicKey: s.WebPushKey}, nil
}

func subscription(b *PushSubscription) banks.Subscription {
	return banks.Subscription{Endpoint: b.Endpoint, P256dh: b.P256Dh, Auth: b.Auth}
}

// AddVisitPushSubscription adds the browser of the visit page to the customer's
// devices.
func (s *Server) AddVisitPushSubscription(ctx context.Context, r AddVisitPushSubscriptionRequestObject) (AddVisitPushSubscriptionResponseObject, error) {
	d, err := s.Banks.AddDevice(ctx, bankOf(ctx), visavis.ActorFrom(ctx).ID, banks.NewDevice{Platform: banks.Web, Subscription: subscription(r.Body)})
	return AddVisitPushSubscription201JSONResponse{ID: d.ID, CreatedAt: d.CreatedAt.UTC()}, err
}

// RemoveVisitPushSubscription takes it away again.
func (s *Server) RemoveVisitPushSubscription(ctx context.Context, r RemoveVisitPushSubscriptionRequestObject) (RemoveVisitPushSubscriptionResponseObject, error) {
	return RemoveVisitPushSubscription204Response{}, s.Banks.RemoveBrowser(ctx, bankOf(ctx), visavis.ActorFrom(ctx).ID, r.DeviceID)
}

// AddMyPushSubscription has the agent told of offers in this browser.
func (s *Server) AddMyPushSubscription(ctx context.Context, r AddMyPushSubscriptionRequestObject) (AddMyPushSubscriptionResponseObject, error) {
	d, err := s.Banks.AddAgentDevice(ctx, bankOf(ctx), visavis.ActorFrom(ctx).ID, subscription(r.Body), or(r.Body.Locale, "en"))
	return AddMyPushSubscription201JSONResponse{ID: d.ID, CreatedAt: d.CreatedAt.UTC()}, err
}

// RemoveMyPushSubscription ends that.
func (s *Server) RemoveMyPushSubscription(ctx context.Context, r RemoveMyPushSubscriptionRequestObject) (RemoveMyPushSubscriptionResponseObject, error) {
	return RemoveMyPushSubscription204Response{}, s.Banks.RemoveAgentDevice(ctx, bankOf(ctx), visavis.ActorFrom(ctx).ID, r.SubscriptionID)
}
