package calls

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Kinds of what is written in a call.
const (
	SaidChat    = "chat"    // a line of the conversation
	SaidCaption = "caption" // what is being said aloud, typed for who cannot hear it
	SaidFile    = "file"    // a file was handed over
)

// Said is one line written in a call.
type Said struct {
	ID     uuid.UUID
	Role   string // who wrote it: RoleAgent, RoleCustomer
	Kind   string
	Body   string     // at most 2,000 characters; of a file its name
	FileID *uuid.UUID // SaidFile
	Offset time.Duration
	At     time.Time
}

const (
	maxSaid     = 2000 // characters a line
	saidPerHalf = 30   // lines a side may write in 30 seconds
	linesAtOnce = 500  // lines in one answer of Lines
)

// Say writes a line into a call that goes on, as the actor in ctx: its agent or
// its customer. The other side's page gets it over the signalling, on whatever
// node that is. It refuses an empty or too long line (Invalid) and more than 30
// lines in half a minute (TooMany).
func (s *Service) Say(ctx context.Context, bankID, callID uuid.UUID, kind, body string) (Said, error) {
	if kind != SaidChat && kind != SaidCaption {
		return Said{}, visavis.InvalidField("kind", "must be chat or caption")
	}
	body = strings.TrimSpace(strings.Map(legible, body))
	if body == "" {
		return Said{}, visavis.InvalidField("body", "is empty")
	}
	if len([]rune(body)) > maxSaid {
		return Said{}, visavis.InvalidField("body", "is longer than %d characters", maxSaid)
	}
	var line Said
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := activeOwnTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		line, err = s.sayTx(ctx, tx, c, Said{Kind: kind, Body: body})
		return err
	})
	return line, err
}

// sayTx appends a line by the actor in ctx to a call that is locked.
func (s *Service) sayTx(ctx context.Context, tx *postgres.Tx, c Call, line Said) (Said, error) {
	actor, now := visavis.ActorFrom(ctx), s.Now()
	line.Role = RoleCustomer
	if actor.Kind == visavis.ActorAgent {
		line.Role = RoleAgent
	}
	var lately int
	if err := tx.QueryRow(ctx, `select count(*) from call_messages where bank_id = $1 and call_id = $2 and role = $3 and at > $4`,
		tx.BankID, c.ID, line.Role, now.Add(-30*time.Second)).Scan(&lately); err != nil {
		return Said{}, err
	}
	if lately >= saidPerHalf {
		return Said{}, &visavis.Error{Kind: visavis.TooMany, Code: "too_many_lines", RetryAfter: 30 * time.Second,
			Message: "that is a lot to read: wait half a minute"}
	}
	line.ID, line.At = uuid.Must(uuid.NewV7()), now
	if c.AnsweredAt != nil {
		line.Offset = now.Sub(*c.AnsweredAt)
	}
	_, err := tx.Exec(ctx, `insert into call_messages (bank_id, id, call_id, role, actor_id, kind, body, file_id, offset_ms, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.BankID, line.ID, c.ID, line.Role, actor.ID, line.Kind, line.Body, line.FileID, line.Offset.Milliseconds(), now)
	if err != nil {
		return Said{}, fmt.Errorf("write into call %s: %w", c.ID, err)
	}
	tx.Wake(topic(c.ID))
	return line, nil
}

// Lines returns what was written in a call after the line after (uuid.Nil: from
// the beginning), oldest first, at most 500.
func (s *Service) Lines(ctx context.Context, bankID, callID, after uuid.UUID) ([]Said, error) {
	var lines []Said
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select id, role, kind, body, file_id, offset_ms, at from call_messages
			where bank_id = $1 and call_id = $2 and id > $3 order by id limit $4`, tx.BankID, callID, after, linesAtOnce)
		var err error
		lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Said, err error) {
			var ms int64
			err = row.Scan(&l.ID, &l.Role, &l.Kind, &l.Body, &l.FileID, &ms, &l.At)
			l.Offset = time.Duration(ms) * time.Millisecond
			return l, err
		})
		return err
	})
	return lines, err
}

// legible takes out what is not seen but changes what is: control characters
// (line breaks stay) and those that turn the direction of text.
func legible(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return ' '
	case unicode.IsControl(r), r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == unicode.ReplacementChar:
		return -1
	}
	return r
}
