package app

import (
	"context"
	"errors"
	"fmt"

	"rollcall/scim"
)

// The actions of a plan. Deactivating is what a person gets who does not ask
// for anything else; it can be undone.
const (
	actionDeactivate   = "deactivate"
	actionReactivate   = "reactivate"
	actionRemoveMember = "remove-membership"
	actionAddMember    = "add-membership"
	actionDelete       = "delete"
	actionClose        = "close-by-hand" // in a tenant without SCIM: nothing is sent
)

// change is one action on one account: how it is worded as a request, and how
// its effect is seen.
type change struct {
	action  string
	account string // SCIM id
	group   string // SCIM id, of a membership
}

// undoes says whether the action gives access back; it does not count towards
// the ceiling.
func (c change) undoes() bool { return c.action == actionReactivate || c.action == actionAddMember }

func (c change) membership() bool {
	return c.action == actionRemoveMember || c.action == actionAddMember
}

// forms are the ways to word it, in the order in which they may be tried.
// Replacing a whole resource comes last.
func (c change) forms() []scim.Form {
	switch c.action {
	case actionDeactivate, actionReactivate, actionAddMember:
		return []scim.Form{scim.PatchPath, scim.PatchObject, scim.Put}
	case actionRemoveMember:
		return []scim.Form{scim.PatchPath, scim.Put}
	}
	return []scim.Form{formDelete}
}

const formDelete scim.Form = "delete"

// seen is what the tenant shows right before a call.
type seen struct {
	user  scim.User
	group scim.Group // of a membership
	state accountState
}

// etag is that of what c changes; "" where the tenant gave none.
func (s seen) etag(c change) string {
	if c.membership() {
		return s.group.ETag
	}
	return s.user.ETag
}

// write words the change. Put needs what was just seen and fails without.
func (c change) write(client *scim.Client, f scim.Form, now *seen) (scim.Write, error) {
	var user *scim.User
	var group *scim.Group
	if now != nil {
		user, group = &now.user, &now.group
	}
	switch c.action {
	case actionDeactivate, actionReactivate:
		return client.SetActive(c.account, c.action == actionReactivate, f, user)
	case actionRemoveMember:
		return client.RemoveMember(c.group, c.account, f, group)
	case actionAddMember:
		return client.AddMember(c.group, c.account, f, group)
	case actionDelete:
		return client.Delete(scim.Users, c.account)
	}
	return scim.Write{}, fmt.Errorf("the action %q sends nothing", c.action)
}

// requests are the forms that a plan allows. The body of a PUT is made from the
// resource as it is read right before the call, so the plan cannot name it.
func (c change) requests(client *scim.Client) ([]planRequest, []Call, error) {
	var requests []planRequest
	var calls []Call
	for i, f := range c.forms() {
		if f == scim.Put {
			path := requests[0].Path
			requests = append(requests, planRequest{Form: string(f), Method: "PUT", Path: path})
			calls = append(calls, Call{Method: "PUT", Path: path, Words: "the resource as it is then read, " + c.words() + "; only after 400, 405 or 501 and no effect"})
			continue
		}
		w, err := c.write(client, f, nil)
		if err != nil {
			return nil, nil, fmt.Errorf("prepare the call for %q: %w", c.account, err)
		}
		words := c.words()
		if i > 0 {
			words = "the same without a path; only after 400, 405 or 501 and no effect"
		}
		requests = append(requests, planRequest{Form: string(f), Method: w.Method, Path: w.Path, Body: string(w.Body)})
		calls = append(calls, Call{Method: w.Method, Path: w.Path, Body: w.Body, Words: words})
	}
	return requests, calls, nil
}

func (c change) words() string {
	switch c.action {
	case actionDeactivate:
		return "set active to false"
	case actionReactivate:
		return "set active to true"
	case actionRemoveMember:
		return "remove this one member"
	case actionAddMember:
		return "add this one member"
	}
	return "delete the account"
}

// glance looks at what the change should have changed. outcomeFailed means:
// readable, and not as wanted. before is a group before the call; without
// members where they are not at hand.
func (c change) glance(ctx context.Context, client *scim.Client, before scim.Group) verdict {
	if c.membership() {
		return c.glanceGroup(ctx, client, before)
	}
	user, err := surely(ctx, client, c.account, client.User)
	switch {
	case isGone(err) && c.action == actionReactivate:
		return verdict{outcome: outcomeFailed, why: goneWords(err)}
	case isGone(err):
		return verdict{outcome: outcomeGone, why: goneWords(err)}
	case err != nil:
		return verdict{outcome: outcomeUnknown, why: "The account could not be read back: " + sentence(err)}
	}
	return c.judgeUser(user)
}

func (c change) judgeUser(user scim.User) verdict {
	v := verdict{outcome: outcomeFailed, after: user.Raw}
	want, other := scim.ActiveFalse, "Read back: still active."
	switch {
	case c.action == actionDelete:
		v.why = "Read back: the account is still there."
		return v
	case c.action == actionReactivate:
		want, other = scim.ActiveTrue, "Read back: still inactive."
	}
	switch user.Active {
	case want:
		v.outcome, v.why = outcomeConfirmed, "Read back: active is "+want.String()+"."
	case scim.ActiveUnknown:
		v.outcome, v.why = outcomeUnknown, "Read back: the tenant does not say whether the account is active."
	default:
		v.why = other
	}
	return v
}

// glanceGroup looks at the group.
func (c change) glanceGroup(ctx context.Context, client *scim.Client, before scim.Group) verdict {
	group, err := surely(ctx, client, c.group, client.Group)
	if err == nil && len(group.Members) == 0 && (before.Members == nil || c.action == actionAddMember && !group.MembersKnown) {
		return verdict{outcome: outcomeUnknown, why: "Read back: the tenant does not show who is in the group.", after: group.Raw}
	}
	return c.judgeGroup(group, err, before)
}

func (c change) judgeGroup(group scim.Group, err error, before scim.Group) verdict {
	switch {
	case isGone(err):
		return verdict{outcome: outcomeFailed, why: "Read back: the tenant no longer knows the group.", harm: true}
	case err != nil:
		return verdict{outcome: outcomeUnknown, why: "The group could not be read back: " + sentence(err)}
	}
	return c.compareMembers(group, before)
}

// otherMembers counts who else is missing or new, duplicates aside.
func otherMembers(before, after []scim.Member, but string) (lost, added int) {
	was, is := map[string]bool{}, map[string]bool{}
	for _, m := range before {
		was[m.Value] = true
	}
	for _, m := range after {
		is[m.Value] = true
		if !was[m.Value] && m.Value != but {
			was[m.Value] = true
			added++
		}
	}
	for id := range was {
		if !is[id] && id != but {
			lost++
		}
	}
	return lost, added
}

// errHarmed stops a run: a tenant that does more than it is asked to is not asked
// again.
var errHarmed = errors.New("the tenant did more than it was asked to")

func (v verdict) stopped() *Error {
	return &Error{Kind: KindRefused, Text: "The run was stopped: " + lowerFirst(v.why), Do: "Look at it in the tenant; what it was before is in the record.", Err: errHarmed}
}
