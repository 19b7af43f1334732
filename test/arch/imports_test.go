package arch

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// A rule says what a package may import of ours, and what it must not import
// of anybody's. An entry ending in /... covers everything below.
type rule struct {
	ours  []string
	tests []string // more, for its tests
	never []string
}

var (
	storage = []string{"database/sql", "modernc.org/..."}
	http    = []string{"net/http", "net/http/..."}
	network = []string{"net", "net/..."}
)

// rules is the import table. A package without a rule has no place in the tree.
var rules = map[string]rule{
	".": {ours: []string{"app", "app/...", "frontend", "db", "audit", "scim"}, never: storage},

	// That a page and the terminal use the same words is tested with the pages.
	"frontend": {
		ours:  []string{"app", "app/reconcile"},
		tests: []string{"app/secrets", "app/cli", "scim/scimtest"},
		never: storage,
	},
	"app/cli": {
		ours:  []string{"app", "app/reconcile"},
		tests: []string{"app/secrets", "scim/scimtest", "test/bounds"},
		never: slices.Concat(storage, http),
	},

	"app": {
		ours:  []string{"db", "db/storeq", "db/recordq", "audit", "scim", "app/demo", "app/reconcile", "app/roster", "app/secrets"},
		tests: []string{"scim/scimtest", "test/bounds"},
	},
	"app/demo":    {ours: []string{"scim", "scim/scimtest", "app/reconcile", "app/roster"}, never: storage},
	"app/roster":  {ours: []string{"app/reconcile"}, tests: []string{"test/bounds"}, never: slices.Concat(storage, network)},
	"app/secrets": {never: slices.Concat(storage, http)},
	"app/reconcile": {
		tests: []string{"test/bounds"},
		never: slices.Concat(storage, network, []string{"context", "os", "os/...", "io/fs", "syscall", "log", "log/..."}),
	},

	"db":         {ours: []string{"audit", "db/recordq", "db/storeq"}, tests: []string{"audit/audittest", "test/bounds"}, never: http},
	"db/recordq": {never: http},
	"db/storeq":  {never: http},

	"audit":           {tests: []string{"audit/audittest", "test/bounds"}, never: slices.Concat(storage, network)},
	"audit/audittest": {ours: []string{"audit"}, never: slices.Concat(storage, network)},

	"scim":          {tests: []string{"scim/scimtest", "test/peers", "test/bounds"}, never: storage},
	"scim/scimtest": {never: storage},

	"test/arch":   {},
	"test/bounds": {},
	"test/peers":  {},
}

// apart are the tests that run the program from outside. They may use what
// starts its surroundings, and nothing of what is inside.
var apart = []string{"test/peers", "scim/scimtest"}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		r, ok := rules[s.pkg]
		if !ok && strings.HasPrefix(s.pkg, "test/") {
			r, ok = rule{ours: apart}, true
		}
		if !ok {
			t.Errorf("%s: the import table has no rule for %s", s.path, s.pkg)
			continue
		}
		for _, path := range s.imports() {
			checkImport(t, s, r, path)
		}
	}
}

func checkImport(t *testing.T, s source, r rule, path string) {
	t.Helper()
	if own, ok := strings.CutPrefix(path, "rollcall/"); ok {
		allowed := r.ours
		if s.test {
			allowed = slices.Concat(r.ours, r.tests, []string{s.pkg})
		}
		if !covers(allowed, own) {
			t.Errorf("%s imports %s; %s may import of ours: %q", s.path, own, s.pkg, allowed)
		}
		return
	}
	if !s.test && covers(r.never, path) {
		t.Errorf("%s imports %s, which %s must not", s.path, path, s.pkg)
	}
}

func covers(list []string, path string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		prefix, below := strings.CutSuffix(entry, "...")
		return entry == path || below && strings.HasPrefix(path, prefix)
	})
}

// Only these packages know what draws the pages and the window.
var only = map[string][]string{
	"github.com/wailsapp/...":         {".", "test/window/empty"},
	"github.com/a-h/templ":            {"frontend"},
	"github.com/a-h/templ/...":        {"frontend"},
	"github.com/alecthomas/kong":      {"app/cli"},
	"modernc.org/sqlite":              {"db"},
	"github.com/zalando/...":          {"app/secrets"},
	"github.com/transparency-dev/...": {"audit"},
}

func TestOneHomePerDependency(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range s.imports() {
			for pattern, homes := range only {
				if covers([]string{pattern}, path) && !slices.Contains(homes, s.pkg) && !s.test {
					t.Errorf("%s imports %s, which belongs to %q", s.path, path, homes)
				}
			}
		}
	}
}

// What is due is decided by the clock that the caller gives, so that the same
// accounts and people always give the same findings.
func TestReconcileReadsNoClock(t *testing.T) {
	found := 0
	for _, s := range sources(t) {
		if s.pkg != "app/reconcile" || s.test {
			continue
		}
		found++
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && isIdent(sel.X, "time") &&
				slices.Contains([]string{"Now", "Since", "Until", "After", "Tick", "Local", "NewTimer", "Sleep"}, sel.Sel.Name) {
				t.Errorf("%s: time.%s", s.at(n), sel.Sel.Name)
			}
			return true
		})
	}
	if found == 0 {
		t.Fatal("app/reconcile has no files")
	}
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
