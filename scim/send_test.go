package scim_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

func deactivate(t *testing.T, c *scim.Client, id string, f scim.Form) scim.Write {
	t.Helper()
	var current *scim.User
	if f == scim.Put {
		u, err := c.User(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		current = &u
	}
	w, err := c.SetActive(id, false, f, current)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSetActiveForms(t *testing.T) {
	for _, f := range []scim.Form{scim.PatchPath, scim.PatchObject, scim.Put} {
		t.Run(string(f), func(t *testing.T) {
			s, c, _ := serve(t, scimtest.Options{Users: people(3), Groups: []scimtest.Group{{ID: "g", DisplayName: "G", Members: []string{"user-002"}}}})
			before, _ := s.User("user-002")
			w := deactivate(t, c, "user-002", f)
			a, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
			if err != nil || a.Status != 200 || len(a.Raw) == 0 {
				t.Fatalf("answer %+v, error %v", a, err)
			}
			after, _ := s.User("user-002")
			equal(t, "active", after.Active, false)
			equal(t, "external id", after.ExternalID, before.ExternalID)
			equalList(t, "emails", after.Emails, before.Emails)
			equal(t, "writes", len(s.Writes()), 1)
			equal(t, "media type", s.Writes()[0].Header.Get("Content-Type"), "application/scim+json")
			equal(t, "body", s.Writes()[0].Body, string(w.Body))
			equal(t, "path", s.Writes()[0].Path, w.Path)
			other, _ := s.User("user-001")
			equal(t, "another user", other.Active, true)
		})
	}
}

// TestSendNeedsReceipt: without the right receipt nothing is on the wire.
func TestSendNeedsReceipt(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(3)})
	w := deactivate(t, c, "user-001", scim.PatchPath)
	good := c.Request(w)
	with := func(change func(q *scim.Request)) *receipt {
		q := good
		change(&q)
		return &receipt{allow: q}
	}
	for name, r := range map[string]scim.Receipt{
		"none":           nil,
		"zero":           &receipt{},
		"used":           &receipt{allow: good, used: true},
		"another body":   with(func(q *scim.Request) { q.Body[0] ^= 1 }),
		"another method": with(func(q *scim.Request) { q.Method = "PUT" }),
		"another path":   with(func(q *scim.Request) { q.Path += "1" }),
		"another origin": with(func(q *scim.Request) { q.Origin = "https://example.com" }),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Send(context.Background(), w, r)
			e := asError(t, err)
			equal(t, "kind", e.Kind, scim.KindReceipt)
			equal(t, "uncertain", e.Uncertain, false)
			equal(t, "requests", len(s.Requests()), 0)
		})
	}
	r := &receipt{allow: good}
	if _, err := c.Send(context.Background(), w, r); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(context.Background(), w, r); asError(t, err).Kind != scim.KindReceipt {
		t.Errorf("the second use: %v", err)
	}
	equal(t, "requests", len(s.Requests()), 1)
}

// TestSendRefusesWhatItNeverPrepares: the receipt is not even asked.
func TestSendRefusesWhatItNeverPrepares(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(1)})
	for name, w := range map[string]scim.Write{
		"GET":            {Method: "GET", Path: "/scim/v2/Users/1"},
		"lower case":     {Method: "patch", Path: "/scim/v2/Users/1"},
		"outside":        {Method: "PATCH", Path: "/admin/Users/1"},
		"beside":         {Method: "PATCH", Path: "/scim/v2x/Users/1"},
		"another host":   {Method: "PATCH", Path: "@example.com/scim/v2/Users/1"},
		"not escaped":    {Method: "PATCH", Path: "/scim/v2/Users/a b"},
		"fragment":       {Method: "PATCH", Path: "/scim/v2/Users/1#x"},
		"bad escape":     {Method: "PATCH", Path: "/scim/v2/Users/%zz"},
		"header in etag": {Method: "PATCH", Path: "/scim/v2/Users/1", IfMatch: "x\r\nX-Y: z"},
		"empty":          {},
	} {
		t.Run(name, func(t *testing.T) {
			r := &receipt{allow: c.Request(w)}
			_, err := c.Send(context.Background(), w, r)
			equal(t, "kind", asError(t, err).Kind, scim.KindUsage)
			equal(t, "receipt used", r.used, false)
		})
	}
	equal(t, "requests", len(s.Requests()), 0)
}

// A deletion that a web page answers was not answered by the tenant.
func TestDeletionAnsweredByAPage(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(2)})
	w, err := c.Delete(scim.Users, "user-001")
	if err != nil {
		t.Fatal(err)
	}
	s.Fail(scimtest.Fault{Method: http.MethodDelete, Status: 200, ContentType: "text/html", Body: "<html>Sign in</html>"})
	_, err = c.Send(t.Context(), w, &receipt{allow: c.Request(w)})
	e := asError(t, err)
	equal(t, "kind", e.Kind, scim.KindNotSCIM)
	equal(t, "uncertain", e.Uncertain, true)
}

// TestSendOutcomes: what each answer to a write is taken for, what really
// happened, and that nothing is sent twice.
func TestSendOutcomes(t *testing.T) {
	cases := []struct {
		name      string
		quirks    scimtest.Quirks
		fault     *scimtest.Fault
		kind      scim.ErrorKind // "": accepted
		uncertain bool
		active    bool // in truth, afterwards
	}{
		{name: "200", quirks: scimtest.Quirks{}},
		{name: "204", quirks: scimtest.Quirks{NoContent: true}},
		{name: "200 {}", quirks: scimtest.Quirks{EmptyAnswer: true}},
		{name: "200 without effect", quirks: scimtest.Quirks{NoEffect: true}, active: true},
		{name: "202", quirks: scimtest.Quirks{Accepted: true}, kind: scim.KindAccepted, uncertain: true, active: true},
		{name: "500 carried out", quirks: scimtest.Quirks{CarriedOut500: true}, kind: scim.KindServer, uncertain: true},
		{name: "400 carried out", quirks: scimtest.Quirks{CarriedOut400: true}, kind: scim.KindRefused},
		{name: "path refused", quirks: scimtest.Quirks{PatchPathStatus: 400}, kind: scim.KindRefused, active: true},
		{name: "path not implemented", quirks: scimtest.Quirks{PatchPathStatus: 501}, kind: scim.KindUnsupported, active: true},
		{name: "no PATCH", quirks: scimtest.Quirks{PatchStatus: 405}, kind: scim.KindUnsupported, active: true},
		{name: "415", quirks: scimtest.Quirks{PlainJSON: true}, kind: scim.KindMediaType, active: true},
		{name: "401", quirks: scimtest.Quirks{Reject: true}, kind: scim.KindAuth, active: true},
		{name: "web page", quirks: scimtest.Quirks{RejectPage: true}, kind: scim.KindNotSCIM, uncertain: true, active: true},
		{name: "status error", quirks: scimtest.Quirks{RejectJSON: true}, kind: scim.KindNotSCIM, uncertain: true, active: true},
		{name: "redirect", quirks: scimtest.Quirks{RedirectTo: "http://127.0.0.1:1"}, kind: scim.KindRedirect, active: true},
		{name: "dropped before", fault: &scimtest.Fault{Drop: true}, kind: scim.KindLost, uncertain: true, active: true},
		{name: "dropped after", fault: &scimtest.Fault{Drop: true, Effect: true}, kind: scim.KindLost, uncertain: true},
		{name: "cut", fault: &scimtest.Fault{Cut: 20, Effect: true}, kind: scim.KindLost, uncertain: true},
		{name: "truncated", fault: &scimtest.Fault{Truncate: 20, Effect: true}, kind: scim.KindMalformed, uncertain: true},
		{name: "500", fault: &scimtest.Fault{Status: 500}, kind: scim.KindServer, uncertain: true, active: true},
		{name: "503", fault: &scimtest.Fault{Status: 503, Header: map[string]string{"Retry-After": "7"}}, kind: scim.KindServer, uncertain: true, active: true},
		{name: "408", fault: &scimtest.Fault{Status: 408}, kind: scim.KindRefused, uncertain: true, active: true},
		{name: "429", fault: &scimtest.Fault{Status: 429, Header: map[string]string{"Retry-After": "7"}}, kind: scim.KindThrottled, active: true},
		{name: "412", fault: &scimtest.Fault{Status: 412}, kind: scim.KindPrecondition, active: true},
		{name: "409", fault: &scimtest.Fault{Status: 409}, kind: scim.KindConflict, active: true},
		{name: "404", fault: &scimtest.Fault{Status: 404}, kind: scim.KindNotFound, active: true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s, c, waits := serve(t, scimtest.Options{Users: people(2)})
			w := deactivate(t, c, "user-001", scim.PatchPath)
			s.Set(func(q *scimtest.Quirks) { *q = tc.quirks })
			if tc.fault != nil {
				s.Fail(*tc.fault)
			}
			a, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
			if tc.kind == "" && err != nil {
				t.Fatal(err)
			}
			if tc.kind != "" {
				e := asError(t, err)
				equal(t, "kind", e.Kind, tc.kind)
				equal(t, "uncertain", e.Uncertain, tc.uncertain)
				equal(t, "status", e.Status == a.Status || a.Status == 0 || e.Kind == scim.KindLost, true)
				if strings.HasPrefix(tc.name, "429") {
					equal(t, "retry after", e.RetryAfter, 7*time.Second)
				}
			}
			u, _ := s.User("user-001")
			equal(t, "active", u.Active, tc.active)
			equal(t, "writes", len(s.Writes()), 1)
			equal(t, "waits", len(*waits), 0)
		})
	}
}

// TestSendCanceled: a call that is stopped half-way is unknown; one that is
// stopped beforehand leaves the receipt unused.
func TestSendCanceled(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(2)})
	w := deactivate(t, c, "user-001", scim.PatchPath)
	ctx, cancel := context.WithCancel(context.Background())
	barrier := scimtest.NewBarrier()
	s.Fail(scimtest.Fault{Method: http.MethodPatch, Arrive: barrier, Effect: true})
	go func() {
		<-barrier.Arrived
		cancel()
	}()
	_, err := c.Send(ctx, w, &receipt{allow: c.Request(w)})
	e := asError(t, err)
	equal(t, "kind", e.Kind, scim.KindCanceled)
	equal(t, "uncertain", e.Uncertain, true)

	r := &receipt{allow: c.Request(w)}
	_, err = c.Send(ctx, w, r)
	e = asError(t, err)
	equal(t, "kind beforehand", e.Kind, scim.KindCanceled)
	equal(t, "uncertain beforehand", e.Uncertain, false)
	equal(t, "receipt used", r.used, false)
	equal(t, "writes", len(s.Writes()), 1)
}

// TestSendUnreachable: nobody listens on port 1, and no other test can come to
// listen there, as one may on the port of a server that was closed.
func TestSendUnreachable(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "http://127.0.0.1:1/scim/v2"})
	w := deactivate(t, c, "user-001", scim.PatchPath)
	_, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
	e := asError(t, err)
	equal(t, "kind", e.Kind, scim.KindNetwork)
	equal(t, "uncertain", e.Uncertain, false)
}

// TestMediaTypeResent: after 415 the same change may be prepared as plain
// JSON; the client sends it as asked and not by itself.
func TestMediaTypeResent(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(1), Quirks: scimtest.Quirks{PlainJSON: true}})
	if _, err := c.User(context.Background(), "user-001"); err != nil {
		t.Fatal(err)
	}
	w := deactivate(t, c, "user-001", scim.PatchPath)
	_, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
	equal(t, "kind", asError(t, err).Kind, scim.KindMediaType)
	w.ContentType = "application/json"
	if _, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)}); err != nil {
		t.Fatal(err)
	}
	u, _ := s.User("user-001")
	equal(t, "active", u.Active, false)
}

func TestIfMatch(t *testing.T) {
	s, c, _ := serve(t, scimtest.Options{Users: people(1), Quirks: scimtest.Quirks{ETags: true, EnforceIfMatch: true, BareETags: true}})
	u, err := c.User(context.Background(), "user-001")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "unquoted ETag", u.ETag, "1")
	w := deactivate(t, c, "user-001", scim.PatchPath)
	w.IfMatch = u.ETag
	s.Update("user-001", func(u *scimtest.User) { u.DisplayName = "Renamed" })
	_, err = c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
	equal(t, "kind", asError(t, err).Kind, scim.KindPrecondition)
	w.IfMatch = "2"
	if _, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)}); err != nil {
		t.Fatal(err)
	}
}

// TestPutKeepsEverything: what came back in a PUT is what was read, unknown and
// odd attributes included, without what is read-only.
func TestPutKeepsEverything(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "https://example.com/scim/v2"})
	raw := `{ "schemas":["urn:x"], "id":"1","Active":"True", "big":123456789012345678901234567890,
		"emails":[{"value":null},{"value":"a@b","x":[1,2.50]}], "META":{},"Groups":[{"value":"g"}],"password":"p","dup":1,"dup":2, "lone":"\ud800" }`
	w, err := c.SetActive("1", true, scim.Put, &scim.User{ID: "1", Raw: []byte(raw)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"schemas":["urn:x"],"Active":true,"big":123456789012345678901234567890,` +
		`"emails":[{"value":null},{"value":"a@b","x":[1,2.50]}],"dup":1,"dup":2,"lone":"\ud800"}`
	equal(t, "body", string(w.Body), want)
	equal(t, "path", w.Path, "/scim/v2/Users/1")

	w, err = c.SetActive("1", false, scim.Put, &scim.User{ID: "1", Raw: []byte(`{"id":"1"}`)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body of a bare user", string(w.Body), `{"active":false,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`)
	for name, u := range map[string]*scim.User{"none": nil, "another": {ID: "2", Raw: []byte(`{}`)}, "no resource": {ID: "1"}} {
		if _, err := c.SetActive("1", false, scim.Put, u); asError(t, err).Kind != scim.KindUsage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.SetActive("1", false, "delete", nil); asError(t, err).Kind != scim.KindUsage {
		t.Errorf("unknown form: %v", err)
	}
}

func TestPatchBodies(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "https://example.com/scim/v2/"})
	for f, want := range map[scim.Form]string{
		scim.PatchPath:   `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`,
		scim.PatchObject: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`,
	} {
		w, err := c.SetActive("a", false, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, string(f), string(w.Body), want)
	}
}
