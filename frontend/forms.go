package frontend

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf16"

	"rollcall/app"
)

// readForm reads a posted form.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return &app.Error{Kind: app.KindUsage, Text: "The form holds more than 64 KB.", Do: "Shorten the longest of what was typed.", Err: err}
	}
	if err != nil {
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

// says has the page say a few words for a moment.
func says(w http.ResponseWriter, words string) {
	w.Header().Set("HX-Trigger", saying("rollcall-says", words))
}

// saying is an event of the page with words, in ASCII as a header carries it.
func saying(event, words string) string {
	var text strings.Builder
	for _, u := range utf16.Encode([]rune(words)) {
		if u < ' ' || u > '~' || u == '"' || u == '\\' {
			fmt.Fprintf(&text, `\u%04x`, u)
		} else {
			text.WriteByte(byte(u))
		}
	}
	return `{"` + event + `":{"text":"` + text.String() + `"}}`
}

// inForm says whether htmx put the answer where a form shows its problems.
func inForm(r *http.Request) bool {
	_, id, _ := cutLast(r.Header.Get("HX-Target"), "#")
	return strings.HasSuffix(id, "-problem")
}

// exportedAt reads when a list was exported, in the time of this machine.
func exportedAt(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if text == "" {
		return time.Time{}, nil // the service says that it is missing
	}
	return time.Time{}, &app.Error{Kind: app.KindUsage, Text: "The export time is not a time.", Do: "Write it as 2026-01-31 18:00.", Field: app.FieldAt}
}
