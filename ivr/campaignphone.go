package ivr

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// What campaigns know of phone calls beside their states.

// publishedTx is the version of a flow that is in force, to place calls with:
// ShippedVersion is that of the product's own. Invalid, by field, when there is none.
func (s *Service) publishedTx(ctx context.Context, tx *postgres.Tx, name, field string) (int, error) {
	_, version, _, err := s.inForceTx(ctx, tx, name, 0)
	if visavis.KindOf(err) == visavis.NotFound {
		return 0, visavis.InvalidField(field, "there is no flow %q in force", name)
	}
	if version == 0 {
		version = ShippedVersion
	}
	return version, err
}

// inputsTx are the variables that a flow needs of each contact; none when it is
// not in force yet.
func (s *Service) inputsTx(ctx context.Context, tx *postgres.Tx, name string, version int) (names []string, err error) {
	f, _, _, err := s.inForceTx(ctx, tx, name, version)
	if visavis.KindOf(err) == visavis.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, in := range f.Inputs {
		if !in.Optional && in.Name != startVar {
			names = append(names, in.Name)
		}
	}
	return names, nil
}

// questions are those that the campaign's contacts answered, by name.
func (s *Campaigns) questions(ctx context.Context, bankID, campaignID uuid.UUID) (names []string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select distinct question from flow_answers a join campaign_contacts c on c.bank_id = $1 and c.id = a.about_id
			where a.bank_id = $1 and c.campaign_id = $2 and a.survey order by question`, bankID, campaignID)
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	return names, nil
}

// questionsTx counts the answers to each question, the most frequent first.
func questionsTx(ctx context.Context, tx *postgres.Tx, campaignID uuid.UUID) (list []QuestionResult, err error) {
	rows, _ := tx.Query(ctx, `
		select question, answer, count(distinct a.about_id)::int from flow_answers a join campaign_contacts c on c.bank_id = $1 and c.id = a.about_id
		where a.bank_id = $1 and c.campaign_id = $2 and a.survey group by 1, 2 order by 1, 3 desc, 2`, tx.BankID, campaignID)
	var question string
	var a AnswerCount
	_, err = pgx.ForEachRow(rows, []any{&question, &a.Answer, &a.Count}, func() error {
		if len(list) == 0 || list[len(list)-1].Question != question {
			list = append(list, QuestionResult{Question: question})
		}
		q := &list[len(list)-1]
		if q.Answered += a.Count; len(q.Answers) < maxAnswers {
			q.Answers = append(q.Answers, a)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count answers: %w", err)
	}
	return list, nil
}

// answersTx are the answers of contacts, by question.
func answersTx(ctx context.Context, tx *postgres.Tx, contacts []Contact) (map[uuid.UUID]map[string]string, error) {
	ids := make([]uuid.UUID, len(contacts))
	for i, c := range contacts {
		ids[i] = c.ID
	}
	rows, _ := tx.Query(ctx, `select about_id, question, answer from flow_answers where bank_id = $1 and about_id = any($2) and survey order by at`, tx.BankID, ids)
	all := map[uuid.UUID]map[string]string{}
	var id uuid.UUID
	var question, answer string
	_, err := pgx.ForEachRow(rows, []any{&id, &question, &answer}, func() error {
		if all[id] == nil {
			all[id] = map[string]string{}
		}
		all[id][question] = answer
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return all, nil
}
