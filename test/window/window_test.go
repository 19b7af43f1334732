//go:build window

// Package window opens the real program on a screen of its own and looks at it.
package window

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	binary = "../../build/bin/rollcall"
	limit  = 90 * time.Second // for a slow machine; nothing waits when there is no need
)

// A page that was drawn has text in several greys, icons and badges: far more
// colours than an empty window or an error message of the web engine.
const minColours = 64

func TestWindowShowsTheDemo(t *testing.T) {
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("the program is not built: run make build (%v)", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	s := screen{t, ctx, startXvfb(t, ctx), t.TempDir()}
	id, program := s.open("demo")
	if title := strings.TrimSpace(s.output("xdotool", "getwindowname", id)); title != "Rollcall" {
		t.Errorf("the window's title is %q", title)
	}
	overview := s.photograph(id, "window-overview")
	if n := colours(overview); n < minColours {
		t.Errorf("the overview has %d colours: nothing was drawn", n)
	}

	// The keyboard leads to the findings: the page's script runs in the window.
	s.output("xdotool", "windowfocus", "--sync", id, "key", "g", "key", "f")
	findings := s.photographChanged(id, "window-findings", overview)
	if n := colours(findings); n < minColours {
		t.Errorf("the findings have %d colours: nothing was drawn", n)
	}

	// The window opens again as it was left.
	s.output("xdotool", "windowsize", "--sync", id, "1200", "760", "windowmove", "--sync", id, "90", "50")
	s.drawn(id, "window-resized", 1200, 760)
	program.close()
	id, program = s.open("demo")
	s.drawn(id, "window-again", 1200, 760)
	if where := s.output("xdotool", "getwindowgeometry", id); !strings.Contains(where, "Position: 90,50 ") {
		t.Errorf("opened again, the window is at:\n%s", where)
	}
	program.close()
}

// drawn waits until a window of this size was drawn.
func (s screen) drawn(id, name string, width, height int) {
	s.t.Helper()
	s.photographUntil(id, name, func(now image.Image) bool {
		return now.Bounds().Dx() == width && now.Bounds().Dy() == height
	})
}

// opened is the program while its window is open.
type opened struct {
	s     screen
	cmd   *exec.Cmd
	ended chan error
}

// open starts the program and waits for its window.
func (s screen) open(args ...string) (id string, o opened) {
	s.t.Helper()
	o = s.begin(binary, args...)
	return strings.Fields(s.output("xdotool", "search", "--sync", "--onlyvisible", "--name", "^Rollcall$"))[0], o
}

// begin starts a program that opens a window.
func (s screen) begin(path string, args ...string) opened {
	s.t.Helper()
	o := opened{s, s.command(path, args...), make(chan error, 1)}
	var stderr bytes.Buffer
	o.cmd.Stderr = &stderr
	if err := o.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { o.ended <- o.cmd.Wait() }()
	s.t.Cleanup(func() {
		o.cmd.Process.Kill()
		if s.t.Failed() {
			s.t.Logf("the program said:\n%s", stderr.Bytes())
		}
	})
	return o
}

// close interrupts the program, which then closes its window and ends well.
func (o opened) close() {
	o.s.t.Helper()
	if err := o.cmd.Process.Signal(os.Interrupt); err != nil {
		o.s.t.Fatal(err)
	}
	select {
	case err := <-o.ended:
		if err != nil {
			o.s.t.Errorf("interrupted, the program ended with: %v", err)
		}
	case <-o.s.ctx.Done():
		o.s.t.Fatal("interrupted, the program did not end")
	}
}

// startXvfb starts a screen that the server itself picks a free number for.
func startXvfb(t testing.TB, ctx context.Context) (display string) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	x := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles = []*os.File{write}
	if err := x.Start(); err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	write.Close()
	t.Cleanup(func() {
		x.Process.Signal(syscall.SIGTERM)
		x.Wait()
	})
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("wait for Xvfb: %v", err)
	}
	return ":" + strings.TrimSpace(line)
}

// screen runs commands on one display.
type screen struct {
	t       testing.TB
	ctx     context.Context
	display string
	home    string // of all programs on it
}

// command leaves the drawing to the processor, and as root, in a container, it
// does without WebKit's sandbox, which cannot be made there.
func (s screen) command(name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(s.ctx, name, args...)
	c.Env = append(os.Environ(),
		"DISPLAY="+s.display, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11",
		"HOME="+s.home, "XDG_DATA_HOME="+s.home, "XDG_CONFIG_HOME="+s.home, "XDG_CACHE_HOME="+s.home, "XDG_RUNTIME_DIR="+s.home,
		"LIBGL_ALWAYS_SOFTWARE=1", "WEBKIT_DISABLE_COMPOSITING_MODE=1", "WEBKIT_DISABLE_DMABUF_RENDERER=1",
		"NO_AT_BRIDGE=1", "GTK_THEME=Adwaita")
	if os.Geteuid() == 0 {
		c.Env = append(c.Env, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1")
	}
	return c
}

func (s screen) output(name string, args ...string) string {
	s.t.Helper()
	out, err := s.command(name, args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			s.t.Fatalf("%s %q: %v\n%s", name, args, err, exit.Stderr)
		}
		s.t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}

// photograph waits until something is drawn and the picture rests.
func (s screen) photograph(id, name string) image.Image {
	s.t.Helper()
	return s.photographUntil(id, name, func(image.Image) bool { return true })
}

// photographChanged waits until the picture is another one and rests.
func (s screen) photographChanged(id, name string, before image.Image) image.Image {
	s.t.Helper()
	return s.photographUntil(id, name, func(now image.Image) bool { return !same(before, now) })
}

// photographUntil takes pictures until two in a row are alike, drawn and good;
// the test's limit ends it. A program that takes pictures has no event to wait
// for.
func (s screen) photographUntil(id, name string, good func(image.Image) bool) image.Image {
	s.t.Helper()
	file := filepath.Join(shots(s.t), name+".png")
	var last image.Image
	for s.ctx.Err() == nil {
		if s.command("import", "-silent", "-window", id, file).Run() != nil {
			continue // not on the screen yet
		}
		now := decode(s.t, file)
		if last != nil && same(last, now) && colours(now) >= minColours && good(now) {
			return now
		}
		last = now
	}
	s.t.Fatalf("%s: the window never showed it; the last picture is %s", name, file)
	return nil
}

// shots is where pictures go: SHOTS, or build/cache/shots.
func shots(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		dir = "../../build/cache/shots"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func decode(t testing.TB, file string) image.Image {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("read the picture: %v", err)
	}
	return img
}

func colours(img image.Image) int {
	seen := map[[3]uint32]bool{}
	each(img, func(x, y int) {
		r, g, b, _ := img.At(x, y).RGBA()
		seen[[3]uint32{r, g, b}] = true
	})
	return len(seen)
}

func same(a, b image.Image) bool {
	equal := a.Bounds() == b.Bounds()
	if equal {
		each(a, func(x, y int) { equal = equal && a.At(x, y) == b.At(x, y) })
	}
	return equal
}

func each(img image.Image, f func(x, y int)) {
	r := img.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			f(x, y)
		}
	}
}
