package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rollcall/app"
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
	demandWords(t, "the settings", byID(doc, "page"), key.Key, key.Fingerprint)
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
	demandHarmless(t, draw(t, settingsPage(newShell(sampleOverview(), "Settings", "settings", sampleNow), v)))
}

// A key that is not there is told, and leaves the rest of the page to use.
func TestSettingsWithoutKey(t *testing.T) {
	v := settingsView{Key: newKey(app.RecordKey{}, &app.Error{Kind: app.KindNotFound, Text: "The key is lost.", Do: "Put a new one in its place."})}
	shell := newShell(sampleOverview(), "Settings", "settings", sampleNow)
	doc := draw(t, settingsPage(shell, v))
	demandWords(t, "the settings", byID(doc, "page"), "The key is lost.", "Put a new one in its place.", "Rules")
	doc = draw(t, settingsPage(shell, settingsView{Locked: true}))
	demandWords(t, "the settings", byID(doc, "page"), "once the passphrase was given")
}

func TestSettingWords(t *testing.T) {
	for _, tt := range [][3]string{
		{"stale-after", "24h", "24 hours"}, {"stale-after", "1h", "1 hour"}, {"stale-after", "48h", "2 days"}, {"stale-after", "36h", "36 hours"},
		{"roster-stale-after", "36h30m", "36h30m"}, {"roster-stale-after", "744h", "31 days"}, {"match-rate-min", "80", "80 %"}, {"time-zone", "Europe/Berlin", "Europe/Berlin"},
	} {
		if got := settingWords(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s %s: %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
