package app

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// The kinds of things that a search finds.
const (
	HitTenant  = "tenant"
	HitPerson  = "person"
	HitAccount = "account"
	HitFinding = "finding"
	HitPlan    = "plan"
	HitEntry   = "entry"
	HitTicket  = "ticket" // everything that the record says of a ticket
)

// Hit is one thing that a search found.
type Hit struct {
	Kind     string    `json:"kind"`
	ID       string    `json:"id"` // SCIM id, employee number, hash, number of the entry, or the ticket itself
	Title    string    `json:"title"`
	Detail   string    `json:"detail,omitempty"`
	TenantID string    `json:"tenantId,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`
	Source   string    `json:"source,omitempty"` // of a person
	At       time.Time `json:"at,omitzero"`
	Closed   bool      `json:"closed,omitzero"` // of an account or finding: a run closed the account since the list was read
}

// Found is what a search found, kind by kind and the closest first.
type Found struct {
	Hits []Hit `json:"hits"`
	// Partial: there was no time to look everywhere.
	Partial bool `json:"partial,omitempty"`
}

const (
	searchTime   = 100 * time.Millisecond // for a search by words
	searchLimit  = 5                      // of each kind
	mostSearched = 20                     // of each kind, whatever was asked for
	mostRanked   = 100                    // that words find, and of which the closest are shown
	shortestHash = 4                      // digits by which a plan is looked for
)

// Search looks for tenants, people, accounts, findings, plans and entries of
// the record by the beginnings of words, a ticket, a hash or a number; limit is
// how many of each kind are wanted, 0: 5. It reads what is there and derives
// nothing, so that it answers while a sync runs, and gives no kind more than a
// tenth of a second: several beginnings that very many different words share may
// take longer, and [Found.Partial] says so.
func (a *App) Search(ctx context.Context, text string, limit int) (Found, error) {
	return a.searchWithin(ctx, searchTime, text, limit)
}

// searchWithin is Search that gives no kind more than that much time.
func (a *App) searchWithin(ctx context.Context, most time.Duration, text string, limit int) (Found, error) {
	s := &search{a: a, text: strings.TrimSpace(text), limit: limit, time: most, out: Found{Hits: []Hit{}}}
	if limit <= 0 || limit > mostSearched {
		s.limit = searchLimit
	}
	if s.folded = strings.ToLower(reconcile.Normalise(s.text)); !strings.ContainsFunc(s.text, isWord) {
		return s.out, nil
	}
	return s.out, fileError(s.run(ctx))
}

// search is one search under way.
type search struct {
	a      *App
	text   string
	folded string
	limit  int
	time   time.Duration // for a search by words
	ids    []int64       // versions of accounts that match
	worded bool          // words were looked up for them
	out    Found
}

// run looks everywhere, but for a number that is marked as an entry's.
func (s *search) run(ctx context.Context) error {
	if strings.HasPrefix(s.text, "#") {
		return s.entry(ctx)
	}
	err := s.a.store.Read(ctx, func(tx *db.Tx) error {
		for _, step := range []func(context.Context, *db.Tx) error{s.tenants, s.people, s.accounts, s.findings, s.plans} {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.entry(ctx)
}

// within bounds a search by words; one that is out of time makes the answer
// partial.
func (s *search) within(ctx context.Context, step func(context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, s.time)
	defer cancel()
	err := step(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		s.out.Partial, err = true, nil
	}
	return err
}

func (s *search) tenants(ctx context.Context, tx *db.Tx) error {
	rows, err := tx.Tenants(ctx)
	var hits []Hit
	for _, t := range rows {
		if s.inside(t.Name + " " + t.BaseUrl) {
			hits = append(hits, Hit{Kind: HitTenant, ID: t.ID, TenantID: t.ID, Tenant: t.Name, Title: t.Name, Detail: t.BaseUrl})
		}
	}
	s.add(hits)
	return err
}

// inside says whether every word that was typed is a part of text.
func (s *search) inside(text string) bool {
	text = strings.ToLower(reconcile.Normalise(text))
	for w := range strings.FieldsSeq(s.folded) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// add keeps the closest of one kind: those that begin with what was typed
// first, then by name.
func (s *search) add(hits []Hit) {
	type placed struct {
		Hit
		distance int
	}
	list := make([]placed, len(hits))
	for i, h := range hits {
		list[i] = placed{h, s.distance(h)}
	}
	slices.SortStableFunc(list, func(x, y placed) int {
		return cmp.Or(cmp.Compare(x.distance, y.distance), strings.Compare(x.Title, y.Title))
	})
	for _, p := range list[:min(len(list), s.limit)] {
		s.out.Hits = append(s.out.Hits, p.Hit)
	}
}

func (s *search) distance(h Hit) int {
	title := strings.ToLower(reconcile.Normalise(h.Title))
	switch {
	case title == s.folded || strings.EqualFold(h.ID, s.text):
		return 0
	case strings.HasPrefix(title, s.folded):
		return 1
	case strings.HasPrefix(strings.ToLower(reconcile.Normalise(h.Detail)), s.folded):
		return 2
	}
	return 3
}

// Whatever begins with what was typed comes by its own index, the closest
// first: a word that very many share must not hide it. Only where that is not
// enough, words are looked up.
const (
	peopleNumbered = `SELECT person FROM person_key WHERE key = ?1 LIMIT ?2`
	peopleNamed    = `SELECT id FROM person WHERE valid_to IS NULL AND name_key >= ?1 AND name_key < ?1 || char(1114111) ORDER BY name_key LIMIT ?2`
	peopleWorded   = `SELECT rowid FROM person_words WHERE person_words MATCH ? LIMIT ?`
	peopleFound    = `SELECT p.source, p.number, p.name, p.status, p.ends FROM json_each(?) AS j CROSS JOIN person AS p ON p.id = j.value`

	firstOfEach = `SELECT a.id FROM tenant AS n CROSS JOIN tenant_no AS t ON t.tenant_id = n.id CROSS JOIN account AS a
ON a.id IN (SELECT x.id FROM account AS x WHERE x.tenant = t.no AND x.valid_to IS NULL AND `
	accountsNamed    = firstOfEach + `lower(x.user_name) >= ?1 AND lower(x.user_name) < ?1 || char(1114111) ORDER BY lower(x.user_name) LIMIT ?2) WHERE n.removed IS NULL`
	accountsTitled   = firstOfEach + `lower(x.display_name) >= ?1 AND lower(x.display_name) < ?1 || char(1114111) ORDER BY lower(x.display_name) LIMIT ?2) WHERE n.removed IS NULL`
	accountsSearched = `SELECT w.rowid FROM account_words AS w CROSS JOIN account AS a ON a.id = w.rowid WHERE w.account_words MATCH ?1
AND a.tenant NOT IN (SELECT t.no FROM tenant AS n JOIN tenant_no AS t ON t.tenant_id = n.id WHERE n.removed IS NOT NULL) LIMIT ?2`
	accountsFound = `SELECT a.scim_id, a.user_name, a.display_name, a.active, n.id, n.name
FROM json_each(?) AS j CROSS JOIN account AS a ON a.id = j.value
JOIN tenant_no AS t ON t.no = a.tenant JOIN tenant AS n ON n.id = t.tenant_id WHERE n.removed IS NULL`
)

func (s *search) people(ctx context.Context, tx *db.Tx) error {
	number := keyText(reconcile.Key{Rule: reconcile.RuleExternalID, Value: reconcile.Normalise(s.text)})
	ids, err := rowIDs(ctx, tx, peopleNumbered, number, s.limit)
	if err == nil {
		ids, err = s.near(ctx, tx, ids, peopleNamed, s.folded)
	}
	if err == nil && len(ids) < s.limit {
		ids, err = s.byWords(ctx, tx, personTerms, peopleWorded, ids)
	}
	if err != nil {
		return err
	}
	list, err := encodeList(ids)
	if err != nil {
		return err
	}
	var hits []Hit
	err = each(ctx, tx, peopleFound, []any{list}, func(rows *sql.Rows) error {
		h := Hit{Kind: HitPerson}
		var status, ends string
		err := rows.Scan(&h.Source, &h.ID, &h.Title, &status, &ends)
		h.Detail = h.ID + " · " + status
		if ends != "" {
			h.Detail += ", last day " + ends
		}
		hits = append(hits, h)
		return err
	})
	s.add(hits)
	return err
}

// near adds what an index finds, where there is not enough yet.
func (s *search) near(ctx context.Context, tx *db.Tx, ids []int64, query, begin string) ([]int64, error) {
	if len(ids) >= s.limit {
		return ids, nil
	}
	more, err := rowIDs(ctx, tx, query, begin, s.limit)
	return distinct(append(ids, more...)), err
}

func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (s *search) accounts(ctx context.Context, tx *db.Tx) (err error) {
	begin := strings.ToLower(s.text)
	if s.ids, err = s.near(ctx, tx, nil, accountsNamed, begin); err != nil {
		return err
	}
	if s.ids, err = s.near(ctx, tx, s.ids, accountsTitled, begin); err != nil {
		return err
	}
	if len(s.ids) < s.limit {
		if err := s.wordAccounts(ctx, tx); err != nil {
			return err
		}
	}
	return s.shown(ctx, tx)
}

// wordAccounts adds what a search by words finds, once.
func (s *search) wordAccounts(ctx context.Context, tx *db.Tx) (err error) {
	if !s.worded {
		s.worded = true
		s.ids, err = s.byWords(ctx, tx, accountTerms, accountsSearched, s.ids)
	}
	return err
}

func (s *search) shown(ctx context.Context, tx *db.Tx) error {
	list, err := encodeList(s.ids)
	if err != nil {
		return err
	}
	var hits []Hit
	err = each(ctx, tx, accountsFound, []any{list}, func(rows *sql.Rows) error {
		h := Hit{Kind: HitAccount}
		var active int64
		err := rows.Scan(&h.ID, &h.Title, &h.Detail, &active, &h.TenantID, &h.Tenant)
		if active == 0 {
			h.Detail = strings.TrimLeft(h.Detail+" · "+inactiveWord, " ·")
		}
		hits = append(hits, h)
		return err
	})
	before := len(s.out.Hits)
	s.add(hits)
	kept := s.out.Hits[before:]
	for i, h := range kept {
		if err == nil && !strings.HasSuffix(h.Detail, inactiveWord) {
			var closed *Closed
			closed, err = closedInStore(ctx, tx.Queries, h.TenantID, h.ID)
			kept[i].Closed = closed != nil
		}
	}
	return err
}

const inactiveWord = "inactive"

// plans are found by their ticket, or by the first digits of their hash.
func (s *search) plans(ctx context.Context, tx *db.Tx) error {
	p := storeq.PlansFoundParams{Part: strings.ToLower(s.text), Most: int64(s.limit)}
	if len(s.text) >= shortestHash && strings.Trim(p.Part, "0123456789abcdef") == "" {
		p.Low, p.High = p.Part, p.Part+"g"
	}
	rows, err := tx.PlansFound(ctx, p)
	ticket := ""
	for _, r := range rows {
		s.out.Hits = append(s.out.Hits, Hit{Kind: HitPlan, ID: r.Hash, Title: r.Ticket, Detail: r.Hash[:leastPrefix], At: fromMillis(r.Created)})
		if strings.EqualFold(r.Ticket, s.text) {
			ticket = r.Ticket
		}
	}
	if ticket != "" {
		s.out.Hits = append(s.out.Hits, Hit{Kind: HitTicket, ID: ticket, Title: ticket})
	}
	return err
}

// entry is the one with the number that was typed, with or without #.
func (s *search) entry(ctx context.Context) error {
	digits := strings.TrimPrefix(s.text, "#")
	seq, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strings.ContainsFunc(digits, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return nil
	}
	log, err := s.a.readLog(ctx)
	if err != nil || seq >= log.Size() {
		return err
	}
	return log.Entries(ctx, seq, seq+1, func(e audit.Stored) error {
		s.out.Hits = append(s.out.Hits, Hit{Kind: HitEntry, ID: digits, Title: e.Entry.Type, Detail: e.Entry.Actor.Value(), At: e.Entry.Time})
		return nil
	})
}

// each runs a query of ours and hands on its rows.
func each(ctx context.Context, tx *db.Tx, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := tx.SQL.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
