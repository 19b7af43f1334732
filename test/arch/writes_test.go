package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// A receipt proves that the record holds an intent, so nothing but the record
// may be able to give one.
func TestOnlyTheRecordAuthorizes(t *testing.T) {
	var found []string
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		s.funcs(func(f *ast.FuncDecl) {
			if f.Name.Name == "Authorize" {
				found = append(found, s.pkg+"."+receiver(f))
			}
		})
		if s.pkg != "scim" {
			for _, e := range embedded(s) {
				if sel, ok := e.(*ast.SelectorExpr); ok && sel.Sel.Name == "Receipt" {
					t.Errorf("%s: a type that embeds a receipt is one", s.at(e))
				}
			}
		}
	}
	if !slices.Equal(found, []string{"audit.Receipt"}) {
		t.Errorf("Authorize is implemented by %q; only audit.Receipt may", found)
	}
}

// embedded returns the types of the fields without a name.
func embedded(s source) []ast.Expr {
	var out []ast.Expr
	ast.Inspect(s.file, func(n ast.Node) bool {
		if st, ok := n.(*ast.StructType); ok {
			for _, f := range st.Fields.List {
				if len(f.Names) > 0 {
					continue
				}
				if star, ok := f.Type.(*ast.StarExpr); ok {
					out = append(out, star.X)
				} else {
					out = append(out, f.Type)
				}
			}
		}
		return true
	})
	return out
}

// In the client every request is a call with a method, and only Send may make
// one that is no GET.
func TestOnlySendChangesATenant(t *testing.T) {
	requests, calls := 0, 0
	for _, s := range sources(t) {
		if s.pkg != "scim" || s.test {
			continue
		}
		for _, d := range s.file.Decls {
			f, _ := d.(*ast.FuncDecl)
			inSend := f != nil && f.Name.Name == "Send" && receiver(f) == "Client"
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if makesRequest(n) {
						requests++
					}
				case *ast.CompositeLit:
					if isIdent(n.Type, "call") {
						calls++
						checkMethod(t, s, n, inSend)
					}
				case *ast.AssignStmt:
					for _, left := range n.Lhs {
						if sel, ok := left.(*ast.SelectorExpr); ok && (sel.Sel.Name == "method" || sel.Sel.Name == "Method") {
							t.Errorf("%s: the method of a request is changed", s.at(n))
						}
					}
				}
				return true
			})
		}
	}
	if requests != 1 || calls < 3 {
		t.Errorf("%d places make HTTP requests, want 1; %d make calls, want some: does this test still fit the client?", requests, calls)
	}
}

// makesRequest knows the ways in which net/http makes or sends a request that
// was not made by somebody else.
func makesRequest(c *ast.CallExpr) bool {
	sel, ok := c.Fun.(*ast.SelectorExpr)
	return ok && isIdent(sel.X, "http") &&
		slices.Contains([]string{"NewRequest", "NewRequestWithContext", "Get", "Head", "Post", "PostForm"}, sel.Sel.Name)
}

func checkMethod(t *testing.T, s source, lit *ast.CompositeLit, inSend bool) {
	t.Helper()
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			t.Errorf("%s: name the fields of a call", s.at(e))
			continue
		}
		if isIdent(kv.Key, "method") && !inSend && !isGet(kv.Value) {
			t.Errorf("%s: a call that is no GET, outside Client.Send", s.at(kv))
		}
	}
}

func isGet(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Value == `"GET"`
	case *ast.SelectorExpr:
		return isIdent(e.X, "http") && e.Sel.Name == "MethodGet"
	}
	return false
}

// Send asks the receipt before anything goes out.
func TestSendAsksTheReceiptFirst(t *testing.T) {
	var authorize, exchange []token.Pos
	for _, s := range sources(t) {
		if s.pkg != "scim" || s.test {
			continue
		}
		s.funcs(func(f *ast.FuncDecl) {
			if f.Name.Name != "Send" || receiver(f) != "Client" {
				return
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					switch sel.Sel.Name {
					case "Authorize":
						authorize = append(authorize, n.Pos())
					case "exchange", "follow", "request", "Do", "RoundTrip":
						exchange = append(exchange, n.Pos())
					}
				}
				return true
			})
		})
	}
	if len(authorize) != 1 || len(exchange) != 1 || authorize[0] > exchange[0] {
		t.Errorf("Client.Send asks the receipt %d times and exchanges %d times, or in the wrong order", len(authorize), len(exchange))
	}
}

// Nobody else talks to a tenant.
func TestOnlyTheClientMakesRequests(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.pkg == "scim" || strings.HasPrefix(s.pkg, "test/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && makesRequest(c) {
				t.Errorf("%s: an HTTP request outside package scim", s.at(n))
			}
			return true
		})
	}
}
