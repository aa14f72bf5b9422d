package channels_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// TestSendMany accepts many messages as SendTx accepts each: with its own words,
// link, data and secret; a cap, a missing device or customer harms no other.
func TestSendMany(t *testing.T) {
	w := newWorld(t)
	one, two := w.customer("+84912345605", "en"), w.customer("+84912345606", "vi")
	if _, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{channels.Reminder: {Cap: 2, CapHours: 1}}}); err != nil {
		t.Fatal(err)
	}
	remind := func(customer uuid.UUID, over channels.Channel, reference string) channels.Message {
		return channels.Message{
			CustomerID: customer, Class: channels.Reminder, Template: "text", Params: map[string]string{"text": reference}, ExpiresAt: w.now().Add(time.Hour),
			Channels: []channels.Channel{over}, Reference: reference, AboutType: "booking", AboutID: uuid.New(), LinkID: uuid.New(),
			Data: map[string]string{"step": reference}, Metadata: map[string]any{"n": reference}, TimeZone: "Asia/Tokyo",
		}
	}
	all := []channels.Message{
		remind(one, channels.SMS, "a"), remind(two, channels.SMS, "b"), remind(one, channels.SMS, "c"),
		remind(uuid.New(), channels.SMS, "nobody"), remind(one, channels.SMS, "too many"), remind(two, channels.Push, "no device"),
	}
	all[1].Secret = map[string]string{"text": "hush"}
	send := func(fail error) (errs []error, err error) {
		err = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			if errs, err = w.s.SendManyTx(ctx, tx, all); err != nil {
				return err
			}
			return fail
		})
		return errs, err
	}
	if _, err := send(context.Canceled); err == nil { // takes nothing of the caps
		t.Fatal("it was to be undone")
	}
	errs, err := send(nil)
	if err != nil || len(errs) != len(all) {
		t.Fatalf("%v %v", errs, err)
	}
	for i, err := range errs {
		if (i == 3) != (visavis.KindOf(err) == visavis.NotFound) || i != 3 && err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
	want := map[string]string{"a": "", "b": "", "c": "", "too many": channels.ReasonFrequencyCap, "no device": ""}
	err = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		for i, m := range all {
			if i == 3 {
				continue
			}
			var state, reason, zone, locale string
			var link, about uuid.UUID
			var params, data, metadata, plan []byte
			var due, sealed bool
			var told int
			if err := tx.QueryRow(ctx, `
				select state, reason, time_zone, locale, link_id, about_id, params, push_data, metadata, plan, due_at is not null, sealed is not null,
					(select count(*) from events e where e.bank_id = $1 and e.object_id = m.id and e.type = 'message.undelivered')
				from messages m where bank_id = $1 and reference = $2`, w.bank, m.Reference).
				Scan(&state, &reason, &zone, &locale, &link, &about, &params, &data, &metadata, &plan, &due, &sealed, &told); err != nil {
				return err
			}
			ended := i > 3
			if (state == "undelivered") != ended || due == ended || (told == 1) != ended || reason != want[m.Reference] {
				t.Errorf("%s: %s %q, due %v, told %d", m.Reference, state, reason, due, told)
			}
			if link != m.LinkID || about != m.AboutID || zone != "Asia/Tokyo" || sealed != (i == 1) || (locale == "vi") != (m.CustomerID == two) {
				t.Errorf("%s: link %v, about %v, zone %s, locale %s, sealed %v", m.Reference, link, about, zone, locale, sealed)
			}
			for raw, key := range map[string]string{string(params): "text", string(data): "step", string(metadata): "n"} {
				var got map[string]string
				if err := json.Unmarshal([]byte(raw), &got); err != nil || got[key] != m.Reference {
					t.Errorf("%s: %s", m.Reference, raw)
				}
			}
			if empty := string(plan) == "[]"; empty != ended {
				t.Errorf("%s: plan %s", m.Reference, plan)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
