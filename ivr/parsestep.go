package ivr

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// What a step of each kind has, and needs.

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
