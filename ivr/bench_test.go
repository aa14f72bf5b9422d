package ivr_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkImport reads a CSV file of 100,000 rows, of which 2 in 100 are refused:
// each number is parsed, its country, zone, customer and opt-out are looked up.
// The floor inserts the same contacts into the same table in batches of the same
// size, and does nothing else. It fails when the list takes a minute.
func BenchmarkImport(b *testing.B) {
	const rows, batch = 100_000, 2000
	db := testdb.New(b)
	log := slog.New(slog.DiscardHandler)
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789abcdef"))
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	check(err)
	people := banks.New(banks.Config{DB: db, Log: log, Now: time.Now, Keyring: keys, PublicURL: "https://bank.example"})
	bank, err := people.Create(b.Context(), banks.NewBank{Slug: "demo", Name: "Demo", Settings: banks.Settings{Countries: []string{"VN"}}})
	check(err)
	ch := channels.New(channels.Config{DB: db, Banks: people, Keys: keys, Log: log, Now: time.Now})
	k := ivr.NewCampaigns(ivr.CampaignsConfig{DB: db, Banks: people, Channels: ch, Log: log})
	check(db.InBank(b.Context(), bank.ID, func(ctx context.Context, tx *postgres.Tx) error { // some are customers, some want no calls
		for n := 0; n < rows; n += 100 {
			if _, err := tx.Exec(ctx, `insert into customers (bank_id, id, name, phone, locale, time_zone, created_at, updated_at) values ($1, $2, 'Lan', $3, 'vi', 'Asia/Ho_Chi_Minh', now(), now())`,
				bank.ID, uuid.Must(uuid.NewV7()), phoneOf(n)); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `insert into opted_out (bank_id, phone, channel, class_group, since) values ($1, $2, 'voice', 'marketing', now())`, bank.ID, phoneOf(n+50)); err != nil {
				return err
			}
		}
		return nil
	}))
	var list strings.Builder
	list.WriteString("phone,reference,amount,due_date\r\n")
	for n := range rows {
		phone := phoneOf(n)
		if n%100 == 25 {
			phone = "0" + phone[3:] // without its country
		}
		fmt.Fprintf(&list, "%s,L-%d,%d,\"Monday, the 23rd\"\r\n", phone, n, 1000*n)
	}
	text := list.String()
	campaign := func() uuid.UUID {
		c, err := k.Create(b.Context(), bank.ID, ivr.NewCampaign{Name: "Bench", Flow: "survey"})
		check(err)
		return c.ID
	}
	floor := func() testdb.Round {
		id, place := campaign(), false
		began := time.Now()
		for from := 0; from < rows; from += batch {
			ids, phones, references, variables := make([]uuid.UUID, batch), make([]string, batch), make([]string, batch), make([]string, batch)
			for i := range batch {
				n := from + i
				ids[i], phones[i], references[i] = uuid.Must(uuid.NewV7()), phoneOf(n), fmt.Sprint("L-", n)
				variables[i] = fmt.Sprintf(`{"amount":"%d","due_date":"Monday, the 23rd"}`, 1000*n)
			}
			check(db.InBank(b.Context(), bank.ID, func(ctx context.Context, tx *postgres.Tx) error {
				if !place {
					place = true
					if _, err := tx.Exec(ctx, `insert into campaign_places (bank_id, campaign_id, place, region, zones) values ($1, $2, 1, 'VN', '{Asia/Ho_Chi_Minh}')`, bank.ID, id); err != nil {
						return err
					}
				}
				_, err := tx.Exec(ctx, `insert into campaign_contacts (bank_id, id, campaign_id, import_id, row, phone, own_phone, reference, locale, place, variables, next_at)
					select $1, n.id, $2, $2, 1, n.phone, true, n.reference, 'en', 1, n.variables::jsonb, now()
					from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as n(id, phone, reference, variables)`, bank.ID, id, ids, phones, references, variables)
				return err
			}))
		}
		return testdb.Round{Rate: rows / time.Since(began).Seconds()}
	}
	testdb.Compare(b, db, "rows", floor, func() testdb.Round {
		id := campaign()
		began := time.Now()
		i, err := k.ImportCSV(b.Context(), bank.ID, id, strings.NewReader(text), 0)
		check(err)
		took := time.Since(began)
		if i.Rows != rows || i.Accepted != rows-2*rows/100 || i.Refused["opted_out"] != rows/100 || i.Refused["phone_invalid"] != rows/100 {
			b.Errorf("import %+v", i)
		}
		if took > time.Minute {
			b.Errorf("%d rows took %s", rows, took)
		}
		return testdb.Round{Rate: rows / took.Seconds()}
	})
}

// phoneOf is the n-th of many valid numbers.
func phoneOf(n int) string { return fmt.Sprintf("+8491%07d", 2_000_000+n) }
