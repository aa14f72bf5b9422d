package httpapi

import (
	"context"

	"github.com/visavis/visavis/channels"
)

// ListVoiceClips answers with the recordings that calls are spoken from.
func (s *Server) ListVoiceClips(ctx context.Context, r ListVoiceClipsRequestObject) (ListVoiceClipsResponseObject, error) {
	all, err := s.Channels.ListClips(ctx, bankOf(ctx), string(zero(r.Params.Locale)))
	return ListVoiceClips200JSONResponse{Items: list(all, showClip)}, err
}

// GetVoiceClip answers with one recording.
func (s *Server) GetVoiceClip(ctx context.Context, r GetVoiceClipRequestObject) (GetVoiceClipResponseObject, error) {
	c, err := s.Channels.GetClip(ctx, bankOf(ctx), string(r.Locale), r.Key)
	return GetVoiceClip200JSONResponse(showClip(c)), err
}

// SetVoiceClip puts the bank's own recording in place of the bundled one.
func (s *Server) SetVoiceClip(ctx context.Context, r SetVoiceClipRequestObject) (SetVoiceClipResponseObject, error) {
	c, err := s.Channels.SetClip(ctx, bankOf(ctx), string(r.Locale), r.Key, r.Body.Wav)
	return SetVoiceClip200JSONResponse(showClip(c)), err
}

// DropVoiceClip goes back to the bundled recording.
func (s *Server) DropVoiceClip(ctx context.Context, r DropVoiceClipRequestObject) (DropVoiceClipResponseObject, error) {
	return DropVoiceClip204Response{}, s.Channels.DropClip(ctx, bankOf(ctx), string(r.Locale), r.Key)
}

func showClip(c channels.Clip) VoiceClip {
	return VoiceClip{Locale: Locale(c.Locale), Key: c.Key, Text: c.Text, Own: c.Own, ChangedAt: c.ChangedAt, Wav: c.WAV}
}
