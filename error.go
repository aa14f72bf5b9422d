package visavis

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what went wrong in a way that every layer understands. The HTTP
// layer maps each kind to one status code; nothing else looks at the message.
type Kind string

// The kinds of error. An error without a kind is Internal.
const (
	Invalid         Kind = "invalid"         // the request is malformed or breaks a rule that the caller can see (400)
	Unauthenticated Kind = "unauthenticated" // no valid credential (401)
	Forbidden       Kind = "forbidden"       // a valid credential that may not do this (403)
	NotFound        Kind = "not_found"       // no such thing for this actor; another bank's thing answers alike (404)
	Conflict        Kind = "conflict"        // the thing's state does not allow this now (409)
	Gone            Kind = "gone"            // it existed and has expired or ended (410)
	TooMany         Kind = "too_many"        // a limit was reached; RetryAfter says when to come back (429)
	Unavailable     Kind = "unavailable"     // a dependency is down; the same request may work later (503)
	Internal        Kind = "internal"        // a fault of ours; details go to the log only (500)
)

// Field names one part of the request that was refused, and why.
type Field struct {
	Name   string `json:"field"`  // path in the request body or the parameter's name, such as "phone"
	Reason string `json:"reason"` // a sentence for the person who sent it
}

// Error is an error that the caller may see. Everything else is reported to
// the caller as "internal error" and to the log in full.
type Error struct {
	Kind       Kind
	Code       string        // stable, snake_case, becomes the last part of the problem's type URI; defaults to the kind
	Message    string        // a sentence: what is wrong and what to do; never personal data
	Fields     []Field       // the fields that were refused, if any
	RetryAfter time.Duration // for TooMany and Unavailable; 0 = not known
	cause      error         // what Unwrap returns; for errors.Is and the log
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// Errorf makes an Error of a kind with a stable code and a formatted message.
// The message reaches the caller, so do not format an internal error into it;
// a %w verb is for causes whose text the caller may read.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Code: code, Message: err.Error(), cause: errors.Unwrap(err)}
}

// InvalidField makes an Invalid error about one field.
func InvalidField(name, format string, args ...any) *Error {
	reason := fmt.Sprintf(format, args...)
	return &Error{
		Kind: Invalid, Code: "invalid_request", Message: name + ": " + reason,
		Fields: []Field{{Name: name, Reason: reason}},
	}
}

// KindOf returns the kind of err, Internal when it carries none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf returns the stable code of err, or its kind when it carries none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return string(KindOf(err))
}
