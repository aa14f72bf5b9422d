package ivr

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/postgres"
)

// crew is whom a progressive campaign calls for: the agents who could take a
// contact now, by the contact's language, and what may need them already.
type crew struct {
	pacing Pacing
	load   load // of the campaign
	free   map[string][]uuid.UUID
	under  []party
}

// party is calls under way that may yet need one of the same agents.
type party struct {
	agents []uuid.UUID
	calls  int
}

// allowed is how many calls to contacts of a language may start now. Each call
// that may need one of their agents counts, of whichever campaign: as each call
// began while there were fewer such calls than agents for it, everybody can be
// served however they answer, while the ratio is 1.
func (k crew) allowed(locale string) int {
	l, mine := k.load, k.free[locale]
	l.free, l.undecided = len(mine), 0
	for _, p := range k.under {
		if slices.ContainsFunc(p.agents, func(a uuid.UUID) bool { return slices.Contains(mine, a) }) {
			l.undecided += p.calls
		}
	}
	return k.pacing.allowed(l)
}

// called counts one more call to a contact of a language.
func (k *crew) called(locale string) {
	k.under = append(k.under, party{k.free[locale], 1})
}

// open lists the languages whose contacts may be called, nil: all, and how many
// calls may begin at the most.
func (k crew) open() (locales []string, most int) {
	for locale := range k.free {
		if n := k.allowed(locale); n > 0 {
			locales, most = append(locales, locale), most+n
		}
	}
	if len(locales) == len(k.free) {
		locales = nil
	}
	return locales, most
}

// scenes are the scenarios that a flow may hand callers over for.
func (f *Flow) scenes() (names []string) {
	for _, st := range f.Steps {
		if st.Kind == KindHandover && st.Scene != "" && !slices.Contains(names, st.Scene) {
			names = append(names, st.Scene)
		}
	}
	return names
}

// crewTx reads what progressive pacing goes by. Campaigns of the bank share its
// agents: they take turns, and what the others have under way counts.
func (s *Campaigns) crewTx(ctx context.Context, tx *postgres.Tx, c *running, l load) (k crew, err error) {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('visavis.progressive:' || $1::text, 0))`, tx.BankID); err != nil {
		return k, fmt.Errorf("read agents: %w", err)
	}
	// A call that an agent has already does not need another one.
	rows, _ := tx.Query(ctx, `
		select k.flow, k.version, coalesce(u.locale, ''), count(*) from campaigns k
		join campaign_contacts c on c.bank_id = $1 and c.campaign_id = k.id and c.state = 'calling'
		join phone_calls p on p.bank_id = $1 and p.id = c.phone_call_id and not p.handed_over
		left join customers u on u.bank_id = $1 and u.id = c.customer_id
		where k.bank_id = $1 and k.ended_at is null and k.settings -> 'pacing' ->> 'mode' = 'progressive' group by 1, 2, 3`, tx.BankID)
	type group struct {
		Flow    string
		Version int
		Locale  string
		Calls   int
	}
	groups, err := pgx.CollectRows(rows, pgx.RowToStructByPos[group])
	if err != nil {
		return k, fmt.Errorf("read calls that may need an agent: %w", err)
	}
	locales := append([]string{""}, banks.Locales...)
	for _, locale := range locales {
		groups = append(groups, group{c.Flow, c.Version, locale, 0})
	}
	want, of := make([][]calls.Callers, len(groups)), []calls.Callers{}
	for i, g := range groups {
		if want[i], err = s.callersTx(ctx, tx, g.Flow, g.Version, g.Locale); err != nil {
			return k, err
		}
		for _, w := range want[i] {
			if !slices.Contains(of, w) {
				of = append(of, w)
			}
		}
	}
	free, err := s.Agents.FreeAgentsTx(ctx, tx, of)
	if err != nil {
		return k, err
	}
	k.pacing, k.load, k.free = c.Settings.Pacing, l, map[string][]uuid.UUID{}
	for i, g := range groups {
		// Which of a flow's hand-overs the caller will choose nobody knows: there
		// have to be agents for the one with the fewest.
		few := slices.MinFunc(want[i], func(a, b calls.Callers) int { return len(free[a]) - len(free[b]) })
		if g.Calls > 0 {
			var all []uuid.UUID
			for _, w := range want[i] {
				all = append(all, free[w]...)
			}
			k.under = append(k.under, party{all, g.Calls})
		} else {
			k.free[g.Locale] = free[few]
		}
	}
	return k, nil
}

// callersTx is what a flow's callers may want an agent for. A flow that hands
// nobody over, or is not in force any more, counts whoever is ready.
func (s *Campaigns) callersTx(ctx context.Context, tx *postgres.Tx, flow string, version int, locale string) (of []calls.Callers, err error) {
	f, _, _, err := s.Phone.inForceTx(ctx, tx, flow, version)
	if kind := visavis.KindOf(err); err != nil && kind != visavis.NotFound && kind != visavis.Conflict {
		return nil, err
	}
	if err == nil {
		for _, scene := range f.scenes() {
			of = append(of, calls.Callers{Scenario: scene, Locale: locale})
		}
	}
	if len(of) == 0 {
		of = []calls.Callers{{}}
	}
	return of, nil
}
