package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/scim"
	"rollcall/scim/scimtest"
)

func TestSyncShowsWhatIsThere(t *testing.T) {
	w, _ := ready(t)
	got := w.tenant("Acme")
	if got.Accounts != 24 || got.Active != 24 || got.Groups != 2 || got.Matched != 23 {
		t.Errorf("accounts %d, active %d, groups %d, matched %d", got.Accounts, got.Active, got.Groups, got.Matched)
	}
	if got.Orphaned != 1 || got.Leavers != 1 || got.Disputed != 1 || got.Collisions != 2 || len(got.Blocked) != 0 {
		t.Errorf("tenant %+v", got)
	}
	if got.Sync == nil || got.Sync.Pages < 2 || !strings.Contains(got.Sync.Certificate, "24 of 24") {
		t.Errorf("sync %+v", got.Sync)
	}
	if err := w.plan(reconcile.KindOrphaned); err != nil {
		t.Errorf("plan: %v", err)
	}
}

// A list that cannot be relied on changes nothing that is on show, says why,
// and keeps everything from being planned, until the next complete one.
func TestUnreliableListsBlock(t *testing.T) {
	users := func(f scimtest.Fault) scimtest.Fault { f.Path = "/Users"; return f }
	cases := []struct {
		name  string
		quirk func(*scimtest.Quirks)
		fault *scimtest.Fault
		raw   string // of one account
		code  string
		words string
		kept  bool // what was listed stays for the next sync
	}{
		{name: "truncated", quirk: func(q *scimtest.Quirks) { q.Total = scimtest.TotalTooMany }, code: "listing-fewer-than-claimed", words: "34"},
		{name: "503 half-way", quirk: func(q *scimtest.Quirks) { q.PageCap = 10 },
			fault: ptr(users(scimtest.Fault{Nth: 2, Times: -1, Status: 503})), code: "server", words: "503", kept: true},
		{name: "HTML 200", quirk: func(q *scimtest.Quirks) { q.RejectPage = true }, code: "not-scim", words: "web page"},
		{name: "status error 200", quirk: func(q *scimtest.Quirks) { q.RejectJSON = true }, code: "not-scim", words: "Acme"},
		{name: "wrong token", quirk: func(q *scimtest.Quirks) { q.Reject = true }, code: "auth", words: "401"},
		{name: "zero users", quirk: func(q *scimtest.Quirks) { q.ZeroUsers = true }, code: "no-accounts", words: "no accounts at all"},
		{name: "unstable", quirk: func(q *scimtest.Quirks) { q.PageCap, q.UnstableOrder, q.UnstableSorted = 5, true, true }, code: "listing-", words: "Acme"},
		{name: "undecodable", raw: `{"userName":"no id"}`, code: "listing-undecodable", words: "Acme"},
		{name: "broken off", fault: ptr(users(scimtest.Fault{Times: -1, Truncate: 100})), code: "malformed", words: "Acme"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w, srv := ready(t)
			before, shown := w.told(), w.tenant("Acme")
			rows := w.count(`SELECT count(*) FROM account`)
			if c.quirk != nil {
				srv.Set(c.quirk)
			}
			if c.fault != nil {
				srv.Fail(*c.fault)
			}
			srv.Update("u00005", func(u *scimtest.User) { u.Raw = c.raw })
			s := w.sync()
			if s.Sealed || !slices.ContainsFunc(s.Problems, func(p Problem) bool { return strings.HasPrefix(p.Code, c.code) }) {
				t.Fatalf("sealed %v, problems %+v", s.Sealed, s.Problems)
			}
			for _, p := range s.Problems {
				if p.Text == "" || p.Do == "" {
					t.Errorf("problem without words: %+v", p)
				}
			}
			if all := fmt.Sprint(s.Problems); !strings.Contains(all, c.words) {
				t.Errorf("%q is not in %s", c.words, all)
			}
			after := w.tenant("Acme")
			if !slices.ContainsFunc(after.Blocked, func(p Problem) bool { return strings.HasPrefix(p.Code, c.code) }) || after.Accounts != shown.Accounts || !slices.Equal(before, w.told()) {
				t.Errorf("blocked %v, accounts %d, was %d", after.Blocked, after.Accounts, shown.Accounts)
			}
			for _, k := range []reconcile.Kind{reconcile.KindOrphaned, reconcile.KindLeaver} {
				if err := w.plan(k); kindOf(err) != KindRefused {
					t.Errorf("plan of %s: %v", k, err)
				}
			}
			if n := w.count(`SELECT count(*) FROM account`); n != rows {
				t.Errorf("%d account rows, were %d", n, rows)
			}
			if !c.kept {
				w.nothingStaged()
			} else if n := w.count(`SELECT count(*) FROM stage_account`); n != 10 {
				t.Errorf("%d accounts are staged", n)
			}
			srv.Set(func(q *scimtest.Quirks) { *q = scimtest.Quirks{} })
			srv.Heal()
			srv.Update("u00005", func(u *scimtest.User) { u.Raw = "" })
			if s := w.sync(); !s.Sealed || len(w.tenant("Acme").Blocked) != 0 || (len(s.Resumed) > 0) != c.kept {
				t.Errorf("after healing: %+v", s)
			}
			w.nothingStaged()
		})
	}
}

// Servers that name no total, or a wrong one, are listed twice; what they list
// is taken once.
func TestTwicePassedListsAreSealed(t *testing.T) {
	for name, quirk := range map[string]func(*scimtest.Quirks){
		"no total":      func(q *scimtest.Quirks) { q.Total = scimtest.TotalAbsent },
		"total too few": func(q *scimtest.Quirks) { q.Total = scimtest.TotalTooFew },
		"page as total": func(q *scimtest.Quirks) { q.Total, q.PageCap = scimtest.TotalPage, 7 },
		"wraps":         func(q *scimtest.Quirks) { q.WrapPastEnd, q.PageCap = true, 7 },
	} {
		t.Run(name, func(t *testing.T) {
			w, srv := ready(t)
			before := w.told()
			srv.Set(quirk)
			if s := w.sync(); !s.Sealed || !s.GroupsSealed || s.Accounts != 24 {
				t.Fatalf("%+v", s)
			}
			if n := w.count(`SELECT count(*) FROM account`); n != 24 || !slices.Equal(before, w.told()) {
				t.Errorf("%d versions of 24 accounts", n)
			}
			w.nothingStaged()
		})
	}
}

// A pass that was not sound is forgotten with the next.
func TestLaterPassReplacesEarlier(t *testing.T) {
	w, _ := ready(t)
	st, err := newStager(t.Context(), w.app.store, "s_passes", w.tenant("Acme").ID, "", w.now)
	if err != nil {
		t.Fatal(err)
	}
	st.listed = func(int, int) {}
	named := func(ids ...string) (users []scim.User) {
		for _, id := range ids {
			users = append(users, scim.User{ID: id, UserName: id, Raw: []byte(`{"id":"` + id + `"}`)})
		}
		return users
	}
	for _, p := range []scim.Page{
		{Pass: 1, Number: 1, Users: named("a", "b")}, {Pass: 1, Number: 2, Users: named("c")},
		{Pass: 2, Number: 1, Users: named("b")}, {Pass: 3, Number: 1, Verify: true},
	} {
		if err := st.page(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	staged, bodies := w.count(`SELECT count(*) FROM stage_account`), w.count(`SELECT count(*) FROM resource`)
	if st.accounts != 1 || staged != 1 || bodies != 24+1 {
		t.Errorf("counted %d, staged %d, resources %d", st.accounts, staged, bodies)
	}
}

func ptr[T any](v T) *T { return &v }

func kindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func (w *world) nothingStaged() {
	w.t.Helper()
	for _, table := range []string{"stage_run", "stage_account", "stage_group", "stage_member", "stage_roster", "stage_person"} {
		if n := w.count(`SELECT count(*) FROM ` + table); n != 0 {
			w.t.Errorf("%d rows are left in %s", n, table)
		}
	}
	if n := w.count(`SELECT count(*) FROM resource WHERE id NOT IN (SELECT resource FROM account)`); n != 0 {
		w.t.Errorf("%d resources belong to no account", n)
	}
}

func TestShrinkNeedsAPersonsWord(t *testing.T) {
	opt := scimtest.Options{}
	for i := range 46 {
		opt.Users = append(opt.Users, accountOfPerson(i))
	}
	w := newWorld(t)
	srv := w.serve("Acme", opt)
	w.roster(people(46))
	w.sync()
	srv.Set(func(q *scimtest.Quirks) { q.HideInactive = true })
	for i := range 25 {
		srv.Update(fmt.Sprintf("u%05d", i), func(u *scimtest.User) { u.Active = false })
	}
	s := w.sync()
	if s.Sealed || len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Text, "shrank from 46 to 21") || !strings.Contains(s.Problems[0].Do, "Acme=21") {
		t.Fatalf("%+v", s)
	}
	if s := w.sync("Acme=20"); s.Sealed || w.tenant("Acme").Accounts != 46 {
		t.Errorf("another number was accepted: %+v", s)
	}
	if s := w.sync("Acme=21"); !s.Sealed || w.tenant("Acme").Accounts != 21 {
		t.Errorf("the number was not accepted: %+v", s)
	}
	if s := w.sync(); !s.Sealed {
		t.Errorf("measured against the wrong list: %+v", s)
	}
}

// A fifth fewer is let through, or two of a handful, and one more is not.
func TestShrinkBoundary(t *testing.T) {
	for _, c := range []struct {
		before, n int
		sealed    bool
	}{{100, 80, true}, {100, 79, false}, {5, 3, true}, {5, 2, false}, {4, 2, true}, {2, 0, false}, {1, 1, true}, {1, 0, false}, {0, 0, false}, {0, 1, true}} {
		try := attempt{tenant: "Acme", sealed: true, before: c.before, maxShrink: 20}
		try.users.Distinct = c.n
		if got := len(try.size()) == 0; got != c.sealed {
			t.Errorf("%d after %d: sealed %v", c.n, c.before, got)
		}
	}
}

// Many small steps are one large one, in a tenant as on the roster.
func TestTenantThatShrinksInSteps(t *testing.T) {
	opt := scimtest.Options{}
	for i := range 50 {
		opt.Users = append(opt.Users, accountOfPerson(i))
	}
	w := newWorld(t)
	srv := w.serve("Acme", opt)
	left, first := 50, stamp(w.now)
	for _, c := range []struct {
		after   time.Duration
		n       int
		accept  string
		against string // "": sealed
	}{
		{0, 50, "", ""}, {time.Hour, 41, "", ""},
		{time.Hour, 39, "", "from 50 to 39 accounts since the complete sync of " + first},
		{0, 39, "Acme=39", ""}, {time.Hour, 32, "", ""}, {0, 31, "", "from 39 to 31"},
		{shrinkWindow, 26, "", ""}, // of the last week there is only the newest
	} {
		for ; left > c.n; left-- {
			srv.Remove(fmt.Sprintf("u%05d", left-1))
		}
		w.now = w.now.Add(c.after)
		s := w.sync(slices.DeleteFunc([]string{c.accept}, func(a string) bool { return a == "" })...)
		if s.Sealed != (c.against == "") || !s.Sealed && !strings.Contains(s.Problems[0].Text, c.against) {
			t.Errorf("%d accounts, after %s: %+v", c.n, c.after, s)
		}
	}
}

func TestZeroAccountsCanBeAccepted(t *testing.T) {
	w := newWorld(t)
	w.serve("Acme", scimtest.Options{})
	if s := w.sync(); s.Sealed {
		t.Errorf("%+v", s)
	}
	if s := w.sync("Acme=0"); !s.Sealed {
		t.Errorf("%+v", s)
	}
	if _, err := w.trySync("Nobody=0"); kindOf(err) != KindNotFound {
		t.Errorf("unknown tenant: %v", err)
	}
}

// Without groups accounts can still be matched and closed.
func TestUnsealedGroupsBlockOnlyMemberships(t *testing.T) {
	w, srv := ready(t)
	srv.Fail(scimtest.Fault{Path: "/Groups", Times: -1, Status: 500})
	s := w.sync()
	if !s.Sealed || s.GroupsSealed || len(s.Problems) == 0 || !strings.HasPrefix(s.Problems[0].Code, "groups-") {
		t.Fatalf("%+v", s)
	}
	if got := w.tenant("Acme"); len(got.Blocked) != 0 || got.Groups != 2 {
		t.Errorf("blocked %v, groups %d", got.Blocked, got.Groups)
	}
	acc, err := w.app.accountForPlan(t.Context(), w.tenant("Acme").ID, "leaver")
	if err != nil || acc.MembershipsKnown {
		t.Errorf("%+v, %v", acc, err)
	}
	if err := w.plan(reconcile.KindLeaver); err != nil {
		t.Errorf("plan: %v", err)
	}
}

func TestStaleListBlocks(t *testing.T) {
	w, _ := ready(t)
	w.now = w.now.Add(24 * time.Hour)
	if got := w.tenant("Acme").Blocked; len(got) != 0 {
		t.Errorf("at 24 hours: %v", got)
	}
	w.now = w.now.Add(time.Minute)
	if got := w.tenant("Acme").Blocked; !hasCode(got, "stale") {
		t.Errorf("after 24 hours: %v", got)
	}
	if err := w.plan(reconcile.KindLeaver); kindOf(err) != KindRefused {
		t.Errorf("plan: %v", err)
	}
}

// A list, or a roster, of a time that has not come yet may be of any age: the
// clock was set back. As much as clocks differ is none of that.
func TestSetBackClockBlocks(t *testing.T) {
	w, _ := ready(t)
	w.now = w.now.Add(-4 * time.Minute)
	if got := w.tenant("Acme").Blocked; len(got) != 0 {
		t.Errorf("four minutes back: %v", got)
	}
	w.now = w.now.Add(-2 * time.Minute)
	got := w.tenant("Acme").Blocked
	if !hasCode(got, "stale") || !hasCode(got, "roster-stale") {
		t.Errorf("six minutes back: %v", got)
	}
	if err := w.plan(reconcile.KindLeaver); kindOf(err) != KindRefused {
		t.Errorf("plan: %v", err)
	}
}

// The store is merged after the record says that the snapshot is sealed. What
// a crash leaves between the two is merged by the next writer.
func TestCrashBeforeMergeIsReplayed(t *testing.T) {
	w := newWorld(t)
	srv := w.serve("Acme", acme())
	w.roster(people(20, leaverLine))
	w.close()
	w.alter(`CREATE TRIGGER crash BEFORE INSERT ON account BEGIN SELECT RAISE(ABORT, 'crash'); END`)
	w.open()
	if s, err := w.trySync(); err == nil {
		t.Fatalf("sync went through: %+v", s)
	}
	if n := w.count(`SELECT count(*) FROM stage_account`); n != 24 {
		t.Fatalf("%d accounts are staged", n)
	}
	w.close()
	w.alter(`DROP TRIGGER crash`)
	asked := len(srv.Requests())
	w.open()
	got := w.tenant("Acme")
	if got.Accounts != 24 || got.Orphaned != 1 || len(got.Blocked) != 0 {
		t.Errorf("after replay: %+v", got)
	}
	if n := len(srv.Requests()); n != asked {
		t.Errorf("the tenant was asked %d times more", n-asked)
	}
	w.nothingStaged()
}

// A store that is gone comes back from the record, apart from bulk data: that
// is said, blocks, and the same file and a sync bring back the same findings.
func TestStoreCanBeDeleted(t *testing.T) {
	w, _ := ready(t)
	before := w.told()
	w.close()
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(w.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	w.open()
	got := w.tenant("Acme")
	if !hasCode(got.Blocked, "snapshot-lost") || !hasCode(got.Blocked, "roster-lost") || got.Accounts != 0 {
		t.Fatalf("after the loss: %+v", got)
	}
	if len(w.findings(FindingFilter{}).Findings) != 0 {
		t.Error("findings about accounts that are not there")
	}
	w.roster(people(20, leaverLine))
	if s := w.sync(); !s.Sealed {
		t.Fatalf("%+v", s)
	}
	if after := w.told(); !slices.Equal(before, after) {
		t.Errorf("findings\n%s\nwere\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
}

// An interrupted sync is in no record and leaves nothing on show; where no page
// had come, nothing at all.
func TestInterruptedSyncLeavesNothing(t *testing.T) {
	w, srv := ready(t)
	entries := w.entries()
	ctx, cancel := context.WithCancel(t.Context())
	b := scimtest.NewBarrier()
	srv.Fail(scimtest.Fault{Path: "/Users", Arrive: b})
	done := make(chan error)
	go func() {
		_, err := w.app.Sync(ctx, SyncRequest{})
		done <- err
	}()
	<-b.Arrived
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(b.Release)
	if n := w.entries(); n != entries {
		t.Errorf("%d entries more", n-entries)
	}
	w.nothingStaged()
	if got := w.tenant("Acme"); len(got.Blocked) != 0 {
		t.Errorf("blocked: %v", got.Blocked)
	}
}

func (w *world) entries() int64 {
	w.t.Helper()
	n, err := w.app.rec.Size(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// A stage that a killed process left is cleared by the next sync.
func TestAbandonedStageIsCleared(t *testing.T) {
	w, _ := ready(t)
	st, err := newStager(t.Context(), w.app.store, "s_dead", w.tenant("Acme").ID, "", w.now)
	if err != nil {
		t.Fatal(err)
	}
	err = w.app.store.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.SQL.ExecContext(t.Context(), insertResource, st.next, []byte("{}"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.sync()
	w.nothingStaged()
}

func TestOneSyncATenantAtATime(t *testing.T) {
	w, srv := ready(t)
	b := scimtest.NewBarrier()
	srv.Fail(scimtest.Fault{Path: "/Users", Arrive: b})
	if err := w.app.StartSync(SyncRequest{}); err != nil {
		t.Fatal(err)
	}
	if f, err := w.app.Frame(t.Context()); err != nil || len(f.Busy) != 1 {
		t.Errorf("once it was started %+v is running, %v", f.Busy, err)
	}
	<-b.Arrived
	if _, err := w.trySync(); kindOf(err) != KindRefused {
		t.Errorf("second sync: %v", err)
	}
	o, err := w.app.Overview(t.Context())
	if err != nil || len(o.Busy) != 1 || o.Busy[0].Tenant != "Acme" || o.Busy[0].Stage != "users" {
		t.Errorf("busy %+v, %v", o.Busy, err)
	}
	close(b.Release)
	w.app.know.syncs.Wait()
	if o, err = w.app.Overview(t.Context()); err != nil || len(o.Busy) != 0 || len(o.ToDo) != 0 {
		t.Errorf("afterwards %+v, %v", o, err)
	}
}
