package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
)

// ListCampaigns answers with the bank's campaigns.
func (s *Server) ListCampaigns(ctx context.Context, r ListCampaignsRequestObject) (ListCampaignsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Campaigns.List(ctx, bankOf(ctx), ivr.CampaignState(zero(r.Params.State)), p)
	return ListCampaigns200JSONResponse{Items: list(all, showCampaign), NextCursor: given(next)}, err
}

// CreateCampaign makes a draft.
func (s *Server) CreateCampaign(ctx context.Context, r CreateCampaignRequestObject) (CreateCampaignResponseObject, error) {
	settings, err := readCampaignSettings(r.Body.Settings)
	if err != nil {
		return nil, err
	}
	c, err := s.Campaigns.Create(ctx, bankOf(ctx), ivr.NewCampaign{
		Name: r.Body.Name, Flow: r.Body.Flow, MachineFlow: zero(r.Body.MachineFlow), Class: channels.Class(zero(r.Body.Class)), Settings: settings,
		StartAt: r.Body.StartAt, EndAt: r.Body.EndAt,
	})
	return CreateCampaign201JSONResponse(showCampaign(c)), err
}

// GetCampaign answers with a campaign.
func (s *Server) GetCampaign(ctx context.Context, r GetCampaignRequestObject) (GetCampaignResponseObject, error) {
	c, err := s.Campaigns.Get(ctx, bankOf(ctx), r.CampaignID)
	return GetCampaign200JSONResponse(showCampaign(c)), err
}

// UpdateCampaign changes what is given.
func (s *Server) UpdateCampaign(ctx context.Context, r UpdateCampaignRequestObject) (UpdateCampaignResponseObject, error) {
	change := ivr.CampaignChange{Name: r.Body.Name, Flow: r.Body.Flow, MachineFlow: r.Body.MachineFlow, Class: (*channels.Class)(r.Body.Class)}
	if r.Body.Settings != nil {
		settings, err := readCampaignSettings(r.Body.Settings)
		if err != nil {
			return nil, err
		}
		change.Settings = &settings
	}
	for _, at := range []struct {
		name string
		text *string
		to   **time.Time
		away *bool
	}{{"start_at", r.Body.StartAt, &change.StartAt, &change.NoStart}, {"end_at", r.Body.EndAt, &change.EndAt, &change.NoEndAt}} {
		switch {
		case at.text == nil:
		case *at.text == "":
			*at.away = true
		default:
			t, err := time.Parse(time.RFC3339, *at.text)
			if err != nil {
				return nil, visavis.InvalidField(at.name, "must be a time in RFC 3339, such as 2026-03-02T09:00:00Z")
			}
			*at.to = &t
		}
	}
	c, err := s.Campaigns.Update(ctx, bankOf(ctx), r.CampaignID, change)
	return UpdateCampaign200JSONResponse(showCampaign(c)), err
}

// DeleteCampaign takes a draft away.
func (s *Server) DeleteCampaign(ctx context.Context, r DeleteCampaignRequestObject) (DeleteCampaignResponseObject, error) {
	return DeleteCampaign204Response{}, s.Campaigns.Delete(ctx, bankOf(ctx), r.CampaignID)
}

// StartCampaign begins a campaign, schedules it, or asks for its approval.
func (s *Server) StartCampaign(ctx context.Context, r StartCampaignRequestObject) (StartCampaignResponseObject, error) {
	c, err := s.Campaigns.Start(ctx, bankOf(ctx), r.CampaignID)
	return StartCampaign200JSONResponse(showCampaign(c)), err
}

// PauseCampaign has nobody called for a while.
func (s *Server) PauseCampaign(ctx context.Context, r PauseCampaignRequestObject) (PauseCampaignResponseObject, error) {
	c, err := s.Campaigns.Pause(ctx, bankOf(ctx), r.CampaignID)
	return PauseCampaign200JSONResponse(showCampaign(c)), err
}

// ResumeCampaign goes on.
func (s *Server) ResumeCampaign(ctx context.Context, r ResumeCampaignRequestObject) (ResumeCampaignResponseObject, error) {
	c, err := s.Campaigns.Resume(ctx, bankOf(ctx), r.CampaignID)
	return ResumeCampaign200JSONResponse(showCampaign(c)), err
}

// StopCampaign ends it for good.
func (s *Server) StopCampaign(ctx context.Context, r StopCampaignRequestObject) (StopCampaignResponseObject, error) {
	c, err := s.Campaigns.Stop(ctx, bankOf(ctx), r.CampaignID)
	return StopCampaign200JSONResponse(showCampaign(c)), err
}

// GetCampaignProgress answers with how far a campaign is.
func (s *Server) GetCampaignProgress(ctx context.Context, r GetCampaignProgressRequestObject) (GetCampaignProgressResponseObject, error) {
	p, err := s.Campaigns.Progress(ctx, bankOf(ctx), r.CampaignID)
	return GetCampaignProgress200JSONResponse{
		State: CampaignState(p.Campaign.State), At: p.At.UTC(), Contacts: p.Contacts, Queued: p.Queued, Waiting: p.Waiting, Calling: p.Calling, Done: p.Done,
		Calls: p.Calls, Outcomes: orEmptyMap(p.Outcomes), AnsweredToday: given(p.AnsweredToday), AbandonedToday: given(p.AbandonedToday), NextAt: givenTime(p.NextAt),
		Funnel: CampaignFunnel{Listed: p.Contacts, Called: p.Called, Answered: p.Answered, Human: p.Human, Finished: p.Finished, HandedOver: p.HandedOver},
	}, err
}

func orEmptyMap[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return m
}

// GetCampaignResults answers with the answers, summed up.
func (s *Server) GetCampaignResults(ctx context.Context, r GetCampaignResultsRequestObject) (GetCampaignResultsResponseObject, error) {
	results, err := s.Campaigns.Results(ctx, bankOf(ctx), r.CampaignID)
	return GetCampaignResults200JSONResponse{
		Details: list(results.Details, func(d ivr.DetailCount) CampaignDetailCount {
			return CampaignDetailCount{Outcome: CampaignOutcome(d.Outcome), Detail: given(d.Detail), Count: d.Count}
		}),
		Questions: list(results.Questions, func(q ivr.QuestionResult) CampaignQuestion {
			return CampaignQuestion{Question: q.Question, Answered: q.Answered, Answers: list(q.Answers, func(a ivr.AnswerCount) CampaignAnswer {
				return CampaignAnswer{Answer: a.Answer, Count: a.Count}
			})}
		}),
	}, err
}

// ListCampaignContacts answers with a campaign's contacts.
func (s *Server) ListCampaignContacts(ctx context.Context, r ListCampaignContactsRequestObject) (ListCampaignContactsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Campaigns.Contacts(ctx, bankOf(ctx), r.CampaignID,
		ivr.ContactFilter{State: string(zero(r.Params.State)), Outcome: string(zero(r.Params.Outcome))}, p)
	return ListCampaignContacts200JSONResponse{
		Items:      list(all, func(c ivr.Contact) CampaignContact { return showCampaignContact(ctx, c) }),
		NextCursor: given(next),
	}, err
}

// AddCampaignContacts puts people on the list.
func (s *Server) AddCampaignContacts(ctx context.Context, r AddCampaignContactsRequestObject) (AddCampaignContactsResponseObject, error) {
	rows := list(r.Body.Contacts, func(c NewCampaignContact) ivr.ContactRow {
		return ivr.ContactRow{
			Phone: zero(c.Phone), Region: zero(c.Region), CustomerID: zero(c.CustomerID), CustomerReference: zero(c.CustomerReference),
			Reference: zero(c.Reference), Locale: zero(c.Locale), TimeZone: zero(c.TimeZone), Variables: c.Variables,
		}
	})
	i, refused, err := s.Campaigns.AddContacts(ctx, bankOf(ctx), r.CampaignID, rows)
	return AddCampaignContacts200JSONResponse{Import: showCampaignImport(i), Refusals: list(refused, func(f ivr.Refusal) CampaignRefusal {
		return CampaignRefusal{Row: f.Row, Field: given(f.Field), Code: f.Code, Reason: f.Reason}
	})}, err
}

// ListCampaignImports answers with what was handed in.
func (s *Server) ListCampaignImports(ctx context.Context, r ListCampaignImportsRequestObject) (ListCampaignImportsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Campaigns.Imports(ctx, bankOf(ctx), r.CampaignID, p)
	return ListCampaignImports200JSONResponse{Items: list(all, showCampaignImport), NextCursor: given(next)}, err
}

// GetCampaignImport answers with one of them.
func (s *Server) GetCampaignImport(ctx context.Context, r GetCampaignImportRequestObject) (GetCampaignImportResponseObject, error) {
	i, err := s.Campaigns.Import(ctx, bankOf(ctx), r.CampaignID, r.ImportID)
	return GetCampaignImport200JSONResponse(showCampaignImport(i)), err
}

// readCampaignSettings and showCampaignSettings go by JSON: the document's
// members are those that settings are kept with.
func readCampaignSettings(in *CampaignSettings) (out ivr.CampaignSettings, err error) {
	return out, convert(in, &out)
}

func showCampaignSettings(in ivr.CampaignSettings) (out CampaignSettings) {
	_ = convert(in, &out) // of our own making
	return out
}

func convert(in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

func showCampaign(c ivr.Campaign) Campaign {
	return Campaign{
		ID: c.ID, Name: c.Name, Flow: c.Flow, Version: given(max(c.Version, 0)), MachineFlow: given(c.MachineFlow), MachineVersion: given(max(c.MachineVersion, 0)),
		Class: CampaignClass(c.Class), Settings: showCampaignSettings(c.Settings), State: CampaignState(c.State), StartAt: givenTime(c.StartAt), EndAt: givenTime(c.EndAt),
		RequestedBy: given(c.RequestedBy), ApprovedBy: given(c.ApprovedBy), PauseReason: given(c.PauseReason), CreatedBy: given(c.CreatedBy), CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
		StartedAt: givenTime(c.StartedAt), EndedAt: givenTime(c.EndedAt),
	}
}

func showCampaignContact(ctx context.Context, c ivr.Contact) CampaignContact {
	out := CampaignContact{
		ID: c.ID, Row: c.Row, Phone: phoneFor(ctx, c.Phone), CustomerID: given(c.CustomerID), Reference: given(c.Reference), Locale: Locale(c.Locale),
		State: CampaignContactState(c.State), Outcome: given(CampaignOutcome(c.Outcome)), Detail: given(c.Detail), Calls: c.Calls, PhoneCallID: given(c.PhoneCallID),
		Answered: c.Answered, Human: c.Human, Finished: c.Finished, HandedOver: c.HandedOver, EndedAt: givenTime(c.EndedAt),
	}
	if c.State == "queued" || c.State == "waiting" {
		out.NextAt = givenTime(&c.NextAt)
	}
	return out
}

func showCampaignImport(i ivr.Import) CampaignImport {
	out := CampaignImport{
		ID: i.ID, CampaignID: i.CampaignID, Source: CampaignImportSource(i.Source), State: CampaignImportState(i.State), Rows: i.Rows, Accepted: i.Accepted,
		RefusedByCode: orEmptyMap(i.Refused), Error: given(i.Error), CreatedAt: i.CreatedAt.UTC(), EndedAt: givenTime(i.EndedAt),
	}
	for _, n := range i.Refused {
		out.Refused += n
	}
	if out.Refused > 0 {
		out.Report = given(campaignPath(i.CampaignID) + "/imports/" + i.ID.String() + "/report")
	}
	return out
}

func campaignPath(id uuid.UUID) string { return "/v1/campaigns/" + id.String() }
