package scimtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	schemaUser  = "urn:ietf:params:scim:schemas:core:2.0:User"
	schemaGroup = "urn:ietf:params:scim:schemas:core:2.0:Group"
)

// renderUser appends a user's JSON to b.
func (s *Server) renderUser(b []byte, u *User, k Quirks) []byte {
	if u.Raw != "" {
		return append(b, u.Raw...)
	}
	b = append(b, `{"schemas":["`+schemaUser+`"],"id":`+renderID(u.ID, k)...)
	b = text(b, "externalId", u.ExternalID)
	b = text(b, "userName", u.UserName)
	b = text(b, "displayName", u.DisplayName)
	if u.Given != "" || u.Family != "" {
		b = append(b, `,"name":{"formatted":`+quote(strings.TrimSpace(u.Given+" "+u.Family))...)
		b = text(text(b, "givenName", u.Given), "familyName", u.Family)
		b = append(b, '}')
	}
	b = renderEmails(b, u.Emails, k)
	b = renderActive(b, u.Active, k)
	if k.ShowPassword {
		b = text(b, "password", "hunter2-"+u.Password)
	}
	for _, name := range slices.Sorted(maps.Keys(u.Extra)) {
		b = append(append(b, ","+quote(name)+":"...), u.Extra[name]...)
	}
	if !k.OmitUserGroups {
		b = s.renderMemberships(b, u.ID, k)
	}
	b = s.renderMeta(b, "User", u.ID, u.Created, u.Modified, u.Version, k)
	return append(b, '}')
}

func renderID(id string, k Quirks) string {
	if k.NumericIDs && id != "" && strings.Trim(id, "0123456789") == "" {
		return id
	}
	return quote(id)
}

// text appends a member unless its value is empty.
func text(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return append(b, `,"`+name+`":`+quote(value)...)
}

func renderEmails(b []byte, emails []string, k Quirks) []byte {
	if len(emails) == 0 {
		return b
	}
	b = append(b, `,"emails":[`...)
	for i, e := range emails {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case k.EmailsAsStrings:
			b = append(b, quote(e)...)
		default:
			b = append(b, `{"value":`+quote(e)+`,"type":"work","primary":`+strconv.FormatBool(i == 0)+`}`...)
		}
	}
	return append(b, ']')
}

func renderActive(b []byte, active bool, k Quirks) []byte {
	switch {
	case k.OmitActive, k.OmitFalse && !active:
		return b
	case k.ActiveNull:
		return append(b, `,"active":null`...)
	case k.ActiveStrings && active:
		return append(b, `,"active":"True"`...)
	case k.ActiveStrings:
		return append(b, `,"active":"False"`...)
	}
	return append(b, `,"active":`+strconv.FormatBool(active)...)
}

func (s *Server) renderMemberships(b []byte, id string, k Quirks) []byte {
	groups := s.users.memberOf[id]
	if len(groups) == 0 {
		return b
	}
	b = append(b, `,"groups":[`...)
	for i, g := range groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"value":`+renderID(g.ID, k)+`,"display":`+quote(g.DisplayName)+`,"type":"direct"}`...)
	}
	return append(b, ']')
}

func (s *Server) renderMeta(b []byte, kind, id string, created, modified time.Time, version int, k Quirks) []byte {
	if k.OmitMeta {
		return b
	}
	b = append(b, `,"meta":{"resourceType":"`+kind+`","created":"`+created.Format(time.RFC3339)+`","lastModified":"`+modified.Format(time.RFC3339)+`"`...)
	if k.ETags {
		b = append(b, `,"version":`+quote(etag(version, k))...)
	}
	return append(b, `,"location":`+quote(s.URL+"/"+kind+"s/"+escapeID(id))+`}`...)
}

func etag(version int, k Quirks) string {
	if k.BareETags {
		return strconv.Itoa(version)
	}
	return `W/"` + strconv.Itoa(version) + `"`
}

// renderGroup appends a group's JSON to b.
func (s *Server) renderGroup(b []byte, g *Group, k Quirks) []byte {
	if g.Raw != "" {
		return append(b, g.Raw...)
	}
	b = append(b, `{"schemas":["`+schemaGroup+`"],"id":`+renderID(g.ID, k)...)
	b = text(b, "externalId", g.ExternalID)
	b = text(b, "displayName", g.DisplayName)
	for _, name := range slices.Sorted(maps.Keys(g.Extra)) {
		b = append(append(b, ","+quote(name)+":"...), g.Extra[name]...)
	}
	switch {
	case k.OmitMembers:
	case k.HideMembers:
		b = append(b, `,"members":[]`...)
	case k.MembersShown > 0:
		b = s.renderMembers(b, g.Members[:min(len(g.Members), k.MembersShown)], k)
	default:
		b = s.renderMembers(b, g.Members, k)
	}
	b = s.renderMeta(b, "Group", g.ID, g.Created, g.Modified, g.Version, k)
	return append(b, '}')
}

func (s *Server) renderMembers(b []byte, members []string, k Quirks) []byte {
	if len(members) == 0 {
		return b
	}
	b = append(b, `,"members":[`...)
	for i, id := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"value":`+renderID(id, k)...)
		if u := s.users.byID[id]; u != nil {
			b = text(b, "display", u.DisplayName)
		}
		b = append(b, `,"type":"User"}`...)
	}
	return append(b, ']')
}
