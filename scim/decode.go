package scim

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errNoID  = errors.New("it has no id")
	errBadID = errors.New("its id is not valid text")
)

// Bounds of single values, so that an account can always be named in the record
// and in a request. They lie far above what is in use. A resource with a longer id,
// its own or another's, is not decoded: a cut one would name another. Any other value
// is cut, since whoever may set his own must not keep a list from being sealed by it.
// One that accounts are matched by (userName, externalId, an address) is then one
// character longer than any may be, and must match nothing.
const (
	maxID   = 1024 // bytes of an id
	maxText = 1000 // characters of any other value
)

// marked is a text that tells where it was cut.
func marked(s string) string {
	if short := cut(s); len(short) < len(s) {
		return short + ellipsis
	}
	return s
}

// address consumes a value as text does.
func (r *reader) address() (string, error) {
	s, err := r.text()
	return marked(s), err
}

// label consumes a value as text does and cuts it where it is too long.
func (r *reader) label() (string, error) {
	s, err := r.text()
	return cut(s), err
}

// cut ends a text after as many characters as one may have.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := 0
	for i := range s {
		if n == maxText {
			return s[:i]
		}
		n++
	}
	return s
}

// etag consumes a version; what could not be sent back as it is counts as none.
func (r *reader) etag() (string, error) {
	raw, err := r.dec.ReadValue()
	if err != nil || raw.Kind() != '"' {
		return "", err
	}
	s, ok := exactText(raw)
	if !ok || len(s) > maxText || strings.ContainsFunc(s, unicode.IsControl) {
		return "", nil
	}
	return s, nil
}

// identity collects what two resource types share and refuses a resource that
// names one of its keys twice with different values: acting on either reading
// could hit the wrong account.
type identity struct {
	id, externalID        string
	version               string
	displayName, fallback string
}

// once stores a key's value; a second, different one is an error.
func (x *identity) once(r *reader, name string, into *string) error {
	raw, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	if raw.Kind() == 'n' {
		return nil
	}
	s, ok := exactText(raw)
	if !ok && name == "id" {
		return errBadID
	}
	if name != "id" {
		s = marked(s)
	} else if len(s) > maxID {
		return fmt.Errorf("its id is longer than %d bytes", maxID)
	}
	if *into != "" && *into != s {
		return fmt.Errorf("it names %s twice with different values", name)
	}
	*into = s
	return nil
}

// listOnce refuses a second list of the same name.
func (x *identity) listOnce(name string, known *bool, kind jsontext.Kind) error {
	if kind == 'n' {
		return nil
	}
	if *known {
		return fmt.Errorf("it names %s twice", name)
	}
	*known = true
	return nil
}

func (x *identity) meta(r *reader) error {
	return r.members(func(name []byte) (err error) {
		switch string(name) {
		case "version":
			x.version, err = r.etag()
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
}

// common consumes a member that users and groups share, or skips it.
func (x *identity) common(r *reader, name []byte) (err error) {
	switch string(name) {
	case "id":
		return x.once(r, "id", &x.id)
	case "externalid":
		return x.once(r, "externalId", &x.externalID)
	case "displayname":
		x.displayName, err = r.label()
	case "meta":
		return x.meta(r)
	default:
		err = r.dec.SkipValue()
	}
	return err
}

// decodeUser reads a user leniently. The error is a clause about the resource.
func decodeUser(r *reader, raw jsontext.Value) (User, error) {
	var x identity
	u := User{Raw: raw}
	var emailsSeen bool
	if raw.Kind() != '{' {
		return User{}, errNotObject
	}
	r.reset(raw)
	err := r.members(func(name []byte) error {
		switch string(name) {
		case "username":
			return x.once(r, "userName", &u.UserName)
		case "active":
			return u.readActive(r)
		case "emails":
			if err := x.listOnce("emails", &emailsSeen, r.dec.PeekKind()); err != nil {
				return err
			}
			return r.elements(func() error { return u.readEmail(r) })
		case "groups":
			if err := x.listOnce("groups", &u.GroupsKnown, r.dec.PeekKind()); err != nil {
				return err
			}
			return r.elements(func() error { return u.readGroup(r) })
		case "name":
			return x.readName(r)
		case "name.formatted":
			return x.readFormatted(r)
		}
		return x.common(r, name)
	})
	if err == nil && x.id == "" {
		err = errNoID
	}
	if err != nil {
		return User{}, err
	}
	u.ID, u.ExternalID, u.DisplayName = x.id, x.externalID, x.displayName
	u.ETag = x.version
	if u.DisplayName == "" {
		u.DisplayName = x.fallback
	}
	return u, nil
}

// readFormatted keeps a formatted name that stands flattened in the user.
func (x *identity) readFormatted(r *reader) (err error) {
	x.fallback, err = r.label()
	return err
}

// readName keeps a formatted name, or given and family name, for servers
// without displayName.
func (x *identity) readName(r *reader) error {
	var formatted, given, family string
	err := r.members(func(name []byte) (err error) {
		switch string(name) {
		case "formatted":
			formatted, err = r.label()
		case "givenname":
			given, err = r.label()
		case "familyname":
			family, err = r.label()
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
	x.fallback = formatted
	if formatted == "" {
		x.fallback = strings.TrimSpace(given + " " + family)
	}
	x.fallback = cut(x.fallback)
	return err
}

// readActive keeps the JSON of active. Two different values are unknown.
func (u *User) readActive(r *reader) error {
	raw, err := r.dec.ReadValue()
	if err != nil {
		return err
	}
	text, a := string(raw), truth(raw)
	switch {
	case u.RawActive == "":
		u.RawActive, u.Active = text, a
	case u.RawActive != text:
		u.RawActive, u.Active = u.RawActive+", "+text, ActiveUnknown
	}
	u.RawActive = cut(u.RawActive)
	return nil
}

// readEmail takes an address as an object or, as some servers send it, as a
// plain string. One without a value is left out.
func (u *User) readEmail(r *reader) error {
	var e Email
	if r.dec.PeekKind() != '{' {
		s, err := r.address()
		if s != "" {
			u.Emails = append(u.Emails, Email{Value: s})
		}
		return err
	}
	err := r.members(func(name []byte) (err error) {
		switch string(name) {
		case "value":
			e.Value, err = r.address()
		case "type":
			e.Type, err = r.label()
		case "primary":
			var raw jsontext.Value
			raw, err = r.dec.ReadValue()
			e.Primary = truth(raw) == ActiveTrue
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
	if e.Value != "" {
		u.Emails = append(u.Emails, e)
	}
	return err
}

// readGroup takes one membership; one without a value is left out.
func (u *User) readGroup(r *reader) error {
	e, err := readEntry(r)
	if e.Value != "" {
		u.Groups = append(u.Groups, Membership{ID: e.Value, Display: e.Display, Direct: !strings.EqualFold(e.Type, "indirect")})
	}
	return err
}

// reference consumes the id of another resource.
func (r *reader) reference() (string, error) {
	s, err := r.text()
	if err == nil && len(s) > maxID {
		err = fmt.Errorf("an id in its lists is longer than %d bytes", maxID)
	}
	return s, err
}

// readEntry reads value, display and type of a reference, or a bare value.
func readEntry(r *reader) (Member, error) {
	var m Member
	if r.dec.PeekKind() != '{' {
		s, err := r.reference()
		return Member{Value: s}, err
	}
	err := r.members(func(name []byte) (err error) {
		switch string(name) {
		case "value":
			m.Value, err = r.reference()
		case "display":
			m.Display, err = r.label()
		case "type":
			m.Type, err = r.label()
		default:
			err = r.dec.SkipValue()
		}
		return err
	})
	return m, err
}

// decodeGroup reads a group leniently.
func decodeGroup(r *reader, raw jsontext.Value) (Group, error) {
	var x identity
	g := Group{Raw: raw}
	if raw.Kind() != '{' {
		return Group{}, errNotObject
	}
	r.reset(raw)
	err := r.members(func(name []byte) error {
		if string(name) != "members" {
			return x.common(r, name)
		}
		if err := x.listOnce("members", &g.MembersKnown, r.dec.PeekKind()); err != nil {
			return err
		}
		return r.elements(func() error {
			m, err := readEntry(r)
			if m.Value != "" {
				g.Members = append(g.Members, m)
			}
			return err
		})
	})
	if err == nil && x.id == "" {
		err = errNoID
	}
	if err != nil {
		return Group{}, err
	}
	g.ID, g.ExternalID, g.DisplayName = x.id, x.externalID, x.displayName
	g.ETag = x.version
	return g, nil
}

// DecodeUser reads a user resource that was kept, as leniently as one that a
// server sends.
func DecodeUser(raw jsontext.Value) (User, error) { return decodeUser(newReader(nil), raw) }

// DecodeGroup does the same for a group.
func DecodeGroup(raw jsontext.Value) (Group, error) { return decodeGroup(newReader(nil), raw) }
