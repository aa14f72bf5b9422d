package calls

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
)

// The signalling of a call is described in docs/signalling.md: JSON messages
// over a WebSocket, one socket a side. The page offers once, the server
// answers; there is never an offer from the server.

// message is one message of the signalling protocol, in either direction. Which
// fields count depends on Type.
type message struct {
	Type        string          `json:"type"`
	SDP         string          `json:"sdp,omitempty"`         // join, restart → answer
	Candidate   json.RawMessage `json:"candidate,omitempty"`   // candidate: an RTCIceCandidateInit
	Position    int             `json:"position,omitempty"`    // step
	Kind        string          `json:"kind,omitempty"`        // step: document_front, …
	Camera      string          `json:"camera,omitempty"`      // step: user or environment
	Audio       *bool           `json:"audio,omitempty"`       // muted: is the microphone on
	Video       *bool           `json:"video,omitempty"`       // muted: is the camera on
	Participant string          `json:"participant,omitempty"` // peer, recording
	State       string          `json:"state,omitempty"`       // state, peer, recording
	Reason      string          `json:"reason,omitempty"`      // state ended: why
	OffsetMS    int64           `json:"offset_ms,omitempty"`   // state: now on the recording's clock
	Code        string          `json:"code,omitempty"`        // error: stable
	Message     string          `json:"message,omitempty"`     // error: for a person
	CodeAsked   bool            `json:"code_asked,omitempty"`  // state: the agent has sent a code in this call
	CodePassed  bool            `json:"code_passed,omitempty"` // state: it was typed right

	Line     *saidLine    `json:"line,omitempty"`     // chat: one line of the call
	Text     string       `json:"text,omitempty"`     // chat, caption: what is written
	On       *bool        `json:"on,omitempty"`       // screen: is it shared; pointer: is it over the picture; less_data
	Possible *bool        `json:"possible,omitempty"` // screen, not shared: can this device share one
	X        float64      `json:"x,omitempty"`        // pointer: 0 (left) to 1 of the picture
	Y        float64      `json:"y,omitempty"`        // pointer: 0 (top) to 1
	Surface  string       `json:"surface,omitempty"`  // pointer, draw: screen or camera
	Stroke   int          `json:"stroke,omitempty"`   // draw: numbered by who draws; 0 = take all away
	Points   [][2]float64 `json:"points,omitempty"`   // draw: more of the stroke

	Quality    *Quality          `json:"quality,omitempty"`     // quality: of Participant's connection
	Advice     Advice            `json:"advice,omitempty"`      // quality, in a network test
	ICEServers []media.ICEServer `json:"ice_servers,omitempty"` // state, the first: RTCConfiguration.iceServers
	Mode       string            `json:"mode,omitempty"`        // party: watch, whisper, join
	LessData   bool              `json:"less_data,omitempty"`   // join, restart: as the message less_data
}

// saidLine is a Said as pages get it.
type saidLine struct {
	ID       uuid.UUID  `json:"id"`
	Role     string     `json:"role"`
	Kind     string     `json:"kind"`
	Body     string     `json:"body"`
	FileID   *uuid.UUID `json:"file_id,omitempty"`
	OffsetMS int64      `json:"offset_ms"`
	At       time.Time  `json:"at"`
}

// longestCall is how long TURN credentials outlive their being given.
const longestCall = 4 * time.Hour

const (
	socketQueue     = 256                     // messages to a page that are not written yet; a slower page is cut off
	socketWrite     = 5 * time.Second         // for one message
	socketPing      = 15 * time.Second        // a page that does not answer one is gone
	socketBack      = 1500 * time.Millisecond // a page that reloads or reconnects is back by then
	socketRate      = 50                      // messages a second from a page, on average; bursts of twice that
	closeReplaced   = websocket.StatusCode(4001)
	closeEnded      = websocket.StatusCode(4002)
	closeUnseated   = websocket.StatusCode(4003) // handed over, sent away, or in another role: connect again to see as what
	closeGoingAway  = websocket.StatusGoingAway
	closeViolation  = websocket.StatusPolicyViolation
	closeSlowReader = websocket.StatusTryAgainLater
)

// socket is one side's page in a call.
type socket struct {
	conn *websocket.Conn
	out  chan message
	once sync.Once
	done chan struct{}
	code websocket.StatusCode
	why  string

	agentID uuid.UUID // whose page it is; uuid.Nil: the customer's
}

// send queues a message; a page that does not read is cut off. What the next one
// of its kind replaces is dropped instead: a burst of the other side's pointer
// must end nobody's socket.
func (k *socket) send(m message) {
	select {
	case k.out <- m:
	case <-k.done:
	default:
		switch m.Type {
		case "pointer", "draw", "quality":
		default:
			k.close(closeSlowReader, "too slow")
		}
	}
}

// sendAll is send for more than the queue holds: it waits for the page. It says
// whether the socket is still open.
func (k *socket) sendAll(ctx context.Context, m message) bool {
	select {
	case k.out <- m:
		return true
	case <-k.done:
	case <-ctx.Done():
	}
	return false
}

// close asks the socket's writer to close it; the first reason counts.
func (k *socket) close(code websocket.StatusCode, why string) {
	k.once.Do(func() {
		k.code, k.why = code, why
		close(k.done)
	})
}

// Expel closes an agent's socket and media of a call on this node, whether he
// leads it or is its guest: his session has ended. A call that he leads is
// offered to another, and ends after the grace time like any that its agent does
// not come back to.
func (s *Service) Expel(callID, agentID uuid.UUID) {
	s.mu.Lock()
	var k *socket
	var role string
	for seat, one := range s.sockets[callID] {
		if one.agentID == agentID && agentID != uuid.Nil {
			k, role = one, seat
		}
	}
	r := s.rooms[callID]
	s.mu.Unlock()
	if k == nil {
		return
	}
	if r != nil && r.media != nil {
		r.media.Leave(role)
	}
	k.close(closeViolation, "session_ended")
}

// tellOthers sends a message to all pages of a call on this node but one.
func (s *Service) tellOthers(callID uuid.UUID, role string, m message) {
	s.mu.Lock()
	var all []*socket
	for seat, k := range s.sockets[callID] {
		if seat != role {
			all = append(all, k)
		}
	}
	s.mu.Unlock()
	for _, k := range all {
		k.send(m)
	}
}

// tell sends a message to one side's page, if it is on this node.
func (s *Service) tell(callID uuid.UUID, role string, m message) {
	s.mu.Lock()
	k := s.sockets[callID][role]
	s.mu.Unlock()
	if k != nil {
		k.send(m)
	}
}

// ServeSocket runs one side's signalling until the socket closes. The actor in
// ctx is the call's agent, its customer or a guest (Supervise, Invite, a warm
// transfer); anyone else is refused. A second socket of the same side replaces
// the first: the page was reloaded, or opened elsewhere.
func (s *Service) ServeSocket(ctx context.Context, conn *websocket.Conn, callID uuid.UUID) error {
	actor := visavis.ActorFrom(ctx)
	role, agentID := RoleCustomer, uuid.Nil
	_, err := s.Get(ctx, actor.BankID, callID)
	if actor.Kind == visavis.ActorAgent {
		var g Guest
		_, g, err = s.seat(ctx, actor.BankID, callID, actor.ID)
		role, agentID = g.Role, actor.ID
	} else if actor.Kind != visavis.ActorCustomer {
		err = visavis.Errorf(visavis.Forbidden, "forbidden", "only the two sides of a call join it")
	}
	if err != nil {
		code := visavis.CodeOf(err)
		_ = conn.Close(closeViolation, code)
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k := &socket{conn: conn, out: make(chan message, socketQueue), done: make(chan struct{}), agentID: agentID}
	s.register(callID, role, k)
	defer s.unregister(callID, role, k)

	var wg sync.WaitGroup
	wg.Go(func() { k.write(ctx); cancel() })
	wg.Go(func() { s.follow(ctx, actor.BankID, callID, role, k) })
	s.read(ctx, actor.BankID, callID, role, k)
	k.close(websocket.StatusNormalClosure, "")
	cancel()
	wg.Wait()
	return nil
}

func (s *Service) register(callID uuid.UUID, role string, k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		k.close(closeGoingAway, "restarting")
	}
	if s.sockets[callID] == nil {
		s.sockets[callID] = map[string]*socket{}
	}
	if old := s.sockets[callID][role]; old != nil {
		old.close(closeReplaced, "opened elsewhere")
	}
	s.sockets[callID][role] = k
	if r := s.rooms[callID]; r != nil && r.isOpen() {
		r.media.Trust(role)
	}
}

// replaced says that another page has taken this one's place, which is closed then:
// what it still says, or said before it knew, counts no more. It may be somebody
// else's by now.
func (s *Service) replaced(callID uuid.UUID, role string, k *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.sockets[callID][role]
	return now != nil && now != k
}

func (s *Service) unregister(callID uuid.UUID, role string, k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets[callID][role] == k {
		delete(s.sockets[callID], role)
		if len(s.sockets[callID]) == 0 {
			delete(s.sockets, callID)
		}
		if !s.closing {
			time.AfterFunc(socketBack, func() { s.doubt(callID, role) })
		}
	}
}

// doubt: a page's socket has closed and did not come back. A proxy may have closed
// it while the media goes on; else this side is away (media.Room.Doubt).
func (s *Service) doubt(callID uuid.UUID, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[callID]; r != nil && r.isOpen() && s.sockets[callID][role] == nil {
		r.media.Doubt(role)
	}
}

// write sends what is queued, and pings.
func (k *socket) write(ctx context.Context) {
	ping := time.NewTicker(socketPing)
	defer ping.Stop()
	one := func(m message) error {
		data, err := json.Marshal(m)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, socketWrite)
		defer cancel()
		return k.conn.Write(ctx, websocket.MessageText, data)
	}
	for {
		select {
		case m := <-k.out:
			if one(m) != nil {
				_ = k.conn.CloseNow()
				return
			}
		case <-ping.C:
			pctx, cancel := context.WithTimeout(ctx, socketPing)
			err := k.conn.Ping(pctx)
			cancel()
			if err != nil {
				_ = k.conn.CloseNow()
				return
			}
		case <-k.done:
			for len(k.out) > 0 { // the last words, such as why
				if one(<-k.out) != nil {
					break
				}
			}
			_ = k.conn.Close(k.code, k.why)
			return
		case <-ctx.Done():
			_ = k.conn.CloseNow()
			return
		}
	}
}

// follow tells the page the call's state now and whenever it changes.
func (s *Service) follow(ctx context.Context, bankID, callID uuid.UUID, role string, k *socket) {
	woken, cancel := s.DB.Subscribe(topic(callID))
	defer cancel()
	poll := time.NewTicker(5 * time.Second)
	defer poll.Stop()
	var last message
	lastStep, lastPeer := -1, map[string]string{}
	lastAgent, lastParty := 0, map[string]message{}
	var lastLine uuid.UUID // a page that joins again gets what was written before too
	for {
		c, err := s.Get(ctx, bankID, callID)
		if err == nil {
			now := message{Type: "state", State: string(c.State), Reason: c.Reason, CodeAsked: c.VerificationID != nil, CodePassed: c.CodePassedAt != nil}
			if key := now; key.State != last.State || key.CodeAsked != last.CodeAsked || key.CodePassed != last.CodePassed || last.Type == "" {
				if last.Type == "" && c.State.Live() { // before the page makes its connection
					now.ICEServers = s.Media.ICEServers(callID, role, s.Now().Add(longestCall))
				}
				last = message{Type: "state", State: now.State, CodeAsked: now.CodeAsked, CodePassed: now.CodePassed}
				if c.AnsweredAt != nil {
					now.OffsetMS = s.Now().Sub(*c.AnsweredAt).Milliseconds()
				}
				k.send(now)
			}
			if !c.State.Live() {
				k.close(closeEnded, string(c.State))
				return
			}
			if c.AgentNo != lastAgent && lastAgent != 0 && k.agentID == uuid.Nil {
				k.send(message{Type: "agent", State: "changed"}) // read the call for the name
			}
			lastAgent = c.AgentNo
			if !s.followParty(ctx, bankID, callID, role, k, lastParty) {
				return
			}
			if c.CurrentStep != lastStep && (c.CurrentStep != 0 || lastStep > 0) {
				k.send(s.stepMessage(ctx, bankID, c))
			}
			lastStep = c.CurrentStep
			for more := true; more; {
				lines, err := s.Lines(ctx, bankID, callID, lastLine)
				for _, l := range lines {
					if !k.sendAll(ctx, message{Type: "chat", Line: &saidLine{ID: l.ID, Role: l.Role, Kind: l.Kind, Body: l.Body, FileID: l.FileID, OffsetMS: l.Offset.Milliseconds(), At: l.At}}) {
						return
					}
					lastLine = l.ID
				}
				more = err == nil && len(lines) == linesAtOnce
			}
			if sides, err := s.Participants(ctx, bankID, callID); err == nil {
				for _, p := range sides {
					state := "away"
					if p.Connected {
						state = "connected"
					} else if p.JoinedAt == nil {
						state = "expected"
					}
					if p.Role != role && state != lastPeer[p.Role] {
						lastPeer[p.Role] = state
						k.send(message{Type: "peer", Participant: p.Role, State: state})
					}
				}
			}
		}
		select {
		case <-woken:
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}

// stepMessage tells what the customer should do now, and with which camera.
func (s *Service) stepMessage(ctx context.Context, bankID uuid.UUID, c Call) message {
	m := message{Type: "step", Position: c.CurrentStep}
	steps, err := s.Steps(ctx, bankID, c.ID)
	if err != nil {
		return m
	}
	for _, step := range steps {
		if step.Position == c.CurrentStep {
			m.Kind, m.Camera = step.Kind, cameraFor(step.Kind)
		}
	}
	return m
}

// cameraFor is the camera that a step wants: documents lie before the rear one.
func cameraFor(kind string) string {
	switch kind {
	case "document_front", "document_back":
		return "environment"
	}
	return "user"
}

// read handles what the page sends.
func (s *Service) read(ctx context.Context, bankID, callID uuid.UUID, role string, k *socket) {
	tokens, last := float64(2*socketRate), s.Now()
	for {
		typ, data, err := k.conn.Read(ctx)
		if err != nil {
			return
		}
		now := s.Now()
		tokens = min(2*socketRate, tokens+max(0, now.Sub(last).Seconds())*socketRate) - 1
		last = now
		if tokens < 0 {
			k.close(closeViolation, "too many messages")
			return
		}
		var m message
		if typ != websocket.MessageText || json.Unmarshal(data, &m) != nil {
			k.send(message{Type: "error", Code: "malformed", Message: "send one JSON object as text"})
			continue
		}
		if err := s.handle(ctx, bankID, callID, role, k, m); err != nil {
			answer := message{Type: "error", Code: visavis.CodeOf(err), Message: err.Error()}
			if visavis.KindOf(err) == visavis.Internal {
				if ctx.Err() != nil {
					return
				}
				s.Log.Error("signalling failed", "call", callID, "role", role, "message", m.Type, "error", err)
				answer.Message = "something went wrong on our side: try again"
			}
			k.send(answer)
		}
	}
}

func (s *Service) handle(ctx context.Context, bankID, callID uuid.UUID, role string, k *socket, m message) error {
	if s.replaced(callID, role, k) {
		return visavis.Errorf(visavis.Conflict, "replaced", "another page has taken this one's place")
	}
	switch m.Type {
	case "join", "restart":
		if role != RoleCustomer {
			return s.joinAs(ctx, bankID, callID, role, k, m)
		}
		c, err := s.Get(ctx, bankID, callID)
		if err != nil {
			return err
		}
		r, err := s.openRoom(ctx, bankID, c)
		if err != nil {
			return err
		}
		var answer string
		if m.Type == "restart" {
			answer, err = r.media.Restart(ctx, role, m.SDP)
		} else {
			answer, err = r.media.Join(ctx, role, m.SDP)
		}
		if err != nil {
			return mediaError(err)
		}
		k.send(message{Type: "answer", SDP: answer})
		return spare(r, role, m.LessData)
	case "candidate":
		if r, ok := s.liveRoom(callID); ok {
			return mediaError(r.media.Candidate(role, m.Candidate))
		}
		return visavis.Errorf(visavis.Conflict, "not_joined", "join first")
	case "step": // the agent opens a step
		if role != RoleAgent {
			return visavis.Errorf(visavis.Forbidden, "forbidden", "only the agent leads the script")
		}
		return s.OpenStep(ctx, bankID, callID, m.Position)
	case "muted": // told to the recording, which is to know why nothing comes, and to the others
		if r, ok := s.liveRoom(callID); ok {
			r.mark(role, m)
		}
		if role == GuestSupervisor { // who may be hidden
			return nil
		}
		s.tellOthers(callID, role, message{Type: "muted", Participant: role, Audio: m.Audio, Video: m.Video})
		return nil
	case "less_data": // the customer's connection is to carry little
		if role != RoleCustomer || m.On == nil {
			return visavis.Errorf(visavis.Invalid, "unknown_message", "less_data is the customer's, with on true or false: see docs/signalling.md")
		}
		s.tellOthers(callID, role, message{Type: m.Type, Participant: role, On: m.On})
		if r, ok := s.liveRoom(callID); ok {
			return spare(r, role, *m.On)
		}
		return nil
	case "chat", "caption":
		_, err := s.Say(ctx, bankID, callID, m.Type, m.Text)
		return err
	case "screen", "ask_screen", "pointer", "draw": // told to the others, and forgotten
		if err := m.checkPointing(role); err != nil {
			return err
		}
		s.tellOthers(callID, role, message{Type: m.Type, Participant: role, On: m.On, Possible: m.Possible, X: m.X, Y: m.Y, Surface: m.Surface, Stroke: m.Stroke, Points: m.Points})
		return nil
	case "leave":
		if r, ok := s.liveRoom(callID); ok {
			r.seating.Lock() // whoever comes after this one joins after it has left, or it does not leave
			defer r.seating.Unlock()
			if !s.replaced(callID, role, k) {
				r.media.Leave(role)
			}
		}
		return nil
	case "ping":
		k.send(message{Type: "pong"})
		return nil
	}
	return visavis.Errorf(visavis.Invalid, "unknown_message", "the message type is not known: see docs/signalling.md")
}

// spare takes over what the customer wishes of the connection; who has not joined
// yet says it again with the join.
func spare(r *room, role string, on bool) error {
	if err := r.media.SetSparing(role, on); err != nil && !errors.Is(err, media.ErrNotJoined) {
		return mediaError(err)
	}
	return nil
}

// mediaError turns what the media room refused into an error for the page.
func mediaError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, media.ErrOffer), errors.Is(err, media.ErrCandidate):
		return visavis.Errorf(visavis.Invalid, "bad_media", "%s", err)
	case errors.Is(err, media.ErrNotJoined):
		return visavis.Errorf(visavis.Conflict, "not_joined", "join first")
	case errors.Is(err, media.ErrClosed):
		return visavis.Errorf(visavis.Gone, "call_ended", "the call is over")
	case errors.Is(err, media.ErrFull):
		return visavis.Errorf(visavis.Conflict, "full", "there is no more room in this call")
	}
	return err
}
