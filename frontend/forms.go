package frontend

import (
	"net/http"
	"strconv"
	"strings"

	"rollcall/app"
)

// readForm reads a posted form.
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &app.Error{Kind: app.KindUsage, Text: "The form could not be read.", Do: "Open the page again.", Err: err}
	}
	return nil
}

// moved answers a form with the page that follows from it.
func (s *site) moved(w http.ResponseWriter, r *http.Request, path string) {
	if !isPartial(r) {
		http.Redirect(w, r, path, http.StatusSeeOther)
		return
	}
	w.Header().Set("HX-Redirect", path)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// says has a screen reader told a few ASCII words.
func says(w http.ResponseWriter, words string) {
	w.Header().Set("HX-Trigger", `{"rollcall-says":{"text":`+strconv.QuoteToASCII(words)+`}}`)
}

// inForm says whether htmx put the answer where a form shows its problems.
func inForm(r *http.Request) bool {
	_, id, _ := cutLast(r.Header.Get("HX-Target"), "#")
	return strings.HasSuffix(id, "-problem")
}
