// Package frontend is the pages: an http.Handler over [app.App], drawn with
// templ components and moved by htmx. The same handler fills the window and,
// behind a session, a browser ([Serve]).
//
// It decides nothing. A handler reads the request, asks the app, and turns the
// answer into a view: a struct with what the page shows and nothing else. All
// text of tenants and rosters is hostile until it has become a [value]; templ
// escapes the rest.
//
// The pages need no inline script or style and no other host; the policy sent
// with each of them says so.
package frontend

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/a-h/templ"

	"rollcall/app"
)

// Options of the pages. The zero value is ready for use.
type Options struct {
	// Workspace is named in the commands that pages show; "" where the program
	// finds it by itself.
	Workspace string
	// Now is the clock of relative times; nil: time.Now.
	Now func() time.Time
	// Log is told about pages that could not be made; nil: nobody.
	Log *slog.Logger
	// OpenFile and SaveFile ask with the system's own dialog for a path; "" says
	// that the person thought better of it. nil where there is no window: then
	// the browser reads the file itself, or is sent a download.
	OpenFile, SaveFile func(context.Context, FileDialog) (path string, err error)
}

// FileDialog is what a dialog for files asks for.
type FileDialog struct {
	Title    string
	Name     string // what is proposed to save as
	Kind     string // of the files to show: "Member lists"
	Patterns string // "*.csv;*.txt"; "" shows all
}

// site is what every handler shares.
type site struct {
	app      *app.App
	planner  planner
	now      func() time.Time
	log      *slog.Logger
	assets   *assets
	staged   staging
	picks    picks
	checkKey lastKey   // of the packs that were checked
	demo     *demoDoor // into the demo; nil where this is the demo
	back     *demoDoor // out of the demo; nil where it was not entered from a workspace
	packs    packShelf
	dev      bool                                              // the gallery of components is served too
	open     func(context.Context, FileDialog) (string, error) // nil in a browser
	save     func(context.Context, FileDialog) (string, error) // nil in a browser
}

// New returns the pages of an open workspace. It checks no session: in the
// window nobody else can ask. For a listener use [Serve].
func New(a *app.App, opts Options) http.Handler {
	return newSite(a, opts, builtAssets()).handler()
}

// Failed returns the one page of a workspace that could not be opened: whatever
// the address, what happened and what to do.
func Failed(err error) http.Handler {
	s := newSite(nil, Options{}, builtAssets())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/{file...}", s.assetShow)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		f := failureOf(err)
		s.render(w, r, f.Status, errorPage(f))
	})
	return secure(mux)
}

func newSite(a *app.App, opts Options, files *assets) *site {
	s := &site{app: a, planner: planner{workspace: opts.Workspace}, now: opts.Now, log: opts.Log, assets: files, open: opts.OpenFile, save: opts.SaveFile}
	if a != nil {
		s.planner.demo = a.Demo()
		if !a.Demo() {
			s.demo = &demoDoor{}
		}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// page answers one request; an error becomes a page or a notice.
type page func(w http.ResponseWriter, r *http.Request) error

func (s *site) serve(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.assets.built {
			s.render(w, r, http.StatusInternalServerError, unbuiltPage())
			return
		}
		if looks(r) {
			r = r.WithContext(app.Glance(r.Context()))
		}
		if err := guarded(p, w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// guarded makes an error of a panic: nothing was sent yet, and in the window
// there is no server that would catch it.
func guarded(p page, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
	}()
	return p(w, r)
}

// panicked is a panic of a handler. Its stack is for the log and not for a page.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("making the page: %v", p.value) }

// LogValue implements slog.LogValuer.
func (p *panicked) LogValue() slog.Value {
	return slog.StringValue(p.Error() + "\n" + string(p.stack))
}

// render draws a component whole before it sends the first byte, so that an
// answer is never half a page.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(context.WithoutCancel(r.Context()), &b); err != nil {
		s.log.LogAttrs(r.Context(), slog.LevelError, "drawing a page", slog.Any("error", err))
		http.Error(w, "The page could not be drawn. Open it again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // an error means that nobody reads any more
}

// isPartial says whether htmx asked for a part of the page that it shows.
func isPartial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// wants says whether htmx asked for the content of the element with this id and
// not for a whole page to select from.
func wants(r *http.Request, id string) bool {
	target := r.Header.Get("HX-Target")
	_, got, _ := cutLast(target, "#")
	return isPartial(r) && r.Header.Get("HX-Request-Type") != "full" && got == id
}
