package ivr

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// Contact is somebody on a campaign's list.
type Contact struct {
	ID          uuid.UUID
	Row         int
	Phone       string // E.164; shown masked to people; "" = wiped
	CustomerID  uuid.UUID
	Reference   string
	Locale      string
	State       string // queued, waiting, calling, done
	Outcome     string // one of the Contact… constants; "" = none yet
	Detail      string // the flow's word, or why it was refused
	NextAt      time.Time
	Calls       int
	PhoneCallID uuid.UUID // the last one
	Answered    bool
	Human       bool
	Finished    bool
	HandedOver  bool
	EndedAt     *time.Time
}

// A wiped contact has no number.
const contactColumns = `id, row, case when phone like 'wiped:%' then '' else phone end, coalesce(customer_id, '00000000-0000-0000-0000-000000000000'), reference, locale, state, outcome, detail, next_at, attempt,
	coalesce(phone_call_id, '00000000-0000-0000-0000-000000000000'), stage >= 2, stage >= 3, stage >= 4, handed_over, ended_at`

func scanContact(row pgx.CollectableRow) (c Contact, err error) {
	return c, row.Scan(&c.ID, &c.Row, &c.Phone, &c.CustomerID, &c.Reference, &c.Locale, &c.State, &c.Outcome, &c.Detail, &c.NextAt, &c.Calls,
		&c.PhoneCallID, &c.Answered, &c.Human, &c.Finished, &c.HandedOver, &c.EndedAt)
}

// ContactFilter narrows a list of contacts; zero fields do not.
type ContactFilter struct{ State, Outcome string }

// Contacts returns a campaign's contacts, the last of the list first.
func (s *Campaigns) Contacts(ctx context.Context, bankID, campaignID uuid.UUID, f ContactFilter, page postgres.Page) (all []Contact, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := campaignTx(ctx, tx, campaignID, false); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+contactColumns+` from campaign_contacts
			where bank_id = $1 and campaign_id = $2 and ($3 = '' or state = $3) and ($4 = '' or outcome = $4) and ($5::uuid is null or id < $5)
			order by id desc limit $6`, bankID, campaignID, f.State, f.Outcome, page.After(), page.Size()+1)
		if all, err = pgx.CollectRows(rows, scanContact); err != nil {
			return fmt.Errorf("list contacts: %w", err)
		}
		all, next = postgres.Cut(all, page, func(c Contact) uuid.UUID { return c.ID })
		return nil
	})
	return all, next, err
}

// exportBatch is how many contacts are read at a time: no transaction is open
// while they are written.
const exportBatch = 1000

// ExportCSV writes a campaign's contacts with their outcomes and answers, in the
// order of the list. It reads page by page: a list that changes meanwhile is
// neither skipped nor repeated. Numbers are masked unless whole. Begin is called
// once it is sure that there is such a campaign, before the first byte.
func (s *Campaigns) ExportCSV(ctx context.Context, bankID, campaignID uuid.UUID, whole bool, out io.Writer, begin func(Campaign)) error {
	c, err := s.Get(ctx, bankID, campaignID)
	if err != nil {
		return err
	}
	questions, err := s.questions(ctx, bankID, campaignID)
	if err != nil {
		return err
	}
	begin(c)
	w := csv.NewWriter(out)
	w.UseCRLF = true // RFC 4180
	head := []string{"row", "phone", "customer_id", "reference", "locale", "state", "outcome", "detail", "calls", "answered", "human", "finished", "handed_over", "ended_at"}
	for _, q := range questions {
		head = append(head, cell("answer_"+q))
	}
	if err := w.Write(head); err != nil {
		return err
	}
	for after := uuid.Nil; ; {
		list, answers, err := s.exportPage(ctx, bankID, campaignID, after)
		if err != nil {
			return err
		}
		for _, c := range list {
			record := []string{strconv.Itoa(c.Row), c.Phone, "", cell(c.Reference), c.Locale, c.State, c.Outcome, cell(c.Detail), strconv.Itoa(c.Calls),
				strconv.FormatBool(c.Answered), strconv.FormatBool(c.Human), strconv.FormatBool(c.Finished), strconv.FormatBool(c.HandedOver), ""}
			if !whole {
				record[1] = cell(banks.MaskPhone(c.Phone))
			}
			if c.CustomerID != uuid.Nil {
				record[2] = c.CustomerID.String()
			}
			if c.EndedAt != nil {
				record[13] = c.EndedAt.UTC().Format(time.RFC3339)
			}
			for _, q := range questions {
				record = append(record, cell(answers[c.ID][q]))
			}
			if err := w.Write(record); err != nil {
				return err
			}
		}
		if w.Flush(); w.Error() != nil {
			return w.Error()
		}
		if len(list) < exportBatch {
			return nil
		}
		after = list[len(list)-1].ID
	}
}

func (s *Campaigns) exportPage(ctx context.Context, bankID, campaignID, after uuid.UUID) (list []Contact, answers map[uuid.UUID]map[string]string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+contactColumns+` from campaign_contacts where bank_id = $1 and campaign_id = $2 and id > $3 order by id limit $4`,
			bankID, campaignID, after, exportBatch)
		if list, err = pgx.CollectRows(rows, scanContact); err != nil {
			return fmt.Errorf("export contacts: %w", err)
		}
		answers, err = answersTx(ctx, tx, list)
		return err
	})
	return list, answers, err
}

// WriteReport writes what of an import was refused, as CSV.
func (s *Campaigns) WriteReport(ctx context.Context, bankID, campaignID, importID uuid.UUID, out io.Writer, begin func(Import)) error {
	i, err := s.Import(ctx, bankID, campaignID, importID)
	if err != nil {
		return err
	}
	begin(i)
	w := csv.NewWriter(out)
	w.UseCRLF = true
	if err := w.Write([]string{"row", "column", "code", "reason"}); err != nil {
		return err
	}
	for after := -1; ; {
		list, err := s.Refusals(ctx, bankID, campaignID, importID, after, exportBatch)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := w.Write([]string{strconv.Itoa(r.Row), cell(r.Field), r.Code, cell(r.Reason)}); err != nil {
				return err
			}
			after = r.Row
		}
		if w.Flush(); w.Error() != nil {
			return w.Error()
		}
		if len(list) < exportBatch {
			return nil
		}
	}
}

var harmless = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// formula is where a spreadsheet begins to compute: at the beginning of a cell.
// Where the separator of lists is the semicolon (Ukraine, Russia, Vietnam), one
// that opens a file begins a cell at each semicolon, and at each tab.
var formula = regexp.MustCompile("(^|[;\t\r\n])([\\s\"']*)([=+\\-@|%\t\r\n＝＋－＠])")

// cell keeps a spreadsheet from taking a text for a formula (OWASP, CSV
// injection): what begins like one gets an apostrophe before it. A number in
// E.164 is only a number.
func cell(text string) string {
	if harmless.MatchString(text) {
		return text
	}
	return formula.ReplaceAllString(text, "$1'$2$3")
}

// CampaignResults are what came of a campaign beside its outcomes.
type CampaignResults struct {
	Details   []DetailCount
	Questions []QuestionResult
}

// DetailCount is how many contacts of an outcome have a detail: the flow's word.
type DetailCount struct {
	Outcome, Detail string
	Count           int
}

// QuestionResult is what was answered to a question of the flow.
type QuestionResult struct {
	Question string
	Answered int // contacts
	Answers  []AnswerCount
}

// AnswerCount is how many gave an answer.
type AnswerCount struct {
	Answer string
	Count  int
}

// maxAnswers is how many different answers to a question are told apart.
const maxAnswers = 100

// Results sums the answers up. NotFound when there is no such campaign.
func (s *Campaigns) Results(ctx context.Context, bankID, campaignID uuid.UUID) (r CampaignResults, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := campaignTx(ctx, tx, campaignID, false); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select outcome, detail, count(*) from campaign_contacts where bank_id = $1 and campaign_id = $2 and state = 'done'
			group by 1, 2 order by 3 desc, 1, 2 limit 200`, bankID, campaignID)
		if r.Details, err = pgx.CollectRows(rows, pgx.RowToStructByPos[DetailCount]); err != nil {
			return fmt.Errorf("read results: %w", err)
		}
		r.Questions, err = questionsTx(ctx, tx, campaignID)
		return err
	})
	return r, err
}
