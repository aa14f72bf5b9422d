package banks

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Customer is a person to identify or notify.
type Customer struct {
	ID        uuid.UUID
	Reference string // the bank's own name for the customer; "" = none, else one customer of the bank
	Name      string
	Phone     string // E.164; "" = none, see NumberlessTx
	Locale    string // one of Locales
	TimeZone  string // IANA
	Segment   string
	Needs     []string       // what it takes to serve them well, such as sign_language; never nil
	Metadata  map[string]any // the bank's own, never nil
	CreatedAt time.Time
	UpdatedAt time.Time

	numberless bool // validate takes it without a number
}

// NewCustomer is a customer to create.
type NewCustomer struct {
	Reference string
	Name      string
	Phone     string // any spelling, see CanonicalPhone
	Region    string // ISO 3166-1, where a Phone without country code is
	Locale    string // any BCP 47 tag of one of Locales; "" = Settings.DefaultLocale
	TimeZone  string // "" = Settings.DefaultTimeZone
	Segment   string
	Needs     []string // lower case letters, digits and _; at most 20
	Metadata  map[string]any
}

// CustomerChange changes what is not nil.
type CustomerChange struct {
	Reference *string // "" takes it away
	Name      *string
	Phone     *string // a new number ends the customer's sessions
	Region    string  // for Phone
	Locale    *string
	TimeZone  *string
	Segment   *string
	Needs     *[]string // all of them
	Metadata  *map[string]any
}

// CustomerFilter narrows a list. The zero value takes all.
type CustomerFilter struct {
	Reference string // exactly this
	Phone     string // any spelling with country code
}

const (
	maxReference = 200
	maxSegment   = 100
	maxMetadata  = 16 << 10 // bytes of JSON
)

func checkText(field, text string, most int) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return visavis.InvalidField(field, "it is not UTF-8 text")
	case utf8.RuneCountInString(text) > most:
		return visavis.InvalidField(field, "at most %d characters", most)
	}
	return nil
}

var needShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// cleanNeeds returns needs in order, each once, never nil.
func cleanNeeds(needs []string) ([]string, error) {
	needs = slices.Compact(slices.Sorted(slices.Values(needs)))
	if len(needs) > 20 {
		return nil, visavis.InvalidField("needs", "at most 20")
	}
	for _, n := range needs {
		if !needShape.MatchString(n) {
			return nil, visavis.InvalidField("needs", "each is lower case letters, digits and _, at most 63")
		}
	}
	return append([]string{}, needs...), nil
}

func encodeMetadata(data map[string]any) ([]byte, error) {
	if data == nil {
		data = map[string]any{}
	}
	encoded, err := json.Marshal(data)
	if err != nil || len(encoded) > maxMetadata || strings.Contains(string(encoded), `\u0000`) {
		return nil, visavis.InvalidField("metadata", "at most %d bytes of JSON, without NUL characters", maxMetadata)
	}
	return encoded, nil
}

// validate brings c into the form in which it is stored.
func (c *Customer) validate(region string, settings Settings) error {
	var err error
	if err = checkText("reference", c.Reference, maxReference); err != nil {
		return err
	}
	if err = checkText("segment", c.Segment, maxSegment); err != nil {
		return err
	}
	if c.Needs, err = cleanNeeds(c.Needs); err != nil {
		return err
	}
	if c.Name, err = CleanName("name", c.Name); err != nil {
		return err
	}
	if c.Locale, err = CanonicalLocale(c.Locale); err != nil {
		return err
	}
	if err := checkTimeZone("time_zone", c.TimeZone); err != nil || c.Phone == "" && c.numberless {
		return err
	}
	if c.Phone, err = CanonicalPhone(c.Phone, region); err != nil {
		return err
	}
	if len(settings.Countries) > 0 && !slices.Contains(settings.Countries, phoneRegion(c.Phone)) {
		return visavis.InvalidField("phone", "the bank does not serve numbers of this country")
	}
	return nil
}

// NumberlessTx returns the customer of a reference, or makes one who has no number
// (nor a name besides it): for a program that knows its customers by reference
// only. Nothing goes to such a customer by phone until UpdateCustomer gives a
// number. A reference of another form than customers' is Invalid.
func (s *Service) NumberlessTx(ctx context.Context, tx *postgres.Tx, reference string) (Customer, error) {
	find := func() (Customer, error) {
		return oneCustomer(tx.Query(ctx, `select `+customerColumns+` from customers where bank_id = $1 and reference = $2`, tx.BankID, reference))
	}
	if c, err := find(); visavis.KindOf(err) != visavis.NotFound {
		return c, err
	}
	settings, err := s.SettingsTx(ctx, tx)
	if err != nil {
		return Customer{}, err
	}
	c := Customer{Reference: reference, Name: reference, Locale: settings.DefaultLocale, TimeZone: settings.DefaultTimeZone, numberless: true}
	if err := c.validate("", settings); err != nil {
		return Customer{}, err
	}
	now := s.Now()
	made, err := oneCustomer(tx.Query(ctx, `
		insert into customers (bank_id, id, reference, name, phone, locale, time_zone, created_at, updated_at) values ($1, $2, $3, $4, '', $5, $6, $7, $7)
		on conflict on constraint customers_reference_key do nothing returning `+customerColumns,
		tx.BankID, uuid.Must(uuid.NewV7()), c.Reference, c.Name, c.Locale, c.TimeZone, now))
	if visavis.KindOf(err) == visavis.NotFound { // another made it meanwhile
		return find()
	}
	if err != nil {
		return Customer{}, err
	}
	return made, s.tell(ctx, tx, now, "customer.created", made.ID, nil)
}

// CreateCustomer adds a customer. It is Invalid, with the field named, when a
// part makes no sense, and a Conflict with code reference_taken when the bank
// has a customer of the same reference.
func (s *Service) CreateCustomer(ctx context.Context, bankID uuid.UUID, n NewCustomer) (Customer, error) {
	metadata, err := encodeMetadata(n.Metadata)
	if err != nil {
		return Customer{}, err
	}
	var customer Customer
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		settings, err := s.SettingsTx(ctx, tx)
		if err != nil {
			return err
		}
		c := Customer{Reference: n.Reference, Name: n.Name, Phone: n.Phone, Locale: n.Locale, TimeZone: n.TimeZone, Segment: n.Segment, Needs: n.Needs}
		if c.Locale == "" {
			c.Locale = settings.DefaultLocale
		}
		if c.TimeZone == "" {
			c.TimeZone = settings.DefaultTimeZone
		}
		if err := c.validate(n.Region, settings); err != nil {
			return err
		}
		now := s.Now()
		customer, err = oneCustomer(tx.Query(ctx, `
			insert into customers (bank_id, id, reference, name, phone, locale, time_zone, segment, metadata, created_at, updated_at, needs)
			values ($1, $2, nullif($3, ''), $4, $5, $6, $7, $8, $9, $10, $10, $11)
			on conflict on constraint customers_reference_key do nothing returning `+customerColumns,
			bankID, uuid.Must(uuid.NewV7()), c.Reference, c.Name, c.Phone, c.Locale, c.TimeZone, c.Segment, metadata, now, c.Needs))
		if visavis.KindOf(err) == visavis.NotFound {
			return errReferenceTaken()
		}
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "customer.created", customer.ID, nil)
	})
	if err != nil {
		return Customer{}, wrap("create customer", err)
	}
	return customer, nil
}

func errReferenceTaken() error {
	return visavis.Errorf(visavis.Conflict, "reference_taken", "the bank has a customer with this reference")
}

const customerColumns = `id, coalesce(reference, ''), name, phone, locale, time_zone, segment, needs, metadata, created_at, updated_at`

func scanCustomer(row pgx.CollectableRow) (Customer, error) {
	var c Customer
	err := row.Scan(CustomerFields(&c)...)
	return c, err
}

func oneCustomer(rows pgx.Rows, err error) (Customer, error) {
	if err != nil {
		return Customer{}, err
	}
	customer, err := pgx.CollectExactlyOneRow(rows, scanCustomer)
	if errors.Is(err, pgx.ErrNoRows) {
		return Customer{}, ErrNoCustomer()
	}
	return customer, err
}

// Customer returns one of the bank's customers; NotFound when it has no such one.
func (s *Service) Customer(ctx context.Context, bankID, id uuid.UUID) (Customer, error) {
	var customer Customer
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		customer, err = s.CustomerTx(ctx, tx, id)
		return err
	})
	return customer, wrap("read customer", err)
}

// CustomerTx is Customer in the caller's transaction.
func (s *Service) CustomerTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Customer, error) {
	return oneCustomer(tx.Query(ctx, `select `+customerColumns+` from customers where bank_id = $1 and id = $2`, tx.BankID, id))
}

// Customers returns those of the bank's customers that have one of the ids, in
// no order.
func (s *Service) Customers(ctx context.Context, bankID uuid.UUID, ids []uuid.UUID) (customers []Customer, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select `+customerColumns+` from customers where bank_id = $1 and id = any($2)`, bankID, ids)
		if err != nil {
			return err
		}
		customers, err = pgx.CollectRows(rows, scanCustomer)
		return err
	})
	return customers, wrap("read customers", err)
}

// CustomerColumns are of a statement that reads a customer among other things; the
// table customers is c. CustomerFields are where they go.
const CustomerColumns = `c.id, coalesce(c.reference, ''), c.name, c.phone, c.locale, c.time_zone, c.segment, c.needs, c.metadata, c.created_at, c.updated_at`

// CustomerFields are the destinations of CustomerColumns.
func CustomerFields(c *Customer) []any {
	return []any{&c.ID, &c.Reference, &c.Name, &c.Phone, &c.Locale, &c.TimeZone, &c.Segment, &c.Needs, &c.Metadata, &c.CreatedAt, &c.UpdatedAt}
}

// ErrNoCustomer is the NotFound of a customer whom the bank does not have.
func ErrNoCustomer() error {
	return visavis.Errorf(visavis.NotFound, "customer_not_found", "there is no such customer")
}

// QueueCustomer is CustomerTx as a statement of a batch; the batch fails with its
// errors.
func QueueCustomer(b *pgx.Batch, bankID, id uuid.UUID, into *Customer) {
	b.Queue(`select `+customerColumns+` from customers where bank_id = $1 and id = $2`, bankID, id).Query(func(rows pgx.Rows) (err error) {
		*into, err = oneCustomer(rows, nil)
		return err
	})
}

// ListCustomers returns a page of the bank's customers, newest first, and the
// cursor of the next page. A phone number that is none finds nobody.
func (s *Service) ListCustomers(ctx context.Context, bankID uuid.UUID, f CustomerFilter, page postgres.Page) (customers []Customer, next string, err error) {
	if f.Phone != "" {
		if f.Phone, err = CanonicalPhone(f.Phone, ""); err != nil {
			return []Customer{}, "", nil
		}
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+customerColumns+` from customers
			where bank_id = $1 and ($2::uuid is null or id < $2) and ($3 = '' or reference = $3) and ($4 = '' or phone = $4)
			order by id desc limit $5`, bankID, page.After(), f.Reference, f.Phone, page.Size()+1)
		if err != nil {
			return err
		}
		customers, err = pgx.CollectRows(rows, scanCustomer)
		customers, next = postgres.Cut(customers, page, func(c Customer) uuid.UUID { return c.ID })
		return err
	})
	return customers, next, wrap("list customers", err)
}

// FindCustomers returns the bank's customers of any of the ids, references or
// E.164 numbers, in no order.
func (s *Service) FindCustomers(ctx context.Context, bankID uuid.UUID, ids []uuid.UUID, references, phones []string) (customers []Customer, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+customerColumns+` from customers where bank_id = $1 and id = any($2)
			union select `+customerColumns+` from customers where bank_id = $1 and reference = any($3)
			union select `+customerColumns+` from customers where bank_id = $1 and phone = any($4)`, bankID, ids, references, phones)
		if err != nil {
			return err
		}
		customers, err = pgx.CollectRows(rows, scanCustomer)
		return err
	})
	return customers, wrap("find customers", err)
}

// CustomersByPhoneTx returns the bank's customers of an E.164 number, the
// newest first, at most 20: for recovery by phone and code.
func (s *Service) CustomersByPhoneTx(ctx context.Context, tx *postgres.Tx, e164 string) ([]Customer, error) {
	rows, err := tx.Query(ctx, `
		select `+customerColumns+` from customers where bank_id = $1 and phone = $2 order by id desc limit 20`, tx.BankID, e164)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanCustomer)
}

// UpdateCustomer changes a customer, with the same refusals as CreateCustomer.
// A new phone number ends the customer's sessions, and the links that were sent
// to the old one: what was proved was the old one. (Codes under way to it are
// otp's: see otp.CancelCustomerTx.)
func (s *Service) UpdateCustomer(ctx context.Context, bankID, id uuid.UUID, ch CustomerChange) (Customer, error) {
	var customer Customer
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		old, err := oneCustomer(tx.Query(ctx, `select `+customerColumns+` from customers where bank_id = $1 and id = $2 for update`, bankID, id))
		if err != nil {
			return err
		}
		settings, err := s.SettingsTx(ctx, tx)
		if err != nil {
			return err
		}
		c, region := old, ""
		changed := []string{}
		for _, part := range []struct {
			name string
			to   *string
			in   *string
		}{
			{"reference", ch.Reference, &c.Reference}, {"name", ch.Name, &c.Name}, {"phone", ch.Phone, &c.Phone},
			{"locale", ch.Locale, &c.Locale}, {"time_zone", ch.TimeZone, &c.TimeZone}, {"segment", ch.Segment, &c.Segment},
		} {
			if part.to != nil {
				*part.in = *part.to
				changed = append(changed, part.name)
			}
		}
		if ch.Needs != nil {
			c.Needs = *ch.Needs
			changed = append(changed, "needs")
		}
		if ch.Phone != nil {
			region = ch.Region
		} else {
			c.numberless = true      // one without a number may stay so
			settings.Countries = nil // an old number stays, whatever is served now
		}
		if err := c.validate(region, settings); err != nil {
			return err
		}
		if ch.Metadata != nil {
			c.Metadata = *ch.Metadata
			changed = append(changed, "metadata")
		}
		metadata, err := encodeMetadata(c.Metadata)
		if err != nil {
			return err
		}
		if c.Phone != old.Phone {
			if _, err := tx.Exec(ctx, `delete from customer_sessions where bank_id = $1 and customer_id = $2`, bankID, id); err != nil {
				return err
			}
			// These were sent to the old phone, and stand for holding it.
			if _, err := tx.Exec(ctx, `
				update links set revoked_at = $3 where bank_id = $1 and customer_id = $2 and revoked_at is null and purpose in ('manage', 'call')`,
				bankID, id, s.Now()); err != nil {
				return err
			}
		}
		now := s.Now()
		customer, err = oneCustomer(tx.Query(ctx, `
			update customers set reference = nullif($3, ''), name = $4, phone = $5, locale = $6, time_zone = $7, segment = $8, metadata = $9, updated_at = $10, needs = $11
			where bank_id = $1 and id = $2 returning `+customerColumns,
			bankID, id, c.Reference, c.Name, c.Phone, c.Locale, c.TimeZone, c.Segment, metadata, now, c.Needs))
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.ConstraintName == "customers_reference_key" {
			return errReferenceTaken()
		}
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "customer.updated", id, map[string]any{"changed": changed})
	})
	if err != nil {
		return Customer{}, wrap("update customer", err)
	}
	return customer, nil
}
