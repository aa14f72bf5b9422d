package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// Group is a set of classes that a customer opts out of together.
type Group string

// The groups. Nobody opts out of codes and rings: they come only when the
// customer, or somebody in the customer's name, has just asked for them, and
// without them there is no second factor. STOP on any message therefore ends
// service and marketing on the channel that it came by, and never essential.
const (
	Essential    Group = "essential" // security, ring
	ServiceGroup Group = "service"   // transaction, reminder
	Marketing    Group = "marketing" // notice
)

// classRule is what holds for a class before the bank has said anything.
type classRule struct {
	priority int
	lifetime time.Duration
	group    Group
	quiet    bool // quiet hours can hold it back
}

var classRules = map[Class]classRule{
	Security:    {priority: 0, lifetime: 5 * time.Minute, group: Essential},
	Ring:        {priority: 0, lifetime: 45 * time.Second, group: Essential},
	Transaction: {priority: 1, lifetime: 24 * time.Hour, group: ServiceGroup, quiet: true},
	Reminder:    {priority: 2, lifetime: 24 * time.Hour, group: ServiceGroup, quiet: true},
	Notice:      {priority: 3, lifetime: 24 * time.Hour, group: Marketing, quiet: true},
}

// Priority orders the classes: nothing waits behind what has a greater number,
// see lanes. Security and ring share the lowest.
func (c Class) Priority() int { return classRules[c].priority }

// Lifetime is how long a message of the class is worth sending when its sender
// does not say: 5 minutes for a code, 45 s for a ring, else a day.
func (c Class) Lifetime() time.Duration { return classRules[c].lifetime }

// Lifetime is how long a bank's message of a class is worth sending when its
// sender does not say. What the bank decides holds for messages accepted after.
func (s *Service) Lifetime(ctx context.Context, bankID uuid.UUID, class Class) (time.Duration, error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return 0, fmt.Errorf("read lifetime of messages: %w", err)
	}
	if bank.rules != nil && class.Group() != Essential {
		if hours := bank.rules.policy.Classes[class].LifetimeHours; hours > 0 {
			return time.Duration(hours) * time.Hour, nil
		}
	}
	return class.Lifetime(), nil
}

// Group is what the class is opted out of with.
func (c Class) Group() Group { return classRules[c].group }

// Policy is what a bank decides about its messages beside their words and
// routes. The zero Policy has no quiet hours, no caps, no budget, and watches
// conversion by its defaults; RecommendedPolicy is what a new bank gets.
type Policy struct {
	// Classes hold rules for classes that a customer can do without for a while:
	// transaction, reminder and notice.
	Classes map[Class]ClassPolicy `json:"classes,omitempty"`
	// HourlyBudget is the most messages by SMS, voice and flash call accepted in
	// one hour of the clock (UTC), all classes together. 0 = no bound.
	HourlyBudget int `json:"hourly_budget,omitempty"`
	// RefusedPrefixes are ranges of numbers, such as +2526, that are neither messaged
	// nor called, besides satellite and premium numbers, which never are.
	RefusedPrefixes []string `json:"refused_prefixes,omitempty"`
	// Conversion watches how many of the codes sent are confirmed.
	Conversion ConversionPolicy `json:"conversion,omitzero"`
}

// ClassPolicy is a bank's rule for one class.
type ClassPolicy struct {
	Quiet *QuietHours `json:"quiet,omitempty"`
	// Cap is the most messages of the class to one customer (or number, when
	// there is no customer) that are due within any CapHours. 0 = no bound. A cap
	// of 1 to 1,000; CapHours is 1 to 720 and defaults to 24.
	Cap      int `json:"cap,omitempty"`
	CapHours int `json:"cap_hours,omitempty"`
	// LifetimeHours is how long a message of the class is worth sending when its
	// sender does not say: 1 to 168. 0 = the class's own Lifetime.
	LifetimeHours int `json:"lifetime_hours,omitempty"`
}

// window is what the cap counts over.
func (c ClassPolicy) window() time.Duration {
	if c.CapHours == 0 {
		return 24 * time.Hour
	}
	return time.Duration(c.CapHours) * time.Hour
}

// ConversionPolicy says when a route counts as pumped. Conversion is confirmed
// verifications by codes sent, per route and country prefix, over an hour.
type ConversionPolicy struct {
	// Line is the lowest share of confirmed codes, in percent. Default 35.
	Line int `json:"line,omitempty"`
	// Minimum is how many codes have to be sent before the line counts, and how
	// many may be under way to a prefix of which nothing is known. Default 50.
	Minimum int `json:"minimum,omitempty"`
	// Off watches nothing: for load tests.
	Off bool `json:"off,omitempty"`
}

func (c ConversionPolicy) withDefaults() ConversionPolicy {
	if c.Line == 0 {
		c.Line = 35
	}
	if c.Minimum == 0 {
		c.Minimum = 50
	}
	return c
}

// RecommendedPolicy is what `visavis bank add` gives a bank: notices not between
// 21:00 and 08:00 at the recipient's and at most 10 a day, at most 20 reminders
// a day. Reminders are of times that the customer chose, so no hour is quiet for them.
func RecommendedPolicy() Policy {
	return Policy{Classes: map[Class]ClassPolicy{
		Notice:   {Quiet: &QuietHours{From: "21:00", To: "08:00"}, Cap: 10, CapHours: 24},
		Reminder: {Cap: 20, CapHours: 24},
	}}
}

func (p Policy) validate() error {
	for class, rule := range p.Classes {
		field := "classes." + string(class)
		if !class.known() {
			return visavis.InvalidField("classes", "%q is not one of transaction, reminder, notice", class)
		}
		if class.Group() == Essential {
			return visavis.InvalidField(field, "security and ring have neither quiet hours nor caps")
		}
		if rule.Quiet != nil {
			if err := rule.Quiet.validate(field + ".quiet"); err != nil {
				return err
			}
		}
		if rule.Cap < 0 || rule.Cap > 1000 {
			return visavis.InvalidField(field+".cap", "between 0 (no bound) and 1,000")
		}
		if rule.CapHours < 0 || rule.CapHours > 720 {
			return visavis.InvalidField(field+".cap_hours", "between 1 and 720 hours")
		}
		if rule.LifetimeHours < 0 || rule.LifetimeHours > 168 {
			return visavis.InvalidField(field+".lifetime_hours", "between 1 and 168 hours")
		}
	}
	if p.HourlyBudget < 0 || p.HourlyBudget > 100_000_000 {
		return visavis.InvalidField("hourly_budget", "between 0 (no bound) and 100,000,000 messages")
	}
	if len(p.RefusedPrefixes) > 1000 {
		return visavis.InvalidField("refused_prefixes", "at most 1,000")
	}
	for i, prefix := range p.RefusedPrefixes {
		if !routePrefixShape.MatchString(prefix) {
			return visavis.InvalidField(fmt.Sprintf("refused_prefixes.%d", i), "is the beginning of a number in E.164, such as +2526")
		}
	}
	if p.Conversion.Line < 0 || p.Conversion.Line > 95 {
		return visavis.InvalidField("conversion.line", "between 1 and 95 percent")
	}
	if p.Conversion.Minimum < 0 || p.Conversion.Minimum > 100_000 || (p.Conversion.Minimum > 0 && p.Conversion.Minimum < 5) {
		return visavis.InvalidField("conversion.minimum", "between 5 and 100,000 sends")
	}
	return nil
}

// cap is what a message takes from its class's cap; nil when there is none.
func (r *rules) cap(m Message, to recipient) *capped {
	if r == nil || m.AboutType == aboutInbound {
		return nil
	}
	rule := r.policy.Classes[m.Class]
	if rule.Cap == 0 || m.Class.Group() == Essential {
		return nil
	}
	subject := to.phone
	if m.CustomerID != uuid.Nil {
		subject = m.CustomerID.String()
	}
	return &capped{subject: subject, most: rule.Cap, window: rule.window()}
}
