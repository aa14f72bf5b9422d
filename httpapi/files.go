package httpapi

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

func stillPath(callID uuid.UUID, position int) string {
	return callPath(callID) + "/steps/" + strconv.Itoa(position) + "/still"
}

// serveStill answers with a step's picture. It shows a face or a document, so
// looking at it is an event, each time: the console asks once for a picture.
func (s *Server) serveStill(c *gin.Context) {
	callID, err := uuid.Parse(c.Param("call_id"))
	position, err2 := strconv.Atoi(c.Param("position"))
	if err != nil || err2 != nil {
		s.fail(c, errNotFound)
		return
	}
	s.sendStill(c, callID, position)
}

// serveReferenceStill answers with the last verified face of a customer.
func (s *Server) serveReferenceStill(c *gin.Context) {
	customerID, err := uuid.Parse(c.Param("customer_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	callID, position, err := s.Calls.ReferenceStill(c.Request.Context(), bankOf(c.Request.Context()), customerID)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.sendStill(c, callID, position)
}

func (s *Server) sendStill(c *gin.Context, callID uuid.UUID, position int) {
	ctx := c.Request.Context()
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
	s.serveFile(c, file, callID, calls.ObjectStill, strconv.Itoa(position), "image/jpeg", "")
}

// serveRecording answers with one part as WebM, with Range (RFC 9110). Watching
// is an event, so that the audit trail says who saw it: each time from the
// start, and once in viewLife for whatever other ranges, as nobody has to begin
// at the first byte. The bytes of every range are in the log of accesses.
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
	if err := s.watched(c, callID, recording.ID, "recording.viewed", "recording",
		map[string]any{"call_id": callID, "participant": recording.Participant, "part": recording.Part}); err != nil {
		s.fail(c, err)
		return
	}
	tag := ""
	if len(recording.SHA256) > 0 {
		tag = recording.ID.String()
	}
	s.serveFile(c, file, callID, calls.ObjectRecording, recording.ID.String(), "video/webm", tag)
}

// serveComposite answers with the MP4 of a call, with Range.
func (s *Server) serveComposite(c *gin.Context) {
	ctx := c.Request.Context()
	callID, err := uuid.Parse(c.Param("call_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	composite, file, err := s.Calls.OpenComposite(ctx, bankOf(ctx), callID)
	if err != nil {
		s.fail(c, err)
		return
	}
	defer func() { _ = file.Close() }()
	if err := s.watched(c, callID, callID, "composite.viewed", "call", map[string]any{}); err != nil {
		s.fail(c, err)
		return
	}
	s.serveFile(c, file, callID, calls.ObjectComposite, callID.String(), "video/mp4", hex.EncodeToString(composite.SHA256))
}

// watched appends the event of a watching, unless this request goes on with one.
func (s *Server) watched(c *gin.Context, callID, fileID uuid.UUID, what, object string, data map[string]any) error {
	ctx := c.Request.Context()
	view := view{actor: visavis.ActorFrom(ctx).ID, file: fileID}
	span := c.GetHeader("Range")
	if span != "" && !strings.HasPrefix(span, "bytes=0-") && s.views.goesOn(view, s.Now()) {
		return nil
	}
	if err := s.viewed(ctx, callID, what, object, fileID, data); err != nil {
		return err
	}
	s.views.began(view, s.Now())
	return nil
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
// still grows. Which bytes are asked for is written down before they are given;
// of several ranges in one request, all of the file is given.
func (s *Server) serveFile(c *gin.Context, file *calls.Plain, callID uuid.UUID, object, objectID, contentType, tag string) {
	ctx := c.Request.Context()
	first, last, whole := byteRange(c.GetHeader("Range"), file.Size)
	if whole {
		c.Request.Header.Del("Range")
	}
	c.Request.Header.Del("If-Range") // the tag of a file never changes
	if first <= last {
		if err := s.Calls.LogAccess(ctx, bankOf(ctx), callID, object, objectID, first, last); err != nil {
			s.fail(c, err)
			return
		}
	}
	c.Header("Content-Type", contentType)
	c.Header("Cache-Control", "private, no-store")
	if tag != "" {
		c.Header("ETag", strconv.Quote(tag))
		c.Header("Cache-Control", "private, no-cache")
	}
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, io.NewSectionReader(file, 0, file.Size))
}

// byteRange reads a Range of one span (RFC 9110, 14.2); whole says that there is
// none that we follow. first > last: none of the bytes is there.
func byteRange(header string, size int64) (first, last int64, whole bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	from, to, dash := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return 0, size - 1, true
	}
	if from == "" { // the last so many
		n, err := strconv.ParseInt(to, 10, 64)
		if err != nil || n < 0 {
			return 0, size - 1, true
		}
		return max(0, size-n), size - 1, false
	}
	first, err := strconv.ParseInt(from, 10, 64)
	if err != nil || first < 0 {
		return 0, size - 1, true
	}
	if to == "" {
		return first, size - 1, false
	}
	last, err = strconv.ParseInt(to, 10, 64)
	if err != nil || last < first {
		return 0, size - 1, true
	}
	return first, min(last, size-1), false
}
