package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestNamedTwice(t *testing.T) {
	t.Parallel()
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf(`"n%d":{"n%d":1}`, i, i)
	}
	for body, want := range map[string]string{
		`{}`: "", `[]`: "", `"a"`: "", `1`: "", `{"a":1,"b":2}`: "",
		`{"a":1,"a":2}`: "a",
		`{"a":"a","b":["a","a",{"a":"b"}],"c":{"a":0}}`: "",
		`[{"a":1},{"a":1}]`:                             "",
		`{"a":{"x":1,"x":2}}`:                           "x",
		`{"a":{"x":[1,{"b":0}]},"c":0,"a":0}`:           "a",
		`{"a\u0062":1,"ab":2}`:                          "ab",
		`{"\"":1,"\\":2,"\\\"":3,"\\":4}`:               `\`,
		`{"":1,"":2}`:                                   "", // the name is empty, and found
		"{" + strings.Join(many, ",") + "}":             "",
		"{" + strings.Join(many, ",") + `,"n3":0}`:      "n3",
		"{" + strings.Join(many, ",") + `,"x":0,"x":0}`: "x",
	} {
		got, twice := namedTwice([]byte(body))
		if wantTwice := want != "" || body == `{"":1,"":2}`; got != want || twice != wantTwice {
			t.Errorf("%.60s: %q %t, want %q", body, got, twice, want)
		}
	}
}

// TestNamedTwiceAsADecoderFindsIt holds it against encoding/json's own tokens.
func TestNamedTwiceAsADecoderFindsIt(t *testing.T) {
	t.Parallel()
	names := []string{`"a"`, `"b"`, `"c"`, `"d"`, `"\u0061"`, `"\\"`, `"\""`, `"é"`, `"\u00e9"`, `""`, `","`, `"{"`, `"]"`, `":"`}
	found := 0
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 7))
		var write func(b *bytes.Buffer, depth int)
		write = func(b *bytes.Buffer, depth int) {
			kind := r.IntN(4)
			if depth == 0 {
				kind = 2 + r.IntN(2)
			}
			switch kind {
			case 0, 1:
				b.WriteByte("{["[kind])
				for i := range r.IntN(4) {
					if i > 0 {
						b.WriteString(", ")
					}
					if kind == 0 {
						b.WriteString(names[r.IntN(len(names))] + " : ")
					}
					write(b, depth-1)
				}
				b.WriteByte("}]"[kind])
			case 2:
				b.WriteString(names[r.IntN(len(names))])
			default:
				b.WriteString([]string{"1", "-2.5e3", "true", "null"}[r.IntN(4)])
			}
		}
		var body bytes.Buffer
		write(&body, 4)
		if !json.Valid(body.Bytes()) {
			t.Fatalf("not JSON: %s", &body)
		}
		name, twice := namedTwice(body.Bytes())
		wantName, wantTwice := decodedTwice(body.Bytes())
		if name != wantName || twice != wantTwice {
			t.Fatalf("%s: %q %t, want %q %t", &body, name, twice, wantName, wantTwice)
		}
		if twice {
			found++
		}
	}
	if found < 100 {
		t.Errorf("only %d of them had a name twice", found)
	}
}

func decodedTwice(body []byte) (string, bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var walk func(json.Token) (string, bool)
	next := func() json.Token {
		token, _ := decoder.Token()
		return token
	}
	walk = func(token json.Token) (string, bool) {
		switch token {
		case json.Delim('['):
			for decoder.More() {
				if name, twice := walk(next()); twice {
					return name, true
				}
			}
			next()
		case json.Delim('{'):
			seen := map[string]bool{}
			for decoder.More() {
				name := next().(string)
				if seen[name] {
					return name, true
				}
				seen[name] = true
				if name, twice := walk(next()); twice {
					return name, true
				}
			}
			next()
		}
		return "", false
	}
	return walk(next())
}
