package frontend

import (
	"strconv"
	"strings"

	"rollcall/app"
)

// actionWord is how the pages speak of an action.
type actionWord struct {
	Verb  string // of a button, before a number
	One   string // what is counted
	Past  string // "will be …"
	Means string // heads the rows
	Tone  string // act where there is no way back
}

var actionsKnown = map[string]actionWord{
	"deactivate":        {"Deactivate", "account", "deactivated", "deactivate sets active to false; the account stays and can be given back", ""},
	"reactivate":        {"Reactivate", "account", "reactivated", "reactivate sets active to true again", ""},
	"delete":            {"Delete", "account", "deleted for good", "delete removes the account for good; there is no undo", "act"},
	"remove-membership": {"Remove", "membership", "removed", "one member leaves one group; the list is not rewritten", ""},
	"add-membership":    {"Add", "membership", "added", "one member joins one group; the list is not rewritten", ""},
	"close-by-hand":     {"Open", "step", "opened", "no SCIM here: a person closes the account, nothing is sent", ""},
}

// actionWords finds the words for an action; one that a newer app made is shown
// as it is.
func actionWords(action string) actionWord {
	if w, ok := actionsKnown[action]; ok {
		return w
	}
	name := visible(action, 40)
	return actionWord{Verb: "Run", One: "action", Past: "run", Means: name}
}

// verbOf is what a whole plan does; plans that do several things are run.
func verbOf(p app.PlanLine) actionWord {
	if p.Actions > 0 && p.Action == "" {
		return actionWord{Verb: "Run", One: "action", Past: "carried out"}
	}
	return actionWords(p.Action)
}

// planPlaces names the tenants of a plan.
func planPlaces(p app.PlanLine) string {
	if p.Tenants == 1 {
		return visible(p.Tenant, 40)
	}
	return many(p.Tenants, "tenant")
}

func newGo(p app.Plan, st app.RunState) goView {
	if st.Running || p.State == "done" || p.State == "dropped" || st.Pending == 0 {
		return goView{}
	}
	var v goView
	for _, t := range st.ReadOnly {
		v.ReadOnly = append(v.ReadOnly, lockedTenant{ID: t.ID, Name: row(t.Name)})
	}
	if len(v.ReadOnly) > 0 {
		return v
	}
	if st.Refused != nil {
		list := problems([]app.Problem{*st.Refused})
		v.Refused = &list[0]
		return v
	}
	w := verbOf(p.Line())
	what := many(st.Pending, w.One) + " in " + planPlaces(p.Line())
	v.Deeds = pendingDeeds(p, st)
	v.Button = w.Verb + " " + what + "…"
	v.Tone = "act"
	if st.Undoes {
		v.Tone = ""
	}
	v.Title = w.Verb + " " + what
	v.Effect = beforeRun(p)
	for _, c := range st.Ceilings {
		if c.Total > c.Limit && !st.Undoes {
			v.Confirm = append(v.Confirm, totalView{Tenant: c.Tenant, Name: row(c.Tenant), Total: strconv.Itoa(c.Total)})
		}
	}
	return v
}

// pendingDeeds says what running the plan now does, a line for each tenant and
// action: what is sent is not what a person has to do.
func pendingDeeds(p app.Plan, st app.RunState) []value {
	type deed struct{ tenant, action string }
	var order []deed
	n, names, who := map[deed]int{}, map[string]string{}, map[deed][]string{}
	for i, a := range p.Actions {
		if i < len(st.Actions) && st.Actions[i].Outcome != "pending" {
			continue
		}
		d := deed{a.TenantID, a.Action}
		if n[d]++; n[d] == 1 {
			order = append(order, d)
		}
		names[a.TenantID] = a.Tenant
		who[d] = append(who[d], firstOf(a.Account.UserName, a.Account.ID))
	}
	out := make([]value, 0, len(order))
	for _, d := range order {
		w := actionWords(d.action)
		words := names[d.tenant] + ": " + many(n[d], w.One) + " will be " + w.Past
		if d.action == "close-by-hand" {
			words += " for a person, nothing is sent"
		}
		out = append(out, prose(words+": "+deedNames(who[d])))
	}
	return out
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// effectOf is what the first call changes, in a few characters.
func effectOf(a app.PlanAction) string {
	switch a.Action {
	case "deactivate":
		return "active → false"
	case "reactivate":
		return "active → true"
	case "delete":
		return "the account is deleted"
	case "remove-membership":
		return "leaves " + visible(firstOf(a.Group, a.GroupID), 40)
	case "add-membership":
		return "joins " + visible(firstOf(a.Group, a.GroupID), 40)
	}
	return ""
}

// undoShort says in one line what an undo can give back.
func undoShort(a app.PlanAction) string {
	n := len(a.Memberships)
	switch {
	case a.Action == "close-by-hand":
		return "none from here: by hand"
	case a.Action == "delete":
		return "none: the account is gone"
	case a.Action != "deactivate":
		return strings.TrimPrefix(strings.TrimPrefix(a.Undo, "rollcall "), "undo ")
	case a.MembershipsUnknown:
		return "restores it; its groups are not shown"
	case strings.HasSuffix(a.Undo, "not all of its groups are known"):
		return "restores it; not all groups known"
	case n == 0:
		return "restores it, in no group"
	}
	return "restores it and " + many(n, "group")
}

func toneIf(yes bool, tone string) string {
	if yes {
		return tone
	}
	return ""
}
