package ivr

import (
	"maps"
	"slices"
	"strings"

	"github.com/visavis/visavis/channels/voice"
)

// check says what is wrong with a flow whose steps could be read.
func (p *parser) check() {
	known := p.checkSteps()
	for _, s := range p.flow.Steps {
		p.step = s.Name
		p.checkWords(s)
	}
	p.step = ""
	if !known {
		return // of a graph with holes nothing more can be said
	}
	p.checkReach()
	p.checkLoops()
	p.checkVariables()
	if p.flow.Inbound {
		p.problems = append(p.problems, p.flow.unproved()...)
	}
}

// unproved finds steps that trust who calls in by their number alone: those on
// some way to which no code was asked for.
func (f *Flow) unproved() (list []Problem) {
	proved := map[string]bool{} // at first everything, then less until nothing changes
	for _, s := range f.Steps {
		proved[s.Name] = true
	}
	for _, root := range f.roots() {
		proved[root] = false
	}
	for changed := true; changed; {
		changed = false
		for _, s := range f.Steps {
			for _, e := range s.edges {
				passed := s.Kind == KindVerify && e.to == s.Next && e.to != s.Failed
				if proved[e.to] && !proved[s.Name] && !passed {
					proved[e.to], changed = false, true
				}
			}
		}
	}
	for _, s := range f.Steps {
		if s.needsProof() && !proved[s.Name] {
			list = append(list, Problem{Line: s.Line, Column: s.Column, Step: s.Name, Rule: RuleUnproved, Error: true,
				Message: "anybody can call with any number: every way to this step leads through a verify step that was passed"})
		}
	}
	return list
}

// checkSteps finds ways to steps that do not exist.
func (p *parser) checkSteps() bool {
	known := true
	for _, s := range p.flow.Steps {
		p.step = s.Name
		for _, e := range s.edges {
			if p.flow.byName[e.to] == nil {
				p.at(e.line, e.column, RuleUnknownStep, "there is no step %q", e.to)
				known = false
			}
		}
	}
	return known
}

// roots are where a flow begins.
func (f *Flow) roots() []string {
	if f.OnMachine != "" {
		return []string{f.Start, f.OnMachine}
	}
	return []string{f.Start}
}

// checkReach finds steps that nothing leads to, and steps from which no way
// leads to an end.
func (p *parser) checkReach() {
	f := p.flow
	reached := map[string]bool{}
	var walk func(name string)
	walk = func(name string) {
		if !reached[name] {
			reached[name] = true
			for _, to := range f.byName[name].targets() {
				walk(to)
			}
		}
	}
	for _, root := range f.roots() {
		walk(root)
	}
	ends := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for _, s := range f.Steps {
			if !ends[s.Name] && (len(s.edges) == 0 || s.Kind == KindHandover || slices.ContainsFunc(s.targets(), func(to string) bool { return ends[to] })) {
				ends[s.Name], changed = true, true
			}
		}
	}
	for _, s := range f.Steps {
		p.step = s.Name
		switch {
		case !reached[s.Name]:
			p.at(s.Line, s.Column, RuleUnreachable, "nothing leads to this step")
		case !ends[s.Name]:
			p.at(s.Line, s.Column, RuleNoWayOut, "no way leads from here to an end of the call")
		}
	}
	p.step = ""
}

// checkLoops finds circles of steps in which the caller is never heard: such a
// call would speak for ever.
func (p *parser) checkLoops() {
	f := p.flow
	const white, grey, black = 0, 1, 2
	colour := map[string]int{}
	var walk func(name string, way []string)
	walk = func(name string, way []string) {
		s := f.byName[name]
		if s.Kind.waits() || colour[name] == black {
			return
		}
		if colour[name] == grey {
			circle := append(way[slices.Index(way, name):], name)
			p.step = name
			p.at(s.Line, s.Column, RuleLoop, "the caller is never heard in this circle: %s", strings.Join(circle, " → "))
			return
		}
		colour[name] = grey
		for _, to := range s.targets() {
			walk(to, append(way, name))
		}
		colour[name] = black
	}
	for _, s := range f.Steps {
		walk(s.Name, nil)
	}
	p.step = ""
}

// sets are the variables that a step has set when the call leaves it by its next
// (not by no_input or failed).
func (s *Step) sets() (names []string) {
	switch s.Kind {
	case KindGather, KindQuestion:
		if s.Save != "" {
			names = append(names, s.Save)
		}
	case KindWebhook:
		names = append(names, sortedKeys(s.Answer)...)
	case KindMove:
		names = append(names, startVar)
	}
	return names
}

// uses are the variables that a step says or sends.
func (s *Step) uses() map[string]int {
	used := map[string]int{} // name → line
	for _, text := range s.Words {
		for _, part := range text.Parts {
			if part.Var != "" {
				used[part.Var] = text.Line
			}
		}
	}
	for _, name := range s.Send {
		used[name] = s.Line
	}
	if s.Branch.Variable != "" {
		used[s.Branch.Variable] = s.Line
	}
	return used
}

// checkVariables finds variables that are used on a way on which nothing has set
// them, and secret ones that are said otherwise than digit by digit.
func (p *parser) checkVariables() {
	f := p.flow
	begin := map[string]bool{}
	for _, name := range builtins {
		begin[name] = true
	}
	for _, in := range f.Inputs {
		begin[in.Name] = true
	}
	all := map[string]bool{}
	secret := map[string]bool{}
	for _, s := range f.Steps {
		for _, name := range s.sets() {
			all[name] = true
		}
		if s.Secret {
			secret[s.Save] = true
		}
		for _, name := range s.Secrets {
			secret[name] = true
		}
	}
	maps.Copy(all, begin)
	// What is surely set when a step is entered: at first everything, then less
	// and less until nothing changes.
	set := map[string]map[string]bool{}
	for _, s := range f.Steps {
		set[s.Name] = maps.Clone(all)
	}
	for _, root := range f.roots() {
		set[root] = maps.Clone(begin)
	}
	for changed := true; changed; {
		changed = false
		for _, s := range f.Steps {
			for _, e := range s.edges {
				after := maps.Clone(set[s.Name])
				if e.to != s.NoInput && e.to != s.Failed {
					for _, name := range s.sets() {
						after[name] = true
					}
				}
				for name := range set[e.to] {
					if !after[name] {
						delete(set[e.to], name)
						changed = true
					}
				}
			}
		}
	}
	for _, s := range f.Steps {
		p.step = s.Name
		used := s.uses()
		for _, name := range sortedKeys(used) {
			if !set[s.Name][name] {
				p.at(used[name], s.Column, RuleUnset, "the variable %s is not set on every way to this step", name)
			}
		}
		for _, text := range s.Words {
			for _, part := range text.Parts {
				if secret[part.Var] && part.As != "digits" {
					p.at(text.Line, s.Column, RuleSecret, "%s is secret: it is said digit by digit, as {%s:digits}, from recordings", part.Var, part.Var)
				}
			}
		}
	}
	p.step = ""
}

// checkWords finds prompts that a language of the flow lacks, and, of the
// language that no carrier speaks, what no recording says.
func (p *parser) checkWords(s *Step) {
	if len(s.Words) > 0 {
		var missing []string
		for _, locale := range p.flow.Locales {
			if _, ok := s.Words[locale]; !ok {
				missing = append(missing, locale)
			}
		}
		if len(missing) > 0 {
			p.at(s.Line, s.Column, RuleNoPrompt, "there is no prompt in %s", strings.Join(missing, ", "))
		}
	}
	for _, locale := range sortedKeys(s.Words) {
		text := s.Words[locale]
		for _, part := range text.Parts {
			switch {
			case part.Clip != "" && !voice.Known(locale, part.Clip) && !ownClip(part.Clip):
				p.at(text.Line, s.Column, RuleClip, "%s has no recording [%s]: the bank's own begin with own_", locale, part.Clip)
			case locale == VoicelessLocale && part.Say != "":
				p.at(text.Line, s.Column, RuleAfterVoice, "no carrier speaks %s: say it by [recordings]; %q has none", locale, part.Say)
			case locale == VoicelessLocale && part.Var != "" && part.As == "":
				p.at(text.Line, s.Column, RuleAfterVoice, "no carrier speaks %s: {%s} needs how it is said: digits, number, amount, date or time", locale, part.Var)
			}
		}
	}
	for _, clip := range s.Clips {
		for _, locale := range p.flow.Locales {
			if !voice.Known(locale, clip) && !ownClip(clip) {
				p.at(s.Line, s.Column, RuleClip, "%s has no recording %s: the bank's own begin with own_", locale, clip)
			}
		}
	}
}

// ownClip reports whether a key is of a bank's own recordings, which are not
// bundled.
func ownClip(key string) bool { return strings.HasPrefix(key, "own_") }
