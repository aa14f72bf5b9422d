package httpapi

import (
	"context"

	"github.com/visavis/visavis/channels"
)

// ListTexts answers with the words of all messages.
func (s *Server) ListTexts(ctx context.Context, r ListTextsRequestObject) (ListTextsResponseObject, error) {
	all, err := s.Channels.ListTexts(ctx, bankOf(ctx), string(zero(r.Params.Locale)))
	return ListTexts200JSONResponse{Items: list(all, showText)}, err
}

// GetText answers with a text, its versions and its history.
func (s *Server) GetText(ctx context.Context, r GetTextRequestObject) (GetTextResponseObject, error) {
	d, err := s.Channels.GetText(ctx, bankOf(ctx), r.Key, string(r.Locale))
	return GetText200JSONResponse(showTextDetail(d)), err
}

// DraftText drafts words.
func (s *Server) DraftText(ctx context.Context, r DraftTextRequestObject) (DraftTextResponseObject, error) {
	d, err := s.Channels.DraftText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Body.Variants)
	return DraftText200JSONResponse(showTextDetail(d)), err
}

// SubmitText hands a draft to another administrator.
func (s *Server) SubmitText(ctx context.Context, r SubmitTextRequestObject) (SubmitTextResponseObject, error) {
	d, err := s.Channels.SubmitText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Version)
	return SubmitText200JSONResponse(showTextDetail(d)), err
}

// ApproveText approves words.
func (s *Server) ApproveText(ctx context.Context, r ApproveTextRequestObject) (ApproveTextResponseObject, error) {
	d, err := s.Channels.ApproveText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Version, zero(zero(r.Body).Note))
	return ApproveText200JSONResponse(showTextDetail(d)), err
}

// RejectText rejects words.
func (s *Server) RejectText(ctx context.Context, r RejectTextRequestObject) (RejectTextResponseObject, error) {
	d, err := s.Channels.RejectText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Version, zero(zero(r.Body).Note))
	return RejectText200JSONResponse(showTextDetail(d)), err
}

// PublishText puts approved words in force.
func (s *Server) PublishText(ctx context.Context, r PublishTextRequestObject) (PublishTextResponseObject, error) {
	d, err := s.Channels.PublishText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Version)
	return PublishText200JSONResponse(showTextDetail(d)), err
}

// DiscardText drops an open version.
func (s *Server) DiscardText(ctx context.Context, r DiscardTextRequestObject) (DiscardTextResponseObject, error) {
	d, err := s.Channels.DiscardText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Version)
	return DiscardText200JSONResponse(showTextDetail(d)), err
}

// RevertText puts earlier words back in force.
func (s *Server) RevertText(ctx context.Context, r RevertTextRequestObject) (RevertTextResponseObject, error) {
	d, err := s.Channels.RevertText(ctx, bankOf(ctx), r.Key, string(r.Locale), r.Body.Version)
	return RevertText200JSONResponse(showTextDetail(d)), err
}

// LintTexts checks words.
func (s *Server) LintTexts(ctx context.Context, r LintTextsRequestObject) (LintTextsResponseObject, error) {
	var wordings []channels.Wording
	for _, item := range zero(r.Body).Items {
		wordings = append(wordings, channels.Wording{Key: item.Key, Locale: string(item.Locale), Variants: item.Variants})
	}
	found, err := s.Channels.LintTexts(ctx, bankOf(ctx), wordings)
	return LintTexts200JSONResponse{Items: list(found, showTextFinding)}, err
}

// PreviewText renders words with samples.
func (s *Server) PreviewText(ctx context.Context, r PreviewTextRequestObject) (PreviewTextResponseObject, error) {
	b := r.Body
	all, err := s.Channels.PreviewText(ctx, bankOf(ctx), channels.PreviewRequest{
		Key: b.Key, Locale: string(zero(b.Locale)), Variants: zero(b.Variants), Params: b.Params, Prefix: zero(b.Prefix),
	})
	return PreviewText200JSONResponse{Items: list(all, showTextPreview)}, err
}

// GetTextSettings answers with how SMS are written.
func (s *Server) GetTextSettings(ctx context.Context, _ GetTextSettingsRequestObject) (GetTextSettingsResponseObject, error) {
	settings, err := s.Channels.TextSettings(ctx, bankOf(ctx))
	return GetTextSettings200JSONResponse(showTextSettings(settings)), err
}

// SetTextSettings sets how SMS are written.
func (s *Server) SetTextSettings(ctx context.Context, r SetTextSettingsRequestObject) (SetTextSettingsResponseObject, error) {
	b := r.Body
	settings := channels.TextSettings{WebOTPHost: zero(b.WebOtpHost), NotMeHint: zero(b.NotMeHint), Budgets: b.Budgets}
	if way := zero(b.VietnameseSms); way != Accented {
		settings.VietnameseSMS = channels.Vietnamese(way)
	}
	for _, p := range b.Prices {
		settings.Prices = append(settings.Prices, channels.Price{Prefix: p.Prefix, Currency: p.Currency, Segment: p.Segment})
	}
	settings, err := s.Channels.SetTextSettings(ctx, bankOf(ctx), settings)
	return SetTextSettings200JSONResponse(showTextSettings(settings)), err
}

func showText(t channels.Text) Text {
	out := Text{
		Key: t.Key, Locale: Locale(t.Locale), Class: MessageClass(t.Class), Variants: t.Variants, Default: t.Default,
		Placeholders: t.Placeholders(), Required: list(t.Required, func(name string) string { return name }),
		Version: t.Version, Custom: t.Version != 0, Budget: t.Budget,
	}
	if t.Open != nil {
		open := showTextVersion(*t.Open)
		out.Open = &open
	}
	return out
}

func showTextVersion(v channels.Version) TextVersion {
	return TextVersion{
		ID: v.ID, Version: v.Version, State: TextVersionState(v.State), Variants: v.Variants, Authors: v.Authors,
		CreatedAt: v.CreatedAt.UTC(), UpdatedAt: v.UpdatedAt.UTC(),
	}
}

func showTextDetail(d channels.TextDetail) TextDetail {
	return TextDetail{
		Text: showText(d.Text), Versions: list(d.Versions, showTextVersion),
		History: list(d.History, func(c channels.Change) TextChange {
			return TextChange{
				Version: c.Version, Action: TextChangeAction(c.Action), Actor: TextChangeActor(c.ActorKind),
				ActorID: given(c.ActorID), Note: given(c.Note), At: c.At.UTC(),
			}
		}),
	}
}

func showTextFinding(f channels.Finding) TextFinding {
	severity := TextFindingSeverity("advice")
	if f.Error {
		severity = "error"
	}
	return TextFinding{Key: f.Key, Locale: Locale(f.Locale), Variant: f.Variant, Rule: TextFindingRule(f.Rule), Detail: f.Detail, Severity: severity}
}

func showTextPreview(p channels.PreviewText) TextPreview {
	return TextPreview{
		Locale: Locale(p.Locale), Budget: p.Budget, Findings: list(p.Findings, showTextFinding),
		Variants: list(p.Variants, func(v channels.PreviewVariant) TextPreviewVariant {
			out := TextPreviewVariant{
				Variant: v.Variant, Body: v.Body, Fits: v.Fits, Chosen: v.Chosen, Unaccented: v.Unaccented, OriginLine: v.OriginLine, NotMeHint: v.NotMe, ConfirmHint: v.Confirm,
			}
			if c := v.Count; c.Segments > 0 {
				encoding := TextPreviewVariantEncoding(c.Encoding)
				out.Encoding, out.Units, out.Segments, out.Left, out.Foreign = &encoding, &c.Units, &c.Segments, &c.Left, given(c.Foreign)
			}
			out.Costs = list(v.Costs, func(c channels.Cost) (o struct {
				Amount   string `json:"amount"`
				Currency string `json:"currency"`
				Prefix   string `json:"prefix"`
			}) {
				o.Amount, o.Currency, o.Prefix = c.Amount, c.Currency, c.Prefix
				return o
			})
			return out
		}),
	}
}

func showTextSettings(s channels.TextSettings) TextSettings {
	way := TextSettingsVietnameseSms(s.VietnameseSMS)
	if s.VietnameseSMS == channels.Accented {
		way = Accented
	}
	out := TextSettings{VietnameseSms: &way, WebOtpHost: given(s.WebOTPHost), NotMeHint: &s.NotMeHint, Budgets: s.Budgets}
	for _, p := range s.Prices {
		out.Prices = append(out.Prices, struct {
			Currency string `json:"currency"`
			Prefix   string `json:"prefix"`
			Segment  string `json:"segment"`
		}{p.Currency, p.Prefix, p.Segment})
	}
	return out
}
