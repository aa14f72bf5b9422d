package apns

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/sideshow/apns2"

	"github.com/visavis/visavis/channels"
)

// The most bytes of a payload.
const (
	maxPayload     = 4096
	maxVoIPPayload = 5120
)

// expireNow is the apns-expiration of what is worth nothing later: Apple tries
// once and keeps nothing.
const expireNow = "0"

type outgoing struct {
	*apns2.Notification
	expiration string
	named      bool // the device named its environment
}

// notification makes the push of out, and picks the host that knows its token.
func (s *Sender) notification(out channels.Outgoing) (outgoing, *apns2.Client, error) {
	parts := strings.Split(out.To, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[1] == "" {
		return outgoing{}, nil, &channels.SendError{Outcome: channels.Permanent, Code: "address", Err: errors.New("the device has no APNs address")}
	}
	environment, device, voip := parts[0], parts[1], ""
	if len(parts) == 3 {
		voip = parts[2]
	}
	n := &apns2.Notification{ApnsID: out.DeliveryID.String(), DeviceToken: device, Topic: s.topic,
		PushType: apns2.PushTypeAlert, Priority: apns2.PriorityHigh, CollapseID: collapseID(out.Data)}
	result := outgoing{Notification: n, named: environment != "",
		expiration: strconv.FormatInt(s.now().Add(max(out.TTL, time.Second)).Unix(), 10)}
	aps, most := map[string]any{}, maxPayload
	switch stop := out.Data["type"] == "call_cancelled"; {
	case out.Class == channels.Ring && stop:
		n.PushType, n.Priority = apns2.PushTypeBackground, apns2.PriorityLow
		aps["content-available"] = 1
	case out.Class == channels.Ring && voip != "":
		n.DeviceToken, n.Topic, n.PushType, n.CollapseID = voip, s.topic+".voip", apns2.PushTypeVOIP, ""
		result.expiration, most = expireNow, maxVoIPPayload
	case out.Class == channels.Ring:
		result.expiration = expireNow
		aps["sound"], aps["interruption-level"] = "default", "time-sensitive"
	case out.Class == channels.Security:
		aps["sound"], aps["interruption-level"] = "default", "time-sensitive"
	default:
		aps["sound"] = "default"
		if out.Class == channels.Notice || out.Class == channels.Reminder {
			n.Priority = apns2.PriorityLow
		}
	}
	payload := map[string]any{}
	for name, value := range out.Data {
		payload[name] = value
	}
	switch n.PushType {
	case apns2.PushTypeAlert:
		aps["alert"] = map[string]string{"title": out.Title, "body": out.Body}
	case apns2.PushTypeVOIP:
		maps.Copy(payload, map[string]any{"title": out.Title, "body": out.Body}) // the app tells CallKit
	}
	payload["aps"] = aps
	encoded, err := json.Marshal(payload)
	if err != nil {
		return outgoing{}, nil, &channels.SendError{Outcome: channels.Permanent, Code: "payload", Err: errors.New("the payload cannot be encoded")}
	}
	if len(encoded) > most {
		return outgoing{}, nil, &channels.SendError{Outcome: channels.Permanent, Code: apns2.ReasonPayloadTooLarge,
			Err: fmt.Errorf("%d bytes, at most %d", len(encoded), most)}
	}
	n.Payload = encoded
	client := s.clients[environment]
	if client == nil {
		client = s.clients[s.other]
	}
	return result, client, nil
}

// collapseID makes a message that is sent again, and what comes later about the
// same call, replace what is shown already. At most 64 bytes.
func collapseID(data map[string]string) string {
	for _, name := range []string{"call_id", "message_id"} {
		if id := data[name]; id != "" && len(id) <= 64 {
			return id
		}
	}
	return ""
}
