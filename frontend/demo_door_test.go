package frontend

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/app"
)

// ownPages are those of a workspace from which the demo can be tried.
func ownPages(t *testing.T) (*site, http.Handler) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Passphrase: func() (string, error) { return deskPassphrase, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	s := newSite(a, Options{Workspace: a.Dir()}, someAssets())
	return s, s.handler()
}

func TestPagesAreServedWhileTheDemoIsMade(t *testing.T) {
	s, h := ownPages(t)
	s.demo.making.Lock()
	page200(t, h, "/")
	s.demo.making.Unlock()
	if w := post(h, "/demo", nil); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := text(page200(t, h, "/tenants")); !strings.Contains(got, "demo") {
		t.Errorf("not in the demo: %s", got)
	}
}

// The demo opens in a workspace of its own and leaves nothing behind.
func TestDemoBesideAWorkspace(t *testing.T) {
	f := newFresh(t)
	before := overviewOf(t, &site{app: f.app}).Record.Entries
	if w := f.post("/demo", "div#demo-problem", nil); w.Header().Get("HX-Redirect") != "/" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	doc := page200(t, f.h, "/")
	demandSound(t, doc)
	if got := text(doc); !strings.Contains(got, "demo Leave") {
		t.Errorf("the way back is not there: %s", got)
	}
	if o := overviewOf(t, &site{app: f.app}); len(o.Tenants) != 0 || o.Record.Entries != before {
		t.Errorf("the demo got into the workspace: %+v", o)
	}
	post(f.h, "/demo/leave", nil, workspaceHeader, shownWorkspace(t, f.h))
	if doc := page200(t, f.h, "/"); !strings.Contains(text(doc), "Who still has access") {
		t.Error("the workspace is not shown again")
	}
	if w := post(f.h, "/demo/leave", nil, workspaceHeader, shownWorkspace(t, f.h)); w.Code != http.StatusNotFound {
		t.Errorf("leaving twice: %d", w.Code)
	}
}

// Whoever is served by the demo is served to the end, and nothing of it stays.
func TestLeavingTheDemo(t *testing.T) {
	s, h := ownPages(t)
	post(h, "/demo", nil)
	demo := shownWorkspace(t, h)
	if w := post(h, "/record/export", url.Values{}, "HX-Request", "true", workspaceHeader, demo); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	reading := s.demo.enter()
	if w := post(h, "/demo/leave", nil, workspaceHeader, demo); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page200(t, reading.pages, "/findings")
	if got := text(page200(t, h, "/")); !strings.Contains(got, "Who still has access") {
		t.Errorf("after leaving: %s", got)
	}
	s.demo.exit(reading)
	for _, pattern := range []string{"rollcall-pack-*", "rollcall-demo*"} {
		if left, _ := filepath.Glob(filepath.Join(os.TempDir(), pattern)); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}

// shownWorkspace is what a page says with every change that it sends.
func shownWorkspace(t *testing.T, h http.Handler) string {
	t.Helper()
	id := attr(byID(page200(t, h, "/settings"), "shell"), "data-workspace")
	if id == "" {
		t.Fatal("the page names no workspace")
	}
	return id
}

// A tab that still shows the other workspace changes nothing in this one.
func TestFormOfAnotherWorkspace(t *testing.T) {
	_, h := ownPages(t)
	setting := url.Values{"name": {"stale-after"}, "value": {"48h"}, "reason": {"in another tab"}}
	send := func(what, from string, want int) {
		t.Helper()
		w := post(h, "/settings", setting, "HX-Request", "true", workspaceHeader, from)
		if w.Code != want || (want == http.StatusConflict && !strings.Contains(w.Body.String(), "Reload the page.")) {
			t.Errorf("%s: %d, want %d: %s", what, w.Code, want, w.Body)
		}
	}
	own := shownWorkspace(t, h)
	send("a form without script, before any demo", "", http.StatusOK)
	post(h, "/demo", nil)
	first := shownWorkspace(t, h)
	send("of the workspace, in the demo", own, http.StatusConflict)
	send("without script, in the demo", "", http.StatusConflict)
	send("of the demo", first, http.StatusOK)
	post(h, "/demo/leave", nil, workspaceHeader, first)
	send("of the demo that was left", first, http.StatusConflict)
	send("without script, after the demo", "", http.StatusConflict)
	send("of the workspace", own, http.StatusOK)
	post(h, "/demo", nil, workspaceHeader, own)
	send("of the demo before", first, http.StatusConflict)
}
