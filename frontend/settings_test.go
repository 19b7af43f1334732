package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/app"
	"rollcall/app/secrets"
)

func TestSettings(t *testing.T) {
	s, h := demoSite(t)
	doc := page200(t, h, settingsPath)
	demandSound(t, doc)
	for _, want := range []string{"Age of lists", "Age of the roster", "Match rate", "Shrinking lists", "Time zone", "Now 24 hours", "Now 31 days", "Now 80 %", "Now 20 %", "memory", s.app.Dir()} {
		if !strings.Contains(text(byID(doc, "page")), want) {
			t.Errorf("the settings do not show %q", want)
		}
	}
	key, err := s.app.RecordKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	demandWords(t, "the settings", byID(doc, "page"), key.Key, aloud(key.Fingerprint).Shown)
	list, err := s.app.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, value, reason string
		want                int
	}{
		{list[2].Name, "7", "x", 400}, {list[2].Name, hostile, "x", 400}, {hostile, "90", "x", 400}, {list[2].Name, "90", " ", 400}, {list[2].Name, "90", hostile, 200},
	} {
		w := post(h, settingsPath, url.Values{"name": {tt.name}, "value": {tt.value}, "reason": {tt.reason}}, partial("div#setting-2-problem")...)
		if w.Code != tt.want || strings.Contains(w.Body.String(), "<img") {
			t.Errorf("%q = %q because %q: %d %s", tt.name, tt.value, tt.reason, w.Code, w.Body)
		}
	}
	if got := text(byID(page200(t, h, settingsPath), "page")); !strings.Contains(got, "Now 90 % , otherwise 80 %") && !strings.Contains(got, "Now 90 %, otherwise 80 %") {
		t.Errorf("the new value is not shown: %s", got)
	}
	page200(t, h, "/record?type=setting.changed")
	if w := post(h, settingsPath, url.Values{"name": {list[2].Name}, "value": {"85"}, "reason": {"x"}}); w.Code != http.StatusSeeOther {
		t.Errorf("without htmx: %d", w.Code)
	}
	v := newSettings([]app.Setting{hostileOf[app.Setting](true)}, []app.Ceiling{hostileOf[app.Ceiling](true)})
	demandHarmless(t, draw(t, settingsPage(newShell(sampleOverview().Frame(), "Settings", "settings", sampleNow), v)))
}

// A key that is not there is told, and leaves the rest of the page to use.
func TestSettingsWithoutKey(t *testing.T) {
	v := settingsView{Key: newKey(app.RecordKey{}, &app.Error{Kind: app.KindNotFound, Text: "The key is lost.", Do: "Put a new one in its place."})}
	shell := newShell(sampleOverview().Frame(), "Settings", "settings", sampleNow)
	doc := draw(t, settingsPage(shell, v))
	demandWords(t, "the settings", byID(doc, "page"), "The key is lost.", "Put a new one in its place.", "Rules")
	doc = draw(t, settingsPage(shell, settingsView{Locked: true}))
	demandWords(t, "the settings", byID(doc, "page"), "once the passphrase was given")
}

// What the page shows of a length of time can be typed in again.
func TestSettingsTakeWhatTheyShow(t *testing.T) {
	s, h := demoSite(t)
	doc := page200(t, h, settingsPath)
	demandWords(t, "the settings", byID(doc, "page"), "Takes 1 hour to 7 days.", "Takes 24 hours to 92 days.", "Takes 50 to 100 percent.", "Takes an IANA name such as Europe/Berlin.")
	list, err := s.app.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for _, form := range all(doc, "form") {
		name, value := "", ""
		for _, in := range all(form, "input") {
			switch attr(in, "name") {
			case "name":
				name = attr(in, "value")
			case "value":
				value = attr(in, "value")
			}
		}
		fields[name] = value
	}
	for _, x := range list {
		w := post(h, settingsPath, url.Values{"name": {x.Name}, "value": {fields[x.Name]}, "reason": {"as shown"}}, partial("div#setting-0-problem")...)
		if w.Code != http.StatusOK {
			t.Errorf("%s is shown as %q, which it does not take: %s", x.Name, fields[x.Name], w.Body)
		}
		if got := w.Header().Get("HX-Trigger"); got != saying("rollcall-decided", "Saved: "+x.Words()) {
			t.Errorf("%s: nothing says that it is recorded: %q", x.Name, got)
		}
	}
	w := post(h, settingsPath, url.Values{"name": {"stale-after"}, "value": {"9 days"}, "reason": {"long"}}, partial("div#setting-0-problem")...)
	if got := text(parse(t, w.Body.String())); w.Code != http.StatusBadRequest || !strings.Contains(got, `"9 days" is not a value of Age of lists; it takes 1 hour to 7 days.`) {
		t.Errorf("%d %s", w.Code, got)
	}
}

// A lost key is told in the corner and at what it stops, and the settings put a
// new one in its place.
func TestLostKeyIsReplaced(t *testing.T) {
	dir := t.TempDir()
	open := func() (*site, http.Handler) {
		a, err := app.Open(t.Context(), app.Config{Dir: dir, Secrets: secrets.Memory()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		s := newSite(a, Options{}, someAssets())
		return s, s.handler()
	}
	s, h := open()
	setting := url.Values{"name": {"match-rate-min"}, "value": {"90"}, "reason": {"stricter"}}
	if w := post(h, settingsPath, setting); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	old, err := s.app.RecordKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if doc := page200(t, h, settingsPath); byID(doc, "rekey") != nil {
		t.Error("a key that is there can be replaced")
	}
	if w := post(h, rekeyPath, url.Values{"reason": {"x"}}, partial("div#rekey-problem")...); w.Code != http.StatusConflict {
		t.Errorf("replacing a key that is there: %d %s", w.Code, w.Body)
	}
	if err := s.app.Close(); err != nil {
		t.Fatal(err)
	}

	s, h = open() // with other secrets
	if _, err := s.app.VerifyRecord(t.Context()); err != nil {
		t.Fatal(err)
	}
	doc := page200(t, h, settingsPath)
	demandSound(t, doc)
	demandWords(t, "the corner", byID(doc, "corner"), "Record is read-only", "The key that signs it is not here.", "What to do")
	demandWords(t, "the settings", byID(doc, "page"), "The workspace is read-only here", "Put a new key in its place…", "Replace the key for good")
	w := post(h, settingsPath, setting, partial("div#setting-0-problem")...)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), keyPath) {
		t.Errorf("a change without the key leads nowhere: %d %s", w.Code, w.Body)
	}
	if w := post(h, rekeyPath, url.Values{"reason": {" "}}, partial("div#rekey-problem")...); w.Code != http.StatusBadRequest {
		t.Errorf("without a reason: %d %s", w.Code, w.Body)
	}
	if w := post(h, rekeyPath, url.Values{"reason": {hostile}}, partial("div#rekey-problem")...); w.Code != http.StatusOK || w.Header().Get("HX-Redirect") != settingsPath {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	key, err := s.app.RecordKey(t.Context())
	if err != nil || key.Fingerprint == old.Fingerprint {
		t.Fatal(key, err)
	}
	doc = page200(t, h, settingsPath)
	demandWords(t, "the settings", byID(doc, "page"), aloud(key.Fingerprint).Shown)
	if words := text(byID(doc, "corner")); strings.Contains(words, "read-only") {
		t.Errorf("the corner still says %s", words)
	}
	if w := post(h, settingsPath, setting); w.Code != http.StatusSeeOther {
		t.Errorf("a change with the new key: %d %s", w.Code, w.Body)
	}
	demandHarmless(t, page200(t, h, "/record?type=record.rekeyed"))
}
