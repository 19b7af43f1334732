package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing/iotest"
	"time"

	"rollcall/scim/scimtest"
)

// held is a request whose connection broke and that the tenant carries out
// later all the same.
type held struct {
	request *http.Request
	body    []byte
	intent  *stormIntent
	due     int // the request before which it is carried out
	until   time.Time
}

// RoundTrip is the network of a storm: it hands requests to the tenant in this
// process, one after the other, so that a seed decides everything. Before each
// one it looks at what the record says of those before.
func (s *storm) RoundTrip(r *http.Request) (res *http.Response, err error) {
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	err = errors.New("the storm is over") // unless it gets to its end
	defer mend()
	s.requests++
	s.watch()
	s.carryOutHeld()
	write := r.Method != http.MethodGet
	if write {
		s.departs(r, body)
	}
	if s.syncing && s.shift != nil && s.rng.IntN(5) == 0 {
		s.shift()
	}
	if s.rng.IntN(60) == 0 {
		s.clock.pass(time.Duration(s.rng.IntN(150)) * time.Second)
	}
	if s.requests == s.cancelAt {
		s.cancel()
		s.met["cancelled"]++
		if err := r.Context().Err(); err != nil && s.rng.IntN(2) == 0 {
			return nil, err
		}
	}
	res, err = s.carryOut(r, body)
	if write && err != nil && !s.syncing && s.rng.IntN(3) > 0 {
		s.held = append(s.held, held{r, body, s.current, s.requests + 1 + s.rng.IntN(12), s.clock.now().Add(doubt - time.Second)})
	}
	if err == nil && r.Context().Err() != nil {
		err = r.Context().Err()
	}
	return res, err
}

// carryOut lets the tenant answer and compares what changed with what was asked.
func (s *storm) carryOut(r *http.Request, body []byte) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return serveHere(s.server, r, body)
	}
	before := s.truth()
	res, err := serveHere(s.server, r, body)
	s.changed(before, s.truth())
	return res, err
}

// carryOutHeld lets late requests take effect, none later than the two minutes
// in which Rollcall reckons with it.
func (s *storm) carryOutHeld() {
	rest := s.held[:0]
	for _, h := range s.held {
		switch {
		case s.clock.peek().After(h.until):
		case s.syncing || s.requests < h.due:
			rest = append(rest, h)
		default:
			s.current = h.intent
			before := s.truth()
			_, err := serveHere(s.server, h.request, h.body)
			if s.changed(before, s.truth()) && h.intent.outcome == outcomeFailed {
				s.fail("late: %s %s took effect after it was called failed, %v", h.request.Method, h.request.URL.Path, err)
			}
			s.met["late"]++
			s.note("late: %s %s", h.request.Method, h.request.URL.Path)
		}
	}
	s.held = rest
}

// serveHere answers a request without a socket. What the server does to the
// connection, the client sees as it would over one.
func serveHere(h http.Handler, r *http.Request, body []byte) (*http.Response, error) {
	q := r.Clone(r.Context())
	q.Body, q.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	w := httptest.NewRecorder()
	broken := aborts(h, w, q)
	if broken && !w.Flushed {
		return nil, io.ErrUnexpectedEOF
	}
	res := w.Result()
	res.Request = r
	if broken {
		res.Body = io.NopCloser(io.MultiReader(res.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
	return res, nil
}

func aborts(h http.Handler, w http.ResponseWriter, r *http.Request) (broken bool) {
	defer func() {
		switch e := recover(); e {
		case nil:
		case http.ErrAbortHandler:
			broken = true
		default:
			panic(e)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// weather sets the faults and quirks under which the next step is made.
func (s *storm) weather() {
	s.usual()
	if s.rng.IntN(4) == 0 {
		return
	}
	for range s.rng.IntN(5) {
		f := s.fault()
		s.server.Fail(f)
		s.note("fault: %s %q from %d, %d times: status %d, drop %v, cut %d, effect %v", f.Method, f.Path, f.Nth, f.Times, f.Status, f.Drop, f.Cut, f.Effect)
	}
	if s.rng.IntN(2) == 0 {
		s.server.Set(s.quirk)
		s.server.Set(func(q *scimtest.Quirks) { s.note("quirks: %s", switchedOn(*q)) })
	}
}

func (s *storm) fault() scimtest.Fault {
	f := scimtest.Fault{
		Method: pick(s, "", http.MethodGet, http.MethodGet, http.MethodPatch, http.MethodPatch, http.MethodPatch, http.MethodPatch, http.MethodPut, http.MethodDelete),
		Path:   pick(s, "", "", "", "", "/Users", "/Groups", "/Users/"+s.anyID()),
		Nth:    1 + s.rng.IntN(4), Times: pick(s, 1, 1, 1, 2, 4, 6, -1), Effect: s.rng.IntN(2) == 0,
	}
	if f.Method == http.MethodGet {
		f.Nth += s.rng.IntN(15)
	}
	switch s.rng.IntN(12) {
	case 0, 1:
		f.Drop = true
	case 2:
		f.Status, f.Header = http.StatusTooManyRequests, s.askToWait()
	case 3:
		f.Status, f.Header = pick(s, 500, 502, 503, 504), s.askToWait()
	case 4:
		f.Status = pick(s, 500, 503)
	case 5:
		f.Truncate, f.Effect = 1+s.rng.IntN(200), true
	case 6:
		f.Cut, f.Effect = 1+s.rng.IntN(200), true
	case 7:
		f.Status, f.ContentType, f.Body = http.StatusOK, "text/html", "<html><body>Please sign in</body></html>"
	case 8:
		f.Status = http.StatusAccepted
	case 9:
		f.Status, f.ContentType, f.Body = http.StatusOK, "application/json", pick(s, `{"status":"error"}`, `{}`, `null`, `[]`)
	case 10:
		f.Status = pick(s, 401, 403, 408, 409, 412, 415)
	case 11:
		f.Status = pick(s, 400, 405, 501)
	}
	return f
}

// askToWait is one of the ways in which servers say how long.
func (s *storm) askToWait() map[string]string {
	n := s.rng.IntN(90)
	later := s.clock.peek().Add(time.Duration(n) * time.Second)
	switch s.rng.IntN(8) {
	case 0:
		return map[string]string{"Retry-After": fmt.Sprint(n)}
	case 1:
		return map[string]string{"Retry-After": later.Format(http.TimeFormat)}
	case 2:
		return map[string]string{"X-Retry-After": fmt.Sprint(n)}
	case 3:
		return map[string]string{"X-RateLimit-Reset": fmt.Sprint(later.Unix())}
	case 4:
		return map[string]string{"X-Rate-Limit-Reset": fmt.Sprint(n)}
	case 5:
		return map[string]string{"Retry-After": "86400"}
	case 6:
		return map[string]string{"Retry-After": "soon"}
	}
	return nil
}

// quirk switches on one or two ways in which real servers differ.
func (s *storm) quirk(q *scimtest.Quirks) {
	for range 1 + s.rng.IntN(2) {
		if s.rng.IntN(2) == 0 {
			s.listQuirk(q)
		} else {
			s.writeQuirk(q)
		}
	}
}

func (s *storm) listQuirk(q *scimtest.Quirks) {
	switch s.rng.IntN(23) {
	case 0, 1, 2:
		q.Total = pick(s, scimtest.TotalPage, scimtest.TotalCapped, scimtest.TotalRemainder, scimtest.TotalTooMany, scimtest.TotalTooFew, scimtest.TotalAbsent)
	case 3:
		q.WrapPastEnd = true
	case 4:
		q.IgnoreStartIndex = true
	case 5:
		q.IgnoreCount = true
	case 6:
		q.Overlap = 1 + s.rng.IntN(5)
	case 7:
		q.UnstableOrder = true
	case 8:
		q.UnstableOrder, q.UnstableSorted = true, true
	case 9:
		q.UnstableOrder, q.SortStatus = true, 501
	case 10:
		q.IgnoreFilter = true
	case 11:
		q.HideInactive = true
	case 12:
		q.NullResources, q.OmitResources = s.rng.IntN(2) == 0, true
	case 13:
		q.LowerCaseNames = true
	case 14:
		q.ItemsPerPageAsks = true
	case 15:
		q.Cursor, q.CursorTotal = pick(s, scimtest.CursorAsked, scimtest.CursorAlways), s.rng.IntN(2) == 0
	case 16:
		q.Cursor, q.CursorLoop = scimtest.CursorAlways, true
	case 17:
		q.Cursor, q.CursorExpires = scimtest.CursorAlways, 1
	case 18:
		q.CountLimit = 50
	case 19:
		q.ZeroUsers = true
	case 20:
		q.EmailsAsStrings = true
	case 21:
		q.OmitMeta, q.ShowPassword, q.ETags = true, true, s.rng.IntN(2) == 0
	case 22:
		q.Rounds = pick(s, scimtest.RoundsDown, scimtest.RoundsUp)
	}
}

func (s *storm) writeQuirk(q *scimtest.Quirks) {
	switch s.rng.IntN(23) {
	case 0:
		q.PatchStatus = pick(s, 400, 405, 501, 403)
	case 1:
		q.PatchPathStatus = pick(s, 400, 501)
	case 2:
		q.PatchPathStatus, q.PatchObject = 400, 400
	case 3:
		q.ValuePathStatus = pick(s, 400, 501)
	case 4:
		q.PatchStatus, q.PutStatus = 405, 501
	case 5:
		q.DeleteStatus = pick(s, 403, 405)
	case 6:
		q.NoEffect = true
	case 7:
		q.Accepted = true
	case 8:
		q.CarriedOut500 = true
	case 9:
		q.CarriedOut400 = true
	case 10:
		q.NoContent = true
	case 11:
		q.EmptyAnswer = true
	case 12:
		q.PathClears = true
	case 13:
		q.MembersStay = true
	case 14:
		q.MembersTwice = true
	case 15:
		q.DeleteSoft = true
	case 16:
		q.DeleteBody, q.Tombstones = true, true
	case 17:
		q.ActiveStrings, q.StringsAreTrue = true, s.rng.IntN(2) == 0
	case 18:
		q.OmitFalse = true
	case 19:
		q.ActiveNull = true
	case 20:
		q.OmitUserGroups = true
	case 21:
		q.HideMembers, q.OmitMembers = s.rng.IntN(2) == 0, s.rng.IntN(2) == 0
	case 22:
		q.MembersShown, q.ValuePathStatus = 1+s.rng.IntN(4), pick(s, 0, 400)
	}
}

func pick[T any](s *storm, of ...T) T { return of[s.rng.IntN(len(of))] }
