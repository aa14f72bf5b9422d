package banks

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// LinkPurpose says what a customer link is for, and so how far it is trusted.
type LinkPurpose string

// The purposes of a link.
const (
	// LinkVisit is given to the bank's program, which passes it on: whoever
	// holds it has yet to prove the customer's phone number.
	LinkVisit LinkPurpose = "visit"
	// LinkManage was sent to the customer's own phone or device.
	LinkManage LinkPurpose = "manage"
	// LinkCall was sent to the customer's own phone or device when it rang.
	LinkCall LinkPurpose = "call"
)

// Link lets a customer in to one identification.
type Link struct {
	ID               uuid.UUID
	BankID           uuid.UUID
	Purpose          LinkPurpose
	CustomerID       uuid.UUID
	IdentificationID uuid.UUID
	CallID           uuid.UUID // for LinkCall, else uuid.Nil
	CreatedAt        time.Time
	ExpiresAt        time.Time
	RevokedAt        *time.Time
	FirstUsedAt      *time.Time
	// UsedAt is when the link changed something, and UsedFor what, see UseLinkTx.
	UsedAt  *time.Time
	UsedFor string
}

// NewLink is a link to create.
type NewLink struct {
	Purpose          LinkPurpose
	CustomerID       uuid.UUID
	IdentificationID uuid.UUID
	CallID           uuid.UUID // required for LinkCall, else uuid.Nil
	ExpiresAt        time.Time
}

const linkColumns = `id, bank_id, purpose, customer_id, identification_id, call_id, created_at, expires_at, revoked_at, first_used_at, used_at, used_for`

func scanLink(row pgx.CollectableRow) (Link, error) {
	var l Link
	var callID *uuid.UUID
	err := row.Scan(&l.ID, &l.BankID, &l.Purpose, &l.CustomerID, &l.IdentificationID, &callID, &l.CreatedAt, &l.ExpiresAt, &l.RevokedAt, &l.FirstUsedAt, &l.UsedAt, &l.UsedFor)
	l.CallID = orNil(callID)
	return l, err
}

// CreateLinkTx makes a link of the transaction's bank. Its token is derived from
// its id, see LinkToken: nothing secret is stored.
func (s *Service) CreateLinkTx(ctx context.Context, tx *postgres.Tx, n NewLink) (Link, error) {
	ready, err := s.PrepareLink(tx.BankID, n)
	if err != nil {
		return Link{}, err
	}
	rows, err := tx.Query(ctx, insertLinkSQL+` returning `+linkColumns, ready.args...)
	if err != nil {
		return Link{}, wrap("create link", err)
	}
	link, err := pgx.CollectExactlyOneRow(rows, scanLink)
	return link, wrap("create link", err)
}

// CreateLinksTx makes many links at once, which neither ring nor expire before
// now; their ids are in the order of n. See CreateLinkTx.
func (s *Service) CreateLinksTx(ctx context.Context, tx *postgres.Tx, n []NewLink) ([]uuid.UUID, error) {
	now := s.Now()
	ids, purposes, customers, cases, until := make([]uuid.UUID, len(n)), make([]string, len(n)), make([]uuid.UUID, len(n)), make([]uuid.UUID, len(n)), make([]time.Time, len(n))
	for i, l := range n {
		if l.CustomerID == uuid.Nil || l.IdentificationID == uuid.Nil || l.Purpose == LinkCall || !l.ExpiresAt.After(now) {
			return nil, errors.New("create links: each needs a customer, an identification and an expiry to come")
		}
		ids[i], purposes[i], customers[i], cases[i], until[i] = uuid.Must(uuid.NewV7()), string(l.Purpose), l.CustomerID, l.IdentificationID, l.ExpiresAt
	}
	_, err := tx.Exec(ctx, `
		insert into links (bank_id, id, purpose, customer_id, identification_id, created_at, expires_at)
		select $1, id, purpose, customer, identification, $7, until
		from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[]) l(id, purpose, customer, identification, until)`,
		tx.BankID, ids, purposes, customers, cases, until, now)
	return ids, wrap("create links", err)
}

// QueueLink is CreateLinkTx as a statement of a batch; it returns the link's id.
func (s *Service) QueueLink(b *pgx.Batch, bankID uuid.UUID, n NewLink) (uuid.UUID, error) {
	ready, err := s.PrepareLink(bankID, n)
	if err != nil {
		return uuid.Nil, err
	}
	b.Queue(insertLinkSQL, ready.args...)
	return ready.ID(), nil
}

// ReadyLink is a link that was looked at and waits to be written by the statement
// that makes what it is about.
type ReadyLink struct{ args []any }

// PrepareLink makes one, see CreateLinkTx.
func (s *Service) PrepareLink(bankID uuid.UUID, n NewLink) (ReadyLink, error) {
	if n.CustomerID == uuid.Nil || n.IdentificationID == uuid.Nil || (n.Purpose == LinkCall) != (n.CallID != uuid.Nil) {
		return ReadyLink{}, errors.New("create link: it needs a customer, an identification and, to ring, a call")
	}
	now := s.Now()
	if !n.ExpiresAt.After(now) {
		return ReadyLink{}, errors.New("create link: it would have expired already")
	}
	return ReadyLink{[]any{
		bankID, uuid.Must(uuid.NewV7()), string(n.Purpose), n.CustomerID, n.IdentificationID, optional(n.CallID), now, n.ExpiresAt}}, nil
}

// ID is the link's.
func (l ReadyLink) ID() uuid.UUID { return l.args[1].(uuid.UUID) }

// Args are those of LinkSQL.
func (l ReadyLink) Args() []any { return l.args }

// LinkParams is how many parameters LinkSQL has.
const LinkParams = 8

// LinkSQL writes a link (ReadyLink) for each row of source, which is one or none.
// first is the number of its first parameter.
func LinkSQL(source string, first int) string {
	params := make([]string, LinkParams)
	for i := range params {
		params[i] = "$" + strconv.Itoa(first+i)
	}
	return `insert into links (bank_id, id, purpose, customer_id, identification_id, call_id, created_at, expires_at)
		select ` + strings.Join(params, ", ") + ` from ` + source
}

var insertLinkSQL = LinkSQL("(values (1)) once", 1)

// LinkManySQL writes many links (LinkColumns): one for each row of source, whose id
// is what the link was made for.
func LinkManySQL(source string, first int) string {
	return fmt.Sprintf(`insert into links (bank_id, id, purpose, customer_id, identification_id, call_id, created_at, expires_at)
		select l.bank_id, l.id, l.purpose, l.customer, l.identification, l.call, l.at, l.expires
		from unnest($%[1]d::uuid[], $%[2]d::uuid[], $%[3]d::uuid[], $%[4]d::text[], $%[5]d::uuid[], $%[6]d::uuid[], $%[7]d::uuid[], $%[8]d::timestamptz[], $%[9]d::timestamptz[])
			as l(made_for, bank_id, id, purpose, customer, identification, call, at, expires)
		join `+source+` on `+source+`.id = l.made_for`, postgres.Numbers(first, LinkParams+1)...)
}

// LinkColumns are the parameters of LinkManySQL; each link was made for the id at
// its place.
func LinkColumns(madeFor []uuid.UUID, all []ReadyLink) []any {
	rows := make([][]any, len(all))
	for i, l := range all {
		rows[i] = append([]any{madeFor[i]}, l.args...)
	}
	return postgres.Columns(rows)
}

const (
	linkMAC     = "link"
	linkMACSize = 16
)

var linkShape = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// LinkToken returns the secret of a link: 43 characters of base64url, which are
// its id and 16 bytes of a MAC under the master key. It is a bearer's secret:
// derive it when the link is shown or sent, never store or log it.
func (s *Service) LinkToken(id uuid.UUID) string {
	mac := s.Keyring.MAC(linkMAC, id[:])[:linkMACSize]
	return base64.RawURLEncoding.EncodeToString(append(id[:], mac...))
}

// LinkURL returns the address that a customer opens. It holds LinkToken.
func (s *Service) LinkURL(id uuid.UUID) string { return s.PublicURL + "/visit/" + s.LinkToken(id) }

// ResolveLink returns the link of a token. It is NotFound when the token is not
// ours, and Gone (code link_expired), together with the Link, so that a new one
// can be offered, when it has expired or was revoked.
func (s *Service) ResolveLink(ctx context.Context, token string) (Link, error) {
	notFound := visavis.Errorf(visavis.NotFound, "link_not_found", "there is no such link")
	if !linkShape.MatchString(token) {
		return Link{}, notFound
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 16+linkMACSize || !s.Keyring.VerifyMAC(linkMAC, raw[16:], raw[:16]) {
		return Link{}, notFound
	}
	var link Link
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select `+linkColumns+` from links where id = $1`, uuid.UUID(raw[:16]))
		if err != nil {
			return err
		}
		link, err = pgx.CollectExactlyOneRow(rows, scanLink)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, notFound
	}
	if err != nil {
		return Link{}, wrap("read link", err)
	}
	if link.RevokedAt != nil || !s.Now().Before(link.ExpiresAt) {
		return link, visavis.Errorf(visavis.Gone, "link_expired", "the link has expired: ask for a new one")
	}
	return link, nil
}

// UseLinkTx spends a link on a change ("booked", "moved", "cancelled", ...) that
// the transaction makes. A link is used once: by the bare link for one change, by
// a session for what is done in that session. Conflict "link_used", with what it
// was used for, when it was spent before: who passes a link on, or finds one,
// then sees what happened and can change nothing.
func (s *Service) UseLinkTx(ctx context.Context, tx *postgres.Tx, linkID, sessionID uuid.UUID, change string) error {
	var before string
	var at *time.Time
	var by *uuid.UUID
	err := tx.QueryRow(ctx, `select used_at, used_by, used_for from links where bank_id = $1 and id = $2 for update`, tx.BankID, linkID).Scan(&at, &by, &before)
	if errors.Is(err, pgx.ErrNoRows) {
		return visavis.Errorf(visavis.NotFound, "link_not_found", "there is no such link")
	}
	if err != nil {
		return wrap("use link", err)
	}
	if at != nil && (sessionID == uuid.Nil || orNil(by) != sessionID) {
		return visavis.Errorf(visavis.Conflict, "link_used", "this link was used already (%s); use the newest one, or prove your number by a code", before)
	}
	_, err = tx.Exec(ctx, `update links set used_at = $3, used_by = $4, used_for = $5 where bank_id = $1 and id = $2`,
		tx.BankID, linkID, s.Now(), optional(sessionID), change)
	return wrap("use link", err)
}

// LinkTx returns a link of the bank.
func (s *Service) LinkTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Link, error) {
	rows, err := tx.Query(ctx, `select `+linkColumns+` from links where bank_id = $1 and id = $2`, tx.BankID, id)
	if err != nil {
		return Link{}, wrap("read link", err)
	}
	link, err := pgx.CollectExactlyOneRow(rows, scanLink)
	if errors.Is(err, pgx.ErrNoRows) {
		return Link{}, visavis.Errorf(visavis.NotFound, "link_not_found", "there is no such link")
	}
	return link, wrap("read link", err)
}

// RevokeLinksTx ends the links of an identification, of the named purposes or
// of all. Sessions that were opened with them go on.
func (s *Service) RevokeLinksTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID, purposes ...LinkPurpose) error {
	names := make([]string, len(purposes))
	for i, p := range purposes {
		names[i] = string(p)
	}
	_, err := tx.Exec(ctx, `
		update links set revoked_at = $3 where bank_id = $1 and identification_id = $2 and revoked_at is null
		and (cardinality($4::text[]) = 0 or purpose = any($4))`, tx.BankID, identificationID, s.Now(), names)
	return wrap("revoke links", err)
}

// AuthenticateLink returns the customer whose app bears the link's token: bound
// to the link's identification, with the link's purpose as its only scope, not
// proved. It is Unauthenticated for a token that is not ours, Gone for one that
// has ended.
func (s *Service) AuthenticateLink(ctx context.Context, token string) (visavis.Actor, error) {
	link, err := s.ResolveLink(ctx, token)
	if visavis.KindOf(err) == visavis.NotFound {
		return visavis.Actor{}, visavis.Errorf(visavis.Unauthenticated, "invalid_link", "the link is not valid")
	}
	if err != nil {
		return visavis.Actor{}, err
	}
	return visavis.Actor{
		Kind: visavis.ActorCustomer, BankID: link.BankID, ID: link.CustomerID,
		IdentificationID: link.IdentificationID, Scopes: []string{string(link.Purpose)}, LinkID: link.ID,
	}, nil
}
