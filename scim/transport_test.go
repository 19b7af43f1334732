package scim_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

func TestNewChecksConfig(t *testing.T) {
	bearer := scim.Auth{Secret: "s3cret"}
	cases := []struct {
		url    string
		auth   scim.Auth
		origin string // "": refused
		text   string
	}{
		{"https://Example.COM:443/scim/v2/", bearer, "https://example.com", ""},
		{"https://example.com:8443", bearer, "https://example.com:8443", ""},
		{" https://example.com/SCIM ", bearer, "https://example.com", ""},
		{"http://127.0.0.1:80/x", bearer, "http://127.0.0.1", ""},
		{"http://127.9.9.9:1/x", bearer, "http://127.9.9.9:1", ""},
		{"http://[::1]:8080/x", bearer, "http://[::1]:8080", ""},
		{"https://[2001:db8::1]/x", bearer, "https://[2001:db8::1]", ""},
		{"http://LOCALHOST:8080/x", bearer, "http://localhost:8080", ""},
		{"", bearer, "", "empty"},
		{"http://example.com/scim", bearer, "", "use https"},
		{"http://127.0.0.1.example.com/", bearer, "", "use https"},
		{"http://localhost.example.com/", bearer, "", "use https"},
		{"http://0.0.0.0/", bearer, "", "use https"},
		{"ftp://example.com/", bearer, "", "use https"},
		{"example.com/scim", bearer, "", "names no host"},
		{"https:///scim", bearer, "", "names no host"},
		{"https:example.com", bearer, "", "names no host"},
		{"https://user:pw@example.com/", bearer, "", "user or password"},
		{"https://example.com/?token=s3cret", bearer, "", "query"},
		{"https://example.com/#x", bearer, "", "fragment"},
		{"https://example.com/a/../b", bearer, "", ".."},
		{"https://example.com/%2e%2e/b", bearer, "", ".."},
		{"https://exa mple.com/", bearer, "", "cannot be read"},
		{"https://example.com", scim.Auth{}, "", "empty"},
		{"https://example.com", scim.Auth{Secret: "s3cret\n"}, "", "line break"},
		{"https://example.com", scim.Auth{Scheme: "digest", Secret: "s3cret"}, "", "not known"},
		{"https://example.com", scim.Auth{Scheme: "basic", Secret: "s3cret"}, "", "user name"},
		{"https://example.com", scim.Auth{Scheme: "header", Header: "X Y", Secret: "s3cret"}, "", "name of a header"},
		{"https://example.com", scim.Auth{Scheme: "header", Header: "", Secret: "s3cret"}, "", "name of a header"},
		{"https://example.com", scim.Auth{Scheme: "header", Header: "host", Secret: "s3cret"}, "", "cannot carry"},
	}
	for _, tc := range cases {
		t.Run(tc.url, func(t *testing.T) {
			c, err := scim.New(scim.Config{BaseURL: tc.url, Auth: tc.auth})
			if tc.origin != "" {
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "origin", c.Origin(), tc.origin)
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.text) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want one about %q without the secret", err, tc.text)
			}
		})
	}
}

func TestAuthHeaders(t *testing.T) {
	for name, tc := range map[string]struct {
		auth          scim.Auth
		header, value string
	}{
		"bearer": {scim.Auth{Scheme: "bearer", Secret: "t"}, "Authorization", "Bearer t"},
		"basic":  {scim.Auth{Scheme: "basic", User: "u", Secret: "p"}, "Authorization", "Basic dTpw"},
		"header": {scim.Auth{Scheme: "header", Header: "x-api-key", Secret: "k"}, "X-Api-Key", "k"},
	} {
		t.Run(name, func(t *testing.T) {
			s := scimtest.New(scimtest.Options{Users: people(1), Allow: func(r *http.Request) bool { return r.Header.Get(tc.header) == tc.value }})
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL, Auth: tc.auth, UserAgent: "rollcall/test"})
			if _, err := c.User(context.Background(), "user-001"); err != nil {
				t.Fatal(err)
			}
			h := s.Requests()[0].Header
			equal(t, "user agent", h.Get("User-Agent"), "rollcall/test")
			equal(t, "accept", h.Get("Accept"), "application/scim+json, application/json")
		})
	}
}

// TestAuthHeaderRefused: a credential in one of these would be overwritten,
// change the request's meaning, or make net/http repeat a change.
func TestAuthHeaderRefused(t *testing.T) {
	for _, name := range []string{
		"User-Agent", "user-agent", "Idempotency-Key", "x-idempotency-key", "Accept", "accept-encoding", "Content-Type", "content-length", "If-Match", "if-none-match",
		"Host", "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Range", "Proxy-Authorization", "X-HTTP-Method-Override",
	} {
		_, err := scim.New(scim.Config{BaseURL: "https://example.com", Auth: scim.Auth{Scheme: "header", Header: name, Secret: "s3cret"}})
		if err == nil || !strings.Contains(err.Error(), "cannot carry") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A credential that no header can carry is refused, and not shown.
func TestCredentialRefused(t *testing.T) {
	for _, secret := range []string{"", "s3cret\n", "s3\rcret", "s3cret\x00", "s3cret\x7f"} {
		for _, scheme := range []string{"bearer", "header"} {
			_, err := scim.New(scim.Config{BaseURL: "https://example.com", Auth: scim.Auth{Scheme: scheme, Header: "X-Api-Key", Secret: secret}})
			if err == nil || !strings.Contains(err.Error(), "the credential") || strings.Contains(err.Error(), "s3") {
				t.Errorf("%s %q: error %v", scheme, secret, err)
			}
		}
	}
}

// TestTokenStaysHome: whatever a server points to, only its own origin sees
// the credential.
func TestTokenStaysHome(t *testing.T) {
	elsewhere := scimtest.New(scimtest.Options{})
	defer elsewhere.Close()
	host := strings.TrimSuffix(elsewhere.URL, "/scim/v2")
	for _, location := range []string{
		host + "/scim/v2/Users/user-001", strings.Replace(host, "127.0.0.1", "localhost", 1) + "/x",
		"//" + strings.TrimPrefix(host, "http://") + "/x", "https://example.com/x", "http://user@" + strings.TrimPrefix(host, "http://"), "", "http://%zz/", "javascript:alert(1)",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			s, c, _ := serve(t, scimtest.Options{Users: people(1)})
			s.Fail(scimtest.Fault{Status: status, Header: map[string]string{"Location": location}, Times: -1})
			_, err := c.User(context.Background(), "user-001")
			e := asError(t, err)
			equal(t, "kind", e.Kind, scim.KindRedirect)
			w := deactivate(t, c, "user-001", scim.PatchPath)
			_, err = c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
			equal(t, "kind of the write", asError(t, err).Kind, scim.KindRedirect)
			equal(t, "requests", len(s.Requests()), 2)
		}
	}
	equal(t, "requests elsewhere", len(elsewhere.Requests()), 0)
}

func TestRedirectWithinOrigin(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(1)})
	s.Fail(scimtest.Fault{Status: 308, Header: map[string]string{"Location": "/scim/v2/Users/user-001?moved"}})
	if _, err := c.User(context.Background(), "user-001"); err != nil {
		t.Fatal(err)
	}
	s.Fail(scimtest.Fault{Status: 307, Header: map[string]string{"Location": "/scim/v2/Users/user-001"}, Times: -1})
	s.Forget()
	_, err := c.User(context.Background(), "user-001")
	equal(t, "kind", asError(t, err).Kind, scim.KindRedirect)
	equal(t, "requests", len(s.Requests()), 4)

	s.Forget()
	w := deactivate(t, c, "user-001", scim.PatchPath)
	_, err = c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
	equal(t, "kind of a write", asError(t, err).Kind, scim.KindRedirect)
	equal(t, "requests of a write", len(s.Requests()), 1)
}

// TestRetry: which answers to a GET are tried again, how often, and after what
// wait.
func TestRetry(t *testing.T) {
	header := func(name, value string) map[string]string { return map[string]string{name: value} }
	date := now.Add(20 * time.Second).Format(http.TimeFormat)
	cases := []struct {
		name  string
		fault scimtest.Fault
		waits []time.Duration
		ok    bool
	}{
		{"429 seconds", scimtest.Fault{Status: 429, Header: header("Retry-After", "7")}, []time.Duration{7 * time.Second}, true},
		{"429 date", scimtest.Fault{Status: 429, Header: header("Retry-After", date)}, []time.Duration{20 * time.Second}, true},
		{"429 X-Retry-After", scimtest.Fault{Status: 429, Header: header("X-Retry-After", "3")}, []time.Duration{3 * time.Second}, true},
		{"429 reset as delta", scimtest.Fault{Status: 429, Header: header("X-RateLimit-Reset", "9")}, []time.Duration{9 * time.Second}, true},
		{"429 reset as time", scimtest.Fault{Status: 429, Header: header("X-Rate-Limit-Reset", fmt.Sprint(now.Unix()+11))}, []time.Duration{11 * time.Second}, true},
		{"429 nothing said", scimtest.Fault{Status: 429, Times: 3}, []time.Duration{1e9, 2e9, 4e9}, true},
		{"429 zero", scimtest.Fault{Status: 429, Header: header("Retry-After", "0")}, []time.Duration{1e9}, true},
		{"429 in the past", scimtest.Fault{Status: 429, Header: header("Retry-After", now.Add(-time.Hour).Format(http.TimeFormat))}, []time.Duration{1e9}, true},
		{"429 garbage", scimtest.Fault{Status: 429, Header: header("Retry-After", "soon")}, []time.Duration{1e9}, true},
		{"429 an hour", scimtest.Fault{Status: 429, Header: header("Retry-After", "3600")}, nil, false},
		{"429 for ever", scimtest.Fault{Status: 429, Times: -1}, []time.Duration{1e9, 2e9, 4e9, 8e9}, false},
		{"429 a minute each", scimtest.Fault{Status: 429, Times: -1, Header: header("Retry-After", "50")}, []time.Duration{50e9, 50e9}, false},
		{"503", scimtest.Fault{Status: 503, Header: header("Retry-After", "2")}, []time.Duration{2e9}, true},
		{"502 beside a quota", scimtest.Fault{Status: 502, Header: header("X-RateLimit-Reset", fmt.Sprint(now.Unix()+3000))}, []time.Duration{1e9}, true},
		{"502", scimtest.Fault{Status: 502}, []time.Duration{1e9}, true},
		{"504", scimtest.Fault{Status: 504}, []time.Duration{1e9}, true},
		{"dropped", scimtest.Fault{Drop: true, Times: 2}, []time.Duration{1e9, 2e9}, true},
		{"cut", scimtest.Fault{Cut: 10}, []time.Duration{1e9}, true},
		{"500", scimtest.Fault{Status: 500}, nil, false},
		{"501", scimtest.Fault{Status: 501}, nil, false},
		{"400", scimtest.Fault{Status: 400}, nil, false},
		{"404", scimtest.Fault{Status: 404}, nil, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s, c, waits := serve(t, scimtest.Options{Users: people(1)})
			s.Fail(tc.fault)
			_, err := c.User(context.Background(), "user-001")
			equal(t, "ok", err == nil, tc.ok)
			equalList(t, "waits", *waits, tc.waits)
			equal(t, "requests", len(s.Requests()), len(tc.waits)+1)
		})
	}
}

func TestRetryStopsWithContext(t *testing.T) {
	s := scimtest.New(scimtest.Options{Users: people(1)})
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	c := client(t, scim.Config{BaseURL: s.URL, Wait: func(ctx context.Context, d time.Duration) error { cancel(); return ctx.Err() }})
	s.Fail(scimtest.Fault{Status: 503, Times: -1})
	_, err := c.User(ctx, "user-001")
	if e := asError(t, err); e.Kind != scim.KindCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v of kind %s", err, e.Kind)
	}
	equal(t, "requests", len(s.Requests()), 1)
}

// TestTimeout holds an answer back, before it and in its middle.
func TestTimeout(t *testing.T) {
	for name, place := range map[string]func(f *scimtest.Fault, b *scimtest.Barrier){
		"before":        func(f *scimtest.Fault, b *scimtest.Barrier) { f.Arrive = b },
		"in the middle": func(f *scimtest.Fault, b *scimtest.Barrier) { f.Slow = b },
	} {
		t.Run(name, func(t *testing.T) {
			s := scimtest.New(scimtest.Options{Users: people(1)})
			defer s.Close()
			c := client(t, scim.Config{BaseURL: s.URL, Timeout: 50 * time.Millisecond})
			f := scimtest.Fault{Effect: true}
			place(&f, scimtest.NewBarrier())
			s.Fail(f)
			_, err := c.User(context.Background(), "user-001")
			equal(t, "kind", asError(t, err).Kind, scim.KindTimeout)
		})
	}
}

func TestSlowBodyArrives(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(1)})
	b := scimtest.NewBarrier()
	s.Fail(scimtest.Fault{Slow: b})
	go func() {
		<-b.Arrived
		close(b.Release)
	}()
	if _, err := c.User(context.Background(), "user-001"); err != nil {
		t.Fatal(err)
	}
}

// TestCertificates: an unknown authority is refused and nothing is sent; with
// its certificate it works.
func TestCertificates(t *testing.T) {
	inner := scimtest.New(scimtest.Options{Users: people(1), BasePath: "/scim/v2"})
	defer inner.Close()
	s := httptest.NewUnstartedServer(inner)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()

	c := client(t, scim.Config{BaseURL: s.URL + "/scim/v2"})
	_, err := c.User(context.Background(), "user-001")
	e := asError(t, err)
	equal(t, "kind", e.Kind, scim.KindCertificate)
	if !strings.Contains(e.Error(), "authority") {
		t.Errorf("error %q", e)
	}
	w := deactivateOnly(t, c)
	_, err = c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
	equal(t, "uncertain", asError(t, err).Uncertain, false)
	equal(t, "requests", len(inner.Requests()), 0)

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	c = client(t, scim.Config{BaseURL: s.URL + "/scim/v2", RootCAs: pool})
	if _, err := c.User(context.Background(), "user-001"); err != nil {
		t.Fatal(err)
	}

	c = client(t, scim.Config{BaseURL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/scim/v2", RootCAs: pool})
	_, err = c.User(context.Background(), "user-001")
	if e := asError(t, err); e.Kind != scim.KindCertificate || !strings.Contains(e.Error(), "another host name") {
		t.Errorf("error %v", e)
	}

	if _, err := scim.New(scim.Config{BaseURL: s.URL, Auth: scim.Auth{Secret: "x"}, RootCAs: pool, Transport: odd{}}); err == nil {
		t.Error("a CA file was accepted with a transport that ignores it")
	}
	plain := strings.Replace(inner.URL, "http://", "https://", 1)
	c = client(t, scim.Config{BaseURL: plain})
	_, err = c.User(context.Background(), "user-001")
	if e := asError(t, err); e.Kind != scim.KindNetwork || !strings.Contains(e.Error(), "TLS") {
		t.Errorf("error %v", e)
	}
}

type odd struct{}

func (odd) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("odd") }

func deactivateOnly(t *testing.T, c *scim.Client) scim.Write {
	t.Helper()
	w, err := c.SetActive("user-001", false, scim.PatchPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestUnknownHost(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "https://rollcall.invalid/scim", Transport: &http.Transport{}})
	_, err := c.User(context.Background(), "1")
	if e := asError(t, err); e.Kind != scim.KindNoHost {
		t.Errorf("kind %s: %v", e.Kind, e)
	}
}

// TestMediaTypeFallback: 406 is answered with plain JSON, and remembered.
func TestMediaTypeFallback(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(1), Quirks: scimtest.Quirks{PlainJSON: true}})
	for range 2 {
		if _, err := c.User(context.Background(), "user-001"); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "requests", len(s.Requests()), 3)
	equal(t, "accept", s.Requests()[2].Header.Get("Accept"), "application/json")
	s.Fail(scimtest.Fault{Status: 406, Times: -1})
	_, err := c.User(context.Background(), "user-001")
	equal(t, "kind", asError(t, err).Kind, scim.KindMediaType)
	equal(t, "requests", len(s.Requests()), 4)
}

// TestIDsAreEscaped: an id with any character arrives as it is, at Users/{id}
// and nowhere else; one that cannot is not sent.
func TestIDsAreEscaped(t *testing.T) {
	odd := []string{"a@b.example", "a b", "a/b", "/", "a%2Fb", "100%", "a?b=c", "a#b", "ä", "日本", "a+b&c=d", "a;b", "a:b", "\"<>\\", "..a", "a..b", "\x00\x1b[31m", "\u202e", "~._-", strings.Repeat("x", 500)}
	var users []scimtest.User
	for i, id := range odd {
		users = append(users, scimtest.User{ID: id, UserName: fmt.Sprint("u", i), Active: true})
	}
	s, c, _ := serve(t, scimtest.Options{Users: users})
	for _, id := range odd {
		u, err := c.User(context.Background(), id)
		if err != nil || u.ID != id {
			t.Errorf("reading %q: %q, %v", id, u.ID, err)
			continue
		}
		w := deactivate(t, c, id, scim.PatchPath)
		if _, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)}); err != nil {
			t.Errorf("writing %q: %v", id, err)
		}
		if now, _ := s.User(id); now.Active {
			t.Errorf("%q is still active", id)
		}
	}
	s.Forget()
	for _, id := range []string{"", ".", "..", "../Groups/1", "a/../../x", `a\..\b`, "./x"} {
		if _, err := c.User(context.Background(), id); asError(t, err).Kind != scim.KindUsage {
			t.Errorf("reading %q: %v", id, err)
		}
		if _, err := c.SetActive(id, false, scim.PatchPath, nil); asError(t, err).Kind != scim.KindUsage {
			t.Errorf("preparing for %q: %v", id, err)
		}
	}
	equal(t, "requests for ids that are not safe", len(s.Requests()), 0)
}

func TestReadChecksWhatCame(t *testing.T) {
	cases := map[string]struct {
		body string
		kind scim.ErrorKind
	}{
		"another user":   {`{"id":"user-002","userName":"x"}`, scim.KindNotSCIM},
		"no id":          {`{"userName":"x"}`, scim.KindNotSCIM},
		"a list":         {`{"Resources":[{"id":"user-001"}]}`, scim.KindNotSCIM},
		"an error":       {`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"id":"user-001"}`, scim.KindNotSCIM},
		"id given twice": {`{"id":"user-001","ID":"user-002"}`, scim.KindNotSCIM},
		"truncated":      {`{"id":"user-001","userName":"x`, scim.KindMalformed},
		"null":           {`null`, scim.KindNotSCIM},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, c, _ := serve(t, scimtest.Options{Users: people(1)})
			s.Fail(scimtest.Fault{Status: 200, Body: tc.body})
			_, err := c.User(context.Background(), "user-001")
			equal(t, "kind", asError(t, err).Kind, tc.kind)
		})
	}
}
