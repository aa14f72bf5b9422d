package ivr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// placesTx finds the numbers of the contacts' places, and makes those that are new.
func (r *receiver) placesTx(ctx context.Context, tx *postgres.Tx, list []contact) error {
	read := func() error {
		rows, _ := tx.Query(ctx, `select place, region, zones from campaign_places where bank_id = $1 and campaign_id = $2`, tx.BankID, r.campaign.ID)
		r.places = map[string]int16{}
		var id int16
		var region string
		var zones []string
		_, err := pgx.ForEachRow(rows, []any{&id, &region, &zones}, func() error { r.places[placeKey(region, zones)] = id; return nil })
		return err
	}
	missing := func() (c contact, found bool) {
		for _, c := range list {
			if _, ok := r.places[c.place]; !ok {
				return c, true
			}
		}
		return contact{}, false
	}
	if r.places == nil {
		if err := read(); err != nil {
			return fmt.Errorf("read places: %w", err)
		}
	}
	if _, found := missing(); !found {
		return nil
	}
	// One at a time gives out numbers.
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('visavis.campaign_places:' || $1::text, 0))`, r.campaign.ID); err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	if err := read(); err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	for c, found := missing(); found; c, found = missing() {
		id := int16(len(r.places) + 1)
		if id < 0 {
			return errors.New("too many places")
		}
		if _, err := tx.Exec(ctx, `insert into campaign_places (bank_id, campaign_id, place, region, zones) values ($1, $2, $3, $4, $5)`,
			tx.BankID, r.campaign.ID, id, c.region, c.zones); err != nil {
			return fmt.Errorf("add place: %w", err)
		}
		r.places[c.place] = id
	}
	return nil
}

// insertTx writes contacts in one statement (COPY does not go with row-level
// security) and returns the numbers that were not on the list before.
func (r *receiver) insertTx(ctx context.Context, tx *postgres.Tx, list []contact) (added map[string]bool, err error) {
	added = make(map[string]bool, len(list))
	if len(list) == 0 {
		return added, nil
	}
	n := len(list)
	ids, rows, phones, owns := make([]uuid.UUID, n), make([]int32, n), make([]string, n), make([]bool, n)
	customers, references, locales, places, variables := make([]*uuid.UUID, n), make([]string, n), make([]string, n), make([]int16, n), make([]string, n)
	for i, c := range list {
		ids[i], rows[i], phones[i], owns[i] = uuid.Must(uuid.NewV7()), int32(c.from.row), c.phone, c.own
		customers[i], references[i], locales[i], places[i], variables[i] = c.customer, c.from.Reference, c.locale, r.places[c.place], "{}"
		if len(c.variables) > 0 {
			raw, err := json.Marshal(c.variables)
			if err != nil {
				return nil, fmt.Errorf("add contacts: %w", err)
			}
			variables[i] = string(raw)
		}
	}
	found, _ := tx.Query(ctx, `
		insert into campaign_contacts (bank_id, id, campaign_id, import_id, row, phone, own_phone, customer_id, reference, locale, place, variables, next_at)
		select $1, n.id, $2, $3, n.row, n.phone, n.own, n.customer, n.reference, n.locale, n.place, n.variables::jsonb, $4
		from unnest($5::uuid[], $6::integer[], $7::text[], $8::boolean[], $9::uuid[], $10::text[], $11::text[], $12::smallint[], $13::text[])
			as n(id, row, phone, own, customer, reference, locale, place, variables)
		on conflict (bank_id, campaign_id, phone) do nothing returning phone`,
		tx.BankID, r.campaign.ID, r.id, r.s.Now(), ids, rows, phones, owns, customers, references, locales, places, variables)
	var phone string
	if _, err := pgx.ForEachRow(found, []any{&phone}, func() error { added[phone] = true; return nil }); err != nil {
		return nil, fmt.Errorf("add contacts: %w", err)
	}
	return added, nil
}

// keepTx counts a batch in its import and keeps what was refused.
func (r *receiver) keepTx(ctx context.Context, tx *postgres.Tx, rows, added int, refused []Refusal) error {
	codes := map[string]int{}
	n := len(refused)
	numbers, fields, names, reasons := make([]int32, n), make([]string, n), make([]string, n), make([]string, n)
	for i, f := range refused {
		codes[f.Code]++
		numbers[i], fields[i], names[i], reasons[i] = int32(f.Row), f.Field, f.Code, f.Reason
	}
	var batch pgx.Batch
	batch.Queue(`
		update campaign_imports i set rows = rows + $3, accepted = accepted + $4, seen_at = $6,
			refused = (select coalesce(jsonb_object_agg(key, n), '{}') from (
				select key, sum(value::bigint) as n from (select * from jsonb_each_text(i.refused) union all select * from jsonb_each_text($5)) x group by key) y)
		where bank_id = $1 and id = $2`, tx.BankID, r.id, rows, added, codes, r.s.Now())
	if n > 0 {
		batch.Queue(`insert into campaign_refusals (bank_id, import_id, row, field, code, reason)
			select $1, $2, * from unnest($3::integer[], $4::text[], $5::text[], $6::text[]) on conflict do nothing`, tx.BankID, r.id, numbers, fields, names, reasons)
	}
	// A running campaign has somebody to call again.
	batch.Queue(`update campaigns set due_at = $3 where bank_id = $1 and id = $2 and state = 'running' and due_at > $3`, tx.BankID, r.campaign.ID, r.s.Now())
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("keep import: %w", err)
	}
	tx.Wake(topicCampaigns)
	return nil
}

// end closes the import; cause is why it was broken off, nil when it was not.
func (r *receiver) end(ctx context.Context, cause error) (i Import, err error) {
	state, why := "done", ""
	if cause != nil {
		state, why = "broken", "the list was not received to its end"
		var e *visavis.Error
		if errors.As(cause, &e) {
			why = e.Message
		}
	}
	err = r.s.DB.InBank(ctx, r.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `update campaign_imports set state = $3, error = $4, ended_at = $5 where bank_id = $1 and id = $2 returning `+importColumns,
			tx.BankID, r.id, state, why, r.s.Now())
		if i, err = pgx.CollectExactlyOneRow(rows, scanImport); err != nil {
			return fmt.Errorf("end import: %w", err)
		}
		refused := 0
		for _, n := range i.Refused {
			refused += n
		}
		return r.s.tellTx(ctx, tx, r.campaign.ID, "campaign.contacts_added",
			map[string]any{"import_id": i.ID, "state": i.State, "rows": i.Rows, "accepted": i.Accepted, "refused": refused})
	})
	return i, err
}

const importColumns = `id, campaign_id, source, state, rows, accepted, refused, error, created_at, ended_at`

func scanImport(row pgx.CollectableRow) (i Import, err error) {
	return i, row.Scan(&i.ID, &i.CampaignID, &i.Source, &i.State, &i.Rows, &i.Accepted, &i.Refused, &i.Error, &i.CreatedAt, &i.EndedAt)
}

// Imports returns a campaign's imports, newest first.
func (s *Campaigns) Imports(ctx context.Context, bankID, campaignID uuid.UUID, page postgres.Page) (all []Import, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := campaignTx(ctx, tx, campaignID, false); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+importColumns+` from campaign_imports
			where bank_id = $1 and campaign_id = $2 and ($3::uuid is null or id < $3) order by id desc limit $4`, bankID, campaignID, page.After(), page.Size()+1)
		if all, err = pgx.CollectRows(rows, scanImport); err != nil {
			return fmt.Errorf("list imports: %w", err)
		}
		all, next = postgres.Cut(all, page, func(i Import) uuid.UUID { return i.ID })
		return nil
	})
	return all, next, err
}

// Import returns one import of a campaign; NotFound when there is none.
func (s *Campaigns) Import(ctx context.Context, bankID, campaignID, id uuid.UUID) (i Import, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+importColumns+` from campaign_imports where bank_id = $1 and campaign_id = $2 and id = $3`, bankID, campaignID, id)
		i, err = pgx.CollectExactlyOneRow(rows, scanImport)
		if errors.Is(err, pgx.ErrNoRows) {
			return visavis.Errorf(visavis.NotFound, "import_not_found", "there is no such import")
		}
		return err
	})
	return i, err
}

// Refusals returns what of an import was refused, in the order of its rows,
// beyond the row `after` (-1: from the start).
func (s *Campaigns) Refusals(ctx context.Context, bankID, campaignID, id uuid.UUID, after, limit int) (all []Refusal, err error) {
	if _, err := s.Import(ctx, bankID, campaignID, id); err != nil {
		return nil, err
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select row, field, code, reason from campaign_refusals where bank_id = $1 and import_id = $2 and row > $3 order by row limit $4`,
			bankID, id, after, limit)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Refusal])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list refusals: %w", err)
	}
	return all, nil
}
