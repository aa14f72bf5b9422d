package channels_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/visavis/visavis/channels"
)

// series reads a service's metrics: name{label values, in order} → value.
func series(t *testing.T, s *channels.Service) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(s)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetGauge().GetValue()
			if f.GetType() == dto.MetricType_COUNTER {
				value = m.GetCounter().GetValue()
			}
			all[f.GetName()+"{"+strings.Join(labels, ",")+"}"] = value
		}
	}
	return all
}

// What a breaker does and how many codes are confirmed shows in the metrics, with
// no more series than providers and a few countries.
func TestProvidersInTheMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sick := &dead{err: &channels.SendError{Outcome: channels.Busy, Code: "network", Err: errors.New("refused")}}
	w.routed(channels.Route{Channel: channels.SMS, Provider: "sick", Sender: sick}, channels.Route{Channel: channels.Voice, Provider: "well", Sender: &slow{}})
	state := `visavis_provider_breaker_state{channel=sms,prefix=%s,provider=sick,state=%s}`
	before := series(t, w.s)
	if before[fmt.Sprintf(state, "", "closed")] != 1 || before[fmt.Sprintf(state, "", "open")] != 0 {
		t.Errorf("before: %v", before)
	}
	var sent []channels.MessageInfo
	for i := range 5 {
		m := code(w.customer(fmt.Sprintf("+8491234570%d", i), "en"), channels.SMS)
		m.AboutType = "verification"
		sent = append(sent, w.send(m))
	}
	w.run() // all go out at once: second tries of some would open the breaker before the others' first
	for _, info := range sent {
		w.until(info.ID, "a refusal", func(m channels.MessageInfo) bool { return m.Deliveries[0].ErrorCode != "" })
	}
	after := series(t, w.s)
	for want, value := range map[string]float64{
		fmt.Sprintf(state, "", "open"): 1, fmt.Sprintf(state, "", "closed"): 0, fmt.Sprintf(state, "+84", "open"): 1,
		"visavis_codes_sent_total{channel=sms,provider=sick}":                              5,
		"visavis_codes_confirmed_total{channel=sms,provider=sick}":                         0,
		"visavis_conversion_stopped{scope=range}":                                          0,
		"visavis_provider_breaker_state{channel=voice,prefix=,provider=well,state=closed}": 1,
	} {
		if got, ok := after[want]; !ok || got != value {
			t.Errorf("%s is %v, want %v", want, got, value)
		}
	}
	if n := after["visavis_provider_sends_total{channel=sms,outcome=failed,provider=sick}"]; n < 5 {
		t.Errorf("%v sends failed", n)
	}
	if len(after) > 40 {
		t.Errorf("%d series", len(after))
	}
}
