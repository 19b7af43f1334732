//go:build integration && unix

package job

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/test/peers"
)

// lists matches the pages of the list of users.
func lists(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/Users")
}

// laterPages matches those after the first.
func laterPages(r *http.Request) bool {
	first := r.URL.Query().Get("startIndex")
	return lists(r) && first != "" && first != "1"
}

// From a list or a roster that cannot be relied on nothing can be planned, and
// the terminal says why.
func TestNothingFromABadRead(t *testing.T) {
	peer := peers.StartScimmy(t)
	peer.Seed(peers.People(60))
	proxy := peers.Proxy(t, peer.URL)
	d := newDesk(t, peer.Token)
	d.run(0, "roster", "import", people(t, 1, 58, 7))
	d.run(0, "tenant", "add", "Acme", "--url", proxy.URL, "--token-env", "THE_TOKEN", "--allow-writes", "test")
	d.run(0, "sync")
	good := one[struct{ Hash string }](t, d.run(0, "plan", "--tenant", "Acme", "--kind", "orphaned", "--action", "deactivate", "--ticket", "HD-1", "--json"))

	spoil := func(f peers.Fault) func() { return func() { proxy.Fault(lists, -1, f) } }
	seed := func(n int) func() { return func() { s := peers.People(60); s.Users = s.Users[:n]; peer.Seed(s) } }
	half := peers.People(60)
	tests := []struct {
		name  string
		spoil func()
		exit  int
		word  string
	}{
		{"cut off", spoil(peers.Truncate()), 3, "JSON"},
		{"sign-in page with 200", spoil(peers.Body(200, "text/html", "<html>Sign in</html>")), 3, "web page"},
		{"error with 200", spoil(peers.Body(200, "application/json", `{"status":"error"}`)), 3, "not a list"},
		{"503 half-way", func() { proxy.Fault(laterPages, -1, peers.Status(503)) }, 3, "503"},
		{"fewer than claimed", spoil(lessThanClaimed(half)), 3, "60"},
		{"zero users", seed(0), 3, "no accounts"},
		{"shrunk", seed(40), 3, "shrank"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spoil()
			t.Cleanup(func() { proxy.Heal(); peer.Seed(peers.People(60)) })
			said := d.run(tt.exit, "sync")
			nothingPlanned(t, d, good.Hash, tt.word, said)
		})
	}
	if w := peer.State().Writes(); len(w) != 0 {
		t.Errorf("the tenant was written to: %v", w)
	}
	d.run(0, "sync")
	d.run(0, "plan", "--tenant", "Acme", "--kind", "orphaned", "--action", "deactivate", "--ticket", "HD-1", "--dry-run")
}

// lessThanClaimed answers every page with the first fifty users and a total of 60.
func lessThanClaimed(s peers.State) peers.Fault {
	b, err := json.Marshal(map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": 60, "startIndex": 1, "Resources": s.Users[:50],
	})
	if err != nil {
		panic(err)
	}
	return peers.Body(200, "application/scim+json", string(b))
}

// nothingPlanned: no new plan, and not the old one either.
func nothingPlanned(t *testing.T, d *desk, old, word, said string) {
	t.Helper()
	if !strings.Contains(said, word) {
		t.Errorf("the sync does not say %q:\n%s", word, said)
	}
	d.run(3, "plan", "--tenant", "Acme", "--kind", "orphaned", "--action", "deactivate", "--ticket", "HD-1")
	d.run(3, "plan", "--tenant", "Acme", "--account", "u0007", "--action", "deactivate", "--ticket", "HD-1", "--dry-run")
	d.run(3, "run", old)
}

func TestNothingFromABadRoster(t *testing.T) {
	peer := peers.StartScimmy(t)
	d := seeded(t, peer)
	d.run(0, "tenant", "allow-writes", "Acme", "--reason", "test")
	d.run(0, "sync")
	good := one[struct{ Hash string }](t, d.run(0, "plan", "--tenant", "Acme", "--kind", "orphaned", "--action", "deactivate", "--ticket", "HD-1", "--json"))

	t.Run("shrunk", func(t *testing.T) {
		said := d.run(3, "roster", "import", people(t, 1, 30, 7))
		nothingPlanned(t, d, good.Hash, "30", said)
		d.run(0, "roster", "import", people(t, 1, 58, 7))
	})
	t.Run("wrong mail column", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("Personnel,Name,Email,Private mail\n")
		for i := 1; i <= 58; i++ {
			fmt.Fprintf(&b, "P-%d,Person %d,person%d@corp.example,p%d@home.example\n", i, i, i, i)
		}
		file := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		d := newDesk(t, peer.Token)
		d.run(0, "roster", "import", file, "--map", "number=Personnel,email=Private mail")
		d.run(0, "tenant", "add", "Acme", "--url", peer.URL, "--token-env", "THE_TOKEN", "--allow-writes", "test")
		d.run(0, "sync")
		d.run(3, "plan", "--tenant", "Acme", "--kind", "orphaned", "--action", "deactivate", "--ticket", "HD-1")
		d.run(3, "plan", "--tenant", "Acme", "--account", "u0059", "--action", "deactivate", "--ticket", "HD-1")
	})
	if w := peer.State().Writes(); len(w) != 0 {
		t.Errorf("the tenant was written to: %v", w)
	}
}

// While a command is under way the process list does not show the token.
func TestTokenNotInProcessList(t *testing.T) {
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("this system has no /proc to read the process list from")
	}
	peer := peers.StartScimmy(t)
	peer.Seed(peers.People(5))
	proxy := peers.Proxy(t, peer.URL)
	d := newDesk(t, peer.Token)
	d.run(0, "tenant", "add", "Acme", "--url", proxy.URL, "--token-env", "THE_TOKEN")
	hold := peers.NewBarrier()
	proxy.Fault(lists, 1, peers.HoldBefore(hold))
	cmd := exec.Command(program, "sync")
	cmd.Env = d.env()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-hold.Arrived()
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	if err != nil || !strings.Contains(string(line), "sync") || strings.Contains(string(line), d.token) {
		t.Errorf("the process list shows %q, %v", line, err)
	}
	hold.Release()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
