package app

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"rollcall/db"
	"rollcall/db/storeq"
)

// Group is a group of a tenant.
type Group struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	ExternalID string `json:"externalId,omitempty"`
	Members    int    `json:"members"` // that the group itself lists
}

// GroupFilter chooses groups of one tenant.
type GroupFilter struct {
	Tenant string // name or id; required
	Search string // part of the name, whatever the case of ASCII letters
	After  string // Next of the page before
	Limit  int    // 0: 200
}

// GroupsPage is one page of a tenant's groups, by name.
type GroupsPage struct {
	Groups []Group `json:"groups"`
	Total  int     `json:"total"` // of the tenant
	Next   string  `json:"next,omitempty"`

	MembershipsUnknown bool `json:"membershipsUnknown,omitzero"` // the tenant shows nowhere who is in which group
}

var groupList = db.List{
	Select: `SELECT g.id, g.scim_id, g.display_name, g.external_id, g.members, lower(g.display_name)
FROM (SELECT * FROM tenant_group WHERE valid_to IS NULL) AS g`,
	ID: "g.id", IDKind: db.Integer,
	Columns: map[string]db.Column{
		"tenant": {SQL: "g.tenant", Kind: db.Integer, Ops: []db.Op{db.Is}},
		"name":   {SQL: "lower(g.display_name)", Kind: db.Text, Ops: []db.Op{db.Contains}, Sort: true},
	},
}

// tenantNo is the store's number for a tenant; ok is false before its first sync.
func tenantNo(ctx context.Context, tx *db.Tx, tenantID string) (no int64, ok bool, err error) {
	err = tx.SQL.QueryRowContext(ctx, `SELECT no FROM tenant_no WHERE tenant_id = ?`, tenantID).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return no, err == nil, err
}

// Groups lists the groups on show of one tenant.
func (a *App) Groups(ctx context.Context, f GroupFilter) (GroupsPage, error) {
	out := GroupsPage{Groups: []Group{}}
	tenant, err := a.Tenant(ctx, f.Tenant)
	if err != nil {
		return out, err
	}
	out.Total = tenant.Groups
	p := db.Page{Limit: pageLimit(f.Limit), Sort: []db.Sort{{Column: "name"}}}
	if p.After, err = placeOf(f.After, false, true); err != nil {
		return out, err
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		no, ok, err := tenantNo(ctx, tx, tenant.ID)
		if err != nil || !ok {
			return err
		}
		p.Filters = []db.Filter{{Column: "tenant", Op: db.Is, Value: no}}
		if s := strings.TrimSpace(f.Search); s != "" {
			p.Filters = append(p.Filters, db.Filter{Column: "name", Op: db.Contains, Value: asciiLower(s)})
		}
		if out.MembershipsUnknown, err = a.know.lists.unknownGroups(ctx, tx.Queries, tenant.ID, 0); err != nil {
			return err
		}
		return fillGroups(ctx, tx, p, &out)
	}))
	return out, err
}

func fillGroups(ctx context.Context, tx *db.Tx, p db.Page, out *GroupsPage) error {
	var id int64
	var name string
	more, err := page(ctx, tx, groupList, p, nil, func(rows *sql.Rows) error {
		var g Group
		err := rows.Scan(&id, &g.ID, &g.Name, &g.ExternalID, &g.Members, &name)
		out.Groups = append(out.Groups, g)
		return err
	})
	if err == nil && more {
		out.Next, err = placeText(name, id)
	}
	return err
}

// asciiLower is SQLite's lower: other letters stay as they are.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Member is one member of a group. What is not on the tenant's list of
// accounts, such as a group within a group, has an id only.
type Member struct {
	ID          string `json:"id"`
	UserName    string `json:"userName,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	Active      string `json:"active,omitempty"` // "" where it is no account on show
	Closed      bool   `json:"closed,omitempty"` // a run closed it since the list was read
}

// GroupDetail is one group with a page of its members, by id.
type GroupDetail struct {
	Group
	Tenant   string   `json:"tenant"`
	TenantID string   `json:"tenantId"`
	List     []Member `json:"list"`
	Next     string   `json:"next,omitempty"`

	MembershipsUnknown bool `json:"membershipsUnknown,omitzero"` // the tenant shows nowhere who is in which group
}

var memberList = db.List{
	Select: `SELECT m.account, coalesce(a.user_name, ''), coalesce(a.display_name, ''), coalesce(a.active, -1), coalesce(` + accountClosed + `, 0)
FROM (SELECT * FROM membership WHERE valid_to IS NULL) AS m
LEFT JOIN account AS a ON a.tenant = m.tenant AND a.scim_id = m.account AND a.valid_to IS NULL`,
	ID: "m.account", IDKind: db.Text,
	Columns: map[string]db.Column{
		"tenant": {SQL: "m.tenant", Kind: db.Integer, Ops: []db.Op{db.Is}},
		"group":  {SQL: "m.grp", Kind: db.Text, Ops: []db.Op{db.Is}},
	},
}

// Group returns a group on show by its SCIM id with a part of its members;
// after is Next of the part before, and empty for the first.
func (a *App) Group(ctx context.Context, tenant, id, after string) (GroupDetail, error) {
	t, err := a.tenantBy(ctx, tenant)
	if err != nil {
		return GroupDetail{}, err
	}
	out := GroupDetail{Tenant: t.Name, TenantID: t.ID, List: []Member{}}
	p := db.Page{Limit: defaultPage}
	if p.After, err = placeOf(after, false); err != nil {
		return out, err
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		no, _, err := tenantNo(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		err = tx.SQL.QueryRowContext(ctx, `SELECT scim_id, display_name, external_id, members FROM tenant_group
			WHERE tenant = ? AND scim_id = ? AND valid_to IS NULL`, no, id).Scan(&out.ID, &out.Name, &out.ExternalID, &out.Members)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("No group "+quoted(id)+" is on the list of "+t.Name+".", "It may be gone since the last sync; look for it in the list.")
		}
		if err != nil {
			return err
		}
		if out.MembershipsUnknown, err = a.know.lists.unknownGroups(ctx, tx.Queries, t.ID, out.Members); err != nil {
			return err
		}
		p.Filters = []db.Filter{{Column: "tenant", Op: db.Is, Value: no}, {Column: "group", Op: db.Is, Value: id}}
		return out.members(ctx, tx, p)
	}))
	return out, err
}

func (g *GroupDetail) members(ctx context.Context, tx *db.Tx, p db.Page) error {
	more, err := page(ctx, tx, memberList, p, nil, func(rows *sql.Rows) error {
		var m Member
		var active int64
		err := rows.Scan(&m.ID, &m.UserName, &m.DisplayName, &active, &m.Closed)
		if active >= 0 {
			m.Active = string(activeWord(active))
		}
		g.List = append(g.List, m)
		return err
	})
	if err == nil && more {
		g.Next, err = placeText(g.List[len(g.List)-1].ID)
	}
	return err
}

// SyncsPage is one page of a tenant's attempts, the newest first.
type SyncsPage struct {
	Syncs []Sync `json:"syncs"`
	Next  string `json:"next,omitempty"`
}

var syncList = db.List{
	Select: `SELECT no, id FROM snapshot`, ID: "no", IDKind: db.Integer,
	Columns: map[string]db.Column{
		"tenant": {SQL: "tenant", Kind: db.Integer, Ops: []db.Op{db.Is}},
		"no":     {SQL: "no", Kind: db.Integer, Sort: true},
	},
}

// Syncs lists the attempts to list a tenant completely, sealed or not.
func (a *App) Syncs(ctx context.Context, tenant, after string, limit int) (SyncsPage, error) {
	out := SyncsPage{Syncs: []Sync{}}
	t, err := a.tenantBy(ctx, tenant)
	if err != nil {
		return out, err
	}
	p := db.Page{Limit: pageLimit(limit), Sort: []db.Sort{{Column: "no", Desc: true}}}
	if p.After, err = placeOf(after, true, true); err != nil {
		return out, err
	}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error {
		no, ok, err := tenantNo(ctx, tx, t.ID)
		if err != nil || !ok {
			return err
		}
		p.Filters = []db.Filter{{Column: "tenant", Op: db.Is, Value: no}}
		return out.fill(ctx, tx, p, t)
	}))
	return out, err
}

func (s *SyncsPage) fill(ctx context.Context, tx *db.Tx, p db.Page, t storeq.Tenant) error {
	var ids []string
	var last int64
	more, err := page(ctx, tx, syncList, p, nil, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&last, &id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		row, err := tx.SnapshotByID(ctx, id)
		if err != nil {
			return err
		}
		one, err := syncOf(row, t.ID, t.Name)
		if err != nil {
			return err
		}
		s.Syncs = append(s.Syncs, one)
	}
	if more {
		s.Next, err = placeText(last, last)
	}
	return err
}
