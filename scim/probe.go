package scim

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Capabilities are a server's own words about itself (RFC 7643 section 5),
// taken as hints, and what a first page of users showed. They can be stored as
// JSON.
type Capabilities struct {
	Discovery     bool     `json:"discovery"` // a ServiceProviderConfig was found
	Patch         Support  `json:"patch"`
	Bulk          Support  `json:"bulk"`
	Filter        Support  `json:"filter"`
	Sort          Support  `json:"sort"`
	ETag          Support  `json:"etag"`
	CursorPaging  Support  `json:"cursorPaging"`
	IndexPaging   Support  `json:"indexPaging"`
	MaxResults    int      `json:"maxResults,omitzero"` // of a filter or page; 0: not said
	AuthSchemes   []string `json:"authSchemes,omitempty"`
	ResourceTypes []string `json:"resourceTypes,omitempty"` // endpoints such as /Users
	Schemas       []string `json:"schemas,omitempty"`       // schema URIs
	PlainJSON     bool     `json:"plainJSON,omitzero"`      // application/scim+json was refused
	UsersOnPage   int      `json:"usersOnPage"`             // received on the first page
	UsersClaimed  *int64   `json:"usersClaimed"`            // totalResults of the first page
	CursorUnasked bool     `json:"cursorUnasked,omitzero"`  // nextCursor although no cursor was sent
	ActiveUnknown int      `json:"activeUnknown,omitzero"`  // users of the first page whose active says nothing
	Warnings      []string `json:"warnings,omitempty"`      // sentences on what was missing or odd
}

// Support is what a server says about one of its abilities. It may be wrong in
// both directions.
type Support string

// What can be known about an ability.
const (
	Unknown Support = "" // it says nothing
	Yes     Support = "yes"
	No      Support = "no"
)

// Probe reads a first page of users, which must succeed, and then the three
// discovery endpoints (RFC 7644 section 4), each of which may be missing,
// closed or wrong. It stops at once when ctx ends.
func (c *Client) Probe(ctx context.Context) (Capabilities, error) {
	var out Capabilities
	if err := c.probeUsers(ctx, &out); err != nil {
		return out, err
	}
	for _, step := range []func(context.Context, *Capabilities) error{c.probeConfig, c.probeTypes, c.probeSchemas} {
		if err := step(ctx, &out); err != nil && ctx.Err() != nil {
			return out, err
		}
	}
	out.PlainJSON = c.plainJSON.Load()
	return out, nil
}

func (c *Client) probeUsers(ctx context.Context, out *Capabilities) error {
	k := call{op: "read the first page of users", method: http.MethodGet}
	k.path = c.base.collection(Users) + "?startIndex=1&count=" + strconv.Itoa(c.cfg.PageSize)
	a, err := c.get(ctx, k.op, k.path, &budget{left: maxReadWait})
	if mayBeParameter(err) && c.cfg.PageSize > smallerCount {
		k.path = c.base.collection(Users) + "?startIndex=1&count=" + strconv.Itoa(smallerCount)
		a, err = c.get(ctx, k.op, k.path, &budget{left: maxReadWait})
	}
	if err != nil {
		return err
	}
	p, err := c.page(k, a, Users, c.cfg.PageSize)
	if err != nil {
		return err
	}
	out.UsersOnPage, out.UsersClaimed, out.CursorUnasked = p.received, p.total, p.hasNext
	for _, u := range p.users {
		if u.Active == ActiveUnknown {
			out.ActiveUnknown++
		}
	}
	if n := len(p.bad); n > 0 {
		out.warn(strconv.Itoa(n) + " users of the first page cannot be read.")
	}
	return nil
}

func (o *Capabilities) warn(s string) { o.Warnings = append(o.Warnings, s) }

// probeConfig reads the ServiceProviderConfig, at the plural address too.
func (c *Client) probeConfig(ctx context.Context, out *Capabilities) error {
	docs, err := c.discover(ctx, "ServiceProviderConfig")
	if err != nil {
		if docs, err = c.discover(ctx, "ServiceProviderConfigs"); err != nil {
			out.warn("The server does not describe itself (no ServiceProviderConfig).")
			return err
		}
	}
	if len(docs) == 0 {
		out.warn("The ServiceProviderConfig is empty.")
		return nil
	}
	return eachMember(docs[0], func(name string, v jsontext.Value) error {
		out.configMember(name, v)
		return nil
	})
}

func (o *Capabilities) configMember(name string, v jsontext.Value) {
	switch name {
	case "patch":
		o.Patch = support(v, "supported")
	case "bulk":
		o.Bulk = support(v, "supported")
	case "sort":
		o.Sort = support(v, "supported")
	case "etag":
		o.ETag = support(v, "supported")
	case "filter":
		o.Filter = support(v, "supported")
		o.MaxResults = atoi(member(v, "maxresults"))
	case "pagination":
		o.Discovery = true
		o.CursorPaging, o.IndexPaging = support(v, "cursor"), support(v, "index")
		if n := atoi(member(v, "maxpagesize")); n > 0 {
			o.MaxResults = n
		}
	case "authenticationschemes":
		_ = eachElement(v, func(e jsontext.Value) error {
			o.AuthSchemes = appendText(o.AuthSchemes, member(e, "type"))
			return nil
		})
	default:
		return
	}
	o.Discovery = true
}

func (c *Client) probeTypes(ctx context.Context, out *Capabilities) error {
	docs, err := c.discover(ctx, "ResourceTypes")
	if err != nil {
		out.warn("The server does not list its resource types.")
		return err
	}
	for _, d := range docs {
		endpoint := member(d, "endpoint")
		if textOf(endpoint) == "" {
			endpoint = member(d, "name")
		}
		out.ResourceTypes = appendText(out.ResourceTypes, endpoint)
	}
	return nil
}

func (c *Client) probeSchemas(ctx context.Context, out *Capabilities) error {
	docs, err := c.discover(ctx, "Schemas")
	if err != nil {
		out.warn("The server does not list its schemas.")
		return err
	}
	for _, d := range docs {
		out.Schemas = appendText(out.Schemas, member(d, "id"))
	}
	return nil
}

const maxDiscovered = 100 // documents or names kept from one discovery endpoint

// discover reads a discovery endpoint as a list of objects, whether it is one
// object, a bare list, or a ListResponse with or without totalResults.
func (c *Client) discover(ctx context.Context, name string) ([]jsontext.Value, error) {
	k := call{op: "read " + name, method: http.MethodGet, path: c.base.path + "/" + name}
	a, err := c.get(ctx, k.op, k.path, &budget{left: maxReadWait})
	if err != nil {
		return nil, err
	}
	body := trimJSON(a.body)
	if !validJSON(body) {
		return nil, c.notSCIM(k, a, "a description of itself")
	}
	body, _ = c.hide(body)
	docs := documents(body)
	if len(docs) == 0 {
		return nil, c.notSCIM(k, a, "a description of itself")
	}
	return docs, nil
}

func documents(body jsontext.Value) (docs []jsontext.Value) {
	list := body
	if inner := member(body, "resources"); inner != nil {
		list = inner
	}
	err := eachElement(list, func(v jsontext.Value) error {
		if len(docs) == maxDiscovered {
			return errEnough
		}
		if v.Kind() == '{' && !emptyObject(v) {
			docs = append(docs, v.Clone())
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil
	}
	return docs
}

var errEnough = errors.New("enough")

func emptyObject(v jsontext.Value) bool {
	empty := true
	_ = eachMember(v, func(string, jsontext.Value) error { empty = false; return errEnough })
	return empty
}

// member returns the value of a member by its name in lower case, or nil.
func member(v jsontext.Value, name string) (found jsontext.Value) {
	if v.Kind() != '{' {
		return nil
	}
	_ = eachMember(v, func(n string, m jsontext.Value) error {
		if n == name {
			found = m.Clone()
		}
		return nil
	})
	return found
}

func support(v jsontext.Value, name string) Support {
	switch truth(member(v, name)) {
	case ActiveTrue:
		return Yes
	case ActiveFalse:
		return No
	}
	return Unknown
}

func atoi(v jsontext.Value) int {
	n, err := strconv.Atoi(textOf(v))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func appendText(list []string, v jsontext.Value) []string {
	if s := clean(strings.TrimSpace(textOf(v)), 200); s != "" && len(list) < maxDiscovered {
		list = append(list, s)
	}
	return list
}
