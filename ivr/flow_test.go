package ivr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/visavis/visavis/ivr"
)

// Every shipped flow can be run, in all six languages.
func TestShipped(t *testing.T) {
	t.Parallel()
	all := ivr.Shipped()
	for _, name := range []string{"reminder", "missed_call", "spoken_code", "fraud_alert", "payment_reminder", "survey", "inbound_menu"} {
		source, ok := all[name]
		if !ok {
			t.Errorf("%s is not shipped", name)
			continue
		}
		f, problems := ivr.Parse([]byte(source))
		for _, p := range problems {
			t.Errorf("%s:%d:%d: %s %s: %s", name, p.Line, p.Column, p.Step, p.Rule, p.Message)
		}
		if f == nil || f.Name != name || len(f.Locales) != 6 {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		d := f.Draw("vi")
		if len(d.Nodes) != len(f.Steps) || len(d.Edges) == 0 {
			t.Errorf("%s draws %d nodes and %d edges", name, len(d.Nodes), len(d.Edges))
		}
	}
}

// Each fault is found, at its place, by its rule.
func TestProblems(t *testing.T) {
	t.Parallel()
	head := "flow: x\nlocales: [en, vi]\ninput: [amount]\nstart: a\nsteps:\n" // steps begin in line 6
	const both = "{en: Hello, vi: Chào}"
	for name, c := range map[string]struct {
		steps string
		want  string // line rule
	}{
		"nothing wrong":      {"  a:\n    say: " + both + "\n    next: b\n  b:\n    hang_up:\n", ""},
		"unknown step":       {"  a:\n    say: " + both + "\n    next: nowhere\n", "8:11 unknown_step"},
		"unreachable":        {"  a:\n    hang_up:\n  b:\n    hang_up:\n", "8:3 unreachable_step"},
		"loop without input": {"  a:\n    say: " + both + "\n    next: b\n  b:\n    pause: 1\n    next: a\n", "6:3 loop_without_input,6:3 no_way_out,9:3 no_way_out"},
		"loop with input":    {"  a:\n    gather: {prompt: " + both + ", keys: {\"1\": a}}\n    no_input: b\n  b:\n    hang_up:\n", ""},
		"missing prompt":     {"  a:\n    say: {en: Hello}\n    next: b\n  b:\n    hang_up:\n", "6:3 missing_prompt"},
		"variable not set":   {"  a:\n    say: {en: \"{nothing}\", vi: Chào}\n    next: b\n  b:\n    hang_up:\n", "7:3 variable_not_set"},
		"set on one way only": {"  a:\n    gather: {prompt: " + both + ", save: n, digits: 4}\n    next: b\n    no_input: b\n  b:\n    say: \"{n:digits}\"\n    next: c\n  c:\n    hang_up:\n",
			"11:3 variable_not_set"},
		"key twice":            {"  a:\n    gather:\n      prompt: " + both + "\n      keys: {\"1\": b, \"1\": b}\n    no_input: b\n  b:\n    hang_up:\n", "9:22 key_used_twice"},
		"no exit on no input":  {"  a:\n    gather: {prompt: " + both + ", keys: {\"1\": b}}\n  b:\n    hang_up:\n", "6:3 no_exit_on_no_input"},
		"two things":           {"  a:\n    pause: 1\n    hang_up:\n", "8:5 key_used_twice"},
		"unknown kind":         {"  a:\n    sing: x\n", "6:3 missing,7:5 unknown_key"},
		"webhook, no fallback": {"  a:\n    webhook: {url: https://bank.example/x}\n    next: b\n  b:\n    hang_up:\n", "6:3 missing"},
		"Persian words":        {"  a:\n    say: {en: Hello, vi: Chào, fa: سلام}\n    next: b\n  b:\n    hang_up:\n", "7:3 no_voice"},
		"Persian recording":    {"  a:\n    say: {en: Hello, vi: Chào, fa: \"[nonsense]\"}\n    next: b\n  b:\n    hang_up:\n", "7:3 missing_recording"},
		"secret spoken": {"  a:\n    gather: {prompt: " + both + ", save: pin, digits: 4, secret: true}\n    next: b\n    no_input: c\n  b:\n    say: \"{pin}\"\n    next: c\n  c:\n    hang_up:\n",
			"11:3 secret_spoken"},
		"not YAML":         {"  a: [\n", "6:1 syntax"},
		"number too big":   {"  a:\n    pause: 1000\n    next: b\n  b:\n    hang_up:\n", "7:12 value"},
		"caller by number": {"  a:\n    branch: {on: customer}\n    then: b\n    else: b\n  b:\n    block:\n    next: c\n  c:\n    hang_up:\ninbound: true\n", "6:3 number_is_no_proof,10:3 number_is_no_proof"},
		"caller proved":    {"  a:\n    verify:\n    passed: b\n    failed: c\n  b:\n    block:\n    next: c\n  c:\n    hang_up:\ninbound: true\n", ""},
		"caller proved on one way": {"  a:\n    verify:\n    passed: b\n    failed: d\n  b:\n    block:\n    next: c\n  d:\n    branch: {on: time, from: \"08:00\", to: \"18:00\"}\n    then: b\n    else: c\n  c:\n    hang_up:\ninbound: true\n",
			"10:3 number_is_no_proof"},
		"caller not proved by failing": {"  a:\n    verify:\n    passed: c\n    failed: b\n  b:\n    link: {scenario: x}\n    next: c\n    failed: c\n  c:\n    hang_up:\ninbound: true\n", "10:3 number_is_no_proof"},
		"no caller":                    {"  a:\n    block:\n    next: c\n  c:\n    hang_up:\n", ""},
		"machine":                      {"  a:\n    hang_up:\non_machine: nobody\n", "8:13 unknown_step"},
	} {
		_, problems := ivr.Parse([]byte(head + c.steps))
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Rule))
		}
		slices.Sort(got)
		want := strings.Split(c.want, ",")
		slices.Sort(want)
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s: %v, not %v: %+v", name, got, want, problems)
		}
	}
	// JSON is YAML: the same reader takes it.
	_, problems := ivr.Parse([]byte(`{"flow": "x", "locales": ["en"], "start": "a", "steps": {"a": {"hang_up": "Bye"}}}`))
	if len(problems) > 0 {
		t.Errorf("JSON: %+v", problems)
	}
}

func FuzzParse(f *testing.F) {
	for _, source := range ivr.Shipped() {
		f.Add([]byte(source))
	}
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		flow, problems := ivr.Parse(source)
		if flow != nil && !ivr.Fails(problems) {
			flow.Draw("en")
		}
	})
}
