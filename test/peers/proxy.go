package peers

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// FaultProxy stands in front of a real server and passes everything on, but
// for the requests that a rule of its picks.
type FaultProxy struct {
	URL    string // the SCIM base to give to a client
	target *url.URL
	done   chan struct{}

	mu    sync.Mutex
	rules []*rule
	log   []*Exchange
}

// Exchange is one request that came to the proxy and what became of it.
type Exchange struct {
	Method   string
	Path     string // with the query, as on the request line
	Body     []byte
	Upstream int  // status of the real server; 0: it was not asked
	Faulted  bool // a rule answered
}

type rule struct {
	match func(*http.Request) bool
	left  int
	fault Fault
}

// Fault answers one request in the proxy's place.
type Fault func(*call)

// call is one request under a fault.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	proxy *FaultProxy
	entry *Exchange
}

// Proxy starts a proxy in front of target, a SCIM base. It ends with the test
// and lets go of every request that it still holds.
func Proxy(t testing.TB, target string) *FaultProxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatalf("parse the proxy's target: %v", err)
	}
	p := &FaultProxy{target: u, done: make(chan struct{})}
	srv := httptest.NewServer(p)
	p.URL = srv.URL + u.Path
	t.Cleanup(func() {
		close(p.done)
		srv.CloseClientConnections()
		srv.Close()
	})
	return p
}

// Fault applies f to the next times requests that match; times < 0: to all.
// Rules are tried in the order in which they were made.
func (p *FaultProxy) Fault(match func(*http.Request) bool, times int, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, &rule{match, times, f})
}

// Heal forgets all rules.
func (p *FaultProxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = nil
}

// Log returns the exchanges so far, those under way included, oldest first.
func (p *FaultProxy) Log() []Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Exchange
	for _, e := range p.log {
		out = append(out, *e)
	}
	return out
}

// Any matches every request.
func Any(*http.Request) bool { return true }

// Match matches a method and a part of the path, such as "/Users/".
func Match(method, path string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == method && strings.Contains(r.URL.Path, path)
	}
}

// ServeHTTP is for the proxy's own server.
func (p *FaultProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e := &Exchange{Method: r.Method, Path: r.URL.RequestURI(), Body: body}
	p.arrive(r, e)(&call{w: w, r: r, proxy: p, entry: e})
}

// arrive logs the exchange and picks what answers it.
func (p *FaultProxy) arrive(r *http.Request, e *Exchange) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, e)
	for _, rule := range p.rules {
		if rule.left != 0 && rule.match(r) {
			rule.left--
			e.Faulted = true
			return rule.fault
		}
	}
	return pass
}

func pass(c *call) {
	if a := c.forward(); a != nil {
		a.write(c.w)
	}
}

// answer is a whole response of the real server.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// upstream uses each connection once: a reused one that turns out to be dead
// would make the transport send a request again by itself.
var upstream = &http.Transport{DisableKeepAlives: true}

// forward asks the real server. On an error it drops the connection and
// returns nil.
func (c *call) forward() *answer {
	out := c.r.Clone(c.r.Context())
	out.URL.Scheme, out.URL.Host = c.proxy.target.Scheme, c.proxy.target.Host
	out.Host, out.RequestURI = "", ""
	out.Body = io.NopCloser(bytes.NewReader(c.entry.Body))
	resp, err := upstream.RoundTrip(out)
	if err != nil {
		c.drop()
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.drop()
		return nil
	}
	c.proxy.mu.Lock()
	c.entry.Upstream = resp.StatusCode
	c.proxy.mu.Unlock()
	resp.Header.Del("Connection")
	return &answer{resp.StatusCode, resp.Header, body}
}

// drop closes the connection without another byte.
func (c *call) drop() {
	if conn, _, err := http.NewResponseController(c.w).Hijack(); err == nil {
		conn.Close()
	}
}

// wait returns false where the client or the test ended first.
func (c *call) wait(gate <-chan struct{}) bool {
	select {
	case <-gate:
		return true
	case <-c.r.Context().Done():
	case <-c.proxy.done:
	}
	return false
}

// half writes the head of a and half of its body.
func (c *call) half(a *answer) []byte {
	maps.Copy(c.w.Header(), a.header)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	c.w.WriteHeader(a.status)
	n := len(a.body) / 2
	c.w.Write(a.body[:n])
	http.NewResponseController(c.w).Flush()
	return a.body[n:]
}
