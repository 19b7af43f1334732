package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"rollcall/scim"
)

// mostLooked is how many pages of users are read to bear out that an account is
// gone: a 404 is rare, but a run may delete hundreds, and each has its own.
const mostLooked = 5

// surely reads what read reads, and believes that it is gone (isGone) only where
// the tenant answers the same once more, lists users, and does not list the
// account as one that is not inactive: a 404 may be a passing one of somebody in
// between, or of a credential that sees nobody any more.
func surely[T any](ctx context.Context, c *scim.Client, id string, read func(context.Context, string) (T, error)) (T, error) {
	found, err := read(ctx, id)
	if !isGone(err) {
		return found, err
	}
	account, pages := "", 1 // are enough where it is a group
	if _, ok := any(found).(scim.User); ok {
		account, pages = id, mostLooked
	}
	seen, err := lookThrough(ctx, c, account, pages)
	switch {
	case err != nil:
		return found, &Error{Kind: KindFailed, Text: "The tenant answers 404 to other requests too.", Do: "Try again once it answers."}
	case seen.users == 0:
		return found, &Error{Kind: KindFailed, Text: "The tenant answers 404, and lists nobody at all.", Do: "Look whether the credential may still read the users."}
	case seen.there:
		return found, &Error{Kind: KindFailed, Text: "The tenant answers 404 for the account, and lists it all the same.", Do: "Look at the account in the tenant's own administration."}
	}
	if found, err = read(ctx, id); isGone(err) && account != "" && !seen.whole {
		err = &gonePartly{err, seen.users}
	}
	return found, err
}

// looked is what a list of users showed.
type looked struct {
	users int
	there bool // the account, not as inactive
	whole bool // it was read to its end
}

// lookThrough lists users without a filter, which might lie, until a page has the
// account as not inactive, the list ends, or so many pages were read.
func lookThrough(ctx context.Context, c *scim.Client, id string, pages int) (seen looked, err error) {
	list, err := c.List(ctx, scim.Users, scim.ListOptions{}, func(p scim.Page) error {
		if p.Pass > 1 { // over the same users; verified is what could be read whole
			seen.whole = p.Verify
			return errEnough
		}
		seen.users += len(p.Users)
		for _, u := range p.Users {
			seen.there = seen.there || u.ID == id && u.Active != scim.ActiveFalse
		}
		if seen.there || p.Number >= pages {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return seen, nil
	}
	seen.whole = list.Complete
	return seen, err
}

// gonePartly is a 404 that a list bears out which was not read to its end.
type gonePartly struct {
	error
	users int
}

func (e *gonePartly) Unwrap() error { return e.error }

// goneWords says that an account is gone, and how far that could be seen.
func goneWords(err error) string {
	const gone = "Read back: the tenant no longer knows the account"
	var partly *gonePartly
	if errors.As(err, &partly) {
		return fmt.Sprintf("%s, as far as could be seen: the first %s on its list are not it, and the list was not read to its end.", gone, counted(partly.users, "user"))
	}
	return gone + "."
}

func isGone(err error) bool {
	var e *scim.Error
	return errors.As(err, &e) && !e.WebPage && (e.Status == http.StatusNotFound || e.Status == http.StatusGone)
}
