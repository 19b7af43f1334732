package demo

import (
	"crypto/rand"
	"fmt"

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
}

// Start serves the tenants of d until Close. Each has a random token of its
// own.
func Start(d Data) (*Servers, error) {
	s := &Servers{}
	for i, t := range d.Tenants {
		token := rand.Text() + rand.Text()
		server, err := scimtest.Start(scimtest.Options{Users: users(t), Groups: groups(t), Token: token, Seed: uint64(i)})
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("start the demo tenant %s: %w", t.Name, err)
		}
		s.Tenants = append(s.Tenants, Server{t.Name, server.URL, token, server})
	}
	return s, nil
}

// Close ends all of them.
func (s *Servers) Close() {
	for _, t := range s.Tenants {
		t.SCIM.Close()
	}
}

func users(t Tenant) (all []scimtest.User) {
	for _, u := range t.Users {
		all = append(all, scimtest.User{ID: u.ID, UserName: u.UserName, ExternalID: u.ExternalID, DisplayName: u.DisplayName,
			Given: u.GivenName, Family: u.FamilyName, Emails: u.Emails, Active: u.Active})
	}
	return all
}

func groups(t Tenant) (all []scimtest.Group) {
	for _, g := range t.Groups {
		all = append(all, scimtest.Group{ID: g.ID, DisplayName: g.DisplayName, Members: g.Members})
	}
	return all
}
