package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"

	"github.com/go-json-experiment/json"
)

const defaultPage = 200

// Findings lists what a person should look at, by kind, tenant and user name.
// They stand on the lists that are on show at the moment of the call.
func (a *App) Findings(ctx context.Context, f FindingFilter) (FindingsPage, error) {
	page := FindingsPage{Findings: []Finding{}, ByKind: map[reconcile.Kind]int{}, AsOf: a.cfg.Now().UTC()}
	s, err := a.newFindingSearch(ctx, f)
	if err != nil {
		return page, err
	}
	if err := a.deriveFindings(ctx); err != nil {
		return page, err
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		tenant := ""
		if s.tenant != nil {
			tenant = s.tenant.ID
		}
		if s.closed, err = closedFindings(ctx, tx.Queries, tenant); err != nil {
			return err
		}
		if s.search != "" {
			if err := s.look(ctx, tx, &a.know.index); err != nil {
				return err
			}
		}
		if err := s.count(ctx, tx.Queries, tenant, &page); err != nil {
			return err
		}
		if s.search == "" && !s.excepted && s.ranks[0] == findingRank(reconcile.KindOrphaned, false) {
			if page.Causes, err = causes(ctx, tx.Queries, tenant); err != nil {
				return err
			}
		}
		if err := s.fill(ctx, tx.Queries, &page); err != nil {
			return err
		}
		return markSteps(ctx, tx.Queries, page.Findings)
	}))
	return page, err
}

// OpenFindings are the first of a kind that wait for a person: none that is left
// alone, that a run closed since or that somebody says to have closed by hand.
func (a *App) OpenFindings(ctx context.Context, k reconcile.Kind, most int) ([]Finding, error) {
	if err := a.deriveFindings(ctx); err != nil {
		return nil, err
	}
	var out []Finding
	err := a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.OpenFindingsOf(ctx, storeq.OpenFindingsOfParams{Rank: findingRank(k, false), Most: int64(most)})
		for _, r := range rows {
			f, err := viewFinding(r)
			if err != nil {
				return err
			}
			out = append(out, f)
		}
		if err != nil {
			return err
		}
		return markSteps(ctx, q, out)
	})
	return out, err
}

// StillOpen says which of these findings are still on the list about an account of
// that user name, and neither left alone nor closed by a run since.
func (a *App) StillOpen(ctx context.Context, findings []Finding) (open []string, err error) {
	names := map[string]string{}
	for _, f := range findings {
		names[f.ID] = reconcile.Normalise(f.Account.UserName)
	}
	list, err := encodeList(slices.Sorted(maps.Keys(names)))
	if err != nil {
		return nil, err
	}
	if err := a.deriveFindings(ctx); err != nil {
		return nil, err
	}
	err = a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.StillOpen(ctx, list)
		for _, r := range rows {
			if r.SortKey == names[r.ID] {
				open = append(open, r.ID)
			}
		}
		return err
	})
	return open, err
}

// markSteps says of findings which accounts a person is to close, or says are
// closed.
func markSteps(ctx context.Context, q *storeq.Queries, list []Finding) error {
	steps, err := q.OpenSteps(ctx)
	if err != nil || len(steps) == 0 {
		return err
	}
	open := map[accountRef]string{}
	for _, s := range steps {
		ref := accountRef{s.TenantID, s.Account}
		if open[ref] = outcomeByHand; s.Done != nil {
			open[ref] = outcomeDone
		}
	}
	for i, f := range list {
		list[i].Step = open[accountRef{f.TenantID, f.Account.ID}]
	}
	return nil
}

// findingSearch is a filter that was understood.
type findingSearch struct {
	tenant *storeq.Tenant
	ranks  []int64
	search string
	after  findingCursor
	limit  int // below 0: all

	excepted bool
	closed   map[string]storeq.FindingClosed // by finding id

	found map[int64]foundFindings // by rank; nil: the store is searched
}

// foundFindings are those of one rank that a search found in memory.
type foundFindings struct {
	n   int
	ids []string // from the place to go on from on, one more than a page holds
}

// findingCursor is the place of the last finding of a page. It is a value of
// the order itself, so it holds even where that finding is gone.
type findingCursor struct {
	Rank   int64  `json:"r"`
	Tenant string `json:"t"`
	Key    string `json:"k"`
	ID     string `json:"i"`
}

func (a *App) newFindingSearch(ctx context.Context, f FindingFilter) (*findingSearch, error) {
	s := &findingSearch{limit: f.Limit, search: strings.ToLower(reconcile.Normalise(f.Search)), after: findingCursor{Rank: -1}, excepted: f.Excepted}
	if f.Limit == 0 {
		s.limit = defaultPage
	}
	for _, k := range kinds {
		if f.Kind == "" || f.Kind == k {
			s.ranks = append(s.ranks, findingRank(k, f.Excepted))
		}
	}
	if len(s.ranks) == 0 {
		return nil, unknownKind(f.Kind)
	}
	if f.Tenant != "" {
		t, err := a.tenantBy(ctx, f.Tenant)
		if err != nil {
			return nil, err
		}
		s.tenant = &t
	}
	if f.After != "" {
		text, err := base64.RawURLEncoding.DecodeString(f.After)
		if err == nil {
			err = json.Unmarshal(text, &s.after)
		}
		if err != nil {
			return nil, usage("The place to go on from is not one that a page of findings gave.")
		}
	}
	return s, nil
}

func unknownKind(k reconcile.Kind) error {
	return usage("The kind %s is not known; there are: %s.", quoted(string(k)), joinKinds())
}

func joinKinds() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

func (c findingCursor) text() (string, error) {
	b, err := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(b), err
}

func (s *findingSearch) count(ctx context.Context, q *storeq.Queries, tenant string, page *FindingsPage) error {
	byRank, err := s.countRanks(ctx, q, tenant)
	if err != nil {
		return err
	}
	excepted := openKinds(byRank, s.closed, s.search, true)
	switch {
	case s.excepted:
		page.ByKind = excepted
	case s.search != "":
		page.ByKind = openKinds(byRank, s.closed, s.search, false)
	default:
		if page.ByKind, err = countKinds(ctx, q, tenant, s.closed); err != nil {
			return err
		}
	}
	closed := closedKinds(s.closed, s.search, s.excepted)
	for _, rank := range s.ranks {
		k := kinds[rank%exceptedRank]
		page.Closed += closed[k]
		page.Total += page.ByKind[k]
		page.Excepted += excepted[k]
	}
	if s.search != "" { // where nothing was found nothing is listed
		s.ranks = slices.DeleteFunc(s.ranks, func(rank int64) bool { return byRank[rank] == 0 })
	}
	return nil
}

// look searches the findings in memory, where they are not too many.
func (s *findingSearch) look(ctx context.Context, tx *db.Tx, x *findingIndex) error {
	list, ok, err := x.findings(ctx, tx)
	if err != nil || !ok {
		return err
	}
	s.found = map[int64]foundFindings{}
	for _, f := range list {
		if s.tenant != nil && f.tenantID != s.tenant.ID || !strings.Contains(f.text, s.search) {
			continue
		}
		got := s.found[f.rank]
		got.n++
		if (s.limit < 0 || len(got.ids) <= s.limit) && s.behind(f) {
			got.ids = append(got.ids, f.id)
		}
		s.found[f.rank] = got
	}
	return nil
}

// behind says whether a finding comes after the place to go on from, as far as
// its own rank goes.
func (s *findingSearch) behind(f indexedFinding) bool {
	c := s.after
	return f.rank != c.Rank || cmp.Or(strings.Compare(f.tenant, c.Tenant), strings.Compare(f.key(), c.Key), strings.Compare(f.id, c.ID)) > 0
}

// countRanks counts what a search finds; without one only what is left alone.
func (s *findingSearch) countRanks(ctx context.Context, q *storeq.Queries, tenant string) (map[int64]int, error) {
	byRank := map[int64]int{}
	if s.found != nil {
		for rank, f := range s.found {
			byRank[rank] = f.n
		}
		return byRank, nil
	}
	if s.search != "" {
		rows, err := q.CountSearched(ctx, storeq.CountSearchedParams{Search: s.search, TenantID: tenant})
		for _, r := range rows {
			byRank[r.Rank] = int(r.N)
		}
		return byRank, err
	}
	rows, err := q.CountExcepted(ctx, tenant)
	for _, r := range rows {
		byRank[r.Rank] = int(r.N)
	}
	return byRank, err
}

// countAlone counts what is left alone, of one tenant or of all with "", as
// countKinds does the rest.
func countAlone(ctx context.Context, q *storeq.Queries, tenantID string, closed map[string]storeq.FindingClosed) (map[reconcile.Kind]int, error) {
	rows, err := q.CountExcepted(ctx, tenantID)
	byRank := map[int64]int{}
	for _, r := range rows {
		byRank[r.Rank] = int(r.N)
	}
	return openKinds(byRank, closed, "", true), err
}

// openKinds leaves out what was closed since, either of what is left alone or
// of the rest.
func openKinds(byRank map[int64]int, closed map[string]storeq.FindingClosed, search string, excepted bool) map[reconcile.Kind]int {
	byKind, gone := map[reconcile.Kind]int{}, closedKinds(closed, search, excepted)
	for _, k := range kinds {
		byKind[k] = byRank[findingRank(k, excepted)] - gone[k]
	}
	return byKind
}

// countKinds counts the findings of one tenant, or of all with "", without
// those that are left alone or closed since. The numbers are those that were
// kept when the findings were derived.
func countKinds(ctx context.Context, q *storeq.Queries, tenantID string, closed map[string]storeq.FindingClosed) (map[reconcile.Kind]int, error) {
	n, err := q.CountAllFindings(ctx, tenantID)
	gone := closedKinds(closed, "", false)
	return map[reconcile.Kind]int{
		reconcile.KindOrphaned:  int(n.Orphaned) - gone[reconcile.KindOrphaned],
		reconcile.KindLeaver:    int(n.Leavers) - gone[reconcile.KindLeaver],
		reconcile.KindDisputed:  int(n.Disputed) - gone[reconcile.KindDisputed],
		reconcile.KindCollision: int(n.Collisions) - gone[reconcile.KindCollision],
		reconcile.KindEntitled:  int(n.Entitled) - gone[reconcile.KindEntitled],
	}, err
}

// fill reads kind by kind, in index order, until the page is full; one row
// more than asked for tells whether there is a next page.
func (s *findingSearch) fill(ctx context.Context, q *storeq.Queries, page *FindingsPage) error {
	for _, rank := range s.ranks {
		if rank < s.after.Rank {
			continue
		}
		most := int64(-1)
		if s.limit > 0 {
			most = int64(s.limit + 1 - len(page.Findings))
		}
		rows, err := s.rows(ctx, q, rank, most)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if s.limit > 0 && len(page.Findings) == s.limit {
				page.Next, err = s.last(page).text()
				return err
			}
			f, err := shownFinding(ctx, q, r, s.closed)
			if err != nil {
				return err
			}
			page.Findings = append(page.Findings, f)
		}
	}
	return nil
}

func (s *findingSearch) last(page *FindingsPage) findingCursor {
	f := page.Findings[len(page.Findings)-1]
	return findingCursor{findingRank(f.Kind, s.excepted), f.Tenant, reconcile.Normalise(f.Account.UserName), f.ID}
}

func (s *findingSearch) rows(ctx context.Context, q *storeq.Queries, rank, most int64) ([]storeq.FindingShown, error) {
	if s.found != nil {
		ids := s.found[rank].ids
		if most >= 0 {
			ids = ids[:min(len(ids), int(most))]
		}
		list, err := encodeList(ids)
		if err != nil {
			return nil, err
		}
		return q.FindingsListed(ctx, list)
	}
	var after findingCursor
	if rank == s.after.Rank {
		after = s.after
	}
	if s.tenant != nil {
		return q.TenantFindingsOf(ctx, storeq.TenantFindingsOfParams{
			Rank: rank, TenantName: s.tenant.Name, AfterKey: after.Key, AfterID: after.ID, Search: s.search, Most: most,
		})
	}
	return q.FindingsOf(ctx, storeq.FindingsOfParams{
		Rank: rank, AfterTenant: after.Tenant, AfterKey: after.Key, AfterID: after.ID, Search: s.search, Most: most,
	})
}

// shownFinding adds the exception, of a finding that is left alone, and the run
// that closed its account.
func shownFinding(ctx context.Context, q *storeq.Queries, r storeq.FindingShown, closed map[string]storeq.FindingClosed) (Finding, error) {
	f, err := viewFinding(r)
	if c, ok := closed[r.ID]; ok {
		f.Closed = &Closed{Plan: c.Plan, At: fromMillis(c.At)}
		kept, countErr := q.GroupsKept(ctx, storeq.GroupsKeptParams{Account: r.ScimID, TenantID: r.TenantID})
		if countErr != nil {
			return f, fmt.Errorf("groups of a closed account: %w", countErr)
		}
		f.Closed.Groups = int(kept)
	}
	if err != nil || r.Rank < exceptedRank {
		return f, err
	}
	row, err := q.Exception(ctx, r.ID)
	if err != nil {
		return f, fmt.Errorf("exception of a finding: %w", err)
	}
	e := viewException(row, r.TenantName)
	f.Excepted = &e
	return f, nil
}

func viewFinding(r storeq.FindingShown) (Finding, error) {
	f := Finding{
		ID: r.ID, TenantID: r.TenantID, Tenant: r.TenantName, Kind: reconcile.Kind(r.Kind),
		Reason: r.Reason, Brief: r.Brief, Rule: r.Rule, Key: r.Key, Since: fromMillis(r.Since), Protected: r.IsProtected, Newer: r.Newer != 0,
		Account: FindingAccount{
			ID: r.ScimID, UserName: r.UserName, DisplayName: r.DisplayName, ExternalID: r.ExternalID,
			Active: string(activeWord(r.Active)), Groups: int(r.Memberships),
		},
	}
	if r.Person != 0 {
		f.Person = &FindingPerson{
			Source: r.PersonSource, Number: r.PersonNumber, Name: r.PersonName, Status: r.PersonStatus, End: r.PersonEnds,
			Rule: r.Rule, Key: r.Key, Leaver: f.Kind == reconcile.KindLeaver,
		}
	}
	var err error
	f.Account.Emails, err = decodeList[string](r.Emails)
	return f, err
}

func viewPerson(p storeq.Person, rule, key string, leaver bool) FindingPerson {
	return FindingPerson{
		Source: p.Source, Number: p.Number, Name: p.Name, Status: p.Status, End: p.Ends, Rule: rule, Key: key, Leaver: leaver,
	}
}
