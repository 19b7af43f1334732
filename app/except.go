package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// The types of entries that put findings off, and their data. Once released a
// type keeps its fields for ever: add, never change.
const (
	typeExcepted   = "finding.excepted"
	typeUnexcepted = "finding.unexcepted"
)

func init() {
	projections[typeExcepted] = applyExcepted
	projections[typeUnexcepted] = applyUnexcepted
}

// findingExcepted names its finding by what its id is made of: a hash of an
// account's id without a salt would give the id away.
type findingExcepted struct {
	Account  audit.Personal `json:"account"` // SCIM id
	UserName audit.Personal `json:"userName"`
	Kind     reconcile.Kind `json:"kind"`
	Until    string         `json:"until"` // yyyy-mm-dd, the last day
	Zone     string         `json:"zone"`  // in which that day is meant
	Ends     time.Time      `json:"ends"`  // the moment after that day
	Reason   audit.Personal `json:"reason"`

	// What the account said of its person. Emails is a JSON list; entries of older
	// versions lack both.
	ExternalID audit.Personal `json:"externalId,omitzero"`
	Emails     audit.Personal `json:"emails,omitzero"`
}

type findingUnexcepted struct {
	Account  audit.Personal `json:"account"`
	UserName audit.Personal `json:"userName"`
	Kind     reconcile.Kind `json:"kind"`
	Reason   audit.Personal `json:"reason"`
}

// Exception is a person's decision to leave a finding alone for a while: it is
// neither listed nor planned with its kind. The account itself is not
// protected, and can be planned by name.
type Exception struct {
	Finding  string         `json:"finding"` // id
	TenantID string         `json:"tenantId"`
	Tenant   string         `json:"tenant"`
	ID       string         `json:"id"` // SCIM id of the account
	UserName string         `json:"userName"`
	Kind     reconcile.Kind `json:"kind"`
	Before   bool           `json:"before,omitzero"` // it was made before the tenant was removed and added anew, so that it excepts nothing
	Until    string         `json:"until"`           // yyyy-mm-dd, the last day
	Ends     time.Time      `json:"ends"`            // the moment after that day
	Reason   string         `json:"reason"`
	By       string         `json:"by"`
	Since    time.Time      `json:"since"`
}

// ExceptRequest asks for a finding to be left alone.
type ExceptRequest struct {
	Tenant  string // name or id
	Account string // SCIM id or userName
	Kind    reconcile.Kind
	Until   string // yyyy-mm-dd, the last day, in the workspace's time zone; at most a year ahead
	Reason  string
	Ticket  string // under which it was decided; "" for none
}

// mostExcepted is how many years ahead an exception may end.
const mostExcepted = 1

// ExceptFinding leaves a finding alone until the end of a day. A finding that
// is excepted already gets the new day and reason.
func (a *App) ExceptFinding(ctx context.Context, r ExceptRequest) (Exception, error) {
	if strings.TrimSpace(r.Account) == "" || strings.TrimSpace(r.Reason) == "" {
		return Exception{}, usageAbout(unsaid(FieldAccount, r.Account), "An exception needs an account and a reason.")
	}
	if !slices.Contains(kinds, r.Kind) {
		return Exception{}, unknownKind(r.Kind)
	}
	ticket, err := ticketGiven(r.Ticket)
	if err != nil {
		return Exception{}, err
	}
	var made Exception
	err = a.mutate(ctx, func(w *writer) error {
		t, acc, err := a.exceptable(ctx, r)
		if err != nil {
			return err
		}
		zone, ends, err := a.endOfDay(ctx, r.Until)
		if err != nil {
			return err
		}
		emails, err := encodeList(acc.Emails)
		if err != nil {
			return err
		}
		_, err = w.record(ctx, audit.Draft{
			Type: typeExcepted, Tenant: t.ID, Ticket: ticket, Target: audit.Text(acc.UserName),
			Data: findingExcepted{
				Account: audit.Text(acc.ID), UserName: audit.Text(acc.UserName), Kind: r.Kind,
				Until: r.Until, Zone: zone, Ends: ends, Reason: audit.Text(r.Reason),
				ExternalID: audit.Text(acc.ExternalID), Emails: audit.Text(emails),
			},
		})
		if err != nil {
			return err
		}
		return a.read(ctx, func(q *storeq.Queries) error {
			row, err := q.Exception(ctx, reconcile.FindingID(t.ID, acc.ID, r.Kind))
			made = viewException(row, t.Name)
			return err
		})
	})
	return made, err
}

// exceptable finds the account, which must have a finding of that kind.
func (a *App) exceptable(ctx context.Context, r ExceptRequest) (t storeq.Tenant, acc FindingAccount, err error) {
	if t, err = a.tenantBy(ctx, r.Tenant); err != nil {
		return t, acc, err
	}
	if acc, err = a.findAccount(ctx, t.ID, strings.TrimSpace(r.Account)); err != nil {
		return t, acc, err
	}
	if err = a.deriveFindings(ctx); err != nil {
		return t, acc, err
	}
	err = a.read(ctx, func(q *storeq.Queries) error {
		row, err := maybe(q.FindingByID(ctx, reconcile.FindingID(t.ID, acc.ID, r.Kind)))
		if err == nil && row == nil {
			err = notFound(fmt.Sprintf("%s in %s has no finding of kind %s.", quoted(acc.UserName), t.Name, r.Kind), "See what rollcall findings shows.")
		}
		return err
	})
	return t, acc, err
}

// endOfDay reads a day in the workspace's time zone and checks that it is
// neither over nor too far ahead.
func (a *App) endOfDay(ctx context.Context, until string) (zone string, ends time.Time, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		zone, err = settingText(ctx, q, settingTimeZone, "UTC")
		return err
	})
	if err != nil {
		return zone, ends, err
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return zone, ends, fmt.Errorf("setting %s: %w", settingTimeZone, err)
	}
	day, err := time.ParseInLocation(time.DateOnly, until, loc)
	if err != nil {
		return zone, ends, usageAbout(FieldUntil, "%s is not a date; give one such as 2026-03-31.", quoted(until))
	}
	now := a.cfg.Now().In(loc)
	ends = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, loc)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, loc)
	switch {
	case !ends.After(now):
		return zone, ends, usageAbout(FieldUntil, "%s is over; an exception ends on a day to come.", until)
	case day.After(today.AddDate(mostExcepted, 0, 0)):
		return zone, ends, usageAbout(FieldUntil, "An exception ends at most a year ahead; give %s or an earlier day, and extend it then.", today.AddDate(mostExcepted, 0, 0).Format(time.DateOnly))
	}
	return zone, ends.UTC(), nil
}

// UnexceptFinding ends an exception before its day. With kind "" the account
// must have only one.
func (a *App) UnexceptFinding(ctx context.Context, tenant, account string, kind reconcile.Kind, reason string) (Exception, error) {
	return a.UnexceptFindingFor(ctx, "", tenant, account, kind, reason)
}

// UnexceptFindingFor is UnexceptFinding under a ticket; "" is none.
func (a *App) UnexceptFindingFor(ctx context.Context, ticket, tenant, account string, kind reconcile.Kind, reason string) (Exception, error) {
	if strings.TrimSpace(reason) == "" {
		return Exception{}, usageAbout(FieldReason, "Ending an exception needs a reason.")
	}
	ticket, err := ticketGiven(ticket)
	if err != nil {
		return Exception{}, err
	}
	var was Exception
	err = a.mutate(ctx, func(w *writer) error {
		t, err := a.tenantBy(ctx, tenant)
		if err != nil {
			return err
		}
		if was, err = a.exceptionNamed(ctx, t, strings.TrimSpace(account), kind); err != nil {
			return err
		}
		_, err = w.record(ctx, audit.Draft{
			Type: typeUnexcepted, Tenant: was.TenantID, Ticket: ticket, Target: audit.Text(was.UserName),
			Data: findingUnexcepted{Account: audit.Text(was.ID), UserName: audit.Text(was.UserName), Kind: was.Kind, Reason: audit.Text(reason)},
		})
		return err
	})
	return was, err
}

// exceptionNamed finds an exception, or else one of when the tenant was removed and
// added anew.
func (a *App) exceptionNamed(ctx context.Context, t storeq.Tenant, account string, kind reconcile.Kind) (Exception, error) {
	x, err := a.exceptionNamedIn(ctx, []storeq.Tenant{t}, t.Name, account, kind)
	if !isNotFound(err) {
		return x, err
	}
	before, e := a.tenantsBefore(ctx, t.ID)
	if e != nil || len(before) == 0 {
		return x, cmp.Or(e, err)
	}
	return a.exceptionNamedIn(ctx, before, t.Name, account, kind)
}

func (a *App) exceptionNamedIn(ctx context.Context, tenants []storeq.Tenant, tenant, account string, kind reconcile.Kind) (Exception, error) {
	all, err := a.exceptionsIn(ctx, tenants)
	if err != nil {
		return Exception{}, err
	}
	name := reconcile.Normalise(account)
	all = slices.DeleteFunc(all, func(e Exception) bool {
		return kind != "" && e.Kind != kind || e.ID != account && reconcile.Normalise(e.UserName) != name
	})
	if i := slices.IndexFunc(all, func(e Exception) bool { return e.ID == account }); i >= 0 {
		all = slices.DeleteFunc(all, func(e Exception) bool { return e.ID != account })
	}
	same := func(e Exception) bool { return e.ID == all[0].ID && e.Kind == all[0].Kind } // of several removed tenants
	switch {
	case len(all) == 0:
		return Exception{}, notFound("There is no such exception for "+quoted(account)+" in "+tenant+".", "List them with rollcall except list.")
	case !slices.ContainsFunc(all, func(e Exception) bool { return !same(e) }):
		return all[0], nil
	}
	return Exception{}, usage("%d exceptions are meant by %s; give the account's id and the kind.", len(all), quoted(account))
}

// Exceptions lists the exceptions in force, of a tenant or with "" of all, by
// the day on which they end, and then those of before a tenant was removed and
// added anew that no other exception is in the place of.
func (a *App) Exceptions(ctx context.Context, tenant string) ([]Exception, error) {
	names := []string{}
	if tenant != "" {
		names = append(names, tenant)
	}
	tenants, err := a.liveTenants(ctx, names)
	if err != nil {
		return nil, err
	}
	out, err := a.exceptionsIn(ctx, tenants)
	if err != nil {
		return nil, err
	}
	before, err := ofBefore(ctx, a, tenants, a.exceptionsIn)
	for _, d := range before {
		e := d.decision
		e.TenantID, e.Tenant, e.Before = d.tenant.ID, d.tenant.Name, true
		if !slices.ContainsFunc(out, func(x Exception) bool { return x.TenantID == e.TenantID && x.ID == e.ID && x.Kind == e.Kind }) {
			out = append(out, e)
		}
	}
	return out, err
}

func (a *App) exceptionsIn(ctx context.Context, tenants []storeq.Tenant) ([]Exception, error) {
	out := []Exception{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		rows, err := q.ExceptionsAt(ctx, a.cfg.Now().UnixMilli())
		for _, row := range rows {
			if i := slices.IndexFunc(tenants, func(t storeq.Tenant) bool { return t.ID == row.TenantID }); i >= 0 {
				out = append(out, viewException(row, tenants[i].Name))
			}
		}
		return err
	})
	return out, err
}

func viewException(row storeq.Exception, tenant string) Exception {
	return Exception{
		Finding: row.Finding, TenantID: row.TenantID, Tenant: tenant, ID: row.Account, UserName: row.UserName,
		Kind: reconcile.Kind(row.Kind), Until: row.Until, Ends: fromMillis(row.Ends), Reason: row.Reason, By: row.Actor, Since: fromMillis(row.Since),
	}
}

func applyExcepted(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d findingExcepted
	if err := s.Decode(&d); err != nil {
		return err
	}
	if d.Account.Erased() {
		return nil // which finding it was cannot be known any more
	}
	return tx.PutException(ctx, storeq.PutExceptionParams{
		Finding: reconcile.FindingID(s.Entry.Tenant, d.Account.Value(), d.Kind), TenantID: s.Entry.Tenant,
		Account: d.Account.Value(), UserName: d.UserName.Value(), Kind: string(d.Kind), Until: d.Until, Ends: d.Ends.UnixMilli(),
		Reason: d.Reason.Value(), Actor: s.Entry.Actor.Value(), Since: s.Entry.Time.UnixMilli(),
		ExternalID: d.ExternalID.Value(), Emails: d.Emails.Value(),
	})
}

func applyUnexcepted(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d findingUnexcepted
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.DeleteException(ctx, reconcile.FindingID(s.Entry.Tenant, d.Account.Value(), d.Kind))
}
