package app

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/secrets"
	"rollcall/scim/scimtest"
)

// stormURL is never dialled: a storm's requests stay in this process.
const stormURL = "http://127.0.0.1:9/scim/v2"

var stormBegins = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// stormStart is a workspace and what its tenant holds, made once a test and
// copied for each seed. Each copy has secrets of its own: they hold the newest
// checkpoint, and copies of one record that go different ways are rightly
// called damaged.
type stormStart struct {
	dir     string
	tenant  string
	secrets map[string][]byte
	at      time.Time
	users   []scimtest.User // none: each seed hires its own
	groups  []scimtest.Group
	made    int
	hashes  []string // plans
}

// beginStorms makes a workspace with one tenant and a roster.
func beginStorms(t *testing.T) stormStart {
	s := &storm{t: t, clock: &stormClock{at: stormBegins}}
	s.cfg = Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "storm", Now: s.clock.now, Wait: s.clock.wait}
	s.open()
	tenant, err := s.app.AddTenant(t.Context(), TenantSpec{Name: "Acme", BaseURL: stormURL, Token: scimtest.Token, AllowWrites: "storm"})
	s.no(err)
	s.importRoster()
	return s.save(stormStart{tenant: tenant.ID, groups: []scimtest.Group{{ID: "g0", DisplayName: "Zero"}, {ID: "g1", DisplayName: "One"}, {ID: "g2", DisplayName: "Two"}}})
}

// beginHundred goes on to a list of 120 accounts and a plan for a hundred.
func beginHundred(t *testing.T) stormStart {
	start := beginStorms(t)
	s := newStorm(t, start, 0, 120)
	s.calmSync()
	s.planHundred()
	start.users, start.groups = s.server.Users(), s.server.Groups()
	return s.save(start)
}

// save closes the workspace, so that it can be copied.
func (s *storm) save(start stormStart) stormStart {
	s.no(s.app.Close())
	start.dir, start.at, start.made, start.hashes, start.secrets = s.cfg.Dir, s.clock.peek(), s.made, s.hashes, map[string][]byte{}
	for _, purpose := range []string{secretSigningKey, secretCheckpoint, tokenOf(start.tenant)} {
		secret, err := s.cfg.Secrets.Get(s.t.Context(), purpose)
		s.no(err)
		start.secrets[purpose] = secret
	}
	return start
}

// newStorm copies the start. Where that has no accounts, so many are hired.
func newStorm(t *testing.T, start stormStart, seed uint64, accounts int) *storm {
	s := &storm{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 11)), clock: &stormClock{at: start.at.Add(time.Hour)}, made: start.made, hashes: slices.Clone(start.hashes),
		met: map[string]int{}, planned: map[string]planBody{}, before: map[string][]accountState{}, confirmed: map[string]int{}, protected: map[string]bool{}, intents: map[int64]*stormIntent{},
	}
	s.cfg = Config{Dir: t.TempDir(), Secrets: secrets.Memory(), Actor: "storm", Transport: s, Now: s.clock.now, Wait: s.clock.wait}
	err := os.CopyFS(s.cfg.Dir, os.DirFS(start.dir))
	for purpose, secret := range start.secrets {
		err = errors.Join(err, s.cfg.Secrets.Set(t.Context(), purpose, secret))
	}
	s.no(err)
	s.pageCap = 3 + s.rng.IntN(accounts+5)
	s.server = scimtest.New(scimtest.Options{Seed: seed, Users: start.users, Groups: start.groups})
	t.Cleanup(s.server.Close)
	for range accounts - len(start.users) {
		s.hire()
	}
	s.open()
	t.Cleanup(func() { s.app.Close() })
	return s
}

// importRoster imports people for most of the accounts that may ever be there.
func (s *storm) importRoster() {
	var b strings.Builder
	b.WriteString("number,name,email\n")
	for i := range 160 {
		if i%20 != 7 {
			fmt.Fprintf(&b, "%d,Person %d,p%d@corp.example\n", i, i, i)
		}
	}
	file := filepath.Join(s.cfg.Dir, "people.csv")
	s.no(os.WriteFile(file, []byte(b.String()), 0o600))
	_, err := s.app.ImportRoster(s.t.Context(), RosterImport{File: file, TimeZone: "UTC"})
	s.no(err)
}
