package frontend

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths that a page shows, in characters. What is longer is cut with an
// ellipsis; the title holds up to titleMax, the detail up to detailMax.
const (
	rowMax    = 120
	titleMax  = 1000
	detailMax = 2000
)

// value is text that came from outside, fit to be shown: control, bidirectional
// and invisible characters are spelled out, and its length is bounded. Only the
// functions of this file make one.
type value struct {
	Text string // what is shown
	Full string // what hovering shows
}

// row makes a value for one line of a table.
func row(s string) value { return bounded(s, rowMax) }

// whole is all that hovering shows of a value.
func whole(v value) value { return value{Text: v.Full} }

// prose makes a value for a sentence or a detail.
func prose(s string) value { return bounded(s, detailMax) }

func bounded(s string, limit int) value {
	return value{Text: visible(s, limit), Full: visible(s, titleMax)}
}

// rows is row for each of a list, which is itself bounded.
func rows(list []string, limit int) []value {
	out := make([]value, 0, min(len(list), limit))
	for _, s := range list[:min(len(list), limit)] {
		out = append(out, row(s))
	}
	return out
}

// visible spells out what would otherwise hide or reorder text, and cuts after
// limit characters of the input.
func visible(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == limit {
			b.WriteString("…")
			break
		}
		n++
		writeVisible(&b, r)
	}
	return b.String()
}

// plain says whether s is ASCII that can be seen, as most of it is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7F {
			return false
		}
	}
	return true
}

func writeVisible(b *strings.Builder, r rune) {
	switch {
	case r < 0x20:
		b.WriteRune(0x2400 + r) // the pictures of the control characters
	case r == 0x7F:
		b.WriteRune(0x2421)
	case hidden(r):
		fmt.Fprintf(b, "⟨U+%04X⟩", r)
	default:
		b.WriteRune(r)
	}
}

// hidden says whether r draws nothing or steers how its neighbours are drawn.
// The two joiners stay: Persian, Indic scripts and emoji need them.
func hidden(r rune) bool {
	if r == 0x200C || r == 0x200D {
		return false
	}
	if r == utf8.RuneError || !unicode.IsGraphic(r) {
		return r != utf8.RuneError
	}
	return r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || // Hangul fillers
		r == 0x2800 || // the Braille pattern without dots
		(unicode.Is(unicode.Zs, r) && r != ' ' && r != 0xA0 && r != 0x202F && r != 0x3000)
}

// clean says whether s holds nothing that visible would have to spell out.
func clean(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7F || hidden(r) || r == 0x200C || r == 0x200D {
			return false
		}
	}
	return true
}

// firstOf returns the first of the strings that is not empty.
func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
