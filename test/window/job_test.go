//go:build window

package window

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"rollcall/scim/scimtest"
)

const (
	terminal = "../../build/bin/rollcall-cli"
	sidebar  = 216 // its width
)

// A person without anything gets from an empty workspace to the plan that
// closes an account, in the real window and its own dialog for files. What came of it is
// asked of the server and of the terminal: pictures prove little.
func TestMainJobInTheWindow(t *testing.T) {
	if _, err := os.Stat(terminal); err != nil {
		t.Fatalf("the terminal program is not built: run make cli (%v)", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*limit)
	defer cancel()
	s := screen{t, ctx, startXvfb(t, ctx), t.TempDir()}
	srv := scimtest.New(scimtest.Options{Count: 30})
	t.Cleanup(srv.Close)
	t.Setenv("ROLLCALL_PASSPHRASE", "correct horse battery")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "") // no keychain answers
	still(t, s.home)
	d := &desk{screen: s, dir: filepath.Join(t.TempDir(), "workspace")}
	d.id, _ = s.open("--workspace", d.dir)
	d.shown = s.photograph(d.id, "job-1-empty")
	d.focus(d.id)

	d.connect(srv.URL)
	d.importRoster(people(t, 29))
	d.plan()
	for _, r := range srv.Requests() {
		if r.Method != "GET" {
			t.Errorf("planning wrote to the tenant: %s %s", r.Method, r.Path)
		}
	}
}

// connect fills the form, tests the connection and adds the tenant.
func (d *desk) connect(url string) {
	d.t.Helper()
	d.press("ctrl+k")
	d.see("job-2-palette")
	d.enter("Add a tenant", "Return")
	d.see("job-3-connect")
	d.enter("Acme", "Tab")
	d.enter(url, "Tab", "Tab")
	d.enter(scimtest.Token, "Tab", "Tab", "Tab", "space", "Tab")
	d.enter("first review")
	d.see("job-4-filled")
	d.press("Tab", "Tab", "Return")
	d.seeEnd("job-5-tested")
	d.press("shift+Tab", "Return")
	d.until(1, "tenant", "list")
	d.seeEnd("job-6-added")
}

// importRoster names the file in the system's dialog.
func (d *desk) importRoster(file string) {
	d.t.Helper()
	d.press("ctrl+k")
	d.see("job-palette")
	d.enter("Import the roster", "Return")
	d.see("job-7-roster")
	d.clickPrimary()
	dialog := strings.Fields(d.output("xdotool", "search", "--sync", "--onlyvisible", "--name", "^The list of people$"))[0]
	before := d.photograph(dialog, "job-8-dialog")
	d.focus(dialog)
	d.enter(file)
	d.photographChanged(dialog, "job-9-named", before)
	d.press("Return")
	d.focus(d.id)
	d.seeEnd("job-10-preview")
	d.clickPrimary()
	d.until(1, "findings")
	d.seeEnd("job-11-imported")
}

// plan stages the first finding and plans it.
func (d *desk) plan() {
	d.t.Helper()
	d.press("g", "f")
	d.see("job-12-findings")
	d.press("j")
	d.see("job-13-read")
	d.press("d")
	d.see("job-14-staged")
	d.press("p")
	d.see("job-15-ticket")
	d.enter("HD-4812", "Return")
	p := d.until(1, "plan", "list")[0]
	if p.Ticket != "HD-4812" || p.State != "planned" || len(p.Actions) != 1 || p.Actions[0].Account.UserName != "user000030@example.com" {
		d.t.Fatalf("the plan in the workspace: %+v", p)
	}
	d.see("job-16-plan")
}

// people is a roster of the first n of the tenant's accounts.
func people(t *testing.T, n int) (file string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("Employee number,Name,Email\n")
	for i := range n {
		fmt.Fprintf(&b, "E%06d,Person %d,user%06d@example.com\n", i+1, i+1, i+1)
	}
	file = filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// desk is the window and the workspace behind it.
type desk struct {
	screen
	dir   string
	id    string      // of the window
	shown image.Image // what was last seen in it
}

// listed is what is asked about a tenant, a finding or a plan.
type listed struct {
	Ticket, State string
	Actions       []struct{ Account struct{ UserName string } }
}

// until asks the terminal until it lists so many.
func (d *desk) until(n int, command ...string) (list []listed) {
	d.t.Helper()
	args := append([]string{"--workspace", d.dir}, append(command, "--json")...)
	for d.ctx.Err() == nil {
		list = nil
		for line := range strings.Lines(d.output(terminal, args...)) {
			var v listed
			if err := json.Unmarshal([]byte(line), &v, json.MatchCaseInsensitiveNames(true)); err != nil {
				d.t.Fatalf("%v: %v", command, err)
			}
			list = append(list, v)
		}
		if len(list) == n {
			return list
		}
	}
	d.t.Fatalf("%v never listed %d, but %d", command, n, len(list))
	return nil
}

// see waits until the window shows something else than before.
func (d *desk) see(name string) {
	d.t.Helper()
	d.shown = d.photographChanged(d.id, name, d.shown)
}

// seeEnd does, and until nothing is under way on the page; a dialog above it
// greys it and looks the same.
func (d *desk) seeEnd(name string) {
	d.t.Helper()
	before := d.shown
	d.shown = d.photographUntil(d.id, name, func(now image.Image) bool { return !same(before, now) && !busy(now) && !uncovered(now) })
}

// focus hands the keyboard to a window, which no window manager does here.
func (d *desk) focus(id string) {
	d.t.Helper()
	d.output("xdotool", "windowfocus", "--sync", id)
}

// press presses keys in the window that has the focus.
func (d *desk) press(keys ...string) {
	d.t.Helper()
	d.output("xdotool", append([]string{"key"}, keys...)...)
}

// enter types a text and then presses keys.
func (d *desk) enter(text string, keys ...string) {
	d.t.Helper()
	d.output("xdotool", "type", text)
	if len(keys) > 0 {
		d.press(keys...)
	}
}

// clickPrimary clicks on the page's first main button, wherever it stands.
func (d *desk) clickPrimary() {
	d.t.Helper()
	at, ok := button(d.shown, 0, 0x3000)
	if !ok {
		d.t.Fatal("the page has no main button")
	}
	d.output("xdotool", "mousemove", "--window", d.id, strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
}

// busy tells whether a main button is grey, because what it asked for is under
// way.
func busy(img image.Image) bool {
	_, grey := button(img, 0x6000, 0xb000)
	return grey
}

// uncovered tells whether the window is black where a dialog above it went away
// and nothing was drawn since.
func uncovered(img image.Image) bool {
	r := img.Bounds()
	at := image.Pt((r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y)/2)
	for i := range 200 {
		if !dark(img, at.X, at.Y+i) {
			return false
		}
	}
	return true
}

func dark(img image.Image, x, y int) bool {
	r, g, b, _ := img.At(x, y).RGBA()
	return max(r, g, b) < 0x3000
}

// button finds the first area on the page that is of one shade between from and
// to, and larger than letters and lines.
func button(img image.Image, from, to uint32) (image.Point, bool) {
	const width, height = 40, 4
	r := img.Bounds()
	run := func(x, y int) bool {
		for i := range width {
			red, green, blue, _ := img.At(x+i, y).RGBA()
			if min(red, green, blue) < from || max(red, green, blue) >= to {
				return false
			}
		}
		return true
	}
	for y := r.Min.Y; y < r.Max.Y-height; y++ {
		for x := r.Min.X + sidebar; x < r.Max.X-width; x += 4 {
			if run(x, y) && run(x, y+height) {
				return image.Pt(x+width/2, y+height), true
			}
		}
	}
	return image.Point{}, false
}

// still keeps what blinks and moves from looking like a change.
func still(t *testing.T, home string) {
	t.Helper()
	dir := filepath.Join(home, "gtk-3.0")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	calm := "[Settings]\ngtk-cursor-blink=0\ngtk-enable-animations=0\n"
	if err := os.WriteFile(filepath.Join(dir, "settings.ini"), []byte(calm), 0o644); err != nil {
		t.Fatal(err)
	}
}
