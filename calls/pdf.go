package calls

import (
	"bytes"
	"compress/zlib"
	"io"
)

// pdfActs are names in a PDF that make it do something, or hide something (ISO
// 32000-1, 7.6, 7.11.4, 12.6, 12.7).
var pdfActs = []string{
	"JavaScript", "JS", "Launch", "EmbeddedFile", "EmbeddedFiles", "OpenAction", "AA", "AcroForm", "XFA", "RichMedia", "Encrypt",
	"SubmitForm", "ImportData", "GoToR", "GoToE",
}

// maxInflated bounds what the packed objects of a PDF may unpack to.
const maxInflated = 20 << 20

// plainPDF takes a PDF that begins and ends as one (nothing before or behind it)
// and asks for nothing. What is drawn (streams) is not looked into, except for
// streams that hold objects.
func plainPDF(content []byte) (harmless, error) {
	if !bytes.HasPrefix(content, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimRight(content, "\r\n \t"), []byte("%%EOF")) {
		return harmless{}, errFileBroken
	}
	budget := int64(maxInflated)
	for rest := content; len(rest) > 0; {
		objects, stream, after := nextStream(rest)
		rest = after
		if acts(objects) {
			return harmless{}, errFilePDF
		}
		dictionary := objects[max(bytes.LastIndex(objects, []byte(" obj")), 0):]
		if stream == nil || !bytes.Contains(dictionary, []byte("/ObjStm")) {
			continue
		}
		if !bytes.Contains(dictionary, []byte("/FlateDecode")) || bytes.Contains(dictionary, []byte("/DecodeParms")) {
			return harmless{}, errFilePDF
		}
		reader, err := zlib.NewReader(bytes.NewReader(stream))
		if err != nil {
			return harmless{}, errFileBroken
		}
		packed, err := io.ReadAll(io.LimitReader(reader, budget+1))
		if budget -= int64(len(packed)); err != nil || budget < 0 {
			return harmless{}, errFileBroken
		}
		if acts(packed) {
			return harmless{}, errFilePDF
		}
	}
	return harmless{content: content, mediaType: "application/pdf"}, nil
}

// nextStream cuts a PDF at its next stream: what stands before it, its data (nil
// when there is none), and the rest.
func nextStream(content []byte) (objects, stream, rest []byte) {
	for from := 0; ; {
		i := bytes.Index(content[from:], []byte("stream"))
		if i < 0 {
			return content, nil, nil
		}
		at := from + i + len("stream")
		if at < len(content) && (content[at] == '\r' || content[at] == '\n') && !bytes.HasSuffix(content[:from+i], []byte("end")) {
			data := bytes.TrimPrefix(bytes.TrimPrefix(content[at:], []byte("\r")), []byte("\n"))
			end := bytes.Index(data, []byte("endstream"))
			if end < 0 {
				return content, nil, nil
			}
			return content[:from+i], data[:end], data[end+len("endstream"):]
		}
		from = at
	}
}

// acts tells whether objects name something that acts. Letters of a name may be
// written as #xx.
func acts(objects []byte) bool {
	for {
		i := bytes.IndexByte(objects, '/')
		if i < 0 {
			return false
		}
		objects = objects[i+1:]
		n := 0
		for n < len(objects) && regular(objects[n]) {
			n++
		}
		name := unescape(objects[:n])
		for _, act := range pdfActs {
			if string(name) == act {
				return true
			}
		}
	}
}

func unescape(name []byte) []byte {
	if bytes.IndexByte(name, '#') < 0 {
		return name
	}
	var out []byte
	for i := 0; i < len(name); i++ {
		if name[i] == '#' && i+2 < len(name) {
			if high, low := digit(name[i+1]), digit(name[i+2]); high >= 0 && low >= 0 {
				out = append(out, byte(high<<4|low))
				i += 2
				continue
			}
		}
		out = append(out, name[i])
	}
	return out
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// regular tells whether a byte belongs to a name (ISO 32000-1, 7.2.2).
func regular(c byte) bool {
	return c > ' ' && c < 0x7f && bytes.IndexByte([]byte("()<>[]{}/%"), c) < 0
}
