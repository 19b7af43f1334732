package app_test

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// rewritten adds the shop's server as the tenant "Late"; say may change what it
// answers with.
func (s *shop) rewritten(say func(r *http.Request, body string) string) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := must(io.ReadAll(r.Body))(s.t)
		r.Body = io.NopCloser(bytes.NewReader(b))
		rec := httptest.NewRecorder()
		s.server.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			if k != "Content-Length" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(rec.Code)
		io.WriteString(w, say(r, rec.Body.String()))
	}))
	s.t.Cleanup(srv.Close)
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: "Late", BaseURL: srv.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "agreed"}))(s.t)
	s.syncLate()
}

// An account that the list and the single resource write differently is the
// same account all the same; one that is another, or was changed, is left alone.
func TestListAndResourceDiffer(t *testing.T) {
	single, emails := regexp.MustCompile(`/Users/[^/?]+$`), regexp.MustCompile(`,"emails":\[[^\]]*\]`)
	inSingle := func(from, to string) func(*http.Request, string) string {
		return func(r *http.Request, body string) string {
			if r.Method == "GET" && single.MatchString(r.URL.Path) {
				return strings.Replace(body, from, to, 1)
			}
			return body
		}
	}
	tests := []struct {
		name string
		say  func(*http.Request, string) string
		want string
		why  string
	}{
		{"user name in another case", inSingle(`"userName":"person`, `"userName":"Person`), "confirmed", ""},
		{"e-mail in another case", inSingle(`"value":"person59@corp`, `"value":"Person59@Corp`), "confirmed", ""},
		{"no e-mails in the list", func(r *http.Request, body string) string {
			if r.Method == "GET" && strings.HasSuffix(r.URL.Path, "/Users") {
				return emails.ReplaceAllString(body, "")
			}
			return body
		}, "confirmed", ""},
		{"an indirect group in the resource only", inSingle(`"groups":[{`, `"groups":[{"value":"g9","display":"Everybody","type":"indirect"},{`), "confirmed", ""},
		{"a direct group in the resource only", inSingle(`"groups":[{`, `"groups":[{"value":"g9","display":"Everybody"},{`), "skipped", "memberships"},
		{"another user name", inSingle(`"userName":"person`, `"userName":"other`), "skipped", "userName"},
		{"another e-mail", inSingle(`"value":"person59@corp`, `"value":"other59@corp`), "skipped", "emails"},
		{"one e-mail less", inSingle(`"emails":[`, `"formerly":[`), "skipped", "emails"},
		{"inactive by now", inSingle(`"active":true`, `"active":false`), "skipped", "active: active → inactive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			s.rewritten(tt.say)
			r := s.runLate("u59")
			if outcomes(r) != tt.want || tt.why != "" && !strings.Contains(r.Actions[0].Why, "("+tt.why+")") {
				t.Errorf("%s: %s", outcomes(r), r.Actions[0].Why)
			}
		})
	}
}

// A tenant that sends the token back in a resource: it rests in no file.
func TestTokenInAResourceIsNotKept(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.rewritten(func(r *http.Request, body string) string {
		return strings.ReplaceAll(body, `"displayName":"Person 59"`, `"displayName":"Person 59","debug":{"authorization":"`+r.Header.Get("Authorization")+`"}`)
	})
	if r := s.runLate("u59"); outcomes(r) != "confirmed" {
		t.Errorf("%+v", r.Actions)
	}
	s.app.Close()
	hidden := 0
	err := filepath.WalkDir(s.cfg.Dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if bytes.Contains(b, []byte(scimtest.Token)) {
			t.Errorf("the token rests in %s", filepath.Base(p))
		}
		hidden += bytes.Count(b, []byte(`"authorization":"(hidden)"`))
		return err
	})
	if err != nil || hidden == 0 {
		t.Errorf("hidden %d times, %v", hidden, err)
	}
	s.open()
}
