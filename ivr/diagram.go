package ivr

import "strings"

// Diagram is a flow drawn as a graph.
type Diagram struct {
	Nodes []Node
	Edges []Edge
}

// Node is a step of a Diagram.
type Node struct {
	ID    string // the step's name
	Kind  Kind
	Label string // its first words, or what it does
	Line  int
	// Start, Machine and End mark where a call begins, where an answering machine
	// begins, and where it ends.
	Start, Machine, End bool
}

// Edge is a way from a step to another; Label is the key or the occasion.
type Edge struct{ From, To, Label string }

// Draw draws the flow; words are in the locale when the flow speaks it, else in
// its first one.
func (f *Flow) Draw(locale string) Diagram {
	var d Diagram
	for _, s := range f.Steps {
		d.Nodes = append(d.Nodes, Node{ID: s.Name, Kind: s.Kind, Label: s.label(f, locale), Line: s.Line,
			Start: s.Name == f.Start, Machine: s.Name == f.OnMachine, End: s.Kind == KindHangUp || s.Kind == KindHandover})
		for _, e := range s.edges {
			d.Edges = append(d.Edges, Edge{From: s.Name, To: e.to, Label: e.label})
		}
	}
	return d
}

func (s *Step) label(f *Flow, locale string) string {
	text, ok := s.Words[locale]
	if !ok {
		text = s.Words[f.Locales[0]]
	}
	label := text.Raw
	switch s.Kind {
	case KindPlay:
		label = strings.Join(s.Clips, ", ")
	case KindPause:
		label = s.Pause.String()
	case KindBranch:
		label = strings.TrimSpace(s.Branch.On + " " + s.Branch.Variable + s.Branch.Event)
		if s.Branch.From != "" {
			label += " " + s.Branch.From + "–" + s.Branch.To
		}
	case KindWebhook:
		label = s.URL
	}
	if r := []rune(label); len(r) > 80 {
		label = string(r[:79]) + "…"
	}
	return label
}
