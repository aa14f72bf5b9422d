package calls

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// corners is a picture whose upper left corner is red and the rest white.
func corners(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.White)
			if x < w/2 && y < h/2 {
				m.Set(x, y, color.RGBA{R: 255, A: 255})
			}
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts an EXIF segment with an orientation and a place behind the start.
func withEXIF(picture []byte, orientation uint16, order binary.AppendByteOrder, mark string) []byte {
	tiff := []byte(mark)
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	tiff = append(tiff, "GPS 21.0278 N 105.8342 E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{}, picture[:2]...)
	out = append(out, 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(len(segment)+2))
	return append(append(out, segment...), picture[2:]...)
}

func TestAPictureIsMadeAnewUprightAndWithoutItsMetadata(t *testing.T) {
	red := map[uint16][2]int{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}} // where the red corner goes: right?, below?
	for o, where := range red {
		for mark, order := range map[string]binary.AppendByteOrder{"II": binary.LittleEndian, "MM": binary.BigEndian} {
			h, err := makeHarmless(withEXIF(asJPEG(t, corners(64, 32)), o, order, mark))
			if err != nil {
				t.Fatalf("orientation %d: %v", o, err)
			}
			m, err := jpeg.Decode(bytes.NewReader(h.content))
			if err != nil {
				t.Fatal(err)
			}
			w, ht := m.Bounds().Dx(), m.Bounds().Dy()
			if turned := o >= 5; turned != (ht > w) || h.width != w || h.height != ht {
				t.Errorf("orientation %d: %d×%d", o, w, ht)
			}
			x, y := w/4+where[0]*w/2, ht/4+where[1]*ht/2
			if _, g, _, _ := m.At(x, y).RGBA(); g > 0x4000 {
				t.Errorf("orientation %d: the red corner is not at %v", o, where)
			}
			if bytes.Contains(h.content, []byte("Exif")) || bytes.Contains(h.content, []byte("GPS")) {
				t.Errorf("orientation %d: metadata is kept", o)
			}
		}
	}
}

func TestNothingElseRidesInAPicture(t *testing.T) {
	evil := "<script>alert(1)</script>PK\x03\x04 X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
	var p bytes.Buffer
	if err := png.Encode(&p, corners(32, 32)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"behind a JPEG": append(asJPEG(t, corners(32, 32)), evil...), "behind a PNG": append(p.Bytes(), evil...),
	} {
		h, err := makeHarmless(content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.Contains(h.content, []byte("EICAR")) || bytes.Contains(h.content, []byte("script")) {
			t.Errorf("%s: it is kept", name)
		}
	}
}

// claims writes another size into a JPEG's frame header.
func claims(picture []byte, sof byte, sampling byte, w, h int) []byte {
	b := bytes.Clone(picture)
	i := bytes.Index(b, []byte{0xff, 0xc0})
	b[i+1] = sof
	binary.BigEndian.PutUint16(b[i+5:], uint16(h))
	binary.BigEndian.PutUint16(b[i+7:], uint16(w))
	b[i+11] = sampling
	return b
}

// TestWhatUnpacksToTooMuchIsRefusedUndecoded: what decoding takes is known from
// the headers, and none of it is taken above the bound.
func TestWhatUnpacksToTooMuchIsRefusedUndecoded(t *testing.T) {
	small := asJPEG(t, corners(64, 64))
	deep := pngHeader(4000, 3000)
	deep[24] = 16
	binary.BigEndian.PutUint32(deep[29:], crc(deep[12:29]))
	laced := pngHeader(4000, 3000)
	laced[28] = 1
	binary.BigEndian.PutUint32(laced[29:], crc(laced[12:29]))
	scans := append(bytes.Clone(small[:len(small)-2]), bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}, maxScans)...)
	var before, after runtime.MemStats
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"progressive 4:4:4": {claims(small, 0xc2, 0x11, 5900, 4000), errFilePixels},
		"progressive 4:2:0": {claims(small, 0xc2, 0x22, 5900, 4000), errFilePixels},
		"16 bits":           {deep, errFileBroken}, // 96 MB, just below: it ends too early
		"16 bits, more": {func() []byte {
			b := pngHeader(4200, 2850)
			b[24] = 16
			binary.BigEndian.PutUint32(b[29:], crc(b[12:29]))
			return b
		}(), errFileBroken},
		"interlaced": {laced, errFileBroken},
		"many scans": {scans, errFileBroken},
	} {
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := makeHarmless(c.content)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > maxUnpacked+1<<20 || c.want == errFilePixels && took > 1<<20 {
			t.Errorf("%s took %d MB", name, took>>20)
		}
	}
	// What phones send is taken, and turned: 12.2 megapixels, 4:2:0.
	if memory := unpacked(claims(small, 0xc0, 0x22, 4032, 3024), "image/jpeg", image.Config{Width: 4032, Height: 3024}); memory != 4032*3024*3/2 || memory+4*4032*3024 > maxUnpacked {
		t.Errorf("a phone's picture takes %d", memory)
	}
	deepMost := image.Config{Width: 4200, Height: 3000, ColorModel: color.NRGBA64Model}
	if memory := unpacked(deep, "image/png", deepMost); memory <= maxUnpacked {
		t.Errorf("12.6 megapixels of 16 bits take %d", memory)
	}
}

// header is a PNG that claims a size and has nothing behind it.
func pngHeader(w, h uint32) []byte {
	var p bytes.Buffer
	if err := png.Encode(&p, corners(1, 1)); err != nil {
		panic(err)
	}
	b := p.Bytes()
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc(b[12:29]))
	return b
}

func crc(b []byte) uint32 {
	c := ^uint32(0)
	for _, v := range b {
		c ^= uint32(v)
		for range 8 {
			c = c>>1 ^ 0xedb88320*(c&1)
		}
	}
	return ^c
}

func TestWhatIsNotAllowedIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"nothing":           {nil, errFileType},
		"text":              {[]byte("hello"), errFileType},
		"a page":            {[]byte("<!doctype html><script>1</script>"), errFileType},
		"SVG":               {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), errFileType},
		"a zip":             {[]byte("PK\x03\x04aaaaaaaaaaaaaaaaaaaa"), errFileType},
		"EICAR":             {[]byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`), errFileType},
		"GIF":               {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), errFileType},
		"a flood of pixels": {pngHeader(30_000, 30_000), errFilePixels},
		"a thin flood":      {pngHeader(13_000, 2), errFilePixels},
		"a cut JPEG":        {asJPEG(t, corners(64, 64))[:200], errFileBroken},
		"half a PDF":        {[]byte("%PDF-1.4\n1 0 obj\n"), errFileBroken},
		"behind a PDF":      {[]byte(pdf("") + "<script>"), errFileBroken},
	} {
		if _, err := makeHarmless(c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func pdf(catalog string) string {
	return "%PDF-1.4\n1 0 obj\n<< /Type /Catalog " + catalog + " /Pages 2 0 R >>\nendobj\n4 0 obj\n<< /Length 9 >>\nstream\n/JS /AA \n\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
}

// packed is a PDF whose objects stand in a packed stream.
func packed(objects string) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte(objects))
	_ = w.Close()
	return "%PDF-1.5\n5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length " + fmt.Sprint(z.Len()) + " >>\nstream\r\n" + z.String() +
		"\r\nendstream\nendobj\n%%EOF"
}

func TestAPDFMayOnlyBeRead(t *testing.T) {
	bomb := packed(strings.Repeat(" ", maxInflated+1))
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"plain": {pdf(""), nil}, "packed": {packed("1 0 << /Type /Page >>"), nil}, "a name that begins alike": {pdf("/JSON 1 /AAB 2"), nil},
		"program": {pdf("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), errFilePDF}, "escaped": {pdf("/Open#41ction 3 0 R"), errFilePDF},
		"launch": {pdf("/A << /S /Launch >>"), errFilePDF}, "attachment": {pdf("/Names << /EmbeddedFiles 3 0 R >>"), errFilePDF},
		"in a comment":      {"%PDF-1.4\n% stream\n1 0 obj\n<< /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>\nendobj\n% endstream\n%%EOF", errFilePDF},
		"in a comment, too": {"%PDF-1.4\n% << >> stream\n1 0 obj\n<< /OpenAction 2 0 R >>\nendobj\n% endstream\n%%EOF", errFilePDF},
		"in a string":       {"%PDF-1.4\n1 0 obj (<< >> stream\n) << /OpenAction 2 0 R >> (endstream) endobj\n%%EOF", errFilePDF},
		"in another stream": {"%PDF-1.4\n1 0 obj\n<< /Length 40 >>\nstream\n2 0 obj << /S /JavaScript >> endobj\nendstream\nendobj\n%%EOF", errFilePDF},
		"behind a comment":  {"%PDF-1.4\n1 0 obj\n<< /Length 40 >>\nstream\n2 0%\nobj<< /S /Java#53cript >> endobj\nendstream\nendobj\n%%EOF", errFilePDF},
		"packed, escaped":   {strings.Replace(packed("1 0 << /S /JavaScript >>"), "/ObjStm", "/Obj#53tm", 1), errFilePDF},
		"packed, a space":   {strings.Replace(packed("1 0 << /S /JavaScript >>"), "stream\r\n", "stream \r\n", 1), errFilePDF},
		"packed, a string":  {strings.Replace(packed("1 0 << /S /JavaScript >>"), "/N 1", "/N 1 /X ( obj)", 1), errFilePDF},
		"packed, elsewhere": {strings.Replace(packed("1 0 << /S /JavaScript >>"), "5 0 obj", "4 0 obj /ObjStm endobj 5 0 obj", 1), errFilePDF},
		"packed, by name":   {strings.Replace(strings.Replace(packed("1 0 << /S /JavaScript >>"), "/ObjStm", "4 0 R", 1), "5 0 obj", "4 0 obj /ObjStm endobj 5 0 obj", 1), errFilePDF},
		"password":          {pdf("/Encrypt 3 0 R"), errFilePDF}, "packed program": {packed("1 0 << /S /JavaScript >>"), errFilePDF}, "bomb": {bomb, errFileBroken},
	} {
		if _, err := makeHarmless([]byte(c.content)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A WebP of another's making: one that FFmpeg wrote.
func TestAWebPBecomesAJPEG(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed")
	}
	out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48", "-frames:v", "1", "-c:v", "libwebp", "-f", "webp", "-").Output()
	if err != nil {
		t.Skipf("SKIPPED: this ffmpeg writes no WebP: %v", err)
	}
	h, err := makeHarmless(out)
	if err != nil || h.mediaType != "image/jpeg" || h.width != 64 || h.height != 48 {
		t.Errorf("%s %d×%d, %v", h.mediaType, h.width, h.height, err)
	}
}

// FuzzMakeHarmless looks for panics, and for anything that comes out as what it
// may not be.
func FuzzMakeHarmless(f *testing.F) {
	f.Add(asJPEG(f, corners(8, 8)))
	f.Add(withEXIF(asJPEG(f, corners(8, 8)), 6, binary.BigEndian, "MM"))
	f.Add([]byte(pdf("")))
	f.Add([]byte(packed("1 0 << >>")))
	one, _ := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	f.Add(one)
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := makeHarmless(content)
		if err != nil {
			return
		}
		again, err := makeHarmless(h.content)
		if err != nil || again.mediaType != h.mediaType {
			t.Errorf("what was made is not taken again: %v", err)
		}
	})
}
