// Package scimtest is a SCIM 2.0 service provider in this process, for tests
// and for the demo's tenants.
//
// By default it keeps to RFC 7643 and RFC 7644: users and groups, index paging,
// sorting, simple filters, PATCH, PUT, POST, DELETE, discovery, a bearer token.
// [Quirks] switch on what real servers do differently, for as long as they are
// set; [Fault] spoils single requests; a [Barrier] stops one in the middle. The
// same options, seed and requests give the same answers.
//
// It listens on loopback only, keeps everything in memory, and is no server for
// production.
package scimtest

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Token is the bearer token that a server expects unless told otherwise.
const Token = "scimtest-bearer-token"

// Options describe a server. The zero value is an empty, conformant one.
type Options struct {
	Users    []User
	Groups   []Group
	Count    int                        // of further users, made by Generate
	Generate func(i int) User           // i from 0; nil makes plain ones
	Token    string                     // bearer token; "" = [Token]
	Allow    func(r *http.Request) bool // decides about credentials instead of Token
	BasePath string                     // "" = /scim/v2
	Seed     uint64                     // of generated ids and of shuffled orders
	Quirks   Quirks
	Now      func() time.Time // for meta; nil: a fixed time that moves a second per change
}

// Server is a running service provider.
type Server struct {
	URL string // base URL, with the base path

	opt  Options
	http *http.Server
	done chan struct{} // closed by Close; frees every barrier

	mu     sync.Mutex
	quirks Quirks
	faults []*Fault
	log    []Request
	rand   *rand.Rand
	users  store
	groups groupStore
	ticks  int
	closed bool
}

// New starts a server and panics where loopback cannot be listened on, as
// net/http/httptest does. It is for tests.
func New(opt Options) *Server {
	s, err := Start(opt)
	if err != nil {
		panic(err)
	}
	return s
}

// Start starts a server on a free port of 127.0.0.1.
func Start(opt Options) (*Server, error) {
	s := newServer(opt)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s.URL = "http://" + l.Addr().String() + s.opt.BasePath
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		if err := s.http.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			l.Close()
		}
	}()
	return s, nil
}

func newServer(opt Options) *Server {
	if opt.Token == "" {
		opt.Token = Token
	}
	if opt.BasePath == "" {
		opt.BasePath = "/scim/v2"
	}
	opt.BasePath = strings.TrimRight(opt.BasePath, "/")
	s := &Server{opt: opt, quirks: opt.Quirks, done: make(chan struct{}), rand: rand.New(rand.NewPCG(opt.Seed, 1))}
	s.users, s.groups = newStore(), newGroupStore()
	for _, u := range opt.Users {
		s.addUser(u)
	}
	generate := opt.Generate
	if generate == nil {
		generate = plainUser
	}
	for i := range opt.Count {
		s.addUser(generate(i))
	}
	for _, g := range opt.Groups {
		s.addGroup(g)
	}
	return s
}

// plainUser is the user that is made where nobody says how.
func plainUser(i int) User {
	name := fmt.Sprintf("user%06d", i+1)
	return User{
		UserName: name + "@example.com", ExternalID: fmt.Sprintf("E%06d", i+1), DisplayName: "User " + name[4:],
		Given: "User", Family: name[4:], Emails: []string{name + "@example.com"}, Active: true,
	}
}

// Close ends the server, its connections and every request that waits.
func (s *Server) Close() {
	if s.http != nil {
		s.http.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
}

// Set changes the quirks from the next request on.
func (s *Server) Set(change func(q *Quirks)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.quirks)
}

// ServeHTTP answers one request; it lets a server stand behind another
// listener, such as one with TLS.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := s.read(r)
	f := s.match(q)
	if f == nil {
		s.finish(q, s.answer(q)).write(w)
		return
	}
	s.spoil(w, q, f)
}

// read takes a request in and writes it down.
func (s *Server) read(r *http.Request) *request {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &request{http: r, body: body, index: len(s.log), quirks: s.quirks, allowed: s.allowed(r)}
	q.route(s.opt.BasePath)
	header := r.Header.Clone()
	if q.allowed {
		header.Del("Authorization")
	}
	s.log = append(s.log, Request{
		Index: q.index, Method: r.Method, Path: r.RequestURI, Body: string(body), Header: header, Authorized: q.allowed,
	})
	return q
}

func (s *Server) allowed(r *http.Request) bool {
	if s.opt.Allow != nil {
		return s.opt.Allow(r)
	}
	return r.Header.Get("Authorization") == "Bearer "+s.opt.Token
}

// finish notes the status that a request was answered with.
func (s *Server) finish(q *request, a response) response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.index < len(s.log) && s.log[q.index].Index == q.index {
		s.log[q.index].Status = a.status
	}
	return a
}

// now is the time that goes into meta.
func (s *Server) now() time.Time {
	if s.opt.Now != nil {
		return s.opt.Now()
	}
	s.ticks++
	return time.Date(2026, 1, 1, 0, 0, s.ticks, 0, time.UTC)
}
