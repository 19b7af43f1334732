package frontend

import (
	"cmp"
	"slices"

	"rollcall/app"
	"rollcall/app/reconcile"
)

// figures are the four numbers that say how the day looks.
func figures(o app.Overview) []figureView {
	if why := unjudged(o); why != "" {
		var list []figureView
		for _, label := range []string{"Leavers still active", "Orphaned", "Unclear identity", "Active accounts matched"} {
			list = append(list, figureView{Label: label, Value: "–", Note: why})
		}
		return list
	}
	return []figureView{leaverFigure(o), orphanFigure(o), identityFigure(o), matchFigure(o)}
}

// unjudged says why nothing is known of any account yet; "" where something is.
func unjudged(o app.Overview) string {
	listed := slices.ContainsFunc(o.Tenants, func(t app.Tenant) bool { return t.Accounts > 0 || t.Sync != nil && t.Sync.Sealed })
	switch {
	case !listed:
		return "no list yet"
	case o.Roster == nil:
		return "no roster to match against yet"
	}
	return ""
}

func leaverFigure(o app.Overview) figureView {
	n := o.ByKind[reconcile.KindLeaver]
	v := figureView{Label: "Leavers still active", Value: count(n)}
	if n == 0 {
		v.Note = newReserve(o, reconcile.KindLeaver).note("nobody who left has an active account")
		return v
	}
	v.Tone = "act"
	v.Note = plural(n, "account") + " of " + many(o.LeaverPeople, "person", "people") + " · longest " + count(o.LongestLeaver) + " d"
	v.Next, v.Href = "Review leavers", filter{Kind: reconcile.KindLeaver}.url("")
	return v
}

func orphanFigure(o app.Overview) figureView {
	n := o.ByKind[reconcile.KindOrphaned]
	v := figureView{Label: "Orphaned", Value: count(n)}
	if n == 0 {
		v.Note = newReserve(o, reconcile.KindOrphaned).note("every active account has a person")
		return v
	}
	v.Tone = "act"
	top := slices.MaxFunc(o.Tenants, func(a, b app.Tenant) int { return cmp.Compare(a.Orphaned, b.Orphaned) })
	v.Note = plural(n, "account") + " without a person"
	if top.Orphaned > 0 {
		v.Note = count(top.Orphaned) + " of " + count(n) + " in " + visible(top.Name, 24)
	}
	v.Next, v.Href = "Review orphans", filter{Kind: reconcile.KindOrphaned}.url("")
	return v
}

func identityFigure(o app.Overview) figureView {
	disputed, collisions := o.ByKind[reconcile.KindDisputed], o.ByKind[reconcile.KindCollision]
	v := figureView{Label: "Unclear identity", Value: count(disputed + collisions)}
	if disputed+collisions == 0 {
		v.Note = newReserve(o, reconcile.KindDisputed, reconcile.KindCollision).note("no account matches two people, nobody has two in one tenant")
		return v
	}
	v.Tone = "look"
	v.Note = count(disputed) + " disputed · " + many(collisions, "collision")
	kind := reconcile.KindDisputed
	if disputed == 0 {
		kind = reconcile.KindCollision
	}
	v.Next, v.Href = "See the candidates", filter{Kind: kind}.url("")
	return v
}

// matchFigure counts over the tenants that were ever synced; the others have no
// accounts to count.
func matchFigure(o app.Overview) figureView {
	active, matched := 0, 0
	for _, t := range o.Tenants {
		m, a := t.MatchedNow()
		active, matched = active+a, matched+m
	}
	v := figureView{Label: "Active accounts matched", Value: percent(matched, active)}
	if active == 0 {
		v.Note = "no active account is known yet"
		return v
	}
	v.Note = count(matched) + " of " + count(active) + " to " + many(o.Roster.People, "person", "people")
	v.Next, v.Href = "All findings", "/findings"
	return v
}

func accountsOf(n int) string { return many(n, "account") }
