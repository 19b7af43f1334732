package scimtest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// refusal is a SCIM error that a change runs into.
type refusal struct {
	status         int
	scimType, text string
}

func (r refusal) Error() string { return r.text }

func (q *request) refused(err error) response {
	var r refusal
	if errors.As(err, &r) {
		return q.refuse(r.status, r.scimType, r.text)
	}
	return q.refuse(http.StatusBadRequest, "invalidSyntax", err.Error())
}

// create serves POST of a user or group.
func (s *Server) create(q *request) response {
	if q.kind == "Users" {
		u := User{Active: true}
		if err := replaceUser(&u, q.body, q.quirks); err != nil {
			return q.refused(err)
		}
		name := strings.ToLower(u.UserName)
		switch {
		case u.UserName == "":
			return q.refuse(http.StatusBadRequest, "invalidValue", "userName is required")
		case s.users.byName[name] != "", q.quirks.Tombstones && s.users.graves[name]:
			return q.refuse(http.StatusConflict, "uniqueness", "the user name is taken")
		}
		if q.dry || q.quirks.NoEffect {
			return response{status: http.StatusCreated, contentType: "application/scim+json", body: s.renderUser(nil, &u, q.quirks)}
		}
		q.id = s.addUser(u).ID
		return s.outcome(q, s.show(q, http.StatusCreated))
	}
	var g Group
	if err := replaceGroup(&g, q.body); err != nil {
		return q.refused(err)
	}
	if g.DisplayName == "" {
		return q.refuse(http.StatusBadRequest, "invalidValue", "displayName is required")
	}
	if q.dry || q.quirks.NoEffect {
		return response{status: http.StatusCreated, contentType: "application/scim+json", body: s.renderGroup(nil, &g, q.quirks)}
	}
	q.id = s.addGroup(g).ID
	return s.outcome(q, s.show(q, http.StatusCreated))
}

// change serves PATCH, PUT and DELETE of a resource that exists.
func (s *Server) change(q *request) response {
	k := q.quirks
	status := map[string]int{http.MethodPatch: k.PatchStatus, http.MethodPut: k.PutStatus, http.MethodDelete: k.DeleteStatus}[q.http.Method]
	if status != 0 {
		return q.refuse(status, "", "this method is not supported")
	}
	if want := q.http.Header.Get("If-Match"); want != "" && k.EnforceIfMatch && want != "*" && want != s.version(q) {
		return q.refuse(http.StatusPreconditionFailed, "", "the version does not match")
	}
	if k.Accepted {
		return response{status: http.StatusAccepted}
	}
	switch {
	case q.http.Method == http.MethodDelete:
		return s.remove(q)
	case q.kind == "Users":
		return s.changeUser(q)
	}
	return s.changeGroup(q)
}

func (s *Server) version(q *request) string {
	if q.kind == "Users" {
		return etag(s.users.byID[q.id].Version, q.quirks)
	}
	return etag(s.groups.byID[q.id].Version, q.quirks)
}

func (s *Server) changeUser(q *request) response {
	old := s.users.byID[q.id]
	u := old.clone()
	err := error(nil)
	if q.http.Method == http.MethodPut {
		u = User{ID: old.ID, Active: old.Active, Password: old.Password, Created: old.Created, Modified: old.Modified, Version: old.Version}
		err = replaceUser(&u, q.body, q.quirks)
	} else {
		err = patchUser(&u, q)
	}
	if err != nil {
		return q.refused(err)
	}
	if id := s.users.byName[strings.ToLower(u.UserName)]; id != "" && id != old.ID || u.UserName == "" {
		return q.refuse(http.StatusConflict, "uniqueness", "the user name is taken or empty")
	}
	if q.dry {
		return ok(s.renderUser(nil, &u, q.quirks))
	}
	if !q.quirks.NoEffect {
		s.putUser(old, u)
		if q.quirks.InactiveLeaves && !u.Active {
			s.leaveGroups(old.ID)
		}
	}
	return s.outcome(q, s.show(q, http.StatusOK))
}

func (s *Server) leaveGroups(user string) {
	for _, g := range slices.Clone(s.users.memberOf[user]) {
		c := g.clone()
		c.Members = slices.DeleteFunc(c.Members, func(id string) bool { return id == user })
		s.putGroup(g, c)
	}
}

func (s *Server) changeGroup(q *request) response {
	old := s.groups.byID[q.id]
	g := old.clone()
	err := error(nil)
	if q.http.Method == http.MethodPut {
		g = Group{ID: old.ID, Created: old.Created, Modified: old.Modified, Version: old.Version}
		err = replaceGroup(&g, q.body)
	} else {
		err = patchGroup(&g, q)
	}
	if err != nil {
		return q.refused(err)
	}
	if q.dry {
		return ok(s.renderGroup(nil, &g, q.quirks))
	}
	if !q.quirks.NoEffect {
		s.putGroup(old, g)
	}
	return s.outcome(q, s.show(q, http.StatusOK))
}

// remove serves DELETE (RFC 7644 section 3.6).
func (s *Server) remove(q *request) response {
	if !q.dry && !q.quirks.NoEffect {
		switch u := s.users.byID[q.id]; {
		case q.kind == "Groups":
			s.dropGroup(s.groups.byID[q.id])
		case q.quirks.DeleteSoft:
			c := u.clone()
			c.Active = false
			s.putUser(u, c)
		default:
			s.dropUser(u)
		}
	}
	switch {
	case q.quirks.CarriedOut500, q.quirks.CarriedOut400:
		return s.outcome(q, response{})
	case q.quirks.DeleteBody:
		return ok([]byte(fmt.Sprintf(`{"deleted":%s}`, quote(q.id))))
	}
	return response{status: http.StatusNoContent}
}

// outcome is the answer to a change that was carried out.
func (s *Server) outcome(q *request, usual response) response {
	k := q.quirks
	switch {
	case k.CarriedOut500:
		return q.refuse(http.StatusInternalServerError, "", "something went wrong")
	case k.CarriedOut400:
		return q.refuse(http.StatusBadRequest, "invalidValue", "the request is not understood")
	case k.NoContent && usual.status == http.StatusOK:
		return response{status: http.StatusNoContent, header: usual.header}
	case k.EmptyAnswer && usual.status == http.StatusOK:
		return response{status: http.StatusOK, contentType: "application/json", body: []byte("{}"), header: usual.header}
	}
	return usual
}
