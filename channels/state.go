package channels

// State is where a delivery or a message stands.
type State string

// The states. StateAccepted is of messages only; pending, sending, unknown and
// failed are of deliveries only.
const (
	StateAccepted    State = "accepted"
	StatePending     State = "pending"     // waits to be sent
	StateSending     State = "sending"     // claimed; when its lease has lapsed the outcome is unknown
	StateUnknown     State = "unknown"     // handed over without an answer
	StateExpired     State = "expired"     // its time passed before it could be sent
	StateCancelled   State = "cancelled"   // taken back before it was sent
	StateSent        State = "sent"        // the provider accepted it
	StateFailed      State = "failed"      // the provider refused it
	StateUndelivered State = "undelivered" // accepted, and did not reach the customer
	StateDelivered   State = "delivered"   // reached the customer's device; voice: the call was answered and ended
)

// ranks orders the states of a delivery; rankSQL is the same in SQL.
var ranks = map[State]int{
	StatePending: 0, StateSending: 1, StateUnknown: 2, StateExpired: 3, StateCancelled: 3,
	StateSent: 4, StateFailed: 5, StateUndelivered: 6, StateDelivered: 7,
}

// Rank orders the states of a delivery. A receipt only ever raises it, and of
// two receipts of equal rank the one with the greater error code stays, so that
// the end does not depend on the order or number of receipts. "Delivered" is
// the highest: a provider that says that a message arrived knows it.
// -1 for a state that no delivery has.
func Rank(s State) int {
	if r, ok := ranks[s]; ok {
		return r
	}
	return -1
}

// ended reports whether nothing more will be done for the delivery.
func ended(s State) bool {
	switch s {
	case StatePending, StateSending, StateUnknown, StateSent:
		return false
	}
	return true
}

// messageState is where a message stands by its deliveries. Any good news
// counts; bad news counts when every delivery has ended badly.
func messageState(deliveries []State) State {
	count := map[State]int{}
	for _, d := range deliveries {
		count[d]++
	}
	switch {
	case count[StateDelivered] > 0:
		return StateDelivered
	case count[StateSent] > 0:
		return StateSent
	case count[StatePending]+count[StateSending]+count[StateUnknown] > 0:
		return StateAccepted
	case len(deliveries) > 0 && count[StateCancelled] == len(deliveries):
		return StateCancelled
	case count[StateExpired] > 0 && count[StateFailed]+count[StateUndelivered] == 0:
		return StateExpired
	}
	return StateUndelivered
}
