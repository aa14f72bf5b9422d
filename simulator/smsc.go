package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// smsc is the twin of an operator's SMSC: SMPP 3.4 on a listener of its own. It writes message ids as many SMSCs do, in
// hexadecimal in submit_sm_resp and in decimal in the receipt's text, and sends receipts without optional parameters.
type smsc struct {
	s *Simulator

	mu       sync.Mutex // never held together with Simulator.mu by one that then wants the other
	sessions []*smppSession
	changed  chan struct{} // closed and made anew when a session binds
	lastID   uint32
	texts    map[string]*smppParts // long texts that are not whole
	byID     map[string]*message   // by id in hexadecimal, for query_sm
	ids      []string              // of byID, oldest first
}

type smppParts struct {
	octets  [][]byte
	ids     []uint32
	missing int
}

// smppSession is one connection. It is in smsc.sessions while it is bound and may receive.
type smppSession struct {
	conn    net.Conn
	ctx     context.Context
	writing sync.Mutex

	mu        sync.Mutex
	bound     bool
	transmits bool
	sequence  uint32
	waiting   map[uint32]chan uint32 // deliver_sm without an answer
}

func newSMSC(s *Simulator) *smsc {
	return &smsc{s: s, changed: make(chan struct{}), lastID: rand.Uint32N(1 << 28), texts: map[string]*smppParts{}, byID: map[string]*message{}}
}

// ServeSMPP serves the SMSC on l until Close, and closes l.
func (s *Simulator) ServeSMPP(l net.Listener) error {
	stop := context.AfterFunc(s.ctx, func() { _ = l.Close() })
	defer stop()
	defer l.Close()
	for {
		conn, err := l.Accept()
		if err != nil {
			if s.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		s.mu.Lock()
		ok := s.spawn(func() { s.smsc.serve(conn) })
		s.mu.Unlock()
		if !ok {
			_ = conn.Close()
		}
	}
}

func (c *smsc) serve(conn net.Conn) {
	ctx, cancel := context.WithCancel(c.s.ctx)
	session := &smppSession{conn: conn, ctx: ctx, waiting: map[uint32]chan uint32{}}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	var working sync.WaitGroup
	defer func() {
		c.mu.Lock()
		c.sessions = slices.DeleteFunc(c.sessions, func(o *smppSession) bool { return o == session })
		c.mu.Unlock()
		cancel()
		stop()
		_ = conn.Close()
		working.Wait()
	}()
	slots := make(chan struct{}, 64)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(2 * time.Minute)) // enquire_link is to come before that
		p, err := readSMPP(conn)
		if errors.Is(err, errSMPPLength) {
			session.send(smppPDU{command: smppNack, status: statusCommandLength})
		}
		if err != nil {
			return
		}
		if p.command&smppResponse != 0 {
			session.answered(p)
			continue
		}
		if p.command == smppUnbind {
			session.send(smppPDU{command: smppUnbind | smppResponse, sequence: p.sequence})
			return
		}
		slots <- struct{}{}
		handle := func() {
			defer func() { <-slots }()
			if !c.handle(session, p) {
				cancel()
			}
		}
		if p.command == smppSubmit || p.command == smppQuery {
			working.Go(handle) // may wait for a receipt's answer
		} else {
			handle()
		}
	}
}

func (s *smppSession) send(p smppPDU) bool {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err := s.conn.Write(p.encode())
	return err == nil
}

func (s *smppSession) answered(p smppPDU) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := s.waiting[p.sequence]; answer != nil {
		delete(s.waiting, p.sequence)
		answer <- p.status
	}
}

// handle works one request; false cuts the connection.
func (c *smsc) handle(session *smppSession, p smppPDU) bool {
	answer := smppPDU{command: p.command | smppResponse, sequence: p.sequence}
	session.mu.Lock()
	bound, transmits := session.bound, session.transmits
	session.mu.Unlock()
	switch {
	case p.command == smppBindReceiver || p.command == smppBindTransmitter || p.command == smppBindTransceiver:
		answer.status = c.bind(session, p)
		if answer.status == 0 {
			answer.body = []byte("VISAVIS-TWIN\x00")
		}
	case p.command == smppEnquireLink:
	case p.command == smppSubmit && bound && transmits:
		return c.submit(session, p, answer)
	case p.command == smppQuery && bound && transmits:
		answer.status, answer.body = c.query(p.body)
	case p.command == smppSubmit || p.command == smppQuery:
		answer.status = statusNotBound
	default:
		answer.command, answer.status = smppNack, statusCommand
	}
	if !session.send(answer) {
		return false
	}
	if answer.status == 0 && !bound && p.command != smppBindTransmitter && p.command != smppEnquireLink {
		c.mu.Lock() // after the answer, so that nothing is delivered before it
		c.sessions = append(c.sessions, session)
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
	}
	return true
}

func (c *smsc) bind(session *smppSession, p smppPDU) uint32 {
	r := &smppReader{rest: p.body}
	system, password := r.text(16), r.text(9)
	r.text(13) // system_type
	r.octets(3)
	r.text(41)
	session.mu.Lock()
	defer session.mu.Unlock()
	switch {
	case session.bound:
		return statusAlreadyBound
	case r.bad || len(r.rest) > 0:
		return statusBindFailed
	case c.s.cfg.SMPPSystemID == "" || !same(system, c.s.cfg.SMPPSystemID):
		return statusSystemID
	case !same(password, c.s.cfg.SMPPPassword):
		return statusPassword
	}
	session.bound, session.transmits = true, p.command != smppBindReceiver
	return 0
}

var smppDigits = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)

// refusal is what the SMSC has against a submission, before a scenario has its say.
func (c *smsc) refusal(m smppSubmission) uint32 {
	from := m.source.String()
	switch {
	case m.destination.ton != 1 || m.destination.npi != 1 || !smppDigits.MatchString(m.destination.text):
		return statusDestination
	case m.source.ton == 1 && (!smppDigits.MatchString(m.source.text) || len(c.s.cfg.SMPPNumbers) > 0 && !slices.Contains(c.s.cfg.SMPPNumbers, from)):
		return statusSource
	case m.source.ton == 5 && (len(from) > 11 || !alphanumericSender(from)):
		return statusSource
	case m.source.ton != 1 && m.source.ton != 5 && (len(from) < 3 || len(from) > 8 || strings.Trim(from, "0123456789") != ""):
		return statusSource
	}
	return 0
}

// submit takes a part in, or refuses it; false cuts the connection.
func (c *smsc) submit(session *smppSession, p smppPDU, answer smppPDU) bool {
	if !c.s.latency(session.ctx) {
		return false
	}
	sub, status := readSubmission(p.body)
	if status == 0 {
		status = c.refusal(sub)
	}
	to, from := sub.destination.String(), sub.source.String()
	scenario := scenarioOf(to)
	if status == 0 && sub.part <= 1 {
		if scenario == "dropped" {
			return false
		}
		status = c.s.smppFault(scenario, to, from)
	}
	if status != 0 {
		answer.status = status
		return session.send(answer)
	}
	id, m := c.take(sub, to, from, scenario)
	answer.body = []byte(fmt.Sprintf("%X\x00", id))
	switch {
	case scenario == "timeout-after-accept":
		if m != nil {
			c.s.advance(m)
		}
		return true
	case scenario == "receipt-before-reply" && m != nil:
		c.s.advance(m)
		select {
		case <-c.s.out.empty(&m.line):
		case <-session.ctx.Done():
		}
		return session.send(answer)
	}
	ok := session.send(answer)
	if m != nil {
		c.s.advance(m)
	}
	return ok
}

// smppFault is the refusal that a number's ending or chance asks for.
func (s *Simulator) smppFault(scenario, to, from string) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch scenario {
	case "refused", "landline":
		return statusDestination
	case "opted-out":
		return statusSubmitFailed
	case "too-many-requests":
		return statusThrottled
	case "server-error":
		return statusSystemError
	case "first-try-fails":
		if key := to + "\n" + from; !s.triedOnce[key] {
			remember(s.triedOnce, key, s.cfg.HistoryLimit)
			return statusQueueFull
		}
	}
	if chance(s.faults.HTTPErrorRate) {
		return statusSystemError
	}
	return 0
}

// take gives a part its id, and returns the message when the text is whole.
func (c *smsc) take(sub smppSubmission, to, from, scenario string) (id uint32, whole *message) {
	c.mu.Lock()
	c.lastID++
	id = c.lastID
	octets, ids := sub.octets, []uint32{id}
	if sub.parts > 1 {
		key := fmt.Sprint(to, "\n", from, "\n", sub.reference, "\n", sub.parts)
		text := c.texts[key]
		if text == nil {
			if len(c.texts) >= c.s.cfg.HistoryLimit {
				clear(c.texts)
			}
			text = &smppParts{make([][]byte, sub.parts), make([]uint32, sub.parts), int(sub.parts)}
			c.texts[key] = text
		}
		if text.octets[sub.part-1] == nil {
			text.missing--
		}
		text.octets[sub.part-1], text.ids[sub.part-1] = sub.octets, id
		if text.missing > 0 {
			c.mu.Unlock()
			return id, nil
		}
		delete(c.texts, key)
		octets, ids = slices.Concat(text.octets...), text.ids
	}
	c.mu.Unlock()

	s := c.s
	now := s.now()
	m := &message{
		sid: fmt.Sprintf("smpp-%x", ids[0]), to: to, from: from, body: smppText(octets, sub.coding), scenario: scenario, via: "smpp",
		status: "queued", created: now, updated: now,
	}
	if sub.registered&3 != 0 {
		m.tell = func(status string) []callback { return c.receipts(m, ids, sub, status) }
	}
	s.mu.Lock()
	if scenario == "" && chance(s.faults.SMSFailureRate) {
		m.scenario = "undelivered"
	}
	s.messages.add(m.sid, m)
	s.publish(messageEvent(m))
	s.mu.Unlock()
	c.mu.Lock()
	for _, id := range ids {
		key := strconv.FormatUint(uint64(id), 16)
		c.byID[key] = m
		c.ids = append(c.ids, key)
	}
	for len(c.ids) > c.s.cfg.HistoryLimit {
		delete(c.byID, c.ids[0])
		c.ids = c.ids[1:]
	}
	c.mu.Unlock()
	return id, m
}

// receipts are the deliver_sm that tell a state, one a part; the caller holds Simulator.mu. Only the end is told, but
// for reordered-receipts, which has ENROUTE come after it. Endings in 0019 get one for the first part only.
func (c *smsc) receipts(m *message, ids []uint32, sub smppSubmission, status string) (all []callback) {
	stat, code := "", "000"
	switch status {
	case "sent":
		if m.scenario == "reordered-receipts" {
			stat = "ENROUTE"
		}
	case "delivered":
		stat = "DELIVRD"
	case "undelivered":
		stat, code = "UNDELIV", "001"
	case "failed":
		stat, code = "REJECTD", "008"
	}
	if stat == "" {
		return nil
	}
	delivered := "000"
	if stat == "DELIVRD" {
		delivered = "001"
	}
	if m.scenario == "one-receipt" {
		ids = ids[:1]
	}
	start := []rune(m.body)
	for _, id := range ids {
		text := fmt.Sprintf("id:%010d sub:001 dlvrd:%s submit date:%s done date:%s stat:%s err:%s text:%s", id, delivered,
			m.created.Format("0601021504"), m.updated.Format("0601021504"), stat, code, strings.Map(plainASCII, string(start[:min(len(start), 20)])))
		body := smppDelivery(sub.destination, sub.source, 0x04, 0, []byte(text))
		all = append(all, callback{status: status, deliver: func(ctx context.Context) error { return c.deliver(ctx, body) }, done: s2done(c.s, m)})
	}
	return all
}

func plainASCII(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

// s2done keeps what became of a receipt.
func s2done(s *Simulator, m *message) func(callbackResult, respondent) {
	return func(result callbackResult, _ respondent) {
		s.mu.Lock()
		defer s.mu.Unlock()
		m.callbacks = append(m.callbacks, result)
		s.publish(messageEvent(m))
	}
}

// deliver gives a deliver_sm to one of the bound sessions, waiting for one, and again while it is answered with a
// temporary error, until ctx ends.
func (c *smsc) deliver(ctx context.Context, body []byte) error {
	for {
		c.mu.Lock()
		changed := c.changed
		var session *smppSession
		if n := len(c.sessions); n > 0 {
			session = c.sessions[rand.IntN(n)]
		}
		c.mu.Unlock()
		if session == nil {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return errors.New("nobody is bound")
			}
		}
		status, err := session.deliver(ctx, body)
		switch {
		case err == nil && status == 0:
			return nil
		case err == nil && status != 0x64:
			return fmt.Errorf("the receiver answered %s", smppStatus(status))
		}
		if !c.s.wait(ctx, time.Second) {
			return errors.New("the receiver did not take it")
		}
	}
}

func (s *smppSession) deliver(ctx context.Context, body []byte) (status uint32, err error) {
	answer := make(chan uint32, 1)
	s.mu.Lock()
	s.sequence++
	sequence := s.sequence
	s.waiting[sequence] = answer
	s.mu.Unlock()
	if !s.send(smppPDU{command: smppDeliver, sequence: sequence, body: body}) {
		return 0, io.ErrClosedPipe
	}
	select {
	case status = <-answer:
		return status, nil
	case <-s.ctx.Done():
		return 0, io.ErrClosedPipe
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// query answers query_sm: state by message id (SMPP 3.4, 5.2.28).
func (c *smsc) query(body []byte) (status uint32, answer []byte) {
	r := &smppReader{rest: body}
	id, source := r.text(65), r.address()
	c.mu.Lock()
	m := c.byID[strings.ToLower(id)]
	c.mu.Unlock()
	if r.bad || m == nil || m.from != source.String() {
		return statusMessageID, nil
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	state, final := byte(1), ""
	switch m.status {
	case "delivered":
		state, final = 2, m.updated.Format("060102150405")+"000+"
	case "undelivered":
		state, final = 5, m.updated.Format("060102150405")+"000+"
	case "failed":
		state, final = 8, m.updated.Format("060102150405")+"000+"
	}
	return 0, append([]byte(id+"\x00"+final+"\x00"), state, 0)
}

// inbound gives a customer's text to whoever is bound, in parts when it is long. The caller holds Simulator.mu.
func (c *smsc) inbound(m *message) (all []callback) {
	octets, coding := smppOctets(m.body)
	alone, each := 160, 153
	if coding == 8 {
		alone, each = 140, 134
	}
	parts := [][]byte{octets}
	if len(octets) > alone {
		parts = slices.Collect(slices.Chunk(octets, each))
	}
	reference := byte(rand.Uint32())
	for i, part := range parts {
		class := byte(0)
		if len(parts) > 1 {
			class, part = 0x40, append([]byte{5, 0, 3, reference, byte(len(parts)), byte(i + 1)}, part...)
		}
		body := smppDelivery(smppNumber(m.from), smppNumber(m.to), class, coding, part)
		all = append(all, callback{status: "received", deliver: func(ctx context.Context) error { return c.deliver(ctx, body) }, done: s2done(c.s, m)})
	}
	return all
}
