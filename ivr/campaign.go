package ivr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// CampaignState is where a campaign stands.
type CampaignState string

// The states of a campaign. Finished and Stopped are final.
const (
	CampaignDraft     CampaignState = "draft"             // being put together; nobody is called
	CampaignAwaiting  CampaignState = "awaiting_approval" // somebody asked for the start, somebody else has to confirm it
	CampaignScheduled CampaignState = "scheduled"         // starts by itself at StartAt
	CampaignRunning   CampaignState = "running"
	CampaignPaused    CampaignState = "paused" // nobody is called; calls that are under way go on
	CampaignStopping  CampaignState = "stopping"
	CampaignStopped   CampaignState = "stopped"
	CampaignFinished  CampaignState = "finished" // every contact has its outcome
)

// Ended reports whether nothing follows the state.
func (s CampaignState) Ended() bool { return s == CampaignStopped || s == CampaignFinished }

// Campaign calls the people of a list with a flow.
type Campaign struct {
	ID   uuid.UUID
	Name string
	// Flow leads the calls. Version is pinned when the start is asked for, so that
	// what was approved is what calls; 0 before it.
	Flow    string
	Version int
	// MachineFlow is what an answering machine hears when Settings.Machine is
	// MachineMessage; pinned with the flow.
	MachineFlow    string
	MachineVersion int
	// Class is what opt-outs, frequency caps and quiet hours go by.
	Class    channels.Class
	Settings CampaignSettings
	State    CampaignState
	// StartAt: it starts by itself, not before; nil = when it is started. EndAt:
	// nobody is called from then on, and who has no outcome expires; nil = no end.
	StartAt, EndAt *time.Time
	// RequestedBy is who asked for the start, or changed what was approved, while
	// it awaits approval. ApprovedBy is who gave it; uuid.Nil = none was needed, or
	// not yet.
	RequestedBy, ApprovedBy uuid.UUID
	// PauseReason says why the gateway itself paused it; "" = a person did.
	// PauseApproval: it was changed after its approval, and waits for another one.
	PauseReason          string
	CreatedBy            uuid.UUID
	CreatedAt, UpdatedAt time.Time
	StartedAt, EndedAt   *time.Time
}

// CampaignsConfig is what Campaigns need.
type CampaignsConfig struct {
	DB       *postgres.DB
	Banks    *banks.Service
	Channels *channels.Service
	Phone    *Service // places the calls
	Agents   freeAgents
	Holidays holidays         // nil: no day is one
	Log      *slog.Logger     // defaults to slog.Default
	Now      func() time.Time // defaults to time.Now
	// Tick is the shortest time between two looks at a running campaign.
	// Defaults to 250 ms.
	Tick time.Duration
	// Observe is told what the loop does, for tests.
	Observe func(postgres.LoopEvent)
}

// freeAgents says who could take callers now. Package calls knows.
type freeAgents interface {
	FreeAgentsTx(ctx context.Context, tx *postgres.Tx, of []calls.Callers) (map[calls.Callers][]uuid.UUID, error)
}

// holidays says which days are holidays of the bank's calendars. Package
// scheduling knows.
type holidays interface {
	HolidayDaysTx(ctx context.Context, tx *postgres.Tx, calendars []uuid.UUID, from, to time.Time) (map[string]bool, error)
}

// Campaigns runs campaigns. Make one with NewCampaigns, before the phone calls'
// loops run: it registers what follows the end of a call.
type Campaigns struct{ CampaignsConfig }

// aboutContact is the AboutType of a campaign's phone calls.
const aboutContact = "campaign_contact"

// topicCampaigns wakes the loop.
const topicCampaigns = "campaigns"

// NewCampaigns makes the engine; Run works it.
func NewCampaigns(c CampaignsConfig) *Campaigns {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Tick <= 0 {
		c.Tick = 250 * time.Millisecond
	}
	s := &Campaigns{c}
	if c.Phone != nil {
		c.Phone.OnEnded(aboutContact, s.callEnded)
	}
	return s
}

// NewCampaign is a campaign to create, as a draft.
type NewCampaign struct {
	Name        string
	Flow        string
	MachineFlow string
	Class       channels.Class // "" = notice
	Settings    CampaignSettings
	StartAt     *time.Time
	EndAt       *time.Time
}

// PauseApproval is why a campaign that was changed after its approval is paused.
const PauseApproval = "approval"

// CampaignChange changes what is not nil. The flow and the class change in a
// draft only; the rest while it has not ended, from the next call on. A change of
// more than the name takes an approval back, see Update.
type CampaignChange struct {
	Name             *string
	Flow             *string
	MachineFlow      *string
	Class            *channels.Class
	Settings         *CampaignSettings
	StartAt, EndAt   *time.Time
	NoStart, NoEndAt bool // take StartAt, EndAt away
}

const campaignColumns = `id, name, flow, version, machine_flow, machine_version, class, settings, state, start_at, end_at,
	coalesce(requested_by, '00000000-0000-0000-0000-000000000000'), pause_reason, coalesce(created_by, '00000000-0000-0000-0000-000000000000'),
	created_at, updated_at, started_at, ended_at, coalesce(approved_by, '00000000-0000-0000-0000-000000000000')`

func (c *Campaign) fields() []any {
	return []any{&c.ID, &c.Name, &c.Flow, &c.Version, &c.MachineFlow, &c.MachineVersion, &c.Class, &c.Settings, &c.State, &c.StartAt, &c.EndAt,
		&c.RequestedBy, &c.PauseReason, &c.CreatedBy, &c.CreatedAt, &c.UpdatedAt, &c.StartedAt, &c.EndedAt, &c.ApprovedBy}
}

func scanCampaign(row pgx.CollectableRow) (c Campaign, err error) {
	err = row.Scan(c.fields()...)
	c.Settings = c.Settings.withDefaults()
	return c, err
}

func errNoCampaign() error {
	return visavis.Errorf(visavis.NotFound, "campaign_not_found", "there is no such campaign")
}

// campaignTx reads a campaign; with lock so that its state stays until the
// transaction ends. Inserting contacts does not wait for the lock.
func campaignTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock bool) (Campaign, error) {
	sql := `select ` + campaignColumns + ` from campaigns where bank_id = $1 and id = $2`
	if lock {
		sql += ` for no key update`
	}
	rows, _ := tx.Query(ctx, sql, tx.BankID, id)
	c, err := pgx.CollectExactlyOneRow(rows, scanCampaign)
	if errors.Is(err, pgx.ErrNoRows) {
		return Campaign{}, errNoCampaign()
	}
	if err != nil {
		return Campaign{}, fmt.Errorf("read campaign: %w", err)
	}
	return c, nil
}

// Create makes a draft.
func (s *Campaigns) Create(ctx context.Context, bankID uuid.UUID, n NewCampaign) (made Campaign, err error) {
	c := Campaign{ID: uuid.Must(uuid.NewV7()), Name: n.Name, Flow: n.Flow, MachineFlow: n.MachineFlow, Class: n.Class, Settings: n.Settings,
		State: CampaignDraft, StartAt: n.StartAt, EndAt: n.EndAt}
	if c.Class == "" {
		c.Class = channels.Notice
	}
	if err := s.check(&c); err != nil {
		return Campaign{}, err
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.Now()
		if err := s.checkCalendarsTx(ctx, tx, c.Settings); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
			insert into campaigns (bank_id, id, name, flow, machine_flow, class, settings, state, start_at, end_at, created_by, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, 'draft', $8, $9, $10, $11, $11) returning `+campaignColumns,
			bankID, c.ID, c.Name, c.Flow, c.MachineFlow, c.Class, c.Settings, c.StartAt, c.EndAt, orNil(visavis.ActorFrom(ctx).ID), now)
		if made, err = pgx.CollectExactlyOneRow(rows, scanCampaign); err != nil {
			return fmt.Errorf("create campaign: %w", err)
		}
		return s.tellTx(ctx, tx, made.ID, "campaign.created", nil)
	})
	return made, err
}

// Update changes a campaign. Conflict when it has ended, and for what only a
// draft may change.
//
// What two people agreed to is changed by nobody alone: a campaign that awaits
// its approval, or was approved and has not begun, is a draft again, whose start
// is asked for anew; one that has begun is paused (PauseApproval) until somebody
// else resumes it. Its name alone, and what does not change anything, are free.
func (s *Campaigns) Update(ctx context.Context, bankID, id uuid.UUID, ch CampaignChange) (changed Campaign, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := campaignTx(ctx, tx, id, true)
		if err != nil {
			return err
		}
		if c.State.Ended() || c.State == CampaignStopping {
			return visavis.Errorf(visavis.Conflict, "campaign_ended", "the campaign has ended")
		}
		was, approved := c, c.ApprovedBy != uuid.Nil
		pinned := ch.Flow != nil && *ch.Flow != c.Flow || ch.MachineFlow != nil && *ch.MachineFlow != c.MachineFlow || ch.Class != nil && *ch.Class != c.Class
		back := c.State == CampaignAwaiting || c.State == CampaignScheduled && approved
		if pinned && c.State != CampaignDraft && !back {
			return visavis.Errorf(visavis.Conflict, "campaign_started", "flow, machine_flow and class are those it was started with")
		}
		for _, part := range []struct{ to, in *string }{{ch.Name, &c.Name}, {ch.Flow, &c.Flow}, {ch.MachineFlow, &c.MachineFlow}} {
			if part.to != nil {
				*part.in = *part.to
			}
		}
		if ch.Class != nil {
			c.Class = *ch.Class
		}
		if ch.Settings != nil {
			c.Settings = *ch.Settings
		}
		if ch.StartAt != nil || ch.NoStart {
			if c.State != CampaignDraft && c.State != CampaignScheduled && c.State != CampaignAwaiting {
				return visavis.Errorf(visavis.Conflict, "campaign_started", "the campaign has started")
			}
			c.StartAt = ch.StartAt
		}
		if ch.EndAt != nil || ch.NoEndAt {
			c.EndAt = ch.EndAt
		}
		if err := s.check(&c); err != nil {
			return err
		}
		if ch.Settings != nil {
			if err := s.checkCalendarsTx(ctx, tx, c.Settings); err != nil {
				return err
			}
		}
		same := was
		same.Name = c.Name
		changes := !reflect.DeepEqual(same, c)
		rows, _ := tx.Query(ctx, `
			update campaigns set name = $3, flow = $4, machine_flow = $5, class = $6, settings = $7, start_at = $8, end_at = $9, updated_at = $10,
				due_at = case when state = 'scheduled' then coalesce($8::timestamptz, $10) when state = 'running' then $10::timestamptz else due_at end
			where bank_id = $1 and id = $2 returning `+campaignColumns,
			bankID, id, c.Name, c.Flow, c.MachineFlow, c.Class, c.Settings, c.StartAt, c.EndAt, s.Now())
		if changed, err = pgx.CollectExactlyOneRow(rows, scanCampaign); err != nil {
			return fmt.Errorf("update campaign: %w", err)
		}
		tx.Wake(topicCampaigns)
		if err := s.tellTx(ctx, tx, id, "campaign.updated", nil); err != nil || !changes {
			return err
		}
		switch {
		case back:
			err = s.toDraftTx(ctx, tx, id)
		case approved && (c.State == CampaignRunning || c.State == CampaignPaused):
			err = s.askAgainTx(ctx, tx, c)
		default:
			return nil
		}
		if err != nil {
			return err
		}
		changed, err = campaignTx(ctx, tx, id, false)
		return err
	})
	return changed, err
}

// toDraftTx takes the request for an approval, or the approval, back.
func (s *Campaigns) toDraftTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `update campaigns set state = 'draft', requested_by = null, approved_by = null, version = 0, machine_version = 0,
		due_at = null, lease = null, lease_until = null where bank_id = $1 and id = $2`, tx.BankID, id); err != nil {
		return fmt.Errorf("take approval back: %w", err)
	}
	return s.tellTx(ctx, tx, id, "campaign.approval_withdrawn", nil)
}

// askAgainTx has a campaign that has begun wait for the approval of its change.
func (s *Campaigns) askAgainTx(ctx context.Context, tx *postgres.Tx, c Campaign) error {
	if c.State == CampaignRunning {
		if err := s.pauseTx(ctx, tx, c.ID, PauseApproval); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `update campaigns set pause_reason = $3, requested_by = $4, approved_by = null where bank_id = $1 and id = $2`,
		tx.BankID, c.ID, PauseApproval, orNil(visavis.ActorFrom(ctx).ID)); err != nil {
		return fmt.Errorf("ask for approval: %w", err)
	}
	return s.tellTx(ctx, tx, c.ID, "campaign.approval_requested", nil)
}

var flowShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// check brings a campaign into the form in which it is kept.
func (s *Campaigns) check(c *Campaign) (err error) {
	if c.Name, err = banks.CleanName("name", c.Name); err != nil {
		return err
	}
	c.Settings = c.Settings.withDefaults()
	switch {
	case !flowShape.MatchString(c.Flow):
		return visavis.InvalidField("flow", "is the name of a flow")
	case c.MachineFlow != "" && !flowShape.MatchString(c.MachineFlow):
		return visavis.InvalidField("machine_flow", "is the name of a flow")
	case (c.Settings.Machine == MachineMessage) != (c.MachineFlow != ""):
		return visavis.InvalidField("machine_flow", "goes with settings.machine message, and with that only")
	case c.Class != channels.Transaction && c.Class != channels.Reminder && c.Class != channels.Notice:
		return visavis.InvalidField("class", "must be transaction, reminder or notice: codes and rings are not called for by a list")
	case c.EndAt != nil && c.StartAt != nil && !c.EndAt.After(*c.StartAt):
		return visavis.InvalidField("end_at", "must be after start_at")
	}
	return c.Settings.validate()
}

// checkCalendarsTx refuses calendars that the bank does not have.
func (s *Campaigns) checkCalendarsTx(ctx context.Context, tx *postgres.Tx, c CampaignSettings) error {
	if len(c.HolidayCalendars) == 0 {
		return nil
	}
	if s.Holidays == nil {
		return visavis.InvalidField("settings.holiday_calendars", "there are no calendars of holidays")
	}
	_, err := s.Holidays.HolidayDaysTx(ctx, tx, c.HolidayCalendars, s.Now(), s.Now())
	if visavis.KindOf(err) == visavis.NotFound {
		return visavis.InvalidField("settings.holiday_calendars", "each is a calendar of the bank's")
	}
	return err
}

// Get returns a campaign; NotFound when the bank has no such one.
func (s *Campaigns) Get(ctx context.Context, bankID, id uuid.UUID) (c Campaign, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err = campaignTx(ctx, tx, id, false)
		return err
	})
	return c, err
}

// List returns the bank's campaigns, newest first; of one state when it is not empty.
func (s *Campaigns) List(ctx context.Context, bankID uuid.UUID, state CampaignState, page postgres.Page) (all []Campaign, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+campaignColumns+` from campaigns
			where bank_id = $1 and ($2 = '' or state = $2) and ($3::uuid is null or id < $3) order by id desc limit $4`,
			bankID, string(state), page.After(), page.Size()+1)
		all, err = pgx.CollectRows(rows, scanCampaign)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list campaigns: %w", err)
	}
	all, next = postgres.Cut(all, page, func(c Campaign) uuid.UUID { return c.ID })
	return all, next, nil
}

// Delete takes a draft away with its list. Conflict once it was started: what
// was called is on record.
func (s *Campaigns) Delete(ctx context.Context, bankID, id uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := campaignTx(ctx, tx, id, true)
		if err != nil {
			return err
		}
		if c.State != CampaignDraft {
			return visavis.Errorf(visavis.Conflict, "campaign_started", "only a draft can be deleted")
		}
		if _, err := tx.Exec(ctx, `delete from campaigns where bank_id = $1 and id = $2`, bankID, id); err != nil {
			return fmt.Errorf("delete campaign: %w", err)
		}
		return s.tellTx(ctx, tx, id, "campaign.deleted", nil)
	})
}

// tellTx appends an event of a campaign.
func (s *Campaigns) tellTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, typ string, data map[string]any) error {
	_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: typ, Object: "campaign", ID: id, Data: data})
	return err
}
