package scim

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// key stands for an id (or for an undecodable element) in 16 bytes.
type key [16]byte

func keyOf(prefix, s string) key {
	sum := sha256.Sum256([]byte(prefix + s))
	return key(sum[:16])
}

type keys map[key]struct{}

func (k keys) has(x key) bool { _, ok := k[x]; return ok }

// keysOf takes in the ids of a stage; nil yields none.
func keysOf(ids func(yield func(id string) bool)) keys {
	all := keys{}
	if ids != nil {
		ids(func(id string) bool { all[keyOf("", id)] = struct{}{}; return true })
	}
	return all
}

// lister is one listing under way.
type lister struct {
	c      *Client
	opt    ListOptions
	sink   func(Page) error
	bud    *budget
	at     place
	seen   keys // of this pass
	before keys // of the pass that a verifying or second pass must find again
	trail  keys // server-side cursors of this pass
	first  key  // id that this pass began with
	bytes  int64

	entering bool // resumed, and no page has come yet
	dropped  bool // begun anew; the sink is told with the next page
}

// List lists all resources of a kind and tells how complete the list is. The
// sink gets each page as it comes; its error ends the listing and is returned
// as it is. On any error the Listing holds what was learnt so far and is not
// complete.
//
// A pass ends with an empty page, with a page of ids that are all known, or
// where a cursor is not continued; totalResults never ends it. Fewer ids than
// claimed or repeated ones cause one more pass, sorted. Without a total that
// agrees, after a gap between pages, or where pages do not join (see overlap.go),
// a second full pass with another page size must find the same ids. A listing that was resumed and does not hold
// is begun anew.
func (c *Client) List(ctx context.Context, kind Kind, opt ListOptions, sink func(Page) error) (Listing, error) {
	l := &lister{c: c, opt: opt, sink: sink, bud: &budget{left: maxListWait}}
	out := Listing{Kind: kind, Started: c.cfg.Now()}
	err := l.start(kind)
	for err == nil {
		if err = l.walk(ctx); err != nil {
			break
		}
		v := decide(append(l.at.Done, l.at.Pass))
		if l.outdated(v) {
			l.anew()
			continue
		}
		if v.next == nil {
			out.Complete, out.TotalTrusted, out.Unpaged, out.Problems = v.complete, v.trusted, v.unpaged, v.problems
			break
		}
		l.begin(*v.next)
	}
	out.Ended = c.cfg.Now()
	out.Passes = append(l.at.Done, l.at.Pass)
	counted := counting(out.Passes)
	out.Distinct, out.Claimed = counted.Distinct, highest(out.Passes)
	if err != nil {
		out.Problems = []Problem{{ProblemError, brokeOff(err)}}
	}
	return out, err
}

func brokeOff(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return "The listing broke off: " + e.Error() + "."
	}
	return "The listing broke off before its end."
}

// start begins anew or at the place that the options name.
func (l *lister) start(kind Kind) error {
	l.at = l.c.beginning(kind)
	l.seen, l.trail = keys{}, keys{}
	if kind != Users && kind != Groups {
		return l.c.failure(l.call(""), KindUsage, "there is no such kind of resource", nil)
	}
	if l.opt.Start == "" {
		return nil
	}
	return l.resume(kind)
}

// begin closes the pass that has ended and opens the next one.
func (l *lister) begin(p Pass) {
	l.at.Done = append(l.at.Done, l.at.Pass)
	p.Number = len(l.at.Done) + 1
	if p.SortBy != "" && l.at.Kind == Groups {
		p.SortBy = "displayName"
	}
	l.at = place{Version: l.at.Version, Kind: l.at.Kind, Done: l.at.Done, Pass: p, Index: 1}
	l.before = l.seen
	l.seen, l.trail = keys{}, keys{}
}

// walk makes the current pass to its end.
func (l *lister) walk(ctx context.Context) error {
	p := &l.at.Pass
	for p.End == "" {
		if p.Pages >= l.c.cfg.MaxPages {
			p.End = EndPageCap
			return nil
		}
		body, err := l.fetch(ctx)
		if l.gone(err) {
			l.anew()
			continue
		}
		if l.expired(err) {
			p.End = EndExpired
			return nil
		}
		if l.sidestep(err) {
			continue
		}
		if err != nil {
			return err
		}
		if !l.join(&body) {
			continue
		}
		if err := l.take(body); err != nil {
			return err
		}
	}
	switch {
	case p.Purpose == Retry:
		p.Missing = l.missing()
	case p.Purpose == Verify && p.onePage() && p.StartIndex == "" && l.at.Done[len(l.at.Done)-1].onePage():
		return l.second(ctx)
	}
	return nil
}

// missing counts what the pass before this one brought and this one did not.
func (l *lister) missing() int {
	n := 0
	for k := range l.before {
		if !l.seen.has(k) {
			n++
		}
	}
	return n
}

// expired tells whether the server gave up its side of a pass by cursor (RFC
// 9865 section 2.1), which makes the listing start again, once.
func (l *lister) expired(err error) bool {
	var e *Error
	if !errors.As(err, &e) || l.at.Cursor == "" || l.at.Pass.Purpose == Retry {
		return false
	}
	switch strings.ToLower(e.ScimType) {
	case "invalidcursor", "expiredcursor", "invalidcount":
		return true
	}
	return false
}

// fetch reads the next page. A server that refuses the sorting or the page
// size is asked again without the one, with half of the other.
func (l *lister) fetch(ctx context.Context) (pageBody, error) {
	p := &l.at.Pass
	for {
		k := l.call(l.query())
		retries := l.bud.retries
		a, err := l.c.get(ctx, k.op, k.path, l.bud)
		p.Retries += l.bud.retries - retries
		if err == nil {
			if l.bytes += int64(len(a.body)); l.bytes > l.c.limits.bytes {
				return pageBody{}, l.tooLarge(k, fmt.Sprintf("the list is larger than %d MiB", l.c.limits.bytes>>20))
			}
			return l.c.page(k, a, l.at.Kind, p.Count)
		}
		switch {
		case !mayBeParameter(err):
			return pageBody{}, err
		case p.SortBy != "" && p.Pages == 0:
			p.SortBy = ""
			p.Count = otherCount(p.Count, p.Count)
		case p.Count > smallerCount && l.at.Cursor == "" && !l.at.overlaps():
			p.Count = smallerCount
		default:
			return pageBody{}, err
		}
	}
}

// tooLarge is about a list that no tenant has.
func (l *lister) tooLarge(k call, what string) *Error {
	return l.c.failure(k, KindTooLarge, what, nil)
}

// smallerCount is asked for where a server does not take a larger page.
const smallerCount = 50

// mayBeParameter tells whether an error may be about count or sortBy.
func mayBeParameter(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case KindRefused, KindUnsupported, KindForbidden, KindTooLarge:
		return e.Status != 0
	}
	return e.Status == 500
}

func (l *lister) call(query string) call {
	op := "list " + strings.ToLower(string(l.at.Kind)) + " page " + strconv.Itoa(l.at.Pass.Pages+1)
	return call{op: op, method: "GET", path: l.c.base.collection(l.at.Kind) + query}
}

// query is the query of the next page, with its parameters in fixed order.
func (l *lister) query() string {
	p := l.at.Pass
	q := "?count=" + strconv.Itoa(p.Count)
	switch {
	case l.at.Cursor != "":
		q += "&cursor=" + escape(l.at.Cursor)
	case l.opt.Paging == "cursor":
		q += "&cursor="
	case l.opt.Paging == "bare-cursor":
		q += "&cursor"
	default:
		q = "?startIndex=" + strconv.Itoa(l.at.startIndex()) + "&count=" + strconv.Itoa(p.Count)
	}
	if p.SortBy != "" {
		q += "&sortBy=" + p.SortBy
	}
	return q
}

// page decodes a 2xx answer to a list request.
func (c *Client) page(k call, a answer, kind Kind, count int) (pageBody, error) {
	most := max(countFactor*count, c.limits.elements)
	body, hid := c.hide(a.body)
	p, err := decodePage(body, kind, most)
	switch {
	case err == nil:
		p.hid(hid)
		return p, nil
	case errors.Is(err, errTooMany):
		e := c.failure(k, KindTooLarge, fmt.Sprintf("the answer holds more than %d resources", most), err)
		e.Status = a.status
		return p, e
	case errors.Is(err, errTruncated) && !looksHTML(a.body):
		e := c.failure(k, KindMalformed, "the answer's JSON breaks off or is damaged", err)
		e.Status = a.status
		return p, e
	}
	return p, c.notSCIM(k, a, "a list")
}

// notSCIM is about a 2xx answer whose body is not what was asked for.
func (c *Client) notSCIM(k call, a answer, wanted string) *Error {
	body := parseErrorBody(a.body)
	what := fmt.Sprintf("the server answered with something that is not %s", wanted)
	if body.html {
		what = fmt.Sprintf("the server answered with a web page instead of %s", wanted)
	}
	e := c.failure(k, KindNotSCIM, what, nil)
	e.Status, e.ScimType, e.Detail = a.status, c.words(body.scimType), c.words(body.detail)
	return e
}

// take counts a page, hands what is new to the sink, and finds the next place
// or the end of the pass.
func (l *lister) take(b pageBody) error {
	p := &l.at.Pass
	l.arrive(b.total)
	page := Page{Pass: p.Number, Anew: l.dropped, Number: p.Pages + 1, Verify: p.Purpose == Verify, ClaimedTotal: b.total}
	byCursor := b.hasNext || l.at.Cursor != "" || l.opt.Paging == "cursor" || l.opt.Paging == "bare-cursor"
	repeats, known := l.sift(b, &page)
	if len(l.seen) > l.c.limits.ids {
		return l.tooLarge(l.call(""), fmt.Sprintf("the list holds more than %d resources", l.c.limits.ids))
	}
	fresh := len(page.Users) + len(page.Groups) + len(page.Undecodable)
	if p.Pages == 0 {
		l.first = b.firstID()
	}
	if b.joined {
		repeats-- // it was asked for
	} else if p.Pages > 0 && fresh > 0 && !byCursor {
		p.Unjoined++
	}
	p.Pages++
	p.Resources += b.received
	if b.received > p.Count {
		p.Over++
	}
	p.Largest = max(p.Largest, b.received)
	p.Unread = cmp.Or(p.Unread, b.unread)
	p.Distinct += len(page.Users) + len(page.Groups)
	p.Undecodable += len(page.Undecodable)
	if fresh > 0 || p.Pages == 1 || p.exceeds(b.total) {
		p.claim(b.total)
	}
	if repeats > 0 && (fresh > 0 || byCursor) {
		p.Repeats += repeats
		p.Unstable++
	}
	if !known {
		p.End = EndMismatch
		return nil
	}
	l.advance(b, fresh, byCursor)
	if fresh == 0 && p.End != "" && p.Pages > 1 {
		return nil // the closing page; a pass's first page is always told
	}
	var err error
	if page.Next, err = l.cursor(); err != nil {
		return err
	}
	l.dropped = false
	return l.sink(page)
}

// advance moves to the next page. The step is what was received: neither count
// nor itemsPerPage can be trusted.
func (l *lister) advance(b pageBody, fresh int, byCursor bool) {
	p := &l.at.Pass
	p.Paging = "index"
	switch {
	case byCursor:
		p.Paging = "cursor"
		next := keyOf("", b.next)
		if !b.hasNext {
			p.End = EndCursor
		} else if l.trail.has(next) {
			p.End = EndLoop
		}
		l.trail[next] = struct{}{}
		l.at.Cursor = b.next
	case b.received == 1 && b.joined && usualWindow(p.Distinct):
		l.at.Last, l.at.Apart = key{}, true // and look what it answers past them
	case b.received == 0, b.received == 1 && b.joined:
		p.End = EndEmpty
	case fresh == 0:
		p.End = EndKnown
	default:
		l.at.follow(b)
	}
}

// sift moves what is new in this pass into page and counts the rest. known is
// false where a verifying pass meets an id that the pass before it did not.
func (l *lister) sift(b pageBody, page *Page) (repeats int, known bool) {
	known = true
	fresh := func(k key) bool {
		if l.seen.has(k) {
			repeats++
			return false
		}
		l.seen[k] = struct{}{}
		known = known && (!page.Verify || l.before.has(k))
		return true
	}
	for _, u := range b.users {
		if fresh(keyOf("", u.ID)) {
			page.Users = append(page.Users, u)
		}
	}
	for _, g := range b.groups {
		if fresh(keyOf("", g.ID)) {
			page.Groups = append(page.Groups, g)
		}
	}
	for _, bad := range b.bad {
		if fresh(keyOf("\x00", string(bad.Raw))) {
			page.Undecodable = append(page.Undecodable, bad)
		}
	}
	return repeats, known
}

// exceeds tells whether a total is larger than all that is known so far. Such
// a one counts on a page without new ids too; smaller ones are usual there.
func (p *Pass) exceeds(total *int64) bool {
	known := int64(p.Distinct + p.Undecodable)
	if p.Claimed != nil {
		known = *p.Claimed
	}
	return total != nil && *total > known
}

// claim keeps the largest total and whether totals differ.
func (p *Pass) claim(total *int64) {
	switch {
	case total == nil:
	case p.Claimed == nil:
		p.Claimed = total
	case *p.Claimed != *total:
		p.ClaimsDiffer = true
		n := max(*p.Claimed, *total)
		p.Claimed = &n
	}
}
