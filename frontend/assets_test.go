package frontend

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func someAssets() *assets {
	return loadAssets(fstest.MapFS{
		"app.css": {Data: []byte("body{}")}, "app.js": {Data: []byte("1")}, "fonts/a.woff2": {Data: []byte("font")},
		"placeholder.txt": {Data: []byte("kept")}, "odd.bin": {Data: []byte("x")},
	})
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAssets(t *testing.T) {
	s := newSite(nil, Options{}, someAssets())
	h := s.handler()
	hash := s.assets.hashes["app.css"]
	tests := []struct {
		path, tag     string
		status        int
		kind, caching string
	}{
		{"/assets/app.css", "", 200, "text/css; charset=utf-8", "no-cache"},
		{"/assets/app.css?v=" + hash, "", 200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/app.css?v=other", "", 200, "text/css; charset=utf-8", "no-cache"},
		{"/assets/app.css", `"` + hash + `"`, 304, "", "no-cache"},
		{"/assets/fonts/a.woff2", "", 200, "font/woff2", "no-cache"},
		{"/assets/none.css", "", 404, "text/html; charset=utf-8", "no-store"},
		{"/assets/odd.bin", "", 404, "text/html; charset=utf-8", "no-store"},
	}
	for _, tt := range tests {
		w := get(h, tt.path, "If-None-Match", tt.tag)
		if w.Code != tt.status || w.Header().Get("Cache-Control") != tt.caching || (tt.kind != "" && w.Header().Get("Content-Type") != tt.kind) {
			t.Errorf("%s (%s): %d %q %q", tt.path, tt.tag, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
		}
		if got := w.Header().Get("Content-Security-Policy"); got != policy {
			t.Errorf("%s: policy %q", tt.path, got)
		}
	}
}

func TestUnbuilt(t *testing.T) {
	files := loadAssets(fstest.MapFS{"placeholder.txt": {Data: []byte("kept")}})
	w := get(newSite(nil, Options{}, files).handler(), "/")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("a binary without assets answers %d: %s", w.Code, w.Body)
	}
	if !strings.Contains(ErrUnbuilt.Error(), "make build") {
		t.Errorf("the error does not tell what to do: %v", ErrUnbuilt)
	}
}

func TestPanicBecomesAPage(t *testing.T) {
	// Without an app behind it every page panics.
	w := get(newSite(nil, Options{}, someAssets()).handler(), "/")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "did not expect") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), ".go:") {
		t.Errorf("the page shows the stack: %s", w.Body)
	}
}
