package app

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ShellWords quotes words for pasting into a terminal of the system goos: into
// the POSIX shells, or into PowerShell on Windows. Each arrives as one word and
// nothing in it is carried out. It refuses words with control or invisible
// characters: pasted, such a word can do more than it shows.
func ShellWords(goos string, words ...string) ([]string, bool) {
	quoted := make([]string, len(words))
	for i, w := range words {
		if !utf8.ValidString(w) || strings.ContainsFunc(w, concealed) {
			return nil, false
		}
		quoted[i] = shellWord(w, goos)
	}
	return quoted, true
}

// concealed says whether r acts on a terminal or shows nothing there.
func concealed(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// shellWord quotes a word; of a long flag with a value only the value.
func shellWord(w, goos string) string {
	flag, text, found := strings.Cut(w, "=")
	if !found || !strings.HasPrefix(flag, "--") || strings.Trim(flag, plainChars) != "" {
		return shellQuote(w, goos)
	}
	return flag + "=" + shellQuote(text, goos)
}

// plainChars need no quoting in any of the shells.
const plainChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=+@"

// powerShellQuotes are all that PowerShell takes for a single quote.
var powerShellQuotes = strings.NewReplacer("'", "''", "’", "’’", "‘", "‘‘", "‚", "‚‚", "‛", "‛‛")

func shellQuote(w, goos string) string {
	switch {
	case w != "" && w[0] != '@' && strings.Trim(w, plainChars) == "":
		return w
	case goos == "windows":
		return "'" + powerShellQuotes.Replace(w) + "'"
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
