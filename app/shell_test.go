package app_test

import (
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"rollcall/app"
)

// hostileWords are values that a tenant may send and an admin may paste.
var hostileWords = []string{
	"", "plain", "with space", "it's", `"double"`, "$(touch x)", "`id`", "a;b|c&d", "*?[a]", "~root", "!!", "a=b",
	"--help", "-x", "@file", "#no", "back\\slash", "{a,b}", "ünïcode", "%PATH%", "--account=O'Brien; rm -rf ~", "--a b=c",
}

func TestShellWordsAreTakenApartAgain(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no POSIX shell on this system")
	}
	words, ok := app.ShellWords("linux", hostileWords...)
	if !ok {
		t.Fatal("refused")
	}
	out, err := exec.Command(sh, "-c", `f() { for w; do printf '%s\0' "$w"; done; }; f `+strings.Join(words, " ")).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if !slices.Equal(got, hostileWords) {
		t.Errorf("the shell saw\n%q, want\n%q", got, hostileWords)
	}
}

func TestShellWordsForPowerShell(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "it's": "'it''s'", "a’b": "'a’’b'", "$(calc)": "'$(calc)'", "`n": "'`n'", `"a"`: `'"a"'`, "@a": "'@a'", "": "''",
		"--account=$x": "--account='$x'", `C:\a b`: `'C:\a b'`,
	} {
		if got, ok := app.ShellWords("windows", in); !ok || got[0] != want {
			t.Errorf("ShellWords(%q) = %s, %v; want %s", in, got, ok, want)
		}
	}
}

func TestShellWordsRefuseWhatHides(t *testing.T) {
	for _, w := range []string{"a\nb", "a\x1b[2Jb", "a\u202eb", "a\u200bb", "a\x00", "\xff", "a\u200db", "a\u0085b"} {
		if got, ok := app.ShellWords("linux", "rollcall", w); ok {
			t.Errorf("ShellWords(%q) = %q, want a refusal", w, got)
		}
	}
}
