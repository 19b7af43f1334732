// Package demo makes up a company: a roster of some 250 people, four tenants
// that behave like different vendors, with accounts, groups and planted
// trouble, and one tenant without SCIM. Everything is made from a fixed seed and
// dates lie relative to the day it is built on, so that the demo is always fresh
// and its findings are always the same.
//
// The company has a past of some weeks, which [Servers.On] and [Data.RosterOn]
// play: accounts come, people leave, and one tenant begins to list less than it
// claims.
//
// Names, addresses and numbers are invented; all domains end in .example.
package demo

import (
	"slices"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

// The planted company and the agency that nobody has on the roster.
const (
	Domain       = "halden.example"
	AgencyDomain = "brightloop.example"
)

// Data is the made-up company as of one day.
type Data struct {
	RosterCSV []byte         // of today
	Zone      *time.Location // of the roster's dates
	People    int
	company   *company
	Tenants   []Tenant
	Files     []File // tenants without SCIM
}

// File is a made-up tenant without SCIM, and the list that somebody exported.
type File struct {
	Tenant
	CSV                        []byte
	Base                       string // name of the file
	ExportedBy, Screen, Filter string
	Age                        time.Duration // of the export
}

// Tenant is one made-up tenant and what should be found in it.
type Tenant struct {
	Name   string
	Users  []User
	Groups []Group
	Expect map[reconcile.Kind]int // accounts by kind, today
	// Quirks are how the vendor differs from the RFCs, and Lately how it does
	// since today, where that is not the same.
	Quirks scimtest.Quirks
	Lately *scimtest.Quirks
	// Renamed is an account that no rule can match, and whose it is.
	Renamed Rename
}

// Rename is an account under a name that its person does not bear any more.
type Rename struct {
	UserName string
	Person   string // employee number
}

// User is an account, as far as SCIM's core schema has it.
type User struct {
	ID, UserName, ExternalID string
	DisplayName              string
	GivenName, FamilyName    string
	Emails                   []string // the first one is primary
	Active                   bool
	Forgotten                bool // active until the past closes it
	Since                    int  // how many days ago the account came; 0: it was there before
}

// Group is a group and the ids of its members.
type Group struct {
	ID, DisplayName string
	Members         []string
}

// Build makes the company up. now is in the zone that the roster's dates are
// meant in.
func Build(now time.Time) Data {
	c := newCompany(now)
	return Data{
		RosterCSV: c.csv(now),
		company:   c,
		Zone:      now.Location(),
		People:    len(c.people),
		Tenants:   []Tenant{c.chat(), c.forge(), c.ledger(), c.beacon()},
		Files:     []File{c.travel()},
	}
}

// RosterOn is the roster as it was so many days ago.
func (d Data) RosterOn(ago int) []byte { return d.company.csv(d.company.day(-ago)) }

// Incomplete says whether a tenant does not list today what it claims to have.
func (d Data) Incomplete(tenant string) bool {
	return slices.ContainsFunc(d.Tenants, func(t Tenant) bool { return t.Name == tenant && t.Lately != nil })
}
