package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// settling leaves u07's removal from a group, or its return, unknown, lets the
// tenant change, and settles when no call can be under way any more.
func settling(t *testing.T, members []string, quirks scimtest.Quirks, back bool, meanwhile func(s *shop)) (s *shop, outcome, why string) {
	s = newShop(t, scimtest.Quirks{})
	s.server.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = members })
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u09"}})
	must(s.app.Sync(t.Context(), app.SyncRequest{AcceptShrink: map[string]int{"Acme": 60}}))(t)
	p := s.plan(removal("g1", "u07"))
	if back {
		s.run(p)
		p = must(s.app.Undo(t.Context(), p.Hash, "HD-9", false))(t)
	}
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true})
	if r := s.run(p); outcomes(r) != "unknown" {
		t.Fatalf("before settling: %s", outcomes(r))
	}
	s.clock.ahead += 3 * time.Minute
	meanwhile(s)
	s.server.Set(func(q *scimtest.Quirks) { *q = quirks })
	got := must(s.app.Settle(t.Context()))(t)
	if len(got) != 1 {
		t.Fatalf("settled: %+v", got)
	}
	return s, got[0].Outcome, got[0].Why
}

// A membership left unknown in a group that shows nobody is settled by the
// members that the intent recorded, and by what the tenant shows elsewhere.
func TestSettleAGroupThatShowsNobody(t *testing.T) {
	hides := scimtest.Quirks{HideMembers: true}
	alone, three := []string{"u07"}, []string{"u05", "u07", "u08"}
	to := func(group string, members ...string) func(s *shop) {
		return func(s *shop) { s.server.UpdateGroup(group, func(g *scimtest.Group) { g.Members = members }) }
	}
	nothing := func(*shop) {}
	noneElsewhere := func(s *shop) { to("g1")(s); to("g2")(s) }
	leftBehind := func(account string) func(s *shop) { // u07 left the group; its account reads like this
		return func(s *shop) {
			to("g1")(s)
			s.server.Update("u07", func(u *scimtest.User) { u.Raw = account })
		}
	}
	fails := func(path string, status int) func(s *shop) {
		return func(s *shop) {
			to("g1")(s)
			s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: path, Status: status, Times: -1})
		}
	}
	tests := map[string]struct {
		members   []string
		quirks    scimtest.Quirks
		back      bool
		meanwhile func(s *shop)
		want, why string
	}{
		"its last member left":                      {alone, scimtest.Quirks{}, false, to("g1"), "confirmed", "other members are unchanged"},
		"all left":                                  {three, scimtest.Quirks{}, false, to("g1"), "failed", "2 other members"},
		"some left":                                 {three, scimtest.Quirks{}, false, to("g1", "u08"), "failed", "1 other members"},
		"nobody else left":                          {three, scimtest.Quirks{}, false, to("g1", "u05", "u08"), "confirmed", "other members are unchanged"},
		"members hidden, account still names it":    {alone, hides, false, nothing, "failed", "still names the group"},
		"members hidden, account does not name it":  {alone, hides, false, to("g1"), "unknown", "cannot be told"},
		"everything hidden, the call had an effect": {alone, scimtest.Quirks{HideMembers: true, OmitUserGroups: true}, false, to("g1"), "unknown", "cannot be told"},
		"everything hidden, it had none":            {alone, scimtest.Quirks{OmitMembers: true, OmitUserGroups: true}, false, nothing, "unknown", "tenant's own administration"},
		"no member anywhere":                        {alone, scimtest.Quirks{}, false, noneElsewhere, "unknown", "cannot be told"},
		"left, in a group that is in it":            {alone, scimtest.Quirks{}, false, leftBehind(`{"id":"u07","userName":"u07","groups":[{"value":"g1","type":"indirect"}]}`), "confirmed", "other members are unchanged"},
		"left, its account is gone as well":         {alone, scimtest.Quirks{}, false, func(s *shop) { to("g1")(s); s.server.Remove("u07") }, "confirmed", "other members are unchanged"},
		"left, its account cannot be read":          {alone, scimtest.Quirks{}, false, fails("/Users/u07", 403), "unknown", "cannot be told"},
		"left, all groups cannot be read":           {alone, scimtest.Quirks{}, false, fails("/Groups?", 403), "unknown", "cannot be told"},
		"the group cannot be read":                  {alone, scimtest.Quirks{}, false, fails("/Groups/g1", 403), "unknown", "could not be read back"},
		"404 for everything":                        {alone, scimtest.Quirks{}, false, fails("", 404), "unknown", "could not be read back"},
		"back, all others left":                     {three, scimtest.Quirks{}, true, func(s *shop) { to("g1")(s); to("g2", "u07", "u09")(s) }, "failed", "2 other members"},
		"back, no effect, in no group":              {alone, scimtest.Quirks{}, true, nothing, "unknown", "cannot be told"},
		"back, no effect, in another group":         {alone, scimtest.Quirks{}, true, to("g2", "u07", "u09"), "failed", "not among them"},
		"back, with effect, members hidden":         {alone, hides, true, to("g1", "u07"), "confirmed", "itself names the group"},
		"back, with effect":                         {alone, scimtest.Quirks{}, true, to("g1", "u07"), "confirmed", "as wanted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, outcome, why := settling(t, tt.members, tt.quirks, tt.back, tt.meanwhile)
			if outcome != tt.want || !strings.Contains(why, tt.why) {
				t.Errorf("%s (%s), want %s (%s)", outcome, why, tt.want, tt.why)
			}
			writes := 1
			if tt.back {
				writes = 2
			}
			if len(s.server.Writes()) != writes {
				t.Errorf("settling wrote: %d writes", len(s.server.Writes()))
			}
		})
	}
}

// Harm that shows only when a run is resumed stops it, like harm that shows at once.
func TestHarmFoundWhenResumed(t *testing.T) {
	s := newShop(t, scimtest.Quirks{PathClears: true})
	s.server.AddGroup(scimtest.Group{ID: "g2", DisplayName: "Other", Members: []string{"u09"}})
	s.sync()
	p := s.plan(removal("g1", "u07", "u08"))
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true, Effect: true})
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Groups/g1", Nth: 2, Times: 5, Status: 500})
	r, _ := s.app.Run(t.Context(), p.Hash)
	if outcomes(r) != "unknown skipped" {
		t.Fatalf("before: %s", outcomes(r))
	}
	s.server.Heal()
	s.clock.ahead += 3 * time.Minute
	r, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "other members")
	if r.Actions[0].Outcome != "failed" || len(s.server.Writes()) != 1 {
		t.Errorf("%s after %d writes", outcomes(r), len(s.server.Writes()))
	}
}

// A group that is gone when a removal from it is settled took more with it than
// was asked for: the run goes no further.
func TestGroupGoneWhenResumed(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	p := s.plan(removal("g1", "u07"))
	s.server.Fail(scimtest.Fault{Method: http.MethodPatch, Drop: true})
	if r := s.run(p); outcomes(r) != "unknown" {
		t.Fatalf("before: %s", outcomes(r))
	}
	s.server.Fail(scimtest.Fault{Method: http.MethodGet, Path: "/Groups/g1", Status: 404, Times: -1})
	s.clock.ahead += 3 * time.Minute
	r, err := s.app.Run(t.Context(), p.Hash)
	refused(t, err, "no longer knows the group")
	if outcomes(r) != "failed" {
		t.Errorf("%+v", r.Actions)
	}
}
