package frontend

import "net/http"

// handler is the list of all addresses.
func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.serve(s.overviewShow))
	mux.HandleFunc("POST /demo", s.serve(s.demoEnter))
	mux.HandleFunc("POST /demo/leave", s.serve(s.demoLeave))
	mux.HandleFunc("GET /unlock", s.serve(s.unlockShow))
	mux.HandleFunc("POST /unlock", s.serve(s.unlock))
	mux.HandleFunc("GET /search", s.serve(s.searchShow))
	mux.HandleFunc("GET /state", s.serve(s.stateShow))
	mux.HandleFunc("GET /licences", s.serve(s.licencesShow))
	s.findingRoutes(mux)
	s.peopleRoutes(mux)
	s.tenantRoutes(mux)
	s.recordRoutes(mux)
	if s.dev {
		mux.HandleFunc("GET "+galleryPath, s.serve(s.galleryShow))
	}
	mux.HandleFunc("GET /assets/{file...}", s.assetShow)
	mux.HandleFunc("/", s.serve(func(http.ResponseWriter, *http.Request) error { return errNoPage }))
	return secure(limited(s.demo.through(s.fromHere(mux))))
}

// findingRoutes are those of findings, what is decided about them, and plans.
func (s *site) findingRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /findings", s.serve(s.findingsList))
	mux.HandleFunc("GET /findings/{id}", s.serve(s.findingShow))
	mux.HandleFunc("POST /findings/stage", s.serve(s.groupStage))
	mux.HandleFunc("POST /findings/{id}/stage", s.serve(s.findingStage))
	mux.HandleFunc("POST /findings/{id}/except", s.serve(s.findingExcept))
	mux.HandleFunc("POST /findings/{id}/link", s.serve(s.findingLink))
	mux.HandleFunc("GET /findings/{id}/people", s.serve(s.findingPeople))
	mux.HandleFunc("GET /decisions", s.serve(s.decisionsShow))
	mux.HandleFunc("POST /decisions/unexcept", s.serve(s.decisionsUnexcept))
	mux.HandleFunc("POST /decisions/unlink", s.serve(s.decisionsUnlink))
	mux.HandleFunc("POST /staged/clear", s.serve(s.stagedClear))
	mux.HandleFunc("GET /plans", s.serve(s.plansList))
	mux.HandleFunc("POST /plans", s.serve(s.plansMake))
	mux.HandleFunc("GET /plans/{hash}", s.serve(s.planShow))
	mux.HandleFunc("GET /plans/{hash}/state", s.serve(s.planState))
	mux.HandleFunc("POST /plans/{hash}/run", s.serve(s.runStart))
	mux.HandleFunc("POST /plans/{hash}/drop", s.serve(s.planDrop))
	mux.HandleFunc("POST /plans/{hash}/stop", s.serve(s.runStop))
	mux.HandleFunc("POST /plans/{hash}/undo", s.serve(s.planUndo))
	mux.HandleFunc("POST /plans/{hash}/allow", s.serve(s.planAllow))
	mux.HandleFunc("POST /plans/{hash}/steps/{n}", s.serve(s.stepDone))
}

// peopleRoutes are those of people, the roster and offboarding.
func (s *site) peopleRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /people", s.serve(s.peopleShow))
	mux.HandleFunc("GET /people/{key}", s.serve(s.peopleShow))
	mux.HandleFunc("GET /roster", s.serve(s.revisionsShow))
	mux.HandleFunc("GET /roster/{id}", s.serve(s.revisionShow))
	mux.HandleFunc("GET /people/{key}/offboard", s.serve(s.offboardShow))
	mux.HandleFunc("POST /people/{key}/offboard", s.serve(s.offboardPlan))
	mux.HandleFunc("GET /offboarding", s.serve(s.offboardingShow))
}

// tenantRoutes are those of tenants and how they are connected.
func (s *site) tenantRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /tenants", s.serve(s.tenantsShow))
	mux.HandleFunc("GET /tenants/{id}", s.serve(s.accountsShow))
	mux.HandleFunc("GET /tenants/{id}/groups", s.serve(s.groupsShow))
	mux.HandleFunc("GET /tenants/{id}/syncs", s.serve(s.syncsShow))
	mux.HandleFunc("GET /tenants/{id}/settings", s.serve(s.tenantSettingsShow))
	mux.HandleFunc("POST /tenants/{id}/writes", s.serve(s.writesAllow))
	mux.HandleFunc("POST /tenants/{id}/observe", s.serve(s.writesEnd))
	mux.HandleFunc("GET /tenants/{id}/progress", s.serve(s.progressShow))
	mux.HandleFunc("POST /tenants/{id}/test", s.serve(s.tenantTest))
	mux.HandleFunc("POST /tenants/{id}/credential", s.serve(s.credentialSet))
	mux.HandleFunc("POST /tenants/{id}/remove", s.serve(s.tenantRemove))
	mux.HandleFunc("GET /connect", s.serve(s.connectShow))
	mux.HandleFunc("GET /connect/scim", s.serve(s.scimShow))
	mux.HandleFunc("POST /connect/scim", s.serve(s.scimAdd))
	mux.HandleFunc("POST /connect/scim/test", s.serve(s.scimTest))
	mux.HandleFunc("GET /connect/roster", s.serve(s.fileShow))
	mux.HandleFunc("POST /connect/roster", s.serve(s.rosterImport))
	mux.HandleFunc("GET /connect/members", s.serve(s.fileShow))
	mux.HandleFunc("POST /connect/members", s.serve(s.membersImport))
	mux.HandleFunc("POST /connect/open", s.serve(s.fileOpen))
	mux.HandleFunc("POST "+filePath, s.serve(s.fileTake))
	mux.HandleFunc("POST /connect/look", s.serve(s.fileLook))
	mux.HandleFunc("POST /sync", s.serve(s.syncStart))
	mux.HandleFunc("POST /sync/stop", s.serve(s.syncStop))
}

// recordRoutes are those of the record and the settings.
func (s *site) recordRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /record", s.serve(s.recordShow))
	mux.HandleFunc("GET /record/{seq}", s.serve(s.entryShow))
	mux.HandleFunc("POST /record/{seq}/undo", s.serve(s.entryUndo))
	mux.HandleFunc("GET /record/seal", s.serve(s.sealShow))
	mux.HandleFunc("GET /record/export", s.serve(s.exportShow))
	mux.HandleFunc("POST /record/export", s.serve(s.exportMake))
	mux.HandleFunc("GET /record/packs/{word}", s.serve(s.packSend))
	mux.HandleFunc("HEAD /record/packs/{word}", onlyGet)
	mux.HandleFunc("GET /record/checkpoint", s.serve(s.checkpointSend))
	mux.HandleFunc("GET "+checkPath, s.serve(s.checkShow))
	mux.HandleFunc("POST "+checkPath, s.serve(s.packCheck))
	mux.HandleFunc("POST /record/verify", s.serve(s.recordVerify))
	mux.HandleFunc("GET /settings", s.serve(s.settingsShow))
	mux.HandleFunc("POST /settings", s.serve(s.settingChange))
	mux.HandleFunc("POST "+rekeyPath, s.serve(s.rekey))
	mux.HandleFunc("POST "+protectPath, s.serve(s.protectAdd))
	mux.HandleFunc("POST "+protectPath+"/end", s.serve(s.protectEnd))
}
