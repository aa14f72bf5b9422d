package httpapi

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

func stillPath(callID uuid.UUID, position int) string {
	return callPath(callID) + "/steps/" + strconv.Itoa(position) + "/still"
}

// serveStill answers with a step's picture. It shows a face or a document, so
// looking at it is an event, each time: the console asks once for a picture.
func (s *Server) serveStill(c *gin.Context) {
	ctx := c.Request.Context()
	callID, err := uuid.Parse(c.Param("call_id"))
	position, err2 := strconv.Atoi(c.Param("position"))
	if err != nil || err2 != nil {
		s.fail(c, errNotFound)
		return
	}
	file, err := s.Calls.OpenStill(ctx, bankOf(ctx), callID, position)
	if err != nil {
		s.fail(c, err)
		return
	}
	defer func() { _ = file.Close() }()
	if err := s.viewed(ctx, callID, "still.viewed", "call", callID, map[string]any{"position": position}); err != nil {
		s.fail(c, err)
		return
	}
	s.serveFile(c, file, "image/jpeg", "")
}

// serveRecording answers with one part as WebM, with Range (RFC 9110). Watching
// is an event, so that the audit trail says who saw it: each time from the
// start, and once in viewLife for whatever other ranges, as nobody has to begin
// at the first byte.
func (s *Server) serveRecording(c *gin.Context) {
	ctx := c.Request.Context()
	callID, err := uuid.Parse(c.Param("call_id"))
	recordingID, err2 := uuid.Parse(c.Param("recording_id"))
	if err != nil || err2 != nil {
		s.fail(c, errNotFound)
		return
	}
	recording, file, err := s.Calls.OpenRecording(ctx, bankOf(ctx), callID, recordingID)
	if err != nil {
		s.fail(c, err)
		return
	}
	defer func() { _ = file.Close() }()
	view := view{actor: visavis.ActorFrom(ctx).ID, file: recording.ID}
	span := c.GetHeader("Range")
	if start := span == "" || strings.HasPrefix(span, "bytes=0-"); start || !s.views.goesOn(view, s.Now()) {
		if err := s.viewed(ctx, callID, "recording.viewed", "recording", recording.ID,
			map[string]any{"call_id": callID, "participant": recording.Participant, "part": recording.Part}); err != nil {
			s.fail(c, err)
			return
		}
		s.views.began(view, s.Now())
	}
	tag := ""
	if len(recording.SHA256) > 0 {
		tag = recording.ID.String()
	}
	s.serveFile(c, file, "video/webm", tag)
}

// viewLife is how long further ranges belong to a watching that is in the audit
// trail.
const viewLife = 10 * time.Minute

// view is somebody watching a file.
type view struct{ actor, file uuid.UUID }

// views remembers which watchings are in the audit trail already. What a node
// does not remember is written down once more.
type views struct {
	mu    sync.Mutex
	since map[view]time.Time
}

func (v *views) goesOn(one view, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	since, ok := v.since[one]
	return ok && now.Sub(since) < viewLife
}

func (v *views) began(one view, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.since == nil || len(v.since) >= 10_000 {
		v.since = map[view]time.Time{}
	}
	v.since[one] = now
}

// viewed appends an event that says who (the actor in ctx) has looked at evidence
// of a call. What is looked at is not shown when that cannot be written down.
func (s *Server) viewed(ctx context.Context, callID uuid.UUID, what, object string, id uuid.UUID, data map[string]any) error {
	return s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) error {
		call, err := s.Calls.Get(ctx, tx.BankID, callID)
		if err != nil {
			return err
		}
		data["identification_id"] = call.IdentificationID
		_, err = events.AppendTx(ctx, tx, s.Now(), events.New{Type: what, Object: object, ID: id, Data: data})
		return err
	})
}

// serveFile answers with a file that does not change (tag names it then) or
// still grows.
func (s *Server) serveFile(c *gin.Context, file *os.File, contentType, tag string) {
	info, err := file.Stat()
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Content-Type", contentType)
	c.Header("Cache-Control", "private, no-store")
	if tag != "" {
		c.Header("ETag", strconv.Quote(tag))
		c.Header("Cache-Control", "private, no-cache")
	}
	http.ServeContent(c.Writer, c.Request, "", info.ModTime().Truncate(time.Second), file)
}
