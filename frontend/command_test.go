package frontend

import (
	"runtime"
	"testing"

	"rollcall/app"
)

func TestRollcallNamesTheWorkspace(t *testing.T) {
	want, ok := app.ShellWords(runtime.GOOS, "--workspace=/srv/roll call")
	if got := rollcall("/srv/roll call", "sync").line(); !ok || got != "rollcall "+want[0]+" sync" {
		t.Errorf("line = %s", got)
	}
	if got := rollcall("", "plan", "--tenant=a b").Words; got[2] != "--tenant='a b'" {
		t.Errorf("a flag's value: %q", got)
	}
}

func TestRollcallRefusesWhatHides(t *testing.T) {
	if c := rollcall("", "plan", "--account=a\u202eb"); len(c.Words) != 0 || c.Why == "" {
		t.Errorf("%+v, want a refusal with its reason", c)
	}
}
