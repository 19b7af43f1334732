package app

import (
	"context"
	"errors"
	"slices"

	"rollcall/audit"
	"rollcall/db/storeq"
	"rollcall/scim"
)

// An id is no person: tenants give it to somebody else, once an account is
// deleted. Whose an account is, is told by what it says of the person.

// isAnother says that the id may have been given to somebody else. A new user
// name is the same person's only where the number and the e-mails are as they
// were, and there is one of them.
func (s accountState) isAnother(now accountState) bool {
	if spelled(s.UserName) == spelled(now.UserName) {
		return false
	}
	before, after := allSpelled(s.Emails), allSpelled(now.Emails)
	return s.ExternalID != now.ExternalID || !slices.Equal(before, after) || s.ExternalID == "" && len(before) == 0
}

// sameAsActedOn says whether an account is still the one that an intent of ours
// acted on: as it was before the call, or as it was read back right after it, for
// some tenants rename what is closed. The error is of kind refused where what it
// looked like was erased.
func (a *App) sameAsActedOn(ctx context.Context, intent int64, outcome *int64, now accountState) (bool, error) {
	before, err := a.beforeImage(ctx, intent)
	if err != nil || !before.isAnother(now) || outcome == nil {
		return err == nil && !before.isAnother(now), err
	}
	log, err := a.readLog(ctx)
	if err != nil {
		return false, err
	}
	var d actionOutcome
	if err := log.Entries(ctx, *outcome, *outcome+1, func(s audit.Stored) error { return s.Decode(&d) }); err != nil {
		return false, fileError(err)
	}
	if d.Intent != intent || d.Settled || d.After.IsZero() || d.After.Erased() {
		return false, nil // it was not read back at once, or nobody can tell as what
	}
	user, err := scim.DecodeUser(d.After.Bytes())
	return err == nil && !stateOf(user).isAnother(now), nil
}

// anotherSince says why an account may not be the one that we deactivated, or "".
// now is zero where it was not looked at yet.
func (a *App) anotherSince(ctx context.Context, ours storeq.DeactivatedRow, now accountState) (string, error) {
	if now.ID == "" {
		return "", nil
	}
	same, err := a.sameAsActedOn(ctx, ours.Seq, ours.OutcomeSeq, now)
	var own *Error
	switch {
	case errors.As(err, &own) && own.Kind == KindRefused:
		return "What it looked like when Rollcall deactivated it was erased, so that nobody can tell whether it is still the same.", nil
	case err != nil:
		return "", err
	case !same:
		return "Rollcall deactivated another user name under its id, with another externalId or e-mail or with neither; this may be somebody else's.", nil
	}
	return "", nil
}
