package scim

import (
	"errors"
	"net/http"
)

// A list paged by index is read with an overlap of one: every page after the
// first is asked for from the last resource of the page before it, and has to
// begin with it. An index counts what is there when it is asked, so an account
// that went and another that came leave the total as it was and move a third one
// across the boundary unseen. While the order of a list stays, its pages join
// only if as many came as went before the boundary; then whatever was there all
// the time is on one of the two pages. Where one page does not join the next,
// totals do not vouch for the list and a second full pass must find the same ids.
//
// There is no overlap after a page of one resource, which could not move on, and
// in a pass by cursor, where the server holds the place.

// startIndex is the index to ask for next.
func (p place) startIndex() int {
	if p.overlaps() {
		return p.Index - 1
	}
	return p.Index
}

func (p place) overlaps() bool { return p.Last != key{} }

// join looks where a page begins. It reports false for a page that neither joins
// nor brings anything new: the list became shorter, or the server rounds indexes
// to whole pages. The next page is then asked for without an overlap, and so is
// the rest of the pass.
func (l *lister) join(b *pageBody) bool {
	if !l.at.overlaps() || b.hasNext {
		return true
	}
	b.joined = b.received > 0 && b.first == l.at.Last
	if b.joined || !b.within(l.seen) {
		return true
	}
	l.apart()
	return false
}

// apart reads the rest of the pass without an overlap.
func (l *lister) apart() {
	l.at.Last, l.at.Apart = key{}, true
	l.at.Pass.Unjoined++
}

// sidestep finds another way on where a server refuses an index. One that takes
// whole pages only is asked without an overlap. One that refuses to go past the
// end, after all that it claims was listed, is asked for the last page again:
// nothing but known ids on it end the pass, as ever, unless the refusal may be that
// of a window on a longer list.
func (l *lister) sidestep(err error) bool {
	p := l.at.Pass
	switch {
	case p.Pages == 0 || l.at.Before == 0 || !refusesIndex(err):
		return false
	case l.at.overlaps():
		l.apart()
		return true
	case p.agrees() && l.at.Index != l.at.Before:
		l.at.Index = l.at.Before
		l.at.Pass.Refused = true
		l.apart()
		return true
	}
	return false
}

// refusesIndex tells whether an error may be about startIndex.
func refusesIndex(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return true
	}
	return false
}

// follow moves to the index after a page.
func (p *place) follow(b pageBody) {
	p.Before = p.startIndex()
	p.Index = p.Before + b.received
	p.Last = key{}
	if b.received > 1 && !p.Apart {
		p.Last = b.last
	}
}
