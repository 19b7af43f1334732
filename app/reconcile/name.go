package reconcile

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// NameWords are the words of a name without case, accents and punctuation, in one
// order: those of "Müller, Jürgen" are those of "jurgen muller". They are for
// finding people whom a person names; no rule goes by them.
func NameWords(name string) []string {
	words := splitName(norm.NFKD.String(cases.Fold().String(norm.NFKD.String(name))))
	for i, w := range words {
		words[i] = strings.Map(func(r rune) rune {
			if unicode.IsMark(r) {
				return -1
			}
			return r
		}, w)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	slices.Sort(words)
	return words
}

// splitName cuts a name where neither letters, digits nor accents stand.
func splitName(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
}
