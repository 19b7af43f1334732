package app_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// crashSite is where children work: a folder, a roster beside it, a tenant.
type crashSite struct {
	t      *testing.T
	dir    string
	server *scimtest.Server
	apart  *syscall.SysProcAttr // of the children

	listless bool // the store was made anew, and the record cannot bring lists back
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
	child.SysProcAttr = c.apart
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
	c.demandOutcomes(a)
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
	has := func(what string) bool {
		return slices.Contains(acked, what) && !(c.listless && (what == "roster" || what == "sync"))
	}
	tenants := must(a.Tenants(ctx))(t)
	if has("tenant") && (len(tenants) != 1 || !tenants[0].Writes) {
		t.Fatalf("the tenant was acknowledged: %+v", tenants)
	}
	if r := must(a.Roster(ctx))(t); has("roster") && (r == nil || r.People != 58) || r != nil && r.People != 58 {
		t.Errorf("the roster: %+v", r)
	}
	if len(tenants) == 1 {
		s := tenants[0].Sync
		if has("sync") && (s == nil || !s.Sealed) || s != nil && s.Sealed && tenants[0].Accounts != 60 && !c.listless {
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
	if u, _ := c.server.User("u59"); has("run") && !has("undo") && u.Active || has("undone") && !u.Active {
		t.Errorf("acknowledged are %q, and the account's active is %v", acked, u.Active)
	}
	if has("export") {
		if r := must(app.Verify(ctx, filepath.Join(c.dir, "pack.zip"), "", nil))(t); !r.OK {
			t.Errorf("the export was acknowledged and is %+v", r)
		}
	}
}

// demandOutcomes holds what the tenant was sent against the record, after the
// workspace has been opened for writing: an intent for every write, an outcome
// for every intent, and no account but the planned one.
func (c *crashSite) demandOutcomes(a *app.App) {
	t := c.t
	t.Helper()
	intents, open := 0, map[int64]bool{}
	err := a.Entries(t.Context(), app.EntryFilter{Limit: -1}, func(e app.Entry) error {
		var d struct{ Intent int64 }
		err := json.Unmarshal(e.Data, &d)
		switch e.Type {
		case "action.intent":
			intents++
			open[e.Seq] = true
		case "action.outcome":
			delete(open, d.Intent)
		}
		return err
	})
	writes := c.server.Writes()
	if err != nil || intents < len(writes) || len(open) > 0 {
		t.Errorf("%d intents, %d of them without outcome, %d writes, %v", intents, len(open), len(writes), err)
	}
	for _, w := range writes {
		if !strings.HasSuffix(w.Path, "/Users/u59") {
			t.Errorf("%s %s was never planned", w.Method, w.Path)
		}
	}
}

// demandWords: the refusal is a sentence of ours that says so and names no
// inside.
func demandWords(t *testing.T, limit int, failure string, words ...string) {
	t.Helper()
	for _, inside := range []string{"sqlite", "SQL", "disk I/O error", "(778)", "no space left", "file too large"} {
		if strings.Contains(failure, inside) {
			t.Errorf("at %d bytes: %s", limit, failure)
		}
	}
	if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(failure, w) }) {
		t.Errorf("at %d bytes it does not say why: %s", limit, failure)
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
