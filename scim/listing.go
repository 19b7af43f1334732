package scim

import "time"

// ListOptions say where a listing starts. The zero value lists everything.
type ListOptions struct {
	// Start resumes a listing at the page that [Page.Next] of the last page
	// taken says; "" starts anew.
	Start Cursor
	// Seen yields the ids that were taken in the pass that Start names. It is
	// asked only when resuming; without it every repeat would look new.
	Seen func(yield func(id string) bool)
	// Earlier yields the ids of the first pass. It is needed only to resume a
	// second, sorted one, which must find all of them again.
	Earlier func(yield func(id string) bool)
	// Paging is "" or "index" (startIndex and count), "cursor" (RFC 9865), or
	// "bare-cursor" for servers that want the first call as ?cursor. A server
	// that answers with a nextCursor is followed whatever stands here.
	Paging string
}

// Cursor is the place of a listing between two pages, as text that may be
// stored. It carries no ids. One that points into an expired server-side cursor
// makes the listing start again with the next pass.
type Cursor string

// Page is what one request brought. A sink gets the resources that are new in
// this pass; when Pass grows it drops all that earlier passes brought, unless
// Verify is set: such a pass only checks the ids of the pass before it, and a
// sink may ignore it.
type Page struct {
	Pass         int // from 1
	Number       int // of this page in its pass, from 1
	Verify       bool
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
	Missing      int     `json:"missing,omitzero"` // elements of the first pass that a second, sorted one left out
	Retries      int     `json:"retries,omitzero"`
	Largest      int     `json:"largest,omitzero"`    // resources on the fullest page
	StartIndex   string  `json:"startIndex,omitzero"` // obeyed or ignored, where a verifying pass had to ask
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
	EndEmpty    End = "empty page"
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
	ProblemDisagree    = "passes-disagree"
	ProblemNoPaging    = "no-paging" // the server does not page, and what it sent may be cut
	ProblemPageCap     = "page-cap"
	ProblemLoop        = "cursor-loop"
	ProblemError       = "error" // the listing broke off
)
