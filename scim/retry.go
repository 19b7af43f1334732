package scim

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxAttempts   = 5               // of one GET
	maxReadWait   = 2 * time.Minute // in all, for one GET
	maxListWait   = 15 * time.Minute
	firstBackoff  = time.Second
	longestWait   = 10 * 365 * 24 * time.Hour // what a header may ask for; beyond it is nonsense
	epochFrom     = 1_000_000_000
	epochMillis   = 1_000_000_000_000
	retryPrecise  = 0.001 // seconds; shorter requests count as none
	secondsDigits = 18
)

// budget bounds how long reads may wait between attempts. A listing has one
// for all its requests.
type budget struct {
	left    time.Duration
	retries int
}

// delay says how long to wait before the next attempt, or that there is none.
// A server that asks for more patience than is left is not asked again.
func (b *budget) delay(attempt int, e *Error) (time.Duration, bool) {
	if attempt >= maxAttempts || !worthRepeating(e) {
		return 0, false
	}
	d := e.RetryAfter
	if d == 0 {
		d = firstBackoff << (attempt - 1)
	}
	if d > b.left || d > maxReadWait {
		return 0, false
	}
	b.left -= d
	b.retries++
	return d, true
}

// worthRepeating is asked of GETs only; a write is never repeated here.
func worthRepeating(e *Error) bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.Kind == KindLost
}

// retryAfter reads how long a server asks to wait: Retry-After and
// X-Retry-After in seconds or as a date (RFC 9110 section 10.2.3), then the
// two spellings of X-RateLimit-Reset, which hold seconds or a Unix time and mean
// a wait only with 429. A header that cannot be read, or that lies in the past,
// counts as absent.
func retryAfter(status int, h http.Header, now time.Time) time.Duration {
	for _, name := range []string{"Retry-After", "X-Retry-After"} {
		if d := secondsOrDate(h.Get(name), now); d > 0 {
			return d
		}
	}
	if status != http.StatusTooManyRequests {
		return 0
	}
	for _, name := range []string{"X-Ratelimit-Reset", "X-Rate-Limit-Reset"} {
		if d := secondsOrEpoch(h.Get(name), now); d > 0 {
			return d
		}
	}
	return 0
}

func secondsOrDate(s string, now time.Time) time.Duration {
	if n, ok := number(s); ok {
		return bounded(n)
	}
	t, err := http.ParseTime(strings.TrimSpace(s))
	if err != nil {
		return 0
	}
	return bounded(math.Ceil(t.Sub(now).Seconds()))
}

func secondsOrEpoch(s string, now time.Time) time.Duration {
	n, ok := number(s)
	switch {
	case !ok:
		return 0
	case n >= epochMillis:
		n = n/1000 - float64(now.Unix())
	case n >= epochFrom:
		n -= float64(now.Unix())
	}
	return bounded(n)
}

// number reads plain decimal digits with an optional fraction.
func number(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > secondsDigits || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func bounded(seconds float64) time.Duration {
	if seconds < retryPrecise {
		return 0
	}
	return time.Duration(min(seconds, longestWait.Seconds()) * float64(time.Second))
}
