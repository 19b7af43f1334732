package scim_test

import (
	"io"
	"net/http"
	"net/http/httptest"
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
	tests := map[string]struct {
		auth       scim.Auth
		sent, kept string
	}{
		"the header":      {bearer, `"a": "Bearer to/ken-0123456789"`, `"a": "(hidden)"`},
		"within a text":   {bearer, `"a":["x to/ken-0123456789 y",1.0]`, `"a":["x (hidden) y",1.0]`},
		"a name":          {bearer, `"to/ken-0123456789":1`, `"(hidden)":1`},
		"a slash escaped": {bearer, `"a":"to\/ken-0123456789","b":"\u00e9"`, `"a":"(hidden)","b":"\u00e9"`},
		"all escaped":     {bearer, `"a":"\u0074o/ken-012345678\u0039"`, `"a":"(hidden)"`},
		"base64":          {basic, `"a":"cm9sbGNhbGw6cGFzcy93b3JkLTE="`, `"a":"(hidden)"`},
		"the password":    {basic, `"a":"pass/word-1"`, `"a":"(hidden)"`},
		"a number":        {digits, `"a":1234567890`, `"a":"(hidden)"`},
		"too short":       {scim.Auth{Secret: "u1"}, `"a":"u1"`, `"a":"u1"`},
		"something else":  {bearer, `"a":"to\/ken"`, `"a":"to\/ken"`},
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
