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
	n, before := 0, rune(0)
	for i, r := range s {
		switch {
		case n == limit:
			return b.String() + "…"
		case shapes(r, before, s[i:]):
			b.WriteRune(r)
		default:
			writeVisible(&b, r)
		}
		n++
		before = r
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
func hidden(r rune) bool {
	switch {
	case r == utf8.RuneError:
		return false
	case !unicode.IsGraphic(r), unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return true
	}
	return r == 0x2800 || // the Braille pattern without dots
		(unicode.Is(unicode.Zs, r) && r != ' ' && r != 0xA0 && r != 0x202F && r != 0x3000)
}

// What shapes the character before it.
const (
	nonJoiner, joiner = 0x200C, 0x200D
	asText, asEmoji   = 0xFE0E, 0xFE0F
	keycap            = "\u20E3"
)

// joining are the scripts that write with the two joiners.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
	unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// shapes says of a hidden character, at the beginning of rest, that the one
// before it needs it to be drawn as it is meant: a joiner in a script that joins
// or between emoji, the style of a symbol or a keycap, a Mongolian form. After
// any other character it may only tell apart what looks alike.
func shapes(r, before rune, rest string) bool {
	switch {
	case r == nonJoiner:
		return unicode.In(before, joining...)
	case r == joiner:
		return before == asEmoji || unicode.In(before, unicode.So, unicode.Sk) || unicode.In(before, joining...)
	case r == asText, r == asEmoji:
		return unicode.In(before, unicode.So, unicode.Sm) || strings.HasPrefix(rest[utf8.RuneLen(r):], keycap)
	}
	return unicode.Is(unicode.Mongolian, before) && unicode.In(r, unicode.Mongolian) && unicode.Is(unicode.Variation_Selector, r)
}

// clean says whether s holds nothing that visible would have to spell out.
func clean(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7F || hidden(r) {
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
