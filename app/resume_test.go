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

	"rollcall/scim/scimtest"
)

// halted is a workspace with a list on show, of which some has changed since:
// five pages of users and two of groups, each kind with a page that closes it.
type halted struct {
	*world
	srv    *scimtest.Server
	before []string // requests of the broken sync that were answered
}

const haltedPages = 10

// verifying is how many pages a second pass has, of the list whose page nth,
// from 1, was not got: pages of four that overlap by one, and one that closes it.
func verifying(nth int) int {
	switch {
	case nth > 1 && nth <= 7:
		return 9
	case nth > 8:
		return 3
	}
	return 0
}

func newHalted(t *testing.T) *halted {
	opt := acme()
	for i := range 5 {
		opt.Groups = append(opt.Groups, scimtest.Group{ID: fmt.Sprint("more", i), DisplayName: "More", Members: []string{"u00002", "u00003"}})
	}
	b := &halted{world: newWorld(t)}
	b.srv = b.serve("Acme", opt)
	b.roster(people(20, leaverLine))
	if s := b.sync(); !s.Sealed || !s.GroupsSealed {
		t.Fatalf("%+v", s)
	}
	b.srv.Set(func(q *scimtest.Quirks) { q.PageCap = 5 })
	for i := range 5 {
		b.srv.Update(fmt.Sprintf("u%05d", 3*i), func(u *scimtest.User) { u.DisplayName = "Changed" })
		b.srv.UpdateGroup(fmt.Sprint("more", i), func(g *scimtest.Group) { g.Members = []string{"u00003", fmt.Sprintf("u%05d", i)} })
	}
	return b
}

// breakOff stops a sync at its request number nth, from 1.
func breakOff(t *testing.T, nth int) *halted {
	b := newHalted(t)
	b.stop(nth)
	return b
}

func (b *halted) stop(nth int) {
	b.t.Helper()
	asked := len(b.srv.Requests())
	barrier := scimtest.NewBarrier()
	b.srv.Fail(scimtest.Fault{Nth: nth, Arrive: barrier})
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error)
	go func() {
		_, err := b.app.Sync(ctx, SyncRequest{})
		done <- err
	}()
	select {
	case <-barrier.Arrived:
	case err := <-done:
		b.t.Fatalf("the sync ended before its request %d: %v", nth, err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		b.t.Fatalf("error %v", err)
	}
	close(barrier.Release)
	b.srv.Heal()
	b.before = b.asked(asked)[:nth-1]
}

// asked are the requests from a number on.
func (b *halted) asked(from int) []string {
	var paths []string
	for _, r := range b.srv.Requests()[from:] {
		paths = append(paths, r.Path)
	}
	return paths
}

// goOn syncs again, and returns what was asked for.
func (b *halted) goOn() (Sync, []string) {
	b.t.Helper()
	asked := len(b.srv.Requests())
	s := b.sync()
	return s, b.asked(asked)
}

// whole checks that what is on show is what the tenant holds.
func (b *halted) whole(s Sync) {
	b.t.Helper()
	if !s.Sealed || !s.GroupsSealed {
		b.t.Fatalf("%+v", s)
	}
	if got, want := b.asOf(b.count(`SELECT max(no) FROM snapshot`)), onServer(b.srv); got != want {
		b.t.Errorf("on show\n%s\nand there are\n%s", got, want)
	}
	if n := b.count(`SELECT named - (SELECT count(*) FROM membership WHERE valid_to IS NULL) FROM snapshot ORDER BY no DESC LIMIT 1`); n != 0 {
		b.t.Errorf("accounts name %d memberships more than groups list", n)
	}
	b.keysHold()
	b.nothingStaged()
}

// Wherever a sync is stopped, the next one asks for the rest and shows what one
// sync would have. A list that is paged by index it asks for once more, to vouch
// for what may have moved meanwhile.
func TestResumeAtEveryPage(t *testing.T) {
	t.Parallel()
	for paging, last := range map[scimtest.Cursor]int{scimtest.CursorNone: haltedPages, scimtest.CursorAlways: 7} {
		for nth := 2; nth <= last; nth++ {
			t.Run(fmt.Sprint(paging, " ", nth), func(t *testing.T) {
				b := newHalted(t)
				b.srv.Set(func(q *scimtest.Quirks) { q.Cursor, q.CursorTotal = paging, true })
				b.stop(nth)
				if blocked := b.tenant("Acme").Blocked; len(blocked) > 0 {
					t.Errorf("blocked by what was stopped: %v", blocked)
				}
				started := b.now
				b.now = b.now.Add(2 * time.Minute)
				s, asked := b.goOn()
				b.whole(s)
				twice := 0
				if paging == scimtest.CursorNone {
					twice = verifying(nth)
				}
				for _, path := range asked {
					if slices.Contains(b.before, path) {
						t.Errorf("%s was asked for again", path)
					}
				}
				if len(b.before)+len(asked) != last+twice || len(s.Resumed) != 1 || !s.Started.Equal(started) {
					t.Fatalf("%d and %d requests, %+v", len(b.before), len(asked), s)
				}
				r := s.Resumed[0]
				if r.PagesBefore != nth-1 || r.PagesBefore+r.PagesAfter != s.Pages || r.Anew || !r.At.Equal(b.now) {
					t.Errorf("resumed %+v, %d pages", r, s.Pages)
				}
				if !strings.Contains(s.Certificate, fmt.Sprintf("Interrupted after %d page", nth-1)) {
					t.Errorf("the certificate does not tell: %s", s.Certificate)
				}
			})
		}
	}
}

// What lies in the way of the network is in the record, blocks, and is gone on
// with all the same.
func TestResumeAfterALostNetwork(t *testing.T) {
	for name, f := range map[string]scimtest.Fault{"dropped": {Drop: true}, "503": {Status: 503}, "429": {Status: 429}} {
		t.Run(name, func(t *testing.T) {
			b := newHalted(t)
			f.Nth, f.Times = 3, -1
			b.srv.Fail(f)
			for range 2 { // the second one gets nowhere
				s, _ := b.goOn()
				if s.Sealed || len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Do, "goes on where this one broke off") || len(b.tenant("Acme").Blocked) == 0 {
					t.Fatalf("%+v", s)
				}
				if n := b.count(`SELECT count(*) FROM stage_account`); n != 9 {
					t.Fatalf("%d accounts are staged", n)
				}
			}
			b.srv.Heal()
			s, asked := b.goOn()
			b.whole(s)
			if len(asked) != haltedPages-2+verifying(3) || len(s.Resumed) != 1 || s.Resumed[0].PagesBefore != 2 || len(b.tenant("Acme").Blocked) != 0 {
				t.Errorf("asked %q, resumed %+v", asked, s.Resumed)
			}
		})
	}
}

// A refused credential is no interruption: another one may see another list.
func TestNotResumedAfterARefusal(t *testing.T) {
	b := newHalted(t)
	b.srv.Fail(scimtest.Fault{Nth: 3, Times: -1, Status: 401})
	if s, _ := b.goOn(); s.Sealed {
		t.Fatalf("%+v", s)
	}
	b.nothingStaged()
	b.srv.Heal()
	s, asked := b.goOn()
	b.whole(s)
	if len(asked) != haltedPages || len(s.Resumed) != 0 {
		t.Errorf("asked %q, resumed %+v", asked, s.Resumed)
	}
}

// What is too old, listed otherwise, or not wanted is not gone on with.
func TestResumeRefusedBegins(t *testing.T) {
	t.Parallel()
	fresh := false
	cases := map[string]func(b *halted){
		"older than an hour":        func(b *halted) { b.now = b.now.Add(time.Hour + time.Millisecond) },
		"from a time to come":       func(b *halted) { b.now = b.now.Add(-time.Second) },
		"last page yet to come":     func(b *halted) { b.closed(`UPDATE stage_run SET last_page = last_page + 1000`) },
		"beginning yet to come":     func(b *halted) { b.closed(`UPDATE stage_run SET started = started + 1000`) },
		"begun more than a day ago": func(b *halted) { b.closed(`UPDATE stage_run SET started = started - 90000000`) },
		"another address":           func(b *halted) { b.closed(`UPDATE tenant SET base_url = base_url || '/'`) },
		"another way to sign in":    func(b *halted) { b.closed(`UPDATE tenant SET auth_user = 'x'`) },
		"another token": func(b *halted) {
			if err := b.app.SetCredential(b.t.Context(), "Acme", scimtest.Token); err != nil {
				b.t.Fatal(err)
			}
		},
		"of an older program":  func(b *halted) { b.closed(`UPDATE stage_run SET digest = ''`) },
		"another list on show": func(b *halted) { b.closed(`UPDATE stage_run SET shown = shown + 1`) },
		"resumed too often":    func(b *halted) { b.closed(`UPDATE stage_run SET resumed = '[` + strings.Repeat(`{},`, 99) + `{}]'`) },
		"not wanted":           func(*halted) { fresh = true },
		"store deleted":        func(b *halted) { b.deleted() },
	}
	for name, spoil := range cases {
		for _, nth := range []int{3, 9} {
			t.Run(fmt.Sprint(name, " ", nth), func(t *testing.T) {
				b := breakOff(t, nth)
				fresh = false
				spoil(b)
				asked := len(b.srv.Requests())
				var accepted map[string]int
				if name == "store deleted" {
					accepted = map[string]int{"Acme": 24}
				}
				all, err := b.app.Sync(t.Context(), SyncRequest{Fresh: fresh, AcceptShrink: accepted})
				if err != nil {
					t.Fatal(err)
				}
				b.whole(all[0])
				if n := len(b.srv.Requests()) - asked; n != haltedPages || len(all[0].Resumed) != 0 || strings.Contains(all[0].Certificate, "nterrupted") {
					t.Errorf("%d requests, %+v", n, all[0])
				}
			})
		}
	}
}

// closed changes the store while the workspace is closed.
func (b *halted) closed(statement string) {
	b.close()
	b.alter(statement)
	b.open()
}

func (b *halted) deleted() {
	b.close()
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(b.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			b.t.Fatal(err)
		}
	}
	b.open()
}

// A stage outlives the process. An hour is still in time, but only a second pass
// can vouch for the list then; where it is paged by index, after any gap.
func TestResumeAfterAGapIsVerified(t *testing.T) {
	const none, cursor = scimtest.CursorNone, scimtest.CursorAlways
	cases := []struct {
		paging   scimtest.Cursor
		gap      time.Duration
		verified bool
	}{{none, 0, true}, {none, time.Hour, true}, {cursor, 5 * time.Minute, false}, {cursor, 5*time.Minute + time.Second, true}}
	for _, c := range cases {
		b := newHalted(t)
		b.srv.Set(func(q *scimtest.Quirks) { q.Cursor, q.CursorTotal = c.paging, true })
		b.stop(4)
		b.close()
		b.open()
		b.now = b.now.Add(c.gap)
		s, asked := b.goOn()
		b.whole(s)
		if twice := strings.Contains(s.Certificate, "24 of 24 listed, twice alike"); twice != c.verified || len(s.Resumed) != 1 {
			t.Errorf("%q after %s: %s, %q", c.paging, c.gap, s.Certificate, asked)
		}
		if n := b.count(`SELECT count(*) FROM snapshot WHERE certificate LIKE '%"gap":true%'`); (n == 1) != c.verified {
			t.Errorf("%q after %s: %d certificates tell the gap", c.paging, c.gap, n)
		}
	}
}

// What others change in the gap is seen, or the list is begun anew.
func TestResumeAfterChangesShowsTheTruth(t *testing.T) {
	add := func(s *scimtest.Server) { s.Add(scimtest.User{ID: "z", UserName: "z", Active: true}) }
	cases := map[string]struct {
		change func(*scimtest.Server)
		gap    time.Duration
		anew   bool
	}{
		"removed, listed":     {func(s *scimtest.Server) { s.Remove("u00001") }, time.Minute, true},
		"removed, not listed": {func(s *scimtest.Server) { s.Remove("second") }, time.Minute, true},
		"added":               {add, time.Minute, false},
		"one for another":     {func(s *scimtest.Server) { s.Remove("u00001"); add(s) }, 0, true},
		"moved":               {func(s *scimtest.Server) { u, _ := s.User("second"); s.Remove("second"); s.Remove("u00001"); s.Add(u) }, time.Minute, true},
		"changed":             {func(s *scimtest.Server) { s.Update("second", func(u *scimtest.User) { u.Active = false }) }, time.Minute, false},
		"expired cursor": {func(s *scimtest.Server) {
			s.Fail(scimtest.Fault{Path: "cursor=", Status: 400, Body: `{"scimType":"expiredCursor","status":"400"}`})
		}, time.Minute, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newHalted(t)
			if strings.Contains(name, "cursor") {
				b.srv.Set(func(q *scimtest.Quirks) { q.Cursor, q.CursorTotal = scimtest.CursorAlways, true })
			}
			b.stop(4)
			c.change(b.srv)
			b.now = b.now.Add(c.gap)
			s, _ := b.goOn()
			b.whole(s)
			if len(s.Resumed) != 1 || s.Resumed[0].Anew != c.anew || s.Resumed[0].PagesBefore != 3 {
				t.Errorf("resumed %+v", s.Resumed)
			}
			if strings.Contains(s.Certificate, "was begun again") != c.anew {
				t.Errorf("the certificate says %s", s.Certificate)
			}
		})
	}
}

// A sync may be stopped more than once, and every time is told.
func TestResumeAgainAndAgain(t *testing.T) {
	b := breakOff(t, 3)
	entries := b.entries()
	b.now = b.now.Add(time.Minute)
	b.stop(3) // two pages further
	b.now = b.now.Add(time.Minute)
	b.stop(1)                    // no page: nothing to tell
	b.stop(4 + verifying(3) + 1) // the fifth page, the sixth, the closing one, the second pass, a page of groups
	if b.entries() != entries {
		t.Error("what was stopped is in the record")
	}
	b.now = b.now.Add(time.Minute)
	s, asked := b.goOn()
	b.whole(s)
	var told []string
	for _, r := range s.Resumed {
		told = append(told, fmt.Sprint(r.List, " ", r.PagesBefore, "+", r.PagesAfter))
	}
	if got := strings.Join(told, ", "); got != "Users 2+2, Users 4+13, Groups 17+5" || len(asked) != 2+verifying(9) || s.Pages != haltedPages+verifying(3)+verifying(9) {
		t.Errorf("resumed %s; asked %q", got, asked)
	}
}

// Progress begins where the sync goes on, and says so.
func TestResumeIsTold(t *testing.T) {
	b := breakOff(t, 4)
	var first []Progress
	b.app.cfg.Progress = func(p Progress) { first = append(first, p) }
	b.whole(b.sync())
	if len(first) == 0 || first[0].Done != 13 || first[0].Resumed != 13 || first[0].Total != 24 || first[0].Stage != "users" {
		t.Fatalf("%+v", first)
	}
	if last := first[len(first)-1]; last.Resumed != 0 {
		t.Errorf("%+v", last)
	}
}

// How long ago a sync may have begun to be gone on with is what the setting
// says of a list that plans stand on.
func TestResumeFollowsTheSetting(t *testing.T) {
	for _, tt := range []struct {
		most    string
		begun   time.Duration
		resumed bool
	}{
		{"1h", 2 * time.Hour, false},
		{"48h", 25 * time.Hour, true},
		{"48h", 49 * time.Hour, false},
	} {
		b := newHalted(t)
		_, err := b.app.SetSetting(t.Context(), settingStaleAfter, tt.most, "agreed")
		noError(t, err)
		b.srv.Fail(scimtest.Fault{Nth: 3, Times: -1, Status: 503})
		b.goOn()
		b.srv.Heal()
		b.closed(fmt.Sprintf(`UPDATE stage_run SET started = started - %d`, tt.begun.Milliseconds()))
		if s, _ := b.goOn(); s.Sealed && (len(s.Resumed) > 0) != tt.resumed || !s.Sealed {
			t.Errorf("begun %s ago where a list may be %s old: %+v", tt.begun, tt.most, s)
		}
	}
}

func TestRemovedTenantLeavesNoStage(t *testing.T) {
	b := breakOff(t, 3)
	if n := b.count(`SELECT count(*) FROM stage_account`); n == 0 {
		t.Fatal("the broken sync left nothing")
	}
	noError(t, b.app.RemoveTenant(t.Context(), "Acme"))
	b.nothingStaged()
}

// What an older program left of a tenant that it removed goes with the next
// change; what waits to be gone on with in another tenant stays.
func TestStrayStagesAreSwept(t *testing.T) {
	b := breakOff(t, 3)
	other := b.serve("Beta", scimtest.Options{Users: []scimtest.User{accountOfPerson(0), accountOfPerson(1), accountOfPerson(2)}, Quirks: scimtest.Quirks{PageCap: 1}})
	other.Fail(scimtest.Fault{Nth: 3, Times: -1, Status: 503})
	if _, err := b.app.Sync(t.Context(), SyncRequest{Tenants: []string{"Beta"}}); err != nil {
		t.Fatal(err)
	}
	waits := b.count(`SELECT count(*) FROM stage_run`)
	if waits != 2 {
		t.Fatalf("%d stages", waits)
	}
	b.closed(`UPDATE tenant SET removed = 1 WHERE name = 'Acme'`)
	_, err := b.app.SetSetting(t.Context(), settingStaleAfter, "48h", "agreed")
	noError(t, err)
	if n := b.count(`SELECT count(*) FROM stage_run`); n != 1 {
		t.Errorf("%d stages are left", n)
	}
	if n := b.count(`SELECT count(*) FROM stage_account AS s JOIN resource AS r USING (id)`); n != b.count(`SELECT count(*) FROM stage_account`) || n == 0 {
		t.Errorf("of Beta %d staged accounts have a resource", n)
	}
	if n := b.count(`SELECT count(*) FROM resource AS r WHERE NOT EXISTS (SELECT 1 FROM stage_account AS s WHERE s.id = r.id)
		AND NOT EXISTS (SELECT 1 FROM account AS a WHERE a.resource = r.id)`); n != 0 {
		t.Errorf("%d resources are left", n)
	}
}
