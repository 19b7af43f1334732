package frontend

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rollcall/app"
)

// verifyPatience is how long the answer to "Verify now" waits for the result: a
// small record is checked within it, a large one goes on as a job.
const verifyPatience = 400 * time.Millisecond

// sealView is what is known of the record as a whole.
type sealView struct {
	recordView
	Job      *jobView // the check under way
	Facts    []string
	FirstBad string // address of the first bad entry; "" where nothing is placed
	BadSeq   string
	Problem  *problemView // why the last check could not be finished
	Poll     bool
}

func newSeal(f app.Frame, now time.Time) sealView {
	r := f.Record
	v := sealView{recordView: recordOf(r, now)}
	for _, p := range f.Busy {
		if p.What == "verify" {
			j := jobOf(p, now)
			v.Job = &j
		}
	}
	v.Poll = v.Job != nil || v.Unseen
	if r.Unverified != nil {
		v.Problem = &problemView{Text: prose(r.Unverified.Text), Do: prose(r.Unverified.Do)}
	}
	if r.Verified.IsZero() {
		return v
	}
	if r.FirstBad != nil {
		v.FirstBad, v.BadSeq = recordFilter{}.at(*r.FirstBad), count(*r.FirstBad)
	}
	v.Facts = sealFacts(r)
	return v
}

// sealFacts says what the last check stood on.
func sealFacts(r app.RecordState) []string {
	facts := []string{}
	switch {
	case r.Signer == "checked" && r.Anchored:
		facts = append(facts, "Signed by this workspace's key; agrees with the checkpoint kept with the secrets")
	case r.Signer == "checked":
		facts = append(facts, "Signed by this workspace's key; no earlier checkpoint was kept to compare with")
	}
	if r.OK {
		facts = append(facts, many(r.Checkpoint, "entry", "entries")+" under the newest checkpoint")
	}
	for _, c := range r.KeyChanges {
		facts = append(facts, fmt.Sprintf("Entry #%s put a new signing key in place of a lost one", count(c.Seq)))
	}
	return facts
}

// sealShow is the state of the record by itself, while it is being checked.
func (s *site) sealShow(w http.ResponseWriter, r *http.Request) error {
	f, err := s.app.Frame(r.Context())
	if err != nil {
		return err
	}
	s.render(w, r, http.StatusOK, sealStrip(newSeal(f, s.now())))
	return nil
}

// recordVerify checks the whole record: at once where that is quick, otherwise
// in the background, while the corner tells how it goes on whatever page.
func (s *site) recordVerify(w http.ResponseWriter, r *http.Request) error {
	switch q := r.URL.Query(); {
	case q.Has("rest"):
		return s.recordVerifyRest(w, r)
	case q.Has("first"):
		return s.recordVerifyFirst(w, r)
	}
	done, err := s.app.StartVerify()
	if err != nil {
		return err
	}
	switch quick, err := within(r.Context(), done, verifyPatience); {
	case err != nil:
		return err
	case quick:
		return s.done(w, r, "", afterCheck(r))
	}
	return s.done(w, r, "The record is being checked", "")
}

// recordVerifyFirst checks the whole record because a page found it unchecked.
// Where that is quick the corner tells how it came out, and nothing else does.
func (s *site) recordVerifyFirst(w http.ResponseWriter, r *http.Request) error {
	done, err := s.app.StartVerify()
	if err != nil {
		return err
	}
	quick, err := within(r.Context(), done, verifyPatience)
	if err != nil {
		return err
	}
	return s.cornerAfter(w, r, quick)
}

// recordVerifyRest checks what was recorded since the last check, which a page
// asks for by itself. The corner tells how it came out, and nothing else does.
func (s *site) recordVerifyRest(w http.ResponseWriter, r *http.Request) error {
	done, err := s.app.StartVerifyRest()
	if err != nil {
		return err
	}
	select {
	case <-done:
		return s.cornerAfter(w, r, true)
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

// within says whether done came before the time was up.
func within(ctx context.Context, done <-chan struct{}, patience time.Duration) (bool, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true, nil
	case <-timer.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// cornerAfter shows the corner after a check that nobody asked for.
func (s *site) cornerAfter(w http.ResponseWriter, r *http.Request, ended bool) error {
	f, err := s.app.Frame(r.Context())
	if err != nil {
		return err
	}
	if event := afterCheck(r); ended && event != "" {
		w.Header().Set("HX-Trigger", event)
	}
	s.render(w, r, http.StatusOK, corner(newCorner(f, s.now())))
	return nil
}

// afterCheck has the record's own page show what the check found; the others
// say it in their corner alone.
func afterCheck(r *http.Request) string {
	if at, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil && strings.HasPrefix(at.Path, "/record") {
		return changed
	}
	return ""
}
