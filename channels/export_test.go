package channels

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// WithSender returns a copy of the service that sends a channel another way.
func (s *Service) WithSender(channel Channel, sender Sender) *Service {
	c := *s
	c.routes = append([]Route{}, s.routes...)
	for i := range c.routes {
		if c.routes[i].Channel == channel {
			c.routes[i].Sender = sender
		}
	}
	return &c
}

// MarkSent writes what a node would after a send that the provider accepted.
func (s *Service) MarkSent(ctx context.Context, bankID, deliveryID, lease uuid.UUID, providerID string) error {
	it := &item{BankID: bankID, ID: deliveryID, lease: lease, result: result{state: StateSent, providerID: providerID, due: s.now()}}
	return s.mark(ctx, []handing{{it}})
}

// Claim claims deliveries as the loop of their class does: it returns their ids
// and the lease.
func (s *Service) Claim(ctx context.Context, tx *postgres.Tx, class Class, limit int) (ids []uuid.UUID, lease uuid.UUID, err error) {
	work, _, err := s.claim(ctx, tx, &lanes[class.Priority()], limit)
	for _, group := range work {
		for _, it := range group {
			ids, lease = append(ids, it.ID), it.lease
		}
	}
	return ids, lease, err
}

// WithWorkers returns a copy of the service with so many sends at once.
func (s *Service) WithWorkers(n int) *Service {
	c := *s
	c.workers = n
	return &c
}

// Refresh works a message's state out anew, as after any change of a delivery.
func Refresh(ctx context.Context, tx *postgres.Tx, s *Service, now time.Time, message, delivery uuid.UUID) error {
	return s.refreshTx(ctx, tx, now, []cause{{message: message, delivery: delivery, channel: SMS}})
}

// WithRoutes returns a copy of the service with other providers.
func (s *Service) WithRoutes(routes ...Route) *Service {
	c := *s
	c.routes = routes
	return &c
}

// ForgetFacts drops what is cached of banks.
func (s *Service) ForgetFacts() {
	s.facts.mu.Lock()
	defer s.facts.mu.Unlock()
	clear(s.facts.all)
	s.facts.age++
}

// Settle looks a claimed delivery of unknown outcome up, as a worker does, and
// returns the provider's id that it takes for its own; nothing is marked.
func (s *Service) Settle(ctx context.Context, bankID, id, lease uuid.UUID, to string, looker Looker) string {
	it := &item{BankID: bankID, ID: id, lease: lease, Channel: SMS, Recipient: to, ExpiresAt: s.now().Add(time.Hour), TriedAt: s.now(), Attempts: 1}
	return s.settle(ctx, it, looker, Outgoing{To: to}).providerID
}
