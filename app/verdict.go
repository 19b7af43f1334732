package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"rollcall/scim"
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
	then    then
	wait    time.Duration

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
	looks := len(readBack)
	if refused(status) {
		looks = 1
	}
	v := x.look(ctx, looks, now)
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
	v := x.look(ctx, 1, now)
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

// look reads the account until it shows the wanted state, at most so often.
// outcomeFailed here means: readable and unchanged.
func (x *action) look(ctx context.Context, times int, now *seen) verdict {
	var v verdict
	for _, wait := range readBack[:times] {
		if wait > 0 && x.w.a.cfg.Wait(ctx, wait) != nil {
			break
		}
		v = x.change().glance(ctx, x.client, now.group.Members)
		if v.harm || v.outcome == outcomeConfirmed || v.outcome == outcomeGone {
			return v
		}
	}
	return v
}
