package scim

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// errPath is about a path that would not arrive as it is written.
func errPath(path string) error {
	return fmt.Errorf("the path %q cannot be sent as it is", clean(path, 200))
}

// failure builds an error that is not an HTTP status.
func (c *Client) failure(k call, kind ErrorKind, what string, cause error) *Error {
	path, _, _ := strings.Cut(k.path, "?")
	return &Error{
		Op: k.op, Method: k.method, URL: c.base.origin + clean(path, 300),
		Kind: kind, What: what, Hint: cmp.Or(causeHint(cause), hint(kind, 0)), err: cause,
	}
}

// canceled is about a caller that gave up before anything was sent.
func (c *Client) canceled(k call, cause error) *Error {
	return c.failure(k, KindCanceled, "stopped before the server answered", cause)
}

// broken builds the error of an exchange without a complete answer. Unless it
// is certain that the request never left, the effect of a write is unknown.
func (c *Client) broken(parent context.Context, k call, cause error) *Error {
	kind, what := c.transportKind(parent, cause)
	e := c.failure(k, kind, what, cause)
	e.Uncertain = k.method != http.MethodGet && !neverSent(cause)
	return e
}

func (c *Client) transportKind(parent context.Context, err error) (ErrorKind, string) {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(parent.Err(), context.Canceled):
		return KindCanceled, "stopped before the server answered"
	case errors.As(err, &dns) && !dns.IsNotFound:
		return KindNetwork, "no name server could tell where " + clean(dns.Name, 100) + " is"
	case isTimeout(err):
		return KindTimeout, fmt.Sprintf("no complete answer within %s seconds", strconv.FormatFloat(c.cfg.Timeout.Seconds(), 'f', -1, 64))
	case errors.As(err, &dns):
		return KindNoHost, "the host name " + clean(dns.Name, 100) + " is not known"
	case isCertificate(err):
		return KindCertificate, certificateWords(err)
	case errors.As(err, new(tls.RecordHeaderError)):
		return KindNetwork, "the server does not speak TLS on this port"
	case errors.As(err, &op) && op.Op == "remote error":
		return KindNetwork, "the server refused the TLS connection"
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return KindNetwork, "the proxy " + clean(opAddr(op), 100) + " cannot be reached"
	case errors.As(err, &op) && op.Op == "dial":
		return KindNetwork, dialWords(op)
	}
	return KindLost, "the connection broke before the answer was complete"
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

func opAddr(op *net.OpError) string {
	if op.Addr == nil {
		return ""
	}
	return op.Addr.String()
}

func dialWords(op *net.OpError) string {
	switch {
	case errors.Is(op, syscall.ECONNREFUSED):
		return "nothing answers at " + clean(opAddr(op), 100)
	case errors.Is(op, syscall.ENETUNREACH), errors.Is(op, syscall.EHOSTUNREACH):
		return "there is no route to " + clean(opAddr(op), 100)
	}
	return "no connection to " + clean(opAddr(op), 100)
}

func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}

func certificateWords(err error) string {
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet"
	case errors.As(err, &hostname):
		return "the server's certificate is for another host name"
	case errors.As(err, &authority):
		return "the server's certificate comes from an authority that this machine does not know"
	}
	return "the server's certificate is not valid"
}

// neverSent tells whether an exchange broke before a connection stood.
func neverSent(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || isCertificate(err) ||
		errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// refusal builds the error of an answer that is not 2xx. A 5xx to a write may
// have been carried out; so may a 408.
func (c *Client) refusal(k call, a answer) *Error {
	kind, what := statusKind(a.status)
	e := c.failure(k, kind, what, nil)
	e.Status = a.status
	e.RetryAfter = retryAfter(a.status, a.header, c.cfg.Now())
	e.Uncertain = k.method != http.MethodGet && (a.status >= 500 && a.status != http.StatusNotImplemented || a.status == http.StatusRequestTimeout)
	if kind == KindRedirect {
		e.What = c.redirectWords(k, a.header.Get("Location"))
		e.Hint = hint(kind, a.status)
		return e
	}
	body := parseErrorBody(a.body)
	e.ScimType, e.Detail = c.words(body.scimType), c.words(body.detail)
	e.Hint = hint(kind, a.status)
	if body.html {
		e.WebPage = true
		e.What += " and answered with a web page"
		e.Hint = pageHint(kind, a.status)
	}
	return e
}

func (c *Client) redirectWords(k call, location string) string {
	from, err := c.url(k.path)
	if err != nil || location == "" {
		return "the server redirects without saying where"
	}
	to, err := from.Parse(location)
	if err != nil || to.Host == "" {
		return "the server redirects to an address that cannot be read"
	}
	where := (&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String()
	return "the server redirects to " + c.words(where)
}

func statusKind(status int) (ErrorKind, string) {
	switch status {
	case http.StatusUnauthorized:
		return KindAuth, "the server refused the credential"
	case http.StatusForbidden:
		return KindForbidden, "the credential may not do this"
	case http.StatusNotFound, http.StatusGone:
		return KindNotFound, "the server found nothing at this address"
	case http.StatusConflict:
		return KindConflict, "the request conflicts with what the server holds"
	case http.StatusPreconditionFailed:
		return KindPrecondition, "the resource was changed since it was read"
	case http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return KindMediaType, "the server refused the media type"
	case http.StatusTooManyRequests:
		return KindThrottled, "the server asks to slow down"
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return KindUnsupported, "the server does not support this request"
	}
	switch {
	case 300 <= status && status <= 399:
		return KindRedirect, "the server redirects"
	case status >= 500:
		return KindServer, "the server failed"
	}
	return KindRefused, "the server refused the request"
}
