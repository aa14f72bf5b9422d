package httpapi

import (
	"context"
	"math"
	"strings"

	"net/http"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"

	"github.com/visavis/visavis/calls"
)

// GetCallQuality answers with a call's time line of quality.
func (s *Server) GetCallQuality(ctx context.Context, r GetCallQualityRequestObject) (GetCallQualityResponseObject, error) {
	samples, err := s.Calls.QualityOf(ctx, bankOf(ctx), r.CallID)
	return GetCallQuality200JSONResponse{Items: list(samples, showConnection)}, err
}

func showConnection(q calls.Sample) CallQuality {
	return CallQuality{
		Role: q.Role, OffsetMs: q.Offset.Milliseconds(),
		UpAudioLoss: q.UpAudioLoss, UpVideoLoss: q.UpVideoLoss, UpJitterMs: q.UpJitterMS, UpBitrate: q.UpBitrate,
		DownAudioLoss: q.DownAudioLoss, DownVideoLoss: q.DownVideoLoss, DownJitterMs: q.DownJitterMS, DownBitrate: q.DownBitrate,
		RttMs: q.RTTMS, Fps: q.FPS, Width: q.Width, Height: q.Height, R: q.R, Mos: q.MOS,
	}
}

// showSides is what a list tells of both sides' connections.
func showSides(of map[string]calls.Quality) []CallSideQuality {
	out := []CallSideQuality{}
	for _, role := range []string{calls.RoleCustomer, calls.RoleAgent} {
		q, ok := of[role]
		if !ok {
			continue
		}
		one := CallSideQuality{Role: Participant(role), RttMs: given(round(q.RTTMS, 1)), JitterMs: round(max(q.UpJitterMS, q.DownJitterMS), 1),
			Loss: round(max(q.UpAudioLoss, q.UpVideoLoss, q.DownAudioLoss, q.DownVideoLoss), 1e4)}
		if q.R > 0 {
			one.Mos = given(round(q.MOS, 100))
		}
		out = append(out, one)
	}
	return out
}

func round(v, to float64) float32 { return float32(math.Round(v*to) / to) }

// serveNetworkTest is a test of devices and network: see calls.ServeTest.
func (s *Server) serveNetworkTest(c *gin.Context) {
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	if !strings.EqualFold(c.GetHeader("Upgrade"), "websocket") {
		c.Header("Upgrade", "websocket")
		s.fail(c, refuse(http.StatusUpgradeRequired, "upgrade_required", "Open this address as a WebSocket."))
		return
	}
	conn, err := websocket.Accept(c.Writer, c.Request, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // as in serveSocket
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil { // Accept has answered
		c.Abort()
		return
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(socketMessage)
	go func() {
		select {
		case <-s.ending:
			_ = conn.Close(websocket.StatusGoingAway, "restarting")
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := s.Calls.ServeTest(ctx, conn, remoteAddr(c)); err != nil && ctx.Err() == nil {
		s.Log.InfoContext(ctx, "network test ended", "error", err)
	}
}
