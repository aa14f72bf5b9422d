package ivr

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// MaxContactFile is the most bytes of a list.
const MaxContactFile = 256 << 20

// maxRecord is the most bytes of one row: an open quote must not read the file
// into memory.
const maxRecord = 64 << 10

// contactFields are the columns that are not variables.
var contactFields = []string{"phone", "region", "customer_id", "customer_reference", "reference", "locale", "time_zone"}

// ImportCSV reads a list (RFC 4180, UTF-8 with or without a byte order mark, the
// first row names the columns) while it comes in, and puts its people on the
// campaign's list. Columns are found by Settings.Columns, else by the name of
// their field; every other column whose header can be the name of a variable
// (in ASCII; after lower-casing, with _ for what is no letter or digit) is one,
// the rest is left out. A row that does not do is refused by itself. Rows are kept in batches:
// when the file breaks off, what was read stays, and the same file again adds the
// rest. delimiter is a comma unless it says otherwise.
func (s *Campaigns) ImportCSV(ctx context.Context, bankID, campaignID uuid.UUID, in io.Reader, delimiter rune) (i Import, err error) {
	bounded := &recordReader{in: in}
	text := bufio.NewReader(bounded)
	if mark, _ := text.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = text.Discard(3)
	} else if len(mark) >= 2 && (mark[0] == 0xff && mark[1] == 0xfe || mark[0] == 0xfe && mark[1] == 0xff) {
		return Import{}, visavis.Errorf(visavis.Invalid, "not_utf8", "The file is UTF-16; save it as CSV UTF-8.")
	}
	rows := csv.NewReader(text)
	rows.FieldsPerRecord, rows.ReuseRecord, rows.Comma = -1, true, ','
	if delimiter != 0 {
		rows.Comma = delimiter
	}
	bounded.offset = rows.InputOffset

	var r *receiver
	begin := func(ctx context.Context, tx *postgres.Tx) (err error) {
		r, err = s.receive(ctx, tx, campaignID, "csv")
		return err
	}
	head, err := rows.Read()
	if err != nil {
		if _, lookup := s.Get(ctx, bankID, campaignID); lookup != nil {
			return Import{}, lookup
		}
		return Import{}, readError(err)
	}
	c, err := s.Get(ctx, bankID, campaignID)
	if err != nil {
		return Import{}, err
	}
	columns, err := readHeader(head, c.Settings.Columns)
	if err != nil {
		return Import{}, err
	}
	if err := s.DB.InBank(ctx, bankID, begin); err != nil {
		return Import{}, err
	}
	cause := r.readRows(ctx, rows, bounded, columns)
	clean := context.WithoutCancel(ctx) // the report stands although the sender is gone
	if i, err = r.end(clean, cause); err != nil {
		return Import{}, err
	}
	return i, cause
}

func (r *receiver) readRows(ctx context.Context, rows *csv.Reader, bounded *recordReader, columns []string) error {
	batch := make([]ContactRow, 0, contactBatch)
	for number := 2; ; number++ {
		bounded.begin()
		record, err := rows.Read()
		var malformed *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if len(batch) > 0 {
				_, err := r.add(ctx, batch)
				return err
			}
			return nil
		case errors.As(err, &malformed):
			row := ContactRow{row: number}
			row.refuse("", "malformed", "a quote stands where none may, or is not closed (RFC 4180)")
			batch = append(batch, row)
		case err != nil:
			if len(batch) > 0 {
				if _, failed := r.add(context.WithoutCancel(ctx), batch); failed != nil {
					return failed
				}
			}
			return readError(err)
		default:
			batch = append(batch, readRow(number, record, columns))
		}
		if len(batch) == contactBatch {
			if _, err := r.add(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
}

func readError(err error) error {
	var e *visavis.Error
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, io.EOF):
		return visavis.Errorf(visavis.Invalid, "empty_file", "The file is empty: its first row names the columns.")
	case errors.Is(err, errRecordTooLong):
		return visavis.Errorf(visavis.Invalid, "row_too_long", "A row has more than %d KiB: a quote is not closed, most likely.", maxRecord>>10)
	}
	var malformed *csv.ParseError
	if errors.As(err, &malformed) {
		return visavis.Errorf(visavis.Invalid, "malformed", "The first row is not CSV (RFC 4180).")
	}
	return fmt.Errorf("read list: %w", err)
}

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// readHeader says what each column is: a field, "variable:" and a name, or ""
// for one that is left out.
func readHeader(head []string, mapped map[string]string) ([]string, error) {
	if len(head) > maxColumns {
		return nil, visavis.Errorf(visavis.Invalid, "too_many_columns", "The file has more than %d columns.", maxColumns)
	}
	columns := make([]string, len(head))
	taken := map[string]bool{}
	for field, header := range mapped {
		at := slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), strings.TrimSpace(header)) })
		if at < 0 {
			return nil, visavis.Errorf(visavis.Invalid, "column_missing", "The file has no column for %s, which settings.columns names.", field)
		}
		if columns[at] != "" {
			return nil, visavis.Errorf(visavis.Invalid, "column_twice", "Two entries of settings.columns name the same column.")
		}
		columns[at], taken[field] = field, true
	}
	for i, header := range head {
		if columns[i] != "" {
			continue
		}
		name := strings.Trim(notName.ReplaceAllString(strings.ToLower(strings.TrimSpace(header)), "_"), "_")
		if strings.ContainsFunc(header, func(r rune) bool { return r > unicode.MaxASCII }) {
			continue // what is left of a word in another script is no name
		}
		if !nameShape.MatchString(name) || taken[name] {
			if taken[name] && mapped[name] == "" {
				return nil, visavis.Errorf(visavis.Invalid, "column_twice", "Two columns of the file have the same name.")
			}
			continue
		}
		columns[i], taken[name] = name, true
	}
	if !taken["phone"] && !taken["customer_id"] && !taken["customer_reference"] {
		return nil, visavis.Errorf(visavis.Invalid, "column_missing", "The file has no column phone, customer_id or customer_reference: name them in its first row, or in settings.columns.")
	}
	for i, name := range columns {
		if name != "" && !slices.Contains(contactFields, name) {
			columns[i] = "variable:" + name
		}
	}
	return columns, nil
}

func readRow(number int, record, columns []string) ContactRow {
	row := ContactRow{row: number}
	if len(record) != len(columns) {
		row.refuse("", "wrong_columns", fmt.Sprintf("the row has %d columns, the first row has %d", len(record), len(columns)))
		return row
	}
	for i, name := range columns {
		value := strings.TrimSpace(record[i])
		if name == "" || value == "" {
			continue
		}
		if !plainText(value) {
			row.refuse(strings.TrimPrefix(name, "variable:"), "not_utf8", "it is not UTF-8 text")
			return row
		}
		switch name {
		case "phone":
			row.Phone = value
		case "region":
			row.Region = value
		case "customer_id":
			id, err := uuid.Parse(value)
			if err != nil {
				row.refuse(name, "customer_not_found", "the bank has no such customer")
			}
			row.CustomerID = id
		case "customer_reference":
			row.CustomerReference = value
		case "reference":
			row.Reference = strings.Clone(value)
		case "locale":
			row.Locale = value
		case "time_zone":
			row.TimeZone = value
		default:
			if row.Variables == nil {
				row.Variables = map[string]string{}
			}
			row.Variables[strings.TrimPrefix(name, "variable:")] = value
		}
	}
	return row
}

// recordReader ends the reading when one record takes too much.
type recordReader struct {
	in     io.Reader
	read   int64
	began  int64        // where the record that is being read began
	offset func() int64 // how far the lines were read; within a quote, that is inside of a record
}

var errRecordTooLong = errors.New("record too long")

// begin says that the next record is read now.
func (r *recordReader) begin() { r.began = r.offset() }

func (r *recordReader) Read(p []byte) (int, error) {
	if r.read-r.began > maxRecord+64<<10 { // what bufio reads ahead
		return 0, errRecordTooLong
	}
	n, err := r.in.Read(p)
	r.read += int64(n)
	return n, err
}
