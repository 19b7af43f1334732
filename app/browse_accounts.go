package app

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// AccountRow is one account of a list.
type AccountRow struct {
	FindingAccount
	Kinds     []reconcile.Kind `json:"kinds"` // its findings, but those that are left alone or closed since
	Protected bool             `json:"protected,omitempty"`
	Closed    bool             `json:"closed,omitempty"` // a run closed it since the list was read
}

// AccountFilter chooses accounts of one tenant. Empty fields choose all.
type AccountFilter struct {
	Tenant string         // name or id; required
	State  string         // active, which includes unknown, or inactive
	Kind   reconcile.Kind // with a finding of this kind
	Search string         // beginnings of words of user name, display name, e-mail address or externalId
	Sort   string         // "userName" (default) or "displayName"
	Desc   bool
	After  string // Next of the page before
	Limit  int    // 0: 200
}

// AccountsPage is one page of a tenant's accounts.
type AccountsPage struct {
	Accounts []AccountRow `json:"accounts"`
	Total    int          `json:"total"`          // that the filter chooses
	More     bool         `json:"more,omitempty"` // more than MostFound were found; the others are not listed
	Next     string       `json:"next,omitempty"`

	MembershipsUnknown bool `json:"membershipsUnknown,omitzero"` // the tenant shows nowhere who is in which group
}

// accountColumns is all that a row shows, of the versions in a JSON list and in
// its order: a page is chosen by its keys first, so that a sort carries nothing
// else along.
const accountColumns = `SELECT a.scim_id, a.user_name, a.display_name, a.external_id, a.active, a.emails,
  (SELECT count(*) FROM membership AS m WHERE m.tenant = a.tenant AND m.account = a.scim_id AND m.valid_to IS NULL),
  (SELECT coalesce(group_concat(x.kind), '') FROM finding AS x WHERE x.account = a.id AND x.rank < 100 AND x.id NOT IN (SELECT id FROM finding_closed)), ` + accountClosed + `
FROM json_each(?) AS j CROSS JOIN account AS a ON a.id = j.value ORDER BY j.key`

// accountClosed says of an account a on show what [closedInStore] says.
const accountClosed = `(a.active <> 0 AND EXISTS (
  SELECT 1 FROM tenant_no AS t CROSS JOIN intent AS i ON i.tenant_id = t.tenant_id AND i.account = a.scim_id AND i.at >= (
    SELECT s.started FROM snapshot AS s WHERE s.tenant = t.no AND s.merged = 1 ORDER BY s.no DESC LIMIT 1
  )
  WHERE t.no = a.tenant AND i.action = 'deactivate' AND i.outcome = 'confirmed' AND NOT EXISTS (
    SELECT 1 FROM intent AS l
    WHERE l.tenant_id = i.tenant_id AND l.account = i.account AND l.seq > i.seq
      AND l.action = 'reactivate' AND (l.outcome IS NULL OR l.outcome <> 'failed')
  )
))`

// The three ways to a tenant's accounts; what they select is the same: the
// version, the last key of the order, and the two columns that can be sorted by.
const (
	allAccounts    = `SELECT a.id, a.id, lower(a.user_name), lower(a.display_name) FROM (SELECT * FROM account WHERE valid_to IS NULL) AS a`
	accountsWorded = `SELECT rowid FROM account_words WHERE account_words MATCH ? LIMIT ?`
	wordAccounts   = `SELECT a.id, a.id, lower(a.user_name), lower(a.display_name) FROM (SELECT x.* FROM json_each(?) AS j CROSS JOIN account AS x ON x.id = j.value) AS a`
	foundAccounts  = `SELECT a.id, f.id, f.sort_key, lower(a.display_name) FROM (SELECT * FROM finding WHERE id NOT IN (SELECT id FROM finding_closed)) AS f CROSS JOIN account AS a ON a.id = f.account`
)

func accountList(from string) db.List {
	l := db.List{Select: from, ID: "a.id", IDKind: db.Integer, Columns: map[string]db.Column{
		"tenant":      {SQL: "a.tenant", Kind: db.Integer, Ops: []db.Op{db.Is}},
		"off":         {SQL: "(a.active = 0)", Kind: db.Integer, Ops: []db.Op{db.Is}},
		"userName":    {SQL: "lower(a.user_name)", Kind: db.Text, Ops: []db.Op{db.Prefix}, Sort: true},
		"displayName": {SQL: "lower(a.display_name)", Kind: db.Text, Sort: true},
	}}
	if from == foundAccounts { // the order of the findings' own index
		l.ID, l.IDKind = "f.id", db.Text
		l.Columns["userName"] = db.Column{SQL: "f.sort_key", Kind: db.Text, Sort: true}
		l.Columns["rank"] = db.Column{SQL: "f.rank", Kind: db.Integer, Ops: []db.Op{db.Is}}
		l.Columns["of"] = db.Column{SQL: "f.tenant_name", Kind: db.Text, Ops: []db.Op{db.Is}}
		l.Columns["search"] = db.Column{SQL: "f.search", Kind: db.Text, Ops: []db.Op{db.Contains}}
	}
	return l
}

// accountQuery is a filter that was understood.
type accountQuery struct {
	from  string
	first []any // values of from
	match string
	begin string  // what all that is searched for is, if it is a beginning
	ids   []int64 // that a search by words finds, one more than [MostFound] at most
	page  db.Page
	none  bool // what is searched for has no letter and no digit
}

// Accounts lists the accounts on show of one tenant. A page costs the same
// wherever in the list it is.
func (a *App) Accounts(ctx context.Context, f AccountFilter) (AccountsPage, error) {
	out := AccountsPage{Accounts: []AccountRow{}}
	tenant, err := a.Tenant(ctx, f.Tenant)
	if err != nil {
		return out, err
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		no, ok, err := tenantNo(ctx, tx, tenant.ID)
		if err != nil || !ok {
			return err
		}
		q, err := f.query(tenant, no)
		if err != nil || q.none {
			return err
		}
		if err := q.search(ctx, tx); err != nil {
			return err
		}
		if err := q.fill(ctx, tx, f, &out); err != nil {
			return err
		}
		if err := markProtected(ctx, tx.Queries, tenant.ID, out.Accounts); err != nil {
			return err
		}
		if out.MembershipsUnknown, err = a.know.lists.unknownGroups(ctx, tx.Queries, tenant.ID, 0); err != nil {
			return err
		}
		return q.count(ctx, tx, tenant, f, &out)
	}))
	return out, err
}

func (f AccountFilter) query(t Tenant, no int64) (accountQuery, error) {
	q := accountQuery{from: allAccounts, page: db.Page{Limit: pageLimit(f.Limit), Filters: []db.Filter{{Column: "tenant", Op: db.Is, Value: no}}}}
	facets := []string{"t" + strconv.FormatInt(no, 10)}
	switch f.State {
	case "":
	case "active", "inactive":
		off := f.State == "inactive"
		q.page.Filters = append(q.page.Filters, db.Filter{Column: "off", Op: db.Is, Value: whole(off)})
		facets = append(facets, map[bool]string{true: "off", false: "on"}[off])
	default:
		return q, usage("The state %s is not known; there are active and inactive.", quoted(f.State))
	}
	if f.Kind != "" {
		if err := q.found(t, f); err != nil {
			return q, err
		}
	} else if strings.TrimSpace(f.Search) != "" {
		q.match = wordsOf(f.Search, facets...)
		q.from, q.begin, q.none = wordAccounts, longBeginning(f.Search), q.match == ""
	}
	q.page.Sort = []db.Sort{{Column: firstOf(f.Sort, "userName"), Desc: f.Desc}}
	var err error
	q.page.After, err = placeOf(f.After, false, q.from != foundAccounts)
	return q, err
}

// found goes by the findings, which are far fewer than the accounts.
func (q *accountQuery) found(t Tenant, f AccountFilter) error {
	if !slices.Contains(kinds, f.Kind) {
		return unknownKind(f.Kind)
	}
	q.from = foundAccounts
	q.page.Filters = append(q.page.Filters, db.Filter{Column: "rank", Op: db.Is, Value: findingRank(f.Kind, false)}, db.Filter{Column: "of", Op: db.Is, Value: t.Name})
	if s := strings.ToLower(reconcile.Normalise(f.Search)); s != "" {
		q.page.Filters = append(q.page.Filters, db.Filter{Column: "search", Op: db.Contains, Value: s})
	}
	return nil
}

// search finds the accounts of a search by words. Where the user names that
// begin with what was typed are too many to list, these are found and nothing
// else is looked for: they come by their index, in their order.
func (q *accountQuery) search(ctx context.Context, tx *db.Tx) (err error) {
	if q.match == "" {
		return nil
	}
	if q.begin != "" {
		if err := q.named(ctx, tx); err != nil {
			return err
		}
	}
	if len(q.ids) <= MostFound {
		if q.ids, err = rowIDs(ctx, tx, accountsWorded, q.match, MostFound+1); err != nil {
			return err
		}
	}
	list, err := encodeList(q.ids[:min(len(q.ids), MostFound)])
	q.first = []any{list}
	return err
}

// named finds the accounts whose user name begins with what was typed.
func (q *accountQuery) named(ctx context.Context, tx *db.Tx) error {
	p := db.Page{Limit: MostFound + 1, Sort: []db.Sort{{Column: "userName"}}}
	p.Filters = append(slices.Clone(q.page.Filters), db.Filter{Column: "userName", Op: db.Prefix, Value: q.begin})
	_, err := page(ctx, tx, accountList(allAccounts), p, nil, func(rows *sql.Rows) error {
		var id int64
		var same, user, display any
		err := rows.Scan(&id, &same, &user, &display)
		q.ids = append(q.ids, id)
		return err
	})
	return err
}

func (q *accountQuery) fill(ctx context.Context, tx *db.Tx, f AccountFilter, out *AccountsPage) error {
	var ids []int64
	var last any
	var user, display string
	more, err := page(ctx, tx, accountList(q.from), q.page, q.first, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id, &last, &user, &display)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := fillAccounts(ctx, tx, ids, out); err != nil || !more {
		return err
	}
	if f.Sort == "displayName" {
		user = display
	}
	out.Next, err = placeText(user, last)
	return err
}

func fillAccounts(ctx context.Context, tx *db.Tx, ids []int64, out *AccountsPage) error {
	list, err := encodeList(ids)
	if err != nil {
		return err
	}
	rows, err := tx.SQL.QueryContext(ctx, accountColumns, list)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r AccountRow
		var active int64
		var emails, kinds string
		if err := rows.Scan(&r.ID, &r.UserName, &r.DisplayName, &r.ExternalID, &active, &emails, &r.Groups, &kinds, &r.Closed); err != nil {
			return err
		}
		r.Active, r.Kinds = string(activeWord(active)), kindList(kinds)
		if r.Emails, err = decodeList[string](emails); err != nil {
			return err
		}
		out.Accounts = append(out.Accounts, r)
	}
	return rows.Err()
}

// markProtected marks what is protected by its id or by its name.
func markProtected(ctx context.Context, q *storeq.Queries, tenantID string, list []AccountRow) error {
	rows, err := q.Protected(ctx, tenantID)
	if err != nil {
		return err
	}
	ids, names := map[string]bool{}, map[string]bool{}
	for _, p := range rows {
		ids[p.Account], names[p.NameNorm] = true, p.NameNorm != ""
	}
	for i, r := range list {
		list[i].Protected = ids[r.ID] || names[reconcile.Normalise(r.UserName)]
	}
	return nil
}

func kindList(joined string) []reconcile.Kind {
	out := []reconcile.Kind{}
	for _, k := range kinds {
		for got := range strings.SplitSeq(joined, ",") {
			if got == string(k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// count says how many the filter chooses, from numbers that are kept wherever
// that is possible.
func (q *accountQuery) count(ctx context.Context, tx *db.Tx, t Tenant, f AccountFilter, out *AccountsPage) (err error) {
	switch {
	case q.match != "":
		out.Total, out.More = min(len(q.ids), MostFound), len(q.ids) > MostFound
	case f.Kind != "" && f.State == "" && strings.TrimSpace(f.Search) == "":
		err = tx.SQL.QueryRowContext(ctx, `SELECT count(*) FROM finding WHERE rank = ? AND tenant_name = ? AND id NOT IN (SELECT id FROM finding_closed)`,
			findingRank(f.Kind, false), t.Name).Scan(&out.Total)
	case f.Kind != "":
		err = tx.SQL.QueryRowContext(ctx, `SELECT count(*) FROM finding AS f JOIN account AS a ON a.id = f.account
			WHERE f.rank = ?1 AND f.tenant_name = ?2 AND f.id NOT IN (SELECT id FROM finding_closed) AND instr(f.search, ?3) > 0 AND (?4 = '' OR (a.active = 0) = (?4 = 'inactive'))`,
			findingRank(f.Kind, false), t.Name, strings.ToLower(reconcile.Normalise(f.Search)), f.State).Scan(&out.Total)
	case f.State == "active":
		out.Total = t.Active
	case f.State == "inactive":
		out.Total = t.Accounts - t.Active
	default:
		out.Total = t.Accounts
	}
	return err
}
