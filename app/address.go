package app

import (
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// sameAddress says whether two base URLs can be the same server: what differs
// only in how host, port and path are written is the same. Where it cannot be
// told they are taken to be the same, since a ceiling and protections hang on it.
func sameAddress(a, b string) bool {
	u, v := addressOf(a), addressOf(b)
	return u != "" && u == v
}

// addressOf is host, port and path of a base URL in one spelling, for comparing
// alone: nothing is sent there. The scheme shows in the port. "" is no address.
func addressOf(base string) string {
	u, err := url.Parse(strings.TrimSpace(base))
	if err != nil || u.Hostname() == "" {
		return ""
	}
	return hostOf(u.Hostname()) + "|" + portOf(u) + "|" + strings.ToLower(path.Clean("/"+u.Path))
}

// hostOf spells a host as DNS does. All names of this machine are "localhost".
func hostOf(host string) string {
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = ascii
	}
	host = strings.TrimRight(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return "localhost"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.IsLoopback() || ip.IsUnspecified() {
		return "localhost"
	}
	return ip.String()
}

func portOf(u *url.URL) string {
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case err == nil && n > 0:
		return strconv.FormatUint(n, 10)
	case strings.EqualFold(u.Scheme, "http"):
		return "80"
	}
	return "443"
}
