package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
)

// The ceiling: how many accounts of one tenant may be deactivated, deleted or
// stripped of a group within 24 hours. It holds on the write path itself.
const (
	ceilingLeast   = 5
	ceilingPercent = 5
	ceilingWindow  = 24 * time.Hour
)

func ceilingLimit(active int) int { return max(ceilingLeast, active*ceilingPercent/100) }

// ceiling counts the distinct accounts that were touched in the window, by any
// window or terminal, and those that actions would add.
func (a *App) ceiling(ctx context.Context, t Tenant, actions []planBodyAction) (Ceiling, error) {
	touched, err := a.touched(ctx, t.ID)
	if err != nil {
		return Ceiling{}, err
	}
	c := Ceiling{Tenant: t.Name, Active: t.Active, Limit: ceilingLimit(t.Active), Used: len(touched)}
	for _, act := range actions {
		if act.Tenant == t.ID {
			touched[act.Account] = true
		}
	}
	c.Total = len(touched)
	return c, nil
}

// Ceilings tells for every tenant how much of its ceiling the last 24 hours
// used; no plan is reckoned in, so that Total is Used.
func (a *App) Ceilings(ctx context.Context) ([]Ceiling, error) {
	list, err := a.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Ceiling, 0, len(list))
	for _, t := range list {
		c, err := a.ceiling(ctx, t, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *App) touched(ctx context.Context, tenantID string) (map[string]bool, error) {
	touched := map[string]bool{}
	err := a.read(ctx, func(q *storeq.Queries) error {
		same, err := sameServer(ctx, q, tenantID)
		if err != nil {
			return err
		}
		since := a.cfg.Now().Add(-ceilingWindow).UnixMilli()
		for _, t := range same {
			calls, err := q.TouchedSince(ctx, storeq.TouchedSinceParams{TenantID: t, At: since})
			if err != nil {
				return err
			}
			for _, id := range calls {
				touched[id] = true
			}
			stepped, err := q.SteppedSince(ctx, storeq.SteppedSinceParams{TenantID: t, Opened: since})
			if err != nil {
				return err
			}
			for _, id := range stepped {
				touched[id] = true
			}
		}
		return nil
	})
	return touched, err
}

// sameServer lists the tenants, removed ones included, that have the same
// address, however it is spelled, or, without SCIM, the same name: whoever adds
// a tenant anew, or twice, does not begin a new ceiling or lose its protected
// accounts. Two organisations of a provider that tells them apart by the token
// alone share both as well; that errs on the safe side.
func sameServer(ctx context.Context, q *storeq.Queries, tenantID string) ([]string, error) {
	own, err := q.TenantByID(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	same := []string{tenantID}
	all, err := q.TenantAddresses(ctx)
	for _, t := range all {
		named := own.Source == SourceFile && t.Source == SourceFile && t.NameNorm == own.NameNorm
		if t.ID != tenantID && (named || sameAddress(t.BaseUrl, own.BaseUrl)) {
			same = append(same, t.ID)
		}
	}
	return same, err
}

// forbids is asked right before every call: what was true when the plan was
// made, or when the run began, may not be any more. "" means: go on.
// now is the account as it was just read, zero before that. It is asked
// once more within the append of the intent, so that two runs that share a
// ceiling cannot both take its last place.
func (a *App) forbids(ctx context.Context, p storedPlan, i int, now accountState) (string, error) {
	act, want := p.Body.Actions[i], p.View.Plan.Actions[i]
	if err := a.clockRight(ctx); err != nil {
		return "", err
	}
	t, err := a.tenantRow(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	if t.Removed != nil {
		return "The tenant was removed.", nil
	}
	if t.Writes == 0 && t.Source != SourceFile {
		return "The tenant is read-only.", nil
	}
	names, emails := []string{want.Account.UserName, now.UserName}, append(slices.Clone(want.Account.Emails), now.Emails...)
	if why, err := a.protectedBecause(ctx, act.Tenant, act.Account, names, emails); err != nil {
		return "", err
	} else if why != "" {
		return "It is protected (" + why + ").", nil
	}
	if act.Action == actionDelete {
		if why, err := a.withoutGrace(ctx, act.Tenant, act.Account, now); why != "" || err != nil {
			return why, err
		}
	}
	if why, err := a.overtaken(ctx, p, act); why != "" || err != nil {
		return why, err
	}
	if (change{action: act.Action}).undoes() {
		return a.returned(ctx, p, act) // the ceiling does not count what gives access back
	}
	return a.overCeiling(ctx, p, act)
}

// overtaken says what was recorded about the account after the plan was, or "".
// The order of the record decides, not a clock. Whose the account is matters
// only to what takes access away.
func (a *App) overtaken(ctx context.Context, p storedPlan, act planBodyAction) (why string, err error) {
	err = a.read(ctx, func(q *storeq.Queries) error {
		calls, err := q.CountOthersAfter(ctx, storeq.CountOthersAfterParams{TenantID: act.Tenant, Account: act.Account, Plan: p.Hash, Seq: p.Row.Seq})
		if err != nil {
			return err
		}
		steps, err := q.CountOtherStepsAfter(ctx, storeq.CountOtherStepsAfterParams{TenantID: act.Tenant, Account: act.Account, Plan: p.Hash, OpenedSeq: p.Row.Seq})
		if err != nil {
			return err
		}
		decided, err := q.CountDecidedAfter(ctx, storeq.CountDecidedAfterParams{TenantID: act.Tenant, Account: act.Account, Seq: p.Row.Seq})
		switch {
		case calls+steps > 0:
			why = "Another plan acted on this account since this one was made. Plan again."
		case decided > 0 && !(change{action: act.Action}).undoes():
			why = "A person linked this account, or ended its link, since the plan was made. Plan again."
		}
		return err
	})
	return why, err
}

// clockRight is a refusal while this machine's clock is behind the record. It
// ends a run, and what is left of it stays pending: nothing is wrong with the
// accounts.
func (a *App) clockRight(ctx context.Context) error {
	why, err := a.clockBehind(ctx)
	if err == nil && why != "" {
		err = refused1(why, "Set it right, then run the plan again.")
	}
	return err
}

// clockBehind says that this machine's clock is behind the record by more than
// clocks differ, or "". What is done by such a clock would not count towards the
// ceiling once it was set right. The record's newest time is that of its calls,
// steps, lists and rosters: no plan can be run without one.
func (a *App) clockBehind(ctx context.Context) (string, error) {
	newest := int64(0)
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		newest, err = q.NewestTime(ctx)
		return err
	})
	if err != nil {
		return "", err
	}
	behind := fromMillis(newest).Sub(a.cfg.Now())
	if behind <= clockSlack {
		return "", nil
	}
	return fmt.Sprintf("The clock of this machine is %s behind the record's newest entry.", ageWords(behind)), nil
}

func (a *App) overCeiling(ctx context.Context, p storedPlan, act planBodyAction) (string, error) {
	touched, err := a.touched(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	touched[act.Account] = true
	snapshot, err := a.snapshotOnShow(ctx, act.Tenant)
	if err != nil {
		return "", err
	}
	if limit := max(ceilingLimit(snapshot.Active), p.Confirmed[act.Tenant]); len(touched) > limit {
		return fmt.Sprintf("The ceiling of %d accounts within 24 hours is reached.", limit), nil
	}
	return "", nil
}

// protectedBecause returns the reason of a protection, or "". One that was given
// as text before the account was known protects by user name and, where no
// account on the list has that as id or user name, by e-mail: also before it is
// tied to an id. names and emails are those of the list and those just read.
func (a *App) protectedBecause(ctx context.Context, tenantID, accountID string, names, emails []string) (string, error) {
	reason := ""
	err := a.read(ctx, func(q *storeq.Queries) error {
		same, err := sameServer(ctx, q, tenantID)
		if err != nil {
			return err
		}
		for _, t := range same {
			p, err := protectionOf(ctx, q, t, accountID, names)
			if err == nil && p == nil {
				p, err = protectionByMail(ctx, q, t, tenantID, emails)
			}
			if err != nil {
				return err
			}
			if p != nil {
				reason = p.Reason
			}
		}
		return nil
	})
	return reason, err
}

// protectionOf is the one kept in a tenant for an id or a user name; nil: none.
func protectionOf(ctx context.Context, q *storeq.Queries, kept, accountID string, names []string) (p *storeq.Protected, err error) {
	for _, name := range append([]string{""}, names...) {
		p, err = maybe(q.ProtectedMatch(ctx, storeq.ProtectedMatchParams{TenantID: kept, Account: accountID, NameNorm: reconcile.Normalise(name)}))
		if p != nil || err != nil {
			return p, err
		}
	}
	return nil, nil
}

// protectionByMail is one kept in a tenant as text that is an account's e-mail,
// and no id or user name on the list of the tenant listed; nil: none.
func protectionByMail(ctx context.Context, q *storeq.Queries, kept, listed string, emails []string) (*storeq.Protected, error) {
	for _, mail := range emails {
		p, err := maybe(q.ProtectedMatch(ctx, storeq.ProtectedMatchParams{TenantID: kept, NameNorm: reconcile.Normalise(mail)}))
		if err != nil {
			return nil, err
		}
		if p == nil || !asTyped(*p) {
			continue
		}
		if _, err = lookAccount(ctx, q, listed, p.Account); isNotFound(err) {
			return p, nil
		}
		if e := (*Error)(nil); err != nil && !errors.As(err, &e) {
			return nil, err // all else says that it is an id or a user name
		}
	}
	return nil, nil
}

// tooEarlyToDelete says why an account cannot be deleted, or "": only what we
// ourselves deactivated, confirmed, and so long ago that nobody missed it.
func (a *App) tooEarlyToDelete(ctx context.Context, tenantID string, acc FindingAccount) (string, error) {
	if acc.Active != string(reconcile.ActiveFalse) {
		return "It is not inactive; deactivate it first.", nil
	}
	return a.withoutGrace(ctx, tenantID, acc.ID, accountState{ID: acc.ID, UserName: acc.UserName, ExternalID: acc.ExternalID, Emails: acc.Emails})
}

// withoutGrace says why the time between a deactivation and a deletion has not
// passed, or "". Whoever was seen active in between begins it anew, and so does
// the first list after those whose accounts were lost with the store: they may
// have shown that. A list that was begun while the call could still take effect
// does not count. now is whom the id is known to be of, zero before that.
func (a *App) withoutGrace(ctx context.Context, tenantID, account string, now accountState) (string, error) {
	ours, err := a.ourDeactivation(ctx, tenantID, account)
	switch {
	case err != nil:
		return "", err
	case ours == nil:
		return "Rollcall has not deactivated it itself, with a confirmed outcome, or has given it back since.", nil
	}
	if why, err := a.anotherSince(ctx, *ours, now); why != "" || err != nil {
		return why, err
	}
	if why, err := a.perhapsNotOurs(ctx, *ours); why != "" || err != nil {
		return why, err
	}
	since := fromMillis(ours.At)
	if a.cfg.Now().Sub(since) < graceBeforeDelete {
		return "It was deactivated on " + since.UTC().Format(time.DateOnly) + "; it can be deleted 30 days after that.", nil
	}
	seen, from := int64(0), since.Add(doubt).UnixMilli()
	var lost int64
	var known time.Time
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		if seen, err = q.CountSeenActive(ctx, storeq.CountSeenActiveParams{TenantID: tenantID, ScimID: account, Started: from}); err != nil {
			return err
		}
		lost, known, err = lostSince(ctx, q, tenantID, from)
		return err
	})
	day := since.UTC().Format(time.DateOnly)
	switch {
	case err != nil:
		return "", err
	case seen > 0:
		return "A list showed it active after it was deactivated on " + day + ".", nil
	case lost > 0 && known.IsZero():
		return "It was deactivated on " + day + ", and what the lists since then showed was lost with the store. Sync it; it can be deleted 30 days after that.", nil
	case lost > 0 && a.cfg.Now().Sub(known) < graceBeforeDelete:
		return "It was deactivated on " + day + ", and what the lists since then showed was lost with the store; it can be deleted 30 days after the first list that is known again, of " + known.UTC().Format(time.DateOnly) + ".", nil
	}
	return "", nil
}

// perhapsNotOurs says why a deactivation may be somebody else's, or "": the tenant
// answered our call otherwise, and the account was seen inactive only after the
// action had ended.
func (a *App) perhapsNotOurs(ctx context.Context, ours storeq.DeactivatedRow) (string, error) {
	if ours.Status == 0 || ours.OutcomeSeq == nil {
		return "", nil
	}
	log, err := a.readLog(ctx)
	if err != nil {
		return "", err
	}
	var d actionOutcome
	if err := log.Entries(ctx, *ours.OutcomeSeq, *ours.OutcomeSeq+1, func(s audit.Stored) error { return s.Decode(&d) }); err != nil {
		return "", fileError(err)
	}
	if !d.Settled {
		return "", nil
	}
	return fmt.Sprintf("The tenant answered %d to Rollcall's call of %s, and the account was seen inactive only later, which may be somebody else's doing. Delete it in the tenant itself.",
		ours.Status, fromMillis(ours.At).UTC().Format(time.DateOnly)), nil
}

// lostSince is the number of the newest list of a tenant begun since then (unix
// milliseconds) whose accounts were lost with the store, and when the first one
// after it was begun, zero where there is none yet. 0: none was lost.
func lostSince(ctx context.Context, q *storeq.Queries, tenantID string, since int64) (no int64, known time.Time, err error) {
	no, err = q.LostSince(ctx, storeq.LostSinceParams{TenantID: tenantID, Started: since})
	if err != nil || no == 0 {
		return 0, known, err
	}
	at, err := q.KnownAfter(ctx, storeq.KnownAfterParams{TenantID: tenantID, No: no})
	if err != nil || at == 0 {
		return no, known, err
	}
	return no, fromMillis(at), nil
}

// ourDeactivation is the last one of the account, confirmed, unless we gave it
// back since; nil: there is none.
func (a *App) ourDeactivation(ctx context.Context, tenantID, accountID string) (ours *storeq.DeactivatedRow, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		ours, err = maybe(q.Deactivated(ctx, storeq.DeactivatedParams{TenantID: tenantID, Account: accountID}))
		return err
	})
	return ours, err
}

// closedSince: deactivated after the list was read, and nothing done to the
// account after that.
func (a *App) closedSince(ctx context.Context, tenantID, accountID string, taken time.Time) (bool, error) {
	ours, err := a.ourDeactivation(ctx, tenantID, accountID)
	if err != nil || ours == nil || fromMillis(ours.At).Before(taken) {
		return false, err
	}
	later, err := a.actedSince(ctx, tenantID, accountID, fromMillis(ours.At+1))
	return !later, err
}

func (a *App) actedSince(ctx context.Context, tenantID, accountID string, since time.Time) (bool, error) {
	n := int64(0)
	err := a.read(ctx, func(q *storeq.Queries) (err error) {
		n, err = q.ActedSince(ctx, storeq.ActedSinceParams{TenantID: tenantID, Account: accountID, At: since.UnixMilli()})
		if err != nil || n > 0 {
			return err
		}
		n, err = q.CountSteppedSince(ctx, storeq.CountSteppedSinceParams{TenantID: tenantID, Account: accountID, Opened: since.UnixMilli()})
		return err
	})
	return n > 0, err
}
