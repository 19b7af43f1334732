package scimtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// User is a user as the server really holds it.
type User struct {
	ID          string // "" gets a generated one
	UserName    string
	ExternalID  string
	DisplayName string
	Given       string
	Family      string
	Emails      []string // the first is primary
	Active      bool
	Password    string
	Extra       map[string]jsontext.Value // further attributes by name
	Raw         string                    // served in place of all of the above
	Created     time.Time
	Modified    time.Time
	Version     int
}

// Group is a group as the server really holds it.
type Group struct {
	ID          string
	DisplayName string
	ExternalID  string
	Members     []string // ids of users; may hold duplicates and strangers
	Extra       map[string]jsontext.Value
	Raw         string
	Created     time.Time
	Modified    time.Time
	Version     int
}

func (u User) clone() User {
	u.Emails, u.Extra = slices.Clone(u.Emails), maps.Clone(u.Extra)
	return u
}

func (g Group) clone() Group {
	g.Members, g.Extra = slices.Clone(g.Members), maps.Clone(g.Extra)
	return g
}

// store keeps users in order of arrival.
type store struct {
	list     []*User
	byID     map[string]*User
	byName   map[string]string // lower-case user name -> id
	graves   map[string]bool   // lower-case names of deleted users
	memberOf map[string][]*Group
	sorted   map[string][]*User // orders by attribute, until something changes
}

func newStore() store {
	return store{
		byID: map[string]*User{}, byName: map[string]string{}, graves: map[string]bool{},
		memberOf: map[string][]*Group{}, sorted: map[string][]*User{},
	}
}

type groupStore struct {
	list []*Group
	byID map[string]*Group
}

func newGroupStore() groupStore { return groupStore{byID: map[string]*Group{}} }

// newID is a UUID that only the seed and the order decide.
func (s *Server) newID() string {
	a, b := s.rand.Uint64(), s.rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

func (s *Server) addUser(u User) *User {
	if u.ID == "" {
		u.ID = s.newID()
	}
	if u.Created.IsZero() {
		u.Created = s.now()
	}
	if u.Modified.IsZero() {
		u.Modified = u.Created
	}
	u.Version = max(1, u.Version)
	p := &u
	s.users.list = append(s.users.list, p)
	s.users.byID[u.ID] = p
	s.users.byName[strings.ToLower(u.UserName)] = u.ID
	clear(s.users.sorted)
	return p
}

func (s *Server) addGroup(g Group) *Group {
	if g.ID == "" {
		g.ID = s.newID()
	}
	if g.Created.IsZero() {
		g.Created = s.now()
	}
	if g.Modified.IsZero() {
		g.Modified = g.Created
	}
	g.Version = max(1, g.Version)
	p := &g
	s.groups.list = append(s.groups.list, p)
	s.groups.byID[g.ID] = p
	s.index(p, nil, g.Members)
	return p
}

// index keeps memberOf in step with a group's members.
func (s *Server) index(g *Group, before, after []string) {
	stay := make(map[string]bool, len(after))
	for _, id := range after {
		stay[id] = true
	}
	for _, id := range before {
		if !stay[id] {
			s.users.memberOf[id] = slices.DeleteFunc(s.users.memberOf[id], func(x *Group) bool { return x == g })
		}
	}
	for _, id := range after {
		if !slices.Contains(s.users.memberOf[id], g) {
			s.users.memberOf[id] = append(s.users.memberOf[id], g)
		}
	}
}

func (s *Server) putUser(old *User, u User) {
	delete(s.users.byName, strings.ToLower(old.UserName))
	u.ID, u.Created = old.ID, old.Created
	u.Modified, u.Version = s.now(), old.Version+1
	*old = u
	s.users.byName[strings.ToLower(u.UserName)] = u.ID
	clear(s.users.sorted)
}

func (s *Server) putGroup(old *Group, g Group) {
	before := old.Members
	g.ID, g.Created = old.ID, old.Created
	g.Modified, g.Version = s.now(), old.Version+1
	*old = g
	s.index(old, before, g.Members)
}

func (s *Server) dropUser(u *User) {
	s.users.list = slices.DeleteFunc(s.users.list, func(x *User) bool { return x == u })
	delete(s.users.byID, u.ID)
	delete(s.users.byName, strings.ToLower(u.UserName))
	s.users.graves[strings.ToLower(u.UserName)] = true
	for _, g := range slices.Clone(s.users.memberOf[u.ID]) {
		c := g.clone()
		c.Members = slices.DeleteFunc(c.Members, func(id string) bool { return id == u.ID })
		s.putGroup(g, c)
	}
	clear(s.users.sorted)
}

func (s *Server) dropGroup(g *Group) {
	s.groups.list = slices.DeleteFunc(s.groups.list, func(x *Group) bool { return x == g })
	delete(s.groups.byID, g.ID)
	s.index(g, g.Members, nil)
}

// Users returns the true state of all users, in order of arrival.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, len(s.users.list))
	for i, u := range s.users.list {
		all[i] = u.clone()
	}
	return all
}

// User returns the true state of a user, by id.
func (s *Server) User(id string) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users.byID[id]; u != nil {
		return u.clone(), true
	}
	return User{}, false
}

// UserNamed returns the true state of a user, by user name without case.
func (s *Server) UserNamed(name string) (User, bool) {
	s.mu.Lock()
	id := s.users.byName[strings.ToLower(name)]
	s.mu.Unlock()
	return s.User(id)
}

// Groups returns the true state of all groups, in order of arrival.
func (s *Server) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Group, len(s.groups.list))
	for i, g := range s.groups.list {
		all[i] = g.clone()
	}
	return all
}

// Group returns the true state of a group, by id.
func (s *Server) Group(id string) (Group, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.groups.byID[id]; g != nil {
		return g.clone(), true
	}
	return Group{}, false
}

// Add adds users behind the server's back and returns their ids.
func (s *Server) Add(users ...User) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, u := range users {
		ids = append(ids, s.addUser(u).ID)
	}
	return ids
}

// AddGroup adds a group behind the server's back and returns its id.
func (s *Server) AddGroup(g Group) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addGroup(g).ID
}

// Update changes a user behind the server's back and tells whether it exists.
func (s *Server) Update(id string, change func(u *User)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users.byID[id]
	if u == nil {
		return false
	}
	c := u.clone()
	change(&c)
	s.putUser(u, c)
	return true
}

// UpdateGroup does the same for a group.
func (s *Server) UpdateGroup(id string, change func(g *Group)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups.byID[id]
	if g == nil {
		return false
	}
	c := g.clone()
	change(&c)
	s.putGroup(g, c)
	return true
}

// Remove deletes a user behind the server's back and tells whether it existed.
func (s *Server) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users.byID[id]
	if u != nil {
		s.dropUser(u)
	}
	return u != nil
}

// RemoveGroup does the same to a group.
func (s *Server) RemoveGroup(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups.byID[id]
	if g != nil {
		s.dropGroup(g)
	}
	return g != nil
}
