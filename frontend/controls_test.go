package frontend

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rollcall/app"
)

// ofTerminal finds what only the terminal has.
var ofTerminal = regexp.MustCompile(`--[a-z]|=COLUMN|\brollcall [a-z]|ROLLCALL_`)

// shown elsewhere than on a page, or not as an advice.
var notOnPages = regexp.MustCompile(`^rollcall undo |made by rollcall demo|^rollcall |There is no workspace|another folder with --workspace|checkpoint printed|^The passphrase|this workspace's passphrase|readOnlyNow|It runs only with|tenant allow-writes, with a reason|rollcall evidence pack|with --workspace|\.zip`)

// Whatever the service advises, a page does not advise a flag or a command that
// it does not say to be for a terminal.
func TestPagesNameTheirOwnControls(t *testing.T) {
	seen := 0
	for _, dir := range []string{"../app", "../app/roster", "../scim"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "/demonstrate.go") {
				continue
			}
			for _, s := range sentencesIn(t, file) {
				if !ofTerminal.MatchString(s) || notOnPages.MatchString(s) {
					continue
				}
				seen++
				if here := onPage(s); ofTerminal.MatchString(here) && !strings.Contains(here, "terminal") {
					t.Errorf("%s: a page says %q", file, here)
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d sentences were found", seen)
	}
}

// sentencesIn are the texts of a file, with something in place of what is put in.
func sentencesIn(t *testing.T, file string) (all []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr, *ast.BasicLit:
			if s, ok := sentenceOf(e.(ast.Expr)); ok {
				all = append(all, s)
				return false
			}
		}
		return true
	})
	return all
}

var verbs = strings.NewReplacer("%d", "7", "%q", `"Acme=7"`, "%s", "Acme")

func sentenceOf(e ast.Expr) (text string, is bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return verbs.Replace(s), err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, a := sentenceOf(e.X)
		right, b := sentenceOf(e.Y)
		return left + right, e.Op == token.ADD && (a || b)
	case *ast.Ident:
		if e.Name == "rekeyCommand" {
			return "rollcall record rekey --reason WHY", false
		}
	}
	return `"Acme"`, false
}

func TestRemediesOnPages(t *testing.T) {
	for told, want := range map[string]string{
		"Say the encoding with --encoding, or export it again.":                                                                                              "Choose the encoding under How the file is read, or export it again.",
		`line 3, Status: the status "gone" is not known; map it to active or inactive with --status-map`:                                                     `line 3, Status: the status "gone" is not known; choose active or inactive for it under What a status means`,
		`Map one with --map number=COLUMN, or name the column that identifies a person with --key; the file has "A".`:                                        `Choose it under Which column is what, or what a person is known by under How the file is read; the file has "A".`,
		`Map one with --map id=COLUMN, --map username=COLUMN or --map email=COLUMN; the file has "A".`:                                                       `Choose one under Which column is what; the file has "A".`,
		`Import it as that roster, with --source "hr.eu". If these are other people who share them, import it with --accept-shrink 7, its number of people.`: `Give this roster the name "hr.eu" under How the file is read. If these are other people who share them, import it in a terminal with --accept-shrink 7, its number of people.`,
		"If that is right, import the file with --accept-shrink 7; otherwise import a complete one.":                                                         "If that is right, import the file and vouch for 7 where the page asks for the number; otherwise import a complete one.",
		`If that is right, sync with --accept-shrink "Acme=7"; otherwise check the credential's rights and sync again.`:                                      "If that is right, sync and vouch for 7 accounts in the tenant's settings; otherwise check the credential's rights and sync again.",
		`If the list is right, sync with --accept-shrink "the \"old\" one=7", which names its number of accounts.`:                                           "If the list is right, sync and vouch for 7 accounts in the tenant's settings.",
		`Allow changes with rollcall tenant allow-writes "Acme" --reason …`:                                                                                  "Allow changes on the plan's page or in the tenant's settings.",
		"if it is lost for good, use rollcall record rekey --reason WHY.":                                                                                    "if it is lost for good, replace it under Settings.",
		"List them with rollcall record list --type action.outcome.":                                                                                         "List them with rollcall record list --type action.outcome in a terminal.",
		`Export its accounts again and bring them in with rollcall tenant import "Travel portal" FILE.`:                                                      "Export its accounts again and import that file.",
		"Nothing of the terminal in it.": "Nothing of the terminal in it.",
	} {
		if got := onPage(told); got != want {
			t.Errorf("%q\n got %q\nwant %q", told, got, want)
		}
	}
}

// What a tenant names is shown as it is, also where it reads like the program's
// own words.
func TestNamesAreNotRewritten(t *testing.T) {
	for _, name := range []string{"rollcall findings shows", "of 2026-11-30T22:42:29Z", "See rollcall plan list", "certificate (--ca)", "Map one with --key"} {
		for where, got := range map[string]value{
			"left out":       notCovered(app.NotCovered{Tenant: "Acme", UserName: name, Why: "It is protected."}),
			"a tenant":       notCovered(app.NotCovered{Tenant: name, Why: name + " is read-only."}),
			"in quotes":      told(`No account "` + name + `" is on the list; use rollcall settle.`),
			"a plan's":       warningsOf(app.Plan{Actions: []app.PlanAction{{Account: app.FindingAccount{UserName: name}}}, Warnings: []string{name + " has no finding."}})[0],
			"to be vouched":  told(`If that is right, sync with --accept-shrink "` + name + `=7".`),
			"not a sentence": told(name + asideBegin + "0\uE001"),
		} {
			if where == "to be vouched" {
				if got.Text != "If that is right, sync and vouch for 7 accounts in the tenant's settings." {
					t.Errorf("%s, %q: %q", where, name, got.Text)
				}
			} else if !strings.Contains(got.Text, name) {
				t.Errorf("%s, %q is shown as %q", where, name, got.Text)
			}
		}
	}
}
