package identifications

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// together books beside others, who are none.
func (w *world) together(ctx context.Context, start time.Time, beside ...scheduling.Beside) (scheduling.Booking, bool) {
	w.t.Helper()
	b, made, err := w.s.BookTogether(ctx, w.bank, w.ident.ID, start, BookOptions{Reference: "b-1"}, beside...)
	w.must(err)
	return b, made
}

// warm has the node know who works when.
func (w *world) warm() {
	w.t.Helper()
	b, err := w.s.Book(w.byBank(), w.bank, w.ident.ID, noon.Add(48*time.Hour), BookOptions{})
	w.must(err)
	_, err = w.s.CancelBooking(w.byBank(), w.bank, b.ID, "")
	w.must(err)
}

func TestBookTogetherIsByTheRulesOfTheCase(t *testing.T) {
	w := setup(t)
	w.warm()
	start := noon.Add(24 * time.Hour)
	_, _, err := w.s.BookTogether(w.byCustomer(w.ident, false), w.bank, w.ident.ID, start, BookOptions{})
	w.wantCode(err, visavis.Forbidden, "number_not_proved")
	_, _, err = w.s.BookTogether(w.me(), w.bank, w.ident.ID, start, BookOptions{})
	w.wantCode(err, visavis.Conflict, "consent_missing")
	_, _, err = w.s.BookTogether(w.byBank(), w.bank, w.ident.ID, start, BookOptions{AgentID: w.agent})
	w.wantCode(err, visavis.Invalid, "invalid_request")
	w.ready()

	// Somebody holds the case, or changes it, at this moment.
	held := make(chan struct{})
	let := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- w.db.InBank(context.Background(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := w.s.lockTx(ctx, tx, w.ident.ID)
			close(held)
			<-let
			return err
		})
	}()
	<-held
	if _, made := w.together(w.byBank(), start); made {
		t.Error("booked for a case that somebody holds")
	}
	close(let)
	w.must(<-ended)
	changed := scheduling.Beside{First: func(*pgx.Batch) {
		_, err := w.s.Cancel(w.byAgent(), w.bank, w.ident.ID, "by phone")
		w.must(err)
	}}
	if _, made := w.together(w.byBank(), start, changed); made {
		t.Error("booked for a case that was closed meanwhile")
	}
	_, _, err = w.s.BookTogether(w.byBank(), w.bank, w.ident.ID, start, BookOptions{})
	w.wantCode(err, visavis.Conflict, "identification_closed")

	w.ident, w.link = w.open()
	b, made := w.together(w.byBank(), start)
	if !made || b.IdentificationID != w.ident.ID || b.Reference != "b-1" || b.TimeZone != "Asia/Ho_Chi_Minh" {
		t.Fatalf("made %v: %+v", made, b)
	}
	if _, made := w.together(w.byBank(), start.Add(time.Hour)); made {
		t.Error("booked twice for one case")
	}
	if _, err = w.s.Book(w.byBank(), w.bank, w.ident.ID, start.Add(time.Hour), BookOptions{}); visavis.CodeOf(err) != "already_booked" {
		t.Errorf("again: %v", err)
	}
}

// What a customer takes beside others counts like what they take alone.
func TestTimesTakenTogetherCount(t *testing.T) {
	w := setup(t)
	w.ready()
	w.warm()
	times := []time.Time{noon.Add(24 * time.Hour), noon.Add(25 * time.Hour)}
	for n := range TimesPerDay {
		var b scheduling.Booking
		if n%2 == 0 {
			var made bool
			if b, made = w.together(w.me(), times[0]); !made {
				t.Fatalf("time %d was not booked together", n)
			}
		} else {
			var err error
			b, err = w.s.Book(w.me(), w.bank, w.ident.ID, times[1], BookOptions{})
			w.must(err)
		}
		_, err := w.s.CancelBooking(w.me(), w.bank, b.ID, "")
		w.must(err)
	}
	if _, made := w.together(w.me(), times[0]); made {
		t.Error("a customer books more often than allowed")
	}
	_, err := w.s.Book(w.me(), w.bank, w.ident.ID, times[0], BookOptions{})
	w.wantCode(err, visavis.TooMany, "too_many_changes")
	if _, made := w.together(w.byAgent(), times[0]); !made { // the bank's people help
		t.Error("an agent does not book")
	}
}
