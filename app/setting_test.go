package app

import (
	"slices"
	"testing"
)

func TestSettingsAreBoundedAndRecorded(t *testing.T) {
	w, _ := ready(t)
	before := w.entries()
	for _, tt := range []struct{ name, value, reason string }{
		{"nonsense", "1", "x"}, {settingStaleAfter, "0s", "x"}, {settingStaleAfter, "9999h", "x"}, {settingStaleAfter, "soon", "x"},
		{settingMatchMin, "0", "x"}, {settingMatchMin, "+80", "x"}, {settingShrinkMax, "100", "x"}, {settingTimeZone, "Local", "x"},
		{settingTimeZone, "Nowhere/Here", "x"}, {settingMatchMin, "90", "  "},
	} {
		if _, err := w.app.SetSetting(t.Context(), tt.name, tt.value, tt.reason); err == nil {
			t.Errorf("%+v was taken", tt)
		}
	}
	if n := w.entries(); n != before {
		t.Errorf("%d entries of what was refused", n-before)
	}
	for name, value := range map[string]string{settingStaleAfter: "2880m0s", settingRosterStale: "36h30m", settingMatchMin: "90", settingTimeZone: "Europe/Berlin"} {
		_, err := w.app.SetSetting(t.Context(), name, value, "agreed")
		noError(t, err)
	}
	list, err := w.app.Settings(t.Context())
	noError(t, err)
	got := map[string]string{}
	for _, s := range list {
		got[s.Name] = s.Value
		if c := s.Default; s.Means == "" || c == "" {
			t.Errorf("%+v", s)
		}
	}
	if got[settingStaleAfter] != "48h" || got[settingRosterStale] != "36h30m" || got[settingMatchMin] != "90" || got[settingTimeZone] != "Europe/Berlin" || got[settingShrinkMax] != "20" {
		t.Errorf("settings %v", got)
	}
	if n := w.entries(); n != before+4 {
		t.Errorf("%d entries of 4 changes", n-before)
	}
	for typed, want := range map[string]string{
		"31 days": "744h", "2d": "48h", "1 day": "24h", "36 hours": "36h", "36hours": "36h", "744h": "744h", "48h0m0s": "48h",
	} {
		if written, ok := hours(1, 2208)(typed); !ok || written != want {
			t.Errorf("%q is written %q, %t; want %q", typed, written, ok, want)
		}
	}
	for _, typed := range []string{"80", "1000000 days", "-1 days", "2 weeks", "days", ""} {
		if written, ok := hours(1, 2208)(typed); ok {
			t.Errorf("%q is taken as %q", typed, written)
		}
	}
	for _, c := range changeables {
		if written, ok := c.fits(c.otherwise); !ok || written != c.otherwise {
			t.Errorf("%s does not take what stands for it", c.key)
		}
	}
	if n := w.count(`SELECT count(*) FROM setting WHERE key = 'stale-after' AND value = '48h'`); n != 1 {
		t.Error("the setting is not kept as it is written")
	}
	var told []string
	if err := w.app.Entries(t.Context(), EntryFilter{}, func(e Entry) error { told = append(told, e.What); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(told, "Age of lists set to 2 days") {
		t.Errorf("%q", told)
	}
}

func TestSettingWords(t *testing.T) {
	for _, tt := range [][3]string{
		{"stale-after", "24h", "24 hours"}, {"stale-after", "1h", "1 hour"}, {"stale-after", "48h", "2 days"}, {"stale-after", "36h", "36 hours"},
		{"roster-stale-after", "36h30m", "36h30m"}, {"roster-stale-after", "744h", "31 days"}, {"match-rate-min", "80", "80 %"}, {"time-zone", "Europe/Berlin", "Europe/Berlin"},
	} {
		if got := SettingWords(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s %s: %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}
