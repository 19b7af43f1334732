package frontend

import (
	"runtime"
	"strings"

	"rollcall/app"
)

// command is a line for a terminal that does what no page does yet.
type command struct {
	Words []string // quoted for this system's shell; none: cannot be given
	Why   string   // why there are none
}

// line is the whole command.
func (c command) line() string { return strings.Join(c.Words, " ") }

// rollcall is a command of this program on the given workspace; "" is the
// default one. There is none where a value in it hides something.
func rollcall(workspace string, words ...string) command {
	line := []string{"rollcall"}
	if workspace != "" {
		line = append(line, "--workspace="+workspace)
	}
	quoted, ok := app.ShellWords(runtime.GOOS, append(line, words...)...)
	if !ok {
		return command{Why: "A value in this command holds control or invisible characters, so it cannot be pasted safely."}
	}
	return command{Words: quoted}
}
