package main

import (
	"context"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"testing"
)

func TestHasDisplay(t *testing.T) {
	tests := []struct {
		system, name string
		want         bool
	}{
		{"linux", "", false}, {"freebsd", "", false}, {"linux", "DISPLAY", true}, {"linux", "WAYLAND_DISPLAY", true},
		{"windows", "", true}, {"darwin", "", true},
	}
	for _, tt := range tests {
		getenv := func(key string) string {
			if key == tt.name {
				return ":0"
			}
			return ""
		}
		if got := hasDisplay(tt.system, getenv); got != tt.want {
			t.Errorf("hasDisplay on %s with %q = %v", tt.system, tt.name, got)
		}
	}
}

func TestVersionOf(t *testing.T) {
	built := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}}}
	tests := []struct {
		release string
		info    *debug.BuildInfo
		ok      bool
		want    string
	}{
		{"", built, true, "dev-0123456789ab"}, {"", &debug.BuildInfo{}, true, "dev"}, {"", nil, false, ""}, {"1.2.0", built, true, "1.2.0"},
	}
	defer func(v string) { version = v }(version)
	for _, tt := range tests {
		version = tt.release
		if got := versionOf(tt.info, tt.ok); got != tt.want {
			t.Errorf("versionOf(%v, %v) with release %q = %q, want %q", tt.info, tt.ok, tt.release, got, tt.want)
		}
	}
}

// TestWindow: the pages come through the handler alone, and nothing of this
// program is bound to their scripts.
func TestWindow(t *testing.T) {
	o := window(context.Background(), http.NotFoundHandler(), &dialogs{}, filepath.Join(t.TempDir(), "window.json"))
	if o.AssetServer.Handler == nil || o.AssetServer.Assets != nil || len(o.Bind) != 0 {
		t.Errorf("asset server %+v, bound %v", o.AssetServer, o.Bind)
	}
	if o.Title != "Rollcall" || o.Width != 1280 || o.Height != 820 || o.MinWidth != 1100 || o.MinHeight != 700 {
		t.Errorf("window %q %dx%d, at least %dx%d", o.Title, o.Width, o.Height, o.MinWidth, o.MinHeight)
	}
}
