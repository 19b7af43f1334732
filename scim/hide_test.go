package scim_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"rollcall/scim"
)

// The credential never stays in a resource, however the server spells it, and
// all else stays as it was sent.
func TestCredentialIsHiddenInResources(t *testing.T) {
	bearer := scim.Auth{Secret: "to/ken-0123456789"}
	basic := scim.Auth{Scheme: "basic", User: "rollcall", Secret: "pass/word-1"}
	digits := scim.Auth{Scheme: "header", Header: "X-Key", Secret: "1234567890"}
	plus := scim.Auth{Secret: "abc+def/ghi012=="}
	tests := map[string]struct {
		auth       scim.Auth
		sent, kept string
	}{
		"the header":       {bearer, `"a": "Bearer to/ken-0123456789"`, `"a": "(hidden)"`},
		"within a text":    {bearer, `"a":["x to/ken-0123456789 y",1.0]`, `"a":["x (hidden) y",1.0]`},
		"a name":           {bearer, `"to/ken-0123456789":1`, `"(hidden)":1`},
		"a slash escaped":  {bearer, `"a":"to\/ken-0123456789","b":"\u00e9"`, `"a":"(hidden)","b":"\u00e9"`},
		"all escaped":      {bearer, `"a":"\u0074o/ken-012345678\u0039"`, `"a":"(hidden)"`},
		"base64":           {basic, `"a":"cm9sbGNhbGw6cGFzcy93b3JkLTE="`, `"a":"(hidden)"`},
		"the password":     {basic, `"a":"pass/word-1"`, `"a":"(hidden)"`},
		"in an address":    {plus, `"a":"https://x/?t=abc%2Bdef%2Fghi012%3D%3D&u=1"`, `"a":"https://x/?t=(hidden)&u=1"`},
		"in a path":        {plus, `"a":"https://x/abc+def%2Fghi012==/1"`, `"a":"https://x/(hidden)/1"`},
		"in small letters": {plus, `"a":"?t=abc%2bdef%2fghi012%3d%3d"`, `"a":"?t=(hidden)"`},
		"base64 escaped":   {basic, `"a":"cm9sbGNhbGw6cGFzcy93b3JkLTE%3D"`, `"a":"(hidden)"`},
		"by JavaScript":    {scim.Auth{Secret: "Winter!2026+Kiel"}, `"a":"?p=Winter!2026%2BKiel&u"`, `"a":"?p=(hidden)&u"`},
		"by Java":          {scim.Auth{Secret: "abc~def+012345"}, `"a":"?p=abc%7Edef%2B012345"`, `"a":"?p=(hidden)"`},
		"escaped twice":    {plus, `"a":"?next=%2Ft%3Dabc%252Bdef%252Fghi012%253D%253D%26u"`, `"a":"?next=%2Ft%3D(hidden)%26u"`},
		"in mixed case":    {plus, `"a":"?t=abc%2Bdef%2fghi012%3D%3d"`, `"a":"?t=(hidden)"`},
		"escaped in part":  {plus, `"a":"%61bc+def/ghi012=%3D, 100 % of abc+def/ghi012=="`, `"a":"(hidden), 100 % of (hidden)"`},
		"a space as plus":  {scim.Auth{Scheme: "basic", User: "rollcall", Secret: "pass word+1"}, `"a":"?p=pass+word%2B1"`, `"a":"?p=(hidden)"`},
		"no escape":        {plus, `"a":"50%25 of %zz %2"`, `"a":"50%25 of %zz %2"`},
		"a number":         {digits, `"a":1234567890`, `"a":"(hidden)"`},
		"too short":        {scim.Auth{Secret: "u1"}, `"a":"u1"`, `"a":"u1"`},
		"something else":   {bearer, `"a":"to\/ken"`, `"a":"to\/ken"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			user := func(member string) string { return `{"id":"u1","userName":"ada",` + member + `}` }
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/scim+json")
				if strings.HasSuffix(r.URL.Path, "/Users") {
					io.WriteString(w, `{"totalResults":1,"Resources":[`+user(tt.sent)+`]}`)
					return
				}
				io.WriteString(w, user(tt.sent))
			}))
			t.Cleanup(srv.Close)
			c := client(t, scim.Config{BaseURL: srv.URL, Auth: tt.auth})
			u, err := c.User(t.Context(), "u1")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "the user", string(u.Raw), user(tt.kept))
			listed := 0
			if _, err := c.List(t.Context(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
				for _, u := range p.Users {
					listed++
					equal(t, "the listed user", string(u.Raw), user(tt.kept))
				}
				return nil
			}); err != nil || listed == 0 {
				t.Fatal(listed, err)
			}
			write, err := c.SetActive("u1", false, scim.PatchPath, &u)
			if err != nil {
				t.Fatal(err)
			}
			a, err := c.Send(t.Context(), write, &receipt{allow: c.Request(write)})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "the answer to a change", string(a.Raw), user(tt.kept))
		})
	}
}

// What a server says of itself is shown and kept, and may hold the credential too.
func TestDiscoveryShowsNoCredential(t *testing.T) {
	const token = "abc+def/ghi012=="
	answers := map[string]string{
		"/Users":                 `{"totalResults":0,"Resources":[]}`,
		"/Schemas":               `{"Resources":[{"id":"https://idp.example/s?access_token=` + token + `"}]}`,
		"/ResourceTypes":         `[{"endpoint":"/Users?key=` + token + `"}]`,
		"/ServiceProviderConfig": `{"patch":{"supported":true},"authenticationSchemes":[{"type":"` + token + `"}]}`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answers[r.URL.Path]) }))
	t.Cleanup(srv.Close)
	has, err := client(t, scim.Config{BaseURL: srv.URL, Auth: scim.Auth{Secret: token}}).Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	equalList(t, "schemes, types and schemas", slices.Concat(has.AuthSchemes, has.ResourceTypes, has.Schemas),
		[]string{"(hidden)", "/Users?key=(hidden)", "https://idp.example/s?access_token=(hidden)"})
}

// A PUT sends a resource back as it was read. One in which the credential stood
// is not what the server has, and is never sent: the server would be given the
// word "(hidden)" for good.
func TestNothingHiddenIsSentBack(t *testing.T) {
	basic := scim.Auth{Scheme: "basic", User: "scim", Secret: "marketing2026"}
	answers := map[string]string{
		"/Users/secret":  `{"id":"secret","active":true,"urn:x:ext":{"apiKey":"marketing2026"}}`,
		"/Users/word":    `{"id":"word","active":true,"displayName":"Ada (hidden)"}`,
		"/Users":         `{"totalResults":1,"Resources":[{"id":"secret","active":true,"title":"marketing2026"}]}`,
		"/Groups/secret": `{"id":"secret","displayName":"Marketing and marketing2026 team","members":[{"value":"a"},{"value":"b"}]}`,
		"/Groups/word":   `{"id":"word","displayName":"Marketing","members":[{"value":"a"},{"value":"b"}]}`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, answers[r.URL.Path]) }))
	t.Cleanup(srv.Close)
	c := client(t, scim.Config{BaseURL: srv.URL, Auth: basic})
	for id, refused := range map[string]bool{"secret": true, "word": false} {
		u, err := c.User(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.SetActive(id, false, scim.Put, &u)
		checkMasked(t, "user "+id, err, refused)
		g, err := c.Group(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.RemoveMember(id, "a", scim.Put, &g)
		checkMasked(t, "member of group "+id, err, refused)
		_, err = c.AddMember(id, "c", scim.Put, &g)
		checkMasked(t, "new member of group "+id, err, refused)
		if _, err = c.SetActive(id, false, scim.PatchPath, &u); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.List(t.Context(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
		for _, u := range p.Users {
			_, err := c.SetActive(u.ID, false, scim.Put, &u)
			checkMasked(t, "listed user", err, true)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func checkMasked(t *testing.T, what string, err error, refused bool) {
	t.Helper()
	if refused != (err != nil) || refused && !strings.Contains(err.Error(), `would write "(hidden)" there`) {
		t.Errorf("%s: %v, want it refused: %v", what, err, refused)
	}
	var e *scim.Error
	if errors.As(err, &e) && !strings.HasPrefix(e.Hint, "Give the tenant a new credential") {
		t.Errorf("%s: what to do: %s", what, e.Hint)
	}
}
