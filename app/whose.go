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

// mayBeAnother says that the id may have been given to somebody else, so that
// nothing is sent; for a look at a whole list [accountMarks.isAnother] goes by what
// is likelier. The same number is the same account's, whatever else was renamed.
// Without it, a new user name is so only with the same e-mails, and an old one
// unless number and e-mails speak against it, one of them with another value and
// the other at least gone. What only came, where there was nothing, contradicts
// nothing.
func (s accountState) mayBeAnother(now accountState) bool {
	if s.ExternalID != "" && s.ExternalID == now.ExternalID {
		return false
	}
	before, after := allSpelled(s.Emails), allSpelled(now.Emails)
	otherNumber := contradicts(s.ExternalID, now.ExternalID)
	if s.UserName == "" || spelled(s.UserName) != spelled(now.UserName) {
		return otherNumber || len(before) == 0 || !slices.Equal(before, after)
	}
	noMail := len(before) > 0 && !slices.ContainsFunc(before, func(m string) bool { return slices.Contains(after, m) })
	return noMail && s.ExternalID != "" && (otherNumber || len(after) > 0)
}

// sameAsActedOn says whether an account is still the one that an intent of ours
// acted on: as it was before the call, or as it was read back right after it, for
// some tenants rename what is closed. The error is of kind refused where what it
// looked like was erased.
func (a *App) sameAsActedOn(ctx context.Context, intent int64, outcome *int64, now accountState) (bool, error) {
	before, err := a.beforeImage(ctx, intent)
	if err != nil || !before.mayBeAnother(now) || outcome == nil {
		return err == nil && !before.mayBeAnother(now), err
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
	return err == nil && !stateOf(user).mayBeAnother(now), nil
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
		return "What Rollcall deactivated under its id had another userName, externalId or e-mail, and nothing shows that this is the same account; it may be somebody else's.", nil
	}
	return "", nil
}
