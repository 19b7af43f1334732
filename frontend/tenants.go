package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"rollcall/app"
)

// tenantsView is the list of tenants.
type tenantsView struct {
	Summary string
	Sync    syncAllView
	Tenants []tenantLineView
	Begin   *connectView // in place of the list while there is none
}

// tenantLineView is one tenant in the list.
type tenantLineView struct {
	Name, Where value
	Href        string
	Accounts    string
	Active      string
	Groups      string
	Changes     string
	Allowed     bool
	Sync        when
	List        listState
	Blocked     value // the first reason why nothing can be planned
	MoreBlocked string
}

// tenantURL is the address of one tenant, or of a part of it unless tab is empty.
func tenantURL(id, tab string) string {
	u := "/tenants/" + url.PathEscape(id)
	if tab != "" {
		u += "/" + tab
	}
	return u
}

func (s *site) tenantsShow(w http.ResponseWriter, r *http.Request) error {
	shell, o, err := s.shellOver(r.Context(), "Tenants", "tenants")
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, tenantsPage(shell, s.newTenants(o)))
	return nil
}

func (s *site) newTenants(o app.Overview) tenantsView {
	v := tenantsView{Summary: many(len(o.Tenants), "tenant"), Sync: newSyncAll(o)}
	if len(o.Tenants) == 0 {
		begin := s.newConnect(o)
		v.Begin = &begin
		return v
	}
	blocked := 0
	for _, t := range o.Tenants {
		line := newTenantLine(t, s.now())
		for _, x := range o.ToDo { // it is in the way of orphans, or of more
			if len(t.Blocked) == 0 && x.Tenant == t.Name && x.Code == "match-rate" {
				line.Blocked = row(x.Text)
			}
		}
		v.Tenants = append(v.Tenants, line)
		if len(t.Blocked) > 0 {
			blocked++
		}
	}
	if blocked > 0 {
		v.Summary += " · nothing can be planned in " + count(blocked) + " of them"
	}
	return v
}

func newTenantLine(t app.Tenant, now time.Time) tenantLineView {
	v := tenantLineView{
		Name: row(t.Name), Where: row(whereOf(t)), Href: tenantURL(t.ID, ""),
		Accounts: "–", Active: "–", Groups: "–", Changes: changesWords(t), Allowed: t.Writes, List: listOf(t),
	}
	if t.Sync != nil {
		v.Accounts, v.Active, v.Groups, v.Sync = count(t.Accounts), count(t.Active-t.Closed), count(t.Groups), at(listedAt(t), now)
	}
	if isFile(t) {
		if !groupsRead(t) {
			v.Groups = "not read"
		}
		if v.List.Tone == "holds" {
			v.List.Word, v.List.Tone = "file", "quiet"
		}
	}
	if n := len(t.Blocked); n > 0 {
		text := strings.TrimPrefix(t.Blocked[0].Text, t.Name+": ")
		if n > 1 {
			text, v.MoreBlocked = strings.TrimSuffix(text, "."), "(and "+count(n-1)+" more)"
		}
		v.Blocked = row(text)
	}
	return v
}

func isFile(t app.Tenant) bool { return t.Source == app.SourceFile }

// groupsRead says whether groups were read: from a file they are where a column
// was chosen for them.
func groupsRead(t app.Tenant) bool { return !isFile(t) || t.Sync == nil || t.Sync.GroupsSealed }

// newFileURL is where a newer list of a tenant without SCIM is imported.
func newFileURL(tenant string) string { return withQuery("/connect/members", "tenant", tenant) }

// whereOf says where a tenant's accounts come from.
func whereOf(t app.Tenant) string {
	if !isFile(t) {
		return host(t.BaseURL)
	}
	if t.File != nil {
		return t.File.Name
	}
	return "a file"
}

func changesWords(t app.Tenant) string {
	switch {
	case isFile(t):
		return "by hand"
	case t.Writes:
		return "allowed"
	}
	return "observe only"
}
