// Package httpsms sends SMS through a carrier's HTTP interface that a file
// describes, and takes its receipts and customers' texts in: for local carriers
// that speak neither Twilio's language nor SMPP. examples/ has two descriptions,
// docs/operations.md explains every key.
//
// A description has no secret in it: it names environment variables or files.
// What is put into a request is escaped for its place by what writes the place
// (encoding/json, net/url), never by pasting text into text.
package httpsms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/visavis/visavis/channels"
)

// description is a carrier's file, YAML or JSON.
type description struct {
	Name    string   `yaml:"name"`
	From    string   `yaml:"from"`
	Send    send     `yaml:"send"`
	Auth    auth     `yaml:"auth"`
	Answer  answer   `yaml:"answer"`
	Receipt *receipt `yaml:"receipt"`
	Inbound *inbound `yaml:"inbound"`
}

type send struct {
	Method       string            `yaml:"method"`
	URL          string            `yaml:"url"`
	Headers      map[string]string `yaml:"headers"`
	Query        map[string]string `yaml:"query"`
	Form         map[string]string `yaml:"form"`
	JSON         yaml.Node         `yaml:"json"`
	SecretParams map[string]secret `yaml:"secret_params"` // added to query or form
}

// secret names where a secret is: one of both.
type secret struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

type auth struct {
	Basic *struct {
		User     string `yaml:"user"`
		Password secret `yaml:"password"`
	} `yaml:"basic"`
	Bearer    *secret    `yaml:"bearer"`
	Signature *signature `yaml:"signature"`
}

// signature is HMAC-SHA256 of a body in a header.
type signature struct {
	Header   string `yaml:"header"`
	Key      secret `yaml:"key"`
	Encoding string `yaml:"encoding"` // hex (default) or base64
	Prefix   string `yaml:"prefix"`   // before the signature, such as "sha256="
}

// locator says where a value stands in what a carrier sends: one of the three.
type locator struct {
	JSON   string `yaml:"json"`   // pointer (RFC 6901)
	Regexp string `yaml:"regexp"` // its first group
	Field  string `yaml:"field"`  // of the query or form
	re     *regexp.Regexp
}

type answer struct {
	ID    locator `yaml:"id"`
	Code  locator `yaml:"code"`
	Rules []rule  `yaml:"rules"`
}

// rule says what an answer means; the first that fits counts. Without one: 2xx
// with an id is accepted, 401, 403, 429 and 503 are busy, other 4xx permanent,
// the rest unknown.
type rule struct {
	Status []int    `yaml:"status"` // empty: any
	Codes  []string `yaml:"codes"`  // empty: any, and none
	Means  string   `yaml:"means"`  // accepted, permanent, busy, unknown
}

type receipt struct {
	Method    string            `yaml:"method"`
	ID        locator           `yaml:"id"`
	Status    locator           `yaml:"status"`
	Code      locator           `yaml:"code"`
	States    map[string]string `yaml:"states"` // the carrier's word → sent, delivered, undelivered, failed, ignored
	Signature *signature        `yaml:"signature"`
}

type inbound struct {
	Method    string     `yaml:"method"`
	ID        locator    `yaml:"id"`
	From      locator    `yaml:"from"`
	To        locator    `yaml:"to"`
	Text      locator    `yaml:"text"`
	Signature *signature `yaml:"signature"`
}

var (
	nameShape        = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)
	headerShape      = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	placeholderShape = regexp.MustCompile(`\{([a-z_]*)\}`)
	placeholders     = []string{"to", "to_digits", "from", "text", "id", "ttl", "callback"}
	reserved         = []string{"twilio", "smpp", "fcm", "apns", "webpush"}
)

// file is a description being checked; it knows the lines of its keys.
type file struct {
	path string
	root *yaml.Node
	errs []error
}

// wrong adds an error at the line of a key.
func (f *file) wrong(key, format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf("%s:%d: %s: %s", f.path, f.line(key), key, fmt.Sprintf(format, args...)))
}

// line is where a key such as "send.url" stands, or the nearest above it.
func (f *file) line(key string) int {
	node, line := f.root, 1
	for _, part := range strings.Split(key, ".") {
		if node == nil || node.Kind != yaml.MappingNode {
			return line
		}
		var next *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == part {
				line, next = node.Content[i].Line, node.Content[i+1]
			}
		}
		node = next
	}
	return line
}

var lineError = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// read reads and checks a description. Every error says file and line; all are
// told at once.
func read(path string, content []byte) (*description, error) {
	var d description
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	at := func(message string) error {
		if m := lineError.FindStringSubmatch(message); m != nil {
			return fmt.Errorf("%s:%s: %s", path, m[1], message[len(m[0]):])
		}
		return fmt.Errorf("%s: %s", path, message)
	}
	if err := decoder.Decode(&d); err != nil {
		var many *yaml.TypeError
		if errors.As(err, &many) {
			var errs []error
			for _, e := range many.Errors {
				errs = append(errs, at(e))
			}
			return nil, errors.Join(errs...)
		}
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s:1: the description is empty", path)
		}
		return nil, at(err.Error())
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil || len(document.Content) != 1 {
		return nil, fmt.Errorf("%s:1: the description is not one mapping", path)
	}
	f := &file{path: path, root: document.Content[0]}
	f.check(&d)
	return &d, errors.Join(f.errs...)
}

func (f *file) check(d *description) {
	if !nameShape.MatchString(d.Name) || slices.Contains(reserved, d.Name) {
		f.wrong("name", "must be a short name of lower-case letters, digits and - that no other provider has")
	}
	if d.From == "" {
		f.wrong("from", "is missing: the sender of messages that name none")
	}
	f.checkSend(&d.Send)
	if b := d.Auth.Basic; b != nil {
		f.secret("auth.basic.password", b.Password)
		if b.User == "" || strings.Contains(b.User, ":") {
			f.wrong("auth.basic.user", "must be a name without a colon")
		}
	}
	if d.Auth.Bearer != nil {
		f.secret("auth.bearer", *d.Auth.Bearer)
	}
	if d.Auth.Basic != nil && d.Auth.Bearer != nil {
		f.wrong("auth", "has basic and bearer: use one")
	}
	f.signature("auth.signature", d.Auth.Signature)
	f.locator("answer.id", &d.Answer.ID, true, false)
	f.locator("answer.code", &d.Answer.Code, false, false)
	for i, r := range d.Answer.Rules {
		if !slices.Contains([]string{"accepted", "permanent", "busy", "unknown"}, r.Means) {
			f.wrong("answer.rules", "rule %d: means must be accepted, permanent, busy or unknown", i+1)
		}
		if len(r.Status)+len(r.Codes) == 0 {
			f.wrong("answer.rules", "rule %d: needs status or codes", i+1)
		}
		if len(r.Codes) > 0 && d.Answer.Code == (locator{}) {
			f.wrong("answer.rules", "rule %d: has codes, but answer.code does not say where they are", i+1)
		}
	}
	if r := d.Receipt; r != nil {
		f.method("receipt.method", &r.Method)
		f.locator("receipt.id", &r.ID, true, true)
		f.locator("receipt.status", &r.Status, true, true)
		f.locator("receipt.code", &r.Code, false, true)
		f.signature("receipt.signature", r.Signature)
		if len(r.States) == 0 {
			f.wrong("receipt.states", "is missing: the carrier's words and what they mean")
		}
		for word, state := range r.States {
			if _, ok := stateOf(state); !ok {
				f.wrong("receipt.states."+word, "must be sent, delivered, undelivered, failed or ignored")
			}
		}
	}
	if n := d.Inbound; n != nil {
		f.method("inbound.method", &n.Method)
		f.locator("inbound.id", &n.ID, true, true)
		f.locator("inbound.from", &n.From, true, true)
		f.locator("inbound.to", &n.To, true, true)
		f.locator("inbound.text", &n.Text, true, true)
		f.signature("inbound.signature", n.Signature)
	}
}

func stateOf(word string) (channels.State, bool) {
	switch word {
	case "sent":
		return channels.StateSent, true
	case "delivered":
		return channels.StateDelivered, true
	case "undelivered":
		return channels.StateUndelivered, true
	case "failed":
		return channels.StateFailed, true
	case "ignored":
		return "", true
	}
	return "", false
}

func (f *file) checkSend(s *send) {
	f.method("send.method", &s.Method)
	u, err := url.Parse(placeholderShape.ReplaceAllString(s.URL, "x"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		f.wrong("send.url", "must be an absolute http(s) URL without user, query or fragment: parameters go under query")
	} else if host, _, _ := strings.Cut(strings.SplitN(s.URL, "://", 2)[1], "/"); strings.Contains(host, "{") {
		f.wrong("send.url", "has a placeholder in its host")
	}
	f.template("send.url", s.URL, "to", "to_digits", "id")
	bodies := 0
	for _, given := range []bool{len(s.Form) > 0, s.JSON.Kind != 0} {
		if given {
			bodies++
		}
	}
	if bodies > 1 || bodies > 0 && s.Method == "GET" {
		f.wrong("send", "has more bodies than the method takes: json or form with POST or PUT, none with GET")
	}
	for name, value := range s.Headers {
		if !headerShape.MatchString(name) || strings.EqualFold(name, "authorization") || strings.EqualFold(name, "host") || strings.ContainsAny(value, "\r\n") {
			f.wrong("send.headers."+name, "is not a header that may be set here; credentials go under auth")
		}
		f.template("send.headers."+name, value, "id", "ttl")
	}
	said := s.URL
	for key, params := range map[string]map[string]string{"send.query": s.Query, "send.form": s.Form} {
		for name, value := range params {
			f.template(key+"."+name, value, placeholders...)
			said += value
		}
	}
	if s.JSON.Kind != 0 {
		if s.JSON.Kind != yaml.MappingNode && s.JSON.Kind != yaml.SequenceNode {
			f.wrong("send.json", "must be an object or a list")
		}
		walk(&s.JSON, func(n *yaml.Node) {
			said += n.Value
			f.template("send.json", n.Value, placeholders...)
		})
	}
	if !strings.Contains(said, "{to}") && !strings.Contains(said, "{to_digits}") || !strings.Contains(said, "{text}") {
		f.wrong("send", "must put {to} (or {to_digits}) and {text} somewhere")
	}
	for name, secret := range s.SecretParams {
		f.secret("send.secret_params."+name, secret)
	}
}

// walk visits the scalars of a tree.
func walk(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		visit(n)
	}
	for _, child := range n.Content {
		walk(child, visit)
	}
}

func (f *file) template(key, value string, allowed ...string) {
	for _, m := range placeholderShape.FindAllStringSubmatch(value, -1) {
		if !slices.Contains(allowed, m[1]) {
			f.wrong(key, "{%s} is none of {%s}", m[1], strings.Join(allowed, "}, {"))
		}
	}
}

func (f *file) method(key string, method *string) {
	if *method == "" {
		*method = "POST"
	}
	if *method != "GET" && *method != "POST" && *method != "PUT" {
		f.wrong(key, "must be GET, POST or PUT")
	}
}

func (f *file) secret(key string, s secret) {
	if (s.Env == "") == (s.File == "") {
		f.wrong(key, "must name its secret by env or by file, one of both: secrets do not stand in descriptions")
	}
}

func (f *file) signature(key string, s *signature) {
	if s == nil {
		return
	}
	if !headerShape.MatchString(s.Header) {
		f.wrong(key+".header", "must be a header's name")
	}
	if s.Encoding == "" {
		s.Encoding = "hex"
	}
	if s.Encoding != "hex" && s.Encoding != "base64" {
		f.wrong(key+".encoding", "must be hex or base64")
	}
	f.secret(key+".key", s.Key)
}

func (f *file) locator(key string, l *locator, required, fields bool) {
	given := 0
	for _, s := range []string{l.JSON, l.Regexp, l.Field} {
		if s != "" {
			given++
		}
	}
	switch {
	case given == 0 && !required:
	case given != 1:
		f.wrong(key, "must have one of json (a pointer), regexp and field")
	case l.Field != "" && !fields:
		f.wrong(key, "an answer has no fields: use json or regexp")
	case l.JSON != "" && !strings.HasPrefix(l.JSON, "/"):
		f.wrong(key, "a JSON pointer begins with /")
	case l.Regexp != "":
		re, err := regexp.Compile(l.Regexp)
		if err != nil || re.NumSubexp() < 1 {
			f.wrong(key, "must be a regular expression (RE2) with a group for the value")
		}
		l.re = re
	}
}

// value reads a secret. The error names the place, never the value.
func (s secret) value(getenv func(string) string) (string, error) {
	if s.Env != "" {
		if v := getenv(s.Env); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("the environment has no %s", s.Env)
	}
	content, err := os.ReadFile(s.File)
	if err != nil {
		return "", err
	}
	if v := strings.TrimSpace(string(content)); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("%s is empty", s.File)
}
