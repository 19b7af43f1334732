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
	mu    sync.Mutex
	pages http.Handler // of the demo; nil outside of it
	leave func()
}

// through sends everybody to the demo while it is open.
func (d *demoDoor) through(own http.Handler) http.Handler {
	if d == nil {
		return own
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		pages := d.pages
		d.mu.Unlock()
		if pages == nil {
			pages = own
		}
		pages.ServeHTTP(w, r)
	})
}

// demoEnter opens the demo in place of these pages.
func (s *site) demoEnter(w http.ResponseWriter, r *http.Request) error {
	if s.demo == nil {
		return errNoPage
	}
	s.demo.mu.Lock()
	defer s.demo.mu.Unlock()
	if s.demo.pages == nil {
		a, stop, err := s.app.TryDemo(context.WithoutCancel(r.Context()))
		if err != nil {
			return err
		}
		s.demo.pages, s.demo.leave = s.within(a).handler(), stop
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
	s.back.mu.Lock()
	leave := s.back.leave
	s.back.pages, s.back.leave = nil, nil
	s.back.mu.Unlock()
	if leave != nil {
		leave()
	}
	s.moved(w, r, "/")
	return nil
}
