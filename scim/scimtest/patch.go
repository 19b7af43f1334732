package scimtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// operation is one element of a PATCH (RFC 7644 section 3.5.2).
type operation struct {
	Op    string         `json:"op"`
	Path  string         `json:"path"`
	Value jsontext.Value `json:"value"`
}

func (q *request) operations() ([]operation, error) {
	var body struct {
		Schemas    []string    `json:"schemas"`
		Operations []operation `json:"Operations"`
	}
	if err := json.Unmarshal(q.body, &body, json.MatchCaseInsensitiveNames(true)); err != nil || len(body.Operations) == 0 {
		return nil, refusal{http.StatusBadRequest, "invalidSyntax", "the body is no PatchOp"}
	}
	for i := range body.Operations {
		o := &body.Operations[i]
		o.Op = strings.ToLower(o.Op)
		if err := q.check(o); err != nil {
			return nil, err
		}
	}
	return body.Operations, nil
}

func (q *request) check(o *operation) error {
	k := q.quirks
	switch {
	case o.Op != "add" && o.Op != "remove" && o.Op != "replace":
		return refusal{http.StatusBadRequest, "invalidSyntax", "op must be add, remove or replace"}
	case o.Path != "" && k.PatchPathStatus != 0:
		return refusal{k.PatchPathStatus, "invalidPath", "path is not supported"}
	case o.Path == "" && k.PatchObject != 0:
		return refusal{k.PatchObject, "invalidSyntax", "path is required"}
	case o.Path == "" && o.Op == "remove":
		return refusal{http.StatusBadRequest, "noTarget", "remove needs a path"}
	case strings.Contains(o.Path, "[") && k.ValuePathStatus != 0:
		return refusal{k.ValuePathStatus, "invalidPath", "value paths are not supported"}
	}
	return nil
}

// bare is an attribute name in lower case without its schema.
func bare(path string) string {
	for _, schema := range []string{schemaUser + ":", schemaGroup + ":"} {
		if len(path) > len(schema) && strings.EqualFold(path[:len(schema)], schema) {
			path = path[len(schema):]
		}
	}
	return strings.ToLower(path)
}

func patchUser(u *User, q *request) error {
	ops, err := q.operations()
	if err != nil {
		return err
	}
	for _, o := range ops {
		if o.Op == "remove" {
			o.Value = nil
		}
		if o.Path != "" {
			err = setUser(u, o.Path, o.Value, q.quirks)
		} else {
			err = members(o.Value, func(name string, v jsontext.Value) error { return setUser(u, name, v, q.quirks) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// members calls f with each member of an object.
func members(object jsontext.Value, f func(name string, v jsontext.Value) error) error {
	var m map[string]jsontext.Value
	if err := json.Unmarshal(object, &m); err != nil {
		return refusal{http.StatusBadRequest, "invalidValue", "the value must be an object"}
	}
	for name, v := range m {
		if err := f(name, v); err != nil {
			return err
		}
	}
	return nil
}

// setUser sets one attribute; a nil value removes it.
func setUser(u *User, path string, v jsontext.Value, k Quirks) error {
	switch name := bare(path); name {
	case "active":
		return setActive(u, v, k)
	case "username":
		return setText(&u.UserName, v)
	case "externalid":
		return setText(&u.ExternalID, v)
	case "displayname":
		return setText(&u.DisplayName, v)
	case "name.givenname":
		return setText(&u.Given, v)
	case "name.familyname":
		return setText(&u.Family, v)
	case "name":
		return setName(u, v)
	case "emails":
		return setEmails(u, v)
	case "password":
		return setText(&u.Password, v)
	case "id", "meta", "groups":
		return refusal{http.StatusBadRequest, "mutability", name + " is read-only"}
	}
	if strings.ContainsAny(path, "[]") || !strings.HasPrefix(path, "urn:") && strings.Contains(path, ".") {
		return refusal{http.StatusBadRequest, "invalidPath", "the path is not understood"}
	}
	if u.Extra == nil {
		u.Extra = map[string]jsontext.Value{}
	}
	for have := range u.Extra {
		if strings.EqualFold(have, path) {
			delete(u.Extra, have)
		}
	}
	if v != nil {
		u.Extra[path] = v.Clone()
	}
	return nil
}

func setText(into *string, v jsontext.Value) error {
	*into = ""
	if v == nil || v.Kind() == 'n' {
		return nil
	}
	if err := json.Unmarshal(v, into); err != nil {
		return refusal{http.StatusBadRequest, "invalidValue", "the value must be a string"}
	}
	return nil
}

func setActive(u *User, v jsontext.Value, k Quirks) error {
	switch v.Kind() {
	case 't', 'f':
		u.Active = v.Kind() == 't'
		return nil
	case '"':
		if k.StringsAreTrue {
			u.Active = true
			return nil
		}
		var s string
		if json.Unmarshal(v, &s) == nil && k.ActiveStrings {
			u.Active = strings.EqualFold(s, "true")
			return nil
		}
	}
	return refusal{http.StatusBadRequest, "invalidValue", "active must be a boolean"}
}

func setName(u *User, v jsontext.Value) error {
	u.Given, u.Family = "", ""
	if v == nil || v.Kind() == 'n' {
		return nil
	}
	return members(v, func(name string, v jsontext.Value) error {
		switch strings.ToLower(name) {
		case "givenname":
			return setText(&u.Given, v)
		case "familyname":
			return setText(&u.Family, v)
		}
		return nil
	})
}

func setEmails(u *User, v jsontext.Value) error {
	u.Emails = nil
	if v == nil || v.Kind() == 'n' {
		return nil
	}
	values, err := entryValues(v)
	u.Emails = values
	return err
}

// entryValues are the values of a list of complex attributes or plain strings.
func entryValues(v jsontext.Value) (all []string, err error) {
	if v.Kind() != '[' {
		v = jsontext.Value("[" + string(v) + "]")
	}
	var list []jsontext.Value
	if err := json.Unmarshal(v, &list); err != nil {
		return nil, refusal{http.StatusBadRequest, "invalidValue", "the value must be a list"}
	}
	for _, e := range list {
		var value string
		switch e.Kind() {
		case '{':
			var entry struct {
				Value jsontext.Value `json:"value"`
			}
			err = json.Unmarshal(e, &entry, json.MatchCaseInsensitiveNames(true))
			value = plain(entry.Value)
		default:
			value = plain(e)
		}
		if err != nil {
			return nil, refusal{http.StatusBadRequest, "invalidValue", "an entry cannot be read"}
		}
		if value != "" {
			all = append(all, value)
		}
	}
	return all, nil
}

// plain is a string's text or a number's digits.
func plain(v jsontext.Value) string {
	var s string
	if v.Kind() == '0' {
		return v.String()
	}
	if v.Kind() == '"' && json.Unmarshal(v, &s) == nil {
		return s
	}
	return ""
}

// replaceUser reads a whole user, as PUT and POST send it.
func replaceUser(u *User, body []byte, k Quirks) error {
	return members(body, func(name string, v jsontext.Value) error {
		switch strings.ToLower(name) {
		case "id", "meta", "groups", "schemas":
			return nil
		}
		return setUser(u, name, v, k)
	})
}

// replaceGroup does the same for a group.
func replaceGroup(g *Group, body []byte) error {
	return members(body, func(name string, v jsontext.Value) error {
		switch strings.ToLower(name) {
		case "id", "meta", "schemas":
			return nil
		}
		return setGroup(g, "replace", name, v)
	})
}

func patchGroup(g *Group, q *request) error {
	ops, err := q.operations()
	if err != nil {
		return err
	}
	for _, o := range ops {
		before := g.Members
		if err := patchGroupOnce(g, o, q.quirks); err != nil {
			return err
		}
		if q.quirks.MembersStay && len(g.Members) < len(before) {
			g.Members = before
		}
	}
	return nil
}

func patchGroupOnce(g *Group, o operation, k Quirks) error {
	set := func(name string, v jsontext.Value) error { return setGroup(g, o.Op, name, v) }
	isMembers := bare(o.Path) == "members"
	switch {
	case o.Path == "":
		return members(o.Value, set)
	case strings.Contains(o.Path, "[") && k.PathClears:
		g.Members = nil
		return nil
	case strings.Contains(o.Path, "["):
		return oneMember(g, o)
	case isMembers && k.MemberLimit > 0 && o.Value != nil && strings.Count(string(o.Value), "value") > k.MemberLimit:
		return refusal{http.StatusBadRequest, "invalidValue", "the request is not understood"}
	case isMembers && o.Op == "remove" && o.Value != nil && k.ListRemoves:
		return dropMembers(g, o.Value)
	case isMembers && o.Op == "add" && k.MembersTwice:
		ids, err := entryValues(o.Value)
		g.Members = append(slices.Clone(g.Members), ids...)
		return err
	}
	return set(o.Path, o.Value)
}

func setGroup(g *Group, op, path string, v jsontext.Value) error {
	if op == "remove" {
		v = nil
	}
	switch name := bare(path); name {
	case "displayname":
		return setText(&g.DisplayName, v)
	case "externalid":
		return setText(&g.ExternalID, v)
	case "members":
		if op != "add" {
			g.Members = nil
		}
		if v == nil || v.Kind() == 'n' {
			return nil
		}
		ids, err := entryValues(v)
		for _, id := range ids {
			if op != "add" || !slices.Contains(g.Members, id) {
				g.Members = append(g.Members, id)
			}
		}
		return err
	case "id", "meta":
		return refusal{http.StatusBadRequest, "mutability", name + " is read-only"}
	}
	if g.Extra == nil {
		g.Extra = map[string]jsontext.Value{}
	}
	delete(g.Extra, path)
	if v != nil {
		g.Extra[path] = v.Clone()
	}
	return nil
}

// dropMembers is the removal with a value list as Entra ID means it. RFC 7644
// knows no value for remove: there, it empties the group.
func dropMembers(g *Group, v jsontext.Value) error {
	ids, err := entryValues(v)
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(id string) bool { return slices.Contains(ids, id) })
	return err
}

var memberPath = regexp.MustCompile(`(?i)^\s*(?:urn:[^\[]*:)?members\[\s*value\s+eq\s+("(?:[^"\\]|\\.)*")\s*\]\s*$`)

// oneMember serves members[value eq "id"].
func oneMember(g *Group, o operation) error {
	m := memberPath.FindStringSubmatch(o.Path)
	if m == nil || o.Op != "remove" {
		return refusal{http.StatusBadRequest, "invalidPath", "the path is not understood"}
	}
	var id string
	if err := json.Unmarshal([]byte(m[1]), &id); err != nil {
		return refusal{http.StatusBadRequest, "invalidPath", "the path's value is not understood"}
	}
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(x string) bool { return x == id })
	return nil
}
