package voice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Formats of a WAV file's samples (RFC 2361).
const (
	formatPCM   = 1
	formatMuLaw = 7
)

// MaxClip is how long one recording of a bank may be.
const MaxClip = 30 * time.Second

// Upload reads a bank's recording: what Samples takes, up to MaxClip.
func Upload(wav []byte) ([]byte, error) {
	samples, err := Samples(wav)
	if err == nil && len(samples) > int(MaxClip/time.Second)*SampleRate {
		return nil, fmt.Errorf("the recording is longer than %d seconds", int(MaxClip/time.Second))
	}
	return samples, err
}

// WAV wraps mu-law samples into a RIFF/WAVE file (RFC 2361, format 7), which
// every carrier plays.
func WAV(samples []byte) []byte {
	odd := len(samples) & 1 // chunks are padded to even length
	var b bytes.Buffer
	b.Grow(58 + len(samples) + odd)
	u32 := func(n int) { _ = binary.Write(&b, binary.LittleEndian, uint32(n)) }
	u16 := func(n int) { _ = binary.Write(&b, binary.LittleEndian, uint16(n)) }
	b.WriteString("RIFF")
	u32(50 + len(samples) + odd)
	b.WriteString("WAVEfmt ")
	u32(18)
	u16(formatMuLaw)
	u16(1)          // channels
	u32(SampleRate) // samples a second
	u32(SampleRate) // bytes a second
	u16(1)          // bytes a sample
	u16(8)          // bits a sample
	u16(0)
	b.WriteString("fact")
	u32(4)
	u32(len(samples))
	b.WriteString("data")
	u32(len(samples))
	b.Write(samples)
	if odd == 1 {
		b.WriteByte(0)
	}
	return b.Bytes()
}

// Samples reads a WAV file as mu-law samples at 8 kHz, mono. It takes 8 kHz
// mu-law as it is and turns 16 bit PCM at 8, 16, 32 or 48 kHz, mono or stereo,
// into it. It refuses anything else; the error says what to do.
func Samples(wav []byte) ([]byte, error) {
	if len(wav) < 12 || string(wav[:4]) != "RIFF" || string(wav[8:12]) != "WAVE" {
		return nil, errors.New("not a WAV file: send 8 kHz mu-law, or 16 bit PCM at 8, 16, 32 or 48 kHz")
	}
	var format, channels, bits int
	var rate uint32
	var data []byte
	found := false
	for rest := wav[12:]; len(rest) >= 8 && !found; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:8]))
		rest = rest[8:]
		if size > int64(len(rest)) {
			if id != "data" {
				return nil, errors.New("the WAV file is cut off")
			}
			size = int64(len(rest)) // written by a stream: the size is not known
		}
		chunk := rest[:size]
		switch id {
		case "fmt ":
			if size < 16 {
				return nil, errors.New("the WAV file's format is cut off")
			}
			format, channels = int(binary.LittleEndian.Uint16(chunk)), int(binary.LittleEndian.Uint16(chunk[2:]))
			rate, bits = binary.LittleEndian.Uint32(chunk[4:]), int(binary.LittleEndian.Uint16(chunk[14:]))
		case "data":
			data, found = chunk, true
		}
		rest = rest[min(size+size&1, int64(len(rest))):]
	}
	if !found || len(data) == 0 {
		return nil, errors.New("the WAV file holds no sound")
	}
	var samples []byte
	switch {
	case format == formatMuLaw && rate == SampleRate && channels == 1 && bits == 8:
		samples = bytes.Clone(data)
	case format == formatPCM && bits == 16 && (channels == 1 || channels == 2) &&
		(rate == 8000 || rate == 16000 || rate == 32000 || rate == 48000):
		samples = fromPCM(data, channels, int(rate)/SampleRate)
	default:
		return nil, fmt.Errorf("the WAV file is of format %d, %d Hz, %d bit, %d channels: send 8 kHz mu-law, or 16 bit PCM at 8, 16, 32 or 48 kHz, mono or stereo",
			format, rate, bits, channels)
	}
	return samples, nil
}

// fromPCM mixes channels and takes the mean of every step frames, which is the
// low pass that a telephone's band forgives.
func fromPCM(data []byte, channels, step int) []byte {
	frame := 2 * channels
	out := make([]byte, 0, len(data)/frame/step)
	for group := frame * step; len(data) >= group; data = data[group:] {
		sum := 0
		for i := 0; i < group; i += 2 {
			sum += int(int16(binary.LittleEndian.Uint16(data[i:])))
		}
		out = append(out, muLaw(sum/(channels*step)))
	}
	return out
}

// muLaw encodes one 16 bit sample by ITU-T G.711.
func muLaw(sample int) byte {
	const bias, clip = 0x84, 32635
	sign := byte(0)
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, clip) + bias
	exponent := byte(7)
	for mask := 0x4000; sample&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(sample>>(exponent+3)) & 0x0f
	return ^(sign | exponent<<4 | mantissa)
}
