package frontend

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The gallery is for who asked for it, and shows each component in a state.
func TestGalleryIsThereInDevelopmentOnly(t *testing.T) {
	s := sampleSite()
	for _, dev := range []bool{false, true} {
		s.dev = dev
		w := httptest.NewRecorder()
		// Without an app behind it the page itself is an error; the unknown address is 404.
		s.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, galleryPath, nil))
		if got := w.Code != http.StatusNotFound; got != dev {
			t.Errorf("dev %v: status %d", dev, w.Code)
		}
	}
	for _, state := range galleryStates {
		v := newGallery(sampleNow)
		v.State = state
		doc := draw(t, galleryPage(newShell(sampleOverview().Frame(), "Components", "gallery", sampleNow), v))
		demandSound(t, doc)
		if n := len(all(doc, "code")); n < 5 {
			t.Errorf("%s: %d components", state, n)
		}
	}
}
