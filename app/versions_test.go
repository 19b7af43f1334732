package app

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/scim/scimtest"
)

// bodies are all entries as they stand in the tree.
func (w *world) bodies() string {
	w.t.Helper()
	var b strings.Builder
	err := w.app.rec.Rows(w.t.Context(), 0, w.entries(), func(r audit.Row) error {
		b.Write(r.Body)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

func TestSnapshotEntryNamesNobody(t *testing.T) {
	w, _ := ready(t)
	bodies := w.bodies()
	for _, secret := range []string{"corp.example", "Lea Ver", "leaver\"", "Engineering", scimtest.Token} {
		if strings.Contains(bodies, secret) {
			t.Errorf("%q is in an entry", secret)
		}
	}
	if !strings.Contains(bodies, `"accounts":24`) || !strings.Contains(bodies, "snapshot.sealed") {
		t.Error("the snapshot is not in the record")
	}
}

// A sync writes what changed: one version more for each account that did.
func TestSyncWritesWhatChanged(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand accounts are too many for the race detector")
	}
	const n, changed = 10_000, 10
	opt := scimtest.Options{Quirks: scimtest.Quirks{DefaultCount: 1000}}
	for i := range n {
		opt.Users = append(opt.Users, accountOfPerson(i))
	}
	w := newWorld(t)
	srv := w.serve("Acme", opt)
	w.roster(people(5))
	w.sync()
	rows := func() string {
		return fmt.Sprint(w.count(`SELECT count(*) FROM account`), w.count(`SELECT count(*) FROM resource`), w.count(`SELECT count(*) FROM account_key`))
	}
	if got := rows(); got != fmt.Sprint(n, n, 3*n) {
		t.Fatalf("first sync: %s", got)
	}
	w.sync()
	if got := rows(); got != fmt.Sprint(n, n, 3*n) {
		t.Errorf("nothing changed: %s", got)
	}
	for i := range changed {
		srv.Update(fmt.Sprintf("u%05d", i), func(u *scimtest.User) { u.DisplayName += "!" })
	}
	w.sync()
	if got := rows(); got != fmt.Sprint(n+changed, n+changed, 3*n) {
		t.Errorf("%d changed: %s", changed, got)
	}
	w.nothingStaged()
}

// Whatever happens to a tenant's users and groups between syncs, the versions
// show the present, and each earlier snapshot as it was.
func TestVersionsKeepEverySnapshot(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t)
			srv := w.serve("Acme", acme())
			w.roster(people(20))
			rng := rand.New(rand.NewPCG(seed, 7))
			var history []string
			for step := range 8 {
				accept := strings.Count("\n"+onServer(srv), "\n") - strings.Count(onServer(srv), " has ")
				if s := w.sync(fmt.Sprintf("Acme=%d", accept)); !s.Sealed || !s.GroupsSealed {
					t.Fatalf("%+v", s)
				}
				history = append(history, onServer(srv))
				for no, want := range history {
					if got := w.asOf(no + 1); got != want {
						t.Fatalf("seed %d, after step %d: snapshot %d is\n%s\nwas\n%s", seed, step, no+1, got, want)
					}
				}
				w.keysHold()
				shake(rng, srv, step)
			}
			w.nothingStaged()
		})
	}
}

// shake changes, adds and hides some users and members.
func shake(rng *rand.Rand, srv *scimtest.Server, step int) {
	for _, u := range srv.Users() {
		switch rng.IntN(8) {
		case 0:
			srv.Update(u.ID, func(u *scimtest.User) { u.DisplayName = fmt.Sprint(step) })
		case 1:
			srv.Update(u.ID, func(u *scimtest.User) { u.Active = !u.Active })
		case 2:
			srv.Update(u.ID, func(u *scimtest.User) { u.ExternalID = fmt.Sprint(rng.IntN(30)) })
		}
	}
	srv.Add(scimtest.User{UserName: fmt.Sprintf("new%d@corp.example", step), Active: true})
	srv.Set(func(q *scimtest.Quirks) { q.HideInactive = rng.IntN(2) == 0; q.PageCap = 3 + rng.IntN(20) })
	users := srv.Users()
	for _, g := range srv.Groups() {
		srv.UpdateGroup(g.ID, func(g *scimtest.Group) {
			g.Members = append(slices.DeleteFunc(g.Members, func(string) bool { return rng.IntN(3) == 0 }), users[rng.IntN(len(users))].ID)
		})
	}
}

// onServer is what a complete list would show.
func onServer(srv *scimtest.Server) string {
	hide := false
	srv.Set(func(q *scimtest.Quirks) { hide = q.HideInactive })
	var lines []string
	for _, u := range srv.Users() {
		if u.Active || !hide {
			lines = append(lines, fmt.Sprintf("%s %s %s %s %v", u.ID, u.UserName, u.DisplayName, u.ExternalID, u.Active))
		}
	}
	for _, g := range srv.Groups() {
		seen := map[string]bool{}
		for _, m := range g.Members {
			seen[m] = true
		}
		for _, m := range slices.Sorted(maps.Keys(seen)) {
			lines = append(lines, g.ID+" has "+m)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// asOf is the same out of the versions of one snapshot.
func (w *world) asOf(no int) string {
	w.t.Helper()
	var lines []string
	const query = `SELECT scim_id || ' ' || user_name || ' ' || display_name || ' ' || external_id || ' ' || iif(active = 0, 'false', 'true')
FROM account WHERE valid_from <= @no AND coalesce(valid_to, @no + 1) > @no
UNION ALL SELECT grp || ' has ' || account FROM membership WHERE valid_from <= @no AND coalesce(valid_to, @no + 1) > @no`
	err := w.app.store.Read(w.t.Context(), func(tx *db.Tx) error {
		rows, err := tx.SQL.QueryContext(w.t.Context(), strings.ReplaceAll(query, "@no", fmt.Sprint(no)))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return rows.Err()
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// keysHold: the keys are those of the accounts on show, all of them and no others.
func (w *world) keysHold() {
	w.t.Helper()
	const want = `SELECT j.value, a.id FROM account AS a, json_each(a.keys) AS j WHERE a.valid_to IS NULL`
	const got = `SELECT key, account FROM account_key`
	for _, query := range []string{want + " EXCEPT " + got, got + " EXCEPT " + want} {
		if n := w.count(`SELECT count(*) FROM (` + query + `)`); n != 0 {
			w.t.Fatalf("%d keys differ: %s", n, query)
		}
	}
}
