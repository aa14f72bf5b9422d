package channels

import (
	"strings"
	"unicode/utf16"
)

// Encoding is how an SMS travels.
type Encoding string

// The encodings.
const (
	GSM7 Encoding = "gsm7" // 3GPP TS 23.038 default alphabet with its extension table
	UCS2 Encoding = "ucs2" // UTF-16 code units, from the first character on that GSM 7 bit lacks
)

// SegmentCount is what an SMS costs on the air.
type SegmentCount struct {
	Encoding Encoding
	Units    int    // septets (GSM7) or UTF-16 code units (UCS2), of the text itself
	Segments int    // at least 1: an empty SMS is one
	Left     int    // units that still fit the last segment
	Foreign  string // the characters that force UCS2, each once, in order
}

// How many units a segment holds: alone, or beside the six octets of header
// that put a longer message together again (3GPP TS 23.040, 9.2.3.24.1).
const (
	gsm7Alone, gsm7Joined = 160, 153
	ucs2Alone, ucs2Joined = 70, 67
)

const gsm7Basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

const gsm7Extension = "\f^{}\\[~]|€"

// gsm7Septets is how many septets a character takes: 2 in the extension table,
// where an escape goes before it.
var gsm7Septets = func() map[rune]int {
	septets := map[rune]int{}
	for _, r := range gsm7Basic {
		septets[r] = 1
	}
	for _, r := range gsm7Extension {
		septets[r] = 2
	}
	return septets
}()

// CountSegments counts the segments of an SMS exactly: a character of the
// extension table or a surrogate pair is never split over two segments, so that
// a segment may stay a unit short.
func CountSegments(body string) SegmentCount {
	c := SegmentCount{Encoding: GSM7}
	for _, r := range body {
		if gsm7Septets[r] == 0 {
			c.Encoding = UCS2
			if !strings.ContainsRune(c.Foreign, r) {
				c.Foreign += string(r)
			}
		}
	}
	width := func(r rune) int { return gsm7Septets[r] }
	alone, joined := gsm7Alone, gsm7Joined
	if c.Encoding == UCS2 {
		width, alone, joined = utf16.RuneLen, ucs2Alone, ucs2Joined
	}
	c.Segments = 1
	used := 0 // of the last segment, when there are several
	for _, r := range body {
		n := max(width(r), 1) // a broken rune counts as the one that replaces it
		c.Units += n
		if used+n > joined {
			c.Segments++
			used = 0
		}
		used += n
	}
	if c.Units <= alone {
		c.Segments, used, joined = 1, c.Units, alone
	}
	c.Left = joined - used
	return c
}
