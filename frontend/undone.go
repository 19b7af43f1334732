package frontend

import (
	"strings"

	"rollcall/app"
)

// undoneView is who undid a plan, or one action of it.
type undoneView struct {
	Words string // "undone by", or "undone in part by"; "" where nothing was
	Tone  string
	By    []planRef
	Kept  string // what was not given back, as a sentence; "" for nothing
}

// planRef is a plan by its short name.
type planRef struct{ Short, Href string }

func planRefs(hashes []string) []planRef {
	refs := make([]planRef, 0, len(hashes))
	for _, h := range hashes {
		refs = append(refs, planRef{shortHash(h), planURL(h)})
	}
	return refs
}

func newUndone(p app.PlanLine) undoneView {
	v := undoneView{Words: p.UndoneWords(), Tone: "context"}
	for _, u := range p.UndoneBy {
		v.By = append(v.By, planRef{shortHash(u.Plan), planURL(u.Plan)})
	}
	if len(v.By) > 0 && p.Kept > 0 {
		v.Tone, v.Kept = "look", count(p.Kept)+" of "+many(p.Actions, "action")+" was not given back."
		if p.Kept > 1 {
			v.Kept = strings.Replace(v.Kept, " was ", " were ", 1)
		}
	}
	return v
}

// undoneOne is who undid one action, in part where something is left to undo.
func undoneOne(by []string, left bool) undoneView {
	v := undoneView{By: planRefs(by)}
	switch {
	case len(by) == 0:
	case left:
		v.Words = "undone in part by"
	default:
		v.Words = "undone by"
	}
	return v
}

// sentAndSteps counts the actions for which something is sent, and those that a
// person carries out.
func sentAndSteps(p app.Plan) (sent, steps int) {
	for _, a := range p.Actions {
		if a.ByHand != "" {
			steps++
		} else {
			sent++
		}
	}
	return sent, steps
}

// doesWords is what a plan does, as its headline.
func doesWords(p app.Plan) string {
	sent, steps := sentAndSteps(p)
	var parts []string
	if sent > 0 {
		parts = append(parts, many(sent, "call"))
	}
	if steps > 0 {
		parts = append(parts, many(steps, "step")+" by hand")
	}
	return strings.Join(parts, " and ")
}
