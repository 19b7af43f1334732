//go:build unix

package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// A process that runs one operation passes points: before and after each
// request, each look at the clock (every entry has one), each wait, each step
// of progress, each use of a secret (every checkpoint has two), and each growth
// of a journal file. The points are killed at one after the other.
const (
	envWork  = "ROLLCALL_TEST_WORK"  // the operation, as JSON
	envPoint = "ROLLCALL_TEST_POINT" // "seam N" or "growth N"
)

// work is what a child does in the workspace of its parent.
type work struct {
	Dir, Do, Plan, File string
	Ahead               time.Duration // of the clock
}

// points counts, and kills the process at one of them.
type points struct {
	n, at atomic.Int64
}

func (p *points) pass() {
	if p.n.Add(1) == p.at.Load() {
		die()
		select {}
	}
}

func (p *points) RoundTrip(r *http.Request) (*http.Response, error) {
	p.pass()
	res, err := http.DefaultTransport.RoundTrip(r)
	p.pass()
	return res, err
}

// watched are secrets whose use is a point.
type watched struct {
	secrets.Store
	p *points
}

func (w watched) Get(ctx context.Context, purpose string) ([]byte, error) {
	w.p.pass()
	return w.Store.Get(ctx, purpose)
}

func (w watched) Set(ctx context.Context, purpose string, secret []byte) error {
	w.p.pass()
	err := w.Store.Set(ctx, purpose, secret)
	w.p.pass()
	return err
}

// watchJournals passes a point whenever one of the workspace's journals,
// or the pack that it writes, changes.
func watchJournals(dir, pack string, p *points) {
	last := map[string]string{}
	for {
		files := []string{filepath.Join(dir, "record.db-wal"), filepath.Join(dir, "store.db-wal"), filepath.Join(dir, "record.db"), filepath.Join(dir, "store.db")}
		if pack != "" {
			begun, _ := filepath.Glob(pack + ".*.partial") // its name is the test's own
			files = append(files, begun...)
		}
		for _, name := range files {
			info, err := os.Stat(name)
			if err != nil {
				continue
			}
			if now := fmt.Sprint(info.Size(), info.ModTime().UnixNano()); now != last[name] {
				last[name] = now
				p.pass()
			}
		}
	}
}

// workToDeath is the child. It prints how many points there are if it lives.
func workToDeath() int {
	var job work
	var seams, growth points
	if err := json.Unmarshal([]byte(os.Getenv(envWork)), &job); err != nil {
		panic(err)
	}
	kind, number, _ := strings.Cut(os.Getenv(envPoint), " ")
	at, _ := strconv.ParseInt(number, 10, 64)
	if kind == "growth" {
		growth.at.Store(at)
		go watchJournals(job.Dir, job.File, &growth)
	} else {
		seams.at.Store(at)
	}
	c := &clock{ahead: job.Ahead}
	cfg := onFile(job.Dir)
	cfg.Secrets = watched{cfg.Secrets, &seams}
	cfg.Transport = &seams
	cfg.Now = func() time.Time { seams.pass(); return c.now() }
	cfg.Wait = func(ctx context.Context, d time.Duration) error { seams.pass(); return c.wait(ctx, d) }
	cfg.Progress = func(app.Progress) { seams.pass() }
	ctx := context.Background()
	a, err := app.Open(ctx, cfg)
	if err == nil {
		err = job.do(ctx, a)
	}
	if err == nil {
		err = a.Close()
	}
	fmt.Println(seams.n.Load())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (w work) do(ctx context.Context, a *app.App) (err error) {
	switch w.Do {
	case "run":
		_, err = a.Run(ctx, w.Plan)
	case "settle":
		_, err = a.Settle(ctx)
	case "undo":
		_, err = a.Undo(ctx, w.Plan, "HD-9", false)
	case "sync":
		_, err = a.Sync(ctx, app.SyncRequest{})
	case "export":
		_, err = a.Export(ctx, w.File, app.EntryFilter{})
	case "import":
		_, err = a.ImportRoster(ctx, app.RosterImport{File: w.File, TimeZone: "UTC"})
	}
	return err
}

// arena is a workspace, prepared once, and a tenant at one address that can be
// put back to how it was.
type arena struct {
	*shop
	front *httptest.Server
	now   atomic.Pointer[scimtest.Server]
}

func newArena(t *testing.T) *arena {
	a := &arena{}
	a.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.now.Load().ServeHTTP(w, r) }))
	t.Cleanup(a.front.Close)
	opts := scimtest.Options{Groups: []scimtest.Group{{ID: "g1", DisplayName: "Staff"}}}
	for i := 1; i <= 12; i++ {
		opts.Users = append(opts.Users, person(i))
		opts.Groups[0].Members = append(opts.Groups[0].Members, person(i).ID)
	}
	for i := 21; i <= 26; i++ { // no list is commonly cut off at 16, 17 or 18
		opts.Groups[0].Members = append(opts.Groups[0].Members, person(i).ID)
	}
	a.shop = &shop{t: t, clock: &clock{}, cfg: onFile(t.TempDir())}
	a.put(opts)
	a.cfg.Now, a.cfg.Wait = a.clock.now, a.clock.wait
	a.open()
	t.Cleanup(func() { a.app.Close() })
	a.importRoster(12)
	must(a.app.AddTenant(t.Context(), app.TenantSpec{Name: "Acme", BaseURL: a.front.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "test"}))(t)
	a.sync()
	return a
}

// put starts the tenant anew.
func (a *arena) put(opts scimtest.Options) {
	a.server = scimtest.New(opts)
	a.t.Cleanup(a.server.Close)
	a.now.Store(a.server)
}

// killing is one operation that is killed at its points.
type killing struct {
	name    string
	prepare func(a *arena) work // leaves the workspace ready
	quirks  scimtest.Quirks     // of the tenant from then on
	after   func(t *testing.T, a *arena, job work)
}

func TestKilledAtEveryPoint(t *testing.T) {
	for _, k := range killings() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			a := newArena(t)
			job := k.prepare(a)
			job.Ahead = a.clock.ahead
			opts := scimtest.Options{Users: a.server.Users(), Groups: a.server.Groups(), Quirks: k.quirks}
			if err := a.app.Close(); err != nil {
				t.Fatal(err)
			}
			dir, ahead := a.cfg.Dir, a.clock.ahead
			last := k.at(t, a, dir, opts, job, "seam 0")
			for _, point := range choose(last) {
				a.clock.ahead = ahead
				k.at(t, a, dir, opts, job, point)
			}
		})
	}
}

// choose returns all points where a soak is asked for, otherwise every so many.
func choose(last int) (all []string) {
	step := max(1, last/5)
	if testing.Short() {
		step = max(1, last/2)
	}
	if os.Getenv("ROLLCALL_STORMS") != "" {
		step = 1
	}
	for n := 1 + step/2; n <= last; n += step {
		all = append(all, fmt.Sprint("seam ", n))
	}
	for n := 5; n <= last; n += 3 * step {
		all = append(all, fmt.Sprint("growth ", n))
	}
	return all
}

// at lets a child do the job on a copy of the workspace, killed at the point,
// and checks what is left. It returns the number of points where the child
// was not killed.
func (k killing) at(t *testing.T, a *arena, from string, opts scimtest.Options, job work, point string) (last int) {
	a.t = t
	a.put(opts)
	job.Dir = filepath.Join(t.TempDir(), strings.ReplaceAll(point, " ", "-"))
	if err := os.CopyFS(job.Dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	last = child(t, job, point)
	now, wait := a.cfg.Now, a.cfg.Wait
	a.cfg = onFile(job.Dir)
	a.cfg.Now, a.cfg.Wait = now, wait
	a.open()
	defer a.app.Close()
	must(a.app.Checkpoint(t.Context()))(t) // the first writer after the crash
	a.settled(point)
	k.after(t, a, job)
	a.settled(point)
	return last
}

func child(t *testing.T, job work, point string) int {
	t.Helper()
	b, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	c.Env = append(os.Environ(), envWork+"="+string(b), envPoint+"="+point)
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		n, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil || n == 0 {
			t.Fatalf("the child said %q", out)
		}
		return n
	case !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL:
		t.Fatalf("%s: the child was not killed: %v\n%s", point, err, said.String())
	}
	return 0
}

// settled checks what must hold whenever the workspace has been opened for
// writing: every intent has an outcome, every write an intent of its own, no
// request was sent twice, and the record verifies.
func (a *arena) settled(point string) {
	a.t.Helper()
	type request struct {
		Method, Path string
		Body         string
	}
	intents := map[request]int{}
	open := map[int64]bool{}
	for _, e := range a.entries("") {
		var d struct {
			Request request `json:"$request"`
			Intent  int64
		}
		if err := json.Unmarshal(e.Data, &d); err != nil {
			a.t.Fatal(err)
		}
		switch e.Type {
		case "action.intent":
			d.Request.Body = ""
			intents[d.Request]++
			open[e.Seq] = true
		case "action.outcome":
			delete(open, d.Intent)
		}
	}
	if len(open) > 0 {
		a.t.Errorf("%s: intents without outcome: %v", point, open)
	}
	sent := map[request]int{}
	for _, w := range a.server.Writes() {
		sent[request{w.Method, w.Path, ""}]++
		if sent[request{w.Method, w.Path, ""}] > intents[request{w.Method, w.Path, ""}] {
			a.t.Errorf("%s: %s %s was sent without an intent", point, w.Method, w.Path)
		}
	}
	if st := must(a.app.VerifyRecord(a.t.Context()))(a.t); !st.OK {
		a.t.Errorf("%s: the record does not verify: %s", point, st.Reason)
	}
}
