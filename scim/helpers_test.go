package scim_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"rollcall/scim"
	"rollcall/scim/scimtest"
)

// now is the clock of all tests.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// serve starts a server and a client of it. Waits are noted, not waited.
func serve(t *testing.T, opt scimtest.Options) (*scimtest.Server, *scim.Client, *[]time.Duration) {
	t.Helper()
	s := scimtest.New(opt)
	t.Cleanup(s.Close)
	var waits []time.Duration
	c := client(t, scim.Config{
		BaseURL: s.URL, PageSize: 10,
		Wait: func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return ctx.Err() },
	})
	return s, c, &waits
}

func client(t *testing.T, cfg scim.Config) *scim.Client {
	t.Helper()
	if cfg.Auth.Secret == "" {
		cfg.Auth = scim.Auth{Secret: scimtest.Token}
	}
	cfg.Now = func() time.Time { return now }
	c, err := scim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// staged is a sink that does what a stage does: a new pass replaces the old.
type staged struct {
	pass   int
	users  []string
	groups []string
	bad    int
	next   []scim.Cursor
}

func (s *staged) take(p scim.Page) error {
	if p.Verify {
		return nil
	}
	if p.Anew || p.Pass > s.pass {
		*s = staged{pass: p.Pass}
	}
	for _, u := range p.Users {
		s.users = append(s.users, u.ID)
	}
	for _, g := range p.Groups {
		s.groups = append(s.groups, g.ID)
	}
	s.bad += len(p.Undecodable)
	s.next = append(s.next, p.Next)
	return nil
}

// ids returns user-1 to user-n, whose order is that of numbers.
func people(n int) []scimtest.User {
	var all []scimtest.User
	for i := range n {
		name := fmt.Sprintf("user-%03d", i+1)
		all = append(all, scimtest.User{ID: name, UserName: name + "@example.com", ExternalID: fmt.Sprint(i + 1), DisplayName: name, Emails: []string{name + "@example.com"}, Active: true})
	}
	return all
}

// asError returns err as the client's own error type.
func asError(t *testing.T, err error) *scim.Error {
	t.Helper()
	var e *scim.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is a %T, want *scim.Error", err, err)
	}
	return e
}

func codes(l scim.Listing) []string {
	var all []string
	for _, p := range l.Problems {
		all = append(all, p.Code)
	}
	return all
}

// receipt is one that a test made: single use, for one request.
type receipt struct {
	allow scim.Request
	used  bool
}

var errRefused = errors.New("another request was recorded")

func (r *receipt) Authorize(q scim.Request) error {
	if r.used || r.allow != q {
		return errRefused
	}
	r.used = true
	return nil
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equalList[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
