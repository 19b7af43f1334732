package scim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// allListed is how many users there are in listings where no other number is
// given; the client asks for 10 at a time.
const allListed = 25

// listings is the table of what each way of listing leads to.
var listings = []struct {
	name     string
	quirks   scimtest.Quirks
	users    int      // 0: 25
	raw      []string // in front of them
	complete bool
	trusted  bool
	found    int
	passes   int
	sentence string
	problems []string
}{
	{name: "conformant", complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "pages capped", quirks: scimtest.Quirks{PageCap: 4}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "wraps past the end", quirks: scimtest.Quirks{WrapPastEnd: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "wraps, one page", quirks: scimtest.Quirks{WrapPastEnd: true}, users: 7, complete: true, trusted: true, found: 7, passes: 1, sentence: "7 of 7 listed"},
	{name: "no paging", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true}, users: 26, complete: true, found: 26, passes: 2, sentence: "26 of 26 listed, twice alike; the server does not page, its total is all there is to go by"},
	{name: "no paging, one user", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true}, users: 1, complete: true, found: 1, passes: 2, sentence: "1 of 1 listed, twice alike; the server does not page, its total is all there is to go by"},
	{name: "no paging, a usual page", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true}, found: allListed, passes: 2, problems: []string{"no-paging"}, sentence: "25 of 25 listed, incomplete: The server does not page, and 25 may be the first page of a longer list"},
	{name: "no paging, a page of sixty", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true}, users: 60, found: 60, passes: 2, problems: []string{"no-paging"}},
	{name: "no paging, as many as asked for", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true}, users: 10, found: 10, passes: 2, problems: []string{"no-paging"}},
	{name: "no paging, no total", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true, Total: scimtest.TotalAbsent}, users: 26, found: 26, passes: 2, problems: []string{"no-paging"}},
	{name: "no paging, total too small", quirks: scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true, Total: scimtest.TotalTooFew}, users: 26, found: 26, passes: 2, problems: []string{"no-paging"}},
	{name: "count ignored, startIndex not", quirks: scimtest.Quirks{IgnoreCount: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "count ignored, wraps", quirks: scimtest.Quirks{IgnoreCount: true, WrapPastEnd: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "wraps, a usual page", quirks: scimtest.Quirks{WrapPastEnd: true}, users: 10, complete: true, trusted: true, found: 10, passes: 1, sentence: "10 of 10 listed"},
	{name: "null for an empty page", quirks: scimtest.Quirks{NullResources: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "nothing for an empty page", quirks: scimtest.Quirks{OmitResources: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "lower-case names", quirks: scimtest.Quirks{LowerCaseNames: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "itemsPerPage lies", quirks: scimtest.Quirks{ItemsPerPageAsks: true, PageCap: 3}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "total is the page's", quirks: scimtest.Quirks{Total: scimtest.TotalPage}, complete: true, found: allListed, passes: 2, sentence: "25 listed, twice alike; the server's total of 10 is not trustworthy"},
	{name: "total is the rest", quirks: scimtest.Quirks{Total: scimtest.TotalRemainder}, complete: true, found: allListed, passes: 2, sentence: "25 listed, twice alike; the server's total of 25 is not trustworthy"},
	{name: "total too small", quirks: scimtest.Quirks{Total: scimtest.TotalTooFew}, complete: true, found: allListed, passes: 2, sentence: "25 listed, twice alike; the server's total of 15 is not trustworthy"},
	{name: "total absent", quirks: scimtest.Quirks{Total: scimtest.TotalAbsent}, complete: true, found: allListed, passes: 2, sentence: "25 listed, twice alike; the server names no total"},
	{name: "total capped at 50", quirks: scimtest.Quirks{Total: scimtest.TotalCapped}, users: 64, complete: true, found: 64, passes: 2, sentence: "64 listed, twice alike; the server's total of 50 is not trustworthy"},
	{name: "total too large", quirks: scimtest.Quirks{Total: scimtest.TotalTooMany}, found: allListed, passes: 2, problems: []string{"fewer-than-claimed"}, sentence: "25 of 35 listed, incomplete: The server claims 35 and listed 25"},
	{name: "startIndex ignored", quirks: scimtest.Quirks{IgnoreStartIndex: true}, found: 10, passes: 2, problems: []string{"fewer-than-claimed"}},
	{name: "startIndex ignored, total is the page's", quirks: scimtest.Quirks{IgnoreStartIndex: true, Total: scimtest.TotalPage}, found: 10, passes: 2, problems: []string{"passes-disagree"}},
	{name: "unstable order, sorting helps", quirks: scimtest.Quirks{UnstableOrder: true}, complete: true, trusted: true, found: allListed, passes: 2, sentence: "25 of 25 listed"},
	{name: "unstable order, sorting does not help", quirks: scimtest.Quirks{UnstableSorted: true}, found: -1, passes: 2, problems: []string{"unstable", "fewer-than-claimed", "passes-disagree"}},
	{name: "unstable order, sorting refused", quirks: scimtest.Quirks{UnstableOrder: true, SortStatus: 501}, found: -1, passes: 2, problems: []string{"unstable", "fewer-than-claimed", "passes-disagree"}},
	{name: "overlapping pages", quirks: scimtest.Quirks{Overlap: 1}, found: allListed, passes: 2, problems: []string{"unstable"}},
	{name: "invents users for ever", quirks: scimtest.Quirks{Endless: true}, found: -1, passes: 1, problems: []string{"page-cap"}},
	{name: "no users, said so", quirks: scimtest.Quirks{ZeroUsers: true}, complete: true, trusted: true, found: 0, passes: 1, sentence: "0 of 0 listed"},
	{name: "no users, nothing said", quirks: scimtest.Quirks{ZeroUsers: true, Total: scimtest.TotalAbsent}, complete: true, found: 0, passes: 2, sentence: "0 listed, twice alike; the server names no total"},
	{name: "no users of ten", quirks: scimtest.Quirks{ZeroUsers: true, Total: scimtest.TotalTooMany}, found: 0, passes: 2, problems: []string{"fewer-than-claimed"}},
	{name: "one user cannot be read", raw: []string{`{"userName":"no id"}`}, found: allListed, passes: 1, problems: []string{"undecodable"}},
	{name: "elements that are no objects", raw: []string{`"x"`, `7`, `null`}, quirks: scimtest.Quirks{Total: scimtest.TotalAbsent}, found: allListed, passes: 1, problems: []string{"undecodable"}},
	{name: "by cursor, unasked", quirks: scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorTotal: true}, complete: true, trusted: true, found: allListed, passes: 1, sentence: "25 of 25 listed"},
	{name: "by cursor, no total", quirks: scimtest.Quirks{Cursor: scimtest.CursorAlways}, complete: true, found: allListed, passes: 2, sentence: "25 listed, twice alike; the server names no total"},
	{name: "by cursor, in a circle", quirks: scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorLoop: true, CursorTotal: true}, found: allListed, passes: 1, problems: []string{"cursor-loop"}},
	{name: "by cursor, expired once", quirks: scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorTotal: true, CursorExpires: 1}, complete: true, trusted: true, found: allListed, passes: 2, sentence: "25 of 25 listed"},
}

func TestListQuirks(t *testing.T) {
	for _, tc := range listings {
		t.Run(tc.name, func(t *testing.T) {
			n := tc.users
			if n == 0 {
				n = allListed
			}
			users := people(n)
			for _, raw := range tc.raw {
				users = slices.Insert(users, 0, scimtest.User{Raw: raw})
			}
			s := scimtest.New(scimtest.Options{Users: users, Quirks: tc.quirks, Seed: 7})
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL, PageSize: 10, MaxPages: 30})
			var stage staged
			l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "complete", l.Complete, tc.complete)
			equal(t, "total trusted", l.TotalTrusted, tc.trusted)
			equal(t, "passes", len(l.Passes), tc.passes)
			equalList(t, "problems", codes(l), tc.problems)
			equal(t, "ids in the stage", len(stage.users), l.Distinct)
			if tc.found >= 0 {
				equal(t, "distinct", l.Distinct, tc.found)
			}
			if tc.sentence != "" {
				equal(t, "sentence", l.Sentence(), tc.sentence)
			}
			if tc.complete {
				checkAll(t, s, stage.users)
			}
			if len(s.Requests()) > 200 {
				t.Errorf("%d requests were sent", len(s.Requests()))
			}
		})
	}
}

// checkAll compares a complete list with what the server really holds.
func checkAll(t *testing.T, s *scimtest.Server, ids []string) {
	t.Helper()
	var want []string
	if len(ids) > 0 {
		for _, u := range s.Users() {
			want = append(want, u.ID)
		}
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	equalList(t, "ids", ids, want)
}

func TestListGroups(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{
		Users:  people(3),
		Groups: []scimtest.Group{{ID: "g1", DisplayName: "Staff", Members: []string{"user-001", "user-002", "user-001", "stranger"}}, {ID: "g2", DisplayName: "Empty"}},
	})
	var groups []scim.Group
	take := func(p scim.Page) error {
		if !p.Verify {
			groups = append(groups, p.Groups...)
		}
		return nil
	}
	l, err := c.List(context.Background(), scim.Groups, scim.ListOptions{}, take)
	if err != nil || !l.Complete || l.Distinct != 2 {
		t.Fatalf("listing %+v, error %v", l, err)
	}
	equal(t, "members, duplicates included", len(groups[0].Members), 4)
	equal(t, "members known", groups[0].MembersKnown, true)
	equal(t, "members of the empty group known", groups[1].MembersKnown, false)
	u, err := c.User(context.Background(), "user-001")
	if err != nil {
		t.Fatal(err)
	}
	equalList(t, "memberships", u.Groups, []scim.Membership{{ID: "g1", Display: "Staff", Direct: true}})
	s.Set(func(q *scimtest.Quirks) { q.UnstableOrder = true; q.Total = scimtest.TotalTooMany })
	if _, err = c.List(context.Background(), scim.Groups, scim.ListOptions{}, take); err != nil {
		t.Fatal(err)
	}
	last := s.Requests()[len(s.Requests())-1].Path
	if !strings.Contains(last, "sortBy=displayName") {
		t.Errorf("the second pass over groups asked %s", last)
	}
}

// TestListNotAList has the answers that look like success and are not.
func TestListNotAList(t *testing.T) {
	cases := []struct {
		name string
		f    scimtest.Fault
		kind scim.ErrorKind
		text string
	}{
		{"web page", scimtest.Fault{Status: 200, ContentType: "text/html", Body: "<html><b>Sign in</b></html>"}, scim.KindNotSCIM, "a web page instead of a list"},
		{"web page as JSON", scimtest.Fault{Status: 200, Body: "\n <!doctype html>"}, scim.KindNotSCIM, "a web page instead of a list"},
		{"status error", scimtest.Fault{Status: 200, Body: `{"status":"error","message":"bad token"}`}, scim.KindNotSCIM, "bad token"},
		{"SCIM error with 200", scimtest.Fault{Status: 200, Body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"Resources":[],"detail":"no"}`}, scim.KindNotSCIM, "no"},
		{"empty object", scimtest.Fault{Status: 200, Body: `{}`}, scim.KindNotSCIM, "not a list"},
		{"empty body", scimtest.Fault{Status: 204}, scim.KindNotSCIM, "not a list"},
		{"bare list", scimtest.Fault{Status: 200, Body: `[{"id":"1"}]`}, scim.KindNotSCIM, "not a list"},
		{"truncated", scimtest.Fault{Truncate: 300}, scim.KindMalformed, "breaks off"},
		{"two documents", scimtest.Fault{Status: 200, Body: `{"Resources":[]}{"Resources":[]}`}, scim.KindMalformed, "damaged"},
		{"cut", scimtest.Fault{Cut: 300, Times: -1}, scim.KindLost, "connection broke"},
		{"dropped", scimtest.Fault{Drop: true, Times: -1}, scim.KindLost, "connection broke"},
		{"503 for ever", scimtest.Fault{Status: 503, Times: -1}, scim.KindServer, "the server failed"},
		{"401", scimtest.Fault{Status: 401}, scim.KindAuth, "refused the credential"},
		{"redirect", scimtest.Fault{Status: 302, Header: map[string]string{"Location": "https://login.example.com/?next=x"}}, scim.KindRedirect, "https://login.example.com/"},
	}
	for _, tc := range cases {
		for _, page := range []int{1, 2} {
			t.Run(tc.name, func(t *testing.T) {
				s, c, _ := serve(t, scimtest.Options{Users: people(25)})
				tc.f.Nth, tc.f.Path = page, "/Users?"
				s.Fail(tc.f)
				var stage staged
				l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take)
				e := asError(t, err)
				equal(t, "kind", e.Kind, tc.kind)
				equal(t, "complete", l.Complete, false)
				equal(t, "distinct", l.Distinct, (page-1)*10)
				equalList(t, "problems", codes(l), []string{scim.ProblemError})
				for _, part := range []string{"list users page " + string('0'+rune(page)), tc.text} {
					if !strings.Contains(e.Error(), part) {
						t.Errorf("error %q lacks %q", e.Error(), part)
					}
				}
				if e.Hint == "" || strings.ContainsAny(e.Error(), "<>") {
					t.Errorf("hint %q, error %q", e.Hint, e.Error())
				}
			})
		}
	}
}

func TestListCountTooLarge(t *testing.T) {
	for name, spoil := range map[string]func(s *scimtest.Server){
		"400": func(s *scimtest.Server) { s.Set(func(q *scimtest.Quirks) { q.CountLimit = 50 }) },
		"500": func(s *scimtest.Server) { s.Fail(scimtest.Fault{Path: "count=100", Status: 500, Times: -1}) },
		"too large": func(s *scimtest.Server) {
			s.Fail(scimtest.Fault{Path: "count=100", Status: 200, Body: strings.Repeat(" ", 33<<20)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := scimtest.New(scimtest.Options{Users: people(120)})
			defer s.Close()
			spoil(s)
			c := client(t, scim.Config{BaseURL: s.URL})
			var stage staged
			l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take)
			if err != nil || !l.Complete {
				t.Fatalf("%+v, %v", l, err)
			}
			equal(t, "count", l.Passes[0].Count, 50)
			equal(t, "requests", len(s.Requests()), 5)
			checkAll(t, s, stage.users)
		})
	}
}

// TestListResume breaks a listing after each page and goes on from the place
// that was written down, in a new client.
func TestListResume(t *testing.T) {
	for name, q := range map[string]scimtest.Quirks{
		"index": {}, "cursor": {Cursor: scimtest.CursorAlways}, "no total": {Total: scimtest.TotalAbsent}, "unstable": {UnstableOrder: true},
	} {
		from := 1 // the pass whose pages are broken off; a first one that is not sound would begin anew for ever
		if q.UnstableOrder {
			from = 2
		}
		t.Run(name, func(t *testing.T) {
			s, c, _ := serve(t, scimtest.Options{Users: people(47), Quirks: q, Seed: 3})
			var stage, first staged
			var l scim.Listing
			stop := errors.New("killed")
			var start scim.Cursor
			for range 100 {
				opt := scim.ListOptions{Start: start, Seen: slices.Values(stage.users), Earlier: slices.Values(first.users)}
				var err error
				pages := 0
				l, err = c.List(context.Background(), scim.Users, opt, func(p scim.Page) error {
					if p.Pass >= from && !p.Verify {
						pages++
					}
					if pages > 1 && !p.Verify {
						return stop
					}
					start = p.Next
					if p.Pass == 1 {
						first.take(p)
					}
					return stage.take(p)
				})
				if err == nil {
					break
				}
				if !errors.Is(err, stop) {
					t.Fatal(err)
				}
			}
			equal(t, "complete", l.Complete, true)
			equal(t, "distinct", l.Distinct, 47)
			checkAll(t, s, stage.users)
		})
	}
}

func TestListResumeRefusesOtherPlaces(t *testing.T) {
	_, c, _ := serve(t, scimtest.Options{Users: people(25)})
	var stage staged
	if _, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take); err != nil {
		t.Fatal(err)
	}
	if _, err := c.List(context.Background(), scim.Users, scim.ListOptions{Start: stage.next[0], Seen: slices.Values(stage.users[:10])}, func(scim.Page) error { return nil }); err != nil {
		t.Fatalf("the place itself: %v", err)
	}
	for name, call := range map[string]func() error{
		"garbage": func() error {
			_, err := c.List(context.Background(), scim.Users, scim.ListOptions{Start: "x"}, stage.take)
			return err
		},
		"another kind": func() error {
			_, err := c.List(context.Background(), scim.Groups, scim.ListOptions{Start: stage.next[0], Seen: slices.Values(stage.users[:10])}, stage.take)
			return err
		},
		"of another version": func() error {
			later := scim.Cursor(strings.Replace(string(stage.next[0]), fmt.Sprintf(`"v":%d,`, scim.PlaceVersion), `"v":1,`, 1))
			_, err := c.List(context.Background(), scim.Users, scim.ListOptions{Start: later, Seen: slices.Values(stage.users[:10])}, stage.take)
			return err
		},
		"more ids counted than taken": func() error {
			_, err := c.List(context.Background(), scim.Users, scim.ListOptions{Start: stage.next[0], Seen: slices.Values(stage.users[:9])}, stage.take)
			return err
		},
		"no such kind": func() error {
			_, err := c.List(context.Background(), "Devices", scim.ListOptions{}, stage.take)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { equal(t, "kind", asError(t, call()).Kind, scim.KindUsage) })
	}
}

// TestListChangesBetweenPasses: as many ids the second time are not the same
// ids.
func TestListChangesBetweenPasses(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(25), Quirks: scimtest.Quirks{Total: scimtest.TotalAbsent}})
	l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
		if p.Pass == 2 && p.Number == 1 {
			s.Remove("user-025")
			s.Add(scimtest.User{ID: "new", UserName: "new", Active: true})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "complete", l.Complete, false)
	equalList(t, "problems", codes(l), []string{scim.ProblemDisagree})
	equal(t, "end of the second pass", l.Passes[1].End, scim.EndMismatch)
}

func TestListSinkErrorEndsIt(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(25)})
	full := errors.New("disk full")
	l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, func(scim.Page) error { return full })
	if err != full || l.Complete || len(s.Requests()) != 1 {
		t.Errorf("error %v, complete %v, %d requests", err, l.Complete, len(s.Requests()))
	}
}

func TestListCursorParameters(t *testing.T) {
	for _, tc := range []struct {
		paging string
		server scimtest.Cursor
		first  string
	}{
		{"cursor", scimtest.CursorAsked, "/scim/v2/Users?count=10&cursor="},
		{"bare-cursor", scimtest.CursorBare, "/scim/v2/Users?count=10&cursor"},
	} {
		s, c, _ := serve(t, scimtest.Options{Users: people(25), Quirks: scimtest.Quirks{Cursor: tc.server, CursorTotal: true}})
		var stage staged
		l, err := c.List(context.Background(), scim.Users, scim.ListOptions{Paging: tc.paging}, stage.take)
		if err != nil || !l.Complete || l.Passes[0].End != scim.EndCursor {
			t.Fatalf("%s: %+v, %v", tc.paging, l, err)
		}
		checkAll(t, s, stage.users)
		equal(t, "first request", s.Requests()[0].Path, tc.first)
		equal(t, "second request", s.Requests()[1].Path, "/scim/v2/Users?count=10&cursor=at%2F%2B%3D10")
	}
}

// TestGroupsOnOnePageByCursor: a server that pages by cursor, whatever it is
// asked, has no cursor to name for a short list. What it did with its users
// tells it from one that does not page.
func TestGroupsOnOnePageByCursor(t *testing.T) {
	always := scimtest.Quirks{Cursor: scimtest.CursorAlways}
	fixed := scimtest.Quirks{Cursor: scimtest.CursorAlways, PageCap: 20, IgnoreCount: true}
	for name, tc := range map[string]struct {
		quirks        scimtest.Quirks
		users, groups int
		byCursor      bool
		problems      []string
		sentence      string
	}{
		"one group":                       {always, 25, 1, true, nil, "1 listed, twice alike; the server names no total"},
		"several":                         {always, 25, 7, true, nil, "7 listed, twice alike; the server names no total"},
		"none":                            {always, 25, 0, true, nil, "0 listed, twice alike; the server names no total"},
		"pages of a fixed size":           {fixed, 25, 7, true, nil, "7 listed, twice alike; the server names no total"},
		"as many as are commonly a page":  {fixed, 25, 10, true, []string{"no-paging"}, ""},
		"users on one page too":           {fixed, 7, 7, false, []string{"no-paging"}, ""},
		"a total, beside it":              {scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorTotal: true}, 25, 1, true, nil, "1 of 1 listed, twice alike"},
		"nothing by cursor, and no total": {scimtest.Quirks{IgnoreCount: true, IgnoreStartIndex: true, Total: scimtest.TotalAbsent}, 26, 1, false, []string{"no-paging"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var groups []scimtest.Group
			for i := range tc.groups {
				groups = append(groups, scimtest.Group{ID: "g" + strconv.Itoa(i), DisplayName: "Group"})
			}
			s := scimtest.New(scimtest.Options{Users: people(tc.users), Groups: groups, Quirks: tc.quirks})
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL, PageSize: 10})
			drop := func(scim.Page) error { return nil }
			users, err := c.List(t.Context(), scim.Users, scim.ListOptions{}, drop)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "by cursor", users.ByCursor(), tc.byCursor)
			l, err := c.List(t.Context(), scim.Groups, scim.ListOptions{Cursors: users.ByCursor()}, drop)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "complete", l.Complete, len(tc.problems) == 0)
			equalList(t, "problems", codes(l), tc.problems)
			equal(t, "distinct", l.Distinct, tc.groups)
			if tc.sentence != "" {
				equal(t, "sentence", l.Sentence(), tc.sentence)
			}
		})
	}
}
