// Package arch holds the rules that the whole tree keeps: who imports whom, who
// may write to a tenant, and how large a thing may grow. It has tests only.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// skipped folders hold nothing that was written here.
var skipped = []string{".git", "build/bin", "build/cache", "frontend/dist", "node_modules"}

// source is one Go file of the project.
type source struct {
	path string // from the root, with slashes
	pkg  string // its folder; "." for the root
	test bool
	gen  bool // generated
	file *ast.File
	fset *token.FileSet
}

// files returns the paths of all files from the root, with slashes.
func files(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() && (slices.Contains(skipped, rel) || slices.Contains(skipped, d.Name())) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			out = append(out, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("%d files: this is not the project's root", len(out))
	}
	return out
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sources parses the Go files of the module. A module within it is not part
// of it.
func sources(t *testing.T) []source {
	t.Helper()
	all := files(t)
	var out []source
	for _, path := range all {
		if !strings.HasSuffix(path, ".go") || ownModule(all, path) {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, read(t, path), parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		out = append(out, source{path, dir, strings.HasSuffix(path, "_test.go"), ast.IsGenerated(f), f, fset})
	}
	return out
}

func ownModule(all []string, path string) bool {
	for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
		if slices.Contains(all, filepath.ToSlash(filepath.Join(dir, "go.mod"))) {
			return true
		}
	}
	return false
}

// at says where a node stands.
func (s source) at(n ast.Node) string { return s.fset.Position(n.Pos()).String() }

// imports returns the paths that the file imports.
func (s source) imports() []string {
	var out []string
	for _, i := range s.file.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// names tells which imported package each name of the file stands for.
func (s source) names() map[string]string {
	out := map[string]string{}
	for _, i := range s.file.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		out[name] = path
	}
	return out
}

// funcs calls f for every function and method with a body.
func (s source) funcs(f func(*ast.FuncDecl)) {
	for _, d := range s.file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			f(fn)
		}
	}
}

// receiver is the name of the type that a method belongs to, or "".
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	t := f.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
