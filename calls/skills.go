package calls

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// Skill is what an agent is able to do, such as sign_language or mortgages.
type Skill struct {
	Skill string
	Level int // 1 (can) to 10 (nobody better)
}

var skillShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// maxSkills bounds the skills of one agent.
const maxSkills = 100

// Skills returns an agent's skills by name. NotFound when there is no such
// agent.
func (s *Service) Skills(ctx context.Context, bankID, agentID uuid.UUID) (all []Skill, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := presenceTx(ctx, tx, agentID); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select skill, level from agent_skills where bank_id = $1 and agent_id = $2 order by skill`, tx.BankID, agentID)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Skill])
		return err
	})
	return all, err
}

// SetSkills replaces an agent's skills; who waits for one of them is offered at
// once.
func (s *Service) SetSkills(ctx context.Context, bankID, agentID uuid.UUID, skills []Skill) error {
	if len(skills) > maxSkills {
		return visavis.InvalidField("skills", "at most %d", maxSkills)
	}
	var names []string
	for _, k := range skills {
		if !skillShape.MatchString(k.Skill) || slices.Contains(names, k.Skill) {
			return visavis.InvalidField("skills", "each is lower case letters, digits and _, and is named once")
		}
		if k.Level < 1 || k.Level > 10 {
			return visavis.InvalidField("skills", "a level is 1 to 10")
		}
		names = append(names, k.Skill)
	}
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if _, err := presenceTx(ctx, tx, agentID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from agent_skills where bank_id = $1 and agent_id = $2`, tx.BankID, agentID); err != nil {
			return err
		}
		if err := SeedSkillsTx(ctx, tx, agentID, skills); err != nil {
			return err
		}
		if _, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: "agent.skills_changed", Object: "agent", ID: agentID, Data: map[string]any{"skills": names}}); err != nil {
			return err
		}
		return s.routeTx(ctx, tx)
	})
}

// SeedSkillsTx gives skills to an agent who has none and cannot be ready yet: the
// demo's, before there is a service.
func SeedSkillsTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, skills []Skill) error {
	for _, k := range skills {
		if _, err := tx.Exec(ctx, `insert into agent_skills (bank_id, agent_id, skill, level) values ($1, $2, $3, $4)`,
			tx.BankID, agentID, k.Skill, k.Level); err != nil {
			return err
		}
	}
	return nil
}

// rules are how one entry is routed: the scenario's settings as they were when
// its case began.
type rules struct {
	identifications.QueueSettings
	Agents []uuid.UUID `json:"agents,omitempty"`
}

func rulesOf(s identifications.Settings) rules {
	return rules{QueueSettings: s.WithDefaults().Queue, Agents: s.Agents}
}

// relaxes returns the times of waiting after which something changes for the
// entry, in seconds, ascending, each once.
func (e Entry) relaxes(r rules) (all []int) {
	if e.WantedAgent != nil {
		all = append(all, r.NamedAgentSeconds)
	}
	for _, k := range r.Skills {
		all = append(all, k.RelaxAfterSeconds)
	}
	if r.Language.Mode != identifications.LanguageIgnored {
		all = append(all, r.Language.RelaxAfterSeconds)
	}
	all = append(all, r.Overflow.AfterSeconds)
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(n int) bool { return n == 0 })
}

// worker is an agent at work: ready, or busy and sure to become ready.
type worker struct {
	AgentID   uuid.UUID
	State     PresenceState
	Since     time.Time
	Languages []string
	Skills    map[string]int
	Telephone bool // it is known where to ring them
}

func (w worker) speaks(locale string) bool {
	return locale == "" || len(w.Languages) == 0 || slices.Contains(w.Languages, locale)
}

// fit returns those at work who may serve the entry by now, ready or not. It
// never shrinks as time goes by: whoever may serve a customer may do so until
// the end, and those join for whom a demand was relaxed.
func (e Entry) fit(r rules, all []worker, now time.Time) []worker {
	waited := int(now.Sub(e.EnteredAt) / time.Second)
	may := map[uuid.UUID]bool{}
	for _, w := range e.fitAfter(r, all, 0) {
		may[w.AgentID] = true
	}
	for _, at := range e.relaxes(r) {
		if at > waited {
			break
		}
		for _, w := range e.fitAfter(r, all, at) {
			may[w.AgentID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(w worker) bool { return !may[w.AgentID] })
}

// fitAfter is who may serve the entry once the customer has waited for so many
// seconds. A preference that nobody at work meets is none: nobody waits for it.
// Whoever is on the telephone is never for an agent who has none.
func (e Entry) fitAfter(r rules, all []worker, waited int) []worker {
	all = slices.DeleteFunc(slices.Clone(all), func(w worker) bool {
		return e.FromAgent != nil && w.AgentID == *e.FromAgent || e.PhoneCallID != nil && !w.Telephone
	})
	keep := func(ok func(worker) bool) []worker {
		return slices.DeleteFunc(slices.Clone(all), func(w worker) bool { return !ok(w) })
	}
	if e.ToAgent != nil {
		return keep(func(w worker) bool { return w.AgentID == *e.ToAgent })
	}
	if e.ToSkill != "" {
		return keep(func(w worker) bool { return w.Skills[e.ToSkill] > 0 })
	}
	if e.WantedAgent != nil && waited < r.NamedAgentSeconds && !slices.Contains(e.PassedOver, *e.WantedAgent) {
		if wanted := keep(func(w worker) bool { return w.AgentID == *e.WantedAgent }); len(wanted) > 0 {
			return wanted // who is not at work is not waited for
		}
	}
	over := r.Overflow.To == identifications.OverflowEveryone && r.Overflow.AfterSeconds > 0 && waited >= r.Overflow.AfterSeconds
	if over {
		return all
	}
	asked := func(relax int) bool { return relax == 0 || waited < relax }
	if len(r.Agents) > 0 {
		all = keep(func(w worker) bool { return slices.Contains(r.Agents, w.AgentID) })
	}
	for _, k := range r.Skills {
		if k.Required && asked(k.RelaxAfterSeconds) {
			all = keep(func(w worker) bool { return w.Skills[k.Skill] >= k.Level })
		}
	}
	language := func(w worker) bool { return w.speaks(e.Locale) }
	if r.Language.Mode == identifications.LanguageRequired && asked(r.Language.RelaxAfterSeconds) {
		all = keep(language)
	}
	prefer := func(ok func(worker) bool) {
		if better := keep(ok); len(better) > 0 {
			all = better
		}
	}
	if r.Language.Mode == identifications.LanguagePreferred && asked(r.Language.RelaxAfterSeconds) {
		prefer(language)
	}
	for _, k := range r.Skills {
		if !k.Required && asked(k.RelaxAfterSeconds) {
			prefer(func(w worker) bool { return w.Skills[k.Skill] >= k.Level })
		}
	}
	return all
}

// weight is an agent's chance in a weighted draw.
func (r rules) weight(w worker) (n int) {
	for _, k := range r.Skills {
		n += w.Skills[k.Skill]
	}
	return max(n, 1)
}

// workersTx returns who is at work, the longest in their state first.
func (s *Service) workersTx(ctx context.Context, tx *postgres.Tx) ([]worker, error) {
	rows, _ := tx.Query(ctx, `
		select p.agent_id, p.state, p.since, a.languages,
		  coalesce((select jsonb_object_agg(k.skill, k.level) from agent_skills k where k.bank_id = p.bank_id and k.agent_id = p.agent_id), '{}'), a.telephone <> ''
		from agent_presence p join agents a on a.bank_id = p.bank_id and a.id = p.agent_id
		where p.bank_id = $1 and p.state in ('ready', 'offered', 'in_call', 'wrap_up') and p.seen_at > $2
		  and a.enabled and a.role in ('agent', 'supervisor')
		order by p.since, p.agent_id`, tx.BankID, s.Now().Add(-awayAfter))
	return pgx.CollectRows(rows, pgx.RowToStructByPos[worker])
}

// rulesTx returns how an entry is routed.
func (s *Service) rulesTx(ctx context.Context, tx *postgres.Tx, e Entry) (rules, error) {
	if e.Rules != nil {
		return *e.Rules, nil
	}
	idn, err := s.Identifications.GetTx(ctx, tx, e.IdentificationID)
	if errors.Is(err, pgx.ErrNoRows) || err != nil {
		return rules{}, err
	}
	return rulesOf(idn.Scenario.Settings), nil
}
