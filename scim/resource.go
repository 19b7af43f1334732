package scim

import "github.com/go-json-experiment/json/jsontext"

// Kind is a resource type by the name of its collection.
type Kind string

// The two resource types of RFC 7643.
const (
	Users  Kind = "Users"
	Groups Kind = "Groups"
)

// Active is what a server says of a user's active attribute.
type Active int8

// ActiveUnknown stands for absent, null and anything that cannot be read as a
// boolean: absent is not false. Strings ("False") and 0 and 1 are read as what
// they mean.
const (
	ActiveUnknown Active = iota
	ActiveTrue
	ActiveFalse
)

// String is "true", "false" or "unknown".
func (a Active) String() string {
	switch a {
	case ActiveTrue:
		return "true"
	case ActiveFalse:
		return "false"
	}
	return "unknown"
}

// User is a typed view of a SCIM user (RFC 7643 section 4.1), read leniently.
type User struct {
	Raw         jsontext.Value // the resource exactly as sent, without any password or our credential
	ID          string         // never empty; a number is kept by its digits
	UserName    string
	ExternalID  string
	DisplayName string // or the formatted name, or given and family name; at most 1,000 characters of it
	Emails      []Email
	Active      Active
	RawActive   string // up to 1,000 characters of the JSON of active, such as "\"False\""; "" where it is absent
	Groups      []Membership
	GroupsKnown bool   // a list was sent; an empty one proves nothing
	Hidden      bool   // our credential stood in it: Raw is not what the server has
	ETag        string // header of a GET, else meta.version where that is text of at most 1,000 bytes
}

// Email is one address of a user. Type and Primary may be absent.
type Email struct {
	Value   string `json:"value"`
	Type    string `json:"type,omitzero"`
	Primary bool   `json:"primary,omitzero"`
}

// Membership is one entry of a user's groups. Direct is false only where the
// server calls the membership indirect: removing the user from that group is
// then no use.
type Membership struct {
	ID      string `json:"id"`
	Display string `json:"display,omitzero"`
	Direct  bool   `json:"direct"`
}

// Group is a typed view of a SCIM group (RFC 7643 section 4.2).
type Group struct {
	Raw          jsontext.Value // exactly as sent, without any password or our credential
	ID           string
	DisplayName  string
	ExternalID   string
	Members      []Member // without entries that name nobody; may hold duplicates
	MembersKnown bool     // a list was sent; several servers always send an empty one
	Hidden       bool     // our credential stood in it: Raw is not what the server has
	ETag         string
}

// Member is one entry of a group's members. Type is User, Group or "".
type Member struct {
	Value   string `json:"value"`
	Display string `json:"display,omitzero"`
	Type    string `json:"type,omitzero"`
}

// BadResource is an element of a list that is no readable resource. It is
// counted, and its listing is incomplete.
type BadResource struct {
	Raw    jsontext.Value // exactly as sent, without any password or our credential
	Reason string         // a clause such as "it has no id"
}
