// Package banks knows who there is: banks and their settings, agents and their
// sessions, API keys, customers with their devices, and the links that let a
// customer in. It also counts attempts against limits, for everything that a
// stranger may try.
package banks

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Config of the Service. All but Log and Now is required.
type Config struct {
	DB        *postgres.DB
	Log       *slog.Logger     // defaults to slog.Default()
	Now       func() time.Time // defaults to time.Now
	Keyring   *events.Keyring  // authenticates links
	PublicURL string           // where customers reach the gateway, without a final slash
}

// Service is the way to everything in this package. It is safe for concurrent use.
type Service struct {
	Config
	keys keyCache
}

// New makes the Service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return &Service{Config: c}
}

// wrap says what was tried when err is not one that the caller may see.
func wrap(what string, err error) error {
	var known *visavis.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// optional makes uuid.Nil SQL's null.
func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// orNil makes SQL's null uuid.Nil.
func orNil(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}
