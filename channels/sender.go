package channels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Outgoing is one delivery, rendered, as a provider gets it.
type Outgoing struct {
	BankID, DeliveryID uuid.UUID
	Channel            Channel
	Class              Class
	To                 string            // E.164 number, or push token
	Title              string            // push only
	Body               string            // SMS and push; for voice the text is fetched by callback when the call is answered
	Data               map[string]string // push only; always with "message_id", the same when it is sent again
	TTL                time.Duration     // until it is worth nothing; at least 1 s
	Locale             string
	From               string // sender id or number; "" = the provider's own
}

// Sender is a provider. Send hands one delivery over and returns the provider's
// id for it.
//
// It keeps ctx's deadline whatever its SDK does, does not try again by itself,
// and logs neither recipient nor text. Every error is a *SendError; one that is
// not counts as Unknown.
type Sender interface {
	Send(ctx context.Context, out Outgoing) (providerID string, err error)
}

// Looker is a Sender whose provider can be asked what it was handed.
type Looker interface {
	// Lookup returns what the provider accepted for out since then, oldest
	// first; nothing and no error when there is none. Messages of ours alike in
	// recipient and text may be among them: the caller leaves out those whose id
	// it knows already.
	Lookup(ctx context.Context, out Outgoing, since time.Time) ([]Found, error)
}

// Found is something that a provider holds.
type Found struct {
	ProviderID string
	Status     string // the provider's own word
	State      State  // what it means: StateSent, StateDelivered, StateUndelivered or StateFailed
	ErrorCode  string
}

// Outcome says what to do after a failed Send.
type Outcome string

// The outcomes.
const (
	Permanent Outcome = "permanent" // refused for good; the same would be refused again
	Busy      Outcome = "busy"      // surely not accepted; try again after RetryAfter
	Unknown   Outcome = "unknown"   // perhaps accepted: find out before anything else
)

// SendError is why a provider did not take a delivery.
type SendError struct {
	Outcome    Outcome
	Code       string        // the provider's own code, such as "21211"; never personal data
	RetryAfter time.Duration // Busy only; 0 = as we like
	TokenGone  bool          // push: the token is registered no more, so the device is disabled
	OptedOut   bool          // the carrier blocks messages of ours because the customer told it to stop (Twilio 21610)
	GoneAt     time.Time     // with TokenGone: since when, so that one registered again later stays; zero = now
	Err        error         // the cause, for the log: without recipient, text or token
}

// Error implements error.
func (e *SendError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s %s: %v", e.Outcome, e.Code, e.Err)
	}
	return fmt.Sprintf("%s %s", e.Outcome, e.Code)
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// asSendError makes every error a SendError.
func asSendError(err error) *SendError {
	var e *SendError
	if errors.As(err, &e) {
		return e
	}
	return &SendError{Outcome: Unknown, Code: "error", Err: err}
}
