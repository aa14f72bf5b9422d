package smpp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/visavis/visavis/channels"
)

// Send implements channels.Sender; the id is the SMSC's of the first part.
//
// The parts of a long text go one after the other. Once the first is taken, a
// throttled part is tried again until ctx ends: half a text helps nobody.
func (p *Provider) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	if !e164Shape.MatchString(out.To) {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "number", Err: errors.New("the recipient is not a number in E.164")}
	}
	text, err := encode(out.Body, p.cfg.Alphabet)
	if err != nil {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "text", Err: err}
	}
	if wait := time.Unix(0, p.pause.Load()).Sub(p.cfg.Now()); wait > 0 {
		return "", &channels.SendError{Outcome: channels.Busy, Code: "throttled", RetryAfter: wait, Err: errors.New("the SMSC has asked for a pause")}
	}
	l := p.current()
	if l == nil {
		return "", &channels.SendError{Outcome: channels.Busy, Code: "unbound", Err: errUnbound}
	}
	reference := byte(p.reference.Add(1))
	var first string
	for i := range text.parts {
		part := partOf{bankID: out.BankID, deliveryID: out.DeliveryID, part: i + 1, parts: len(text.parts), ending: ending(out.To)}
		for {
			id, err := p.submit(ctx, l, p.submitSM(out, text, i, reference), part)
			var refusal *channels.SendError
			if errors.As(err, &refusal) && i > 0 {
				if refusal.Outcome == channels.Busy && sleep(ctx, l, refusal.RetryAfter) {
					continue
				}
				if refusal.Outcome == channels.Busy { // half of it is there
					refusal.Outcome, refusal.RetryAfter = channels.Unknown, 0
				}
			}
			if err != nil {
				return "", err
			}
			if i == 0 {
				first = id
			}
			break
		}
	}
	return first, nil
}

// sleep waits d; false when ctx or the bind ended before.
func sleep(ctx context.Context, l *link, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-l.down:
	}
	return false
}

// sourceOf is what a message comes from: the bank's own sender, where it can be
// written, else the account's.
func (p *Provider) sourceOf(out channels.Outgoing) pdu.Address {
	if out.From != "" {
		if own, err := source(out.From); err == nil {
			return own
		}
	}
	return p.from
}

// submitSM makes the PDU of one part. Its sequence number is given when it is sent.
func (p *Provider) submitSM(out channels.Outgoing, text encoded, i int, reference byte) *pdu.SubmitSM {
	s := pdu.NewSubmitSM().(*pdu.SubmitSM)
	s.SourceAddr = p.sourceOf(out)
	s.DestAddr, _ = pdu.NewAddressWithTonNpiAddr(data.GSM_TON_INTERNATIONAL, data.GSM_NPI_E164, out.To[1:]) // at most 15 digits
	s.ValidityPeriod = validity(out.TTL)
	s.RegisteredDelivery = data.SM_SMSC_RECEIPT_REQUESTED
	if out.Class == channels.Security || out.Class == channels.Ring {
		s.PriorityFlag = 1
	}
	_ = s.Message.SetMessageDataWithEncoding(text.parts[i], text.coding) // at most 160 octets
	if len(text.parts) > 1 {
		s.EsmClass |= data.SM_UDH_GSM
		s.Message.SetUDH(pdu.UDH{pdu.NewIEConcatMessage(byte(len(text.parts)), byte(i+1), reference)})
	}
	return s
}

// submit sends one part and records the id that the SMSC gives it.
func (p *Provider) submit(ctx context.Context, l *link, s *pdu.SubmitSM, part partOf) (string, error) {
	answer, left, err := l.request(ctx, s, true, func(late frame) {
		if id, err := p.accepted(late); err == nil {
			p.record(context.Background(), part, id)
		}
	})
	switch {
	case err != nil && !left:
		return "", &channels.SendError{Outcome: channels.Busy, Code: "unbound", Err: err}
	case err != nil:
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: err}
	}
	id, err := p.accepted(answer)
	if err != nil {
		return "", err
	}
	p.record(context.WithoutCancel(ctx), part, id)
	return id, nil
}

// accepted reads the answer to a submit_sm.
func (p *Provider) accepted(f frame) (id string, err error) {
	switch s := f.header.CommandStatus; {
	case s == data.ESME_ROK && f.header.CommandID == data.SUBMIT_SM_RESP:
		p.throttled.Store(0)
		response, ok := f.body.(*pdu.SubmitSMResp)
		if !ok || normal(response.MessageID) == "" || len(response.MessageID) > maxID {
			return "", &channels.SendError{Outcome: channels.Unknown, Code: "answer", Err: errors.New("the answer has no message id")}
		}
		return strings.TrimSpace(storable(response.MessageID)), nil
	case s == data.ESME_ROK:
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "answer", Err: errors.New("the answer is none to a submit_sm")}
	default:
		return "", p.refused(s)
	}
}

// refused says what to do about a command_status.
func (p *Provider) refused(s data.CommandStatusType) *channels.SendError {
	e := &channels.SendError{Outcome: channels.Permanent, Code: status(s), Err: fmt.Errorf("the SMSC refused it: %s", s.Desc())}
	switch s {
	case data.ESME_RTHROTTLED, data.ESME_RMSGQFUL:
		// One is a hiccup of one message. Several in a row are about the bind.
		e.Outcome, e.RetryAfter = channels.Busy, p.cfg.ThrottleWait
		if n := p.throttled.Add(1); n > 1 {
			e.RetryAfter = min(p.cfg.ThrottleWait<<min(n-1, 5), 30*time.Second)
			p.pause.Store(p.cfg.Now().Add(e.RetryAfter).UnixNano())
		}
	case data.ESME_RSYSERR, data.ESME_RX_T_APPN, data.ESME_RINVBNDSTS, data.ESME_RINVCMDID, data.ESME_RINVCMDLEN:
		// It surely was not taken, and not for what it is.
		e.Outcome, e.RetryAfter = channels.Busy, p.cfg.ThrottleWait
	case data.ESME_RUNKNOWNERR:
		e.Outcome = channels.Unknown
	}
	return e
}

// Lookup implements channels.Looker: what is recorded of the delivery since
// then, which is what was answered after Send had returned, or to a node that
// died. With Config.Query the SMSC is asked what has become of it.
func (p *Provider) Lookup(ctx context.Context, out channels.Outgoing, since time.Time) ([]channels.Found, error) {
	parts, err := p.recorded(ctx, out.BankID, out.DeliveryID, since)
	if err != nil {
		return nil, &channels.SendError{Outcome: channels.Busy, Code: "load", Err: err}
	}
	if len(parts) == 0 || len(parts) < parts[0].parts {
		return nil, nil
	}
	found := channels.Found{ProviderID: parts[0].smscID, Status: "submitted", State: channels.StateSent}
	l := p.current()
	if !p.cfg.Query || l == nil {
		return []channels.Found{found}, nil
	}
	worst := channels.StateDelivered
	for _, part := range parts {
		query := pdu.NewQuerySM().(*pdu.QuerySM)
		query.MessageID, query.SourceAddr = part.smscID, p.sourceOf(out)
		answer, _, err := l.request(ctx, query, true, nil)
		if err != nil {
			return nil, &channels.SendError{Outcome: channels.Busy, Code: "network", Err: err}
		}
		response, ok := answer.body.(*pdu.QuerySMResp)
		if answer.header.CommandStatus != data.ESME_ROK || !ok {
			return []channels.Found{found}, nil // it took it all the same
		}
		word, state := messageState(response.MessageState)
		if state == "" {
			state = channels.StateSent
		}
		if found.Status == "submitted" || severity(state) > severity(worst) {
			worst, found.Status, found.State = state, word, state
		}
	}
	return []channels.Found{found}, nil
}

// severity orders what parts say: the whole is no better than its worst part.
func severity(s channels.State) int {
	switch s {
	case channels.StateDelivered:
		return 0
	case channels.StateSent:
		return 1
	case channels.StateUndelivered:
		return 2
	}
	return 3
}
