package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/scim"
	"rollcall/scim/scimtest"

	"github.com/go-json-experiment/json"
)

// stormIntent is an intent as the record tells it.
type stormIntent struct {
	change  change
	plan    string
	before  accountState // as planned
	request audit.Request
	shown   int // members of the group right before
	sent    bool
	at      time.Time // when it was sent
	settled bool
	outcome string // the last one
}

// harmed is an account that was closed or stripped of a group, and when.
type harmed struct {
	account string
	at      time.Time
}

// watch reads the entries that were appended since it last looked. Nothing has
// happened to the tenant since, so what an entry claims can be held against
// the tenant's true state.
func (s *storm) watch() {
	ctx := context.Background()
	size, err := s.app.rec.Size(ctx)
	if err != nil || size == s.seen {
		s.no(err)
		return
	}
	var log *audit.Log
	if w := s.app.writer; w != nil {
		log = w.log // the service is in the middle of something, and waits for us
	} else if log, err = s.app.readLog(ctx); err != nil {
		s.no(err)
	}
	err = log.Entries(ctx, s.seen, size, func(e audit.Stored) error {
		s.entry(e)
		return nil
	})
	s.no(err)
	s.seen = size
}

func (s *storm) entry(e audit.Stored) {
	s.met[e.Type]++
	switch e.Type {
	case typePlanCreated:
		var d planCreated
		s.no(e.Decode(&d))
		body, view, err := decodePlan(d.Plan.Bytes(), d.View.Bytes())
		s.no(err)
		s.planned[d.Hash], s.before[d.Hash] = body, view.Before
	case typeRunStarted:
		var d runStarted
		s.no(e.Decode(&d))
		s.confirmed[d.Plan] = max(s.confirmed[d.Plan], d.Confirm)
	case typeProtected, typeUnprotected:
		var d accountProtected
		s.no(e.Decode(&d))
		s.protected[d.Account.Value()] = e.Type == typeProtected
	case typeIntent:
		s.intended(e)
	case typeOutcome:
		s.cameOut(e)
	case typeSkipped, typeStopped:
		s.skipped(e)
	case typeSnapshotSealed:
		s.sealed(e)
	}
}

// intended checks that an intent is the only open one and lies within its plan.
func (s *storm) intended(e audit.Stored) {
	var d actionIntent
	s.no(e.Decode(&d))
	request, ok := e.Request()
	if !ok || request.Body != sha256.Sum256(d.Body.Bytes()) {
		s.fail("intent %d does not carry the body of its request", e.Seq)
	}
	for seq, in := range s.intents {
		if !in.settled {
			s.fail("intent %d was recorded while %d had no outcome", e.Seq, seq)
		}
	}
	in := &stormIntent{change: change{d.Action, d.Account.Value(), d.Group.Value()}, plan: d.Plan, request: request}
	body, ok := s.planned[d.Plan]
	if !ok || d.N > len(body.Actions) {
		s.fail("intent %d belongs to no plan", e.Seq)
	}
	want := body.Actions[d.N-1]
	if want.Action != d.Action || want.Account != in.change.account || want.Group != in.change.group {
		s.fail("intent %d is %+v, planned was %+v", e.Seq, in.change, want)
	}
	if !slices.ContainsFunc(want.Requests, func(r planRequest) bool { return r.Method == request.Method && r.Path == request.Path }) {
		s.fail("intent %d: %s %s is not in the plan", e.Seq, request.Method, request.Path)
	}
	in.before = s.before[d.Plan][d.N-1]
	if in.change.membership() {
		group, err := scim.DecodeGroup(d.BeforeGroup.Bytes())
		s.no(err)
		in.shown = len(group.Members)
	}
	s.intents[e.Seq] = in
}

// departs is asked for every write that leaves: it needs the one intent that is
// open, of the same bytes, and unsent; and no guard may speak against it.
func (s *storm) departs(r *http.Request, body []byte) {
	s.current = nil
	for _, in := range s.intents {
		if !in.settled && !in.sent {
			s.current = in
		}
	}
	got := audit.Request{Origin: r.URL.Scheme + "://" + r.URL.Host, Method: r.Method, Path: r.URL.RequestURI(), Body: sha256.Sum256(body)}
	if s.current == nil || s.current.request != got {
		s.fail("%s %s left without an intent", r.Method, r.URL.Path)
	}
	s.current.sent, s.current.at = true, s.clock.peek()
	s.writes++
	c := s.current.change
	if s.protected[c.account] {
		s.fail("%s %s: %s is protected", r.Method, r.URL.Path, c.account)
	}
	u, there := s.server.User(c.account)
	if was := s.current.before; !there || u.UserName != was.UserName || u.ExternalID != was.ExternalID || !slices.Equal(u.Emails, was.Emails) || c.action == actionDeactivate && !u.Active {
		s.fail("%s %s: the account is %+v, planned was %+v", r.Method, r.URL.Path, u, was)
	}
	if !c.undoes() {
		s.ceiling(c.account)
	}
	if r.Method == http.MethodPut && c.membership() {
		s.keeps(c, body)
	}
	if s.stopped == s.current.plan {
		s.fail("the run went on after the tenant had done harm")
	}
}

// keeps checks that a group that is replaced keeps its members.
func (s *storm) keeps(c change, body []byte) {
	var sent struct{ Members []struct{ Value string } }
	s.no(json.Unmarshal(body, &sent, json.MatchCaseInsensitiveNames(true)))
	stay := map[string]bool{c.account: true}
	for _, m := range sent.Members {
		stay[m.Value] = true
	}
	g, _ := s.server.Group(c.group)
	for _, id := range g.Members {
		if !stay[id] {
			s.fail("replacing the group %s would take out %s: %s", c.group, id, body)
		}
	}
	s.met["replaced a group"]++
}

// truth is the tenant's true state.
type truth struct {
	users  map[string]scimtest.User
	groups map[string]scimtest.Group
}

func (s *storm) truth() truth {
	t := truth{map[string]scimtest.User{}, map[string]scimtest.Group{}}
	for _, u := range s.server.Users() {
		u.Modified, u.Version = time.Time{}, 0
		t.users[u.ID] = u
	}
	for _, g := range s.server.Groups() {
		g.Modified, g.Version = time.Time{}, 0
		slices.Sort(g.Members)
		t.groups[g.ID] = g
	}
	return t
}

// changed checks that a write changed nothing but what its intent names. What
// a tenant does to other members of a group is its own doing, and has to stop
// the run. It tells whether anything did.
func (s *storm) changed(before, after truth) (did bool) {
	c := s.current.change
	for id, was := range before.users {
		now, there := after.users[id]
		if there && reflect.DeepEqual(was, now) {
			continue
		}
		did = true
		flipped := was
		flipped.Active = c.action == actionReactivate
		if id != c.account || c.membership() || there && !reflect.DeepEqual(flipped, now) || !there && c.action != actionDelete {
			s.fail("%s of %s changed the account %s: %+v, now %+v", c.action, c.account, id, was, now)
		}
	}
	for id, was := range before.groups {
		now := after.groups[id]
		if slices.Equal(was.Members, now.Members) {
			continue
		}
		did = true
		others := slices.DeleteFunc(slices.Clone(was.Members), func(m string) bool { return m == c.account || slices.Contains(now.Members, m) })
		if c.membership() && id == c.group && len(others) > 0 {
			s.stopped = s.current.plan
			s.met["stopped by harm"]++
		}
		if id != c.group && c.action != actionDelete || len(others) > 0 && !c.membership() {
			s.fail("%s of %s changed the group %s: %v, now %v", c.action, c.account, id, was.Members, now.Members)
		}
	}
	if did && !c.undoes() {
		s.closed = append(s.closed, harmed{c.account, s.current.at})
	}
	return did
}

// ceiling counts whom we truly closed within 24 hours, and the one to come.
func (s *storm) ceiling(next string) {
	since := s.clock.peek().Add(-ceilingWindow)
	hit := map[string]bool{next: true}
	for _, h := range s.closed {
		if h.at.After(since) {
			hit[h.account] = true
		}
	}
	if most := max(ceilingLimit(s.active), s.confirmed[s.current.plan]); len(hit) > most {
		s.fail("%d accounts would be closed within 24 hours; the ceiling is %d", len(hit), most)
	}
}

// wanted tells whether a change is true of the tenant now.
func (s *storm) wanted(c change) bool {
	u, there := s.server.User(c.account)
	g, _ := s.server.Group(c.group)
	in := slices.Contains(g.Members, c.account)
	switch c.action {
	case actionDeactivate:
		return !there || !u.Active
	case actionReactivate:
		return there && u.Active
	case actionRemoveMember:
		return !in
	case actionAddMember:
		return in
	}
	return !there
}

// cameOut holds an outcome against the truth.
func (s *storm) cameOut(e audit.Stored) {
	var d actionOutcome
	s.no(e.Decode(&d))
	in := s.intents[d.Intent]
	if in == nil || in.settled && !d.Settled {
		s.fail("outcome %d settles the intent %d, which is not open", e.Seq, d.Intent)
	}
	in.settled, in.outcome = true, d.Outcome
	s.met[in.change.action+" "+d.Outcome]++
	why := d.Why.Value()
	_, there := s.server.User(in.change.account)
	switch d.Outcome {
	case outcomeConfirmed:
		if !s.wanted(in.change) || !there && !in.change.membership() {
			s.fail("entry %d: %s of %s is called confirmed (%s) and is not so", e.Seq, in.change.action, in.change.account, why)
		}
	case outcomeGone:
		if there {
			s.fail("entry %d: %s is called gone and is there", e.Seq, in.change.account)
		}
	case outcomeFailed:
		if s.wanted(in.change) && !strings.Contains(why, "no longer knows") && !strings.Contains(why, "other members") {
			s.fail("entry %d: %s of %s is called failed (%s) and is done", e.Seq, in.change.action, in.change.account, why)
		}
	case outcomeUnknown:
	default:
		s.fail("entry %d: the outcome %q", e.Seq, d.Outcome)
	}
}

// skipped checks what a skip claims.
func (s *storm) skipped(e audit.Stored) {
	var d actionSkipped
	s.no(e.Decode(&d))
	want := s.planned[d.Plan].Actions[d.N-1]
	c := change{want.Action, want.Account, want.Group}
	s.met[c.action+" skipped"]++
	_, there := s.server.User(c.account)
	switch why := d.Why.Value(); {
	case strings.Contains(why, "as wanted already") && !s.wanted(c), strings.Contains(why, "knows this account") && there:
		s.fail("entry %d: %s of %s was skipped: %q, which is not so", e.Seq, c.action, c.account, why)
	}
}

// sealed holds a list that is called complete against the tenant's true ids,
// those left out that a tenant hides from every list.
func (s *storm) sealed(e audit.Stored) {
	var d snapshotTaken
	s.no(e.Decode(&d))
	s.active = d.Active
	hides := false
	s.server.Set(func(q *scimtest.Quirks) { hides = q.HideInactive })
	var want []string // those that were there all the time, and all that ever were
	may := slices.Collect(maps.Keys(s.left))
	for _, u := range s.server.Users() {
		if may = append(may, u.ID); (u.Active || !hides) && !s.came[u.ID] {
			want = append(want, u.ID)
		}
	}
	if len(s.came)+len(s.left) == 0 && !s.resuming {
		s.same("accounts", want, accountsOnShow)
	} else {
		s.between(want, may, accountsOnShow)
	}
	if !d.GroupsSealed {
		return
	}
	want = nil
	for _, g := range s.server.Groups() {
		want = append(want, g.ID)
	}
	s.same("groups", want, `SELECT scim_id FROM tenant_group WHERE valid_to IS NULL`)
}

const accountsOnShow = `SELECT scim_id FROM account WHERE valid_to IS NULL`

// between: a list that was made while accounts came or left has all that were
// there throughout, and none that never was.
func (s *storm) between(least, most []string, query string) {
	got := s.column(query)
	for _, id := range least {
		if !slices.Contains(got, id) {
			s.fail("sealed without %s, which was there all the time: %v", id, got)
		}
	}
	for _, id := range got {
		if !slices.Contains(most, id) {
			s.fail("sealed with %s, which was not there: %v", id, most)
		}
	}
	for what, n := range map[string]int{"came": len(s.came), "left": len(s.left)} {
		s.met["sealed while accounts "+what] += n
	}
}

func (s *storm) same(what string, want []string, query string) {
	got := s.column(query)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		s.fail("sealed with these %s: %v\nthe tenant has %v", what, got, want)
	}
}

// column reads the first column of a query on the store.
func (s *storm) column(query string) (out []string) {
	s.no(s.app.store.Read(context.Background(), func(tx *db.Tx) error {
		rows, err := tx.SQL.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v string
			if err := rows.Scan(&v); err != nil {
				return err
			}
			out = append(out, v)
		}
		return rows.Err()
	}))
	return out
}

// decided is everything in the store that a person decided or that was done.
func (s *storm) decided() string {
	var out []string
	for _, query := range []string{
		`SELECT concat_ws(' ', id, name, base_url, writes, writes_reason, added, removed) FROM tenant ORDER BY id`,
		`SELECT concat_ws(' ', account, user_name, reason, since) FROM protected ORDER BY account`,
		`SELECT concat_ws(' ', hash, hex(body), ticket, created, started, confirm, done) FROM plan ORDER BY hash`,
		`SELECT concat_ws(' ', plan, n, account, outcome, why, calls, intent_seq, outcome_seq, at) FROM action ORDER BY plan, n`,
		`SELECT concat_ws(' ', seq, plan, n, account, action, at, outcome) FROM intent ORDER BY seq`,
	} {
		out = append(out, s.column(query)...)
	}
	return strings.Join(out, "\n")
}

func (s *storm) no(err error) {
	if err != nil {
		s.t.Helper()
		s.fail("%v", err)
	}
}

// broken is what a storm panics with once it has failed, since it may be deep in
// a goroutine of the service.
type broken struct{}

// fail ends the run of this seed with what led there and how to see it again.
func (s *storm) fail(format string, args ...any) {
	s.t.Helper()
	if !s.broken {
		s.t.Errorf("%s\n%s\nAgain: ROLLCALL_STORM_SEED=%d go test ./app -run '^%s$'",
			fmt.Sprintf(format, args...), strings.Join(s.trace, "\n"), s.seed, strings.SplitN(s.t.Name(), "/", 2)[0])
	}
	s.broken = true
	panic(broken{})
}

// mend turns the panic of fail into an end; others go on.
func mend() {
	if e := recover(); e != nil && e != (broken{}) {
		panic(e)
	}
}

func (s *storm) note(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf("%5d  ", s.requests)+fmt.Sprintf(format, args...))
}

// switchedOn names the quirks that are not zero.
func switchedOn(q scimtest.Quirks) string {
	var out []string
	v := reflect.ValueOf(q)
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			out = append(out, fmt.Sprintf("%s=%v", v.Type().Field(i).Name, f))
		}
	}
	return strings.Join(out, " ")
}
