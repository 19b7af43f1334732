package app_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// A group is replaced only where nobody is missing from what was read of it: a
// list of members that was cut off must not become the group.
func TestNoGroupIsReplacedByAPartOfIt(t *testing.T) {
	cut := func(n int) func(s *shop) {
		return func(s *shop) { s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = n }) }
	}
	silent := func(n int) scimtest.Quirks { return scimtest.Quirks{OmitUserGroups: true, MembersShown: n} }
	for name, tt := range map[string]struct {
		listed    scimtest.Quirks // when the list was made
		meanwhile func(s *shop)
		why       string // "": it is done
		left      int
	}{
		"read whole":                          {scimtest.Quirks{}, cut(0), "", 60},
		"cut off when it is read":             {scimtest.Quirks{}, cut(40), "lacks 21 members", 61},
		"cut off, and accounts name no group": {silent(0), cut(40), "lacks 21 members", 61},
		"always cut off":                      {scimtest.Quirks{MembersShown: 50}, cut(50), "lacks 11 members", 61},
		"always, and accounts name no group":  {silent(50), cut(50), "no account names this group", 61},
		"whole, and accounts name no group":   {silent(0), cut(0), "no account names this group", 61},
		"listed alone in it":                  {silent(1), cut(0), "no account names this group", 61},
		"always, at an odd number":            {silent(37), cut(37), "no account names this group", 61},
		"somebody left it":                    {scimtest.Quirks{}, func(s *shop) { s.out("g1", "u30") }, "lacks 1 member ", 60},
		"somebody joined it": {scimtest.Quirks{}, func(s *shop) {
			s.server.Add(person(62))
			s.into("g1", "u62")
		}, "", 61},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, tt.listed)
			s.odd()
			p := s.plan(removal("g1", "u01"))
			s.server.Set(func(q *scimtest.Quirks) { q.ValuePathStatus = 501 })
			tt.meanwhile(s)
			r := s.run(p)
			want := map[bool]string{true: "confirmed", false: "failed"}[tt.why == ""]
			if outcomes(r) != want || !strings.Contains(r.Actions[0].Why, tt.why) {
				t.Errorf("%s (%s), want %s (…%s…)", outcomes(r), r.Actions[0].Why, want, tt.why)
			}
			s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = 0 })
			if n := len(s.members("g1")); n != tt.left {
				t.Errorf("the group has %d members, want %d", n, tt.left)
			}
		})
	}
}

// odd gives the group 61 members: no list is commonly cut off there.
func (s *shop) odd() {
	s.server.Add(person(61))
	s.into("g1", "u61")
	s.sync()
}

// Who joined behind a cut since the list is known nowhere. Where as many members are
// shown as lists are often cut off at, a group is replaced only where a larger one
// shows more.
func TestReplacingAGroupKeepsWhoJoinedBehindACut(t *testing.T) {
	for name, tt := range map[string]struct {
		shown, size int  // of the members of a group, and how many it has when it is listed
		larger      bool // another group has 51 members
		joined      bool // somebody else has joined since
		outcome     string
	}{
		"as many as are shown, and one more since": {50, 50, false, true, "failed"},
		"a larger group is cut off as well":        {50, 50, true, true, "failed"},
		"as many as are often shown":               {0, 50, false, false, "failed"},
		"a larger group shows more":                {0, 50, true, true, "confirmed"},
		"fewer than any cut":                       {50, 49, false, false, "confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{ValuePathStatus: http.StatusNotImplemented})
			s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = g.Members[:tt.size] })
			if tt.larger {
				s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Everybody", Members: ids(1, 51)})
			}
			s.sync()
			s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = tt.shown })
			if tt.joined {
				s.into("g1", "u55")
			}
			r := s.run(s.plan(removal("g1", "u01")))
			if outcomes(r) != tt.outcome || tt.outcome == "failed" && !strings.Contains(r.Actions[0].Why, "the tenant shows 50 members of the group, as many as lists are often cut off at") {
				t.Errorf("%s (%s), want %s", outcomes(r), r.Actions[0].Why, tt.outcome)
			}
			if tt.joined != slices.Contains(s.members("g1"), "u55") {
				t.Error("u55, whom no plan names, is in the group or out of it against all wishes")
			}
		})
	}
}

// ids are those of the accounts from one to another.
func ids(from, to int) (all []string) {
	for i := from; i <= to; i++ {
		all = append(all, person(i).ID)
	}
	return all
}

// Whom the run itself took out, or closed, is not missing; and the way back is
// held against the list as well.
func TestGroupReplacedByARunOfSeveral(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.server.Set(func(q *scimtest.Quirks) { q.ValuePathStatus, q.InactiveLeaves = 501, true })
	s.run(s.plan(accounts("u59")))
	out := s.plan(removal("g1", "u05", "u06", "u07"))
	if r := s.run(out); outcomes(r) != "confirmed confirmed confirmed" {
		t.Fatalf("%+v", r.Actions)
	}
	s.server.Set(func(q *scimtest.Quirks) { q.PatchStatus, q.InactiveLeaves = 405, false })
	back := s.undo(out, "HD-9")
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Groups/g1", Nth: 5, Status: 200, Body: `{"id":"g1","displayName":"Staff","members":[{"value":"u01"}]}`})
	r := s.run(back)
	if got := outcomes(r); strings.Count(got, "confirmed") != 2 || !strings.Contains(fmt.Sprint(r.Actions), "lacks 55 members") {
		t.Errorf("%s: %+v", got, r.Actions)
	}
	if n := len(s.members("g1")); n != 58 {
		t.Errorf("the group has %d members", n)
	}
}

// After the store was lost there is no list to hold a group against.
func TestNoGroupIsReplacedWithoutAList(t *testing.T) {
	s := newShop(t, scimtest.Quirks{InactiveLeaves: true})
	p := s.plan(accounts("u60"))
	s.run(p)
	s.server.Set(func(q *scimtest.Quirks) { q.PatchStatus, q.MembersShown = 405, 37 })
	s.loseStore()
	r := s.run(s.undo(p, "HD-9"))
	if !strings.Contains(fmt.Sprint(r.Actions), "no list of this tenant is on show") {
		t.Errorf("%s: %+v", outcomes(r), r.Actions)
	}
	s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = 0 })
	if n := len(s.members("g1")); n != 59 {
		t.Errorf("the group has %d members", n)
	}
}

// rewriting is a tenant whose answers are changed on the way.
type rewriting func(body string) string

func (f rewriting) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	a.Body = io.NopCloser(strings.NewReader(f(string(b))))
	a.ContentLength = -1
	a.Header.Del("Content-Length")
	return a, err
}

// Whoever names a group is found whatever way its id is written there.
func TestNoGroupWithAnEscapedIDIsReplacedByAPart(t *testing.T) {
	escaping := rewriting(func(body string) string { return strings.ReplaceAll(body, "+", `\u002B`) })
	s := newShopOn(t, scimtest.Quirks{}, app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester", Transport: escaping})
	s.server.AddGroup(scimtest.Group{ID: "a+b", DisplayName: "Plus", Members: s.members("g1")})
	s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = 37 })
	s.sync()
	p := s.plan(removal("a+b", "u05"))
	s.server.Set(func(q *scimtest.Quirks) { q.ValuePathStatus = 501 })
	if r := s.run(p); outcomes(r) != "failed" || !strings.Contains(r.Actions[0].Why, "lacks 23 members") {
		t.Errorf("%s: %s", outcomes(r), r.Actions[0].Why)
	}
}

// A tenant that numbers users and groups apart may have a group in a group under
// the id of a user: that is no membership of the account, and it is not taken out.
func TestGroupInAGroupUnderTheIDOfAnAccount(t *testing.T) {
	var nested atomic.Bool
	at := rewriting(func(body string) string {
		if nested.Load() {
			body = strings.ReplaceAll(body, `"display":"Person 59","type":"User"`, `"display":"Engineers","type":"Group"`)
		}
		return body
	})
	for omit, why := range map[bool]string{true: "It changed since the plan (memberships).", false: "another group in it under the id of this account"} {
		nested.Store(false)
		s := newShopOn(t, scimtest.Quirks{OmitUserGroups: omit}, app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester", Transport: at})
		p := s.plan(removal("g1", "u59"))
		nested.Store(true)
		if r := s.run(p); outcomes(r) != "skipped" || !strings.Contains(r.Actions[0].Why, why) || !slices.Contains(s.members("g1"), "u59") {
			t.Errorf("%s: %s", outcomes(r), r.Actions[0].Why)
		}
		s.sync()
		if p, err := s.app.Plan(t.Context(), removal("g1", "u59")); omit && err == nil {
			t.Errorf("planned: %+v", p.Actions)
		}
	}
}

// That the list had more members of a group does not show that it is read whole:
// those we closed are in it all the same, and so is who joined behind a cut that is
// new. That the run itself saw more of it just before does.
func TestReplacingAGroupBehindANewCut(t *testing.T) {
	for name, by := range map[string]func(s *shop){
		"we closed two of them": func(s *shop) { s.run(s.plan(accounts("u51", "u52"))) },
		"we took two out":       func(s *shop) { s.run(s.plan(removal("g1", "u51", "u52"))) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{ValuePathStatus: http.StatusNotImplemented})
			s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = ids(1, 52) })
			s.syncAccepting(60)
			by(s)
			s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = 50 })
			s.into("g1", "u55")
			r := s.run(s.plan(removal("g1", "u01")))
			s.server.Set(func(q *scimtest.Quirks) { q.MembersShown = 0 })
			if outcomes(r) != "failed" || !slices.Contains(s.members("g1"), "u55") {
				t.Errorf("%s: %s", outcomes(r), r.Actions[0].Why)
			}
		})
	}
	s := newShop(t, scimtest.Quirks{ValuePathStatus: http.StatusNotImplemented})
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = ids(1, 52) })
	s.syncAccepting(60)
	if r := s.run(s.plan(removal("g1", "u01", "u02", "u03", "u04"))); outcomes(r) != "confirmed confirmed confirmed confirmed" {
		t.Errorf("past 50 in one run: %s", outcomes(r))
	}
}
