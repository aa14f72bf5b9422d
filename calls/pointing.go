package calls

import "github.com/visavis/visavis"

// maxPoints bounds one message of drawing: a hand draws 60 a second.
const maxPoints = 256

// checkPointing refuses what would not be a pointer on, or a line over, the
// other side's picture. The agent points and draws; the screen is the
// customer's to share.
func (m message) checkPointing(role string) error {
	bad := func(field, why string) error { return visavis.InvalidField(field, "%s", why) }
	inside := func(v float64) bool { return v >= 0 && v <= 1 } // NaN is not
	switch {
	case m.Type == "screen" && role != RoleCustomer:
		return visavis.Errorf(visavis.Forbidden, "forbidden", "only the customer shares a screen")
	case m.Type == "screen" && m.On == nil:
		return bad("on", "is missing")
	case m.Type == "screen":
		return nil
	case m.Type == "ask_screen" && role != RoleAgent:
		return visavis.Errorf(visavis.Forbidden, "forbidden", "only the agent asks for a screen")
	case m.Type == "ask_screen":
		return nil
	case role != RoleAgent:
		return visavis.Errorf(visavis.Forbidden, "forbidden", "only the agent points and draws")
	case m.Surface != "screen" && m.Surface != "camera":
		return bad("surface", "must be screen or camera")
	case !inside(m.X) || !inside(m.Y):
		return bad("x", "x and y must be between 0 and 1")
	case len(m.Points) > maxPoints:
		return bad("points", "are too many for one message")
	}
	for _, p := range m.Points {
		if !inside(p[0]) || !inside(p[1]) {
			return bad("points", "must be between 0 and 1")
		}
	}
	return nil
}
