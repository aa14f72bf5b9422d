package banks

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// The scopes of an API key. They do not include one another; the OpenAPI
// document says which one an operation needs.
const (
	ScopeRead  = "read"  // read everything of the bank's
	ScopeWrite = "write" // customers, identifications, bookings, messages, verifications
	ScopeAdmin = "admin" // agents, API keys, settings, scenarios, webhook endpoints
	ScopeKiosk = "kiosk" // tickets and check-in in a branch, nothing else
)

var scopes = []string{ScopeRead, ScopeWrite, ScopeAdmin, ScopeKiosk}

// Key is an API key as it is listed: without its secret.
type Key struct {
	ID         uuid.UUID
	Name       string
	Hint       string // the secret's first 7 characters (4 of an auth token)
	Scopes     []string
	CreatedAt  time.Time
	LastUsedAt *time.Time // to the minute; nil = never
	RevokedAt  *time.Time
}

var secretShape = regexp.MustCompile(`^vk_[A-Za-z0-9_-]{43}$`)

// authTokenShape is of the secret of a key for the Twilio paths: Twilio's SDKs take
// letters and digits only.
var authTokenShape = regexp.MustCompile(`^[0-9a-f]{32}$`)

// keyMemory is how long a node believes that a key is valid without asking the
// database: a revoked key stops within it on other nodes, at once on this one.
const keyMemory = 5 * time.Second

// CreateKey makes an API key and returns its secret, vk_ and 43 characters,
// which is never shown again. Scopes are some of ScopeRead, ScopeWrite and
// ScopeAdmin. A key cannot make one with more scopes than its own (Forbidden).
func (s *Service) CreateKey(ctx context.Context, bankID uuid.UUID, name string, wanted []string) (Key, string, error) {
	token, _ := newToken()
	secret := "vk_" + token
	return s.createKey(ctx, bankID, name, wanted, secret, secret[:7])
}

// CreateAuthToken makes an API key for the paths of Twilio Verify only: its secret,
// 32 hexadecimal digits, is what a program for Twilio knows as its auth token or
// as an API key's secret. It is no bearer credential. Otherwise as CreateKey.
func (s *Service) CreateAuthToken(ctx context.Context, bankID uuid.UUID, name string, wanted []string) (Key, string, error) {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails; 128 bits need neither salt nor a slow hash
	secret := hex.EncodeToString(raw[:])
	return s.createKey(ctx, bankID, name, wanted, secret, secret[:4])
}

func (s *Service) createKey(ctx context.Context, bankID uuid.UUID, name string, wanted []string, secret, hint string) (Key, string, error) {
	name, err := CleanName("name", name)
	if err != nil {
		return Key{}, "", err
	}
	wanted = slices.Compact(slices.Sorted(slices.Values(wanted)))
	if len(wanted) == 0 {
		return Key{}, "", visavis.InvalidField("scopes", "some of read, write, admin and kiosk")
	}
	actor := visavis.ActorFrom(ctx)
	for _, scope := range wanted {
		if !slices.Contains(scopes, scope) {
			return Key{}, "", visavis.InvalidField("scopes", "some of read, write, admin and kiosk")
		}
		if actor.Kind == visavis.ActorBank && !actor.HasScope(scope) {
			return Key{}, "", visavis.Errorf(visavis.Forbidden, "scope_not_held", "a key cannot make one with more scopes than its own")
		}
	}
	var key Key
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.Now()
		key, err = oneKey(tx.Query(ctx, `
			insert into api_keys (bank_id, id, name, hint, key_hash, scopes, created_at) values ($1, $2, $3, $4, $5, $6, $7)
			returning `+keyColumns, bankID, uuid.Must(uuid.NewV7()), name, hint, hashToken(secret), wanted, now))
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "api_key.created", key.ID, map[string]any{"scopes": wanted})
	})
	if err != nil {
		return Key{}, "", wrap("create API key", err)
	}
	return key, secret, nil
}

const keyColumns = `id, name, hint, scopes, created_at, last_used_at, revoked_at`

func scanKey(row pgx.CollectableRow) (Key, error) {
	var k Key
	err := row.Scan(&k.ID, &k.Name, &k.Hint, &k.Scopes, &k.CreatedAt, &k.LastUsedAt, &k.RevokedAt)
	return k, err
}

func oneKey(rows pgx.Rows, err error) (Key, error) {
	if err != nil {
		return Key{}, err
	}
	key, err := pgx.CollectExactlyOneRow(rows, scanKey)
	if errors.Is(err, pgx.ErrNoRows) {
		return Key{}, visavis.Errorf(visavis.NotFound, "api_key_not_found", "there is no such API key")
	}
	return key, err
}

// ListKeys returns a page of the bank's API keys, revoked ones included, newest
// first, and the cursor of the next page.
func (s *Service) ListKeys(ctx context.Context, bankID uuid.UUID, page postgres.Page) (keys []Key, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+keyColumns+` from api_keys where bank_id = $1 and ($2::uuid is null or id < $2)
			order by id desc limit $3`, bankID, page.After(), page.Size()+1)
		if err != nil {
			return err
		}
		keys, err = pgx.CollectRows(rows, scanKey)
		keys, next = postgres.Cut(keys, page, func(k Key) uuid.UUID { return k.ID })
		return err
	})
	return keys, next, wrap("list API keys", err)
}

// RevokeKey ends a key: at once on this node, within 5 s on others. One that is
// revoked already is no error; NotFound when the bank has no such key.
func (s *Service) RevokeKey(ctx context.Context, bankID, id uuid.UUID) error {
	return wrap("revoke API key", s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		key, err := oneKey(tx.Query(ctx, `select `+keyColumns+` from api_keys where bank_id = $1 and id = $2 for update`, bankID, id))
		if err != nil || key.RevokedAt != nil {
			return err
		}
		now := s.Now()
		if _, err := tx.Exec(ctx, `update api_keys set revoked_at = $3 where bank_id = $1 and id = $2`, bankID, id, now); err != nil {
			return err
		}
		tx.AfterCommit(s.keys.forget)
		return s.tell(ctx, tx, now, "api_key.revoked", id, nil)
	}))
}

// AuthenticateKey returns the bank's program whose secret this is;
// Unauthenticated when it is no valid key. A valid answer is remembered for 5 s.
func (s *Service) AuthenticateKey(ctx context.Context, secret string) (visavis.Actor, error) {
	wrong := visavis.Errorf(visavis.Unauthenticated, "invalid_api_key", "the API key is not valid")
	if !secretShape.MatchString(secret) {
		return visavis.Actor{}, wrong
	}
	return s.authenticate(ctx, secret, wrong)
}

// AuthenticateAuthToken returns the bank's program whose auth token this is, as
// AuthenticateKey does for keys; neither takes the other's.
func (s *Service) AuthenticateAuthToken(ctx context.Context, token string) (visavis.Actor, error) {
	wrong := visavis.Errorf(visavis.Unauthenticated, "invalid_auth_token", "the auth token is not valid")
	if !authTokenShape.MatchString(token) {
		return visavis.Actor{}, wrong
	}
	return s.authenticate(ctx, token, wrong)
}

func (s *Service) authenticate(ctx context.Context, secret string, wrong error) (visavis.Actor, error) {
	hash := hashToken(secret)
	now := s.Now()
	actor, generation, found := s.keys.get([32]byte(hash), now)
	if found {
		return actor, nil
	}
	actor = visavis.Actor{Kind: visavis.ActorBank}
	var used *time.Time
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `
			select bank_id, id, scopes, last_used_at from api_keys where key_hash = $1 and revoked_at is null`, hash).
			Scan(&actor.BankID, &actor.ID, &actor.Scopes, &used)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return visavis.Actor{}, wrong
	}
	if err != nil {
		return visavis.Actor{}, wrap("read API key", err)
	}
	s.keys.put([32]byte(hash), actor, now.Add(keyMemory), generation)
	if (used == nil || now.Sub(*used) >= touchEvery) && s.keys.touch(actor.ID, now) {
		noted, err := s.noteUse(ctx, actor, now)
		if err != nil {
			s.Log.Warn("use of API key not noted", "bank", actor.BankID, "error", err)
		}
		if !noted {
			s.keys.untouch(actor.ID)
		}
	}
	return actor, nil
}

// noteUse writes down when a key was used, without waiting: not for who holds its
// row (noted = false), nor for the disk, as what a crash loses is noted within a
// minute again.
func (s *Service) noteUse(ctx context.Context, actor visavis.Actor, now time.Time) (noted bool, err error) {
	err = s.DB.InBank(ctx, actor.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		var trip pgx.Batch
		trip.Queue(`set local synchronous_commit = off`)
		trip.Queue(`
			update api_keys k set last_used_at = $3
			from (select id from api_keys where bank_id = $1 and id = $2 and (last_used_at is null or last_used_at < $3) for no key update skip locked) due
			where k.bank_id = $1 and k.id = due.id`, actor.BankID, actor.ID, now).Exec(func(tag pgconn.CommandTag) error {
			noted = tag.RowsAffected() > 0
			return nil
		})
		return tx.SendBatch(ctx, &trip).Close()
	})
	return noted && err == nil, err
}

// keyCache remembers valid keys for a moment.
type keyCache struct {
	mu         sync.Mutex
	generation int // grows with every revocation: what was read before is not remembered after
	byHash     map[[32]byte]remembered
	touched    map[uuid.UUID]time.Time // when the use of a key was last noted by this node
}

type remembered struct {
	actor visavis.Actor
	until time.Time
}

func (c *keyCache) get(hash [32]byte, now time.Time) (visavis.Actor, int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.byHash[hash]
	return r.actor, c.generation, ok && now.Before(r.until)
}

func (c *keyCache) put(hash [32]byte, actor visavis.Actor, until time.Time, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if c.byHash == nil || len(c.byHash) >= 10_000 {
		c.byHash = map[[32]byte]remembered{}
	}
	c.byHash[hash] = remembered{actor, until}
}

func (c *keyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.byHash = nil
}

// touch reports whether the caller is the one to note that a key is used: one for
// each key and touchEvery, however many come at once.
func (c *keyCache) touch(id uuid.UUID, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.touched[id]; ok && now.Sub(last) < touchEvery {
		return false
	}
	if c.touched == nil || len(c.touched) >= 10_000 {
		c.touched = map[uuid.UUID]time.Time{}
	}
	c.touched[id] = now
	return true
}

// untouch takes touch back: the use was not noted.
func (c *keyCache) untouch(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.touched, id)
}
