package ivr

import (
	"slices"
	"time"

	"github.com/visavis/visavis/channels/texts"
)

// Flow is a dialogue as data: steps with names, which say something, ask for
// something or do something, and name the step that follows. It is written in
// YAML (or JSON, which is YAML too); see docs/ivr.md for the schema.
type Flow struct {
	Name    string
	Title   string
	Locales []string // that it speaks
	// Inputs are the variables that whoever starts the flow has to give.
	Inputs []Input
	Start  string
	// Inbound: it may answer the bank's numbers. Then nothing is told of a customer
	// or done for one before a verify step was passed: see Kind.needsProof.
	Inbound bool
	// OnMachine is the step that an answering machine gets; "" = it is hung up on.
	OnMachine string
	Steps     []*Step // in the order of the document
	byName    map[string]*Step
}

// Input is a variable of a flow.
type Input struct {
	Name string
	// Optional: it may be left out, and is then empty.
	Optional bool
	Line     int
}

// Step returns a step by its name, nil when there is none.
func (f *Flow) Step(name string) *Step { return f.byName[name] }

// Kind says what a step does.
type Kind string

// The kinds of steps.
const (
	KindSay      Kind = "say"             // speaks
	KindPlay     Kind = "play"            // plays recordings
	KindPause    Kind = "pause"           // is silent
	KindGather   Kind = "gather"          // takes keys
	KindBranch   Kind = "branch"          // goes on by time, customer, segment, variable or event
	KindWebhook  Kind = "webhook"         // asks the bank
	KindVerify   Kind = "verify"          // has the caller prove the number by a code
	KindConfirm  Kind = "confirm_booking" // the customer will come
	KindMove     Kind = "move_booking"    // reads free times out and moves to one
	KindCancel   Kind = "cancel_booking"
	KindRecord   Kind = "record"   // keeps a spoken message, sealed
	KindQuestion Kind = "question" // of a survey
	KindOptOut   Kind = "opt_out"
	KindBlock    Kind = "block"     // it was not the customer: deny, and tell the bank
	KindReadCode Kind = "read_code" // says the code of the verification that the call is about
	KindLink     Kind = "link"      // sends an SMS with a link
	KindHandover Kind = "handover"
	KindHangUp   Kind = "hang_up"
)

// Kinds lists the kinds of steps.
var Kinds = []Kind{KindSay, KindPlay, KindPause, KindGather, KindBranch, KindWebhook, KindVerify, KindConfirm, KindMove, KindCancel,
	KindRecord, KindQuestion, KindOptOut, KindBlock, KindReadCode, KindLink, KindHandover, KindHangUp}

// waits reports whether the caller is heard in the step: a circle of steps needs one.
func (k Kind) waits() bool {
	switch k {
	case KindGather, KindVerify, KindMove, KindRecord, KindQuestion, KindHandover:
		return true
	}
	return false
}

// needsProof reports whether the step tells something of the customer, or does
// something in their name: who calls in may show any number, so that it is done
// only after a code. Opting out is among them: by somebody else's number it would
// silence the notices that warn of a fraud.
func (s *Step) needsProof() bool {
	switch s.Kind {
	case KindConfirm, KindMove, KindCancel, KindOptOut, KindBlock, KindReadCode, KindLink, KindHandover:
		return true
	case KindBranch:
		return s.Branch.On == "customer" || s.Branch.On == "segment" || s.Branch.On == "event"
	}
	return false
}

// Step is one step of a flow. Which fields mean something depends on its kind.
type Step struct {
	Name         string
	Kind         Kind
	Line, Column int
	Words        Words // what is said
	// Next follows; of a branch it is its then.
	Next string
	// NoInput follows when nothing was keyed in after Tries.
	NoInput string
	// Failed follows when it did not work: no times are free, the code was wrong,
	// nobody is there. Of a webhook it is the fall-back, of a branch its else.
	Failed string
	// Keys lead to a step each.
	Keys map[string]string
	// Outcome becomes the call's when the step is entered.
	Outcome string

	Clips   []string      // play
	Pause   time.Duration // pause
	Digits  int           // gather: exactly so many; 0 = up to Most, ended by #
	Most    int
	Save    string // gather, record, question: the variable or name that is kept
	Secret  bool   // gather: never in a log, event or row
	Tries   int
	Timeout time.Duration // gather: of silence; webhook: of the answer
	Branch  Branch
	URL     string            // webhook
	Send    []string          // webhook: variables
	Answer  map[string]string // webhook: variable → field of the answer
	Secrets []string          // webhook: variables of the answer that are secret
	Longest time.Duration     // record
	Low     int               // question: a scale
	High    int
	Offers  int    // move_booking: how many times are read out
	Scene   string // handover: the scenario's slug; "" = of what the call is about
	Video   string // handover: the key that goes over to video
	edges   []edge
}

// Branch is what a branch goes by.
type Branch struct {
	On       string // time, customer, segment, locale, variable, event
	Days     []time.Weekday
	From, To string // HH:MM
	Holidays bool   // time: holidays count as other days do
	Variable string
	Event    string // type of an event about the object that the call is about, or the customer
	Cases    map[string]string
}

// Words are what is said, by language.
type Words map[string]Text

// Text is what is said in one language: words for the carrier's voice, [clips]
// that are recordings, and {variables}.
type Text struct {
	Raw   string
	Parts []Part
	Line  int
}

// Part is one piece of a Text: one of the three is set.
type Part struct {
	Say  string
	Clip string
	Var  string
	As   string // of a variable: "", digits, number, amount, date, time, datetime
}

// edge is a way from a step to another one.
type edge struct {
	to     string
	label  string // of the diagram
	line   int
	column int
}

// VoicelessLocale is the language that no carrier speaks.
const VoicelessLocale = "fa"

// builtins are variables that every flow has. Some may be empty.
var builtins = []string{"bank", "name", "phone_end"}

// bookingVars are set when the call is about a booking.
const startVar = "start"

func knownLocale(locale string) bool { return slices.Contains(texts.Locales, locale) }

// Problem is something that is wrong with a flow.
type Problem struct {
	Line    int    // of the document, from 1
	Column  int    // from 1
	Step    string // "" = the flow as a whole
	Rule    string // stable, such as unknown_step
	Message string // a sentence
	Error   bool   // false: advice; the flow can be published all the same
}

// Rules of problems.
const (
	RuleSyntax      = "syntax"
	RuleUnknownKey  = "unknown_key"
	RuleMissing     = "missing"
	RuleValue       = "value"
	RuleUnknownStep = "unknown_step"
	RuleUnreachable = "unreachable_step"
	RuleLoop        = "loop_without_input"
	RuleNoPrompt    = "missing_prompt"
	RuleUnset       = "variable_not_set"
	RuleTwice       = "key_used_twice"
	RuleNoExit      = "no_exit_on_no_input"
	RuleNoWayOut    = "no_way_out"
	RuleClip        = "missing_recording"
	RuleAfterVoice  = "no_voice"
	RuleSecret      = "secret_spoken"
	RuleUnproved    = "number_is_no_proof"
)
