package frontend

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/cli"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// The table of docs/errors.md is what is really shown: each situation is
// brought about, and terminal and page have to tell it in the same words.

var update = flag.Bool("update", false, "write docs/errors.md anew")

const (
	errorsPage     = "../docs/errors.md"
	deskPassphrase = "correct-horse"
	deskRoster     = "number,name,email,status\n1,Ann Alder,ann@corp.example,active\n"
)

// seen is what a person gets to see of one situation.
type seen struct {
	Text, Do string // as machines read it
	Exit     int
	Human    string // both streams of the terminal
	Page     string
}

// situation is one row. Its workspace has a tenant Acme that was synced and a
// roster, unless prepare changes that.
type situation struct {
	name    string
	prepare func(t *testing.T, d *desk)
	args    []string                              // of the terminal
	call    func(context.Context, *app.App) error // of the pages; nil: Sync
	inside  string                                // linux: "full" or "read-only", the disk that it runs on
	exit    int
}

// desk is a workspace with its tenant's server.
type desk struct {
	dir        string
	passphrase string
	server     *scimtest.Server
	url        string // of a tenant that is added when the situation begins
	ca         string // its CA file
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{dir: filepath.Join(t.TempDir(), "ws"), passphrase: deskPassphrase}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.secrets(t).Set(t.Context(), "quick", []byte("key derivation")); err != nil {
		t.Fatal(err)
	}
	d.server = scimtest.New(scimtest.Options{Users: []scimtest.User{{ID: "1", UserName: "ann@corp.example", Emails: []string{"ann@corp.example"}, Active: true}}})
	t.Cleanup(d.server.Close)
	d.url = d.server.URL
	d.write(t, "people.csv", deskRoster)
	return d
}

// fill adds tenant and roster and syncs.
func (d *desk) fill(t *testing.T) {
	t.Helper()
	d.mustRun(t, d.addTenant("Acme")...)
	d.mustRun(t, "roster", "import", d.file("people.csv"), "--tz", "UTC")
	d.mustRun(t, "sync")
}

func (d *desk) addTenant(name string) []string {
	args := []string{"tenant", "add", name, "--url", d.url, "--token-env", "TOKEN"}
	if d.ca != "" {
		args = append(args, "--ca", d.ca)
	}
	return args
}

func (d *desk) file(name string) string { return filepath.Join(filepath.Dir(d.dir), name) }

func (d *desk) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(d.file(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// secrets is the workspace's age file, with a key derivation that is quick.
func (d *desk) secrets(t *testing.T) secrets.Store {
	t.Helper()
	s, err := secrets.Open(t.Context(), secrets.Options{
		Dir: d.dir, WorkspaceID: "test", PreferFile: true, WorkFactor: 1,
		Passphrase: func() (string, error) { return deskPassphrase, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (d *desk) getenv(key string) string {
	return map[string]string{"ROLLCALL_WORKSPACE": d.dir, "ROLLCALL_PASSPHRASE": d.passphrase, "TOKEN": scimtest.Token}[key]
}

// run is the terminal.
func (d *desk) run(ctx context.Context, args ...string) (exit int, stdout, stderr string) {
	var out, errs bytes.Buffer
	exit = cli.Run(ctx, append(args, "--wait", "1ms"), cli.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: d.getenv, Version: "test"})
	return exit, out.String(), errs.String()
}

func (d *desk) mustRun(t *testing.T, args ...string) string {
	t.Helper()
	exit, out, errs := d.run(t.Context(), args...)
	if exit != 0 {
		t.Fatalf("%q: exit %d\n%s%s", args, exit, out, errs)
	}
	return out
}

// look brings the situation before a person, in the terminal and on a page.
func (d *desk) look(ctx context.Context, s situation) (seen, error) {
	var v seen
	var out, errs string
	args := strings.Split(strings.ReplaceAll(strings.Join(s.args, "\x00"), "$DIR", filepath.Dir(d.dir)), "\x00")
	_, machine, _ := d.run(ctx, append(args, "--json")...)
	if err := v.read(machine); err != nil {
		return v, fmt.Errorf("%w in %q", err, machine)
	}
	v.Exit, out, errs = d.run(ctx, args...)
	v.Human = out + errs
	page, err := d.page(ctx, s.call)
	v.Page = page
	return v, err
}

// read takes the words from what --json prints.
func (v *seen) read(machine string) error {
	var answer struct {
		Error    *app.Problem  `json:"error"`
		Problems []app.Problem `json:"problems"`
	}
	if err := json.Unmarshal([]byte(machine), &answer); err != nil {
		return err
	}
	switch {
	case answer.Error != nil:
		v.Text, v.Do = answer.Error.Text, answer.Error.Do
	case len(answer.Problems) > 0:
		v.Text, v.Do = answer.Problems[0].Text, answer.Problems[0].Do
	default:
		return fmt.Errorf("no words")
	}
	return nil
}

// page is the text of the page that tells it: of the error, or the overview.
func (d *desk) page(ctx context.Context, call func(context.Context, *app.App) error) (string, error) {
	a, err := app.Open(ctx, app.Config{Dir: d.dir, MustExist: true, LockWait: time.Millisecond, Passphrase: func() (string, error) { return d.getenv("ROLLCALL_PASSPHRASE"), nil }})
	if err != nil {
		return pageText(Failed(err))
	}
	defer a.Close()
	site := newSite(a, Options{}, someAssets())
	if call == nil {
		call = func(ctx context.Context, a *app.App) error {
			_, err := a.Sync(ctx, app.SyncRequest{})
			return err
		}
	}
	if err := call(ctx, a); err != nil {
		return pageText(Failed(err))
	}
	return pageText(site.handler())
}

var (
	aPID     = regexp.MustCompile(`Process \d+ `)
	aTime    = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^ .]*`)
	aPort    = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	internal = regexp.MustCompile(`(?i)sql|\.go\b|goroutine|0x[0-9a-f]|\b(opening|reading|committing|beginning|dial tcp|lookup|x509|tls:|errno)\b`)
)

// plainly puts names in place of what differs from machine to machine.
func (d *desk) plainly(s string) string {
	s = strings.ReplaceAll(s, d.dir, "WORKSPACE")
	s = strings.ReplaceAll(s, filepath.Dir(d.dir), "FOLDER")
	s = aPID.ReplaceAllString(s, "Process 4711 ")
	s = aTime.ReplaceAllString(s, "TIME")
	return aPort.ReplaceAllString(s, "HOST")
}

func TestErrorsWorthReading(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a hundred workspaces")
	}
	var table strings.Builder
	missing := false
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			missing = true
			d := newDesk(t)
			d.fill(t)
			if s.prepare != nil {
				s.prepare(t, d)
			}
			v := d.observe(t, s)
			demandWorthReading(t, s, v)
			fmt.Fprintf(&table, "| %s | %s | %s | %d |\n", s.name, tableCell(d.plainly(v.Text)), tableCell(d.plainly(v.Do)), v.Exit)
			missing = false
		})
		if missing {
			row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(s.name) + ` \|.*\n`).FindString(kept(t))
			table.WriteString(row) // it cannot be brought about here
			missing = row == ""
		}
	}
	text := errorsHead + table.String()
	if *update {
		if err := os.WriteFile(errorsPage, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if kept(t) != text {
		t.Errorf("%s is not what is shown; go test ./frontend -run Worth -update writes it anew. Shown is:\n%s", errorsPage, text)
	}
}

func kept(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(errorsPage)
	if err != nil && !*update {
		t.Fatal(err)
	}
	return string(b)
}

func (d *desk) observe(t *testing.T, s situation) seen {
	t.Helper()
	if s.inside != "" {
		return d.onDisk(t, s)
	}
	v, err := d.look(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func demandWorthReading(t *testing.T, s situation, v seen) {
	t.Helper()
	want := s.exit
	if want == 0 {
		want = 1
	}
	if v.Exit != want {
		t.Errorf("exit %d, want %d: %s", v.Exit, want, v.Text)
	}
	for what, sentence := range map[string]string{"what happened": v.Text, "what to do": v.Do} {
		if len(sentence) < 10 || !strings.HasSuffix(sentence, ".") || sentence[:1] != strings.ToUpper(sentence[:1]) {
			t.Errorf("%s is not a sentence: %q", what, sentence)
		}
		if m := internal.FindString(sentence); m != "" {
			t.Errorf("%s shows the inside (%q): %s", what, m, sentence)
		}
		if !strings.Contains(oneSpace(v.Human), oneSpace(sentence)) {
			t.Errorf("the terminal does not say %q:\n%s", sentence, v.Human)
		}
		if here := oneSpace(onPage(sentence)); !strings.Contains(v.Page, here) {
			t.Errorf("the page does not say %q:\n%s", here, v.Page)
		}
	}
	for _, secret := range []string{scimtest.Token, deskPassphrase} {
		if strings.Contains(v.Human+v.Page, secret) {
			t.Error("a secret is shown")
		}
	}
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func tableCell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", "<br>", "<", "&lt;", "$", `\$`).Replace(s)
}

const errorsHead = `# What Rollcall says when something is wrong

One sentence on what happened and one on what to do, the same in the terminal and on a page; a page names its own control where the terminal names a command or a flag. The last column is the exit code of the terminal. WORKSPACE is the workspace's folder, FOLDER the one it lies in, HOST an address, TIME a time.

This table is made by a test that brings each situation about, and held to what is shown.

| situation | what happened | what to do | exit |
|---|---|---|---|
`

func decode(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// pageText is what the first page says.
func pageText(h http.Handler) (string, error) {
	w := get(h, "/")
	doc, err := html.Parse(w.Body)
	return text(doc), err
}
