package scim_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// TestListWhileAccountsComeAndGo: between two pages one account goes and another
// comes, so that the total stays. A list that is called complete has everybody
// who was there all the time.
func TestListWhileAccountsComeAndGo(t *testing.T) {
	add := func(id string) func(s *scimtest.Server) {
		return func(s *scimtest.Server) { s.Add(scimtest.User{ID: id, UserName: id, Active: true}) }
	}
	remove := func(id string) func(s *scimtest.Server) { return func(s *scimtest.Server) { s.Remove(id) } }
	for _, tc := range []struct {
		name     string
		after    int // pages
		quirks   scimtest.Quirks
		changes  []func(s *scimtest.Server)
		complete bool
		passes   int
		unjoined int // in the first pass
	}{
		{name: "nothing", after: 1, complete: true, passes: 1},
		{name: "before the boundary and at the end", after: 1, changes: []func(s *scimtest.Server){remove("user-003"), add("z")}, passes: 2, unjoined: 1},
		{name: "the same, after the second page", after: 2, changes: []func(s *scimtest.Server){remove("user-003"), add("z")}, passes: 2, unjoined: 1},
		{name: "the same, before the last page", after: 3, changes: []func(s *scimtest.Server){remove("user-003"), add("z")}, passes: 2, unjoined: 1},
		{name: "the last of the page", after: 1, changes: []func(s *scimtest.Server){remove("user-010"), add("z")}, passes: 2, unjoined: 1},
		{name: "the first of the next page", after: 1, changes: []func(s *scimtest.Server){remove("user-011"), add("z")}, complete: true, passes: 1},
		{name: "a page's worth", after: 1, changes: []func(s *scimtest.Server){
			remove("user-001"), remove("user-002"), remove("user-003"), remove("user-004"), remove("user-005"), remove("user-006"), remove("user-007"), remove("user-008"), remove("user-009"), remove("user-010"),
			add("z0"), add("z1"), add("z2"), add("z3"), add("z4"), add("z5"), add("z6"), add("z7"), add("z8"), add("z9"),
		}, passes: 2, unjoined: 1},
		{name: "pages of two", after: 3, quirks: scimtest.Quirks{PageCap: 2}, changes: []func(s *scimtest.Server){remove("user-001"), add("z")}, passes: 2, unjoined: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, c, _ := serve(t, scimtest.Options{Users: people(25), Quirks: tc.quirks})
			before := ids(s)
			var stage staged
			l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
				if p.Pass == 1 && p.Number == tc.after {
					for _, change := range tc.changes {
						change(s)
					}
				}
				return stage.take(p)
			})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "complete", l.Complete, tc.complete)
			equal(t, "passes", len(l.Passes), tc.passes)
			equal(t, "pages that do not join", l.Passes[0].Unjoined, tc.unjoined)
			for _, id := range ids(s) {
				if l.Complete && slices.Contains(before, id) && !slices.Contains(stage.users, id) {
					t.Errorf("%s is missing", id)
				}
			}
		})
	}
}

func ids(s *scimtest.Server) (all []string) {
	for _, u := range s.Users() {
		all = append(all, u.ID)
	}
	return all
}

// TestListWithoutOverlap: a server may think in pages, or serve one resource at a
// time. Its list is whole once a second pass agrees.
func TestListWithoutOverlap(t *testing.T) {
	for _, tc := range []struct {
		name   string
		quirks scimtest.Quirks
	}{
		{"rounded down", scimtest.Quirks{Rounds: scimtest.RoundsDown}},
		{"rounded up", scimtest.Quirks{Rounds: scimtest.RoundsUp}},
		{"pages of one", scimtest.Quirks{PageCap: 1}},
	} {
		for _, n := range []int{3, 9, 10, 11, 20, 25} {
			s, c, _ := serve(t, scimtest.Options{Users: people(n), Quirks: tc.quirks})
			var stage staged
			l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take)
			if err != nil || !l.Complete || !l.TotalTrusted || len(l.Passes) != 2 || len(stage.users) != n {
				t.Errorf("%s, %d users: %d in the stage, %v, %+v", tc.name, n, len(stage.users), err, l)
			}
			checkAll(t, s, stage.users)
		}
	}
}

// TestOverlapAsksLittle: a list costs one request more than it has pages, and
// each page but the first one resource more.
func TestOverlapAsksLittle(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(25)})
	if _, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, func(scim.Page) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range s.Requests() {
		paths = append(paths, r.Path)
	}
	equalList(t, "requests", paths, []string{
		"/scim/v2/Users?startIndex=1&count=10", "/scim/v2/Users?startIndex=10&count=10", "/scim/v2/Users?startIndex=19&count=10", "/scim/v2/Users?startIndex=25&count=10",
	})
}

// TestListFromStrictServers: one refuses what does not begin a whole page,
// another what lies past the end. As many as a window commonly shows are another
// matter: see TestListBehindAWindow.
func TestListFromStrictServers(t *testing.T) {
	for name, refuses := range map[string]func(from, count, all int) bool{
		"whole pages":  func(from, count, _ int) bool { return from%count != 0 },
		"past the end": func(from, _, all int) bool { return from >= all },
	} {
		for _, status := range []int{400, 404, 416, 500} {
			for _, n := range []int{1, 2, 75, 99, 101, 150, 260} {
				l := listHandMade(t, scim.Config{Wait: func(context.Context, time.Duration) error { return nil }}, func(q ask) tell {
					if refuses(q.from, q.count, n) {
						return tell{status: status}
					}
					return pageOf(q, n, n)
				})
				if !l.Complete || l.Distinct != n {
					t.Errorf("%s, %d, %d users: %+v", name, status, n, l)
				}
			}
		}
	}
}

// TestListCutShort: whoever ignores the page size and shows nothing after as many
// as commonly are a page, even where the total agrees, may have shown the first
// page only.
func TestListCutShort(t *testing.T) {
	for _, total := range []int{-1, 100} {
		l := listHandMade(t, scim.Config{}, func(q ask) tell {
			if q.from > 0 {
				return tell{total: total}
			}
			return tell{to: 100, total: total}
		})
		equal(t, "complete", l.Complete, false)
		equalList(t, "problems", codes(l), []string{scim.ProblemNoPaging})
	}
}

// TestListBehindAWindow: a server that shows so many results at most counts no
// others, and refuses to go past them. That is no end of a list, however often it
// is read; an error past another number is.
func TestListBehindAWindow(t *testing.T) {
	for _, tc := range []struct {
		users, window int
		complete      bool
	}{
		{1500, 1000, false}, {1500, 512, false}, {12_000, 10_000, false}, {1000, 1000, false}, {1500, 100, false}, {1500, 200, false}, {1500, 250, false}, {1500, 256, false}, {1500, 300, false}, {1500, 400, false}, {1500, 1111, true}, {1500, 210, true}, {999, 1000, true},
	} {
		for _, wholePages := range []bool{false, true} {
			shown := min(tc.users, tc.window)
			l := listHandMade(t, scim.Config{Wait: func(context.Context, time.Duration) error { return nil }}, func(q ask) tell {
				if q.from >= shown || wholePages && q.from%q.count != 0 {
					return tell{status: 400}
				}
				return pageOf(q, shown, shown)
			})
			if l.Complete != tc.complete || l.Distinct != shown {
				t.Errorf("%d users, %d shown, %v: %+v", tc.users, tc.window, wholePages, l)
			}
			if !tc.complete {
				equalList(t, "problems", codes(l), []string{scim.ProblemWindow})
			}
		}
	}
}
