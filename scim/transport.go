package scim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	mediaSCIM      = "application/scim+json"
	mediaJSON      = "application/json"
	maxBody        = 32 << 20  // of a successful answer, after decompression
	maxUser        = 16 << 20  // of a single user: photos stand in some, and a record has to hold what it was
	maxGroup       = 4 << 20   // of a single group
	maxErrorBody   = 64 << 10  // of any other; the rest is left unread
	maxHeaderBytes = 256 << 10 // of an answer's header
	maxRedirects   = 3
)

// answer is one HTTP answer with its body, bounded.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call is one HTTP request to the tenant's origin.
type call struct {
	op, method, path string // path: escaped, with query
	body             []byte
	contentType      string
	ifMatch          string
	plain            bool  // Accept application/json only
	limit            int64 // of a successful answer's body
}

// limitOf is how large a successful answer from a path may be.
func (c *Client) limitOf(path string) int64 {
	switch {
	case strings.HasPrefix(path, c.base.collection(Users)+"/"):
		return maxUser
	case strings.HasPrefix(path, c.base.collection(Groups)+"/"):
		return maxGroup
	}
	return maxBody
}

// get reads path, with retries as far as bud allows. Any error is an *Error.
func (c *Client) get(ctx context.Context, op, path string, bud *budget) (answer, error) {
	k := call{op: op, method: http.MethodGet, path: path, plain: c.plainJSON.Load(), limit: c.limitOf(path)}
	for attempt := 1; ; attempt++ {
		a, e := c.follow(ctx, k)
		if e == nil {
			return a, nil
		}
		if e.Kind == KindMediaType && !k.plain {
			k.plain = true
			a, e = c.follow(ctx, k)
			if e == nil {
				c.plainJSON.Store(true)
				return a, nil
			}
		}
		d, again := bud.delay(attempt, e)
		if !again {
			return a, e
		}
		if err := c.cfg.Wait(ctx, d); err != nil {
			return a, c.canceled(k, err)
		}
	}
}

// follow makes one GET and follows redirects within the origin only: the
// credential never goes elsewhere.
func (c *Client) follow(ctx context.Context, k call) (answer, *Error) {
	for range maxRedirects + 1 {
		a, e := c.exchange(ctx, k)
		if e == nil || e.Kind != KindRedirect {
			return a, e
		}
		to, ok := c.target(k.path, a.header.Get("Location"))
		if !ok {
			return a, e
		}
		k.path = to
	}
	return answer{}, c.failure(k, KindRedirect, "the server redirects in a circle", nil)
}

// target resolves a Location and returns its path if it is on the same origin.
func (c *Client) target(from, location string) (string, bool) {
	u, err := c.url(from)
	if err != nil || location == "" {
		return "", false
	}
	to, err := u.Parse(location)
	if err != nil || !c.base.sameOrigin(to) {
		return "", false
	}
	return to.RequestURI(), true
}

// exchange sends one request and reads its answer. It never repeats and never
// follows. The error is set for everything but 2xx; the answer is then as far
// as it was read.
func (c *Client) exchange(parent context.Context, k call) (answer, *Error) {
	ctx, cancel := context.WithTimeout(parent, c.cfg.Timeout)
	defer cancel()
	req, err := c.request(ctx, k)
	if err != nil {
		return answer{}, c.failure(k, KindUsage, err.Error(), err)
	}
	rt := c.transport
	if k.method != http.MethodGet {
		rt = c.changes
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		return answer{}, c.broken(parent, k, err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.body, err = readBounded(res, k.limit); err != nil {
		return a, c.broken(parent, k, err)
	}
	if a.status < 200 || a.status > 299 {
		return a, c.refusal(k, a)
	}
	if int64(len(a.body)) > k.limit {
		e := c.failure(k, KindTooLarge, fmt.Sprintf("the answer is larger than %d MiB", k.limit>>20), nil)
		e.Status, e.Uncertain = a.status, k.method != http.MethodGet
		return answer{status: a.status}, e
	}
	return a, nil
}

// readBounded reads a body up to its limit; one byte more tells that a
// successful one was longer.
func readBounded(res *http.Response, most int64) ([]byte, error) {
	limit := int64(maxErrorBody)
	if 200 <= res.StatusCode && res.StatusCode <= 299 {
		limit = most + 1
	}
	var b bytes.Buffer
	if n := res.ContentLength; 0 < n && n <= limit {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(res.Body, limit))
	if limit == maxErrorBody {
		err = nil // a broken error body changes nothing about the error
	}
	return b.Bytes(), err
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	u, err := c.url(k.path)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	req, err := http.NewRequestWithContext(ctx, k.method, "", body)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = u, u.Host
	req.GetBody = nil // no transport can send it again
	c.setHeader(req.Header, k)
	return req, nil
}

func (c *Client) setHeader(h http.Header, k call) {
	h.Set("User-Agent", c.cfg.UserAgent)
	h.Set("Accept", mediaSCIM+", "+mediaJSON)
	if k.plain {
		h.Set("Accept", mediaJSON)
	}
	if k.body != nil {
		h.Set("Content-Type", k.contentType)
	}
	if k.ifMatch != "" {
		h.Set("If-Match", k.ifMatch)
	}
	h.Set(c.authName, c.authValue)
}

// url returns the address of an escaped path on the request line.
func (c *Client) url(path string) (*url.URL, error) {
	u, err := url.Parse(c.base.origin + path)
	if err != nil || u.RequestURI() != path || !c.base.sameOrigin(u) {
		return nil, errPath(path)
	}
	return u, nil
}
