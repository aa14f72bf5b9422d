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
// streams that hold objects. A reader finds objects by their place in the file, so
// that nothing may look like a stream that is none, nor a stream hold an object in
// plain bytes.
func plainPDF(content []byte) (harmless, error) {
	if !bytes.HasPrefix(content, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimRight(content, "\r\n \t"), []byte("%%EOF")) {
		return harmless{}, errFileBroken
	}
	budget := int64(maxInflated)
	for rest := content; len(rest) > 0; {
		objects, stream, after := nextStream(rest)
		rest = after
		if acts(objects) || hidesObject(stream) {
			return harmless{}, errFilePDF
		}
		packs, packed := packedObjects(objects)
		if packs && stream == nil {
			return harmless{}, errFilePDF
		}
		if !packs {
			continue
		}
		if !bytes.Contains(packed, []byte("/FlateDecode")) || bytes.Contains(packed, []byte("/DecodeParms")) {
			return harmless{}, errFilePDF
		}
		reader, err := zlib.NewReader(bytes.NewReader(stream))
		if err != nil {
			return harmless{}, errFileBroken
		}
		inside, err := io.ReadAll(io.LimitReader(reader, budget+1))
		if budget -= int64(len(inside)); err != nil || budget < 0 {
			return harmless{}, errFileBroken
		}
		if acts(inside) {
			return harmless{}, errFilePDF
		}
	}
	return harmless{content: content, mediaType: "application/pdf"}, nil
}

// packedObjects tells whether the stream behind some objects holds objects itself
// (ISO 32000-1, 7.5.7), and returns its dictionary: what stands from the last
// object's beginning on, or all of it where that is not clear.
func packedObjects(objects []byte) (packs bool, dictionary []byte) {
	at := -1
	names(objects, func(name []byte, from int) bool {
		if string(unescape(name)) == "ObjStm" {
			at = from
		}
		return true
	})
	if at < 0 {
		return false, nil
	}
	// One name of it, in the dictionary of the very next stream; else it is
	// hidden from us which stream it is about.
	begin := bytes.LastIndex(objects[:at], []byte("obj"))
	if begin < 0 || bytes.Contains(objects[at:], []byte("endobj")) {
		return true, nil
	}
	return true, objects[begin:]
}

// hidesObject tells whether a stream's bytes, as they are, hold an object that
// acts: "1 0 obj" and such a name behind it.
func hidesObject(stream []byte) bool {
	for from := 0; ; {
		i := bytes.Index(stream[from:], []byte("obj"))
		if i < 0 {
			return false
		}
		at := from + i
		from = at + 3
		if at > 0 && (stream[at-1] <= ' ' || stream[at-1] >= '0' && stream[at-1] <= '9') && from < len(stream) && !regular(stream[from]) {
			return acts(stream[from:])
		}
	}
}

// nextStream cuts a PDF at its next stream: what stands before it, its data (nil
// when there is none), and the rest. The keyword stands behind a dictionary, in
// neither comment nor string (7.3.8.1); whatever else says "stream" is looked at
// as objects.
func nextStream(content []byte) (objects, stream, rest []byte) {
	for at := 0; at < len(content); {
		switch c := content[at]; {
		case c == '%':
			if n := bytes.IndexAny(content[at:], "\r\n"); n >= 0 {
				at += n
			} else {
				at = len(content)
			}
		case c == '(':
			at = stringEnd(content, at)
		case c == 's' && bytes.HasPrefix(content[at:], []byte("stream")) && bytes.HasSuffix(bytes.TrimRight(content[:at], " \t\r\n\f\x00"), []byte(">>")):
			data := bytes.TrimPrefix(bytes.TrimPrefix(bytes.TrimLeft(content[at+len("stream"):], " \t"), []byte("\r")), []byte("\n"))
			end := bytes.Index(data, []byte("endstream"))
			if end < 0 {
				return content, nil, nil
			}
			return content[:at], data[:end], data[end+len("endstream"):]
		default:
			at++
		}
	}
	return content, nil, nil
}

// stringEnd is where a literal string ends (7.3.4.2). One that does not end is
// none: its bytes are looked at as objects.
func stringEnd(content []byte, at int) int {
	depth := 0
	for i := at; i < len(content); i++ {
		switch content[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return at + 1
}

// acts tells whether objects name something that acts. Letters of a name may be
// written as #xx; those of what tells streams apart are not, in any file that was
// made in good faith.
func acts(objects []byte) (found bool) {
	names(objects, func(name []byte, _ int) bool {
		plain := unescape(name)
		for _, act := range pdfActs {
			found = found || string(plain) == act
		}
		if len(plain) != len(name) {
			for _, told := range []string{"Type", "ObjStm", "Filter", "FlateDecode", "DecodeParms"} {
				found = found || string(plain) == told
			}
		}
		return !found
	})
	return found
}

// names calls fn with each name and its place, until it says no.
func names(objects []byte, fn func(name []byte, at int) bool) {
	for at := 0; ; {
		i := bytes.IndexByte(objects[at:], '/')
		if i < 0 {
			return
		}
		at += i + 1
		n := at
		for n < len(objects) && regular(objects[n]) {
			n++
		}
		if !fn(objects[at:n], at) {
			return
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
