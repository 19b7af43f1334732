//go:build integration

package job

import (
	"fmt"
	"slices"
	"testing"

	"rollcall/test/peers"
)

// members are the ids in the group g1, as the server holds them.
func members(s peers.State) []string {
	var ids []string
	list, _ := s.Group("g1")["members"].([]any)
	for _, m := range list {
		if entry, ok := m.(map[string]any); ok {
			ids = append(ids, fmt.Sprint(entry["value"]))
		}
	}
	slices.Sort(ids)
	return ids
}

// Memberships and undo on servers written by others: one member less, nobody
// else touched, and everything back as it was.
func TestGroupsAndUndo(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *peers.Peer{"scimmy": peers.StartScimmy, "elimity": peers.StartElimity} {
		t.Run(name, func(t *testing.T) {
			peer := start(t)
			d := seeded(t, peer)
			before := members(peer.State())
			d.run(0, "tenant", "allow-writes", "Acme", "--reason", "test")
			d.run(0, "sync")
			d.planAndRun("plan", "--tenant", "Acme", "--account", "u0003", "--action", "remove-membership", "--ticket", "HD-1")
			if got := members(peer.State()); len(got) != len(before)-1 || slices.Contains(got, "u0003") {
				t.Fatalf("members after one removal: %v", got)
			}
			d.run(0, "sync")
			closed := d.planAndRun("offboard", "7", "--ticket", "HD-2", "--dry-run")
			if peer.State().User("u0007")["active"] != true {
				t.Fatalf("a dry run deactivated: %s", closed)
			}
			off := one[struct {
				Plan struct{ Hash string }
				Run  struct{ State string }
			}](t, d.run(0, "offboard", "7", "--ticket", "HD-2", "--yes", "--json"))
			if off.Run.State != "done" || peer.State().User("u0007")["active"] != false {
				t.Fatalf("offboarding: %+v", off)
			}
			d.planAndRun("undo", off.Plan.Hash)
			if peer.State().User("u0007")["active"] != true || !slices.Contains(members(peer.State()), "u0007") {
				t.Error("undo did not give the account back")
			}
			for _, p := range lines[struct{ Hash, Ticket string }](t, d.run(0, "plan", "list", "--json")) {
				if p.Ticket == "HD-1" {
					d.planAndRun("undo", p.Hash)
					break
				}
			}
			if got := members(peer.State()); !slices.Equal(got, before) {
				t.Errorf("members after undo: %v, want %v", got, before)
			}
		})
	}
}

// planAndRun runs the plan that a command made; a dry run only shows it.
func (d *desk) planAndRun(args ...string) string {
	d.t.Helper()
	if slices.Contains(args, "--dry-run") {
		return d.run(0, args...)
	}
	p := one[struct{ Hash string }](d.t, d.run(0, append(args, "--json")...))
	return d.run(0, "run", p.Hash)
}
