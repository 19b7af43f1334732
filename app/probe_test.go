package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// A first look keeps and records nothing, and says what is wrong in words.
func TestProbe(t *testing.T) {
	w := newWorld(t)
	srv := scimtest.New(scimtest.Options{Count: 130})
	t.Cleanup(srv.Close)
	spec := TenantSpec{BaseURL: srv.URL, Token: scimtest.Token}
	before := w.entries()
	p, err := w.app.ProbeTenant(t.Context(), spec)
	if err != nil || p.Claimed == nil || *p.Claimed != 130 || !p.Described {
		t.Fatalf("%+v, %v", p, err)
	}
	if words := strings.Join(p.Words(), " "); !strings.Contains(words, "has 130 users; the first page shows 100.") || !strings.Contains(words, "PATCH") {
		t.Errorf("words: %s", words)
	}
	if w.entries() != before || w.count(`SELECT count(*) FROM tenant`) != 0 {
		t.Error("a look was recorded")
	}
	for _, r := range srv.Requests() {
		if r.Method != "GET" {
			t.Errorf("%s was sent", r.Method)
		}
	}
	for name, c := range map[string]struct {
		spec  func(*TenantSpec)
		quirk func(*scimtest.Quirks)
		want  string
	}{
		"token":   {spec: func(s *TenantSpec) { s.Token = "secret-but-wrong" }, want: "401"},
		"address": {spec: func(s *TenantSpec) { s.BaseURL = strings.TrimSuffix(s.BaseURL, "/v2") + "/v9" }, want: "404"},
		"proxy":   {quirk: func(q *scimtest.Quirks) { q.RejectPage = true }, want: "web page"},
		"http":    {spec: func(s *TenantSpec) { s.BaseURL = "http://tenant.example/scim" }, want: "http"},
		"auth":    {spec: func(s *TenantSpec) { s.Auth = "magic" }, want: "magic"},
		"CA":      {spec: func(s *TenantSpec) { s.CA = []byte("no certificate") }, want: "PEM"},
	} {
		one := spec
		if c.spec != nil {
			c.spec(&one)
		}
		srv.Set(func(q *scimtest.Quirks) {
			*q = scimtest.Quirks{}
			if c.quirk != nil {
				c.quirk(q)
			}
		})
		_, err := w.app.ProbeTenant(t.Context(), one)
		e := Explain(err)
		if e == nil || !strings.Contains(e.Text+e.Do, c.want) || strings.Contains(e.Text+e.Do+e.Detail, "secret-but-wrong") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A token that does not work replaces nothing; one that does is in use at once,
// and nothing of either is recorded.
func TestSetCredential(t *testing.T) {
	w, srv := ready(t)
	before := w.entries()
	err := w.app.SetCredential(t.Context(), "Acme", "wrong-secret")
	if err == nil || !strings.Contains(err.Error(), "the old one stays") || strings.Contains(err.Error(), "wrong-secret") || w.entries() != before {
		t.Fatalf("%v", err)
	}
	if s := w.sync(); !s.Sealed {
		t.Fatalf("the old token does not work any more: %+v", s)
	}
	if err := w.app.SetCredential(t.Context(), "Acme", scimtest.Token); err != nil {
		t.Fatal(err)
	}
	if bodies := w.bodies(); !strings.Contains(bodies, typeCredentialChanged) || strings.Contains(bodies, scimtest.Token) {
		t.Error("the change is not in the record, or the token is")
	}
	got, err := w.secrets.Get(t.Context(), tokenOf(w.tenant("Acme").ID))
	if err != nil || string(got) != scimtest.Token {
		t.Errorf("kept %q, %v", got, err)
	}
	srv.Close()
	if err := w.app.SetCredential(t.Context(), "Acme", "other"); err == nil {
		t.Error("a token that could not be tried was taken")
	}
}

// Without a keychain the pages' workspace opens all the same, and begins once
// the passphrase was given. A wrong one is forgotten.
func TestUnlock(t *testing.T) {
	dir := t.TempDir()
	var a *App
	open := func() {
		t.Helper()
		a = nil
		store, err := secrets.Open(t.Context(), secrets.Options{Dir: dir, WorkspaceID: "w", PreferFile: true, WorkFactor: 4, Passphrase: func() (string, error) {
			if a == nil {
				return "", nil
			}
			return a.passphrase()
		}})
		if err != nil {
			t.Fatal(err)
		}
		if a, err = Open(t.Context(), Config{Dir: dir, AskLater: true, Secrets: store, Passphrase: func() (string, error) { return "", nil }}); err != nil {
			t.Fatal(err)
		}
	}
	open()
	add := func() error {
		_, err := a.AddTenant(t.Context(), TenantSpec{Name: "Acme", BaseURL: "https://acme.example", Token: "tok"})
		return err
	}
	if err := add(); !AsksPassphrase(err) || !a.NeedsPassphrase() || !a.NewPassphrase() {
		t.Fatalf("locked: %v", err)
	}
	if _, err := a.Overview(t.Context()); err != nil {
		t.Fatalf("a workspace that is locked and empty: %v", err)
	}
	if e := Explain(a.Unlock(t.Context(), "corect horz")); e.Kind != KindUsage || !strings.Contains(e.Text, "12 characters") || !a.NewPassphrase() {
		t.Fatalf("a short one for a new file: %v", e)
	}
	if err := a.Unlock(t.Context(), "correct horse"); err != nil || a.NeedsPassphrase() || a.NewPassphrase() {
		t.Fatalf("unlock: %v", err)
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	a.Close()
	open()
	defer func() { a.Close() }()
	if err := a.Unlock(t.Context(), "wrong"); kindOf(err) != KindUsage || !a.NeedsPassphrase() || strings.Contains(err.Error(), "wrong\"") {
		t.Fatalf("a wrong passphrase: %v", err)
	}
	if err := a.Unlock(t.Context(), "correct horse"); err != nil {
		t.Fatal(err)
	}
	if err := a.Unlock(t.Context(), "wrong"); kindOf(err) != KindUsage {
		t.Errorf("a wrong passphrase once the secrets are open: %v", err)
	}
	if phrase, err := a.passphrase(); phrase != "correct horse" || err != nil {
		t.Errorf("the wrong passphrase took the place of the right one: %v", err)
	}
}

func TestPreviewKeepsWhatIsDropped(t *testing.T) {
	w := newWorld(t)
	text := "Employee No;Name;Work e-mail;Salary;Status\n1;Ada;ada@corp.example;90000;active\n2;Bo;bo@corp.example;80000;gone fishing\n2;Cy;cy@corp.example;70000;active\n"
	p, err := w.app.PreviewRoster(t.Context(), RosterImport{File: "people.csv", Content: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	if p.Separator != "semicolon" || p.Encoding != "utf-8" || p.Rows != 3 || len(p.Columns) != 5 || len(p.Dropped) != 1 || p.Dropped[0] != "Salary" {
		t.Errorf("%+v", p)
	}
	if len(p.Lines) != 2 || !strings.HasPrefix(p.Lines[0], "line 3, column") || p.Problem == nil || !strings.Contains(p.Problem.Text, "2 errors") {
		t.Errorf("lines %q, problem %v", p.Lines, p.Problem)
	}
	if len(p.Words) != 2 || p.Words[0].Text != "gone fishing" || p.Words[0].State != "" || p.Words[1].State != "active" || p.Words[1].Rows != 2 {
		t.Errorf("words %+v", p.Words)
	}
	for _, line := range p.Head {
		if strings.Contains(strings.Join(line, " "), "0000") {
			t.Errorf("a column that is dropped is shown: %q", line)
		}
	}
	if n := w.entries(); n != 1 {
		t.Errorf("%d entries", n)
	}
	// The same words as the import's.
	_, err = w.app.ImportRoster(t.Context(), RosterImport{File: "people.csv", Content: strings.NewReader(text)})
	if err == nil || Explain(err).Text != p.Problem.Text || Explain(err).Do != p.Problem.Do {
		t.Errorf("preview %v, import %v", p.Problem, err)
	}
}

// What is wrong with a file is a part of the preview, as much as can be known.
func TestPreviewOfWhatCannotBeImported(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		text    string
		request RosterImport
		want    string
		columns int
	}{
		"no number":      {text: "Who,Work e-mail\nAda,ada@corp.example\n", want: "No column is recognised as the employee number", columns: 2},
		"unknown column": {text: "Number,Name\n1,Ada\n", request: RosterImport{Map: map[string]string{"email": "Post"}}, want: `There is no column "Post"`, columns: 2},
		"empty":          {text: " ", want: "The file is empty"},
		"broken UTF-8":   {text: "Number,Name\n1,J\xc3\xbcrgen \xe9\n2,\xc3\xa9\xc3\xa9\xc3\xa9\n", want: "1 error", columns: 2},
		"dates":          {text: "Number,End\n1,03/04/2026\n", want: "day or the month first", columns: 2},
	} {
		c.request.File, c.request.Content = "people.csv", strings.NewReader(c.text)
		p, err := w.app.PreviewRoster(t.Context(), c.request)
		if err != nil || p.Problem == nil || !strings.Contains(p.Problem.Text, c.want) || len(p.Columns) != c.columns {
			t.Errorf("%s: %+v, %v, %v", name, p, p.Problem, err)
		}
	}
	utf16 := []byte("\xff\xfe")
	for _, b := range []byte("Number,Name\n1,Ada\n") {
		utf16 = append(utf16, b, 0)
	}
	p, err := w.app.PreviewMembers(t.Context(), "", FileImport{File: "m.csv", Content: bytes.NewReader(utf16), Map: map[string]string{"id": "Number"}})
	if err != nil || p.Problem != nil || p.Encoding != "utf-16le" || p.Key != "id" || p.Rows != 1 {
		t.Errorf("UTF-16: %+v, %v", p, err)
	}
	if _, err := w.app.PreviewMembers(t.Context(), "", FileImport{File: filepath.Join(t.TempDir(), "none.csv")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestProbeSaysWhatTheTenantSupports(t *testing.T) {
	claimed := int64(30)
	p := Probe{Users: 30, Claimed: &claimed, Described: true, Patch: "yes", Filter: "yes", Sort: "no"}
	want := []string{
		"It answers, and says that it has 30 users; the first page shows 30.",
		"By its own words it supports PATCH, filters; it does not support sorting; it does not speak of pages by cursor.",
	}
	if got := p.Words(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
