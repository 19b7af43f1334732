package scim

import (
	"bytes"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// leastHidden is the length in bytes from which a spelling of the credential is
// cut out of resources: a shorter one cannot be told from data, ids among it.
const leastHidden = 8

// hide returns a body of JSON with "(hidden)" in place of the credential in its
// names and values, however they are escaped or percent-encoded, and whether there was any. All
// else stays as it is, byte for byte, and so does what is no JSON.
func (c *Client) hide(body []byte) (shown []byte, hid bool) {
	secrets := slices.DeleteFunc(c.secrets(), func(s string) bool { return len(s) < leastHidden })
	holds := func(b []byte) bool { return holdsSecret(b, secrets) }
	if bytes.IndexByte(body, '\\') < 0 && !holds(body) {
		return body, false
	}
	body = trimJSON(body)
	var out, text []byte
	kept, dec := 0, newReader(body).dec
	for {
		value, err := scalar(dec)
		if err == io.EOF && kept > 0 {
			return append(out, body[kept:]...), true
		}
		if err != nil {
			return body, false
		}
		if text = value; bytes.IndexByte(value, '\\') >= 0 {
			text, _ = jsontext.AppendUnquote(nil, value)
		}
		if !holds(text) {
			continue
		}
		end := int(dec.InputOffset())
		out = append(out, body[kept:end-len(value)]...)
		out, kept = append(out, hidden(value, secrets)...), end
	}
}

// scalar reads the next name or value that holds no others; of a bracket it
// returns nothing.
func scalar(dec *jsontext.Decoder) (jsontext.Value, error) {
	switch dec.PeekKind() {
	case '{', '}', '[', ']':
		_, err := dec.ReadToken()
		return nil, err
	}
	return dec.ReadValue()
}

// hidden is a scalar as a string without the secrets. Invalid UTF-8 in it is
// replaced.
func hidden(value jsontext.Value, secrets []string) []byte {
	text := []byte(value)
	if value.Kind() == '"' {
		text, _ = jsontext.AppendUnquote(nil, value)
	}
	quoted, _ := jsontext.AppendQuote(nil, without(string(text), secrets, "(hidden)"))
	return quoted
}
