package reconcile_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/app/reconcile"
	"rollcall/test/bounds"
)

func TestCorrelateRefuses(t *testing.T) {
	acc := func(ids ...string) (all []reconcile.Account) {
		for _, id := range ids {
			tenant, id, _ := strings.Cut(id, "/")
			all = append(all, reconcile.Account{Tenant: tenant, ID: id})
		}
		return all
	}
	cand := func(ids ...string) (all []reconcile.Candidate) {
		for _, id := range ids {
			tenant, id, _ := strings.Cut(id, "/")
			all = append(all, reconcile.Candidate{Tenant: tenant, Account: id, Rule: reconcile.RuleEmail})
		}
		return all
	}
	boom := errors.New("boom")
	tests := []struct {
		name       string
		accounts   []reconcile.Account
		candidates []reconcile.Candidate
		aErr, cErr error
		want       error
		yielded    int
	}{
		{"accounts unsorted", acc("a/2", "a/1"), nil, nil, nil, reconcile.ErrUnsorted, 1},
		{"tenants unsorted", acc("b/1", "a/1"), nil, nil, nil, reconcile.ErrUnsorted, 1},
		{"account twice", acc("a/1", "a/1"), nil, nil, nil, reconcile.ErrUnsorted, 1},
		{"candidates unsorted", acc("a/1", "a/2", "a/3"), cand("a/2", "a/1"), nil, nil, reconcile.ErrUnsorted, 1},
		{"candidate before all", acc("a/2"), cand("a/1"), nil, nil, reconcile.ErrNoAccount, 0},
		{"candidate between", acc("a/1", "a/3"), cand("a/2"), nil, nil, reconcile.ErrNoAccount, 1},
		{"candidate after all", acc("a/1"), cand("a/1", "b/1"), nil, nil, reconcile.ErrNoAccount, 1},
		{"candidate without accounts", nil, cand("a/1"), nil, nil, reconcile.ErrNoAccount, 0},
		{"accounts break off", acc("a/1"), nil, boom, nil, boom, 1},
		{"candidates break off", acc("a/1", "a/2", "a/3"), cand("a/2"), nil, boom, boom, 1},
		{"candidates break off at the end", acc("a/1"), nil, nil, boom, boom, 0},
		{"nothing at all", nil, nil, nil, nil, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			var got error
			for _, err := range reconcile.Correlate(stream(tt.accounts, tt.aErr), stream(tt.candidates, tt.cErr)) {
				if got != nil {
					t.Error("something came after the error")
				}
				if err == nil {
					n++
				}
				got = err
			}
			if !errors.Is(got, tt.want) || n != tt.yielded {
				t.Errorf("%d correlations and %v; want %d and %v", n, got, tt.yielded, tt.want)
			}
		})
	}
}

func TestCorrelateMayBeStopped(t *testing.T) {
	accounts := []reconcile.Account{{Tenant: "a", ID: "1"}, {Tenant: "a", ID: "2"}}
	n := 0
	for range reconcile.Correlate(stream(accounts, nil), stream[reconcile.Candidate](nil, nil)) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d correlations after stopping at the first", n)
	}
}

// TestOrderDoesNotMatter shuffles people, addresses and candidates: verdicts,
// reasons and keys stay the same.
func TestOrderDoesNotMatter(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		accounts, people := muddle(rnd, 40)
		want := verdicts(t, accounts, join(accounts, people), now)
		rnd.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		candidates := join(accounts, people)
		rnd.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
		candidates = append(candidates, candidates[:len(candidates)/2]...) // and some twice
		sortCandidates(candidates)
		if got := verdicts(t, accounts, candidates, now); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: another order gave other verdicts", seed)
		}
	}
}

// muddle makes accounts and people with few different values, so that much is
// disputed.
func muddle(rnd *rand.Rand, n int) (accounts []reconcile.Account, people []reconcile.Person) {
	mail := func() string { return fmt.Sprintf("p%d@halden.example", rnd.IntN(n)) }
	for i := range n {
		accounts = append(accounts, reconcile.Account{Tenant: "t", ID: fmt.Sprintf("%04d", i), UserName: fmt.Sprintf("u%d", rnd.IntN(n)),
			ExternalID: fmt.Sprint(rnd.IntN(2 * n)), Emails: []string{mail(), mail()}, Active: reconcile.ActiveTrue})
		people = append(people, reconcile.Person{Source: "hr", Number: fmt.Sprint(i), Name: "P", UserName: fmt.Sprintf("u%d", rnd.IntN(n)),
			Emails: []string{mail()}, Status: reconcile.StatusActive})
	}
	return accounts, people
}

type verdict struct {
	C        reconcile.Correlation
	Findings []reconcile.Finding
}

func verdicts(t *testing.T, accounts []reconcile.Account, candidates []reconcile.Candidate, now time.Time) (all []verdict) {
	t.Helper()
	correlations, err := correlate(accounts, candidates)
	if err != nil {
		t.Fatal(err)
	}
	var links reconcile.ActiveLinks
	for _, c := range correlations {
		links.Add(c)
	}
	for _, c := range correlations {
		all = append(all, verdict{links.Settle(c), reconcile.Findings(c, links.Of(c), now)})
	}
	return all
}

// TestNeverGuessed checks the promise on random input: whoever is linked is
// the only person that any key names.
func TestNeverGuessed(t *testing.T) {
	for seed := range uint64(50) {
		accounts, people := muddle(rand.New(rand.NewPCG(seed, 8)), 40)
		all, err := correlate(accounts, join(accounts, people))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			named := map[string]bool{}
			for _, p := range people {
				for _, k := range reconcile.PersonKeys(p) {
					if slices.Contains(reconcile.Keys(c.Account), k) {
						named[p.Number] = true
					}
				}
			}
			want := map[int]reconcile.Situation{0: reconcile.Unmatched, 1: reconcile.Linked}[len(named)]
			if want == "" {
				want = reconcile.Disputed
			}
			if c.Situation != want || len(c.Candidates) != len(named) || (c.Person != nil) != (want == reconcile.Linked) {
				t.Fatalf("seed %d, account %s: %s with %d candidates; %d people are named", seed, c.Account.ID, c.Situation, len(c.Candidates), len(named))
			}
		}
	}
}

func TestKeysOfManyAddresses(t *testing.T) {
	a := reconcile.Account{}
	for i := range 20_000 {
		a.Emails = append(a.Emails, fmt.Sprintf("A%d@halden.example", i/2))
	}
	if n := len(reconcile.Keys(a)); n != 10_000 {
		t.Errorf("%d keys for 10,000 different addresses", n)
	}
}

func TestNormaliseBounds(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"longest", strings.Repeat("A", reconcile.MaxKey), strings.Repeat("a", reconcile.MaxKey)},
		{"too long", strings.Repeat("A", reconcile.MaxKey+1), ""},
		{"too long once normalised", strings.Repeat("\ufdfa", 100), ""},
		{"broken UTF-8", "a\xff", ""},
		{"only space", " \t\u00a0\u3000", ""},
	}
	for _, tt := range tests {
		if got := reconcile.Normalise(tt.in); got != tt.want {
			t.Errorf("%s: %.40q", tt.name, got)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	for _, s := range []string{"Anna", " a ", "ﬁ", "ẞ", "İ", "e\u0301", "\ufdfa", "ΑΣ", "\u0345", "\u1e9e\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n string
		bounds.Memory(t, len(s), 1<<20, 64, func() { n = reconcile.Normalise(s) })
		if len(n) > reconcile.MaxKey {
			t.Errorf("%d bytes", len(n))
		}
		if again := reconcile.Normalise(n); again != n {
			t.Errorf("%q becomes %q and then %q", s, n, again)
		}
	})
}

func TestFindingID(t *testing.T) {
	id := reconcile.FindingID("t1", "a1", reconcile.KindOrphaned)
	if id != "398d32e7a713f7b6bb17" {
		t.Errorf("the id changed to %s; people and plans refer to it", id)
	}
	others := []string{
		reconcile.FindingID("t1a", "1", reconcile.KindOrphaned),
		reconcile.FindingID("t1", "a2", reconcile.KindOrphaned),
		reconcile.FindingID("t1", "a1", reconcile.KindLeaver),
	}
	if slices.Contains(others, id) {
		t.Error("two findings share an id")
	}
}

func TestMatchRate(t *testing.T) {
	tests := []struct {
		active, matched int
		below           bool
		percent         int
	}{{0, 0, false, 100}, {5, 4, false, 80}, {1000, 799, true, 79}, {1000, 800, false, 80}, {3, 0, true, 0}}
	for _, tt := range tests {
		m := reconcile.MatchRate{Active: tt.active, Matched: tt.matched}
		if m.Below(80) != tt.below || m.Percent() != tt.percent {
			t.Errorf("%d of %d: below %v, %d %%", tt.matched, tt.active, m.Below(80), m.Percent())
		}
	}
}

// TestHasLeftDaylightSaving pins the end of a last day on which the clocks
// change.
func TestHasLeftDaylightSaving(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone data here")
	}
	p := reconcile.Person{Status: reconcile.StatusLeft, End: time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)}
	midnight := time.Date(2026, 10, 26, 0, 0, 0, 0, berlin)
	if left, _, _ := reconcile.HasLeft(p, midnight.Add(-time.Second)); left {
		t.Error("left on the last day, which has 25 hours")
	}
	if left, since, _ := reconcile.HasLeft(p, midnight); !left || !since.Equal(midnight) {
		t.Errorf("at midnight: left %v since %v", left, since)
	}
}

// BenchmarkCorrelate merges and judges 100,000 accounts of as many people.
func BenchmarkCorrelate(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			accounts, candidates := many(n)
			now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				judge(b, accounts, candidates, now)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/account")
		})
	}
}

func many(n int) (accounts []reconcile.Account, candidates []reconcile.Candidate) {
	for i := range n {
		id, mail := fmt.Sprintf("%08d", i), fmt.Sprintf("p%d@halden.example", i)
		accounts = append(accounts, reconcile.Account{Tenant: "t", ID: id, UserName: mail, Emails: []string{mail}, Active: reconcile.ActiveTrue})
		if i%20 == 0 {
			continue // an orphan
		}
		p := reconcile.Person{Source: "hr", Number: id, Name: "P", Emails: []string{mail}, Status: reconcile.StatusActive}
		for _, r := range []reconcile.Rule{reconcile.RuleEmail, reconcile.RuleUserName} {
			candidates = append(candidates, reconcile.Candidate{Tenant: "t", Account: id, Rule: r, Key: mail, Person: p})
		}
	}
	return accounts, candidates
}

func judge(tb testing.TB, accounts []reconcile.Account, candidates []reconcile.Candidate, now time.Time) (findings int) {
	var links reconcile.ActiveLinks
	for pass := range 2 {
		for c, err := range reconcile.Correlate(stream(accounts, nil), stream(candidates, nil)) {
			if err != nil {
				tb.Fatal(err)
			}
			if pass == 0 {
				links.Add(c)
				continue
			}
			findings += len(reconcile.Findings(c, links.Of(c), now))
		}
	}
	return findings
}

// TestCostIsLinear counts allocations, which do not depend on the machine.
func TestCostIsLinear(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	per := func(n int) float64 {
		accounts, candidates := many(n)
		return testing.AllocsPerRun(1, func() { judge(t, accounts, candidates, now) }) / float64(n)
	}
	small, large := per(1000), per(16_000)
	if large > small*1.2 {
		t.Errorf("%.2f allocations an account with 16,000 and %.2f with 1,000", large, small)
	}
}
