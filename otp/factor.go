package otp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// The limits of factors.
const (
	maxFactors   = 10 // of a customer
	maxConfirms  = 5  // confirmations of a factor that may fail
	seedBytes    = 20 // 160 bits (RFC 4226 recommends that many; NIST asks for 112)
	sealSeed     = "otp seed"
	maxFactorTag = 100
)

// Factor is what a customer holds besides a number.
type Factor struct {
	ID          uuid.UUID
	CustomerID  uuid.UUID
	Kind        Way // Push or TOTP
	Active      bool
	Name        string
	DeviceID    uuid.UUID // push: the device that is asked; uuid.Nil = all of the customer's
	Metadata    map[string]any
	CreatedAt   time.Time
	ConfirmedAt *time.Time
	LastUsedAt  *time.Time

	// Challenge is what a device signs to prove that it holds its key (see
	// SignedForFactor); only of one that is not active.
	Challenge string
	// URI (otpauth://) and Secret (base32) set up an authenticator app; only in
	// NewFactor's answer.
	URI, Secret string

	publicKey, seed []byte
	lastCounter     int64
	tries           int
}

// NewFactor is a factor to add.
type NewFactor struct {
	Kind      Way    // Push or TOTP
	Name      string // at most 100 characters
	DeviceID  uuid.UUID
	PublicKey string // push: ES256 (P-256), base64 of the DER SubjectPublicKeyInfo
	Secret    []byte // totp: an own seed of at least 16 bytes; nil = 160 random bits
	Metadata  map[string]any
}

var (
	errFactorNotFound = visavis.Errorf(visavis.NotFound, "factor_not_found", "there is no such factor")
	errNotConfirmed   = visavis.Errorf(visavis.Forbidden, "not_confirmed", "that does not prove possession of the factor; try again")
)

const factorColumns = `id, customer_id, kind, state = 'active', name, device_id, metadata, created_at, confirmed_at, last_used_at, challenge, public_key, seed, last_counter, tries`

func scanFactor(r pgx.CollectableRow) (f Factor, err error) {
	var device *uuid.UUID
	var challenge []byte
	err = r.Scan(&f.ID, &f.CustomerID, &f.Kind, &f.Active, &f.Name, &device, &f.Metadata, &f.CreatedAt, &f.ConfirmedAt, &f.LastUsedAt,
		&challenge, &f.publicKey, &f.seed, &f.lastCounter, &f.tries)
	if device != nil {
		f.DeviceID = *device
	}
	if challenge != nil {
		f.Challenge = base64.RawURLEncoding.EncodeToString(challenge)
	}
	return f, err
}

func factorTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) (Factor, error) {
	rows, err := tx.Query(ctx, `select `+factorColumns+` from otp_factors `+where, args...)
	if err != nil {
		return Factor{}, err
	}
	f, err := pgx.CollectExactlyOneRow(rows, scanFactor)
	if err == pgx.ErrNoRows {
		err = errFactorNotFound
	}
	return f, err
}

// NewFactor adds a factor, which is of no use until it is confirmed. Errors are
// NotFound (customer, device), Invalid (the key), Conflict (too_many_factors).
func (s *Service) NewFactor(ctx context.Context, bankID, customerID uuid.UUID, n NewFactor) (Factor, error) {
	f := Factor{ID: uuid.Must(uuid.NewV7()), CustomerID: customerID, Kind: n.Kind, Name: n.Name, DeviceID: n.DeviceID, Metadata: n.Metadata, CreatedAt: s.now()}
	if len([]rune(n.Name)) > maxFactorTag {
		return f, visavis.InvalidField("name", "at most %d characters", maxFactorTag)
	}
	if f.Metadata == nil {
		f.Metadata = map[string]any{}
	}
	metadata, err := json.Marshal(f.Metadata)
	if err != nil {
		return f, visavis.InvalidField("metadata", "is not JSON")
	}
	var challenge, sealed []byte
	switch n.Kind {
	case Push:
		if f.publicKey, err = parseKey(n.PublicKey); err != nil {
			return f, err
		}
		challenge = make([]byte, 32)
		_, _ = rand.Read(challenge) // never fails
		f.Challenge = base64.RawURLEncoding.EncodeToString(challenge)
	case TOTP:
		if n.PublicKey != "" || n.DeviceID != uuid.Nil {
			return f, visavis.InvalidField("public_key", "is of push factors only")
		}
		seed := n.Secret
		if seed == nil {
			seed = make([]byte, seedBytes)
			_, _ = rand.Read(seed)
		} else if len(seed) < 16 || len(seed) > 64 {
			return f, visavis.InvalidField("secret", "must have 16 to 64 bytes")
		}
		sealed = s.Keys.Seal(sealSeed, f.ID[:], seed)
		f.Secret = base32NoPad.EncodeToString(seed)
	default:
		return f, visavis.InvalidField("kind", "must be push or totp")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		customer, err := s.Banks.CustomerTx(ctx, tx, customerID)
		if err != nil {
			return err
		}
		if n.Kind == TOTP {
			bank, err := s.Banks.GetTx(ctx, tx)
			if err != nil {
				return err
			}
			seed, err := base32NoPad.DecodeString(f.Secret)
			if err != nil {
				return err
			}
			made, err := totp.Generate(totp.GenerateOpts{
				Issuer: bank.Name, AccountName: or(n.Name, or(customer.Reference, f.ID.String()[:8])), Secret: seed, Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
			})
			if err != nil {
				return fmt.Errorf("make otpauth URI: %w", err)
			}
			f.URI = made.URL()
		}
		var count int
		// Locked, so that the count holds.
		if err := tx.QueryRow(ctx, `
			with c as (select id from customers where bank_id = $1 and id = $2 for update)
			select count(f.id) from c left join otp_factors f on f.bank_id = $1 and f.customer_id = c.id`, bankID, customerID).Scan(&count); err != nil {
			return err
		}
		if count >= maxFactors {
			return visavis.Errorf(visavis.Conflict, "too_many_factors", "the customer has %d factors, which is the most", maxFactors)
		}
		if n.DeviceID != uuid.Nil {
			var known bool
			if err := tx.QueryRow(ctx, `select exists (select from devices where bank_id = $1 and customer_id = $2 and id = $3)`, bankID, customerID, n.DeviceID).Scan(&known); err != nil {
				return err
			}
			if !known {
				return visavis.Errorf(visavis.NotFound, "device_not_found", "the customer has no such device")
			}
		}
		_, err = tx.Exec(ctx, `
			insert into otp_factors (bank_id, id, customer_id, kind, name, device_id, public_key, challenge, seed, metadata, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			bankID, f.ID, customerID, string(f.Kind), f.Name, orNil(f.DeviceID), f.publicKey, challenge, sealed, metadata, f.CreatedAt)
		var pg *pgconn.PgError
		if errors.As(err, &pg) {
			return fmt.Errorf("add factor: %w", err)
		}
		if err != nil {
			return err
		}
		return factorEvent(ctx, tx, f.CreatedAt, "factor.added", f)
	})
	return f, err
}

func factorEvent(ctx context.Context, tx *postgres.Tx, now time.Time, kind string, f Factor) error {
	_, err := events.AppendTx(ctx, tx, now, events.New{Type: kind, Object: "factor", ID: f.ID, Data: map[string]any{"customer_id": f.CustomerID, "kind": f.Kind}})
	return err
}

// ConfirmFactor puts a factor into use: proof is a code of the authenticator
// app, or the device's signature (base64) over SignedForFactor. A wrong one is
// Forbidden (not_confirmed); after five the factor is of no use (TooMany,
// max_attempts). Confirming an active one is Conflict (already_confirmed).
func (s *Service) ConfirmFactor(ctx context.Context, bankID, customerID, id uuid.UUID, proof string) (Factor, error) {
	return s.ConfirmFactorOver(ctx, bankID, customerID, id, proof, "")
}

// ConfirmFactorOver is ConfirmFactor for protocols of others, in which a device
// signs another text, which nobody but this factor's device has reason to sign.
func (s *Service) ConfirmFactorOver(ctx context.Context, bankID, customerID, id uuid.UUID, proof, signed string) (Factor, error) {
	var f Factor
	var refusal error
	// A transaction of its own: a wrong proof counts.
	err := s.DB.InBank(postgres.WithoutTx(context.WithoutCancel(ctx)), bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		refusal = nil
		if f, err = factorTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and id = $3 for update`, bankID, customerID, id); err != nil {
			return err
		}
		switch {
		case f.Active:
			return visavis.Errorf(visavis.Conflict, "already_confirmed", "the factor is in use already")
		case f.tries >= maxConfirms:
			return errMaxAttempts
		}
		now := s.now()
		counter, ok := int64(-1), false
		if f.Kind == TOTP {
			counter, ok, err = s.matchTOTP(f, proof, now)
		} else {
			ok = verifies(f.publicKey, or(signed, SignedForFactor(bankID, customerID, id, f.Challenge)), proof)
		}
		if err != nil {
			return err
		}
		if !ok {
			refusal = errNotConfirmed
			_, err := tx.Exec(ctx, `update otp_factors set tries = tries + 1 where bank_id = $1 and id = $2`, bankID, id)
			return err
		}
		if _, err := tx.Exec(ctx, `
			update otp_factors set state = 'active', challenge = null, confirmed_at = $3, last_counter = $4 where bank_id = $1 and id = $2`,
			bankID, id, now, counter); err != nil {
			return err
		}
		f.Active, f.ConfirmedAt, f.Challenge = true, &now, ""
		return factorEvent(ctx, tx, now, "factor.confirmed", f)
	})
	if err == nil {
		err = refusal
	}
	return f, err
}

// Factor returns a customer's factor; NotFound when there is none such.
func (s *Service) Factor(ctx context.Context, bankID, customerID, id uuid.UUID) (f Factor, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		f, err = factorTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and id = $3`, bankID, customerID, id)
		return err
	})
	return f, err
}

// Factors returns a customer's factors, newest first; NotFound when the bank has
// no such customer.
func (s *Service) Factors(ctx context.Context, bankID, customerID uuid.UUID) (list []Factor, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.Banks.CustomerTx(ctx, tx, customerID); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+factorColumns+` from otp_factors where bank_id = $1 and customer_id = $2 order by id desc`, bankID, customerID)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanFactor)
		return err
	})
	return list, err
}

// RenameFactor changes a factor's name and, unless metadata is nil, its metadata.
func (s *Service) RenameFactor(ctx context.Context, bankID, customerID, id uuid.UUID, name string, metadata map[string]any) (f Factor, err error) {
	if len([]rune(name)) > maxFactorTag {
		return f, visavis.InvalidField("name", "at most %d characters", maxFactorTag)
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `update otp_factors set name = $4, metadata = coalesce($5, metadata) where bank_id = $1 and customer_id = $2 and id = $3 returning `+factorColumns,
			bankID, customerID, id, name, metadata)
		if err != nil {
			return err
		}
		f, err = pgx.CollectExactlyOneRow(rows, scanFactor)
		if err == pgx.ErrNoRows {
			err = errFactorNotFound
		}
		return err
	})
	return f, err
}

// DeleteFactor forgets a factor and ends what is pending for it.
func (s *Service) DeleteFactor(ctx context.Context, bankID, customerID, id uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		f, err := factorTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and id = $3 for update`, bankID, customerID, id)
		if err != nil {
			return err
		}
		now := s.now()
		for {
			v, err := oneTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and factor_id = $3 and state = 'pending' limit 1 for update`, bankID, customerID, id)
			if err == pgx.ErrNoRows {
				break
			}
			if err == nil {
				err = s.endTx(ctx, tx, now, v, Cancelled, "")
			}
			if err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `delete from otp_factors where bank_id = $1 and id = $2`, bankID, id); err != nil {
			return err
		}
		return factorEvent(ctx, tx, now, "factor.removed", f)
	})
}

// parseKey reads an ES256 public key.
func parseKey(text string) ([]byte, error) {
	bad := visavis.InvalidField("public_key", "must be a P-256 key: base64 of its DER SubjectPublicKeyInfo")
	der, err := decode(text)
	if err != nil {
		return nil, bad
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, bad
	}
	if public, ok := key.(*ecdsa.PublicKey); !ok || public.Curve != elliptic.P256() {
		return nil, bad
	}
	return der, nil
}

// PublicKey is the key of a push factor's device.
func (f Factor) PublicKey() (*ecdsa.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(f.publicKey)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("not an ES256 key")
	}
	return public, nil
}

// decode reads base64 of either alphabet, padded or not.
func decode(text string) ([]byte, error) {
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := encoding.DecodeString(text); err == nil {
			return b, nil
		}
	}
	return nil, errors.New("not base64")
}

// verifies reports whether signature (base64; ASN.1 as devices' key stores give
// it, or the 64 bytes of a JWS) is the key's over SHA-256 of text.
func verifies(der []byte, text, signature string) bool {
	raw, err := decode(signature)
	if err != nil {
		return false
	}
	key, err := x509.ParsePKIXPublicKey(der)
	public, ok := key.(*ecdsa.PublicKey)
	if err != nil || !ok {
		return false
	}
	if len(raw) == 64 {
		r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
		if raw, err = asn1.Marshal(struct{ R, S *big.Int }{r, s}); err != nil {
			return false
		}
	}
	hash := sha256.Sum256([]byte(text))
	return ecdsa.VerifyASN1(public, hash[:], raw)
}

// SignedForFactor is what a device signs to prove that it holds its key: lines,
// each ended by "\n".
func SignedForFactor(bankID, customerID, factorID uuid.UUID, challenge string) string {
	return fmt.Sprintf("visavis-factor-v1\n%s\n%s\n%s\n%s\n", bankID, customerID, factorID, challenge)
}
