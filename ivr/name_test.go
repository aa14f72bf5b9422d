package ivr

import (
	"testing"

	"github.com/visavis/visavis/banks"
)

// Who calls in may show any number: the name is said only after a code.
func TestNameIsForWhoProvedIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		direction string
		verified  bool
		want      string
	}{{Inbound, false, ""}, {Inbound, true, "An"}, {Outbound, false, "An"}} {
		r := &run{c: &PhoneCall{Direction: c.direction}, m: &memory{Verified: c.verified}, customer: &banks.Customer{Name: "An"}}
		if got := r.value("name"); got != c.want {
			t.Errorf("%s, verified %t: %q", c.direction, c.verified, got)
		}
	}
}
