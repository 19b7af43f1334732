package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"rollcall/app"
)

// The exit codes of every command.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNotHeld = 3 // it ran, and what it checked does not hold
)

// errNotHeld ends a command whose result is printed already and says itself
// what does not hold.
var errNotHeld = errors.New("what was checked does not hold")

// told is an error that is part of what was printed on stdout.
type told struct{ error }

func (t told) Unwrap() error { return t.error }

// exitCode is the one place where an error becomes an exit code.
func exitCode(err error) int {
	var e *app.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNotHeld):
		return exitNotHeld
	case !errors.As(err, &e):
		return exitFailed
	case e.Kind == app.KindUsage:
		return exitUsage
	case e.Kind == app.KindRefused:
		return exitNotHeld
	default:
		return exitFailed
	}
}

// usage makes the error of a command line that cannot mean anything.
func usage(text, do string) error {
	return &app.Error{Kind: app.KindUsage, Text: text, Do: do}
}

// noValue is kong's wording where a flag ends the line without its value.
var noValue = regexp.MustCompile(`expected \S+ value but got "EOL" \(<EOL>\)`)

// switchValue is kong's wording where a switch got a value. The value is left
// out: it may be a token.
var switchValue = regexp.MustCompile(`(?s)bool value must be .* but got .*`)

// usageOf words what kong found wrong with a command line.
func usageOf(err error) error {
	text := noValue.ReplaceAllString(err.Error(), "a value is missing")
	text = switchValue.ReplaceAllString(text, "it takes no value")
	text = strings.Replace(text, `must be one of "",`, "must be one of ", 1) // to leave a flag out is no value of it
	var parse *kong.ParseError
	if !errors.As(err, &parse) || parse.Context == nil || parse.Context.Selected() == nil {
		if word, ok := strings.CutPrefix(text, "unexpected argument "); ok {
			text = noCommand(word)
		}
		return usage(sentence(text), `See "rollcall --help".`)
	}
	node := parse.Context.Selected()
	text = strings.TrimPrefix(text, strings.TrimPrefix(node.FullPath(), "rollcall ")+": ")
	return usage(sentence(text), fmt.Sprintf("See %q.", commandPath(node)+" --help"))
}

// nearCommand is kong's wording where a word is nearly a command.
const nearCommand = ", did you mean "

// noCommand quotes the word alone, and no guess of kong's with it.
func noCommand(rest string) string {
	word, guess, near := strings.Cut(rest, nearCommand)
	text := fmt.Sprintf("there is no command %q.", word)
	if near {
		text += " Did you mean " + guess
	}
	return text
}

// commandPath is what a person types for a command: the default sub-command
// of plan has no word of its own.
func commandPath(node *kong.Node) string {
	if node.Parent != nil && node.Parent.DefaultCmd == node && node.Parent.Type == kong.CommandNode {
		node = node.Parent
	}
	words := []string{node.Name}
	for n := node.Parent; n != nil; n = n.Parent {
		words = append([]string{n.Name}, words...)
	}
	return strings.Join(words, " ")
}

// sentence makes one of text: a capital in front where it starts with a word,
// a full stop where it ends without a mark.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.ContainsAny(text[len(text)-1:], ".?!:") {
		return text
	}
	return text + "."
}

// failure is an error as machines read it.
type failure struct {
	Error failureBody `json:"error"`
}

type failureBody struct {
	Kind app.ErrorKind `json:"kind"`
	Text string        `json:"text"`
	Do   string        `json:"do"`

	Detail   string        `json:"detail,omitzero"` // of an error that nobody foresaw: its technical words
	Problems []app.Problem `json:"problems"`        // of a refusal: every reason
}

func failureOf(err error) failureBody {
	e := app.Explain(err)
	return failureBody{Kind: e.Kind, Text: e.Text, Do: e.Do, Detail: e.Detail, Problems: e.Problems}
}

// printError says on stderr what happened and what to do; asJSON repeats it as
// one object on stdout.
func (s *session) printError(err error, asJSON bool) {
	if errors.Is(err, errNotHeld) {
		return
	}
	f := failureOf(err)
	fmt.Fprintf(s.env.Stderr, "rollcall: %s\n", indented(f.Text))
	for _, do := range f.advice() {
		fmt.Fprintf(s.env.Stderr, "  %s\n", indented(do))
	}
	if f.Detail != "" {
		fmt.Fprintf(s.env.Stderr, "  Detail: %s\n", indented(f.Detail))
	}
	if !errors.As(err, new(told)) && asJSON {
		_ = s.object(failure{f}) // stdout's own failure shows when it is flushed
	}
}

// advice is all that can be done about it, each once.
func (f failureBody) advice() []string {
	all := []string{f.Do}
	for _, p := range f.Problems {
		all = append(all, p.Do)
	}
	var advice []string
	for _, do := range all {
		if do != "" && !slices.Contains(advice, do) {
			advice = append(advice, do)
		}
	}
	return advice
}

// wantsJSON finds --json where parsing stopped before it.
func wantsJSON(args []string) bool {
	for i, a := range args {
		switch {
		case a == "--":
			return false
		case a == "--json", a == "--format=json":
			return true
		case a == "--format" && i+1 < len(args) && args[i+1] == "json":
			return true
		}
	}
	return false
}
