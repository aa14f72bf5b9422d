package events

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Config of the webhook Service.
type Config struct {
	DB      *postgres.DB
	Log     *slog.Logger
	Now     func() time.Time // defaults to time.Now
	Keyring *Keyring
	// Allow lists addresses that webhooks may go to although they are special
	// (loopback, private, link-local, …), and in plain http: VISAVIS_WEBHOOK_ALLOW.
	// Empty, the default, allows none. A bank may have more in its settings
	// (banks.Settings.WebhookAllow).
	Allow []netip.Prefix
	// Resolver resolves receivers' names; nil is the system's. What it answers
	// is checked at every dial.
	Resolver *net.Resolver
}

// Service keeps the banks' webhook endpoints and delivers events to them by
// Standard Webhooks 1.0.0 (https://www.standardwebhooks.com).
type Service struct {
	Config
	clients clients
	observe func(postgres.LoopEvent) // tests wait for the loop by it
}

// NewService makes the Service. Deliveries go out only while RunWebhooks runs.
func NewService(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Service{Config: c}
}

// SecretOverlap is how long a replaced secret still signs beside the new one.
const SecretOverlap = 24 * time.Hour

// The states of an Endpoint.
const (
	EndpointEnabled  = "enabled"
	EndpointDisabled = "disabled"
)

// Endpoint is a bank's receiver of events.
type Endpoint struct {
	ID            uuid.UUID
	URL           string
	Description   string
	Types         []string   // empty = every type
	State         string     // EndpointEnabled or EndpointDisabled
	DisabledWhy   string     // "gone" after a 410, "by_request"; empty while enabled
	DisabledAt    *time.Time // nil while enabled
	PreviousUntil *time.Time // until then deliveries carry two signatures; nil when no rotation is under way
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// NewEndpoint is an endpoint to create.
type NewEndpoint struct {
	URL         string   // https; plain http only where local addresses are allowed
	Description string   // for people, at most 500 characters
	Types       []string // such as booking.confirmed; empty = every type
}

// EndpointChange changes what is not nil.
type EndpointChange struct {
	URL         *string
	Description *string
	Types       *[]string
	Enabled     *bool // false cancels what is still to be delivered; true takes up with events from now on
}

const secretPurpose = "webhook secret"

// newSecret returns 32 random bytes, sealed for the endpoint, and the form in
// which the bank sees them, once.
func (s *Service) newSecret(endpointID uuid.UUID) (sealed []byte, shown string) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails, see crypto/rand
	return s.Keyring.Seal(secretPurpose, endpointID[:], raw[:]), "whsec_" + base64.StdEncoding.EncodeToString(raw[:])
}

// CreateEndpoint adds a receiver and returns its signing secret, whsec_ and
// base64 of 32 bytes, which is never shown again. It refuses (Invalid, field
// url) what could not be called anyway: other schemes than https, credentials in
// the URL, special addresses that are not allowed; and the 101st endpoint.
func (s *Service) CreateEndpoint(ctx context.Context, bankID uuid.UUID, n NewEndpoint) (Endpoint, string, error) {
	id := uuid.Must(uuid.NewV7())
	sealed, secret := s.newSecret(id)
	var endpoint Endpoint
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := s.checkEndpoint(ctx, tx, n.URL, n.Description, n.Types); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, `select count(*) from webhook_endpoints where bank_id = $1 and state <> 'deleted'`, bankID).Scan(&count); err != nil {
			return err
		}
		if count >= maxEndpoints {
			return visavis.Errorf(visavis.Conflict, "too_many_endpoints", "the bank has %d webhook endpoints, which is the most", maxEndpoints)
		}
		now := s.Now()
		rows, err := tx.Query(ctx, `
			insert into webhook_endpoints (bank_id, id, url, description, types, secret, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $7)
			returning `+endpointColumns, bankID, id, n.URL, n.Description, texts(n.Types), sealed, now)
		if err != nil {
			return err
		}
		if endpoint, err = pgx.CollectExactlyOneRow(rows, scanEndpoint); err != nil {
			return err
		}
		_, err = AppendTx(ctx, tx, now, lifeEvent(id, "created"))
		return err
	})
	if err != nil {
		return Endpoint{}, "", wrap("create webhook endpoint", err)
	}
	return endpoint, secret, nil
}

const maxEndpoints = 100

const endpointColumns = `id, url, description, types, state, disabled_why, disabled_at, previous_until, created_at, updated_at`

func scanEndpoint(row pgx.CollectableRow) (Endpoint, error) {
	var e Endpoint
	err := row.Scan(&e.ID, &e.URL, &e.Description, &e.Types, &e.State, &e.DisabledWhy, &e.DisabledAt, &e.PreviousUntil, &e.CreatedAt, &e.UpdatedAt)
	return e, err
}

// ListEndpoints returns all of the bank's endpoints, newest first; there are at most 100.
func (s *Service) ListEndpoints(ctx context.Context, bankID uuid.UUID) ([]Endpoint, error) {
	var list []Endpoint
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+endpointColumns+` from webhook_endpoints
			where bank_id = $1 and state <> 'deleted' order by id desc`, bankID)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanEndpoint)
		return err
	})
	return list, wrap("list webhook endpoints", err)
}

// Endpoint returns one of the bank's endpoints; NotFound when it has no such one.
func (s *Service) Endpoint(ctx context.Context, bankID, id uuid.UUID) (Endpoint, error) {
	var endpoint Endpoint
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		endpoint, err = endpointTx(ctx, tx, id, "")
		return err
	})
	return endpoint, wrap("read webhook endpoint", err)
}

func endpointTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock string) (Endpoint, error) {
	rows, err := tx.Query(ctx, `
		select `+endpointColumns+` from webhook_endpoints
		where bank_id = $1 and id = $2 and state <> 'deleted' `+lock, tx.BankID, id)
	if err != nil {
		return Endpoint{}, err
	}
	endpoint, err := pgx.CollectExactlyOneRow(rows, scanEndpoint)
	if errors.Is(err, pgx.ErrNoRows) {
		return Endpoint{}, visavis.Errorf(visavis.NotFound, "webhook_endpoint_not_found", "there is no such webhook endpoint")
	}
	return endpoint, err
}

// UpdateEndpoint changes an endpoint. Deliveries that are still to be made go
// to the new URL.
func (s *Service) UpdateEndpoint(ctx context.Context, bankID, id uuid.UUID, c EndpointChange) (Endpoint, error) {
	var endpoint Endpoint
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		e, err := endpointTx(ctx, tx, id, "for update")
		if err != nil {
			return err
		}
		now := s.Now()
		if c.URL != nil {
			e.URL = *c.URL
		}
		if c.Description != nil {
			e.Description = *c.Description
		}
		if c.Types != nil {
			e.Types = *c.Types
		}
		if err := s.checkEndpoint(ctx, tx, e.URL, e.Description, e.Types); err != nil {
			return err
		}
		what := "updated"
		switch {
		case c.Enabled == nil:
		case *c.Enabled && e.State != EndpointEnabled:
			e.State, e.DisabledWhy, e.DisabledAt, what = EndpointEnabled, "", nil, "enabled"
		case !*c.Enabled && e.State == EndpointEnabled:
			e.State, e.DisabledWhy, e.DisabledAt, what = EndpointDisabled, "by_request", &now, "disabled"
			if err := cancelDeliveries(ctx, tx, id, now, "endpoint disabled"); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, `
			update webhook_endpoints set url = $3, description = $4, types = $5, state = $6, disabled_why = $7, disabled_at = $8, updated_at = $9
			where bank_id = $1 and id = $2 returning `+endpointColumns,
			bankID, id, e.URL, e.Description, texts(e.Types), e.State, e.DisabledWhy, e.DisabledAt, now)
		if err != nil {
			return err
		}
		if endpoint, err = pgx.CollectExactlyOneRow(rows, scanEndpoint); err != nil {
			return err
		}
		_, err = AppendTx(ctx, tx, now, lifeEvent(id, what))
		return err
	})
	return endpoint, wrap("update webhook endpoint", err)
}

// DeleteEndpoint removes an endpoint: nothing is delivered to it any more and
// its secret is wiped. Its past deliveries stay in the log.
func (s *Service) DeleteEndpoint(ctx context.Context, bankID, id uuid.UUID) error {
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := endpointTx(ctx, tx, id, "for update"); err != nil {
			return err
		}
		now := s.Now()
		if _, err := tx.Exec(ctx, `
			update webhook_endpoints set state = 'deleted', secret = '', previous_secret = null, previous_until = null, updated_at = $3
			where bank_id = $1 and id = $2`, bankID, id, now); err != nil {
			return err
		}
		if err := cancelDeliveries(ctx, tx, id, now, "endpoint deleted"); err != nil {
			return err
		}
		_, err := AppendTx(ctx, tx, now, lifeEvent(id, "deleted"))
		return err
	})
	return wrap("delete webhook endpoint", err)
}

// RotateSecret gives the endpoint a new secret and returns it, once. The old
// one signs beside it for SecretOverlap, so that the receiver can change over
// without losing a delivery; one from an earlier rotation ends at once.
func (s *Service) RotateSecret(ctx context.Context, bankID, id uuid.UUID) (Endpoint, string, error) {
	sealed, secret := s.newSecret(id)
	var endpoint Endpoint
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := endpointTx(ctx, tx, id, "for update"); err != nil {
			return err
		}
		now := s.Now()
		rows, err := tx.Query(ctx, `
			update webhook_endpoints set previous_secret = secret, previous_until = $4, secret = $3, updated_at = $5
			where bank_id = $1 and id = $2 returning `+endpointColumns, bankID, id, sealed, now.Add(SecretOverlap), now)
		if err != nil {
			return err
		}
		if endpoint, err = pgx.CollectExactlyOneRow(rows, scanEndpoint); err != nil {
			return err
		}
		_, err = AppendTx(ctx, tx, now, New{Type: "webhook_endpoint.secret_rotated", Object: "webhook_endpoint", ID: id})
		return err
	})
	if err != nil {
		return Endpoint{}, "", wrap("rotate webhook secret", err)
	}
	return endpoint, secret, nil
}

// lifeEvent is the event about an endpoint's own life.
func lifeEvent(id uuid.UUID, what string) New {
	return New{Type: "webhook_endpoint." + what, Object: "webhook_endpoint", ID: id}
}

// cancelDeliveries ends what is still to be delivered to an endpoint.
func cancelDeliveries(ctx context.Context, tx *postgres.Tx, endpointID uuid.UUID, now time.Time, why string) error {
	_, err := tx.Exec(ctx, `
		update webhook_deliveries set state = 'cancelled', last_error = $4, finished_at = $3, lease = null, lease_until = null
		where bank_id = $1 and endpoint_id = $2 and state = 'pending'`, tx.BankID, endpointID, now, why)
	return err
}

func (s *Service) checkEndpoint(ctx context.Context, tx *postgres.Tx, url, description string, types []string) error {
	allow, err := s.allowedTx(ctx, tx)
	if err != nil {
		return err
	}
	if err := checkURL(url, allow); err != nil {
		return err
	}
	if len(description) > 500 {
		return visavis.InvalidField("description", "at most 500 bytes")
	}
	if len(types) > 100 {
		return visavis.InvalidField("types", "at most 100")
	}
	for _, t := range types {
		if !typeShape.MatchString(t) {
			return visavis.InvalidField("types", "a type looks like booking.confirmed")
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(types)))) != len(types) {
		return visavis.InvalidField("types", "one is named twice")
	}
	return nil
}

// allowedTx returns the special addresses that the bank's webhooks may go to.
func (s *Service) allowedTx(ctx context.Context, tx *postgres.Tx) ([]netip.Prefix, error) {
	var own []string
	err := tx.QueryRow(ctx, `
		select coalesce(array(select jsonb_array_elements_text(settings->'webhook_allow')), '{}')
		from banks where bank_id = $1`, tx.BankID).Scan(&own)
	if err != nil {
		return nil, err
	}
	allow := slices.Clone(s.Allow)
	for _, text := range own {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("the bank's webhook_allow: %w", err)
		}
		allow = append(allow, prefix)
	}
	return allow, nil
}

// wrap says what was tried when err is not one that the caller may see.
func wrap(what string, err error) error {
	var known *visavis.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}
