package scim

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

// longestAway is how far apart two pages of one list may be and still be
// believed to be of one list. Waits and repetitions alone put the pages of an
// uninterrupted listing that far apart.
const longestAway = 5 * time.Minute

// place is everything about a listing that a [Cursor] carries.
type place struct {
	Version int    `json:"v"`
	Kind    Kind   `json:"kind"`
	Done    []Pass `json:"done,omitempty"`
	Pass    Pass   `json:"pass"`
	Index   int    `json:"index"`           // of the next resource
	Before  int    `json:"before,omitzero"` // startIndex of the page before
	Last    key    `json:"last,omitzero"`   // stands for the last resource of the page before, where the next one begins with it
	Apart   bool   `json:"apart,omitzero"`  // this pass is read without an overlap
	Cursor  string `json:"cursor,omitzero"` // of the next page, in a pass by cursor
}

// PlaceVersion is part of what shapes a listing: a [Cursor] that another
// version wrote is refused.
const PlaceVersion = 3

// possible says whether a listing can have come to this place. A later pass
// follows an earlier one.
func (p place) possible() bool {
	later := p.Pass.Purpose != First
	return p.Index >= 1 && (p.Index > 2 || !p.overlaps()) && p.Pass.Count >= 0 && p.Pass.Pages >= 0 && later == (len(p.Done) > 0)
}

// shifts tells whether a change in the gap can have moved resources across this
// place unseen: an index counts what is there when it is asked. One that went
// and another that came leave the total as it was. A cursor is taken for the server's own
// mark in the list.
func (p place) shifts() bool { return p.Cursor == "" && p.Pass.Pages > 0 }

// kept is the pass whose ids the caller holds at this place.
func (p place) kept() Pass {
	if p.Pass.Purpose == Verify {
		return p.Done[len(p.Done)-1]
	}
	return p.Pass
}

// resume goes to the place that the options name. A second, sorted pass needs
// the ids of the first one; without them the list begins anew.
func (l *lister) resume(kind Kind) error {
	var at place
	if err := json.Unmarshal([]byte(l.opt.Start), &at); err != nil || at.Version != PlaceVersion || at.Kind != kind || !at.possible() {
		return l.c.failure(l.call(""), KindUsage, "the place to resume at cannot be read", err)
	}
	if at.Pass.Purpose == Retry && l.opt.Earlier == nil {
		l.anew()
		return nil
	}
	staged := keysOf(l.opt.Seen)
	if at.kept().Distinct != len(staged) {
		return l.c.failure(l.call(""), KindUsage, "the place to resume at does not fit the ids that were taken", nil)
	}
	at.Pass.Resumed++
	at.Pass.Gap = at.Pass.Gap || at.shifts() || l.opt.Away < 0 || l.opt.Away > longestAway
	l.at, l.entering = at, true
	switch at.Pass.Purpose {
	case Verify:
		l.before = staged
		return nil
	case Retry:
		l.before = keysOf(l.opt.Earlier)
	}
	l.seen = staged
	return nil
}

// anew begins the whole list again and has the sink drop what it holds.
func (l *lister) anew() {
	l.at = l.c.beginning(l.at.Kind)
	l.seen, l.trail, l.before = keys{}, keys{}, nil
	l.dropped, l.entering = true, false
}

// beginning is where every list begins.
func (c *Client) beginning(kind Kind) place {
	return place{Version: PlaceVersion, Kind: kind, Index: 1, Pass: Pass{Number: 1, Purpose: First, Count: c.cfg.PageSize}}
}

// gone tells whether the server answers, but not at the place at which the
// listing was resumed: its cursor was given up (RFC 9865 section 2.1), or the
// list has become shorter. What is wrong with the server itself shows again
// when the list is begun anew.
func (l *lister) gone(err error) bool {
	var e *Error
	if !l.entering || l.at.Index == 1 && l.at.Cursor == "" || !errors.As(err, &e) {
		return false
	}
	return e.Status >= 400 && e.Status != http.StatusUnauthorized && e.Status != http.StatusTooManyRequests
}

// arrive takes note of the first page after a resumption. Another total than
// before means that the list changed meanwhile, which the pages read before
// cannot show.
func (l *lister) arrive(total *int64) {
	p := &l.at.Pass
	if l.entering && p.Pages > 0 {
		same := total == p.Claimed || total != nil && p.Claimed != nil && *total == *p.Claimed
		p.Gap = p.Gap || !same
	}
	l.entering = false
}

// outdated tells whether a listing that was resumed does not hold. Whether the
// server or the gap is to blame cannot be told apart, so the list is begun anew
// and judged like any other.
func (l *lister) outdated(v verdict) bool {
	if v.complete || v.next != nil && v.next.Purpose == Verify || l.at.Pass.End == EndPageCap {
		return false
	}
	resumed := l.at.Pass.Resumed
	for _, p := range l.at.Done {
		resumed += p.Resumed
	}
	return resumed > 0
}

// cursor writes the place down. A verifying pass cannot be resumed half-way,
// since nobody keeps its ids: its place is its beginning.
func (l *lister) cursor() (Cursor, error) {
	at := l.at
	if p := at.Pass; p.Purpose == Verify {
		at.Pass = Pass{Number: p.Number, Purpose: Verify, Count: p.Count, SortBy: p.SortBy, Resumed: p.Resumed}
		at.Index, at.Before, at.Cursor, at.Last, at.Apart = 1, 0, "", key{}, false
	}
	b, err := json.Marshal(at)
	if err != nil {
		return "", fmt.Errorf("writing down the place in a listing: %w", err)
	}
	return Cursor(b), nil
}
