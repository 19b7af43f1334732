package scim

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// hints say what a person can do about each kind of error.
var hints = map[ErrorKind]string{
	KindUsage:        "Correct the value and try again; nothing was sent.",
	KindReceipt:      "Nothing was sent; make a new plan and run that.",
	KindNoHost:       "Check the host name in the base URL, and that this machine is online.",
	KindNetwork:      "Check the base URL and its port, the network, the VPN and the proxy settings.",
	KindCertificate:  "Ask whoever runs the server; the token was not sent.",
	KindTimeout:      "Try again; if it happens each time, the server is overloaded or a firewall swallows the connection.",
	KindLost:         "Try again; the server or a proxy closed the connection.",
	KindCanceled:     "Start it again when ready.",
	KindRedirect:     "If that is the tenant's new address, put it into the base URL; the token was not sent there.",
	KindAuth:         "Check that the token is complete, not expired, and made for this tenant's SCIM interface.",
	KindForbidden:    "Give the token's owner the right to manage users over SCIM, or use another token.",
	KindNotFound:     "Check the path of the base URL; if it is right, the resource is gone or hidden from this credential.",
	KindConflict:     "Read the resource again; a deleted name can stay taken for good.",
	KindPrecondition: "Read the resource again and decide anew.",
	KindMediaType:    "Check that the base URL is that of the SCIM interface.",
	KindThrottled:    "Wait and try again later, or sync at a quieter time.",
	KindUnsupported:  "Another form of the request may work; otherwise do it in the vendor's own console.",
	KindRefused:      "Read the server's words; the vendor's console may tell more.",
	KindServer:       "Try again later; if it stays, ask the vendor.",
	KindAccepted:     "Read the account back in a while; nothing is confirmed yet.",
	KindNotSCIM:      "Check the base URL and the token: this is what a login page, a proxy or a wrong address answers.",
	KindMalformed:    "Try again; if it stays, a proxy cuts answers or the server is at fault.",
	KindTooLarge:     "Ask for smaller pages, or ask the vendor why the answer is so large.",
}

func hint(kind ErrorKind, status int) string {
	if status == http.StatusProxyAuthRequired {
		return "Log in at the proxy, or set the proxy for this machine."
	}
	return hints[kind]
}

// pageHint is for statuses that came with a web page: a proxy or login page
// then matters more than the status, unless the proxy itself wants a login.
func pageHint(kind ErrorKind, status int) string {
	const comes = ": a web page instead of a SCIM answer comes from a wrong path, a proxy or a login page."
	switch {
	case status == http.StatusProxyAuthRequired:
	case kind == KindNotFound:
		return "Check the path of the base URL" + comes
	case kind == KindRefused, kind == KindForbidden, kind == KindAuth:
		return "Check the base URL and the token" + comes
	}
	return hint(kind, status)
}

// causeHint is what to do where the kind alone does not tell; "" leaves it to
// the kind.
func causeHint(err error) string {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.Is(err, errMasked):
		return "Give the tenant a new credential and have this one revoked, then sync and plan again; or make the change in the tenant itself. Nothing was sent."
	case errors.Is(err, errHidden), errors.Is(err, errTwoWays):
		return "Change the group in the tenant itself; nothing was sent."
	case errors.As(err, &dns) && !dns.IsNotFound:
		return "Check that this machine is online, and its network, VPN and name server settings."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "Ask whoever runs the server to renew it, and check this machine's clock; the token was not sent."
	case errors.As(err, &hostname):
		return "Check the host name in the base URL; the token was not sent."
	case errors.As(err, &authority):
		return "If the server belongs to a private authority, add the tenant with that authority's certificate (--ca); the token was not sent."
	}
	return ""
}
