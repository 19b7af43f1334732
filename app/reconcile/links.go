package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// ActiveLinks counts how many active accounts each person has in each tenant.
// More than one is a collision. It is filled by a first pass over the
// correlations and asked in a second, because the other account of a person
// may come at any later place.
//
// A person in a tenant costs a 16-byte hash and a count: about 40 MB for a
// million links, with the tables' slack. The zero value is ready for use.
type ActiveLinks struct {
	n map[[16]byte]uint32
}

// Add counts the correlation's account, if it is linked and not inactive.
func (l *ActiveLinks) Add(c Correlation) {
	if c.Person == nil || c.Account.Active == ActiveFalse {
		return
	}
	if l.n == nil {
		l.n = map[[16]byte]uint32{}
	}
	l.n[linkKey(c)]++
}

// Of returns how many active accounts the correlation's person has in its
// tenant; 0 where there is no person or the account itself is inactive.
func (l *ActiveLinks) Of(c Correlation) int {
	if c.Person == nil || c.Account.Active == ActiveFalse {
		return 0
	}
	return int(l.n[linkKey(c)])
}

// Settle returns c with its situation changed to [Collision] where its person
// has more than one active account in its tenant.
func (l *ActiveLinks) Settle(c Correlation) Correlation {
	if l.Of(c) > 1 {
		c.Situation = Collision
	}
	return c
}

func linkKey(c Correlation) [16]byte {
	sum := digest(c.Account.Tenant, c.Person.Source, c.Person.Number)
	return [16]byte(sum[:16])
}

// digest hashes strings with their lengths, so that no two lists are alike.
func digest(parts ...string) [32]byte {
	var buf [256]byte
	b := buf[:0]
	for _, p := range parts {
		b = binary.BigEndian.AppendUint64(b, uint64(len(p)))
		b = append(b, p...)
	}
	return sha256.Sum256(b)
}

// FindingID names a finding: the same tenant, account and kind always give the
// same 20 hex digits.
func FindingID(tenantID, accountID string, kind Kind) string {
	sum := digest(tenantID, accountID, string(kind))
	return hex.EncodeToString(sum[:10])
}

// MatchRate says how many of a tenant's active accounts match anybody. A low
// rate means that the roster or a key is the wrong one, not that the tenant is
// full of orphans. The zero value is ready for use.
type MatchRate struct {
	Active  int // accounts that are not inactive
	Matched int // of those: linked, disputed or in collision
}

// Add counts one correlation.
func (m *MatchRate) Add(c Correlation) {
	if c.Account.Active == ActiveFalse {
		return
	}
	m.Active++
	if c.Situation != Unmatched {
		m.Matched++
	}
}

// Below says whether fewer than percent of 100 active accounts match; false
// where there is no active account.
func (m MatchRate) Below(percent int) bool { return m.Matched*100 < m.Active*percent }

// Percent returns the whole percentage, rounded down; 100 where there is no
// active account.
func (m MatchRate) Percent() int {
	if m.Active == 0 {
		return 100
	}
	return m.Matched * 100 / m.Active
}
