package scim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Auth is the credential of one tenant. It never appears in an error, and goes
// to the origin of [Config.BaseURL] only.
type Auth struct {
	Scheme string // "bearer" (default), "basic" or "header"
	User   string // for basic
	Header string // for header: the name of the header that carries Secret
	Secret string // token, password or header value
}

// Config says which server a client speaks to, and how.
type Config struct {
	BaseURL   string                                     // https://host/path; http only to loopback
	Auth      Auth                                       // sent with every request
	RootCAs   *x509.CertPool                             // nil: the system's; only with a nil or standard Transport
	Transport http.RoundTripper                          // nil: the standard one
	Timeout   time.Duration                              // of each request with its body; 0: 60 s
	UserAgent string                                     // "" = "rollcall"
	Wait      func(context.Context, time.Duration) error // between retries; nil: a real timer
	Now       func() time.Time                           // nil: time.Now
	PageSize  int                                        // resources asked for per page; 0: 100
	MaxPages  int                                        // of one pass over a list; 0: 20,000
}

// ConfigPart is a part of a [Config].
type ConfigPart string

const (
	PartURL    ConfigPart = "url"
	PartScheme ConfigPart = "scheme"
	PartUser   ConfigPart = "user"
	PartHeader ConfigPart = "header"
	PartSecret ConfigPart = "secret"
	PartCA     ConfigPart = "ca"
)

// ConfigError is what is wrong with one part of a [Config]. It holds no secret.
type ConfigError struct {
	Part ConfigPart
	What string // one clause
}

func (e *ConfigError) Error() string { return e.What }

const (
	defaultTimeout  = 60 * time.Second
	defaultPageSize = 100
	defaultMaxPages = 20_000
)

// Client speaks SCIM 2.0 with one tenant. It may be used by several goroutines
// at once and keeps nothing but the media type that the server insists on.
type Client struct {
	cfg       Config
	base      base
	transport http.RoundTripper // for reads
	changes   http.RoundTripper // for everything else
	authName  string            // header that carries the credential
	authValue string
	plainJSON atomic.Bool // the server refused application/scim+json
	limits    limits
	etags     struct {
		sync.Mutex
		said Support // what the server said of ETags; Unknown: not asked yet
	}
}

// limits bound what a listing takes in: a server must not fill the memory or
// the disk of those who ask it.
type limits struct {
	elements int   // on one page, unless countFactor times the page size is more
	ids      int   // of one pass
	bytes    int64 // of all answers to one listing
}

const countFactor = 10

// A server that does not page sends all it has at once, hence so many elements.
var usualLimits = limits{elements: 50_000, ids: 2_000_000, bytes: 8 << 30}

// New checks cfg and returns a client; it does not connect. The URL must be
// https, or http to a loopback address, without user, query or fragment. What is
// wrong with cfg is a [*ConfigError].
func New(cfg Config) (*Client, error) {
	b, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, &ConfigError{PartURL, err.Error()}
	}
	c := &Client{cfg: withDefaults(cfg), base: b, limits: usualLimits}
	if c.authName, c.authValue, err = cfg.Auth.header(); err != nil {
		return nil, err
	}
	if c.transport, err = transportFor(cfg); err != nil {
		return nil, err
	}
	c.changes = onceOnly(c.transport)
	return c, nil
}

// onceOnly is a transport that sends each request on a new connection of
// HTTP/1.1. On one that was used before, and over HTTP/2, net/http may send a
// request again by itself, and a server that closes idle connections leaves the
// fate of a change open. A transport that is not the standard one stays as it
// is.
func onceOnly(rt http.RoundTripper) http.RoundTripper {
	t, ok := rt.(*http.Transport)
	if !ok {
		return rt
	}
	t = t.Clone()
	t.DisableKeepAlives = true
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = new(tls.Config)
	}
	t.TLSClientConfig.NextProtos = []string{"http/1.1"} // Clone copied what HTTP/2 had added
	return t
}

func withDefaults(cfg Config) Config {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "rollcall"
	}
	if cfg.PageSize <= 0 {
		cfg.PageSize = defaultPageSize
	}
	if cfg.MaxPages <= 0 {
		cfg.MaxPages = defaultMaxPages
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wait == nil {
		cfg.Wait = wait
	}
	return cfg
}

// wait is a real timer that ends early with its context.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transportFor returns a transport of the client's own, so that idle
// connections of one tenant are never shared with another's.
func transportFor(cfg Config) (http.RoundTripper, error) {
	if cfg.Transport == nil {
		cfg.Transport = http.DefaultTransport
	}
	t, ok := cfg.Transport.(*http.Transport)
	if !ok {
		if cfg.RootCAs != nil {
			return nil, &ConfigError{PartCA, "a CA file cannot be used together with a transport that is not the standard one"}
		}
		return cfg.Transport, nil
	}
	t = t.Clone()
	t.MaxResponseHeaderBytes = maxHeaderBytes
	if cfg.RootCAs != nil {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = new(tls.Config)
		}
		t.TLSClientConfig.RootCAs = cfg.RootCAs
	}
	return t, nil
}

// header returns the name and value of the header that carries the credential.
func (a Auth) header() (name, value string, err error) {
	if a.Secret == "" {
		return "", "", &ConfigError{PartSecret, "the credential is empty; give the tenant's token"}
	}
	if strings.ContainsFunc(a.Secret, isControl) {
		return "", "", &ConfigError{PartSecret, "the credential contains a line break or control character; copy it again"}
	}
	switch a.Scheme {
	case "", "bearer":
		return "Authorization", "Bearer " + a.Secret, nil
	case "basic":
		if a.User == "" || strings.Contains(a.User, ":") {
			return "", "", &ConfigError{PartUser, "basic authentication needs a user name without a colon"}
		}
		return "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Secret)), nil
	case "header":
		return a.ownHeader()
	}
	return "", "", &ConfigError{PartScheme, fmt.Sprintf("authentication scheme %q is not known; use bearer, basic or header", a.Scheme)}
}

func (a Auth) ownHeader() (name, value string, err error) {
	name = http.CanonicalHeaderKey(a.Header)
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isToken(r) }) {
		return "", "", &ConfigError{PartHeader, fmt.Sprintf("%q is not the name of a header", clean(a.Header, 60))}
	}
	if taken(name) {
		return "", "", &ConfigError{PartHeader, fmt.Sprintf("the header %s cannot carry a credential", name)}
	}
	return name, a.Secret, nil
}

// taken tells whether a header, in its canonical spelling, has a meaning to the
// client, to net/http or on the way. Either idempotency key would make net/http
// repeat a change by itself.
func taken(name string) bool {
	switch name {
	case "Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Expect", "Range", "Date",
		"User-Agent", "Idempotency-Key", "X-Idempotency-Key", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override":
		return true
	}
	for _, prefix := range []string{"Accept", "Content-", "If-", "Proxy-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// isToken tells whether r may stand in a header name (RFC 9110 section 5.6.2).
func isToken(r rune) bool {
	return r > ' ' && r < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// Origin is scheme://host[:port] in lower case, without a default port.
func (c *Client) Origin() string { return c.base.origin }

// Close drops idle connections. The client can still be used.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
