package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// Dial is a call to be placed that a dialogue leads.
type Dial struct {
	To   string // E.164
	From string // "" = the account's own number (VoiceFrom)
	// AnswerPath and StatusPath are paths of callbacks of ours: what asks for the
	// first words when it is answered, and what hears its states.
	AnswerPath, StatusPath string
	Ring                   time.Duration // 5 s to 10 min
	Limit                  time.Duration // of the whole call
	DetectMachine          bool          // AnsweredBy is told; asking takes some seconds of silence
}

// PlacedCall is a call as Twilio has it.
type PlacedCall struct {
	SID        string
	Status     string // Twilio's word: queued, ringing, in-progress, completed, busy, failed, no-answer, canceled
	AnsweredBy string // "" = not asked
	Seconds    int    // connected, when it has ended
}

// Dial places a call and returns its SID. Errors are *channels.SendError.
func (p *Provider) Dial(ctx context.Context, d Dial) (string, error) {
	params := &api.CreateCallParams{}
	params.SetTo(d.To).SetFrom(p.dialFrom(d.From))
	params.SetUrl(p.cfg.PublicURL + d.AnswerPath).SetMethod(http.MethodPost)
	params.SetStatusCallback(p.cfg.PublicURL + d.StatusPath).SetStatusCallbackMethod(http.MethodPost)
	params.SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	params.SetTimeout(min(max(int(d.Ring/time.Second), 5), 600))
	params.SetTimeLimit(max(int(d.Limit/time.Second), 1))
	if d.DetectMachine {
		params.SetMachineDetection("Enable")
	}
	c := p.call(ctx)
	call, err := c.api().CreateCall(params)
	if err != nil {
		return "", c.sendError(err)
	}
	return c.accepted(call.Sid, callSID)
}

func (p *Provider) dialFrom(from string) string {
	if from != "" {
		return from
	}
	return p.cfg.VoiceFrom
}

// Dialled lists calls that were placed from a number of ours ("" = the account's
// own) to a number since then, oldest first. Twilio shows neither the callbacks
// nor any id of ours: the caller leaves out those that it knows.
func (p *Provider) Dialled(ctx context.Context, to, from string, since time.Time) ([]PlacedCall, error) {
	params := &api.ListCallParams{}
	params.SetTo(to).SetFrom(p.dialFrom(from)).SetPageSize(100)
	c := p.call(ctx)
	page, err := c.api().PageCall(params, "", "")
	if err != nil {
		return nil, c.sendError(err)
	}
	var found []PlacedCall
	for _, one := range page.Calls {
		if text(one.Direction) != "outbound-api" || before(one.DateCreated, since) {
			continue
		}
		found = append([]PlacedCall{placed(one)}, found...)
	}
	return found, nil
}

// Placed asks for a call. It is nil without an error when Twilio has no such call.
func (p *Provider) Placed(ctx context.Context, sid string) (*PlacedCall, error) {
	c := p.call(ctx)
	one, err := c.api().FetchCall(sid, nil)
	if err != nil {
		if c.status == http.StatusNotFound {
			return nil, nil
		}
		return nil, c.sendError(err)
	}
	found := placed(*one)
	return &found, nil
}

// Hangup ends a call: one that rings is canceled. A call that has ended is no error.
func (p *Provider) Hangup(ctx context.Context, sid string) error {
	c := p.call(ctx)
	_, err := c.api().UpdateCall(sid, (&api.UpdateCallParams{}).SetStatus("completed"))
	if err != nil && c.status != http.StatusNotFound && c.sendError(err).Code != "21220" {
		return c.sendError(err)
	}
	return nil
}

// Redirect leads a call that is connected to other words: path is of a callback
// of ours. It reports false when the call is not connected any more.
func (p *Provider) Redirect(ctx context.Context, sid, path string) (bool, error) {
	c := p.call(ctx)
	_, err := c.api().UpdateCall(sid, (&api.UpdateCallParams{}).SetUrl(p.cfg.PublicURL+path).SetMethod(http.MethodPost))
	switch {
	case err == nil:
		return true, nil
	case c.status == http.StatusNotFound, c.sendError(err).Code == "21220":
		return false, nil
	}
	return false, c.sendError(err)
}

// maxRecording bounds what is read of a recording: ten minutes of 16 bit at 8 kHz.
const maxRecording = 10 << 20

// Recording fetches a recording as a WAV file.
func (p *Provider) Recording(ctx context.Context, sid string) ([]byte, error) {
	res, err := p.recording(ctx, http.MethodGet, sid+".wav")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	sound, err := io.ReadAll(io.LimitReader(res.Body, maxRecording+1))
	switch {
	case err != nil:
		return nil, cause(ctx, err)
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("HTTP %d", res.StatusCode)
	case len(sound) > maxRecording:
		return nil, errors.New("the recording is too long")
	}
	return sound, nil
}

// DeleteRecording deletes a recording at Twilio. One that is gone is no error.
func (p *Provider) DeleteRecording(ctx context.Context, sid string) error {
	res, err := p.recording(ctx, http.MethodDelete, sid+".json")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent && res.StatusCode != http.StatusNotFound {
		return fmt.Errorf("HTTP %d", res.StatusCode)
	}
	return nil
}

// recording is a request that the SDK has no words for: it gives a recording's
// description, not its sound.
func (p *Provider) recording(ctx context.Context, method, name string) (*http.Response, error) {
	base := "https://api.twilio.com"
	if p.base != nil {
		base = strings.TrimRight(p.base.String(), "/")
	}
	req, err := http.NewRequestWithContext(ctx, method, base+"/2010-04-01/Accounts/"+p.cfg.AccountSID+"/Recordings/"+name, nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(p.cfg.AccountSID, p.cfg.AuthToken)
	res, err := p.transport.RoundTrip(req)
	if err != nil {
		return nil, cause(ctx, err)
	}
	return res, nil
}

func placed(one api.ApiV2010Call) PlacedCall {
	seconds, _ := strconv.Atoi(text(one.Duration))
	return PlacedCall{SID: text(one.Sid), Status: text(one.Status), AnsweredBy: text(one.AnsweredBy), Seconds: seconds}
}

// CallbackURL is the public URL of a callback of ours.
func (p *Provider) CallbackURL(path string) string { return p.cfg.PublicURL + path }

// CallNumber is the number that calls come from unless another one is named.
func (p *Provider) CallNumber() string { return p.cfg.VoiceFrom }

var callPath = regexp.MustCompile(`^/callbacks/twilio/[A-Za-z0-9/_-]+$`)

// ReadCall returns the parameters of a callback about a call, which came in at
// the path of the request's URL; forged is true for one that is not Twilio's.
// See readCallback for what is checked.
func (p *Provider) ReadCall(w http.ResponseWriter, r *http.Request) (params url.Values, forged bool, err error) {
	path := r.URL.EscapedPath()
	if !callPath.MatchString(path) || strings.Contains(path, "//") {
		return nil, true, errForged
	}
	params, err = p.readCallback(w, r, path, "CallSid", callSID, "CallStatus")
	return params, err == errForged, err
}
