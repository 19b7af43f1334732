package scim

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// base is where a tenant's resources live.
type base struct {
	origin string // scheme://host[:port], lower case, default port left out
	path   string // escaped, without a trailing slash; "" at the root
}

// parseBase checks a base URL as a person typed it.
func parseBase(text string) (base, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return base{}, errors.New("the base URL is empty; give the tenant's SCIM address, such as https://example.com/scim/v2")
	}
	u, err := url.Parse(text)
	if err != nil {
		return base{}, errors.New("the base URL cannot be read; it should look like https://example.com/scim/v2")
	}
	if err := checkBase(u); err != nil {
		return base{}, err
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if strings.ContainsFunc(path, isControl) || dotted(u.Path) {
		return base{}, errors.New("the path of the base URL contains . or .. or a control character")
	}
	return base{origin: u.Scheme + "://" + hostPort(u), path: path}, nil
}

func checkBase(u *url.URL) error {
	switch {
	case u.User != nil:
		return errors.New("the base URL carries a user or password; give the credential by itself")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("the base URL has a query or a fragment; leave off what follows ? or #")
	case u.Opaque != "" || u.Hostname() == "":
		return errors.New("the base URL names no host; it should look like https://example.com/scim/v2")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("the base URL is http, which would show the token to the network; use https (http is for loopback only)")
	}
	return fmt.Errorf("the base URL begins with %q; use https", clean(u.Scheme, 20))
}

// loopback tells whether host is this machine by its spelling alone.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// hostPort is the host in lower case, with its port unless that is the default.
func hostPort(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// sameOrigin tells whether u is on the origin of b.
func (b base) sameOrigin(u *url.URL) bool {
	return u.User == nil && u.Scheme+"://"+hostPort(u) == b.origin
}

// collection is the escaped path of a resource type's collection.
func (b base) collection(k Kind) string { return b.path + "/" + string(k) }

// resource is the escaped path of one resource. An id that a server could take
// for another path after unescaping is refused: "", ".", "..", "a/../b".
func (b base) resource(k Kind, id string) (string, error) {
	if id == "" {
		return "", errors.New("the id is empty")
	}
	if dotted(id) {
		return "", fmt.Errorf("the id %q cannot be put into a URL safely", clean(id, 80))
	}
	return b.collection(k) + "/" + escape(id), nil
}

// dotted tells whether a path segment of s is . or ..
func dotted(s string) bool {
	for seg := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '/' || r == '\\' }) {
		if seg == "." || seg == ".." {
			return true
		}
	}
	return false
}

// escape percent-encodes everything but RFC 3986's unreserved characters, so
// that no server and no proxy finds a delimiter in an id.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		ch := s[i]
		if isUnreserved(ch) {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[ch>>4])
		b.WriteByte(hex[ch&15])
	}
	return b.String()
}

func isUnreserved(ch byte) bool {
	return 'a' <= ch && ch <= 'z' || 'A' <= ch && ch <= 'Z' || '0' <= ch && ch <= '9' ||
		ch == '-' || ch == '.' || ch == '_' || ch == '~'
}
