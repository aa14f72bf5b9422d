package channels

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/voice"
	"github.com/visavis/visavis/postgres"
)

// Clip is a recording that calls are spoken from.
type Clip struct {
	Locale, Key string
	Text        string // what the bundled one says, where it is a phrase
	Own         bool   // the bank's, in place of the bundled one
	ChangedAt   *time.Time
	WAV         []byte // only by GetClip
}

// ListClips lists the recordings of a language, or of all when it is empty.
func (s *Service) ListClips(ctx context.Context, bankID uuid.UUID, locale string) ([]Clip, error) {
	own := map[string]time.Time{}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select locale || '/' || key, created_at from voice_clips where bank_id = $1`, bankID)
		if err != nil {
			return err
		}
		var name string
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&name, &at}, func() error { own[name] = at; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	clips := []Clip{}
	for _, b := range voice.Clips() {
		if locale != "" && b.Locale != locale {
			continue
		}
		c := Clip{Locale: b.Locale, Key: b.Key, Text: b.Text}
		if at, ok := own[b.Locale+"/"+b.Key]; ok {
			c.Own, c.ChangedAt = true, &at
		}
		clips = append(clips, c)
		delete(own, b.Locale+"/"+b.Key)
	}
	for name, at := range own { // of its own flows
		of, key, _ := strings.Cut(name, "/")
		if ownKey.MatchString(key) && (locale == "" || of == locale) {
			clips = append(clips, Clip{Locale: of, Key: key, Own: true, ChangedAt: &at})
		}
	}
	slices.SortFunc(clips, func(a, b Clip) int { return cmp.Or(strings.Compare(a.Locale, b.Locale), strings.Compare(a.Key, b.Key)) })
	return clips, nil
}

// GetClip returns one recording as calls play it. NotFound: there is none of
// that key in that language.
func (s *Service) GetClip(ctx context.Context, bankID uuid.UUID, locale, key string) (Clip, error) {
	if err := knownClip(locale, key); err != nil {
		return Clip{}, err
	}
	c := Clip{Locale: locale, Key: key}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var samples []byte
		var at time.Time
		err := tx.QueryRow(ctx, `select samples, created_at from voice_clips where bank_id = $1 and locale = $2 and key = $3`,
			bankID, locale, key).Scan(&samples, &at)
		if err == pgx.ErrNoRows {
			if c.WAV, err = voice.Bundled(locale, key); err != nil { // an own one that was not given
				return visavis.Errorf(visavis.NotFound, "clip_not_found", "the bank has no recording %q in %q", key, locale)
			}
			return nil
		}
		c.Own, c.ChangedAt, c.WAV = true, &at, voice.WAV(samples)
		return err
	})
	if err != nil {
		return Clip{}, fmt.Errorf("read recording: %w", err)
	}
	for _, b := range voice.Clips() {
		if b.Locale == locale && b.Key == key {
			c.Text = b.Text
		}
	}
	return c, nil
}

// SetClip puts a bank's own recording (see voice.Upload) in place of the bundled
// one, from the next call on. It refuses (Invalid) what is not such a recording,
// and (NotFound) a key that no call would say.
func (s *Service) SetClip(ctx context.Context, bankID uuid.UUID, locale, key string, wav []byte) (Clip, error) {
	if err := knownClip(locale, key); err != nil {
		return Clip{}, err
	}
	samples, err := voice.Upload(wav)
	if err != nil {
		return Clip{}, visavis.InvalidField("wav", "%s", err)
	}
	by := orNil(visavis.ActorFrom(ctx).ID)
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into voice_clips (bank_id, locale, key, samples, created_by, created_at) values ($1, $2, $3, $4, $5, $6)
			on conflict (bank_id, locale, key) do update set samples = $4, created_by = $5, created_at = $6`,
			bankID, locale, key, samples, by, s.now())
		return err
	})
	if err != nil {
		return Clip{}, fmt.Errorf("keep recording: %w", err)
	}
	return s.GetClip(ctx, bankID, locale, key)
}

// DropClip goes back to the bundled recording. Without an own one it does
// nothing.
func (s *Service) DropClip(ctx context.Context, bankID uuid.UUID, locale, key string) error {
	if err := knownClip(locale, key); err != nil {
		return err
	}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `delete from voice_clips where bank_id = $1 and locale = $2 and key = $3`, bankID, locale, key)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop recording: %w", err)
	}
	return nil
}

// ownKey is of recordings that a bank adds for its own flows.
var ownKey = regexp.MustCompile(`^own_[a-z0-9_]{1,56}$`)

func knownClip(locale, key string) error {
	if !voice.Known(locale, key) && !ownKey.MatchString(key) {
		return visavis.Errorf(visavis.NotFound, "clip_not_found", "calls in %q say nothing by the name of %q", locale, key)
	}
	return nil
}

// OwnClips are a bank's own recordings of a language, mu-law samples by key.
func (s *Service) OwnClips(ctx context.Context, bankID uuid.UUID, locale string) (own map[string][]byte, err error) {
	own = map[string][]byte{}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select key, samples from voice_clips where bank_id = $1 and locale = $2`, bankID, locale)
		if err != nil {
			return err
		}
		var key string
		var samples []byte
		_, err = pgx.ForEachRow(rows, []any{&key, &samples}, func() error { own[key] = samples; samples = nil; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read recordings: %w", err)
	}
	return own, nil
}
