package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/wailsapp/wails/v2/pkg/options"
)

// Sizes of the window, in the system's own pixels.
const (
	usualWidth, usualHeight = 1280, 820
	leastWidth, leastHeight = 1100, 700
	mostSide                = 32_000 // what no screen has
	titleHeight             = 32     // of the window's bar, which has to be within reach
)

// place is how the window was left: of this machine, and no part of any
// workspace. The zero value is a window that nobody moved yet.
type place struct {
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Placed    bool `json:"placed"` // X and Y were seen
	Maximised bool `json:"maximised"`
}

// extent is the size of a screen.
type extent struct{ width, height int }

// placeFile is where the place is kept; "" where the system has no folder for it.
func placeFile() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "rollcall", "window.json")
}

// readPlace reads how the window was left. A file that is not there, cannot be
// read or says nothing sensible is as none: a window opens all the same.
func readPlace(file string) place {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return place{}
	}
	b, err := os.ReadFile(file)
	var p place
	if err != nil || json.Unmarshal(b, &p) != nil || !p.sensible() {
		return place{}
	}
	return p
}

// sensible says whether a window can be so. A minimised one reports what cannot.
func (p place) sensible() bool {
	return p.Width >= leastWidth && p.Width <= mostSide && p.Height >= leastHeight && p.Height <= mostSide
}

// write keeps the place for the next start: whole or not at all, for its owner
// alone.
func (p place) write(file string) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "window.*.partial")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// opening puts the place into what describes the window.
func (p place) opening(o *options.App) {
	o.Width, o.Height = usualWidth, usualHeight
	if p.sensible() {
		o.Width, o.Height = p.Width, p.Height
	}
	if p.Maximised {
		o.WindowStartState = options.Maximised
	}
}

// on says where the window goes on these screens: as large as it was where a
// screen is large enough, and in its old place where its bar can be reached
// there; otherwise in the middle. Systems tell how large screens are and not
// where they stand, so a window of a second screen opens in the middle.
func (p place) on(screens []extent) (size extent, placed bool) {
	size = extent{p.Width, p.Height}
	fits := func(s extent) bool { return p.Width <= s.width && p.Height <= s.height }
	reached := func(s extent) bool {
		return p.X >= 0 && p.Y >= 0 && p.X+leastWidth/2 <= s.width && p.Y+titleHeight <= s.height
	}
	whole := false
	for _, s := range screens {
		whole = whole || fits(s)
		placed = placed || p.Placed && reached(s)
	}
	if !whole {
		return extent{usualWidth, usualHeight}, false
	}
	return size, placed
}
