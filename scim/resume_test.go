package scim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// halves lists a part of 47 users, has the tenant do something, and lists the
// rest from there in a new call.
type halves struct {
	t      *testing.T
	server *scimtest.Server
	client *scim.Client
	stage  staged
	anew   bool
	away   time.Duration
	asked  int // requests before the break
}

var errBroken = errors.New("broken off")

func newHalves(t *testing.T, pages int, q scimtest.Quirks) *halves {
	h := &halves{t: t}
	h.server, h.client, _ = serve(t, scimtest.Options{Users: people(47), Quirks: q, Seed: 5})
	left := pages
	_, err := h.client.List(context.Background(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
		if left == 0 {
			return errBroken
		}
		left--
		return h.stage.take(p)
	})
	if err != nil && !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	h.asked = len(h.server.Requests())
	return h
}

func (h *halves) rest() scim.Listing {
	h.t.Helper()
	opt := scim.ListOptions{Start: h.stage.next[len(h.stage.next)-1], Seen: slices.Values(slices.Clone(h.stage.users)), Away: h.away}
	l, err := h.client.List(context.Background(), scim.Users, opt, func(p scim.Page) error {
		h.anew = h.anew || p.Anew
		return h.stage.take(p)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

// paths are the requests after the break.
func (h *halves) paths() []string {
	var all []string
	for _, r := range h.server.Requests()[h.asked:] {
		all = append(all, r.Path)
	}
	return all
}

// TestResumeAfterChanges: what the gap hid is found, or the list is begun anew;
// whatever is complete is what the tenant holds.
func TestResumeAfterChanges(t *testing.T) {
	byCursor := scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorTotal: true}
	cases := []struct {
		name   string
		quirks scimtest.Quirks
		pages  int
		away   time.Duration
		change func(s *scimtest.Server)
		anew   bool
		passes int
	}{
		{name: "nothing", pages: 2, passes: 2},
		{name: "nothing, by cursor", quirks: byCursor, pages: 2, passes: 1},
		{name: "nothing, by cursor, five minutes", quirks: byCursor, pages: 2, away: 5 * time.Minute, passes: 1},
		{name: "nothing, by cursor, longer", quirks: byCursor, pages: 2, away: 5*time.Minute + 1, passes: 2},
		{name: "nothing, by cursor, the clock was set back", quirks: byCursor, pages: 2, away: -1, passes: 2},
		{name: "nothing, longer, after the last page", pages: 5, away: time.Hour, passes: 2},
		{name: "nothing, by cursor, after the last page", quirks: byCursor, pages: 5, away: time.Hour, passes: 2},
		{name: "one removed that was listed", pages: 2, change: func(s *scimtest.Server) { s.Remove("user-003") }, anew: true, passes: 1},
		{name: "one removed that was not", pages: 2, change: func(s *scimtest.Server) { s.Remove("user-040") }, anew: true, passes: 1},
		{name: "one removed after the last page", pages: 5, change: func(s *scimtest.Server) { s.Remove("user-003") }, anew: true, passes: 1},
		{name: "one added", pages: 2, change: func(s *scimtest.Server) { s.Add(scimtest.User{ID: "z", UserName: "new"}) }, passes: 2},
		{name: "one added and one removed", pages: 2, anew: true, passes: 1, change: func(s *scimtest.Server) {
			s.Remove("user-003")
			s.Add(scimtest.User{ID: "z", UserName: "new"})
		}},
		{name: "all but the listed ones removed", pages: 4, anew: true, passes: 1, change: func(s *scimtest.Server) {
			for _, u := range s.Users()[12:] {
				s.Remove(u.ID)
			}
		}},
		{name: "another order", pages: 2, change: func(s *scimtest.Server) { s.Set(func(q *scimtest.Quirks) { q.UnstableOrder = true }) }, anew: true, passes: 2},
		{name: "a cursor that expired", quirks: byCursor, pages: 2, change: func(s *scimtest.Server) { s.Set(func(q *scimtest.Quirks) { q.CursorExpires = 1 }) }, anew: true, passes: 1},
		{name: "a cursor refused with 404", quirks: byCursor, pages: 2, change: func(s *scimtest.Server) { s.Fail(scimtest.Fault{Path: "cursor=", Status: 404}) }, anew: true, passes: 1},
		{name: "a cursor answered with 500", quirks: byCursor, pages: 2, change: func(s *scimtest.Server) { s.Fail(scimtest.Fault{Path: "cursor=", Status: 500}) }, anew: true, passes: 1},
		{name: "an index refused", pages: 2, change: func(s *scimtest.Server) { s.Fail(scimtest.Fault{Path: "startIndex=19&", Status: 400}) }, anew: true, passes: 1},
		{name: "cursors no more", quirks: byCursor, pages: 2, change: func(s *scimtest.Server) { s.Set(func(q *scimtest.Quirks) { q.Cursor = "" }) }, anew: true, passes: 1},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			h := newHalves(t, tc.pages, tc.quirks)
			if tc.change != nil {
				tc.change(h.server)
			}
			h.away = tc.away
			l := h.rest()
			equal(t, "complete", l.Complete, true)
			equal(t, "begun anew", h.anew, tc.anew)
			equal(t, "passes", len(l.Passes), tc.passes)
			equal(t, "distinct", l.Distinct, len(h.stage.users))
			checkAll(t, h.server, h.stage.users)
			equal(t, "resumed", l.Passes[0].Resumed, map[bool]int{true: 0, false: 1}[tc.anew])
		})
	}
}

// TestResumeAsksNothingTwice: the pages before the break are not asked again,
// but by a second pass that has to vouch for the list.
func TestResumeAsksNothingTwice(t *testing.T) {
	h := newHalves(t, 3, scimtest.Quirks{})
	h.rest()
	equalList(t, "requests", h.paths()[:5], []string{
		"/scim/v2/Users?startIndex=28&count=10", "/scim/v2/Users?startIndex=37&count=10", "/scim/v2/Users?startIndex=46&count=10",
		"/scim/v2/Users?startIndex=47&count=10", "/scim/v2/Users?startIndex=1&count=8",
	})
	h = newHalves(t, 3, scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorTotal: true})
	h.rest()
	equal(t, "requests by cursor", len(h.paths()), 2)
}

// TestResumeLeavesErrorsAlone: what is wrong with the server or the credential
// is told, and no list is begun anew for it.
func TestResumeLeavesErrorsAlone(t *testing.T) {
	for status, kind := range map[int]scim.ErrorKind{401: scim.KindAuth, 429: scim.KindThrottled} {
		h := newHalves(t, 2, scimtest.Quirks{})
		h.server.Fail(scimtest.Fault{Path: "/Users", Status: status, Times: -1})
		opt := scim.ListOptions{Start: h.stage.next[1], Seen: slices.Values(h.stage.users)}
		_, err := h.client.List(context.Background(), scim.Users, opt, h.stage.take)
		equal(t, "kind", asError(t, err).Kind, kind)
		for _, path := range h.paths() {
			if strings.Contains(path, "startIndex=1&") {
				t.Errorf("after %d the list was begun anew", status)
			}
		}
	}
}

// TestResumeInARetry: without the ids of the first pass a second, sorted one
// cannot go on.
func TestResumeInARetry(t *testing.T) {
	h := newHalves(t, 7, scimtest.Quirks{UnstableOrder: true})
	if h.stage.pass != 2 {
		t.Fatalf("the listing broke off in pass %d", h.stage.pass)
	}
	l := h.rest()
	equal(t, "complete", l.Complete, true)
	equal(t, "begun anew", h.anew, true)
	checkAll(t, h.server, h.stage.users)
}

// TestResumeTwice: a gap once made is not forgotten by a second resumption.
func TestResumeTwice(t *testing.T) {
	h := newHalves(t, 1, scimtest.Quirks{})
	opt := scim.ListOptions{Start: h.stage.next[0], Seen: slices.Values(slices.Clone(h.stage.users)), Away: time.Hour}
	pages := 0
	_, err := h.client.List(context.Background(), scim.Users, opt, func(p scim.Page) error {
		if pages++; pages > 1 {
			return errBroken
		}
		return h.stage.take(p)
	})
	if !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	l := h.rest()
	equal(t, "complete", l.Complete, true)
	equal(t, "passes", len(l.Passes), 2)
	equal(t, "resumed", l.Passes[0].Resumed, 2)
	checkAll(t, h.server, h.stage.users)
}
