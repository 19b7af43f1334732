package frontend

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// hostileValues stand in every value of a tenant, a roster and a person's
// words at once.
var hostileValues = []string{
	`<script>alert(1)</script>"'><img src=x onerror=alert(1)>`, `=HYPERLINK("http://evil.example","x")`, `+1+cmd|' /C calc'!A0`, "-2+3", "@SUM(1)",
	"\x1b[31mred\x1b]0;title\x07\u009b2J", "a\u202egpj.exe\u2066b\u200bc\ufeff", "tab\tline\nbreak\r\nrollcall: done", "nul\x00nul\u0085\u2028", "' OR 1=1; {{.}} %s", "\U000e0041\u00ad",
}

// hostileResources are accounts that only lax readers of JSON allow, or that
// are large, by id.
var hostileResources = map[string]map[string]string{
	"9007199254740993":      {"displayName": `"id beyond 2^53"`},
	"lone surrogates":       {"displayName": `"\ud800 \udc00"`, "nickName": `"\ud83d"`},
	"duplicate names":       {"externalId": `"=1+1"`, "urn:example:x": `{"a":1,"a":"<script>alert(1)</script>"}`},
	"strings of a megabyte": {"nickName": `"=` + strings.Repeat("m", 900_000) + `"`, "displayName": `"=` + strings.Repeat("m", 990) + `"`},
}

// spoken is what a person may give as a tenant's name or a ticket: on one line.
const spoken = `=1+1 <script>alert(1)</script> "' %s`

// hostileDesk is a workspace in which every value is hostile.
func hostileDesk(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.server.Close()
	opt := scimtest.Options{}
	lines := [][]string{{"number", "name", "email", "username", "manager", "type", "status"}}
	for i := range 150 {
		s := hostileValues[i%len(hostileValues)]
		u := scimtest.User{UserName: s + string(rune('Ā'+i)), ExternalID: s, DisplayName: s, Emails: []string{s + "@corp.example"}, Active: true}
		if i >= len(hostileValues) { // most accounts match somebody
			u.ExternalID = strings.ReplaceAll(u.UserName, "\x00", "")
			name := strings.ReplaceAll(s, "\x00", "") // which a roster refuses
			lines = append(lines, []string{u.ExternalID, name, "", "", name, name, "active"})
		} else {
			u.ID = "id" + s
		}
		opt.Users = append(opt.Users, u)
	}
	for id, attributes := range hostileResources {
		u := scimtest.User{ID: id, UserName: "of " + id, Active: true, Extra: map[string]jsontext.Value{}}
		for name, raw := range attributes {
			u.Extra[name] = jsontext.Value(raw)
		}
		opt.Users = append(opt.Users, u)
	}
	for i, s := range hostileValues {
		opt.Groups = append(opt.Groups, scimtest.Group{ID: s, DisplayName: s, Members: []string{opt.Users[i].ID}})
	}
	d.server = scimtest.New(opt)
	t.Cleanup(d.server.Close)
	d.url = d.server.URL
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	d.write(t, hostileFile, b.String())
	return d
}

const hostileFile = "=people\u202e<b>\x1b[31m.csv"

func TestHostileWorld(t *testing.T) {
	if testing.Short() {
		t.Skip("goes the whole way twice")
	}
	d := hostileDesk(t)
	d.terminal(t, 0, append(d.addTenant(spoken), "--allow-writes", hostileValues[5])...)
	d.terminal(t, 0, "roster", "import", d.file(hostileFile), "--tz", "UTC")
	d.terminal(t, 0, "sync")
	d.terminal(t, 0, "tenant", "list")
	d.terminal(t, 0, "protect", "add", spoken, hostileValues[0]+"Ā", "--reason", hostileValues[7])
	d.terminal(t, 0, "protect", "list", spoken)
	d.findingsOfHostiles(t)
	d.runHostile(t)
	d.terminal(t, 0, "record", "list")
	_, sheet, _ := d.run(t.Context(), "record", "list", "--format", "csv")
	for _, row := range demandNoFormula(t, "record list", sheet) {
		demandQuiet(t, []string{"record list --format csv"}, strings.Join(row, " "))
	}
	d.packOfHostiles(t)
	d.pagesOfHostiles(t)
}

// terminal runs a command for a person and for a machine, demands that neither
// output acts, and returns what the machine got. A command that changes
// something runs for the machine alone.
func (d *desk) terminal(t *testing.T, want int, args ...string) string {
	t.Helper()
	exit, machine, errs := d.run(t.Context(), append(slices.Clone(args), "--json")...)
	if exit != want {
		t.Fatalf("%q: exit %d, want %d\n%s%s", args, exit, want, machine, errs)
	}
	demandQuiet(t, args, machine+errs)
	for line := range strings.Lines(machine) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q: not JSON: %q", args, line)
		}
	}
	if changes := []string{"add", "run"}; !slices.ContainsFunc(args[:min(2, len(args))], func(a string) bool { return slices.Contains(changes, a) }) {
		_, out, errs := d.run(t.Context(), args...)
		demandQuiet(t, args, out+errs)
	}
	return machine
}

// demandQuiet: no character hides, steers or moves the cursor, and no value
// begins a line.
func demandQuiet(t *testing.T, args []string, out string) {
	t.Helper()
	for _, r := range out {
		if r != '\n' && !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Variation_Selector, r) {
			t.Errorf("%q prints %U as it is", args, r)
			return
		}
	}
	if strings.Contains(out, "\nrollcall: done") {
		t.Errorf("%q: a value passes for a line of the program", args)
	}
}

func (d *desk) findingsOfHostiles(t *testing.T) {
	t.Helper()
	var names []string
	for line := range strings.Lines(d.terminal(t, 0, "findings")) {
		var f app.Finding
		decode(t, line, &f)
		names = append(names, f.Account.UserName)
	}
	for i := range hostileValues {
		if want := hostileValues[i] + string(rune('Ā'+i)); !slices.Contains(names, want) {
			t.Errorf("no finding is of %q", want)
		}
	}
	exit, sheet, _ := d.run(t.Context(), "findings", "--format", "csv")
	if exit != 0 {
		t.Fatalf("exit %d", exit)
	}
	for _, row := range demandNoFormula(t, "findings", sheet) {
		demandQuiet(t, []string{"findings --format csv"}, strings.Join(row, " "))
	}
}

// demandNoFormula: a spreadsheet finds no formula in it.
func demandNoFormula(t *testing.T, what, sheet string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(sheet)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", what, len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if s := strings.TrimLeft(cell, " "); s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
				t.Errorf("%s: the cell %q is a formula", what, cell)
			}
		}
	}
	return rows
}

func (d *desk) runHostile(t *testing.T) {
	t.Helper()
	args := []string{"plan", "--tenant", spoken, "--ticket", spoken}
	for i := 1; i < len(hostileValues); i++ {
		args = append(args, "--account", "id"+hostileValues[i])
	}
	var p app.Plan
	decode(t, d.terminal(t, 0, args...), &p)
	d.terminal(t, 0, "plan", "list")
	d.terminal(t, 0, "plan", "show", p.Hash)
	d.terminal(t, 0, "run", p.Hash, "--confirm", "10")
	for i := 1; i < len(hostileValues); i++ {
		if u, ok := d.server.User("id" + hostileValues[i]); !ok || u.Active {
			t.Errorf("%q is still active", hostileValues[i])
		}
	}
}

// packOfHostiles exports the record under a hostile name and looks at what a
// person would open of it.
func (d *desk) packOfHostiles(t *testing.T) {
	t.Helper()
	name := d.file("=pack\u202e<b>.zip")
	if exit, out, errs := d.run(t.Context(), "record", "export", name); exit != 0 {
		t.Fatalf("exit %d\n%s%s", exit, out, errs)
	} else {
		demandQuiet(t, []string{"record export"}, out+errs)
	}
	d.terminal(t, 0, "verify", name)
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(f.Name) == ".csv" {
			for _, row := range demandNoFormula(t, f.Name, string(b)) {
				demandQuiet(t, []string{f.Name}, strings.Join(row, " "))
			}
		}
		if bytes.Contains(b, []byte(scimtest.Token)) || bytes.Contains(b, []byte(deskPassphrase)) {
			t.Errorf("%s holds a secret", f.Name)
		}
		if filepath.Ext(f.Name) == ".txt" {
			demandQuiet(t, []string{f.Name}, string(b))
		}
	}
}

func (d *desk) pagesOfHostiles(t *testing.T) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Dir: d.dir, LockWait: time.Second, Passphrase: func() (string, error) { return deskPassphrase, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	site := newSite(a, Options{Workspace: a.Dir()}, someAssets())
	paths := []string{"/", "/findings", "/findings?q=%3Cscript%3E%00&tenant=" + "%E2%80%AE"}
	for _, f := range findingsOf(t, site, app.FindingFilter{Limit: -1}).Findings {
		paths = append(paths, "/findings/"+f.ID)
	}
	for _, e := range entriesOf(t, site, app.EntryFilter{}) {
		paths = append(paths, "/record/"+strconv.FormatInt(e.Seq, 10)+"?q=%3Cscript%3E%E2%80%AE&ticket="+url.QueryEscape(e.Ticket))
	}
	paths = append(paths, "/record", "/record?ticket="+url.QueryEscape(spoken), "/record/export?account="+url.QueryEscape(hostileValues[0])+"&ticket="+url.QueryEscape(spoken))
	list, err := a.Tenants(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d tenants, %v", len(list), err)
	}
	plans, err := a.Plans(t.Context())
	if err != nil || len(plans) == 0 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	at := "/tenants/" + list[0].ID
	paths = append(paths, "/tenants", at, at+"?q=m", at+"/groups", at+"/syncs", at+"/settings", "/plans", "/plans/"+plans[0].Hash)
	if len(paths) < 11+len(hostileValues)+len(hostileResources) {
		t.Fatalf("%d pages", len(paths))
	}
	for _, path := range paths {
		w := get(site.handler(), path)
		doc := parse(t, w.Body.String())
		demandSound(t, doc)
		demandHarmless(t, doc)
	}
}
