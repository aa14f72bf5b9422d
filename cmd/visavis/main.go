// Command visavis is the gateway: one binary that serves, migrates, seeds a
// demo and makes banks. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "visavis:", err)
		stop()
		os.Exit(1)
	}
}

const usage = `usage: visavis <command>

  demo              start everything on this machine: own PostgreSQL, simulated carriers, a demo bank
  serve             serve; refuses to start on a missing or wrong setting, or an old schema
  migrate           bring the database's schema up to date
  bank add <name> [--countries VN,US]
                    make a bank that sends to numbers of these countries; prints an
                    API key and its administrator's invitation
  version           print the version

Settings come from the environment: see README.md.
`

// run is the program; it returns when ctx ends and everything has stopped.
// Tests start the product through it.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "help", "-h", "--help":
		_, err := io.WriteString(stdout, usage)
		return err
	case "version":
		_, err := fmt.Fprintln(stdout, "visavis", version())
		return err
	}
	cfg, err := readConfig(environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	switch {
	case command == "demo" && len(args) == 1:
		return demo(ctx, cfg, log, stdout)
	case command == "serve" && len(args) == 1:
		if err := cfg.checkServe(); err != nil {
			return err
		}
		return serve(ctx, cfg, log, stdout)
	case command == "migrate" && len(args) == 1:
		return migrate(ctx, cfg, log, stdout)
	case command == "bank" && (len(args) == 3 || len(args) == 5 && args[3] == "--countries") && args[1] == "add":
		var countries []string
		if len(args) == 5 {
			countries = strings.Split(strings.ToUpper(strings.ReplaceAll(args[4], " ", "")), ",")
		}
		return bankAdd(ctx, cfg, log, stdout, args[2], countries)
	}
	_, _ = io.WriteString(stderr, usage)
	return fmt.Errorf("unknown command %q", args)
}

// version is the module's version, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return info.Main.Version + " " + s.Value
		}
	}
	return info.Main.Version
}

func migrate(ctx context.Context, cfg config, log *slog.Logger, stdout io.Writer) error {
	return withDatabase(ctx, cfg, log, func(url string) error {
		if err := postgres.Migrate(ctx, url); err != nil {
			return err
		}
		_, err := fmt.Fprintln(stdout, "the schema is up to date")
		return err
	})
}

func bankAdd(ctx context.Context, cfg config, log *slog.Logger, stdout io.Writer, name string, countries []string) error {
	if cfg.MasterKey == "" {
		return errors.New("VISAVIS_MASTER_KEY is missing: use the one that `visavis serve` runs with")
	}
	if cfg.PublicURL == "" {
		return errors.New("VISAVIS_PUBLIC_URL is missing: use the one that `visavis serve` runs with, the invitation leads there")
	}
	return withDatabase(ctx, cfg, log, func(url string) error {
		a, err := newApp(ctx, cfg, url, log)
		if err != nil {
			return err
		}
		defer a.close()
		bank, key, invitation, admin, err := a.addBank(ctx, name, countries)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, `bank          %s (%s)
bank id       %s
API key       %s
administrator %s
              open this once, within %d hours, to set the password; then
              sign in as %s

%s
Neither the key nor the invitation is shown again.
`, bank.Name, bank.Slug, bank.ID, key, invitation, int(banks.InvitationLife.Hours()), admin, reaches(bank.Settings.Countries))
		return err
	})
}

// reaches says where a new bank's messages may go.
func reaches(countries []string) string {
	if len(countries) == 0 {
		return `It sends to no phone number yet: say where its customers are, by
"visavis bank add <name> --countries VN,US" or PATCH /v1/bank (settings.countries).
`
	}
	return "It sends to numbers of " + strings.Join(countries, ", ") + ".\n"
}

// withDatabase gives fn the database that is set, or the own one.
func withDatabase(ctx context.Context, cfg config, log *slog.Logger, fn func(url string) error) (err error) {
	if cfg.DatabaseURL != "" {
		err := fn(cfg.DatabaseURL)
		if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
			return fmt.Errorf("VISAVIS_DATABASE_URL: %w", err)
		}
		return err
	}
	dir, err := cfg.dataDir()
	if err != nil {
		return err
	}
	own, err := postgres.StartEmbedded(ctx, dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Stop(context.WithoutCancel(ctx))) }()
	return fn(own.URL())
}

func serve(ctx context.Context, cfg config, log *slog.Logger, stdout io.Writer) error {
	return withDatabase(ctx, cfg, log, func(url string) error {
		a, err := newApp(ctx, cfg, url, log)
		if err != nil {
			return err
		}
		return a.run(ctx, func() {
			fmt.Fprintf(stdout, "Visavis %s serves %s\n", version(), cfg.PublicURL)
		})
	})
}
