package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"rollcall/app/roster"
	"rollcall/app/secrets"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/scim"
)

// Explain gives any error the words for a person, the same for terminal and
// pages: what happened and what to do, without the chain of causes. Only an
// error that nobody foresaw carries its cause, as Detail.
func Explain(err error) *Error {
	var own *Error
	var server *scim.Error
	var damage *audit.DamageError
	worded := fileError(err)
	switch {
	case err == nil:
		return nil
	case errors.As(worded, &own):
		return own
	case errors.As(err, &damage):
		errors.As(damaged(err), &own)
		return own
	case errors.As(err, &server):
		return &Error{Kind: KindFailed, Text: upperFirst(tenantWords(server)) + ".", Do: server.Hint, Field: fieldOf(server), Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Kind: KindFailed, Text: "Interrupted.", Do: "Start it again when ready.", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: KindFailed, Text: "It was not done in time.", Do: "Try again.", Err: err}
	}
	if e := secretError(err); e != nil {
		return e
	}
	if why := diskWords(err); why != "" {
		return &Error{Kind: KindFailed, Text: "A file could not be read or written: " + why + ".", Do: "Check the disk and the permissions, then try again.", Err: err}
	}
	return &Error{
		Kind: KindFailed, Text: "Rollcall met an error that it did not expect.",
		Do: "Try again; if it stays, report it together with the detail.", Detail: err.Error(), Err: err,
	}
}

// Cause says whose an error of [KindFailed] is.
type Cause int

// The causes of errors.
const (
	CauseOther      Cause = iota
	CausePassphrase       // the secrets wait for it
	CauseFile             // what was given cannot be read as what it should be
	CauseTenant           // a tenant refused, did not answer, or answered something else
)

// CauseOf tells it by what the error wraps.
func CauseOf(err error) Cause {
	switch {
	case AsksPassphrase(err):
		return CausePassphrase
	case errors.As(err, new(*roster.FileError)), errors.As(err, new(*roster.Errors)):
		return CauseFile
	case errors.As(err, new(*scim.Error)):
		return CauseTenant
	}
	return CauseOther
}

// secretError words what can be wrong with the place where secrets are kept;
// nil for any other error.
func secretError(err error) *Error {
	e := &Error{Kind: KindFailed, Err: err}
	switch {
	case errors.Is(err, secrets.ErrPassphrase):
		e.Text, e.Do = "The passphrase does not open secrets.age.", "Set ROLLCALL_PASSPHRASE to this workspace's passphrase, or give it when asked; without it its tokens and its key cannot be had."
	case errors.Is(err, secrets.ErrNoPassphrase):
		e.Text, e.Do = "The secrets of this workspace need its passphrase.", "Give it on the pages or when asked on a terminal, or set ROLLCALL_PASSPHRASE."
	case errors.Is(err, secrets.ErrShortPassphrase):
		e.Kind, e.Field, e.Text = KindUsage, FieldPassphrase, fmt.Sprintf("The passphrase is shorter than %d characters.", secrets.LeastPassphrase)
		e.Do = "Choose a longer one, such as four words that have nothing to do with each other."
	case errors.Is(err, secrets.ErrNoKeychain):
		e.Text, e.Do = "This workspace keeps its secrets in the keychain, which does not answer in this session.", "Log in to the desktop of the user who made the workspace, unlock the keychain, and try again there."
	case errors.Is(err, secrets.ErrDamaged):
		e.Text, e.Do = "The file secrets.age is damaged.", "Keep a copy of it and restore the file from a backup."
	case errors.Is(err, secrets.ErrTooLarge):
		e.Text, e.Do = "The secret is too large for the place where secrets are kept.", "Give the token alone."
	default:
		return nil
	}
	return e
}

// secretsAt words a failure of the secret store for one secret; lead says what
// it means, as a sentence without its end.
func secretsAt(lead string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	if e := secretError(err); e != nil {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Explain(err)
	}
	e := &Error{Kind: KindFailed, Text: lead + ".", Do: "Check the disk and the permissions of the workspace's folder, then try again.", Err: err}
	if why := diskWords(err); why != "" {
		e.Text = lead + ": " + why + "."
	}
	return e
}

// diskWords is a clause on why the system refused a file; "" where the error
// is of another kind.
func diskWords(err error) string {
	var path *fs.PathError
	switch {
	case db.NoRoom(err):
		return "the disk is full"
	case errors.Is(err, syscall.EROFS):
		return "the disk is read-only"
	case errors.Is(err, fs.ErrPermission):
		return "this user has no right to it"
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, fs.ErrExist):
		return "it exists already"
	case errors.Is(err, syscall.ENOTDIR):
		return "a part of its path is not a folder"
	case errors.Is(err, syscall.EISDIR):
		return "it is a folder"
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "its name is too long"
	case errors.As(err, &path), errors.Is(err, syscall.EIO):
		return "the system could not read or write it"
	}
	return ""
}
