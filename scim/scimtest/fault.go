package scimtest

import (
	"net/http"
	"strings"
)

// Fault spoils requests that match. Of several faults the first one that
// matches a request is used.
type Fault struct {
	// Which requests. Empty fields match everything.
	Method string
	Path   string // part of the request line's path and query
	Nth    int    // from the nth matching request on, from 1; 0 = 1
	Times  int    // so many of them; 0 = 1, negative: for ever

	// Whether the request is carried out before it is spoilt. Without effect,
	// an answer is made as if there had been one where Status is 0.
	Effect bool

	// What becomes of the answer. With nothing of this set, the answer to a
	// request with Effect is the usual one.
	Status      int // 0: keep
	Header      map[string]string
	ContentType string
	Body        string   // in place of the usual one where Status is set or Body is not empty
	Truncate    int      // keep so many bytes of the body
	Cut         int      // send so many bytes, then break the connection
	Drop        bool     // break the connection without an answer
	Arrive      *Barrier // waits before the request is carried out
	Reply       *Barrier // waits after it, before the answer
	Slow        *Barrier // waits in the middle of the body

	matched int
}

// Barrier stops a request until the test lets it go. It serves one request.
type Barrier struct {
	Arrived chan struct{} // closed when the request is there
	Release chan struct{} // close it to let the request go on
}

// NewBarrier returns a barrier that nobody has reached.
func NewBarrier() *Barrier {
	return &Barrier{Arrived: make(chan struct{}), Release: make(chan struct{})}
}

// stop waits at b until it is released, the client goes away, or the server is
// closed.
func (b *Barrier) stop(s *Server, r *http.Request) {
	if b == nil {
		return
	}
	close(b.Arrived)
	select {
	case <-b.Release:
	case <-r.Context().Done():
	case <-s.done:
	}
}

// Fail adds a fault.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal removes all faults; quirks stay.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// match finds the fault for a request and counts it.
func (s *Server) match(q *request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Method != "" && f.Method != q.http.Method || !strings.Contains(q.http.RequestURI, f.Path) {
			continue
		}
		f.matched++
		first, times := max(1, f.Nth), f.Times
		if times == 0 {
			times = 1
		}
		if f.matched >= first && (times < 0 || f.matched < first+times) {
			return f
		}
	}
	return nil
}

// spoil answers a request in the way of f.
func (s *Server) spoil(w http.ResponseWriter, q *request, f *Fault) {
	f.Arrive.stop(s, q.http)
	q.dry = !f.Effect
	a := s.answer(q)
	f.Reply.stop(s, q.http)
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	a = s.finish(q, f.change(a))
	switch {
	case f.Cut > 0:
		a.head(w)
		w.Write(a.body[:min(f.Cut, len(a.body))])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case f.Slow != nil:
		a.head(w)
		w.Write(a.body[:len(a.body)/2])
		http.NewResponseController(w).Flush()
		f.Slow.stop(s, q.http)
		w.Write(a.body[len(a.body)/2:])
	default:
		a.write(w)
	}
}

func (f *Fault) change(a response) response {
	if f.Status != 0 || f.Body != "" {
		a.body = []byte(f.Body)
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	if f.ContentType != "" {
		a.contentType = f.ContentType
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	for name, value := range f.Header {
		a.header.Set(name, value)
	}
	if f.Truncate > 0 {
		a.body = a.body[:min(f.Truncate, len(a.body))]
	}
	return a
}
