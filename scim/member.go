package scim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// RemoveMember prepares the removal of one member from a group, and of that
// one only. Put needs the group as it was just read, and is refused where the
// server does not show the member there: what it hides would be lost.
//
// Read the group back and compare all members afterwards.
func (c *Client) RemoveMember(group, member string, f Form, current *Group) (Write, error) {
	const op = "remove member"
	path, quoted, err := c.memberPath(group, member)
	if err != nil {
		return Write{}, c.prepare(op, path, err)
	}
	switch f {
	case PatchPath:
		target, err := jsontext.AppendQuote(nil, "members[value eq "+quoted+"]")
		if err != nil {
			return Write{}, c.prepare(op, path, errNotText)
		}
		return patch(path, `{"op":"remove","path":`+string(target)+`}`), nil
	case PatchValues:
		return patch(path, `{"op":"remove","path":"members","value":[{"value":`+quoted+`}]}`), nil
	case Put:
		return c.putMembers(op, path, membership{group, member, quoted, false}, current)
	}
	return Write{}, c.prepare(op, path, noForm(f))
}

// AddMember prepares the addition of one user to a group. Put is refused
// where the server shows no members of the group, and where the user is one
// already: some servers list an added member twice.
func (c *Client) AddMember(group, member string, f Form, current *Group) (Write, error) {
	const op = "add member"
	path, quoted, err := c.memberPath(group, member)
	if err != nil {
		return Write{}, c.prepare(op, path, err)
	}
	entry := `[{"value":` + quoted + `}]`
	switch f {
	case PatchPath:
		return patch(path, `{"op":"add","path":"members","value":`+entry+`}`), nil
	case PatchObject:
		return patch(path, `{"op":"add","value":{"members":`+entry+`}}`), nil
	case Put:
		return c.putMembers(op, path, membership{group, member, quoted, true}, current)
	}
	return Write{}, c.prepare(op, path, noForm(f))
}

// Delete prepares the deletion of a user or group. What it does differs
// between vendors, from deactivating to deleting for ever.
func (c *Client) Delete(kind Kind, id string) (Write, error) {
	const op = "delete"
	if kind != Users && kind != Groups {
		return Write{}, c.prepare(op, "", errors.New("there is no such kind of resource"))
	}
	path, err := c.base.resource(kind, id)
	if err != nil {
		return Write{}, c.prepare(op, "", err)
	}
	return Write{Method: http.MethodDelete, Path: path}, nil
}

var (
	errNotText  = errors.New("the id is not valid text")
	errHidden   = errors.New("the server does not show this group's members, and replacing the group would lose them")
	errNoMember = errors.New("the group as it was read does not list this member")
	errTwoWays  = errors.New("the group as it was read can be taken in more than one way, and replacing it could lose members")
	errMember   = errors.New("the group as it was read lists this member already")
)

func noForm(f Form) error {
	return fmt.Errorf("there is no form %q of this change", clean(string(f), 40))
}

// memberPath is the group's path and the member's id as a JSON string, which
// is what a filter's literal is.
func (c *Client) memberPath(group, member string) (path, quoted string, err error) {
	if path, err = c.base.resource(Groups, group); err != nil {
		return "", "", err
	}
	if member == "" {
		return path, "", errors.New("the member's id is empty")
	}
	b, err := jsontext.AppendQuote(nil, member)
	if err != nil {
		return path, "", errNotText
	}
	return path, string(b), nil
}

// membership is one member to be in a group or not.
type membership struct {
	group, member string
	quoted        string // the member's id as a JSON string
	wanted        bool
}

// putMembers replaces a group by itself with one member more or less. Entries
// of other members stay byte for byte, those without a value included.
func (c *Client) putMembers(op, path string, m membership, current *Group) (Write, error) {
	if err := m.check(current); err != nil {
		return Write{}, c.prepare(op, path, err)
	}
	entries, err := otherEntries(current, m.member)
	if err != nil {
		return Write{}, c.prepare(op, path, err)
	}
	if m.wanted {
		entries = append(entries, `{"value":`+m.quoted+`}`)
	}
	body, err := rewrite(current.Raw, groupRewrite, "members", "["+strings.Join(entries, ",")+"]")
	if err != nil {
		return Write{}, c.prepare(op, path, err)
	}
	return Write{Method: http.MethodPut, Path: path, Body: body}, nil
}

// check refuses a PUT that could lose members or change nothing.
func (m membership) check(current *Group) error {
	if current == nil || current.ID != m.group {
		return errNotRead
	}
	if current.Hidden {
		return errMasked
	}
	if !current.MembersKnown || len(current.Members) == 0 {
		return errHidden
	}
	listed := slices.ContainsFunc(current.Members, func(x Member) bool { return x.Value == m.member })
	switch {
	case m.wanted && listed:
		return errMember
	case !m.wanted && !listed:
		return errNoMember
	}
	return nil
}

// otherEntries are the entries of a group's members, except those that name
// without. They must name whom the group as decoded names: a resource that has
// members twice, once null, could be taken for either.
func otherEntries(g *Group, without string) (all []string, err error) {
	r, left := newReader(nil), g.Members
	err = eachElement(member(g.Raw, "members"), func(v jsontext.Value) error {
		r.reset(v)
		m, err := readEntry(r)
		if err == nil && m.Value != without {
			all = append(all, string(v))
		}
		if err != nil || m.Value == "" {
			return err
		}
		if len(left) == 0 || left[0].Value != m.Value {
			return errTwoWays
		}
		left = left[1:]
		return nil
	})
	if err == nil && len(left) > 0 {
		err = errTwoWays
	}
	return all, err
}
