package banks

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// The providers that carry pushes.
const (
	ProviderFCM     = "fcm"     // Firebase Cloud Messaging
	ProviderAPNs    = "apns"    // Apple Push Notification service
	ProviderWebPush = "webpush" // a browser's own push service
)

// The platforms of devices.
const (
	Android = "android" // by FCM
	IOS     = "ios"     // by APNs; by FCM when the app is built on Firebase
	Web     = "web"     // a browser, by Web Push
)

// MaxDevices is how many devices a customer may have: each is rung.
const MaxDevices = 20

// Device is where a customer's pushes go.
type Device struct {
	ID         uuid.UUID
	CustomerID uuid.UUID
	Platform   string // Android, IOS or Web
	Provider   string // ProviderFCM, ProviderAPNs or ProviderWebPush
	// Token is the provider's registration token; of a browser its endpoint.
	// Never shown or logged, see Hint.
	Token string
	// Address is what the provider's sender is handed: the token, and what else
	// it takes. Never shown or logged.
	Address      string
	Environment  string // APNs: production, sandbox, or "" = the gateway's setting
	VoIP         bool   // APNs: it has a PushKit token, so rings come as VoIP pushes
	Name         string
	CreatedAt    time.Time
	RegisteredAt time.Time  // when the app last registered the token
	DisabledAt   *time.Time // nil while it is used
	DisabledWhy  string
}

// Hint is the end of the token, to tell devices apart.
func (d Device) Hint() string { return "…" + d.Token[max(0, len(d.Token)-4):] }

// NewDevice is a device to add.
type NewDevice struct {
	Platform string // "" = by Provider; Android when that is empty, too
	Provider string // "" = by Platform
	// Token is 8 to 4096 printable characters without spaces; APNs: 64 to 200
	// hexadecimal digits. Not of a browser: see Subscription.
	Token string
	// VoIPToken is PushKit's, like Token; APNs only. Registering without one
	// keeps the one that is known.
	VoIPToken    string
	Environment  string       // APNs only: production or sandbox; "" = the gateway's setting
	Subscription Subscription // Web only, required there
	Name         string       // at most 100 characters
}

const deviceColumns = `id, customer_id, platform, provider, token, address, environment, voip_token is not null, name,
	created_at, registered_at, disabled_at, disabled_why`

func scanDevice(row pgx.CollectableRow) (Device, error) {
	var d Device
	err := row.Scan(&d.ID, &d.CustomerID, &d.Platform, &d.Provider, &d.Token, &d.Address, &d.Environment, &d.VoIP, &d.Name,
		&d.CreatedAt, &d.RegisteredAt, &d.DisabledAt, &d.DisabledWhy)
	return d, err
}

var apnsToken = regexp.MustCompile(`^([0-9a-fA-F]{2}){32,100}$`)

// check fills in what may be left out, and refuses what no provider would take.
func (n *NewDevice) check() error {
	switch {
	case n.Platform == "" && n.Provider == "":
		n.Platform, n.Provider = Android, ProviderFCM
	case n.Platform == "":
		n.Platform = map[string]string{ProviderFCM: Android, ProviderAPNs: IOS, ProviderWebPush: Web}[n.Provider]
	case n.Provider == "":
		n.Provider = map[string]string{Android: ProviderFCM, IOS: ProviderAPNs, Web: ProviderWebPush}[n.Platform]
	}
	switch n.Platform + " " + n.Provider {
	case "android fcm", "ios fcm", "ios apns", "web webpush":
	default:
		return visavis.InvalidField("platform", "android goes by fcm, ios by apns or fcm, web by webpush")
	}
	if n.Provider != ProviderAPNs && (n.VoIPToken != "" || n.Environment != "") {
		return visavis.InvalidField("voip_token", "only a device by apns has a voip_token and an environment")
	}
	if n.Provider == ProviderWebPush {
		if n.Token != "" {
			return visavis.InvalidField("token", "a browser has endpoint, p256dh and auth instead")
		}
		if err := n.Subscription.check(); err != nil {
			return err
		}
		n.Token = n.Subscription.Endpoint
	} else if n.Subscription != (Subscription{}) {
		return visavis.InvalidField("endpoint", "only a browser has endpoint, p256dh and auth")
	}
	if len(n.Token) < 8 || len(n.Token) > 4096 {
		return visavis.InvalidField("token", "it has 8 to 4096 characters")
	}
	for _, r := range n.Token {
		if r <= ' ' || r > '~' {
			return visavis.InvalidField("token", "it holds printable ASCII characters without spaces")
		}
	}
	if n.Provider == ProviderAPNs {
		n.Token, n.VoIPToken = strings.ToLower(n.Token), strings.ToLower(n.VoIPToken)
		switch {
		case !apnsToken.MatchString(n.Token):
			return visavis.InvalidField("token", "it holds 64 to 200 hexadecimal digits")
		case n.VoIPToken != "" && !apnsToken.MatchString(n.VoIPToken):
			return visavis.InvalidField("voip_token", "it holds 64 to 200 hexadecimal digits")
		case n.Environment != "" && n.Environment != "production" && n.Environment != "sandbox":
			return visavis.InvalidField("environment", "it is production or sandbox")
		}
	}
	if n.Name != "" {
		name, err := CleanName("name", n.Name)
		if err != nil {
			return err
		}
		n.Name = name
	}
	return checkText("name", n.Name, 100)
}

func errDeviceNotFound() error {
	return visavis.Errorf(visavis.NotFound, "device_not_found", "there is no such device")
}

// AddDevice registers a device for the customer's pushes. A token that the bank
// has already keeps its device id: it is enabled again and, when another
// customer had it, moves here, because the phone changed hands. It is a Conflict
// beyond MaxDevices, NotFound when the bank has no such customer.
func (s *Service) AddDevice(ctx context.Context, bankID, customerID uuid.UUID, n NewDevice) (Device, error) {
	if err := n.check(); err != nil {
		return Device{}, err
	}
	var device Device
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		// Locked, so that the count below holds.
		if _, err := oneCustomer(tx.Query(ctx, `select `+customerColumns+` from customers where bank_id = $1 and id = $2 for update`, bankID, customerID)); err != nil {
			return err
		}
		hash := hashToken(n.Token)
		var others int
		if err := tx.QueryRow(ctx, `
			select count(*) from devices where bank_id = $1 and customer_id = $2 and disabled_at is null
			and not (provider = $3 and token_hash = $4)`, bankID, customerID, n.Provider, hash).Scan(&others); err != nil {
			return err
		}
		if others >= MaxDevices {
			return visavis.Errorf(visavis.Conflict, "too_many_devices", "the customer has %d devices, which is the most", MaxDevices)
		}
		now := s.Now()
		rows, err := tx.Query(ctx, `
			insert into devices (bank_id, id, customer_id, provider, token, token_hash, name, created_at,
				platform, environment, voip_token, p256dh, auth, registered_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''), $12, $13, $8)
			on conflict on constraint devices_token_key do update set
				customer_id = excluded.customer_id, name = case when excluded.name = '' then devices.name else excluded.name end,
				platform = excluded.platform, environment = coalesce(nullif(excluded.environment, ''), devices.environment),
				voip_token = coalesce(excluded.voip_token, devices.voip_token), p256dh = excluded.p256dh, auth = excluded.auth,
				registered_at = excluded.registered_at, disabled_at = null, disabled_why = ''
			returning `+deviceColumns,
			bankID, uuid.Must(uuid.NewV7()), customerID, n.Provider, n.Token, hash, n.Name, now,
			n.Platform, n.Environment, n.VoIPToken, n.Subscription.P256dh, n.Subscription.Auth)
		if err != nil {
			return err
		}
		if device, err = pgx.CollectExactlyOneRow(rows, scanDevice); err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "device.added", device.ID, map[string]any{"customer_id": customerID})
	})
	if err != nil {
		return Device{}, wrap("add device", err)
	}
	return device, nil
}

// ListDevices returns all of the customer's devices, disabled ones included,
// newest first; NotFound when the bank has no such customer.
func (s *Service) ListDevices(ctx context.Context, bankID, customerID uuid.UUID) ([]Device, error) {
	var devices []Device
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.CustomerTx(ctx, tx, customerID); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			select `+deviceColumns+` from devices where bank_id = $1 and customer_id = $2 order by id desc`, bankID, customerID)
		if err != nil {
			return err
		}
		devices, err = pgx.CollectRows(rows, scanDevice)
		return err
	})
	return devices, wrap("list devices", err)
}

// DevicesTx returns the customer's devices that are in use, the newest first:
// where a push goes.
func (s *Service) DevicesTx(ctx context.Context, tx *postgres.Tx, customerID uuid.UUID) ([]Device, error) {
	rows, err := tx.Query(ctx, `
		select `+deviceColumns+` from devices
		where bank_id = $1 and customer_id = $2 and disabled_at is null order by id desc`, tx.BankID, customerID)
	if err != nil {
		return nil, wrap("read devices", err)
	}
	devices, err := pgx.CollectRows(rows, scanDevice)
	return devices, wrap("read devices", err)
}

// RemoveDevice forgets a device and its token; NotFound when the customer has
// no such one.
func (s *Service) RemoveDevice(ctx context.Context, bankID, customerID, id uuid.UUID) error {
	return s.removeDevice(ctx, bankID, customerID, id, "")
}

// RemoveBrowser is RemoveDevice for browsers only: what the visit page, which
// whoever has the link may open, can take away.
func (s *Service) RemoveBrowser(ctx context.Context, bankID, customerID, id uuid.UUID) error {
	return s.removeDevice(ctx, bankID, customerID, id, Web)
}

func (s *Service) removeDevice(ctx context.Context, bankID, customerID, id uuid.UUID, platform string) error {
	return wrap("remove device", s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `delete from devices where bank_id = $1 and customer_id = $2 and id = $3 and $4 in ('', platform)`,
			bankID, customerID, id, platform)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errDeviceNotFound()
		}
		return s.tell(ctx, tx, s.Now(), "device.removed", id, map[string]any{"customer_id": customerID})
	}))
}

// DisableDeviceTx takes a device out of use because the provider no longer
// knows its token, since then (zero: now). One whose app has registered after
// that stays; one that is disabled or gone already is no error.
func (s *Service) DisableDeviceTx(ctx context.Context, tx *postgres.Tx, deviceID uuid.UUID, since time.Time, why string) error {
	now := s.Now()
	if since.IsZero() || since.After(now) {
		since = now
	}
	var customerID uuid.UUID
	err := tx.QueryRow(ctx, `
		update devices set disabled_at = $3, disabled_why = $4
		where bank_id = $1 and id = $2 and disabled_at is null and registered_at <= $5 returning customer_id`,
		tx.BankID, deviceID, now, why, since).Scan(&customerID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return wrap("disable device", err)
	}
	return wrap("disable device", s.tell(ctx, tx, now, "device.disabled", deviceID, map[string]any{"customer_id": customerID}))
}
