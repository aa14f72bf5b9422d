package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/events"
)

const (
	// feedBeat is how often an idle feed says that it lives and the session
	// behind it is looked at again.
	feedBeat = 15 * time.Second
	// feedsPerActor is how many feeds one actor may have open on this node: tabs.
	// Each asks the database at every event of the bank.
	feedsPerActor = 20
	// socketMessage is the longest message of the signalling socket.
	socketMessage = 128 << 10
)

// serveFeed follows the bank's events as server-sent events; a customer sees
// only those of the session's case. It ends with the session: an agent's at
// once, any within feedBeat.
func (s *Server) serveFeed(c *gin.Context) {
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	bank := bankOf(ctx)
	filter := events.Filter{}
	if is(ctx, visavis.ActorCustomer) {
		filter.IdentificationID = ownIdentification(ctx)
	}
	from := c.GetHeader("Last-Event-ID")
	if from == "" {
		from = c.Query("cursor")
	}
	if from == "" {
		var err error
		if from, err = events.Now(ctx, s.DB, bank); err != nil {
			s.fail(c, err)
			return
		}
	}
	actor := visavis.ActorFrom(ctx).ID
	if !s.feeds.open(actor) {
		s.fail(c, visavis.Errorf(visavis.TooMany, "too_many_feeds", "There are %d feeds open already; close one.", feedsPerActor))
		return
	}
	defer s.feeds.close(actor)
	feed, err := events.Feed(ctx, s.DB, s.Log, bank, from, filter)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no") // a proxy must not hold events back
	c.Status(http.StatusOK)
	if _, err := fmt.Fprintf(c.Writer, "retry: 2000\nid: %s\nevent: hello\ndata: {}\n\n", from); err != nil {
		return
	}
	c.Writer.Flush()

	lost, forget := s.DB.Subscribe(banks.AgentTopic(actor))
	defer forget()
	beat := time.NewTicker(feedBeat)
	defer beat.Stop()
	for {
		select {
		case e, ok := <-feed:
			if !ok {
				return
			}
			shown, err := showEvent(e)
			if err != nil {
				s.Log.ErrorContext(ctx, "event left out of the feed", "error", err)
				continue
			}
			if filter.IdentificationID != uuid.Nil { // who at the bank did it is not the customer's business
				if !forCustomers(e.Type, shown.Data) {
					continue
				}
				shown.Actor = nil
			}
			data, err := json.Marshal(shown)
			if err != nil {
				s.Log.ErrorContext(ctx, "event left out of the feed", "error", err)
				continue
			}
			if _, err := fmt.Fprintf(c.Writer, "id: %s\nevent: %s\ndata: %s\n\n", e.Cursor, e.Type, data); err != nil {
				return
			}
		case <-lost:
			if !s.stillMay(c) {
				return
			}
		case <-beat.C:
			if !s.stillMay(c) {
				return
			}
			if _, err := fmt.Fprint(c.Writer, ": \n\n"); err != nil {
				return
			}
		case <-s.ending:
			return
		case <-ctx.Done():
			return
		}
		c.Writer.Flush()
	}
}

// forCustomers says whether a customer may learn of an event of the own case: not
// of who watches a call, maybe unseen (a page is told of those who may be seen by
// its socket), nor of what the bank does with its agents and records.
func forCustomers(kind string, data map[string]any) bool {
	if strings.HasPrefix(kind, "thread.") && kind != "thread.line_added" { // a notice in the chat tells what they may know
		return false
	}
	for _, prefix := range []string{"call.supervis", "call.guest_", "call.transfer_", "recording.", "still.", "composite.", "file.viewed", "queue.offer"} {
		if strings.HasPrefix(kind, prefix) {
			return false
		}
	}
	who, told := data["participant"]
	return !told || who == calls.RoleAgent || who == calls.RoleCustomer
}

// feedCount counts the open feeds of each actor.
type feedCount struct {
	mu sync.Mutex
	by map[uuid.UUID]int
}

func (f *feedCount) open(actor uuid.UUID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by[actor] >= feedsPerActor {
		return false
	}
	if f.by == nil {
		f.by = map[uuid.UUID]int{}
	}
	f.by[actor]++
	return true
}

func (f *feedCount) close(actor uuid.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by[actor]--; f.by[actor] == 0 {
		delete(f.by, actor)
	}
}

// stillMay asks again whether the caller of a stream may have it. Not being able
// to ask is no.
func (s *Server) stillMay(c *gin.Context) bool {
	actor, _, err := s.authenticate(c, operationOf(c))
	return err == nil && authorize(actor, operationOf(c)) == nil
}

// serveSocket is a call's signalling; docs/signalling.md has the protocol. The
// guard has checked session and Origin. When an agent's session ends, the
// socket and the media end with it at once; a customer's call outlives the link
// that it was answered by.
func (s *Server) serveSocket(c *gin.Context) {
	ctx, cancel := context.WithCancel(c.Request.Context())
	var watch sync.WaitGroup
	defer func() { cancel(); watch.Wait() }() // it reads c, which is another request's once this returns
	callID, err := uuid.Parse(c.Param("call_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	if _, err := s.Calls.Get(ctx, bankOf(ctx), callID); err != nil {
		s.fail(c, err)
		return
	}
	if !strings.EqualFold(c.GetHeader("Upgrade"), "websocket") {
		c.Header("Upgrade", "websocket")
		s.fail(c, refuse(http.StatusUpgradeRequired, "upgrade_required", "Open this address as a WebSocket."))
		return
	}
	conn, err := websocket.Accept(c.Writer, c.Request, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // sameOrigin has compared the Origin with the public URL, which may differ from Host behind a proxy
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil { // Accept has answered
		c.Abort()
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(socketMessage)
	watch.Go(func() {
		lost, forget := s.DB.Subscribe(banks.AgentTopic(visavis.ActorFrom(ctx).ID))
		defer forget()
		beat := time.NewTicker(feedBeat)
		defer beat.Stop()
		for {
			select {
			case <-s.ending:
				_ = conn.Close(websocket.StatusGoingAway, "restarting")
				cancel()
				return
			case <-lost:
			case <-beat.C:
			case <-ctx.Done():
				return
			}
			if is(ctx, visavis.ActorAgent) && !s.stillMay(c) {
				s.Calls.Expel(callID, visavis.ActorFrom(ctx).ID)
				return
			}
		}
	})
	if err := s.Calls.ServeSocket(ctx, conn, callID); err != nil && ctx.Err() == nil {
		s.Log.InfoContext(ctx, "socket ended", "call", callID.String(), "error", err)
	}
}
