package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// entryOf is the newest entry of a type, in detail.
func (s *shop) entryOf(kind string) app.EntryDetail {
	s.t.Helper()
	p := must(s.app.EntriesPage(s.t.Context(), app.EntryFilter{Type: kind}, 0, 1))(s.t)
	if len(p.Entries) == 0 {
		s.t.Fatalf("there is no %s", kind)
	}
	return must(s.app.Entry(s.t.Context(), p.Entries[0].Seq))(s.t)
}

// told is a change in a few words.
func told(c *app.EntryChange) string {
	if c == nil {
		return "none"
	}
	out := []string{c.Of}
	for _, a := range c.Attributes {
		out = append(out, fmt.Sprintf("%s %s>%s", a.Path, a.Before, a.After))
	}
	for _, m := range c.Memberships {
		out = append(out, map[bool]string{true: "+", false: "-"}[m.Added]+m.ID)
	}
	return strings.Join(append(out, c.Missing), " ")
}

func TestEntryShowsWhatChanged(t *testing.T) {
	remove := app.PlanRequest{Tenant: "Acme", Accounts: []string{"u30"}, Action: "remove-membership", Ticket: "HD-1"}
	tests := []struct {
		name   string
		quirks scimtest.Quirks
		plan   app.PlanRequest
		undo   bool
		method string
		words  string
		want   string
	}{
		{name: "deactivate", plan: accounts("u30"), method: "PATCH", words: "Deactivated person30@corp.example in Acme: confirmed", want: "account active true>false "},
		{name: "PUT rung", quirks: scimtest.Quirks{PatchStatus: 405}, plan: accounts("u30"), method: "PUT", words: "Deactivated person30@corp.example in Acme: confirmed", want: "account active true>false "},
		{name: "undo", plan: accounts("u30"), undo: true, method: "PATCH", words: "Reactivated person30@corp.example in Acme: confirmed", want: "account active false>true "},
		{name: "membership", plan: remove, method: "PATCH", words: "Took person30@corp.example out of Staff in Acme: confirmed", want: "group -u30 "},
		{name: "membership back", plan: remove, undo: true, method: "PATCH", words: "Put person30@corp.example into Staff in Acme: confirmed", want: "group +u30 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, tt.quirks)
			s.t = t
			p := s.plan(tt.plan)
			s.run(p)
			if tt.undo {
				s.run(must(s.app.Undo(t.Context(), p.Hash, "", false))(t))
			}
			o := s.entryOf("action.outcome")
			if got := told(o.Change); got != tt.want {
				t.Errorf("the outcome changed %q, want %q", got, tt.want)
			}
			if o.What != tt.words || o.Request == nil || o.Request.Method != tt.method || o.Request.Body == "" || !strings.HasPrefix(o.Request.URL, s.server.URL) {
				t.Errorf("%s, request %+v", o.What, o.Request)
			}
			i := must(s.app.Entry(t.Context(), o.Intent))(t)
			if told(i.Change) != tt.want || len(i.Ended) != 1 || i.Ended[0].Seq != o.Seq || o.Started == nil || o.Started.Seq != i.Seq {
				t.Errorf("the intent does not belong to its outcome: %+v", i)
			}
			if o.Checkpoint == nil || o.Checkpoint.Size <= o.Seq || !strings.Contains(o.Checkpoint.Note, "rollcall/") || len(o.Leaf) != 64 {
				t.Errorf("checkpoint %+v, leaf %s", o.Checkpoint, o.Leaf)
			}
			if o.Plan == "" || !slices.Contains([]int{200, 204}, o.Status) {
				t.Errorf("plan %q, status %d", o.Plan, o.Status)
			}
		})
	}
}

func TestEntryWithoutAChange(t *testing.T) {
	t.Run("skipped", func(t *testing.T) {
		s := newShop(t, scimtest.Quirks{})
		p := s.plan(accounts("u30"))
		s.server.Update("u30", func(u *scimtest.User) { u.Active = false })
		s.run(p)
		d := s.entryOf("action.skipped")
		if d.Change != nil || d.Request != nil || d.Why == "" || d.Outcome != "skipped" || !strings.HasPrefix(d.What, "Skipped person30@corp.example in Acme: ") {
			t.Errorf("%+v", d)
		}
	})
	outcomes := []struct {
		name   string
		quirks scimtest.Quirks
		fault  scimtest.Fault
		want   string
		change string
	}{
		{name: "no effect", quirks: scimtest.Quirks{NoEffect: true}, want: "failed", change: "account "},
		{name: "accepted for later", quirks: scimtest.Quirks{Accepted: true}, want: "unknown", change: "account "},
		{name: "unreadable afterwards", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u30", Nth: 2, Times: -1, Status: 403}, want: "unknown", change: "account Nothing could be read back."},
		{name: "gone afterwards", fault: scimtest.Fault{Method: http.MethodGet, Path: "/Users/u30", Nth: 2, Times: -1, Status: 404}, want: "confirmed-gone", change: "account The tenant no longer knows the account."},
	}
	for _, tt := range outcomes {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t, scimtest.Quirks{})
			p := s.plan(accounts("u30"))
			s.server.Set(func(q *scimtest.Quirks) { *q = tt.quirks })
			if tt.fault.Method != "" {
				s.server.Fail(tt.fault)
			}
			s.run(p)
			d := s.entryOf("action.outcome")
			if told(d.Change) != tt.change || d.Outcome != tt.want || tt.want != "confirmed-gone" && d.What != "Deactivating person30@corp.example in Acme: "+tt.want {
				t.Errorf("%q, %s, %s", told(d.Change), d.Outcome, d.What)
			}
		})
	}
	t.Run("not there", func(t *testing.T) {
		s := newShop(t, scimtest.Quirks{})
		for _, seq := range []int64{-1, 1 << 40} {
			if _, err := s.app.Entry(t.Context(), seq); err == nil {
				t.Errorf("entry %d is there", seq)
			}
		}
	})
}
