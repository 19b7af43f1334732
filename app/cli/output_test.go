package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// newSession is a command of no terminal, with what it prints.
func newSession(t *testing.T) (s *session, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	s = &session{
		globals: &globals{},
		ctx:     context.Background(),
		env:     Env{Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr, Getenv: func(string) string { return "" }},
		out:     bufio.NewWriter(stdout),
	}
	return s, stdout, stderr
}

// printed is everything that do printed on both streams.
func printed(t *testing.T, change func(*session), do func(*session)) (stdout, stderr string) {
	t.Helper()
	s, out, errs := newSession(t)
	if change != nil {
		change(s)
	}
	do(s)
	s.out.Flush()
	return out.String(), errs.String()
}

func check(t *testing.T, what, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, got)
		}
	}
}

func TestTable(t *testing.T) {
	table := newTable("Name", ">N", "Why")
	table.row("李小龙", "5", "wide runes align")
	table.row("bob", "1234", "a\nb")
	got, _ := printed(t, nil, func(s *session) { s.table(table) })
	want := "" +
		"Name       N  Why\n" +
		"李小龙     5  wide runes align\n" +
		"bob     1234  a\\nb\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTableFitsTheTerminal(t *testing.T) {
	table := newTable("~Name", ">N", "~Why")
	table.row(strings.Repeat("n", 40), "1", strings.Repeat("é", 200))
	for _, width := range []int{100, 40, 25} {
		got, _ := printed(t, func(s *session) { s.look.width = width }, func(s *session) { s.table(table) })
		for line := range strings.Lines(got) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
				t.Errorf("width %d: a line of %d columns: %q", width, n, line)
			}
		}
		check(t, "cut table", got, "…")
	}
	whole, _ := printed(t, nil, func(s *session) { s.table(table) })
	check(t, "table outside a terminal", whole, strings.Repeat("n", 40), strings.Repeat("é", 200))
}

func TestShortenKeepsGraphemesWhole(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"李小龙", 5, "李小…"},
		{"李小龙", 4, "李…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		if got := shorten(tt.text, tt.width); got != tt.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestColourOnlyWhereAsked(t *testing.T) {
	for _, colour := range []bool{false, true} {
		got, _ := printed(t, func(s *session) { s.look.colour = colour }, func(s *session) {
			s.printReport("p", app.VerifyReport{OK: true})
		})
		if strings.Contains(got, "\x1b[") != colour {
			t.Errorf("colour %v: %q", colour, got)
		}
	}
	if l := lookOf(&bytes.Buffer{}, func(string) string { return "" }); l != (look{}) {
		t.Errorf("a buffer looks like a terminal: %+v", l)
	}
}

func aPlan() app.Plan {
	return app.Plan{
		Hash: strings.Repeat("0123456789abcdef", 4), Ticket: "HD-1", State: "planned",
		Actions: []app.PlanAction{{
			N: 1, Tenant: "Acme", Action: "deactivate", Reason: "No one in the roster has this address.",
			Account: app.FindingAccount{ID: "42", UserName: "bob\x1b[2J@example.com", Active: "active"},
			Calls: []app.Call{
				{Method: "PATCH", Path: "/scim/v2/Users/42", Body: []byte(`{"active":false}`), Words: "Sets active to false."},
				{Method: "PUT", Path: "/scim/v2/Users/42"},
			},
			Memberships: []string{"Sales", "Admins"}, Undo: "PATCH active to true.",
		}},
		NotCovered: []app.NotCovered{{Tenant: "Acme", UserName: "carol", Why: "It is protected."}},
		Ceilings:   []app.Ceiling{{Tenant: "Acme", Active: 60, Limit: 5, Used: 5, Total: 6}},
		Warnings:   []string{"The tenant is observe only."},
		Freshness:  []app.Freshness{{Tenant: "Acme", SnapshotID: "s1", Certificate: "Two passes agree."}},
	}
}

func TestPlanNamesTheExactCalls(t *testing.T) {
	out, hints := printed(t, nil, func(s *session) { _ = s.onePlan(aPlan(), nil) })
	check(t, "plan", out,
		"Plan 0123456789ab\n", "Hash "+strings.Repeat("0123456789abcdef", 4), "Ticket HD-1, 1 action, planned; 1 account NOT COVERED",
		`1. deactivate bob\x1b[2J@example.com in Acme (id 42, active)`,
		"Why     No one in the roster", "Call    PATCH /scim/v2/Users/42\n", `{"active":false}`, "Sets active to false.",
		"Else    PUT /scim/v2/Users/42", "Groups  Sales, Admins", "Undo    PATCH active to true.",
		"Ceiling Acme: ABOVE", "6 of at most 5", "Stands on Acme: snapshot s1", "Two passes agree.",
		"NOT COVERED Acme, carol: It is protected.", "Warning: The tenant is observe only.")
	check(t, "hint", hints, "Next: rollcall run 0123456789ab --confirm=6\n")
}

func TestPlanHints(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*app.Plan)
		want   string
	}{
		{"within", func(p *app.Plan) { p.Ceilings[0].Total = 5 }, "Next: rollcall run 0123456789ab\n"},
		{"dry", func(p *app.Plan) { p.State = "dry run" }, "A dry run: nothing was stored."},
		{"done", func(p *app.Plan) { p.State = "done" }, "It has run. Its results: rollcall run 0123456789ab\n"},
	} {
		p := aPlan()
		tt.change(&p)
		_, hint := printed(t, nil, func(s *session) { _ = s.onePlan(p, nil) })
		check(t, tt.name, hint, tt.want)
		_, quiet := printed(t, func(s *session) { s.Quiet = true }, func(s *session) { _ = s.onePlan(p, nil) })
		if quiet != "" {
			t.Errorf("%s: --quiet printed %q", tt.name, quiet)
		}
	}
}

func TestStatesOfPlans(t *testing.T) {
	p := app.Plan{State: "done", Steps: 2, StepsMarked: 1}
	for want, undone := range map[string]app.Plan{
		"done but for 1 step by hand":                                               {},
		"done but for 1 step by hand, undone by 0123456789ab":                       {UndoneBy: []app.Undoing{{Plan: aPlan().Hash}}},
		"done but for 1 step by hand, undone in part by 0123456789ab, 0123456789ab": {Kept: 1, UndoneBy: []app.Undoing{{Plan: aPlan().Hash}, {Plan: aPlan().Hash}}},
	} {
		p.UndoneBy, p.Kept = undone.UndoneBy, undone.Kept
		if got := stateWords(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRunOutput(t *testing.T) {
	r := app.RunResult{Hash: aPlan().Hash, Ticket: "HD-1", State: "done", Actions: []app.ActionResult{
		{N: 1, Tenant: "Acme", Account: app.FindingAccount{UserName: "a"}, Outcome: "confirmed", Why: "Read back inactive.", Seq: 12},
		{N: 2, Tenant: "Acme", Account: app.FindingAccount{UserName: "b"}, Outcome: "confirmed-gone", Seq: 14},
		{N: 3, Tenant: "Acme", Account: app.FindingAccount{UserName: "c"}, Outcome: "failed", Why: "Accepted, no effect.", Seq: -1},
		{N: 4, Tenant: "Acme", Account: app.FindingAccount{UserName: "d"}, Outcome: "never heard of", Seq: 16},
	}}
	if confirmed(r) {
		t.Error("a failed action counts as confirmed")
	}
	out, hints := printed(t, nil, func(s *session) { _ = s.printRun(r, nil) })
	check(t, "run", out, "confirmed, gone", "Accepted, no effect.", "2 confirmed, 1 failed, 1 unknown.")
	r.NotCovered = []app.NotCovered{{Tenant: "Beacon"}, {Tenant: "Forge"}, {Tenant: "Acme", UserName: "x"}}
	out, _ = printed(t, nil, func(s *session) { _ = s.printRun(r, nil) })
	check(t, "run that leaves something out", out, "1 unknown; 2 tenants and 1 account NOT COVERED.\n")
	check(t, "hint", hints, "rollcall settle")
	line, _ := printed(t, func(s *session) { s.JSON = true }, func(s *session) { _ = s.printRun(r, nil) })
	check(t, "json", line, `"counts":{"confirmed":2,"skipped":0,"failed":1,"unknown":1,"pending":0}`, `"hash":"0123`, `"state":"done"`)
	if strings.Count(line, "\n") != 1 {
		t.Errorf("run --json is not one line: %q", line)
	}
	line, _ = printed(t, func(s *session) { s.JSON = true }, func(s *session) { _ = s.printRun(r, context.Canceled) })
	check(t, "json of a run that was stopped", line, `"error":{"kind":"failed","text":"Interrupted."`)
	r.Actions = r.Actions[:2]
	if !confirmed(r) {
		t.Error("confirmed and confirmed-gone do not count as confirmed")
	}
	if r.State = "unfinished"; confirmed(r) {
		t.Error("an unfinished run counts as confirmed")
	}
}

func someFindings() []app.Finding {
	return []app.Finding{
		{ID: "f1", Tenant: "Acme", Kind: reconcile.KindOrphaned, Reason: "No one, \"really\".", Rule: "none", Key: "bob@x.org",
			Account: app.FindingAccount{ID: "7", UserName: hostile, Active: "active", Emails: []string{"bob@x.org"}}},
		{ID: "f2", Tenant: "Acme", Kind: reconcile.KindLeaver, Reason: "Left on 2026-01-31.", Rule: "email", Key: "eve@x.org", Protected: true,
			Since:   time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
			Account: app.FindingAccount{ID: "8", UserName: "eve@x.org", Active: "unknown"},
			Person:  &app.FindingPerson{Source: "hr", Number: "1001", Name: "Eve", Status: "left", End: "2026-01-31"}},
	}
}

func TestFindingsTable(t *testing.T) {
	out, hints := printed(t, nil, func(s *session) {
		s.findingsTable(app.FindingsPage{Findings: someFindings(), Total: 2})
	})
	check(t, "findings", out, `e\x1b[31mvil`, "unknown, protected", "2 findings as of never: 1 orphaned, 1 leaver-still-active.")
	if strings.Contains(hints, "Next:") {
		t.Errorf("a command with a control character in it is offered: %q", hints)
	}
}

func TestFindingsSheet(t *testing.T) {
	out, _ := printed(t, nil, func(s *session) { _ = s.findingsSheet(someFindings()) })
	if strings.Count(out, "\r\n") != 3 {
		t.Errorf("want three CRLF lines: %q", out)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rows[1][3], visible(hostile); got != want {
		t.Errorf("user name %q, want %q", got, want)
	}
	if got := rows[1][14]; got != `No one, "really".` {
		t.Errorf("reason %q", got)
	}
	if got := rows[2][9:14]; strings.Join(got, "|") != "hr|1001|Eve|left|2026-01-31" {
		t.Errorf("person %q", got)
	}
}

func TestVerifyReport(t *testing.T) {
	bad := int64(3)
	out, _ := printed(t, nil, func(s *session) {
		s.printReport("pack.zip", app.VerifyReport{Entries: 9, FirstBad: &bad, Reason: "behind checkpoint", Signer: "not checked", Anchoring: "self-signed", LogID: "l"})
	})
	check(t, "report", out, "Proven       nothing", "First bad    entry 3")
	if !strings.HasPrefix(out, "NOT VERIFIED pack.zip: behind checkpoint\n") || strings.Contains(out, "Signer") {
		t.Errorf("the verdict comes first, and the signer does not matter:\n%s", out)
	}
	out, _ = printed(t, nil, func(s *session) {
		s.printReport("pack.zip", app.VerifyReport{OK: true, Signer: "not checked", LogID: "l"})
	})
	check(t, "unchecked", out, "VERIFIED pack.zip\n", "not checked: the pack agrees with itself", "compare the fingerprint")
	out, _ = printed(t, nil, func(s *session) {
		s.printReport("pack.zip", app.VerifyReport{Reason: app.KeyReplaced, Proven: 1, LogID: "l"})
	})
	check(t, "replaced", out, "Proven       the first 1 entry, and nothing after")
	line, _ := printed(t, nil, func(s *session) {
		_ = s.object(verifyJSON{VerifyReport: app.VerifyReport{OK: true, Anchoring: "self-signed"}})
	})
	check(t, "json", line, `"ok":true`, `"firstBad":null`, `"anchoring":"self-signed"`, `"entries":0`, `"reason":""`)
	if strings.Count(line, "reason") != 1 {
		t.Errorf("one reason: %s", line)
	}
}

func TestSyncOutput(t *testing.T) {
	results := []app.Sync{
		{Tenant: "Acme", Sealed: true, GroupsSealed: true, Accounts: 3, Certificate: "One page, total agrees."},
		{Tenant: "Beta", Problems: []app.Problem{{Code: "listing-incomplete", Text: "2 of 3 accounts came.", Do: "Sync again."}}},
	}
	out, hints := printed(t, nil, func(s *session) { _ = s.printSyncs(results) })
	check(t, "sync", out, "NOT SEALED", "Acme: One page, total agrees.", "Beta: 2 of 3 accounts came.\n  Sync again.\n")
	if hints != "" {
		t.Errorf("a hint after an unsealed sync: %q", hints)
	}
	lines, _ := printed(t, func(s *session) { s.JSON = true }, func(s *session) { _ = s.printSyncs(results) })
	if strings.Count(lines, "\n") != 2 {
		t.Errorf("want a line for each tenant: %q", lines)
	}
	check(t, "json", lines, `"tenant":"Beta"`, `"sealed":false`, `"problems":[{"code":"listing-incomplete"`, `"problems":[]`)
}

func TestRosterOutput(t *testing.T) {
	out, hints := printed(t, nil, func(s *session) {
		s.printRoster("new.csv", app.Roster{File: "hr.csv", Revision: 7, Source: "hr", Held: true, People: 200, Dropped: []string{"Salary"},
			Problems: []app.Problem{{Text: "It shrank from 200 to 4.", Do: "Accept it with --accept-shrink 4."}}})
	})
	check(t, "roster", out, "HELD new.csv", "In use is revision 7 of hr, from hr.csv", "Salary", "It shrank from 200 to 4.\n  Accept it")
	if hints != "" {
		t.Errorf("a hint after a held roster: %q", hints)
	}
}

func TestTenantsOutput(t *testing.T) {
	out, _ := printed(t, nil, func(s *session) {
		s.printTenants([]app.Tenant{
			{Name: "Acme", Writes: true, Sync: &app.Sync{Sealed: true}, Orphaned: 3},
			{Name: "Beta", Sync: &app.Sync{}, Blocked: []app.Problem{{Text: "It is not sealed.", Do: "Sync it."}}},
		})
	})
	check(t, "tenants", out, "allowed", "observe", "NOT SEALED", "Beta: It is not sealed.\n  Sync it.\n")
}
