package cli

import (
	"runtime"
	"strings"

	"rollcall/app"
)

// command words what to type next, quoted for this system's shell; "" where a
// value in it hides something and must not be pasted. The first argument is the
// command itself and goes as it is. A value goes into its flag's own word,
// "--account="+name: one that begins with a dash stays a value. A workspace that
// was named on this command line is named again.
func (s *session) command(command string, args ...string) string {
	words, ok := app.ShellWords(runtime.GOOS, args...)
	if !ok {
		return ""
	}
	line := []string{"rollcall"}
	if s.Workspace != "" {
		named, ok := app.ShellWords(runtime.GOOS, "--workspace="+s.Workspace)
		if !ok {
			return ""
		}
		line = append(line, named...)
	}
	return strings.Join(append(append(line, command), words...), " ")
}

// suggest hints at a command; it says nothing where there is none to paste.
func (s *session) suggest(lead, command string, args ...string) {
	if line := s.command(command, args...); line != "" {
		s.hint("%s: %s\n", lead, line)
	}
}

// positional are arguments without flags. Where one begins with a dash, a word
// before them says that no flags follow.
func positional(args ...string) []string {
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			return append([]string{"--"}, args...)
		}
	}
	return args
}
