package twilio_test

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/twilio"
)

func TestMain(m *testing.M) {
	channelstest.RunCarrier(messages(), false)
	os.Exit(m.Run())
}

// messages is the least of Twilio: it refuses what is not of its account or is
// no message, and answers after its time with all of a message's fields and a
// SID that no other has.
func messages() http.Handler {
	const answer = `{"account_sid":"` + accountSID + `","api_version":"2010-04-01","body":%q,"date_created":"Sun, 22 Nov 2026 10:00:00 +0000",` +
		`"date_sent":null,"date_updated":"Sun, 22 Nov 2026 10:00:00 +0000","direction":"outbound-api","error_code":null,"error_message":null,` +
		`"from":%q,"messaging_service_sid":null,"num_media":"0","num_segments":"1","price":null,"price_unit":"USD","sid":%q,"status":"queued",` +
		`"subresource_uris":{"media":"/2010-04-01/Accounts/` + accountSID + `/Messages/%[3]s/Media.json"},"to":%q,"uri":"/2010-04-01/Accounts/` + accountSID + `/Messages/%[3]s.json"}`
	var n atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/"+accountSID+"/Messages.json", func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		to, from, body := r.PostFormValue("To"), r.PostFormValue("From"), r.PostFormValue("Body")
		switch {
		case user != accountSID || password != authToken:
			channelstest.Refuse(w, http.StatusUnauthorized, "who are you")
			return
		case to == "" || from == "" || body == "":
			channelstest.Refuse(w, http.StatusBadRequest, "no message")
			return
		}
		time.Sleep(channelstest.CarrierLatency)
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, answer, body, from, fmt.Sprintf("SM%032x", n.Add(1)), to)
	})
	return mux
}

// BenchmarkOverTLS sends with 500 under way to a Twilio that takes 50 ms, over
// TLS and HTTP/1.1 as Twilio's does, by twilio-go. The floor is what the latency
// allows: 500 / 50 ms = 10,000 a second.
func BenchmarkOverTLS(b *testing.B) {
	url, trust := channelstest.StartCarrier(b)
	p, err := twilio.New(twilio.Config{
		AccountSID: accountSID, AuthToken: authToken, From: "+15005550006",
		BaseURL: url, PublicURL: "https://gateway.example", Transport: twilio.Transport(trust),
	})
	if err != nil {
		b.Fatal(err)
	}
	sender := p.SMS()
	channelstest.Saturate(b, func() error {
		_, err := sender.Send(b.Context(), channels.Outgoing{
			BankID: uuid.New(), DeliveryID: uuid.New(), Channel: channels.SMS, To: "+84901234567", Body: "Your card is ready.", TTL: time.Minute,
		})
		return err
	})
}
