package httpapi

import (
	"context"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis/calls"
)

// ListCallLines answers with what was written in a call.
func (s *Server) ListCallLines(ctx context.Context, r ListCallLinesRequestObject) (ListCallLinesResponseObject, error) {
	lines, err := s.Calls.Lines(ctx, bankOf(ctx), r.CallID, zero(r.Params.After))
	return ListCallLines200JSONResponse{Items: list(lines, showLine)}, err
}

// ListCallFiles answers with the files handed over in a call.
func (s *Server) ListCallFiles(ctx context.Context, r ListCallFilesRequestObject) (ListCallFilesResponseObject, error) {
	files, err := s.Calls.Files(ctx, bankOf(ctx), r.CallID)
	return ListCallFiles200JSONResponse{Items: list(files, func(f calls.File) CallFile { return showCallFile(r.CallID, f) })}, err
}

func showLine(l calls.Said) CallLine {
	return CallLine{ID: l.ID, Role: l.Role, Kind: CallLineKind(l.Kind), Body: l.Body, FileID: l.FileID, OffsetMs: l.Offset.Milliseconds(), At: l.At}
}

func showCallFile(callID uuid.UUID, f calls.File) CallFile {
	return CallFile{
		ID: f.ID, Role: f.Role, Name: f.Name, Type: CallFileType(f.Type), Bytes: f.Bytes, Sha256: hex.EncodeToString(f.SHA256),
		Width: f.Width, Height: f.Height, OffsetMs: f.Offset.Milliseconds(), At: f.At, URL: callPath(callID) + "/files/" + f.ID.String(),
	}
}

// uploadTime bounds the upload of a file: 10 MB in a minute is a slow network.
const uploadTime = 90 * time.Second

// addCallFile takes the bytes of a file.
func (s *Server) addCallFile(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), uploadTime+30*time.Second)
	defer cancel()
	callID, err := uuid.Parse(c.Param("call_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(uploadTime))
	f, err := s.Calls.AddFile(ctx, bankOf(ctx), callID, c.Query("name"), http.MaxBytesReader(c.Writer, c.Request.Body, calls.MaxFile+1))
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, showCallFile(callID, f))
}

// serveCallFile answers with a file, as a download that no browser opens as a
// page of ours.
func (s *Server) serveCallFile(c *gin.Context) {
	ctx := c.Request.Context()
	callID, err := uuid.Parse(c.Param("call_id"))
	fileID, err2 := uuid.Parse(c.Param("file_id"))
	if err != nil || err2 != nil {
		s.fail(c, errNotFound)
		return
	}
	f, plain, err := s.Calls.OpenFile(ctx, bankOf(ctx), callID, fileID)
	if err != nil {
		s.fail(c, err)
		return
	}
	defer func() { _ = plain.Close() }()
	c.Header("Content-Type", f.Type)
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	c.Header("Content-Security-Policy", "sandbox; default-src 'none'")
	c.Header("Cache-Control", "private, no-store")
	http.ServeContent(c.Writer, c.Request, "", f.At, io.NewSectionReader(plain, 0, f.Bytes))
}
