package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
)

// storms runs play for every seed; each must come to its end, and together
// they must have met everything in must.
func storms(t *testing.T, start stormStart, usual int, must []string, play func(t *testing.T, start stormStart, seed uint64) *storm) {
	first, count := uint64(1), usual
	if testing.Short() {
		count = usual / 100
	}
	if n, err := strconv.ParseUint(os.Getenv("ROLLCALL_STORM_SEED"), 10, 64); err == nil {
		first, count = n, 1
	}
	if n, err := strconv.Atoi(os.Getenv("ROLLCALL_STORMS")); err == nil {
		count = n
	}
	met := &tally{n: map[string]int{}}
	t.Run("storms", func(t *testing.T) {
		for seed := first; seed < first+uint64(count); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				defer mend()
				s := play(t, start, seed)
				s.end()
				met.add(s.met)
			})
		}
	})
	for _, what := range must {
		if count >= usual && met.n[what] == 0 {
			t.Errorf("%d storms never met %q, only %v", count, what, met.n)
		}
	}
	t.Log(met.n)
}

// tally counts what storms met.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (a *tally) add(n map[string]int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for what, k := range n {
		a.n[what] += k
	}
}

// TestStorm lets people, tenant and network do anything in any order.
func TestStorm(t *testing.T) {
	must := []string{"snapshot.sealed", "snapshot.unsealed", "late", "cancelled", "stopped by harm", "replaced a group"}
	for _, action := range []string{actionDeactivate, actionReactivate, actionRemoveMember, actionAddMember} {
		for _, outcome := range []string{outcomeConfirmed, outcomeFailed, outcomeUnknown, outcomeSkipped} {
			must = append(must, action+" "+outcome)
		}
	}
	storms(t, beginStorms(t), 200, must, func(t *testing.T, start stormStart, seed uint64) *storm {
		s := newStorm(t, start, seed, 8+int(seed%25))
		s.calmSync()
		for range 16 {
			s.step()
		}
		return s
	})
}

// TestStormOverAHundred lists a tenant in bad weather and runs a plan of a
// hundred actions, interrupted and resumed until nothing is left of it.
func TestStormOverAHundred(t *testing.T) {
	must := []string{"snapshot.sealed", "snapshot.unsealed", "late", "cancelled", "deactivate confirmed", "deactivate failed", "deactivate unknown", "deactivate skipped"}
	storms(t, beginHundred(t), 200, must, func(t *testing.T, start stormStart, seed uint64) *storm {
		s := newStorm(t, start, seed, len(start.users))
		s.watch()
		hash := s.hashes[0]
		for range s.rng.IntN(6) {
			s.meddle()
		}
		for range 1 + s.rng.IntN(2) {
			s.weather()
			s.run(s.interrupted(), hash)
		}
		s.weather()
		s.sync(s.interrupted())
		s.calm()
		s.runAll(s.t.Context(), hash)
		return s
	})
}

// TestStormOverSync lists a tenant again and again in bad weather, while
// accounts come or go between two of its pages.
func TestStormOverSync(t *testing.T) {
	must := []string{"snapshot.sealed", "snapshot.unsealed", "cancelled", "sealed while accounts came", "sealed while accounts left"}
	storms(t, beginStorms(t), 200, must, func(t *testing.T, start stormStart, seed uint64) *storm {
		s := newStorm(t, start, seed, 8+int(seed%70))
		for range 6 {
			for range s.rng.IntN(3) {
				s.meddle()
			}
			s.weather()
			s.shift = pick(s, nil, s.hire, s.dismiss)
			s.sync(s.interrupted())
		}
		s.calmSync()
		return s
	})
}

// planHundred plans for a hundred active accounts.
func (s *storm) planHundred() {
	r := PlanRequest{Tenant: "Acme", Action: actionDeactivate, Ticket: "HD-100"}
	for _, u := range s.server.Users() {
		if u.Active && len(r.Accounts) < 100 {
			r.Accounts = append(r.Accounts, u.ID)
		}
	}
	p, ok := s.plan(r)
	if !ok || len(p.Actions) != 100 {
		s.fail("%d of 100 actions are planned", len(p.Actions))
	}
}

// runAll goes on with a plan, above its ceiling, until nothing is pending.
func (s *storm) runAll(ctx context.Context, hash string) {
	tenant, err := s.app.Tenant(ctx, "Acme")
	s.no(err)
	c, err := s.app.ceiling(ctx, tenant, s.planned[hash].Actions)
	s.no(err)
	s.stopped = ""
	r, err := s.app.Run(ctx, hash, Confirm{Total: c.Total})
	s.allow("run", err)
	if err == nil && r.Pending > 0 {
		s.fail("%d actions are pending after a run to the end", r.Pending)
	}
}
