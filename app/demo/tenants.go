package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// maker gathers one tenant.
type maker struct {
	t   Tenant
	rnd *rand.Rand
	id  func(n int) string
	by  map[*person]string // account id

	since int // of the strangers to be added; see User
}

func (c *company) maker(name string, stream uint64, id func(rnd *rand.Rand, n int) string) *maker {
	m := &maker{rnd: rand.New(rand.NewPCG(seed, stream)), by: map[*person]string{}}
	m.t = Tenant{Name: name, Expect: map[reconcile.Kind]int{}}
	m.id = func(n int) string { return id(m.rnd, n) }
	return m
}

// add puts an account into the tenant and says whether something is to be
// found about it.
func (m *maker) add(u User, expect ...reconcile.Kind) string {
	u.ID = m.id(len(m.t.Users))
	m.t.Users = append(m.t.Users, u)
	for _, k := range expect {
		m.t.Expect[k]++
	}
	return u.ID
}

// own adds a person's account.
func (m *maker) own(p *person, u User, expect ...reconcile.Kind) {
	u.GivenName, u.FamilyName, u.DisplayName = p.given, p.family, p.given+" "+p.family
	id := m.add(u, expect...)
	if _, ok := m.by[p]; !ok {
		m.by[p] = id
	}
}

// stranger adds an active account that nobody on the roster answers for.
func (m *maker) stranger(userName, display, email string) string {
	u := User{UserName: userName, DisplayName: display, Active: true, Since: m.since}
	if email != "" {
		u.Emails = []string{email}
	}
	return m.add(u, reconcile.KindOrphaned)
}

// agency adds the accounts of an agency's people: the first was there before
// the past begins, the others came one by one.
func (m *maker) agency(names ...string) {
	defer func(was int) { m.since = was }(m.since)
	for i, n := range names {
		if i > 0 {
			m.since = 39 - 6*i
		}
		given, family, _ := strings.Cut(n, " ")
		mail := strings.ToLower(given+"."+family) + "@" + AgencyDomain
		m.stranger(mail, n, mail)
	}
}

func (m *maker) group(id, name string, members []string) {
	m.t.Groups = append(m.t.Groups, Group{id, name, members})
}

// of returns the accounts of the people whom keep chooses, in roster order.
func (m *maker) of(c *company, keep func(*person) bool) (ids []string) {
	for _, p := range c.people {
		if id, ok := m.by[p]; ok && keep(p) {
			ids = append(ids, id)
		}
	}
	return ids
}

func in(department string) func(*person) bool {
	return func(p *person) bool { return p.department == department }
}

// chat is where nearly everybody is. It knows employee numbers, and keeps to the
// RFCs. Some accounts outlived their people until somebody looked.
func (c *company) chat() Tenant {
	m := c.maker("Acme Chat", 2, func(rnd *rand.Rand, n int) string {
		return fmt.Sprintf("U%02d%06X", n%100, rnd.IntN(1<<24))
	})
	mixed, leavers := c.with(mixed), c.with(leaver)
	for i, p := range c.people {
		u := User{UserName: p.login, ExternalID: p.number, Emails: []string{p.email}, Active: true}
		var expect []reconcile.Kind
		switch {
		case p.plant == gone:
			u.Active, u.Forgotten = false, i%2 == 1
		case p == leavers[2]:
			u.Active = false
		case p.plant == leaver:
			expect = append(expect, reconcile.KindLeaver)
		case p == mixed[0]: // an address that was handed on
			u.Emails[0] = mixed[1].email
			expect = append(expect, reconcile.KindDisputed)
		case p == mixed[1]:
			u.Emails = nil
		case i%9 == 4: // known by the address alone, in its owner's own spelling
			u.UserName = strings.ToLower(p.given) + p.number[2:]
			u.ExternalID, u.Emails[0] = "", strings.ToUpper(p.email[:1])+p.email[1:]
		case i%13 == 2: // by the number alone
			u.UserName, u.Emails = "staff-"+p.number, nil
		case i%11 == 7:
			u.ExternalID, u.Emails = "", nil
		}
		m.own(p, u, expect...)
	}
	m.agency("Bo Trellis", "Cy Marlowe", "Di Fenwick", "Ed Larkin", "Flo Penrose", "Gus Hadley")
	m.stranger("front-desk", "Front desk", "")
	m.add(User{UserName: "old.intern", DisplayName: "Old intern"})
	m.group("S-ALL", "everyone", m.of(c, func(*person) bool { return true }))
	for _, d := range departments {
		m.group("S-"+strings.ToUpper(d.name[:3]), strings.ToLower(d.name), m.of(c, in(d.name)))
	}
	m.group("S-ADM", "workspace-admins", m.of(c, func(p *person) bool { return p.number < "1004" }))
	return m.t
}

// forge hosts code. It knows login names and what people typed as address. It
// pages by cursor alone and does not show who is in a group.
func (c *company) forge() Tenant {
	m := c.maker("Forge", 3, func(rnd *rand.Rand, _ int) string {
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", rnd.Uint32(), rnd.IntN(1<<16), rnd.IntN(1<<12), rnd.IntN(1<<12), rnd.Int64N(1<<48))
	})
	m.t.Quirks = scimtest.Quirks{Cursor: scimtest.CursorAlways, CursorTotal: true, PageCap: 50, HideMembers: true, OmitUserGroups: true, NoContent: true}
	leavers, mixed := c.with(leaver), c.with(mixed)
	for i, p := range c.people {
		u := User{UserName: p.login, Active: true}
		if i%3 == 0 {
			u.Emails = []string{p.login + "@users.forge.example", p.email}
		}
		if i%10 == 1 {
			u.UserName = strings.ToUpper(p.login[:2]) + p.login[2:]
		}
		switch {
		case p == leavers[0] || p == leavers[1]:
			m.own(p, u, reconcile.KindLeaver)
		case p == mixed[2]:
			u.Emails = []string{mixed[3].email}
			m.own(p, u, reconcile.KindDisputed)
		case p.plant == gone && p.department == "Engineering":
			u.Active = false
			m.own(p, u)
		case p.plant != gone && p.plant != leaver && (p.department == "Engineering" || p.department == "Support" && i%2 == 0):
			m.own(p, u)
		}
	}
	m.agency("Bo Trellis", "Hal Winslow")
	deploy := m.stranger("svc-deploy", "Deploy", "")
	runner := m.stranger("ci-runner-02", "CI runner 2", "")
	m.group("team-platform", "platform", m.of(c, func(p *person) bool { return p.number[3]%3 == 0 }))
	m.group("team-web", "web", m.of(c, func(p *person) bool { return p.number[3]%3 == 1 }))
	m.group("team-mobile", "mobile", m.of(c, func(p *person) bool { return p.number[3]%3 == 2 }))
	m.group("team-release", "release-managers", append(m.of(c, func(p *person) bool { return p.number < "1010" }), deploy, runner))
	return m.t
}

// ledger keeps the books. Its user names are addresses, spelt as on a card. It
// takes no path to a single member, and a removal with a list clears the group;
// its versions have to be named.
func (c *company) ledger() Tenant {
	m := c.maker("Ledger", 4, func(_ *rand.Rand, n int) string { return fmt.Sprint(70001 + 3*n) })
	m.t.Quirks = scimtest.Quirks{PageCap: 25, NumericIDs: true, ValuePathStatus: 400, ETags: true, EnforceIfMatch: true}
	leavers, twice := c.with(leaver), c.with(double)[0]
	for i, p := range c.people {
		u := User{UserName: p.email, Active: true}
		if i%2 == 0 {
			u.UserName = strings.ToUpper(p.email)
		}
		switch {
		case p == leavers[2]:
			m.own(p, u, reconcile.KindLeaver)
		case p == leavers[0], p == leavers[1]:
			u.Active = false
			m.own(p, u)
		case p.plant == renamed:
			u.UserName = strings.ToLower(p.given) + ".Ferris@" + Domain
			m.own(p, u, reconcile.KindOrphaned)
			m.t.Renamed = Rename{UserName: u.UserName, Person: p.number}
		case p == twice:
			m.own(p, u, reconcile.KindCollision)
			m.own(p, User{UserName: p.login + "-admin", Emails: []string{p.email}, Active: true}, reconcile.KindCollision)
		case p.plant == ordinary && (p.department == "Finance" || i%12 == 0), p.plant == rehired:
			m.own(p, u)
		}
	}
	m.agency("Ivy Sterling")
	m.add(User{UserName: "import@" + AgencyDomain, DisplayName: "Import 2024", Emails: []string{"import@" + AgencyDomain}})
	m.group("1", "Approvers", m.of(c, func(p *person) bool { return p.department == "Finance" && p.number < "1120" }))
	m.group("2", "Viewers", m.of(c, func(p *person) bool { return p.department != "Finance" }))
	m.group("3", "Month end", m.of(c, in("Finance")))
	return m.t
}

// beacon answers customers. Since today it claims more accounts than it lists.
func (c *company) beacon() Tenant {
	m := c.maker("Beacon Desk", 6, func(rnd *rand.Rand, n int) string { return fmt.Sprintf("agent_%03d%04x", n, rnd.IntN(1<<16)) })
	m.t.Quirks = scimtest.Quirks{ActiveStrings: true, PageCap: 20}
	lately := m.t.Quirks
	lately.Total = scimtest.TotalTooMany
	m.t.Lately = &lately
	for i, p := range c.people {
		if (p.plant == ordinary || p.plant == onLeave) && (p.department == "Support" || i%30 == 0) {
			m.own(p, User{UserName: p.email, Emails: []string{p.email}, Active: true})
		}
	}
	m.stranger("macros@"+Domain, "Shared macros", "")
	m.group("agents", "Agents", m.of(c, in("Support")))
	m.group("admins", "Administrators", m.of(c, func(p *person) bool { return p.department != "Support" }))
	return m.t
}
