package smpp

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/linxGnu/gosmpp/data"
)

// Alphabet is what data_coding 0, the SMSC's default alphabet, means at an
// SMSC. SMPP leaves it open; ask the operator.
type Alphabet string

// The alphabets.
const (
	GSM7   Alphabet = "gsm7"   // GSM 03.38, one septet an octet (unpacked)
	Latin1 Alphabet = "latin1" // ISO 8859-1
)

// gsm is GSM 03.38's basic table in order of its codes; 0x1B is the escape.
var gsm = []rune("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")

const escape = 0x1b

// extended are the characters that take the escape and one code more.
var extended = map[rune]byte{
	'\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f, '[': 0x3c, '~': 0x3d, ']': 0x3e, '|': 0x40, '€': 0x65,
}

var (
	gsmCodes = func() map[rune]byte {
		codes := make(map[rune]byte, len(gsm))
		for code, r := range gsm {
			if code != escape {
				codes[r] = byte(code)
			}
		}
		return codes
	}()
	extendedRunes = func() map[byte]rune {
		runes := make(map[byte]rune, len(extended))
		for r, code := range extended {
			runes[code] = r
		}
		return runes
	}()
)

// Lengths of 3GPP TS 23.040 in the units of each coding: a text of one part,
// and each part of a longer one, beside a header of 6 octets.
const (
	septetsAlone, septetsEach = 160, 153
	octetsAlone, octetsEach   = 140, 134
)

// encoded is a text as it goes over the wire.
type encoded struct {
	coding data.Encoding // its number is what counts: 0 or 8
	parts  [][]byte      // without headers
}

var errTooLong = errors.New("the text has more than 255 parts")

// encode writes a text in the default alphabet when that has all its
// characters, else in UCS-2, and cuts it so that no character is torn.
func encode(text string, alphabet Alphabet) (encoded, error) {
	if units, ok := inDefault(text, alphabet); ok {
		alone, each := septetsAlone, septetsEach
		if alphabet == Latin1 {
			alone, each = octetsAlone, octetsEach
		}
		return cut(data.GSM7BIT, units, alone, each)
	}
	var units [][]byte
	for _, r := range text {
		var unit []byte
		for _, u := range utf16.Encode([]rune{r}) {
			unit = append(unit, byte(u>>8), byte(u))
		}
		units = append(units, unit)
	}
	return cut(data.UCS2, units, octetsAlone, octetsEach)
}

// inDefault gives a text's characters in the default alphabet.
func inDefault(text string, alphabet Alphabet) (units [][]byte, ok bool) {
	for _, r := range text {
		switch code, basic := gsmCodes[r]; {
		case alphabet == Latin1 && (r >= ' ' && r <= '~' || r >= 0xa0 && r <= 0xff || r == '\n' || r == '\r'):
			units = append(units, []byte{byte(r)})
		case alphabet == GSM7 && basic:
			units = append(units, []byte{code})
		case alphabet == GSM7 && extended[r] != 0:
			units = append(units, []byte{escape, extended[r]})
		default:
			return nil, false
		}
	}
	return units, true
}

// cut joins units, which stay whole, to one part of alone octets or to several
// of each octets.
func cut(coding data.Encoding, units [][]byte, alone, each int) (encoded, error) {
	whole := slices.Concat(units...)
	if len(whole) <= alone {
		return encoded{coding, [][]byte{whole}}, nil
	}
	var parts [][]byte
	var part []byte
	for _, unit := range units {
		if len(part)+len(unit) > each {
			parts, part = append(parts, part), nil
		}
		part = append(part, unit...)
	}
	parts = append(parts, part)
	if len(parts) > 255 {
		return encoded{}, errTooLong
	}
	return encoded{coding, parts}, nil
}

// errBinary is of a message that is no text.
var errBinary = errors.New("the message is not a text")

// decode reads a text of a customer by its data_coding.
func decode(octets []byte, coding byte, alphabet Alphabet) (string, error) {
	if coding >= 0xf0 { // GSM 03.38 message class: bit 2 says 8-bit data
		if coding&0x04 != 0 {
			return "", errBinary
		}
		coding, alphabet = 0, GSM7
	}
	switch coding {
	case 0:
		if alphabet == Latin1 {
			return latin1(octets), nil
		}
		return decodeGSM(octets), nil
	case 1, 3:
		return latin1(octets), nil
	case 2, 4:
		return "", errBinary
	case 8:
		units := make([]uint16, 0, len(octets)/2)
		for i := 0; i+1 < len(octets); i += 2 {
			units = append(units, uint16(octets[i])<<8|uint16(octets[i+1]))
		}
		return string(utf16.Decode(units)), nil
	}
	enc := data.FromDataCoding(coding)
	if enc == nil {
		return "", errBinary
	}
	text, err := enc.Decode(octets)
	if err != nil || !utf8.ValidString(text) {
		return "", errBinary
	}
	return text, nil
}

func latin1(octets []byte) string {
	var b strings.Builder
	for _, o := range octets {
		b.WriteRune(rune(o))
	}
	return b.String()
}

func decodeGSM(octets []byte) string {
	var b strings.Builder
	for i := 0; i < len(octets); i++ {
		o := octets[i] & 0x7f
		if o == escape && i+1 < len(octets) {
			i++
			if r, ok := extendedRunes[octets[i]]; ok {
				b.WriteRune(r)
			} else {
				b.WriteRune(' ') // GSM 03.38, 6.2.1.1: an unknown one is shown as a space
			}
			continue
		}
		if o != escape {
			b.WriteRune(gsm[o])
		}
	}
	return b.String()
}
