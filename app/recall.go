package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"rollcall/scim"
)

// recall settles a membership that was left unknown: it holds the group against
// the one that the intent recorded. A group that shows nobody may be empty,
// or be one whose members the tenant hides; which of them is read, not guessed.
func (c change) recall(ctx context.Context, client *scim.Client, before scim.Group) verdict {
	group, err := surely(ctx, client, c.group, client.Group)
	if err != nil || len(group.Members) > 0 {
		return c.judgeGroup(group, err, before)
	}
	if groupStateOf(before).mayBeAnother(group) {
		return anotherGroup(group)
	}
	hidden := verdict{outcome: outcomeUnknown, why: hiddenMembers, after: group.Raw}
	user, err := client.User(ctx, c.account)
	if err != nil && !isGone(err) {
		return hidden
	}
	switch in, others := namesGroup(user, c.group); {
	case in && c.action == actionAddMember:
		return verdict{outcome: outcomeConfirmed, why: "Read back: the account itself names the group; the group shows nobody.", after: group.Raw}
	case in:
		return verdict{outcome: outcomeFailed, why: "Read back: the account itself still names the group.", after: group.Raw}
	case len(before.Members) == 0 && others && c.action == actionAddMember:
		return verdict{outcome: outcomeFailed, why: "Read back: the account names its groups, and this one is not among them.", after: group.Raw}
	case len(before.Members) > 0 && showsMembers(ctx, client, c.group):
		return c.compareMembers(group, before)
	}
	return hidden
}

const hiddenMembers = "Read back: the group shows nobody, and whether it is empty or the tenant hides its members cannot be told. Look at the group in the tenant's own administration; if the change is missing there, sync and plan it again."

// namesGroup says whether the account itself names a group it is directly in,
// and whether it names others.
func namesGroup(u scim.User, group string) (in, others bool) {
	for _, g := range u.Groups {
		if g.ID == group {
			in = in || g.Direct
		} else {
			others = true
		}
	}
	return in, others
}

// showsMembers says whether the first page of groups shows a member of any
// other group: a tenant that does so for one does not hide all.
func showsMembers(ctx context.Context, client *scim.Client, but string) (shown bool) {
	_, err := client.List(ctx, scim.Groups, scim.ListOptions{}, func(p scim.Page) error {
		shown = slices.ContainsFunc(p.Groups, func(g scim.Group) bool { return g.ID != but && len(g.Members) > 0 })
		return errEnough
	})
	return shown && errors.Is(err, errEnough)
}

// anotherGroup says nothing of a membership.
func anotherGroup(now scim.Group) verdict {
	return verdict{outcome: outcomeUnknown, after: now.Raw,
		why: "Read back: under the id of the group is " + quoted(now.DisplayName) + " now, with another name or externalId; it may be another group. Look at it in the tenant's own administration."}
}

// compareMembers holds all members against those before the call: a tenant that
// loses others with the one is caught at the first.
func (c change) compareMembers(group, before scim.Group) verdict {
	lost, added := otherMembers(before.Members, group.Members, c.account)
	in := hasMember(group, c.account)
	v := verdict{outcome: outcomeFailed, why: "Read back: the group is unchanged.", after: group.Raw}
	switch {
	case lost > 0:
		v.why, v.harm = fmt.Sprintf("Read back: %d other members of the group are gone as well; the record has the list from before.", lost), true
	case groupStateOf(before).mayBeAnother(group):
		return anotherGroup(group)
	case in == (c.action == actionAddMember) && before.Members == nil:
		v.outcome, v.why = outcomeConfirmed, "Read back: the membership is as wanted."
	case in == (c.action == actionAddMember):
		v.outcome, v.why = outcomeConfirmed, "Read back: the other members are unchanged."
		if added > 0 {
			v.why = fmt.Sprintf("Read back: no other member is gone; %d joined meanwhile.", added)
		}
	}
	return v
}
