//go:build integration && unix

package job

import (
	"net/http"
	"net/url"
	"os/exec"
	"path"
	"reflect"
	"slices"
	"testing"

	"rollcall/test/peers"
)

// A sync that was killed goes on at the page that it was killed at, has a second
// pass vouch for the list, and finds what one finds that nothing happened to;
// --fresh begins again.
func TestKilledSyncGoesOn(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *peers.Peer{"scimmy": peers.StartScimmy, "elimity": peers.StartElimity} {
		t.Run(name, func(t *testing.T) {
			peer := start(t)
			peer.Seed(peers.People(330))
			proxy := peers.Proxy(t, peer.URL)
			want := newDesk(t, peer.Token).syncAfter(proxy, false)
			if len(want.found) != 3 || want.resumed != 0 || !slices.Equal(want.asked, []string{"1", "100", "199", "298", "330"}) {
				t.Fatalf("undisturbed: asked for %v, resumed %d times, found %+v", want.asked, want.resumed, want.found)
			}

			got := newDesk(t, peer.Token).syncAfter(proxy, true)
			vouching := []string{"1", "75", "149", "223", "297", "330"}
			if !slices.Equal(got.asked, append([]string{"199", "298", "330"}, vouching...)) || got.resumed != 1 || got.before != 2 || got.pages != want.pages+len(vouching) {
				t.Errorf("after the kill it asked for %v, resumed %d times after %d pages, and has %d of %d", got.asked, got.resumed, got.before, got.pages, want.pages)
			}
			if !reflect.DeepEqual(got.found, want.found) {
				t.Errorf("found %+v, want %+v", got.found, want.found)
			}

			fresh := newDesk(t, peer.Token).syncAfter(proxy, true, "--fresh")
			if !slices.Equal(fresh.asked, want.asked) || fresh.resumed != 0 || !reflect.DeepEqual(fresh.found, want.found) {
				t.Errorf("afresh it asked for %v, resumed %d times, found %+v", fresh.asked, fresh.resumed, fresh.found)
			}
			if w := peer.State().Writes(); len(w) != 0 {
				t.Errorf("listing wrote to the tenant: %v", w)
			}
		})
	}
}

// synced is what became of a sync.
type synced struct {
	asked   []string // the startIndex of each page of users
	resumed int
	pages   int // of users and groups, the kept ones included
	before  int // pages that the first resumption kept
	found   []finding
}

// syncAfter connects the proxy, kills a first sync where it is told to, and then
// syncs with the flags.
func (d *desk) syncAfter(proxy *peers.FaultProxy, kill bool, flags ...string) synced {
	d.t.Helper()
	d.run(0, "roster", "import", people(d.t, 1, 328, 7))
	d.run(0, "tenant", "add", "Acme", "--url", proxy.URL, "--token-env", "THE_TOKEN")
	if kill {
		d.kill(proxy)
	}
	before := len(proxy.Log())
	s := one[struct {
		Sealed, GroupsSealed    bool
		Accounts, Groups, Pages int
		Resumed                 []struct{ PagesBefore int }
	}](d.t, d.run(0, append([]string{"sync", "--json"}, flags...)...))
	if !s.Sealed || !s.GroupsSealed || s.Accounts != 330 || s.Groups != 1 {
		d.t.Errorf("sync: %+v", s)
	}
	out := synced{pages: s.Pages, resumed: len(s.Resumed), asked: pagesAsked(d.t, proxy.Log()[before:])}
	if out.resumed > 0 {
		out.before = s.Resumed[0].PagesBefore
	}
	out.found = lines[finding](d.t, d.run(0, "findings", "--json"))
	return out
}

// kill ends a sync by SIGKILL while the proxy holds its third page.
func (d *desk) kill(proxy *peers.FaultProxy) {
	d.t.Helper()
	hold := peers.NewBarrier()
	proxy.Fault(thirdPage, 1, peers.HoldBefore(hold))
	cmd := exec.Command(program, "sync")
	cmd.Env = d.env()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	<-hold.Arrived()
	if err := cmd.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		d.t.Fatal("the program ended by itself before it was killed")
	}
	proxy.Heal()
	if left := lines[finding](d.t, d.run(0, "findings", "--json")); len(left) != 0 {
		d.t.Errorf("findings from a list that never ended: %+v", left)
	}
}

// pagesAsked are the startIndex of the pages of users that were asked for.
func pagesAsked(t *testing.T, log []peers.Exchange) []string {
	t.Helper()
	var out []string
	for _, e := range log {
		u, err := url.Parse(e.Path)
		if err != nil {
			t.Fatal(err)
		}
		if index := u.Query().Get("startIndex"); index != "" && path.Base(u.Path) == "Users" {
			out = append(out, index)
		}
	}
	return out
}

func thirdPage(r *http.Request) bool {
	return lists(r) && r.URL.Query().Get("startIndex") == "199"
}
