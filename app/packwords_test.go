package app

import (
	"strings"
	"testing"
	"time"
)

// TestFilterInWords: a pack says what it holds, and names no person for it.
func TestFilterInWords(t *testing.T) {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for want, f := range map[string]EntryFilter{
		"every entry":                  {},
		"ticket HD-5002":               {Ticket: "HD-5002"},
		"by a text that entry 9 names": {Actor: "Nia"},
		"about a text that entry 9 names, target a text that entry 9 names, kind actions, tenant Acme, outcome failed, from 2026-03-01T00:00:00Z": {
			About: "Ann", Target: "u1", Group: "actions", Tenant: "Acme", Outcome: "failed", From: at,
		},
	} {
		if got := f.words(9); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPackSaysWhatHappened: with the tenant's name and in words, also for who
// has no program.
func TestPackSaysWhatHappened(t *testing.T) {
	w := newWorld(t)
	w.roster(people(20, leaverLine))
	if _, _, err := w.app.AddFileTenant(t.Context(), "Travel", w.export(memberLines(nil), time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.app.Protect(t.Context(), "Travel", "p2@acme.example", "the owner"); err != nil {
		t.Fatal(err)
	}
	info := w.pack()
	if readme := string(packMember(t, info.File, "README.txt")); !strings.Contains(readme, "Exported an evidence pack") || strings.Contains(readme, "Protected") {
		t.Errorf("%s", readme)
	}
	file := t.TempDir() + "/all.zip"
	if _, err := w.app.Export(t.Context(), file, EntryFilter{}); err != nil {
		t.Fatal(err)
	}
	if readme := string(packMember(t, file, "README.txt")); !strings.Contains(readme, "Protected p2@acme.example in Travel: the owner, by ") {
		t.Errorf("%s", readme)
	}
}
