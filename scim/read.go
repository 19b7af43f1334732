package scim

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// User reads one user. A deactivated user may be hidden by some servers: not
// found is not gone.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	k := call{op: "read user " + clean(id, 80), method: "GET"}
	raw, etag, err := c.one(ctx, k, Users, id)
	if err != nil {
		return User{}, err
	}
	u, err := decodeUser(newReader(nil), raw)
	if err != nil {
		return User{}, c.failure(k, KindNotSCIM, "the user cannot be read: "+clean(err.Error(), 100), err)
	}
	if u.ID != id {
		return User{}, c.failure(k, KindNotSCIM, "the server answered with another user", nil)
	}
	if etag != "" {
		u.ETag = etag
	}
	return u, nil
}

// Group reads one group with its members, as far as the server shows them.
func (c *Client) Group(ctx context.Context, id string) (Group, error) {
	k := call{op: "read group " + clean(id, 80), method: "GET"}
	raw, etag, err := c.one(ctx, k, Groups, id)
	if err != nil {
		return Group{}, err
	}
	g, err := decodeGroup(newReader(nil), raw)
	if err != nil {
		return Group{}, c.failure(k, KindNotSCIM, "the group cannot be read: "+clean(err.Error(), 100), err)
	}
	if g.ID != id {
		return Group{}, c.failure(k, KindNotSCIM, "the server answered with another group", nil)
	}
	if etag != "" {
		g.ETag = etag
	}
	return g, nil
}

// one reads a resource's raw JSON and the ETag header.
func (c *Client) one(ctx context.Context, k call, kind Kind, id string) (jsontext.Value, string, error) {
	path, err := c.base.resource(kind, id)
	if err != nil {
		return nil, "", c.failure(k, KindUsage, err.Error(), err)
	}
	k.path = path
	a, err := c.get(ctx, k.op, path, &budget{left: maxReadWait})
	if err != nil {
		return nil, "", err
	}
	raw, e := c.resource(k, a)
	if e != nil {
		return nil, "", e
	}
	return raw, etagOf(a), nil
}

// etagOf is the ETag of an answer; one beyond all use counts as absent.
func etagOf(a answer) string {
	etag := a.header.Get("ETag")
	if within("ETag", etag) != nil {
		return ""
	}
	return etag
}

// resource takes the resource out of a 2xx body: an object with an id that
// does not call itself an error.
func (c *Client) resource(k call, a answer) (jsontext.Value, *Error) {
	body := trimJSON(a.body)
	if len(body) > 0 && (body[0] == '{' || body[0] == '[') && !validJSON(body) {
		e := c.failure(k, KindMalformed, "the answer's JSON breaks off or is damaged", nil)
		e.Status = a.status
		return nil, e
	}
	if !isResource(body) {
		return nil, c.notSCIM(k, a, "a resource")
	}
	return withoutPassword(jsontext.Value(c.hide(body))), nil
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
