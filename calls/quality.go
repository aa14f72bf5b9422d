package calls

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/postgres"
)

// Quality is how good a party's connection was over some seconds. Loss is a
// share of packets, 0 to 1, before repair; times are milliseconds.
type Quality struct {
	UpAudioLoss   float64 `json:"up_audio_loss"`   // from the party to us
	UpVideoLoss   float64 `json:"up_video_loss"`   //
	UpJitterMS    float64 `json:"up_jitter_ms"`    //
	UpBitrate     int     `json:"up_bitrate"`      // bits a second, of all media
	DownAudioLoss float64 `json:"down_audio_loss"` // from us to the party, as it reports
	DownVideoLoss float64 `json:"down_video_loss"` //
	DownJitterMS  float64 `json:"down_jitter_ms"`  //
	DownBitrate   int     `json:"down_bitrate"`    //
	RTTMS         float64 `json:"rtt_ms"`          // 0: not known yet
	FPS           float64 `json:"fps"`             // of the party's picture; 0: none
	Width         int     `json:"width"`
	Height        int     `json:"height"`
	R             float64 `json:"r"`   // E-model rating (ITU-T G.107) of the worse direction of voice, 0 to 93.2; 0: no voice
	MOS           float64 `json:"mos"` // the opinion score that it stands for, 1 to 4.4
}

// Sample is a party's Quality at a time of the call.
type Sample struct {
	Role   string
	Offset time.Duration // on the recording's clock
	Quality
}

func qualityOf(s media.Sample) Quality {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return Quality{
		UpAudioLoss: s.Up.AudioLoss, UpVideoLoss: s.Up.VideoLoss, UpJitterMS: ms(s.Up.Jitter), UpBitrate: s.Up.Bitrate,
		DownAudioLoss: s.Down.AudioLoss, DownVideoLoss: s.Down.VideoLoss, DownJitterMS: ms(s.Down.Jitter), DownBitrate: s.Down.Bitrate,
		RTTMS: ms(s.RTT), FPS: s.FPS, Width: s.Width, Height: s.Height, R: s.R, MOS: s.MOS,
	}
}

// mean is the mean of several; the picture's size is the last one's, and means
// of what is 0 for "not known" leave those out.
func mean(of []Quality) Quality {
	var m Quality
	n := float64(len(of))
	var rtt, r float64
	for _, q := range of {
		m.UpAudioLoss += q.UpAudioLoss / n
		m.UpVideoLoss += q.UpVideoLoss / n
		m.UpJitterMS += q.UpJitterMS / n
		m.UpBitrate += int(float64(q.UpBitrate) / n)
		m.DownAudioLoss += q.DownAudioLoss / n
		m.DownVideoLoss += q.DownVideoLoss / n
		m.DownJitterMS += q.DownJitterMS / n
		m.DownBitrate += int(float64(q.DownBitrate) / n)
		m.FPS += q.FPS / n
		m.Width, m.Height = q.Width, q.Height
		if q.RTTMS > 0 {
			m.RTTMS, rtt = m.RTTMS+q.RTTMS, rtt+1
		}
		if q.R > 0 {
			m.R, m.MOS, r = m.R+q.R, m.MOS+q.MOS, r+1
		}
	}
	m.RTTMS /= max(rtt, 1)
	m.R, m.MOS = m.R/max(r, 1), m.MOS/max(r, 1)
	return m
}

// storeEvery is how often a party's quality is written down: the mean of the
// samples since. Pages get every sample.
const storeEvery = 10 * time.Second

// qualities gathers a room's samples until they are written down.
type qualities struct {
	mu    sync.Mutex
	since map[string][]Quality
	first map[string]time.Duration
}

// add returns what is to be written down now, if anything.
func (q *qualities) add(role string, at time.Duration, s Quality) (row *Sample) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.since == nil {
		q.since, q.first = map[string][]Quality{}, map[string]time.Duration{}
	}
	if len(q.since[role]) == 0 {
		q.first[role] = at
	}
	q.since[role] = append(q.since[role], s)
	if at-q.first[role] < storeEvery {
		return nil
	}
	row = &Sample{Role: role, Offset: at, Quality: mean(q.since[role])}
	delete(q.since, role)
	return row
}

// rest returns what was not written down yet.
func (q *qualities) rest() (rows []Sample) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for role, since := range q.since {
		rows = append(rows, Sample{Role: role, Offset: q.first[role] + storeEvery, Quality: mean(since)})
	}
	q.since = nil
	return rows
}

// sampled tells the pages how good a side's connection is, and keeps it. Of who
// else is in the room, maybe unseen, nobody learns anything by it.
func (s *Service) sampled(ctx context.Context, bankID uuid.UUID, e media.Event) error {
	if e.Participant != RoleAgent && e.Participant != RoleCustomer {
		return nil
	}
	q := qualityOf(e.Sample)
	m := message{Type: "quality", Participant: e.Participant, Quality: &q}
	s.tell(e.Room, RoleAgent, m) // of both
	if e.Participant == RoleCustomer {
		s.tell(e.Room, RoleCustomer, m) // of their own
	}
	r, ok := s.liveRoom(e.Room)
	if !ok {
		return nil
	}
	if row := r.quality.add(e.Participant, e.Offset, q); row != nil {
		return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
			return keepQualityTx(ctx, tx, e.Room, *row)
		})
	}
	return nil
}

func keepQualityTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, row Sample) error {
	_, err := tx.Exec(ctx, `insert into call_quality (bank_id, call_id, role, offset_ms, sample) values ($1, $2, $3, $4, $5)
		on conflict do nothing`, tx.BankID, callID, row.Role, row.Offset.Milliseconds(), row.Quality)
	if err != nil {
		return fmt.Errorf("keep quality of call %s: %w", callID, err)
	}
	return nil
}

// summarizeTx writes down a call's quality as a whole, by party, for lists.
func summarizeTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) error {
	samples, err := samplesTx(ctx, tx, callID)
	if err != nil {
		return err
	}
	by := map[string][]Quality{}
	for _, one := range samples {
		by[one.Role] = append(by[one.Role], one.Quality)
	}
	for role, all := range by {
		if _, err := tx.Exec(ctx, `update call_participants set quality = $4 where bank_id = $1 and call_id = $2 and role = $3`,
			tx.BankID, callID, role, mean(all)); err != nil {
			return fmt.Errorf("sum up quality of call %s: %w", callID, err)
		}
	}
	return nil
}

func samplesTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) ([]Sample, error) {
	rows, _ := tx.Query(ctx, `select role, offset_ms, sample from call_quality where bank_id = $1 and call_id = $2 order by offset_ms, role limit 20000`,
		tx.BankID, callID)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (one Sample, err error) {
		var ms int64
		var raw json.RawMessage
		if err = row.Scan(&one.Role, &ms, &raw); err == nil {
			err = json.Unmarshal(raw, &one.Quality)
		}
		one.Offset = time.Duration(ms) * time.Millisecond
		return one, err
	})
}

// QualityOf returns a call's time line of quality: a sample each 10 s a party,
// in order.
func (s *Service) QualityOf(ctx context.Context, bankID, callID uuid.UUID) (samples []Sample, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		samples, err = samplesTx(ctx, tx, callID)
		return err
	})
	return samples, err
}

// Advice is what a network test comes to.
type Advice string

// Advices, from best to worst. Bounds: ITU-T G.114 (150 and 400 ms one way),
// G.1070 (loss), and what a document must be read by (media.DocumentFloor).
const (
	AdviceGood  Advice = "good"  // a call will be fine
	AdviceFair  Advice = "fair"  // it will work; documents may take longer
	AdvicePoor  Advice = "poor"  // move closer to the router, or use another network
	AdvicePhone Advice = "phone" // a video call will hardly work: ask to be called by phone
)

// Advise judges one sample. The bit rate says little: a still picture takes
// little. A picture that hardly arrives says a lot.
func Advise(q Quality) Advice {
	loss := max(q.UpAudioLoss, q.UpVideoLoss, q.DownAudioLoss, q.DownVideoLoss)
	jitter := max(q.UpJitterMS, q.DownJitterMS)
	slow := func(fps float64) bool { return q.FPS > 0 && q.FPS < fps }
	switch {
	case loss > 0.25, q.RTTMS > 1200, slow(4):
		return AdvicePhone
	case loss > 0.10, q.RTTMS > 800, jitter > 100, slow(10):
		return AdvicePoor
	case loss > 0.03, q.RTTMS > 300, jitter > 40, slow(20):
		return AdviceFair
	}
	return AdviceGood
}
