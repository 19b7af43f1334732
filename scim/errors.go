package scim

import (
	"strconv"
	"strings"
	"time"
)

// ErrorKind sorts errors by what a person can do about them.
type ErrorKind string

// The kinds of errors.
const (
	KindUsage        ErrorKind = "usage"        // the call itself cannot be made; nothing was sent
	KindReceipt      ErrorKind = "receipt"      // the receipt does not authorise the request; nothing was sent
	KindNoHost       ErrorKind = "no-host"      // the name is not known
	KindNetwork      ErrorKind = "network"      // no connection
	KindCertificate  ErrorKind = "certificate"  // expired, unknown CA, wrong name
	KindTimeout      ErrorKind = "timeout"      // no full answer in time
	KindLost         ErrorKind = "lost"         // the connection broke
	KindCanceled     ErrorKind = "canceled"     // by the caller
	KindRedirect     ErrorKind = "redirect"     // the server pointed elsewhere
	KindAuth         ErrorKind = "auth"         // 401
	KindForbidden    ErrorKind = "forbidden"    // 403
	KindNotFound     ErrorKind = "not-found"    // 404, 410
	KindConflict     ErrorKind = "conflict"     // 409
	KindPrecondition ErrorKind = "precondition" // 412: changed since it was read
	KindMediaType    ErrorKind = "media-type"   // 406, 415
	KindThrottled    ErrorKind = "throttled"    // 429
	KindUnsupported  ErrorKind = "unsupported"  // 405, 501
	KindRefused      ErrorKind = "refused"      // any other 4xx
	KindServer       ErrorKind = "server"       // any other 5xx
	KindAccepted     ErrorKind = "accepted"     // 202: perhaps done, perhaps later
	KindNotSCIM      ErrorKind = "not-scim"     // 2xx with a page or JSON that is no SCIM
	KindMalformed    ErrorKind = "malformed"    // JSON that breaks off or cannot be parsed
	KindTooLarge     ErrorKind = "too-large"    // beyond the size limit
)

// Error is the only type of error that a client's methods return, apart from
// those of a sink. It holds no secret, no HTML and no control character, and
// its texts are short.
type Error struct {
	Op         string // what was being done: "list users page 3"
	Method     string
	URL        string // without its query
	Status     int    // 0 where there was no answer
	ScimType   string // RFC 7644 section 3.12
	Detail     string // the server's own words, cleaned
	Kind       ErrorKind
	RetryAfter time.Duration // what the server asked for; 0: nothing
	Uncertain  bool          // of a write: it may have been carried out
	WebPage    bool          // the answer was HTML: likely of somebody in between
	What       string        // one clause on what happened
	Hint       string        // one sentence on what to do
	err        error
}

// Error is one line: what was being done and what happened.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.What)
	if e.Status != 0 {
		b.WriteString(" (HTTP " + strconv.Itoa(e.Status))
		if e.ScimType != "" {
			b.WriteString(", " + e.ScimType)
		}
		b.WriteString(")")
	}
	if e.Detail != "" {
		b.WriteString("; it says: " + e.Detail)
	}
	return b.String()
}

// Unwrap returns the cause, such as context.Canceled. Its text may hold what
// Error left out.
func (e *Error) Unwrap() error { return e.err }
