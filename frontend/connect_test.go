package frontend

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// freshPages is an empty workspace with its pages, and all that they ever answered.
type freshPages struct {
	t    *testing.T
	app  *app.App
	h    http.Handler
	dir  string
	said strings.Builder // answers and log
}

func newFresh(t *testing.T) *freshPages {
	t.Helper()
	f := &freshPages{t: t, dir: t.TempDir()}
	a, err := app.Open(t.Context(), app.Config{Dir: f.dir, Secrets: secrets.Memory()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	f.app = a
	f.h = newSite(a, Options{Log: slog.New(slog.NewTextHandler(&f.said, nil))}, someAssets()).handler()
	return f
}

func (f *freshPages) post(path, target string, form url.Values) *httptest.ResponseRecorder {
	f.t.Helper()
	w := post(f.h, path, form, partial(target)...)
	f.said.WriteString(w.Body.String())
	return w
}

// take sends a file as a browser does and returns its id.
func (f *freshPages) take(query, content string) string {
	f.t.Helper()
	r := httptest.NewRequest(http.MethodPost, filePath+"?"+query, strings.NewReader(base64.RawURLEncoding.EncodeToString([]byte(content))))
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", "div#file-problem")
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, r)
	u, err := url.Parse(w.Header().Get("HX-Redirect"))
	if err != nil || u.Query().Get("file") == "" {
		f.t.Fatalf("%d, %s, %s", w.Code, w.Header().Get("HX-Redirect"), w.Body)
	}
	doc := page200(f.t, f.h, u.String())
	demandSound(f.t, doc)
	return u.Query().Get("file")
}

func scimForm(url_, token string) url.Values {
	return url.Values{"name": {"Acme"}, "url": {url_}, "auth": {"bearer"}, "token": {token}}
}

// What is wrong is said in the service's words, and the token is nowhere: in no
// answer, no log and no file of the workspace.
func TestConnectOverSCIM(t *testing.T) {
	const token = "s3cret-Tr0ub4dor"
	srv := scimtest.New(scimtest.Options{Token: token, Count: 12})
	t.Cleanup(srv.Close)
	expired, ca := expiredServer(t)
	f := newFresh(t)
	demandSound(t, page200(t, f.h, "/connect/scim"))
	for name, c := range map[string]struct {
		form  url.Values
		at    string // the fields that are wrong
		empty bool   // the token was sent, so that its field is emptied
		want  []string
	}{
		"token":       {scimForm(srv.URL, token+"x"), "token", true, []string{"HTTP 401", "Check that the token is complete"}},
		"address":     {scimForm(srv.URL+"/nowhere", token), "url", true, []string{"HTTP 404", "base URL"}},
		"nobody":      {scimForm("http://127.0.0.1:1/scim", token), "url", false, []string{"nothing answers at 127.0.0.1:1"}},
		"certificate": {url.Values{"name": {"A"}, "url": {expired}, "token": {token}, "ca": {ca}}, "url", false, []string{"certificate has expired"}},
		"plain http":  {scimForm("http://tenant.example/scim", token), "url", false, []string{"http"}},
		"no reason":   {url.Values{"name": {"A"}, "url": {srv.URL}, "token": {token}, "allow": {"1"}}, "reason", false, []string{"a reason for allowing changes"}},
		"no user":     {url.Values{"name": {"A"}, "url": {srv.URL}, "token": {token}, "auth": {"basic"}}, "user", false, []string{"user"}},
		"nothing":     {url.Values{}, "name url token", false, []string{"Still missing: a name, the base URL, the token or password."}},
	} {
		for _, path := range []string{"/connect/scim/test", "/connect/scim"} {
			if name == "nothing" && path != "/connect/scim" {
				continue
			}
			w := f.post(path, "div#scim-problem", c.form)
			if emptied := w.Header().Get("HX-Trigger") == "rollcall-forget"; w.Code < 400 || emptied != c.empty {
				t.Errorf("%s %s: %d, %v", path, name, w.Code, w.Header())
			}
			if at := attr(all(parse(t, w.Body.String()), "p")[0], "data-wrong"); at != c.at {
				t.Errorf("%s %s is said at %q, want %q", path, name, at, c.at)
			}
			if to := w.Header().Get("HX-Retarget"); len(strings.Fields(c.at)) == 1 && to != "#"+c.at+"-problem" {
				t.Errorf("%s %s is shown in %q", path, name, to)
			}
			for _, want := range c.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s %s: %q is not in %s", path, name, want, w.Body)
				}
			}
		}
	}
	srv.Set(func(q *scimtest.Quirks) { q.RejectPage = true })
	if w := f.post("/connect/scim/test", "div#scim-problem", scimForm(srv.URL, token)); w.Code != http.StatusBadGateway || !strings.Contains(w.Body.String(), "web page") {
		t.Errorf("a proxy's page: %s", w.Body)
	}
	srv.Set(func(q *scimtest.Quirks) { *q = scimtest.Quirks{} })
	if w := f.post("/connect/scim/test", "div#scim-problem", scimForm(srv.URL, token)); w.Code != 200 || !strings.Contains(w.Body.String(), "has 12 users") {
		t.Errorf("a good one: %d %s", w.Code, w.Body)
	}
	if list, _ := f.app.Tenants(t.Context()); len(list) != 0 {
		t.Fatal("a test, or an address or token that is refused, added a tenant")
	}
	w := f.post("/connect/scim", "div#scim-problem", scimForm(srv.URL, token))
	to := w.Header().Get("HX-Redirect")
	if w.Code != 200 || !strings.HasSuffix(to, "/progress") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	doc := f.await(to)
	demandSound(t, doc)
	demandWords(t, "the end", byID(doc, "progress"), "12 accounts", "complete", "Next: the list of people")
	id := strings.Split(to, "/")[2]
	if w := f.post("/tenants/"+id+"/credential", "div#credential-problem", url.Values{"token": {token + "y"}}); w.Code < 400 || !strings.Contains(w.Body.String(), "the old one stays") {
		t.Errorf("a wrong new token: %d %s", w.Code, w.Body)
	}
	srv.Set(func(q *scimtest.Quirks) { q.Reject = true })
	post(f.h, "/sync", url.Values{"tenant": {id}})
	f.settled(id)
	way := hrefOf(byID(page200(t, f.h, "/"), "page"), "Give a new token")
	if way != tenantURL(id, "settings")+"#token" || byID(page200(t, f.h, strings.TrimSuffix(way, "#token")), "token") == nil {
		t.Errorf("a refused token leads to %q", way)
	}
	srv.Set(func(q *scimtest.Quirks) { *q = scimtest.Quirks{} })
	if w := f.post("/tenants/"+id+"/credential", "div#credential-problem", url.Values{"token": {token}}); w.Code != 200 || !strings.Contains(w.Header().Get("HX-Trigger"), "The new token works") {
		t.Errorf("a new token: %d %v %s", w.Code, w.Header(), w.Body)
	}
	f.settled(id)
	if got := text(byID(page200(t, f.h, "/"), "page")); strings.Contains(got, "401") {
		t.Errorf("with the new token: %s", got)
	}
	f.said.WriteString(get(f.h, "/tenants/"+id+"/settings").Body.String())
	f.nowhere(token)
	if w := f.post("/tenants/"+id+"/remove", "div#remove-problem", nil); w.Code != 200 || w.Header().Get("HX-Redirect") != "/tenants" {
		t.Errorf("remove: %d %s", w.Code, w.Body)
	}
}

// settled waits until a tenant is not being synced.
func (f *freshPages) settled(id string) {
	f.t.Helper()
	for f.t.Context().Err() == nil {
		frame, err := f.app.Frame(f.t.Context())
		if err != nil {
			f.t.Fatal(err)
		}
		if len(frame.Busy) == 0 {
			return
		}
	}
	f.t.Fatalf("%s is synced for ever", id)
}

// hrefOf is where the first link with these words leads.
func hrefOf(n *html.Node, words string) string {
	for _, a := range all(n, "a") {
		if strings.HasPrefix(text(a), words) {
			return attr(a, "href")
		}
	}
	return ""
}

// nowhere demands that a secret is in no answer, log or file.
func (f *freshPages) nowhere(secret string) {
	f.t.Helper()
	if strings.Contains(f.said.String(), secret) {
		f.t.Error("the token is in an answer or in the log")
	}
	err := filepath.WalkDir(f.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), secret) {
			f.t.Errorf("the token is in %s", path)
		}
		return err
	})
	if err != nil {
		f.t.Error(err)
	}
}

// await follows a tenant's first list to its end.
func (f *freshPages) await(path string) *html.Node {
	f.t.Helper()
	for f.t.Context().Err() == nil {
		doc := page200(f.t, f.h, path)
		if !hasAttr(byID(doc, "progress"), "hx-trigger") && !strings.Contains(text(byID(doc, "progress")), "No list yet") {
			return doc
		}
	}
	f.t.Fatal("the list did not end")
	return nil
}

const hrFile = "Personalnr;Name;Work e-mail;Gehalt;Status\n"

func hrLines(n int, more string) string {
	var b strings.Builder
	b.WriteString(hrFile)
	for i := range n {
		fmt.Fprintf(&b, "%d;Person %d;person%d@corp.example;90000;active\n", i+1, i+1, i+1)
	}
	return b.String() + more
}

// From an empty workspace to orphans with two files.
func TestConnectByFiles(t *testing.T) {
	f := newFresh(t)
	demandSound(t, page200(t, f.h, "/connect/roster"))
	id := f.take("for=roster&name=people.csv", hrLines(30, "31;Bad;bad@corp.example;1;gone fishing\n30;Twice;t@corp.example;1;active\n"))
	form := url.Values{"file": {id}}
	w := f.post("/connect/look", "div#preview", form)
	demandWords(t, "the preview", parse(t, w.Body.String()), "cannot be imported yet", "The roster file has 2 errors; nothing was imported.",
		`line 32, column Status: the status "gone fishing" is not known; choose active, on leave, pre-hire or left for it under What a status means`, `line 33, column Personalnr: "30" is on line 31 already`,
		"Left out and not stored", "Gehalt", "Say below what each text means")
	if b := byID(parse(t, w.Body.String()), "import-button"); b == nil || !hasAttr(b, "disabled") || !hasAttr(b, "hx-swap-oob") || !strings.Contains(text(b), "Import 32 people") {
		t.Errorf("a file that cannot be imported has the button %v", b)
	}
	if strings.Contains(w.Body.String(), "90000") {
		t.Error("a column that is left out is shown")
	}
	if w := f.post("/connect/roster", "div#import-problem", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "line 32") {
		t.Errorf("import of what cannot be: %d %s", w.Code, w.Body)
	}
	id = f.take("for=roster&name=odd.csv", strings.Replace(hrLines(30, ""), "Personalnr", "Kennung", 1))
	w = f.post("/connect/look", "div#preview", url.Values{"file": {id}})
	demandWords(t, "the preview", parse(t, w.Body.String()), "No column is recognised as the employee number.")
	if got := text(parse(t, w.Body.String())); strings.HasPrefix(got, "0 rows") || strings.Contains(got, " 0 ") {
		t.Errorf("a file that was not read is said to be empty: %s", got)
	}
	id = f.take("for=roster&name=C%3A%5Cpeople.csv", "\xff\xfe"+asUTF16(hrLines(30, "31;J\u00fcrgen;j@corp.example;1;gone fishing\n")))
	page200(t, f.h, "/connect/roster?file="+id)
	form = url.Values{"file": {id}, wordID("gone fishing"): {"on leave"}, "map.name": {"-"}, "zone": {"Europe/Berlin"}}
	if w := f.post("/connect/look", "div#preview", form); !strings.Contains(w.Body.String(), "can be imported") || hasAttr(byID(parse(t, w.Body.String()), "import-button"), "disabled") || !strings.Contains(w.Body.String(), "utf-16le") {
		t.Errorf("answered: %s", w.Body)
	}
	if w := f.post("/connect/roster", "div#import-problem", form); w.Header().Get("HX-Redirect") != "/connect?imported=1" {
		t.Fatalf("import: %d %s", w.Code, w.Body)
	}
	r, err := f.app.Roster(t.Context())
	if err != nil || r.People != 31 || r.File != "people.csv" || r.TimeZone != "Europe/Berlin" || r.StatusMap["gone fishing"] != "on leave" || len(r.Columns["name"]) != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	f.members()
	f.shrink()
}

func (f *freshPages) members() {
	t := f.t
	t.Helper()
	id := f.take("for=members&name=m.csv", "User name,Email,Status\nu1,person1@corp.example,active\nu2,person2@corp.example,active\nu3,person3@corp.example,active\nu9,nobody@corp.example,active\n")
	form := url.Values{"file": {id}, "for": {"members"}, "name": {"Travel"}, "at": {"2026-01-31 18:00"}}
	if w := f.post("/connect/members", "div#import-problem", form); w.Code != 400 || !strings.Contains(w.Body.String(), "Who exported the file has to be said") {
		t.Errorf("without a name: %d %s", w.Code, w.Body)
	}
	form.Set("by", "Nia")
	form.Set("at", "soon")
	if w := f.post("/connect/members", "div#import-problem", form); w.Code != 400 || !strings.Contains(w.Body.String(), "2026-01-31 18:00") {
		t.Errorf("at no time: %d %s", w.Code, w.Body)
	}
	form.Set("at", "2026-01-31 18:00")
	w := f.post("/connect/members", "div#import-problem", form)
	if !strings.HasSuffix(w.Header().Get("HX-Redirect"), "/progress") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	doc := page200(t, f.h, w.Header().Get("HX-Redirect"))
	demandWords(t, "the end", byID(doc, "progress"), "4 accounts imported", "1 orphaned", "See the findings")
	if doc := page200(t, f.h, "/"); strings.Contains(text(byID(doc, "page")), "First tenant connected") {
		t.Error("the checklist is still there")
	}
	tenant := strings.Split(w.Header().Get("HX-Redirect"), "/")[2]
	again := f.take("for=members&tenant="+tenant+"&name=m.csv", "User name,Email,Status\nu1,person1@corp.example,active\n")
	form = url.Values{"file": {again}, "for": {"members"}, "tenant": {tenant}, "by": {"Nia"}, "at": {"2026-02-01 18:00"}}
	if w := f.post("/connect/members", "div#import-problem", form); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "accept") {
		t.Errorf("a list that shrank: %d %s", w.Code, w.Body)
	}
	form.Set("accept", "1")
	if w := f.post("/connect/members", "div#import-problem", form); w.Header().Get("HX-Redirect") == "" {
		t.Errorf("vouched for: %d %s", w.Code, w.Body)
	}
}

func (f *freshPages) shrink() {
	t := f.t
	t.Helper()
	id := f.take("for=roster&name=people.csv", hrLines(20, ""))
	form := url.Values{"file": {id}}
	w := f.post("/connect/roster", "div#import-problem", form)
	for _, want := range []string{"shrank from 31 to 20 people", "vouch for 20", "type the number of people"} {
		if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, not %q: %s", w.Code, want, w.Body)
		}
	}
	w = f.post("/connect/look", "div#preview", form)
	preview := parse(t, w.Body.String())
	demandWords(t, "the preview", preview, "waits for your word", "shrank from 31 to 20 people", "type the number of people")
	if got := text(preview); strings.Contains(got, "can be imported") || byID(preview, "vouch") == nil {
		t.Errorf("the preview says %s", got)
	}
	form.Set("accept", "19")
	if w := f.post("/connect/look", "div#preview", form); attr(byID(parse(t, w.Body.String()), "vouch"), "value") != "19" {
		t.Errorf("what was typed is gone: %s", w.Body)
	}
	if w := f.post("/connect/roster", "div#import-problem", form); !strings.Contains(w.Body.String(), "19 were accepted, which is another number") {
		t.Errorf("another number: %s", w.Body)
	}
	form.Set("accept", "20")
	if w := f.post("/connect/roster", "div#import-problem", form); w.Header().Get("HX-Redirect") != "/?imported=1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := f.post("/connect/roster", "div#import-problem", form); w.Code != http.StatusNotFound {
		t.Errorf("a file that was imported is still held: %d", w.Code)
	}
}

// asUTF16 is text in UTF-16, the low byte first.
func asUTF16(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

// Only the route for files takes more than a form, and not without end.
func TestFileBounds(t *testing.T) {
	f := newFresh(t)
	big := strings.Repeat("QUJD", maxForm)
	send := func(path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		f.h.ServeHTTP(w, r)
		return w
	}
	if w := send(filePath+"?for=roster&name=a.csv", big); w.Code != http.StatusSeeOther {
		t.Errorf("a file: %d %s", w.Code, w.Body)
	}
	if w := send("/connect/roster", "file="+big); w.Code != http.StatusBadRequest {
		t.Errorf("a form as large: %d", w.Code)
	}
	if w := send(filePath+"?for=roster&large=1", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "64 MB") || !strings.Contains(w.Body.String(), "rollcall roster import") {
		t.Errorf("too large: %d %s", w.Code, w.Body)
	}
	if w := send(filePath+"?for=roster&name=a", "!!"); w.Code != 400 {
		t.Errorf("no base64: %d", w.Code)
	}
	ids := map[string]bool{}
	for range mostPicks + 2 {
		ids[f.take("for=roster&name=x", "a,b\n")] = true
	}
	kept := 0
	for id := range ids {
		if w := get(f.h, "/connect/roster?file="+id); w.Code == 200 {
			kept++
		}
	}
	if kept != mostPicks {
		t.Errorf("%d files are held", kept)
	}
	for name, want := range map[string]string{`C:\x\y.csv`: "y.csv", "a/b.csv": "b.csv", "": "file.csv", "..": "file.csv",
		"gnp.\u202evsc.exe": "gnp._vsc.exe", "a\u200bb\x1b[2J\x00\n.csv": "a_b_[2J__.csv", "J\u00fcrgen \u8868.csv": "J\u00fcrgen \u8868.csv", "\u2066\u2069": "file.csv"} {
		if got := baseName(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// Files arrive two at a time, and what is kept of them is bounded in bytes.
func TestFilesThatArriveTogether(t *testing.T) {
	f := newFresh(t)
	done := make(chan int)
	var writers []*io.PipeWriter
	for range mostTaking {
		in, out := io.Pipe()
		writers = append(writers, out)
		r := httptest.NewRequest(http.MethodPost, filePath+"?for=roster&name=p.csv", in)
		go func() {
			w := httptest.NewRecorder()
			f.h.ServeHTTP(w, r)
			done <- w.Code
		}()
		if _, err := io.WriteString(out, "YSxi"); err != nil { // it is being read
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(http.MethodPost, filePath+"?for=roster&name=p.csv", strings.NewReader("YSxi"))
	w := httptest.NewRecorder()
	f.h.ServeHTTP(w, r)
	if w.Code != http.StatusLocked || !strings.Contains(w.Body.String(), "being handed over") {
		t.Errorf("one more: %d %.300s", w.Code, w.Body)
	}
	for _, out := range writers {
		out.Close()
		if code := <-done; code >= 400 {
			t.Errorf("one of those before it: %d", code)
		}
	}
	f.take("for=roster&name=p.csv", "a,b\n")

	var p picks
	for range 3 {
		p.add(chosen{data: make([]byte, maxFile)})
	}
	if n := p.held(); n != mostHeld || len(p.list) != 2 {
		t.Errorf("%d files with %d bytes are held", len(p.list), n)
	}
}

// In the window the system's dialog names the file; nothing is sent.
func TestDialogChoosesTheFile(t *testing.T) {
	f := newFresh(t)
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(hrLines(3, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	answer := ""
	s := newSite(f.app, Options{OpenFile: func(context.Context, FileDialog) (string, error) { return answer, nil }}, someAssets())
	f.h = s.handler()
	doc := page200(t, f.h, "/connect/roster")
	for _, in := range all(doc, "input") {
		if attr(in, "type") == "file" {
			t.Error("the window has a field for files, and a body with one ends it")
		}
	}
	if w := f.post("/connect/open?for=roster", "div#file-problem", nil); w.Code != http.StatusNoContent {
		t.Errorf("thought better of it: %d", w.Code)
	}
	answer = path
	w := f.post("/connect/open?for=roster", "div#file-problem", nil)
	doc = page200(t, f.h, w.Header().Get("HX-Redirect"))
	demandSound(t, doc)
	demandWords(t, "the preview", byID(doc, "preview"), "3 rows", "can be imported", "person1@corp.example")
}

// expiredServer is a server whose certificate ended, by an authority that the
// form names as its own.
func expiredServer(t *testing.T) (address, ca string) {
	t.Helper()
	root, key := issue(t, "Test Authority", nil, nil, time.Hour)
	leaf, leafKey := issue(t, "127.0.0.1", root, key, -time.Hour)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL + "/scim/v2", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
}

// TestMeaningStaysWithItsText: whatever is chosen for one text of the status
// column, the fields keep their order and their names in the page, so that a
// page that is renewed in place cannot move a meaning to another text.
func TestMeaningStaysWithItsText(t *testing.T) {
	p := app.FilePreview{Words: []app.PreviewWord{{Text: "Kur"}, {Text: "active", State: "active"}}, States: []string{"active", "on leave"}}
	before := newPreviewView(chosen{}, p, readingOf{}, filePurpose{})
	p.Words = []app.PreviewWord{{Text: "active", State: "active"}, {Text: "Kur", State: "on leave"}}
	after := newPreviewView(chosen{}, p, readingOf{Words: map[string]string{"Kur": "on leave"}}, filePurpose{})
	for i, w := range before.Words {
		if a := after.Words[i]; a.ID != w.ID || a.Shown != w.Shown {
			t.Errorf("%+v became %+v", w, a)
		}
	}
}
