package app_test

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"rollcall/app"
	"rollcall/scim/scimtest"
)

// behind is a tenant whose calls are refused with a status and, where carries is
// set, carried out all the same, seen only at the look after the next one.
type behind struct {
	s       *shop
	status  int
	carries bool

	mu   sync.Mutex
	owed map[string]bool
}

func (b *behind) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := path.Base(r.URL.Path)
	if r.Method != http.MethodGet {
		b.mu.Lock()
		b.owed[id] = b.carries
		b.mu.Unlock()
		http.Error(w, "later", b.status)
		return
	}
	b.s.server.ServeHTTP(w, r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.owed[id] && strings.Contains(r.URL.Path, "/Users/") {
		b.s.server.Update(id, func(u *scimtest.User) { u.Active = false })
		delete(b.owed, id)
	}
}

func (s *shop) behind(status int, carries bool) *behind {
	b := &behind{s: s, status: status, carries: carries, owed: map[string]bool{}}
	srv := httptest.NewServer(b)
	s.t.Cleanup(srv.Close)
	must(s.app.AddTenant(s.t.Context(), app.TenantSpec{Name: "Late", BaseURL: srv.URL + "/scim/v2", Token: scimtest.Token, AllowWrites: "agreed"}))(s.t)
	s.syncLate()
	return b
}

func (s *shop) syncLate() {
	must(s.app.Sync(s.t.Context(), app.SyncRequest{Tenants: []string{"Late"}}))(s.t)
}

func (s *shop) runLate(ids ...string) app.RunResult {
	r := accounts(ids...)
	r.Tenant = "Late"
	return s.run(must(s.app.Plan(s.t.Context(), r))(s.t))
}

func (s *shop) usedLate() int {
	for _, c := range must(s.app.Ceilings(s.t.Context()))(s.t) {
		if c.Tenant == "Late" {
			return c.Used
		}
	}
	return -1
}

// A call that was refused and carried out all the same is ours: confirmed,
// counted, and it can be undone.
func TestRefusedAndCarriedOut(t *testing.T) {
	for _, status := range []int{400, 409, 429} {
		s := newShop(t, scimtest.Quirks{})
		s.behind(status, true)
		r := s.runLate("u01")
		if outcomes(r) != "confirmed" || s.active("u01") || !strings.Contains(r.Actions[0].Why, "all the same") {
			t.Errorf("%d: %+v", status, r.Actions)
		}
		if n := s.usedLate(); n != 1 {
			t.Errorf("%d: the ceiling counts %d", status, n)
		}
		if u := must(s.app.Undo(t.Context(), r.Hash, "HD-9", true))(t); len(u.Actions) != 1 {
			t.Errorf("%d: the undo has %+v", status, u.Actions)
		}
	}
}

// A refusal that does not say that nothing was done counts towards the ceiling
// until a list that was begun long enough after it shows the account as it was.
func TestRefusedCountsUntilSeen(t *testing.T) {
	tests := map[int]int{400: 1, 409: 1, 412: 1, 429: 1, 401: 0, 403: 0, 404: 0, 405: 0}
	for status, counted := range tests {
		s := newShop(t, scimtest.Quirks{})
		s.behind(status, false)
		if r := s.runLate("u01"); outcomes(r) != "failed" {
			t.Errorf("%d: %+v", status, r.Actions)
		}
		if n := s.usedLate(); n != counted {
			t.Errorf("%d: the ceiling counts %d", status, n)
		}
		s.clock.ahead += time.Second
		s.syncLate()
		if n := s.usedLate(); n != counted {
			t.Errorf("%d: a list begun right after it makes that %d", status, n)
		}
		s.clock.ahead += 3 * time.Minute
		s.syncLate()
		if n := s.usedLate(); n != 0 {
			t.Errorf("%d: a later list shows it active, and the ceiling counts %d", status, n)
		}
	}
}

// What a tenant refused and carries out much later counts again as soon as the
// newest list shows it: what a list excused once is not excused for good.
func TestCeilingCountsWhatATenantPutOff(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.behind(http.StatusBadRequest, false)
	s.runLate("u11", "u12", "u13", "u14", "u15")
	s.clock.ahead += 3 * time.Minute
	s.syncLate()
	if n := s.usedLate(); n != 0 {
		t.Fatalf("with all of them active the ceiling counts %d", n)
	}
	for _, id := range []string{"u11", "u12", "u13", "u14"} {
		s.setActive(id, false)
	}
	s.server.Remove("u15")
	s.clock.ahead += time.Minute
	s.syncLate()
	if n := s.usedLate(); n != 5 {
		t.Errorf("with four closed and one gone the ceiling counts %d", n)
	}
	r := accounts("u16")
	r.Tenant = "Late"
	p, err := s.app.Plan(t.Context(), r)
	if err == nil {
		_, err = s.app.Run(t.Context(), p.Hash, 0)
	}
	if err == nil || !strings.Contains(err.Error(), "the ceiling is 5") {
		t.Errorf("a sixth: %v", err)
	}
	s.clock.ahead += 24 * time.Hour
	if n := s.usedLate(); n != 0 {
		t.Errorf("a day later it counts %d", n)
	}
}
