package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
)

func TestFileErrors(t *testing.T) {
	w := travel(t)
	before := w.told()
	cases := []struct {
		name, text string
		kind       ErrorKind
		says       []string
	}{
		{"empty", "", KindFailed, []string{"empty"}},
		{"no key column", "Colour,Size\nred,1\n", KindFailed, []string{`"Colour", "Size"`, "e-mail address"}},
		{"all rows at once", "Email;Status\na@x.example;active\n;active\nb@x.example;dancing\nA@x.example;active\nc@x.example\n", KindFailed,
			[]string{"4 errors", "line 3, column Email: there is no value", `line 4, column Status: the status "dancing" is not known`, `line 5, column Email: "a@x.example" is on line 2 already`, "line 6: the row has 1 values"}},
		{"open quote", "Email;Name\na@x.example;\"Ann\nb@x.example;Ben\n", KindFailed, []string{"line 2", "not closed"}},
		{"NUL", "Email;Name\na@x.example;A\x00nn\n", KindFailed, []string{"line 2, column Name: the value has a NUL"}},
		{"long value", "Email;Name\na@x.example;" + strings.Repeat("n", 40<<10) + "\n", KindFailed, []string{"line 2, column Name", "32 KiB"}},
		{"long name", "Email;Name\na@x.example;" + strings.Repeat("n", 1200) + "\n", KindFailed, []string{"line 2, column Name", "1000 bytes"}},
		{"long id", "Email;Name\n" + strings.Repeat("n", 2000) + "@x.example;n\n", KindFailed, []string{"line 2, column Email", "1000 bytes"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.app.ImportFile(t.Context(), "Travel", w.export(c.text, 0))
			if kindOf(err) != c.kind {
				t.Fatalf("error %v", err)
			}
			for _, s := range c.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q is not in %q", s, err)
				}
			}
		})
	}
	if after := w.told(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("findings changed: %v, were %v", after, before)
	}
	w.nothingStaged()
}

// Nothing is said to begin where there is nothing to read.
func TestSyncInTheBackgroundOfFilesAlone(t *testing.T) {
	w := travel(t)
	var e *Error
	if err := w.app.StartSync(SyncRequest{}); !errors.As(err, &e) || e.Kind != KindRefused || !strings.Contains(e.Do, "Import") {
		t.Errorf("error %v", err)
	}
	if o, err := w.app.Overview(t.Context()); err != nil || o.Ended != nil {
		t.Errorf("a sync ended: %+v, %v", o.Ended, err)
	}
}

func TestProvenanceIsNeeded(t *testing.T) {
	w := travel(t)
	cases := []struct {
		name   string
		change func(*FileImport)
		kind   ErrorKind
		says   string
	}{
		{"who", func(f *FileImport) { f.ExportedBy = " " }, KindUsage, "Who exported"},
		{"when", func(f *FileImport) { f.ExportedAt = time.Time{} }, KindUsage, "When the file"},
		{"future", func(f *FileImport) { f.ExportedAt = w.now.Add(time.Second) }, KindUsage, "in the future"},
		{"older than the list on show", func(f *FileImport) { f.ExportedAt = w.now.Add(-2 * time.Hour) }, KindRefused, "later"},
		{"escapes", func(f *FileImport) { f.Screen = "a\x1b[2Jb" }, KindUsage, "screen"},
		{"direction", func(f *FileImport) { f.ExportedBy = "a\u202eb" }, KindUsage, "who exported"},
		{"long", func(f *FileImport) { f.Filter = strings.Repeat("x", 501) }, KindUsage, "filter"},
		{"no file", func(f *FileImport) { f.File = "/nowhere/members.csv" }, KindFailed, "does not exist"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := w.export(memberLines(nil), 0)
			c.change(&f)
			if _, err := w.app.ImportFile(t.Context(), "Travel", f); kindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
	f := w.export("nonsense\n", 0)
	if _, _, err := w.app.AddFileTenant(t.Context(), "Other", f); err == nil {
		t.Error("a tenant was added by a file that cannot be read")
	}
	if _, err := w.app.Tenant(t.Context(), "Other"); kindOf(err) != KindNotFound {
		t.Errorf("it is there: %v", err)
	}
}

func TestFileThatShrank(t *testing.T) {
	w := travel(t)
	few := "Email;Status\np2@acme.example;active\n"
	for _, c := range []struct {
		text   string
		accept *int
		code   string
	}{
		{few, nil, "shrunk"}, {few, ptr(2), "shrunk"}, {"Email;Status\n", nil, "no-accounts"}, {few, ptr(1), ""}, {"Email;Status\n", ptr(0), ""},
	} {
		f := w.export(c.text, 0)
		f.AcceptShrink = c.accept
		s, err := w.app.ImportFile(t.Context(), "Travel", f)
		if err != nil {
			t.Fatal(err)
		}
		if s.Sealed != (c.code == "") || c.code != "" && (s.Problems[0].Code != c.code || !strings.Contains(s.Problems[0].Do, "--accept-shrink")) {
			t.Errorf("%q accepting %v: %+v", c.text, c.accept, s)
		}
		if blocked := w.tenant("Travel").Blocked; (len(blocked) > 0) == s.Sealed {
			t.Errorf("sealed %v, blocked %v", s.Sealed, blocked)
		}
	}
}

// A list is as old as its export, whenever it was imported.
func TestFileGoesStale(t *testing.T) {
	w := newWorld(t)
	w.roster(people(20, leaverLine))
	if _, _, err := w.app.AddFileTenant(t.Context(), "Travel", w.export(memberLines(nil), 25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	blocked := w.tenant("Travel").Blocked
	if len(blocked) != 1 || blocked[0].Code != "file-stale" || !strings.Contains(blocked[0].Do, "tenant import") {
		t.Errorf("blocked %+v", blocked)
	}
}

// Nothing is ever sent, so everything that would is refused, and what holds for
// calls holds for steps.
func TestFileTenantLimits(t *testing.T) {
	w := travel(t)
	ctx := t.Context()
	if _, err := w.app.AllowWrites(ctx, "Travel", "why"); kindOf(err) != KindUsage {
		t.Errorf("allow writes: %v", err)
	}
	if _, err := w.app.Sync(ctx, SyncRequest{Tenants: []string{"Travel"}}); kindOf(err) != KindUsage {
		t.Errorf("sync: %v", err)
	}
	if s, err := w.app.Sync(ctx, SyncRequest{}); err != nil || len(s) != 0 {
		t.Errorf("sync of all: %v, %v", s, err)
	}
	for _, action := range []string{actionDelete, actionRemoveMember} {
		if _, err := w.app.Plan(ctx, PlanRequest{Tenant: "Travel", Accounts: []string{"p1@acme.example"}, Action: action, Ticket: "T"}); kindOf(err) != KindUsage {
			t.Errorf("%s: %v", action, err)
		}
	}
	if _, err := w.app.Protect(ctx, "Travel", "p2@acme.example", "the owner"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.Plan(ctx, PlanRequest{Tenant: "Travel", Accounts: []string{"p2@acme.example"}, Action: actionDeactivate, Ticket: "T"}); kindOf(err) != KindRefused {
		t.Errorf("protected: %v", err)
	}
	p, _ := w.step("p1@acme.example")
	if _, err := w.app.Plan(ctx, PlanRequest{Tenant: "Travel", Accounts: []string{"p1@acme.example"}, Action: actionDeactivate, Ticket: "T-2"}); kindOf(err) != KindRefused {
		t.Errorf("a second step: %v", err)
	}
	if _, err := w.app.StepDone(ctx, p.Hash, 2, "x"); kindOf(err) != KindUsage {
		t.Errorf("no such action: %v", err)
	}
	if _, err := w.app.Undo(ctx, p.Hash, "T", true); kindOf(err) != KindRefused {
		t.Errorf("undo: %v", err)
	}
	many := []string{}
	for i := 3; i <= 7; i++ {
		many = append(many, fmt.Sprintf("p%d@acme.example", i))
	}
	above, err := w.app.Plan(ctx, PlanRequest{Tenant: "Travel", Accounts: many, Action: actionDeactivate, Ticket: "T-3"})
	if err != nil || above.Ceilings[0].Total != 6 {
		t.Fatalf("ceilings %+v, %v", above.Ceilings, err)
	}
	if _, err := w.app.Run(ctx, above.Hash); kindOf(err) != KindRefused {
		t.Errorf("above the ceiling: %v", err)
	}
	if r, err := w.app.Run(ctx, above.Hash, Confirm{Total: 6}); err != nil || r.ByHand != 5 {
		t.Errorf("confirmed: %+v, %v", r, err)
	}
}

// Groups of a tenant without SCIM are a person's business: no finding about them
// offers a plan that would be refused.
func TestGroupsOfAFileAreNotPlanned(t *testing.T) {
	w := newWorld(t)
	w.roster(people(20, leaverLine))
	f := w.export("Email;Status;Role\nh1@x.example;inactive;Admin\n", 0)
	f.Map = map[string]string{"groups": "Role"}
	if _, _, err := w.app.AddFileTenant(t.Context(), "Travel", f); err != nil {
		t.Fatal(err)
	}
	page := w.findings(FindingFilter{Kind: reconcile.KindEntitled})
	if len(page.Findings) != 1 {
		t.Fatalf("%+v", page)
	}
	barred := must(w.app.Barred(t.Context(), page.Findings))(t)
	if p := barred[page.Findings[0].ID]; p.Code != "groups-by-hand" {
		t.Errorf("barred: %+v", p)
	}
	if d := must(w.app.Finding(t.Context(), page.Findings[0].ID))(t); len(d.Blocked) == 0 {
		t.Errorf("in its detail: %+v", d)
	}
}

// Hostile values are data, and kept as they are.
func TestHostileFile(t *testing.T) {
	w := newWorld(t)
	w.roster(people(20, leaverLine))
	hostile := []string{`<script>alert(1)</script>`, `=HYPERLINK("http://evil.example","x")`, "a\x1b[31mb", "x\u202ey", strings.Repeat("é", 450), `"quoted" \ back`, "two\nlines"}
	var b strings.Builder
	out := csv.NewWriter(&b)
	out.Write([]string{"ID", "Email", "Name", "Status", "Role"})
	for i, v := range hostile {
		out.Write([]string{fmt.Sprintf("9007199254740993%d", i), fmt.Sprintf("h%d@x.example", i), v, "active", v})
	}
	out.Flush()
	f := w.export(b.String(), 0)
	f.Map = map[string]string{"groups": "Role"}
	if _, s, err := w.app.AddFileTenant(t.Context(), "Travel", f); err != nil || !s.Sealed || !s.GroupsSealed {
		t.Fatalf("%+v, %v", s, err)
	}
	page, err := w.app.Findings(t.Context(), FindingFilter{Tenant: "Travel", Kind: reconcile.KindOrphaned, Limit: -1})
	if err != nil || len(page.Findings) != len(hostile) {
		t.Fatalf("%d findings, %v", len(page.Findings), err)
	}
	for _, got := range page.Findings {
		var i int
		fmt.Sscanf(got.Account.UserName, "h%d@", &i)
		if got.Account.DisplayName != hostile[i] || got.Account.ID != fmt.Sprintf("9007199254740993%d", i) {
			t.Errorf("%d is shown as %q, %s", i, got.Account.DisplayName, got.Account.ID)
		}
	}
}
