package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// defaultKeepDays is for how many days after its end a campaign's list is kept.
const defaultKeepDays = 90

// wipeBatch is how many contacts are wiped in a transaction.
const wipeBatch = 500

// SweepContacts wipes the lists of campaigns that ended as long ago as their
// KeepDays: who was called, by which number, with which variables, and what they
// keyed in or said. Outcomes, counts and answers to surveys stay. A job calls it
// now and then, on any node; what ctx ends is done by the next one.
func (s *Campaigns) SweepContacts(ctx context.Context) error {
	type ended struct{ BankID, ID uuid.UUID }
	var due []ended
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
		rows, _ := tx.Query(ctx, `select bank_id, id from campaigns where wiped_at is null and ended_at is not null
			and ended_at + make_interval(hours => 24 * coalesce((settings ->> 'keep_days')::integer, $2)) <= $1 order by ended_at limit 100`, s.Now(), defaultKeepDays)
		due, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ended])
		return err
	})
	if err != nil {
		return fmt.Errorf("find campaigns to wipe: %w", err)
	}
	var errs []error
	for _, c := range due {
		if err := s.wipe(visavis.WithActor(ctx, visavis.System(c.BankID)), c.BankID, c.ID); err != nil {
			errs = append(errs, fmt.Errorf("wipe the list of campaign %s: %w", c.ID, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// wipe wipes a campaign's list, batch by batch.
func (s *Campaigns) wipe(ctx context.Context, bankID, id uuid.UUID) error {
	for over := false; !over; {
		err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
			over, err = s.wipeTx(ctx, tx, id, s.Now())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wipeTx wipes some of a list. over: nothing is left, and that is told.
func (s *Campaigns) wipeTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, now time.Time) (over bool, err error) {
	var open bool
	if err := tx.QueryRow(ctx, `select wiped_at is null and ended_at is not null from campaigns where bank_id = $1 and id = $2 for no key update`,
		tx.BankID, id).Scan(&open); err != nil || !open {
		return true, err // another node was quicker
	}
	// A number is replaced by what is as unique, and no number: see contactColumns.
	rows, _ := tx.Query(ctx, `update campaign_contacts set phone = 'wiped:' || id, customer_id = null, reference = '', variables = '{}'
		where bank_id = $1 and id in (select id from campaign_contacts where bank_id = $1 and campaign_id = $2 and phone not like 'wiped:%' limit $3) returning id`,
		tx.BankID, id, wipeBatch)
	contacts, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return false, err
	}
	// A call that led to a case stays the customer's: the case has its own time.
	rows, _ = tx.Query(ctx, `update phone_calls set phone = '', input = '{}', customer_id = case when identification_id is not null then customer_id end
		where bank_id = $1 and about_type = $2 and about_id = any($3) returning id`, tx.BankID, aboutContact, contacts)
	placed, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return false, err
	}
	var rest pgx.Batch
	rest.Queue(`update phone_call_steps set keys = null where bank_id = $1 and phone_call_id = any($2) and keys is not null`, tx.BankID, placed)
	rest.Queue(`update flow_answers set answer = '' where bank_id = $1 and phone_call_id = any($2) and not survey`, tx.BankID, placed)
	rest.Queue(`update phone_recordings set sound = null, state = 'deleted' where bank_id = $1 and phone_call_id = any($2) and state = 'kept'`, tx.BankID, placed)
	if len(contacts) < wipeBatch {
		rest.Queue(`update campaigns set wiped_at = $3 where bank_id = $1 and id = $2`, tx.BankID, id, now)
	}
	if err := tx.SendBatch(ctx, &rest).Close(); err != nil || len(contacts) == wipeBatch {
		return false, err
	}
	return true, s.tellTx(ctx, tx, id, "campaign.contacts_wiped", nil)
}
