package scim

// Request names one mutating HTTP request exactly, as it will stand on the
// wire. It is an alias of an unnamed struct on purpose: the record declares the
// same shape, so that its receipt satisfies [Receipt] although neither package
// imports the other.
type Request = struct {
	Origin string   // scheme://host[:port], lower case, default port left out
	Method string   // PATCH, PUT, POST or DELETE
	Path   string   // escaped path and query as on the request line
	Body   [32]byte // SHA-256 of the body bytes (of no bytes where there is none)
}

// Receipt proves that the intent to send one request is durably in the record.
//
// Authorize returns nil once, for exactly the request that was recorded; for
// any other request, a second call or a zero receipt it returns an error and
// the client sends nothing.
type Receipt interface {
	Authorize(Request) error
}
