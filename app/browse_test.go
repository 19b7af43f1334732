package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

func (w *world) accounts(f AccountFilter) AccountsPage {
	w.t.Helper()
	f.Tenant = "acme"
	page, err := w.app.Accounts(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

func userNames(list []AccountRow) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.UserName)
	}
	return out
}

func TestAccountsAreFound(t *testing.T) {
	w := newWorld(t)
	opt := acme()
	opt.Users = append(opt.Users,
		scimtest.User{ID: "off", UserName: "Gone@corp.example", DisplayName: "Zoë Müller", Active: false},
		scimtest.User{ID: "odd", UserName: `o"dd*`, DisplayName: "AND OR NOT facet : t1", Active: true})
	w.serve("Acme", opt)
	w.serve("Other", scimtest.Options{Users: []scimtest.User{{ID: "x", UserName: "ghost@other.example", Active: true}}})
	w.roster(people(20, leaverLine))
	w.sync()
	tests := []struct {
		name string
		f    AccountFilter
		want []string
	}{
		{"word", AccountFilter{Search: "ghost"}, []string{"ghost@corp.example"}},
		{"beginning", AccountFilter{Search: "GHO"}, []string{"ghost@corp.example"}},
		{"two words in any order", AccountFilter{Search: "müll zo"}, []string{"Gone@corp.example"}},
		{"without its dots", AccountFilter{Search: "muller"}, []string{"Gone@corp.example"}},
		{"second word", AccountFilter{Search: "ver"}, []string{"lea@corp.example"}},
		{"externalId", AccountFilter{Search: "1007"}, []string{"p7@corp.example"}},
		{"address", AccountFilter{Search: "p3@corp"}, []string{"p3-admin", "p3@corp.example"}},
		{"operators are words", AccountFilter{Search: "AND OR NOT"}, []string{`o"dd*`}},
		{"quotes", AccountFilter{Search: `o"dd*`}, []string{`o"dd*`}},
		{"no letter", AccountFilter{Search: `"" * ( ) - ^`}, nil},
		{"facets are not words", AccountFilter{Search: "off"}, nil},
		{"inactive", AccountFilter{State: "inactive"}, []string{"Gone@corp.example"}},
		{"inactive and word", AccountFilter{State: "inactive", Search: "ghost"}, nil},
		{"kind", AccountFilter{Kind: reconcile.KindCollision}, []string{"p3-admin", "p3@corp.example"}},
		{"kind and word", AccountFilter{Kind: reconcile.KindOrphaned, Search: "host"}, []string{"ghost@corp.example"}},
		{"kind and state", AccountFilter{Kind: reconcile.KindCollision, State: "inactive"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := w.accounts(tt.f)
			if got := userNames(page.Accounts); !slices.Equal(got, tt.want) || page.Total != len(tt.want) || page.More {
				t.Errorf("%q, %d in all; want %q", got, page.Total, tt.want)
			}
		})
	}
	if page := w.accounts(AccountFilter{State: "active"}); page.Total != 25 || len(page.Accounts) != 25 {
		t.Errorf("%d active, %d listed", page.Total, len(page.Accounts))
	}
	if got := w.accounts(AccountFilter{Search: "ghost"}).Accounts[0]; !slices.Equal(got.Kinds, []reconcile.Kind{reconcile.KindOrphaned}) || got.Groups != 1 {
		t.Errorf("%+v", got)
	}
}

func TestAccountsInParts(t *testing.T) {
	w, _ := ready(t)
	for _, f := range []AccountFilter{
		{}, {Desc: true}, {Sort: "displayName"}, {Sort: "displayName", Desc: true}, {State: "active"}, {Search: "corp"}, {Kind: reconcile.KindCollision},
	} {
		want := userNames(w.accounts(f).Accounts)
		if len(want) < 2 {
			t.Fatalf("%+v: %v", f, want)
		}
		var got []string
		for f.Limit = 1; ; {
			page := w.accounts(f)
			got = append(got, userNames(page.Accounts)...)
			if f.After = page.Next; f.After == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: one by one %v, at once %v", f, got, want)
		}
	}
	byName := userNames(w.accounts(AccountFilter{}).Accounts)
	if !slices.IsSortedFunc(byName, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
		t.Errorf("not by name: %v", byName)
	}
	for _, bad := range []AccountFilter{{State: "on fire"}, {Kind: "odd"}, {Sort: "id; DROP TABLE account"}, {After: "?"}, {After: "W10"}, {After: "WzEsMl0"}} {
		bad.Tenant = "Acme"
		if _, err := w.app.Accounts(t.Context(), bad); kindOf(err) != KindUsage {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := w.app.Accounts(t.Context(), AccountFilter{Tenant: "nobody"}); kindOf(err) != KindNotFound {
		t.Errorf("unknown tenant: %v", err)
	}
}

// Words follow the versions: what a later sync took away or renamed is not found.
func TestWordsFollowTheList(t *testing.T) {
	w, srv := ready(t)
	if !srv.Remove("orphan") || !srv.Update("u00005", func(u *scimtest.User) { u.DisplayName = "Quite Different" }) {
		t.Fatal("the provider has neither account")
	}
	w.sync()
	for search, want := range map[string]int{"ghost": 0, "quite": 1, "p5": 1} {
		if got := w.accounts(AccountFilter{Search: search}); got.Total != want || len(got.Accounts) != want {
			t.Errorf("%s: %+v, want %d", search, got, want)
		}
	}
	if shown, words := w.count(`SELECT count(*) FROM account WHERE valid_to IS NULL`), w.count(`SELECT count(*) FROM account_words`); shown != words {
		t.Errorf("%d accounts on show, words of %d", shown, words)
	}
	w.roster(people(18, leaverLine))
	if shown, words := w.count(`SELECT count(*) FROM person WHERE valid_to IS NULL`), w.count(`SELECT count(*) FROM person_words`); shown != words || shown != 19 {
		t.Errorf("%d people on show, words of %d", shown, words)
	}
}

func TestAccountSituations(t *testing.T) {
	w, _ := ready(t)
	for id, want := range map[string]string{
		"orphan": SituationUnmatched, "leaver": SituationLinked, "disputed": SituationDisputed, "second": SituationCollision, "u00007": SituationLinked,
	} {
		d, err := w.app.Account(t.Context(), "Acme", id)
		if err != nil {
			t.Fatal(err)
		}
		if d.Situation != want || len(d.Raw) == 0 || d.Sync == nil || d.Account.ID != id {
			t.Errorf("%s is %s, want %s: %+v", id, d.Situation, want, d)
		}
		if has := d.Person != nil; has != (want == SituationLinked || want == SituationCollision) {
			t.Errorf("%s: person %+v", id, d.Person)
		}
		if (len(d.Findings) == 0) != (id == "u00007") {
			t.Errorf("%s: findings %+v", id, d.Findings)
		}
	}
	if _, err := w.app.Account(t.Context(), "Acme", "LEAVER"); kindOf(err) != KindNotFound {
		t.Errorf("an id in another case: %v", err)
	}
}

func TestGroupsAndMembers(t *testing.T) {
	w, _ := ready(t)
	page, err := w.app.Groups(t.Context(), GroupFilter{Tenant: "Acme"})
	if err != nil || len(page.Groups) != 2 || page.Groups[0].Name != "Admins" || page.Groups[0].Members != 2 || page.Total != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	first, err := w.app.Groups(t.Context(), GroupFilter{Tenant: "Acme", Limit: 1})
	if err != nil || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	if next, err := w.app.Groups(t.Context(), GroupFilter{Tenant: "Acme", Limit: 1, After: first.Next}); err != nil || len(next.Groups) != 1 || next.Groups[0].ID != "g1" || next.Next != "" {
		t.Errorf("%+v, %v", next, err)
	}
	if got, err := w.app.Groups(t.Context(), GroupFilter{Tenant: "Acme", Search: "GINE"}); err != nil || len(got.Groups) != 1 || got.Groups[0].ID != "g1" {
		t.Errorf("search: %+v, %v", got, err)
	}
	g, err := w.app.Group(t.Context(), "Acme", "g2", "")
	if err != nil || len(g.List) != 2 || g.List[0].ID != "leaver" || g.List[0].UserName != "lea@corp.example" || g.List[0].Active != "active" {
		t.Errorf("%+v, %v", g, err)
	}
	if _, err := w.app.Group(t.Context(), "Acme", "g3", ""); kindOf(err) != KindNotFound {
		t.Errorf("unknown group: %v", err)
	}
}

func TestSyncHistory(t *testing.T) {
	w, _ := ready(t)
	w.sync()
	w.sync()
	page, err := w.app.Syncs(t.Context(), "Acme", "", 2)
	if err != nil || len(page.Syncs) != 2 || page.Next == "" || page.Syncs[0].Accounts != 24 || page.Syncs[0].Certificate == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	last, err := w.app.Syncs(t.Context(), "Acme", page.Next, 2)
	if err != nil || len(last.Syncs) != 1 || last.Next != "" {
		t.Errorf("%+v, %v", last, err)
	}
	if page.Syncs[0].ID != w.tenant("Acme").Sync.ID {
		t.Error("the newest does not come first")
	}
}

func BenchmarkAccountsPage(b *testing.B) {
	w := newBench(b)
	w.sync(benchUsers(benchSize, unchanged))
	w.roster(benchSize)
	ctx := b.Context()
	first, err := w.app.Accounts(ctx, AccountFilter{Tenant: "Acme", Limit: 100})
	w.must(err)
	for name, f := range map[string]AccountFilter{
		"first": {}, "next": {After: first.Next}, "display": {Sort: "displayName", Desc: true}, "inactive": {State: "inactive"},
		"inactive-display": {State: "inactive", Sort: "displayName"}, "letter": {Search: "g"}, "word": {Search: "family42"}, "mail": {Search: "given4242.fam"},
		"nothing": {Search: "nosuchthing"}, "kind": {Kind: reconcile.KindLeaver},
	} {
		f.Tenant, f.Limit = "Acme", 100
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := w.app.Accounts(ctx, f)
				w.must(err)
			}
		})
	}
	if g, err := w.app.Account(ctx, "Acme", benchUser(5, 0).ID); err != nil || g.Situation != SituationLinked {
		b.Fatal(fmt.Sprint(g.Situation), err)
	}
}

// Of more than a list holds, those are found whose user name begins with what
// was typed, or people whose address does, in its order; a state and another
// letter narrow that as ever.
func TestLongBeginningsOfVeryMany(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{Users: []scimtest.User{{ID: "first", UserName: "aaa", DisplayName: "Zulu"}}}
	var lines []string
	for i := range MostFound + 100 {
		name := fmt.Sprintf("zulu%03d", i)
		opt.Users = append(opt.Users, scimtest.User{ID: name, UserName: strings.ToUpper(name), Active: i%3 > 0})
		lines = append(lines, fmt.Sprintf("%d,Person,%s@corp.example,active,,", 2000+i, name))
	}
	w.serve("Acme", opt)
	w.roster(people(1, lines...))
	w.sync()
	var names []string
	f := AccountFilter{Tenant: "Acme", Search: " Zulu ", Limit: 200}
	for more := true; more; more = f.After != "" {
		page := w.accounts(f)
		if page.Total != MostFound || !page.More {
			t.Fatalf("%d accounts, more %v", page.Total, page.More)
		}
		names, f.After = append(names, userNames(page.Accounts)...), page.Next
	}
	if len(names) != MostFound || names[0] != "ZULU000" || names[MostFound-1] != "ZULU499" || !slices.IsSorted(names) {
		t.Errorf("%d accounts are listed, from %s to %s", len(names), names[0], names[len(names)-1])
	}
	for _, tt := range []struct {
		search, state string
		want          int
	}{{"zulu", "inactive", 201}, {"zulu", "active", 400}, {"zulu59", "", 10}, {"zulux", "", 0}} {
		if page := w.accounts(AccountFilter{Tenant: "Acme", Search: tt.search, State: tt.state}); page.Total != tt.want || page.More {
			t.Errorf("%s %s: %d accounts, more %v, want %d", tt.search, tt.state, page.Total, page.More, tt.want)
		}
	}
	found := w.people(PeopleFilter{Search: "Zulu"})
	if found.Total != MostFound || !found.More || found.People[0].Number != "2000" {
		t.Errorf("%d people, more %v, the first is %s", found.Total, found.More, found.People[0].Number)
	}
	if found := w.people(PeopleFilter{Search: "zulu59"}); found.Total != 10 || found.More {
		t.Errorf("%d people of the longer beginning, more %v", found.Total, found.More)
	}
}
