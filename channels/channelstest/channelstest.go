// Package channelstest is the suite that every provider of package channels
// passes, against a twin of the carrier and through the provider's own SDK.
package channelstest

import (
	"bytes"
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
)

// Twin is a provider with a twin of its carrier, and recipients that make the
// twin behave in a way.
type Twin struct {
	Sender  channels.Sender
	Dead    channels.Sender // the same, where nobody listens
	Channel channels.Channel

	Accepts string // takes it
	Refuses string // refuses it for good
	Busy    string // asks to come back after a second
	Hangs   string // takes it and never answers

	// Gone is a recipient that is registered no more, and Lifetime how long the
	// carrier would keep the latest message to a recipient. Required of a push
	// provider; others have neither.
	Gone     string
	Lifetime func(t testing.TB, recipient string) time.Duration

	// Blind says that the carrier cannot be asked about what it did not answer:
	// its Lookup then finds nothing, and no error.
	Blind bool

	// RefusedCode is the code of the refusal.
	RefusedCode string
	// Received counts what the twin took for a recipient.
	Received func(t testing.TB, recipient string) int
	// Requests counts the sends that reached the twin's network.
	Requests *atomic.Int64
	// Secrets are further words that no error and no log line may have.
	Secrets []string
}

// Counting is a transport that counts requests whose path contains part.
func Counting(next http.RoundTripper, part string, n *atomic.Int64) http.RoundTripper {
	return counting{next, part, n}
}

type counting struct {
	next http.RoundTripper
	part string
	n    *atomic.Int64
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.Contains(r.URL.Path, c.part) {
		c.n.Add(1)
	}
	return c.next.RoundTrip(r)
}

// stopped is a context as a process finds it that was stopped and goes on: its
// deadline has passed, and nobody has been woken yet to say so.
type stopped struct{ context.Context }

// Deadline implements context.Context.
func (stopped) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

// deadline is a context whose deadline passes when a test says so.
type deadline struct {
	context.Context
	at time.Time
}

// newDeadline makes one; pass has it pass.
func newDeadline(parent context.Context) (ctx context.Context, pass func()) {
	inner, cancel := context.WithCancelCause(parent)
	return deadline{inner, time.Now().Add(5 * time.Minute)}, func() { cancel(context.DeadlineExceeded) }
}

func (d deadline) Deadline() (time.Time, bool) { return d.at, true }

func (d deadline) Err() error {
	if d.Context.Err() != nil {
		return context.DeadlineExceeded
	}
	return nil
}

const secretText = "the-text-that-nobody-may-log 842913"

// Exercise runs the suite. It must not run beside other tests: it listens to
// the process's loggers.
func Exercise(t *testing.T, newTwin func(t testing.TB) Twin) {
	logs := capture(t)
	twin := newTwin(t)
	out := func(to string) channels.Outgoing {
		return channels.Outgoing{
			BankID: uuid.New(), DeliveryID: uuid.New(), Channel: twin.Channel, Class: channels.Security, To: to,
			Title: "Demo Bank", Body: secretText, TTL: time.Minute, Locale: "en",
			Data: map[string]string{"message_id": uuid.NewString()},
		}
	}
	var failures []error
	send := func(t *testing.T, ctx context.Context, sender channels.Sender, to string) *channels.SendError {
		t.Helper()
		id, err := sender.Send(ctx, out(to))
		if err == nil {
			t.Fatalf("Send returned id %q and no error", id)
		}
		failures = append(failures, err)
		var e *channels.SendError
		if !errors.As(err, &e) {
			t.Fatalf("the error is a %T, not a *SendError", err)
		}
		return e
	}
	requests := func(t *testing.T, want int64, do func()) {
		t.Helper()
		before := twin.Requests.Load()
		do()
		if got := twin.Requests.Load() - before; got != want {
			t.Errorf("%d requests reached the carrier, want %d", got, want)
		}
	}

	t.Run("an accepted message has an id and arrives once", func(t *testing.T) {
		id, err := twin.Sender.Send(t.Context(), out(twin.Accepts))
		if err != nil || id == "" {
			t.Fatalf("Send returned %q, %v", id, err)
		}
		if n := twin.Received(t, twin.Accepts); n != 1 {
			t.Errorf("the twin has it %d times", n)
		}
	})
	t.Run("a refusal is permanent, with the carrier's code", func(t *testing.T) {
		requests(t, 1, func() {
			e := send(t, t.Context(), twin.Sender, twin.Refuses)
			if e.Outcome != channels.Permanent || e.Code != twin.RefusedCode {
				t.Errorf("got %s %s, want permanent %s", e.Outcome, e.Code, twin.RefusedCode)
			}
		})
	})
	t.Run("a busy carrier is not asked again, and says when to", func(t *testing.T) {
		requests(t, 1, func() {
			e := send(t, t.Context(), twin.Sender, twin.Busy)
			if e.Outcome != channels.Busy || e.RetryAfter != time.Second {
				t.Errorf("got %s after %s, want busy after 1s", e.Outcome, e.RetryAfter)
			}
		})
	})
	t.Run("a carrier that does not answer leaves the outcome unknown, within the deadline", func(t *testing.T) {
		requests(t, 1, func() {
			since := time.Now()
			ctx, pass := newDeadline(t.Context())
			defer pass()
			ended := make(chan struct{})
			var watching sync.WaitGroup
			watching.Go(func() { // the deadline is when the carrier has it, however long that takes
				for twin.Received(t, twin.Hangs) == 0 {
					select {
					case <-ended:
						return
					case <-time.After(5 * time.Millisecond):
					}
				}
				pass()
			})
			e := send(t, ctx, twin.Sender, twin.Hangs) // comes back, or the test does not end
			close(ended)
			watching.Wait()
			if e.Outcome != channels.Unknown {
				t.Errorf("got %s, want unknown", e.Outcome)
			}
			if n := twin.Received(t, twin.Hangs); n != 1 {
				t.Fatalf("the twin has it %d times", n)
			}
			looker, ok := twin.Sender.(channels.Looker)
			if !ok {
				return
			}
			found, err := looker.Lookup(t.Context(), out(twin.Hangs), since)
			if twin.Blind {
				if err != nil || len(found) != 0 {
					t.Errorf("Lookup found %+v, %v where nothing can be known", found, err)
				}
				return
			}
			if err != nil || len(found) != 1 || found[0].ProviderID == "" {
				t.Errorf("Lookup found %+v, %v", found, err)
			}
			if found, err := looker.Lookup(t.Context(), out(twin.Hangs), since.Add(time.Hour)); err != nil || len(found) != 0 {
				t.Errorf("Lookup of what is newer than it found %+v, %v", found, err)
			}
		})
	})
	t.Run("a caller who goes away is not waited for", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		before := twin.Received(t, twin.Hangs)
		var watching sync.WaitGroup
		watching.Go(func() {
			for ctx.Err() == nil {
				if twin.Received(t, twin.Hangs) > before {
					cancel()
				}
			}
		})
		if e := send(t, ctx, twin.Sender, twin.Hangs); e.Outcome != channels.Unknown {
			t.Errorf("got %s, want unknown", e.Outcome)
		}
		cancel()
		watching.Wait()
	})
	t.Run("a cancelled context sends nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		before := twin.Received(t, twin.Accepts)
		if e := send(t, ctx, twin.Sender, twin.Accepts); e.Outcome != channels.Busy {
			t.Errorf("got %s, want busy", e.Outcome)
		}
		if twin.Received(t, twin.Accepts) != before {
			t.Error("it was sent")
		}
	})
	t.Run("a process that was stopped until after its deadline sends nothing", func(t *testing.T) {
		before := twin.Received(t, twin.Accepts)
		send(t, stopped{t.Context()}, twin.Sender, twin.Accepts)
		if twin.Received(t, twin.Accepts) != before {
			t.Error("it was sent, and another node may have sent it meanwhile")
		}
	})
	t.Run("without a connection nothing was sent, which is busy", func(t *testing.T) {
		if e := send(t, t.Context(), twin.Dead, twin.Accepts); e.Outcome != channels.Busy {
			t.Errorf("got %s, want busy", e.Outcome)
		}
	})
	if twin.Channel == channels.Push {
		t.Run("a recipient who is gone is told as such, for good", func(t *testing.T) {
			requests(t, 1, func() {
				e := send(t, t.Context(), twin.Sender, twin.Gone)
				if e.Outcome != channels.Permanent || !e.TokenGone || e.Code == "" {
					t.Errorf("got %s %q, gone: %t; want permanent, gone", e.Outcome, e.Code, e.TokenGone)
				}
			})
		})
		t.Run("only one who is gone is told as gone", func(t *testing.T) {
			for _, to := range []string{twin.Refuses, twin.Busy} {
				if e := send(t, t.Context(), twin.Sender, to); e.TokenGone {
					t.Errorf("%s %s counts as gone", e.Outcome, e.Code)
				}
			}
		})
		t.Run("the carrier does not keep a message longer than it is worth", func(t *testing.T) {
			message := out(twin.Accepts)
			message.TTL = 90 * time.Second
			if _, err := twin.Sender.Send(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			if kept := twin.Lifetime(t, twin.Accepts); kept > 90*time.Second || kept < 80*time.Second {
				t.Errorf("it is kept for %s, want 90 s", kept)
			}
		})
		t.Run("what cannot be an address is refused without a request", func(t *testing.T) {
			requests(t, 0, func() {
				if e := send(t, t.Context(), twin.Dead, ""); e.Outcome == channels.Unknown {
					t.Errorf("got %s %s", e.Outcome, e.Code)
				}
			})
		})
	}
	t.Run("neither errors nor logs tell recipient, text or secret", func(t *testing.T) {
		said := logs.String()
		for _, err := range failures {
			said += "\n" + err.Error()
		}
		for _, secret := range append([]string{secretText, "842913", twin.Accepts, twin.Refuses, twin.Busy, twin.Hangs, twin.Gone}, twin.Secrets...) {
			if secret != "" && strings.Contains(said, secret) {
				t.Errorf("%q is told in:\n%s", secret, said)
			}
		}
		if len(failures) < 6 {
			t.Errorf("only %d failures were looked at", len(failures))
		}
	})
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// capture takes what the process logs, by slog or log, until the test ends.
func capture(t *testing.T) *buffer {
	logs := &buffer{}
	before, writer, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.SetOutput(logs)
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(writer)
		log.SetFlags(flags)
	})
	return logs
}
