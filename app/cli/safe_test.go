package cli

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rollcall/test/bounds"
)

func TestVisible(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"alice@example.com", "alice@example.com"},
		{"Zoë Müller 李", "Zoë Müller 李"},
		{`CORP\bob`, `CORP\bob`},
		{"a\nb\r\tc", `a\nb\r\tc`},
		{"\x1b[2Jgone", `\x1b[2Jgone`},
		{"bell\a del\x7f nul\x00", `bell\x07 del\x7f nul\x00`},
		{"c1\u009b2J", `c1\u009b2J`},
		{"rtl\u202egnp.exe", `rtl\u202egnp.exe`},
		{"isolate\u2066x\u2069", `isolate\u2066x\u2069`},
		{"zero\u200bwidth\u200d\ufeff", `zero\u200bwidth\u200d\ufeff`},
		{"line\u2028break", `line\u2028break`},
		{"tag\U000e0041", `tag\U000e0041`},
		{"filler\u3164 selector\ufe0f soft\u00ad", `filler\u3164 selector\ufe0f soft\u00ad`},
		{"bad\xff\xc0", `bad\xff\xc0`},
	} {
		if got := visible(tt.in); got != tt.want {
			t.Errorf("visible(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestCell(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"plain", "plain"},
		{"a=b", "a=b"},
		{"=HYPERLINK(1)", "'=HYPERLINK(1)"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(1)", "'@SUM(1)"},
		{"\t=1", `'\t=1`},
		{"\r=1", `'\r=1`},
		{"  =1", "'  =1"},
		{"＝1", "'＝1"},
	} {
		if got := cell(tt.in); got != tt.want {
			t.Errorf("cell(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// hostile is what a tenant may put into any of its values.
const hostile = "e\x1b[31mvil\u202e\u009b\x7f\U000e0041\n=1"

func TestJSONIsHarmlessAndExact(t *testing.T) {
	s, out, _ := newSession(t)
	if err := s.object(map[string]string{"v": hostile}); err != nil {
		t.Fatal(err)
	}
	s.out.Flush()
	line := out.String()
	if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), hidden); i >= 0 {
		t.Errorf("hidden character at %d of %q", i, line)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(line), &back); err != nil {
		t.Fatal(err)
	}
	if back["v"] != hostile {
		t.Errorf("came back as %q, want %q", back["v"], hostile)
	}
}

func TestPrintfMakesEveryValueVisible(t *testing.T) {
	s, out, _ := newSession(t)
	type text string
	s.printf("%s %s %v %d\n", hostile, text(hostile), []string{hostile}, 7)
	s.out.Flush()
	got := strings.TrimSuffix(out.String(), "\n")
	if i := strings.IndexFunc(got, hidden); i >= 0 {
		t.Errorf("hidden character at %d of %q", i, got)
	}
}

func TestIndented(t *testing.T) {
	if got, want := indented("one\ntwo\x1b\rrollcall: three"), "one\n  two\\x1b\\rrollcall: three"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzVisible(f *testing.F) {
	f.Add(hostile)
	f.Fuzz(func(t *testing.T, s string) {
		var shown string
		bounds.Memory(t, len(s), 1<<20, 64, func() { shown = visible(s) })
		if i := strings.IndexFunc(shown, hidden); i >= 0 {
			t.Errorf("visible(%q) hides something at %d", s, i)
		}
	})
}
