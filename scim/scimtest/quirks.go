package scimtest

// Quirks are the ways in which real servers differ from the RFCs. The zero
// value has none. They may be combined.
type Quirks struct {
	// Listing.
	PageCap          int    // never more resources than this on a page
	DefaultCount     int    // page size where count is absent; 0 = 100
	CountLimit       int    // answers 400 to a larger count
	Total            Total  // what totalResults says
	WrapPastEnd      bool   // past the end it starts over
	Endless          bool   // past the end it invents users, two at a time
	IgnoreStartIndex bool   // every page is the first
	IgnoreCount      bool   // everything on one page
	Overlap          int    // pages begin this many resources early
	Rounds           Rounds // pages begin at whole pages
	UnstableOrder    bool   // the order changes with every request that is not sorted
	UnstableSorted   bool   // the order changes even when sorted
	SortStatus       int    // answers sortBy with this status
	IgnoreFilter     bool   // a filter returns the first page
	FilterStatus     int    // answers filter with this status
	CaseSensitive    bool   // userName eq compares case
	HideInactive     bool   // lists active users only
	ZeroUsers        bool   // lists no users
	NullResources    bool   // an empty page has Resources null
	OmitResources    bool   // an empty page has no Resources
	LowerCaseNames   bool   // resources, totalresults ...
	ItemsPerPageAsks bool   // itemsPerPage is the count asked for
	Cursor           Cursor // RFC 9865
	CursorTotal      bool   // pages by cursor have totalResults
	CursorLoop       bool   // the last cursor leads back to the first page
	CursorExpires    int    // after this many pages a cursor is expired, once

	// Resources.
	ActiveStrings   bool // "True" and "False"
	ActiveNull      bool // null
	OmitActive      bool // always absent
	OmitFalse       bool // absent where false
	EmailsAsStrings bool // emails: ["a@b"]
	NumericIDs      bool // ids of digits are numbers
	OmitUserGroups  bool // users lack groups
	HideMembers     bool // groups list no members: []
	OmitMembers     bool // groups lack members
	MembersShown    int  // a group shows no more members than this
	ShowPassword    bool // users have a password
	OmitMeta        bool // no meta
	ETags           bool // ETag header and meta.version
	BareETags       bool // the ETag lacks its quotes
	EnforceIfMatch  bool // 412 for a stale If-Match

	// All answers, or their bodies.
	Reject      bool       // 401 to everything
	RejectPage  bool       // 200 with a sign-in page to everything
	RejectJSON  bool       // 200 with {"status":"error"} to everything
	EmptyObject bool       // 200 with {} to everything
	RedirectTo  string     // 307 to this prefix plus the path
	PlainJSON   bool       // 406 and 415 to application/scim+json
	ErrorShape  ErrorShape // of error bodies

	// Writes.
	PatchStatus     int  // answers every PATCH with this status, without effect
	PatchPathStatus int  // answers a PATCH with a path so
	PatchObject     int  // answers a PATCH without path so
	ValuePathStatus int  // answers a path such as members[value eq "1"] so
	ListRemoves     bool // remove of members with a value list removes those only; by the RFC it clears the group
	PathClears      bool // removing one member by its path clears the group all the same
	MembersTwice    bool // adding a member again lists it twice
	MemberLimit     int  // answers 400 to a change of more members than this
	MembersStay     bool // member removals answer 200 and change nothing
	PutStatus       int  // answers every PUT so
	DeleteStatus    int  // answers every DELETE so
	NoEffect        bool // writes answer 200 and change nothing
	Accepted        bool // writes answer 202 and change nothing yet
	CarriedOut500   bool // writes are carried out and answered with 500
	CarriedOut400   bool // writes are carried out and answered with 400
	NoContent       bool // PATCH and PUT answer 204
	EmptyAnswer     bool // PATCH and PUT answer {}
	InactiveLeaves  bool // deactivating a user takes it out of its groups
	StringsAreTrue  bool // any string written to active is true, "False" too
	DeleteSoft      bool // DELETE deactivates
	DeleteBody      bool // DELETE answers 200 with a body
	DeleteTwice500  bool // DELETE of what is not there answers 500
	Tombstones      bool // a deleted user name stays taken: 409

	// Discovery.
	NoDiscovery    bool // 404 {} to all of it
	BareArrays     bool // lists without an envelope
	PluralConfig   bool // ServiceProviderConfigs
	DiscoveryOpen  bool // without a credential
	DiscoveryWrong bool // says the opposite of what is true
	DiscoveryHTML  bool // a web page
}

// Total says what totalResults is.
type Total string

// The ways of totalResults.
const (
	TotalHonest    Total = ""
	TotalPage      Total = "page"      // the length of this page
	TotalCapped    Total = "capped"    // never above 50
	TotalRemainder Total = "remainder" // from this page on
	TotalTooMany   Total = "too-many"  // ten more than there are
	TotalTooFew    Total = "too-few"   // ten fewer
	TotalAbsent    Total = "absent"
)

// Rounds says how a server that thinks in page numbers reads a startIndex.
type Rounds string

// The ways of rounding. Both serve the right page where it is asked for by its
// first resource.
const (
	RoundsNot  Rounds = ""
	RoundsDown Rounds = "down" // to the page that holds the index
	RoundsUp   Rounds = "up"   // the last index of a page is taken for the next page
)

// Cursor says how a server pages by cursor.
type Cursor string

// The ways of paging by cursor.
const (
	CursorNone   Cursor = ""
	CursorAsked  Cursor = "asked"  // where the request has a cursor
	CursorBare   Cursor = "bare"   // where the first request has ?cursor without =
	CursorAlways Cursor = "always" // unasked too; startIndex is ignored
)

// ErrorShape is the form of an error's body.
type ErrorShape string

// The forms of errors.
const (
	ErrorRFC        ErrorShape = ""
	ErrorIntStatus  ErrorShape = "int-status"
	ErrorDetailList ErrorShape = "detail-list"
	ErrorSlack      ErrorShape = "slack"
	ErrorSalesforce ErrorShape = "salesforce"
	ErrorText       ErrorShape = "text"
	ErrorJSONText   ErrorShape = "json-as-text"
	ErrorHTML       ErrorShape = "html"
	ErrorEmpty      ErrorShape = "empty"
)
