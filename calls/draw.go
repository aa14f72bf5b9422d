package calls

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// How an agent is drawn so that nobody can have chosen: when a customer enters
// the queue 32 random bytes, the seed, are drawn and sealed in the entry, and
// their SHA-256, the commitment, goes out in the event queue.entered. Each draw
// is then a function of the seed and of who could be drawn, whose SHA-256 goes
// out in the event queue.offered. The seed is opened with the call, and anyone
// can do the draw again: docs/queue.md has the recipe.

// drawSeal is the purpose of the key that seals seeds.
const drawSeal = "queue draw"

// Draw is how the agent of a call was chosen.
type Draw struct {
	EntryID    uuid.UUID `json:"entry_id"`
	Commitment string    `json:"commitment"` // SHA-256 of the seed, hexadecimal
	Seed       string    `json:"seed"`       // 32 bytes, hexadecimal
	Rounds     []Round   `json:"rounds"`     // the last one's agent took the call
}

// LaterDraw is how an agent was chosen who took a call that was going on.
type LaterDraw struct {
	Kind EntryKind // Transfer, Takeover
	Draw
}

// Round is one choice: an agent who lets an offer lapse is followed by another.
type Round struct {
	Round      int         `json:"round"` // the offer's number: 1, 2, …
	At         time.Time   `json:"at"`
	Strategy   string      `json:"strategy"` // random, weighted: drawn; else ranked, see RankedBy
	Candidates []Candidate `json:"candidates"`
	Chosen     uuid.UUID   `json:"chosen"`
}

// Candidate is an agent who could be chosen.
type Candidate struct {
	AgentID uuid.UUID `json:"agent_id"`
	Weight  int       `json:"weight"` // chance: 1 for each when random
}

// drawn says that a strategy is a draw.
func drawn(strategy string) bool {
	return strategy == identifications.StrategyRandom || strategy == identifications.StrategyWeighted
}

// sortCandidates puts them into the order of the draw: by id, as text.
func sortCandidates(all []Candidate) {
	slices.SortFunc(all, func(a, b Candidate) int { return strings.Compare(a.AgentID.String(), b.AgentID.String()) })
}

// drawMessage is what a draw is about, as bytes.
func drawMessage(entry uuid.UUID, round int, candidates []Candidate) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "visavis-draw-v1\n%s\n%d\n", entry, round)
	for _, c := range candidates {
		fmt.Fprintf(&b, "%s %d\n", c.AgentID, c.Weight)
	}
	return []byte(b.String())
}

// drawAgent chooses one of the candidates, who are sorted: HMAC-SHA-256 under
// the seed of the message and a counter, its first 8 bytes as a number, modulo
// the sum of the weights. Numbers beyond the last whole multiple of the sum are
// thrown away, else the first candidates would be drawn a little more often.
func drawAgent(seed []byte, message []byte, candidates []Candidate) uuid.UUID {
	var sum uint64
	for _, c := range candidates {
		sum += uint64(max(c.Weight, 0))
	}
	if sum == 0 {
		return uuid.Nil
	}
	last := math.MaxUint64 - (math.MaxUint64%sum+1)%sum
	for counter := 0; ; counter++ {
		mac := hmac.New(sha256.New, seed)
		mac.Write(message)
		mac.Write([]byte(strconv.Itoa(counter)))
		n := binary.BigEndian.Uint64(mac.Sum(nil))
		if n > last {
			continue
		}
		n %= sum
		for _, c := range candidates {
			if n < uint64(max(c.Weight, 0)) {
				return c.AgentID
			}
			n -= uint64(max(c.Weight, 0))
		}
	}
}

// Errors of VerifyDraw.
var (
	ErrCommitment = errors.New("calls: the seed is not the one that was committed to")
	ErrNotDrawn   = errors.New("calls: somebody else was to be drawn")
)

// VerifyDraw does all draws again. It returns ErrCommitment when the seed does
// not belong to the commitment, ErrNotDrawn when a round chose somebody else
// than the draw, and an error for a draw that is none. The caller compares
// Commitment with the event queue.entered, and each round's candidates, see
// CandidatesSHA256, with queue.offered. A ranked round (longest_idle,
// least_occupied, transfer) only has to choose a candidate.
func VerifyDraw(d Draw) error {
	seed, err := hex.DecodeString(d.Seed)
	if err != nil || len(seed) != sha256.Size {
		return fmt.Errorf("calls: the seed must be 32 bytes in hexadecimal")
	}
	sum := sha256.Sum256(seed)
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(d.Commitment))) != 1 {
		return ErrCommitment
	}
	for i, r := range d.Rounds {
		if i > 0 && r.Round <= d.Rounds[i-1].Round {
			return fmt.Errorf("calls: round %d follows round %d", r.Round, d.Rounds[i-1].Round)
		}
		all := slices.Clone(r.Candidates)
		sortCandidates(all)
		for j, c := range all {
			if c.Weight < 1 || j > 0 && c.AgentID == all[j-1].AgentID {
				return fmt.Errorf("calls: round %d: a candidate is named twice or has no weight", r.Round)
			}
		}
		if !drawn(r.Strategy) {
			if !slices.ContainsFunc(all, func(c Candidate) bool { return c.AgentID == r.Chosen }) {
				return fmt.Errorf("round %d: %w", r.Round, ErrNotDrawn)
			}
			continue
		}
		if drawAgent(seed, drawMessage(d.EntryID, r.Round, all), all) != r.Chosen || r.Chosen == uuid.Nil {
			return fmt.Errorf("round %d: %w", r.Round, ErrNotDrawn)
		}
	}
	return nil
}

// CandidatesSHA256 is the candidates_sha256 of the event queue.offered, in
// hexadecimal: of the very bytes that the draw is about.
func CandidatesSHA256(entry uuid.UUID, r Round) string {
	all := slices.Clone(r.Candidates)
	sortCandidates(all)
	sum := sha256.Sum256(drawMessage(entry, r.Round, all))
	return hex.EncodeToString(sum[:])
}

// newSeed draws a seed for an entry and returns it sealed, with its commitment.
func (s *Service) newSeed(entry uuid.UUID) (sealed, commitment []byte) {
	seed := make([]byte, sha256.Size)
	_, _ = rand.Read(seed) // crypto/rand does not fail
	sum := sha256.Sum256(seed)
	return s.Keyring.Seal(drawSeal, entry[:], seed), sum[:]
}

// drawTx returns how an entry's agents were chosen, with its seed opened.
func (s *Service) drawTx(ctx context.Context, tx *postgres.Tx, entry uuid.UUID) (d Draw, err error) {
	var sealed, commitment []byte
	d.EntryID = entry
	if err := tx.QueryRow(ctx, `select seed, commitment, draws from queue_entries where bank_id = $1 and id = $2`,
		tx.BankID, entry).Scan(&sealed, &commitment, &d.Rounds); err != nil {
		return d, err
	}
	if sealed == nil { // entered before there were draws
		return d, nil
	}
	seed, err := s.Keyring.Open(drawSeal, entry[:], sealed)
	if err != nil {
		return d, err
	}
	d.Seed, d.Commitment = hex.EncodeToString(seed), hex.EncodeToString(commitment)
	return d, nil
}

// keepDrawTx writes how the agent was chosen down with the call.
func (s *Service) keepDrawTx(ctx context.Context, tx *postgres.Tx, callID, entry uuid.UUID) error {
	d, err := s.drawTx(ctx, tx, entry)
	if err != nil || d.Seed == "" {
		return err
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update calls set draw = $3 where bank_id = $1 and id = $2`, tx.BankID, callID, raw)
	return err
}

// CallDraw returns how the agent who first took a call was chosen, and then those
// who took it by a transfer or because its agent was gone, in order; of what waits
// yet the seed stays sealed. NotFound "no_draw" for a call of before there were
// draws.
func (s *Service) CallDraw(ctx context.Context, bankID, callID uuid.UUID) (d Draw, later []LaterDraw, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		var kept *Draw
		if err := tx.QueryRow(ctx, `select draw from calls where bank_id = $1 and id = $2`, tx.BankID, callID).Scan(&kept); err != nil {
			return err
		}
		if kept == nil {
			return visavis.Errorf(visavis.NotFound, "no_draw", "nothing is known of how this call's agent was chosen")
		}
		d = *kept
		later, err = s.laterDrawsTx(ctx, tx, callID)
		return err
	})
	return d, later, err
}

func (s *Service) laterDrawsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) ([]LaterDraw, error) {
	rows, _ := tx.Query(ctx, `select id, kind from queue_entries
		where bank_id = $1 and call_id = $2 and kind <> 'serve' and state = 'served' and seed is not null order by id`, tx.BankID, callID)
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		ID   uuid.UUID
		Kind EntryKind
	}])
	if err != nil {
		return nil, err
	}
	later := make([]LaterDraw, len(entries))
	for i, e := range entries {
		later[i].Kind = e.Kind
		if later[i].Draw, err = s.drawTx(ctx, tx, e.ID); err != nil {
			return nil, err
		}
	}
	return later, nil
}
