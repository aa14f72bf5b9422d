package otp

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// undeliveredTx has workflows go on at once whose present way reached nobody: the
// number takes no SMS, the call was not answered, the provider refused it or is
// down. The step is otp.Run's, as when its time has passed: the same code, and
// what is counted and told is what is really sent.
//
// A check, or whatever ends a verification, locks it before its messages; here
// they are locked the other way round. So a locked one is passed over, and looked
// at again after the commit.
func (s *Service) undeliveredTx(ctx context.Context, tx *postgres.Tx, list []channels.Undelivered) error {
	left, err := s.goOnTx(ctx, tx, list, "for update of v skip locked")
	if err != nil || len(left) == 0 {
		return err
	}
	bankID := tx.BankID
	ctx = context.WithoutCancel(ctx)
	tx.AfterCommit(func() {
		err := s.DB.InBank(postgres.WithoutTx(ctx), bankID, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := s.goOnTx(ctx, tx, left, "for update of v")
			return err
		})
		if err != nil { // then it goes on when the step's time has passed
			s.Log.Warn("going on with verifications failed", "bank", bankID, "error", err)
		}
	})
	return nil
}

// goOnTx makes the next step of workflows due, and returns those of the list that
// it passed over. An old message, of another way than the present, changes
// nothing, and neither does one when no way is left.
func (s *Service) goOnTx(ctx context.Context, tx *postgres.Tx, list []channels.Undelivered, lock string) (left []channels.Undelivered, err error) {
	var ids []uuid.UUID
	var ways []string
	for _, o := range list {
		ids, ways = append(ids, o.AboutID), append(ways, string(o.Channel))
	}
	const open = `v.bank_id = $1 and v.state = 'pending' and v.channel = o.way and v.step < cardinality(v.ways) - 1 and (v.step_due_at is null or v.step_due_at > $4)`
	var passed []uuid.UUID
	err = tx.QueryRow(ctx, `
		with o as (select * from unnest($2::uuid[], $3::text[]) as o(id, way)),
		open as (select v.id from verifications v join o on v.id = o.id where `+open+`),
		held as (select v.id from verifications v join o on v.id = o.id where `+open+` `+lock+`),
		gone as (update verifications v set step_due_at = $4 from held where v.bank_id = $1 and v.id = held.id returning v.id)
		select array(select id from open except select id from gone)`,
		tx.BankID, ids, ways, s.now()).Scan(&passed)
	if err != nil {
		return nil, fmt.Errorf("go on with verifications: %w", err)
	}
	tx.Wake(topicSteps)
	for _, o := range list {
		for _, id := range passed {
			if o.AboutID == id {
				left = append(left, o)
			}
		}
	}
	return left, nil
}
