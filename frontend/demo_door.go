package frontend

import (
	"context"
	"net/http"
	"sync"

	"rollcall/app"
)

// demoDoor leads from a workspace into the demo and back. The demo is a
// workspace of its own, in a temporary folder: nothing of it ever gets into the
// record of this one. It is gone when somebody leaves it, or Rollcall ends.
type demoDoor struct {
	making sync.Mutex // held while a demo is made; pages are answered meanwhile
	mu     sync.Mutex
	open   *demoVisit // nil outside of the demo
	used   bool       // it was open once: pages of a demo may still be on show
}

// demoVisit is one demo. It is closed when nobody is served by it any more.
type demoVisit struct {
	site   *site
	pages  http.Handler
	stop   func()
	served int // requests under way
	left   bool
}

// through sends everybody to the demo while it is open.
func (d *demoDoor) through(own http.Handler) http.Handler {
	if d == nil {
		return own
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := d.enter()
		if v == nil {
			own.ServeHTTP(w, r)
			return
		}
		defer d.exit(v)
		v.pages.ServeHTTP(w, r)
	})
}

// enter is the demo that a request is for; nil: none is open.
func (d *demoDoor) enter() *demoVisit {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != nil {
		d.open.served++
	}
	return d.open
}

func (d *demoDoor) exit(v *demoVisit) {
	d.mu.Lock()
	v.served--
	last := v.left && v.served == 0
	d.mu.Unlock()
	if last {
		v.close()
	}
}

// close leaves nothing of the demo behind.
func (v *demoVisit) close() {
	v.site.packs.clear()
	v.stop()
}

// leave closes the door; whoever is still served by the demo is served to the end.
func (d *demoDoor) leave() {
	if d == nil {
		return
	}
	d.mu.Lock()
	v := d.open
	d.open = nil
	empty := v != nil && v.served == 0
	if v != nil {
		v.left = true
	}
	d.mu.Unlock()
	if empty {
		v.close()
	}
}

// workspaceHeader names the workspace of the page that a request comes from.
const workspaceHeader = "X-Rollcall-Workspace"

// errElsewhere answers a form of a page that shows another workspace.
var errElsewhere = &app.Error{
	Kind: app.KindRefused,
	Text: "This page shows another workspace than the one that is open now. Nothing was changed.",
	Do:   "Reload the page.",
}

// fromHere refuses a change that is sent by a page of another workspace: of the
// demo after it was left in another tab, or of what was served at this address
// before. A form sent without script does not say whose it is; it passes where
// no page of another workspace can be on show.
func (s *site) fromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := r.Header.Get(workspaceHeader)
		if looks(r) || from == s.app.ID() || from == "" && s.back == nil && !s.demo.wasUsed() {
			next.ServeHTTP(w, r)
			return
		}
		s.fail(w, r, errElsewhere)
	})
}

func (d *demoDoor) wasUsed() bool {
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// demoEnter opens the demo in place of these pages.
func (s *site) demoEnter(w http.ResponseWriter, r *http.Request) error {
	if s.demo == nil {
		return errNoPage
	}
	s.demo.making.Lock()
	defer s.demo.making.Unlock()
	s.demo.mu.Lock()
	made := s.demo.open != nil
	s.demo.mu.Unlock()
	if !made {
		a, stop, err := s.app.TryDemo(context.WithoutCancel(r.Context()))
		if err != nil {
			return err
		}
		in := s.within(a)
		v := &demoVisit{site: in, pages: in.handler(), stop: stop}
		s.demo.mu.Lock()
		s.demo.open, s.demo.used = v, true
		s.demo.mu.Unlock()
	}
	s.moved(w, r, "/")
	return nil
}

// within is the pages of the demo, with the way back.
func (s *site) within(a *app.App) *site {
	in := newSite(a, Options{Workspace: a.Dir(), Now: s.now, Log: s.log, OpenFile: s.open, SaveFile: s.save}, s.assets)
	in.back = s.demo
	return in
}

// demoLeave closes the demo and shows the workspace again.
func (s *site) demoLeave(w http.ResponseWriter, r *http.Request) error {
	if s.back == nil {
		return errNoPage
	}
	s.back.leave()
	s.moved(w, r, "/")
	return nil
}
