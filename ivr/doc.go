// Package ivr holds telephone dialogues: flows, which are data, and the calls
// that they lead.
//
// A phone call is one row that is its own outbox, as a delivery is (phonecall.go,
// dial.go): accepted by one insert, claimed with a lease, dialled once, marked.
//
//	queued → dialing → ringing → answered → completed
//	              ↘ unknown (looked up at the provider before anything else)
//	→ busy | no_answer | failed | canceled
//
// It promises: an attempt (PhoneCall.Key) is placed once and never dialled twice,
// a node that is killed between the provider's acceptance and our mark included;
// nothing is dialled after its expiry; each call ends in exactly one final state,
// in the transaction of which OnEnded's functions run.
//
// While a call is connected its dialogue goes turn by turn (turn.go): each
// callback carries the number of its turn in its path, and only the one that is
// expected changes anything.
package ivr
