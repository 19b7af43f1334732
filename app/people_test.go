package app

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

func (w *world) people(f PeopleFilter) PeoplePage {
	w.t.Helper()
	page, err := w.app.People(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

func numbers(list []PersonRow) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Number)
	}
	return out
}

// variedRoster has somebody in every state; today is 10 March 2026.
var variedRoster = people(3,
	"2001,Zoë Müller,zoe@corp.example,on leave,,",
	"2002,Ann Pre,ann@corp.example,pre-hire,,",
	"2003,Lea Ver,lea@corp.example,left,2026-02-28,",
	"2004,Last Day,last@corp.example,active,2026-03-10,",
	"2005,Day Over,over@corp.example,active,2026-03-09,",
	"2006,No Date,nodate@corp.example,left,,",
)

func TestPeopleAreFound(t *testing.T) {
	w := newWorld(t)
	opt := scimtest.Options{}
	for i := range 3 {
		opt.Users = append(opt.Users, accountOfPerson(i))
	}
	opt.Users = append(opt.Users,
		scimtest.User{ID: "zoe", UserName: "zoe@corp.example", Active: false},
		scimtest.User{ID: "over", UserName: "over@corp.example", Active: true},
		scimtest.User{ID: "over2", UserName: "second", ExternalID: "2005", Active: true})
	w.serve("Acme", opt)
	w.serve("Other", scimtest.Options{Users: []scimtest.User{{ID: "o", UserName: "over@corp.example", Active: true}}})
	w.roster(variedRoster)
	w.sync()
	tests := []struct {
		name string
		f    PeopleFilter
		want []string // by name
	}{
		{"all", PeopleFilter{}, []string{"2002", "2005", "2004", "2003", "2006", "1000", "1001", "1002", "2001"}},
		{"active, the last day not over", PeopleFilter{State: StateActive}, []string{"2004", "1000", "1001", "1002"}},
		{"on leave", PeopleFilter{State: StateOnLeave}, []string{"2001"}},
		{"pre-hire", PeopleFilter{State: StatePreHire}, []string{"2002"}},
		{"left by day or by word", PeopleFilter{State: StateLeft}, []string{"2005", "2003", "2006"}},
		{"nobody is presumed", PeopleFilter{State: StatePresumed}, nil},
		{"accounts", PeopleFilter{Has: HasAccounts}, []string{"2005", "1000", "1001", "1002", "2001"}},
		{"active accounts", PeopleFilter{Has: HasActive}, []string{"2005", "1000", "1001", "1002"}},
		{"no accounts", PeopleFilter{Has: HasNone}, []string{"2002", "2004", "2003", "2006"}},
		{"findings", PeopleFilter{Has: HasFindings}, []string{"2005"}},
		{"left with active accounts", PeopleFilter{State: StateLeft, Has: HasActive}, []string{"2005"}},
		{"left with accounts to close", PeopleFilter{Has: HasToClose}, []string{"2005"}},
		{"presumed with accounts to close", PeopleFilter{State: StatePresumed, Has: HasToClose}, nil},
		{"search, accounts to close", PeopleFilter{Search: "corp", Has: HasToClose}, []string{"2005"}},
		{"on leave with findings", PeopleFilter{State: StateOnLeave, Has: HasFindings}, nil},
		{"beginning of a name", PeopleFilter{Search: "mull"}, []string{"2001"}},
		{"number", PeopleFilter{Search: "2005"}, []string{"2005"}},
		{"two words", PeopleFilter{Search: "ver le"}, []string{"2003"}},
		{"search and state", PeopleFilter{Search: "corp", State: StateLeft}, []string{"2005", "2003", "2006"}},
		{"search, state and accounts", PeopleFilter{Search: "corp", State: StateLeft, Has: HasAccounts}, []string{"2005"}},
		{"no letter", PeopleFilter{Search: `"*`}, nil},
		{"status is no word", PeopleFilter{Search: "left"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := w.people(tt.f)
			if got := numbers(page.People); !slices.Equal(got, tt.want) || page.Total != len(tt.want) || page.More {
				t.Errorf("%q, %d in all; want %q", got, page.Total, tt.want)
			}
			var one []string
			for f := tt.f; ; {
				f.Limit = 1
				part := w.people(f)
				one = append(one, numbers(part.People)...)
				if f.After = part.Next; f.After == "" {
					break
				}
			}
			if !slices.Equal(one, tt.want) {
				t.Errorf("one by one %q, want %q", one, tt.want)
			}
		})
	}
	over := w.people(PeopleFilter{Search: "2005"}).People[0]
	if over.Accounts != 3 || over.Active != 3 || over.Tenants != 2 || over.Findings != 5 || !over.Gone() {
		t.Errorf("%+v", over) // three leaver findings, two collisions
	}
	for _, bad := range []PeopleFilter{{State: "odd"}, {Has: "odd"}, {After: "?"}, {After: "W10"}, {After: "WzEsMl0"}} {
		if _, err := w.app.People(t.Context(), bad); kindOf(err) != KindUsage {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// The state in SQL is the one that the rules see.
func TestPersonStateIsHasLeft(t *testing.T) {
	w := newWorld(t)
	lines, n := []string{"number,name,status,start,end"}, 0
	days := []string{"", "2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11"}
	for _, status := range []string{"active", "on leave", "pre-hire", "left"} {
		for _, start := range days {
			for _, end := range days {
				n++
				lines = append(lines, fmt.Sprintf("%d,P%d,%s,%s,%s", n, n, status, start, end))
			}
		}
	}
	active := append(slices.Clone(lines), "900,Gone Soon,active,,", "901,Gone Before,active,,2026-03-09")
	w.importAs(strings.Join(active, "\n")+"\n", ContentsActive)
	w.importAs(strings.Join(lines, "\n")+"\n", ContentsActive)
	page := w.people(PeopleFilter{Limit: MostFound})
	if len(page.People) != n+2 {
		t.Fatalf("%d people, want %d", len(page.People), n+2)
	}
	left := 0
	for _, p := range page.People {
		d, err := w.app.Person(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d.Leaver != p.Gone() {
			t.Errorf("%+v: the rules say left is %v, because %s", p, d.Leaver, d.Why)
		}
		if p.Gone() {
			left++
		}
		if here := !p.Gone() && (p.Status == "on leave" || p.Status == "pre-hire"); here && p.State != p.Status {
			t.Errorf("%+v", p)
		}
	}
	if got := w.people(PeopleFilter{State: StatePresumed}); !slices.Equal(numbers(got.People), []string{"901", "900"}) {
		t.Errorf("presumed: %v", numbers(got.People))
	}
	if r, err := w.app.Roster(t.Context()); err != nil || r.Leavers != left || page.ByState[StateLeft]+page.ByState[StatePresumed] != left {
		t.Errorf("%d people have left; the roster says %+v, the list %v, %v", left, r, page.ByState, err)
	}
	w.now = w.now.Add(48 * time.Hour)
	if later := w.people(PeopleFilter{}); later.ByState[StateLeft] <= page.ByState[StateLeft] {
		t.Errorf("two days later as many have left: %v", later.ByState)
	}
}

// Numbers stand on the lists: a finding that is left alone, a link and a new
// list show in them.
// A manager is named where the roster gives the number of somebody on it.
func TestPeopleNameTheirManager(t *testing.T) {
	w := newWorld(t)
	w.roster("Employee number,Name,Email,Manager\n1,Ann,ann@corp.example,\n2,Bo,bo@corp.example,1\n3,Cy,cy@corp.example,ann@corp.example\n")
	got := map[string]string{}
	for _, p := range w.people(PeopleFilter{}).People {
		got[p.Name] = p.Manager + "/" + p.ManagerName
		if d := must(w.app.Person(t.Context(), p.ID))(t); d.ManagerName != p.ManagerName {
			t.Errorf("%s alone has the manager %q", p.Name, d.ManagerName)
		}
	}
	if want := map[string]string{"Ann": "/", "Bo": "1/Ann", "Cy": "ann@corp.example/"}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestPeopleFollowTheLists(t *testing.T) {
	w, srv := ready(t)
	leaver := func() PersonRow { return w.people(PeopleFilter{Search: "Lea"}).People[0] }
	if p := leaver(); p.Accounts != 1 || p.Findings != 1 {
		t.Fatalf("%+v", p)
	}
	w.except("lea@corp.example", reconcile.KindLeaver, "2026-03-20")
	if p := leaver(); p.Findings != 0 || p.Accounts != 1 {
		t.Errorf("left alone: %+v", p)
	}
	w.link("ghost@corp.example", leaver().Number)
	if p := leaver(); p.Accounts != 2 || p.Tenants != 1 {
		t.Errorf("linked: %+v", p)
	}
	if !srv.Remove("leaver") {
		t.Fatal("the provider has no such account")
	}
	w.sync()
	if p := leaver(); p.Accounts != 1 {
		t.Errorf("removed: %+v", p)
	}
}

func BenchmarkPeoplePage(b *testing.B) {
	w := newBench(b)
	w.sync(benchUsers(benchSize, unchanged))
	w.roster(benchSize)
	ctx := b.Context()
	first, err := w.app.People(ctx, PeopleFilter{Limit: 100})
	w.must(err)
	for name, f := range map[string]PeopleFilter{
		"first": {}, "next": {After: first.Next}, "left": {State: StateLeft}, "leave": {State: StateOnLeave}, "presumed": {State: StatePresumed},
		"findings": {Has: HasFindings}, "none": {Has: HasNone}, "left-active": {State: StateLeft, Has: HasActive}, "to-close": {Has: HasToClose},
		"letter": {Search: "g"}, "word": {Search: "family42"}, "letter-left": {Search: "g", State: StateLeft}, "letter-none": {Search: "g", Has: HasNone}, "nothing": {Search: "nosuchthing"},
	} {
		f.Limit = 100
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				_, err := w.app.People(ctx, f)
				w.must(err)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
	someone := first.People[42].ID
	b.Run("person", func(b *testing.B) {
		for b.Loop() {
			_, err := w.app.Person(ctx, someone)
			w.must(err)
		}
	})
}

// SQLite may have counted while there was no roster yet; it must not go through
// everybody for each person that is found.
func TestPeopleAreLookedUpAndNotSoughtForEachThatIsFound(t *testing.T) {
	w := newWorld(t)
	w.alter(`ANALYZE`)
	w.roster(people(300))
	w.alter(`INSERT OR REPLACE INTO sqlite_stat1 (tbl, idx, stat) VALUES ('person', 'person_by_name', '1 1')`)
	w.close()
	w.open()
	q, err := PeopleFilter{Search: "p"}.query()
	if err != nil {
		t.Fatal(err)
	}
	for query, args := range map[string][]any{q.words: q.match, thesePeople: {"[]"}, fewFound: nil, fewToClose: nil} {
		if plan := w.queryPlan(query, args...); !slices.Contains(plan, "SEARCH p USING INTEGER PRIMARY KEY (rowid=?)") {
			t.Errorf("%s\n%q", query, plan)
		}
	}
}

// queryPlan is how SQLite goes about a query on the store, step by step.
func (w *world) queryPlan(query string, args ...any) (plan []string) {
	w.t.Helper()
	err := w.app.store.Read(w.t.Context(), func(tx *db.Tx) error {
		return each(w.t.Context(), tx, `EXPLAIN QUERY PLAN `+query, args, func(rows *sql.Rows) error {
			var id, parent, unused int
			var detail string
			err := rows.Scan(&id, &parent, &unused, &detail)
			plan = append(plan, detail)
			return err
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return plan
}

func TestRevisionsTellWhatChanged(t *testing.T) {
	w := newWorld(t)
	first := people(3, "50,Ann,ann@corp.example,active,,", "51,Bo,bo@corp.example,active,,")
	second := people(2, "50,Ann Marie,ann@corp.example,on leave,,", "51,Bo,bo@corp.example,active,,", "52,New,new@corp.example,active,,")
	w.importAs(first, ContentsActive)
	w.importAs(second, ContentsActive)
	w.importAs(people(1), ContentsActive) // held
	if _, err := w.app.ImportRoster(t.Context(), RosterImport{File: w.file(people(2, "50,Ann Marie,ann@corp.example,on leave,,", "52,New,new@corp.example,active,,")), Contents: ContentsAll}); err != nil {
		t.Fatal(err)
	}
	page, err := w.app.RosterRevisions(t.Context(), "", 10)
	if err != nil || len(page.Revisions) != 4 || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	type row struct{ revision, added, changed, missing, removed int }
	var got []row
	for _, r := range page.Revisions {
		got = append(got, row{r.Revision, r.Added, r.Changed, r.Missing, r.Removed})
		if r.By != "tester" || len(r.SHA256) != 64 || r.Held != (r.Revision == 0) || r.Lost {
			t.Errorf("%+v", r)
		}
	}
	if want := []row{{3, 0, 0, 0, 2}, {0, 0, 0, 0, 0}, {2, 1, 1, 1, 0}, {1, 5, 0, 0, 0}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	changes := func(i int, kind, after string, limit int) ChangesPage {
		t.Helper()
		p, err := w.app.RosterChanges(t.Context(), page.Revisions[i].ID, kind, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if c := changes(2, ChangeChanged, "", 0).Changes; len(c) != 1 || c[0].Number != "50" || !slices.Equal(c[0].What, []string{"name: Ann → Ann Marie", "status: active → on leave"}) {
		t.Errorf("changed: %+v", c)
	}
	if c := changes(2, ChangeMissing, "", 0).Changes; len(c) != 1 || c[0].Number != "1002" {
		t.Errorf("missing: %+v", c)
	}
	for i, kind := range map[int]string{0: ChangeRemoved, 2: ChangeChanged, 3: ChangeAdded} {
		if c := changes(i, "", "", 0); c.Kind != kind || len(c.Changes) == 0 {
			t.Errorf("revision %d opens with %d %s", page.Revisions[i].Revision, len(c.Changes), c.Kind)
		}
	}
	var removed []string
	for after := ""; ; {
		p := changes(0, ChangeRemoved, after, 1)
		for _, c := range p.Changes {
			removed = append(removed, c.Number)
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if !slices.Equal(removed, []string{"1002", "51"}) {
		t.Errorf("removed: %v", removed)
	}
	one, err := w.app.RosterRevisions(t.Context(), "", 3)
	if err != nil || one.Next == "" {
		t.Fatalf("%+v, %v", one, err)
	}
	if rest, err := w.app.RosterRevisions(t.Context(), one.Next, 3); err != nil || len(rest.Revisions) != 1 || rest.Revisions[0].Revision != 1 {
		t.Errorf("%+v, %v", rest, err)
	}
}

// An offboarding is found again by its person, and its plan is the same whoever
// asks.
func TestOffboardingsOfAPerson(t *testing.T) {
	w, _ := ready(t)
	p := w.people(PeopleFilter{Search: "Lea"}).People[0]
	byID, err := w.app.Offboard(t.Context(), OffboardRequest{Person: p.ID, Ticket: "HD-1", DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.app.Offboard(t.Context(), OffboardRequest{Person: p.Number, Ticket: "HD-1"})
	if err != nil || made.Hash != byID.Hash || made.Hash == "" {
		t.Fatalf("%s by number, %s by id, %v", made.Hash, byID.Hash, err)
	}
	if _, err := w.app.Offboard(t.Context(), OffboardRequest{Person: p.ID}); kindOf(err) != KindUsage {
		t.Errorf("without a ticket: %v", err)
	}
	list, err := w.app.Offboardings(t.Context(), "", 10)
	if err != nil || len(list.List) != 1 || list.List[0].Plan.Hash != made.Hash || list.List[0].Outcomes["pending"] != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	d, err := w.app.Person(t.Context(), p.ID)
	if err != nil || len(d.Offboarded) != 1 || len(d.Done) != 0 || d.Offboarded[0].Plan.Offboards.ID() != p.ID {
		t.Errorf("%+v, %v", d, err)
	}
}
