package frontend

import "net/http"

// handler is the list of all addresses.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.serve(s.overviewShow))
	mux.HandleFunc("GET /findings", s.serve(s.findingsList))
	mux.HandleFunc("GET /findings/{id}", s.serve(s.findingShow))
	mux.HandleFunc("POST /findings/{id}/stage", s.serve(s.findingStage))
	mux.HandleFunc("POST /staged/clear", s.serve(s.stagedClear))
	mux.HandleFunc("GET /plans", s.serve(s.plansList))
	mux.HandleFunc("POST /plans", s.serve(s.plansMake))
	mux.HandleFunc("GET /plans/{hash}", s.serve(s.planShow))
	mux.HandleFunc("GET /plans/{hash}/state", s.serve(s.planState))
	mux.HandleFunc("POST /plans/{hash}/run", s.serve(s.runStart))
	mux.HandleFunc("POST /plans/{hash}/stop", s.serve(s.runStop))
	mux.HandleFunc("POST /plans/{hash}/undo", s.serve(s.planUndo))
	mux.HandleFunc("POST /plans/{hash}/allow", s.serve(s.planAllow))
	mux.HandleFunc("POST /plans/{hash}/steps/{n}", s.serve(s.stepDone))
	mux.HandleFunc("GET /tenants", s.serve(s.tenantsShow))
	mux.HandleFunc("GET /tenants/{id}", s.serve(s.accountsShow))
	mux.HandleFunc("GET /tenants/{id}/groups", s.serve(s.groupsShow))
	mux.HandleFunc("GET /tenants/{id}/syncs", s.serve(s.syncsShow))
	mux.HandleFunc("GET /tenants/{id}/settings", s.serve(s.tenantSettingsShow))
	mux.HandleFunc("POST /tenants/{id}/writes", s.serve(s.writesAllow))
	mux.HandleFunc("POST /sync", s.serve(s.syncStart))
	mux.HandleFunc("GET /state", s.serve(s.stateShow))
	mux.HandleFunc("POST /record/verify", s.serve(s.recordVerify))
	mux.HandleFunc("GET /licences", s.serve(s.licencesShow))
	mux.HandleFunc("GET /assets/{file...}", s.assetShow)
	mux.HandleFunc("/", s.serve(func(http.ResponseWriter, *http.Request) error { return errNoPage }))
	return secure(http.MaxBytesHandler(mux, maxForm))
}
