package cli

import (
	"regexp"
	"runtime"
	"strings"
)

var bareWord = regexp.MustCompile(`^[A-Za-z0-9@%_+:,./=-]+$`)

// command words what to type next. The first argument is the command itself
// and goes as it is; the others are quoted where a shell needs it. A workspace
// that was named on this command line is named again.
func (s *session) command(command string, args ...string) string {
	words := []string{"rollcall", command}
	for _, a := range args {
		words = append(words, quote(a, runtime.GOOS))
	}
	if s.Workspace != "" {
		words = append(words, "--workspace", quote(s.Workspace, runtime.GOOS))
	}
	return strings.Join(words, " ")
}

// quote writes one argument for the system's shell.
func quote(arg, goos string) string {
	switch {
	case bareWord.MatchString(arg):
		return arg
	case goos == "windows":
		return `"` + strings.ReplaceAll(arg, `"`, `\"`) + `"`
	default:
		return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
}
