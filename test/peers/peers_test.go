//go:build integration

package peers_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rollcall/test/peers"
)

var servers = []struct {
	name  string
	start func(testing.TB) *peers.Peer
	// pastEnd is what a page after the last one brings: the two servers differ,
	// and the client is built for both.
	pastEnd int
}{
	{"scimmy", peers.StartScimmy, 2},
	{"elimity", peers.StartElimity, 0},
}

func TestPeersListPages(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			p := s.start(t)
			p.Seed(peers.People(5))
			for _, page := range []struct{ query, first string }{
				{"?startIndex=1&count=2", "u0001"},
				{"?startIndex=3&count=2", "u0003"},
			} {
				list := get(t, p, "/Users"+page.query)
				found := list["Resources"].([]any)
				if len(found) != 2 || found[0].(map[string]any)["id"] != page.first || list["totalResults"] != 5.0 {
					t.Errorf("%s: %d of %v users, the first %v", page.query, len(found), list["totalResults"], found[0])
				}
			}
			past, _ := get(t, p, "/Users?startIndex=6&count=2")["Resources"].([]any)
			if len(past) != s.pastEnd {
				t.Errorf("past the end: %d users, want %d", len(past), s.pastEnd)
			}
		})
	}
}

func TestPeersShowGroupsAndEmployeeNumber(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			p := s.start(t)
			p.Seed(peers.People(11))
			member, other := get(t, p, "/Users/u0001"), get(t, p, "/Users/u0011")
			if groups, _ := member["groups"].([]any); len(groups) != 1 {
				t.Errorf("groups of a member: %v", member["groups"])
			}
			if groups, _ := other["groups"].([]any); len(groups) != 0 {
				t.Errorf("groups of somebody else: %v", other["groups"])
			}
			enterprise, _ := member["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].(map[string]any)
			if enterprise["employeeNumber"] != "1" {
				t.Errorf("employee number: %v", enterprise)
			}
			if members, _ := get(t, p, "/Groups/g1")["members"].([]any); len(members) != 10 {
				t.Errorf("%d members, want 10", len(members))
			}
		})
	}
}

func TestPeersPatch(t *testing.T) {
	tests := []struct {
		name, path, op string
		holds          func(peers.State) bool
	}{
		{"deactivate by path", "/Users/u0001", `{"op":"replace","path":"active","value":false}`,
			func(s peers.State) bool { return s.User("u0001")["active"] == false }},
		{"deactivate without path", "/Users/u0002", `{"op":"replace","value":{"active":false}}`,
			func(s peers.State) bool { return s.User("u0002")["active"] == false }},
		{"remove one member", "/Groups/g1", `{"op":"remove","path":"members[value eq \"u0002\"]"}`,
			func(s peers.State) bool { return len(s.Group("g1")["members"].([]any)) == 2 }},
		{"change a part of an extension", "/Users/u0003",
			`{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Ops"}`,
			func(s peers.State) bool {
				e := s.User("u0003")["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].(map[string]any)
				return e["department"] == "Ops" && e["employeeNumber"] == "3"
			}},
	}
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			p := s.start(t)
			p.Seed(peers.People(3))
			for _, tt := range tests {
				if tt.holds(p.State()) {
					t.Fatalf("%s: held before", tt.name)
				}
				body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + tt.op + `]}`
				if status, answer := call(t, p, http.MethodPatch, tt.path, body); status != 200 && status != 204 {
					t.Errorf("%s: status %d: %s", tt.name, status, answer)
				}
				if !tt.holds(p.State()) {
					t.Errorf("%s: without effect", tt.name)
				}
			}
			if n := len(p.State().Writes()); n != len(tests) {
				t.Errorf("%d writes in the log, want %d", n, len(tests))
			}
		})
	}
}

func TestPeersRefuse(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			p := s.start(t)
			p.Seed(peers.People(2))
			if status, _ := call(t, p, http.MethodDelete, "/Users/u0002", ""); status != 204 {
				t.Errorf("delete: status %d", status)
			}
			if status, _ := call(t, p, http.MethodGet, "/Users/u0002", ""); status != 404 {
				t.Errorf("get what was deleted: status %d", status)
			}
			user := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"PERSON1@corp.example"}`
			if status, _ := call(t, p, http.MethodPost, "/Users", user); status != 409 {
				t.Errorf("create a userName twice: status %d", status)
			}
			p.Token += "x"
			if status, _ := call(t, p, http.MethodGet, "/Users", ""); status != 401 {
				t.Errorf("wrong token: status %d", status)
			}
			if log := p.State().Requests; len(log) != 4 || log[3].Status != 401 {
				t.Errorf("request log: %v", log)
			}
		})
	}
}

func get(t *testing.T, p *peers.Peer, path string) map[string]any {
	t.Helper()
	status, body := call(t, p, http.MethodGet, path, "")
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil || status != 200 {
		t.Fatalf("GET %s: status %d: %v\n%s", path, status, err, body)
	}
	return v
}

func call(t *testing.T, p *peers.Peer, method, path, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}
