package audit

import (
	"errors"
	"sync/atomic"
)

// Request names one mutating HTTP request exactly, as it will stand on the
// wire. The client declares the same unnamed struct; see [Receipt].
type Request = struct {
	Origin string   // scheme://host[:port], lower case, default port left out
	Method string   // PATCH, PUT, POST or DELETE
	Path   string   // escaped path and query as on the request line
	Body   [32]byte // SHA-256 of the body bytes (of no bytes where there is none)
}

// Receipt proves that the intent to send one request is durably in the record.
// Only [Log.AppendIntent] makes a valid one. It may be shared between
// goroutines; one of them is let through.
type Receipt struct {
	request Request
	valid   bool
	used    atomic.Bool
}

// Errors of [Receipt.Authorize].
var (
	ErrNoReceipt    = errors.New("no intent to send this request is in the record")
	ErrOtherRequest = errors.New("the record holds the intent to send another request")
	ErrReceiptUsed  = errors.New("the recorded intent was used already: each sending needs its own")
)

// Authorize returns nil once, for exactly the recorded request. Another request
// is refused and does not use the receipt up.
func (r *Receipt) Authorize(q Request) error {
	if r == nil || !r.valid {
		return ErrNoReceipt
	}
	if q != r.request {
		return ErrOtherRequest
	}
	if !r.used.CompareAndSwap(false, true) {
		return ErrReceiptUsed
	}
	return nil
}
