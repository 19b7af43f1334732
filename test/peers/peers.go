// Package peers starts real SCIM servers for tests and puts faults in front of
// them. The servers are other people's implementations over a memory of ours:
// scimmy (Node) and elimity-com/scim (Go, in a module of its own). Both listen
// on loopback, end with the test, and can be asked afterwards what they hold.
package peers

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
)

// Peer is a running SCIM server.
type Peer struct {
	URL   string // the SCIM base, without a trailing slash
	Token string // the bearer token that it accepts
	t     testing.TB
	admin string
}

// Resource is a SCIM resource as JSON has it.
type Resource = map[string]any

// Request is one request that a peer served, accepted or not.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"` // with the query, as on the request line
	Status int    `json:"status"`
}

// State is what a peer holds.
type State struct {
	Users    []Resource `json:"users"`
	Groups   []Resource `json:"groups"`
	Requests []Request  `json:"requests,omitempty"` // since the last Seed
}

// StartScimmy starts the wide-path server: bulk, search, sort, the whole filter
// grammar; a default page of 20, and past the end it begins again.
func StartScimmy(t testing.TB) *Peer {
	t.Helper()
	dir := filepath.Join(root(t), "test", "peers", "scimmy")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "scimmy")); err != nil {
		t.Fatalf("the scimmy server is not installed: run make peers (%v)", err)
	}
	return start(t, exec.Command("node", filepath.Join(dir, "server.mjs")))
}

// StartElimity starts the narrow-path server: a strict validator, pages of at
// most 100, relative locations, no sort, no bulk.
func StartElimity(t testing.TB) *Peer {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "elimity")
	build := exec.Command("go", "build", "-C", filepath.Join(root(t), "test", "peers", "elimity"), "-o", bin, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the elimity server: %v\n%s", err, out)
	}
	return start(t, exec.Command(bin))
}

// Seed replaces what the peer holds and forgets its request log. Resources
// without an id get one.
func (p *Peer) Seed(s State) {
	p.t.Helper()
	body, err := json.Marshal(s)
	if err != nil {
		p.t.Fatalf("encode the seed: %v", err)
	}
	p.adminCall(http.MethodPut, body, http.StatusNoContent)
}

// State asks the peer itself, past its SCIM side.
func (p *Peer) State() State {
	p.t.Helper()
	var s State
	if err := json.Unmarshal(p.adminCall(http.MethodGet, nil, http.StatusOK), &s); err != nil {
		p.t.Fatalf("read the state of the peer: %v", err)
	}
	return s
}

// User returns the stored user with that id; nil where there is none.
func (s State) User(id string) Resource { return byID(s.Users, id) }

// Group returns the stored group with that id; nil where there is none.
func (s State) Group(id string) Resource { return byID(s.Groups, id) }

// Writes returns the requests that could have changed something.
func (s State) Writes() []Request {
	var out []Request
	for _, r := range s.Requests {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			out = append(out, r)
		}
	}
	return out
}

// People makes n active users, u0001 and so on, with employee numbers 1 to n,
// and one group, g1, that the first ten are members of.
func People(n int) State {
	var s State
	members := []any{}
	for i := 1; i <= n; i++ {
		id, mail := fmt.Sprintf("u%04d", i), fmt.Sprintf("person%d@corp.example", i)
		s.Users = append(s.Users, Resource{
			"id":          id,
			"userName":    mail,
			"externalId":  fmt.Sprint(i),
			"displayName": fmt.Sprintf("Person %d", i),
			"active":      true,
			"emails":      []any{Resource{"value": mail, "type": "work", "primary": true}},
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": Resource{"employeeNumber": fmt.Sprint(i)},
		})
		if i <= 10 {
			members = append(members, Resource{"value": id})
		}
	}
	s.Groups = []Resource{{"id": "g1", "displayName": "Group 1", "members": members}}
	return s
}

func byID(list []Resource, id string) Resource {
	for _, r := range list {
		if r["id"] == id {
			return r
		}
	}
	return nil
}

// start runs cmd, hands it a fresh token and waits for the line with its
// addresses. The server ends when its standard input does.
func start(t testing.TB, cmd *exec.Cmd) *Peer {
	t.Helper()
	p := &Peer{Token: rand.Text(), t: t}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the peer: %v", err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if _, err := io.WriteString(in, p.Token+"\n"); err != nil {
		t.Fatalf("hand the token to the peer: %v", err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		cmd.Wait()
		t.Fatalf("read the addresses of the peer: %v\n%s", err, stderr.Bytes())
	}
	var addr struct {
		URL   string `json:"url"`
		Admin string `json:"admin"`
	}
	if err := json.Unmarshal(line, &addr); err != nil {
		t.Fatalf("read the addresses of the peer: %v", err)
	}
	p.URL, p.admin = addr.URL, addr.Admin
	return p
}

func (p *Peer) adminCall(method string, body []byte, want int) []byte {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.admin+"/state", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatalf("ask the peer's side channel: %v", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		p.t.Fatalf("ask the peer's side channel: %s: %v\n%s", resp.Status, err, b)
	}
	return b
}

// root is the folder of the project: the nearest one above the test's own that
// holds the module. A build without file paths has no other way to tell.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test's folder")
		}
	}
}
