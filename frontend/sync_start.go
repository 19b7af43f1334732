package frontend

import (
	"net/http"
	"slices"

	"rollcall/app"
)

// syncStart starts a sync of all tenants, or of the one that the form names,
// with a person's word for its number of accounts where that is given. It
// answers at once; the corner tells how it goes, on whatever page.
func (s *site) syncStart(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	var request app.SyncRequest
	tenant := r.PostForm.Get("tenant")
	if tenant != "" {
		request.Tenants = []string{tenant}
	}
	accept, err := acceptOf(r.PostForm, "accounts")
	if err != nil {
		return err
	}
	if accept != nil {
		request.AcceptShrink = map[string]int{tenant: *accept} // without a tenant it is refused
	}
	if err := s.app.StartSync(request); err != nil {
		return err
	}
	return s.done(w, r, "Sync started", changed)
}

// syncStop ends the sync of one tenant.
func (s *site) syncStop(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	if err := s.app.StopSync(r.Context(), r.PostForm.Get("tenant")); err != nil {
		return err
	}
	return s.done(w, r, "Stopping the sync", changed)
}

// syncAllView is the button that reads every list anew.
type syncAllView struct {
	Busy   bool
	Import string // where newer lists are brought in, if every list comes from a file
}

func newSyncAll(o app.Overview) syncAllView {
	overSCIM := func(t app.Tenant) bool { return !isFile(t) }
	switch {
	case slices.ContainsFunc(o.Tenants, overSCIM):
		return syncAllView{Busy: syncing(o.Busy)}
	case len(o.Tenants) == 1:
		return syncAllView{Import: newFileURL(o.Tenants[0].ID)}
	}
	return syncAllView{Import: "/connect/members"}
}

// syncing says whether something is under way that a sync has to wait for.
func syncing(busy []app.Progress) bool {
	return slices.ContainsFunc(busy, func(p app.Progress) bool { return p.What != "verify" })
}
