package httpapi

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

// A list may take long: 256 MB by a slow line. One that stands still is given up
// by the server's deadline.
const listTime = 15 * time.Minute

// uploadCampaignContacts reads a CSV file while it comes in.
func (s *Server) uploadCampaignContacts(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), listTime+time.Minute)
	defer cancel()
	id, err := uuid.Parse(c.Param("campaign_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	delimiter := map[string]rune{"": ',', "comma": ',', "semicolon": ';', "tab": '\t'}[c.Query("delimiter")]
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(listTime)) // not every writer has one
	i, err := s.Campaigns.ImportCSV(ctx, bankOf(ctx), id, http.MaxBytesReader(c.Writer, c.Request.Body, ivr.MaxContactFile), delimiter)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, showCampaignImport(i))
}

// exportCampaign streams a campaign's contacts. It shows who was called and what
// they said, so it is an event.
func (s *Server) exportCampaign(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := uuid.Parse(c.Param("campaign_id"))
	if err != nil {
		s.fail(c, errNotFound)
		return
	}
	if _, err := s.Campaigns.Get(ctx, bankOf(ctx), id); err != nil {
		s.fail(c, err)
		return
	}
	if err := s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) error {
		_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: "campaign.exported", Object: "campaign", ID: id})
		return err
	}); err != nil {
		s.fail(c, err)
		return
	}
	began := false
	err = s.Campaigns.ExportCSV(ctx, bankOf(ctx), id, is(ctx, visavis.ActorBank), c.Writer, func(ivr.Campaign) {
		began = true
		csvHeader(c, "campaign-"+id.String()+".csv")
	})
	s.csvEnded(c, began, err)
}

// getCampaignImportReport streams what of an import was refused.
func (s *Server) getCampaignImportReport(c *gin.Context) {
	ctx := c.Request.Context()
	id, err := uuid.Parse(c.Param("campaign_id"))
	importID, err2 := uuid.Parse(c.Param("import_id"))
	if err != nil || err2 != nil {
		s.fail(c, errNotFound)
		return
	}
	began := false
	err = s.Campaigns.WriteReport(ctx, bankOf(ctx), id, importID, c.Writer, func(ivr.Import) {
		began = true
		csvHeader(c, "refused-"+importID.String()+".csv")
	})
	s.csvEnded(c, began, err)
}

func csvHeader(c *gin.Context, name string) {
	c.Header("Content-Type", "text/csv; charset=utf-8; header=present")
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	c.Header("Cache-Control", "private, no-store")
	c.Status(http.StatusOK)
	_, _ = c.Writer.WriteString("\ufeff") // else Excel does not take it for UTF-8
}

// csvEnded breaks the answer off when it could not be written to its end, so that
// half a file is not taken for the whole.
func (s *Server) csvEnded(c *gin.Context, began bool, err error) {
	switch {
	case err == nil:
	case !began:
		s.fail(c, err)
	default:
		if !errors.Is(err, context.Canceled) {
			s.Log.ErrorContext(c.Request.Context(), "file broken off", "path", c.FullPath(), "error", err)
		}
		panic(http.ErrAbortHandler)
	}
}
