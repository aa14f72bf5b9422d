// Package migrations holds the database schema as numbered SQL files, applied
// in order by postgres.Migrate, one transaction each, forward only. A file that
// has been released is never edited; until the first release they are.
//
// Every tenant table begins with bank_id, in its keys too, and is registered
// with visavis_tenant(), which switches forced row-level security on. Tables
// that are deliberately global say so in a comment.
package migrations

import "embed"

// FS holds the migrations.
//
//go:embed *.sql
var FS embed.FS
