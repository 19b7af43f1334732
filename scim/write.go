package scim

import (
	"crypto/sha256"

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
