package scim

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"rollcall/test/bounds"
)

// FuzzDecodePage: no page panics, none loses or invents elements, none lets a
// password through, and every raw value stays valid.
func FuzzDecodePage(f *testing.F) {
	for _, s := range []string{
		`{"Resources":[{"id":"1","userName":"u","active":"False"}],"totalResults":1}`,
		`{"resources":[{"id":1,"ID":2},null,"x",[{}]],"totalResults":"3","nextCursor":"c"}`,
		`{"Resources":[{"id":"\ud800","password":"hunter2","emails":["a",{"value":null}]}]}`,
		"\ufeff{\"Resources\":null,\"status\":\"error\"}", `{"Resources":[{"id":"1"}`, `<html>`, ``, `[]`,
		`{"Resources":{"id":"1","members":[{"value":"a"}],"groups":[{}]}}`,
		`{"Resources":[` + strings.Repeat("[", 50_000), `{"totalResults":` + strings.Repeat("9", 50_000) + `}`, `{"totalResults":1e999999999,"Resources":[{"id":1e-999999999}]}`,
		`{"Resources":[` + strings.Repeat(`{},`, 10_000) + `{}]}`, `{"Resources":[{"id":"` + strings.Repeat(`\u0000`, 10_000) + `"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []Kind{Users, Groups} {
			var p pageBody
			var err error
			bounds.Memory(t, len(body), 1<<20, 512, func() { p, err = decodePage(body, kind, usualLimits.elements) })
			if err != nil {
				continue
			}
			if got := len(p.users) + len(p.groups) + len(p.bad); got != p.received {
				t.Fatalf("%d resources of %d", got, p.received)
			}
			for _, u := range p.users {
				checkRaw(t, u.ID, u.Raw)
			}
			for _, g := range p.groups {
				checkRaw(t, g.ID, g.Raw)
			}
			for _, b := range p.bad {
				checkRaw(t, "bad", b.Raw)
			}
		}
	})
}

func checkRaw(t *testing.T, id string, raw jsontext.Value) {
	t.Helper()
	if id == "" || !validJSON(raw) {
		t.Fatalf("id %q, raw %q", id, raw)
	}
	if again := withoutPassword(raw); len(again) > len(raw) {
		t.Fatalf("a password was left in %q", raw)
	}
	if raw.Kind() == '{' {
		if w, err := rewrite(raw, userRewrite, "active", "false"); err != nil || !validJSON(w) {
			t.Fatalf("rewriting %q: %q, %v", raw, w, err)
		}
	}
}

// FuzzErrorBody: whatever a server sends, an error is one short line without
// control characters, web pages and the credential.
func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{
		`{"status":404,"detail":["a"],"scimType":null}`, `[{"message":"m"}]`, `{"Errors":{"description":"d"}}`, `"s"`, "a\x1b[2Jb",
		"<html>", `{"detail":"s3cret-token"}`, `{"error":{"error":{"error":"x"}}}`, `{`, "\xff\xfe",
		strings.Repeat(`{"error":`, 9_000), `{"detail":` + strings.Repeat("[", 50_000), `{"detail":"` + strings.Repeat(`\u202e`, 10_000) + `"}`, `{"detail":` + strings.Repeat("9", 50_000) + `}`,
	} {
		f.Add([]byte(s), 404)
	}
	c, err := New(Config{BaseURL: "https://example.com/scim", Auth: Auth{Secret: "s3cret-token"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		var e *Error
		bounds.Memory(t, len(body), 1<<20, 256, func() {
			e = c.refusal(call{op: "read", method: "GET", path: "/scim/Users/1"}, answer{status: status, body: body, header: http.Header{}})
		})
		s := e.Error()
		switch {
		case len([]rune(s)) > 2*maxDetail+300:
			t.Fatalf("%d runes", len([]rune(s)))
		case strings.Contains(s, "s3cret-token"):
			t.Fatalf("the credential is in %q", s)
		case strings.Contains(strings.ToLower(e.Detail), "<html"):
			t.Fatalf("a web page is in %q", s)
		case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }):
			t.Fatalf("a control character is in %q", s)
		case e.Hint == "" || e.What == "":
			t.Fatalf("nothing to say about %d", status)
		}
	})
}

// FuzzRetryAfter: no header makes a wait negative or endless.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "7", "-1", "1.5", "1e9", "99999999999999999999", "NaN", "Sun, 22 Nov 2026 12:00:07 GMT", "1795348807", "1795348807000", "٧"} {
		f.Add(s, s)
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, reset string) {
		var d time.Duration
		bounds.Memory(t, len(after)+len(reset), 1<<20, 64, func() {
			d = retryAfter(429, http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}, at)
		})
		if d < 0 || d > longestWait {
			t.Fatalf("%s", d)
		}
		var b budget
		b.left = maxReadWait
		for i := 1; i < 10; i++ {
			b.delay(i, &Error{Status: 429, RetryAfter: d})
		}
		if b.left < 0 || b.retries >= maxAttempts {
			t.Fatalf("%s left after %d retries", b.left, b.retries)
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", " 7 ", 7 * time.Second},
		{"Retry-After", "1.5", 1500 * time.Millisecond},
		{"Retry-After", "Sun, 22 Nov 2026 12:00:07 GMT", 7 * time.Second},
		{"Retry-After", "Sunday, 22-Nov-26 12:00:07 GMT", 7 * time.Second},
		{"Retry-After", "Sun, 22 Nov 2026 11:59:59 GMT", 0},
		{"Retry-After", "0", 0},
		{"Retry-After", "-7", 0},
		{"Retry-After", "1e3", 0},
		{"Retry-After", "Infinity", 0},
		{"Retry-After", "999999999999999999", longestWait},
		{"X-Retry-After", "7", 7 * time.Second},
		{"X-Ratelimit-Reset", "7", 7 * time.Second},
		{"X-Ratelimit-Reset", "1795348807", 7 * time.Second},
		{"X-Ratelimit-Reset", "1795348807000", 7 * time.Second},
		{"X-Rate-Limit-Reset", "1795348800", 0},
	} {
		if got := retryAfter(429, http.Header{tc.name: {tc.value}}, at); got != tc.want {
			t.Errorf("%s: %s = %s, want %s", tc.name, tc.value, got, tc.want)
		}
	}
}

// FuzzResume: a place to resume at, as a store may give it back, is refused or
// ends; it never asks without end and never panics.
func FuzzResume(f *testing.F) {
	for _, s := range []string{
		`{"v":1,"kind":"Users","index":1,"pass":{"number":1,"purpose":"first","count":100,"distinct":1}}`, `{"v":1,"kind":"Users","index":9223372036854775807}`,
		`{"v":1,"kind":"Users","index":3,"cursor":"c","pass":{"number":1,"purpose":"first","count":2,"pages":2,"distinct":1,"claimed":9}}`,
		`{"v":1,"kind":"Users","index":1,"done":[{"number":1,"purpose":"first"}],"pass":{"number":2,"purpose":"retry","count":10,"distinct":1}}`,
		`{"v":1,"kind":"Groups","index":-1}`, `{"v":1,"kind":"Users","index":2,"cursor":"c","pass":{"purpose":"verify","count":-1}}`, `{`, ``, `[]`,
	} {
		f.Add(s, `{"totalResults":2,"Resources":[{"id":"1"}]}`)
	}
	f.Fuzz(func(t *testing.T, start, page string) {
		asked := 0
		c, err := New(Config{
			BaseURL: "https://example.com/scim", Auth: Auth{Secret: "s3cret-token"}, MaxPages: 20, Wait: func(context.Context, time.Duration) error { return nil },
			Transport: answers(func() string { asked++; return page }),
		})
		if err != nil {
			t.Fatal(err)
		}
		var l Listing
		bounds.Memory(t, len(start)+200*len(page), 16<<20, 512, func() {
			l, err = c.List(t.Context(), Users, ListOptions{Start: Cursor(start), Seen: func(yield func(string) bool) { yield("1") }}, func(Page) error { return nil })
		})
		if err == nil && l.Complete && l.Distinct > asked*len(page) {
			t.Fatalf("%d resources out of %d answers", l.Distinct, asked)
		}
		if asked > 200 {
			t.Fatalf("%d requests", asked)
		}
	})
}

// answers is a transport on which every request gets a page.
type answers func() string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/scim+json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(a())),
	}, nil
}
