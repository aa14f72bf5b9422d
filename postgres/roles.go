package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ensureRoles makes visavis_app and visavis_worker where they are missing and
// lets conn's user SET ROLE to them. Roles are global to the cluster while
// advisory locks are not, so it expects to meet other migrators at it and tries
// again. Without the rights it names the SQL that an administrator must run.
func ensureRoles(ctx context.Context, conn *pgx.Conn) error {
	var user string
	var server int
	if err := conn.QueryRow(ctx, "select session_user, current_setting('server_version_num')::int").Scan(&user, &server); err != nil {
		return err
	}
	// From 16 on membership and the right to SET ROLE are two things.
	setPrivilege := "MEMBER"
	if server >= 160000 {
		setPrivilege = "SET"
	}
	for _, role := range []string{RoleApp, RoleWorker} {
		create := "CREATE ROLE " + role + " NOLOGIN NOSUPERUSER NOBYPASSRLS"
		grant := "GRANT " + role + " TO " + pgx.Identifier{user}.Sanitize()
		if err := ensureRole(ctx, conn, role, create, grant, setPrivilege); err != nil {
			var pg *pgconn.PgError
			if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege
				return fmt.Errorf("user %s may not prepare role %s: have an administrator of the database run: %s; %s; (the first only where the role is missing): %w",
					user, role, create, grant, err)
			}
			return fmt.Errorf("prepare role %s: %w", role, err)
		}
	}
	return nil
}

func ensureRole(ctx context.Context, conn *pgx.Conn, role, create, grant, setPrivilege string) error {
	const attempts = 20
	for attempt := 1; ; attempt++ {
		err := tryRole(ctx, conn, role, create, grant, setPrivilege)
		if err == nil || attempt == attempts || !roleRace(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(20 * time.Millisecond)):
		}
	}
}

func tryRole(ctx context.Context, conn *pgx.Conn, role, create, grant, setPrivilege string) error {
	var exists, safe bool
	err := conn.QueryRow(ctx, "select not rolsuper and not rolbypassrls from pg_roles where rolname = $1", role).Scan(&safe)
	switch {
	case err == nil:
		exists = true
	case !errors.Is(err, pgx.ErrNoRows):
		return err
	}
	if !exists {
		if _, err := conn.Exec(ctx, create); err != nil {
			return err
		}
	} else if !safe {
		return fmt.Errorf("it exists with SUPERUSER or BYPASSRLS, which would let one bank see another's rows: ALTER ROLE %s NOSUPERUSER NOBYPASSRLS", role)
	}
	var may bool
	if err := conn.QueryRow(ctx, "select pg_has_role(session_user, $1, $2)", role, setPrivilege).Scan(&may); err != nil {
		return err
	}
	if may { // always so for a superuser
		return nil
	}
	_, err = conn.Exec(ctx, grant)
	return err
}

// roleRace reports whether err comes from someone else doing the same.
func roleRace(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "42710", "23505": // duplicate_object, unique_violation on pg_authid
		return true
	case "XX000": // "tuple concurrently updated", by two GRANTs at once
		return true
	}
	return false
}
