package channels

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestSegmentsAtTheirBounds(t *testing.T) {
	x := func(s string, n int) string { return strings.Repeat(s, n) }
	for _, c := range []struct {
		name, body  string
		encoding    Encoding
		units, want int
	}{
		{"nothing", "", GSM7, 0, 1},
		{"160 of GSM 7 bit", x("a", 160), GSM7, 160, 1},
		{"161", x("a", 161), GSM7, 161, 2},
		{"306 are two", x("a", 306), GSM7, 306, 2},
		{"307 are three", x("a", 307), GSM7, 307, 3},
		{"the extension table costs two", x("€", 80), GSM7, 160, 1},
		{"and one more", x("€", 80) + "a", GSM7, 161, 2},
		{"an extension character is not split", x("a", 152) + "€" + x("a", 152), GSM7, 306, 3},
		{"where it needs not be, it is two", x("a", 151) + "€" + x("a", 153), GSM7, 306, 2},
		{"70 of UCS2", x("я", 70), UCS2, 70, 1},
		{"71", x("я", 71), UCS2, 71, 2},
		{"134 are two", x("я", 134), UCS2, 134, 2},
		{"135 are three", x("я", 135), UCS2, 135, 3},
		{"a pair of surrogates is two units", x("😀", 35), UCS2, 70, 1},
		{"and is not split", x("я", 66) + "😀" + x("я", 66), UCS2, 134, 3},
		{"one foreign character makes it all UCS2", x("a", 70) + "–", UCS2, 71, 2},
		{"what is of GSM 7 bit and looks foreign", "Ω@£¥¿Ñ§à\n", GSM7, 9, 1},
		{"small c with a cedilla is not, the capital is", "ç", UCS2, 1, 1},
	} {
		got := CountSegments(c.body)
		if got.Encoding != c.encoding || got.Units != c.units || got.Segments != c.want {
			t.Errorf("%s: %+v, want %s, %d units, %d segments", c.name, got, c.encoding, c.units, c.want)
		}
	}
	if got := CountSegments("a–b–я"); got.Foreign != "–я" || got.Left != 65 {
		t.Errorf("%+v", got)
	}
}

// TestSegmentsEqualTwiliosCalculator counts 10,000 random strings here and by
// Twilio's own sms-segments-calculator, which packs bits into a list of
// segments. That one keeps grapheme clusters together, which carriers do not:
// the strings have none of several characters.
func TestSegmentsEqualTwiliosCalculator(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("NOT RUN: there is no node")
	}
	module, err := filepath.Abs("../web/node_modules/sms-segments-calculator")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(module); err != nil {
		t.Skip("NOT RUN: web/node_modules has no sms-segments-calculator: npm --prefix web ci")
	}
	random := rand.New(rand.NewPCG(7, 11))
	alphabets := [][]rune{
		[]rune("abcdefghijklmnopqrstuvwxyz 0123456789"), []rune(strings.ReplaceAll(gsm7Basic, "\r", "")), []rune("^{}\\[~]|€"),
		[]rune("Quýkháchđãđặtlịchgọi"), []rune("видеозвонок"), []rune("您已预约的视频通话"), []rune("تماس تصویری شما"), []rune("😀🏦📱𝄞"),
	}
	bodies := make([]string, 10_000)
	for i := range bodies {
		of := [][]rune{alphabets[random.IntN(2)]}
		for range random.IntN(3) {
			of = append(of, alphabets[random.IntN(len(alphabets))])
		}
		// Lengths near the bounds of segments are the ones that matter.
		n := []int{70, 134, 160, 201, 306, 459}[random.IntN(6)] + random.IntN(13) - 8
		var b strings.Builder
		for b.Len() == 0 || n > 0 {
			letters := of[random.IntN(len(of))]
			r := letters[random.IntN(len(letters))]
			b.WriteRune(r)
			n -= max(1, gsm7Septets[r])
		}
		bodies[i] = b.String()
	}
	input, err := json.Marshal(bodies)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "-e", `
		const { SegmentedMessage } = require(process.argv[1]);
		const bodies = JSON.parse(require('fs').readFileSync(0, 'utf8'));
		console.log(JSON.stringify(bodies.map((body) => {
			const m = new SegmentedMessage(body);
			return [m.getEncodingName(), m.messageSize, m.segmentsCount];
		})));`, module)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs [][3]any
	if err := json.Unmarshal(output, &theirs); err != nil || len(theirs) != len(bodies) {
		t.Fatalf("%d answers, %v", len(theirs), err)
	}
	several := map[Encoding]int{}
	for i, body := range bodies {
		ours := CountSegments(body)
		name, bits, unit := "GSM-7", 7, ours.Units
		if ours.Encoding == UCS2 {
			name, bits = "UCS-2", 16
		}
		if theirs[i][0] != name || int(theirs[i][1].(float64)) != unit*bits || int(theirs[i][2].(float64)) != ours.Segments {
			t.Fatalf("%q: %+v here, %v there", body, ours, theirs[i])
		}
		if ours.Segments > 1 {
			several[ours.Encoding]++
		}
	}
	if several[GSM7] < 1000 || several[UCS2] < 1000 {
		t.Errorf("too few of several segments to tell: %v", several)
	}
}

func TestVietnameseWithoutDiacriticsIsGSM(t *testing.T) {
	if got := unaccented("Mã của Quý khách ĐẾN lúc – “ổn”…"); got != `Ma cua Quy khach DEN luc - "on"...` {
		t.Errorf("%q", got)
	}
	for key, words := range embedded["vi"] {
		for _, text := range words {
			bare := placeholder.ReplaceAllString(text, "")
			if c := CountSegments(unaccented(bare)); c.Encoding != GSM7 {
				t.Errorf("%s: %q keeps %q", key, text, c.Foreign)
			}
		}
	}
}

func TestAmountsAsPeopleReadThem(t *testing.T) {
	for _, c := range [][4]string{
		{"en", "1234567.5", "USD", "1,234,567.50"}, {"vi", "1250000", "VND", "1.250.000"}, {"vi", "1250000.00", "VND", "1.250.000"},
		{"zh", "8800", "CNY", "8,800.00"}, {"ru", "999", "RUB", "999,00"}, {"uk", "12500", "UAH", "12\u00a0500,00"},
		{"fa", "12500000", "IRR", "۱۲٬۵۰۰٬۰۰۰"}, {"en", "1.234", "KWD", "1.234"}, {"en", "100", "JPY", "100"},
		{"en", "0.125", "USD", "0.125"}, // never rounded
		{"en", "1e3", "USD", "1e3"},
	} {
		if got := FormatAmount(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%s %s %s: %q, want %q", c[0], c[1], c[2], got, c[3])
		}
	}
}
