package channels

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// SenderKind says what a sender is.
type SenderKind string

// The kinds.
const (
	Alphanumeric SenderKind = "alphanumeric" // a name of 1 to 11 characters, with a letter: nobody can answer it
	LongNumber   SenderKind = "number"       // E.164
	ShortCode    SenderKind = "short_code"   // 3 to 8 digits
	Pool         SenderKind = "pool"         // several numbers: flash calls come from any of them
)

// SenderEntry is what a bank's messages of a channel come from, in a country and
// for a class. Of the entries that fit, the one of the country goes first, then
// of the class, then of the provider, then the earlier one.
type SenderEntry struct {
	ID       uuid.UUID
	Channel  Channel // sms, voice, flash
	Country  string  // calling code, such as 84; "" = any
	Class    Class   // "" = any
	Kind     SenderKind
	Provider string   // "" = any
	Sender   string   // a name, a number in E.164, a short code; of a pool: its first number
	Numbers  []string // of a pool: E.164 each
	// Inbound is true for a number, short code or pool that is this bank's alone:
	// what comes in for it is taken in (BankOfNumber).
	Inbound bool
}

// maxSenders is how many senders a bank may have.
const maxSenders = 500

const sendersSQL = `select id, channel, country, class, kind, provider, sender, numbers, inbound from senders where bank_id = $1 order by position`

func scanSender(row pgx.CollectableRow) (e SenderEntry, err error) {
	return e, row.Scan(&e.ID, &e.Channel, &e.Country, &e.Class, &e.Kind, &e.Provider, &e.Sender, &e.Numbers, &e.Inbound)
}

var (
	nameShape    = regexp.MustCompile(`^[A-Za-z0-9 ._&+-]{1,11}$`)
	shortShape   = regexp.MustCompile(`^[0-9]{3,8}$`)
	countryShape = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)
)

// best finds the entry for a message.
func (r *rules) best(channel Channel, provider string, class Class, phone string) (best SenderEntry, ok bool) {
	rank := -1
	for _, e := range r.senders {
		if e.Channel != channel || e.Country != "" && !strings.HasPrefix(phone, "+"+e.Country) ||
			e.Class != "" && e.Class != class || e.Provider != "" && e.Provider != provider {
			continue
		}
		of := 4 * len(e.Country)
		if e.Class != "" {
			of += 2
		}
		if e.Provider != "" {
			of++
		}
		if of > rank {
			best, rank, ok = e, of, true
		}
	}
	return best, ok
}

// sender is what a message comes from; "" = the provider's own. Of a pool it is
// always the same number for a customer, so that answers come to one place.
func (r *rules) sender(channel Channel, provider string, class Class, phone string) string {
	e, ok := r.best(channel, provider, class, phone)
	if !ok || len(e.Numbers) == 0 {
		return e.Sender
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(phone))
	return e.Numbers[int(sum.Sum32())%len(e.Numbers)]
}

// receives reports whether what customers answer to a sender of the bank is
// taken in.
func (r *rules) receives(from string) bool {
	return r != nil && from != "" && slices.ContainsFunc(r.senders, func(e SenderEntry) bool {
		return e.Inbound && e.Channel == SMS && (e.Sender == from || slices.Contains(e.Numbers, from))
	})
}

// answered reports whether what customers answer to messages of a class is taken
// in: to those to numbers that begin with prefix, or, without one, to any.
func (r *rules) answered(channel Channel, class Class, prefix string) bool {
	if prefix != "" {
		e, ok := r.best(channel, "", class, prefix)
		return ok && e.Inbound
	}
	return slices.ContainsFunc(r.senders, func(e SenderEntry) bool {
		return e.Inbound && e.Channel == channel && (e.Class == "" || e.Class == class)
	})
}

// FlashNumbers are the numbers that flash calls to a number may come from; none
// when the bank's registry has no pool for it.
func (s *Service) FlashNumbers(ctx context.Context, bankID uuid.UUID, phone string) ([]string, error) {
	f, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("read senders: %w", err)
	}
	e, ok := f.rules.best(Flash, "", Security, phone)
	if !ok {
		return nil, nil
	}
	if len(e.Numbers) > 0 {
		return e.Numbers, nil
	}
	return []string{e.Sender}, nil
}

// Senders are a bank's senders, in the order in which they were given.
func (s *Service) Senders(ctx context.Context, bankID uuid.UUID) (list []SenderEntry, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sendersSQL, bankID)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanSender)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list senders: %w", err)
	}
	return list, nil
}

// SetSenders replaces a bank's senders. A number that receives and is another
// bank's is a Conflict (number_taken).
func (s *Service) SetSenders(ctx context.Context, bankID uuid.UUID, list []SenderEntry) ([]SenderEntry, error) {
	if len(list) > maxSenders {
		return nil, visavis.InvalidField("senders", "at most %d", maxSenders)
	}
	out := make([]SenderEntry, len(list))
	for i, e := range list {
		if err := s.checkSender(fmt.Sprintf("senders.%d", i), &e); err != nil {
			return nil, err
		}
		if e.ID = uuid.Must(uuid.NewV7()); e.Numbers == nil {
			e.Numbers = []string{}
		}
		out[i] = e
	}
	now := s.now()
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var batch pgx.Batch
		batch.Queue(`delete from senders where bank_id = $1`, bankID)
		batch.Queue(`delete from inbound_numbers where bank_id = $1`, bankID)
		for i, e := range out {
			batch.Queue(`insert into senders (bank_id, id, channel, country, class, kind, provider, sender, numbers, inbound, position)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
				bankID, e.ID, e.Channel, e.Country, e.Class, e.Kind, e.Provider, e.Sender, e.Numbers, e.Inbound, i)
			if e.Inbound {
				numbers := e.Numbers
				if len(numbers) == 0 {
					numbers = []string{e.Sender}
				}
				batch.Queue(`insert into inbound_numbers (bank_id, number) select distinct $1::uuid, n from unnest($2::text[]) n on conflict (number) do update
					set bank_id = excluded.bank_id `, bankID, numbers)
			}
		}
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		return s.ruledTx(ctx, tx, now, "senders")
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "23505" || pg.Code == "42501") {
		return nil, visavis.Errorf(visavis.Conflict, "number_taken", "one of the numbers that receive is another bank's")
	}
	if err != nil {
		return nil, fmt.Errorf("set senders: %w", err)
	}
	return out, nil
}

func (s *Service) checkSender(at string, e *SenderEntry) (err error) {
	if !e.Channel.toNumber() {
		return visavis.InvalidField(at+".channel", "must be sms, voice or flash")
	}
	if e.Country != "" && !countryShape.MatchString(e.Country) {
		return visavis.InvalidField(at+".country", "is a calling code such as 84")
	}
	if e.Class != "" && !e.Class.known() {
		return visavis.InvalidField(at+".class", "must be security, ring, transaction, reminder or notice")
	}
	if e.Provider != "" {
		if _, ok := s.route(e.Channel, e.Provider); !ok {
			return visavis.InvalidField(at+".provider", "no provider %q is configured for %s", e.Provider, e.Channel)
		}
	}
	number := func(field, raw string) (string, error) {
		canonical, err := banks.CanonicalPhone(raw, "")
		if err != nil {
			return "", visavis.InvalidField(at+field, "is a number in E.164 such as +15005550006")
		}
		return canonical, nil
	}
	if e.Kind != Pool && len(e.Numbers) > 0 {
		return visavis.InvalidField(at+".numbers", "is for pools")
	}
	switch e.Kind {
	case Alphanumeric:
		switch {
		case e.Channel != SMS:
			return visavis.InvalidField(at+".kind", "calls come from numbers")
		case !nameShape.MatchString(e.Sender) || !strings.ContainsAny(strings.ToLower(e.Sender), "abcdefghijklmnopqrstuvwxyz"):
			return visavis.InvalidField(at+".sender", "is a name of 1 to 11 letters, digits and spaces, with a letter")
		case e.Inbound:
			return visavis.InvalidField(at+".inbound", "nobody can answer a name")
		}
	case ShortCode:
		switch {
		case e.Channel != SMS:
			return visavis.InvalidField(at+".kind", "calls come from numbers")
		case !shortShape.MatchString(e.Sender):
			return visavis.InvalidField(at+".sender", "is 3 to 8 digits")
		}
	case LongNumber:
		e.Sender, err = number(".sender", e.Sender)
		return err
	case Pool:
		if len(e.Numbers) == 0 || len(e.Numbers) > 1000 {
			return visavis.InvalidField(at+".numbers", "1 to 1,000 numbers")
		}
		numbers := make([]string, len(e.Numbers))
		for i, raw := range e.Numbers {
			if numbers[i], err = number(fmt.Sprintf(".numbers.%d", i), raw); err != nil {
				return err
			}
		}
		e.Numbers, e.Sender = numbers, numbers[0]
	default:
		return visavis.InvalidField(at+".kind", "must be alphanumeric, number, short_code or pool")
	}
	return nil
}

// BankOfNumber finds whose number receives what was sent to it; NotFound when it
// is nobody's. number is E.164 or a short code.
func (s *Service) BankOfNumber(ctx context.Context, number string) (bankID uuid.UUID, err error) {
	err = s.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select bank_id from inbound_numbers where number = $1`, kept(number)).Scan(&bankID)
	})
	if err == pgx.ErrNoRows {
		return uuid.Nil, visavis.Errorf(visavis.NotFound, "number_not_found", "no bank receives at this number")
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find bank of number: %w", err)
	}
	return bankID, nil
}
