package audit

// Request names one mutating HTTP request exactly, as it will stand on the
// wire. The client declares the same unnamed struct; see [Receipt].
type Request = struct {
	Origin string   // scheme://host[:port], lower case, default port left out
	Method string   // PATCH, PUT, POST or DELETE
	Path   string   // escaped path and query as on the request line
	Body   [32]byte // SHA-256 of the body bytes (of no bytes where there is none)
}
