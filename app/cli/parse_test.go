package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rollcall/app"
)

const someHash = "0123456789abcdef"

// parse reads a command line and returns the model and the command's words.
func parse(t *testing.T, args ...string) (*model, string) {
	t.Helper()
	var m model
	parser, err := newParser(&m, io.Discard, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return &m, ctx.Command()
}

func TestCommandsParse(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"", "window"},
		{"window", "window"},
		{"demo", "demo"},
		{"demo --headless", "demo"},
		{"demo --serve --listen localhost:8080", "demo"},
		{"tenant add Acme --url https://x.org/scim --token-env T", "tenant add <name>"},
		{"tenant add Acme --url u --auth header:X-Key --preset p --ca f --own-account a --allow-writes r --token-stdin", "tenant add <name>"},
		{"tenant add Acme --url u --auth basic --user u --token-stdin", "tenant add <name>"},
		{"tenant add Wiki --file f --map id=Key,groups=Role --status-map frozen=inactive --encoding e --exported-by w --exported-at 2026-01-31 --screen s --filter f --accept-shrink 0", "tenant add <name>"},
		{"tenant import Wiki f --exported-by w --exported-at 2026-01-31T18:00:00+01:00 --accept-shrink 7", "tenant import <name> <file>"},
		{"step list", "step list"},
		{"step done " + someHash + " 2 --note n", "step done <hash> <n>"},
		{"tenant list", "tenant list"},
		{"tenant allow-writes Acme --reason r", "tenant allow-writes <name>"},
		{"tenant remove Acme", "tenant remove <name>"},
		{"roster import hr.csv --map number=Nr,name=Name --map email=Mail --status-map aktiv=active --tz Europe/Berlin --key K --source s --encoding e --accept-shrink 7", "roster import <file>"},
		{"sync", "sync"},
		{"sync Acme Beta --accept-shrink Acme=7 --accept-shrink Beta=8", "sync <name>"},
		{"findings --tenant Acme --kind orphaned --search x --format csv", "findings"},
		{"plan --tenant Acme --kind leaver-still-active --ticket HD-1", "plan make"},
		{"plan --tenant Acme --account a,b --account c --action deactivate --ticket HD-1 --dry-run", "plan make"},
		{"plan list", "plan list"},
		{"plan show " + someHash, "plan show <hash>"},
		{"run " + strings.ToUpper(someHash) + " --confirm 12", "run <hash>"},
		{"run " + someHash + " --confirm Acme,a=b=6 --confirm Beta=7", "run <hash>"},
		{"settle", "settle"},
		{"protect add Acme root --reason r", "protect add <tenant> <account>"},
		{"protect remove Acme root --reason r", "protect remove <tenant> <account>"},
		{"protect list Acme", "protect list <tenant>"},
		{"record list --type action.outcome --tenant A --ticket T --target x --from 2026-01-01 --to 2026-01-31 --after 7 --limit 3 --format json", "record list"},
		{"record export pack.zip --from 2026-01-01T00:00:00Z", "record export <file>"},
		{"record checkpoint", "record checkpoint"},
		{"verify pack.zip --key log+1a2b3c4d+AQID --checkpoint a --checkpoint b", "verify <file>"},
		{"serve --listen [::1]:0", "serve"},
		{"version", "version"},
		{"--workspace /tmp/w --json --wait 1m --quiet sync", "sync"},
	} {
		if _, got := parse(t, strings.Fields(tt.line)...); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestValuesParse(t *testing.T) {
	m, _ := parse(t, "roster", "import", "f", "--map", `number=Nr,name=Name\, full`, "--map", "email=Mail", "--status-map", "im Urlaub=on leave")
	if got := fmt.Sprint(m.Roster.Import.Map); got != "map[email:Mail name:Name, full number:Nr]" {
		t.Errorf("map %s", got)
	}
	if got := fmt.Sprint(m.Roster.Import.StatusMap); got != "map[im Urlaub:on leave]" {
		t.Errorf("status map %s", got)
	}
	m, _ = parse(t, "plan", "--tenant", "A", "--account", "a,b", "--account", "c", "--ticket", "t")
	if got := m.Plan.Make.Account; len(got) != 2 || got[0] != "a,b" {
		t.Errorf("accounts %q", got)
	}
	m, _ = parse(t, "sync", "A", "B", "--accept-shrink", "A=7")
	if got := m.Sync; len(got.Names) != 2 || got.AcceptShrink["A"] != 7 {
		t.Errorf("sync %+v", got)
	}
	m, _ = parse(t, "run", strings.ToUpper(someHash))
	if m.Run.Hash != someHash || m.Wait != 30*time.Second {
		t.Errorf("run %+v, wait %s", m.Run, m.Wait)
	}
	m, _ = parse(t, "record", "list", "--from", "2026-01-31", "--to", "2026-01-31")
	f := m.Record.List.filter()
	if d := f.To.Sub(f.From); d < 23*time.Hour || d > 25*time.Hour { // clocks may change that day
		t.Errorf("one day is %s long", d)
	}
	if f.First != 0 || f.Limit != -1 {
		t.Errorf("an unfiltered list starts at %d and ends at %d", f.First, f.Limit)
	}
}

// run executes a command line without a workspace that could be written to.
func run(t *testing.T, env Env, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env.Stdout, env.Stderr = &out, &errs
	if env.Stdin == nil {
		env.Stdin = strings.NewReader("")
	}
	if env.Getenv == nil {
		env.Getenv = environment()
	}
	exit = Run(context.Background(), args, env)
	return exit, out.String(), errs.String()
}

func TestUsageErrors(t *testing.T) {
	add := "tenant add A --url u --token-env T "
	for _, tt := range []struct{ line, says string }{
		{"bogus", `There is no command "bogus".`},
		{"plna", `There is no command "plna". Did you mean "plan"?`},
		{"--bogus", "Unknown flag --bogus."},
		{"sync --bogus", `See "rollcall sync --help".`},
		{"tenant", "Expected one of"},
		{"tenant bogus", "bogus"},
		{"tenant add", "The tenant needs a name."},
		{"tenant add A --token-env T", "--url"},
		{"tenant add A --file f --token-stdin", "--file goes without"},
		{"tenant add A --file f --allow-writes r", "--file goes without"},
		{"tenant add A --file f", "--exported-by and --exported-at"},
		{"tenant import A f --exported-at never", "is no time"},
		{"tenant import A f --status-map x=left", "active or inactive"},
		{"tenant import A f --map =x", "the field is missing"},
		{"tenant import A f --accept-shrink -1", "accept-shrink"},
		{"step done " + someHash + " 1", "--note"},
		{"step done " + someHash + " 0 --note n", "numbered from 1"},
		{"tenant add A --url u", "--token-env=VAR or --token-stdin"},
		{add + "--token-stdin", "can't be used together"},
		{add + "--auth magic", "--auth must be bearer, basic or header:NAME"},
		{add + "--auth header:", "needs the name"},
		{add + "--auth basic", "needs --user"},
		{add + "--user u", "--auth basic only"},
		{add, "The token is empty."},
		{"tenant allow-writes A", "--reason"},
		{"tenant remove", "<name>"},
		{"roster import", "<file>"},
		{"roster import f --map number", "number"},
		{"roster import f --map =Nr", "the field is missing"},
		{"roster import f --status-map x=gone", "active, on leave, pre-hire or left"},
		{"roster import f --accept-shrink many", "many"},
		{"roster import f --accept-shrink=-1", "--accept-shrink"},
		{"sync --accept-shrink A", "A"},
		{"sync --accept-shrink A=x", "x"},
		{"sync --accept-shrink A=-1", "--accept-shrink"},
		{"findings --kind bogus", "there is no kind"},
		{"findings --format xml", "--format must be one of"},
		{"roster import f --contents all", `must be one of "active-only","includes-leavers" but got "all"`},
		{"findings --quiet=maybe", "takes no value"},
		{"plan --tenant A --ticket T", "--kind, --account or both"},
		{"plan --tenant A --kind orphaned", "--ticket"},
		{"plan --kind orphaned --ticket T", "--tenant"},
		{"plan --tenant A --kind orphaned --ticket T --action burn", "--action must be one of"},
		{"plan --tenant A --kind orphaned --ticket", "a value is missing"},
		{"plan show", "<hash>"},
		{"plan show 0123456789a", "12 to 64 hex digits"},
		{"run 0123456789xy", "12 to 64 hex digits"},
		{"run " + someHash + " --confirm=-1", "--confirm"},
		{"run " + someHash + " --confirm Acme", "--confirm Acme"},
		{"run " + someHash + " --confirm Acme=x", "a tenant and a number"},
		{"run " + someHash + " --confirm =6", "a tenant and a number"},
		{"protect add A b", "--reason"},
		{"protect remove A b", "--reason"},
		{"protect list", "<tenant>"},
		{"record list --from yesterday", "neither a date"},
		{"record list --from 2026-02-30", "neither a date"},
		{"record list --from 2026-02-01 --to 2026-01-01", "--to must lie after --from"},
		{"record list --limit=-1", "--limit"},
		{"record export", "<file>"},
		{"record export f --from 2026-02-01 --to 2026-01-01", "--to must lie after --from"},
		{"verify", "<file>"},
		{"verify f --key bogus", "not a verifier key"},
		{"verify f --key log+xyz+AQID", "not a verifier key"},
		{"serve --listen 0.0.0.0:80", "not a loopback address"},
		{"serve --listen example.org:80", "not a loopback address"},
		{"serve --listen 127.0.0.1", "not HOST:PORT"},
		{"serve --listen 127.0.0.1:99999", "not a port"},
		{"demo --headless --serve", "can't be used together"},
		{"sync --wait soon", "soon"},
		{"sync --wait=-1s", "--wait must not be negative"},
		{"sync", "no folder for the workspace"},
		{"review eve", "There is no command"},
	} {
		exit, out, errs := run(t, Env{}, strings.Fields(tt.line)...)
		if exit != exitUsage || out != "" || !strings.HasPrefix(errs, "rollcall: ") {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", tt.line, exit, out, errs)
		}
		check(t, tt.line, errs, tt.says)
	}
}

func TestErrorsAsJSON(t *testing.T) {
	for _, line := range []string{"--json bogus", "bogus --json", "findings --format json --kind x", "findings --format=json --kind x"} {
		exit, out, errs := run(t, Env{}, strings.Fields(line)...)
		var f failure
		if err := json.Unmarshal([]byte(out), &f); err != nil {
			t.Errorf("%q: %v in %q", line, err, out)
		}
		if exit != exitUsage || f.Error.Kind != app.KindUsage || f.Error.Text == "" || f.Error.Do == "" || errs == "" {
			t.Errorf("%q: exit %d, %+v, stderr %q", line, exit, f, errs)
		}
	}
}

func TestFormatsThatContradict(t *testing.T) {
	for _, line := range []string{"findings --json --format csv", "record list --format csv --json"} {
		exit, out, _ := run(t, Env{}, strings.Fields(line)...)
		if exit != exitUsage {
			t.Errorf("%q exits %d", line, exit)
		}
		check(t, line, out, `"kind":"usage"`, "contradict")
	}
}

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("any"), 1},
		{context.Canceled, 1},
		{&app.Error{Kind: app.KindFailed}, 1},
		{&app.Error{Kind: app.KindNotFound}, 1},
		{&app.Error{Kind: app.KindLocked}, 1},
		{&app.Error{Kind: "of a later version"}, 1},
		{&app.Error{Kind: app.KindUsage}, 2},
		{&app.Error{Kind: app.KindRefused}, 3},
		{fmt.Errorf("plan: %w", &app.Error{Kind: app.KindRefused}), 3},
		{errNotHeld, 3},
	} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("%#v exits %d, want %d", tt.err, got, tt.want)
		}
	}
}

func TestTokenIsNotTakenFromArguments(t *testing.T) {
	const secret = "s3cr3t-t0k3n"
	for _, line := range []string{
		"tenant add A --url u --token=" + secret,
		"tenant add A --url u --token " + secret,
		"tenant add A --url u --token-stdin=" + secret,
	} {
		exit, out, errs := run(t, Env{}, strings.Fields(line)...)
		if exit != exitUsage {
			t.Errorf("%q exits %d", line, exit)
		}
		if strings.Contains(out+errs, secret) {
			t.Errorf("%q repeats the secret: %s", line, errs)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{"--help", "Exit codes: 0 done, 1 failed, 2 usage, 3 ran"},
		{"help", "Exit codes: 0 done, 1 failed, 2 usage, 3 ran"},
		{"help tenant add", "--token-stdin"},
		{"tenant add --help", "--token-stdin"},
		{"plan --help", "--dry-run"},
		{"plan --help", "plan show <hash>"},
		{"version", "rollcall 1.2.3 (go"},
		{"version --json", `{"version":"1.2.3","go":"go`},
	} {
		exit, out, errs := run(t, Env{Version: "1.2.3"}, strings.Fields(tt.line)...)
		if exit != 0 || errs != "" {
			t.Errorf("%q: exit %d, stderr %q", tt.line, exit, errs)
		}
		check(t, tt.line, out, tt.want)
	}
}

func TestErrorTextIsVisible(t *testing.T) {
	s, _, errs := newSession(t)
	s.printError(&app.Error{Kind: app.KindFailed, Text: "It said " + hostile, Do: hostile}, true)
	if i := strings.IndexFunc(strings.ReplaceAll(errs.String(), "\n", ""), hidden); i >= 0 {
		t.Errorf("hidden character at %d of %q", i, errs)
	}
}
