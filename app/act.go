package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db/storeq"
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

	// outcomeHarmed stands in the store for an intent only: to a person it
	// failed, to the ceiling it had an effect.
	outcomeHarmed = "harmed"
)

const (
	mostResends   = 3               // after 429, each with an intent of its own
	longestResend = 2 * time.Minute // a server that asks for more is left alone
	longestCall   = 5 * time.Minute // from intent to outcome
	mostAfter     = 4 << 20         // bytes of what was read back that the record keeps
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
	calls  int // that this attempt has sent

	most map[[2]string]int // members that each group, by tenant and id, showed at most in this run

	unmatched string // the ETag that the tenant refused with 412; it is not sent again
}

func (x *action) want() PlanAction     { return x.plan.View.Plan.Actions[x.i] }
func (x *action) body() planBodyAction { return x.plan.Body.Actions[x.i] }
func (x *action) change() change {
	b := x.body()
	return change{action: b.Action, account: b.Account, group: b.Group}
}

// do tries the plan's request forms in order, each after a fresh look. The next
// one follows only where the answer was 400, 405 or 501 and the account shows
// no effect; the same one only where the server asked to wait and did nothing.
//
// It returns an error only where the record or the store failed, ctx ended, or
// the tenant did harm: all else that a tenant does ends as an outcome or a skip.
func (x *action) do(ctx context.Context) error {
	forms, resends, contentType := x.body().Requests, 0, ""
	for k := 0; k < len(forms); {
		now, why, err := x.ready(ctx, forms[k])
		if err != nil {
			return err
		}
		if why != "" {
			return x.stop(ctx, why)
		}
		v, err := x.call(ctx, forms[k], contentType, now, k+1 < len(forms), resends < mostResends)
		if err != nil {
			return err
		}
		x.calls++
		switch v.then {
		case thenStop:
			return nil
		case thenNext:
			k++
		case thenAgain:
			resends++
			contentType = cmp.Or(v.contentType, contentType)
			if err := x.w.a.cfg.Wait(ctx, v.wait); err != nil {
				return err
			}
		}
	}
	return nil
}

// ready asks the guards, then reads, and holds what was read of a group that is
// to be replaced against what is known of it. why says what speaks against the
// call.
func (x *action) ready(ctx context.Context, form planRequest) (now seen, why string, err error) {
	if why, err = x.forbids(ctx, accountState{}); err != nil || why != "" {
		return now, why, err
	}
	now, why, err = x.read(ctx)
	if err == nil && why == "" && form.Form == string(scim.Put) && x.change().membership() {
		why, err = x.lacks(ctx, now.group)
	}
	return now, why, err
}

// read looks at what the plan is about to change. why says that it is not what
// the plan was made for.
func (x *action) read(ctx context.Context) (now seen, why string, err error) {
	before, err := x.expected(ctx)
	if err != nil {
		return now, "", err
	}
	now.user, now.state, err = readAccount(ctx, x.client, before)
	switch {
	case ctx.Err() != nil:
		return now, "", ctx.Err()
	case isGone(err):
		return now, "The tenant no longer knows this account.", nil
	case err != nil:
		return now, "It could not be read before the call: " + sentence(err), nil
	}
	if changed := before.changes(now.state); len(changed) > 0 {
		return now, "It changed since the plan (" + strings.Join(changed, ", ") + ").", nil
	}
	c := x.change()
	if !c.membership() {
		return now, "", nil
	}
	now.group, err = surely(ctx, x.client, c.group, x.client.Group)
	switch in := hasMember(now.group, c.account); {
	case isGone(err):
		return now, "The tenant no longer knows this group.", nil
	case err != nil:
		return now, "The group could not be read before the call: " + sentence(err), nil
	case before.Group.mayBeAnother(now.group):
		return now, "Under the id of the group " + quoted(before.Group.Name) + " is " + quoted(now.group.DisplayName) + " now, with another name or externalId; it may be another group. Plan again.", nil
	case slices.ContainsFunc(now.group.Members, func(m scim.Member) bool { return nested(m) && m.Value == c.account }):
		return now, "The group has another group in it under the id of this account, and a change could hit that one.", nil
	case len(now.group.Members) == 0 && c.action == actionRemoveMember:
		return now, "The tenant does not show who is in this group, so a removal could not be checked.", nil
	case !in && c.action == actionRemoveMember && slices.ContainsFunc(now.state.Memberships, func(m membership) bool { return m.ID == c.group }):
		return now, "The tenant names the group at the account, but does not list the account in the group.", nil
	case in == (c.action == actionAddMember):
		return now, "The membership is as wanted already.", nil
	}
	return now, "", nil
}

// expected is the planned state plus what earlier actions of this plan were
// confirmed to have done to the same account.
func (x *action) expected(ctx context.Context) (accountState, error) {
	s := x.plan.View.Before[x.i]
	s.Memberships = slices.Clone(s.Memberships)
	earlier := x.plan.Body.Actions[:x.i]
	same := func(b planBodyAction) bool { return b.Account == x.body().Account && b.Tenant == x.body().Tenant }
	if !slices.ContainsFunc(earlier, same) {
		return s, nil
	}
	rows, err := x.w.a.actionRows(ctx, x.plan.Hash)
	if err != nil {
		return s, err
	}
	for j, b := range earlier {
		if !same(b) || rows[j].Outcome != outcomeConfirmed {
			continue
		}
		switch b.Action {
		case actionDeactivate:
			s.Active = string(reconcile.ActiveFalse)
		case actionReactivate:
			s.Active = string(reconcile.ActiveTrue)
		case actionRemoveMember:
			s.Memberships = slices.DeleteFunc(s.Memberships, func(m membership) bool { return m.ID == b.Group })
		case actionAddMember:
			s.Memberships = append(s.Memberships, membership{ID: b.Group})
		}
	}
	return s, nil
}

// hasMember says whether the account is in the group. A group in it may have the
// same id, where a tenant numbers users and groups apart.
func hasMember(g scim.Group, account string) bool {
	return slices.ContainsFunc(g.Members, func(m scim.Member) bool { return m.Value == account && !nested(m) })
}

// nested: the member is a group (RFC 7643 section 4.2).
func nested(m scim.Member) bool { return strings.EqualFold(m.Type, "Group") }

// call sends one request under one intent and records its outcome.
func (x *action) call(ctx context.Context, form planRequest, contentType string, now seen, more, again bool) (verdict, error) {
	write, err := x.change().write(x.client, scim.Form(form.Form), &now)
	if err != nil {
		return verdict{}, x.stop(ctx, "The planned request cannot be made: "+sentence(err))
	}
	if write.Method != form.Method || write.Path != form.Path || form.Form != string(scim.Put) && form.Body != string(write.Body) {
		return verdict{}, fmt.Errorf("the request for account %d is not the one that was planned", x.want().N)
	}
	write.ContentType = contentType
	if etag := now.etag(x.change()); etag != x.unmatched {
		write = x.client.Conditional(ctx, write, etag)
	}
	if x.unmatched != "" && form.Form == string(scim.Put) && write.IfMatch == "" {
		return verdict{}, x.stop(ctx, "The tenant answered 412, so what it has is not what was read, and no new ETag was read since; replacing it as a whole could undo what somebody else changed.")
	}
	// From here to the outcome a person's Ctrl-C is not heard: what was begun is
	// seen through, within bounds.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestCall)
	defer cancel()
	intent, receipt, why, err := x.intent(ctx, form, write, now)
	switch {
	case why != "":
		return verdict{}, x.stop(ctx, why)
	case errors.Is(err, errUnapplied):
		v := verdict{outcome: outcomeFailed, why: "It was not sent: the store could not be written."}
		return verdict{}, errors.Join(err, x.outcome(ctx, intent.Seq, v, false))
	case err != nil:
		return verdict{}, err
	}
	answer, sendErr := x.client.Send(ctx, write, receipt)
	v := x.judge(ctx, answer.Status, sendErr, &now)
	x.rematch(&v, write.IfMatch)
	v.settle(more, again && (v.contentType == "" || v.contentType != contentType))
	x.lookOn(ctx, &v, &now)
	x.stillIn(ctx, &v, now.state)
	if err := x.outcome(ctx, intent.Seq, v, false); err != nil {
		return v, err
	}
	if v.harm {
		return v, v.stopped()
	}
	return v, nil
}

func (x *action) intent(ctx context.Context, form planRequest, write scim.Write, now seen) (audit.Stored, *audit.Receipt, string, error) {
	memberships, err := json.Marshal(now.state.Memberships)
	if err != nil {
		return audit.Stored{}, nil, "", err
	}
	var group audit.Personal
	var beforeGroup audit.Blob
	if x.change().membership() {
		group, beforeGroup = audit.Text(now.group.ID), audit.Bytes(now.group.Raw)
	}
	return x.w.recordIntent(ctx, audit.Draft{
		Type: typeIntent, Tenant: x.body().Tenant, Target: audit.Text(now.state.UserName), Ticket: x.plan.Body.Ticket,
		Data: actionIntent{
			Plan: x.plan.Hash, N: x.want().N, Action: x.body().Action, Form: form.Form, Account: audit.Text(now.state.ID), Group: group,
			Body: audit.Bytes(write.Body), Before: audit.Bytes(now.user.Raw), BeforeGroup: beforeGroup, Memberships: audit.Bytes(memberships),
			AllMemberships: now.user.GroupsKnown,
		},
	}, x.client.Request(write), func() (string, error) { return x.forbids(ctx, now.state) })
}

// outcome is recorded even where ctx has ended: an intent never stays alone
// while the process lives.
func (x *action) outcome(ctx context.Context, intent int64, v verdict, settled bool) error {
	if len(v.after) > mostAfter {
		v.after, v.why = nil, v.why+" What was read back is too large to be kept."
	}
	var memberships audit.Blob
	if v.memberships != nil {
		memberships = audit.Bytes(v.memberships)
	}
	_, err := x.w.record(context.WithoutCancel(ctx), audit.Draft{
		Type: typeOutcome, Tenant: x.body().Tenant, Target: audit.Text(x.want().Account.UserName), Ticket: x.plan.Body.Ticket,
		Data: actionOutcome{
			Plan: x.plan.Hash, N: x.want().N, Intent: intent, Account: audit.Text(x.body().Account), Outcome: v.outcome,
			Status: v.status, Why: audit.Text(v.why), After: audit.Bytes(v.after), Memberships: memberships,
			Settled: settled, Next: v.then != thenStop, Harm: v.harm,
		},
	})
	return err
}

// stop ends an action for a reason of our own. Where nothing was sent it was
// skipped; where an earlier call was refused or put off, it failed, unless its
// effect shows now.
func (x *action) stop(ctx context.Context, why string) error {
	earlier, err := x.lastCall(ctx)
	if err != nil {
		return err
	}
	kind := typeSkipped
	if earlier != nil {
		if done, err := x.followed(ctx, *earlier, false); done || err != nil {
			return err
		}
		kind, why = typeStopped, "It was not tried again: "+lowerFirst(why)
	}
	_, err = x.w.record(context.WithoutCancel(ctx), audit.Draft{
		Type: kind, Tenant: x.body().Tenant, Target: audit.Text(x.want().Account.UserName), Ticket: x.plan.Body.Ticket,
		Data: actionSkipped{Plan: x.plan.Hash, N: x.want().N, Account: audit.Text(x.body().Account), Why: audit.Text(why)},
	})
	return err
}

// lastCall is the intent of the action's latest call, also of an earlier attempt;
// nil where none was made.
func (x *action) lastCall(ctx context.Context) (*storeq.Intent, error) {
	rows, err := x.w.a.actionRows(ctx, x.plan.Hash)
	if err != nil || rows[x.i].IntentSeq == nil {
		return nil, err
	}
	var in storeq.Intent
	err = x.w.a.read(ctx, func(q *storeq.Queries) (err error) {
		in, err = q.IntentBySeq(ctx, *rows[x.i].IntentSeq)
		return err
	})
	return &in, err
}

// followed looks whether a call that was refused or put off was carried out all
// the same: then the change is ours, and its outcome says so. Late, when the
// action has ended, other members that a group lost prove nothing any more.
func (x *action) followed(ctx context.Context, in storeq.Intent, late bool) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestCall)
	defer cancel()
	v, err := x.reread(ctx, in, late)
	if err != nil || v.outcome != outcomeConfirmed && v.outcome != outcomeGone && (late || !v.harm) {
		return false, err
	}
	v.status = int(in.Status)
	switch {
	case late:
		v.why = fmt.Sprintf("The tenant answered %d, and the effect showed only after the action had ended. %s It is taken for ours; whether somebody else did it meanwhile cannot be told.", v.status, v.why)
	case !v.harm:
		v.why = fmt.Sprintf("The tenant answered %d and carried it out all the same. %s", v.status, v.why)
	}
	x.stillIn(ctx, &v, x.plan.View.Before[x.i])
	if err := x.outcome(ctx, in.Seq, v, late); err != nil {
		return true, err
	}
	if v.harm {
		return true, v.stopped()
	}
	return true, nil
}

// readAccount reads the account and every membership that the plan knew or the
// account itself names. The state holds what can be compared with before.
func readAccount(ctx context.Context, c *scim.Client, before accountState) (scim.User, accountState, error) {
	user, err := surely(ctx, c, before.ID, c.User)
	if err != nil {
		return scim.User{}, accountState{}, err
	}
	state, err := withGroups(ctx, c, user, before)
	return user, state, err
}

// withGroups adds to what the account itself names those groups of before that
// list it. An indirect one that before has not is left out: no list shows it, and
// no call changes it.
func withGroups(ctx context.Context, c *scim.Client, user scim.User, before accountState) (accountState, error) {
	user.Groups = slices.DeleteFunc(slices.Clone(user.Groups), func(g scim.Membership) bool {
		return !g.Direct && !containsGroup(before.Memberships, g.ID)
	})
	state := stateOf(user)
	named := map[string]bool{}
	for _, m := range state.Memberships {
		named[m.ID] = true
	}
	for _, m := range before.Memberships {
		if named[m.ID] {
			continue
		}
		group, err := surely(ctx, c, m.ID, c.Group)
		if isGone(err) {
			continue
		}
		if err != nil {
			return accountState{}, fmt.Errorf("group %s: %w", m.Name, err)
		}
		if hasMember(group, user.ID) {
			state.Memberships = append(state.Memberships, membership{ID: group.ID, Name: group.DisplayName})
		}
	}
	return state.sorted(), nil
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

// stateOfPlanned is the same from the list that the plan stands on.
func stateOfPlanned(p planAccount) accountState {
	s := accountState{ID: p.ID, UserName: p.UserName, ExternalID: p.ExternalID, Active: p.Active, Emails: p.Emails}
	for _, m := range p.Memberships {
		s.Memberships = append(s.Memberships, membership{ID: m.ID, Name: m.Name})
	}
	return s.sorted()
}
