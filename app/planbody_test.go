package app

import "testing"

// What an older Rollcall planned keeps its digest: what was added since is left out
// where there is nothing of it.
func TestStatesOfOlderPlans(t *testing.T) {
	b, err := canonical(accountState{ID: "u1", UserName: "ada", Active: "true", Memberships: []membership{{ID: "g1"}}})
	const want = `{"active":"true","emails":[],"externalId":"","id":"u1","memberships":[{"id":"g1","name":""}],"userName":"ada"}`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}
