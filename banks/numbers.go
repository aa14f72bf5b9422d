package banks

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/nyaruka/phonenumbers"
)

// Number is what the numbering plans say of a phone number.
type Number struct {
	E164   string
	Region string                       // ISO 3166-1; "" or 001 of a number that is no country's
	Type   phonenumbers.PhoneNumberType // UNKNOWN: not valid

	canonical bool // E164 is what CanonicalPhone makes of itself
}

// NumberOf looks a number in E.164 form up. ok is false for what cannot be
// parsed; one that is not valid has an UNKNOWN type.
func NumberOf(e164 string) (n Number, ok bool) {
	if known := recentNumbers.get(e164); known != nil {
		return *known, true
	}
	number, err := phonenumbers.Parse(e164, "ZZ")
	if err != nil {
		return Number{}, false
	}
	n = Number{E164: e164, Region: phonenumbers.GetRegionCodeForNumber(number), Type: phonenumbers.GetNumberType(number)}
	recentNumbers.put(&n)
	return n, true
}

// recentNumbers holds the numbers that were looked up last: a request asks about
// its number several times, and each parsing takes as long as the rest of it.
var recentNumbers = numberCache{seed: maphash.MakeSeed()}

// numberCache has one place for each hash; the last number takes it.
type numberCache struct {
	seed  maphash.Seed
	slots [4096]atomic.Pointer[Number]
}

func (c *numberCache) slot(e164 string) *atomic.Pointer[Number] {
	return &c.slots[maphash.String(c.seed, e164)%uint64(len(c.slots))]
}

func (c *numberCache) get(e164 string) *Number {
	if n := c.slot(e164).Load(); n != nil && n.E164 == e164 {
		return n
	}
	return nil
}

func (c *numberCache) put(n *Number) { c.slot(n.E164).Store(n) }
