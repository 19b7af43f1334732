package app

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Confirm is a person's word for a plan above a ceiling: how many accounts of a
// tenant it touches within 24 hours.
type Confirm struct {
	Tenant string // name or id; "" for whichever tenant of the plan has that total
	Total  int
}

// totals are the totals that were named, by tenant; the one under "" counts for
// a tenant that is not named.
type totals map[string]int

// named takes confirms for the tenants of a plan, by name and id alike.
func named(confirms []Confirm) (totals, error) {
	out := totals{}
	for _, c := range confirms {
		if n, twice := out[c.Tenant]; twice && n != c.Total {
			return nil, &Error{Kind: KindUsage, Text: fmt.Sprintf("Two totals are named for one tenant, %d and %d.", n, c.Total), Do: "Name one."}
		}
		out[c.Tenant] = c.Total
	}
	return out, nil
}

// of is what was named for a tenant; 0: nothing.
func (n totals) of(t Tenant) int {
	for _, key := range [...]string{t.ID, t.Name, ""} {
		if total, ok := n[key]; ok {
			return total
		}
	}
	return 0
}

// names says whether a total was named for this tenant.
func (n totals) names(t Tenant) bool {
	_, byID := n[t.ID]
	_, byName := n[t.Name]
	return byID || byName
}

// stray is a tenant that was named and is not one of the plan's; "" for none.
func (n totals) stray(tenants []Tenant) string {
	for _, key := range slices.Sorted(maps.Keys(n)) {
		known := func(t Tenant) bool { return key == t.ID || key == t.Name }
		if key != "" && !slices.ContainsFunc(tenants, known) {
			return key
		}
	}
	return ""
}

// Confirm is the word of a terminal that names c's total. Where a plan is about
// several tenants each has a word of its own.
func (c Ceiling) Confirm(tenants int) string {
	if tenants == 1 {
		return strconv.Itoa(c.Total)
	}
	return c.Tenant + "=" + strconv.Itoa(c.Total)
}

// runWith says how a plan above c's ceiling is run.
func (c Ceiling) runWith(tenants int) string {
	if tenants > 1 {
		return fmt.Sprintf("run it with --confirm %q", c.Confirm(tenants))
	}
	return fmt.Sprintf("run it with --confirm %d", c.Total)
}
