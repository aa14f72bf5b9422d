package simulator

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// The twin's own codec of SMPP 3.4: sharing the gateway's would hide its mistakes.

// Commands and statuses of SMPP 3.4, sections 5.1.2.1 and 5.1.3.
const (
	smppBindReceiver    = 0x00000001
	smppBindTransmitter = 0x00000002
	smppQuery           = 0x00000003
	smppSubmit          = 0x00000004
	smppDeliver         = 0x00000005
	smppUnbind          = 0x00000006
	smppBindTransceiver = 0x00000009
	smppEnquireLink     = 0x00000015
	smppNack            = 0x80000000
	smppResponse        = 0x80000000 // is added to a command

	statusInvalidLength   = 0x01 // ESME_RINVMSGLEN
	statusCommandLength   = 0x02
	statusCommand         = 0x03
	statusNotBound        = 0x04
	statusAlreadyBound    = 0x05
	statusPriority        = 0x06
	statusSystemError     = 0x08
	statusSource          = 0x0a
	statusDestination     = 0x0b
	statusMessageID       = 0x0c
	statusBindFailed      = 0x0d
	statusPassword        = 0x0e
	statusSystemID        = 0x0f
	statusQueueFull       = 0x14
	statusESMClass        = 0x43
	statusSubmitFailed    = 0x45
	statusThrottled       = 0x58
	statusSchedule        = 0x61
	statusExpiry          = 0x62
	statusTLV             = 0xc0
	statusDataCoding      = 0x104 // of SMPP 5.0; 3.4 has none for it
	statusReplaceNotKnown = 0x54
)

const maxSMPP = 8 << 10

type smppPDU struct {
	command, status, sequence uint32
	body                      []byte
}

var errSMPPLength = errors.New("impossible command_length")

func readSMPP(r io.Reader) (p smppPDU, err error) {
	var head [16]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return p, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < 16 || length > maxSMPP {
		return p, errSMPPLength
	}
	p.command, p.status, p.sequence = binary.BigEndian.Uint32(head[4:]), binary.BigEndian.Uint32(head[8:]), binary.BigEndian.Uint32(head[12:])
	p.body = make([]byte, length-16)
	_, err = io.ReadFull(r, p.body)
	return p, err
}

func (p smppPDU) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(p.body)))
	b = binary.BigEndian.AppendUint32(b, p.command)
	b = binary.BigEndian.AppendUint32(b, p.status)
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	return append(b, p.body...)
}

// smppReader reads fields; the first that is missing or too long spoils the rest.
type smppReader struct {
	rest []byte
	bad  bool
}

// text reads a C-octet string of at most limit octets with its end.
func (r *smppReader) text(limit int) string {
	end := bytes.IndexByte(r.rest, 0)
	if r.bad || end < 0 || end >= limit {
		r.bad = true
		return ""
	}
	s := string(r.rest[:end])
	r.rest = r.rest[end+1:]
	return s
}

func (r *smppReader) octets(n int) []byte {
	if r.bad || len(r.rest) < n {
		r.bad = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *smppReader) octet() byte { return r.octets(1)[0] }

// smppAddress is a type of number, a numbering plan and digits or a name.
type smppAddress struct {
	ton, npi byte
	text     string
}

func (r *smppReader) address() smppAddress {
	return smppAddress{r.octet(), r.octet(), r.text(21)}
}

// smppSubmission is a submit_sm.
type smppSubmission struct {
	service                             string
	source, destination                 smppAddress
	class, protocol, priority           byte
	schedule, validity                  string
	registered, replace, coding, sample byte
	octets                              []byte
	payload                             []byte
	hasPayload                          bool
	part, parts                         byte
	reference                           uint16
	sarReference, sarTotal, sarSegment  []byte
}

// readSubmission reads and checks a submit_sm as an SMSC does; the status is 0 when it may be taken.
func readSubmission(body []byte) (m smppSubmission, status uint32) {
	r := &smppReader{rest: body}
	m.service, m.source, m.destination = r.text(6), r.address(), r.address()
	m.class, m.protocol, m.priority = r.octet(), r.octet(), r.octet()
	m.schedule, m.validity = r.text(17), r.text(17)
	m.registered, m.replace, m.coding, m.sample = r.octet(), r.octet(), r.octet(), r.octet()
	m.octets = r.octets(int(r.octet()))
	for !r.bad && len(r.rest) > 0 {
		tag, value := binary.BigEndian.Uint16(r.octets(2)), []byte(nil)
		value = r.octets(int(binary.BigEndian.Uint16(r.octets(2))))
		switch tag {
		case 0x0424:
			m.payload, m.hasPayload = value, true
		case 0x020c:
			m.sarReference = value
		case 0x020e:
			m.sarTotal = value
		case 0x020f:
			m.sarSegment = value
		case 0x0204, 0x0005, 0x020a, 0x020b, 0x0426: // known, of no consequence here
		default:
			return m, statusTLV
		}
	}
	switch {
	case r.bad:
		return m, statusCommandLength
	case m.hasPayload && len(m.octets) > 0:
		return m, statusInvalidLength
	case m.priority > 3:
		return m, statusPriority
	case m.schedule != "":
		return m, statusSchedule
	case m.validity != "" && !smppTime(m.validity):
		return m, statusExpiry
	case m.replace != 0:
		return m, statusReplaceNotKnown
	case m.class&^0x40 != 0 && m.class&^0x40 != 3:
		return m, statusESMClass
	case m.coding != 0 && m.coding != 8:
		return m, statusDataCoding
	}
	if m.hasPayload {
		m.octets = m.payload
	}
	if m.class&0x40 != 0 {
		if !m.readHeader() {
			return m, statusESMClass
		}
	} else if len(m.sarReference) == 2 && len(m.sarTotal) == 1 && len(m.sarSegment) == 1 {
		m.reference, m.parts, m.part = binary.BigEndian.Uint16(m.sarReference), m.sarTotal[0], m.sarSegment[0]
	}
	limit := 140
	if m.coding == 0 {
		limit = 160 // septets
		if m.class&0x40 != 0 {
			limit = 153
		}
		for _, o := range m.octets {
			if o > 0x7f {
				return m, statusDataCoding
			}
		}
	} else if m.class&0x40 != 0 {
		limit = 134
	}
	if len(m.octets) == 0 || len(m.octets) > limit && !m.hasPayload || m.coding == 8 && len(m.octets)%2 != 0 {
		return m, statusInvalidLength
	}
	if m.parts > 1 && (m.part < 1 || m.part > m.parts) {
		return m, statusESMClass
	}
	return m, 0
}

// readHeader takes the user data header off (3GPP TS 23.040, 9.2.3.24).
func (m *smppSubmission) readHeader() bool {
	if len(m.octets) < 1 || int(m.octets[0]) >= len(m.octets) {
		return false
	}
	head := m.octets[1 : 1+int(m.octets[0])]
	m.octets = m.octets[1+len(head):]
	for len(head) >= 2 {
		id, length := head[0], int(head[1])
		if len(head) < 2+length {
			return false
		}
		value := head[2 : 2+length]
		switch {
		case id == 0 && length == 3:
			m.reference, m.parts, m.part = uint16(value[0]), value[1], value[2]
		case id == 8 && length == 4:
			m.reference, m.parts, m.part = binary.BigEndian.Uint16(value), value[2], value[3]
		default:
			return false
		}
		head = head[2+length:]
	}
	return len(head) == 0
}

// smppTime tells whether text is a time of SMPP 3.4, 7.1.1: absolute or relative, 16 characters.
func smppTime(text string) bool {
	if len(text) != 16 || strings.IndexFunc(text[:15], func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return false
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	ok := two(6) < 24 && two(8) < 60 && two(10) < 60 && two(2) < 13 && two(4) < 32
	if text[15] == 'R' {
		return ok && text[12:15] == "000"
	}
	return ok && (text[15] == '+' || text[15] == '-') && two(2) > 0 && two(4) > 0 && two(13) <= 48
}

// smppText reads the octets of a whole text.
func smppText(octets []byte, coding byte) string {
	if coding == 8 {
		units := make([]uint16, len(octets)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(octets[2*i:])
		}
		return string(utf16.Decode(units))
	}
	basic, out := []rune(gsm7), strings.Builder{}
	for i := 0; i < len(octets); i++ {
		code := int(octets[i])
		if code == 0x1b && i+1 < len(octets) {
			i++
			extended := map[byte]rune{0x0a: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2f: '\\', 0x3c: '[', 0x3d: '~', 0x3e: ']', 0x40: '|', 0x65: '€'}
			out.WriteRune(extended[octets[i]])
			continue
		}
		if code > 0x1b { // the table above leaves the escape out
			code--
		}
		out.WriteRune(basic[code])
	}
	return out.String()
}

// smppOctets writes a text as a customer's message: UCS-2 unless it is plain ASCII letters, digits and marks.
func smppOctets(text string) (octets []byte, coding byte) {
	basic := []rune(gsm7)
	for _, r := range text {
		at := -1
		for i, b := range basic {
			if b == r {
				at = i
			}
		}
		if at < 0 {
			octets = nil
			for _, u := range utf16.Encode([]rune(text)) {
				octets = binary.BigEndian.AppendUint16(octets, u)
			}
			return octets, 8
		}
		if at >= 0x1b {
			at++
		}
		octets = append(octets, byte(at))
	}
	return octets, 0
}

// smppDelivery makes the body of a deliver_sm.
func smppDelivery(from, to smppAddress, class, coding byte, octets []byte) []byte {
	var b bytes.Buffer
	b.WriteByte(0) // service_type
	for _, a := range []smppAddress{from, to} {
		b.WriteByte(a.ton)
		b.WriteByte(a.npi)
		b.WriteString(a.text + "\x00")
	}
	b.Write([]byte{class, 0, 0, 0, 0, 0, 0, coding, 0, byte(len(octets))})
	b.Write(octets)
	return b.Bytes()
}

func (a smppAddress) String() string {
	if a.ton == 1 {
		return "+" + a.text
	}
	return a.text
}

func smppNumber(number string) smppAddress {
	if digits, ok := strings.CutPrefix(number, "+"); ok {
		return smppAddress{1, 1, digits}
	}
	return smppAddress{0, 0, number}
}

func smppStatus(status uint32) string { return fmt.Sprintf("0x%02X", status) }
