package frontend

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/app"
)

// A pack is checked on a page in the words of the terminal: with its key and an
// earlier checkpoint, without, with another key, and after a byte was flipped.
func TestCheckAPack(t *testing.T) {
	s, h := demoSite(t)
	p, err := s.app.ExportPreview(t.Context(), app.EntryFilter{})
	if err != nil {
		t.Fatal(err)
	}
	earlier := p.Checkpoint.Note
	pack := get(h, made(t, h, nil)).Body.String()
	before := len(entriesOf(t, s, app.EntryFilter{}))
	f := &freshPages{t: t, app: s.app, h: h}
	whole, flipped := f.take("for=pack&name=q4.zip", pack), f.take("for=pack&name=bad.zip", pack[:len(pack)/2]+string(pack[len(pack)/2]^1)+pack[len(pack)/2+1:])
	other := "log+00000000+AQID"
	for name, c := range map[string]struct {
		form url.Values
		want []string
	}{
		"alone":           {url.Values{"file": {whole}}, []string{"VERIFIED q4.zip", "Signer not checked: the pack agrees with itself, and anybody could have signed it; compare the fingerprint with the signer's, or give the key", "self-signed", aloud(p.Fingerprint).Shown}},
		"with everything": {url.Values{"file": {whole}, "key": {" " + p.Key + "\n"}, "checkpoint": {strings.ReplaceAll(earlier, "\n", "\r\n")}}, []string{"VERIFIED q4.zip", "checked against the key given", "agrees with every earlier checkpoint given"}},
		"flipped":         {url.Values{"file": {flipped}, "key": {p.Key}}, []string{"NOT VERIFIED bad.zip: ", "nothing; rely on no part of the pack"}},
		"no key":          {url.Values{"file": {whole}, "key": {other}}, []string{"This is not a public key as Rollcall writes it"}},
		"no checkpoint":   {url.Values{"file": {whole}, "checkpoint": {"rollcall/x"}}, []string{"The earlier checkpoint is not one."}},
		"edited":          {url.Values{"file": {whole}, "checkpoint": {strings.Replace(earlier, "\n", "\n1", 1)}}, []string{"checkpoint"}},
		"not at hand":     {url.Values{"file": {"gone"}}, []string{"not at hand any more"}},
	} {
		w := post(h, checkPath, c.form, partial("div#check-problem")...)
		demandWords(t, name, parse(t, w.Body.String()), c.want...)
	}
	if n := len(entriesOf(t, s, app.EntryFilter{})); n != before {
		t.Errorf("checking recorded %d entries", n-before)
	}
	if hrefOf(byID(page200(t, h, "/record"), "page"), "Check a pack") != checkPath {
		t.Error("no way leads to the check")
	}
	for _, n := range all(page200(t, h, checkPath), "input") {
		if attr(n, "type") == "file" && attr(n, "accept") != ".zip,application/zip" {
			t.Errorf("the browser offers %s", attr(n, "accept"))
		}
	}
	post(h, checkPath, url.Values{"file": {whole}, "key": {p.Key}}, partial("div#check-problem")...)
	if got := attr(inputNamed(page200(t, h, checkPath+"?file="+flipped), "key"), "value"); got != p.Key {
		t.Errorf("another pack is checked with the key %q", got)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, checkPath+"?file=gone", nil))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != checkPath {
		t.Errorf("a file that is gone: %d %v", w.Code, w.Header())
	}
}

// In the window the program opens the pack where the dialog says it is.
func TestCheckAPackInTheWindow(t *testing.T) {
	s, _ := demoSite(t)
	path := filepath.Join(t.TempDir(), "q4.zip")
	if _, err := s.app.Export(t.Context(), path, app.EntryFilter{}); err != nil {
		t.Fatal(err)
	}
	h := newSite(s.app, Options{OpenFile: func(_ context.Context, d FileDialog) (string, error) {
		if d.Patterns != "*.zip" {
			t.Errorf("the dialog asks for %+v", d)
		}
		return path, nil
	}}, someAssets()).handler()
	ask := all(byID(page200(t, h, checkPath), "page"), "form")[0]
	to := post(h, attr(ask, "hx-post"), nil, partial("div#file-problem")...).Header().Get("HX-Redirect")
	form := url.Values{"file": {attr(inputNamed(page200(t, h, to), "file"), "value")}}
	demandWords(t, "the check", parse(t, post(h, checkPath, form, partial("div#check-problem")...).Body.String()), "VERIFIED q4.zip")
}
