package postgres

import "github.com/jackc/pgx/v5"

// Requeue queues the statements of another batch. Each is queued anew: pgx keeps in
// a queued statement how the connection it was sent by has prepared it, so it must not be
// sent by another one, as when a transaction is tried again.
func Requeue(b, from *pgx.Batch) {
	for _, q := range from.QueuedQueries {
		b.QueuedQueries = append(b.QueuedQueries, &pgx.QueuedQuery{SQL: q.SQL, Arguments: q.Arguments, Fn: q.Fn})
	}
}

// Columns are the parameters of unnest($1::…[], $2::…[], …) for rows of values:
// how many rows are written by one statement. Rows are all of one length. A value
// that is to be jsonb is better given as its text.
func Columns(rows [][]any) []any {
	if len(rows) == 0 {
		return nil
	}
	columns := make([]any, len(rows[0]))
	values := make([]any, len(rows)*len(columns))
	for i := range columns {
		column := values[:len(rows):len(rows)]
		values = values[len(rows):]
		for j, row := range rows {
			column[j] = row[i]
		}
		columns[i] = column
	}
	return columns
}

// Numbers are n parameters' numbers from first on, for a format with $%[1]d,
// $%[2]d, …: a piece of a statement whose first parameter is not the statement's.
func Numbers(first, n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = first + i
	}
	return all
}
