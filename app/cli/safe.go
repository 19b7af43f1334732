package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes text that came from a server or a file harmless on a terminal:
// one line, and every character that would move the cursor, colour the screen,
// turn the reading direction or show as nothing is written as an escape.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// indented makes text of several lines visible line by line. Further lines are
// indented, so that none can pass for one of ours.
func indented(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = visible(l)
	}
	return strings.Join(lines, "\n  ")
}

// plain is the quick answer for text of printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// hidden says whether r acts on a terminal, or shows nothing, instead of
// showing itself.
func hidden(r rune) bool {
	return unicode.IsControl(r) || // C0, DEL, C1
		unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, // bidi, zero width, line separators
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// cell makes text harmless in a spreadsheet too: what would be read as a
// formula gets an apostrophe in front.
func cell(s string) string {
	safe := visible(s)
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if strings.ContainsRune("=+-@\t\r＝＋－＠", r) && s != "" {
		return "'" + safe
	}
	return safe
}
