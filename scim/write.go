package scim

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Form is a way to ask for a user's active attribute to be changed. Servers
// differ in which they take; the next one may be tried only after 400, 405 or
// 501 and a GET that shows no effect.
type Form string

// The forms, in the order in which they are to be tried.
const (
	PatchPath   Form = "patch-path"   // PATCH, path "active", a JSON boolean
	PatchObject Form = "patch-object" // PATCH without path, {"active": ...}
	Put         Form = "put"          // PUT of the whole resource as it was read
)

// Write is a change that is prepared and not sent. It is plain data: a plan can
// show it and hash it.
type Write struct {
	Method      string
	Path        string // escaped path on the request line, base path included
	Body        []byte // nil: none
	IfMatch     string // "": not sent
	ContentType string // "": application/scim+json
}

// Request is what a receipt must authorise before w can be sent.
func (c *Client) Request(w Write) Request {
	return Request{Origin: c.base.origin, Method: w.Method, Path: w.Path, Body: sha256.Sum256(w.Body)}
}

// Answer is a 2xx answer to a write. It says that the server accepted the
// request, not that anything changed: read the resource back.
type Answer struct {
	Status int
	Raw    jsontext.Value // the resource sent back, without any password; nil: none
	ETag   string
}

// SetActive prepares the request that sets a user's active attribute, in one
// of the forms. Put needs the user as it was just read: it sends the whole
// resource back without what only the server may write.
func (c *Client) SetActive(id string, active bool, f Form, current *User) (Write, error) {
	path, err := c.base.resource(Users, id)
	if err != nil {
		return Write{}, c.prepare("set active", path, err)
	}
	value := strconv.FormatBool(active)
	switch f {
	case PatchPath:
		return patch(path, `{"op":"replace","path":"active","value":`+value+`}`), nil
	case PatchObject:
		return patch(path, `{"op":"replace","value":{"active":`+value+`}}`), nil
	case Put:
		if current == nil || current.ID != id {
			return Write{}, c.prepare("set active", path, errNotRead)
		}
		body, err := rewrite(current.Raw, schemaUser, "active", value)
		if err != nil {
			return Write{}, c.prepare("set active", path, err)
		}
		return Write{Method: http.MethodPut, Path: path, Body: body}, nil
	}
	return Write{}, c.prepare("set active", path, fmt.Errorf("there is no form %q", clean(string(f), 40)))
}

var errNotRead = errors.New("replacing a resource needs that resource as it was just read")

// prepare is about a write that cannot be prepared.
func (c *Client) prepare(op, path string, err error) error {
	return c.failure(call{op: op, path: path}, KindUsage, err.Error(), err)
}

// patch is one PATCH with one operation (RFC 7644 section 3.5.2): several are
// not atomic everywhere.
func patch(path, operation string) Write {
	body := `{"schemas":["` + schemaPatch + `"],"Operations":[` + operation + `]}`
	return Write{Method: http.MethodPatch, Path: path, Body: []byte(body)}
}

// readOnly are the top-level attributes that a PUT leaves out (RFC 7643
// section 3.1 and 4.1.2).
var readOnly = map[string]bool{"id": true, "meta": true, "groups": true, "password": true}

// rewrite returns raw with one attribute set to a JSON value and the read-only
// ones left out; everything else stays byte for byte, unknown attributes and
// odd list entries included.
func rewrite(raw jsontext.Value, schema, attribute, value string) ([]byte, error) {
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
	err := eachNamed(r, func(quoted, v jsontext.Value) {
		switch name := string(r.fold(quoted)); {
		case readOnly[name], name == attribute && done:
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
		add([]byte(`"schemas"`), []byte(`["`+schema+`"]`))
	}
	return append(out, '}'), nil
}

// eachNamed calls f with the quoted name and the value of each member.
func eachNamed(r *reader, f func(quoted, v jsontext.Value)) error {
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
