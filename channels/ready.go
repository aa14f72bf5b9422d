package channels

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// Ready is a message that was looked at and waits to be accepted together with
// what it is about, by one statement.
type Ready struct{ row row }

// Ready does of SendTx what can be done before; errors are its. ok is false for a
// message that would reach nobody, has a Key, or is one of so many: those take SendTx.
func (s *Service) Ready(ctx context.Context, bankID uuid.UUID, m Message) (r Ready, ok bool, err error) {
	if m.Key != nil {
		return r, false, nil
	}
	to, err := s.recipient(ctx, bankID, m)
	if err != nil {
		return r, false, err
	}
	r.row, err = s.prepare(bankID, m, to, s.now())
	return r, err == nil && len(r.row.plan) > 0 && r.row.cap == nil, err
}

// ReadyParams is how many parameters InsertReadySQL has.
const ReadyParams = 20

// InsertReadySQL accepts a message (Args) for each row of a source, which is one
// or none: part of the statement that makes what the message is about. first is
// the number of its first parameter.
func InsertReadySQL(source string, first int) string {
	params := make([]string, ReadyParams)
	for i := range params {
		params[i] = "$" + strconv.Itoa(first+i)
	}
	return `insert into messages (bank_id, id, customer_id, class, template, locale, time_zone, params, sealed, push_data,
		link_id, about_type, about_id, reference, metadata, created_at, expires_at, plan, due_at, send_at)
	select ` + strings.Join(params, ", ") + ` from ` + source
}

// Args are those of InsertReadySQL.
func (r Ready) Args() []any {
	v := r.row.values
	return slices.Concat(v[:valueState], v[valueState+1:valueAnnounce])
}

// Wake has the loop see to a message whose batch is committed.
func (s *Service) Wake(ctx context.Context, r Ready) { s.wake(postgres.WithoutTx(ctx), r.row.info) }
