package channels

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// OptOutSource is how a customer's decision reached us.
type OptOutSource string

// The sources.
const (
	SourceInbound  OptOutSource = "inbound"   // an SMS with STOP or START
	SourceKeyPress OptOutSource = "key_press" // a key in a call
	SourceAPI      OptOutSource = "api"       // the bank, or an agent, on the customer's word
	SourceProvider OptOutSource = "provider"  // the carrier blocks us (Twilio 21610)
)

// OptOut is one decision of a customer about a channel and a group of classes.
type OptOut struct {
	ID        uuid.UUID
	Phone     string // E.164; masked where it is shown
	Channel   Channel
	Group     Group
	OptedOut  bool // false: opted in again
	Source    OptOutSource
	Reference string // of the inbound message or delivery, or the bank's own words
	At        time.Time
}

// NewOptOut is a decision to be written down.
type NewOptOut struct {
	Phone     string
	Channels  []Channel // empty = all of them
	Groups    []Group   // empty = service and marketing
	OptedOut  bool
	Source    OptOutSource
	Reference string
}

var (
	optOutChannels = []Channel{SMS, Voice, Flash, Push}
	optOutGroups   = []Group{ServiceGroup, Marketing}
)

// OptOutTx writes a decision down in the ledger, which is append-only, and makes
// it the state. What is the state already is not written again. Essential
// messages (codes and rings) cannot be opted out of.
func (s *Service) OptOutTx(ctx context.Context, tx *postgres.Tx, n NewOptOut) ([]OptOut, error) {
	if len(n.Channels) == 0 {
		n.Channels = optOutChannels
	}
	if len(n.Groups) == 0 {
		n.Groups = optOutGroups
	}
	now := s.now()
	var written []OptOut
	for _, channel := range n.Channels {
		if !slices.Contains(optOutChannels, channel) {
			return nil, visavis.InvalidField("channels", "%q is not one of sms, voice, flash, push", channel)
		}
		for _, group := range n.Groups {
			if !slices.Contains(optOutGroups, group) {
				return nil, visavis.InvalidField("groups", "%q is not one of service, marketing: codes and rings come only when they were asked for", group)
			}
			var changed bool
			var err error
			if n.OptedOut {
				err = tx.QueryRow(ctx, `insert into opted_out (bank_id, phone, channel, class_group, since) values ($1, $2, $3, $4, $5)
					on conflict do nothing returning true`, tx.BankID, n.Phone, channel, group, now).Scan(&changed)
			} else {
				err = tx.QueryRow(ctx, `delete from opted_out where bank_id = $1 and phone = $2 and channel = $3 and class_group = $4 returning true`,
					tx.BankID, n.Phone, channel, group).Scan(&changed)
			}
			if err == pgx.ErrNoRows {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("opt out: %w", err)
			}
			o := OptOut{ID: uuid.Must(uuid.NewV7()), Phone: n.Phone, Channel: channel, Group: group, OptedOut: n.OptedOut, Source: n.Source, Reference: n.Reference, At: now}
			if _, err := tx.Exec(ctx, `insert into opt_outs (bank_id, id, phone, channel, class_group, opted_out, source, reference, at)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, tx.BankID, o.ID, o.Phone, channel, group, o.OptedOut, o.Source, o.Reference, now); err != nil {
				return nil, fmt.Errorf("opt out: %w", err)
			}
			typ := "opt_out.added"
			if !n.OptedOut {
				typ = "opt_out.removed"
			}
			if _, err := events.AppendTx(ctx, tx, now, events.New{Type: typ, Object: "opt_out", ID: o.ID,
				Data: map[string]any{"channel": channel, "group": group, "source": n.Source}}); err != nil {
				return nil, err
			}
			written = append(written, o)
			tx.Wake(TopicRules)
		}
	}
	return written, nil
}

// OptOut is OptOutTx in a transaction of its own, of a number in any spelling.
func (s *Service) OptOut(ctx context.Context, bankID uuid.UUID, n NewOptOut) (written []OptOut, err error) {
	if n.Phone, err = banks.CanonicalPhone(n.Phone, ""); err != nil {
		return nil, err
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		written, err = s.OptOutTx(ctx, tx, n)
		return err
	})
	return written, err
}

// OptOuts lists the ledger, newest first; of one number when phone is not empty.
func (s *Service) OptOuts(ctx context.Context, bankID uuid.UUID, phone string, page postgres.Page) (list []OptOut, next string, err error) {
	if phone != "" {
		if phone, err = banks.CanonicalPhone(phone, ""); err != nil {
			return nil, "", err
		}
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select id, phone, channel, class_group, opted_out, source, reference, at from opt_outs
			where bank_id = $1 and ($2::text = '' or phone = $2) and ($3::uuid is null or id < $3) order by id desc limit $4`,
			bankID, phone, page.After(), page.Size()+1)
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[OptOut])
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list opt-outs: %w", err)
	}
	list, next = postgres.Cut(list, page, func(o OptOut) uuid.UUID { return o.ID })
	return list, next, nil
}

// optedOutSQL are the channels on which a number ($2) has opted out of a group ($3).
const optedOutSQL = `select channel from opted_out where bank_id = $1 and phone = $2 and class_group = $3`

// stopped finds, of deliveries that are about to be sent, those whose customer
// has opted out since they were accepted.
func (s *Service) stopped(ctx context.Context, bankID uuid.UUID, items []*item) error {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return fmt.Errorf("read opt-outs: %w", err)
	}
	if !bank.rules.optedOut {
		return nil
	}
	var phones []string
	var devices []uuid.UUID
	for _, it := range items {
		switch {
		case it.Class.Group() == Essential:
		case it.Channel == Push && it.DeviceID != nil:
			devices = append(devices, *it.DeviceID)
		case it.Channel != Push:
			phones = append(phones, it.Recipient)
		}
	}
	if len(phones)+len(devices) == 0 {
		return nil
	}
	type wish struct {
		who     string
		channel Channel
		group   Group
	}
	out := map[wish]bool{}
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		collect := func(rows pgx.Rows) error {
			var w wish
			_, err := pgx.ForEachRow(rows, []any{&w.who, &w.channel, &w.group}, func() error { out[w] = true; return nil })
			return err
		}
		batch.Queue(`select phone, channel, class_group from opted_out where bank_id = $1 and phone = any($2)`, bankID, phones).Query(collect)
		batch.Queue(`select d.id::text, o.channel, o.class_group from devices d
			join customers c on c.bank_id = $1 and c.id = d.customer_id
			join opted_out o on o.bank_id = $1 and o.phone = c.phone and o.channel = 'push'
			where d.bank_id = $1 and d.id = any($2)`, bankID, devices).Query(collect)
	})
	if err != nil {
		return fmt.Errorf("read opt-outs: %w", err)
	}
	for _, it := range items {
		w := wish{it.Recipient, it.Channel, it.Class.Group()}
		if it.Channel == Push && it.DeviceID != nil {
			w.who = it.DeviceID.String()
		}
		it.optedOut = out[w]
	}
	return nil
}

// OptIn takes a customer's decision back: the number wants messages of that
// group on that channel again. NotFound when the bank's ledger has no such entry.
func (s *Service) OptIn(ctx context.Context, bankID, id uuid.UUID) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var o OptOut
		err := tx.QueryRow(ctx, `select phone, channel, class_group from opt_outs where bank_id = $1 and id = $2`, bankID, id).Scan(&o.Phone, &o.Channel, &o.Group)
		if err == pgx.ErrNoRows {
			return visavis.Errorf(visavis.NotFound, "opt_out_not_found", "there is no such opt-out")
		}
		if err != nil {
			return fmt.Errorf("opt in: %w", err)
		}
		_, err = s.OptOutTx(ctx, tx, NewOptOut{Phone: o.Phone, Channels: []Channel{o.Channel}, Groups: []Group{o.Group}, Source: SourceAPI, Reference: id.String()})
		return err
	})
}
