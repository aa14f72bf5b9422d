package twilio

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
)

// InboundURL is what Twilio is told to call with customers' SMS to a bank's
// numbers ("A message comes in" of the number or messaging service).
func (p *Provider) InboundURL(bankID uuid.UUID) string {
	return p.cfg.PublicURL + "/callbacks/twilio/inbound/" + bankID.String()
}

// HandleInbound takes in an SMS from a customer: POST to
// /callbacks/twilio/inbound/{bank}, signed like every callback.
func (c *Callbacks) HandleInbound(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.EscapedPath(), "/callbacks/twilio/inbound/")
	bankID, err := uuid.Parse(id)
	if err != nil || bankID.String() != id {
		http.NotFound(w, r)
		return
	}
	params, err := c.p.readCallback(w, r, "/callbacks/twilio/inbound/"+id, "MessageSid", messageSID, "SmsStatus")
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	if from := params.Get("From"); !numberShape.MatchString(from) && !shortShape.MatchString(from) {
		c.refuse(w, r, errForged)
		return
	}
	c.answer(w, r, c.s.Receive(r.Context(), bankID, channels.Inbound{
		Provider: Name, ProviderID: params.Get("MessageSid"), From: params.Get("From"), To: params.Get("To"), Text: params.Get("Body"),
		Answered: params.Get("OptOutType") != "", // Twilio has answered by itself
	}))
}
