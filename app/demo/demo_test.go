package demo_test

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/app/demo"
	"rollcall/app/reconcile"
	"rollcall/app/roster"
)

// days are the days that Build is tried on: an ordinary one, the last of a
// leap February, both ends of a year, in zones far apart.
func days(t *testing.T) []time.Time {
	return []time.Time{
		time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		time.Date(2028, 2, 29, 23, 59, 59, 0, time.FixedZone("east", 14*3600)),
		time.Date(2027, 1, 1, 0, 0, 0, 0, time.FixedZone("west", -12*3600)),
		time.Date(2026, 12, 31, 8, 0, 0, 0, time.FixedZone("", 3600)),
	}
}

func read(t *testing.T, d demo.Data) (people []reconcile.Person, s roster.Summary) {
	t.Helper()
	s, err := roster.Read(t.Context(), bytes.NewReader(d.RosterCSV), roster.Options{Source: "hr", TimeZone: d.Zone},
		func(_ int, p reconcile.Person) error { people = append(people, p); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return people, s
}

// TestExpectationsHold runs the roster and the accounts through the real
// reader and the real rules.
func TestExpectationsHold(t *testing.T) {
	for _, now := range days(t) {
		d := demo.Build(now)
		people, _ := read(t, d)
		if len(people) != d.People {
			t.Errorf("%d people read of %d", len(people), d.People)
		}
		total := map[reconcile.Kind]int{}
		rules := map[reconcile.Rule]int{}
		for _, tenant := range d.Tenants {
			got, rate := findings(t, tenant, people, now, rules)
			if !maps.Equal(got, tenant.Expect) {
				t.Errorf("%s on %s: %v found and %v planted", tenant.Name, now, got, tenant.Expect)
			}
			if rate.Below(80) {
				t.Errorf("%s: only %d %% match; nothing orphaned could be planned", tenant.Name, rate.Percent())
			}
			for k, n := range got {
				total[k] += n
			}
		}
		for _, file := range d.Files {
			tenant := asRead(t, file)
			got, rate := findings(t, tenant, people, now, rules)
			if !maps.Equal(got, file.Expect) || rate.Below(80) {
				t.Errorf("%s on %s: %v found and %v planted, %d %% match", file.Name, now, got, file.Expect, rate.Percent())
			}
		}
		want := map[reconcile.Kind]int{reconcile.KindOrphaned: 14, reconcile.KindLeaver: 5, reconcile.KindDisputed: 2, reconcile.KindCollision: 2}
		if !maps.Equal(total, want) {
			t.Errorf("in all %v, want %v", total, want)
		}
		for _, r := range []reconcile.Rule{reconcile.RuleExternalID, reconcile.RuleEmail, reconcile.RuleUserName} {
			if rules[r] == 0 {
				t.Errorf("no account is known by its %s alone", r)
			}
		}
	}
}

// findings counts the accounts of one tenant by kind, and in rules those that
// only one rule links.
func findings(t *testing.T, tenant demo.Tenant, people []reconcile.Person, now time.Time, rules map[reconcile.Rule]int) (map[reconcile.Kind]int, reconcile.MatchRate) {
	t.Helper()
	accounts, candidates := join(tenant, people)
	var all []reconcile.Correlation
	var links reconcile.ActiveLinks
	var rate reconcile.MatchRate
	for c, err := range reconcile.Correlate(seq(accounts), seq(candidates)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		links.Add(c)
		rate.Add(c)
	}
	got := map[reconcile.Kind]int{}
	for _, c := range all {
		for _, f := range reconcile.Findings(c, links.Of(c), now) {
			got[f.Kind]++
		}
		if c.Situation == reconcile.Linked && only(c, candidates) {
			rules[c.Rule]++
		}
	}
	return got, rate
}

// asRead is the file's tenant as the reader of files sees it, which has to be
// what the demo says it is.
func asRead(t *testing.T, file demo.File) demo.Tenant {
	t.Helper()
	got := demo.Tenant{Name: file.Name}
	_, err := roster.ReadMembers(t.Context(), bytes.NewReader(file.CSV), roster.MemberOptions{}, func(_ int, m roster.Member) error {
		if m.Active == reconcile.ActiveUnknown {
			t.Errorf("%s: it is not known whether %s is active", file.Name, m.UserName)
		}
		got.Users = append(got.Users, demo.User{ID: m.ID, UserName: m.UserName, DisplayName: m.DisplayName, Emails: m.Emails, Active: m.Active == reconcile.ActiveTrue})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range file.Users {
		if i >= len(got.Users) || got.Users[i].ID != u.ID || got.Users[i].Active != u.Active {
			t.Fatalf("%s: row %d is not %s", file.Name, i, u.UserName)
		}
	}
	return got
}

func only(c reconcile.Correlation, candidates []reconcile.Candidate) bool {
	n := 0
	for _, k := range candidates {
		if k.Account == c.Account.ID {
			n++
		}
	}
	return n == 1
}

func join(tenant demo.Tenant, people []reconcile.Person) (accounts []reconcile.Account, candidates []reconcile.Candidate) {
	by := map[reconcile.Key][]reconcile.Person{}
	for _, p := range people {
		for _, k := range reconcile.PersonKeys(p) {
			by[k] = append(by[k], p)
		}
	}
	for _, u := range tenant.Users {
		a := reconcile.Account{Tenant: tenant.Name, ID: u.ID, UserName: u.UserName, ExternalID: u.ExternalID, DisplayName: u.DisplayName, Emails: u.Emails, Active: reconcile.ActiveTrue}
		if !u.Active {
			a.Active = reconcile.ActiveFalse
		}
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b reconcile.Account) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range accounts {
		for _, k := range reconcile.Keys(a) {
			for _, p := range by[k] {
				candidates = append(candidates, reconcile.Candidate{Tenant: a.Tenant, Account: a.ID, Rule: k.Rule, Key: k.Value, Person: p})
			}
		}
	}
	return accounts, candidates
}

func seq[T any](all []T) func(func(T, error) bool) {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// TestRoster pins what the roster is there to show.
func TestRoster(t *testing.T) {
	now := days(t)[0]
	people, s := read(t, demo.Build(now))
	if want := []string{"Department", "Cost Centre"}; !slices.Equal(s.Dropped, want) || len(s.Warnings) > 0 {
		t.Errorf("dropped %q with warnings %q", s.Dropped, s.Warnings)
	}
	count := map[string]int{}
	for _, p := range people {
		count[string(p.Status)]++
		count[p.Type]++
		if !p.End.IsZero() && p.End.Before(p.Start) {
			count["rehired"]++
		}
		if p.Status == reconcile.StatusLeft && p.End.After(now) {
			count["leaving soon"]++
		}
		if strings.Contains(strings.Join(p.Emails, " "), demo.AgencyDomain) {
			t.Errorf("%s of the agency is on the roster", p.Name)
		}
	}
	want := map[string]int{"active": 226, "on leave": 7, "pre-hire": 4, "left": 13, "employee": 234, "contractor": 16, "rehired": 1, "leaving soon": 1}
	if !maps.Equal(count, want) {
		t.Errorf("%v, want %v", count, want)
	}
}

func TestSameEveryTime(t *testing.T) {
	a, b := demo.Build(days(t)[0]), demo.Build(days(t)[0])
	x, err1 := json.Marshal(a.Tenants, json.Deterministic(true))
	y, err2 := json.Marshal(b.Tenants, json.Deterministic(true))
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(x, y) || !bytes.Equal(a.RosterCSV, b.RosterCSV) {
		t.Errorf("two builds of one day differ, %v", err)
	}
}

// TestIDs checks that nothing is named twice and every member exists.
func TestIDs(t *testing.T) {
	for _, tenant := range demo.Build(days(t)[0]).Tenants {
		ids, names := map[string]bool{}, map[string]bool{}
		for _, u := range tenant.Users {
			if ids[u.ID] || names[strings.ToLower(u.UserName)] {
				t.Errorf("%s: %s, %s comes twice", tenant.Name, u.ID, u.UserName)
			}
			ids[u.ID], names[strings.ToLower(u.UserName)] = true, true
		}
		for _, g := range tenant.Groups {
			if len(g.Members) == 0 {
				t.Errorf("%s: group %s is empty", tenant.Name, g.DisplayName)
			}
			for _, m := range g.Members {
				if !ids[m] {
					t.Errorf("%s: group %s has the unknown member %s", tenant.Name, g.DisplayName, m)
				}
			}
		}
	}
}

// TestStart asks each tenant for its users, with its token and with another's,
// once the past has been played.
func TestStart(t *testing.T) {
	d := demo.Build(days(t)[0])
	s, err := demo.Start(d)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, ago := range []int{45, 20, 20, 1} {
		s.On(ago)
	}
	for i, server := range s.Tenants {
		if total, status := list(t, server.URL, server.Token); total != len(d.Tenants[i].Users) || status != 200 {
			t.Errorf("%s lists %d users with status %d, want %d", server.Name, total, status, len(d.Tenants[i].Users))
		}
		if _, status := list(t, server.URL, s.Tenants[(i+1)%len(s.Tenants)].Token); status != 401 {
			t.Errorf("%s takes another tenant's token: status %d", server.Name, status)
		}
	}
}

func list(t *testing.T, base, token string) (total, status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", base+"/Users?count=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct {
		Total int `json:"totalResults"`
	}
	if err := json.UnmarshalRead(res.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body.Total, res.StatusCode
}
