package scim

import (
	"bytes"
	"errors"
	"io"
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
	hasList  bool // Resources came, if only as null
	isError  bool // it calls itself an error
	received int
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
		s, err := r.text()
		p.next, p.hasNext = s, s != ""
		return err
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

func (p *pageBody) readTotal(r *reader) error {
	s, err := r.text()
	if n, convErr := strconv.ParseInt(s, 10, 64); convErr == nil && n >= 0 {
		p.total = &n
	}
	return err
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
			p.groups = append(p.groups, g)
		}
	default:
		var u User
		if u, err = decodeUser(inner, raw); err == nil {
			p.users = append(p.users, u)
		}
	}
	if err != nil {
		p.bad = append(p.bad, BadResource{Raw: raw, Reason: err.Error()})
	}
	return nil
}
