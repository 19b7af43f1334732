package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wailsapp/wails/v2/pkg/options"
)

func TestPlaceIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rollcall", "window.json")
	want := place{Width: 1300, Height: 900, X: 40, Y: 60, Placed: true, Maximised: true}
	for range 2 { // the second time over the first
		if err := want.write(file); err != nil {
			t.Fatal(err)
		}
		if got := readPlace(file); got != want {
			t.Fatalf("written %+v, read %+v", want, got)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the file there is %v, %v", left, err)
	}
}

// TestPlaceDamaged: whatever the file holds, a window opens.
func TestPlaceDamaged(t *testing.T) {
	tests := map[string]string{
		"empty": "", "cut": `{"width":1300,"hei`, "no object": `7`, "twice": `{"width":1300,"width":1300,"height":900}`,
		"text": `{"width":"1300","height":900}`, "too small": `{"width":1099,"height":900}`, "too flat": `{"width":1300,"height":10}`,
		"huge": `{"width":1300,"height":99999999}`, "negative": `{"width":-1300,"height":900}`,
		"long": `{"width":1300,"height":900}` + strings.Repeat(" ", 5000),
	}
	for name, body := range tests {
		file := filepath.Join(t.TempDir(), "window.json")
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		got := readPlace(file)
		if got != (place{}) {
			t.Errorf("%s: read %+v", name, got)
		}
		var o options.App
		got.opening(&o)
		if o.Width != usualWidth || o.Height != usualHeight || o.WindowStartState == options.Maximised {
			t.Errorf("%s: opens as %d by %d", name, o.Width, o.Height)
		}
	}
	if got := readPlace(t.TempDir()); got != (place{}) {
		t.Errorf("a folder in place of the file: read %+v", got)
	}
}

func TestPlaceOnScreens(t *testing.T) {
	laptop, large := extent{1440, 900}, extent{2560, 1440}
	tests := map[string]struct {
		p       place
		screens []extent
		size    extent
		placed  bool
	}{
		"as it was":                 {place{Width: 1300, Height: 800, X: 40, Y: 60, Placed: true}, []extent{laptop}, extent{1300, 800}, true},
		"never seen in a place":     {place{Width: 1300, Height: 800}, []extent{laptop}, extent{1300, 800}, false},
		"above the screen":          {place{Width: 1300, Height: 800, Y: -500, Placed: true}, []extent{laptop}, extent{1300, 800}, false},
		"left of the screen":        {place{Width: 1300, Height: 800, X: -1200, Placed: true}, []extent{laptop}, extent{1300, 800}, false},
		"on a screen that is gone":  {place{Width: 1300, Height: 800, X: 1500, Y: 60, Placed: true}, []extent{laptop}, extent{1300, 800}, false},
		"its bar below the screen":  {place{Width: 1300, Height: 800, X: 40, Y: 890, Placed: true}, []extent{laptop}, extent{1300, 800}, false},
		"larger than every screen":  {place{Width: 2000, Height: 1200, X: 40, Y: 60, Placed: true}, []extent{laptop}, extent{usualWidth, usualHeight}, false},
		"on the larger of two":      {place{Width: 2000, Height: 1200, X: 400, Y: 60, Placed: true}, []extent{laptop, large}, extent{2000, 1200}, true},
		"without a screen to go by": {place{Width: 1300, Height: 800, X: 40, Y: 60, Placed: true}, nil, extent{usualWidth, usualHeight}, false},
	}
	for name, tt := range tests {
		size, placed := tt.p.on(tt.screens)
		if size != tt.size || placed != tt.placed {
			t.Errorf("%s: %v, placed %v; want %v, %v", name, size, placed, tt.size, tt.placed)
		}
	}
}

func TestPlaceOpening(t *testing.T) {
	var o options.App
	place{Width: 1500, Height: 950, Maximised: true}.opening(&o)
	if o.Width != 1500 || o.Height != 950 || o.WindowStartState != options.Maximised {
		t.Errorf("opens as %d by %d, state %v", o.Width, o.Height, o.WindowStartState)
	}
}
