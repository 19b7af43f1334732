package arch

import (
	"go/ast"
	"strings"
	"testing"
)

// What sqlc generates is the store's shape; pages and commands that saw it
// would have to change with every column.
func TestNoGeneratedTypeLeavesApp(t *testing.T) {
	exported := 0
	for _, s := range sources(t) {
		if s.pkg != "app" || s.test {
			continue
		}
		names := s.names()
		for _, e := range exportedTypes(s) {
			exported++
			ast.Inspect(e, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				id, ok := sel.X.(*ast.Ident)
				if path := names[idName(id, ok)]; strings.HasPrefix(path, "rollcall/db") {
					t.Errorf("%s: %s.%s stands in an exported declaration of app", s.at(n), path, sel.Sel.Name)
				}
				return true
			})
		}
	}
	if exported < 20 {
		t.Errorf("%d exported declarations: does this test still look at app?", exported)
	}
}

func idName(id *ast.Ident, ok bool) string {
	if !ok {
		return ""
	}
	return id.Name
}

// exportedTypes returns every type expression that a user of the package sees:
// signatures, exported fields, exported variables.
func exportedTypes(s source) []ast.Expr {
	var out []ast.Expr
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				out = append(out, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				out = append(out, exportedOf(spec)...)
			}
		}
	}
	return out
}

func exportedOf(spec ast.Spec) []ast.Expr {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return nil
		}
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			return []ast.Expr{spec.Type}
		}
		var out []ast.Expr
		for _, f := range st.Fields.List {
			if len(f.Names) == 0 || f.Names[0].IsExported() {
				out = append(out, f.Type)
			}
		}
		return out
	case *ast.ValueSpec:
		if spec.Names[0].IsExported() && spec.Type != nil {
			return []ast.Expr{spec.Type}
		}
	}
	return nil
}
