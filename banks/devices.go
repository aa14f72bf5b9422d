package banks

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// ProviderFCM is Firebase Cloud Messaging, the one push provider so far.
const ProviderFCM = "fcm"

// MaxDevices is how many devices a customer may have: each is rung.
const MaxDevices = 20

// Device is where a customer's pushes go.
type Device struct {
	ID          uuid.UUID
	CustomerID  uuid.UUID
	Provider    string
	Token       string // the provider's registration token: never shown or logged, see Hint
	Name        string
	CreatedAt   time.Time
	DisabledAt  *time.Time // nil while it is used
	DisabledWhy string
}

// Hint is the end of the token, to tell devices apart.
func (d Device) Hint() string { return "…" + d.Token[max(0, len(d.Token)-4):] }

// NewDevice is a device to add.
type NewDevice struct {
	Provider string // "" = ProviderFCM
	Token    string // 8 to 4096 printable characters without spaces
	Name     string // at most 100 characters
}

const deviceColumns = `id, customer_id, provider, token, name, created_at, disabled_at, disabled_why`

func scanDevice(row pgx.CollectableRow) (Device, error) {
	var d Device
	err := row.Scan(&d.ID, &d.CustomerID, &d.Provider, &d.Token, &d.Name, &d.CreatedAt, &d.DisabledAt, &d.DisabledWhy)
	return d, err
}

func errDeviceNotFound() error {
	return visavis.Errorf(visavis.NotFound, "device_not_found", "there is no such device")
}

// AddDevice registers a device for the customer's pushes. A token that the bank
// has already keeps its device id: it is enabled again and, when another
// customer had it, moves here, because the phone changed hands. It is a Conflict
// beyond MaxDevices, NotFound when the bank has no such customer.
func (s *Service) AddDevice(ctx context.Context, bankID, customerID uuid.UUID, n NewDevice) (Device, error) {
	if n.Provider == "" {
		n.Provider = ProviderFCM
	}
	if n.Provider != ProviderFCM {
		return Device{}, visavis.InvalidField("provider", "it is fcm")
	}
	if len(n.Token) < 8 || len(n.Token) > 4096 {
		return Device{}, visavis.InvalidField("token", "it has 8 to 4096 characters")
	}
	for _, r := range n.Token {
		if r <= ' ' || r > '~' {
			return Device{}, visavis.InvalidField("token", "it holds printable ASCII characters without spaces")
		}
	}
	if n.Name != "" {
		name, err := CleanName("name", n.Name)
		if err != nil {
			return Device{}, err
		}
		n.Name = name
	}
	if err := checkText("name", n.Name, 100); err != nil {
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
			insert into devices (bank_id, id, customer_id, provider, token, token_hash, name, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict on constraint devices_token_key do update set
				customer_id = excluded.customer_id, name = case when excluded.name = '' then devices.name else excluded.name end,
				disabled_at = null, disabled_why = ''
			returning `+deviceColumns,
			bankID, uuid.Must(uuid.NewV7()), customerID, n.Provider, n.Token, hash, n.Name, now)
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
	return wrap("remove device", s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `delete from devices where bank_id = $1 and customer_id = $2 and id = $3`, bankID, customerID, id)
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
// knows its token. One that is disabled or gone already is no error.
func (s *Service) DisableDeviceTx(ctx context.Context, tx *postgres.Tx, deviceID uuid.UUID, why string) error {
	now := s.Now()
	var customerID uuid.UUID
	err := tx.QueryRow(ctx, `
		update devices set disabled_at = $3, disabled_why = $4
		where bank_id = $1 and id = $2 and disabled_at is null returning customer_id`, tx.BankID, deviceID, now, why).Scan(&customerID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return wrap("disable device", err)
	}
	return wrap("disable device", s.tell(ctx, tx, now, "device.disabled", deviceID, map[string]any{"customer_id": customerID}))
}
