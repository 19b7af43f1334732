package scim

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// rewriting says what a PUT of a resource type leaves out and must have.
type rewriting struct {
	schema   string
	readOnly string // top-level attributes in lower case, each between spaces
}

// Only the server writes these (RFC 7643 sections 3.1 and 4.1.2). A password
// is never sent back.
var (
	userRewrite  = rewriting{schemaUser, " id meta groups password "}
	groupRewrite = rewriting{schemaGroup, " id meta "}
)

// rewrite returns raw with one attribute set to a JSON value and the read-only
// ones left out; everything else stays byte for byte, unknown attributes and
// odd list entries included.
func rewrite(raw jsontext.Value, how rewriting, attribute, value string) ([]byte, error) {
	if raw.Kind() != '{' {
		return nil, errNotRead
	}
	out, hasSchemas, done := []byte{'{'}, false, false
	r := newReader(raw)
	add := func(name, v []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), v...)
	}
	err := r.namedMembers(func(quoted, v jsontext.Value) {
		switch name := string(r.fold(quoted)); {
		case strings.Contains(how.readOnly, " "+name+" "), name == attribute && done:
		case name == attribute:
			done = true
			add(quoted, []byte(value))
		default:
			hasSchemas = hasSchemas || name == "schemas"
			add(quoted, v)
		}
	})
	if err != nil {
		return nil, errNotRead
	}
	if !done {
		add([]byte(`"`+attribute+`"`), []byte(value))
	}
	if !hasSchemas {
		add([]byte(`"schemas"`), []byte(`["`+how.schema+`"]`))
	}
	return append(out, '}'), nil
}

// namedMembers calls f with the quoted name, as it is, and the value of each
// member.
func (r *reader) namedMembers(f func(quoted, v jsontext.Value)) error {
	if _, err := r.dec.ReadToken(); err != nil {
		return err
	}
	for r.dec.PeekKind() != '}' {
		quoted, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		quoted = quoted.Clone()
		v, err := r.dec.ReadValue()
		if err != nil {
			return err
		}
		f(quoted, v)
	}
	return nil
}
