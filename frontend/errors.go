package frontend

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"rollcall/app"
)

// failure is an error as a page tells it.
type failure struct {
	Status int
	Text   value
	Lines  []value // what follows the text, a line each
	Do     value
	Wrong  string // the fields of the form that it is about, by name or id; "" for none
	Unlock bool   // the secrets wait for their passphrase
	Fresh  bool   // ... that is yet to be chosen
	Back   string // where one goes on once it is given
	Rekey  bool   // the key that signs the record is not here
	Detail value  // of an error that nobody foresaw; may be empty
}

// goneOr is what a list says where the row to show is no more, without which it
// is as good; any other error stays one.
func goneOr(err error) (*failure, error) {
	f := failureOf(err)
	if f.Status != http.StatusNotFound {
		return nil, err
	}
	return &f, nil
}

// failureOf decides status and words for every error of every handler.
func failureOf(err error) failure {
	if !errors.As(err, new(*app.Error)) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return failure{
			Status: http.StatusServiceUnavailable,
			Text:   prose("The page was not ready in time."),
			Do:     prose("Open it again."),
		}
	}
	e := app.Explain(err)
	first, rest, _ := strings.Cut(e.Text, "\n")
	f := failure{Status: statusOf(err, e), Text: told(first), Do: told(e.Do), Detail: prose(e.Detail), Wrong: e.Field, Unlock: app.AsksPassphrase(err), Rekey: app.AsksRekey(err)}
	for line := range strings.Lines(rest) {
		f.Lines = append(f.Lines, told(strings.TrimSuffix(line, "\n")))
	}
	return f
}

// wrongAt is err as one about a field of the form.
func wrongAt(field string, err error) error {
	e := *app.Explain(err)
	e.Field = field
	return &e
}

func statusOf(err error, e *app.Error) int {
	switch e.Kind {
	case app.KindUsage:
		return http.StatusBadRequest
	case app.KindNotFound:
		return http.StatusNotFound
	case app.KindRefused:
		return http.StatusConflict
	case app.KindLocked:
		return http.StatusLocked
	}
	switch app.CauseOf(err) {
	case app.CausePassphrase:
		return http.StatusLocked
	case app.CauseFile:
		return http.StatusUnprocessableEntity
	case app.CauseTenant:
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}

// errNoPage answers an address that leads nowhere.
var errNoPage = &app.Error{
	Kind: app.KindNotFound,
	Text: "There is no such page.",
	Do:   "Go back to the overview.",
}

// gone is told by the page itself when nothing answers any more.
var gone = failure{
	Text: prose("Rollcall does not answer."),
	Do:   prose("If it was closed, start it again and open its new address."),
}

// failureFor is failureOf with the way to the passphrase and back, where that is
// what it takes.
func (s *site) failureFor(r *http.Request, err error) failure {
	f := failureOf(err)
	if !f.Unlock || s.app == nil {
		return f
	}
	f.Back = localPath(r.Header.Get("HX-Current-URL"))
	if f.Fresh = s.app.NewPassphrase(); f.Fresh {
		f.Text, f.Do = prose("This workspace has no passphrase yet."), prose("Choose one first; nothing was stored or sent.")
	}
	return f
}

// fail draws an error: in the corner of the page that asked, or as a page.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := s.failureFor(r, err)
	if f.Status >= http.StatusInternalServerError && f.Status != http.StatusBadGateway {
		s.log.LogAttrs(r.Context(), slog.LevelError, "page failed",
			slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	if isPartial(r) && inForm(r) {
		s.render(w, r, f.Status, problemNote(f))
		return
	}
	if isPartial(r) {
		w.Header().Set("HX-Retarget", "#notice")
		w.Header().Set("HX-Reswap", "innerHTML")
		w.Header().Set("HX-Reselect", "")
		s.render(w, r, f.Status, notice(f))
		return
	}
	if s.app != nil && f.Status == http.StatusNotFound {
		if shell, _, err := s.shellOf(r.Context(), f.Text.Text, ""); err == nil {
			s.render(w, r, f.Status, missingPage(shell, f))
			return
		}
	}
	s.render(w, r, f.Status, errorPage(f))
}
