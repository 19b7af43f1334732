package scim_test

import (
	"context"
	"strings"
	"testing"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// TestResourceQuirks: how a server spells its resources, and what the client
// reads. user-001 is active and in a group, user-002 is neither.
func TestResourceQuirks(t *testing.T) {
	known := []scim.Membership{{ID: "7", Display: "Seven", Direct: true}}
	for name, tc := range map[string]struct {
		quirks        scimtest.Quirks
		first, second scim.Active
		raw           string // of the second's active
		emails        int
		groups        []scim.Membership
		members       bool // known
	}{
		"conformant":         {scimtest.Quirks{}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, true},
		"strings":            {scimtest.Quirks{ActiveStrings: true}, scim.ActiveTrue, scim.ActiveFalse, `"False"`, 1, known, true},
		"null":               {scimtest.Quirks{ActiveNull: true}, scim.ActiveUnknown, scim.ActiveUnknown, "null", 1, known, true},
		"no active":          {scimtest.Quirks{OmitActive: true}, scim.ActiveUnknown, scim.ActiveUnknown, "", 1, known, true},
		"no active if false": {scimtest.Quirks{OmitFalse: true}, scim.ActiveTrue, scim.ActiveUnknown, "", 1, known, true},
		"plain emails":       {scimtest.Quirks{EmailsAsStrings: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, true},
		"numeric ids":        {scimtest.Quirks{NumericIDs: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, true},
		"no groups":          {scimtest.Quirks{OmitUserGroups: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, nil, true},
		"members hidden":     {scimtest.Quirks{HideMembers: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, true},
		"no members":         {scimtest.Quirks{OmitMembers: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, false},
		"password":           {scimtest.Quirks{ShowPassword: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, true},
		"no meta":            {scimtest.Quirks{OmitMeta: true}, scim.ActiveTrue, scim.ActiveFalse, "false", 1, known, true},
	} {
		t.Run(name, func(t *testing.T) {
			users := people(2)
			users[1].Active = false
			_, c, _ := serve(t, scimtest.Options{Users: users, Groups: []scimtest.Group{{ID: "7", DisplayName: "Seven", Members: []string{"user-001"}}}, Quirks: tc.quirks})
			var listed []scim.User
			l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
				listed = append(listed, p.Users...)
				return nil
			})
			if err != nil || !l.Complete || len(listed) != 2 {
				t.Fatalf("%+v, %v", l, err)
			}
			one, err := c.User(context.Background(), "user-001")
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range []scim.User{listed[0], one} {
				equal(t, "first active", u.Active, tc.first)
				equal(t, "emails", len(u.Emails), tc.emails)
				equal(t, "email", u.Emails[0].Value, "user-001@example.com")
				equalList(t, "groups", u.Groups, tc.groups)
				if strings.Contains(string(u.Raw), "hunter2") {
					t.Errorf("a password is in %s", u.Raw)
				}
			}
			equal(t, "second active", listed[1].Active, tc.second)
			equal(t, "second raw active", listed[1].RawActive, tc.raw)
			equal(t, "members known", group(t, c, "7").MembersKnown, tc.members)
		})
	}
}

// TestHiddenPeople: a list that leaves people out looks complete; reading one
// by id still works.
func TestHiddenPeople(t *testing.T) {
	users := people(3)
	users[2].Active = false
	_, c, _ := serve(t, scimtest.Options{Users: users, Quirks: scimtest.Quirks{HideInactive: true}})
	var stage staged
	l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, stage.take)
	if err != nil || !l.Complete || l.Distinct != 2 {
		t.Fatalf("%+v, %v", l, err)
	}
	if u, err := c.User(context.Background(), "user-003"); err != nil || u.Active != scim.ActiveFalse {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestWrongStringIsNeverSent: a server that takes every string for true is
// only ever sent a boolean.
func TestWrongStringIsNeverSent(t *testing.T) {
	for _, f := range []scim.Form{scim.PatchPath, scim.PatchObject, scim.Put} {
		s, c, _ := serve(t, scimtest.Options{Users: people(1), Quirks: scimtest.Quirks{StringsAreTrue: true, ActiveStrings: true}})
		w := deactivate(t, c, "user-001", f)
		if err := send(t, c, w); err != nil {
			t.Fatal(err)
		}
		u, _ := s.User("user-001")
		equal(t, string(f), u.Active, false)
	}
}

// TestHostileValuesAreKept: whatever a user is called, it arrives unchanged.
func TestHostileValuesAreKept(t *testing.T) {
	values := []string{
		`<script>alert(1)</script>`, `=HYPERLINK("http://x")`, "\x1b[2J\x1b]0;x\x07", "a\u202eb", "nul\x00nul", strings.Repeat("x", 1000),
		`"quoted\"`, "line\r\nbreak", "\u2028", "9007199254740993",
	}
	var users []scimtest.User
	for _, v := range values {
		users = append(users, scimtest.User{ID: v, UserName: v, DisplayName: v, ExternalID: v, Emails: []string{v}, Active: true})
	}
	_, c, _ := serve(t, scimtest.Options{Users: users})
	var got []scim.User
	l, err := c.List(context.Background(), scim.Users, scim.ListOptions{}, func(p scim.Page) error {
		if !p.Verify {
			got = append(got, p.Users...)
		}
		return nil
	})
	if err != nil || !l.Complete || len(got) != len(values) {
		t.Fatalf("%d users, %+v, %v", len(got), l.Problems, err)
	}
	for i, u := range got {
		for _, s := range []string{u.ID, u.UserName, u.DisplayName, u.ExternalID, u.Emails[0].Value} {
			if s != values[i] {
				t.Errorf("value %d came as %.60q", i, s)
			}
		}
	}
}
