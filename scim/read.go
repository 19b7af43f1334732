package scim

import (
	"cmp"
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// User reads one user. A deactivated user may be hidden by some servers: not
// found is not gone.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	k := call{op: "read user " + clean(id, 80), method: "GET"}
	raw, err := c.one(ctx, k, Users, id)
	if err != nil {
		return User{}, err
	}
	u, err := decodeUser(newReader(nil), raw.raw)
	if err != nil {
		return User{}, c.failure(k, KindNotSCIM, "the user cannot be read: "+clean(err.Error(), 100), err)
	}
	if u.ID != id {
		return User{}, c.failure(k, KindNotSCIM, "the server answered with another user", nil)
	}
	u.Hidden, u.ETag = raw.hid, cmp.Or(raw.etag, u.ETag)
	return u, nil
}

// Group reads one group with its members, as far as the server shows them.
func (c *Client) Group(ctx context.Context, id string) (Group, error) {
	k := call{op: "read group " + clean(id, 80), method: "GET"}
	raw, err := c.one(ctx, k, Groups, id)
	if err != nil {
		return Group{}, err
	}
	g, err := decodeGroup(newReader(nil), raw.raw)
	if err != nil {
		return Group{}, c.failure(k, KindNotSCIM, "the group cannot be read: "+clean(err.Error(), 100), err)
	}
	if g.ID != id {
		return Group{}, c.failure(k, KindNotSCIM, "the server answered with another group", nil)
	}
	g.Hidden, g.ETag = raw.hid, cmp.Or(raw.etag, g.ETag)
	return g, nil
}

// found is one resource as it was read.
type found struct {
	raw  jsontext.Value
	etag string // of the header
	hid  bool   // our credential stood in it
}

// one reads a resource.
func (c *Client) one(ctx context.Context, k call, kind Kind, id string) (found, error) {
	path, err := c.base.resource(kind, id)
	if err != nil {
		return found{}, c.failure(k, KindUsage, err.Error(), err)
	}
	k.path = path
	a, err := c.get(ctx, k.op, path, &budget{left: maxReadWait})
	if err != nil {
		return found{}, err
	}
	f, e := c.resource(k, a)
	if e != nil {
		return found{}, e
	}
	return f, nil
}

// etagOf is the ETag of an answer; one beyond all use counts as absent.
func etagOf(a answer) string {
	etag := a.header.Get("ETag")
	if cut(etag) != etag {
		return ""
	}
	return etag
}

// resource takes the resource out of a 2xx body: an object with an id that
// does not call itself an error.
func (c *Client) resource(k call, a answer) (found, *Error) {
	body := trimJSON(a.body)
	if len(body) > 0 && (body[0] == '{' || body[0] == '[') && !validJSON(body) {
		e := c.failure(k, KindMalformed, "the answer's JSON breaks off or is damaged", nil)
		e.Status = a.status
		return found{}, e
	}
	if !isResource(body) {
		return found{}, c.notSCIM(k, a, "a resource")
	}
	shown, hid := c.hide(body)
	return found{withoutPassword(jsontext.Value(shown)), etagOf(a), hid}, nil
}

// isResource tells whether valid JSON is an object with an id and no error.
func isResource(body []byte) bool {
	if len(body) == 0 || body[0] != '{' {
		return false
	}
	var hasID, isError bool
	err := eachMember(body, func(name string, v jsontext.Value) error {
		switch name {
		case "id":
			hasID = textOf(v) != ""
		case "schemas":
			isError = isError || strings.Contains(strings.ToLower(string(v)), strings.ToLower(schemaError))
		}
		return nil
	})
	return err == nil && hasID && !isError
}
