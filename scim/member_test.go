package scim_test

import (
	"context"
	"slices"
	"testing"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// staff is a server with one group of four entries, one of them a stranger.
func staff(t *testing.T, q scimtest.Quirks) (*scimtest.Server, *scim.Client) {
	t.Helper()
	s, c, _ := serve(t, scimtest.Options{
		Users: people(5), Quirks: q,
		Groups: []scimtest.Group{{ID: "g", DisplayName: "Staff", ExternalID: "x", Members: []string{"user-001", "user-002", "stranger", "user-003"}}},
	})
	return s, c
}

func send(t *testing.T, c *scim.Client, w scim.Write) error {
	t.Helper()
	_, err := c.Send(context.Background(), w, &receipt{allow: c.Request(w)})
	return err
}

func group(t *testing.T, c *scim.Client, id string) *scim.Group {
	t.Helper()
	g, err := c.Group(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return &g
}

// TestRemoveMember: each form against each kind of server, and who is left.
func TestRemoveMember(t *testing.T) {
	whole := []string{"user-001", "user-002", "stranger", "user-003"}
	without := []string{"user-001", "stranger", "user-003"}
	for name, tc := range map[string]struct {
		quirks scimtest.Quirks
		form   scim.Form
		left   []string
		kind   scim.ErrorKind
	}{
		"path":                      {scimtest.Quirks{}, scim.PatchPath, without, ""},
		"put":                       {scimtest.Quirks{}, scim.Put, without, ""},
		"path, not supported":       {scimtest.Quirks{ValuePathStatus: 501}, scim.PatchPath, whole, scim.KindUnsupported},
		"path, no effect":           {scimtest.Quirks{MembersStay: true}, scim.PatchPath, whole, ""},
		"values, where understood":  {scimtest.Quirks{ListRemoves: true}, scim.PatchValues, without, ""},
		"values empty a strict one": {scimtest.Quirks{}, scim.PatchValues, nil, ""},
		"put, not supported":        {scimtest.Quirks{PutStatus: 405}, scim.Put, whole, scim.KindUnsupported},
		"path, 500 carried out":     {scimtest.Quirks{CarriedOut500: true}, scim.PatchPath, without, scim.KindServer},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := staff(t, tc.quirks)
			w, err := c.RemoveMember("g", "user-002", tc.form, group(t, c, "g"))
			if err != nil {
				t.Fatal(err)
			}
			err = send(t, c, w)
			if tc.kind != "" {
				equal(t, "kind", asError(t, err).Kind, tc.kind)
			} else if err != nil {
				t.Fatal(err)
			}
			g, _ := s.Group("g")
			equalList(t, "left", g.Members, tc.left)
			equal(t, "name", g.DisplayName, "Staff")
			equal(t, "external id", g.ExternalID, "x")
			equal(t, "writes", len(s.Writes()), 1)
		})
	}
}

// TestDefaultFormsNeverListValues: neither of the forms that are tried in turn
// can empty a group.
func TestDefaultFormsNeverListValues(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "https://example.com/scim"})
	w, err := c.RemoveMember("g", `a"] or value pr or x["\`, scim.PatchPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body", string(w.Body), `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+
		`{"op":"remove","path":"members[value eq \"a\\\"] or value pr or x[\\\"\\\\\"]"}]}`)
	if _, err := c.RemoveMember("g", "a", scim.PatchObject, nil); asError(t, err).Kind != scim.KindUsage {
		t.Errorf("removal without path: %v", err)
	}
	for _, bad := range []string{"", "a\xff"} {
		if _, err := c.RemoveMember("g", bad, scim.PatchPath, nil); asError(t, err).Kind != scim.KindUsage {
			t.Errorf("member %q: %v", bad, err)
		}
	}
}

func TestAddMember(t *testing.T) {
	want := []string{"user-001", "user-002", "stranger", "user-003", "user-004"}
	for _, f := range []scim.Form{scim.PatchPath, scim.PatchObject, scim.Put} {
		t.Run(string(f), func(t *testing.T) {
			s, c := staff(t, scimtest.Quirks{})
			w, err := c.AddMember("g", "user-004", f, group(t, c, "g"))
			if err != nil {
				t.Fatal(err)
			}
			if err := send(t, c, w); err != nil {
				t.Fatal(err)
			}
			g, _ := s.Group("g")
			equalList(t, "members", g.Members, want)
			u, err := c.User(context.Background(), "user-004")
			if err != nil || !slices.Contains(u.Groups, scim.Membership{ID: "g", Display: "Staff", Direct: true}) {
				t.Errorf("groups %v, error %v", u.Groups, err)
			}
		})
	}
}

// TestGroupPutRefused: what the server hides is never overwritten.
func TestGroupPutRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks scimtest.Quirks
		remove string // "" means add user-004
	}{
		"members hidden":        {scimtest.Quirks{HideMembers: true}, "user-002"},
		"members left out":      {scimtest.Quirks{OmitMembers: true}, "user-002"},
		"not a member":          {scimtest.Quirks{}, "user-005"},
		"add, members hidden":   {scimtest.Quirks{HideMembers: true}, ""},
		"add, members left out": {scimtest.Quirks{OmitMembers: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := staff(t, tc.quirks)
			g := group(t, c, "g")
			_, err := c.RemoveMember("g", tc.remove, scim.Put, g)
			if tc.remove == "" {
				_, err = c.AddMember("g", "user-004", scim.Put, g)
			}
			equal(t, "kind", asError(t, err).Kind, scim.KindUsage)
		})
	}
	_, c := staff(t, scimtest.Quirks{})
	g := group(t, c, "g")
	if _, err := c.AddMember("g", "user-001", scim.Put, g); err == nil {
		t.Error("a member was added twice")
	}
	if _, err := c.RemoveMember("h", "user-001", scim.Put, g); err == nil {
		t.Error("another group was replaced")
	}
	if _, err := c.RemoveMember("g", "user-001", scim.Put, nil); err == nil {
		t.Error("a group that was not read was replaced")
	}
}

// TestGroupPutOfMembersTwice: a group whose members are named twice, once null,
// is replaced by one with the others in it, or not at all.
func TestGroupPutOfMembersTwice(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "https://example.com/scim"})
	for raw, want := range map[string]string{
		`{"id":"g","members":[{"value":"a"},{"value":"b"}],"members":null}`: "",
		`{"id":"g","members":[{"value":"a"},{"value":"b"}],"Members":null}`: "",
		`{"id":"g","members":null,"Members":[{"value":"a"},{"value":"b"}]}`: `{"members":[{"value":"a"}],"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}`,
	} {
		g, err := scim.DecodeGroup([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "members", len(g.Members), 2)
		w, err := c.RemoveMember("g", "b", scim.Put, &g)
		equal(t, raw, string(w.Body), want)
		if want == "" {
			equal(t, "kind", asError(t, err).Kind, scim.KindUsage)
		}
	}
}

// TestGroupPutKeepsEntries: entries that name nobody, duplicates of others and
// unknown attributes survive; all entries of the member go.
func TestGroupPutKeepsEntries(t *testing.T) {
	c := client(t, scim.Config{BaseURL: "https://example.com/scim"})
	g := scim.Group{ID: "g", MembersKnown: true, Members: []scim.Member{{Value: "a"}, {Value: "b"}, {Value: "b"}, {Value: "7"}, {Value: "a"}}}
	g.Raw = []byte(`{"schemas":["urn:x"],"id":"g","displayName":"G","Members":[{"value":"a"},{"value":null,"x":1},{"value":"b","n":1.50},"b",{"value":7},{"Value":"a"}],"meta":{},"ext":{"k":[ 1 ]}}`)
	w, err := c.RemoveMember("g", "a", scim.Put, &g)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body", string(w.Body), `{"schemas":["urn:x"],"displayName":"G","Members":[{"value":null,"x":1},{"value":"b","n":1.50},"b",{"value":7}],"ext":{"k":[ 1 ]}}`)
	w, err = c.RemoveMember("g", "7", scim.Put, &g)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body", string(w.Body), `{"schemas":["urn:x"],"displayName":"G","Members":[{"value":"a"},{"value":null,"x":1},{"value":"b","n":1.50},"b",{"Value":"a"}],"ext":{"k":[ 1 ]}}`)
}

func TestDelete(t *testing.T) {
	for name, tc := range map[string]struct {
		quirks scimtest.Quirks
		again  scim.ErrorKind // of a second one; "": accepted
		gone   bool
	}{
		"gone":             {scimtest.Quirks{}, scim.KindNotFound, true},
		"with a body":      {scimtest.Quirks{DeleteBody: true}, scim.KindNotFound, true},
		"second fails":     {scimtest.Quirks{DeleteTwice500: true}, scim.KindServer, true},
		"only deactivates": {scimtest.Quirks{DeleteSoft: true}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := staff(t, tc.quirks)
			w, err := c.Delete(scim.Users, "user-002")
			if err != nil {
				t.Fatal(err)
			}
			if err := send(t, c, w); err != nil {
				t.Fatal(err)
			}
			equal(t, "body", s.Writes()[0].Body, "")
			equal(t, "media type", s.Writes()[0].Header.Get("Content-Type"), "")
			u, there := s.User("user-002")
			equal(t, "there", there, !tc.gone)
			equal(t, "active", u.Active, false)
			_, err = c.User(context.Background(), "user-002")
			equal(t, "found", err == nil, !tc.gone)
			if err = send(t, c, w); tc.again != "" {
				equal(t, "second", asError(t, err).Kind, tc.again)
			}
			if g, _ := s.Group("g"); tc.gone && slices.Contains(g.Members, "user-002") {
				t.Error("the deleted user is still a member")
			}
		})
	}
	_, c := staff(t, scimtest.Quirks{})
	if _, err := c.Delete("Devices", "1"); err == nil {
		t.Error("a device was deleted")
	}
	w, err := c.Delete(scim.Groups, "g")
	if err != nil || send(t, c, w) != nil {
		t.Errorf("deleting a group: %v", err)
	}
}
