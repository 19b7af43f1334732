package arch

import (
	"bytes"
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Where packages come from is the business of the machine that fetches them; a
// lock file that names a host sends everybody there. The words are put together
// here so that this file does not name them either.
var hosts = []string{
	"registry." + "npmjs", "registry." + "yarnpkg",
	"proxy." + "golang", "sum." + "golang", "goproxy." + "io", "goproxy." + "cn",
	"deb." + "debian", "security." + "debian", "archive." + "ubuntu",
}

// unfinished words promise something to somebody who never comes.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func TestNoFileNamesARegistry(t *testing.T) {
	for _, path := range files(t) {
		text := read(t, path)
		for _, host := range hosts {
			if bytes.Contains(bytes.ToLower(text), []byte(host)) {
				t.Errorf("%s names %s", path, host)
			}
		}
		if filepath.Base(path) == "package-lock.json" && bytes.Contains(text, []byte(`"resolved"`)) {
			t.Errorf("%s records download addresses: npm install --omit-lockfile-registry-resolved", path)
		}
	}
}

func TestNothingIsLeftUnfinished(t *testing.T) {
	kinds := []string{".go", ".templ", ".sql", ".mjs", ".js", ".css", ".sh", ".md", ".mod", ".yaml"}
	for _, path := range files(t) {
		if !slices.Contains(kinds, filepath.Ext(path)) && filepath.Base(path) != "Makefile" {
			continue
		}
		for i, line := range strings.Split(string(read(t, path)), "\n") {
			if word := unfinished.FindString(line); word != "" {
				t.Errorf("%s:%d: %s", path, i+1, word)
			}
		}
	}
}

// A test that sleeps is slow on a good day and wrong on a bad one, and one that
// measures times fails on a busy machine; benchmarks measure. Inside a synctest
// bubble time is made up, and both are fine.
func TestTestsDoNotSleepOrMeasure(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test && !strings.HasPrefix(s.pkg, "test/") || slices.Contains(s.imports(), "testing/synctest") {
			continue
		}
		benches := strings.Contains(s.path, "bench_") // their helpers too
		ast.Inspect(s.file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Benchmark") {
				return false
			}
			sel, ok := n.(*ast.SelectorExpr)
			if ok && isIdent(sel.X, "time") && (sel.Sel.Name == "Sleep" || sel.Sel.Name == "Since" && !benches) {
				t.Errorf("%s: time.%s", s.at(n), sel.Sel.Name)
			}
			return true
		})
	}
}
