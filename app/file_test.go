package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
)

// memberLines are the lines of a file: ten people of the roster, the first of whom
// has left, and one whom nobody knows.
func memberLines(change func(line string) string) string {
	var b strings.Builder
	b.WriteString("Email;Name;Status\n")
	for i := 1; i <= 10; i++ {
		line := fmt.Sprintf("p%d@acme.example;Person %d;active", i, i)
		if change != nil {
			line = change(line)
		}
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	stranger := "x@agency.example;Xi;active"
	if change != nil {
		stranger = change(stranger)
	}
	b.WriteString(stranger)
	return b.String()
}

// travel is a workspace with a roster and one tenant without SCIM, whose file
// was exported an hour ago.
func travel(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("number,name,email,status,end\n")
	for i := 1; i <= 10; i++ {
		status, end := "active", ""
		if i == 1 {
			status, end = "left", "2026-01-31"
		}
		fmt.Fprintf(&b, "%d,Person %d,p%d@acme.example,%s,%s\n", i, i, i, status, end)
	}
	w.roster(b.String())
	tenant, s, err := w.app.AddFileTenant(t.Context(), "Travel", w.export(memberLines(nil), time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Sealed || tenant.Source != SourceFile || tenant.Accounts != 11 || tenant.Orphaned != 1 || tenant.Leavers != 1 || len(tenant.Blocked) > 0 {
		t.Fatalf("tenant %+v\nsync %+v", tenant, s)
	}
	return w
}

// export is a file that was exported so long ago.
func (w *world) export(text string, ago time.Duration) FileImport {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "members.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return FileImport{File: file, ExportedBy: "Nia Okafor", ExportedAt: w.now.Add(-ago), Screen: "Admin > Members", Filter: "all"}
}

func (w *world) importNow(text string) Sync {
	w.t.Helper()
	s, err := w.app.ImportFile(w.t.Context(), "Travel", w.export(text, 0))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// step plans and runs the closing of one account.
func (w *world) step(account string) (Plan, RunResult) {
	w.t.Helper()
	p, err := w.app.Plan(w.t.Context(), PlanRequest{Tenant: "Travel", Accounts: []string{account}, Action: actionDeactivate, Ticket: "HD-1"})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.app.Run(w.t.Context(), p.Hash)
	if err != nil {
		w.t.Fatal(err)
	}
	return p, r
}

func (w *world) outcome(hash string) ActionResult {
	w.t.Helper()
	r, err := w.app.Run(w.t.Context(), hash)
	if err != nil || !r.Repeat {
		w.t.Fatalf("repeat %v, %v", r.Repeat, err)
	}
	return r.Actions[0]
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

// A file that was exported before the list on show would bring back accounts that
// are closed by now: it is refused and leaves nothing in the record.
func TestOlderFileIsRefused(t *testing.T) {
	w := travel(t)
	newer := w.export(memberLines(nil), 0)
	older := w.export(memberLines(nil), time.Minute)
	must(w.app.ImportFile(t.Context(), "Travel", newer))(t)
	lists := w.count(`SELECT count(*) FROM snapshot`)
	if _, err := w.app.ImportFile(t.Context(), "Travel", older); kindOf(err) != KindRefused || !strings.Contains(err.Error(), "later") {
		t.Errorf("an older file: %v", err)
	}
	if n := w.count(`SELECT count(*) FROM snapshot`); n != lists {
		t.Errorf("it left %d lists", n-lists)
	}
	if s := must(w.app.ImportFile(t.Context(), "Travel", newer))(t); !s.Sealed {
		t.Errorf("the same export once more: %+v", s)
	}
}

func TestFileTenantJob(t *testing.T) {
	w := travel(t)
	tenant := w.tenant("Travel")
	for _, part := range []string{"file of 11 rows", "exported by Nia Okafor at 2026-03-10T08:00:00Z", `screen "Admin > Members"`, `filter "all"`, "cannot prove that it is complete"} {
		if !strings.Contains(tenant.Sync.Certificate, part) {
			t.Errorf("%q is not in %q", part, tenant.Sync.Certificate)
		}
	}
	if f := tenant.File; f == nil || f.Name != "members.csv" || f.ExportedBy != "Nia Okafor" || f.Members != 11 {
		t.Errorf("file %+v", f)
	}
	p, r := w.step("p1@acme.example")
	act := p.Actions[0]
	if act.Action != "close-by-hand" || len(act.Calls) != 0 || !strings.Contains(act.ByHand, "Travel by hand") || !strings.Contains(act.ByHand, "Admin > Members") {
		t.Errorf("action %+v", act)
	}
	if r.ByHand != 1 || r.State != "done" || r.Actions[0].Outcome != "by-hand" || r.Actions[0].Calls != 0 {
		t.Errorf("run %+v", r)
	}
	steps, err := w.app.Steps(t.Context())
	if err != nil || len(steps) != 1 || steps[0].Plan != p.Hash || steps[0].Ticket != "HD-1" || steps[0].What == "" {
		t.Fatalf("steps %+v, %v", steps, err)
	}
	w.pass(time.Minute)
	done, err := w.app.StepDone(t.Context(), p.Hash[:12], 1, "switched off on Admin > Members")
	if err != nil || done.Outcome != "done-unconfirmed" || done.DoneBy != "tester" || done.Note == "" || done.Done.IsZero() {
		t.Fatalf("done %+v, %v", done, err)
	}
	if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "again"); kindOf(err) != KindRefused {
		t.Errorf("marked twice: %v", err)
	}
	w.pass(time.Hour)
	if s := w.importNow(memberLines(without("p1@"))); !s.Sealed {
		t.Fatalf("import %+v", s)
	}
	got := w.outcome(p.Hash)
	if got.Outcome != outcomeGone || !strings.Contains(got.Why, "Absent from the file exported at 2026-03-10T10:01:00Z") {
		t.Errorf("outcome %+v", got)
	}
	if steps, err := w.app.Steps(t.Context()); err != nil || len(steps) != 0 {
		t.Errorf("open steps %+v, %v", steps, err)
	}
	if n := w.tenant("Travel").Leavers; n != 0 {
		t.Errorf("%d leavers", n)
	}
}

// without leaves out the lines with part; with replaces the status there.
func without(part string) func(string) string {
	return func(line string) string {
		if strings.HasPrefix(line, part) {
			return ""
		}
		return line
	}
}

func with(part, old, status string) func(string) string {
	return func(line string) string {
		if strings.HasPrefix(line, part) {
			return strings.Replace(line, old, status, 1)
		}
		return line
	}
}

// What the next file shows settles a step, if it was exported late enough.
func TestNextFileSettles(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		done    bool
		file    string
		ago     time.Duration // of the export; the step is two hours old then, and done since one
		outcome string
		why     string
	}{
		{"inactive", true, memberLines(with("p1@", "active", "suspended")), 0, outcomeConfirmed, "Inactive in the file exported at"},
		{"absent", true, memberLines(without("p1@")), 0, outcomeGone, "Absent from the file exported at"},
		{"still active", true, memberLines(nil), 0, outcomeFailed, "Still active in the file exported at"},
		{"still there, status not said", true, memberLines(with("p1@", "active", "")), 0, outcomeFailed, "Still there in the file"},
		{"spelt otherwise", true, memberLines(with("p1@acme", "p1@acme", "P1@Acme")), 0, outcomeFailed, "Still active"},
		{"exported before the step", true, memberLines(without("p1@")), 150 * time.Minute, outcomeDone, ""},
		{"active before it was done", true, memberLines(nil), 90 * time.Minute, outcomeDone, ""},
		{"absent before it was marked", true, memberLines(without("p1@")), 90 * time.Minute, outcomeGone, "Absent"},
		{"nobody marked it, absent", false, memberLines(without("p1@")), 0, outcomeGone, "Nobody had marked"},
		{"nobody marked it, active", false, memberLines(nil), 0, outcomeByHand, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := travel(t)
			w.pass(time.Hour - time.Minute) // the first file is two hours old
			p, _ := w.step("p1@acme.example")
			w.pass(time.Hour)
			if c.done {
				if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "done"); err != nil {
					t.Fatal(err)
				}
			}
			w.pass(time.Hour)
			s, err := w.app.ImportFile(t.Context(), "Travel", w.export(c.file, c.ago))
			if err != nil || !s.Sealed {
				t.Fatalf("import %+v, %v", s, err)
			}
			if got := w.outcome(p.Hash); got.Outcome != c.outcome || !strings.Contains(got.Why, c.why) {
				t.Errorf("outcome %s: %s", got.Outcome, got.Why)
			}
			todo := map[string]string{}
			for _, d := range must(w.app.Overview(t.Context()))(t).ToDo {
				todo[d.Code] = d.Text
			}
			if failed := strings.Contains(strings.ToLower(todo["steps-failed"]), `"p1@acme.example"`); failed != (c.outcome == outcomeFailed) {
				t.Errorf("to do: %v", todo)
			}
			if waits := strings.Contains(todo["steps-marked"], "before a step was marked"); waits != (c.outcome == outcomeDone) {
				t.Errorf("to do: %v", todo)
			}
			if l := must(w.app.PlansAfter(t.Context(), "", "", 1))(t).List[0]; l.Failed != must(w.app.PlanByHash(t.Context(), p.Hash))(t).Failed || (l.Failed == 1) != (c.outcome == outcomeFailed) {
				t.Errorf("listed: %+v", l)
			}
			if c.outcome == outcomeFailed && c.name == "still active" {
				w.endsFailed(t)
			}
		})
	}
}

// endsFailed: a decision about an account, or a new step for it, ends what To do says
// of the one that failed.
func (w *world) endsFailed(t *testing.T) {
	t.Helper()
	told := func() bool {
		return slices.ContainsFunc(must(w.app.Overview(t.Context()))(t).ToDo, func(d ToDo) bool { return d.Code == "steps-failed" })
	}
	until := w.app.cfg.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	x := ExceptRequest{Tenant: "Travel", Account: "p1@acme.example", Kind: reconcile.KindLeaver, Until: until, Reason: "stays"}
	must(w.app.ExceptFinding(t.Context(), x))(t)
	if told() {
		t.Error("left alone, and told still")
	}
	must(w.app.UnexceptFinding(t.Context(), "Travel", "p1@acme.example", "", "after all"))(t)
	if !told() {
		t.Error("not left alone any more, and not told")
	}
	w.step("p1@acme.example")
	if told() {
		t.Error("a new step is open, and the old one is told still")
	}
}

// A service may give an account a new id: that its old one is absent then
// proves nothing.
func TestAbsentUnderAnotherID(t *testing.T) {
	w := newWorld(t)
	w.roster("number,name,email,status,end\n1,Person 1,p1@acme.example,left,2026-01-31\n")
	first := "ID,Email,Status\nU1,p1@acme.example,active\n"
	if _, _, err := w.app.AddFileTenant(t.Context(), "Travel", w.export(first, 0)); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	p, _ := w.step("U1")
	if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "done"); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	w.importNow("ID,Email,Status\nU9,P1@acme.example,active\n")
	if got := w.outcome(p.Hash); got.Outcome != outcomeFailed || !strings.Contains(got.Why, "name or address is still active") {
		t.Errorf("outcome %s: %s", got.Outcome, got.Why)
	}
	// A file without the column by which accounts are known would make all look gone.
	_, err := w.app.ImportFile(t.Context(), "Travel", w.export("Email,Status\np1@acme.example,active\n", 0))
	if err == nil || !strings.Contains(err.Error(), "by which the accounts of this tenant are known") {
		t.Errorf("another key: %v", err)
	}
}

// A step is not opened for an account that the newest file has otherwise.
func TestStepComparesWithTheNewestFile(t *testing.T) {
	for name, change := range map[string]func(string) string{"gone": without("p1@"), "inactive": with("p1@", "active", "suspended")} {
		t.Run(name, func(t *testing.T) {
			w := travel(t)
			p, err := w.app.Plan(t.Context(), PlanRequest{Tenant: "Travel", Accounts: []string{"p1@acme.example"}, Action: actionDeactivate, Ticket: "T"})
			if err != nil {
				t.Fatal(err)
			}
			w.importNow(memberLines(change))
			r, err := w.app.Run(t.Context(), p.Hash)
			if err != nil || r.Skipped != 1 {
				t.Errorf("run %+v, %v", r, err)
			}
		})
	}
}

func TestOffboardAddsSteps(t *testing.T) {
	w := travel(t)
	p, err := w.app.Offboard(t.Context(), OffboardRequest{Person: "1", Ticket: "HD-9"})
	if err != nil || len(p.NotCovered) != 0 || len(p.Actions) != 1 || p.Actions[0].Action != actionClose {
		t.Errorf("plan %+v, %v", p, err)
	}
}

// Without the store decisions, plans and steps come back from the record; the
// accounts do with the next file.
func TestStepsComeBackFromTheRecord(t *testing.T) {
	w := travel(t)
	p, _ := w.step("p1@acme.example")
	if _, err := w.app.StepDone(t.Context(), p.Hash, 1, "switched off"); err != nil {
		t.Fatal(err)
	}
	before, err := w.app.Steps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.close()
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(w.dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	w.open()
	after, err := w.app.Steps(t.Context())
	if err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("steps %+v, were %+v, %v", after, before, err)
	}
	tenant := w.tenant("Travel")
	if tenant.Source != SourceFile || tenant.File == nil || tenant.File.ExportedBy != "Nia Okafor" || !strings.Contains(tenant.Sync.Certificate, "Nia Okafor") || tenant.Blocked[0].Code != "file-lost" {
		t.Errorf("tenant %+v", tenant)
	}
	w.pass(time.Hour)
	if s := w.importNow(memberLines(without("p1@"))); s.Sealed || s.Problems[0].Code != "list-lost" {
		t.Errorf("nobody vouched for the first file after the loss: %+v", s)
	}
	next := w.export(memberLines(without("p1@")), 0)
	left := 10
	next.AcceptShrink = &left
	if s, err := w.app.ImportFile(t.Context(), "Travel", next); err != nil || !s.Sealed {
		t.Errorf("%d accounts: %+v, %v", left, s, err)
	}
	if got := w.outcome(p.Hash); got.Outcome != outcomeGone {
		t.Errorf("outcome %+v", got)
	}
	if n, err := w.app.VerifyRecord(t.Context()); err != nil || !n.OK {
		t.Errorf("record %+v, %v", n, err)
	}
}

// Names of people stand in the entries as commitments only.
func TestProvenanceIsErasable(t *testing.T) {
	w := travel(t)
	n := 0
	err := w.app.rec.Rows(t.Context(), 0, 1<<20, func(r audit.Row) error {
		n++
		if strings.Contains(string(r.Body), "Okafor") || strings.Contains(string(r.Body), "members.csv") {
			t.Errorf("entry %d names a person: %s", r.Seq, r.Body)
		}
		return nil
	})
	if err != nil || n < 3 {
		t.Errorf("%d entries, %v", n, err)
	}
}
