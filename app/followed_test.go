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
// for as long as a call that was carried out.
func TestRefusedCountsForADay(t *testing.T) {
	tests := map[int]int{400: 1, 409: 1, 412: 1, 429: 1, 403: 1, 404: 1, 401: 0, 405: 0, 415: 0}
	for status, counted := range tests {
		s := newShop(t, scimtest.Quirks{})
		s.behind(status, false)
		if r := s.runLate("u01"); outcomes(r) != "failed" {
			t.Errorf("%d: %+v", status, r.Actions)
		}
		for _, after := range []time.Duration{0, time.Second, 3 * time.Minute, 23 * time.Hour} {
			s.clock.ahead += after
			s.syncLate()
			if n := s.usedLate(); n != counted {
				t.Errorf("%d: a list that shows it active, begun %s later, and the ceiling counts %d", status, after, n)
			}
		}
		s.clock.ahead += time.Hour
		if n := s.usedLate(); n != 0 {
			t.Errorf("%d: a day later the ceiling counts %d", status, n)
		}
	}
}

// A tenant that refuses and carries out minutes later, after a list that showed
// nothing of it, does not get above the ceiling.
func TestCeilingCountsWhatATenantPutOff(t *testing.T) {
	s := newShop(t, scimtest.Quirks{})
	s.behind(http.StatusBadRequest, false)
	put := []string{"u11", "u12", "u13", "u14", "u15"}
	s.runLate(put...)
	for _, after := range []time.Duration{3 * time.Minute, 2 * time.Hour} {
		s.clock.ahead += after
		s.syncLate()
		r := accounts("u16")
		r.Tenant = "Late"
		p := must(s.app.Plan(t.Context(), r))(t)
		_, err := s.app.Run(t.Context(), p.Hash)
		refused(t, err, "ceiling is 5")
		if !strings.Contains(app.Explain(err).Do, "refused count too") {
			t.Errorf("it says %q", app.Explain(err).Do)
		}
		if again := s.runLate(put[:1]...); outcomes(again) != "failed" {
			t.Errorf("one of the five again: %+v", again.Actions)
		}
	}
	for _, id := range put {
		s.setActive(id, false)
	}
	s.syncLate()
	if n := s.usedLate(); n != 5 {
		t.Errorf("with all of them carried out the ceiling counts %d", n)
	}
}
