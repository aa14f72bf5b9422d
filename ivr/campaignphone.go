package ivr

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// What campaigns know of phone calls beside their states.

// handedOver reports whether a call was handed to an agent.
func (c PhoneCall) handedOver() bool { return c.Outcome == "handed_over" }

// abandoned reports whether somebody answered, was to be handed to an agent, and
// none came.
func (c PhoneCall) abandoned() bool { return c.Outcome == "abandoned" }

// publishedTx is the version of a flow that is published now.
func (s *Service) publishedTx(_ context.Context, _ *postgres.Tx, _, _ string) (int, error) {
	return 0, nil
}

// questions are those that the campaign's flow asked, in their order.
func (s *Campaigns) questions(_ context.Context, _, _ uuid.UUID) ([]string, error) { return nil, nil }

func questionsTx(_ context.Context, _ *postgres.Tx, _ uuid.UUID) ([]QuestionResult, error) {
	return nil, nil
}

// answersTx are the answers of contacts, by question.
func answersTx(_ context.Context, _ *postgres.Tx, _ []Contact) (map[uuid.UUID]map[string]string, error) {
	return nil, nil
}
