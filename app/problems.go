package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/scim"
)

// Error is what went wrong, for a person: what happened and what to do.
type Error struct {
	Kind     ErrorKind
	Text     string    // one sentence
	Do       string    // one sentence; may be empty
	Problems []Problem // of a refusal: every reason
	Field    string    // the part of what was asked for that it is about; "" for none or several
	Detail   string    // technical words for a report, of an error that nobody foresaw
	Err      error     // cause; may be nil
}

// Error is both sentences on one line.
func (e *Error) Error() string {
	if e.Do == "" {
		return e.Text
	}
	return e.Text + " " + e.Do
}

// Unwrap returns the cause. Its text is for developers, not for people.
func (e *Error) Unwrap() error { return e.Err }

// ErrorKind decides exit codes and HTTP statuses.
type ErrorKind string

// The kinds of errors.
const (
	KindUsage    ErrorKind = "usage"     // exit 2, 400
	KindNotFound ErrorKind = "not-found" // exit 1, 404
	KindRefused  ErrorKind = "refused"   // exit 3, 409: a safety rule says no
	KindLocked   ErrorKind = "locked"    // exit 1, 423
	KindFailed   ErrorKind = "failed"    // exit 1, 500 or 502
)

// doCorrect ends what says by itself what is asked for.
const doCorrect = "Correct that and try again; nothing was changed."

func usage(format string, args ...any) error {
	return &Error{Kind: KindUsage, Text: fmt.Sprintf(format, args...), Do: doCorrect}
}

// usageAbout is usage with the part of what was asked for that it is about.
func usageAbout(field, format string, args ...any) error {
	return &Error{Kind: KindUsage, Text: fmt.Sprintf(format, args...), Do: doCorrect, Field: field}
}

// about says of an error that was given its words what part it is about.
func about(field string, err error) error {
	if own, ok := errors.AsType[*Error](err); ok {
		named := *own
		named.Field = field
		return &named
	}
	return err
}

// unsaid is the first of some fields that was left empty; they come as pairs of
// field and value. Without one it is the reason, which everything needs.
func unsaid(pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) == "" {
			return pairs[i]
		}
	}
	return FieldReason
}

// closing is the refusal of what would begin while the workspace is being closed.
func closing() error {
	return &Error{Kind: KindFailed, Text: "The workspace is being closed.", Do: "Open it again, then repeat this."}
}

func notFound(text, do string) error { return &Error{Kind: KindNotFound, Text: text, Do: do} }

func refused1(text, do string) error { return &Error{Kind: KindRefused, Text: text, Do: do} }

// refusedFor makes one refusal of several problems; nil where there are none.
func refusedFor(lead string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.Text
	}
	return &Error{Kind: KindRefused, Text: lead + " " + strings.Join(texts, " "), Do: problems[0].Do, Problems: problems}
}

// fileError gives the errors of files and locks their words.
func fileError(err error) error {
	var own *Error
	var locked *db.LockedError
	var file *db.FileError
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case errors.As(err, &locked):
		return &Error{Kind: KindLocked, Text: locked.Text(), Do: locked.Do(), Err: err}
	case errors.As(err, &file):
		return &Error{Kind: KindFailed, Text: file.Text(), Do: file.Do(), Err: err}
	case errors.Is(err, audit.ErrConflict):
		return &Error{Kind: KindFailed, Text: "Another program wrote to the record at the same time.", Do: "Try again; nothing was changed.", Err: err}
	}
	if e := entryError(err); e != nil {
		return e
	}
	return err
}

// entryError words what the record cannot hold; nil for any other error. An
// entry that it refuses was not appended, and what it stands for was not done.
func entryError(err error) *Error {
	e := &Error{Kind: KindFailed, Err: err}
	switch {
	case errors.Is(err, audit.ErrTooLarge):
		e.Text, e.Do = "This is too large for one entry of the record, so it was not done.", "Shorten the texts, or do it in smaller parts."
	case errors.Is(err, audit.ErrText):
		e.Text, e.Do = "A text in this is not valid UTF-8, so the record cannot hold it and it was not done.", "Correct the text where it comes from: the command, the file or the tenant."
	case errors.Is(err, audit.ErrData):
		e.Text, e.Do = "The record cannot hold this, so it was not done.", "Report it together with the detail."
		e.Detail = err.Error()
	case errors.Is(err, audit.ErrReadOnly):
		e.Text, e.Do = "The record is open for reading only.", "Open the workspace where its signing key is."
	default:
		return nil
	}
	return e
}

// damaged words a record that does not hold together: nothing may be appended.
func damaged(err error) error {
	var d *audit.DamageError
	if !errors.As(err, &d) {
		return fileError(err)
	}
	return &Error{
		Kind: KindRefused, Text: upperFirst(d.Error()) + ".", Err: err,
		Do: "Nothing can be changed in this workspace; keep its files as they are, export them, and restore record.db from a backup.",
	}
}

func newerProgram(entryType string) error {
	return &Error{
		Kind: KindRefused, Text: fmt.Sprintf("The record holds an entry of type %q, made by a newer Rollcall.", entryType),
		Do: "Use that version; this one can only read the workspace.",
	}
}

// sentence words an error of a tenant for a person, without the addresses and
// codes that a wrapped error may carry.
func sentence(err error) string {
	var e *scim.Error
	switch {
	case errors.As(err, &e):
		return strings.TrimSpace(upperFirst(tenantWords(e)) + ". " + e.Hint)
	case errors.Is(err, context.Canceled):
		return "It was interrupted."
	case errors.Is(err, os.ErrNotExist):
		return "The file does not exist."
	}
	return Explain(err).Text
}

// tenantWords says what was not done and why, as a sentence without its end and
// its capital.
func tenantWords(e *scim.Error) string {
	if e.Op == "" {
		return e.Error()
	}
	return "could not " + e.Error()
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func isNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == KindNotFound
}
