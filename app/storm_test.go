package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"rollcall/scim/scimtest"
)

// A storm is a workspace and a tenant on which a seed plays: what people do,
// what the tenant and the network do wrong, what others change behind our back,
// and when the program is closed. After every request and every step the record
// is held against the tenant's true state. The same seed gives the same storm.
type storm struct {
	t      *testing.T
	seed   uint64
	rng    *rand.Rand
	server *scimtest.Server
	clock  *stormClock
	cfg    Config
	app    *App

	pageCap  int
	made     int // accounts ever made
	requests int
	syncing  bool
	midway   bool            // the last sync was interrupted
	resuming bool            // this one goes on with it
	shift    func()          // what the tenant does now and then while it is listed
	came     map[string]bool // accounts since the listing began
	left     map[string]bool
	held     []held
	cancelAt int
	cancel   context.CancelFunc
	trace    []string
	broken   bool
	met      map[string]int // what happened, counted

	// what the record says so far
	seen      int64
	planned   map[string]planBody
	before    map[string][]accountState // by plan
	hashes    []string
	confirmed map[string]int
	protected map[string]bool
	intents   map[int64]*stormIntent
	current   *stormIntent
	stopped   string // plan whose run has to stop
	writes    int
	active    int // of the last sealed list
	closed    []harmed
}

// stormClock moves a millisecond whenever somebody looks.
type stormClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *stormClock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

func (c *stormClock) now() time.Time  { return c.pass(time.Millisecond) }
func (c *stormClock) peek() time.Time { return c.pass(0) }

func (c *stormClock) wait(ctx context.Context, d time.Duration) error {
	c.pass(d)
	return ctx.Err()
}

func (s *storm) open() {
	var err error
	s.app, err = Open(s.t.Context(), s.cfg)
	s.no(err)
}

func (s *storm) reopen() {
	s.no(s.app.Close())
	s.open()
}

// hire adds an account behind our back, in some groups.
func (s *storm) hire() {
	i := s.made
	s.made++
	mail := fmt.Sprintf("p%d@corp.example", i)
	id := s.server.Add(scimtest.User{ID: fmt.Sprintf("u%03d", i), UserName: mail, ExternalID: fmt.Sprint(i), DisplayName: fmt.Sprintf("Person %d", i), Emails: []string{mail}, Active: s.rng.IntN(12) > 0})[0]
	for g := range 3 {
		if s.rng.IntN(3) == 0 {
			s.server.UpdateGroup(fmt.Sprint("g", g), func(g *scimtest.Group) { g.Members = append(slices.Clone(g.Members), id) })
		}
	}
	if s.syncing || s.midway {
		s.came[id] = true
	}
}

// dismiss removes one behind our back.
func (s *storm) dismiss() {
	if id := s.anyID(); len(s.server.Users()) > 3 && s.server.Remove(id) && (s.syncing || s.midway) {
		s.left[id] = true
	}
}

func (s *storm) anyID() string {
	users := s.server.Users()
	return users[s.rng.IntN(len(users))].ID
}

// allow lets errors pass that a person could read.
func (s *storm) allow(what string, err error) {
	var own *Error
	if err != nil && !errors.As(err, &own) && !errors.Is(err, context.Canceled) {
		s.fail("%s: %v", what, err)
	}
	if err != nil {
		s.note("%s: %s", what, err)
	}
	s.watch()
}

// interrupted is a context that may end at one of the next requests.
func (s *storm) interrupted() context.Context {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.cancel, s.cancelAt = cancel, 0
	if s.rng.IntN(4) == 0 {
		s.cancelAt = s.requests + 1 + s.rng.IntN(30)
	}
	return ctx
}

func (s *storm) sync(ctx context.Context) Sync {
	s.beginSync()
	r := SyncRequest{}
	if s.rng.IntN(2) == 0 {
		r.AcceptShrink = map[string]int{"Acme": s.visible()}
	}
	done, err := s.app.Sync(ctx, r)
	s.syncing, s.midway = false, err != nil
	s.allow("sync", err)
	if len(done) == 0 {
		return Sync{}
	}
	s.note("sync: sealed %v, groups %v, %d accounts, %v", done[0].Sealed, done[0].GroupsSealed, done[0].Accounts, done[0].Problems)
	return done[0]
}

// beginSync counts who comes and goes from here on, or on from an interrupted
// sync: whoever was listed before the break is not listed again.
func (s *storm) beginSync() {
	if s.resuming = s.midway; !s.resuming {
		s.came, s.left = map[string]bool{}, map[string]bool{}
	}
	s.syncing = true
}

func (s *storm) visible() int {
	n := 0
	hides := false
	s.server.Set(func(q *scimtest.Quirks) { hides = q.HideInactive })
	for _, u := range s.server.Users() {
		if u.Active || !hides {
			n++
		}
	}
	return n
}

// calm ends all that is wrong with the tenant; a sync then has to be complete.
func (s *storm) calm() {
	s.usual()
	for _, u := range s.server.Users() {
		if u.Raw != "" {
			s.server.Update(u.ID, func(u *scimtest.User) { u.Raw = "" })
		}
	}
}

// usual ends the tenant's faults and quirks. Whom it hid until now comes into the
// list of a sync that was cut off and goes on.
func (s *storm) usual() {
	s.server.Heal()
	hid := false
	s.server.Set(func(q *scimtest.Quirks) { hid, *q = q.HideInactive, scimtest.Quirks{PageCap: s.pageCap} })
	for _, u := range s.server.Users() {
		if hid && s.midway && !u.Active {
			s.came[u.ID] = true
		}
	}
}

func (s *storm) calmSync() {
	s.calm()
	s.shift = nil
	s.beginSync()
	done, err := s.app.Sync(s.t.Context(), SyncRequest{AcceptShrink: map[string]int{"Acme": s.visible()}})
	s.syncing, s.midway = false, false
	s.no(err)
	if s.resuming && !done[0].Sealed {
		s.calmSync() // this one went on with what bad weather had brought
		return
	}
	if !done[0].Sealed || !done[0].GroupsSealed {
		s.fail("with nothing wrong, the list is not sealed: %+v", done[0])
	}
	s.watch()
}

func (s *storm) plan(r PlanRequest) (Plan, bool) {
	p, err := s.app.Plan(s.t.Context(), r)
	s.allow("plan", err)
	if err != nil {
		return p, false
	}
	s.note("plan %.12s: %s, %d actions", p.Hash, r.Action, len(p.Actions))
	s.hashes = append(s.hashes, p.Hash)
	return p, true
}

// planSome plans for a few accounts, mostly such as the action can be planned for.
func (s *storm) planSome() {
	r := PlanRequest{Tenant: "Acme", Action: pick(s, actionDeactivate, actionDeactivate, actionRemoveMember, actionRemoveMember, actionDelete), Ticket: "HD-" + fmt.Sprint(s.requests)}
	if r.Action == actionDeactivate && s.rng.IntN(4) == 0 {
		r.Kind = "orphaned"
	}
	for range 1 + s.rng.IntN(8) {
		u, _ := s.server.User(s.anyID())
		fits := !s.protected[u.ID] && (u.Active || r.Action == actionDelete)
		if (fits || s.rng.IntN(12) == 0) && !slices.Contains(r.Accounts, u.ID) {
			r.Accounts = append(r.Accounts, u.ID)
		}
	}
	s.plan(r)
}

func (s *storm) run(ctx context.Context, hash string) {
	p, err := s.app.PlanByHash(ctx, hash)
	s.no(err)
	confirm := 0
	for _, c := range p.Ceilings {
		if now, err := s.app.Tenant(s.t.Context(), c.Tenant); err == nil && s.rng.IntN(2) == 0 {
			c, err = s.app.ceiling(s.t.Context(), now, s.planned[hash].Actions)
			s.no(err)
			confirm = c.Total
		}
	}
	s.stopped = ""
	r, err := s.app.Run(ctx, hash, Confirm{Total: confirm})
	s.note("run %.12s: %d confirmed, %d skipped, %d failed, %d unknown, %d pending", hash, r.Confirmed, r.Skipped, r.Failed, r.Unknown, r.Pending)
	s.allow("run", err)
}

func (s *storm) anyPlan() string {
	if len(s.hashes) == 0 {
		return ""
	}
	return s.hashes[max(s.rng.IntN(len(s.hashes)), s.rng.IntN(len(s.hashes)))] // rather a new one
}

// meddle changes the tenant behind our back.
func (s *storm) meddle() {
	id := s.anyID()
	what := s.rng.IntN(8)
	s.note("meddle %d with %s", what, id)
	switch what {
	case 0, 1:
		s.server.Update(id, func(u *scimtest.User) { u.Active = !u.Active })
		if s.midway { // a tenant that hides inactive accounts may have listed it or not
			s.came[id], s.left[id] = true, true
		}
	case 2:
		s.server.Update(id, func(u *scimtest.User) { u.UserName = fmt.Sprint("renamed", s.requests, "@corp.example") })
	case 3:
		s.dismiss()
	case 4:
		s.hire()
	case 5:
		s.server.UpdateGroup("g1", func(g *scimtest.Group) {
			g.Members = append(slices.DeleteFunc(slices.Clone(g.Members), func(string) bool { return s.rng.IntN(3) == 0 }), id)
		})
	case 6:
		s.server.UpdateGroup("g2", func(g *scimtest.Group) { g.Members = append(slices.Clone(g.Members), id, id, "stranger") })
	case 7:
		s.server.Update(id, func(u *scimtest.User) {
			u.Raw = pick(s, `{"userName":"no id"}`, `{"id":[1]}`, `17`, `{"id":"`+id+`","id":"other"}`)
		})
	}
}

func (s *storm) protect() {
	id := s.anyID()
	for _, given := range slices.Sorted(maps.Keys(s.protected)) {
		if s.protected[given] && (id > given || !s.protected[id]) && s.rng.IntN(2) == 0 {
			id = given
		}
	}
	if s.protected[id] {
		s.allow("unprotect", s.app.Unprotect(s.t.Context(), "Acme", id, "storm"))
	} else {
		_, err := s.app.Protect(s.t.Context(), "Acme", id, "storm")
		s.allow("protect", err)
	}
}

// step is one thing that happens.
func (s *storm) step() {
	s.watch()
	switch n := s.rng.IntN(24); {
	case n < 3:
		s.weather()
		s.sync(s.interrupted())
	case n < 11:
		if s.rng.IntN(3) > 0 {
			s.calmSync()
		}
		before := len(s.hashes)
		s.planSome()
		if s.rng.IntN(3) == 0 {
			s.meddle()
		}
		if len(s.hashes) > before && s.rng.IntN(4) > 0 {
			s.weather()
			s.run(s.interrupted(), s.hashes[before])
		}
	case n < 14:
		if hash := s.anyPlan(); hash != "" {
			s.weather()
			s.run(s.interrupted(), hash)
		}
	case n < 16:
		if s.rng.IntN(2) == 0 {
			s.weather()
		}
		s.clock.pass(time.Duration(s.rng.IntN(100)) * time.Second)
		_, err := s.app.Settle(s.interrupted())
		s.allow("settle", err)
	case n < 19:
		s.undo()
	case n < 21:
		s.meddle()
	case n < 22:
		s.protect()
	case n < 23:
		s.reopen()
	default:
		d := pick(s, time.Minute, 3*time.Minute, time.Hour, 13*time.Hour, 25*time.Hour, 31*24*time.Hour)
		s.note("%s pass", d)
		s.clock.pass(d)
		if d > 24*time.Hour {
			s.importRoster()
		}
	}
	s.watch()
}

// undo plans the way back from something, and often goes it.
func (s *storm) undo() {
	hash := s.anyPlan()
	if hash == "" {
		return
	}
	if s.rng.IntN(2) == 0 {
		s.weather()
	} else {
		s.calm()
	}
	p, err := s.app.Undo(s.interrupted(), hash, "UNDO-"+fmt.Sprint(s.requests), false)
	s.allow("undo", err)
	if err != nil {
		return
	}
	s.note("undo %.12s of %.12s: %d actions", p.Hash, hash, len(p.Actions))
	s.hashes = append(s.hashes, p.Hash)
	if s.rng.IntN(4) > 0 {
		s.weather()
		s.run(s.interrupted(), p.Hash)
	}
}

// untold counts the calls about a group that shows nobody now, where nothing
// else shows whether the tenant hides members: no other group has any, or the
// group showed nobody before either and the account is in no other. They rightly
// stay unknown.
func (s *storm) untold() (n int) {
	for _, in := range s.intents {
		g, there := s.server.Group(in.change.group)
		if in.outcome != outcomeUnknown || !in.change.membership() || !there || len(g.Members) > 0 {
			continue
		}
		tells := func(o scimtest.Group) bool {
			return len(o.Members) > 0 && (in.shown > 0 || slices.Contains(o.Members, in.change.account))
		}
		if !slices.ContainsFunc(s.server.Groups(), tells) {
			n++
		}
	}
	return n
}

// end lets the storm pass and checks what has to hold then: nothing is open,
// nothing stays unknown, the record verifies and brings the store back.
func (s *storm) end() {
	s.calm()
	s.held = nil
	s.clock.pass(doubt + time.Second)
	s.reopen()
	_, err := s.app.Settle(s.t.Context())
	s.no(err)
	s.watch()
	if st, err := s.app.RecordState(s.t.Context()); err != nil || st.Unsettled != s.untold() {
		s.fail("%d calls are unsettled though everything can be read, %v", st.Unsettled, err)
	}
	for seq, in := range s.intents {
		if !in.settled {
			s.fail("intent %d has no outcome", seq)
		}
	}
	if s.writes > len(s.intents) {
		s.fail("%d writes for %d intents", s.writes, len(s.intents))
	}
	if st, err := s.app.VerifyRecord(s.t.Context()); err != nil || !st.OK {
		s.fail("the record does not verify: %s, %v", st.Reason, err)
	}
	before := s.decided()
	s.no(s.app.Close())
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(s.cfg.Dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.no(err)
		}
	}
	s.open()
	if after := s.decided(); after != before {
		s.fail("rebuilt from the record, the store has\n%s\nand had\n%s", after, before)
	}
}
