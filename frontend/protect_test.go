package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// TestProtect protects an account on the settings page, sees it listed there,
// and ends the protection in its dialog.
func TestProtect(t *testing.T) {
	s, h := demoSite(t)
	f := firstOfKind(t, s, reconcile.KindOrphaned)
	doc := page200(t, h, settingsPath)
	demandSound(t, doc)
	if byID(doc, "protect-account") == nil {
		t.Error("the settings have no dialog to protect an account")
	}
	for _, tt := range []struct {
		tenant, account, reason string
		want                    int
	}{
		{"", f.Account.ID, "x", http.StatusBadRequest},
		{f.TenantID, " ", "x", http.StatusBadRequest},
		{f.TenantID, f.Account.ID, " ", http.StatusBadRequest},
		{f.TenantID, hostile, "x", http.StatusNotFound},
		{hostile, f.Account.ID, "x", http.StatusNotFound},
	} {
		w := post(h, protectPath, url.Values{"tenant": {tt.tenant}, "account": {tt.account}, "reason": {tt.reason}}, partial("div#protect-problem")...)
		if w.Code != tt.want || strings.Contains(w.Body.String(), "<img") {
			t.Errorf("%q in %q because %q: %d %s", tt.account, tt.tenant, tt.reason, w.Code, w.Body)
		}
	}
	demandDecided(t, post(h, protectPath, url.Values{"tenant": {f.TenantID}, "account": {f.Account.ID}, "reason": {hostile}}, partial("div#protect-problem")...))
	p := protectedWhich(t, s, f.Account.ID)
	if p == nil {
		t.Fatal("the account is not protected")
	}
	doc = page200(t, h, settingsPath)
	demandSound(t, doc)
	demandHarmless(t, doc)
	if byID(doc, "end-protect-"+protectedID(*p)) == nil {
		t.Error("the settings have no dialog to end the protection")
	}
	if got := text(byID(doc, "page")); p.By == "" || !strings.Contains(got, p.UserName) || !strings.Contains(got, " by "+p.By) {
		t.Errorf("the protected account is not listed with who decided it: %s", got)
	}
	if got := text(byID(page200(t, h, tenantURL(f.TenantID, "settings")), "protected")); !strings.Contains(got, " by "+p.By) {
		t.Errorf("the tenant's settings do not say who decided it: %s", got)
	}
	for _, tt := range []struct {
		which, reason string
		want          int
	}{{hostile, "x", http.StatusNotFound}, {protectedID(*p), " ", http.StatusBadRequest}} {
		w := post(h, protectPath+"/end", url.Values{"which": {tt.which}, "reason": {tt.reason}}, partial("div#x-problem")...)
		if w.Code != tt.want || strings.Contains(w.Body.String(), "<img") || protectedWhich(t, s, p.ID) == nil {
			t.Errorf("ending %q because %q: %d %s", tt.which, tt.reason, w.Code, w.Body)
		}
	}
	if w := post(h, protectPath+"/end", url.Values{"which": {protectedID(*p)}, "reason": {"over"}}); w.Code != http.StatusSeeOther || protectedWhich(t, s, p.ID) != nil {
		t.Errorf("ended without htmx: %d, %+v", w.Code, protectedWhich(t, s, p.ID))
	}
	page200(t, h, "/record?kind=decisions")
}

// TestProtectHostile shows what a server and the record may hold.
func TestProtectHostile(t *testing.T) {
	v := newSettings(nil, nil)
	v.Protect = newProtect([]app.Protected{hostileOf[app.Protected](true)}, []app.Tenant{hostileOf[app.Tenant](true)}, sampleNow)
	demandHarmless(t, draw(t, settingsPage(newShell(sampleOverview().Frame(), "Settings", "settings", sampleNow), v)))
}

func protectedWhich(t *testing.T, s *site, id string) *app.Protected {
	t.Helper()
	list, err := s.app.ProtectedAccounts(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		if p.ID == id {
			return &list[i]
		}
	}
	return nil
}
