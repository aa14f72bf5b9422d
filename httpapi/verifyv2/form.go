package verifyv2

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// sid writes an id of ours as Twilio's.
func sid(prefix string, id uuid.UUID) string { return prefix + hex.EncodeToString(id[:]) }

// AccountSID is the bank's, the user name of HTTP Basic.
func AccountSID(bankID uuid.UUID) string { return sid("AC", bankID) }

// KeySID is an API key's, which may be the user name, too.
func KeySID(id uuid.UUID) string { return sid("SK", id) }

// idOf reads one of the kind.
func idOf(prefix, text string) (id uuid.UUID, ok bool) {
	digits, found := strings.CutPrefix(text, prefix)
	if !found || len(prefix) != 2 || len(digits) != 32 {
		return id, false
	}
	raw, err := hex.DecodeString(digits)
	if err != nil {
		return id, false
	}
	copy(id[:], raw)
	return id, id != uuid.Nil
}

// date is ISO 8601 in UTC, to the second.
func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func dateOrNull(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return new(date(*t))
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// form is what a request says: its body, or its query.
type form url.Values

// readForm reads it, as text that can be stored; a body is a form and nothing else.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	if r.Method != http.MethodPost {
		query := form{}
		for name, values := range r.URL.Query() {
			query[strings.ReplaceAll(name, `\`, "")] = values // twilio-go writes ChannelData\.To
		}
		return query, query.check()
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if contentType := r.Header.Get("Content-Type"); contentType != "" {
		if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/x-www-form-urlencoded" {
			return nil, &Error{Status: http.StatusUnsupportedMediaType, Code: 20415, Message: "The body must be application/x-www-form-urlencoded"}
		}
	}
	if err := r.ParseForm(); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, &Error{Status: http.StatusBadRequest, Code: codeInvalid, Message: "The body or the query is not a form, or could not be read to its end"}
	}
	return form(r.PostForm), form(r.PostForm).check()
}

// check refuses what PostgreSQL stores as no text.
func (f form) check() error {
	for name, values := range f {
		for _, value := range values {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return invalid(name, "is not UTF-8 text")
			}
		}
	}
	return nil
}

func (f form) get(name string) string { return url.Values(f).Get(name) }

func (f form) has(name string) bool { return url.Values(f).Has(name) }

// need is get of what must be there.
func (f form) need(name string) (string, error) {
	if f.get(name) == "" {
		return "", invalid(name, "is required")
	}
	return f.get(name), nil
}

// flag changes to when the parameter is there.
func (f form) flag(name string, to *bool) error {
	if !f.has(name) {
		return nil
	}
	value, err := strconv.ParseBool(strings.ToLower(f.get(name)))
	if err != nil {
		return invalid(name, "must be true or false")
	}
	*to = value
	return nil
}

// number changes to when the parameter is there.
func (f form) number(name string, least, most int, to *int) error {
	if !f.has(name) {
		return nil
	}
	value, err := strconv.Atoi(f.get(name))
	if err != nil || value < least || value > most {
		return invalid(name, "must be between %d and %d", least, most)
	}
	*to = value
	return nil
}

// only refuses a value of a parameter that we could not honour; absent is good.
func (f form) only(name, value string) error {
	if f.has(name) && !strings.EqualFold(f.get(name), value) {
		return invalid(name, "only %s is supported", value)
	}
	return nil
}

const maxJSON = 8 << 10

// object reads a parameter that is a JSON object; nil when it is not there.
func (f form) object(name string) (map[string]any, error) {
	text := f.get(name)
	if text == "" {
		return nil, nil
	}
	var value map[string]any
	inner := unquote(text)
	if len(text) > maxJSON || strings.Contains(inner, `\u0000`) || json.Unmarshal([]byte(inner), &value) != nil {
		return nil, invalid(name, "must be a JSON object of at most %d bytes", maxJSON)
	}
	return value, nil
}

// unquote reads JSON that a program gave as a text and its SDK wrote as JSON again.
func unquote(text string) string {
	var inner string
	if json.Unmarshal([]byte(text), &inner) == nil {
		return inner
	}
	return text
}

// time reads a parameter that is an ISO 8601 time; zero when it is not there.
func (f form) time(name string) (time.Time, error) {
	text := f.get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, invalid(name, "must be a time such as 2026-01-31T12:00:00Z")
	}
	return at, nil
}

// paging is what part of a list is wanted.
type paging struct {
	postgres.Page
	number int
}

// maxPage is the largest page; Twilio's is 1,000.
const maxPage = 100

func (f form) paging() (p paging, err error) {
	p.Limit = 50
	if err := f.number("PageSize", 1, 1_000_000, &p.Limit); err != nil {
		return p, err
	}
	p.Limit = min(p.Limit, maxPage)
	if err := f.number("Page", 0, 1_000_000, &p.number); err != nil {
		return p, err
	}
	if token := f.get("PageToken"); token != "" {
		if p.Before, err = postgres.ParseCursor(strings.TrimPrefix(token, "PA")); err != nil {
			return p, invalid("PageToken", "is not one of ours")
		}
	}
	return p, nil
}

type meta struct {
	Key      string  `json:"key"`
	Page     int     `json:"page"`
	PageSize int     `json:"page_size"`
	First    string  `json:"first_page_url"`
	Previous *string `json:"previous_page_url"` // always null: pages go forward
	Next     *string `json:"next_page_url"`
	URL      string  `json:"url"`
}

// page is an answer with a part of a list; next is the cursor of the next.
func (h *Handler) page(r *request, p paging, key string, items any, next string) answer {
	at := func(number int, cursor string) string {
		query := url.Values{}
		for name, values := range r.form {
			if name != "Page" && name != "PageToken" && name != "PageSize" {
				query[name] = values
			}
		}
		query.Set("PageSize", strconv.Itoa(p.Limit))
		query.Set("Page", strconv.Itoa(number))
		if cursor != "" {
			query.Set("PageToken", "PA"+cursor)
		}
		return h.PublicURL + r.URL.EscapedPath() + "?" + query.Encode()
	}
	m := meta{Key: key, Page: p.number, PageSize: p.Limit, First: at(0, ""), URL: at(p.number, strings.TrimPrefix(r.form.get("PageToken"), "PA"))}
	if next != "" {
		m.Next = new(at(p.number+1, next))
	}
	return answer{body: map[string]any{key: items, "meta": m}}
}
