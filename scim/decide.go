package scim

import (
	"fmt"
	"strings"
)

// verdict is what a listing's passes so far add up to. Unless next is set it
// is final.
type verdict struct {
	next              *Pass
	complete, trusted bool
	unpaged           bool
	problems          []Problem
}

// decide is the whole judgement about completeness, and pure.
//
//	claimed > counted, or pages overlap       one more pass, sorted; then incomplete
//	the sorted pass lacks an id of the first,
//	or claims less than the first             incomplete
//	claimed < counted, differing, or absent   complete if a second full pass finds the same ids
//	a gap between two pages                   the same
//	a page that does not join the next        the same
//	one page, and the next only repeats it    the same: the server may ignore startIndex
//	it does ignore startIndex and count       see unpaged
//	it does, and pages other lists by cursor  see onlyCursors
//	an error past as many as windows show     incomplete
//	an element cannot be decoded              incomplete
//	totalResults or nextCursor cannot be read incomplete
//	claimed = counted                         complete
func decide(passes []Pass) verdict {
	p := passes[len(passes)-1]
	if p.Purpose == Verify {
		return compare(passes[len(passes)-2], p)
	}
	switch p.End {
	case EndPageCap:
		return incomplete(ProblemPageCap, fmt.Sprintf("The list had not ended after %d pages.", p.Pages))
	case EndLoop:
		return incomplete(ProblemLoop, "The server's cursor leads back to a page that was already read.")
	case EndExpired:
		return verdict{next: &Pass{Purpose: Retry, Count: p.Count}}
	}
	if !p.sound() && p.Purpose == First && p.Unread == "" {
		return verdict{next: &Pass{Purpose: Retry, Count: p.Count, SortBy: "userName"}}
	}
	if problems := append(p.problems(), p.against(passes[0])...); len(problems) > 0 {
		return verdict{problems: problems}
	}
	if !p.agrees() || p.onePage() || p.Gap || p.Unjoined > 0 {
		return verdict{next: &Pass{Purpose: Verify, Count: otherCount(p.Count, p.Largest), SortBy: p.SortBy}}
	}
	return verdict{complete: true, trusted: true}
}

// sound tells whether a pass may be believed as far as it goes.
func (p Pass) sound() bool { return p.Unstable == 0 && !p.short() }

// short tells whether the server claims more than it listed.
func (p Pass) short() bool {
	return p.Claimed != nil && *p.Claimed > int64(p.Distinct+p.Undecodable)
}

// agrees tells whether the server claimed exactly what it listed, on every
// page.
func (p Pass) agrees() bool {
	return p.Claimed != nil && !p.ClaimsDiffer && *p.Claimed == int64(p.Distinct)
}

// onePage tells whether everything came on one page and nothing showed that the
// server would have gone on: the second page only repeated it, or a cursor was
// asked for and none came.
func (p Pass) onePage() bool {
	return p.End == EndKnown && p.Pages == 2 || p.End == EndCursor && p.Pages == 1 && p.Distinct > 0
}

func (p Pass) problems() []Problem {
	var all []Problem
	if p.Unstable > 0 {
		all = append(all, Problem{ProblemUnstable, fmt.Sprintf("Pages overlap or their order changes: %d ids came again beside new ones.", p.Repeats)})
	}
	if p.short() {
		all = append(all, Problem{ProblemFewer, fmt.Sprintf("The server claims %d and listed %d.", *p.Claimed, p.Distinct)})
	}
	if p.Undecodable > 0 {
		all = append(all, Problem{ProblemUndecodable, fmt.Sprintf("%d of the list's elements cannot be read.", p.Undecodable)})
	}
	if p.Unread != "" {
		all = append(all, Problem{ProblemUnread, fmt.Sprintf("The server's %s cannot be read, so that the list may be longer than it seems.", p.Unread)})
	}
	if p.Refused && usualWindow(p.Distinct) {
		all = append(all, Problem{ProblemWindow, fmt.Sprintf("The server claims %d and refuses to go on after them, which may be as many as it shows of a longer list.", p.Distinct)})
	}
	return all
}

// usualWindow tells whether directories and search engines are commonly set to show
// n results at most, and to count no others.
func usualWindow(n int) bool {
	switch {
	case n < 100:
		return false
	case n <= 500 && n%100 == 0, n == 250, n <= 5000 && n%500 == 0, n%5000 == 0:
		return true
	}
	return n&(n-1) == 0
}

// against tells where a second pass falls short of the first one: sorting or a
// server's mood may leave resources out, and their number with them.
func (p Pass) against(first Pass) []Problem {
	if p.Purpose != Retry {
		return nil
	}
	var all []Problem
	if p.Missing > 0 {
		all = append(all, Problem{ProblemDisagree, fmt.Sprintf("The second pass left out %d ids that the first one brought.", p.Missing)})
	}
	if p.Claimed != nil && first.Claimed != nil && *p.Claimed < *first.Claimed {
		all = append(all, Problem{ProblemDisagree, fmt.Sprintf("The server claimed %d, and %d in the second pass.", *first.Claimed, *p.Claimed)})
	}
	if p.Claimed == nil && first.Claimed != nil && *first.Claimed > int64(p.Distinct) {
		all = append(all, Problem{ProblemFewer, fmt.Sprintf("The server claims %d and listed %d.", *first.Claimed, p.Distinct)})
	}
	return all
}

// highest is the largest total that any pass was told.
func highest(passes []Pass) *int64 {
	var top *int64
	for _, p := range passes {
		if p.Claimed != nil && (top == nil || *p.Claimed > *top) {
			top = p.Claimed
		}
	}
	return top
}

// compare judges a verifying pass.
func compare(base, p Pass) verdict {
	switch {
	case p.End == EndMismatch:
		return incomplete(ProblemDisagree, "A second pass found ids that the first one did not.")
	case p.End != EndEmpty && p.End != EndKnown && p.End != EndCursor:
		return incomplete(ProblemDisagree, "A second pass did not come to an end.")
	case len(p.problems()) > 0:
		return verdict{problems: p.problems()}
	case p.Distinct != base.Distinct:
		return incomplete(ProblemDisagree, fmt.Sprintf("Two passes disagree: %d ids, then %d.", base.Distinct, p.Distinct))
	}
	switch p.StartIndex {
	case startIgnored:
		return unpaged(base, p)
	case startCursors:
		return onlyCursors(base, p)
	}
	if p.Over > 0 && base.Unjoined > 0 && base.mayBeCut() {
		return incomplete(ProblemNoPaging, fmt.Sprintf("The server ignores the page size and shows nothing after %d, which may be the first page of a longer list.", base.Distinct))
	}
	return verdict{complete: true, trusted: base.agrees() && (p.Claimed == nil || p.agrees())}
}

func incomplete(code, text string) verdict {
	return verdict{problems: []Problem{{code, text}}}
}

// otherCount is another page size that changes where pages break, given what
// was asked for and the fullest page received.
func otherCount(count, largest int) int {
	n := count
	if largest > 0 {
		n = min(count, largest)
	}
	if n < 2 {
		return 2
	}
	return n - max(1, n/4)
}

// counting is the last pass that is not a verifying one.
func counting(passes []Pass) Pass {
	for i := len(passes) - 1; i > 0; i-- {
		if passes[i].Purpose != Verify {
			return passes[i]
		}
	}
	return passes[0]
}

// Sentence says how complete a list is, in a few words: "460 of 460 listed,
// twice alike".
func (l Listing) Sentence() string {
	s := fmt.Sprintf("%d listed", l.Distinct)
	if l.Claimed != nil && (l.TotalTrusted || l.Unpaged || !l.Complete) {
		s = fmt.Sprintf("%d of %d listed", l.Distinct, *l.Claimed)
	}
	if !l.Complete {
		return s + ", incomplete" + l.because()
	}
	if len(l.Passes) > 0 && l.Passes[len(l.Passes)-1].Purpose == Verify {
		s += ", twice alike"
	}
	switch {
	case l.TotalTrusted:
		return s
	case l.Unpaged:
		return s + "; the server does not page, its total is all there is to go by"
	case l.Claimed == nil:
		return s + "; the server names no total"
	}
	return s + fmt.Sprintf("; the server's total of %d is not trustworthy", *l.Claimed)
}

func (l Listing) because() string {
	var texts []string
	for _, p := range l.Problems {
		texts = append(texts, strings.TrimSuffix(p.Text, "."))
	}
	if len(texts) == 0 {
		return ""
	}
	return ": " + strings.Join(texts, "; ")
}
