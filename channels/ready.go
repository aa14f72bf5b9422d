package channels

import (
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
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
	return s.ready(bankID, m, to)
}

func (s *Service) ready(bankID uuid.UUID, m Message, to recipient) (r Ready, ok bool, err error) {
	r.row, err = s.prepare(bankID, m, to, s.now())
	return r, err == nil && len(r.row.plan) > 0 && r.row.cap == nil, err
}

// Reach is what QueueReach read of how someone is reached.
type Reach struct {
	of func(Message) (recipient, error)
}

// Reached is what the caller of QueueReach reads itself: the customer, and the
// devices that are in use, the newest first.
type Reached struct {
	Customer *banks.Customer
	Devices  *[]banks.Device
}

// QueueReach reads what QueueTx needs to know as statements of a batch, which is
// closed before QueueTx; it fails with pgx.ErrNoRows when there is no such
// customer. m may be given in full later, but for the customer, phone, class and
// channels.
//
// read, if not nil, is read by an earlier statement of the batch.
func (s *Service) QueueReach(ctx context.Context, bankID uuid.UUID, b *pgx.Batch, read *Reached, m Message) (Reach, error) {
	of, err := s.queueRecipient(ctx, b, bankID, read, m)
	return Reach{of}, err
}

// QueueTx is SendTx as a statement of a batch of tx, for who has more to write in
// the same round trip; the zero Reach has it read what it needs at once. ok is
// false for what takes SendTx, as of Ready; then nothing is queued.
func (s *Service) QueueTx(ctx context.Context, tx *postgres.Tx, b *pgx.Batch, reach Reach, m Message) (ok bool, err error) {
	r, ok, err := s.ReadyTx(ctx, tx, reach, m)
	if err != nil || !ok {
		return false, err
	}
	b.Queue(insertReadySQL, r.Args()...)
	s.WakeTx(ctx, tx, r)
	return true, nil
}

// ReadyTx is Ready of what is accepted in tx, see QueueTx.
func (s *Service) ReadyTx(ctx context.Context, tx *postgres.Tx, reach Reach, m Message) (r Ready, ok bool, err error) {
	return s.ReadyOf(postgres.WithTx(ctx, tx), tx.BankID, reach, m)
}

// ReadyOf is Ready of whom QueueReach has read.
func (s *Service) ReadyOf(ctx context.Context, bankID uuid.UUID, reach Reach, m Message) (r Ready, ok bool, err error) {
	m.Key = nil
	var to recipient
	if reach.of == nil {
		to, err = s.recipient(ctx, bankID, m)
	} else {
		to, err = reach.of(m)
	}
	if err != nil {
		return r, false, err
	}
	return s.ready(bankID, m, to)
}

// WakeTx has the loop see to a message of tx once that is committed.
func (s *Service) WakeTx(ctx context.Context, tx *postgres.Tx, r Ready) {
	s.wake(postgres.WithTx(ctx, tx), r.row.info)
}

// ReadyParams is how many parameters InsertReadySQL has: as many as waitingColumns.
const ReadyParams = 20

// InsertReadySQL accepts a message (Args) for each row of a source, which is one
// or none: part of the statement that makes what the message is about. first is
// the number of its first parameter.
func InsertReadySQL(source string, first int) string {
	params := make([]string, ReadyParams)
	for i := range params {
		params[i] = "$" + strconv.Itoa(first+i)
	}
	return `insert into messages (` + waitingColumns + `)
	select ` + strings.Join(params, ", ") + ` from ` + source
}

var insertReadySQL = InsertReadySQL("(values (1)) once", 1)

// Args are those of InsertReadySQL.
func (r Ready) Args() []any { return r.row.values[:ReadyParams:ReadyParams] }

// readyTypes are the types of waitingColumns after the bank.
var readyTypes = strings.Fields(`uuid uuid text text text text json bytea json
	uuid text uuid text json timestamptz timestamptz json timestamptz timestamptz`)

// InsertReadyColumnsSQL is InsertReadySQL of many messages of the bank $1 (ReadyColumns):
// of those whose places, from 1, are the column n of source.
func InsertReadyColumnsSQL(source string, first int) string {
	values := []string{"$1"}
	for i, t := range readyTypes {
		value := "($" + strconv.Itoa(first+i) + "::" + t + "[])[n]"
		if t == "json" { // a list of jsonb would be read as text too
			value = "(($" + strconv.Itoa(first+i) + "::text[])[n])::jsonb"
		}
		values = append(values, value)
	}
	return `insert into messages (` + waitingColumns + `)
	select ` + strings.Join(values, ", ") + ` from ` + source
}

// ReadyColumns are the arguments of InsertReadyColumnsSQL.
func ReadyColumns(all []Ready) []any {
	return columnsOf(all, func(r Ready) *row { return &r.row })
}

// Wake has the loop see to a message whose batch is committed.
func (s *Service) Wake(ctx context.Context, r Ready) { s.wake(postgres.WithoutTx(ctx), r.row.info) }
