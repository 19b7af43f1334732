package peers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/test/peers"
)

const page = `{"totalResults":1,"Resources":[{"id":"u1"}]}`

// target is a server that counts what reaches it.
func target(t *testing.T) (url string, reached *atomic.Int64) {
	t.Helper()
	reached = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		w.Header().Set("Content-Type", "application/scim+json")
		io.WriteString(w, page)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/scim/v2", reached
}

// send makes one request on a connection of its own, so that no transport
// repeats it.
func send(t *testing.T, method, url, body string) (status int, header http.Header, answer string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(b), err
}

func TestProxyFaults(t *testing.T) {
	tests := []struct {
		name    string
		fault   peers.Fault
		status  int // 0: no answer
		header  string
		body    string // "": not compared
		broken  bool   // the body ends in an error
		reached int64
	}{
		{"too many requests", peers.TooMany("Retry-After", "7"), 429, "Retry-After", "", false, 0},
		{"vendor's own header", peers.TooMany("X-RateLimit-Reset", "7"), 429, "X-RateLimit-Reset", "", false, 0},
		{"unavailable", peers.Status(503), 503, "", "", false, 0},
		{"precondition failed", peers.Status(412), 412, "", "", false, 0},
		{"log-in page", peers.Body(200, "text/html", "<html>"), 200, "", "<html>", false, 0},
		{"dropped before", peers.DropBefore(), 0, "", "", false, 0},
		{"dropped after", peers.DropAfter(), 0, "", "", false, 1},
		{"truncated JSON", peers.Truncate(), 200, "", page[:len(page)/2], false, 1},
		{"cut connection", peers.Cut(), 200, "", page[:len(page)/2], true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url, reached := target(t)
			p := peers.Proxy(t, url)
			p.Fault(peers.Match("POST", "/Users"), 1, tt.fault)
			status, header, body, err := send(t, "POST", p.URL+"/Users?a=b", "{}")
			if status != tt.status || (err != nil) != (tt.broken || tt.status == 0) {
				t.Errorf("status %d, error %v", status, err)
			}
			if tt.header != "" && header.Get(tt.header) != "7" {
				t.Errorf("%s: %q", tt.header, header.Get(tt.header))
			}
			if tt.body != "" && body != tt.body {
				t.Errorf("body %q, want %q", body, tt.body)
			}
			if reached.Load() != tt.reached {
				t.Errorf("reached the server %d times, want %d", reached.Load(), tt.reached)
			}
			if _, _, body, err := send(t, "POST", p.URL+"/Users", "{}"); body != page || err != nil {
				t.Errorf("the request after the fault: %q, %v", body, err)
			}
		})
	}
}

func TestProxyLog(t *testing.T) {
	url, _ := target(t)
	p := peers.Proxy(t, url)
	p.Fault(peers.Any, 1, peers.Status(503))
	send(t, "PATCH", p.URL+"/Users/u1", `{"x":1}`)
	send(t, "GET", p.URL+"/Users?count=1", "")
	log := p.Log()
	if len(log) != 2 {
		t.Fatalf("%d exchanges, want 2", len(log))
	}
	if e := log[0]; e.Method != "PATCH" || e.Path != "/scim/v2/Users/u1" || string(e.Body) != `{"x":1}` || !e.Faulted || e.Upstream != 0 {
		t.Errorf("the faulted exchange: %+v", e)
	}
	if e := log[1]; e.Path != "/scim/v2/Users?count=1" || e.Faulted || e.Upstream != 200 {
		t.Errorf("the passed exchange: %+v", e)
	}
}

func TestProxySlowBody(t *testing.T) {
	url, _ := target(t)
	p := peers.Proxy(t, url)
	gate := make(chan struct{})
	p.Fault(peers.Any, 1, peers.Slow(gate))
	resp, err := http.Get(p.URL + "/Users")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, len(page)/2)
	if _, err := io.ReadFull(resp.Body, first); err != nil {
		t.Fatalf("read the first half: %v", err)
	}
	close(gate)
	rest, err := io.ReadAll(resp.Body)
	if string(first)+string(rest) != page || err != nil {
		t.Errorf("body %q, %v", string(first)+string(rest), err)
	}
}

func TestProxyBarrier(t *testing.T) {
	for name, tt := range map[string]struct {
		hold    func(*peers.Barrier) peers.Fault
		reached int64 // while it is held
	}{
		"before the call": {peers.HoldBefore, 0},
		"after the call":  {peers.HoldAfter, 1},
	} {
		t.Run(name, func(t *testing.T) {
			url, reached := target(t)
			p := peers.Proxy(t, url)
			b := peers.NewBarrier()
			p.Fault(peers.Any, 1, tt.hold(b))
			answered := make(chan int)
			go func() {
				status, _, _, _ := send(t, "PATCH", p.URL+"/Users/u1", "{}")
				answered <- status
			}()
			<-b.Arrived()
			if reached.Load() != tt.reached {
				t.Errorf("reached the server %d times while held, want %d", reached.Load(), tt.reached)
			}
			b.Release()
			if status := <-answered; status != 200 || reached.Load() != 1 {
				t.Errorf("after the release: status %d, reached %d times", status, reached.Load())
			}
		})
	}
}
