package scim

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// errorBody is what the body of an error says, whatever its shape.
type errorBody struct {
	status, scimType, detail string
	html                     bool
}

// detailNames are the members that carry words, best first: RFC 7644, RFC
// 9457, OAuth and what REST interfaces around SCIM send.
var detailNames = []string{"detail", "details", "description", "message", "error_description", "title", "reason", "error", "errors", "errorcode", "code"}

// parseErrorBody reads an error of any media type: RFC 7644 with its status as
// string or number and its detail as string, list or absent; SCIM 1.1's and
// other vendors' {"Errors": ...}; bare lists; plain text. A web page gives
// nothing but the fact.
func parseErrorBody(b []byte) errorBody {
	b = trimJSON(b)
	switch {
	case len(b) == 0:
		return errorBody{}
	case b[0] == '{' || b[0] == '[':
		if body, ok := parseJSONError(b); ok {
			return body
		}
		return errorBody{html: looksHTML(b)}
	case looksHTML(b):
		return errorBody{html: true}
	case b[0] == '"':
		if s, err := jsontext.AppendUnquote(nil, b); err == nil {
			b = s
		}
	}
	return errorBody{detail: string(b)}
}

func parseJSONError(b []byte) (errorBody, bool) {
	if !validJSON(b) {
		return errorBody{}, false
	}
	var body errorBody
	body.detail = wordsOf(b, 0)
	if b[0] == '{' {
		_ = eachMember(b, func(name string, v jsontext.Value) error {
			switch strings.ToLower(name) {
			case "status":
				body.status = textOf(v)
			case "scimtype":
				body.scimType = textOf(v)
			}
			return nil
		})
	}
	return body, true
}

const maxWordDepth = 4 // of lists and objects around an error's words

// wordsOf finds the human text in a JSON value.
func wordsOf(v jsontext.Value, depth int) string {
	if depth > maxWordDepth {
		return ""
	}
	switch v.Kind() {
	case '"', '0':
		return textOf(v)
	case '[':
		var all []string
		_ = eachElement(v, func(e jsontext.Value) error {
			if s := wordsOf(e, depth+1); s != "" && len(all) < 5 {
				all = append(all, s)
			}
			return nil
		})
		return strings.Join(all, "; ")
	case '{':
		return wordsOfObject(v, depth)
	}
	return ""
}

func wordsOfObject(v jsontext.Value, depth int) string {
	byName := map[string]jsontext.Value{}
	_ = eachMember(v, func(name string, m jsontext.Value) error {
		byName[strings.ToLower(name)] = m.Clone()
		return nil
	})
	for _, name := range detailNames {
		if m, ok := byName[name]; ok {
			if s := wordsOf(m, depth+1); s != "" {
				return s
			}
		}
	}
	return ""
}
