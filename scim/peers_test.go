//go:build integration

package scim_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"rollcall/scim"
	"rollcall/test/peers"
)

// servers are other people's implementations, in order to learn whether what
// scimtest does is what servers do.
var servers = []struct {
	name  string
	start func(testing.TB) *peers.Peer
	wraps bool // past the end it begins again
}{
	{"scimmy", peers.StartScimmy, true},
	{"elimity", peers.StartElimity, false},
}

func peerClient(t *testing.T, p *peers.Peer) *scim.Client {
	t.Helper()
	return client(t, scim.Config{BaseURL: p.URL, Auth: scim.Auth{Secret: p.Token}})
}

// TestPeersList lists as many users as make a page, and one more or fewer.
func TestPeersList(t *testing.T) {
	for _, s := range servers {
		p := s.start(t)
		c := peerClient(t, p)
		for _, n := range []int{0, 1, 20, 21, 100, 101, 250} {
			t.Run(fmt.Sprintf("%s %d", s.name, n), func(t *testing.T) {
				p.Seed(peers.People(n))
				var stage staged
				l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take)
				if err != nil || !l.Complete {
					t.Fatalf("%s, %v", l.Sentence(), err)
				}
				equal(t, "distinct", l.Distinct, n)
				equal(t, "unpaged", l.Unpaged, s.wraps && n == 1)
				equal(t, "total trusted", l.TotalTrusted, !l.Unpaged)
				slices.Sort(stage.users)
				for i, id := range stage.users {
					equal(t, "id", id, fmt.Sprintf("u%04d", i+1))
				}
				listGroups(t, c, n)
				equal(t, "writes", len(p.State().Writes()), 0)
			})
		}
	}
}

// listGroups wants the one group, with its first ten members.
func listGroups(t *testing.T, c *scim.Client, users int) {
	t.Helper()
	var groups []scim.Group
	l, err := c.List(context.Background(), scim.Groups, scim.ListOptions{}, func(p scim.Page) error {
		if !p.Verify {
			groups = append(groups, p.Groups...)
		}
		return nil
	})
	if err != nil || !l.Complete || len(groups) != 1 {
		t.Fatalf("%d groups, %s, %v", len(groups), l.Sentence(), err)
	}
	equal(t, "members", len(groups[0].Members), min(users, 10))
}

// peerChange is one change to three users, the first two of whom are in g1.
type peerChange struct {
	name    string
	prepare func(c *scim.Client, u *scim.User, g *scim.Group) (scim.Write, error)
	active  bool     // of u0001, afterwards
	members []string // of g1, afterwards
	gone    bool     // u0001
}

var peerChanges = func() []peerChange {
	whole := []string{"u0001", "u0002"}
	var all []peerChange
	for _, f := range []scim.Form{scim.PatchPath, scim.PatchObject, scim.Put} {
		all = append(all,
			peerChange{"deactivate by " + string(f), func(c *scim.Client, u *scim.User, _ *scim.Group) (scim.Write, error) {
				return c.SetActive("u0001", false, f, u)
			}, false, whole, false},
			peerChange{"add a member by " + string(f), func(c *scim.Client, _ *scim.User, g *scim.Group) (scim.Write, error) {
				return c.AddMember("g1", "u0003", f, g)
			}, true, []string{"u0001", "u0002", "u0003"}, false})
	}
	for _, f := range []scim.Form{scim.PatchPath, scim.Put} {
		all = append(all, peerChange{"remove a member by " + string(f), func(c *scim.Client, _ *scim.User, g *scim.Group) (scim.Write, error) {
			return c.RemoveMember("g1", "u0001", f, g)
		}, true, []string{"u0002"}, false})
	}
	return append(all, peerChange{"delete", func(c *scim.Client, _ *scim.User, _ *scim.Group) (scim.Write, error) {
		return c.Delete(scim.Users, "u0001")
	}, false, []string{"u0002"}, true})
}()

// TestPeersChange makes each change and asks the server itself what it holds.
func TestPeersChange(t *testing.T) {
	for _, s := range servers {
		p := s.start(t)
		c := peerClient(t, p)
		for _, tc := range peerChanges {
			t.Run(s.name+" "+tc.name, func(t *testing.T) {
				seed := peers.People(3)
				seed.Groups[0]["members"] = seed.Groups[0]["members"].([]any)[:2]
				p.Seed(seed)
				u, err := c.User(context.Background(), "u0001")
				if err != nil {
					t.Fatal(err)
				}
				w, err := tc.prepare(c, &u, group(t, c, "g1"))
				if err != nil {
					t.Fatal(err)
				}
				if err := send(t, c, w); err != nil {
					t.Fatal(err)
				}
				checkPeer(t, p, c, tc)
			})
		}
	}
}

// checkPeer compares what the server holds, and what the client reads back,
// with what was wanted.
func checkPeer(t *testing.T, p *peers.Peer, c *scim.Client, want peerChange) {
	t.Helper()
	st := p.State()
	equal(t, "writes", len(st.Writes()), 1)
	equal(t, "users", len(st.Users), 3-map[bool]int{true: 1}[want.gone])
	equalList(t, "members", membersOf(st.Group("g1")), want.members)
	u, err := c.User(context.Background(), "u0001")
	if want.gone {
		equal(t, "kind", asError(t, err).Kind, scim.KindNotFound)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	held := st.User("u0001")
	equal(t, "active", held["active"], any(want.active))
	equal(t, "active as read", u.Active == scim.ActiveTrue, want.active)
	for name, value := range map[string]any{"userName": "person1@corp.example", "displayName": "Person 1", "externalId": "1"} {
		equal(t, name, held[name], value)
	}
	enterprise, _ := held["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].(map[string]any)
	equal(t, "employee number", enterprise["employeeNumber"], any("1"))
	emails, _ := held["emails"].([]any)
	equal(t, "emails", len(emails), 1)
	equal(t, "others are active", st.User("u0002")["active"], any(true))
	equal(t, "name of the group", st.Group("g1")["displayName"], any("Group 1"))
}

func membersOf(g peers.Resource) (ids []string) {
	members, _ := g["members"].([]any)
	for _, m := range members {
		id, _ := m.(map[string]any)["value"].(string)
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
