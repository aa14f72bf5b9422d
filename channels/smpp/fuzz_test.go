package smpp

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// FuzzDeliver: what a customer's phone puts into a text, and an SMSC around it,
// reaches these as it is; a panic would take the gateway down.
func FuzzDeliver(f *testing.F) {
	d := pdu.NewDeliverSM().(*pdu.DeliverSM)
	_ = d.Message.SetMessageDataWithEncoding([]byte("hello"), data.GSM7BIT)
	f.Add(marshal(d)[16:])
	d.EsmClass |= data.SM_UDH_GSM
	d.Message.SetUDH(pdu.UDH{pdu.NewIEConcatMessage(2, 1, 7)})
	f.Add(marshal(d)[16:])
	f.Add([]byte("\x00\x01\x0112\x00\x01\x0134\x00\x40\x00\x00\x00\x00\x01\x00\x08\x00\x03\xff\xff\xff"))
	f.Add([]byte("\x00\x01\x0112\x00\x01\x0134\x00\x40\x00\x00\x00\x00\x01\x00\x08\x00\x00\x04\x24\x00\x02\x05\x00"))
	receipted := []byte("\x00\x01\x01\xff8490\x00\x00\x00\xc3\xa9\xc3\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x0cid:1 stat:DE\x00\x1e\x00\x05a\x00\xffbc\x04\x27\x00\x01\x02") // receipted_message_id, message_state
	f.Add(receipted)
	f.Add(bytes.Replace(receipted, []byte("\x00\x05a\x00\xffbc"), append([]byte("\x01\x2c"), bytes.Repeat([]byte("9"), 300)...), 1))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 4096 {
			return
		}
		raw := binary.BigEndian.AppendUint32(nil, uint32(16+len(body)))
		raw = binary.BigEndian.AppendUint32(raw, uint32(data.DELIVER_SM))
		raw = append(append(raw, 0, 0, 0, 0, 0, 0, 0, 1), body...)
		frame, err := readFrame(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		d, ok := frame.body.(*pdu.DeliverSM)
		if !ok {
			return
		}
		text, err := d.Message.GetMessageData()
		if payload, ok := field(d.OptionalParameters, pdu.TagMessagePayload); ok {
			text = payload
		}
		if err != nil {
			return
		}
		r, _ := readReceipt(d, string(text))
		for _, kept := range slices.Concat(r.ids, r.exact, r.endings, []string{r.status, r.code}) {
			if !utf8.ValidString(kept) || strings.ContainsRune(kept, 0) || len(kept) > 3*maxID { // else the SMSC sends it again, for ever
				t.Errorf("%.100q cannot be stored", kept)
			}
		}
		number(d.SourceAddr)
		coding, err := codingOf(frame.raw)
		if err != nil {
			return
		}
		if c, octets, ok := concatenated(d, text); ok {
			if c.parts > 1 && (c.part < 1 || c.part > c.parts) {
				t.Errorf("part %d of %d", c.part, c.parts)
			}
			if words, err := decode(octets, coding, GSM7); err == nil && !utf8.ValidString(words) {
				t.Errorf("%q is no text", words)
			}
		}
	})
}

// A frame that makes us panic is refused, and the process lives.
func TestAPanicOfOneFrameIsRefused(t *testing.T) {
	l := &link{cfg: &Config{Name: "smpp", Log: slog.New(slog.NewTextHandler(t.Output(), nil))}}
	if got := l.guarded(func(frame) data.CommandStatusType { panic("odd") }, frame{}); got != data.ESME_RX_P_APPN {
		t.Errorf("answered with %#x", got)
	}
}
