//go:build integration

// Package job runs the main job as a person does: the terminal program as a
// process of its own, a real SCIM server written by others, real files. The
// server is asked afterwards, past its SCIM side, what really happened.
package job

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/test/peers"
)

// program is the terminal program, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "rollcall-job-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "rollcall")
		build := exec.Command("go", "build", "-o", program, "rollcall")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// desk is one person's workspace and environment.
type desk struct {
	t     *testing.T
	dir   string
	token string
	said  bytes.Buffer // everything that was ever printed
}

func newDesk(t *testing.T, token string) *desk {
	return &desk{t: t, dir: filepath.Join(t.TempDir(), "workspace"), token: token}
}

// run returns standard output; it fails the test where the exit code differs.
func (d *desk) run(exit int, args ...string) string {
	d.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = d.env()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	d.said.Write(out.Bytes())
	d.said.Write(errs.Bytes())
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != exit {
		d.t.Fatalf("rollcall %s: %v, want exit %d\n%s%s", strings.Join(args, " "), err, exit, out.Bytes(), errs.Bytes())
	}
	return out.String()
}

// env has no keychain, so that the secrets are in the age file.
func (d *desk) env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.t.TempDir(), "ROLLCALL_WORKSPACE=" + d.dir,
		"ROLLCALL_PASSPHRASE=correct horse", "THE_TOKEN=" + d.token, "DBUS_SESSION_BUS_ADDRESS=",
	}
}

// lines decodes one JSON object per line.
func lines[T any](t *testing.T, text string) []T {
	t.Helper()
	var list []T
	dec := json.NewDecoder(strings.NewReader(text))
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("decode: %v\n%s", err, text)
		}
		list = append(list, v)
	}
	return list
}

func one[T any](t *testing.T, text string) T {
	t.Helper()
	list := lines[T](t, text)
	if len(list) != 1 {
		t.Fatalf("got %d objects, want 1:\n%s", len(list), text)
	}
	return list[0]
}

type finding struct {
	Tenant, Kind, Reason, Rule, Key string
	Account                         struct{ ID, UserName string }
}

type report struct {
	OK        bool
	Entries   int64
	FirstBad  *int64
	Reason    string
	Anchoring string
}

// people is a roster of the persons from..to, of whom left has left.
func people(t *testing.T, from, to, left int) string {
	var b strings.Builder
	b.WriteString("Employee number,Name,Email,Status,Last day\n")
	for i := from; i <= to; i++ {
		status, end := "active", ""
		if i == left {
			status, end = "left", "2020-03-31"
		}
		fmt.Fprintf(&b, "%d,Person %d,PERSON%d@corp.example,%s,%s\n", i, i, i, status, end)
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// seeded is a server with 60 accounts; 58 people answer for all but two of
// them, and one of the people has left.
func seeded(t *testing.T, peer *peers.Peer) *desk {
	peer.Seed(peers.People(60))
	d := newDesk(t, peer.Token)
	d.run(0, "roster", "import", people(t, 1, 58, 7), "--tz", "Europe/Berlin")
	d.run(0, "tenant", "add", "Acme", "--url", peer.URL, "--token-env", "THE_TOKEN")
	return d
}

func TestMainJob(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *peers.Peer{"scimmy": peers.StartScimmy, "elimity": peers.StartElimity} {
		t.Run(name, func(t *testing.T) { mainJob(t, start(t)) })
	}
}

func mainJob(t *testing.T, peer *peers.Peer) {
	d := seeded(t, peer)
	s := one[struct {
		Tenant           string
		Sealed           bool
		Accounts, Groups int
		Problems         []any
	}](t, d.run(0, "sync", "--json"))
	if !s.Sealed || s.Accounts != 60 || s.Groups != 1 || s.Tenant != "Acme" || len(s.Problems) != 0 {
		t.Fatalf("sync: %+v", s)
	}

	found := lines[finding](t, d.run(0, "findings", "--json"))
	kinds := map[string]string{}
	for _, f := range found {
		if f.Tenant != "Acme" || f.Reason == "" || f.Rule == "" || f.Key == "" {
			t.Errorf("finding without its why: %+v", f)
		}
		kinds[f.Account.UserName] = f.Kind
	}
	want := map[string]string{"person59@corp.example": "orphaned", "person60@corp.example": "orphaned", "person7@corp.example": "leaver-still-active"}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Fatalf("findings: %v, want %v", kinds, want)
	}

	plan := one[struct{ Hash string }](t, d.run(0, "plan", "--tenant", "Acme", "--kind", "orphaned", "--action", "deactivate", "--ticket", "HD-1", "--json"))
	d.run(3, "run", plan.Hash) // read-only still
	if w := peer.State().Writes(); len(w) != 0 {
		t.Fatalf("written before anything was allowed: %v", w)
	}
	d.run(0, "tenant", "allow-writes", "Acme", "--reason", "quarter-end review")
	d.run(0, "run", plan.Hash[:12])

	state := peer.State()
	for i := 1; i <= 60; i++ {
		id := fmt.Sprintf("u%04d", i)
		if got := state.User(id)["active"]; got != (i < 59) {
			t.Errorf("account %s: active %v afterwards", id, got)
		}
	}
	if w := state.Writes(); len(w) != 2 {
		t.Errorf("the server saw %d writes, want 2: %v", len(w), w)
	}
	d.run(0, "run", plan.Hash) // tells the old result
	if w := peer.State().Writes(); len(w) != 2 {
		t.Errorf("running again wrote again: %v", w)
	}
	d.run(0, "sync")
	if left := lines[finding](t, d.run(0, "findings", "--kind", "orphaned", "--json")); len(left) != 0 {
		t.Errorf("orphans afterwards: %+v", left)
	}
	handOver(t, d)
}

// handOver exports, verifies with and without key, and looks for the token.
func handOver(t *testing.T, d *desk) {
	t.Helper()
	pack := filepath.Join(t.TempDir(), "pack.zip")
	d.run(0, "record", "export", pack)
	r := one[report](t, d.run(0, "verify", pack, "--json"))
	if !r.OK || r.FirstBad != nil || r.Entries < 10 || r.Anchoring == "" {
		t.Errorf("verify: %+v", r)
	}
	sent := map[string]int{}
	for _, e := range lines[struct {
		Seq                                       int64
		Type, Target, Ticket, Time, Actor, Tenant string
	}](t, d.run(0, "record", "list", "--json")) {
		sent[e.Type]++
		if e.Type == "action.intent" && (e.Target == "" || e.Ticket != "HD-1" || e.Tenant != "Acme" || e.Actor == "") {
			t.Errorf("intent entry: %+v", e)
		}
	}
	if sent["action.intent"] != 2 || sent["action.outcome"] != 2 || sent["plan.created"] != 1 {
		t.Errorf("entries by type: %v", sent)
	}
	noToken(t, d, pack)
}

// noToken looks for the credential in every file of the workspace, in the pack
// and in all that was printed.
func noToken(t *testing.T, d *desk, pack string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("workspace files: %v, %v", files, err)
	}
	for _, f := range append(files, pack) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(d.token)) {
			t.Errorf("the token is in %s", filepath.Base(f))
		}
	}
	if strings.Contains(d.said.String(), d.token) {
		t.Error("the token was printed")
	}
}
