package fcm_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/fcm"
	"github.com/visavis/visavis/simulator"
)

func TestMain(m *testing.M) {
	channelstest.RunCarrier(google(), true)
	os.Exit(m.Run())
}

// google is the least of FCM: it gives a token for an assertion, refuses what
// comes without that token or is no message to a device, and answers after its
// time with a name that no other message has.
func google() http.Handler {
	const token = "ya29.a0AfB_byC-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789abcdefghijklmnopqrstuvwxyz"
	var messages atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if strings.Count(r.PostFormValue("assertion"), ".") != 2 {
			channelstest.Refuse(w, http.StatusBadRequest, "no assertion")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"` + token + `","token_type":"Bearer","expires_in":3600}`))
	})
	mux.HandleFunc("POST /v1/projects/demo/messages:send", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Message struct {
				Token        string
				Notification struct{ Title, Body string }
			}
		}
		switch err := json.NewDecoder(r.Body).Decode(&in); {
		case r.Header.Get("Authorization") != "Bearer "+token:
			channelstest.Refuse(w, http.StatusUnauthorized, "no token")
			return
		case err != nil || in.Message.Token == "" || in.Message.Notification.Body == "":
			channelstest.Refuse(w, http.StatusBadRequest, "no message")
			return
		}
		time.Sleep(channelstest.CarrierLatency)
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		_, _ = w.Write([]byte("{\n  \"name\": \"projects/demo/messages/0:" + strconv.FormatInt(messages.Add(1), 10) + "\"\n}\n"))
	})
	return mux
}

// BenchmarkOverTLS sends with 500 under way to an FCM that takes 50 ms, over TLS
// and HTTP/2 as Google's does, by Firebase's SDK. The floor is what the latency
// allows: 500 / 50 ms = 10,000 a second.
func BenchmarkOverTLS(b *testing.B) {
	url, trust := channelstest.StartCarrier(b)
	sim := simulator.New(simulator.Config{AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo"})
	defer sim.Close()
	var key map[string]any
	if err := json.Unmarshal(sim.ServiceAccountJSON(url), &key); err != nil {
		b.Fatal(err)
	}
	key["token_uri"] = url + "/token"
	credentials, err := json.Marshal(key)
	if err != nil {
		b.Fatal(err)
	}
	sender, err := fcm.New(b.Context(), fcm.Config{CredentialsJSON: credentials, Endpoint: url + "/v1", Transport: fcm.Transport(trust)})
	if err != nil {
		b.Fatal(err)
	}
	channelstest.Saturate(b, func() error {
		_, err := sender.Send(b.Context(), channels.Outgoing{
			BankID: uuid.New(), DeliveryID: uuid.New(), Channel: channels.Push, Class: channels.Notice, To: "token-of-a-handset",
			Title: "Bank", Body: "Your card is ready.", TTL: time.Minute, Data: map[string]string{"message_id": "1"},
		})
		return err
	})
}
