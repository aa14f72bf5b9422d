package channels_test

import (
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// A bank says how long its messages of a class are worth sending; a code and a
// ring have their lifetimes, whatever it says.
func TestLifetimeOfAClass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := func(class channels.Class, life time.Duration) {
		t.Helper()
		if got, err := w.s.Lifetime(t.Context(), w.bank, class); err != nil || got != life {
			t.Errorf("%s: %v, %v; want %v", class, got, err, life)
		}
	}
	want(channels.Reminder, 24*time.Hour)
	of := func(class channels.Class, hours int) error {
		_, err := w.s.SetPolicy(t.Context(), w.bank, channels.Policy{Classes: map[channels.Class]channels.ClassPolicy{class: {LifetimeHours: hours}}})
		return err
	}
	if err := of(channels.Reminder, 6); err != nil {
		t.Fatal(err)
	}
	want(channels.Reminder, 6*time.Hour)
	want(channels.Notice, 24*time.Hour)
	want(channels.Security, 5*time.Minute)
	want(channels.Ring, 45*time.Second)
	for class, hours := range map[channels.Class]int{channels.Security: 1, channels.Ring: 1, channels.Notice: 169, channels.Transaction: -1} {
		if err := of(class, hours); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%s for %d hours: %v", class, hours, err)
		}
	}
	if err := of(channels.Notice, 168); err != nil {
		t.Error(err)
	}
	want(channels.Notice, 7*24*time.Hour)
}
