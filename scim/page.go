package scim

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// pageBody is one ListResponse (RFC 7644 section 3.4.2), read leniently.
type pageBody struct {
	users    []User
	groups   []Group
	bad      []BadResource
	total    *int64
	next     string // nextCursor (RFC 9865)
	hasNext  bool
	hasList  bool   // Resources came, if only as null
	isError  bool   // it calls itself an error
	unread   string // totalResults or nextCursor, where it came and cannot be read
	received int

	first, last key  // of its elements, in the order sent
	joined      bool // it begins with the last element of the page before it
}

// Why a 2xx body is no list.
var (
	errNotList   = errors.New("it is no list of resources")
	errTruncated = errors.New("its JSON breaks off or is damaged")
)

// decodePage reads a list. Elements that cannot be read are counted and kept;
// they never cost the page, unless there are more than most of them.
func decodePage(body []byte, kind Kind, most int) (pageBody, error) {
	var p pageBody
	body = trimJSON(body)
	if len(body) == 0 || body[0] != '{' {
		if len(body) > 0 && (body[0] == '[' || body[0] == '"') && !validJSON(body) {
			return p, errTruncated
		}
		return p, errNotList
	}
	r, inner := newReader(body), newReader(nil)
	r.left = most
	err := r.members(func(name []byte) error { return p.member(r, inner, name, kind) })
	if err == nil {
		_, err = r.dec.ReadToken()
	}
	switch {
	case errors.Is(err, errTooMany):
		return pageBody{}, err
	case !errors.Is(err, io.EOF):
		return p, errTruncated
	case p.isError || !p.hasList && p.total == nil:
		return p, errNotList
	}
	return p, nil
}

func (p *pageBody) member(r, inner *reader, name []byte, kind Kind) error {
	switch string(name) {
	case "resources":
		p.hasList = true
		return r.elements(func() error { return p.element(r, inner, kind) })
	case "totalresults":
		return p.readTotal(r)
	case "nextcursor":
		return p.readCursor(r)
	case "schemas":
		return r.elements(func() error {
			s, err := r.text()
			p.isError = p.isError || strings.EqualFold(s, schemaError)
			return err
		})
	case "status":
		s, err := r.text()
		p.isError = p.isError || strings.EqualFold(s, "error")
		return err
	}
	return r.dec.SkipValue()
}

// readTotal keeps the larger of two totals. A negative one names none, as null.
func (p *pageBody) readTotal(r *reader) error {
	raw, err := r.dec.ReadValue()
	if err != nil || raw.Kind() == 'n' {
		return err
	}
	n, whole := wholeNumber(textOf(raw))
	switch {
	case !whole:
		p.unread = "totalResults"
	case n >= 0 && (p.total == nil || n > *p.total):
		p.total = &n
	}
	return nil
}

// wholeNumber reads 250, 250.0, 2.5e2 and the same with spaces around it.
func wholeNumber(s string) (n int64, ok bool) {
	const exact = 1 << 53 // from here on a float has lost its last digit
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) < exact
}

func (p *pageBody) readCursor(r *reader) error {
	raw, err := r.dec.ReadValue()
	if err != nil || raw.Kind() == 'n' {
		return err
	}
	if k := raw.Kind(); k != '"' && k != '0' {
		p.unread = "nextCursor"
		return nil
	}
	p.next = textOf(raw)
	p.hasNext = p.next != ""
	return nil
}

func (p *pageBody) element(r, inner *reader, kind Kind) error {
	value, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	p.received++
	raw := withoutPassword(jsontext.Value(bytes.Clone(value)))
	switch kind {
	case Groups:
		var g Group
		if g, err = decodeGroup(inner, raw); err == nil {
			p.groups, p.last = append(p.groups, g), keyOf("", g.ID)
		}
	default:
		var u User
		if u, err = decodeUser(inner, raw); err == nil {
			p.users, p.last = append(p.users, u), keyOf("", u.ID)
		}
	}
	if err != nil {
		p.last = keyOf("\x00", string(raw))
		p.bad = append(p.bad, BadResource{Raw: raw, Reason: err.Error()})
	}
	if p.received == 1 {
		p.first = p.last
	}
	return nil
}

// hid marks all of a page where our credential stood somewhere in it.
func (p *pageBody) hid(hid bool) {
	for i := range p.users {
		p.users[i].Hidden = hid
	}
	for i := range p.groups {
		p.groups[i].Hidden = hid
	}
}
