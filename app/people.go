package app

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// The states of a person, as of today in the time zone of their roster: what
// the roster says, once last days that are over have been taken in.
const (
	StateActive   = "active"
	StateOnLeave  = "on leave"
	StatePreHire  = "pre-hire"
	StateLeft     = "left"
	StatePresumed = "presumed left" // missing from a newer list of active people
)

// States of a person in the order in which they are offered.
var states = []string{StateActive, StateOnLeave, StatePreHire, StateLeft, StatePresumed}

// What people can be narrowed by besides their state.
const (
	HasAccounts = "accounts"
	HasActive   = "active-accounts"
	HasNone     = "no-accounts"
	HasFindings = "findings"
	HasToClose  = "accounts-to-close" // they left, and have active accounts that no run closed yet
)

// PersonRow is one person of a list.
type PersonRow struct {
	ID          string   `json:"id"` // of this person from revision to revision, for [App.Person]
	Source      string   `json:"source"`
	Number      string   `json:"number"`
	Name        string   `json:"name"`
	Emails      []string `json:"emails"`
	UserName    string   `json:"userName,omitempty"`
	Manager     string   `json:"manager,omitempty"`     // as the roster names them
	ManagerName string   `json:"managerName,omitempty"` // of the manager, where that is a number on the same roster
	Type        string   `json:"type,omitempty"`
	Status      string   `json:"status"` // as the roster says it
	State       string   `json:"state"`
	Start       string   `json:"start,omitempty"` // yyyy-mm-dd, first day
	End         string   `json:"end,omitempty"`   // yyyy-mm-dd, last day
	Accounts    int      `json:"accounts"`        // that belong to them and to nobody else
	Active      int      `json:"active"`          // of those, active or unknown
	Closed      int      `json:"closed,omitzero"` // of the active ones, those that a run closed since their lists were read
	Tenants     int      `json:"tenants"`         // in which those accounts are
	Findings    int      `json:"findings"`        // but those that are left alone, or that a run closed
}

// Gone says whether the person has left, or is presumed to have.
func (p PersonRow) Gone() bool { return p.State == StateLeft || p.State == StatePresumed }

// PeopleFilter chooses people on show. Empty fields choose all.
type PeopleFilter struct {
	State  string // a State constant
	Has    string // a Has constant
	Search string // beginnings of words of name, number, login or e-mail address
	After  string // Next of the page before
	Limit  int    // 0: 200
}

// PeoplePage is one page of people, by name.
type PeoplePage struct {
	People  []PersonRow    `json:"people"`
	Total   int            `json:"total"`   // that the filter chooses
	ByState map[string]int `json:"byState"` // with the filter's Has, whatever is searched for
	More    bool           `json:"more,omitempty"`
	Next    string         `json:"next,omitempty"`
}

// personState is a person's state in SQL, with z.today in the time zone of the
// roster: [reconcile.HasLeft], which a test holds it to.
const personState = `CASE
  WHEN p.presumed <> 0 THEN 'presumed left'
  WHEN p.status IN ('on leave', 'pre-hire') THEN p.status
  WHEN p.ends <> '' AND p.ends >= z.today THEN 'active'
  WHEN p.ends <> '' AND (p.starts = '' OR p.ends >= p.starts) THEN 'left'
  WHEN p.status = 'left' THEN 'left'
  ELSE 'active' END`

const peopleFrom = ` LEFT JOIN finding_source AS z ON z.source = p.source WHERE p.valid_to IS NULL`

// The ways to people that a filter narrows to, each with an index of its own.
// Words, numbers and findings come first whatever SQLite counted when the roster
// was another: NOT INDEXED leaves it only the way from these to the person. What
// a search finds is listed by its numbers. Those of findings are met soon on a walk by
// name where they are many, and looked up one by one where they are few.
const (
	allPeople   = `SELECT p.id, p.name_key, p.status, ` + personState + ` AS state FROM person AS p` + peopleFrom
	endedPeople = allPeople + ` AND (p.status = 'left' OR p.ends <> '')`
	foundPeople = allPeople + ` AND +p.id IN (` + peopleOfFindings + `)`
	closePeople = allPeople + ` AND +p.id IN (` + peopleToClose + `)`
	fewFound    = `SELECT p.id, p.name_key, p.status, ` + personState + ` AS state FROM (` + peopleOfFindings + `) AS d CROSS JOIN person AS p NOT INDEXED ON p.id = d.person` + peopleFrom
	fewToClose  = `SELECT p.id, p.name_key, p.status, ` + personState + ` AS state FROM (` + peopleToClose + `) AS d CROSS JOIN person AS p NOT INDEXED ON p.id = d.person` + peopleFrom
	wordPeople  = `SELECT p.id FROM person_words AS w CROSS JOIN person AS p NOT INDEXED ON p.id = w.rowid` + peopleFrom + ` AND w.person_words MATCH ?`
	keyPeople   = `SELECT DISTINCT k.person FROM person_key AS k WHERE k.key >= ?1 AND k.key < ?1 || char(1114111) LIMIT ?2`
	thesePeople = `SELECT p.id, p.name_key, p.status, ` + personState + ` AS state FROM json_each(?) AS j CROSS JOIN person AS p NOT INDEXED ON p.id = j.value` + peopleFrom
	wordsAmong  = ` AND (? = '' OR ` + personState + ` = ?) LIMIT ?`
)

// openFinding leaves out what is left alone, and what a run closed since.
const openFinding = ` AND f.rank < 100 AND f.id NOT IN (SELECT id FROM finding_closed)`

// leaverToClose chooses leavers whom no run closed since, left alone or not.
const leaverToClose = `f.rank IN (1, 101) AND f.id NOT IN (SELECT id FROM finding_closed)`

// The people of findings, once each.
const (
	peopleOfFindings = `SELECT DISTINCT f.person FROM finding AS f WHERE f.person <> 0` + openFinding
	peopleToClose    = `SELECT DISTINCT f.person FROM finding AS f WHERE f.person <> 0 AND ` + leaverToClose
)

// hasSQL narrows people by p.id; text of the program.
var hasSQL = map[string]string{
	"":          "",
	HasAccounts: ` AND EXISTS (SELECT 1 FROM person_account AS n WHERE n.person = p.id)`,
	HasActive:   ` AND EXISTS (SELECT 1 FROM person_account AS n WHERE n.person = p.id AND n.active > 0)`,
	HasNone:     ` AND NOT EXISTS (SELECT 1 FROM person_account AS n WHERE n.person = p.id)`,
	HasFindings: ` AND EXISTS (SELECT 1 FROM finding AS f WHERE f.person = p.id AND f.person <> 0` + openFinding + `)`,
	HasToClose:  ` AND EXISTS (SELECT 1 FROM finding AS f WHERE f.person = p.id AND f.person <> 0 AND ` + leaverToClose + `)`,
}

// countPeople fills person_count, so that no page counts.
const countPeople = `INSERT INTO person_count (state, has, active, people)
SELECT ` + personState + ` AS state, n.person IS NOT NULL AS has, coalesce(n.active, 0) > 0 AS active, count(*)
FROM person AS p LEFT JOIN person_account AS n ON n.person = p.id` + peopleFrom + ` GROUP BY 1, 2, 3`

// peopleQuery is a filter that was understood.
type peopleQuery struct {
	list  db.List
	few   string // the way to those of findings, where they are at most [MostFound]; "" for others
	first []any  // values of the list's own text
	page  db.Page
	none  bool   // what is searched for has no letter and no digit
	words string // the way to what is searched for
	match []any  // values of words
	begin string // what all that is searched for is, if it is a beginning
}

// People lists the people on show of all rosters. A page costs the same
// wherever in the list it is.
func (a *App) People(ctx context.Context, f PeopleFilter) (PeoplePage, error) {
	out := PeoplePage{People: []PersonRow{}, ByState: map[string]int{}}
	q, err := f.query()
	if err != nil {
		return out, err
	}
	if err := a.deriveFindings(ctx); err != nil {
		return out, err
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		if err := out.count(ctx, tx, f); err != nil || q.none {
			return err
		}
		if q.words != "" {
			if err := q.search(ctx, tx, &out); err != nil {
				return err
			}
		}
		return q.fill(ctx, tx, &out)
	}))
	return out, err
}

func (f PeopleFilter) query() (peopleQuery, error) {
	q := peopleQuery{page: db.Page{Limit: pageLimit(f.Limit), Sort: []db.Sort{{Column: "name"}}}}
	has, ok := hasSQL[f.Has]
	if !ok {
		return q, usage("People cannot be narrowed by %s.", quoted(f.Has))
	}
	if f.State != "" && !slices.Contains(states, f.State) {
		return q, usage("The state %s is not known; there are: %s.", quoted(f.State), strings.Join(states, ", "))
	}
	from := allPeople + has
	switch {
	case strings.TrimSpace(f.Search) != "":
		match := wordsOf(f.Search)
		q.words, q.none = wordPeople+has+wordsAmong, match == ""
		q.match = []any{match, f.State, f.State, MostFound + 1}
		if from = thesePeople; f.State == "" && f.Has == "" {
			q.begin = longBeginning(f.Search)
		}
	case f.Has == HasFindings:
		from, q.few = foundPeople, fewFound
	case f.Has == HasToClose:
		from, q.few = closePeople, fewToClose
	case f.State == StateLeft || f.State == StatePresumed:
		from = endedPeople + has
	}
	if f.State != "" && q.words == "" {
		q.page.Filters = append(q.page.Filters, db.Filter{Column: "state", Op: db.Is, Value: f.State})
	}
	if q.words == "" && (f.State == StateOnLeave || f.State == StatePreHire) {
		q.page.Filters = append(q.page.Filters, db.Filter{Column: "status", Op: db.Is, Value: f.State})
	}
	q.list = peopleList(from)
	var err error
	q.page.After, err = placeOf(f.After, false, true)
	return q, err
}

func peopleList(from string) db.List {
	return db.List{Select: `SELECT id, name_key FROM (` + from + `)`, ID: "id", IDKind: db.Integer, Columns: map[string]db.Column{
		"name":   {SQL: "name_key", Kind: db.Text, Sort: true},
		"status": {SQL: "status", Kind: db.Text, Ops: []db.Op{db.Is}},
		"state":  {SQL: "state", Kind: db.Text, Ops: []db.Op{db.Is}},
	}}
}

// Numbers by state: kept with the findings, but of those who have findings,
// who are few and may be fewer after any run.
const (
	countKept = `SELECT state, sum(people) FROM person_count
WHERE CASE ? WHEN 'accounts' THEN has WHEN 'active-accounts' THEN active WHEN 'no-accounts' THEN NOT has ELSE 1 END GROUP BY state`
	countFound = `SELECT state, count(*) FROM (` + fewFound + `) WHERE ? <> '' GROUP BY state`
	countClose = `SELECT state, count(*) FROM (` + fewToClose + `) WHERE ? <> '' GROUP BY state`
)

func (p *PeoplePage) count(ctx context.Context, tx *db.Tx, f PeopleFilter) error {
	query := countKept
	switch f.Has {
	case HasFindings:
		query = countFound
	case HasToClose:
		query = countClose
	}
	rows, err := tx.SQL.QueryContext(ctx, query, f.Has)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return err
		}
		p.ByState[state] = n
		if strings.TrimSpace(f.Search) == "" && (f.State == "" || f.State == state) {
			p.Total += n
		}
	}
	return rows.Err()
}

// few says whether those of any state are no more than a search lists.
func (p *PeoplePage) few() bool {
	n := 0
	for _, people := range p.ByState {
		n += people
	}
	return n <= MostFound
}

// search finds people by words. Where those with an address, or with a login,
// that begins with what was typed are too many to list, these are found and
// nothing else is looked for: they come by their keys, in their order.
func (q *peopleQuery) search(ctx context.Context, tx *db.Tx, out *PeoplePage) error {
	var ids []int64
	var err error
	for _, rule := range []reconcile.Rule{reconcile.RuleEmail, reconcile.RuleUserName} {
		if q.begin == "" || len(ids) > MostFound {
			continue
		}
		key := keyText(reconcile.Key{Rule: rule, Value: q.begin})
		if ids, err = rowIDs(ctx, tx, keyPeople, key, MostFound+1); err != nil {
			return err
		}
	}
	if len(ids) <= MostFound {
		if ids, err = rowIDs(ctx, tx, q.words, q.match...); err != nil {
			return err
		}
	}
	out.Total, out.More = min(len(ids), MostFound), len(ids) > MostFound
	list, err := encodeList(ids[:out.Total])
	q.first = []any{list}
	return err
}

func (q *peopleQuery) fill(ctx context.Context, tx *db.Tx, out *PeoplePage) error {
	if q.few != "" && out.few() {
		q.list = peopleList(q.few)
	}
	var ids []int64
	var name string
	more, err := page(ctx, tx, q.list, q.page, q.first, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id, &name)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	if out.People, err = personRows(ctx, tx, ids); err != nil || !more {
		return err
	}
	out.Next, err = placeText(name, ids[len(ids)-1])
	return err
}

// personColumns is all that a row shows, of the versions in a JSON list and in
// its order.
const personColumns = `SELECT p.source, p.number, p.name, p.emails, p.user_name, p.manager,
  coalesce((SELECT m.name FROM person AS m WHERE m.source = p.source AND m.number = p.manager AND m.valid_to IS NULL), ''), p.type, p.status, p.starts, p.ends,
  ` + personState + `, coalesce(n.accounts, 0), coalesce(n.active, 0), coalesce(n.tenants, 0),
  (SELECT count(*) FROM finding AS f WHERE f.person = p.id AND f.person <> 0` + openFinding + `)
FROM json_each(?) AS j CROSS JOIN person AS p ON p.id = j.value
LEFT JOIN finding_source AS z ON z.source = p.source LEFT JOIN person_account AS n ON n.person = p.id ORDER BY j.key`

func personRows(ctx context.Context, tx *db.Tx, ids []int64) ([]PersonRow, error) {
	out := []PersonRow{}
	list, err := encodeList(ids)
	if err != nil {
		return nil, err
	}
	rows, err := tx.SQL.QueryContext(ctx, personColumns, list)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r PersonRow
		var emails string
		err := rows.Scan(&r.Source, &r.Number, &r.Name, &emails, &r.UserName, &r.Manager, &r.ManagerName, &r.Type, &r.Status, &r.Start, &r.End,
			&r.State, &r.Accounts, &r.Active, &r.Tenants, &r.Findings)
		if err != nil {
			return nil, err
		}
		r.ID = PersonID(r.Source, r.Number)
		if r.Emails, err = decodeList[string](emails); err != nil {
			return nil, fmt.Errorf("addresses of %s: %w", r.Number, err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, countClosed(ctx, tx, ids, out)
}

// PersonID names a person of a roster from revision to revision, in characters
// that an address can hold. It can be read back: it hides nothing.
func PersonID(source, number string) string {
	id, err := placeText(source, number)
	if err != nil {
		return "" // text that is not UTF-8 is on no roster
	}
	return id
}

// ID is the person's [PersonID].
func (p FindingPerson) ID() string { return PersonID(p.Source, p.Number) }

// key is ID, also of nobody.
func (p *FindingPerson) key() string {
	if p == nil {
		return ""
	}
	return p.ID()
}

// personByID finds a person on show.
func personByID(ctx context.Context, q *storeq.Queries, id string) (storeq.Person, error) {
	none := notFound("There is no such person on the roster.", "Look for them in the list; a newer roster may lack them.")
	values, err := placeOf(id, false, false)
	if err != nil || len(values) != 2 {
		return storeq.Person{}, none
	}
	source, isText := values[0].(string)
	number, isAlso := values[1].(string)
	if !isText || !isAlso {
		return storeq.Person{}, none
	}
	p, err := maybe(q.PersonNow(ctx, storeq.PersonNowParams{Source: source, Number: number}))
	if err != nil || p == nil {
		return storeq.Person{}, firstError(err, none)
	}
	return *p, nil
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}
