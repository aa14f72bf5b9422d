package ivr

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxSource bounds a flow's document, in bytes; maxSteps its steps.
const (
	maxSource = 64 << 10
	maxSteps  = 200
	maxWords  = 2000 // characters of one text
)

// Parse reads a flow and says everything that is wrong with it, in the order of
// the lines. The flow can be run when no problem is an error; it is nil when it
// could not be read at all.
func Parse(source []byte) (*Flow, []Problem) {
	p := &parser{flow: &Flow{byName: map[string]*Step{}}}
	if len(source) > maxSource {
		p.at(1, 1, RuleSyntax, "the document is longer than %d bytes", maxSource)
		return nil, p.problems
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		line := 1
		if m := lineOfError.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		p.at(line, 1, RuleSyntax, "it is not YAML: %s", strings.TrimPrefix(lineOfError.ReplaceAllString(err.Error(), ""), "yaml: "))
		return nil, p.problems
	}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		p.at(1, 1, RuleSyntax, "a flow is a mapping with flow, locales, start and steps")
		return nil, p.problems
	}
	p.whole(document.Content[0])
	if !p.broken {
		p.check()
	}
	slices.SortStableFunc(p.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return p.flow, slices.Compact(p.problems)
}

var lineOfError = regexp.MustCompile(`line (\d+): `)

// Fails reports whether one of the problems is an error.
func Fails(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Error })
}

type parser struct {
	flow     *Flow
	problems []Problem
	step     string
	broken   bool // steps could not be read: what follows from that is not told too
}

func (p *parser) at(line, column int, rule, format string, args ...any) {
	p.problems = append(p.problems, Problem{Line: line, Column: column, Step: p.step, Rule: rule, Message: fmt.Sprintf(format, args...), Error: true})
}

func (p *parser) on(n *yaml.Node, rule, format string, args ...any) {
	p.at(n.Line, n.Column, rule, format, args...)
}

// fields walks a mapping; each key at most once. take returns false for a key
// that it does not know.
func (p *parser) fields(n *yaml.Node, what string, take func(key, value *yaml.Node) bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		p.on(n, RuleValue, "%s is a mapping", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if seen[key.Value] {
			p.on(key, RuleTwice, "%s is given twice", key.Value)
			continue
		}
		seen[key.Value] = true
		if !take(key, value) {
			p.on(key, RuleUnknownKey, "%s has no %q", what, key.Value)
		}
	}
}

func (p *parser) whole(n *yaml.Node) {
	f := p.flow
	var start, steps, machine *yaml.Node
	p.fields(n, "a flow", func(key, value *yaml.Node) bool {
		switch key.Value {
		case "flow":
			if f.Name = p.text(value); !nameShape.MatchString(f.Name) {
				p.on(value, RuleValue, "flow is a name of lower-case letters, digits and underscores, at most 40")
			}
		case "title":
			f.Title = p.text(value)
		case "locales":
			f.Locales = p.list(value)
			for _, locale := range f.Locales {
				if !knownLocale(locale) {
					p.on(value, RuleValue, "%q is not a language of the product", locale)
				}
			}
		case "input":
			p.inputs(value)
		case "inbound":
			f.Inbound = p.flag(value)
		case "start":
			f.Start, start = p.text(value), value
		case "on_machine":
			f.OnMachine, machine = p.text(value), value
		case "steps":
			steps = value
		default:
			return false
		}
		return true
	})
	for name, missing := range map[string]bool{"flow": f.Name == "", "locales": len(f.Locales) == 0, "start": f.Start == "", "steps": steps == nil} {
		if missing {
			p.on(n, RuleMissing, "a flow needs %s", name)
			p.broken = true
		}
	}
	if steps != nil {
		p.fields(steps, "steps", func(key, value *yaml.Node) bool {
			p.oneStep(key, value)
			return true
		})
		if len(f.Steps) > maxSteps {
			p.on(steps, RuleValue, "at most %d steps", maxSteps)
		}
		p.step = ""
	}
	if start != nil && f.byName[f.Start] == nil {
		p.on(start, RuleUnknownStep, "there is no step %q", f.Start)
		p.broken = true
	}
	if f.OnMachine == "hang_up" {
		f.OnMachine = ""
	}
	if f.OnMachine != "" && f.byName[f.OnMachine] == nil {
		p.on(machine, RuleUnknownStep, "there is no step %q", f.OnMachine)
		p.broken = true
	}
}

func (p *parser) inputs(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		p.on(n, RuleValue, "input is a list of variables")
		return
	}
	for _, item := range n.Content {
		name, optional := strings.CutSuffix(p.text(item), "?")
		if !nameShape.MatchString(name) || slices.Contains(builtins, name) {
			p.on(item, RuleValue, "a variable is a name of lower-case letters, digits and underscores that is not a built-in one; with ? behind it may be left out")
			continue
		}
		p.flow.Inputs = append(p.flow.Inputs, Input{Name: name, Optional: optional, Line: item.Line})
	}
}

func (p *parser) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		p.on(n, RuleValue, "it is a text")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// list reads a list of texts, or one.
func (p *parser) list(n *yaml.Node) (list []string) {
	if n.Kind == yaml.ScalarNode {
		return []string{strings.TrimSpace(n.Value)}
	}
	if n.Kind != yaml.SequenceNode {
		p.on(n, RuleValue, "it is a list")
		return nil
	}
	for _, item := range n.Content {
		list = append(list, p.text(item))
	}
	return list
}

func (p *parser) whole64(n *yaml.Node, low, high int) int {
	v, err := strconv.Atoi(p.text(n))
	if err != nil || v < low || v > high {
		p.on(n, RuleValue, "it is a whole number from %d to %d", low, high)
		return low
	}
	return v
}

func (p *parser) flag(n *yaml.Node) bool {
	v, err := strconv.ParseBool(p.text(n))
	if err != nil {
		p.on(n, RuleValue, "it is true or false")
	}
	return v
}

// to reads the name of a step that follows.
func (p *parser) to(s *Step, n *yaml.Node, label string) string {
	name := p.text(n)
	s.edges = append(s.edges, edge{to: name, label: label, line: n.Line, column: n.Column})
	return name
}

// words reads a text in each language; one text alone is for all of them.
func (p *parser) words(n *yaml.Node) Words {
	w := Words{}
	if n.Kind == yaml.ScalarNode {
		text := p.phrase(n)
		for _, locale := range p.flow.Locales {
			w[locale] = text
		}
		return w
	}
	p.fields(n, "a prompt", func(key, value *yaml.Node) bool {
		if !knownLocale(key.Value) {
			return false
		}
		w[key.Value] = p.phrase(value)
		return true
	})
	return w
}

var pieces = regexp.MustCompile(`\[([a-z0-9_]{1,60})\]|\{([a-z][a-z0-9_]{0,39})(?::([a-z]+))?\}`)

var formats = []string{"", "digits", "number", "amount", "date", "time", "datetime"}

// phrase takes a text apart.
func (p *parser) phrase(n *yaml.Node) Text {
	t := Text{Raw: p.text(n), Line: n.Line}
	if t.Raw == "" || len([]rune(t.Raw)) > maxWords {
		p.on(n, RuleValue, "a prompt has 1 to %d characters", maxWords)
	}
	rest := t.Raw
	for {
		m := pieces.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		if say := strings.TrimSpace(rest[:m[0]]); say != "" {
			t.Parts = append(t.Parts, Part{Say: say})
		}
		part := Part{}
		if m[2] >= 0 {
			part.Clip = rest[m[2]:m[3]]
		} else {
			part.Var = rest[m[4]:m[5]]
			if m[6] >= 0 {
				part.As = rest[m[6]:m[7]]
			}
			if !slices.Contains(formats, part.As) {
				p.on(n, RuleValue, "a variable is said as digits, number, amount, date, time or datetime, not as %s", part.As)
			}
		}
		t.Parts = append(t.Parts, part)
		rest = rest[m[1]:]
	}
	if say := strings.TrimSpace(rest); say != "" {
		t.Parts = append(t.Parts, Part{Say: say})
	}
	for _, part := range t.Parts {
		if strings.ContainsAny(part.Say, "{}[]") {
			p.on(n, RuleValue, "brackets are for [recordings] and {variables}")
			break
		}
	}
	return t
}

var outcomeShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (p *parser) oneStep(key, n *yaml.Node) {
	s := &Step{Name: key.Value, Line: key.Line, Column: key.Column, Tries: 3, Timeout: 6 * time.Second}
	p.step = s.Name
	if !nameShape.MatchString(s.Name) {
		p.on(key, RuleValue, "a step's name has lower-case letters, digits and underscores, at most 40")
	}
	var body *yaml.Node
	p.fields(n, "a step", func(key, value *yaml.Node) bool {
		if slices.Contains(Kinds, Kind(key.Value)) {
			if s.Kind != "" {
				p.on(key, RuleTwice, "a step does one thing: %s or %s", s.Kind, key.Value)
			}
			s.Kind, body = Kind(key.Value), value
			return true
		}
		switch key.Value {
		case "next":
			s.Next = p.to(s, value, "")
		case "no_input":
			s.NoInput = p.to(s, value, "no input")
		case "failed", "fallback", "else":
			s.Failed = p.to(s, value, key.Value)
		case "passed", "then":
			s.Next = p.to(s, value, key.Value)
		case "outcome":
			if s.Outcome = p.text(value); !outcomeShape.MatchString(s.Outcome) {
				p.on(value, RuleValue, "an outcome is a name of lower-case letters, digits and underscores")
			}
		default:
			return false
		}
		return true
	})
	p.flow.Steps = append(p.flow.Steps, s)
	p.flow.byName[s.Name] = s
	if s.Kind == "" {
		p.on(key, RuleMissing, "the step does nothing: it needs one of %s", strings.Join(kindNames(), ", "))
		p.broken = true
		return
	}
	p.body(s, body)
	p.needs(s, key)
}

func kindNames() (names []string) {
	for _, k := range Kinds {
		names = append(names, string(k))
	}
	return names
}

// body reads what a step of its kind does.
func (p *parser) body(s *Step, n *yaml.Node) {
	switch s.Kind {
	case KindSay:
		s.Words = p.words(n)
		return
	case KindPlay:
		s.Clips = p.list(n)
		return
	case KindPause:
		s.Pause = time.Duration(p.whole64(n, 1, 60)) * time.Second
		return
	case KindHangUp:
		if n.Kind == yaml.MappingNode || n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
			s.Words = p.words(n)
		}
		return
	}
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "true") {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}
	}
	if s.Kind == KindGather {
		s.Most = 1
	}
	p.fields(n, string(s.Kind), func(key, value *yaml.Node) bool { return p.field(s, key, value) })
	if s.Kind == KindGather && s.Digits == 0 && s.Most == 1 {
		s.Digits = 1
	}
}

// field reads one setting of a step. It returns false for one that a step of its
// kind does not have.
func (p *parser) field(s *Step, key, value *yaml.Node) bool {
	of := func(kinds ...Kind) bool { return slices.Contains(kinds, s.Kind) }
	switch key.Value {
	case "prompt", "wait":
		if key.Value == "prompt" && of(KindGather, KindVerify, KindMove, KindRecord, KindQuestion) || key.Value == "wait" && of(KindWebhook, KindHandover) {
			s.Words = p.words(value)
			return true
		}
	case "keys":
		if of(KindGather, KindQuestion) {
			s.Keys = map[string]string{}
			p.fields(value, "keys", func(key, value *yaml.Node) bool {
				if len(key.Value) != 1 || !strings.Contains("0123456789*#", key.Value) {
					p.on(key, RuleValue, "a key is one of 0 to 9, * and #")
				}
				s.Keys[key.Value] = p.to(s, value, key.Value)
				return true
			})
			return true
		}
	case "digits":
		if of(KindGather) {
			s.Digits = p.whole64(value, 1, 32)
			return true
		}
	case "most":
		if of(KindGather) {
			s.Most = p.whole64(value, 1, 32)
			return true
		}
	case "save":
		if of(KindGather, KindRecord, KindQuestion) {
			if s.Save = p.text(value); !nameShape.MatchString(s.Save) || slices.Contains(builtins, s.Save) {
				p.on(value, RuleValue, "a variable is a name of lower-case letters, digits and underscores that is not a built-in one")
			}
			return true
		}
	case "secret":
		switch {
		case of(KindGather):
			s.Secret = p.flag(value)
			return true
		case of(KindWebhook):
			s.Secrets = p.list(value)
			return true
		}
	case "tries":
		if of(KindGather, KindVerify, KindMove, KindQuestion) {
			s.Tries = p.whole64(value, 1, 5)
			return true
		}
	case "timeout":
		if of(KindGather, KindVerify, KindMove, KindQuestion) {
			s.Timeout = time.Duration(p.whole64(value, 1, 60)) * time.Second
			return true
		}
		if of(KindWebhook) {
			s.Timeout = time.Duration(p.whole64(value, 1, 10)) * time.Second
			return true
		}
	case "url":
		if of(KindWebhook) {
			s.URL = p.text(value)
			if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				p.on(value, RuleValue, "it is not a URL with https")
			}
			return true
		}
	case "send":
		if of(KindWebhook) {
			s.Send = p.list(value)
			return true
		}
	case "answer":
		if of(KindWebhook) {
			s.Answer = map[string]string{}
			p.fields(value, "answer", func(key, value *yaml.Node) bool {
				if !nameShape.MatchString(key.Value) || slices.Contains(builtins, key.Value) {
					return false
				}
				s.Answer[key.Value] = p.text(value)
				return true
			})
			return true
		}
	case "longest":
		if of(KindRecord) {
			s.Longest = time.Duration(p.whole64(value, 5, 300)) * time.Second
			return true
		}
	case "from", "to":
		if of(KindQuestion) {
			v := p.whole64(value, 0, 99)
			if key.Value == "from" {
				s.Low = v
			} else {
				s.High = v
			}
			return true
		}
		if of(KindBranch) {
			if _, err := time.Parse("15:04", p.text(value)); err != nil || len(p.text(value)) != 5 {
				p.on(value, RuleValue, "it is a time of day such as 08:30")
			}
			if key.Value == "from" {
				s.Branch.From = p.text(value)
			} else {
				s.Branch.To = p.text(value)
			}
			return true
		}
	case "offers":
		if of(KindMove) {
			s.Offers = p.whole64(value, 1, 5)
			return true
		}
	case "scenario":
		if of(KindHandover, KindLink) {
			s.Scene = p.text(value)
			return true
		}
	case "video_key":
		if of(KindHandover) {
			if s.Video = p.text(value); len(s.Video) != 1 || !strings.Contains("0123456789*", s.Video) {
				p.on(value, RuleValue, "a key is one of 0 to 9 and *")
			}
			return true
		}
	case "on", "days", "holidays", "variable", "event", "cases":
		if of(KindBranch) {
			p.branch(s, key, value)
			return true
		}
	}
	return false
}

var dayNames = map[string]time.Weekday{"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday}

func (p *parser) branch(s *Step, key, value *yaml.Node) {
	b := &s.Branch
	switch key.Value {
	case "on":
		b.On = p.text(value)
		if !slices.Contains([]string{"time", "customer", "segment", "locale", "variable", "event"}, b.On) {
			p.on(value, RuleValue, "a branch goes by time, customer, segment, locale, variable or event")
		}
	case "days":
		for _, day := range p.list(value) {
			weekday, ok := dayNames[day]
			if !ok {
				p.on(value, RuleValue, "days are sun, mon, tue, wed, thu, fri and sat")
			}
			b.Days = append(b.Days, weekday)
		}
	case "holidays":
		b.Holidays = p.flag(value)
	case "variable":
		b.Variable = p.text(value)
	case "event":
		b.Event = p.text(value)
	case "cases":
		b.Cases = map[string]string{}
		p.fields(value, "cases", func(key, value *yaml.Node) bool {
			b.Cases[key.Value] = p.to(s, value, key.Value)
			return true
		})
	}
}

// needs says what a step of its kind lacks.
func (p *parser) needs(s *Step, n *yaml.Node) {
	need := func(ok bool, rule, format string, args ...any) {
		if !ok {
			p.on(n, rule, format, args...)
		}
	}
	next := s.Next != ""
	switch s.Kind {
	case KindSay, KindPlay, KindPause, KindOptOut, KindBlock:
		need(next, RuleMissing, "it needs next")
	case KindGather:
		need(len(s.Words) > 0, RuleMissing, "it needs a prompt")
		need(len(s.Keys) > 0 || s.Save != "" && next, RuleMissing, "it needs keys, or save and next")
		need(s.NoInput != "", RuleNoExit, "it needs no_input: where the call goes when no key comes after %d tries", s.Tries)
		need(len(s.Keys) == 0 || s.Digits == 1, RuleValue, "keys lead to steps one digit at a time")
		need(!s.Secret || s.Save != "", RuleMissing, "what is secret needs save")
	case KindBranch:
		p.needsBranch(s, n)
	case KindWebhook:
		need(s.URL != "", RuleMissing, "it needs url")
		need(next, RuleMissing, "it needs next")
		need(s.Failed != "", RuleMissing, "it needs fallback: where the call goes when the bank does not answer in time")
		for _, name := range s.Secrets {
			_, ok := s.Answer[name]
			need(ok, RuleValue, "secret names %q, which answer does not have", name)
		}
	case KindVerify:
		need(next && s.Failed != "", RuleMissing, "it needs passed and failed")
	case KindConfirm, KindCancel, KindMove, KindLink, KindReadCode:
		need(next && s.Failed != "", RuleMissing, "it needs next and failed")
	case KindRecord:
		need(len(s.Words) > 0 && s.Save != "" && next, RuleMissing, "it needs prompt, save and next")
		if s.Longest == 0 {
			s.Longest = time.Minute
		}
	case KindQuestion:
		need(len(s.Words) > 0 && s.Save != "" && next, RuleMissing, "it needs prompt, save and next")
		need(s.NoInput != "", RuleNoExit, "it needs no_input: where the call goes when no answer comes")
		need(s.High > s.Low, RuleValue, "it needs a scale: from and to")
	case KindHandover:
		need(s.Failed != "", RuleMissing, "it needs failed: where the call goes when nobody can take it")
		need(!next, RuleValue, "what follows a hand-over is the talk: it has no next")
	case KindHangUp:
		need(!next, RuleValue, "nothing follows hanging up")
	}
	if s.Kind == KindMove && s.Offers == 0 {
		s.Offers = 3
	}
	if s.Digits > 0 {
		s.Most = s.Digits
	}
}

func (p *parser) needsBranch(s *Step, n *yaml.Node) {
	b := s.Branch
	need := func(ok bool, format string, args ...any) {
		if !ok {
			p.on(n, RuleMissing, format, args...)
		}
	}
	need(s.Failed != "", "a branch needs else")
	switch b.On {
	case "time":
		need(s.Next != "" && (b.From != "" && b.To != "" || len(b.Days) > 0), "a branch on time needs then, and days or from and to")
		need((b.From == "") == (b.To == ""), "from and to go together")
	case "customer":
		need(s.Next != "", "a branch on customer needs then")
	case "event":
		need(s.Next != "" && b.Event != "", "a branch on event needs event and then")
	case "variable":
		need(b.Variable != "" && len(b.Cases) > 0, "a branch on variable needs variable and cases")
	case "segment", "locale":
		need(len(b.Cases) > 0, "a branch on %s needs cases", b.On)
	case "":
		need(false, "a branch needs on: what it goes by")
	}
}

// targets are the names of the steps that a step leads to, each once, in order.
func (s *Step) targets() (names []string) {
	seen := map[string]bool{}
	for _, e := range s.edges {
		if !seen[e.to] {
			seen[e.to] = true
			names = append(names, e.to)
		}
	}
	return names
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
