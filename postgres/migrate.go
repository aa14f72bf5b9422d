package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"

	"github.com/visavis/visavis/migrations"
)

// versionTable is tern's; it is global, not a bank's.
const versionTable = "public.schema_version"

// Migrate brings the database at url to the schema of this binary: it makes the
// two roles (see ensureRoles), then runs the embedded migrations that have not
// run yet, each in its own transaction. Several may run at once, against one
// database or several of one cluster: one does the work, the others wait. The
// url's user owns the schema. A schema newer than the binary is refused.
//
// Migrations are Go templates to tern: "{{" has a meaning in them.
//
// River's own tables come along, see river.go.
func Migrate(ctx context.Context, url string) error {
	if err := migrateFS(ctx, url, migrations.FS); err != nil {
		return err
	}
	if err := migrateRiver(ctx, url); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

func migrateFS(ctx context.Context, url string, files fs.FS) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := ensureRoles(ctx, conn); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	migrator, err := migrate.NewMigrator(ctx, conn, versionTable)
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	if err := migrator.LoadMigrations(files); err != nil {
		return fmt.Errorf("migrate database: load migrations: %w", err)
	}
	version, err := migrator.GetCurrentVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	if want := int32(len(migrator.Migrations)); version > want {
		return newerSchema(version, want)
	}
	if err := migrator.Migrate(ctx); err != nil {
		var failed migrate.MigrationPgError
		if errors.As(err, &failed) && failed.PgError != nil && failed.Position > 0 {
			return fmt.Errorf("migrate database: %w (at character %d)", err, failed.Position)
		}
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// checkSchema refuses a database whose schema is not the one of files.
func checkSchema(ctx context.Context, conn *pgx.Conn, files fs.FS) error {
	paths, err := migrate.FindMigrations(files)
	if err != nil {
		return fmt.Errorf("read embedded migrations: %w", err)
	}
	want := int32(len(paths))
	var exists bool
	if err := conn.QueryRow(ctx, "select to_regclass($1) is not null", versionTable).Scan(&exists); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if !exists {
		return errors.New("the database has no Visavis schema: run `visavis migrate`")
	}
	var version int32
	if err := conn.QueryRow(ctx, "select version from "+versionTable).Scan(&version); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	switch {
	case version < want:
		return fmt.Errorf("the database has schema version %d, this visavis needs %d: run `visavis migrate`", version, want)
	case version > want:
		return newerSchema(version, want)
	}
	return nil
}

func newerSchema(version, want int32) error {
	return fmt.Errorf("the database has schema version %d, this visavis knows only %d: run a newer visavis", version, want)
}
