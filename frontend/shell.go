package frontend

import (
	"context"
	"net/http"
	"slices"
	"time"

	"rollcall/app"
)

// shellView is what surrounds every page.
type shellView struct {
	Title     string
	Page      string // id of one of the navPages
	Workspace string // id; what the page sends says so
	Demo      bool
	Leave     bool // the demo was entered from a workspace
	Nav       []navLink
	Corner    cornerView
}

// cornerView is the lower left corner: what runs, and the state of the record.
type cornerView struct {
	Jobs   []jobView
	More   string // how many jobs are not shown; "" for none
	Done   string // what was done; told once
	Short  bool   // not all of it came about
	Record recordView
}

// recordView is the state of the record in words.
type recordView struct {
	Icon iconName
	Tone string // holds, act, look or context
	Head string
	Note []string
	When when
	// Verify says that the whole record can be checked from here; Unseen that
	// this program did not do so yet, so that the page asks for it by itself.
	Verify, Unseen bool
	Rest           bool // entries came since the last check; the page has them checked by itself
	Settings       bool // what to do about it stands there
}

// jobView is one sync or run under way.
type jobView struct {
	What  value
	Done  int
	Total int // 0: not known
	Note  string
	Stop  string // tenant whose sync can be stopped; "" for what cannot be from here
}

// maxJobs is how many jobs the corner shows.
const maxJobs = 3

func (s *site) shellOf(ctx context.Context, title, page string) (shellView, app.Frame, error) {
	f, err := s.app.Frame(ctx)
	if err != nil {
		return shellView{}, f, err
	}
	return s.shellIn(f, title, page), f, nil
}

// shellOver is shellOf for a page that shows the state of every tenant.
func (s *site) shellOver(ctx context.Context, title, page string) (shellView, app.Overview, error) {
	o, err := s.app.Overview(ctx)
	if err != nil {
		return shellView{}, o, err
	}
	return s.shellIn(o.Frame(), title, page), o, nil
}

func (s *site) shellIn(f app.Frame, title, page string) shellView {
	v := newShell(f, title, page, s.now())
	v.Leave = s.back != nil
	return v
}

func newShell(f app.Frame, title, page string, now time.Time) shellView {
	return shellView{Title: title, Page: page, Workspace: visible(f.Record.LogID, rowMax), Demo: f.Demo, Nav: newNav(f, page), Corner: newCorner(f, now)}
}

func newCorner(f app.Frame, now time.Time) cornerView {
	if slices.ContainsFunc(f.Busy, func(p app.Progress) bool { return p.What == "run" }) {
		f.Record.Unsettled = 0 // a call under way has no outcome yet
	}
	v := cornerView{Record: recordOf(f.Record, now)}
	for i, p := range f.Busy {
		if i == maxJobs {
			v.More = "and " + count(len(f.Busy)-maxJobs) + " more"
			break
		}
		v.Jobs = append(v.Jobs, jobOf(p, now))
	}
	v.Record.Rest = v.Record.Rest && len(v.Jobs) == 0 // what runs records more
	v.Record.Unseen = v.Record.Unseen && !slices.ContainsFunc(f.Busy, func(p app.Progress) bool { return p.What == "verify" })
	return v
}

func jobOf(p app.Progress, now time.Time) jobView {
	v := jobView{What: row(doing(p)), Done: p.Done, Total: max(p.Total, 0)}
	stage := stageWords(p.Stage)
	if p.Resumed > 0 && p.Resumed == p.Done {
		stage += " resumed at"
	}
	switch {
	case p.Total > 0:
		v.Done = min(p.Done, p.Total)
		v.Note = stage + " " + count(p.Done) + " of " + count(p.Total) + remaining(p, now)
	case p.Done > 0:
		v.Note = stage + " " + count(p.Done)
	default:
		v.Note = stage
	}
	if p.What == "sync" && !p.Stopping {
		v.Stop = p.Tenant
	}
	if p.Stopping {
		v.Note = "stopping"
	}
	v.Note = visible(v.Note, rowMax)
	return v
}

// stageWords says accounts where SCIM says users.
func stageWords(stage string) string {
	if stage == "users" {
		return "accounts"
	}
	return stage
}

func doing(p app.Progress) string {
	switch p.What {
	case "run":
		return firstOf("Running in "+p.Tenant, "Running")
	case "verify":
		return "Verifying the record"
	}
	if p.Tenant == "" {
		return "Syncing"
	}
	return "Syncing " + p.Tenant
}

// remaining guesses the rest from what was done; it keeps quiet until there is
// something to judge by.
func remaining(p app.Progress, now time.Time) string {
	passed, done := now.Sub(p.Started), p.Done-p.Resumed
	if p.Started.IsZero() || done <= 0 || p.Done >= p.Total || passed < 3*time.Second {
		return ""
	}
	rest := time.Duration(float64(passed) / float64(done) * float64(p.Total-p.Done))
	return ", about " + span(rest) + " left"
}

func recordOf(r app.RecordState, now time.Time) recordView {
	v := recordView{Verify: r.Entries > 0}
	switch {
	case r.ReadOnly != "":
		v.Icon, v.Tone, v.Head = iconName("shield-alert"), "act", "Record is read-only"
		v.Note, v.Settings = append(v.Note, visible(r.ReadOnly, detailMax)), r.Keyless
		if r.Reason != "" {
			v.Note = append(v.Note, visible(r.Reason, detailMax))
		}
	case r.Entries == 0:
		v.Icon, v.Tone, v.Head = iconName("shield"), "context", "Record is empty"
		v.Note = append(v.Note, "It begins with the first change.")
	case r.Verified.IsZero():
		v.Icon, v.Tone, v.Head = iconName("shield"), "context", "Record, "+many(r.Entries, "entry", "entries")
		v.Note = append(v.Note, "Being verified")
		v.Unseen = true
	case !r.OK:
		v.Icon, v.Tone, v.Head = iconName("shield-alert"), "act", "Record does not verify"
		v.Note = append(v.Note, visible(r.Reason, detailMax))
		v.When = at(r.Verified, now)
	case r.VerifiedTo < r.Entries:
		v.Icon, v.Tone, v.Head = iconName("shield"), "context", verifiedWords(r)
		v.When, v.Rest = at(r.Verified, now), r.Unverified == nil
	default:
		v.Icon, v.Tone, v.Head = iconName("shield-check"), "holds", verifiedWords(r)
		v.When = at(r.Verified, now)
	}
	if r.Signer == "not checked" && r.OK {
		v.Note = append(v.Note, "Signer not checked before the passphrase is given: an older copy would not be noticed")
	}
	if r.Unkept != "" {
		v.Note = append(v.Note, visible(r.Unkept, detailMax))
	}
	if r.Stray {
		v.Note = append(v.Note, "The store belongs to another state of the record; the next change rebuilds it")
	}
	if r.Unsettled > 0 {
		v.Note = append(v.Note, many(r.Unsettled, "call")+" with unknown outcome")
	}
	return v
}

// verifiedWords say how much of the record the last check covers.
func verifiedWords(r app.RecordState) string {
	switch {
	case r.VerifiedTo < r.Entries:
		return count(r.VerifiedTo) + " of " + many(r.Entries, "entry", "entries") + " verified"
	case r.Entries == 1:
		return "1 entry verified"
	}
	return "All " + count(r.Entries) + " entries verified"
}

// stateShow is the corner by itself. A page that saw work under way asks again
// until it is done; then it is told to show itself anew.
func (s *site) stateShow(w http.ResponseWriter, r *http.Request) error {
	f, err := s.app.Frame(r.Context())
	if err != nil {
		return err
	}
	v := newCorner(f, s.now())
	if len(v.Jobs) == 0 {
		v.tell(f.Ended)
		w.Header().Set("HX-Trigger", changed)
	}
	s.render(w, r, http.StatusOK, corner(v))
	return nil
}

// tell has the page say what ended.
func (v *cornerView) tell(e *app.Ended) {
	v.Done, v.Short = EndedWords(e), e != nil && e.Short > 0
}

// changed is the event on which a page shows itself anew.
const changed = "rollcall-changed"

// done answers a form: with the corner where htmx asked, which says what was
// done or, where that is empty, what ended last, and an event for the page
// unless it is empty; otherwise with the way back to the overview.
func (s *site) done(w http.ResponseWriter, r *http.Request, says, event string) error {
	if !isPartial(r) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	f, err := s.app.Frame(r.Context())
	if err != nil {
		return err
	}
	v := newCorner(f, s.now())
	if v.Done = says; says == "" {
		v.tell(f.Ended)
	}
	if event != "" {
		w.Header().Set("HX-Trigger", event)
	}
	s.render(w, r, http.StatusOK, corner(v))
	return nil
}
