package frontend

import (
	"strings"
	"testing"
	"time"
)

func TestVisible(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Jane Okafor", "Jane Okafor"},
		{"letters of any script", "Žofie Ågård 山田 يوسف", "Žofie Ågård 山田 يوسف"},
		{"emoji with joiner", "👩\u200d💻", "👩\u200d💻"},
		{"emoji with a style", "❤\ufe0f 1\ufe0f\u20e3 👁\ufe0f\u200d🗨\ufe0f 👩🏽\u200d🚀", "❤\ufe0f 1\ufe0f\u20e3 👁\ufe0f\u200d🗨\ufe0f 👩🏽\u200d🚀"},
		{"joiners that a script needs", "می\u200cخواهم क्\u200dष", "می\u200cخواهم क्\u200dष"},
		{"a Mongolian form", "\u182d\u180b", "\u182d\u180b"},
		{"joiners elsewhere", "al\u200dice bo\u200cb", "al⟨U+200D⟩ice bo⟨U+200C⟩b"},
		{"marks that draw nothing", "a\u034fb\u17b4c\u17b5d\u180be\ufe00f\ufe0fg\U000e0100", "a⟨U+034F⟩b⟨U+17B4⟩c⟨U+17B5⟩d⟨U+180B⟩e⟨U+FE00⟩f⟨U+FE0F⟩g⟨U+E0100⟩"},
		{"two styles", "❤\ufe0f\ufe0f 1\ufe0f", "❤\ufe0f⟨U+FE0F⟩ 1⟨U+FE0F⟩"},
		{"a variant of a Han character", "葛\U000e0100", "葛⟨U+E0100⟩"},
		{"right-to-left override", "a\u202eexe.txt", "a⟨U+202E⟩exe.txt"},
		{"isolates", "\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"},
		{"marks of direction", "\u200e\u200f\u061c", "⟨U+200E⟩⟨U+200F⟩⟨U+061C⟩"},
		{"zero width", "ad\u200bmin\ufeff\u2060", "ad⟨U+200B⟩min⟨U+FEFF⟩⟨U+2060⟩"},
		{"soft hyphen", "ad\u00admin", "ad⟨U+00AD⟩min"},
		{"controls", "a\nb\tc\x00\x1b[31m\x7f", "a␊b␉c␀␛[31m␡"},
		{"second control block", "a\u0085b", "a⟨U+0085⟩b"},
		{"line separator", "a\u2028b", "a⟨U+2028⟩b"},
		{"tag characters", "a\U000e0041b", "a⟨U+E0041⟩b"},
		{"filler that looks like a space", "a\u3164b\u2003c", "a⟨U+3164⟩b⟨U+2003⟩c"},
		{"blank braille", "a\u2800b", "a⟨U+2800⟩b"},
		{"broken encoding", "a\xffb", "a\ufffdb"},
		{"private use", "\ue000", "⟨U+E000⟩"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := visible(tt.in, 100); got != tt.want {
				t.Errorf("visible(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got, want := clean(tt.in), tt.in == tt.want && !strings.ContainsAny(tt.in, "\u200c\u200d\ufe0f\u180b"); got != want {
				t.Errorf("clean(%q) = %v, want %v", tt.in, got, want)
			}
		})
	}
}

func TestLengthIsBounded(t *testing.T) {
	long := strings.Repeat("ß", 5000)
	v := row(long)
	if got := len([]rune(v.Text)); got != rowMax+1 || !strings.HasSuffix(v.Text, "…") {
		t.Errorf("a row shows %d characters, want %d and an ellipsis", got, rowMax)
	}
	if got := len([]rune(v.Full)); got != titleMax+1 {
		t.Errorf("hovering shows %d characters, want %d", got, titleMax+1)
	}
	if got := row("short"); got.Text != "short" || got.Full != "short" {
		t.Errorf("row(short) = %+v", got)
	}
	if got := rows([]string{"a", "b", "c"}, 2); len(got) != 2 {
		t.Errorf("rows keeps %d, want 2", len(got))
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 18204: "18,204", 1234567: "1,234,567", -1200: "-1,200"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
	if got := many(1, "entry", "entries") + ", " + many(2, "entry", "entries"); got != "1 entry, 2 entries" {
		t.Errorf("many: %q", got)
	}
	if got := percent(2317, 2318); got != "99 %" {
		t.Errorf("one that is missing must not look like all: %q", got)
	}
	if got := percent(0, 0); got != "–" {
		t.Errorf("percent of nothing = %q", got)
	}
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 11, 22, 13, 5, 0, 0, time.FixedZone("CET", 3600))
	tests := []struct {
		before time.Duration
		want   string
	}{
		{-2 * time.Hour, "in 2 h"}, {0, "just now"}, {59 * time.Second, "just now"}, {90 * time.Second, "1 min ago"},
		{2 * time.Hour, "2 h ago"}, {26 * time.Hour, "1 d ago"}, {59 * 24 * time.Hour, "59 d ago"}, {60 * 24 * time.Hour, "23 Sep 2026"},
	}
	for _, tt := range tests {
		if got := at(now.Add(-tt.before), now).Words; got != tt.want {
			t.Errorf("%v before now: %q, want %q", tt.before, got, tt.want)
		}
	}
	w := at(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), now)
	if w.Exact != "22 Nov 2026, 11:00:00 CET (10:00:00 UTC)" || w.Machine != "2026-11-22T10:00:00Z" {
		t.Errorf("at = %+v", w)
	}
	if at(time.Time{}, now) != (when{}) {
		t.Error("the zero time has words")
	}
	if got := dated("2026-01-02: the last day was 2026-10-31"); got != "2026-01-02: the last day was 31 Oct 2026" {
		t.Errorf("dated: %q", got)
	}
	if day("2026-10-31") != "31 Oct 2026" || day("soon\u202e") != "soon⟨U+202E⟩" {
		t.Errorf("day: %q, %q", day("2026-10-31"), day("soon\u202e"))
	}
}

func TestMomentsInSentences(t *testing.T) {
	for given, want := range map[string]string{
		"Memberships in Forge are as of its list of 2026-11-30T22:42:29Z: no groups.": "Memberships in Forge are as of its list of 30 Nov 2026, 22:42 UTC: no groups.",
		"A file exported by Nia at 2026-11-30T19:42:29Z from screen \"x\".":           "A file exported by Nia at 30 Nov 2026, 19:42 UTC from screen \"x\".",
		"The user name is 2026-11-30T22:42:29Z.":                                      "The user name is 2026-11-30T22:42:29Z.",
		"It was deactivated on 2026-11-22; it can be deleted 30 days after that.":     "It was deactivated on 22 Nov 2026; it can be deleted 30 days after that.",
		"It was seen at 2026-13-40T22:42:29Z.":                                        "It was seen at 2026-13-40T22:42:29Z.",
	} {
		if got := timed(given).Text; got != want {
			t.Errorf("%q\nis shown as %q\nwant        %q", given, got, want)
		}
	}
	for given, want := range map[string]string{
		"last day: none → 2026-11-27": "last day: none → 27 Nov 2026", "first day: 2026-01-02 → none": "first day: 2 Jan 2026 → none",
		"name: 2026-11-27 → 2026-11-28": "name: 2026-11-27 → 2026-11-28",
	} {
		if got := changedWords(given); got != want {
			t.Errorf("%q is shown as %q, want %q", given, got, want)
		}
	}
}

// A row has the reason in brief with its days as pages write them, and the whole
// sentence on hover; of a plan made before there were brief ones, the sentence.
func TestReasonsInBrief(t *testing.T) {
	const reason = "Bruno Ravn (1050) has left: the last day was 2026-11-27."
	const shown = "Bruno Ravn (1050) has left: the last day was 27 Nov 2026."
	for brief, want := range map[string]string{
		"left 2026-11-27": "left 27 Nov 2026", "missing since 2026-11-20": "missing since 20 Nov 2026", "2 candidates: 2026-11-27, 7": "2 candidates: 2026-11-27, 7", "": shown,
	} {
		if got := briefly(brief, reason); got.Text != want || got.Full != shown {
			t.Errorf("%q is shown as %q, whole %q; want %q", brief, got.Text, got.Full, want)
		}
	}
}

// A moment is told by the clock of the machine, and by UTC where that differs.
func TestExactMoments(t *testing.T) {
	berlin, west := time.FixedZone("CET", 3600), time.FixedZone("PST", -8*3600)
	moment := time.Date(2026, 12, 1, 3, 2, 9, 0, time.UTC)
	for want, zone := range map[string]*time.Location{
		"1 Dec 2026, 03:02:09 UTC":                       time.UTC,
		"1 Dec 2026, 04:02:09 CET (03:02:09 UTC)":        berlin,
		"30 Nov 2026, 19:02:09 PST (1 Dec 03:02:09 UTC)": west,
	} {
		if got := at(moment, moment.In(zone)).Exact; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
