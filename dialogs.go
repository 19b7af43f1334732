package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"rollcall/frontend"
)

// dialogs are the system's own dialogs for files. A page cannot take a file
// itself: a body with one in it ends the process on Linux.
type dialogs struct {
	window atomic.Pointer[context.Context] // set once the window is there
	began  func(context.Context)           // called then; nil: nobody waits for it
}

var errNoWindow = errors.New("asking for a file: there is no window yet")

func (d *dialogs) openFile(_ context.Context, q frontend.FileDialog) (string, error) {
	w := d.window.Load()
	if w == nil {
		return "", errNoWindow
	}
	return runtime.OpenFileDialog(*w, runtime.OpenDialogOptions{Title: q.Title, Filters: filters(q)})
}

func (d *dialogs) saveFile(_ context.Context, q frontend.FileDialog) (string, error) {
	w := d.window.Load()
	if w == nil {
		return "", errNoWindow
	}
	return runtime.SaveFileDialog(*w, runtime.SaveDialogOptions{
		Title: q.Title, DefaultFilename: q.Name, Filters: filters(q), CanCreateDirectories: true,
	})
}

// filters shows all files as well: what matters is in the file, not its name.
func filters(q frontend.FileDialog) []runtime.FileFilter {
	if q.Patterns == "" {
		return nil
	}
	return []runtime.FileFilter{
		{DisplayName: q.Kind + " (" + q.Patterns + ")", Pattern: q.Patterns},
		{DisplayName: "All files", Pattern: "*"},
	}
}
