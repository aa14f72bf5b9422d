package httpapi

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
)

// bodiesShown is of how many rows a check shows the words.
const bodiesShown = 50

// ListMessageBatches answers with batches, newest first.
func (s *Server) ListMessageBatches(ctx context.Context, r ListMessageBatchesRequestObject) (ListMessageBatchesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.Channels.Batches(ctx, bankOf(ctx), p)
	return ListMessageBatches200JSONResponse{Items: list(all, showBatch), NextCursor: given(next)}, err
}

// CheckMessageBatch says how a batch would go, without sending it.
func (s *Server) CheckMessageBatch(ctx context.Context, r CheckMessageBatchRequestObject) (CheckMessageBatchResponseObject, error) {
	b := r.Body
	m, err := s.newMessage(ctx, NewMessageClass(or(b.Class, MessageBatchDraftClassNotice)), b.Text, b.Template, b.Params, b.Channels, nil, nil)
	if err != nil {
		return nil, err
	}
	found, err := s.findRecipients(ctx, b.Recipients)
	if err != nil {
		return nil, err
	}
	out := CheckMessageBatch200JSONResponse{Total: len(b.Recipients), Rows: make([]MessageBatchCheckRow, len(b.Recipients))}
	batch, names := channels.Batch{Message: m}, map[uuid.UUID]string{}
	var places []int // of the batch's recipients among the rows
	for i, to := range b.Recipients {
		row := &out.Rows[i]
		row.Row = i
		if b.Text != nil && len(to.Params) > 0 {
			return nil, visavis.InvalidField("recipients."+strconv.Itoa(i)+".params", "go with template only")
		}
		c, err := found(i, to)
		if err != nil {
			row.Code, row.Detail = new(visavis.CodeOf(err)), new(err.Error())
			continue
		}
		row.CustomerID, row.Name, row.Phone = new(c.ID), new(c.Name), new(phoneFor(ctx, c.Phone))
		names[c.ID] = c.Name
		batch.Recipients, places = append(batch.Recipients, channels.BatchRecipient{CustomerID: c.ID, Params: to.Params}), append(places, i)
	}
	checks, err := s.Channels.CheckBatch(ctx, bankOf(ctx), batch, names)
	if err != nil {
		return nil, err
	}
	segments := 0
	for i, check := range checks {
		row := &out.Rows[places[i]]
		row.Locale, row.Code, row.Detail, row.Field = given(check.Locale), given(check.Code), given(check.Detail), given(check.Field)
		if check.Code != "" {
			continue
		}
		out.Ready++
		segments += check.Segments
		row.Segments = given(check.Segments)
		if out.Ready <= bodiesShown {
			row.Body = given(check.Body)
		}
	}
	out.Segments, out.Refused = given(segments), out.Total-out.Ready
	return out, nil
}

// findRecipients returns a function that finds the customer of a row.
func (s *Server) findRecipients(ctx context.Context, rows []MessageBatchDraftRow) (func(int, MessageBatchDraftRow) (banks.Customer, error), error) {
	ids, references, phones := []uuid.UUID{}, []string{}, []string{}
	numbers := make([]string, len(rows)) // canonical
	for i, row := range rows {
		given := 0
		if row.CustomerID != nil {
			ids, given = append(ids, *row.CustomerID), given+1
		}
		if row.CustomerReference != nil {
			references, given = append(references, *row.CustomerReference), given+1
		}
		if row.Phone != nil {
			given++
			if phone, err := banks.CanonicalPhone(*row.Phone, ""); err == nil {
				numbers[i], phones = phone, append(phones, phone)
			}
		}
		if given != 1 {
			return nil, visavis.InvalidField("recipients."+strconv.Itoa(i), "give one of customer_id, customer_reference and phone")
		}
	}
	customers, err := s.Banks.FindCustomers(ctx, bankOf(ctx), ids, references, phones)
	if err != nil {
		return nil, err
	}
	byID, byReference, byPhone := map[uuid.UUID]banks.Customer{}, map[string]banks.Customer{}, map[string][]banks.Customer{}
	for _, c := range customers {
		byID[c.ID], byReference[c.Reference] = c, c
		byPhone[c.Phone] = append(byPhone[c.Phone], c)
	}
	return func(i int, row MessageBatchDraftRow) (c banks.Customer, err error) {
		ok := false
		switch {
		case row.CustomerID != nil:
			c, ok = byID[*row.CustomerID]
		case row.CustomerReference != nil:
			c, ok = byReference[*row.CustomerReference]
		case numbers[i] == "":
			return c, visavis.Errorf(visavis.Invalid, "invalid_phone", "this is not a phone number with its country code")
		case len(byPhone[numbers[i]]) > 1:
			return c, visavis.Errorf(visavis.Conflict, "customer_ambiguous", "several customers have this number")
		case len(byPhone[numbers[i]]) == 1:
			c, ok = byPhone[numbers[i]][0], true
		}
		if !ok {
			err = visavis.Errorf(visavis.NotFound, "customer_not_found", "there is no such customer")
		}
		return c, err
	}, nil
}
