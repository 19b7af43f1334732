package frontend

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// draw renders a component and parses what a browser would see.
func draw(t *testing.T, c templ.Component) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return parse(t, b.String())
}

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// all returns the elements with one of the names, "*" for every name.
func all(n *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (names[0] == "*" || slices.Contains(names, d.Data)) {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// byID returns the element with an id, nil where there is none.
func byID(n *html.Node, id string) *html.Node {
	for _, d := range all(n, "*") {
		if attr(d, "id") == id {
			return d
		}
	}
	return nil
}

// text is an element's text with single spaces.
func text(n *html.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// demandSound checks what holds for every page: it needs no inline script or
// style, loads from its own origin, and can be used without seeing it.
func demandSound(t *testing.T, doc *html.Node) {
	t.Helper()
	demandPolicy(t, doc)
	demandNames(t, doc)
	demandReferences(t, doc)
	for what, n := range map[string]int{"main": len(all(doc, "main")), "h1": len(all(doc, "h1")), "title": len(all(all(doc, "head")[0], "title"))} {
		if n != 1 {
			t.Errorf("the page has %d %s, want 1", n, what)
		}
	}
	if attr(all(doc, "html")[0], "lang") == "" {
		t.Error("the page does not tell its language")
	}
	for _, tag := range []string{"input", "select", "textarea"} {
		for _, n := range all(doc, tag) {
			if attr(n, "type") != "hidden" && attr(n, "class") != "mark" && attr(n, "id") == "" {
				t.Errorf("%s %q has no id: what is typed there may pass to another one when the page shows itself anew", tag, attr(n, "name"))
			}
		}
	}
	for _, dialog := range all(doc, "dialog") {
		for _, n := range all(dialog, "input") {
			if attr(n, "type") == "search" {
				t.Errorf("search field %q in a dialog: WebKit keeps Escape to it, and the dialog stays open", attr(n, "name"))
			}
		}
	}
	for _, n := range all(doc, "th") {
		if attr(n, "scope") == "" {
			t.Errorf("header cell %q has no scope", text(n))
		}
	}
	for _, n := range all(doc, "time") {
		if attr(n, "datetime") == "" || attr(n, "title") == "" {
			t.Errorf("time %q lacks the exact one", text(n))
		}
	}
}

func demandPolicy(t *testing.T, doc *html.Node) {
	t.Helper()
	for _, n := range all(doc, "*") {
		if n.Data == "style" || n.Data == "iframe" || n.Data == "object" || n.Data == "img" {
			t.Errorf("the page has a %s element", n.Data)
		}
		if n.Data == "script" && (!strings.HasPrefix(attr(n, "src"), "/assets/") || text(n) != "") {
			t.Error("the page has an inline script")
		}
		for _, a := range n.Attr {
			demandAttribute(t, n, a)
		}
	}
}

// addresses are the attributes that hold one.
var addresses = []string{"href", "src", "action", "hx-get", "hx-post"}

func demandAttribute(t *testing.T, n *html.Node, a html.Attribute) {
	t.Helper()
	if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
		t.Errorf("%s carries %s", n.Data, a.Key)
	}
	if slices.Contains(addresses, a.Key) && !strings.HasPrefix(a.Val, "#") && (!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//")) {
		t.Errorf("%s leads away: %s=%q", n.Data, a.Key, a.Val)
	}
}

// demandNames asks of everything that can be operated for a name.
func demandNames(t *testing.T, doc *html.Node) {
	t.Helper()
	for _, n := range all(doc, "a", "button", "summary") {
		if text(n) == "" && attr(n, "aria-label") == "" {
			t.Errorf("%s without a name: %v", n.Data, n.Attr)
		}
	}
	for _, n := range all(doc, "input", "select", "textarea") {
		if attr(n, "type") != "hidden" && !labelled(doc, n) {
			t.Errorf("%s without a label: %v", n.Data, n.Attr)
		}
	}
}

func labelled(doc, field *html.Node) bool {
	for _, l := range all(doc, "label") {
		if id := attr(field, "id"); id != "" && attr(l, "for") == id && text(l) != "" {
			return true
		}
	}
	for p := range field.Ancestors() {
		if p.Data == "label" && text(p) != "" {
			return true
		}
	}
	return attr(field, "aria-label") != ""
}

func demandReferences(t *testing.T, doc *html.Node) {
	t.Helper()
	seen := map[string]bool{}
	for _, n := range all(doc, "*") {
		if id := attr(n, "id"); id != "" {
			if seen[id] {
				t.Errorf("two elements have the id %q", id)
			}
			seen[id] = true
		}
	}
	for _, n := range all(doc, "*") {
		for _, key := range []string{"aria-labelledby", "form", "for"} {
			if id := attr(n, key); id != "" && !seen[id] {
				t.Errorf("%s of %s points to nothing: %q", key, n.Data, id)
			}
		}
	}
}
