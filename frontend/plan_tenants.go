package frontend

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/app"
)

// planTenant is one tenant of a plan that concerns several: what is done there,
// its ceiling and the list that the plan stands on.
type planTenant struct {
	Tenant  value
	Does    string
	Left    string // how many of its accounts are left out; "" for none
	Tone    string
	Ceiling *ceilingView // nil where the plan leaves the tenant out
	Taken   when
	Note    value

	Entitled []entitledView // inactive accounts of whom the plan offboards, with groups still
}

// newPlanTenants is a row for each tenant; none of a plan in one tenant, whose
// figures have room for it.
func newPlanTenants(p app.Plan, ceilings []ceilingView, now time.Time) []planTenant {
	if len(p.Freshness)+uncovered(p) < 2 {
		return nil
	}
	var out []planTenant
	for _, f := range p.Freshness {
		t := planTenant{Tenant: row(f.Tenant), Taken: at(f.Taken, now), Note: timed(f.Certificate), Does: "nothing to do", Tone: "context"}
		if n := actionsIn(p, f.Tenant); n > 0 {
			t.Does, t.Tone = many(n, "action"), ""
		}
		if n := leftIn(p, f.Tenant); n > 0 {
			t.Left = accountsOf(n) + " left out"
		}
		i := slices.IndexFunc(ceilings, func(c ceilingView) bool { return c.Tenant == t.Tenant })
		if i >= 0 {
			t.Ceiling = &ceilings[i]
		}
		out = append(out, t)
	}
	for _, x := range p.NotCovered {
		if x.UserName == "" {
			out = append(out, planTenant{Tenant: row(x.Tenant), Does: "not covered", Tone: "act", Note: whyIn(x)})
		}
	}
	return out
}

// setEntitled says in which tenants inactive accounts of the person whom the plan
// offboards keep their groups: an offboarding closes accounts only.
func (s *site) setEntitled(ctx context.Context, v *planView, p app.Plan) error {
	if p.Offboards == nil || len(v.Tenants) == 0 {
		return nil
	}
	d, err := s.app.Person(ctx, p.Offboards.ID())
	if err != nil {
		_, err = goneOr(err)
		return err
	}
	for _, a := range d.Theirs {
		i := slices.IndexFunc(v.Tenants, func(t planTenant) bool { return t.Tenant == row(a.Tenant) })
		if i >= 0 && stillEntitled(a) {
			v.Tenants[i].Entitled = append(v.Tenants[i].Entitled, newEntitled(a))
		}
	}
	return nil
}

func actionsIn(p app.Plan, tenant string) int {
	n := 0
	for _, a := range p.Actions {
		if a.Tenant == tenant {
			n++
		}
	}
	return n
}

// notCovered is one thing that a plan leaves out; a reason that names the tenant
// itself is not headed by it once more.
func notCovered(n app.NotCovered) value {
	switch {
	case n.UserName != "":
		return told(n.UserName+" in "+n.Tenant+": "+n.Why, n.UserName, n.Tenant)
	case strings.HasPrefix(n.Why, n.Tenant+" "), strings.HasPrefix(n.Why, n.Tenant+": "):
		return told(n.Why, n.Tenant)
	}
	return told(n.Tenant+": "+n.Why, n.Tenant)
}

// whyIn is the reason where the tenant is named already.
func whyIn(n app.NotCovered) value { return told(strings.TrimPrefix(n.Why, n.Tenant+": "), n.Tenant) }

// leftIn counts the accounts of a tenant that a plan leaves out, all or in part.
func leftIn(p app.Plan, tenant string) int {
	seen := map[string]bool{}
	for _, n := range p.NotCovered {
		if n.Tenant == tenant && n.UserName != "" {
			seen[n.UserName] = true
		}
	}
	return len(seen)
}
