package calls

import (
	"context"
	"fmt"

	"github.com/visavis/visavis/postgres"
)

// FreeAgentsTx is how many agents could take a call now: ready, and their
// consoles alive. For diallers, which call no more people than can be served.
func (s *Service) FreeAgentsTx(ctx context.Context, tx *postgres.Tx) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from agent_presence p join agents a on a.bank_id = $1 and a.id = p.agent_id and a.enabled
		where p.bank_id = $1 and p.state = 'ready' and p.seen_at >= $2`, tx.BankID, s.Now().Add(-awayAfter)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count free agents: %w", err)
	}
	return n, nil
}
