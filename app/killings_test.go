//go:build unix

package app_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// The operations that are killed. Each acts on two accounts, so that there is
// something left of a run.
func killings() []killing {
	deactivate := func(a *arena) work { return work{Do: "run", Plan: a.plan(accounts("u03", "u05")).Hash} }
	remove := func(a *arena) work { return work{Do: "run", Plan: a.plan(removal("g1", "u03", "u05")).Hash} }
	inactive := goal{func(a *arena, id string) bool { return !a.active(id) }, accounts("u03", "u05")}
	outside := goal{func(a *arena, id string) bool { return !slices.Contains(a.members("g1"), id) }, removal("g1", "u03", "u05")}
	return []killing{
		{"deactivate by path", deactivate, scimtest.Quirks{}, inactive.reached},
		{"deactivate by object", deactivate, scimtest.Quirks{PatchPathStatus: 400}, inactive.reached},
		{"deactivate by put", deactivate, scimtest.Quirks{PatchStatus: 405}, inactive.reached},
		{"remove membership by path", remove, scimtest.Quirks{}, outside.reached},
		{"remove membership by put", remove, scimtest.Quirks{ValuePathStatus: 501}, outside.reached},
		{"delete", deleting, scimtest.Quirks{}, gone},
		{"reactivate", back(accounts("u03", "u05")), scimtest.Quirks{}, func(t *testing.T, a *arena, job work) { a.restored(t, job, a.active) }},
		{"add membership", back(removal("g1", "u03", "u05")), scimtest.Quirks{}, func(t *testing.T, a *arena, job work) {
			a.restored(t, job, func(id string) bool { return slices.Contains(a.members("g1"), id) })
		}},
		{"add membership by put", back(removal("g1", "u03", "u05")), scimtest.Quirks{PatchStatus: 405}, func(t *testing.T, a *arena, job work) {
			a.restored(t, job, func(id string) bool { return slices.Contains(a.members("g1"), id) })
		}},
		{"settle", unsettled, scimtest.Quirks{}, settledAgain},
		{"undo", ran, scimtest.Quirks{}, undoneAgain},
		{"sync", grown, scimtest.Quirks{PageCap: 4}, syncedAgain},
		{"export", exporting, scimtest.Quirks{}, exportedAgain},
		{"roster import", importing, scimtest.Quirks{}, importedAgain},
	}
}

// goal is what a plan is for, and how one asks for it once more.
type goal struct {
	is   func(a *arena, id string) bool
	plan app.PlanRequest
}

// reached resumes the run, sees that nothing was sent twice, and then reaches
// by a new plan what the killed calls did not.
func (g goal) reached(t *testing.T, a *arena, job work) {
	a.resumed(t, job)
	a.sync()
	left := g.plan
	left.Accounts = slices.DeleteFunc(slices.Clone(left.Accounts), func(id string) bool { return g.is(a, id) })
	if len(left.Accounts) > 0 {
		a.run(a.plan(left))
	}
	for _, id := range g.plan.Accounts {
		if !g.is(a, id) {
			t.Errorf("%s is not as wanted in the end", id)
		}
	}
}

// resumed runs the plan to its end after the two minutes of doubt.
func (a *arena) resumed(t *testing.T, job work) {
	t.Helper()
	a.clock.ahead += 3 * time.Minute
	r := must(a.app.Run(t.Context(), job.Plan))(t)
	if r.State != "done" || r.Unknown > 0 {
		t.Errorf("resumed: %+v", r)
	}
	taken := map[string]bool{} // not refused outright, so never to be sent again
	for _, w := range a.server.Writes() {
		key := w.Method + w.Path + w.Body
		if taken[key] {
			t.Errorf("%s %s was sent again", w.Method, w.Path)
		}
		taken[key] = w.Status < 400 || w.Status >= 500 && w.Status != 501
	}
}

// back prepares an undo of what r asks for.
func back(r app.PlanRequest) func(a *arena) work {
	return func(a *arena) work {
		p := a.plan(r)
		a.run(p)
		u := must(a.app.Undo(a.t.Context(), p.Hash, "HD-9", false))(a.t)
		return work{Do: "run", Plan: u.Hash, File: p.Hash}
	}
}

func (a *arena) restored(t *testing.T, job work, is func(id string) bool) {
	a.resumed(t, job)
	if is("u03") && is("u05") {
		return
	}
	a.run(must(a.app.Undo(t.Context(), job.File, "HD-10", false))(t))
	if !is("u03") || !is("u05") {
		t.Error("not restored in the end")
	}
}

func deleting(a *arena) work {
	a.run(a.plan(accounts("u03", "u05")))
	a.clock.ahead += 31 * 24 * time.Hour
	a.importRoster(12)
	a.sync()
	r := accounts("u03", "u05")
	r.Action = "delete"
	return work{Do: "run", Plan: a.plan(r).Hash}
}

func gone(t *testing.T, a *arena, job work) {
	a.resumed(t, job)
	a.sync()
	r := accounts()
	r.Action = "delete"
	for _, id := range []string{"u03", "u05"} {
		if _, there := a.server.User(id); there {
			r.Accounts = append(r.Accounts, id)
		}
	}
	if len(r.Accounts) > 0 {
		a.run(a.plan(r))
	}
	if len(a.server.Users()) != 10 {
		t.Errorf("%d accounts are left", len(a.server.Users()))
	}
}

func unsettled(a *arena) work {
	a.server.Fail(scimtest.Fault{Method: "PATCH", Drop: true})
	a.server.Fail(scimtest.Fault{Method: "PATCH", Drop: true, Effect: true})
	a.server.Fail(scimtest.Fault{Method: "GET", Path: "/Users/u05", Nth: 2, Times: 30, Status: 403})
	a.run(a.plan(accounts("u03", "u05")))
	a.clock.ahead += 3 * time.Minute
	return work{Do: "settle"}
}

func settledAgain(t *testing.T, a *arena, _ work) {
	must(a.app.Settle(t.Context()))(t)
	p := must(a.app.Plans(t.Context()))(t)[0]
	if r := a.run(p); outcomes(r) != "failed confirmed" || len(a.server.Writes()) != 0 {
		t.Errorf("%s, %d writes", outcomes(r), len(a.server.Writes()))
	}
}

func ran(a *arena) work {
	p := a.plan(accounts("u03", "u05"))
	a.run(p)
	return work{Do: "undo", Plan: p.Hash}
}

func undoneAgain(t *testing.T, a *arena, job work) {
	if len(a.server.Writes()) != 0 {
		t.Error("planning an undo wrote to the tenant")
	}
	a.run(must(a.app.Undo(t.Context(), job.Plan, "HD-9", false))(t))
	if !a.active("u03") || !a.active("u05") {
		t.Error("not restored in the end")
	}
}

func grown(a *arena) work {
	for i := 13; i <= 20; i++ {
		a.server.Add(person(i))
	}
	return work{Do: "sync"}
}

// syncedAgain: what is on show is the old list or the new one, and a further
// sync brings the new one.
func syncedAgain(t *testing.T, a *arena, _ work) {
	if n := must(a.app.Tenant(t.Context(), "Acme"))(t); n.Accounts != 12 && n.Accounts != 20 || len(n.Blocked) > 0 {
		t.Errorf("on show are %d accounts; blocked: %v", n.Accounts, n.Blocked)
	}
	s := a.sync()
	n := must(a.app.Tenant(t.Context(), "Acme"))(t)
	orphaned := must(a.app.Findings(t.Context(), app.FindingFilter{Kind: "orphaned"}))(t).Total
	if !s.Sealed || !s.GroupsSealed || n.Accounts != 20 || orphaned != 8 {
		t.Errorf("in the end: %+v, %d accounts, %d orphaned", s, n.Accounts, orphaned)
	}
}

func exporting(a *arena) work {
	a.run(a.plan(accounts("u03")))
	return work{Do: "export", File: filepath.Join(a.t.TempDir(), "pack.zip")}
}

// exportedAgain: where there is a pack, it is whole; what the kill cut off has
// another name.
func exportedAgain(t *testing.T, a *arena, job work) {
	left, err := filepath.Glob(job.File + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		r := must(app.Verify(t.Context(), file, "", nil))(t)
		if file == job.File && !r.OK {
			t.Errorf("half a pack has the name of a whole one: %+v", r)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "again.zip")
	info := must(a.app.Export(t.Context(), file, app.EntryFilter{}))(t)
	if r := must(app.Verify(t.Context(), file, info.Key, nil))(t); !r.OK {
		t.Errorf("the next pack: %+v", r)
	}
}

func importing(a *arena) work {
	var b strings.Builder
	b.WriteString("number,name,email\n")
	for i := 1; i <= 30; i++ {
		b.WriteString(itoa(int64(i)) + ",Person,person" + itoa(int64(i)) + "@corp.example\n")
	}
	file := filepath.Join(a.t.TempDir(), "more.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return work{Do: "import", File: file}
}

// importedAgain: the roster is the old one or the new one, whole.
func importedAgain(t *testing.T, a *arena, job work) {
	r := must(a.app.Roster(t.Context()))(t)
	if r == nil || r.People != 12 && r.People != 30 {
		t.Errorf("the roster is %+v", r)
	}
	must(a.app.ImportRoster(t.Context(), app.RosterImport{File: job.File, TimeZone: "UTC"}))(t)
	if r := must(a.app.Roster(t.Context()))(t); r.People != 30 || len(r.Problems) > 0 {
		t.Errorf("in the end the roster is %+v", r)
	}
}
