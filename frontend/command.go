package frontend

import (
	"runtime"
	"strings"
)

// command is a line for a terminal that does what no page does yet.
type command struct {
	Words []string // quoted for this system's shell; none: cannot be given
	Why   string   // why there are none
}

// line is the whole command.
func (c command) line() string { return strings.Join(c.Words, " ") }

// shellLine joins words into a line that a shell takes apart into exactly those
// words. It refuses a word with control or invisible characters: pasted into a
// terminal, such a word can do more than it shows.
func shellLine(words ...string) command {
	quoted := make([]string, len(words))
	for i, w := range words {
		if !clean(w) {
			return command{Why: "A value in this command holds control or invisible characters, so it cannot be pasted safely."}
		}
		quoted[i] = quoteWord(w, runtime.GOOS)
	}
	return command{Words: quoted}
}

// quoteWord quotes a word; of a long flag with a value only the value.
func quoteWord(w, system string) string {
	flag, text, found := strings.Cut(w, "=")
	if !found || !strings.HasPrefix(flag, "--") || strings.Trim(flag, plainChars) != "" {
		return quote(w, system)
	}
	return flag + "=" + quote(text, system)
}

// quote quotes one word for the POSIX shells, or for PowerShell on Windows.
func quote(w, system string) string {
	if w != "" && w[0] != '@' && strings.Trim(w, plainChars) == "" {
		return w
	}
	if system == "windows" {
		return "'" + strings.NewReplacer("'", "''", "’", "’’", "‘", "‘‘", "‚", "‚‚", "‛", "‛‛").Replace(w) + "'"
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// plainChars need no quoting in any of the shells.
const plainChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=+@"

// rollcall is a command of this program on the given workspace; "" is the
// default one.
func rollcall(workspace string, words ...string) command {
	line := []string{"rollcall"}
	if workspace != "" {
		line = append(line, "--workspace", workspace)
	}
	return shellLine(append(line, words...)...)
}
