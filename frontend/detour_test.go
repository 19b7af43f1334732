package frontend

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/app"
)

// lockedPages is an empty workspace without a keychain, whose passphrase is yet
// to be chosen.
func lockedPages(t *testing.T) *freshPages {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	f := &freshPages{t: t, dir: t.TempDir()}
	a, err := app.Open(t.Context(), app.Config{Dir: f.dir, AskLater: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	f.app, f.h = a, newSite(a, Options{}, someAssets()).handler()
	return f
}

// A workspace that was started anew says on its first page that the passphrase is
// needed, and its errors name no page that there is not.
func TestLockedWorkspaceAsksForThePassphrase(t *testing.T) {
	d := newDesk(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	d.fill(t)
	a, err := app.Open(t.Context(), app.Config{Dir: d.dir, AskLater: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	h := newSite(a, Options{}, someAssets()).handler()
	if way := hrefOf(byID(page200(t, h, "/"), "page"), "Give the passphrase"); way != withQuery("/unlock", "back", "/") {
		t.Errorf("the overview leads to %q", way)
	}
	w := post(h, "/settings", url.Values{"name": {"time-zone"}, "value": {"UTC"}, "reason": {"x"}}, partial("div#notice")...)
	if got := text(parse(t, w.Body.String())); w.Code != http.StatusLocked || strings.Contains(got, "Unlock") || !strings.Contains(got, "Give the passphrase") {
		t.Errorf("%d %s", w.Code, got)
	}
	if w := post(h, "/unlock", url.Values{"passphrase": {deskPassphrase}}, partial("div#unlock-problem")...); w.Code != http.StatusOK {
		t.Fatalf("unlock: %d %s", w.Code, w.Body)
	}
	if hrefOf(byID(page200(t, h, "/"), "page"), "Give the passphrase") != "" {
		t.Error("it is asked for although it was given")
	}
}

// Settings of a workspace whose passphrase is yet to be chosen claim nothing that
// there is not.
func TestSettingsBeforeThePassphrase(t *testing.T) {
	got := text(byID(page200(t, lockedPages(t).h, "/settings"), "page"))
	for says, want := range map[string]bool{"will be in ": true, "Choose a passphrase": true, "It is made with the first change": true, "sign the record are in": false, "Give the passphrase": false} {
		if strings.Contains(got, says) != want {
			t.Errorf("%q: %v: %s", says, !want, got)
		}
	}
}

// Whoever has to choose a passphrase on the way comes back to the file, read as
// they said, and then hears what came in and what comes next.
func TestPassphraseOnTheWay(t *testing.T) {
	f := lockedPages(t)
	begin := byID(page200(t, f.h, "/"), "page")
	for _, a := range all(begin, "a") {
		primary := attr(a, "class") == "btn" && attr(a, "data-variant") == ""
		if primary != (text(a) == "Choose a passphrase") {
			t.Errorf("%q is primary: %v", text(a), primary)
		}
	}
	id := f.take("for=roster&name=people.csv", hrLines(59, "60;Gone;gone@corp.example;1;left\n61;Away;away@corp.example;1;weg\n"))
	here := "/connect/roster?file=" + id
	if got := text(byID(page200(t, f.h, here), "page")); !strings.Contains(got, "Choose a passphrase") || strings.Contains(got, "Give the passphrase") {
		t.Errorf("a new workspace: %s", got)
	}
	reading := url.Values{"file": {id}, wordID("weg"): {"left"}, "zone": {"UTC"}}
	w := post(f.h, "/connect/roster", reading, append(partial("div#import-problem"), "HX-Current-URL", "http://127.0.0.1:1"+here)...)
	way := hrefOf(parse(t, w.Body.String()), "Choose a passphrase")
	if w.Code < 400 || way != withQuery("/unlock", "back", here) || strings.Contains(w.Body.String(), "Give") {
		t.Fatalf("%d, the way to the passphrase is %q: %s", w.Code, way, w.Body)
	}
	back := attr(inputNamed(page200(t, f.h, way), "back"), "value")
	w = f.post("/unlock", "div#unlock-problem", url.Values{"passphrase": {deskPassphrase}, "again": {deskPassphrase}, "back": {back}})
	if to := w.Header().Get("HX-Redirect"); to != here {
		t.Fatalf("the passphrase leads to %q: %s", to, w.Body)
	}
	demandWords(t, "the preview", byID(page200(t, f.h, here), "page"), "can be imported", "Import 61 people")
	w = f.post("/connect/roster", "div#import-problem", reading)
	to := w.Header().Get("HX-Redirect")
	if w.Code != http.StatusOK || to == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	done := byID(page200(t, f.h, to), "page")
	demandWords(t, "after the import", done, "The roster is in: 61 people, 2 left.", "Next: the first tenant")
	for _, a := range all(done, "a") {
		if text(a) == "Connect over SCIM" && attr(a, "data-variant") != "" {
			t.Error("the next step is not the primary one")
		}
	}
}

func TestLocalPath(t *testing.T) {
	for given, want := range map[string]string{
		"http://127.0.0.1:80/connect/roster?file=X": "/connect/roster?file=X", "/connect": "/connect", "//evil.example/x": "/x", "https://evil.example": "",
		"wails://wails/connect": "/connect", "javascript:alert(1)": "", `/\evil.example`: "", "": "",
	} {
		if got := localPath(given); got != want {
			t.Errorf("%q leads to %q, want %q", given, got, want)
		}
	}
}

// After a newer roster the overview says what it brought and leads to what it found.
func TestImportedOverTenants(t *testing.T) {
	_, h := demoSite(t)
	done := byID(page200(t, h, "/?imported=1"), "page")
	demandWords(t, "the overview", done, "The roster is in: ", " people, ", "of people who left")
	if hrefOf(done, "Review leavers") == "" || strings.Contains(text(byID(page200(t, h, "/"), "page")), "The roster is in") {
		t.Error("there is no way on, or it is said when nothing was imported")
	}
}
