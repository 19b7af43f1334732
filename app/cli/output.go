package cli

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"golang.org/x/term"
)

// look is how human output may look on one stream.
type look struct {
	width  int // columns of the terminal; 0: no terminal, nothing is cut
	colour bool
}

func lookOf(w io.Writer, getenv func(string) string) look {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return look{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 80
	}
	return look{width: width, colour: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// trusted is text of our own that printf leaves as it is.
type trusted string

func (l look) paint(code, text string) trusted {
	if !l.colour {
		return trusted(visible(text))
	}
	return trusted("\x1b[" + code + "m" + visible(text) + "\x1b[0m")
}

func (l look) strong(text string) trusted { return l.paint("1", text) }
func (l look) good(text string) trusted   { return l.paint("32", text) }
func (l look) bad(text string) trusted    { return l.paint("31", text) }
func (l look) odd(text string) trusted    { return l.paint("33", text) }

// printf prints human output. Every argument that is text is made visible
// first, so no command has to remember it; write errors show at the flush.
func (s *session) printf(format string, args ...any) {
	fmt.Fprintf(s.out, format, safeArgs(args)...)
}

func safeArgs(args []any) []any {
	safe := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case trusted, bool, int, int64:
			safe[i] = v
		default:
			safe[i] = visible(fmt.Sprint(v))
		}
	}
	return safe
}

// hint tells a person on stderr what to do next.
func (s *session) hint(format string, args ...any) {
	if s.Quiet || s.JSON {
		return
	}
	if err := s.out.Flush(); err != nil {
		return
	}
	fmt.Fprintf(s.env.Stderr, format, safeArgs(args)...)
}

// aside prints like s, to stderr. Whoever uses it flushes it.
func (s *session) aside() *session {
	other := *s
	other.out, other.look = bufio.NewWriter(s.env.Stderr), lookOf(s.env.Stderr, s.env.Getenv)
	return &other
}

// object writes v as one line of JSON.
func (s *session) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if _, err = s.out.Write(escapeHidden(line)); err == nil {
		err = s.out.WriteByte('\n')
	}
	return err
}

// escapeHidden writes hidden characters of JSON strings as \u escapes: the same
// values to a parser, harmless where someone looks at them.
func escapeHidden(line []byte) []byte {
	if plain(string(line)) {
		return line
	}
	out := make([]byte, 0, len(line)+16)
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		switch {
		case r < 0x80 && r != 0x7f || !hidden(r):
			out = append(out, line[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		line = line[size:]
	}
	return out
}

// sheet writes RFC 4180 lines whose cells cannot become formulas.
type sheet struct{ w *csv.Writer }

func (s *session) sheet(head ...string) *sheet {
	w := csv.NewWriter(s.out)
	w.UseCRLF = true
	sh := &sheet{w}
	sh.row(head...)
	return sh
}

func (sh *sheet) row(cells ...string) {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = cell(c)
	}
	_ = sh.w.Write(safe) // kept by the writer until end
}

func (sh *sheet) end() error {
	sh.w.Flush()
	return sh.w.Error()
}

// when shows a time to a person.
func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04 MST")
}

// stamp writes a time for a spreadsheet or a script.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// count words a number of things: 1 account, 2 accounts.
func count[N int | int64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") {
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(one, "y"))
	}
	return fmt.Sprintf("%d %ss", n, one)
}
