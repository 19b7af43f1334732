package frontend

import (
	"net/http"

	"rollcall/app"
)

// syncStart starts a sync of all tenants, or of the one that the form names,
// and answers at once; the corner tells how it goes, on whatever page.
func (s *site) syncStart(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &app.Error{Kind: app.KindUsage, Text: "The form could not be read.", Do: "Open the page again.", Err: err}
	}
	var request app.SyncRequest
	if tenant := r.PostForm.Get("tenant"); tenant != "" {
		request.Tenants = []string{tenant}
	}
	if err := s.app.StartSync(request); err != nil {
		return err
	}
	return s.done(w, r, "Sync started", changed)
}
