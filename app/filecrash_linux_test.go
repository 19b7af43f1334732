package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// What happens to the files: a process that does the whole job, from an empty
// folder on, is killed after its n-th write, runs out of disk, or finds its
// journals torn. Whatever it had acknowledged is there afterwards, what was
// half written is not trusted, and the store is what the record makes of it.

const (
	envJob   = "ROLLCALL_TEST_JOB"   // the workspace
	envURL   = "ROLLCALL_TEST_URL"   // its tenant
	envLimit = "ROLLCALL_TEST_LIMIT" // bytes a file may have
)

func init() {
	if dir := os.Getenv(envJob); dir != "" {
		if err := restrict(os.Getenv(envLimit)); err != nil {
			fmt.Println("error", err)
			os.Exit(2)
		}
		if err := wholeJob(context.Background(), dir, os.Getenv(envURL)); err != nil {
			fmt.Printf("error %T %v\n", err, err)
			os.Exit(1)
		}
		die() // without closing: the journals stay as they are
	}
}

// restrict makes the system refuse to let a file grow, from here on. It stands
// for a disk that answers with an error; SQLite sees EFBIG as it sees EIO.
func restrict(limit string) error {
	if limit == "" {
		return nil
	}
	var n uint64
	if _, err := fmt.Sscan(limit, &n); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: n})
}

// wholeJob does one of everything and says what it was told is done.
func wholeJob(ctx context.Context, dir, url string) error {
	a, err := app.Open(ctx, onFile(dir))
	if err != nil {
		return err
	}
	ack := func(what string) { fmt.Println("ack", what) }
	ack("open")
	type step struct {
		what string
		do   func() error
	}
	var steps []step
	var plan app.Plan
	add := func(what string, do func() error) { steps = append(steps, step{what, do}) }
	add("tenant", func() error {
		_, err := a.AddTenant(ctx, app.TenantSpec{Name: "Acme", BaseURL: url, Token: scimtest.Token, AllowWrites: "test"})
		return err
	})
	add("roster", func() error {
		_, err := a.ImportRoster(ctx, app.RosterImport{File: filepath.Join(filepath.Dir(dir), "people.csv"), TimeZone: "UTC"})
		return err
	})
	add("sync", func() error { _, err := a.Sync(ctx, app.SyncRequest{}); return err })
	add("protect", func() error { _, err := a.Protect(ctx, "Acme", "person1@corp.example", "break glass"); return err })
	add("protect2", func() error { _, err := a.Protect(ctx, "Acme", "person2@corp.example", "for a while"); return err })
	add("unprotect", func() error { return a.Unprotect(ctx, "Acme", "person2@corp.example", "no longer") })
	add("link", func() error { _, err := a.LinkAccount(ctx, "Acme", "u60", "3", "a second account"); return err })
	add("except", func() error {
		_, err := a.ExceptFinding(ctx, app.ExceptRequest{Tenant: "Acme", Account: "u07", Kind: reconcile.KindLeaver, Until: time.Now().AddDate(0, 1, 0).Format(time.DateOnly), Reason: "handover"})
		return err
	})
	add("plan", func() (err error) { plan, err = a.Plan(ctx, accounts("u59")); return err })
	add("run", func() error { _, err := a.Run(ctx, plan.Hash, 0); return err })
	add("checkpoint", func() error { _, err := a.Checkpoint(ctx); return err })
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		ack(s.what)
	}
	return nil
}

// crashSite is where children work: a folder, a roster beside it, a tenant.
type crashSite struct {
	t      *testing.T
	dir    string
	server *scimtest.Server
}

func newCrashSite(t *testing.T) *crashSite {
	t.Helper()
	opt := scimtest.Options{}
	var b strings.Builder
	b.WriteString("number,name,email,status,end\n")
	for i := 1; i <= 60; i++ {
		opt.Users = append(opt.Users, person(i))
		status, end := "active", ""
		if i == 7 {
			status, end = "left", "2020-03-31"
		}
		if i <= 58 {
			fmt.Fprintf(&b, "%d,Person %d,person%d@corp.example,%s,%s\n", i, i, i, status, end)
		}
	}
	c := &crashSite{t: t, dir: filepath.Join(t.TempDir(), "ws"), server: scimtest.New(opt)}
	t.Cleanup(c.server.Close)
	if err := os.Mkdir(c.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(c.dir), "people.csv"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// work lets a child do the whole job and kills it after this many writes to
// its files; 0 lets it live. It returns what was acknowledged, and the error
// that ended it.
func (c *crashSite) work(writes int, env ...string) (acked []string, failure string) {
	c.t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(append(os.Environ(), envJob+"="+c.dir, envURL+"="+c.server.URL), env...)
	out, err := child.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	watch := c.watch()
	defer unix.Close(watch)
	if err := child.Start(); err != nil {
		c.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word, rest, _ := strings.Cut(lines.Text(), " ")
			switch word {
			case "ack":
				acked = append(acked, rest)
			case "error":
				failure = rest
			}
		}
	}()
	if writes > 0 {
		killAfter(watch, writes, child.Process, done)
	}
	<-done
	child.Wait() // it was killed, or told its error
	return acked, failure
}

// watch asks the system to tell of every write in the folder.
func (c *crashSite) watch() int {
	c.t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err == nil {
		_, err = unix.InotifyAddWatch(fd, c.dir, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_DELETE|unix.IN_MOVED_TO)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return fd
}

// killAfter kills p at the n-th change, or returns when it has ended.
func killAfter(watch, n int, p *os.Process, done <-chan struct{}) {
	buf := make([]byte, 4096)
	for {
		select {
		case <-done:
			return
		default:
		}
		if ready, err := unix.Poll([]unix.PollFd{{Fd: int32(watch), Events: unix.POLLIN}}, 20); err != nil || ready == 0 {
			continue
		}
		size, err := unix.Read(watch, buf)
		if err != nil {
			continue
		}
		for at := 0; at+unix.SizeofInotifyEvent <= size; n-- {
			if n == 0 {
				p.Kill()
				return
			}
			at += unix.SizeofInotifyEvent + int(buf[at+12]) + int(buf[at+13])<<8
		}
	}
}

// open opens what a child left, with time to settle.
func (c *crashSite) open() *app.App {
	c.t.Helper()
	a, err := app.Open(c.t.Context(), onFile(c.dir))
	if err != nil {
		c.t.Fatalf("after the crash: %v", err)
	}
	return a
}

// decided is everything that the record says was decided, as the store shows it.
func decided(t *testing.T, a *app.App) string {
	t.Helper()
	ctx := t.Context()
	type view struct {
		Tenants    [][]any
		Protected  []app.Protected
		Links      []app.Link
		Exceptions []app.Exception
		Plans      []string
	}
	var v view
	for _, tenant := range must(a.Tenants(ctx))(t) {
		v.Tenants = append(v.Tenants, []any{tenant.ID, tenant.Name, tenant.BaseURL, tenant.Writes, tenant.WritesReason, tenant.Protected})
		v.Protected = append(v.Protected, must(a.ProtectedAccounts(ctx, tenant.ID))(t)...)
		for _, l := range must(a.Links(ctx, tenant.ID))(t) {
			l.Person.Status, l.Gone = "", false // the roster's, whose rows the record cannot bring back
			v.Links = append(v.Links, l)
		}
		v.Exceptions = append(v.Exceptions, must(a.Exceptions(ctx, tenant.ID))(t)...)
	}
	for _, p := range must(a.Plans(ctx))(t) {
		v.Plans = append(v.Plans, p.Hash+" "+p.State+" "+p.Ticket)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// demandIntact checks what holds after every crash, and leaves a workspace
// whose store came from the record alone.
func (c *crashSite) demandIntact(acked []string) {
	t := c.t
	t.Helper()
	if len(acked) == 0 {
		return // not even the folder was promised
	}
	a := c.open()
	c.demandAcked(a, acked)
	if st := must(a.VerifyRecord(t.Context()))(t); !st.OK {
		t.Errorf("the record does not verify: %s", st.Reason)
	}
	if _, err := a.Checkpoint(t.Context()); err != nil {
		t.Errorf("nothing can be appended any more: %v", err)
	}
	before := decided(t, a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(c.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	a = c.open()
	defer a.Close()
	if after := decided(t, a); after != before {
		t.Errorf("the store was not what the record makes of it:\n%s\n%s", before, after)
	}
}

// demandAcked looks for everything that the child was told is done.
func (c *crashSite) demandAcked(a *app.App, acked []string) {
	t, ctx := c.t, c.t.Context()
	t.Helper()
	has := func(what string) bool { return slices.Contains(acked, what) }
	tenants := must(a.Tenants(ctx))(t)
	if has("tenant") && (len(tenants) != 1 || !tenants[0].Writes) {
		t.Fatalf("the tenant was acknowledged: %+v", tenants)
	}
	if r := must(a.Roster(ctx))(t); has("roster") && (r == nil || r.People != 58) || r != nil && r.People != 58 {
		t.Errorf("the roster: %+v", r)
	}
	if len(tenants) == 1 {
		s := tenants[0].Sync
		if has("sync") && (s == nil || !s.Sealed) || s != nil && s.Sealed && tenants[0].Accounts != 60 {
			t.Errorf("the sync: %+v, %d accounts", s, tenants[0].Accounts)
		}
		list := decided(t, a)
		for what, word := range map[string]string{"protect": "break glass", "link": "a second account", "except": "handover", "plan": "HD-2"} {
			if has(what) && !strings.Contains(list, word) {
				t.Errorf("%s was acknowledged and is not there: %s", what, list)
			}
		}
		if has("unprotect") && strings.Contains(list, "for a while") {
			t.Error("unprotect was acknowledged and is not there")
		}
	}
	if u, _ := c.server.User("u59"); has("run") && u.Active {
		t.Error("the run was acknowledged and the account is active")
	}
	intents, outcomes := 0, 0
	err := a.Entries(ctx, app.EntryFilter{After: -1, Limit: -1}, func(e app.Entry) error {
		switch e.Type {
		case "action.intent":
			intents++
		case "action.outcome":
			outcomes++
		}
		return nil
	})
	if err != nil || intents < len(c.server.Writes()) || outcomes > intents {
		t.Errorf("%d intents, %d outcomes, %d writes, %v", intents, outcomes, len(c.server.Writes()), err)
	}
}

// Killed after every write, or every few: making both files with their
// migrations, appends, staging, merges, the roster, checkpoints of the journal.
func TestKilledAtEveryWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a hundred processes")
	}
	all, complete := 0, 0
	for n := 1; complete < 2 && n < 4000; n += 1 + n/8 {
		c := newCrashSite(t)
		acked, failure := c.work(n)
		if failure != "" {
			t.Fatalf("after %d writes: %s", n, failure)
		}
		if all++; slices.Contains(acked, "checkpoint") {
			complete++
		}
		c.demandIntact(acked)
		if t.Failed() {
			t.Fatalf("killed after %d writes, acknowledged %q", n, acked)
		}
	}
	t.Logf("%d children, %d of them finished before they were killed", all, complete)
	if complete == 0 || all < 20 {
		t.Errorf("%d kills, %d jobs were finished: the sweep is too short", all, complete)
	}
}

// A disk that refuses at any size of its files. Afterwards there is room again.
func TestDiskThatRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	refused, done := 0, 0
	for limit := 4096; limit <= 64<<20 && done == 0; limit += limit/4 + 1 {
		c := newCrashSite(t)
		acked, failure := c.work(0, fmt.Sprintf("%s=%d", envLimit, limit))
		switch {
		case slices.Contains(acked, "checkpoint"):
			done++
		case failure == "":
			t.Fatalf("at %d bytes the child ended without a word, acknowledged %q", limit, acked)
		default:
			refused++
			demandWords(t, limit, failure)
		}
		c.demandIntact(acked)
		if t.Failed() {
			t.Fatalf("files of at most %d bytes, acknowledged %q, %s", limit, acked, failure)
		}
	}
	if refused < 10 || done == 0 {
		t.Errorf("%d were refused and %d went through: the limits prove nothing", refused, done)
	}
}

// demandWords: the refusal is a sentence of ours and names no inside.
func demandWords(t *testing.T, limit int, failure string) {
	t.Helper()
	for _, inside := range []string{"sqlite", "SQL", "disk I/O error", "(778)"} {
		if strings.Contains(failure, inside) {
			t.Errorf("at %d bytes: %s", limit, failure)
		}
	}
}

// The journals of either file are torn or have bits flipped: what comes back
// was whole once, and the store is what the record makes of it.
func TestTornJournalsUnderTheApp(t *testing.T) {
	if testing.Short() {
		t.Skip("opens many workspaces")
	}
	c := newCrashSite(t)
	if _, failure := c.work(0); failure != "" {
		t.Fatal(failure)
	}
	whole := readDir(t, c.dir)
	for _, name := range []string{"record.db-wal", "store.db-wal"} {
		if len(whole[name]) == 0 {
			t.Fatalf("the child left no %s", name)
		}
		for seed := range uint64(24) {
			rng := rand.New(rand.NewPCG(seed, 7))
			bad := slices.Clone(whole[name])
			if seed%2 == 0 {
				bad = bad[:rng.IntN(len(bad))]
			} else {
				for range 1 + rng.IntN(8) {
					bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
				}
			}
			c.dir = filepath.Join(t.TempDir(), "ws")
			writeDir(t, c.dir, whole)
			if err := os.WriteFile(filepath.Join(c.dir, name), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			c.demandProjection(name, seed)
		}
	}
}

// demandProjection opens what is left: the record holds together, perhaps
// shorter, which is then said; and the store shows no more than it.
func (c *crashSite) demandProjection(name string, seed uint64) {
	t := c.t
	t.Helper()
	a, err := app.Open(t.Context(), onFile(c.dir))
	var own *app.Error
	if errors.As(err, &own) {
		return // it is said, and nothing is shown
	}
	if err != nil {
		t.Fatalf("%s, seed %d: %v", name, seed, err)
	}
	defer a.Close()
	st := must(a.VerifyRecord(t.Context()))(t)
	if !st.OK && name == "store.db-wal" {
		t.Errorf("%s, seed %d: the record does not verify: %s", name, seed, st.Reason)
	}
	_, err = a.Checkpoint(t.Context())
	if err != nil && !errors.As(err, &own) {
		t.Errorf("%s, seed %d: %v", name, seed, err)
	}
	if err == nil {
		c.demandSameAfterRebuild(a, name, seed)
	}
}

func (c *crashSite) demandSameAfterRebuild(a *app.App, name string, seed uint64) {
	t := c.t
	t.Helper()
	before := decided(t, a)
	copied := filepath.Join(t.TempDir(), "ws")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	files := readDir(t, c.dir)
	delete(files, "store.db")
	writeDir(t, copied, files)
	b := must(app.Open(t.Context(), onFile(copied)))(t)
	defer b.Close()
	if after := decided(t, b); after != before {
		t.Errorf("%s, seed %d: the store shows\n%s\nand the record\n%s", name, seed, before, after)
	}
}

// A file that is damaged, foreign or newer is left as it is, byte for byte.
func TestBadFilesStayAsTheyAre(t *testing.T) {
	c := newCrashSite(t)
	if _, failure := c.work(0); failure != "" {
		t.Fatal(failure)
	}
	a := c.open()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readDir(t, c.dir)
	spoilers := map[string]func([]byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"text":          func([]byte) []byte { return []byte("this is no database\n") },
		"garbage":       func(b []byte) []byte { copy(b[100:], slices.Repeat([]byte{0xa5}, 3000)); return b },
		"cut":           func(b []byte) []byte { return b[:len(b)/3] },
		"newer":         func(b []byte) []byte { b[62] = 1; return b },
		"other program": func(b []byte) []byte { copy(b[68:], "MPbx"); return b },
		"the other one": func([]byte) []byte { return nil },
	}
	for _, name := range []string{"record.db", "store.db"} {
		for what, spoil := range spoilers {
			if name == "store.db" && what == "empty" {
				continue // as after a crash while it was made: it is made
			}
			t.Run(name+" "+what, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "ws")
				files := map[string][]byte{}
				for n, b := range whole {
					files[n] = slices.Clone(b)
				}
				files[name] = spoil(files[name])
				if what == "the other one" {
					files[name] = whole[map[string]string{"record.db": "store.db", "store.db": "record.db"}[name]]
				}
				writeDir(t, dir, files)
				b, err := app.Open(t.Context(), onFile(dir))
				if err == nil { // a cut file may open: then nothing may be shown of what is missing
					_, err = b.Overview(t.Context())
					if err == nil && name == "record.db" {
						_, err = b.Checkpoint(t.Context())
					}
					b.Close()
				}
				var own *app.Error
				if !errors.As(err, &own) || own.Text == "" || own.Do == "" {
					t.Fatalf("it says %v", err)
				}
				after := readDir(t, dir)
				for n := range files {
					if n != "lock" && !slices.Equal(files[n], after[n]) {
						t.Errorf("%s was changed", n)
					}
				}
			})
		}
	}
}

func readDir(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, e := range must(os.ReadDir(dir))(t) {
		files[e.Name()] = must(os.ReadFile(filepath.Join(dir, e.Name())))(t)
	}
	delete(files, "record.db-shm") // made anew from the journal
	delete(files, "store.db-shm")
	return files
}

func writeDir(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
