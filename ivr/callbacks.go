package ivr

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// CallbackPrefix is below which the provider's callbacks about phone calls come in.
const CallbackPrefix = "/callbacks/twilio/ivr/"

func statusPath(bankID, id uuid.UUID) string {
	return CallbackPrefix + "status/" + bankID.String() + "/" + id.String()
}

func turnPath(bankID, id uuid.UUID, turn int) string {
	return CallbackPrefix + "turn/" + bankID.String() + "/" + id.String() + "/" + strconv.Itoa(turn)
}

// Callbacks takes in what the provider says of phone calls: POST to
//
//	/callbacks/twilio/ivr/status/{bank}/{phone call}        its state
//	/callbacks/twilio/ivr/inbound                            a bank's number is called
//	/callbacks/twilio/ivr/inbound/status                     what became of that call
//	/callbacks/twilio/ivr/turn/{bank}/{phone call}/{turn}   what to say next, as TwiML
//
// and GET /callbacks/twilio/ivr/audio/{bank}/{phone call}/{turn}-{number}/{token}.wav,
// which the carrier fetches to play.
// Everything is taken from the signature, on the configured public URL. It
// answers 403 to what is not the provider's, 404 to what is not ours.
func (s *Service) Callbacks() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+CallbackPrefix+"status/{bank}/{call}", s.handleStatus)
	mux.HandleFunc("POST "+CallbackPrefix+"turn/{bank}/{call}/{turn}", s.handleTurn)
	mux.HandleFunc("POST "+InboundPath, s.handleInbound)
	mux.HandleFunc("POST "+InboundStatusPath, s.handleInboundStatus)
	mux.HandleFunc("GET "+CallbackPrefix+"audio/{bank}/{call}/{name}/{file}", s.handleAudio)
	return mux
}

// verified returns what a callback says and which call of ours it is about; when
// it is not the provider's, it has answered and ok is false.
func (s *Service) verified(w http.ResponseWriter, r *http.Request, path func(bankID, id uuid.UUID) string) (bankID, id uuid.UUID, params url.Values, ok bool) {
	bankID, err1 := uuid.Parse(r.PathValue("bank"))
	id, err2 := uuid.Parse(r.PathValue("call"))
	if err1 != nil || err2 != nil || path(bankID, id) != r.URL.EscapedPath() || bankID == uuid.Nil {
		http.NotFound(w, r)
		return bankID, id, nil, false
	}
	params, ok = s.signed(w, r)
	return bankID, id, params, ok
}

func (s *Service) signed(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	params, forged, err := s.Carrier.ReadCall(w, r)
	switch {
	case forged:
		s.Log.Warn("a callback that is not the provider's was refused", "remote", r.RemoteAddr)
		http.Error(w, "forbidden", http.StatusForbidden)
		return nil, false
	case err != nil:
		http.Error(w, "bad request", http.StatusBadRequest)
		return nil, false
	}
	return params, true
}

func (s *Service) handleStatus(w http.ResponseWriter, r *http.Request) {
	bankID, id, params, ok := s.verified(w, r, statusPath)
	if !ok {
		return
	}
	s.answer(w, r, s.Status(r.Context(), bankID, id, params.Get("CallSid"), statusOf(params)))
}

// statusOf is the state that a status callback tells.
func statusOf(params url.Values) status {
	seconds, _ := strconv.Atoi(params.Get("CallDuration"))
	return status{word: params.Get("CallStatus"), answeredBy: params.Get("AnsweredBy"), seconds: max(0, min(seconds, 86400))}
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, err error) {
	var known *visavis.Error
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.As(err, &known) && known.Kind == visavis.NotFound:
		http.NotFound(w, r)
	case errors.As(err, &known) && known.Kind == visavis.Conflict:
		http.Error(w, "conflict", http.StatusConflict)
	default:
		s.Log.Error("a callback of a phone call failed", "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
	}
}

// writeTwiML answers with a document.
func writeTwiML(w http.ResponseWriter, document []byte) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(document)
}

func turnOf(r *http.Request) (int, bool) {
	text := r.PathValue("turn")
	turn, err := strconv.Atoi(text)
	return turn, err == nil && turn >= 0 && strconv.Itoa(turn) == text && !strings.HasPrefix(text, "+")
}
