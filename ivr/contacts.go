package ivr

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// The bounds of a list.
const (
	MaxContacts     = 1_000_000 // of one campaign
	MaxContactBatch = 1000      // of one call of AddContacts
	contactBatch    = 2000      // rows of a file that are written together
	maxColumns      = 60
	maxReference    = 200
)

// ContactRow is somebody to call, as a list names them: a customer by id or
// reference, or a number, or both. With both it is the number that is called.
type ContactRow struct {
	Phone             string // any spelling, see banks.CanonicalPhone
	Region            string // ISO 3166-1, where a Phone without country code is
	CustomerID        uuid.UUID
	CustomerReference string
	Reference         string // the bank's own, given back in the export
	Locale            string // default: the customer's, else the bank's
	TimeZone          string // IANA; default: the customer's, else by the number
	Variables         map[string]string

	row     int // in its file or batch
	refusal *Refusal
}

// Refusal says why a row was not taken.
type Refusal struct {
	Row    int    // of a file: 1 is the header, as spreadsheets count; of a batch: from 0
	Field  string // column or member
	Code   string
	Reason string // a sentence; it never repeats the value
}

// Import is what became of a list that was handed in.
type Import struct {
	ID         uuid.UUID
	CampaignID uuid.UUID
	Source     string // csv, api
	State      string // receiving, done, broken
	Rows       int
	Accepted   int
	Refused    map[string]int // by code
	Error      string         // why it is broken
	CreatedAt  time.Time
	EndedAt    *time.Time
}

// AddContacts puts people on a campaign's list, and returns what of them was
// refused. It is one transaction.
func (s *Campaigns) AddContacts(ctx context.Context, bankID, campaignID uuid.UUID, rows []ContactRow) (i Import, refused []Refusal, err error) {
	if len(rows) == 0 || len(rows) > MaxContactBatch {
		return Import{}, nil, visavis.InvalidField("contacts", "1 to %d", MaxContactBatch)
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		r, err := s.receive(ctx, tx, campaignID, "api")
		if err != nil {
			return err
		}
		for n := range rows {
			rows[n].row, rows[n].refusal = n, nil
		}
		if refused, err = r.add(ctx, rows); err != nil {
			return err
		}
		i, err = r.end(ctx, nil)
		return err
	})
	return i, refused, err
}

// receiver takes the rows of one import.
type receiver struct {
	s        *Campaigns
	bankID   uuid.UUID
	campaign Campaign
	settings banks.Settings
	id       uuid.UUID
	reach    func(phone string) error
	needs    []string         // variables that the flow needs
	places   map[string]int16 // by placeKey
	fits     map[string]bool  // whether a place's windows are ever open
}

// receive begins an import: Conflict when the campaign takes no contacts any more.
func (s *Campaigns) receive(ctx context.Context, tx *postgres.Tx, campaignID uuid.UUID, source string) (*receiver, error) {
	c, err := campaignTx(ctx, tx, campaignID, false)
	if err != nil {
		return nil, err
	}
	r := &receiver{s: s, bankID: tx.BankID, campaign: c, id: uuid.Must(uuid.NewV7()), fits: map[string]bool{}}
	if r.settings, err = s.Banks.SettingsTx(ctx, tx); err != nil {
		return nil, err
	}
	if err := r.takes(c.State); err != nil {
		return nil, err
	}
	if r.reach, err = s.Channels.Reach(ctx, tx.BankID); err != nil {
		return nil, err
	}
	for flow, version := range map[string]int{c.Flow: c.Version, c.MachineFlow: c.MachineVersion} {
		if flow == "" || s.Phone == nil {
			continue
		}
		needs, err := s.Phone.inputsTx(ctx, tx, flow, version)
		if err != nil {
			return nil, err
		}
		r.needs = append(r.needs, needs...)
	}
	now := s.Now()
	_, err = tx.Exec(ctx, `insert into campaign_imports (bank_id, id, campaign_id, source, state, created_by, created_at, seen_at) values ($1, $2, $3, $4, 'receiving', $5, $6, $6)`,
		tx.BankID, r.id, campaignID, source, orNil(visavis.ActorFrom(ctx).ID), now)
	if err != nil {
		return nil, fmt.Errorf("begin import: %w", err)
	}
	return r, nil
}

// takes refuses (Conflict) contacts for a campaign in a state: when it has ended,
// and where two have to agree, once the start was asked for.
func (r *receiver) takes(state CampaignState) error {
	switch {
	case state.Ended() || state == CampaignStopping:
		return visavis.Errorf(visavis.Conflict, "campaign_ended", "the campaign has ended")
	case state == CampaignAwaiting, state != CampaignDraft && r.settings.CampaignFourEyes > 0:
		return visavis.Errorf(visavis.Conflict, "four_eyes", "the list is that which the start is confirmed for: nobody can be added")
	}
	return nil
}

// add validates rows and writes those that pass, each batch in a transaction of
// its own unless ctx has one; it returns what was refused.
func (r *receiver) add(ctx context.Context, rows []ContactRow) (refused []Refusal, err error) {
	r.canonical(rows)
	people, err := r.customers(ctx, rows)
	if err != nil {
		return nil, err
	}
	list := make([]contact, 0, len(rows))
	phones := make([]string, 0, len(rows))
	for i := range rows {
		if c, ok := r.contact(&rows[i], people); ok {
			list, phones = append(list, c), append(phones, c.phone)
		}
	}
	err = r.s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		refused, r.places = refused[:0], nil // what a transaction that was undone had made is not there
		var state CampaignState              // it may have been started or stopped while the list came in
		lock := `key share`
		if r.settings.CampaignFourEyes > 0 { // or a start at this moment would count without these
			lock = `share`
		}
		err := tx.QueryRow(ctx, `select state from campaigns where bank_id = $1 and id = $2 for `+lock, tx.BankID, r.campaign.ID).Scan(&state)
		if errors.Is(err, pgx.ErrNoRows) {
			return errNoCampaign()
		}
		if err != nil {
			return fmt.Errorf("read campaign: %w", err)
		}
		if err := r.takes(state); err != nil {
			return err
		}
		out, err := r.s.Channels.OptedOutOfTx(ctx, tx, channels.Voice, r.campaign.Class, phones)
		if err != nil {
			return err
		}
		t, err := talliesTx(ctx, tx, r.campaign.ID)
		if err != nil {
			return err
		}
		room := MaxContacts - t.listed()
		var wanted []contact
		seen := make(map[string]bool, len(list))
		for _, c := range list {
			switch {
			case out[c.phone]:
				c.from.refuse("phone", "opted_out", "the number wants no calls of this class")
			case seen[c.phone]:
				c.from.refuse("phone", "duplicate", "the number is on the list already")
			case len(wanted) >= room:
				c.from.refuse("", "too_many", "a campaign has at most 1,000,000 contacts")
			default:
				seen[c.phone] = true
				wanted = append(wanted, c)
			}
		}
		if err := r.placesTx(ctx, tx, wanted); err != nil {
			return err
		}
		added, err := r.insertTx(ctx, tx, wanted)
		if err != nil {
			return err
		}
		for _, c := range wanted {
			if !added[c.phone] {
				c.from.refuse("phone", "duplicate", "the number is on the list already")
			}
		}
		for i := range rows {
			if rows[i].refusal != nil {
				refused = append(refused, *rows[i].refusal)
			}
		}
		// What this transaction refused is found anew when it is run again.
		err = r.keepTx(ctx, tx, len(rows), len(added), refused)
		for _, c := range list {
			c.from.refusal = nil
		}
		return err
	})
	return refused, err
}

// refuse keeps the first reason.
func (c *ContactRow) refuse(field, code, reason string) {
	if c.refusal == nil {
		c.refusal = &Refusal{Row: c.row, Field: field, Code: code, Reason: reason}
	}
}

// canonical brings the numbers into E.164: most of an import's time, so by all
// processors.
func (r *receiver) canonical(rows []ContactRow) {
	var wg sync.WaitGroup
	for part := range slices.Chunk(rows, max(64, len(rows)/runtime.GOMAXPROCS(0)+1)) {
		wg.Go(func() {
			for i := range part {
				c := &part[i]
				if c.refusal != nil || c.Phone == "" {
					continue
				}
				phone, err := banks.CanonicalPhone(c.Phone, c.Region)
				if err != nil {
					var e *visavis.Error
					if errors.As(err, &e) && len(e.Fields) == 1 && e.Fields[0].Name == "region" {
						c.refuse("region", "region_invalid", e.Fields[0].Reason)
					} else {
						c.refuse("phone", "phone_invalid", "it is not a valid phone number: write it with its country code, or name the region")
					}
					continue
				}
				c.Phone = phone
				if err := r.reach(phone); err != nil {
					c.refuse("phone", visavis.CodeOf(err), err.Error())
				}
			}
		})
	}
	wg.Wait()
}

// known are the customers that rows name.
type known struct {
	byID        map[uuid.UUID]banks.Customer
	byReference map[string]banks.Customer
	byPhone     map[string]banks.Customer // the newest of a number
}

func (r *receiver) customers(ctx context.Context, rows []ContactRow) (k known, err error) {
	var ids []uuid.UUID
	var references, phones []string
	for i := range rows {
		c := &rows[i]
		switch {
		case c.refusal != nil:
		case c.CustomerID != uuid.Nil:
			ids = append(ids, c.CustomerID)
		case c.CustomerReference != "":
			if len(c.CustomerReference) > maxReference*4 || !plainText(c.CustomerReference) {
				c.refuse("customer_reference", "customer_not_found", "the bank has no such customer")
				continue
			}
			references = append(references, c.CustomerReference)
		case c.Phone != "":
			phones = append(phones, c.Phone)
		}
	}
	found, err := r.s.Banks.FindCustomers(ctx, r.bankID, ids, references, phones)
	if err != nil {
		return known{}, err
	}
	k = known{map[uuid.UUID]banks.Customer{}, map[string]banks.Customer{}, map[string]banks.Customer{}}
	for _, c := range found {
		k.byID[c.ID] = c
		if c.Reference != "" {
			k.byReference[c.Reference] = c
		}
		if old, ok := k.byPhone[c.Phone]; !ok || c.ID.String() > old.ID.String() {
			k.byPhone[c.Phone] = c
		}
	}
	return k, nil
}

// contact is a row that passed.
type contact struct {
	from      *ContactRow
	phone     string
	own       bool // the list's number, not the customer's
	customer  *uuid.UUID
	locale    string
	place     string // placeKey
	region    string
	zones     []string
	variables map[string]string
}

// contact validates a row.
func (r *receiver) contact(row *ContactRow, k known) (c contact, ok bool) {
	if row.refusal != nil {
		return c, false
	}
	c = contact{from: row, phone: row.Phone, own: row.Phone != "", locale: row.Locale, variables: row.Variables}
	var person banks.Customer
	var found bool
	switch {
	case row.CustomerID != uuid.Nil:
		if person, found = k.byID[row.CustomerID]; !found {
			row.refuse("customer_id", "customer_not_found", "the bank has no such customer")
		}
	case row.CustomerReference != "":
		if person, found = k.byReference[row.CustomerReference]; !found {
			row.refuse("customer_reference", "customer_not_found", "the bank has no such customer")
		}
	case row.Phone != "":
		person, found = k.byPhone[row.Phone]
	default:
		row.refuse("phone", "phone_missing", "a number or a customer is required")
	}
	if found {
		c.customer = &person.ID
		if c.phone == "" {
			c.phone = person.Phone
			if c.phone == "" {
				row.refuse("customer_id", "customer_without_number", "the customer has no phone number")
			} else if err := r.reach(c.phone); err != nil {
				row.refuse("phone", visavis.CodeOf(err), err.Error())
			}
		}
		if c.locale == "" {
			c.locale = person.Locale
		}
	}
	if c.locale == "" {
		c.locale = r.settings.DefaultLocale
	}
	var err error
	if c.locale, err = banks.CanonicalLocale(c.locale); err != nil {
		row.refuse("locale", "locale_invalid", "it is one of "+strings.Join(banks.Locales, ", "))
	}
	if len(row.Reference) > maxReference || !plainText(row.Reference) {
		row.refuse("reference", "reference_invalid", "at most 200 bytes of text")
	}
	r.checkVariables(row)
	if row.refusal != nil {
		return c, false
	}
	r.locate(&c, person.TimeZone)
	return c, row.refusal == nil
}

func (r *receiver) checkVariables(row *ContactRow) {
	if len(row.Variables) > maxVars {
		row.refuse("variables", "variables_too_many", fmt.Sprintf("at most %d", maxVars))
		return
	}
	for _, name := range r.needs {
		if row.Variables[name] == "" {
			row.refuse(name, "variable_missing", "the flow needs it")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(row.Variables)) {
		value := row.Variables[name]
		switch {
		case !nameShape.MatchString(name):
			row.refuse("variables", "variable_invalid", "names are lower-case letters, digits and underscores")
		case !plainText(value):
			row.refuse(name, "not_utf8", "it is not UTF-8 text")
		case utf8.RuneCountInString(value) > maxVar:
			row.refuse(name, "too_long", fmt.Sprintf("at most %d characters", maxVar))
		}
	}
}

func plainText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// locate finds the zones that a contact may be in: what the list says, else the
// customer's, else those of the number.
func (r *receiver) locate(c *contact, customers string) {
	number, err := phonenumbers.Parse(c.phone, "ZZ")
	if err != nil {
		c.from.refuse("phone", "phone_invalid", "it is not a valid phone number")
		return
	}
	c.region = phonenumbers.GetRegionCodeForNumber(number)
	switch {
	case c.from.TimeZone != "":
		if len(c.from.TimeZone) > 64 || c.from.TimeZone == "Local" || !plainText(c.from.TimeZone) {
			c.from.refuse("time_zone", "time_zone_invalid", "it is an IANA time zone such as Asia/Ho_Chi_Minh")
			return
		}
		if _, err := loadZone(c.from.TimeZone); err != nil {
			c.from.refuse("time_zone", "time_zone_invalid", "it is an IANA time zone such as Asia/Ho_Chi_Minh")
			return
		}
		c.zones = []string{c.from.TimeZone}
	case customers != "" && customers != "UTC" && !strings.HasPrefix(customers, "Etc/"): // nobody lives there: it is a default
		c.zones = []string{customers}
	default:
		c.zones = zonesOf(c.phone)
		if len(c.zones) == 0 {
			c.zones = []string{r.settings.DefaultTimeZone}
		}
	}
	c.place = placeKey(c.region, c.zones)
	fits, judged := r.fits[c.place]
	if !judged {
		p := place{region: c.region}
		for _, name := range c.zones {
			if zone, err := loadZone(name); err == nil {
				p.zones = append(p.zones, zone)
			}
		}
		fits = !r.campaign.Settings.opensAfter(p, nil, r.s.Now()).IsZero()
		r.fits[c.place] = fits
	}
	if !fits {
		c.from.refuse("time_zone", "time_zone_unknown",
			"the number may be in several time zones, and the windows are never open in all of them: name the time zone")
	}
}

// zonesOf are the zones that a number may be in, by libphonenumber's data.
func zonesOf(e164 string) (zones []string) {
	names, err := phonenumbers.GetTimezonesForPrefix(e164)
	if err != nil {
		return nil
	}
	for _, name := range names {
		if name == phonenumbers.UNKNOWN_TIMEZONE {
			continue
		}
		if _, err := loadZone(name); err == nil {
			zones = append(zones, name)
		}
	}
	return zones
}

// zones are those that were read: each takes a file.
var zones sync.Map // name → *time.Location

func loadZone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	zones.Store(name, zone)
	return zone, nil
}
