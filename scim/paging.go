package scim

import (
	"cmp"
	"context"
	"fmt"
)

// Whether a server obeys startIndex, where that had to be asked.
const (
	startObeyed  = "obeyed"
	startIgnored = "ignored"
	startCursors = "replaced by cursors"
)

// second asks for the list from its second resource on. A server that pages
// leaves out the first one; a server that knows no paging sends it again. One
// that pages by cursor does so too, and where there is no more it names none.
//
// It is asked where two passes brought everything on one page, and the page
// after it once more: so do servers that begin again past the end.
func (l *lister) second(ctx context.Context) error {
	p := &l.at.Pass
	p.StartIndex = startIgnored
	if l.opt.Cursors {
		p.StartIndex = startCursors
		return nil
	}
	if p.Paging != "index" || p.Distinct < 2 {
		return nil
	}
	l.at.Index, l.at.Last = 2, key{}
	b, err := l.fetch(ctx)
	if mayBeParameter(err) {
		return nil
	}
	if err != nil {
		return err
	}
	p.Pages++
	p.Resources += b.received
	p.Unread = cmp.Or(p.Unread, b.unread)
	if p.exceeds(b.total) {
		p.claim(b.total)
	}
	switch {
	case !b.within(l.before):
		p.End = EndMismatch
	case b.received > 0 && !b.brings(l.first):
		p.StartIndex = startObeyed
	}
	return nil
}

// ids calls f with the key of each readable resource.
func (b pageBody) ids(f func(key) bool) {
	for _, u := range b.users {
		if !f(keyOf("", u.ID)) {
			return
		}
	}
	for _, g := range b.groups {
		if !f(keyOf("", g.ID)) {
			return
		}
	}
}

func (b pageBody) firstID() (first key) {
	for k := range b.ids {
		return k
	}
	return first
}

// within tells whether a page brings nothing but known ids.
func (b pageBody) within(known keys) bool {
	for k := range b.ids {
		if !known.has(k) {
			return false
		}
	}
	return len(b.bad) == 0
}

func (b pageBody) brings(want key) bool {
	for k := range b.ids {
		if k == want {
			return true
		}
	}
	return false
}

// unpaged judges a list from a server that obeys neither count nor startIndex.
// It came twice, but the second time proves nothing.
func unpaged(base, p Pass) verdict {
	switch {
	case !base.agrees() || p.Claimed != nil && !p.agrees():
		return incomplete(ProblemNoPaging, fmt.Sprintf("The server does not page, and names no total that agrees with the %d it listed.", base.Distinct))
	case base.mayBeCut():
		return incomplete(ProblemNoPaging, fmt.Sprintf("The server does not page, and %d may be the first page of a longer list.", base.Distinct))
	}
	return verdict{complete: true, unpaged: true}
}

// onlyCursors judges a list on one page, without a cursor, from a server that
// continues other lists by cursor: this one has ended (RFC 9865 section 2).
// That a smaller page was asked for in vain leaves a doubt where so many are
// commonly a whole page.
func onlyCursors(base, p Pass) verdict {
	if p.Largest > p.Count && base.mayBeCut() {
		return incomplete(ProblemNoPaging, fmt.Sprintf("The server names no cursor for the list, and %d may be the first page of a longer one.", base.Distinct))
	}
	return verdict{complete: true, trusted: base.agrees() && (p.Claimed == nil || p.agrees())}
}

// mayBeCut tells whether a list on one page is as long as pages commonly are.
func (p Pass) mayBeCut() bool { return p.Distinct == p.Count || UsualPage(p.Distinct) }

// UsualPage tells whether lists are commonly cut at n: a whole list of that
// length cannot be told from the beginning of a longer one.
func UsualPage(n int) bool {
	switch n {
	case 10, 12, 15, 20, 25, 30, 40, 48, 60, 75, 80, 120, 125:
		return true
	}
	powerOfTwo := n >= 32 && n&(n-1) == 0
	return powerOfTwo || n > 0 && n%50 == 0
}
