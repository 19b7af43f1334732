package peers

import "net/http"

// Status answers with an SCIM error of that status. header is the name and
// value of one more header field, or nothing.
func Status(status int, header ...string) Fault {
	return func(c *call) {
		if len(header) == 2 {
			c.w.Header().Set(header[0], header[1])
		}
		c.w.Header().Set("Content-Type", "application/scim+json")
		c.w.WriteHeader(status)
		c.w.Write([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"` + http.StatusText(status) + `"}`))
	}
}

// TooMany answers 429. header is Retry-After, X-Retry-After or
// X-RateLimit-Reset; value what it says.
func TooMany(header, value string) Fault { return Status(http.StatusTooManyRequests, header, value) }

// Body answers with that status, content type and body; the real server is not
// asked. A log-in page with 200 is Body(200, "text/html", ...).
func Body(status int, contentType, body string) Fault {
	return func(c *call) {
		c.w.Header().Set("Content-Type", contentType)
		c.w.WriteHeader(status)
		c.w.Write([]byte(body))
	}
}

// DropBefore closes the connection; the real server never hears of it.
func DropBefore() Fault { return func(c *call) { c.drop() } }

// DropAfter lets the real server carry the request out and loses its answer.
func DropAfter() Fault {
	return func(c *call) {
		if c.forward() != nil {
			c.drop()
		}
	}
}

// Truncate passes on the first half of the body as if it were all of it.
func Truncate() Fault {
	return func(c *call) {
		if a := c.forward(); a != nil {
			a.body = a.body[:len(a.body)/2]
			a.header.Del("Content-Length")
			a.write(c.w)
		}
	}
}

// Cut passes on half of the announced body and closes the connection.
func Cut() Fault {
	return func(c *call) {
		if a := c.forward(); a != nil {
			c.half(a)
			c.drop()
		}
	}
}

// Slow passes on half of the body, and the rest when gate is closed.
func Slow(gate <-chan struct{}) Fault {
	return func(c *call) {
		if a := c.forward(); a != nil {
			rest := c.half(a)
			if c.wait(gate) {
				c.w.Write(rest)
			}
		}
	}
}

// Barrier stops a request at a known point. Make it with [NewBarrier].
type Barrier struct {
	arrived chan struct{}
	release chan struct{}
}

// NewBarrier returns a closed barrier. Requests that come after the first wait too,
// but only the first is told of.
func NewBarrier() *Barrier {
	return &Barrier{arrived: make(chan struct{}, 1), release: make(chan struct{})}
}

// Arrived yields once the request stands at the barrier.
func (b *Barrier) Arrived() <-chan struct{} { return b.arrived }

// Release lets it go on. It may be called once.
func (b *Barrier) Release() { close(b.release) }

// HoldBefore stops the request before the real server sees it.
func HoldBefore(b *Barrier) Fault {
	return func(c *call) {
		if b.hold(c) {
			pass(c)
		}
	}
}

// HoldAfter stops it after the real server carried it out, before its answer.
func HoldAfter(b *Barrier) Fault {
	return func(c *call) {
		if a := c.forward(); a != nil && b.hold(c) {
			a.write(c.w)
		}
	}
}

func (b *Barrier) hold(c *call) bool {
	select {
	case b.arrived <- struct{}{}:
	default: // told already
	}
	return c.wait(b.release)
}
