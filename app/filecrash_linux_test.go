package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
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
		ctx := context.Background()
		err := onDisk(dir, os.Getenv(envRoom), func() error {
			if os.Getenv(envUpgrade) != "" {
				return upgrade(ctx, dir)
			}
			return wholeJob(ctx, dir, os.Getenv(envURL))
		})
		if err != nil {
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
	var plan, undo app.Plan
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
	add("run", func() error { _, err := a.Run(ctx, plan.Hash); return err })
	add("undo", func() (err error) { undo, err = a.Undo(ctx, plan.Hash, "HD-3", false); return err })
	add("undone", func() error { _, err := a.Run(ctx, undo.Hash); return err })
	add("export", func() error {
		_, err := a.Export(ctx, filepath.Join(dir, "pack.zip"), app.EntryFilter{})
		return err
	})
	add("checkpoint", func() error { _, err := a.Checkpoint(ctx); return err })
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		ack(s.what)
	}
	return nil
}

// Killed after every write, or every few: making both files with their
// migrations, appends, staging, merges, the roster, checkpoints of the journal.
func TestKilledAtEveryWrite(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
			demandWords(t, limit, failure, "could not be read or written", "could not read or write", "store.db could not be written", "store.db cannot be written")
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

// The journals of either file are torn or have bits flipped: what comes back
// was whole once, and the store is what the record makes of it.
func TestTornJournalsUnderTheApp(t *testing.T) {
	t.Parallel()
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
