package identifications

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/scheduling"
)

// Locales are the languages that a customer is spoken to in.
var Locales = []string{"en", "vi", "zh", "fa", "ru", "uk"}

// Text is one text in several languages, by locale. English is always there.
type Text map[string]string

// In returns the text in a locale, in English when it is not translated.
func (t Text) In(locale string) string {
	if s, ok := t[locale]; ok {
		return s
	}
	return t["en"]
}

// Definition is what a scenario consists of: how a kind of call is offered,
// asked for and led. A case keeps the definition that it began with.
type Definition struct {
	Kind          Kind         `json:"kind"` // what the call is for; "" when it is read in = Identify
	Name          Text         `json:"name"`
	Description   Text         `json:"description"`    // one or two sentences for the customer
	Purpose       Text         `json:"purpose"`        // what the identification is for, as the agent says it
	DocumentTypes []string     `json:"document_types"` // none where nobody is identified
	Form          []FormField  `json:"form"`
	Consents      []string     `json:"consents"` // keys of consent texts; all must be given
	Script        []ScriptStep `json:"script"`
	Settings      Settings     `json:"settings"`
}

// The document types that a scenario may accept.
const (
	NationalID     = "national_id"
	CitizenCard    = "citizen_card"
	Passport       = "passport"
	DrivingLicence = "driving_licence"
)

var documentTypes = []string{NationalID, CitizenCard, Passport, DrivingLicence}

// ScriptStep is one thing that the agent has the customer do in the call.
type ScriptStep struct {
	Kind     string `json:"kind"` // such as document_front, or code
	Required bool   `json:"required"`
	// Group: neighbouring steps of one non-empty group are led in an order
	// that differs from call to call, so that it cannot be prepared for.
	Group string `json:"group,omitempty"`
}

// The kinds of script steps.
const (
	StepDocumentFront = "document_front"
	StepDocumentBack  = "document_back"
	StepFaceFront     = "face_front"
	StepFaceLeft      = "face_left"
	StepFaceRight     = "face_right"
	StepFaceUp        = "face_up"
	StepFaceDown      = "face_down"
	StepCode          = "code" // a code by SMS that the customer types in the call
)

var stepKinds = []string{
	StepDocumentFront, StepDocumentBack, StepFaceFront, StepFaceLeft, StepFaceRight, StepFaceUp, StepFaceDown, StepCode,
}

// Shuffled returns the script in the order for one call: each run of steps of
// the same group in random order, drawn by crypto/rand.
func Shuffled(script []ScriptStep) []ScriptStep {
	steps := slices.Clone(script)
	for from := 0; from < len(steps); {
		to := from + 1
		for steps[from].Group != "" && to < len(steps) && steps[to].Group == steps[from].Group {
			to++
		}
		for i := to - 1; i > from; i-- {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(i-from+1)))
			if err != nil {
				panic(err) // crypto/rand does not fail
			}
			j := from + int(n.Int64())
			steps[i], steps[j] = steps[j], steps[i]
		}
		from = to
	}
	return steps
}

// Settings are a scenario's figures. A zero field takes its default; a pointer
// is nil for the default, as zero means something there.
type Settings struct {
	SlotMinutes         int         `json:"slot_minutes,omitempty"`          // length of a booking; default 15
	SlotIntervalMinutes int         `json:"slot_interval_minutes,omitempty"` // slots start at multiples of it; default SlotMinutes
	NoticeMinutes       *int        `json:"notice_minutes,omitempty"`        // the earliest slot is this far ahead; default 60
	HorizonDays         int         `json:"horizon_days,omitempty"`          // the latest slot is this far ahead; default 14
	Overbooking         int         `json:"overbooking,omitempty"`           // bookings at a time beyond the agents' calendars; default 0
	Agents              []uuid.UUID `json:"agents,omitempty"`                // who leads these calls; default every agent
	// ReconnectGraceSeconds is how long a call waits for someone who lost the
	// connection; default 0 = the bank's setting.
	ReconnectGraceSeconds int `json:"reconnect_grace_seconds,omitempty"`
	// StepAttempts is how often a step may be tried in one call; default 5.
	StepAttempts int `json:"step_attempts,omitempty"`
	LinkDays     int `json:"link_days,omitempty"` // life of the customer's link; default 30
	// Recording says how complete a recording must be.
	Recording RecordingSettings `json:"recording,omitzero"`
	// Queue says how customers are routed to agents.
	Queue QueueSettings `json:"queue,omitzero"`
	// Booking says how times are held, offered and given back.
	Booking BookingSettings `json:"booking,omitzero"`
	// Capacity says how bookings use the agents' time.
	Capacity CapacitySettings `json:"capacity,omitzero"`
	// Telephone says whether a call may go on by telephone.
	Telephone TelephoneSettings `json:"telephone,omitzero"`
	// Call says who is seen in the call.
	Call CallSettings `json:"call,omitzero"`
	// RetentionYears is how long form, recording and stills are kept; it is
	// part of the consent texts. Default 5.
	RetentionYears int `json:"retention_years,omitempty"`
}

// TelephoneSettings say whether a video call goes on by telephone when the
// customer's network is too bad for it, and what that means for the verdict.
type TelephoneSettings struct {
	// Fallback: the customer and the agent may ask for it.
	Fallback bool `json:"fallback,omitempty"`
	// AnyNumber: also at a number that was given in the call. Else only at the one
	// on file: whoever could name another would be talked to in the customer's name.
	AnyNumber bool `json:"any_number,omitempty"`
	// Identify says whether such a call may end in an approval: IdentifyNever (the
	// default), IdentifyAfterPhone or IdentifyByPhone.
	Identify string `json:"identify,omitempty"`
}

// CallSettings say who is seen in a call. The customer always is.
type CallSettings struct {
	// AgentVideo: the customer sees the agent, too. When false the gateway takes no
	// picture from the agent, a supervisor or a helper, whatever their pages send;
	// an interpreter is seen, who may be one of sign language. Default true.
	AgentVideo *bool `json:"agent_video,omitempty"`
}

// What a part by telephone means for an approval. Regulators want the whole
// process seen, recorded and without a break (R07, R12 and R33 of the rules that
// profiles are made from), so the default is that there is none.
const (
	IdentifyNever      = "never"     // there is no approval of a call of which a part was by telephone
	IdentifyAfterPhone = "after"     // when it is by video again, and what was done meanwhile is repeated
	IdentifyByPhone    = "telephone" // as if it had been by video
)

// RecordingSettings are the rules of recording a call.
type RecordingSettings struct {
	// Enabled: the call is recorded, which an identification always is. Default
	// true; where nobody is identified false.
	Enabled *bool `json:"enabled,omitempty"`
	// MaxGapMS is the longest hole in the recording, in milliseconds, that a step
	// may have: with a longer one it has to be repeated before an approval.
	// Default 2000.
	MaxGapMS int `json:"max_gap_ms,omitempty"`
	// OnFailure is what happens to a call that can be recorded no further:
	// RecordingContinue (the default: it goes on, and the agent is told) or
	// RecordingStop (it ends).
	OnFailure string `json:"on_failure,omitempty"`
}

// The ways to go on when a recording fails.
const (
	RecordingContinue = "continue"
	RecordingStop     = "stop"
)

// WithDefaults returns the settings with every zero field replaced by its default.
func (s Settings) WithDefaults() Settings {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&s.SlotMinutes, 15)
	set(&s.SlotIntervalMinutes, s.SlotMinutes)
	set(&s.HorizonDays, 14)
	set(&s.StepAttempts, 5)
	set(&s.LinkDays, 30)
	set(&s.RetentionYears, 5)
	set(&s.Recording.MaxGapMS, 2000)
	if s.Recording.Enabled == nil { // what the kind says is written down, see ofKind
		s.Recording.Enabled = new(true)
	}
	if s.Recording.OnFailure == "" {
		s.Recording.OnFailure = RecordingContinue
	}
	if s.Telephone.Identify == "" {
		s.Telephone.Identify = IdentifyNever
	}
	if s.Call.AgentVideo == nil {
		s.Call.AgentVideo = new(true)
	}
	if s.NoticeMinutes == nil {
		s.NoticeMinutes = new(60)
	}
	s.Queue = s.Queue.withDefaults()
	s.Booking = s.Booking.withDefaults()
	return s
}

// Rules returns what the settings mean for slots and bookings of any customer;
// see RulesFor.
func (s Settings) Rules() scheduling.Rules {
	s = s.WithDefaults()
	r := scheduling.Rules{
		Length:         time.Duration(s.SlotMinutes) * time.Minute,
		Interval:       time.Duration(s.SlotIntervalMinutes) * time.Minute,
		Notice:         time.Duration(*s.NoticeMinutes) * time.Minute,
		Horizon:        time.Duration(s.HorizonDays) * 24 * time.Hour,
		EligibleAgents: s.Agents,
		Overbooking:    s.Overbooking,
	}
	s.capacity(&r)
	return r
}

// Scenario is a kind of call that a bank offers.
type Scenario struct {
	ID        uuid.UUID
	BankID    uuid.UUID
	Slug      string // unique in the bank, such as open-account
	Version   int    // one more at each change
	Enabled   bool   // new cases may begin
	CreatedAt time.Time
	UpdatedAt time.Time
	Definition
}

var (
	slugShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	keyShape  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
)

// check refuses a definition that no call could be led by. All faults are told
// at once, each with its path.
func (d Definition) check() error {
	e := &visavis.Error{Kind: visavis.Invalid, Code: "invalid_scenario", Message: "the scenario's definition is not valid"}
	bad := func(field, format string, args ...any) {
		e.Fields = append(e.Fields, visavis.Field{Name: field, Reason: fmt.Sprintf(format, args...)})
	}
	d.checkText("name", d.Name, bad)
	for field, text := range map[string]Text{"description": d.Description, "purpose": d.Purpose} {
		if len(text) > 0 {
			d.checkText(field, text, bad)
		}
	}
	for i, kind := range d.DocumentTypes {
		if !slices.Contains(documentTypes, kind) || slices.Contains(d.DocumentTypes[:i], kind) {
			bad(fmt.Sprintf("document_types.%d", i), "must be one of %v, each once", documentTypes)
		}
	}
	for i, key := range d.Consents {
		if !slices.Contains(consentKeys, key) || slices.Contains(d.Consents[:i], key) {
			bad(fmt.Sprintf("consents.%d", i), "must be one of %v, each once", consentKeys)
		}
	}
	d.checkForm(bad)
	if len(d.Script) > 50 {
		bad("script", "at most 50 steps")
	}
	d.checkKind(bad)
	codes := 0
	for i, step := range d.Script {
		if !slices.Contains(stepKinds, step.Kind) {
			bad(fmt.Sprintf("script.%d.kind", i), "must be one of %v", stepKinds)
		}
		if step.Kind == StepCode {
			codes++
		}
	}
	if codes > 1 {
		bad("script", "at most one step of kind code")
	}
	s := d.Settings.WithDefaults()
	for _, bound := range []struct {
		name       string
		value      int
		least, max int
	}{
		{"slot_minutes", s.SlotMinutes, 1, 480},
		{"slot_interval_minutes", s.SlotIntervalMinutes, 1, 1440},
		{"notice_minutes", *s.NoticeMinutes, 0, 60 * 24 * 90},
		{"horizon_days", s.HorizonDays, 1, 365},
		{"overbooking", s.Overbooking, 0, 1000},
		{"reconnect_grace_seconds", s.ReconnectGraceSeconds, 0, 3600},
		{"step_attempts", s.StepAttempts, 1, 100},
		{"link_days", s.LinkDays, 1, 365},
		{"retention_years", s.RetentionYears, 1, 50},
		{"recording.max_gap_ms", s.Recording.MaxGapMS, 200, 60_000},
	} {
		if bound.value < bound.least || bound.value > bound.max {
			bad("settings."+bound.name, "must be %d to %d", bound.least, bound.max)
		}
	}
	if i := s.Telephone.Identify; i != IdentifyNever && i != IdentifyAfterPhone && i != IdentifyByPhone {
		bad("settings.telephone.identify", "must be never, after or telephone")
	}
	if r := s.Recording.OnFailure; r != RecordingContinue && r != RecordingStop {
		bad("settings.recording.on_failure", "must be %s or %s", RecordingContinue, RecordingStop)
	}
	s.Queue.check(bad)
	s.Booking.check(bad)
	s.Capacity.check(s.SlotMinutes, bad)
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

func (d Definition) checkText(field string, text Text, bad func(field, format string, args ...any)) {
	if text["en"] == "" {
		bad(field+".en", "is required: it stands in for languages that are missing")
	}
	for locale, s := range text {
		if !slices.Contains(Locales, locale) {
			bad(field, "%q is not one of the languages %v", locale, Locales)
		} else if len([]rune(s)) > 2000 || s == "" {
			bad(field+"."+locale, "must have 1 to 2000 characters")
		}
	}
}

// Snapshot is a scenario as it was when a case began.
type Snapshot struct {
	Slug    string `json:"slug"`
	Version int    `json:"version"`
	Definition
}

func (s Scenario) snapshot() (json.RawMessage, error) {
	return json.Marshal(Snapshot{Slug: s.Slug, Version: s.Version, Definition: s.Definition})
}
