package scimtest

import (
	"net/http"
	"strings"
)

// answer makes the usual answer to a request and carries it out unless it is
// dry.
func (s *Server) answer(q *request) response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, done := s.everywhere(q); done {
		return a
	}
	switch q.kind {
	case "Users", "Groups":
		return s.resources(q)
	}
	if q.http.Method != http.MethodGet {
		return q.refuse(http.StatusMethodNotAllowed, "", "only GET is served here")
	}
	return s.discover(q)
}

// everywhere is what applies to all paths.
func (s *Server) everywhere(q *request) (response, bool) {
	k := q.quirks
	json := response{status: http.StatusOK, contentType: "application/json"}
	switch {
	case k.RedirectTo != "":
		return response{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {k.RedirectTo + q.http.RequestURI}}}, true
	case k.Reject:
		return q.refuse(http.StatusUnauthorized, "", "the token is not valid"), true
	case k.RejectPage:
		return response{status: http.StatusOK, contentType: "text/html; charset=utf-8", body: []byte(page)}, true
	case k.RejectJSON:
		json.body = []byte(`{"status":"error","message":"not logged in"}`)
		return json, true
	case k.EmptyObject:
		json.body = []byte(`{}`)
		return json, true
	case q.depth < 0:
		return response{status: http.StatusNotFound, contentType: "text/html", body: []byte("<html><body>404</body></html>")}, true
	case !q.allowed && !(k.DiscoveryOpen && isDiscovery(q.kind)):
		return q.refuse(http.StatusUnauthorized, "", "the token is not valid"), true
	case k.PlainJSON && strings.Contains(q.http.Header.Get("Accept"), "scim+json"):
		return q.refuse(http.StatusNotAcceptable, "", "application/json only"), true
	case k.PlainJSON && strings.Contains(q.http.Header.Get("Content-Type"), "scim+json"):
		return q.refuse(http.StatusUnsupportedMediaType, "", "application/json only"), true
	}
	return response{}, false
}

func isDiscovery(kind string) bool {
	return kind == "ServiceProviderConfig" || kind == "ServiceProviderConfigs" || kind == "ResourceTypes" || kind == "Schemas"
}

// resources serves the two collections and what is in them.
func (s *Server) resources(q *request) response {
	switch {
	case q.depth == 1 && q.http.Method == http.MethodGet:
		return s.list(q)
	case q.depth == 1 && q.http.Method == http.MethodPost:
		return s.create(q)
	case q.depth != 2 || q.id == "":
		return q.refuse(http.StatusNotFound, "", "there is nothing at this address")
	}
	if !s.exists(q) {
		if q.http.Method == http.MethodDelete && q.quirks.DeleteTwice500 {
			return q.refuse(http.StatusInternalServerError, "", "unexpected null")
		}
		return q.refuse(http.StatusNotFound, "", "resource "+q.id+" not found")
	}
	switch q.http.Method {
	case http.MethodGet:
		return s.show(q, http.StatusOK)
	case http.MethodPatch, http.MethodPut, http.MethodDelete:
		return s.change(q)
	}
	return q.refuse(http.StatusMethodNotAllowed, "", "this method is not served")
}

func (s *Server) exists(q *request) bool {
	if q.kind == "Users" {
		return s.users.byID[q.id] != nil
	}
	return s.groups.byID[q.id] != nil
}

// show is one resource with its ETag.
func (s *Server) show(q *request, status int) response {
	a := response{status: status, contentType: "application/scim+json", header: http.Header{}}
	version := 0
	if q.kind == "Users" {
		u := s.users.byID[q.id]
		a.body, version = s.renderUser(nil, u, q.quirks), u.Version
	} else {
		g := s.groups.byID[q.id]
		a.body, version = s.renderGroup(nil, g, q.quirks), g.Version
	}
	if status == http.StatusCreated {
		a.header.Set("Location", s.URL+"/"+q.kind+"/"+escapeID(q.id))
	}
	if q.quirks.ETags {
		a.header.Set("ETag", etag(version, q.quirks))
	}
	return a
}
