package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/visavis/visavis/channels"
)

// link is one bound connection. gosmpp's own session is not used: it cannot say
// whether a request was written, waits without a context, and refuses instead
// of waiting when its window is full.
type link struct {
	cfg  *Config
	conn net.Conn

	writing  sync.Mutex
	sequence atomic.Int32
	window   chan struct{} // one slot for each request that waits for its answer
	heard    atomic.Int64  // when the SMSC was last heard, in Unix nanoseconds of cfg's clock

	mu      sync.Mutex
	waiting map[int32]*waiter

	closing sync.Once
	down    chan struct{} // closed with the connection
	why     error         // set before down is closed
}

// waiter is a request without an answer yet. What comes after its caller has
// gone is given to late.
type waiter struct {
	answer chan frame // of length 1
	late   func(frame)
	gone   bool // guarded by link.mu
	slot   bool
}

var (
	errUnbound  = errors.New("there is no bind to the SMSC")
	errNoAnswer = errors.New("the SMSC did not answer")
	errCut      = errors.New("the connection to the SMSC was lost")
)

// bindError is a bind that the SMSC refused.
type bindError struct{ status data.CommandStatusType }

func (e *bindError) Error() string {
	return fmt.Sprintf("the SMSC refused the bind with status 0x%02X (%s)", int32(e.status), e.status.Desc())
}

// bind connects and binds as a transceiver.
func bind(ctx context.Context, cfg *Config) (_ *link, err error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.BindTimeout)
	defer cancel()
	var conn net.Conn
	if cfg.TLS != nil {
		conn, err = (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Addr)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", cfg.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the SMSC: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			_ = conn.Close()
		}
	}()
	request := pdu.NewBindRequest(pdu.Transceiver)
	request.SystemID, request.Password, request.SystemType = cfg.SystemID, cfg.Password, cfg.SystemType
	request.SetSequenceNumber(1)
	if _, err := conn.Write(marshal(request)); err != nil {
		return nil, fmt.Errorf("bind: %w", err)
	}
	for {
		f, err := readFrame(conn)
		switch {
		case err != nil:
			return nil, fmt.Errorf("bind: %w", err)
		case f.header.CommandID != data.BIND_TRANSCEIVER_RESP && f.header.CommandID != data.GENERIC_NACK:
			continue
		case f.header.CommandStatus != data.ESME_ROK:
			return nil, &bindError{f.header.CommandStatus}
		case f.header.CommandID == data.GENERIC_NACK:
			return nil, &bindError{data.ESME_RBINDFAIL}
		}
		l := &link{cfg: cfg, conn: conn, window: make(chan struct{}, cfg.Window), waiting: map[int32]*waiter{}, down: make(chan struct{})}
		l.sequence.Store(1)
		l.heard.Store(time.Now().UnixNano())
		return l, nil
	}
}

// close ends the connection; whoever waits on it learns that it is down.
func (l *link) close(why error) {
	l.closing.Do(func() {
		l.why = why
		close(l.down)
		_ = l.conn.Close()
	})
}

// next is a sequence number of 1 to 0x7FFFFFFF, one for each request: gosmpp's
// Split would give all parts of a text the same.
func (l *link) next() int32 {
	n := l.sequence.Add(1) & 0x7fffffff
	if n == 0 {
		n = l.sequence.Add(1) & 0x7fffffff
	}
	return n
}

// write sends octets, before ctx's deadline or not at all; left says that a part
// of them may have gone.
func (l *link) write(ctx context.Context, octets []byte) (left bool, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if channels.Overdue(ctx) {
		return false, context.DeadlineExceeded
	}
	select {
	case <-l.down:
		return false, errCut
	default:
	}
	_ = l.conn.SetWriteDeadline(time.Now().Add(l.cfg.WriteTimeout))
	if _, err := l.conn.Write(octets); err != nil {
		l.close(fmt.Errorf("write: %w", err))
		return true, errCut
	}
	return true, nil
}

// request sends a PDU and waits for its answer. left says that the SMSC may
// have got it though there is an error. late gets an answer that comes when the
// caller has gone.
func (l *link) request(ctx context.Context, p pdu.PDU, slot bool, late func(frame)) (answer frame, left bool, err error) {
	if err := ctx.Err(); err != nil {
		return frame{}, false, err
	}
	if slot {
		select {
		case l.window <- struct{}{}:
		case <-ctx.Done():
			return frame{}, false, ctx.Err()
		case <-l.down:
			return frame{}, false, errUnbound
		}
	}
	sequence := l.next()
	p.SetSequenceNumber(sequence)
	w := &waiter{answer: make(chan frame, 1), late: late, slot: slot}
	l.mu.Lock()
	l.waiting[sequence] = w
	l.mu.Unlock()
	if left, err = l.write(ctx, marshal(p)); err != nil {
		l.take(sequence)
		return frame{}, left, err
	}
	// A slot is not held for ever by an SMSC that never answers.
	overdue := make(chan struct{})
	timer := time.AfterFunc(l.cfg.AnswerTimeout, func() { l.take(sequence); close(overdue) })
	select {
	case answer = <-w.answer:
		timer.Stop()
		return answer, true, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-l.down:
		err = errCut
	case <-overdue:
		err = errNoAnswer
	}
	l.mu.Lock()
	w.gone = true
	l.mu.Unlock()
	select {
	case answer = <-w.answer: // at the last moment
		timer.Stop()
		return answer, true, nil
	default:
		return frame{}, true, err
	}
}

// take removes a request that waits and frees its slot.
func (l *link) take(sequence int32) *waiter {
	l.mu.Lock()
	w := l.waiting[sequence]
	delete(l.waiting, sequence)
	l.mu.Unlock()
	if w != nil && w.slot {
		<-l.window
	}
	return w
}

// answered gives an answer to the request that it belongs to.
func (l *link) answered(f frame) {
	w := l.take(f.header.SequenceNumber)
	if w == nil {
		return
	}
	l.mu.Lock()
	gone := w.gone
	if !gone {
		w.answer <- f
	}
	l.mu.Unlock()
	if gone && w.late != nil {
		w.late(f)
	}
}

// outstanding is how many requests wait for their answer.
func (l *link) outstanding() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

// read takes in what the SMSC sends until the connection ends. deliver is
// called for each deliver_sm in a goroutine of its own, at most 16 at once, and
// returns the status to answer with.
func (l *link) read(deliver func(frame) data.CommandStatusType) {
	var working sync.WaitGroup
	defer working.Wait()
	slots := make(chan struct{}, 16)
	for {
		f, err := readFrame(l.conn)
		if errors.Is(err, errLength) {
			_, _ = l.write(context.Background(), header(data.GENERIC_NACK, data.ESME_RINVCMDLEN, 0))
		}
		if err != nil {
			l.close(fmt.Errorf("read: %w", err))
			return
		}
		l.heard.Store(time.Now().UnixNano())
		sequence := f.header.SequenceNumber
		switch id := f.header.CommandID; {
		case uint32(id)&0x80000000 != 0: // an answer, generic_nack too
			l.answered(f)
		case id == data.ENQUIRE_LINK:
			_, _ = l.write(context.Background(), header(data.ENQUIRE_LINK_RESP, data.ESME_ROK, sequence))
		case id == data.UNBIND:
			_, _ = l.write(context.Background(), header(data.UNBIND_RESP, data.ESME_ROK, sequence))
			l.close(errors.New("the SMSC unbound"))
			return
		case id == data.DELIVER_SM:
			slots <- struct{}{}
			working.Go(func() {
				defer func() { <-slots }()
				response := pdu.NewDeliverSMResp().(*pdu.DeliverSMResp)
				response.SetSequenceNumber(sequence)
				response.CommandStatus = l.guarded(deliver, f)
				_, _ = l.write(context.Background(), marshal(response))
			})
		case id == data.ALERT_NOTIFICATION: // has no answer
		default:
			_, _ = l.write(context.Background(), header(data.GENERIC_NACK, data.ESME_RINVCMDID, sequence))
		}
	}
}

// guarded delivers a frame; one that makes deliver panic is refused for good and
// takes nothing down: what is in it comes from a customer's phone.
func (l *link) guarded(deliver func(frame) data.CommandStatusType, f frame) (answer data.CommandStatusType) {
	defer func() {
		if p := recover(); p != nil {
			l.cfg.Log.Error("taking in what the SMSC delivered panicked", "provider", l.cfg.Name, "panic", p, "stack", string(debug.Stack()))
			answer = data.ESME_RX_P_APPN
		}
	}()
	return deliver(f)
}

// enquire asks whether the SMSC is there after each Enquire of silence, and
// closes the connection when it does not answer.
func (l *link) enquire(ctx context.Context) {
	for {
		quiet := time.Since(time.Unix(0, l.heard.Load()))
		select {
		case <-time.After(max(l.cfg.Enquire-quiet, l.cfg.Enquire/10)):
		case <-l.down:
			return
		case <-ctx.Done():
			return
		}
		if time.Since(time.Unix(0, l.heard.Load())) < l.cfg.Enquire {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, l.cfg.BindTimeout)
		_, _, err := l.request(asking, pdu.NewEnquireLink(), false, nil)
		cancel()
		if err != nil && ctx.Err() == nil {
			l.close(errNoAnswer)
			return
		}
	}
}

// unbind says good-bye when what is outstanding has been answered, or ctx ends.
func (l *link) unbind(ctx context.Context) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for waits := true; waits && l.outstanding() > 0; {
		select {
		case <-ticker.C:
		case <-l.down:
			return
		case <-ctx.Done():
			waits = false
		}
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_, _, _ = l.request(asking, pdu.NewUnbind(), false, nil)
	l.close(errors.New("unbound"))
}
