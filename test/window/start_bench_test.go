//go:build window

package window

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// startRounds is how often each program is started; both once more before, so
// that neither pays for what the web engine keeps.
const startRounds = 5

// BenchmarkStart measures from the start of the process until its window is
// shown, which both programs do when their first page is there
// (DOMContentLoaded), and compares Rollcall, on a workspace that exists, with
// a window of the same library that has nothing in it. The two take turns; the
// numbers are medians.
func BenchmarkStart(b *testing.B) {
	ctx, cancel := context.WithTimeout(b.Context(), 4*limit)
	defer cancel()
	b.Setenv("DBUS_SESSION_BUS_ADDRESS", "") // no keychain answers
	b.Setenv("ROLLCALL_PASSPHRASE", "correct horse battery")
	s := screen{b, ctx, startXvfb(b, ctx), b.TempDir()}
	empty := filepath.Join(b.TempDir(), "empty")
	if out, err := exec.CommandContext(ctx, "go", "build", "-tags", "window,desktop,production,webkit2_41", "-ldflags", "-s -w", "-o", empty, "./empty").CombinedOutput(); err != nil {
		b.Fatalf("build the empty window: %v\n%s", err, out)
	}
	for b.Loop() {
		var took [2][]time.Duration
		for round := range startRounds + 1 {
			for i, program := range []struct{ path, title string }{{binary, "Rollcall"}, {empty, "Empty"}} {
				d := s.timeStart(program.path, program.title)
				if round > 0 {
					took[i] = append(took[i], d)
				}
			}
		}
		ours, theirs := median(took[0]), median(took[1])
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(ours.Milliseconds()), "ms-rollcall")
		b.ReportMetric(float64(theirs.Milliseconds()), "ms-empty")
		b.ReportMetric(float64(ours)/float64(theirs), "x-empty-window")
	}
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// timeStart starts a program, waits until its window is shown, and ends it.
// xdotool's own waiting looks twice a second, too rarely to measure by.
func (s screen) timeStart(path, title string) time.Duration {
	s.t.Helper()
	began := time.Now()
	o := s.begin(path)
	for s.command("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$").Run() != nil {
		if s.ctx.Err() != nil {
			s.t.Fatalf("%s never showed its window", title)
		}
	}
	took := time.Since(began)
	o.close()
	return took
}
