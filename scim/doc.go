// Package scim is a client for SCIM 2.0 service providers (RFC 7643, RFC 7644,
// RFC 9865) over net/http. It knows nothing about the program around it.
//
// # What it trusts
//
// Nothing that a server says about itself. Discovery is a hint, totals and
// filters are claims, a status is an acknowledgement. [Client.List] judges how
// complete a list is by what it received, [Client.FindUser] compares what a
// filter returned, and after [Client.Send] only reading back tells what
// happened.
//
// # Reads
//
// GETs are repeated a few times after 429, 502, 503, 504 and lost connections,
// as patiently as the server asks and within bounds. Bodies are bounded after
// decompression. Resources are decoded leniently and kept byte for byte beside
// the typed view, except for passwords, which are dropped. What could be read
// as two different accounts is not decoded at all.
//
// # Writes
//
// A change is first prepared as a [Write], which is plain data, and then sent
// once by Send, which demands a [Receipt] for exactly that request. Nothing is
// repeated and no redirect is followed: every request on the wire has a receipt
// of its own. There is no other way to send anything but GET.
//
// # The credential
//
// It goes to the origin of the base URL only, and that is https or loopback. It
// stands in no error, and is cut out of the server's words.
//
// # Errors
//
// Every error is an [*Error] with a clause on what happened and a sentence on
// what to do. What a server wrote is cleaned and shortened; a web page is never
// shown.
package scim
