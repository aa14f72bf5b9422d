package channels

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestAFewBadNumbersDoNotKeepAProviderBroken: a delivery that fails again and
// again breaks nothing by itself, and as a probe neither breaks the provider
// anew nor makes the others wait longer.
func TestAFewBadNumbersDoNotKeepAProviderBroken(t *testing.T) {
	const route, country = "sms/carrier", "+84"
	var b breakers
	bank, now := uuid.New(), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	state := func() BreakerState { return b.of(breakerKey{route, ""}, now).state }
	sent := func(delivery uuid.UUID, ok bool) bool {
		if !b.allow(bank, route, country, now) {
			return false
		}
		b.observe(route, country, delivery, ok, true, now)
		return true
	}
	bad := make([]uuid.UUID, breakerInARow)
	for i := range bad {
		bad[i] = uuid.New()
	}
	for range 3 * breakerInARow {
		if !sent(bad[0], false) {
			t.Fatal("one delivery that is tried again and again broke the provider")
		}
		now = now.Add(100 * time.Millisecond)
	}
	for _, delivery := range bad {
		sent(delivery, false)
	}
	if state() != BreakerOpen {
		t.Fatalf("after %d deliveries that failed it is %s", len(bad), state())
	}

	// The bad ones are the first to try it. They hold nobody up.
	now = now.Add(breakerPause)
	for range breakerProbes {
		for _, delivery := range bad {
			if !sent(delivery, false) {
				t.Fatal("a delivery that had failed before broke it anew")
			}
		}
		if !sent(uuid.New(), true) {
			t.Fatal("a good one has to wait for those that fail")
		}
	}
	if state() != BreakerClosed {
		t.Errorf("after %d that went through it is %s", breakerProbes, state())
	}

	// A provider that is down is tried once a pause, and each time later.
	for range breakerInARow {
		sent(uuid.New(), false)
	}
	for pause := breakerPause; pause < breakerLongest; pause = min(2*pause, breakerLongest) {
		if sent(uuid.New(), true) {
			t.Fatalf("it is tried before %s are over", pause)
		}
		if now = now.Add(pause); !sent(uuid.New(), false) {
			t.Fatalf("it is not tried after %s", pause)
		}
	}
	for range 2 * mostSuspects {
		now = now.Add(breakerLongest)
		sent(uuid.New(), false)
	}
	if n := len(b.of(breakerKey{route, country}, now).suspects); n != mostSuspects {
		t.Errorf("%d deliveries are remembered, want %d", n, mostSuspects)
	}
}
