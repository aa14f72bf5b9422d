package twilio

import (
	"testing"

	"github.com/visavis/visavis/channels"
)

// Every status that Twilio's documents name for a message and a call has its
// meaning; a word that they do not know tells nothing.
func TestStatuses(t *testing.T) {
	t.Parallel()
	const none, sent, delivered, undelivered, failed = channels.State(""), channels.StateSent, channels.StateDelivered, channels.StateUndelivered, channels.StateFailed
	for status, want := range map[string]channels.State{
		"accepted": sent, "scheduled": sent, "queued": sent, "sending": sent, "sent": sent, "delivered": delivered, "read": delivered,
		"undelivered": undelivered, "partially_delivered": undelivered, "failed": failed, "canceled": failed,
		"receiving": none, "received": none, "Delivered": none, "": none,
	} {
		if got := messageState(status); got != want {
			t.Errorf("message %s is %q, not %q", status, got, want)
		}
	}
	for status, want := range map[string]channels.State{
		"queued": sent, "initiated": sent, "ringing": sent, "in-progress": sent, "completed": delivered,
		"busy": undelivered, "no-answer": undelivered, "failed": failed, "canceled": failed, "answered": none,
	} {
		if got := callState(status); got != want {
			t.Errorf("call %s is %q, not %q", status, got, want)
		}
	}
	for status, want := range map[string]channels.State{
		"queued": sent, "initiated": sent, "ringing": delivered, "no-answer": delivered, "busy": delivered, "completed": delivered, "failed": failed, "canceled": failed,
	} {
		if got := flashState(status); got != want {
			t.Errorf("flash call %s is %q, not %q", status, got, want)
		}
	}
}
