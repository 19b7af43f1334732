package cli

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/app"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestProgressLine(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    app.Progress
		gone time.Duration
		want string
	}{
		{"no number yet", app.Progress{What: "sync", Tenant: "Acme", Stage: "users"}, 0, "sync Acme: users"},
		{"no total", app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: 7}, time.Minute, "sync Acme: users 7"},
		{"too early to estimate", app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: 1, Total: 9}, time.Second, "sync Acme: users 1 of 9"},
		{"estimate", app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: 250, Total: 1000}, 10 * time.Second, "sync Acme: users 250 of 1000, about 30s left"},
		{"resumed", app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: 4200, Total: 10000, Resumed: 4200}, time.Minute, "sync Acme: users resumed at 4200 of 10000"},
		{"estimate after a resumption", app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: 750, Total: 1000, Resumed: 500}, 10 * time.Second, "sync Acme: users 750 of 1000, about 10s left"},
		{"at the end", app.Progress{What: "run", Tenant: "Acme", Stage: "action", Done: 3, Total: 3}, time.Minute, "run Acme: action 3 of 3"},
		{"all tenants", app.Progress{What: "run", Stage: "done", Done: 2, Total: 2}, 0, "run: done 2 of 2"},
		{"hostile", app.Progress{What: "sync", Tenant: "A\x1b[2J", Stage: "users"}, 0, `sync A\x1b[2J: users`},
	} {
		tt.p.Started = start
		if got := progressLine(tt.p, start.Add(tt.gone)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestProgressIsSparseWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	now := start
	p := newProgress(&out, func() time.Time { return now })
	for i := range 100 { // 100 reports in 25 seconds
		now = start.Add(time.Duration(i) * 250 * time.Millisecond)
		p.report(app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: i})
	}
	p.report(app.Progress{What: "sync", Tenant: "Acme", Stage: "groups"})
	p.clear()
	want := "sync Acme: users\nsync Acme: users 40\nsync Acme: users 80\nsync Acme: groups\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestProgressRefreshesOneLineOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, func() time.Time { return start })
	p.width = 20
	p.report(app.Progress{What: "sync", Tenant: "Acme", Stage: "users", Done: 1})
	p.report(app.Progress{What: "sync", Tenant: "A tenant with a long name", Stage: "users", Done: 2})
	p.clear()
	p.clear()
	want := "\r\x1b[Ksync Acme: users 1\r\x1b[Ksync A tenant with…\r\x1b[K"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if strings.Contains(out.String(), "\n") {
		t.Error("a refreshed line ended in a newline")
	}
}

// TestProgressFromManySides is for the race detector: tenants are synced at the
// same time.
func TestProgressFromManySides(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, func() time.Time { return start })
	var wg sync.WaitGroup
	for _, tenant := range []string{"A", "B", "C"} {
		wg.Go(func() {
			for i := range 50 {
				p.report(app.Progress{What: "sync", Tenant: tenant, Stage: "users", Done: i})
			}
		})
	}
	wg.Wait()
	p.clear()
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "sync ") || !strings.HasSuffix(line, "\n") {
			t.Errorf("a line was torn: %q", line)
		}
	}
}
