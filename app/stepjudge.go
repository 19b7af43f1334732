package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/db/storeq"
)

// listed are the accounts of a tenant's newest list, as far as closing one by
// hand can be seen in them.
type listed struct {
	at   time.Time // of the export
	file *ListFile // nil where nobody said where it is from
	byID map[string]storeq.AccountsShownRow
	used map[string]bool // normalised names and addresses of what is not inactive
}

// confirmSteps settles a tenant's open steps by its newest list, if that is
// sealed. What a list says of a time before the step was opened counts for
// nothing. It may be repeated.
func (w *writer) confirmSteps(ctx context.Context, tenantID string) error {
	rows, err := w.a.openSteps(ctx)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(s storeq.Step) bool { return s.TenantID != tenantID })
	if len(rows) == 0 {
		return nil
	}
	l, err := w.a.newestList(ctx, tenantID)
	if err != nil || l == nil {
		return err
	}
	for _, row := range rows {
		if err := w.confirmStep(ctx, row, l); err != nil {
			return err
		}
	}
	return nil
}

// confirmAllSteps makes up for an import that ended before it had settled the
// open steps.
func (w *writer) confirmAllSteps(ctx context.Context) error {
	rows, err := w.a.openSteps(ctx)
	if err != nil {
		return err
	}
	done := map[string]bool{}
	for _, row := range rows {
		if !done[row.TenantID] {
			if err := w.confirmSteps(ctx, row.TenantID); err != nil {
				return err
			}
		}
		done[row.TenantID] = true
	}
	return nil
}

// newestList is nil where the latest attempt is not sealed or its accounts are
// not here.
func (a *App) newestList(ctx context.Context, tenantID string) (*listed, error) {
	var l *listed
	err := a.read(ctx, func(q *storeq.Queries) error {
		latest, err := latestAttempt(ctx, q, tenantID)
		if err != nil || latest == nil || latest.Sealed == 0 || latest.Merged == 0 {
			return err
		}
		rows, err := q.AccountsShown(ctx, tenantID)
		if err != nil {
			return err
		}
		file, err := listFile(ctx, q, latest.ID)
		if err != nil {
			return err
		}
		l = &listed{at: fromMillis(latest.Started), file: file, byID: map[string]storeq.AccountsShownRow{}, used: map[string]bool{}}
		for _, r := range rows {
			if err := l.add(r); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

func (l *listed) add(r storeq.AccountsShownRow) error {
	l.byID[r.ScimID] = r
	if activeWord(r.Active) == reconcile.ActiveFalse {
		return nil
	}
	emails, err := decodeList[string](r.Emails)
	if err != nil {
		return err
	}
	for _, name := range append(emails, r.UserName) {
		l.used[reconcile.Normalise(name)] = true
	}
	return nil
}

// judge says what the list shows of an account that was to be closed; outcome is
// "" where it shows nothing about it, and then why says what to do if a person
// may think that it does. was is the file of the list when the step was opened:
// absence from another selection of accounts proves nothing.
func (l *listed) judge(acc FindingAccount, opened time.Time, done *int64, was *ListFile) (outcome, why string) {
	if !l.at.After(opened) {
		return "", ""
	}
	in := " in the file exported at " + stamp(l.at) + "."
	row, there := l.byID[acc.ID]
	switch {
	case there && activeWord(row.Active) == reconcile.ActiveFalse:
		return outcomeConfirmed, "Inactive" + in
	case !there && !l.usedBy(acc) && !sameSelection(was, l.file):
		return "", fmt.Sprintf("It is absent from the file exported at %s, but that is of %s, and the one before the step of %s: this proves nothing. Export the list again from there, with that filter, and import it.",
			stamp(l.at), l.file.selection(), was.selection())
	case !there && !l.usedBy(acc):
		return outcomeGone, "Absent" + strings.Replace(in, " in ", " from ", 1)
	case done == nil || !l.at.After(fromMillis(*done)):
		return "", ""
	case !there:
		return outcomeFailed, "Its name or address is still active" + in
	case activeWord(row.Active) == reconcile.ActiveUnknown:
		return outcomeFailed, "Still there" + in
	}
	return outcomeFailed, "Still active" + in
}

// sameSelection says whether two lists are of the same screen and filter, as
// whoever exported them told it. Case and spaces do not count.
func sameSelection(a, b *ListFile) bool {
	if a == nil || b == nil {
		return a == b
	}
	same := func(x, y string) bool {
		return strings.Join(strings.Fields(reconcile.Normalise(x)), " ") == strings.Join(strings.Fields(reconcile.Normalise(y)), " ")
	}
	return same(a.Screen, b.Screen) && same(a.Filter, b.Filter)
}

// selection words which accounts a list is of.
func (f *ListFile) selection() string {
	if f == nil {
		return "a screen and filter that nobody named"
	}
	screen, filter := "a screen that was not named", "no filter named"
	if f.Screen != "" {
		screen = "the screen " + quoted(f.Screen)
	}
	if f.Filter != "" {
		filter = "the filter " + quoted(f.Filter)
	}
	return screen + " with " + filter
}

// usedBy says whether another active account has its name or an address: then
// being absent proves nothing, the service may have given it a new id.
func (l *listed) usedBy(acc FindingAccount) bool {
	return slices.ContainsFunc(append(slices.Clone(acc.Emails), acc.UserName), func(name string) bool {
		n := reconcile.Normalise(name)
		return n != "" && l.used[n]
	})
}

func (w *writer) confirmStep(ctx context.Context, row storeq.Step, l *listed) error {
	p, err := w.a.loadPlan(ctx, row.Plan)
	if err != nil {
		return err
	}
	outcome, why, err := w.a.judgeStep(ctx, p, row, l)
	if err != nil {
		return err
	}
	if outcome == "" {
		return nil
	}
	if row.Done == nil {
		why += " Nobody had marked the step done."
	}
	after, err := w.afterStep(ctx, row)
	if err != nil {
		return err
	}
	x := action{w: w, plan: p, i: int(row.N) - 1}
	return x.outcome(ctx, row.OpenedSeq, verdict{outcome: outcome, why: why, after: after}, true)
}

func (a *App) judgeStep(ctx context.Context, p storedPlan, row storeq.Step, l *listed) (outcome, why string, err error) {
	var was *ListFile
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		was, err = listFile(ctx, q, cmp.Or(row.List, p.Body.snapshotOf(row.TenantID)))
		return err
	})
	if err != nil {
		return "", "", err
	}
	outcome, why = l.judge(p.View.Plan.Actions[row.N-1].Account, fromMillis(row.Opened), row.Done, was)
	return outcome, why, nil
}

// doubt says what keeps the newest list from settling an open step although
// the account is absent from it, and what to do; "" for nothing. lists keeps
// what was read, by tenant id.
func (a *App) doubt(ctx context.Context, p storedPlan, row storeq.Step, lists map[string]*listed) (string, error) {
	if row.ClosedSeq != nil {
		return "", nil
	}
	l, known := lists[row.TenantID]
	if !known {
		var err error
		if l, err = a.newestList(ctx, row.TenantID); err != nil {
			return "", err
		}
		lists[row.TenantID] = l
	}
	if l == nil {
		return "", nil
	}
	outcome, why, err := a.judgeStep(ctx, p, row, l)
	if err != nil || outcome != "" {
		return "", err
	}
	return why, nil
}

// afterStep is the account as the newest file has it; nothing where it is gone.
func (w *writer) afterStep(ctx context.Context, row storeq.Step) ([]byte, error) {
	_, err := w.a.accountForPlan(ctx, row.TenantID, row.Account)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return w.a.rawAccount(ctx, row.TenantID, row.Account)
}
