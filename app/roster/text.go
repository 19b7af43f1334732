package roster

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain takes the accents off letters.
func plain(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func quote(s string) string { return `"` + show(s) + `"` }

// show makes a value of the file fit for a sentence: what does not print is
// escaped, what is long is cut.
func show(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError || r == '"' {
			quoted := strconv.Quote(s)
			return quoted[1 : len(quoted)-1]
		}
	}
	return s
}

// list names columns in a sentence.
func list(names []string) string {
	const most = 40
	var quoted []string
	for _, n := range names[:min(most, len(names))] {
		quoted = append(quoted, quote(n))
	}
	if more := len(names) - most; more > 0 {
		quoted = append(quoted, strconv.Itoa(more)+" more")
	}
	return strings.Join(quoted, ", ")
}
