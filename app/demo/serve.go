package demo

import (
	"crypto/rand"
	"fmt"
	"slices"

	"rollcall/scim/scimtest"
)

// Servers are the made-up tenants, serving SCIM on loopback.
type Servers struct {
	Tenants []Server
}

// Server is one running tenant.
type Server struct {
	Name  string
	URL   string // SCIM base URL
	Token string // bearer token; made for this start, kept in memory only
	// SCIM is the running provider, to ask it what really happened.
	SCIM *scimtest.Server
	data Tenant
}

// Start serves the tenants of d until Close, as they were before the past that
// [Servers.On] plays. Each has a random token of its own.
func Start(d Data) (*Servers, error) {
	s := &Servers{}
	for i, t := range d.Tenants {
		token := rand.Text() + rand.Text()
		server, err := scimtest.Start(scimtest.Options{
			Users: users(t, before), Groups: groups(t), Quirks: t.Quirks, Token: token, Seed: uint64(i),
		})
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("start the demo tenant %s: %w", t.Name, err)
		}
		s.Tenants = append(s.Tenants, Server{t.Name, server.URL, token, server, t})
	}
	return s, nil
}

func before(u User) bool { return u.Since == 0 }

// On lets the tenants become what they were so many days ago. Days are played
// in their order, down to 0, which is today; one that was played changes nothing
// when it is played again.
func (s *Servers) On(ago int) {
	for _, t := range s.Tenants {
		for _, u := range users(t.data, func(u User) bool { return u.Since >= max(ago, 1) }) {
			if _, there := t.SCIM.User(u.ID); !there {
				t.SCIM.Add(u)
			}
		}
		if ago == 0 && t.data.Lately != nil {
			t.SCIM.Set(func(q *scimtest.Quirks) { *q = *t.data.Lately })
		}
	}
}

// Close ends all of them.
func (s *Servers) Close() {
	for _, t := range s.Tenants {
		t.SCIM.Close()
	}
}

func users(t Tenant, keep func(User) bool) (all []scimtest.User) {
	for _, u := range slices.DeleteFunc(slices.Clone(t.Users), func(u User) bool { return !keep(u) }) {
		all = append(all, scimtest.User{ID: u.ID, UserName: u.UserName, ExternalID: u.ExternalID, DisplayName: u.DisplayName,
			Given: u.GivenName, Family: u.FamilyName, Emails: u.Emails, Active: u.Active || u.Forgotten})
	}
	return all
}

func groups(t Tenant) (all []scimtest.Group) {
	for _, g := range t.Groups {
		all = append(all, scimtest.Group{ID: g.ID, DisplayName: g.DisplayName, Members: g.Members})
	}
	return all
}
