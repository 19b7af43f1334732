package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"rollcall/app"
)

// sparse is how often a stage that goes on is mentioned where there is no
// terminal to refresh.
const sparse = 10 * time.Second

// progress tells a person on stderr how long work goes: on a terminal one line
// that is refreshed, elsewhere a line for each stage and then one now and then.
type progress struct {
	mu     sync.Mutex
	w      io.Writer
	width  int // of the terminal; 0: none
	now    func() time.Time
	shown  bool   // a refreshed line stands on the terminal
	stage  string // last one mentioned
	last   time.Time
	record string // last line written
}

func newProgress(w io.Writer, now func() time.Time) *progress {
	p := &progress{w: w, now: now}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.width = 80
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			p.width = width
		}
	}
	return p
}

// report is called by the service, from any goroutine.
func (p *progress) report(u app.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	line := progressLine(u, now)
	if p.width > 0 {
		fmt.Fprintf(p.w, "\r\x1b[K%s", shorten(line, p.width-1))
		p.shown = true
		return
	}
	stage := u.What + "/" + u.Tenant + "/" + u.Stage
	if stage == p.stage && now.Sub(p.last) < sparse || line == p.record {
		return
	}
	p.stage, p.last, p.record = stage, now, line
	fmt.Fprintln(p.w, line)
}

// clear takes the refreshed line away, so that other output can follow.
func (p *progress) clear() {
	if p == nil {
		return // --quiet, or a command without progress
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

func progressLine(u app.Progress, now time.Time) string {
	line := visible(strings.TrimSpace(u.What+" "+u.Tenant) + ": " + u.Stage)
	if u.Resumed > 0 && u.Resumed == u.Done {
		line += " resumed at"
	}
	switch {
	case u.Total > 0:
		line += fmt.Sprintf(" %d of %d", u.Done, u.Total)
	case u.Done > 0:
		line += fmt.Sprintf(" %d", u.Done)
	}
	if eta := remaining(u, now); eta > 0 {
		line += fmt.Sprintf(", about %s left", eta)
	}
	return line
}

// remaining estimates from the pace so far; 0 where nothing can be said yet.
func remaining(u app.Progress, now time.Time) time.Duration {
	gone, done := now.Sub(u.Started), u.Done-u.Resumed
	if done <= 0 || u.Done >= u.Total || u.Started.IsZero() || gone < 2*time.Second {
		return 0
	}
	left := time.Duration(float64(gone) / float64(done) * float64(u.Total-u.Done))
	return max(left.Round(time.Second), time.Second)
}
