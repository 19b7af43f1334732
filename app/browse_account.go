package app

import (
	"context"

	"rollcall/app/reconcile"
	"rollcall/db"
	"rollcall/db/storeq"
)

// The situations of an account: whose it is.
const (
	SituationLinked    = "linked"
	SituationUnmatched = "unmatched"
	SituationDisputed  = "disputed"
	SituationCollision = "collision"
	SituationUnknown   = "not known" // there is no roster to match against
)

// AccountDetail is one account with all that is known of it.
type AccountDetail struct {
	FindingDetail           // Kind, ID and Reason are empty
	Situation     string    `json:"situation"`
	Findings      []Finding `json:"findings"` // those that are left alone among them
}

// Account returns an account on show by its SCIM id, compared exactly.
func (a *App) Account(ctx context.Context, tenant, id string) (AccountDetail, error) {
	t, err := a.Tenant(ctx, tenant)
	if err != nil {
		return AccountDetail{}, err
	}
	roster, err := a.Roster(ctx)
	if err != nil {
		return AccountDetail{}, err
	}
	out := AccountDetail{Findings: []Finding{}}
	d := &detail{a: a, FindingDetail: FindingDetail{
		Finding: Finding{TenantID: t.ID, Tenant: t.Name},
		Tried:   []Tried{}, Candidates: []FindingPerson{}, Elsewhere: []Elsewhere{}, Others: []FindingAccount{},
		Memberships: []string{}, Blocked: []Problem{}, Roster: roster,
	}}
	err = fileError(a.store.Read(ctx, func(tx *db.Tx) error { return out.fill(ctx, tx, d, id) }))
	out.FindingDetail = d.FindingDetail
	return out, err
}

func (out *AccountDetail) fill(ctx context.Context, tx *db.Tx, d *detail, id string) error {
	row, err := maybe(tx.AccountNow(ctx, storeq.AccountNowParams{TenantID: d.TenantID, ScimID: id}))
	if err == nil && row == nil {
		err = notFound("No account "+quoted(id)+" is on the list of "+d.Tenant+".", "It may be gone since the last sync; look for it in the list.")
	}
	if err != nil {
		return err
	}
	d.row = row.Account
	if d.Account, err = viewAccount(ctx, tx.Queries, d.row, d.TenantID); err != nil {
		return err
	}
	for _, step := range []func(context.Context, *storeq.Queries) error{d.tried, d.candidates, d.whose, d.elsewhere, d.account, d.state, d.guarded} {
		if err := step(ctx, tx.Queries); err != nil {
			return err
		}
	}
	if err := out.findings(ctx, tx, d.row.ID); err != nil {
		return err
	}
	if d.Account.Active != string(reconcile.ActiveFalse) {
		if d.Closed, err = closedInStore(ctx, tx.Queries, d.TenantID, id); err != nil {
			return err
		}
	}
	out.Situation = out.situation(d)
	return nil
}

// whose names the person where there is exactly one.
func (d *detail) whose(context.Context, *storeq.Queries) error {
	if len(d.people) == 1 && len(d.Candidates) == 1 && !reconcile.Rule(d.Candidates[0].Rule).Former() {
		p := d.Candidates[0]
		d.Person, d.Rule, d.Key = &p, p.Rule, p.Key
	}
	return nil
}

func (d *detail) guarded(ctx context.Context, q *storeq.Queries) error {
	p, err := maybe(q.ProtectedMatch(ctx, storeq.ProtectedMatchParams{
		TenantID: d.TenantID, Account: d.Account.ID, NameNorm: reconcile.Normalise(d.Account.UserName),
	}))
	d.Protected = p != nil
	return err
}

func (out *AccountDetail) findings(ctx context.Context, tx *db.Tx, account int64) error {
	closed, err := closedFindings(ctx, tx.Queries, out.TenantID)
	if err != nil {
		return err
	}
	rows, err := tx.SQL.QueryContext(ctx, `SELECT id FROM finding WHERE account = ? ORDER BY rank`, account)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		r, err := tx.FindingByID(ctx, id)
		if err != nil {
			return err
		}
		f, err := shownFinding(ctx, tx.Queries, r, closed)
		if err != nil {
			return err
		}
		out.Findings = append(out.Findings, f)
	}
	return rows.Err()
}

func (out *AccountDetail) situation(d *detail) string {
	for _, f := range out.Findings {
		if f.Kind == reconcile.KindCollision {
			return SituationCollision
		}
	}
	switch {
	case d.Roster == nil:
		return SituationUnknown
	case d.Person != nil:
		return SituationLinked
	case len(d.people) > 0:
		return SituationDisputed
	}
	return SituationUnmatched
}
