package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// frame is one PDU as it was read. body is nil when gosmpp could not read what
// stands behind the header: a refusal often has no body at all, and a stream is
// not lost by one PDU that is odd.
type frame struct {
	header pdu.Header
	body   pdu.PDU
	raw    []byte // with the header
}

// maxPDU bounds what is read for one PDU, far above what SMPP 3.4 needs.
const maxPDU = 64 << 10

// errLength is of a length that cannot be: the stream cannot be followed any more.
var errLength = errors.New("a PDU of impossible length")

// readFrame reads one PDU.
func readFrame(r io.Reader) (frame, error) {
	var head [data.PDU_HEADER_SIZE]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length < data.PDU_HEADER_SIZE || length > maxPDU {
		return frame{}, errLength
	}
	f := frame{header: pdu.ParseHeader(head), raw: make([]byte, length)}
	copy(f.raw, head[:])
	if _, err := io.ReadFull(r, f.raw[len(head):]); err != nil {
		return frame{}, err
	}
	f.body = parse(f.header.CommandID, f.raw)
	return f, nil
}

// parse has gosmpp read a PDU; nil when it cannot. It panics on some (a
// query_sm with optional parameters), which must not take the process down.
func parse(id data.CommandIDType, raw []byte) (p pdu.PDU) {
	defer func() {
		if recover() != nil {
			p = nil
		}
	}()
	p, err := pdu.CreatePDUFromCmdID(id)
	if err != nil || p.Unmarshal(pdu.NewBuffer(bytes.Clone(raw))) != nil {
		return nil
	}
	return p
}

func marshal(p pdu.PDU) []byte {
	b := pdu.NewBuffer(nil)
	p.Marshal(b)
	return b.Bytes()
}

// header makes a PDU that has no body: generic_nack, or the refusal of a request.
func header(id data.CommandIDType, status data.CommandStatusType, sequence int32) []byte {
	b := pdu.NewBuffer(make([]byte, 0, data.PDU_HEADER_SIZE))
	h := pdu.Header{CommandLength: data.PDU_HEADER_SIZE, CommandID: id, CommandStatus: status, SequenceNumber: sequence}
	h.Marshal(b)
	return b.Bytes()
}

// codingOf is the data_coding of a deliver_sm: gosmpp forgets the numbers that
// it has no encoding for.
func codingOf(raw []byte) (byte, error) {
	b := bytes.NewBuffer(raw[data.PDU_HEADER_SIZE:])
	text := func() { _, _ = b.ReadBytes(0) }
	text()    // service_type
	b.Next(2) // source
	text()
	b.Next(2) // destination
	text()
	b.Next(3) // esm_class, protocol_id, priority_flag
	text()    // schedule_delivery_time
	text()    // validity_period
	b.Next(2) // registered_delivery, replace_if_present_flag
	coding, err := b.ReadByte()
	if err != nil {
		return 0, fmt.Errorf("data_coding: %w", err)
	}
	return coding, nil
}

// field is an optional parameter's value; ok is false when it is not there.
func field(fields map[pdu.Tag]pdu.Field, tag pdu.Tag) (value []byte, ok bool) {
	f, ok := fields[tag]
	return f.Data, ok
}
