package smpp

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/visavis/visavis/channels"
)

// receipt is what an SMSC says about a part, with every way to read which.
type receipt struct {
	exact   []string // ids as they stand, normalised
	ids     []string // these, and the same read as hexadecimal and as decimal
	endings []string // last four digits of both addresses: some SMSCs turn them round
	state   channels.State
	status  string // the SMSC's own word
	code    string
}

var (
	idField   = regexp.MustCompile(`(?i)\bid:\s*([0-9A-Za-z_-]{1,64})`)
	statField = regexp.MustCompile(`(?i)\bstat:\s*([A-Za-z]{3,10})`)
	errField  = regexp.MustCompile(`(?i)\berr:\s*([0-9A-Za-z]{1,8})`)
)

// deliver takes in a deliver_sm and returns the status to answer with: 0 when
// it is kept, 0x64 when it should be sent again, 0x65 when it should not.
func (p *Provider) deliver(ctx context.Context, f frame) data.CommandStatusType {
	d, ok := f.body.(*pdu.DeliverSM)
	if !ok {
		return data.ESME_RX_P_APPN
	}
	text, err := d.Message.GetMessageData()
	if payload, ok := field(d.OptionalParameters, pdu.TagMessagePayload); ok {
		text = payload
	}
	if err != nil {
		return data.ESME_RX_P_APPN
	}
	_, named := field(d.OptionalParameters, pdu.TagReceiptedMessageID)
	switch kind := d.EsmClass & 0x3c; {
	case kind == data.SM_SMSC_DLV_RCPT_TYPE || kind == data.SM_INTMD_DLV_NOTIFY_TYPE || named:
		r, ok := readReceipt(d, string(text))
		if !ok {
			p.cfg.Log.Warn("a receipt of the SMSC could not be read", "provider", p.cfg.Name)
			return data.ESME_ROK // again it would be no better
		}
		if err := p.keep(ctx, r); err != nil {
			p.cfg.Log.Error("a receipt could not be kept", "provider", p.cfg.Name, "error", err)
			return data.ESME_RX_T_APPN
		}
		p.match(ctx, r.exact)
		return data.ESME_ROK
	case kind != 0: // acknowledgements by the handset's user: nothing that we ask for
		return data.ESME_ROK
	}
	return p.receive(ctx, f, d, text)
}

// readReceipt reads a receipt from its optional parameters and its text; what
// both have is taken from the former.
func readReceipt(d *pdu.DeliverSM, text string) (receipt, bool) {
	var r receipt
	add := func(id string) {
		if id = normal(id); id != "" && len(id) <= maxID && !slices.Contains(r.exact, id) {
			r.exact = append(r.exact, id)
		}
	}
	if id, ok := field(d.OptionalParameters, pdu.TagReceiptedMessageID); ok {
		add(string(id))
	}
	if m := idField.FindStringSubmatch(text); m != nil {
		add(m[1])
	}
	r.ids = slices.Clone(r.exact)
	for _, id := range r.exact {
		for _, other := range otherBases(id) {
			if !slices.Contains(r.ids, other) {
				r.ids = append(r.ids, other)
			}
		}
	}
	if state, ok := field(d.OptionalParameters, pdu.TagMessageStateOption); ok && len(state) == 1 {
		r.status, r.state = messageState(state[0])
	}
	if m := statField.FindStringSubmatch(text); m != nil && (r.status == "" || r.state == "") {
		r.status, r.state = statState(strings.ToUpper(m[1]))
	}
	if m := errField.FindStringSubmatch(text); m != nil && strings.Trim(m[1], "0") != "" {
		r.code = m[1]
	}
	if network, ok := field(d.OptionalParameters, pdu.TagNetworkErrorCode); ok && len(network) == 3 && r.code == "" {
		if n := int(network[1])<<8 | int(network[2]); n != 0 {
			r.code = strconv.Itoa(n)
		}
	}
	r.endings = []string{ending(d.SourceAddr.Address()), ending(d.DestAddr.Address())}
	return r, len(r.exact) > 0 && r.status != ""
}

// maxID is how long an id may be (SMPP 3.4, 5.2.23).
const maxID = 64

// storable leaves out what PostgreSQL takes for no text.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// normal is an id as ids are compared: lower case, without leading zeros, spaces,
// the zero octet of optional parameters and what cannot be stored.
func normal(id string) string {
	id = strings.ToLower(strings.Trim(storable(id), " "))
	if short := strings.TrimLeft(id, "0"); short != "" || id == "" {
		return short
	}
	return "0"
}

// otherBases reads an id as the other of hexadecimal and decimal: many SMSCs
// write one in submit_sm_resp and the other in the receipt's text.
func otherBases(id string) (others []string) {
	if n, ok := new(big.Int).SetString(id, 10); ok && n.Sign() >= 0 {
		others = append(others, n.Text(16))
	}
	if n, ok := new(big.Int).SetString(id, 16); ok && n.Sign() >= 0 {
		others = append(others, n.Text(10))
	}
	return others
}

// ending is the last four digits of a number.
func ending(number string) string { return storable(number[max(len(number)-4, 0):]) }

// statState says what a word of a receipt's text means. UNKNOWN ends the SMSC's
// interest and tells nothing.
func statState(stat string) (word string, state channels.State) {
	switch stat {
	case "DELIVRD":
		return stat, channels.StateDelivered
	case "EXPIRED", "DELETED", "UNDELIV":
		return stat, channels.StateUndelivered
	case "REJECTD":
		return stat, channels.StateFailed
	case "ENROUTE", "ACCEPTD":
		return stat, channels.StateSent
	}
	return stat, ""
}

// messageState says what message_state means (SMPP 3.4, 5.2.28).
func messageState(state byte) (word string, _ channels.State) {
	words := []string{"", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD"}
	if int(state) >= len(words) || state == 0 {
		return fmt.Sprintf("STATE%d", state), ""
	}
	return statState(words[state])
}

// whole says what its parts' states make of a text, and whether only the grace
// for the other parts' receipts is waited for.
func whole(states []channels.State) (state channels.State, waits bool) {
	count := map[channels.State]int{}
	for _, s := range states {
		count[s]++
	}
	switch {
	case count[channels.StateUndelivered] > 0:
		return channels.StateUndelivered, false
	case count[channels.StateFailed] > 0:
		return channels.StateFailed, false
	case count[channels.StateDelivered] == len(states):
		return channels.StateDelivered, false
	case count[channels.StateDelivered] > 0:
		return channels.StateSent, true
	case count[channels.StateSent] > 0:
		return channels.StateSent, false
	}
	return "", false
}
