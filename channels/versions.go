package channels

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// DraftText writes a bank's own wording, one text in several lengths, longest
// first. A draft is changed in place; what was submitted or approved stays as it
// is and is archived, and a new version begins. Nothing is in force by it. It
// refuses (Invalid) what could not be kept; the linter has its say when the
// draft is submitted.
func (s *Service) DraftText(ctx context.Context, bankID uuid.UUID, key, locale string, words []string) (TextDetail, error) {
	if err := knownText(key, locale); err != nil {
		return TextDetail{}, err
	}
	words, err := keepable(words)
	if err != nil {
		return TextDetail{}, err
	}
	return s.changeText(ctx, bankID, key, locale, func(ctx context.Context, tx *postgres.Tx, now changeClock) error {
		var open Version
		err := tx.QueryRow(ctx, `
			select id, version, state from texts
			where bank_id = $1 and key = $2 and locale = $3 and state in ('draft', 'submitted', 'approved')`,
			bankID, key, locale).Scan(&open.ID, &open.Version, &open.State)
		switch {
		case err != nil && !errors.Is(err, pgx.ErrNoRows):
			return err
		case open.State == Draft:
			_, err := tx.Exec(ctx, `
				update texts set variants = $3, updated_at = $4,
					authors = case when $5::uuid is null or $5 = any(authors) then authors else authors || $5 end
				where bank_id = $1 and id = $2`, bankID, open.ID, words, now.at, now.actor)
			return err
		case open.State != "":
			if err := s.setStateTx(ctx, tx, now, open.ID, open.Version, key, locale, Archived, "archived", ""); err != nil {
				return err
			}
		}
		authors := []uuid.UUID{}
		if now.actor != nil {
			authors = append(authors, *now.actor)
		}
		var version int
		err = tx.QueryRow(ctx, `
			insert into texts (bank_id, key, locale, version, variants, state, authors, created_by, created_at, updated_at)
			select $1, $2, $3, coalesce(max(version), 0) + 1, $4, 'draft', $5, $6, $7, $7
			from texts where bank_id = $1 and key = $2 and locale = $3
			returning version`, bankID, key, locale, words, authors, now.actor, now.at).Scan(&version)
		if err != nil {
			return err
		}
		return recordChangeTx(ctx, tx, now, key, locale, version, "drafted", "")
	})
}

func keepable(words []string) ([]string, error) {
	if len(words) == 0 || len(words) > maxVariants {
		return nil, visavis.InvalidField("variants", "one to %d, longest first", maxVariants)
	}
	kept := make([]string, len(words))
	for i, text := range words {
		field := fmt.Sprintf("variants.%d", i)
		kept[i] = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		switch {
		case kept[i] == "":
			return nil, visavis.InvalidField(field, "is empty")
		case len([]rune(kept[i])) > maxTextRunes:
			return nil, visavis.InvalidField(field, "must have at most %d characters", maxTextRunes)
		case strings.ContainsFunc(kept[i], func(r rune) bool { return r != '\n' && (r < 0x20 || r == 0x7f) }):
			return nil, visavis.InvalidField(field, "has control characters")
		}
	}
	return kept, nil
}

// SubmitText hands a draft to another administrator. It refuses (Invalid,
// text_lint) what the linter finds wrong, and (Conflict,
// second_administrator_needed) when nobody is there who could approve it.
func (s *Service) SubmitText(ctx context.Context, bankID uuid.UUID, key, locale string, version int) (TextDetail, error) {
	return s.step(ctx, bankID, key, locale, version, Draft, Submitted, "submitted", "", func(ctx context.Context, tx *postgres.Tx, now changeClock, v Version) error {
		if err := s.mustPassTx(ctx, tx, key, locale, v.Variants); err != nil {
			return err
		}
		authors := v.Authors
		if now.actor != nil && !slices.Contains(authors, *now.actor) {
			authors = append(authors, *now.actor)
			if _, err := tx.Exec(ctx, `update texts set authors = $3 where bank_id = $1 and id = $2`, bankID, v.ID, authors); err != nil {
				return err
			}
		}
		people, err := peopleTx(ctx, tx, authors)
		if err != nil {
			return err
		}
		return secondTx(ctx, tx, people)
	})
}

// ApproveText is the second pair of eyes: an administrator who neither wrote
// nor submitted the version, nor issued the API key that did. It refuses
// (Forbidden, four_eyes) an author, and (Conflict, second_administrator_needed)
// when no other administrator exists at all.
func (s *Service) ApproveText(ctx context.Context, bankID uuid.UUID, key, locale string, version int, note string) (TextDetail, error) {
	return s.step(ctx, bankID, key, locale, version, Submitted, Approved, "approved", note, s.mustBeAnotherTx)
}

// RejectText ends a submitted or approved version with a reason. Anyone who may
// administer texts may, its author too.
func (s *Service) RejectText(ctx context.Context, bankID uuid.UUID, key, locale string, version int, note string) (TextDetail, error) {
	return s.step(ctx, bankID, key, locale, version, Submitted, Rejected, "rejected", note, nil)
}

// PublishText puts an approved version in force and archives the one that was.
// The linter is asked again: the settings may have changed since.
func (s *Service) PublishText(ctx context.Context, bankID uuid.UUID, key, locale string, version int) (TextDetail, error) {
	return s.step(ctx, bankID, key, locale, version, Approved, Published, "published", "", func(ctx context.Context, tx *postgres.Tx, now changeClock, v Version) error {
		if err := s.mustPassTx(ctx, tx, key, locale, v.Variants); err != nil {
			return err
		}
		return s.archiveInForceTx(ctx, tx, now, key, locale)
	})
}

// DiscardText archives an open version: a draft, or what waits.
func (s *Service) DiscardText(ctx context.Context, bankID uuid.UUID, key, locale string, version int) (TextDetail, error) {
	return s.step(ctx, bankID, key, locale, version, "", Archived, "archived", "", nil)
}

// RevertText puts back in force, at once, the embedded text (version 0) or a
// version that was in force before: both were looked at by two people then.
func (s *Service) RevertText(ctx context.Context, bankID uuid.UUID, key, locale string, version int) (TextDetail, error) {
	if err := knownText(key, locale); err != nil {
		return TextDetail{}, err
	}
	return s.changeText(ctx, bankID, key, locale, func(ctx context.Context, tx *postgres.Tx, now changeClock) error {
		v, err := versionTx(ctx, tx, key, locale, version)
		if version != 0 {
			if err != nil {
				return err
			}
			was := false
			err := tx.QueryRow(ctx, `
				select exists(select 1 from text_changes where bank_id = $1 and key = $2 and locale = $3 and version = $4
					and action in ('published', 'reverted'))`, bankID, key, locale, version).Scan(&was)
			if err != nil {
				return err
			}
			if v.State != Archived || !was {
				return visavis.Errorf(visavis.Conflict, "text_never_published", "only a version that was in force before can be put back")
			}
			if err := s.mustPassTx(ctx, tx, key, locale, v.Variants); err != nil {
				return err
			}
		}
		if err := s.archiveInForceTx(ctx, tx, now, key, locale); err != nil {
			return err
		}
		if version == 0 {
			return recordChangeTx(ctx, tx, now, key, locale, 0, "reverted", "")
		}
		return s.setStateTx(ctx, tx, now, v.ID, version, key, locale, Published, "reverted", "")
	})
}

// changeClock is when a change is made and by whom.
type changeClock struct {
	at    time.Time
	actor *uuid.UUID // nil: the gateway itself
	kind  visavis.ActorKind
}

// changeText makes one change to a text at a time, and answers with how it
// stands after.
func (s *Service) changeText(ctx context.Context, bankID uuid.UUID, key, locale string,
	change func(ctx context.Context, tx *postgres.Tx, now changeClock) error) (d TextDetail, err error) {
	now := changeClock{at: s.now(), kind: visavis.ActorSystem}
	if actor := visavis.ActorFrom(ctx); actor.Kind != "" {
		now.kind, now.actor = actor.Kind, orNil(actor.ID)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('texts' || $1::text || $2 || $3, 0))`, bankID, key, locale); err != nil {
			return err
		}
		if err := change(ctx, tx, now); err != nil {
			return err
		}
		tx.Wake(TopicTexts)
		d, err = s.textTx(ctx, tx, key, locale)
		return err
	})
	if err != nil {
		return TextDetail{}, fmt.Errorf("change text: %w", err)
	}
	return d, nil
}

// step takes a version from one state to another; from "" is any open one.
func (s *Service) step(ctx context.Context, bankID uuid.UUID, key, locale string, version int, from, to TextState, action, note string,
	check func(ctx context.Context, tx *postgres.Tx, now changeClock, v Version) error) (TextDetail, error) {
	if err := knownText(key, locale); err != nil {
		return TextDetail{}, err
	}
	note = strings.TrimSpace(clean(note))
	if len([]rune(note)) > maxTextRunes {
		return TextDetail{}, visavis.InvalidField("note", "must have at most %d characters", maxTextRunes)
	}
	return s.changeText(ctx, bankID, key, locale, func(ctx context.Context, tx *postgres.Tx, now changeClock) error {
		v, err := versionTx(ctx, tx, key, locale, version)
		if err != nil {
			return err
		}
		ok := v.State == from || to == Rejected && v.State == Approved
		if from == "" {
			ok = slices.Contains([]TextState{Draft, Submitted, Approved}, v.State)
		}
		if !ok {
			return visavis.Errorf(visavis.Conflict, "text_state", "version %d is %s", version, v.State)
		}
		if check != nil {
			if err := check(ctx, tx, now, v); err != nil {
				return err
			}
		}
		return s.setStateTx(ctx, tx, now, v.ID, version, key, locale, to, action, note)
	})
}

func versionTx(ctx context.Context, tx *postgres.Tx, key, locale string, version int) (v Version, err error) {
	err = tx.QueryRow(ctx, `
		select id, version, state, variants, authors, created_at, updated_at from texts
		where bank_id = $1 and key = $2 and locale = $3 and version = $4`, tx.BankID, key, locale, version).
		Scan(&v.ID, &v.Version, &v.State, &v.Variants, &v.Authors, &v.CreatedAt, &v.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, visavis.Errorf(visavis.NotFound, "text_version_not_found", "this text has no version %d", version)
	}
	return v, err
}

func (s *Service) archiveInForceTx(ctx context.Context, tx *postgres.Tx, now changeClock, key, locale string) error {
	var id uuid.UUID
	var version int
	err := tx.QueryRow(ctx, `select id, version from texts where bank_id = $1 and key = $2 and locale = $3 and state = 'published'`,
		tx.BankID, key, locale).Scan(&id, &version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.setStateTx(ctx, tx, now, id, version, key, locale, Archived, "archived", "")
}

// setStateTx moves a version on, and tells the history and, of what others wait
// for, the events.
func (s *Service) setStateTx(ctx context.Context, tx *postgres.Tx, now changeClock, id uuid.UUID, version int, key, locale string, to TextState, action, note string) error {
	if _, err := tx.Exec(ctx, `update texts set state = $3, updated_at = $4 where bank_id = $1 and id = $2`, tx.BankID, id, string(to), now.at); err != nil {
		return err
	}
	if err := recordChangeTx(ctx, tx, now, key, locale, version, action, note); err != nil {
		return err
	}
	if to == Archived {
		return nil
	}
	_, err := events.AppendTx(ctx, tx, now.at, events.New{Type: "text." + string(to), Object: "text", ID: id, Data: map[string]any{
		"key": key, "locale": locale, "version": version,
	}})
	return err
}

func recordChangeTx(ctx context.Context, tx *postgres.Tx, now changeClock, key, locale string, version int, action, note string) error {
	_, err := tx.Exec(ctx, `
		insert into text_changes (bank_id, id, key, locale, version, action, actor_kind, actor_id, note, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.BankID, uuid.Must(uuid.NewV7()), key, locale, version, action, string(now.kind), now.actor, note, now.at)
	return err
}

// mustBeAnotherTx holds the four eyes.
func (s *Service) mustBeAnotherTx(ctx context.Context, tx *postgres.Tx, now changeClock, v Version) error {
	people, err := peopleTx(ctx, tx, v.Authors)
	if err != nil {
		return err
	}
	if now.kind == visavis.ActorAgent && now.actor != nil && !slices.Contains(people, *now.actor) {
		return nil
	}
	if err := secondTx(ctx, tx, people); err != nil {
		return err
	}
	return visavis.Errorf(visavis.Forbidden, "four_eyes", "a text is approved by another administrator than those who wrote or submitted it")
}

// peopleTx adds to the authors who issued those that are API keys, and so on
// when a key issued a key: nobody can approve what their own program wrote.
func peopleTx(ctx context.Context, tx *postgres.Tx, authors []uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `
		with recursive people as (
			select unnest($2::uuid[]) as id
			union
			select e.actor_id from people p
			join events e on e.bank_id = $1 and e.object_id = p.id and e.type = 'api_key.created' and e.actor_id is not null
		)
		select id from people`, tx.BankID, authors)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// secondTx refuses when no administrator is left to approve.
func secondTx(ctx context.Context, tx *postgres.Tx, people []uuid.UUID) error {
	var others int
	err := tx.QueryRow(ctx, `select count(*) from agents where bank_id = $1 and role = 'administrator' and enabled and not id = any($2)`,
		tx.BankID, people).Scan(&others)
	if err != nil {
		return err
	}
	if others == 0 {
		return visavis.Errorf(visavis.Conflict, "second_administrator_needed",
			"a text is approved by another administrator than its author, and this bank has none: invite a second administrator")
	}
	return nil
}
