package frontend

import (
	"net/http"
	"strings"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// groupStageURL stages all of a kind that the filter chooses.
func groupStageURL(f filter, k reconcile.Kind) string {
	return withQuery("/findings/stage", "kind", string(k), "tenant", f.Tenant, "q", f.Search)
}

// groupStage stages a whole group of findings, as far as they can be planned,
// and says how many were left out and why.
func (s *site) groupStage(w http.ResponseWriter, r *http.Request) error {
	f := filterOf(r.URL.Query())
	if !app.Choosable(f.Kind) {
		return &app.Error{Kind: app.KindUsage, Text: "Findings of this kind are never staged as a whole.", Do: "Stage the right accounts one by one."}
	}
	page, err := s.app.Findings(r.Context(), app.FindingFilter{Kind: f.Kind, Tenant: f.Tenant, Search: f.Search, Limit: -1})
	if err != nil {
		return err
	}
	barred, err := s.app.Barred(r.Context(), page.Findings)
	if err != nil {
		return err
	}
	spared, err := s.app.Spared(r.Context(), page.Findings)
	if err != nil {
		return err
	}
	v := groupStaged{}
	for _, found := range page.Findings {
		v.stage(s, found, barOf(barred, found), spared[found.ID])
	}
	if !isPartial(r) {
		http.Redirect(w, r, f.url(""), http.StatusSeeOther)
		return nil
	}
	if v.left == 0 {
		w.Header().Set("HX-Trigger", `{"rollcall-says":{"text":"`+v.words().Text.Text+`"},"`+changed+`":{}}`)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	w.Header().Set("HX-Trigger", changed)
	w.Header().Set("HX-Retarget", "#notice")
	w.Header().Set("HX-Reswap", "innerHTML")
	s.render(w, r, http.StatusOK, notice(v.words()))
	return nil
}

// groupStaged counts what became of a group.
type groupStaged struct {
	staged, left int
	order        []string       // reasons, as they came
	why          map[string]int // how many each kept out
}

// stage stages one finding, unless it is barred, or spared for that reason.
func (v *groupStaged) stage(s *site, f app.Finding, barred *app.Problem, spared string) {
	one := s.stageOf(f, barred)
	switch {
	case one.Can && !one.Staged && spared != "":
		v.leave(strings.Replace(spared, "plan the account by its name", "stage it by itself", 1))
	case one.Staged || one.Can && s.staged.put(f):
		v.staged++
		return
	case one.Can:
		v.leave("There are " + count(maxStaged) + " accounts staged; a plan holds no more.")
	default:
		v.leave(firstOf(one.Bar.Full, "It cannot be named in a plan."))
	}
}

func (v *groupStaged) leave(why string) {
	if v.why == nil {
		v.why = map[string]int{}
	}
	if v.why[why]++; v.why[why] == 1 {
		v.order = append(v.order, why)
	}
	v.left++
}

func (v *groupStaged) words() failure {
	f := failure{Text: prose(many(v.staged, "finding") + " of this group staged, none left out")}
	if v.left > 0 {
		f.Text = prose(many(v.staged, "finding") + " of this group staged, " + count(v.left) + " left out:")
	}
	for _, why := range v.order {
		f.Lines = append(f.Lines, prose(count(v.why[why])+" · "+why))
	}
	if v.staged > 0 {
		f.Do = prose("Plan them with p.")
	}
	return f
}
