// Package scim is a client for SCIM 2.0 service providers (RFC 7643, RFC 7644,
// RFC 9865) over net/http. It knows nothing about the program around it.
//
// # What it trusts
//
// Nothing that a server says about itself. Discovery is a hint, totals are
// claims, a status is an acknowledgement. [Client.List] judges how complete a
// list is by what it received, and after [Client.Send] only reading back tells
// what happened.
//
// # How complete a list is
//
// A list is complete if a pass over all pages came to an end, every element
// could be read, and the number of ids is the one that the server claims. A
// claim counts wherever it stands, the largest one most. A second pass must find
// all ids that the first one found and may not be told of fewer. Where claim and
// count differ, or there is no claim, a pass with another page size must find
// exactly the same ids.
//
// Some servers do not page at all: they ignore startIndex and count, send
// everything at once, and name its length as their total. Asking again proves
// nothing there, and a list that is cut at a first page looks the same but for
// its length. Such a list is complete, with its total not trusted and
// [Listing.Unpaged] set, if total and length agree and the length is not one at
// which lists are usually cut: the number asked for, 10, 20, 25, 30, or a
// multiple of 50. Otherwise it is incomplete; one account more or fewer settles
// it. That startIndex is ignored is asked and not guessed: where the second page
// only repeats the first, the list is read from its second resource on, and must
// lack the first.
//
// # Reads
//
// GETs are repeated a few times after 429, 502, 503, 504 and lost connections,
// as patiently as the server asks and within bounds. Bodies are bounded after
// decompression. Resources are decoded leniently and kept byte for byte beside
// the typed view, except for passwords, which are dropped. What could be read
// as two different accounts is not decoded at all, nor is what has an id too long to be
// named in a record.
//
// What a page, a resource and a listing may hold is bounded: 32 MiB and 50,000
// elements, 16 MiB for a single user and 4 MiB for a single group, two million
// ids and 8 GiB. Beyond that the error is [KindTooLarge].
//
// Several servers send active as "False", "True", 0 or 1. These are read as what
// they mean: a list that called such accounts unknown would hide who is still
// active. They are never sent; some servers take any string for true.
// [User.RawActive] keeps the JSON as it came, so that a page can show "False"
// where it says so, and a change of spelling is seen. Absent, null and all else
// are [ActiveUnknown], not false.
//
// # Writes
//
// A change is first prepared as a [Write], which is plain data, and then sent
// once by Send, which demands a [Receipt] for exactly that request. Nothing is
// repeated and no redirect is followed: every request on the wire has a receipt
// of its own. Changes go over HTTP/1.1 on a new connection each, since net/http
// may repeat by itself what it sends on an old one. There is no other way to send anything but GET.
//
// # The credential
//
// It goes to the origin of the base URL only, and that is https or loopback. It
// stands in no error, and is cut out of the server's words. In resources, where
// it has eight bytes or more, "(hidden)" takes its place.
//
// # Errors
//
// Every error is an [*Error] with a clause on what happened and a sentence on
// what to do. What a server wrote is cleaned and shortened; a web page is never
// shown.
package scim
