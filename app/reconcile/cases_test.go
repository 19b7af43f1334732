package reconcile_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/tools/txtar"

	"rollcall/app/reconcile"
)

var update = flag.Bool("update", false, "rewrite the want sections under testdata")

// TestCases runs every case under testdata: people and accounts in, the
// situation and findings of each account out, as they are told to a person.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d cases, %v; there are at least 30", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := runCase(t, a)
			if *update {
				setFile(a, "want", got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(file(a, "want")); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func file(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setFile(a *txtar.Archive, name, data string) {
	for i, f := range a.Files {
		if f.Name == name {
			a.Files[i].Data = []byte(data)
		}
	}
}

type casePerson struct {
	Number string   `json:"number"`
	Name   string   `json:"name"`
	Emails []string `json:"emails"`
	Login  string   `json:"login"`
	Type   string   `json:"type"`
	Status string   `json:"status"`
	Start  string   `json:"start"`
	End    string   `json:"end"`

	Missing int    `json:"missing"` // revision
	Since   string `json:"since"`   // of that revision
}

type caseAccount struct {
	Tenant string   `json:"tenant"`
	ID     string   `json:"id"`
	User   string   `json:"user"`
	Ext    string   `json:"ext"`
	Emails []string `json:"emails"`
	Active string   `json:"active"`
	Groups int      `json:"groups"`
}

type caseLink struct {
	Account string `json:"account"`
	Person  string `json:"person"`
	Gone    string `json:"gone"`   // name of a person who is not on the roster any more
	Former  bool   `json:"former"` // it is about whoever had the id before
}

// lines decodes one JSON object a line.
func lines[T any](t *testing.T, data []byte) (all []T) {
	t.Helper()
	for line := range bytes.Lines(data) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(line, &v, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

func runCase(t *testing.T, a *txtar.Archive) string {
	now, err := time.Parse(time.RFC3339, strings.TrimSpace(string(file(a, "now"))))
	if err != nil {
		t.Fatal(err)
	}
	people := casePeople(t, lines[casePerson](t, file(a, "people")))
	var accounts []reconcile.Account
	for _, c := range lines[caseAccount](t, file(a, "accounts")) {
		if c.Tenant == "" {
			c.Tenant = "chat"
		}
		if c.Active == "" {
			c.Active = string(reconcile.ActiveTrue)
		}
		accounts = append(accounts, reconcile.Account{Tenant: c.Tenant, ID: c.ID, UserName: c.User, ExternalID: c.Ext, Emails: c.Emails, Active: reconcile.Active(c.Active), Groups: c.Groups})
	}
	sortAccounts(accounts)
	candidates := join(accounts, people)
	for _, l := range lines[caseLink](t, file(a, "links")) {
		candidates = append(candidates, linkTo(t, people, l))
	}
	sortCandidates(candidates)
	return told(t, accounts, candidates, now)
}

func casePeople(t *testing.T, cases []casePerson) (people []reconcile.Person) {
	date := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range cases {
		if c.Status == "" {
			c.Status = string(reconcile.StatusActive)
		}
		people = append(people, reconcile.Person{Source: "hr", Number: c.Number, Name: c.Name, Emails: c.Emails, UserName: c.Login,
			Type: c.Type, Status: reconcile.Status(c.Status), Start: date(c.Start), End: date(c.End),
			MissingRevision: c.Missing, MissingSince: date(c.Since)})
	}
	return people
}

func linkTo(t *testing.T, people []reconcile.Person, l caseLink) reconcile.Candidate {
	if l.Gone != "" {
		p := reconcile.Person{Source: "hr", Number: l.Person, Name: l.Gone}
		return reconcile.Candidate{Tenant: "chat", Account: l.Account, Rule: reconcile.RuleLink, Key: p.Number, Person: p, Gone: true}
	}
	rule := reconcile.RuleLink
	if l.Former {
		rule = reconcile.RuleFormerLink
	}
	for _, p := range people {
		if p.Number == l.Person {
			return reconcile.Candidate{Tenant: "chat", Account: l.Account, Rule: rule, Key: p.Number, Person: p}
		}
	}
	t.Fatalf("nobody has the number %s", l.Person)
	return reconcile.Candidate{}
}

// told prints the verdicts, and the match rate of each tenant.
func told(t *testing.T, accounts []reconcile.Account, candidates []reconcile.Candidate, now time.Time) string {
	all, err := correlate(accounts, candidates)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var links reconcile.ActiveLinks
	var rate reconcile.MatchRate
	for _, c := range all {
		links.Add(c)
		rate.Add(c)
	}
	var b strings.Builder
	for _, c := range all {
		c = links.Settle(c)
		fmt.Fprintf(&b, "%s/%s %s", c.Account.Tenant, c.Account.ID, c.Situation)
		if c.Person != nil {
			fmt.Fprintf(&b, ": %s by %s %q", c.Person.Number, c.Rule, c.Key)
		}
		b.WriteByte('\n')
		for _, f := range reconcile.Findings(c, links.Of(c), now) {
			fmt.Fprintf(&b, "  %s (%s: %q)", f.Kind, f.Rule, f.Key)
			if !f.Since.IsZero() {
				fmt.Fprintf(&b, " since %s", f.Since.Format(time.RFC3339))
			}
			fmt.Fprintf(&b, "\n    %s\n    in short: %s\n", f.Reason, f.Brief)
		}
	}
	fmt.Fprintf(&b, "matched %d of %d active, %d %%\n", rate.Matched, rate.Active, rate.Percent())
	return b.String()
}
