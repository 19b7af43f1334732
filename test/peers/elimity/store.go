package main

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// kind says which resources a handler serves.
type kind int

const (
	users kind = iota
	groups
)

// resource is a SCIM resource as JSON has it, "id" included.
type resource = map[string]any

// request is one request that the SCIM side served.
type request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
}

// state is what the side channel reads and writes.
type state struct {
	Users    []resource `json:"users"`
	Groups   []resource `json:"groups"`
	Requests []request  `json:"requests"`
}

// store holds resources in insertion order. What goes in and comes out is a
// copy: the library writes into the maps that a handler returns.
type store struct {
	mu       sync.Mutex
	all      [2][]resource
	requests []request
}

func newStore() *store { return &store{requests: []request{}} }

func (st *store) seed(s state) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.requests = []request{}
	for k, list := range map[kind][]resource{users: s.Users, groups: s.Groups} {
		st.all[k] = nil
		for _, r := range list {
			st.all[k] = append(st.all[k], stamped(r))
		}
	}
}

func (st *store) dump() state {
	st.mu.Lock()
	defer st.mu.Unlock()
	return state{clone(list(st.all[users])), clone(list(st.all[groups])), slices.Clone(st.requests)}
}

func (st *store) log(r request) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.requests = append(st.requests, r)
}

// list returns copies of all resources of a kind; users carry their groups.
func (st *store) list(k kind) []resource {
	st.mu.Lock()
	defer st.mu.Unlock()
	out := clone(list(st.all[k]))
	if k == users {
		for _, u := range out {
			st.addGroups(u)
		}
	}
	return out
}

func (st *store) get(k kind, id string) (resource, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.index(k, id)
	if i < 0 {
		return nil, false
	}
	r := clone(st.all[k][i])
	if k == users {
		st.addGroups(r)
	}
	return r, true
}

// put stores r under id, or under a new id where id is "". It reports false
// where another user has the same userName.
func (st *store) put(k kind, id string, r resource) (resource, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	r = clone(r)
	delete(r, "groups")
	if k == users && st.taken(id, r) {
		return nil, false
	}
	i := st.index(k, id)
	if i < 0 {
		st.all[k] = append(st.all[k], stamped(r))
		return clone(st.all[k][len(st.all[k])-1]), true
	}
	r["id"], r["meta"] = id, meta(st.all[k][i])
	st.all[k][i] = r
	return clone(r), true
}

// remove deletes a resource; a user's memberships go with it.
func (st *store) remove(k kind, id string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	i := st.index(k, id)
	if i < 0 {
		return false
	}
	st.all[k] = slices.Delete(st.all[k], i, i+1)
	for _, g := range st.all[groups] {
		members, _ := g["members"].([]any)
		g["members"] = slices.DeleteFunc(members, func(m any) bool { return value(m) == id })
	}
	return true
}

func (st *store) index(k kind, id string) int {
	return slices.IndexFunc(st.all[k], func(r resource) bool { return r["id"] == id })
}

func (st *store) taken(id string, r resource) bool {
	name, _ := r["userName"].(string)
	return slices.ContainsFunc(st.all[users], func(o resource) bool {
		other, _ := o["userName"].(string)
		return o["id"] != id && strings.EqualFold(other, name)
	})
}

func (st *store) addGroups(u resource) {
	of := []any{}
	for _, g := range st.all[groups] {
		members, _ := g["members"].([]any)
		if slices.ContainsFunc(members, func(m any) bool { return value(m) == u["id"] }) {
			of = append(of, resource{"value": g["id"], "display": g["displayName"]})
		}
	}
	u["groups"] = of
}

func value(member any) any {
	m, _ := member.(resource)
	return m["value"]
}

// stamped returns a copy of r with an id and times.
func stamped(r resource) resource {
	r = clone(r)
	if id, _ := r["id"].(string); id == "" {
		r["id"] = rand.Text()
	}
	r["meta"] = meta(nil)
	return r
}

// meta keeps the time of creation that before has.
func meta(before resource) resource {
	now := time.Now().UTC().Format(time.RFC3339)
	m := resource{"created": now, "lastModified": now}
	if old, ok := before["meta"].(resource); ok {
		m["created"] = old["created"]
	}
	return m
}

// list makes nil an empty list, which JSON tells apart.
func list(l []resource) []resource {
	if l == nil {
		return []resource{}
	}
	return l
}

// clone goes through JSON: that is all that a resource can hold.
func clone[T any](v T) T {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a resource that JSON cannot hold was never read from JSON
	}
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}
