package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A tenant without SCIM lists the groups that were read from its file, and says
// of one whose groups were not that they were not read. A newer file is taken
// from each of its pages.
func TestGroupsOfAFile(t *testing.T) {
	d := newDesk(t)
	d.write(t, "people.csv", offboardRoster)
	d.write(t, "members.csv", "id,userName,email,active,role\n9,ann@corp.example,ann@corp.example,true,Admin\n")
	add := []string{"--file", d.file("members.csv"), "--exported-by", "will", "--exported-at", time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)}
	d.mustRun(t, append([]string{"tenant", "add", "Roles", "--map", "groups=role"}, add...)...)
	d.mustRun(t, append([]string{"tenant", "add", "Plain"}, add...)...)
	d.mustRun(t, "roster", "import", d.file("people.csv"), "--tz", "UTC")
	s, h := d.onPages(t, time.Now)
	for name, want := range map[string]struct{ tab, groups, row, memberships string }{
		"Roles": {"Groups 1", "Admin", "1", "1 group"},
		"Plain": {"Groups not read", "Groups were not read", "not read", "not read"},
	} {
		tenant, err := s.app.Tenant(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, tab := range []string{"", "groups", "syncs"} {
			doc := page200(t, h, tenantURL(tenant.ID, tab))
			demandSound(t, doc)
			if got := text(byID(doc, "page")); !strings.Contains(got, want.tab) || !strings.Contains(got, "New file…") {
				t.Errorf("%s/%s does not say %q, or has no way to a newer file: %s", name, tab, want.tab, got)
			}
		}
		demandWords(t, name, byID(page200(t, h, tenantURL(tenant.ID, "groups")), "page"), want.groups)
		accounts := page200(t, h, tenantURL(tenant.ID, ""))
		demandWords(t, name, byID(accounts, "detail"), "Memberships: "+want.memberships)
		cells := all(all(accounts, "tbody")[1], "td")
		if got := text(cells[len(cells)-1]); got != want.row {
			t.Errorf("the account of %s is in %q groups, want %q", name, got, want.row)
		}
		syncs := text(byID(page200(t, h, tenantURL(tenant.ID, "syncs")), "page"))
		if strings.Contains(syncs, "incomplete") || strings.Contains(syncs, "not read 1 –") == (name == "Roles") {
			t.Errorf("the syncs of %s: %s", name, syncs)
		}
	}
	t.Run("step", func(t *testing.T) { testStepWaitsForAFile(t, s, h) })
}

// testStepWaitsForAFile: from a step that somebody marked as done a way leads to
// the file that confirms it.
func testStepWaitsForAFile(t *testing.T, s *site, h http.Handler) {
	w := post(h, annURL, url.Values{"ticket": {"HD-1"}}, partial("div#offboard-problem")...)
	path := w.Header().Get("HX-Redirect")
	post(h, path+"/run", nil, partial("div#run-problem")...)
	waited(t, h, path)
	if w := post(h, path+"/steps/1", url.Values{"note": {"closed"}}, partial("form")...); w.Code != http.StatusOK {
		t.Fatalf("step: %d %s", w.Code, w.Body)
	}
	p, err := s.app.PlanByHash(t.Context(), strings.TrimPrefix(path, "/plans/"))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all(byID(page200(t, h, path), "page"), "a") {
		if attr(a, "href") == newFileURL(p.Actions[0].TenantID) {
			return
		}
	}
	t.Error("no link leads from the step to the next file")
}
