package calls

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// CodeStep is the kind of the step that only a right code passes.
const CodeStep = "code"

// Bounds on waiting for a still: one that the agent asks for, and one that only
// goes along with a code.
const (
	stillTimeout     = 3 * time.Second
	codeStillTimeout = time.Second
)

// Step is one line of the script of a call.
type Step struct {
	Position    int    // 1, 2, … in the shuffled order
	Kind        string // document_front, face_left, …, code
	Required    bool
	State       string // pending, passed, failed, skipped
	Attempts    int
	OffsetMS    *int64 // in the recording, of the last attempt
	Still       string // file name in the call's folder
	StillSHA256 []byte
	DoneAt      *time.Time
	BeganMS     *int64              // in the recording, of the last attempt
	Quality     *media.StillQuality // of the still
}

const stepColumns = `position, kind, required, state, attempts, offset_ms, still, still_sha256, done_at, began_ms, still_quality`

// insertStepsTx writes the script of a call. Neighbours of one group change places
// among themselves at random, so that no two calls ask alike (RBI 18(2)(iii)).
func insertStepsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, script []identifications.ScriptStep) error {
	for i, step := range identifications.Shuffled(script) {
		if _, err := tx.Exec(ctx, `insert into call_steps (bank_id, call_id, position, kind, required) values ($1, $2, $3, $4, $5)`,
			tx.BankID, callID, i+1, step.Kind, step.Required); err != nil {
			return err
		}
	}
	return nil
}

// Steps returns the script of a call in its order.
func (s *Service) Steps(ctx context.Context, bankID, callID uuid.UUID) (steps []Step, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		steps, err = stepsTx(ctx, tx, callID)
		return err
	})
	return steps, err
}

func stepsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) ([]Step, error) {
	rows, _ := tx.Query(ctx, `select `+stepColumns+` from call_steps where bank_id = $1 and call_id = $2 order by position`, tx.BankID, callID)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Step])
}

// OpenStep says which step the agent is at; the customer's page shows what to
// do and which camera to use. It outlives a reload on both sides.
func (s *Service) OpenStep(ctx context.Context, bankID, callID uuid.UUID, position int) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := activeOwnTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		var floor media.Floor
		if position != 0 {
			step, err := stepTx(ctx, tx, callID, position)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `update call_steps set opened_ms = $4 where bank_id = $1 and call_id = $2 and position = $3`,
				tx.BankID, c.ID, position, s.Now().Sub(*c.AnsweredAt).Milliseconds()); err != nil {
				return err
			}
			if cameraFor(step.Kind) == "environment" { // a document is read from it
				floor = media.DocumentFloor(RoleCustomer)
			}
		}
		tx.AfterCommit(func() {
			if r, ok := s.liveRoom(callID); ok {
				r.media.SetQuality(floor)
			}
		})
		_, err = tx.Exec(ctx, `update calls set current_step = $3, updated_at = $4 where bank_id = $1 and id = $2`, tx.BankID, c.ID, position, s.Now())
		tx.Wake(topic(c.ID))
		return err
	})
}

// CompleteStep stamps a step as passed or failed, with a still of the customer
// and its offset in the recording. A step can be repeated; the last attempt
// counts. A step without a picture is not passed: Unavailable "no_picture". Tried
// as often as the scenario allows it is refused: Conflict "step_attempts_used".
func (s *Service) CompleteStep(ctx context.Context, bankID, callID uuid.UUID, position int, passed bool) (Step, error) {
	return s.CompleteStepBest(ctx, bankID, callID, position, passed, 1)
}

// CompleteStepBest is CompleteStep with the best of so many pictures, at most 5.
func (s *Service) CompleteStepBest(ctx context.Context, bankID, callID uuid.UUID, position int, passed bool, pictures int) (Step, error) {
	var c Call
	var step Step
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if c, err = activeOwnTx(ctx, tx, callID); err != nil {
			return err
		}
		step, err = s.triableTx(ctx, tx, c, position)
		return err
	})
	if err != nil {
		return Step{}, err
	}
	if step.Kind == CodeStep && passed {
		return Step{}, visavis.Errorf(visavis.Conflict, "code_step", "this step passes by the code that the customer types")
	}
	shot, err := s.still(ctx, bankID, c, step, stillTimeout, pictures)
	if err != nil && passed {
		return Step{}, err
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = activeOwnTx(ctx, tx, callID); err != nil { // it may have ended meanwhile
			return err
		}
		if _, err := s.triableTx(ctx, tx, c, position); err != nil { // or another try have used the last
			return err
		}
		step, err = s.stampTx(ctx, tx, c, position, passed, shot)
		return err
	})
	return step, err
}

// triableTx returns a step that may be tried once more.
func (s *Service) triableTx(ctx context.Context, tx *postgres.Tx, c Call, position int) (Step, error) {
	step, err := stepTx(ctx, tx, c.ID, position)
	if err != nil {
		return step, err
	}
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	if err != nil {
		return step, err
	}
	if limit := idn.Scenario.Settings.WithDefaults().StepAttempts; step.Attempts >= limit {
		return step, visavis.Errorf(visavis.Conflict, "step_attempts_used", "this step was tried %d times, which is all that the scenario allows", limit)
	}
	return step, nil
}

// shot is a still that lies in the call's folder.
type shot struct {
	offset  time.Duration
	file    string
	sha256  []byte // of the plain JPEG
	quality *media.StillQuality
}

// still takes a picture of the customer, for which it waits so long, and files it.
func (s *Service) still(ctx context.Context, bankID uuid.UUID, c Call, step Step, within time.Duration, pictures int) (shot, error) {
	r, ok := s.liveRoom(c.ID)
	if !ok {
		return shot{offset: s.Now().Sub(*c.AnsweredAt)}, visavis.Errorf(visavis.Conflict, "not_connected", "nobody has joined the call on this node")
	}
	waiting, cancel := context.WithTimeout(ctx, within)
	picture, err := r.media.BestStill(waiting, RoleCustomer, pictures)
	cancel() // filing it is bounded by the request: a picture that came late is not thrown away
	if err != nil {
		if !errors.Is(err, media.ErrNoPicture) && !errors.Is(err, media.ErrNotJoined) && !errors.Is(err, media.ErrClosed) {
			return shot{}, err
		}
		return shot{offset: r.media.Offset()}, visavis.Errorf(visavis.Unavailable, "no_picture",
			"there is no picture from the customer's camera: ask the customer to switch it on and try again")
	}
	name := fmt.Sprintf("step-%d-%s%s", step.Position, uuid.Must(uuid.NewV7()), sealedStill)
	var key *age.X25519Identity
	if err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		key, err = s.callKeyTx(ctx, tx, c.ID)
		return err
	}); err != nil {
		return shot{}, err
	}
	if err := s.fileSealed(filepath.Join(dir(bankID, c.ID), name), bytes.NewReader(picture.JPEG), key); err != nil {
		return shot{}, fmt.Errorf("file a still: %w", err)
	}
	sum := sha256.Sum256(picture.JPEG)
	return shot{offset: picture.Offset, file: name, sha256: sum[:], quality: &picture.Quality}, nil
}

// stampTx writes an attempt at a step.
func (s *Service) stampTx(ctx context.Context, tx *postgres.Tx, c Call, position int, passed bool, p shot) (Step, error) {
	state := "failed"
	if passed {
		state = "passed"
	}
	// An attempt begins when the agent opens the step, or goes on to it from the
	// last thing that was done.
	rows, _ := tx.Query(ctx, `update call_steps set state = $4, attempts = attempts + 1, offset_ms = $5, still = $6, still_sha256 = $7, done_at = $8,
		  still_quality = $9, began_ms = least($5, greatest(coalesce(opened_ms, 0), (
		    select coalesce(max(offset_ms), 0) from call_steps d where d.bank_id = $1 and d.call_id = $2)))
		where bank_id = $1 and call_id = $2 and position = $3 returning `+stepColumns,
		tx.BankID, c.ID, position, state, p.offset.Milliseconds(), p.file, p.sha256, s.Now(), p.quality)
	step, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Step])
	if err != nil {
		return step, err
	}
	data := map[string]any{"position": position, "kind": step.Kind, "offset_ms": p.offset.Milliseconds()}
	if p.sha256 != nil {
		data["still_sha256"] = fmt.Sprintf("%x", p.sha256)
	}
	return step, s.event(ctx, tx, c, "call.step_"+state, data)
}

// sealedStill ends the name of a still that is encrypted; one without it is of a
// gateway that did not seal yet.
const sealedStill = ".jpg.age"

// OpenStill opens the picture of a step, a JPEG. The caller closes it. Gone
// "recording_deleted" after its time.
func (s *Service) OpenStill(ctx context.Context, bankID, callID uuid.UUID, position int) (*media.Plain, error) {
	var step Step
	var key *age.X25519Identity
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if _, err = getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		if step, err = stepTx(ctx, tx, callID, position); err != nil {
			return err
		}
		if step.Still == "" {
			return visavis.Errorf(visavis.NotFound, "not_found", "this step has no picture yet")
		}
		if deleted, err := deletedTx(ctx, tx, callID); err != nil {
			return err
		} else if deleted {
			return recordingDeleted()
		}
		if strings.HasSuffix(step.Still, sealedStill) {
			key, err = s.callKeyTx(ctx, tx, callID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.openKept(ctx, bankID, callID, filepath.Join(dir(bankID, callID), step.Still), key)
}

// SendCode sends the customer a code that is good for this call only. Asking
// again within the code's life sends the same code, when its time has come.
func (s *Service) SendCode(ctx context.Context, bankID, callID uuid.UUID) (v otp.Verification, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := activeOwnTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		v, err = s.OTP.StartTx(ctx, tx, otp.StartRequest{CustomerID: c.CustomerID, Purpose: "call", BoundTo: c.ID})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update calls set verification_id = $3, updated_at = $4 where bank_id = $1 and id = $2`,
			tx.BankID, c.ID, v.ID, s.Now()); err != nil {
			return err
		}
		return s.event(ctx, tx, c, "call.code_sent", nil)
	})
	return v, err
}

// CheckCode checks the code that the customer typed in the call, and passes the
// code step with it. Errors as otp.Check; Conflict "no_code" when the agent has
// not sent one.
func (s *Service) CheckCode(ctx context.Context, bankID, callID uuid.UUID, code string) (otp.Result, error) {
	var c Call
	var steps []Step
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if c, err = activeOwnTx(ctx, tx, callID); err != nil {
			return err
		}
		steps, err = stepsTx(ctx, tx, callID)
		return err
	})
	if err != nil {
		return otp.Result{}, err
	}
	if c.VerificationID == nil {
		return otp.Result{}, visavis.Errorf(visavis.Conflict, "no_code", "no code has been sent in this call yet")
	}
	i := 0
	for i < len(steps) && steps[i].Kind != CodeStep {
		i++
	}
	// The picture is taken before the check, so that both are one transaction; a
	// code is good without one.
	var p shot
	if i < len(steps) {
		p, _ = s.still(ctx, bankID, c, steps[i], codeStillTimeout, 1)
	}
	kept := false
	result, err := s.OTP.CheckAnd(ctx, bankID, *c.VerificationID, code, c.ID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = activeOwnTx(ctx, tx, callID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update calls set code_passed_at = $3, updated_at = $3 where bank_id = $1 and id = $2`, tx.BankID, c.ID, s.Now()); err != nil {
			return err
		}
		if i == len(steps) {
			return s.event(ctx, tx, c, "call.code_passed", nil)
		}
		_, err := s.stampTx(ctx, tx, c, steps[i].Position, true, p)
		kept = err == nil
		return err
	})
	if !kept && p.file != "" {
		_ = os.Remove(filepath.Join(s.DataDir, dir(bankID, c.ID), p.file))
	}
	if err != nil || result.Approved {
		return result, err
	}
	// A wrong code is news for the agent as well. It counts whether or not this is
	// written down, so the answer stands.
	if err := s.DB.InBank(context.WithoutCancel(ctx), bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return s.event(ctx, tx, c, "call.code_refused", map[string]any{"attempts_left": result.AttemptsLeft})
	}); err != nil {
		s.Log.Error("a wrong code was not written down", "call", callID, "error", err)
	}
	return result, nil
}

// activeOwnTx locks an active call for one of its two sides.
func activeOwnTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Call, error) {
	c, err := ownTx(ctx, tx, id)
	if err == nil && c.State != Active {
		err = visavis.Errorf(visavis.Conflict, "call_not_active", "the call is not going on")
	}
	return c, err
}

func stepTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, position int) (Step, error) {
	rows, _ := tx.Query(ctx, `select `+stepColumns+` from call_steps where bank_id = $1 and call_id = $2 and position = $3::bigint`, tx.BankID, callID, position)
	step, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Step])
	if errors.Is(err, pgx.ErrNoRows) {
		return step, visavis.Errorf(visavis.NotFound, "not_found", "this call has no step %d", position)
	}
	return step, err
}

// ReferenceStill finds the portrait of the customer's newest approved
// identification, to compare a returning customer with: open it by OpenStill.
// NotFound when there is none, or it was deleted.
func (s *Service) ReferenceStill(ctx context.Context, bankID, customerID uuid.UUID) (callID uuid.UUID, position int, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		err := tx.QueryRow(ctx, `select c.id, p.position from identifications i
			join calls c on c.bank_id = i.bank_id and c.identification_id = i.id
			join call_steps p on p.bank_id = c.bank_id and p.call_id = c.id
			where i.bank_id = $1 and i.customer_id = $2 and i.state = 'approved' and p.kind = $3 and p.state = 'passed' and p.still <> ''
			  and not exists (select from call_records r where r.bank_id = c.bank_id and r.call_id = c.id and r.deleted_at is not null)
			order by i.decided_at desc, c.id desc limit 1`, tx.BankID, customerID, identifications.StepFaceFront).Scan(&callID, &position)
		if errors.Is(err, pgx.ErrNoRows) {
			return visavis.Errorf(visavis.NotFound, "not_found", "there is no verified picture of this customer")
		}
		return err
	})
	return callID, position, err
}
