package scim

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Form is a way to word a change. Servers differ in which they take; the next
// one may be tried only after 400, 405 or 501 and a GET that shows no effect.
type Form string

// The forms, in the order in which they are to be tried.
const (
	PatchPath   Form = "patch-path"   // PATCH with a path: active, or members[value eq "id"]
	PatchObject Form = "patch-object" // PATCH without path, with an object as value
	Put         Form = "put"          // PUT of the whole resource as it was read

	// PatchValues removes members by a list of values, as Entra ID does. Many
	// servers empty the whole group on it, as RFC 7644 has it: it is for
	// servers of which it is known that they do not, and never a next try.
	PatchValues Form = "patch-values"
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
		if current.Hidden {
			return Write{}, c.prepare("set active", path, errMasked)
		}
		body, err := rewrite(current.Raw, userRewrite, "active", value)
		if err != nil {
			return Write{}, c.prepare("set active", path, err)
		}
		return Write{Method: http.MethodPut, Path: path, Body: body}, nil
	}
	return Write{}, c.prepare("set active", path, fmt.Errorf("there is no form %q", clean(string(f), 40)))
}

var (
	errNotRead = errors.New("replacing a resource needs that resource as it was just read")
	errMasked  = errors.New("the resource has the credential in it, which is hidden from what is kept, and replacing it would write \"(hidden)\" there")
)

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
