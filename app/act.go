package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"rollcall/audit"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

// Outcomes of an action. "sent" stands only between an intent and its outcome.
const (
	outcomePending   = "pending"
	outcomeSent      = "sent"
	outcomeConfirmed = "confirmed"
	outcomeGone      = "confirmed-gone"
	outcomeSkipped   = "skipped"
	outcomeFailed    = "failed"
	outcomeUnknown   = "unknown"
)

const (
	mostResends   = 3               // after 429, each with an intent of its own
	longestResend = 2 * time.Minute // a server that asks for more is left alone
)

// readBack are the waits before each look at the account after a call: five
// looks within 30 seconds.
var readBack = []time.Duration{0, time.Second, 3 * time.Second, 8 * time.Second, 18 * time.Second}

// action carries one account through the order that every action keeps: read,
// compare, record the intent, call, read back, record the outcome.
type action struct {
	w      *writer
	client *scim.Client
	plan   storedPlan
	i      int // index into the plan's actions
}

func (x *action) want() PlanAction     { return x.plan.View.Plan.Actions[x.i] }
func (x *action) body() planBodyAction { return x.plan.Body.Actions[x.i] }

// do returns an error only where the record or the store failed: everything
// that the tenant does ends as an outcome or a skip.
func (x *action) do(ctx context.Context) error {
	why, err := x.w.a.forbids(ctx, x.plan, x.i)
	if err != nil {
		return err
	}
	if why != "" {
		return x.skip(ctx, why)
	}
	before := x.plan.View.Before[x.i]
	user, state, err := x.w.a.readAccount(ctx, x.client, before)
	switch {
	case isGone(err):
		return x.skip(ctx, "The tenant no longer knows this account.")
	case err != nil:
		return x.skip(ctx, "It could not be read before the call: "+sentence(err))
	}
	if changed := before.changes(state); len(changed) > 0 {
		return x.skip(ctx, "It changed since the plan ("+strings.Join(changed, ", ")+").")
	}
	return x.send(ctx, user, state)
}

// send tries the plan's request forms in order. The next one follows only
// where the answer was 400, 405 or 501 and the account shows no effect; the
// same one follows only where the server asked to wait and did nothing.
func (x *action) send(ctx context.Context, user scim.User, state accountState) error {
	forms, resends, contentType := x.body().Requests, 0, ""
	for k := 0; k < len(forms); {
		again := resends < mostResends
		v, err := x.call(ctx, forms[k], contentType, user, state, k+1 < len(forms), again)
		if err != nil {
			return err
		}
		switch v.then {
		case thenStop:
			return nil
		case thenNext:
			k++
		case thenAgain:
			resends++
			contentType = v.contentType
			if err := x.w.a.cfg.Wait(ctx, v.wait); err != nil {
				return err
			}
		}
		if why, err := x.w.a.forbids(ctx, x.plan, x.i); err != nil || why != "" {
			return errors.Join(err, x.skipIf(ctx, why))
		}
	}
	return nil
}

func (x *action) skipIf(ctx context.Context, why string) error {
	if why == "" {
		return nil
	}
	return x.skip(ctx, why)
}

// call sends one request under one intent and records its outcome.
func (x *action) call(ctx context.Context, form planRequest, contentType string, user scim.User, state accountState, more, again bool) (verdict, error) {
	write, err := x.client.SetActive(x.body().Account, false, scim.Form(form.Form), &user)
	if err != nil {
		return verdict{}, fmt.Errorf("prepare %s: %w", form.Form, err)
	}
	if write.Method != form.Method || write.Path != form.Path || form.Body != string(write.Body) {
		return verdict{}, fmt.Errorf("the request for account %d is not the one that was planned", x.want().N)
	}
	write.ContentType = contentType
	intent, receipt, err := x.intent(ctx, form, write, user, state)
	if err != nil {
		return verdict{}, err
	}
	answer, sendErr := x.client.Send(ctx, write, receipt)
	v := x.judge(ctx, answer.Status, sendErr)
	v.settle(more, again && (v.contentType == "" || v.contentType != contentType))
	return v, x.outcome(ctx, intent.Seq, v, false)
}

func (x *action) intent(ctx context.Context, form planRequest, write scim.Write, user scim.User, state accountState) (audit.Stored, *audit.Receipt, error) {
	memberships, err := json.Marshal(state.Memberships)
	if err != nil {
		return audit.Stored{}, nil, err
	}
	return x.w.recordIntent(ctx, audit.Draft{
		Type: typeIntent, Tenant: x.body().Tenant, Target: audit.Text(state.UserName), Ticket: x.plan.Body.Ticket,
		Data: actionIntent{
			Plan: x.plan.Hash, N: x.want().N, Action: x.body().Action, Form: form.Form, Account: audit.Text(state.ID),
			Body: audit.Bytes(write.Body), Before: audit.Bytes(user.Raw), Memberships: audit.Bytes(memberships),
		},
	}, x.client.Request(write))
}

// outcome is recorded even where ctx has ended: an intent never stays alone
// while the process lives.
func (x *action) outcome(ctx context.Context, intent int64, v verdict, settled bool) error {
	_, err := x.w.record(context.WithoutCancel(ctx), audit.Draft{
		Type: typeOutcome, Tenant: x.body().Tenant, Target: audit.Text(x.want().Account.UserName), Ticket: x.plan.Body.Ticket,
		Data: actionOutcome{
			Plan: x.plan.Hash, N: x.want().N, Intent: intent, Account: audit.Text(x.body().Account), Outcome: v.outcome,
			Status: v.status, Why: audit.Text(v.why), After: audit.Bytes(v.after), Settled: settled, Next: v.then != thenStop,
		},
	})
	return err
}

func (x *action) skip(ctx context.Context, why string) error {
	_, err := x.w.record(context.WithoutCancel(ctx), audit.Draft{
		Type: typeSkipped, Tenant: x.body().Tenant, Target: audit.Text(x.want().Account.UserName), Ticket: x.plan.Body.Ticket,
		Data: actionSkipped{Plan: x.plan.Hash, N: x.want().N, Account: audit.Text(x.body().Account), Why: audit.Text(why)},
	})
	return err
}

// readAccount reads the account and every membership that the plan knew or the
// account itself names. The state holds what can be compared with before.
func (a *App) readAccount(ctx context.Context, c *scim.Client, before accountState) (scim.User, accountState, error) {
	user, err := c.User(ctx, before.ID)
	if err != nil {
		return scim.User{}, accountState{}, err
	}
	state := stateOf(user)
	named := map[string]bool{}
	for _, m := range state.Memberships {
		named[m.ID] = true
	}
	for _, m := range before.Memberships {
		if named[m.ID] {
			continue
		}
		group, err := c.Group(ctx, m.ID)
		if isGone(err) {
			continue
		}
		if err != nil {
			return scim.User{}, accountState{}, fmt.Errorf("group %s: %w", m.Name, err)
		}
		if slices.ContainsFunc(group.Members, func(m scim.Member) bool { return m.Value == user.ID }) {
			state.Memberships = append(state.Memberships, membership{ID: group.ID, Name: group.DisplayName})
		}
	}
	return user, state.sorted(), nil
}

func stateOf(u scim.User) accountState {
	s := accountState{ID: u.ID, UserName: u.UserName, ExternalID: u.ExternalID, Active: string(activeWord(activeNumber(u.Active)))}
	for _, e := range u.Emails {
		s.Emails = append(s.Emails, e.Value)
	}
	for _, g := range u.Groups {
		s.Memberships = append(s.Memberships, membership{ID: g.ID, Name: g.Display})
	}
	return s.sorted()
}

func isGone(err error) bool {
	var e *scim.Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}

// stateOfPlanned is the same from the list that the plan stands on.
func stateOfPlanned(p planAccount) accountState {
	s := accountState{ID: p.ID, UserName: p.UserName, ExternalID: p.ExternalID, Active: p.Active, Emails: p.Emails}
	for _, m := range p.Memberships {
		s.Memberships = append(s.Memberships, membership{ID: m.ID, Name: m.Name})
	}
	return s.sorted()
}
