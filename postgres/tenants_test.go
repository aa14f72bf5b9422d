package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// global are the tables that deliberately belong to no bank.
var global = []string{"attempt_limits", "nodes", "schema_version", "smpp_fragments", "smpp_inbound", "smpp_receipts"}

// workers is what visavis_worker may do, over all banks: to claim hot queues,
// and to find the bank of a key, session, link, sign-in, callback,
// calendar's address or call. Add
// to it only with a reason that DESIGN knows.
var workers = []string{
	"agent_pushes DELETE", "agent_pushes SELECT", "agent_pushes UPDATE", "agent_sessions SELECT", "agents SELECT", "api_keys SELECT", "banks INSERT", "banks SELECT", "customer_sessions SELECT",
	"deliveries INSERT", "deliveries SELECT", "deliveries UPDATE", "due_times SELECT", "due_times UPDATE", "idempotency_keys DELETE", "idempotency_keys SELECT",
	"inbound_messages SELECT", "inbound_messages UPDATE", "inbound_numbers SELECT", "invitations SELECT", "links SELECT", "smpp_parts DELETE", "smpp_parts SELECT", "webhook_deliveries SELECT", "webhook_deliveries UPDATE",
	"call_records.bank_id SELECT", "call_records.call_id SELECT", "call_records.deleted_at SELECT", "call_records.files_deleted_at SELECT", "call_records.held_at SELECT", "call_records.keep_until SELECT",
	"campaigns SELECT", "campaigns UPDATE",
	"threads.bank_id SELECT", "threads.identification_id SELECT", "threads.keep_until SELECT", "threads.wiped_at SELECT",
	"calendar_feeds SELECT",
	"ticket_numbers DELETE", "ticket_numbers SELECT", "tickets DELETE", "tickets SELECT", // old ones are removed
	"phone_calls SELECT", "phone_calls.lease UPDATE", "phone_calls.lease_until UPDATE", "phone_calls.due_at UPDATE", "phone_calls.attempts UPDATE",
	"phone_calls.tried_at UPDATE", "phone_calls.state UPDATE",
	"phone_recordings.bank_id SELECT", "phone_recordings.id SELECT", "phone_recordings.provider_id SELECT", "phone_recordings.state SELECT",
	"phone_recordings.due_at SELECT", "phone_recordings.attempts SELECT", "phone_recordings.due_at UPDATE", "phone_recordings.attempts UPDATE",
	"calls.bank_id SELECT", "calls.id SELECT", "calls.node SELECT", "calls.state SELECT",
	"messages SELECT", "messages.due_at UPDATE", "messages.key UPDATE", "messages.key_caller UPDATE", "messages.key_hash UPDATE",
	"messages.sealed UPDATE", "messages.step UPDATE",
	"verifications.bank_id SELECT", "verifications.expires_at SELECT", "verifications.id SELECT", "verifications.state SELECT", "verifications.step_due_at SELECT",
}

// TestEveryTableBelongsToABank asks the database itself, so that a table that
// is added is covered.
func TestEveryTableBelongsToABank(t *testing.T) {
	db := testdb.New(t)
	type table struct {
		Name                  string
		Enabled, Forced       bool
		Key                   string // first column of the primary key
		AppPolicy             string
		Policies, WorkerMayDo int
	}
	var tables []table
	var may []string
	err := db.AsWorker(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `
			select c.relname, c.relrowsecurity, c.relforcerowsecurity,
			  coalesce((select a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
			    where i.indrelid = c.oid and i.indisprimary), ''),
			  coalesce((select qual || ' / ' || with_check from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and p.roles = '{visavis_app}'), ''),
			  (select count(*) from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname),
			  (select count(*) from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and p.roles = '{visavis_worker}')
			from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname`)
		var err error
		if tables, err = pgx.CollectRows(rows, pgx.RowToStructByPos[table]); err != nil {
			return err
		}
		rows, _ = tx.Query(ctx, `
			select c.relname || ' ' || a.privilege_type from pg_class c, aclexplode(c.relacl) a
			where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.grantee in ('visavis_worker'::regrole, 0)
			union all
			select c.relname || '.' || t.attname || ' ' || a.privilege_type
			from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
			where c.relnamespace = 'public'::regnamespace and a.grantee in ('visavis_worker'::regrole, 0)`)
		may, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ours := func(name string) bool { return !strings.HasPrefix(name, "river_") && !slices.Contains(global, name) }
	seen := 0
	for _, table := range tables {
		if !ours(table.Name) {
			continue
		}
		seen++
		if !table.Enabled || !table.Forced {
			t.Errorf("%s: row-level security enabled %v, forced %v", table.Name, table.Enabled, table.Forced)
		}
		if table.Key != "bank_id" {
			t.Errorf("%s: the key begins with %q", table.Name, table.Key)
		}
		if want := "(bank_id = visavis_bank()) / (bank_id = visavis_bank())"; table.AppPolicy != want {
			t.Errorf("%s: the policy of visavis_app is %q", table.Name, table.AppPolicy)
		}
		if table.Policies != 1+table.WorkerMayDo || table.WorkerMayDo > 1 {
			t.Errorf("%s has %d policies", table.Name, table.Policies)
		}
	}
	if seen < 30 {
		t.Errorf("only %d tenant tables were looked at", seen)
	}
	for _, grant := range may {
		if name, _, _ := strings.Cut(strings.ReplaceAll(grant, ".", " "), " "); ours(name) && !slices.Contains(workers, grant) {
			t.Errorf("visavis_worker has %s", grant)
		}
	}
	for _, grant := range workers {
		if !slices.Contains(may, grant) {
			t.Errorf("visavis_worker has not %s: take it off the list", grant)
		}
	}
}
