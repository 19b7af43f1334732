package app_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// meanwhile does something to the tenant between the read and the first call.
type meanwhile struct {
	once sync.Once
	do   func()
}

func (m *meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPatch {
		m.once.Do(m.do)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// matches are the If-Match of the changes that the tenant saw, with what it
// answered.
func (s *shop) matches() (tags []string, answers []int) {
	for _, r := range s.server.Writes() {
		tags, answers = append(tags, r.Header.Get("If-Match")), append(answers, r.Status)
	}
	return tags, answers
}

// A tenant that keeps to its ETags refuses to change what is not as it was read:
// it is read anew and compared with the plan anew.
func TestChangedBetweenReadAndCall(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks  scimtest.Quirks
		group   bool // a membership is removed
		do      func(*scimtest.Server)
		answers []int
		outcome string
		why     string
	}{
		"something else":          {scimtest.Quirks{ETags: true, EnforceIfMatch: true}, false, func(s *scimtest.Server) { rename(s, "Somebody") }, []int{412, 200}, "confirmed", ""},
		"what was planned":        {scimtest.Quirks{ETags: true, EnforceIfMatch: true}, false, func(s *scimtest.Server) { move(s) }, []int{412}, "failed", "It was not tried again: it changed since the plan (userName)."},
		"the group":               {scimtest.Quirks{ETags: true, EnforceIfMatch: true}, true, func(s *scimtest.Server) { joins(s) }, []int{412, 200}, "confirmed", ""},
		"without a word of ETags": {scimtest.Quirks{ETags: true}, false, func(s *scimtest.Server) { rename(s, "Somebody") }, []int{200}, "confirmed", ""},
		"an ETag never accepted": {scimtest.Quirks{ETags: true, EnforceIfMatch: true}, false, func(s *scimtest.Server) {
			s.Fail(scimtest.Fault{Method: http.MethodPatch, Status: 412})
		}, []int{412, 200}, "confirmed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			between := &meanwhile{do: func() {}}
			s := newShopOn(t, tc.quirks, app.Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "tester", Transport: between})
			between.do = func() { tc.do(s.server) }
			r := accounts("u59")
			if tc.group {
				r.Action, r.Group = "remove-membership", "g1"
			}
			got := s.run(s.plan(r)).Actions[0]
			tags, answers := s.matches()
			if got.Outcome != tc.outcome || got.Why != tc.why && tc.why != "" || !slices.Equal(answers, tc.answers) {
				t.Fatalf("%s: %s; If-Match %q, answers %v", got.Outcome, got.Why, tags, answers)
			}
			told := tc.quirks.EnforceIfMatch
			if (tags[0] != "") != told || len(tags) > 1 && tags[1] == tags[0] {
				t.Errorf("If-Match was %q", tags)
			}
			if name == "an ETag never accepted" && tags[1] != "" {
				t.Errorf("it was sent again: %q", strings.Join(tags, ", "))
			}
		})
	}
}

// After 412 a stale reading may show the ETag of before. A whole resource is not
// sent without a condition then: it would undo what somebody else changed.
func TestNothingIsReplacedWithoutETagAfter412(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks scimtest.Quirks
		r      app.PlanRequest
		calls  int
	}{
		"a group":    {scimtest.Quirks{ETags: true, EnforceIfMatch: true, ValuePathStatus: 501}, removal("g1", "u59"), 2},
		"an account": {scimtest.Quirks{ETags: true, EnforceIfMatch: true, PatchStatus: 405}, accounts("u59"), 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, tc.quirks)
			s.odd()
			p := s.plan(tc.r)
			s.server.Fail(scimtest.Fault{Method: http.MethodPut, Status: 412})
			got := s.run(p).Actions[0]
			tags, answers := s.matches()
			if got.Outcome != "failed" || !strings.Contains(got.Why, "answered 412") || len(answers) != tc.calls || answers[tc.calls-1] != 412 {
				t.Errorf("%s: %s; If-Match %q, answers %v", got.Outcome, got.Why, tags, answers)
			}
			if !slices.Contains(s.members("g1"), "u59") || !s.active("u59") {
				t.Error("it was changed")
			}
		})
	}
}

func rename(s *scimtest.Server, name string) {
	s.Update("u59", func(u *scimtest.User) { u.DisplayName = name })
}

func move(s *scimtest.Server) {
	s.Update("u59", func(u *scimtest.User) { u.UserName = "somebody.else@corp.example" })
}

func joins(s *scimtest.Server) {
	s.UpdateGroup("g1", func(g *scimtest.Group) { g.Members = append(slices.Clone(g.Members), "u60") })
}
