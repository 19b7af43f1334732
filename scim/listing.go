package scim

import (
	"slices"
	"time"
)

// ListOptions say where a listing starts. The zero value lists everything.
type ListOptions struct {
	// Start resumes a listing at the page that [Page.Next] of the last page
	// taken says; "" starts anew.
	Start Cursor
	// Seen yields the ids that were taken in the pass that Start names, each
	// once. It is asked only when resuming; as many as Start counts are needed.
	Seen func(yield func(id string) bool)
	// Earlier yields the ids of the first pass. It is needed only to resume a
	// second, sorted one, which must find all of them again; where it is nil,
	// such a listing begins anew.
	Earlier func(yield func(id string) bool)
	// Away is how long ago the page before Start was taken. After more than five
	// minutes, or where it is negative because the clock was set back, totals do
	// not vouch for the list: a second full pass must find the same ids.
	Away time.Duration
	// Paging is "" or "index" (startIndex and count), "cursor" (RFC 9865), or
	// "bare-cursor" for servers that want the first call as ?cursor. A server
	// that answers with a nextCursor is followed whatever stands here.
	Paging string
	// Cursors says that another list of this server was continued by cursor (see
	// [Listing.ByCursor]). A list without a total that came on one page, twice
	// alike and without a cursor, is then taken as whole.
	Cursors bool
}

// Cursor is the place of a listing between two pages, as text that may be
// stored. It carries no ids. One that the server refuses makes the listing begin
// anew.
type Cursor string

// Page is what one request brought. A sink gets the resources that are new in
// this pass; when Pass grows it drops all that earlier passes brought, unless
// Verify is set: such a pass only checks the ids of the pass before it, and a
// sink may ignore it.
type Page struct {
	Pass         int // from 1
	Number       int // of this page in its pass, from 1
	Verify       bool
	Anew         bool    // the resumed listing began anew: all taken before is to be dropped
	Users        []User  // when listing Users
	Groups       []Group // when listing Groups
	Undecodable  []BadResource
	ClaimedTotal *int64 // totalResults as sent; nil where it is absent
	Next         Cursor // resumes after this page
}

// Listing is what is known about the completeness of a list. It is complete or
// it is not; nothing in between may be acted upon.
type Listing struct {
	Kind         Kind      `json:"kind"`
	Complete     bool      `json:"complete"`
	TotalTrusted bool      `json:"totalTrusted"`     // the server's total agrees with what was counted
	Unpaged      bool      `json:"unpaged,omitzero"` // the server does not page; its total is all there is to go by
	Distinct     int       `json:"distinct"`         // ids of the pass that counts
	Claimed      *int64    `json:"claimed"`          // largest total claimed in any pass
	Passes       []Pass    `json:"passes"`
	Problems     []Problem `json:"problems,omitempty"` // why it is not complete
	Started      time.Time `json:"started"`
	Ended        time.Time `json:"ended"`
}

// ByCursor tells whether the server went on by cursor (RFC 9865) in any pass.
func (l Listing) ByCursor() bool {
	return slices.ContainsFunc(l.Passes, func(p Pass) bool { return p.Paging == "cursor" && p.Pages > 1 })
}

// Pass is one walk over the whole list.
type Pass struct {
	Number       int     `json:"number"`
	Purpose      Purpose `json:"purpose"`
	Paging       string  `json:"paging"` // index or cursor
	Count        int     `json:"count"`  // asked for per page at the end of the pass
	SortBy       string  `json:"sortBy,omitzero"`
	Pages        int     `json:"pages"`     // answered requests
	Resources    int     `json:"resources"` // elements received, repeats and undecodable ones included
	Distinct     int     `json:"distinct"`
	Claimed      *int64  `json:"claimed"` // largest
	ClaimsDiffer bool    `json:"claimsDiffer,omitzero"`
	Repeats      int     `json:"repeats,omitzero"`  // ids seen before, the closing page left out
	Unstable     int     `json:"unstable,omitzero"` // pages with repeats and new ids
	Undecodable  int     `json:"undecodable,omitzero"`
	Unread       string  `json:"unread,omitzero"`  // totalResults or nextCursor, where a page had one that cannot be read
	Missing      int     `json:"missing,omitzero"` // elements of the first pass that a second, sorted one left out
	Retries      int     `json:"retries,omitzero"`
	Largest      int     `json:"largest,omitzero"`    // resources on the fullest page
	Over         int     `json:"over,omitzero"`       // pages longer than was asked for
	StartIndex   string  `json:"startIndex,omitzero"` // obeyed, ignored or replaced by cursors, where a verifying pass had to ask
	Resumed      int     `json:"resumed,omitzero"`    // how often it was resumed
	Gap          bool    `json:"gap,omitzero"`        // resumed by index, late, or with another total, so that only a second pass can vouch for it
	Unjoined     int     `json:"unjoined,omitzero"`   // pages by index that did not begin with the last resource of the page before
	Refused      bool    `json:"refused,omitzero"`    // the server answered with an error past the end
	End          End     `json:"end"`
}

// Purpose says why a pass was made.
type Purpose string

// The purposes of a pass.
const (
	First  Purpose = "first"
	Retry  Purpose = "retry"  // the pass before it was not sound
	Verify Purpose = "verify" // must find the same ids as the pass before it
)

// End says how a pass ended; "" means by an error.
type End string

// The ends of a pass.
const (
	EndEmpty    End = "empty page" // or one with nothing after the overlap
	EndKnown    End = "only known ids"
	EndCursor   End = "no next cursor"
	EndLoop     End = "cursor repeats"
	EndExpired  End = "cursor expired"
	EndPageCap  End = "page cap"
	EndMismatch End = "unknown id in the second pass"
)

// Problem is one reason why a listing is not complete.
type Problem struct {
	Code string `json:"code"` // see the Problem constants
	Text string `json:"text"` // a sentence
}

// Codes of problems.
const (
	ProblemFewer       = "fewer-than-claimed" // fewer distinct ids than totalResults, twice
	ProblemUnstable    = "unstable"           // pages overlap or their order changes
	ProblemUndecodable = "undecodable"
	ProblemUnread      = "unreadable" // totalResults or nextCursor came and cannot be read
	ProblemDisagree    = "passes-disagree"
	ProblemNoPaging    = "no-paging" // the server does not page, and what it sent may be cut
	ProblemWindow      = "window"    // the server shows so many at most, it seems
	ProblemPageCap     = "page-cap"
	ProblemLoop        = "cursor-loop"
	ProblemError       = "error" // the listing broke off
)
