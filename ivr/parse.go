package ivr

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
