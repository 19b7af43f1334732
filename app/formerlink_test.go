package app

import (
	"slices"
	"strings"
	"testing"

	"rollcall/audit"
	"rollcall/scim/scimtest"
)

// linkedBefore is an entry as versions before the marks wrote it.
type linkedBefore struct {
	Account  audit.Personal `json:"account"`
	UserName audit.Personal `json:"userName"`
	Source   string         `json:"source"`
	Number   audit.Personal `json:"number"`
	Name     audit.Personal `json:"name"`
	Reason   audit.Personal `json:"reason"`
}

// whose is what is said of an account, everywhere that says it.
func (w *world) whose(account string) (situation, reason string) {
	w.t.Helper()
	d, err := w.app.Account(w.t.Context(), "Acme", account)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range d.Findings {
		reason += f.Reason
	}
	return d.Situation, reason
}

// A link is about the account that a person saw. Whoever gets its id next is not
// closed with the person of the link, and not given to anybody by a rule alone.
func TestLinkOfAReusedID(t *testing.T) {
	marks := func(name, number string, emails ...string) func(u *scimtest.User) {
		return func(u *scimtest.User) { u.UserName, u.ExternalID, u.Emails = name, number, emails }
	}
	for name, tt := range map[string]struct {
		before, after func(u *scimtest.User)
		situation     string
		reason        string
	}{
		"another's, whom a rule names": {marks("svc-7", ""), marks("p8.second@corp.example", "1008", "p8@corp.example"), SituationDisputed, "Person 8 (1008) by external id"},
		"another's, whom none names":   {marks("svc-7", "", "svc@corp.example"), marks("svc-8", ""), SituationDisputed, "Person 4 (1004) was linked to this id when it had another user name"},
		"with nothing but a name":      {marks("svc-7", ""), marks("svc-8", ""), SituationDisputed, "Person 4 (1004) was linked"},
		"theirs by a rule as well":     {marks("svc-7", ""), marks("p4@corp.example", "", "p4@corp.example"), SituationCollision, ""},
		"another case":                 {marks("svc-7", ""), marks("SVC-7", ""), SituationCollision, ""},
		"renamed, the same e-mail":     {marks("svc-7", "", "svc@corp.example"), marks("svc-8", "", "svc@corp.example"), SituationCollision, ""},
		"renamed, the same number":     {marks("svc-7", "x9"), marks("svc-8", "x9", "svc@corp.example"), SituationCollision, ""},
		"renamed, a number filled in":  {marks("svc-7", "", "svc@corp.example"), marks("svc-8", "x9", "svc@corp.example"), SituationCollision, ""},
		"renamed, another number":      {marks("svc-7", "x9", "svc@corp.example"), marks("svc-8", "x8", "svc@corp.example"), SituationDisputed, "Person 4 (1004) was linked"},
		"the same name":                {marks("svc-7", "x9"), marks("svc-7", "x8"), SituationCollision, ""},
		"nothing but the same name":    {marks("svc-7", "x9", "svc@corp.example"), marks("svc-7", "x8", "new@corp.example"), SituationDisputed, "Person 4 (1004) was linked"},
		"the same name, number gone":   {marks("svc-7", "x9", "svc@corp.example"), marks("svc-7", "", "p8@corp.example"), SituationDisputed, "Person 4 (1004) by a link of whoever had this id before"},
		"the same name, new address":   {marks("svc-7", "", "svc@corp.example"), marks("svc-7", "x9", "new@corp.example"), SituationCollision, ""},
		"the same name, all gone":      {marks("svc-7", "x9", "svc@corp.example"), marks("svc-7", ""), SituationCollision, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, srv := ready(t)
			srv.Update("orphan", tt.before)
			w.sync()
			w.link("orphan", "1004")
			srv.Update("orphan", tt.after)
			w.sync()
			if got, why := w.whose("orphan"); got != tt.situation || !strings.Contains(why, tt.reason) {
				t.Errorf("%s: %s", got, why)
			}
			p, err := w.app.Offboard(t.Context(), OffboardRequest{Person: "1004", DryRun: true})
			if err != nil {
				t.Fatal(err)
			}
			planned := slices.ContainsFunc(p.Actions, func(a PlanAction) bool { return a.Account.ID == "orphan" })
			left := slices.ContainsFunc(p.NotCovered, func(n NotCovered) bool { return strings.Contains(n.Why, "link it to them") })
			if want := tt.situation != SituationDisputed; planned != want || left == want {
				t.Errorf("offboarded: %v, not covered %v", planned, p.NotCovered)
			}
			links, err := w.app.Links(t.Context(), "")
			if err != nil || links[0].Former != (tt.situation == SituationDisputed || name == "theirs by a rule as well") {
				t.Errorf("%+v, %v", links, err)
			}
			w.link("orphan", "1004")
			if got, why := w.whose("orphan"); got != SituationCollision {
				t.Errorf("linked anew: %s: %s", got, why)
			}
		})
	}
}

// Where nothing tells an account but its id, it may be anybody's.
func TestAnIDAloneIsNobody(t *testing.T) {
	if !(accountState{ID: "u1"}).mayBeAnother(accountState{ID: "u1"}) {
		t.Error("the same, by nothing")
	}
}

// Nor is such an account closed with whom a rule alone gives it to, unless the
// person of the link is on no roster any more.
func TestOffboardingWhomAFormerLinkDisputes(t *testing.T) {
	w, srv := ready(t)
	srv.Update("orphan", func(u *scimtest.User) { u.UserName, u.Emails = "svc-7", nil })
	w.sync()
	w.link("orphan", "1004")
	srv.Update("orphan", func(u *scimtest.User) {
		u.UserName, u.ExternalID, u.Emails = "second", "1008", []string{"p8@corp.example"}
	})
	w.sync()
	offboard := func() (planned bool, left []NotCovered) {
		p, err := w.app.Offboard(t.Context(), OffboardRequest{Person: "1008", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(p.Actions, func(a PlanAction) bool { return a.Account.ID == "orphan" }), p.NotCovered
	}
	if planned, left := offboard(); planned || len(left) != 1 || !strings.Contains(left[0].Why, "More than one person matches it") {
		t.Errorf("planned %v, not covered %v", planned, left)
	}
	w.alter("UPDATE link SET number = 'nobody'")
	if planned, left := offboard(); !planned || len(left) != 0 {
		t.Errorf("nobody's: planned %v, not covered %v", planned, left)
	}
}

// What a link of an older version was about is not known: it holds as it did, also
// after the store was made anew. One of now comes back from the record as it is.
func TestLinksOfEveryVersion(t *testing.T) {
	w, srv := ready(t)
	id := w.tenant("Acme").ID
	err := w.app.mutate(t.Context(), func(wr *writer) error {
		_, err := wr.record(t.Context(), audit.Draft{Type: typeLinked, Tenant: id, Target: audit.Text("ghost@corp.example"), Data: linkedBefore{
			audit.Text("orphan"), audit.Text("ghost@corp.example"), "hr", audit.Text("1004"), audit.Text("Person 4"), audit.Text("theirs"),
		}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.link("second", "1005")
	for _, account := range []string{"orphan", "second"} {
		srv.Update(account, func(u *scimtest.User) {
			u.UserName, u.Emails = "next-"+account, []string{account + "@elsewhere.example"}
		})
	}
	check := func() {
		t.Helper()
		if got, why := w.whose("orphan"); got != SituationCollision {
			t.Errorf("of before: %s: %s", got, why)
		}
		if got, why := w.whose("second"); got != SituationDisputed || !strings.Contains(why, string("Person 5 (1005) was linked")) {
			t.Errorf("of now: %s: %s", got, why)
		}
	}
	w.sync()
	check()
	w.close()
	w.alter("DELETE FROM link")
	w.alter("UPDATE applied SET projection_version = 0")
	w.open()
	w.roster(people(20, leaverLine))
	w.sync()
	check()
	if strings.Contains(w.bodies(), "p3@corp.example") || !strings.Contains(w.bodies(), `"emails":`) {
		t.Error("an entry names somebody, or has no marks")
	}
}
