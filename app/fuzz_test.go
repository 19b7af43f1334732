package app

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
	"rollcall/test/bounds"
)

// FuzzDecodePlan: what comes back from the record as a plan is either refused
// or whole, and has one canonical form, whose hash is its name.
func FuzzDecodePlan(f *testing.F) {
	view := `{"plan":{"actions":[{"n":1}]},"before":[{"id":"u1","emails":["a@x"],"memberships":[{"id":"g","name":"G"}]}]}`
	body := `{"v":1,"log":"l","tenants":[{"id":"t_1"}],"ticket":"HD-1","actions":[{"tenant":"t_1","account":"u1","action":"deactivate","requests":[{"form":"path","method":"PATCH","path":"/Users/u1","body":"{}"}]}]}`
	f.Add([]byte(body), []byte(view))
	f.Add([]byte(`{}`), []byte(`{}`))
	f.Add([]byte(body), []byte(`{"plan":{"actions":[]},"before":[]}`))
	f.Add([]byte(`{"actions":[{},{}]}`), []byte(`{"before":[{},{}],"plan":{"actions":[{},{}]}}`))
	f.Add([]byte(`{"v":9007199254740993,"v":1}`), []byte(`{"plan":null}`))
	f.Add([]byte(`{"actions":`+strings.Repeat("[", 50_000)), []byte(`{"before":[{"emails":`+strings.Repeat("[", 50_000)))
	f.Add([]byte(`{"v":`+strings.Repeat("9", 50_000)+`}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, rawBody, rawView []byte) {
		var b planBody
		var v planView
		var err error
		bounds.Memory(t, len(rawBody)+len(rawView), 1<<20, 512, func() { b, v, err = decodePlan(rawBody, rawView) })
		if err != nil {
			return
		}
		if len(v.Before) != len(b.Actions) || len(v.Plan.Actions) != len(b.Actions) {
			t.Fatalf("%d actions, %d states, %d shown", len(b.Actions), len(v.Before), len(v.Plan.Actions))
		}
		hash, canon, err := b.hash()
		if err != nil {
			return // text that is no UTF-8 has no canonical form
		}
		again, _, err := decodePlan(canon, rawView)
		if err != nil {
			t.Fatalf("the canonical form is refused: %v", err)
		}
		if hash2, canon2, err := again.hash(); err != nil || hash2 != hash || !bytes.Equal(canon, canon2) {
			t.Fatalf("two forms of one plan: %q, %q, %v", canon, canon2, err)
		}
		for _, s := range v.Before {
			if changed := s.changes(s); len(changed) != 0 {
				t.Fatalf("a state differs from itself in %q", changed)
			}
		}
	})
}

// FuzzFindingCursor: a place to go on from that somebody made up is a usage
// error or a page, never more.
func FuzzFindingCursor(f *testing.F) {
	for _, s := range []string{`{"r":0,"t":"Acme","k":"p1","i":"x"}`, `{"r":-9223372036854775808}`, `{"r":1e30}`, `{"t":"\ud800\u0000"}`, `[]`, ``} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	f.Add("=%00../")
	a, srv := fuzzedApp(f)
	defer srv.Close()
	defer a.Close()
	f.Fuzz(func(t *testing.T, after string) {
		var p FindingsPage
		var err error
		bounds.Memory(t, len(after), 8<<20, 64, func() { p, err = a.Findings(t.Context(), FindingFilter{After: after, Limit: 1}) })
		if err != nil && kindOf(err) != KindUsage {
			t.Fatalf("%q: %v", after, err)
		}
		if len(p.Findings) > 1 {
			t.Fatalf("%d findings on a page of one", len(p.Findings))
		}
	})
}

// FuzzListCursor: the same of the lists of accounts and groups, whatever is
// searched for.
func FuzzListCursor(f *testing.F) {
	for _, s := range []string{`["alice",1]`, `["a",1e30]`, `[null,null]`, `[{"a":[1]},2]`, `["\ud800",-1]`, `[]`, `[1,"x"]`, `{}`, ``} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(s)), "")
	}
	f.Add("", `"x* OR facet:`+"\x00)")
	a, srv := fuzzedApp(f)
	defer srv.Close()
	defer a.Close()
	f.Fuzz(func(t *testing.T, after, search string) {
		bounds.Memory(t, len(after)+len(search), 8<<20, 128, func() {
			for _, sort := range []string{"userName", "displayName"} {
				p, err := a.Accounts(t.Context(), AccountFilter{Tenant: "Acme", Sort: sort, After: after, Search: search, Limit: 1})
				if err != nil && kindOf(err) != KindUsage || len(p.Accounts) > 1 {
					t.Errorf("accounts after %q, %q: %d, %v", after, search, len(p.Accounts), err)
				}
			}
			p, err := a.Groups(t.Context(), GroupFilter{Tenant: "Acme", After: after, Search: search, Limit: 1})
			if err != nil && kindOf(err) != KindUsage || len(p.Groups) > 1 {
				t.Errorf("groups after %q, %q: %d, %v", after, search, len(p.Groups), err)
			}
		})
	})
}

// fuzzedApp is a workspace with two orphans, open as long as the fuzzing goes on.
func fuzzedApp(f *testing.F) (*App, *scimtest.Server) {
	f.Helper()
	srv := scimtest.New(scimtest.Options{Users: []scimtest.User{accountOfPerson(1), accountOfPerson(2)}})
	a, err := Open(f.Context(), Config{Dir: f.TempDir(), Actor: "tester", Secrets: secrets.Memory()})
	if err == nil {
		_, err = a.AddTenant(f.Context(), TenantSpec{Name: "Acme", BaseURL: srv.URL, Token: scimtest.Token})
	}
	if err == nil {
		_, err = a.Sync(f.Context(), SyncRequest{})
	}
	if err != nil {
		f.Fatal(err)
	}
	return a, srv
}
