package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/scim"

	"github.com/go-json-experiment/json"
)

type then int

const (
	thenStop  then = iota
	thenNext       // the plan's next request form
	thenAgain      // the same form, after wait
)

// verdict is what one call came to, judged by reading the account back.
type verdict struct {
	outcome string
	status  int
	why     string
	after   []byte

	memberships []byte // see actionOutcome; nil: not read
	then        then
	wait        time.Duration

	contentType string // for thenAgain: what the server may take instead
	harm        bool   // more changed than was asked for
}

// settle drops a continuation that is not there: no further form, or no
// further try.
func (v *verdict) settle(more, again bool) {
	if v.then == thenNext && !more || v.then == thenAgain && !again {
		v.then = thenStop
	}
}

// judge looks at the account after a call. The status only says what the
// server claims; what the account shows decides.
func (x *action) judge(ctx context.Context, status int, sendErr error, now *seen) verdict {
	var e *scim.Error
	if errors.As(sendErr, &e) {
		status = e.Status
	}
	if status == http.StatusTooManyRequests {
		return x.asked(ctx, e, now)
	}
	waits := readBack
	if refused(status) {
		waits = readBack[:1]
	}
	v := x.look(ctx, waits, now)
	v.status = status
	if v.harm || v.outcome != outcomeFailed {
		return v
	}
	switch {
	case status == http.StatusAccepted:
		v.outcome, v.why = outcomeUnknown, "The tenant accepted the call for later (202) and shows no effect yet."
	case sendErr == nil:
		v.why = fmt.Sprintf("The tenant accepted the call (%d), but it had no effect.", status)
	case status == http.StatusBadRequest, status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		v.why, v.then = sentence(sendErr), thenNext
	case status == http.StatusUnsupportedMediaType:
		v.why, v.then, v.contentType = sentence(sendErr), thenAgain, "application/json"
	case late(e):
		v.outcome, v.why = outcomeUnknown, sentence(sendErr)+" The account shows no effect yet."
	default:
		v.why = sentence(sendErr)
	}
	return v
}

// rematch has a call made again that the tenant refused since what it changes is
// not as it was read: it is read anew, and compared with the plan anew. The same
// ETag is not sent twice, as some give one that they then do not accept; what is
// sent without one then is never a whole resource.
func (x *action) rematch(v *verdict, sent string) {
	if v.status == http.StatusPreconditionFailed && sent != "" && v.outcome == outcomeFailed && !v.harm {
		x.unmatched, v.then = sent, thenAgain
	}
}

// stillIn adds to a confirmed deactivation which of its groups the account is
// still in: a tenant may take it out of them, and only what it took at once can
// be told from what somebody took later. Where it cannot be read, nothing is
// known, and an undo leaves the groups alone.
func (x *action) stillIn(ctx context.Context, v *verdict, before accountState) {
	if v.outcome != outcomeConfirmed || x.body().Action != actionDeactivate {
		return
	}
	user, err := scim.DecodeUser(v.after)
	if err != nil {
		return
	}
	state, err := withGroups(ctx, x.client, user, before)
	if err != nil {
		return
	}
	if state.Memberships == nil {
		state.Memberships = []membership{}
	}
	if b, err := json.Marshal(state.Memberships); err == nil {
		v.memberships = b
	}
}

// late: no answer was seen, or only that of somebody in between, so the call
// may still be carried out.
func late(e *scim.Error) bool {
	if e == nil || !e.Uncertain {
		return false
	}
	switch e.Status {
	case 0, http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// refused: the server decided against the call at once, so one look is enough.
func refused(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout
}

// asked judges a 429. One look, since a server may count and act all the same.
func (x *action) asked(ctx context.Context, e *scim.Error, now *seen) verdict {
	v := x.look(ctx, readBack[:1], now)
	v.status = http.StatusTooManyRequests
	if v.harm || v.outcome != outcomeFailed {
		return v
	}
	wait := time.Second
	if e != nil && e.RetryAfter > wait {
		wait = e.RetryAfter
	}
	v.why = fmt.Sprintf("The tenant asked to wait %s (429).", wait.Round(time.Second))
	if wait <= longestResend {
		v.then, v.wait = thenAgain, wait
	}
	return v
}

// holdRest compares the rest of an account that is as wanted with what it was
// before the call. That it lost what tells whose it is is harm. Another user name,
// and other or no e-mails, are only said: there are tenants that hide or rename
// what is inactive.
func (v *verdict) holdRest(before accountState) {
	user, err := scim.DecodeUser(v.after)
	if v.outcome != outcomeConfirmed || user.ID != before.ID || err != nil {
		return
	}
	var lost []string
	note := func(differs bool, word string, harm bool) {
		if differs {
			lost, v.harm = append(lost, word), v.harm || harm
		}
	}
	now := stateOf(user)
	mails := func(s accountState) (out []string) {
		for _, m := range s.Emails {
			out = append(out, reconcile.Normalise(m))
		}
		slices.Sort(out)
		return out
	}
	note(before.UserName != "" && reconcile.Normalise(before.UserName) != reconcile.Normalise(now.UserName), "userName", now.UserName == "")
	note(before.ExternalID != "" && before.ExternalID != now.ExternalID, "externalId", true)
	note(len(before.Emails) > 0 && !slices.Equal(mails(before), mails(now)), "emails", false)
	if len(lost) > 0 {
		v.why += " Not as before the call, gone or another: " + strings.Join(lost, ", ") + "."
	}
	if v.harm {
		v.outcome = outcomeFailed
	}
}

// lookOn reads on for the rest of the 30 seconds after the last call of an action
// whose answer does not exclude that it is carried out.
func (x *action) lookOn(ctx context.Context, v *verdict, now *seen) {
	if v.then != thenStop || v.harm || v.outcome != outcomeFailed || !mayFollow(v.status) {
		return
	}
	w := x.look(ctx, readBack[1:], now)
	switch {
	case w.outcome == outcomeConfirmed || w.outcome == outcomeGone:
		w.why = fmt.Sprintf("The tenant answered %d and carried it out all the same. %s", v.status, w.why)
	case w.harm:
	default:
		return
	}
	w.status = v.status
	*v = w
}

// mayFollow: an answer of 400 to 499 that does not say outright that nothing was
// done. Some tenants count, validate or queue a call and then carry it out.
func mayFollow(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType:
		return false
	}
	return status >= 400 && status < 500
}

// look reads the account until it shows the wanted state, after each of waits.
// outcomeFailed here means: readable and unchanged.
func (x *action) look(ctx context.Context, waits []time.Duration, now *seen) verdict {
	var v verdict
	for _, wait := range waits {
		if wait > 0 && x.w.a.cfg.Wait(ctx, wait) != nil {
			break
		}
		v = x.change().glance(ctx, x.client, now.group)
		x.bearOut(ctx, &v)
		if !x.change().membership() {
			v.holdRest(now.state)
		}
		if v.harm || v.outcome == outcomeConfirmed || v.outcome == outcomeGone {
			return v
		}
	}
	return v
}
