package frontend

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rollcall/app"
)

// served is Serve on a free port, with the address that it printed.
type served struct {
	open string // with the token
	base string
	end  func() error
}

func serveEmpty(t *testing.T) served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	s := newSite(emptyApp(t), Options{}, someAssets())
	go func() { ended <- s.serveOn(ctx, "", w) }()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, r) }() // the rest of what it prints
	u, err := url.Parse(strings.TrimSpace(line[strings.Index(line, "http://"):]))
	if err != nil {
		t.Fatal(err)
	}
	end := func() error { cancel(); return <-ended }
	t.Cleanup(cancel)
	return served{open: u.String(), base: "http://" + u.Host, end: end}
}

// ask sends one request; a header named Host replaces the host.
func ask(t *testing.T, method, address string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServeLetsOneBrowserIn(t *testing.T) {
	s := serveEmpty(t)
	if r := ask(t, "GET", s.base+"/"); r.StatusCode != 401 || !strings.Contains(body(t, r), "rollcall serve") {
		t.Errorf("without a session: %d", r.StatusCode)
	}
	if r := ask(t, "GET", s.base+"/open?token=wrong"); r.StatusCode != 403 || len(r.Cookies()) != 0 {
		t.Errorf("with a wrong token: %d, %v", r.StatusCode, r.Cookies())
	}
	r := ask(t, "GET", s.open)
	if r.StatusCode != 200 || len(r.Cookies()) != 1 {
		t.Fatalf("with the token: %d, %v", r.StatusCode, r.Cookies())
	}
	c := r.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 40 {
		t.Errorf("the cookie is %s", c)
	}
	if token := s.open[strings.Index(s.open, "=")+1:]; strings.Contains(body(t, r), token) || c.Value == token {
		t.Error("the answer repeats the token")
	}
	if r := ask(t, "GET", s.open); r.StatusCode != 403 || len(r.Cookies()) != 0 || !strings.Contains(body(t, r), "works once") {
		t.Errorf("the token worked twice: %d", r.StatusCode)
	}
	in := c.Name + "=" + c.Value
	if r := ask(t, "GET", s.base+"/", "Cookie", in); r.StatusCode != 200 || !strings.Contains(body(t, r), "First tenant connected") {
		t.Errorf("with the session: %d", r.StatusCode)
	}
	if r := ask(t, "GET", s.base+"/", "Cookie", c.Name+"=x"); r.StatusCode != 401 {
		t.Errorf("with another session: %d", r.StatusCode)
	}
	if r := ask(t, "GET", s.base+"/", "HX-Request", "true"); r.Header.Get("HX-Refresh") != "true" {
		t.Error("a page whose session ended is not told to look again")
	}
	if err := s.end(); err != nil {
		t.Errorf("an orderly end: %v", err)
	}
}

func TestServeAnswersToItselfOnly(t *testing.T) {
	s := serveEmpty(t)
	first := ask(t, "GET", s.open)
	c, key := first.Cookies()[0], keyOf(t, body(t, first))
	in := c.Name + "=" + c.Value
	own := strings.TrimPrefix(s.base, "http://")
	tests := []struct {
		name, method, path string
		header             []string
		want               int
	}{
		{"itself", "GET", "/", nil, 200},
		{"by its other name", "GET", "/", []string{"Host", strings.Replace(own, "127.0.0.1", "localhost", 1)}, 200},
		{"a name that was rebound", "GET", "/", []string{"Host", "evil.example"}, 403},
		{"the same with the port", "GET", "/", []string{"Host", strings.Replace(own, "127.0.0.1", "evil.example", 1)}, 403},
		{"another port", "GET", "/", []string{"Host", "127.0.0.1:1"}, 403},
		{"an address without port", "GET", "/", []string{"Host", "127.0.0.1"}, 403},
		{"its own page", "POST", "/record/verify", []string{"Origin", s.base, "Sec-Fetch-Site", "same-origin", keyHeader, key}, 303},
		{"the cookie alone", "POST", "/record/verify", []string{"Origin", s.base, "Sec-Fetch-Site", "same-origin"}, 409},
		{"the cookie alone, of no browser", "DELETE", "/record/verify", nil, 409},
		{"another key", "POST", "/record/verify", []string{keyHeader, key + "x"}, 409},
		{"another page", "POST", "/sync", []string{"Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site"}, 403},
		{"a page of another port", "POST", "/sync", []string{"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"}, 403},
		{"an opaque origin", "POST", "/sync", []string{"Origin", "null"}, 403},
		{"reading from another page", "GET", "/findings", []string{"Origin", "http://evil.example"}, 403},
		{"a browser that tells only the site", "POST", "/sync", []string{"Sec-Fetch-Site", "same-site"}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := ask(t, tt.method, s.base+tt.path, append([]string{"Cookie", in}, tt.header...)...)
			if r.StatusCode != tt.want {
				t.Errorf("%d, want %d: %s", r.StatusCode, tt.want, body(t, r))
			}
			if r.Header.Get("Content-Security-Policy") != policy || r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("headers: %v", r.Header)
			}
		})
	}
}

// keyOf is the key that the first page tells.
func keyOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, _ := strings.Cut(page, `name="rollcall-key" content="`)
	key, _, found := strings.Cut(rest, `"`)
	if !found || len(key) < 40 {
		t.Fatalf("the first page tells no key:\n%s", page)
	}
	return key
}

// Whoever has the cookie learns the key from no page.
func TestServeTellsTheKeyOnce(t *testing.T) {
	s := serveEmpty(t)
	first := ask(t, "GET", s.open)
	c, key := first.Cookies()[0], keyOf(t, body(t, first))
	if c.Value == key {
		t.Error("the cookie is the key")
	}
	for _, path := range []string{"/", "/findings", "/state", "/licences", "/open", "/none"} {
		if strings.Contains(body(t, ask(t, "GET", s.base+path, "Cookie", c.Name+"="+c.Value)), key) {
			t.Errorf("%s tells the key", path)
		}
	}
}

func TestListenRefusesOtherMachines(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "rollcall.example:80", "127.0.0.1", "[::1%lo]:0", "[::ffff:192.0.2.1]:0"} {
		l, err := listen(t.Context(), address)
		var e *app.Error
		if !errors.As(err, &e) || e.Kind != app.KindUsage || e.Do == "" {
			t.Errorf("listen(%q) = %v", address, err)
		}
		if l != nil {
			l.Close()
		}
	}
	for _, address := range []string{"", "127.0.0.1:0", "localhost:0"} {
		l, err := listen(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(l.Addr().String(), "127.0.0.1:") {
			t.Errorf("listen(%q) is %s", address, l.Addr())
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	l, err := listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var e *app.Error
	if _, err := listen(t.Context(), l.Addr().String()); !errors.As(err, &e) || e.Kind != app.KindFailed {
		t.Errorf("a port that is taken: %v", err)
	}
}

// Whoever only asks what is there does not use up an address that works once.
func TestHeadSpendsNothing(t *testing.T) {
	s := serveEmpty(t)
	if r := ask(t, http.MethodHead, s.open); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
	if r := ask(t, http.MethodGet, s.open); r.StatusCode != http.StatusOK {
		t.Errorf("the printed address after a HEAD: %d", r.StatusCode)
	}
	site, h := demoSite(t)
	pack, err := site.packs.make(t.Context(), site.app, "record.zip", app.EntryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodHead, pack.Href, nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of a pack: %d", w.Code)
	}
	if w := get(h, pack.Href); w.Code != http.StatusOK {
		t.Errorf("the pack after a HEAD: %d", w.Code)
	}
}
