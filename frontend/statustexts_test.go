package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A file whose status column holds many long texts can still be read otherwise,
// and each of them be told.
func TestConnectWithLongStatusTexts(t *testing.T) {
	f := newFresh(t)
	var b strings.Builder
	b.WriteString("Personalnr;Name;Work e-mail;Status\n")
	long := func(i int) string { return strings.Repeat("ä", 400) + count(i) }
	for i := range 40 {
		b.WriteString(count(i) + ";Person;p" + count(i) + "@corp.example;" + long(i) + "\n")
	}
	id := f.take("for=roster&name=people.csv", b.String())
	form := url.Values{}
	asked := 0
	for _, n := range all(byID(page200(t, f.h, "/connect/roster?file="+id), "reading"), "input", "select") {
		switch name := attr(n, "name"); {
		case strings.HasPrefix(name, "state-"):
			form.Set(name, "active")
			asked++
		case strings.HasPrefix(name, "map."):
			form.Set(name, asFound)
		default:
			form.Set(name, attr(n, "value"))
		}
	}
	form.Set("zone", "UTC")
	if w := f.post("/connect/look", "div#preview", form); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "can be imported") {
		t.Errorf("with %d texts told: %d %s", asked, w.Code, text(parse(t, w.Body.String())))
	}
	form.Set("map.status", notRead)
	if w := f.post("/connect/look", "div#preview", form); w.Code != http.StatusOK {
		t.Errorf("without the column: %d %s", w.Code, text(parse(t, w.Body.String())))
	}
}
