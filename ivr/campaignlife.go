package ivr

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// importPatience is how long an import that gets no more rows holds a start up.
const importPatience = 2 * time.Minute

// Start begins a campaign, or schedules it when its StartAt is ahead. The flow
// is pinned to the version that is published when the start is first asked for. Conflict when it is no draft,
// has no contacts, or a list is being received.
//
// Where the bank's setting campaign_four_eyes is not 0 and the list is longer, a
// start only asks for approval, which another person gives by starting it, too:
// not a program, and not who asked.
func (s *Campaigns) Start(ctx context.Context, bankID, id uuid.UUID) (c Campaign, err error) {
	err = s.change(ctx, bankID, id, func(ctx context.Context, tx *postgres.Tx, was Campaign) error {
		now, actor := s.Now(), visavis.ActorFrom(ctx)
		switch {
		case was.State == CampaignAwaiting && (actor.Kind != visavis.ActorAgent || actor.ID == was.RequestedBy):
			return visavis.Errorf(visavis.Conflict, "four_eyes", "somebody else at the bank has to confirm the start")
		case was.State != CampaignDraft && was.State != CampaignAwaiting:
			return visavis.Errorf(visavis.Conflict, "campaign_started", "the campaign has been started")
		case was.EndAt != nil && !was.EndAt.After(now):
			return visavis.Errorf(visavis.Conflict, "campaign_over", "its end_at has passed")
		}
		tallies, err := talliesTx(ctx, tx, id)
		if err != nil {
			return err
		}
		listed := tallies.listed()
		if listed == 0 {
			return visavis.Errorf(visavis.Conflict, "no_contacts", "the campaign has nobody to call")
		}
		var receiving bool
		if err := tx.QueryRow(ctx, `select exists (select from campaign_imports where bank_id = $1 and campaign_id = $2 and state = 'receiving' and seen_at > $3)`,
			bankID, id, now.Add(-importPatience)).Scan(&receiving); err != nil {
			return fmt.Errorf("read imports: %w", err)
		}
		if receiving {
			return visavis.Errorf(visavis.Conflict, "import_running", "a list is being received: wait for its end")
		}
		settings, err := s.Banks.SettingsTx(ctx, tx)
		if err != nil {
			return err
		}
		// What is approved is what was asked for, whatever was published since.
		version, machine := was.Version, was.MachineVersion
		if was.State == CampaignDraft || version == 0 {
			if version, err = s.Phone.publishedTx(ctx, tx, was.Flow, "flow"); err != nil {
				return err
			}
			if machine = 0; was.MachineFlow != "" {
				if machine, err = s.Phone.publishedTx(ctx, tx, was.MachineFlow, "machine_flow"); err != nil {
					return err
				}
			}
		}
		if limit := settings.CampaignFourEyes; was.State == CampaignDraft && limit > 0 && listed > limit {
			if _, err := tx.Exec(ctx, `update campaigns set state = 'awaiting_approval', requested_by = $3, version = $4, machine_version = $5, updated_at = $6
				where bank_id = $1 and id = $2`, bankID, id, orNil(actor.ID), version, machine, now); err != nil {
				return fmt.Errorf("start campaign: %w", err)
			}
			return s.tellTx(ctx, tx, id, "campaign.approval_requested", map[string]any{"contacts": listed})
		}
		var approver *uuid.UUID
		if was.State == CampaignAwaiting {
			approver = orNil(actor.ID)
		}
		state, due := CampaignRunning, now
		if was.StartAt != nil && was.StartAt.After(now) {
			state, due = CampaignScheduled, *was.StartAt
		}
		if _, err := tx.Exec(ctx, `update campaigns set state = $3, version = $4, machine_version = $5, due_at = $6, updated_at = $7,
			started_at = case when $3 = 'running' then $7::timestamptz end, approved_by = $8 where bank_id = $1 and id = $2`,
			bankID, id, state, version, machine, due, now, approver); err != nil {
			return fmt.Errorf("start campaign: %w", err)
		}
		if state == CampaignScheduled {
			return s.tellTx(ctx, tx, id, "campaign.scheduled", map[string]any{"contacts": listed, "start_at": due.UTC()})
		}
		return s.tellTx(ctx, tx, id, "campaign.started", map[string]any{"contacts": listed})
	}, &c)
	return c, err
}

// Pause has nobody called any more; calls that are under way go on, those that
// are not dialled yet are taken back and made after Resume. Conflict unless it
// is running; a paused one is no error.
func (s *Campaigns) Pause(ctx context.Context, bankID, id uuid.UUID) (c Campaign, err error) {
	err = s.change(ctx, bankID, id, func(ctx context.Context, tx *postgres.Tx, was Campaign) error {
		switch was.State {
		case CampaignPaused:
			return nil
		case CampaignRunning:
			return s.pauseTx(ctx, tx, id, "")
		}
		return visavis.Errorf(visavis.Conflict, "campaign_not_running", "the campaign is not running")
	}, &c)
	return c, err
}

// pauseTx pauses a running campaign; reason is why the gateway itself does.
func (s *Campaigns) pauseTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, reason string) error {
	if _, err := tx.Exec(ctx, `update campaigns set state = 'paused', pause_reason = $3, due_at = null, lease = null, lease_until = null, updated_at = $4
		where bank_id = $1 and id = $2`, tx.BankID, id, reason, s.Now()); err != nil {
		return fmt.Errorf("pause campaign: %w", err)
	}
	if err := s.recallTx(ctx, tx, id); err != nil {
		return err
	}
	var data map[string]any
	if reason != "" {
		data = map[string]any{"reason": reason}
	}
	return s.tellTx(ctx, tx, id, "campaign.paused", data)
}

// recallTx takes back the calls of a campaign that were not dialled yet.
func (s *Campaigns) recallTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	rows, _ := tx.Query(ctx, `
		select p.id from campaign_contacts c join phone_calls p on p.bank_id = $1 and p.id = c.phone_call_id
		where c.bank_id = $1 and c.campaign_id = $2 and c.state = 'calling' and p.state = 'queued' for update of p skip locked`, tx.BankID, id)
	queued, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("find calls that wait: %w", err)
	}
	for _, call := range queued { // each is told to callEnded
		if err := s.Phone.CancelPhoneCallTx(ctx, tx, call); err != nil {
			return err
		}
	}
	return nil
}

// Resume goes on with a paused campaign. Conflict unless it is paused; a running
// one is no error. Of one that was changed after its approval it approves the
// change: Conflict (four_eyes) for a program, and for who made it.
func (s *Campaigns) Resume(ctx context.Context, bankID, id uuid.UUID) (c Campaign, err error) {
	err = s.change(ctx, bankID, id, func(ctx context.Context, tx *postgres.Tx, was Campaign) error {
		switch was.State {
		case CampaignRunning:
			return nil
		case CampaignPaused:
		default:
			return visavis.Errorf(visavis.Conflict, "campaign_not_paused", "the campaign is not paused")
		}
		approver, actor := orNil(was.ApprovedBy), visavis.ActorFrom(ctx)
		if was.PauseReason == PauseApproval {
			if actor.Kind != visavis.ActorAgent || actor.ID == was.RequestedBy {
				return visavis.Errorf(visavis.Conflict, "four_eyes", "it was changed after its approval: somebody else at the bank has to confirm that")
			}
			approver = orNil(actor.ID)
		}
		if _, err := tx.Exec(ctx, `update campaigns set state = 'running', pause_reason = '', due_at = $3, tokens = 0, tokens_at = $3, updated_at = $3,
			requested_by = null, approved_by = $4 where bank_id = $1 and id = $2`, bankID, id, s.Now(), approver); err != nil {
			return fmt.Errorf("resume campaign: %w", err)
		}
		return s.tellTx(ctx, tx, id, "campaign.resumed", nil)
	}, &c)
	return c, err
}

// Stop ends a campaign for good: nobody else is called, calls that are not
// dialled yet are taken back, whoever has no outcome gets canceled. Calls that
// are under way go on; with the last of them it is stopped. Conflict when it has
// finished; one that is stopping or stopped is no error.
func (s *Campaigns) Stop(ctx context.Context, bankID, id uuid.UUID) (c Campaign, err error) {
	err = s.change(ctx, bankID, id, func(ctx context.Context, tx *postgres.Tx, was Campaign) error {
		switch was.State {
		case CampaignStopping, CampaignStopped:
			return nil
		case CampaignFinished:
			return visavis.Errorf(visavis.Conflict, "campaign_ended", "the campaign has finished")
		}
		if _, err := tx.Exec(ctx, `update campaigns set state = 'stopping', due_at = $3, updated_at = $3, requested_by = null where bank_id = $1 and id = $2`,
			bankID, id, s.Now()); err != nil {
			return fmt.Errorf("stop campaign: %w", err)
		}
		return s.recallTx(ctx, tx, id)
	}, &c)
	return c, err
}

// change runs fn with the campaign's row locked, and reads it again.
func (s *Campaigns) change(ctx context.Context, bankID, id uuid.UUID, fn func(context.Context, *postgres.Tx, Campaign) error, to *Campaign) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		was, err := campaignTx(ctx, tx, id, true)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, was); err != nil {
			return err
		}
		tx.Wake(topicCampaigns)
		*to, err = campaignTx(ctx, tx, id, false)
		return err
	})
}
