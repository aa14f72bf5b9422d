package calls

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// caseNotices are what the thread tells of what happened to its case, by the
// event. They are not written down a second time: an event is there when, and only
// when, what it tells of was committed.
var caseNotices = map[string]string{
	"booking.confirmed":        "booking_made", // with Start
	"booking.moved":            "booking_moved",
	"booking.cancelled":        "booking_cancelled",
	"call.ringing":             "agent_calls",
	"call.answered":            "agent_ready", // of a customer who waited on the page
	"call.missed":              "call_missed",
	"identification.approved":  "approved",
	"identification.rejected":  "rejected",
	"identification.completed": "completed",
	"identification.cancelled": "case_cancelled",
	"identification.declined":  "case_declined",
}

var caseEvents = slices.Sorted(maps.Keys(caseNotices))

// threadSQL is every entry of a thread for who reads it: $1 bank, $2 case, $3
// customer, $4 whether the reader has proved the number or is of the bank, $5 the
// events' types. own tells the reader's own doings of events from others'.
const threadSQL = `
	select e.id, e.role, coalesce(e.actor_id, '00000000-0000-0000-0000-000000000000') as agent_id, e.body, e.notice, null::timestamptz as start, e.quick_replies,
		'00000000-0000-0000-0000-000000000000'::uuid as call_id, e.verified, e.at, false as own
	from thread_entries e where e.bank_id = $1 and e.identification_id = $2 and ($4 or not e.verified)
	union all
	select m.id, m.role, case when m.role = 'agent' then coalesce(m.actor_id, c.agent_id) else '00000000-0000-0000-0000-000000000000' end, m.body, '', null, '{}', c.id, true, m.at, true
	from calls c join call_messages m on m.bank_id = c.bank_id and m.call_id = c.id
	where c.bank_id = $1 and c.identification_id = $2 and m.kind = 'chat' and $4
	union all
	select v.id, 'notice', '00000000-0000-0000-0000-000000000000', '', v.type, (v.body::jsonb #>> '{data,start}')::timestamptz, '{}',
		case when v.object_type = 'call' then v.object_id else '00000000-0000-0000-0000-000000000000' end, true, v.at, v.actor_kind = 'customer'
	from events v
	where v.bank_id = $1 and $4 and v.type = any($5)
	  and v.object_id = any(array(select $2::uuid
	    union all select id from calls where bank_id = $1 and identification_id = $2
	    union all select id from bookings where bank_id = $1 and customer_id = $3 and identification_id = $2))
	  and (v.type <> 'call.answered' or v.body::jsonb #>> '{data,direction}' = 'inbound')`

// Thread is a thread as its reader sees it.
type Thread struct {
	ThreadHead
	BotOn   bool          // the bank has a bot, and it is on
	Unread  int           // lines that the reader's side has not seen, at most 100
	Entries []ThreadEntry // newest first, or, when read after an entry, oldest first
	Next    string        // cursor of older ones
}

// Thread returns the thread of a case: a page of it, newest first, or what came
// after the entry after (uuid.Nil: a page), oldest first, at most 200. An entry may
// be committed a moment after one with a later id: a reader who follows asks for
// the newest page again rather than only for what comes after.
//
// A customer who has not proved the number (a bare link) reads what was said by and
// to such a one only.
func (s *Service) Thread(ctx context.Context, bankID, identificationID, after uuid.UUID, page postgres.Page) (t Thread, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		t = Thread{}
		if t.ThreadHead, err = s.threadTx(ctx, tx, identificationID, ""); err != nil {
			return err
		}
		bot, err := s.botTx(ctx, tx)
		if err != nil {
			return err
		}
		t.BotOn = bot.On
		args := s.threadArgs(ctx, tx, t.ThreadHead)
		order, limit := "desc", page.Size()+1
		var from *uuid.UUID
		if after != uuid.Nil {
			order, limit, from = "asc", postgres.MaxPageLimit, &after
		}
		rows, _ := tx.Query(ctx, `select id, role, agent_id, body, notice, start, quick_replies, call_id, verified, at from (`+threadSQL+`) e
			where ($6::uuid is null or id < $6) and ($7::uuid is null or id > $7) order by id `+order+` limit $8`,
			append(args, page.After(), from, limit)...)
		t.Entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e ThreadEntry, err error) {
			err = row.Scan(&e.ID, &e.Role, &e.AgentID, &e.Body, &e.Notice, &e.Start, &e.QuickReplies, &e.CallID, &e.Verified, &e.At)
			if key, ok := caseNotices[e.Notice]; ok {
				e.Notice = key
			}
			return e, err
		})
		if err != nil {
			return err
		}
		if after == uuid.Nil {
			t.Entries, t.Next = postgres.Cut(t.Entries, page, func(e ThreadEntry) uuid.UUID { return e.ID })
		}
		t.Unread, err = unreadTx(ctx, tx, t.ThreadHead, args)
		return err
	})
	return t, err
}

// threadArgs are the first of threadSQL.
func (s *Service) threadArgs(ctx context.Context, tx *postgres.Tx, t ThreadHead) []any {
	actor := visavis.ActorFrom(ctx)
	all := actor.Kind != visavis.ActorCustomer || identifications.Proved(actor)
	return []any{tx.BankID, t.IdentificationID, t.CustomerID, all, caseEvents}
}

// unreadTx counts what the reader's side has not seen: of a customer what the bank
// said, of the bank what the customer said.
func unreadTx(ctx context.Context, tx *postgres.Tx, t ThreadHead, args []any) (n int, err error) {
	if visavis.ActorFrom(ctx).Kind == visavis.ActorCustomer {
		err = tx.QueryRow(ctx, `select count(*) from (select from (`+threadSQL+`) e
			where role <> 'customer' and not own and ($6::uuid is null or id > $6) limit 100) n`, append(args, t.customerRead)...).Scan(&n)
		return n, err
	}
	err = tx.QueryRow(ctx, `select count(*) from (select from thread_entries
		where bank_id = $1 and identification_id = $2 and role = 'customer' and ($3::uuid is null or id > $3) limit 100) n`,
		tx.BankID, t.IdentificationID, t.staffRead).Scan(&n)
	return n, err
}

// MarkRead notes that the reader's side (customer or bank) has seen the thread up
// to an entry. Going back does nothing. Invalid when there is no such entry.
func (s *Service) MarkRead(ctx context.Context, bankID, identificationID, upTo uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		t, err := s.openThreadTx(ctx, tx, identificationID)
		if err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRow(ctx, `select exists (select from (`+threadSQL+`) e where id = $6)`,
			append(s.threadArgs(ctx, tx, t), upTo)...).Scan(&there); err != nil {
			return err
		}
		if !there {
			return visavis.InvalidField("up_to", "there is no such entry in this thread")
		}
		column := "staff_read"
		if visavis.ActorFrom(ctx).Kind == visavis.ActorCustomer {
			column = "customer_read"
		}
		_, err = tx.Exec(ctx, `update threads set `+column+` = $3 where bank_id = $1 and identification_id = $2 and (`+column+` is null or `+column+` < $3)`,
			tx.BankID, identificationID, upTo)
		return err
	})
}

// ThreadFilter narrows a list of threads; zero fields do not.
type ThreadFilter struct {
	State      ThreadState
	AgentID    uuid.UUID // who has it
	ScenarioID uuid.UUID
	Unread     bool // with lines of the customer's that nobody has seen
	Page       postgres.Page
}

// ThreadSummary is a thread in a list.
type ThreadSummary struct {
	ThreadHead
	Unread   int    // at most 100
	LastRole string // of the newest line that is no notice
	LastBody string // its first 200 characters
}

// Threads lists those in which something was written, by their newest line, newest
// first.
func (s *Service) Threads(ctx context.Context, bankID uuid.UUID, f ThreadFilter) (all []ThreadSummary, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+threadColumns+`, u.n, coalesce(l.role, ''), coalesce(l.body, '')
			from threads t
			cross join lateral (select count(*) as n from (select from thread_entries e
			  where e.bank_id = t.bank_id and e.identification_id = t.identification_id and e.role = 'customer' and (t.staff_read is null or e.id > t.staff_read) limit 100) m) u
			left join lateral (select e.role, left(e.body, 200) as body from thread_entries e
			  where e.bank_id = t.bank_id and e.identification_id = t.identification_id and e.role <> 'notice' order by e.id desc limit 1) l on true
			where t.bank_id = $1 and t.last_id is not null
			  and ($2 = '' or t.state = $2)
			  and ($3 = '00000000-0000-0000-0000-000000000000'::uuid or t.agent_id = $3)
			  and ($4 = '00000000-0000-0000-0000-000000000000'::uuid or t.scenario_id = $4)
			  and (not $5 or u.n > 0)
			  and ($6::uuid is null or t.last_id < $6)
			order by t.last_id desc limit $7`,
			tx.BankID, f.State, f.AgentID, f.ScenarioID, f.Unread, f.Page.After(), f.Page.Size()+1)
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (t ThreadSummary, err error) {
			return t, row.Scan(append(t.fields(), &t.Unread, &t.LastRole, &t.LastBody)...)
		})
		return err
	})
	if err != nil {
		return nil, "", err
	}
	all, next = postgres.Cut(all, f.Page, func(t ThreadSummary) uuid.UUID { return *t.lastID })
	return all, next, nil
}
