//go:build unix

package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// The moments at which the process is killed, with SIGKILL, while it
// deactivates one account.
const (
	killAfterIntent   = "after the intent"   // recorded, nothing sent
	killDuringCall    = "during the call"    // the server holds the request
	killAfterCall     = "after the call"     // answered, the answer not looked at
	killBeforeOutcome = "before the outcome" // read back, not recorded
)

// doomed is a transport that kills its own process at one moment.
type doomed struct{ moment string }

func (d doomed) RoundTrip(r *http.Request) (*http.Response, error) {
	write := r.Method == http.MethodPatch
	if write && d.moment == killAfterIntent {
		die()
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	switch {
	case write && d.moment == killAfterCall:
		die()
	case write && d.moment == killBeforeOutcome:
		return resp, err
	case d.moment == killBeforeOutcome && os.Getenv("ROLLCALL_TEST_SENT") != "":
		die()
	}
	return resp, err
}

func die() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }

// marked sets the flag after a write, so that the next read is the read back.
type marked struct{ next http.RoundTripper }

func (m marked) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(r)
	if r.Method == http.MethodPatch {
		os.Setenv("ROLLCALL_TEST_SENT", "1")
	}
	return resp, err
}

func TestMain(m *testing.M) {
	if os.Getenv(envWork) != "" {
		os.Exit(workToDeath())
	}
	if moment := os.Getenv("ROLLCALL_TEST_KILL"); moment != "" {
		os.Exit(runToDeath(moment))
	}
	os.Exit(m.Run())
}

// runToDeath is the child: it runs the plan in the workspace that the parent
// made and is killed on the way.
func runToDeath(moment string) int {
	ctx := context.Background()
	cfg := onFile(os.Getenv("ROLLCALL_TEST_DIR"))
	cfg.Transport = marked{doomed{moment}}
	a, err := app.Open(ctx, cfg)
	if err == nil {
		_, err = a.Run(ctx, os.Getenv("ROLLCALL_TEST_PLAN"))
	}
	fmt.Fprintln(os.Stderr, "the child lived:", err)
	return 1
}

// onFile keeps the secrets in the workspace, so that child and parent share them.
func onFile(dir string) app.Config {
	open := func() (string, error) { return "correct horse", nil }
	s, err := secrets.Open(context.Background(), secrets.Options{Dir: dir, WorkspaceID: "test", PreferFile: true, Passphrase: open, WorkFactor: 2})
	if err != nil {
		panic(err)
	}
	return app.Config{Dir: dir, Secrets: s, Actor: "tester"}
}

func TestKilled(t *testing.T) {
	tests := []struct {
		moment string
		effect bool // the server carried the request out
		writes int
		soon   string // settled at once
		later  string // settled after more than two minutes
	}{
		{killAfterIntent, false, 0, "unknown", "failed"},
		{killDuringCall, false, 1, "unknown", "failed"},
		{killDuringCall, true, 1, "confirmed", ""},
		{killAfterCall, true, 1, "confirmed", ""},
		{killBeforeOutcome, true, 1, "confirmed", ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, effect %v", tt.moment, tt.effect), func(t *testing.T) {
			s := killed(t, tt.moment, tt.effect)
			open := s.entries("action.intent")
			if len(open) != 1 || len(s.entries("action.outcome")) != 1 {
				t.Fatalf("after the restart: %d intents, %d outcomes", len(open), len(s.entries("action.outcome")))
			}
			got := must(s.app.Settle(t.Context()))(t)
			if len(got) != 1 || got[0].Outcome != tt.soon {
				t.Errorf("settled at once: %+v, want %s", got, tt.soon)
			}
			if tt.later != "" {
				s.clock.ahead = 3 * time.Minute
				if got := must(s.app.Settle(t.Context()))(t); len(got) != 1 || got[0].Outcome != tt.later {
					t.Errorf("settled later: %+v, want %s", got, tt.later)
				}
			}
			plan := must(s.app.Plans(t.Context()))(t)[0]
			must(s.app.Run(t.Context(), plan.Hash))(t)
			if n := len(s.server.Writes()); n != tt.writes {
				t.Errorf("%d writes, want %d: a call was repeated", n, tt.writes)
			}
			if n := len(s.entries("action.intent")); n != 1 {
				t.Errorf("%d intents in the end", n)
			}
			if st := must(s.app.VerifyRecord(t.Context()))(t); !st.OK {
				t.Errorf("the record does not verify: %s", st.Reason)
			}
		})
	}
}

// What a crash left unknown is not sent again by the run that goes on, also
// while the account shows no effect.
func TestRunAfterACrashRepeatsNothing(t *testing.T) {
	s := killed(t, killDuringCall, false)
	plan := must(s.app.Plans(t.Context()))(t)[0]
	r := must(s.app.Run(t.Context(), plan.Hash))(t)
	if outcomes(r) != "unknown" || len(s.server.Writes()) != 1 {
		t.Errorf("%s after %d writes", outcomes(r), len(s.server.Writes()))
	}
}

// killed prepares a workspace with a plan, lets a child run it to its death at
// the moment, and opens the workspace again.
func killed(t *testing.T, moment string, effect bool) *shop {
	s := newShopOn(t, scimtest.Quirks{}, onFile(t.TempDir()))
	p := s.plan(accounts("u59"))
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}
	hold := scimtest.NewBarrier()
	if moment == killDuringCall {
		f := scimtest.Fault{Method: http.MethodPatch, Effect: effect}
		if effect {
			f.Reply = hold // carried out, not answered
		} else {
			f.Arrive = hold
		}
		s.server.Fail(f)
	}
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), "ROLLCALL_TEST_KILL="+moment, "ROLLCALL_TEST_DIR="+s.cfg.Dir, "ROLLCALL_TEST_PLAN="+p.Hash)
	var said strings.Builder
	child.Stderr = &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	dead := make(chan error, 1)
	go func() { dead <- child.Wait() }()
	if moment == killDuringCall {
		reached(t, hold, dead)
		child.Process.Kill()
	}
	var exit *exec.ExitError
	if err := <-dead; !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child was not killed: %v\n%s", err, said.String())
	}
	s.open()
	must(s.app.Checkpoint(t.Context()))(t) // the first writer after the crash
	return s
}
