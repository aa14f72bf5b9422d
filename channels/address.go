package channels

import (
	"slices"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// planned is a group of steps that is handed over at once, as a message's row
// keeps it. The names are short, as there is one in every row.
type planned struct {
	Targets []target  `json:"t"`
	Wait    int64     `json:"w,omitempty"` // milliseconds
	On      []Advance `json:"on,omitempty"`
}

// target is one delivery that a step will make.
type target struct {
	ID        uuid.UUID  `json:"id"` // of the delivery
	Channel   Channel    `json:"c"`
	Provider  string     `json:"p"`
	Recipient string     `json:"to"`
	Device    *uuid.UUID `json:"d,omitempty"`
	From      string     `json:"f,omitempty"`
	Why       string     `json:"why,omitempty"`
	Open      bool       `json:"o,omitempty"` // no provider was named
}

// gives reports whether the group gives way for the reason.
func (p *planned) gives(reason Advance) bool {
	if len(p.On) > 0 {
		return slices.Contains(p.On, reason)
	}
	return reason == AdvanceUndelivered || reason == AdvanceProviderDown || reason == AdvanceNoReceipt
}

// address turns the steps into deliveries to be made. A step that reaches
// nobody (a push without a device, a channel without a provider) is left out;
// when all are, the plan is empty.
func (s *Service) address(steps []Step, m Message, to recipient) ([]planned, error) {
	plan := []planned{}
	var refused error                   // why a number is out of reach
	configured, grouped := false, false // grouped: the group that With joins is plan's last
	for _, step := range steps {
		if !step.With {
			grouped = false
		}
		var targets []target
		switch step.Channel {
		case SMS, Voice, Flash:
			route, ok := s.routeOf(step)
			if !ok {
				continue
			}
			if to.phone == "" {
				return nil, visavis.InvalidField("phone", "is required without a customer")
			}
			configured = true
			if err := reachable(to); err != nil { // another step may do
				refused = err
				continue
			}
			targets = append(targets, target{Channel: step.Channel, Provider: route.Provider, Recipient: to.phone, Open: step.Provider == ""})
			if step.From == "" && to.rules != nil && step.Channel != Flash { // of a flash call the number is the secret
				step.From = to.rules.sender(step.Channel, route.Provider, m.Class, to.phone)
			}
		case Push:
			for _, route := range s.routes {
				configured = configured || route.Channel == Push
			}
			if m.CustomerID == uuid.Nil {
				continue
			}
			for _, device := range to.devices {
				if step.Provider != "" && step.Provider != device.Provider {
					continue
				}
				if _, ok := s.route(Push, device.Provider); ok {
					targets = append(targets, target{Channel: Push, Provider: device.Provider, Recipient: device.Address, Device: &device.ID})
				}
			}
		default:
			return nil, visavis.InvalidField("channels", "%q is not one of sms, push, voice, flash", step.Channel)
		}
		if len(targets) == 0 {
			continue
		}
		for i := range targets {
			targets[i].ID, targets[i].From, targets[i].Why = uuid.Must(uuid.NewV7()), step.From, step.Why
		}
		if !grouped {
			plan, grouped = append(plan, planned{}), true
		}
		group := &plan[len(plan)-1]
		group.Targets = append(group.Targets, targets...)
		group.Wait, group.On = step.Wait.Milliseconds(), step.On
	}
	if !configured {
		return nil, visavis.Errorf(visavis.Unavailable, "channel_not_configured", "no provider is configured for the channels of this message")
	}
	if len(plan) == 0 && refused != nil {
		return nil, refused
	}
	return plan, nil
}

// routeOf finds the route of a step that names its provider or leaves it open.
func (s *Service) routeOf(step Step) (Route, bool) {
	for _, r := range s.routes {
		if r.Channel == step.Channel && (step.Provider == "" || r.Provider == step.Provider) {
			return r, true
		}
	}
	return Route{}, false
}
