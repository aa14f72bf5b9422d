package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// AgentTopic is woken when an agent's browsers are to be told of something.
const AgentTopic = "agent_pushes"

// AgentNotice is something to tell an agent in the browsers where they asked
// for it, by Web Push. It is not a Message: it has no text of the bank's, no
// receipt and no history; it lives as long as what it tells of, and a browser
// whose page is in sight shows nothing. The browser has the words for each Type
// itself, in the language that it was registered with; so nothing but ids
// leaves the gateway.
type AgentNotice struct {
	AgentID   uuid.UUID
	Type      string    // "queue_offered"
	AboutID   uuid.UUID // what it is about; a browser shows one notice of it
	Path      string    // where a click leads, on the gateway's own origin: "/console"
	ExpiresAt time.Time // nothing is sent or shown from this time on
}

// NotifyAgentTx accepts a notice in the caller's transaction. An agent without a
// browser that asked for it is no error, nor is a gateway without Web Push.
func (s *Service) NotifyAgentTx(ctx context.Context, tx *postgres.Tx, n AgentNotice) error {
	if _, ok := s.route(Push, banks.ProviderWebPush); !ok {
		return nil
	}
	tag, err := tx.Exec(ctx, `
		insert into agent_pushes (bank_id, id, device_id, type, about_id, path, due_at, expires_at)
		select bank_id, gen_random_uuid(), id, $3, $4, $5, $6, $7 from agent_devices where bank_id = $1 and agent_id = $2`,
		tx.BankID, n.AgentID, n.Type, n.AboutID, n.Path, s.now(), n.ExpiresAt)
	if err != nil {
		return fmt.Errorf("notify agent: %w", err)
	}
	if tag.RowsAffected() > 0 {
		tx.Wake(AgentTopic)
	}
	return nil
}

// agentPush is one claimed notice for one browser.
type agentPush struct {
	BankID, ID, DeviceID uuid.UUID
	Type                 string
	AboutID              uuid.UUID
	Path                 string
	Attempts             int
	ExpiresAt            time.Time

	lease     uuid.UUID
	claimedAt time.Time
	result    agentResult
}

type agentResult struct {
	again time.Time // when it is tried again; zero: it is done with
	gone  time.Time // since when the push service does not know the browser; zero: it does
}

// RunAgentPushes tells agents until ctx ends, then waits for the sends under
// way. Any number of nodes may run it at once.
func (s *Service) RunAgentPushes(ctx context.Context) {
	loop := &postgres.Loop[*agentPush]{
		Name: "agent pushes", Topic: AgentTopic, Poll: s.poll, Batch: 64, Workers: 16,
		Claim: s.claimAgentPushes, Work: s.workAgentPush, Mark: s.markAgentPushes, Now: s.now, Logger: s.log, Observe: s.observe,
	}
	loop.Run(ctx, s.db)
}

func (s *Service) claimAgentPushes(ctx context.Context, tx *postgres.Tx, limit int) ([]*agentPush, time.Time, error) {
	now, id, claimedAt := s.now(), uuid.New(), time.Now()
	rows, err := tx.Query(ctx, `
		update agent_pushes p set lease = $3, due_at = $4, attempts = p.attempts + 1
		from (select bank_id, id from agent_pushes where due_at <= $1 order by due_at limit $2 for update skip locked) c
		where p.bank_id = c.bank_id and p.id = c.id
		returning p.bank_id, p.id, p.device_id, p.type, p.about_id, p.path, p.attempts, p.expires_at`, now, limit, id, now.Add(leaseTime))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("claim agent pushes: %w", err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*agentPush, error) {
		p := &agentPush{lease: id, claimedAt: claimedAt}
		return p, row.Scan(&p.BankID, &p.ID, &p.DeviceID, &p.Type, &p.AboutID, &p.Path, &p.Attempts, &p.ExpiresAt)
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("claim agent pushes: %w", err)
	}
	var next *time.Time
	if err := tx.QueryRow(ctx, `select min(due_at) from agent_pushes where due_at > $1`, now).Scan(&next); err != nil {
		return nil, time.Time{}, fmt.Errorf("claim agent pushes: %w", err)
	}
	if next == nil {
		return items, time.Time{}, nil
	}
	return items, *next, nil
}

func (s *Service) workAgentPush(ctx context.Context, p *agentPush) {
	ctx, cancel := context.WithDeadline(ctx, p.claimedAt.Add(sendDeadline))
	defer cancel()
	ttl := p.ExpiresAt.Sub(s.now())
	route, ok := s.route(Push, banks.ProviderWebPush)
	if !ok || ttl <= 0 {
		return
	}
	var address, locale string
	err := s.db.InBank(ctx, p.BankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		address, locale, err = s.banks.AgentAddressTx(ctx, tx, p.DeviceID)
		return err
	})
	if visavis.KindOf(err) == visavis.NotFound {
		return
	}
	if err == nil {
		_, err = route.Sender.Send(ctx, Outgoing{
			BankID: p.BankID, DeliveryID: p.ID, Channel: Push, Class: Ring, To: address, TTL: max(ttl, time.Second), Locale: locale,
			Data: map[string]string{"type": p.Type, "message_id": p.AboutID.String(), "path": p.Path,
				"expires_at": p.ExpiresAt.UTC().Format(time.RFC3339)},
		})
	}
	if err == nil {
		return
	}
	e := asSendError(err)
	if e.TokenGone {
		p.result.gone = e.GoneAt
		if e.GoneAt.IsZero() {
			p.result.gone = s.now()
		}
	}
	if e.Outcome == Permanent {
		s.log.Info("an agent's browser cannot be told", "bank", p.BankID, "device", p.DeviceID, "code", e.Code)
		return
	}
	// Sent twice it is shown once: by what it is about.
	if again := s.now().Add(max(e.RetryAfter, backoff(p.Attempts))); again.Before(p.ExpiresAt) {
		p.result.again = again
	}
}

func (s *Service) markAgentPushes(ctx context.Context, items []*agentPush) error {
	byBank := map[uuid.UUID][]*agentPush{}
	for _, p := range items {
		byBank[p.BankID] = append(byBank[p.BankID], p)
	}
	var failed error
	for bankID, of := range byBank {
		err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
			for _, p := range of {
				var err error
				if p.result.again.IsZero() {
					_, err = tx.Exec(ctx, `delete from agent_pushes where bank_id = $1 and id = $2 and lease = $3`, bankID, p.ID, p.lease)
				} else {
					_, err = tx.Exec(ctx, `update agent_pushes set due_at = $4, lease = null where bank_id = $1 and id = $2 and lease = $3`,
						bankID, p.ID, p.lease, p.result.again)
				}
				if err == nil && !p.result.gone.IsZero() {
					err = s.banks.DropAgentDeviceTx(ctx, tx, p.DeviceID, p.result.gone)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			failed = fmt.Errorf("mark agent pushes: %w", err)
		}
	}
	return failed
}
