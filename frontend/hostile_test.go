package frontend

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"rollcall/app"
)

// hostile is what a tenant may put into any of its values.
const hostile = "\"'><img src=x onerror=alert(1)><script>alert(1)</script></title></textarea>" +
	"{{.}} \u202egpj.exe\u2066 ad\u200bmin \x1b[31m javascript:alert(1) <hx-partial hx-target=\"#page\">"

// fill puts hostile text into every string that v reaches.
func fill(v reflect.Value, flag bool) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(sampleNow.Add(-3 * time.Hour)))
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		b, err := json.Marshal(map[string]string{"userName": hostile, hostile: hostile})
		if err != nil {
			panic(err)
		}
		v.SetBytes(b)
	case v.Kind() == reflect.String:
		v.SetString(hostile)
	case v.Kind() == reflect.Bool:
		v.SetBool(flag)
	case v.CanInt():
		v.SetInt(3)
	default:
		fillInside(v, flag)
	}
}

func fillInside(v reflect.Value, flag bool) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), flag)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), flag)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, flag)
		fill(value, flag)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for _, f := range v.Fields() {
			fill(f, flag)
		}
	default:
		panic("a view has a field of a kind that this test does not fill: " + v.Type().String())
	}
}

func hostileOf[T any](flag bool) T {
	var x T
	fill(reflect.ValueOf(&x).Elem(), flag)
	return x
}

func TestHostileValuesStayText(t *testing.T) {
	for _, flag := range []bool{false, true} {
		t.Run(fmt.Sprint(flag), func(t *testing.T) {
			s := sampleSite()
			s.planner.demo = flag
			o := hostileOf[app.Overview](flag)
			page, detail := hostileOf[app.FindingsPage](flag), hostileOf[app.FindingDetail](flag)
			shell := newShell(o.Frame(), "Overview", "overview", sampleNow)
			first := []firstRow{{findingRow: newRow(page.Findings[0], filter{}, false, sampleNow)}}
			over := s.newOverview(o)
			over.First = first
			doc := draw(t, overviewPage(shell, over))
			demandSound(t, doc)
			demandHarmless(t, doc)

			f := filter{Kind: hostile, Tenant: hostile, Search: hostile}
			shell.Page = "findings"
			d := s.newDetail(detail)
			v := findingsView{Filter: f, Kinds: kindChips(page, f), Rows: newRows(page, f, "", "", sampleNow), Detail: &d}
			s.completeFindings(&v, o.Frame())
			doc = draw(t, findingsDocument(shell, v))
			demandSound(t, doc)
			demandHarmless(t, doc)
		})
	}
	demandHarmless(t, draw(t, errorPage(failureOf(&app.Error{Kind: app.KindFailed, Text: hostile, Do: hostile}))))
	demandHarmless(t, draw(t, notice(failureOf(fmt.Errorf("reading: %s", hostile)))))
}

// demandHarmless looks at what is shown: no text may hide or steer.
func demandHarmless(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" {
			demandVisible(t, n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "title" || strings.HasPrefix(a.Key, "aria-") || strings.HasPrefix(a.Key, "data-") {
				demandVisible(t, a.Val)
			}
		}
	}
	if n := len(all(doc, "img", "hx-partial", "textarea")); n != 0 {
		t.Errorf("%d elements came out of a value", n)
	}
}

func demandVisible(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
			t.Fatalf("%U is shown as it is in %q", r, s)
		}
	}
}

func TestRawKeepsItsLinesOnly(t *testing.T) {
	got := rawText(json.RawMessage("{\"a\":\"x\u202ey\",\"b\":[1]}"))
	if want := "{\n  \"a\": \"x⟨U+202E⟩y\",\n  \"b\": [\n    1\n  ]\n}"; got != want {
		t.Errorf("rawText = %q, want %q", got, want)
	}
	big := json.RawMessage(`["` + strings.Repeat("a", 1<<20) + `", 2, 3]`)
	if n := len(rawText(big)); n > maxRaw+64 {
		t.Errorf("a resource of 1 MiB fills %d bytes of the page", n)
	}
	if got := rawText(json.RawMessage("no\x00json")); got != "no␀json" {
		t.Errorf("what is not JSON: %q", got)
	}
}
