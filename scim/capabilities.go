package scim

// Support is what is known of a server's ability.
type Support string

// Absence of a statement proves nothing, and a statement may be wrong.
const (
	Unknown Support = ""
	Yes     Support = "yes" // the server says so
	No      Support = "no"  // the server says so, or answered 403 or 501
)

// Capabilities are a server's own words about itself, taken as hints, and what
// a first page of users showed. They can be stored as JSON.
type Capabilities struct {
	Discovery      bool     `json:"discovery"` // a ServiceProviderConfig was found
	Patch          Support  `json:"patch"`
	Bulk           Support  `json:"bulk"`
	Filter         Support  `json:"filter"`
	Sort           Support  `json:"sort"`
	ETag           Support  `json:"etag"`
	CursorPaging   Support  `json:"cursorPaging"`
	IndexPaging    Support  `json:"indexPaging"`
	MaxResults     int      `json:"maxResults,omitzero"`
	AuthSchemes    []string `json:"authSchemes,omitempty"`
	ResourceTypes  []string `json:"resourceTypes,omitempty"`
	Schemas        []string `json:"schemas,omitempty"`
	PlainJSON      bool     `json:"plainJSON,omitzero"`    // application/scim+json is refused
	UsersOnPage    int      `json:"usersOnPage"`           // of the first page
	UsersClaimed   *int64   `json:"usersClaimed"`          // totalResults of the first page
	CursorUnasked  bool     `json:"cursorUnasked,omitzero"` // nextCursor although no cursor was sent
	ActiveMissing  int      `json:"activeMissing,omitzero"` // users of the first page whose active cannot be read
	Warnings       []string `json:"warnings,omitempty"`    // sentences on what was missing or odd
}

// Found is what a search by user name brought. An empty one says that the
// server found none, not that there is none: only a complete listing shows that.
type Found struct {
	Users    []User // whose userName equals the one asked for, apart from case
	Returned int    // resources that the server returned for the filter
	Obeyed   bool   // every one of them matched
}
