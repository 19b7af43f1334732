package main

import (
	"context"
	"io"
	"net/http"
	"os"
	goruntime "runtime"
	"sync"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"rollcall/app"
	"rollcall/app/cli"
	"rollcall/frontend"
)

// servePages shows the pages in a browser until ctx ends.
func servePages(ctx context.Context, a *app.App, listen string, out io.Writer) error {
	return frontend.Serve(ctx, a, frontend.ServeOptions{Options: pageOptions(a), Listen: listen, Out: out})
}

// pageOptions names the workspace to the pages unless it is the one that the
// terminal finds by itself.
func pageOptions(a *app.App) frontend.Options {
	if a.Dir() == cli.DefaultWorkspace(os.Getenv) {
		return frontend.Options{}
	}
	return frontend.Options{Workspace: a.Dir()}
}

// openWindow shows the pages in a window and returns when it is closed or ctx
// ends. It has to be called on the main goroutine.
func openWindow(ctx context.Context, a *app.App) error {
	if err := frontend.Built(); err != nil {
		return err
	}
	if !hasDisplay(goruntime.GOOS, os.Getenv) {
		return &app.Error{
			Kind: app.KindFailed, Text: "There is no display to open a window on.",
			Do: "Show the pages in a browser with rollcall serve, or use the terminal commands.",
		}
	}
	tending, done := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { frontend.Tend(tending, a, nil) })
	defer wg.Wait()
	defer done()
	if err := wails.Run(window(ctx, frontend.New(a, pageOptions(a)))); err != nil {
		return &app.Error{
			Kind: app.KindFailed, Err: err, Text: "This build has no window.",
			Do: "Show the pages in a browser with rollcall serve, or use the terminal commands.",
		}
	}
	return nil
}

// showFailure shows why there is no workspace to open. Where no window can be
// had either, the terminal has it alone.
func showFailure(ctx context.Context, err error) {
	if frontend.Built() != nil || !hasDisplay(goruntime.GOOS, os.Getenv) {
		return
	}
	_ = wails.Run(window(ctx, frontend.Failed(err)))
}

// hasDisplay says whether a window can be asked for. GTK ends the process where
// there is no display, so it must not be tried.
func hasDisplay(system string, getenv func(string) string) bool {
	switch system {
	case "windows", "darwin":
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}

// window describes the one window. It stays hidden until its first page is
// drawn, so that no empty frame in the wrong theme is seen.
func window(ctx context.Context, pages http.Handler) *options.App {
	var shown sync.Once
	return &options.App{
		Title: "Rollcall",
		Width: 1280, Height: 820, MinWidth: 1100, MinHeight: 700,
		StartHidden:              true,
		BackgroundColour:         options.NewRGB(255, 255, 255),
		AssetServer:              &assetserver.Options{Handler: pages},
		EnableDefaultContextMenu: true,
		LogLevelProduction:       logger.ERROR,
		OnStartup: func(wctx context.Context) {
			context.AfterFunc(ctx, func() { runtime.Quit(wctx) })
		},
		OnDomReady: func(wctx context.Context) { shown.Do(func() { runtime.WindowShow(wctx) }) },
		Linux:      &linux.Options{ProgramName: "rollcall", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	}
}
