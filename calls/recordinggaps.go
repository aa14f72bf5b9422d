package calls

import (
	"slices"
	"time"

	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/identifications"
)

// causeRestart is of a hole between two parts: the server was killed, or
// restarted, and nobody was there to record.
const causeRestart = "restart"

// Gap is an interval in which nothing of a kind was recorded of a participant,
// milliseconds on the call's clock.
type Gap struct {
	Kind   string `json:"kind"` // audio, video
	FromMS int64  `json:"from_ms"`
	ToMS   int64  `json:"to_ms"`
	Cause  string `json:"cause"` // see media.Gap, and restart
}

func gapsOf(all []media.Gap) []Gap {
	out := make([]Gap, 0, len(all))
	for _, g := range all {
		out = append(out, Gap{Kind: string(g.Kind), FromMS: g.From.Milliseconds(), ToMS: g.To.Milliseconds(), Cause: g.Cause})
	}
	return out
}

// excused reports whether nothing was lost in a gap: the participant had chosen
// to send nothing.
func (g Gap) excused() bool {
	return g.Cause == media.CauseMuted || g.Cause == media.CausePaused || g.Cause == media.CauseIdle
}

// restarts returns the holes that restarts of the server have left in what a
// participant sent: between the end of a part and the beginning of the next.
func restarts(all []Recording, participant string) []Gap {
	var gaps []Gap
	end := int64(-1)
	for _, r := range all { // by part
		if r.Participant != participant || r.DurationMS == nil && r.State != "open" || r.Error == notSent {
			continue
		}
		if end >= 0 && r.OffsetMS > end {
			kinds := []media.Kind{media.Audio, media.Video}
			if r.VoiceOnly {
				kinds = kinds[:1]
			}
			for _, kind := range kinds {
				gaps = append(gaps, Gap{Kind: string(kind), FromMS: end, ToMS: r.OffsetMS, Cause: causeRestart})
			}
		}
		if r.DurationMS != nil {
			end = r.OffsetMS + *r.DurationMS
		}
	}
	return gaps
}

// Gaps returns the gap map of one participant over all parts, in order of time.
func Gaps(all []Recording, participant string) []Gap {
	gaps := restarts(all, participant)
	for _, r := range all {
		if r.Participant == participant {
			gaps = append(gaps, r.Gaps...)
		}
	}
	slices.SortStableFunc(gaps, func(a, b Gap) int { return int(a.FromMS - b.FromMS) })
	return gaps
}

// Coverage is the share, 0 to 1, of what the two sides sent that the recording
// holds: time in which somebody chose to send nothing (muted, paused, idle) does
// not count, time lost by network, disk, reconnecting or a restart does. 0 when
// nothing was recorded.
func Coverage(all []Recording) float64 {
	var sent, lost int64
	for _, participant := range []string{RoleAgent, RoleCustomer} {
		for _, r := range all {
			if r.Participant != participant || r.DurationMS == nil {
				continue
			}
			for _, has := range []*bool{r.HasAudio, r.HasVideo} {
				if has != nil && *has {
					sent += *r.DurationMS
				}
			}
			for _, g := range r.Gaps {
				if g.excused() {
					sent -= g.ToMS - g.FromMS
				} else {
					lost += g.ToMS - g.FromMS
				}
			}
		}
		for _, g := range restarts(all, participant) {
			sent += g.ToMS - g.FromMS
			lost += g.ToMS - g.FromMS
		}
	}
	if sent <= 0 {
		return 0
	}
	return max(0, 1-float64(lost)/float64(sent))
}

// brokenSteps returns the steps that were passed while the recording had a hole
// longer than limit. Nothing was lost of what a participant chose not to send; but
// the customer's picture has to be there all the time.
func brokenSteps(steps []Step, all []Recording, limit time.Duration) (broken []identifications.StepGap) {
	for _, step := range steps {
		if step.State != "passed" || step.OffsetMS == nil || step.BeganMS == nil {
			continue
		}
		var worst Gap
		who := ""
		for _, participant := range []string{RoleAgent, RoleCustomer} {
			for _, g := range Gaps(all, participant) {
				if g.excused() && (participant != RoleCustomer || g.Kind != string(media.Video)) {
					continue
				}
				long := g.ToMS - g.FromMS
				if long > limit.Milliseconds() && long > worst.ToMS-worst.FromMS && g.FromMS < *step.OffsetMS && g.ToMS > *step.BeganMS {
					worst, who = g, participant
				}
			}
		}
		if who != "" {
			broken = append(broken, identifications.StepGap{Kind: step.Kind, Participant: who, Gap: time.Duration(worst.ToMS-worst.FromMS) * time.Millisecond})
		}
	}
	return broken
}

// withLiveGaps puts the gaps so far into recordings that are still being written
// on this node.
func (s *Service) withLiveGaps(all []Recording) []Recording {
	for i, r := range all {
		if r.State != "open" {
			continue
		}
		if room, ok := s.openRoomOf(r); ok {
			all[i].Gaps = gapsOf(room.media.Gaps(r.Participant))
		}
	}
	return all
}

func (s *Service) openRoomOf(r Recording) (*room, bool) {
	s.mu.Lock()
	room, ok := s.rooms[r.CallID]
	s.mu.Unlock()
	if !ok {
		return nil, false
	}
	select {
	case <-room.opened: // never wait for one in a transaction
		return room, room.openErr == nil && room.part == r.Part
	default:
		return nil, false
	}
}
