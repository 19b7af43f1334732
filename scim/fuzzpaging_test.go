package scim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rollcall/test/bounds"
)

// served is a transport that answers by a function.
type served func(*http.Request) *http.Response

func (s served) RoundTrip(r *http.Request) (*http.Response, error) { return s(r), nil }

func answered(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/scim+json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

func fuzzed(t *testing.T, rt http.RoundTripper) *Client {
	t.Helper()
	c, err := New(Config{
		BaseURL: "https://example.com/scim", Auth: Auth{Secret: "s3cret-token"}, MaxPages: 20, Transport: rt,
		Wait: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// FuzzNextCursor: whatever a server calls its next page, it comes back to that
// server as that one parameter and changes nothing else of the request; the
// listing ends; and one that is taken up again after any of its pages brings
// the same accounts and the same verdict.
func FuzzNextCursor(f *testing.F) {
	f.Add("a", "b", "c", "cursor")
	f.Add("x&count=1&filter=id pr", "https://evil.example/scim/Users?cursor=1", "../Groups", "")
	f.Add("same", "same", "\x00\r\nHost: evil", "bare-cursor")
	f.Add("", "%2e%2e%2f#", "\ufeff\u202e", "cursor")
	f.Fuzz(func(t *testing.T, one, two, three, paging string) {
		next := []string{one, two, three}
		if slices.ContainsFunc(next, func(s string) bool { return !utf8.ValidString(s) }) {
			return // not what JSON can say
		}
		var all []Page
		var l Listing
		bounds.Memory(t, len(one)+len(two)+len(three), 8<<20, 4096, func() {
			l = listed(t, next, ListOptions{Paging: paging}, func(p Page) { all = append(all, p) })
		})
		if slices.Contains(next, "") {
			return // whether that ends a list is up to the vendor
		}
		for i, p := range all {
			if p.Verify || p.Next == "" {
				continue
			}
			again := listed(t, next, ListOptions{Paging: paging, Start: p.Next, Seen: idsOf(all[:i+1], p.Pass), Earlier: idsOf(all[:i+1], 1)}, func(Page) {})
			if again.Complete != l.Complete || again.Distinct != l.Distinct {
				t.Errorf("taken up after page %d: complete %v with %d, and at once %v with %d", i+1, again.Complete, again.Distinct, l.Complete, l.Distinct)
			}
		}
	})
}

// idsOf yields the ids that a pass brought.
func idsOf(pages []Page, pass int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, p := range pages {
			for _, u := range p.Users {
				if p.Pass == pass && !yield(u.ID) {
					return
				}
			}
		}
	}
}

// listed lists four accounts, a page each, behind the cursors; every request
// has to be one for a page of users.
func listed(t *testing.T, next []string, o ListOptions, sink func(Page)) Listing {
	t.Helper()
	asked := 0
	c := fuzzed(t, served(func(r *http.Request) *http.Response {
		asked++
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || r.URL.Host != "example.com" || r.URL.Path != "/scim/Users" || r.URL.Fragment != "" {
			t.Errorf("asked for %q, %v", r.URL, err)
		}
		for name, values := range q {
			if !slices.Contains([]string{"count", "startIndex", "cursor", "sortBy"}, name) || len(values) != 1 {
				t.Errorf("asked with %s = %q", name, values)
			}
		}
		at := 0
		if cursor := q.Get("cursor"); cursor != "" {
			if at = slices.Index(next, cursor) + 1; at == 0 {
				t.Errorf("asked for the cursor %q, which is none of %q", cursor, next)
			}
		}
		more := ""
		if at < len(next) {
			name, err := json.Marshal(next[at])
			if err != nil {
				t.Fatal(err)
			}
			more = `,"nextCursor":` + string(name)
		}
		return answered(r, 200, fmt.Sprintf(`{"totalResults":4,"Resources":[{"id":"%d","userName":"u"}]%s}`, at, more))
	}))
	l, err := c.List(t.Context(), Users, o, func(p Page) error { sink(p); return nil })
	if err != nil && l.Complete || asked > 200 {
		t.Errorf("complete %v after %d requests, %v", l.Complete, asked, err)
	}
	return l
}

// FuzzRedirect: the credential goes to the tenant's own origin and nowhere
// else, wherever an answer points.
func FuzzRedirect(f *testing.F) {
	for _, s := range []string{
		"/scim/Users?x", "https://example.com:443/other", "https://evil.example/", "//evil.example/scim", "https://example.com@evil.example/", "http://example.com/",
		"https://EXAMPLE.com/a", "\\\\evil.example", "https:evil", "javascript:alert(1)", "?\x00", "https://user:pw@example.com/", "/\r\nHost: evil",
	} {
		f.Add(s, 302)
	}
	f.Fuzz(func(t *testing.T, location string, status int) {
		status = 300 + int(uint(status)%10)
		asked := 0
		c := fuzzed(t, served(func(r *http.Request) *http.Response {
			asked++
			if r.URL.Scheme != "https" || r.URL.Host != "example.com" || r.URL.User != nil || r.Host != "" && r.Host != "example.com" {
				t.Errorf("%q led to %q (host %q)", location, r.URL, r.Host)
			}
			a := answered(r, status, "")
			a.Header.Set("Location", location)
			return a
		}))
		var err error
		bounds.Memory(t, len(location), 1<<20, 512, func() { _, err = c.User(t.Context(), "1") })
		if err == nil || asked > maxRedirects+1 {
			t.Errorf("%d requests, %v", asked, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret-token") {
			t.Errorf("the credential is in %q", err)
		}
	})
}

// FuzzFilter: the id of a member is one literal in the path of a change, so that
// it cannot widen what is changed; only text that is no text is refused.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		`alice`, `a" or userName pr or id eq "`, `\`, `\" or id pr`, "a]", "\x00\x1b\u202e\u2028", "\xff", "&filter=id pr", "50%", "é", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		c := fuzzed(t, served(nil))
		var w Write
		var err error
		bounds.Memory(t, len(name), 1<<20, 512, func() { w, err = c.RemoveMember("g", name, PatchPath, nil) })
		if err != nil {
			return // an id that is no path segment, or none
		}
		var body struct {
			Operations []struct {
				Path string `json:"path"`
			}
		}
		if err := json.Unmarshal(w.Body, &body); err != nil || len(body.Operations) != 1 {
			t.Fatalf("%q: %v", w.Body, err)
		}
		demandLiteral(t, body.Operations[0].Path, name)
	})
}

// demandLiteral wants want as the one JSON string in a path that picks a member,
// which is what RFC 7644, section 3.4.2.2, calls a compValue.
func demandLiteral(t *testing.T, path, want string) {
	t.Helper()
	rest, ok := strings.CutPrefix(path, "members[value eq ")
	literal, ok2 := strings.CutSuffix(rest, "]")
	var got string
	if err := json.Unmarshal([]byte(literal), &got); !ok || !ok2 || err != nil || got != want || jsontext.Value(literal).Kind() != '"' {
		t.Errorf("%q is put as %q (%v)", want, path, err)
	}
}
