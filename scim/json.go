package scim

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Servers send duplicate names, invalid UTF-8 and lone surrogates. None of
// these may cost a page: raw values are kept as they are, and the typed view
// decides what it can make of them.
var lenient = []jsontext.Options{
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
}

// reader walks one JSON text. Its methods consume exactly one value each.
type reader struct {
	dec     *jsontext.Decoder
	scratch []byte
	left    int // list elements that may still come; resetting leaves it
}

// maxEntries bounds the emails, groups and members on one page: the shortest of
// them take many times their size in memory.
const maxEntries = 1_000_000

var errTooMany = errors.New("its lists have too many entries")

func newReader(b []byte) *reader {
	return &reader{dec: jsontext.NewDecoder(bytes.NewBuffer(b), lenient...), left: maxEntries}
}

func (r *reader) reset(b []byte) { r.dec.Reset(bytes.NewBuffer(b), lenient...) }

// members calls f after each name of an object; f consumes the value. The name
// is in lower case and holds until the next call. Any other value is skipped.
func (r *reader) members(f func(name []byte) error) error {
	if r.dec.PeekKind() != '{' {
		return r.dec.SkipValue()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != '}' {
		raw, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := f(r.fold(raw)); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// elements calls f before each element of a list; f consumes it. A single
// value that is no list is treated as a list of one, null as none. It ends with
// errTooMany where the reader's allowance does.
func (r *reader) elements(f func() error) error {
	switch r.dec.PeekKind() {
	case '[':
	case 'n':
		return r.dec.SkipValue()
	default:
		return f()
	}
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != ']' {
		if r.left--; r.left < 0 {
			return errTooMany
		}
		if err := f(); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// fold returns a quoted name's text in lower case.
func (r *reader) fold(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		r.scratch = append(r.scratch[:0], quoted[1:len(quoted)-1]...)
	} else {
		r.scratch, _ = jsontext.AppendUnquote(r.scratch[:0], quoted)
	}
	for i, ch := range r.scratch {
		if 'A' <= ch && ch <= 'Z' {
			r.scratch[i] = ch | 0x20
		}
	}
	return r.scratch
}

// text consumes a value and returns a string's text or a number's digits; ""
// stands for anything else.
func (r *reader) text() (string, error) {
	raw, err := r.dec.ReadValue()
	return textOf(raw), err
}

// textOf is the text of a string or the digits of a number, else "".
func textOf(raw jsontext.Value) string {
	switch raw.Kind() {
	case '"':
		s, _ := jsontext.AppendUnquote(nil, raw)
		return string(s)
	case '0':
		return string(raw)
	}
	return ""
}

// exactText is textOf for values that must survive being sent back. ok is
// false where the text holds invalid UTF-8 or half a surrogate pair.
func exactText(raw jsontext.Value) (s string, ok bool) {
	if raw.Kind() != '"' {
		return textOf(raw), true
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	return string(b), err == nil && utf8.Valid(b)
}

// truth reads a boolean as servers spell it.
func truth(raw jsontext.Value) Active {
	text := strings.ToLower(strings.TrimSpace(textOf(raw)))
	switch {
	case raw.Kind() == 't' || text == "true" || text == "1":
		return ActiveTrue
	case raw.Kind() == 'f' || text == "false" || text == "0":
		return ActiveFalse
	}
	return ActiveUnknown
}

// eachMember calls f with each member of an object; the value holds during the
// call only.
func eachMember(b []byte, f func(name string, v jsontext.Value) error) error {
	r := newReader(b)
	return r.members(func(name []byte) error {
		n := string(name)
		v, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		return f(n, v)
	})
}

// eachElement calls f with each element of a list.
func eachElement(b []byte, f func(v jsontext.Value) error) error {
	r := newReader(b)
	return r.elements(func() error {
		v, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		return f(v)
	})
}

// trimJSON cuts white space and a byte order mark.
func trimJSON(b []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
}

// validJSON tells whether b is one JSON text and nothing else.
func validJSON(b []byte) bool { return jsontext.Value(b).IsValid(lenient...) }

var errNotObject = errors.New("it is not an object")

// withoutPassword returns raw, or a copy without the members named password at
// any depth. The rest of such a copy keeps its values byte for byte.
func withoutPassword(raw jsontext.Value) jsontext.Value {
	if !mayHavePassword(raw) {
		return raw
	}
	r := newReader(raw)
	out, err := r.strip(make([]byte, 0, len(raw)))
	if err != nil {
		return nil
	}
	return out
}

// mayHavePassword is a quick no for most resources.
func mayHavePassword(raw []byte) bool {
	if bytes.IndexByte(raw, '\\') >= 0 {
		return true // the name may be escaped
	}
	const tail = "assword"
	for i := 1; i+len(tail) <= len(raw); i++ {
		if raw[i]|0x20 == 'a' && raw[i-1]|0x20 == 'p' && strings.EqualFold(string(raw[i:i+len(tail)]), tail) {
			return true
		}
	}
	return false
}

// strip appends the next value to out without passwords.
func (r *reader) strip(out []byte) ([]byte, error) {
	switch r.dec.PeekKind() {
	case '{':
		return r.stripObject(out)
	case '[':
		return r.stripList(out)
	}
	v, err := r.dec.ReadValue()
	return append(out, v...), err
}

func (r *reader) stripObject(out []byte) ([]byte, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return out, err
	}
	out = append(out, '{')
	for first := true; r.dec.PeekKind() != '}'; {
		name, err := r.dec.ReadValue()
		if err != nil {
			return out, err
		}
		if string(r.fold(name)) == "password" {
			if err := r.dec.SkipValue(); err != nil {
				return out, err
			}
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(append(out, name...), ':')
		if out, err = r.strip(out); err != nil {
			return out, err
		}
	}
	_, err := r.dec.ReadToken()
	return append(out, '}'), err
}

func (r *reader) stripList(out []byte) ([]byte, error) {
	if _, err := r.dec.ReadToken(); err != nil {
		return out, err
	}
	out = append(out, '[')
	for first := true; r.dec.PeekKind() != ']'; first = false {
		if !first {
			out = append(out, ',')
		}
		var err error
		if out, err = r.strip(out); err != nil {
			return out, err
		}
	}
	_, err := r.dec.ReadToken()
	return append(out, ']'), err
}
