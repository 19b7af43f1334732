// Package demo makes up a company: a roster of some 250 people and three
// tenants with accounts, groups and planted trouble, and one without SCIM. Everything is made from a
// fixed seed and dates lie relative to the day it is built on, so that the
// demo is always fresh and its findings are always the same.
//
// Names, addresses and numbers are invented; all domains end in .example.
package demo

import (
	"time"

	"rollcall/app/reconcile"
)

// The planted company and the agency that nobody has on the roster.
const (
	Domain       = "halden.example"
	AgencyDomain = "brightloop.example"
)

// Data is the made-up company as of one day.
type Data struct {
	RosterCSV []byte
	Zone      *time.Location // of the roster's dates
	People    int
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
	Expect map[reconcile.Kind]int // accounts by kind
}

// User is an account, as far as SCIM's core schema has it.
type User struct {
	ID, UserName, ExternalID string
	DisplayName              string
	GivenName, FamilyName    string
	Emails                   []string // the first one is primary
	Active                   bool
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
		RosterCSV: c.csv(),
		Zone:      now.Location(),
		People:    len(c.people),
		Tenants:   []Tenant{c.chat(), c.forge(), c.ledger()},
		Files:     []File{c.travel()},
	}
}
