package frontend

import (
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// hostileWords are values that a tenant may send and an admin may paste.
var hostileWords = []string{
	"", "plain", "with space", "it's", `"double"`, "$(touch x)", "`id`", "a;b|c&d", "*?[a]", "~root", "!!", "a=b",
	"--help", "-x", "@file", "#no", "back\\slash", "{a,b}", "ünïcode", "%PATH%", "--account=O'Brien; rm -rf ~", "--a b=c",
}

func TestShellLineIsTakenApartAgain(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no POSIX shell on this system")
	}
	c := shellLine(hostileWords...)
	if len(c.Words) != len(hostileWords) {
		t.Fatalf("refused: %q", c.Why)
	}
	out, err := exec.Command(sh, "-c", `f() { for w; do printf '%s\0' "$w"; done; }; f `+c.line()).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if !slices.Equal(got, hostileWords) {
		t.Errorf("the shell saw\n%q, want\n%q", got, hostileWords)
	}
}

func TestShellLineRefusesWhatHides(t *testing.T) {
	for _, w := range []string{"a\nb", "a\x1b[2Jb", "a\u202eb", "a\u200bb", "a\x00", "\xff", "a\u200db"} {
		if c := shellLine("rollcall", w); len(c.Words) != 0 || c.Why == "" {
			t.Errorf("shellLine(%q) = %+v, want a refusal with its reason", w, c)
		}
	}
}

func TestQuoteForPowerShell(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "it's": "'it''s'", "a’b": "'a’’b'", "$x": "'$x'", "@a": "'@a'", "": "''",
	} {
		if got := quote(in, "windows"); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestRollcallNamesTheWorkspace(t *testing.T) {
	got := rollcall("/srv/roll call", "sync").line()
	if want := quote("/srv/roll call", runtime.GOOS); got != "rollcall --workspace "+want+" sync" {
		t.Errorf("line = %s", got)
	}
	if got := rollcall("", "plan", "--tenant=a b").Words; runtime.GOOS != "windows" && got[2] != "--tenant='a b'" {
		t.Errorf("a flag's value: %q", got)
	}
}
