package app_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// quirksPage says for every switch what Rollcall does about it. The test makes
// its lines anew and compares; ROLLCALL_UPDATE=1 writes them, to be
// read before they are believed.
const quirksPage = "../docs/quirks.md"

const quirksHead = `# What servers do, and what Rollcall does about it

Every line is one way in which real SCIM servers differ from the RFCs, as a switch of the test server in
` + "`scim/scimtest/quirks.go`" + `, and what came of it when a tenant of 130 accounts behaved so: whether its lists were
sealed, and what became of one deactivation, one removal from a group, its undo, and one deletion. A test runs every line
and compares it with this page. "2 calls" means that the second form of the request was tried, after the first was refused
and the account showed no effect.

| switch | the server | lists | deactivate | remove from a group | undo that | delete |
|---|---|---|---|---|---|---|
`

// quirkRows sets each switch in turn, with what else it takes to matter.
func quirkRows() []scimtest.Quirks {
	always := scimtest.CursorAlways
	return []scimtest.Quirks{
		{PageCap: 30}, {DefaultCount: 20}, {CountLimit: 50},
		{Total: scimtest.TotalPage}, {Total: scimtest.TotalCapped}, {Total: scimtest.TotalRemainder}, {Total: scimtest.TotalTooMany},
		{Total: scimtest.TotalTooFew}, {Total: scimtest.TotalAbsent},
		{WrapPastEnd: true}, {Endless: true}, {IgnoreStartIndex: true}, {IgnoreCount: true}, {Overlap: 5}, {Rounds: scimtest.RoundsDown}, {Rounds: scimtest.RoundsUp},
		{UnstableOrder: true},
		{UnstableSorted: true, UnstableOrder: true}, {SortStatus: 501, UnstableOrder: true}, {IgnoreFilter: true}, {FilterStatus: 400},
		{CaseSensitive: true}, {HideInactive: true}, {ZeroUsers: true}, {NullResources: true}, {OmitResources: true}, {LowerCaseNames: true},
		{ItemsPerPageAsks: true}, {Cursor: scimtest.CursorAsked}, {Cursor: scimtest.CursorBare}, {Cursor: always}, {CursorTotal: true, Cursor: always},
		{CursorLoop: true, Cursor: always}, {CursorExpires: 1, Cursor: always},
		{ActiveStrings: true}, {ActiveNull: true}, {OmitActive: true}, {OmitFalse: true}, {EmailsAsStrings: true}, {NumericIDs: true},
		{OmitUserGroups: true}, {HideMembers: true}, {OmitMembers: true}, {MembersShown: 50, ValuePathStatus: 501}, {ShowPassword: true}, {OmitMeta: true}, {ETags: true},
		{BareETags: true, ETags: true}, {EnforceIfMatch: true, ETags: true},
		{Reject: true}, {RejectPage: true}, {RejectJSON: true}, {EmptyObject: true}, {RedirectTo: "https://elsewhere.example"}, {PlainJSON: true},
		{ErrorShape: scimtest.ErrorIntStatus, PatchStatus: 403}, {ErrorShape: scimtest.ErrorDetailList, PatchStatus: 403},
		{ErrorShape: scimtest.ErrorSlack, PatchStatus: 403}, {ErrorShape: scimtest.ErrorSalesforce, PatchStatus: 403},
		{ErrorShape: scimtest.ErrorText, PatchStatus: 403}, {ErrorShape: scimtest.ErrorJSONText, PatchStatus: 403},
		{ErrorShape: scimtest.ErrorHTML, PatchStatus: 403}, {ErrorShape: scimtest.ErrorEmpty, PatchStatus: 403},
		{PatchStatus: 405}, {PatchPathStatus: 400}, {PatchObject: 400, PatchPathStatus: 400}, {ValuePathStatus: 501}, {ListRemoves: true},
		{PathClears: true}, {MembersTwice: true}, {MemberLimit: 1}, {MembersStay: true}, {PutStatus: 501, PatchStatus: 405}, {DeleteStatus: 405},
		{NoEffect: true}, {Accepted: true}, {CarriedOut500: true}, {CarriedOut400: true}, {NoContent: true}, {EmptyAnswer: true},
		{InactiveLeaves: true}, {StringsAreTrue: true}, {DeleteSoft: true}, {DeleteBody: true}, {DeleteTwice500: true}, {Tombstones: true},
		{NoDiscovery: true}, {BareArrays: true}, {PluralConfig: true}, {DiscoveryOpen: true}, {DiscoveryWrong: true}, {DiscoveryHTML: true},
	}
}

func TestEveryQuirk(t *testing.T) {
	rows, says := quirkRows(), quirkComments(t)
	lines := make([]string, len(rows))
	soak := os.Getenv("ROLLCALL_STORMS") != "" || os.Getenv("ROLLCALL_UPDATE") != ""
	t.Run("rows", func(t *testing.T) {
		for i, q := range rows {
			name, value := theQuirk(q)
			t.Run(name+value, func(t *testing.T) {
				t.Parallel()
				if testing.Short() && i%12 != 0 || q.Endless && !soak {
					t.Skip("one of twelve is enough in short, and 20,000 pages are for a soak")
				}
				lines[i] = fmt.Sprintf("| %s%s | %s | %s |", name, value, says[name], strings.Join(underQuirk(t, q), " | "))
			})
		}
	})
	if os.Getenv("ROLLCALL_UPDATE") != "" {
		if err := os.WriteFile(quirksPage, []byte(quirksHead+strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compareQuirks(t, lines, says)
}

// compareQuirks holds the lines that were made against the page, which has one
// for every row and every switch.
func compareQuirks(t *testing.T, lines []string, says map[string]string) {
	t.Helper()
	b, err := os.ReadFile(quirksPage)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.TrimSuffix(strings.TrimPrefix(string(b), quirksHead), "\n")
	got := strings.Split(page, "\n")
	if len(got) != len(lines) {
		t.Fatalf("the page has %d lines for %d rows; ROLLCALL_UPDATE=1 writes it", len(got), len(lines))
	}
	for i, line := range lines {
		if line != "" && line != got[i] {
			t.Errorf("the page says\n%s\nand it is so:\n%s", got[i], line)
		}
	}
	for name := range says {
		if !strings.Contains(page, "| "+name+" ") {
			t.Errorf("the switch %s has no line", name)
		}
	}
}

// quirkComments are the words about each switch, from its declaration.
func quirkComments(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "../scim/scimtest/quirks.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	says := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.TypeSpec)
		if !ok || decl.Name.Name != "Quirks" {
			return true
		}
		for _, f := range decl.Type.(*ast.StructType).Fields.List {
			for _, name := range f.Names {
				says[name.Name] = strings.TrimSpace(f.Comment.Text())
			}
		}
		return false
	})
	if len(says) != reflect.TypeFor[scimtest.Quirks]().NumField() {
		t.Fatalf("%d switches have words, of %d", len(says), reflect.TypeFor[scimtest.Quirks]().NumField())
	}
	return says
}

// theQuirk is the switch that a row is about: of several the one that needs
// the others, which no row sets alone.
func theQuirk(q scimtest.Quirks) (name, value string) {
	companions := map[string]bool{"Cursor": true, "ETags": true, "UnstableOrder": true, "PatchStatus": true, "PatchPathStatus": true, "ValuePathStatus": true}
	v := reflect.ValueOf(q)
	for i := range v.NumField() {
		f := v.Type().Field(i).Name
		if v.Field(i).IsZero() || name != "" && companions[f] {
			continue
		}
		name, value = f, ""
		if k := v.Field(i).Kind(); k == reflect.String || k == reflect.Int {
			value = fmt.Sprintf(" %v", v.Field(i))
		}
	}
	return name, value
}

// underQuirk says what comes of each thing that Rollcall does with a tenant of
// that kind. Whatever the server claims, nothing here may be untrue.
func underQuirk(t *testing.T, q scimtest.Quirks) []string {
	s := newShop(t, scimtest.Quirks{})
	for i := 61; i <= 130; i++ {
		s.server.Add(person(i))
	}
	s.into("g1", "u61") // with the next one: no list is commonly cut off at 61 or 62
	s.into("g1", "u62")
	s.importRoster(130)
	s.sync()
	s.run(s.plan(accounts("u17")))
	s.clock.ahead += 31 * 24 * time.Hour
	s.importRoster(130)
	s.server.Set(func(now *scimtest.Quirks) { *now = q })
	list := s.sync()
	if n := must(s.app.Tenant(t.Context(), "Acme"))(t).Accounts; list.Sealed && n != 130 && !q.HideInactive {
		t.Errorf("sealed with %d accounts of 130", n)
	}
	deletion, removal := accounts("u17"), removal("g1", "u06")
	deletion.Action = "delete"
	closed, _ := s.tried(t, accounts("u05"), func() bool { return !s.active("u05") })
	removed, undo := s.tried(t, removal, func() bool { return !slices.Contains(s.members("g1"), "u06") })
	deleted, _ := s.tried(t, deletion, func() bool { _, there := s.server.User("u17"); return !there })
	return []string{listWords(list), closed, removed, undo, deleted}
}

func listWords(s app.Sync) string {
	codes := map[string]bool{}
	var words []string
	for _, p := range s.Problems {
		if !codes[p.Code] {
			words = append(words, p.Code)
		}
		codes[p.Code] = true
	}
	switch {
	case s.GroupsSealed:
		return "sealed"
	case s.Sealed:
		return "accounts sealed, groups not: " + strings.Join(words, ", ")
	}
	return "not sealed: " + strings.Join(words, ", ")
}

// tried plans and runs, and undoes what was confirmed.
func (s *shop) tried(t *testing.T, r app.PlanRequest, is func() bool) (did, undid string) {
	t.Helper()
	var own *app.Error
	p, err := s.app.Plan(t.Context(), r)
	if errors.As(err, &own) && own.Kind != app.KindFailed {
		return "not planned", "–"
	}
	res, runErr := s.app.Run(t.Context(), must(p, err)(t).Hash)
	did = actionWords(res.Actions[0], is(), runErr)
	if r.Action != "remove-membership" || res.Confirmed == 0 {
		return did, "–"
	}
	u, err := s.app.Undo(t.Context(), p.Hash, "HD-9", false)
	if errors.As(err, &own) {
		return did, "not planned"
	}
	res, runErr = s.app.Run(t.Context(), must(u, err)(t).Hash)
	return did, actionWords(res.Actions[0], !is(), runErr)
}

func actionWords(a app.ActionResult, so bool, err error) string {
	words := a.Outcome
	switch {
	case a.Outcome == "confirmed" || a.Outcome == "confirmed-gone":
		if !so {
			words = "WRONG: " + words
		}
	case a.Outcome == "failed" && so && err == nil:
		words = "WRONG: " + words
	}
	if a.Calls > 1 {
		words += fmt.Sprintf(", %d calls", a.Calls)
	}
	if err != nil {
		words += "; the run was stopped"
	}
	return words
}
