package scim_test

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// changes are one request of each method that changes something.
var changes = []scim.Write{
	{Method: "PATCH", Path: "/Users/1", Body: []byte(`{"Operations":[]}`)},
	{Method: "PUT", Path: "/Users/1", Body: []byte(`{}`)},
	{Method: "POST", Path: "/Users", Body: []byte(`{}`)},
	{Method: "DELETE", Path: "/Users/1"},
}

// TestChangesAreSentOnce has a server that takes a second request on a
// connection and hangs up. net/http sends some requests again then; a change
// must reach the server once, and be answered, since it takes a connection of
// its own.
func TestChangesAreSentOnce(t *testing.T) {
	for _, w := range changes {
		t.Run(w.Method, func(t *testing.T) {
			var mu sync.Mutex
			seen, used := map[string]int{}, map[string]int{}
			s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				mu.Lock()
				seen[r.Method]++
				used[r.RemoteAddr]++
				again := used[r.RemoteAddr] > 1
				mu.Unlock()
				if again {
					panic(http.ErrAbortHandler)
				}
				io.WriteString(rw, `{"id":"1"}`)
			}))
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL})
			if _, err := c.User(context.Background(), "1"); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)}); err != nil {
					t.Errorf("sending beside an idle connection: %v", err)
				}
			}
			equal(t, "requests", seen[w.Method], 3)
		})
	}
}

// TestChangesDieOnce breaks the connection under each change.
func TestChangesDieOnce(t *testing.T) {
	for _, w := range changes {
		s, c, _ := serve(t, scimtest.Options{Users: []scimtest.User{{ID: "1", UserName: "a"}}})
		if _, err := c.User(context.Background(), "1"); err != nil {
			t.Fatal(err)
		}
		s.Forget()
		s.Fail(scimtest.Fault{Drop: true, Times: -1})
		w.Path = "/scim/v2" + w.Path
		_, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
		e := asError(t, err)
		equal(t, w.Method+" kind", e.Kind, scim.KindLost)
		equal(t, w.Method+" uncertain", e.Uncertain, true)
		equal(t, w.Method+" requests", len(s.Requests()), 1)
	}
}

// TestChangesOverHTTP1: over HTTP/2 a server may have net/http send a request
// again; reads use it, changes do not.
func TestChangesOverHTTP1(t *testing.T) {
	protocols := map[string]string{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols[r.Method] = r.Proto
		io.WriteString(w, `{"id":"1"}`)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c := client(t, scim.Config{BaseURL: s.URL, RootCAs: roots})
	if _, err := c.User(context.Background(), "1"); err != nil {
		t.Fatal(err)
	}
	equal(t, "protocol of a read", protocols["GET"], "HTTP/2.0")
	for _, w := range changes {
		if _, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)}); err != nil {
			t.Fatal(err)
		}
		equal(t, "protocol of a "+w.Method, protocols[w.Method], "HTTP/1.1")
	}
}

// round is a transport that is not the standard one.
type round func(*http.Request) (*http.Response, error)

func (f round) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestNothingToRepeat: whatever the transport, it gets a change without the
// means to send it again.
func TestNothingToRepeat(t *testing.T) {
	var got *http.Request
	c := client(t, scim.Config{BaseURL: "https://example.com", Transport: round(func(r *http.Request) (*http.Response, error) {
		got = r
		return nil, net.ErrClosed
	})})
	for _, w := range changes {
		_, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
		equal(t, "kind", asError(t, err).Kind, scim.KindLost)
		equal(t, w.Method+" can be repeated", got.GetBody != nil, false)
		equal(t, w.Method+" idempotency keys", len(got.Header["Idempotency-Key"])+len(got.Header["X-Idempotency-Key"]), 0)
		equal(t, w.Method+" length", got.ContentLength, int64(len(w.Body)))
	}
}
