package app

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// mostChanges bounds what a change lists; a resource of thousands of members
// is told by its number.
const mostChanges = 200

// EntryChange is what an account, or a group, looked like before a call and
// what was read back after it.
type EntryChange struct {
	Of          string         `json:"of"` // "account" or "group"
	Attributes  []AttrChange   `json:"attributes"`
	Memberships []MemberChange `json:"memberships"` // groups of the account, or members of the group
	Kept        int            `json:"kept"`        // memberships that are the same before and after
	More        int            `json:"more"`        // changes that are not listed
	Missing     string         `json:"missing"`     // why there is nothing to compare with; "" where there is
	// Unseen: what was read back does not name memberships, so that nothing is
	// known of them.
	Unseen bool `json:"unseen"`
}

// AttrChange is one attribute that differs. An element of a list that came or
// went has only one of the two.
type AttrChange struct {
	Path   string `json:"path"` // "active", "name.familyName"
	Before string `json:"before"`
	After  string `json:"after"`
	Had    bool   `json:"had"` // it was there before
	Has    bool   `json:"has"` // it is there after
}

// MemberChange is a membership that came or went.
type MemberChange struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Added bool   `json:"added"`
}

// changeOf compares the image before a call with what was read back; o is nil
// where nothing was yet.
func changeOf(i actionIntent, o *actionOutcome) EntryChange {
	c := EntryChange{Of: "account", Attributes: []AttrChange{}, Memberships: []MemberChange{}}
	before, list := i.Before, "groups"
	if i.Action == actionRemoveMember || i.Action == actionAddMember {
		c.Of, before, list = "group", i.BeforeGroup, "members"
	}
	if c.Missing = missing(before.Erased(), o); c.Missing != "" {
		return c
	}
	was, now := resource(before.Bytes()), resource(o.After.Bytes())
	if was == nil || now == nil {
		c.Missing = "One of the two is not a JSON object, so they cannot be compared."
		return c
	}
	c.attributes(was, now, list)
	if c.Of == "account" {
		var known []membership
		if json.Unmarshal(i.Memberships.Bytes(), &known) == nil {
			c.memberships(membersIn(known), elements(now[keyOfList(now, list)]), keyOfList(now, list) != "")
		}
		return c
	}
	c.memberships(elements(was[keyOfList(was, list)]), elements(now[keyOfList(now, list)]), true)
	return c
}

// missing says why there is nothing to compare with.
func missing(erased bool, o *actionOutcome) string {
	switch {
	case erased:
		return "What it looked like before was erased."
	case o == nil:
		return "It was not read back yet."
	case o.After.Erased():
		return "What was read back was erased."
	case o.Outcome == outcomeGone:
		return "The tenant no longer knows the account."
	case len(o.After.Bytes()) == 0:
		return "Nothing could be read back."
	}
	return ""
}

// resource decodes a server's resource; nil where it is not an object.
func resource(raw []byte) map[string]any {
	var v map[string]any
	if json.Unmarshal(raw, &v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return nil
	}
	return v
}

// keyOfList finds an attribute as SCIM names are compared, whatever its case.
func keyOfList(r map[string]any, name string) string {
	for k := range r {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return ""
}

func (c *EntryChange) attributes(was, now map[string]any, list string) {
	before, after := map[string][]string{}, map[string][]string{}
	flatten("", was, before, list)
	flatten("", now, after, list)
	paths := slices.Collect(maps.Keys(before))
	for p := range after {
		if _, both := before[p]; !both {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	for _, p := range paths {
		c.attribute(p, before[p], after[p])
	}
}

// attribute adds what differs at one path: one value against another, or the
// elements of a list that came and went.
func (c *EntryChange) attribute(path string, was, now []string) {
	if len(was) == 1 && len(now) == 1 {
		if was[0] != now[0] {
			c.add(AttrChange{path, was[0], now[0], true, true})
		}
		return
	}
	for _, v := range lacking(was, now) {
		c.add(AttrChange{Path: path, Before: v, Had: true})
	}
	for _, v := range lacking(now, was) {
		c.add(AttrChange{Path: path, After: v, Has: true})
	}
}

func (c *EntryChange) add(a AttrChange) {
	if len(c.Attributes) == mostChanges {
		c.More++
		return
	}
	c.Attributes = append(c.Attributes, a)
}

// lacking returns the values of a that are not in b, each as often as it is
// there too often.
func lacking(a, b []string) []string {
	left := map[string]int{}
	for _, v := range b {
		left[v]++
	}
	var out []string
	for _, v := range a {
		if left[v]--; left[v] < 0 {
			out = append(out, v)
		}
	}
	return out
}

// flatten collects the values of a resource by path. What the server says
// about the resource itself (meta) is left out, as when a plan is compared.
func flatten(path string, v any, out map[string][]string, list string) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if path == "" && (strings.EqualFold(k, "meta") || strings.EqualFold(k, list)) {
				continue
			}
			flatten(strings.TrimPrefix(path+"."+k, "."), inner, out, "")
		}
	case []any:
		for _, e := range v {
			out[path] = append(out[path], inWords(e))
		}
	default:
		out[path] = append(out[path], inWords(v))
	}
}

func inWords(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return "(cannot be shown)"
	}
	return string(b)
}

// elements are the members of a SCIM list by their ids, with their names.
func elements(v any) map[string]string {
	out := map[string]string{}
	list, _ := v.([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		id, _ := m["value"].(string)
		name, _ := m["display"].(string)
		if id != "" {
			out[id] = name
		}
	}
	return out
}

func membersIn(list []membership) map[string]string {
	out := make(map[string]string, len(list))
	for _, m := range list {
		out[m.ID] = m.Name
	}
	return out
}

func (c *EntryChange) memberships(was, now map[string]string, seen bool) {
	if c.Unseen = !seen && len(was) > 0; !seen {
		return
	}
	list := func(a, b map[string]string, added bool) {
		for _, id := range slices.Sorted(maps.Keys(a)) {
			if _, same := b[id]; same {
				continue
			}
			if len(c.Memberships) == mostChanges {
				c.More++
				continue
			}
			c.Memberships = append(c.Memberships, MemberChange{id, cmp.Or(a[id], id), added})
		}
	}
	list(was, now, false)
	list(now, was, true)
	for id := range was {
		if _, same := now[id]; same {
			c.Kept++
		}
	}
}
