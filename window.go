package main

import (
	"context"
	"io"
	"net/http"
	"os"
	goruntime "runtime"
	"sync"
	"sync/atomic"

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
func servePages(ctx context.Context, a *app.App, listen string, dev bool, out io.Writer) error {
	return frontend.Serve(ctx, a, frontend.ServeOptions{Options: pageOptions(a), Listen: listen, Out: out, Dev: dev})
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
	shown := dialogs{began: func(wctx context.Context) {
		var n notifier
		n.watch(wctx)
		a.OnEnded(func(e app.Ended) { n.tell(wctx, e) })
	}}
	defer a.OnEnded(nil)
	pages := pageOptions(a)
	pages.OpenFile, pages.SaveFile = shown.openFile, shown.saveFile
	if err := wails.Run(window(ctx, frontend.New(a, pages), &shown, placeFile())); err != nil {
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
	_ = wails.Run(window(ctx, frontend.Failed(err), &dialogs{}, ""))
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
// drawn, so that no empty frame in the wrong theme is seen. It opens as the file
// says it was left, and is written there when it closes; "" for neither.
func window(ctx context.Context, pages http.Handler, d *dialogs, file string) *options.App {
	var shown sync.Once
	var closing atomic.Bool
	left := readPlace(file)
	o := &options.App{
		Title:    "Rollcall",
		MinWidth: leastWidth, MinHeight: leastHeight,
		StartHidden:              true,
		BackgroundColour:         options.NewRGB(255, 255, 255),
		AssetServer:              &assetserver.Options{Handler: pages},
		EnableDefaultContextMenu: true,
		LogLevelProduction:       logger.ERROR,
		OnStartup: func(wctx context.Context) {
			d.window.Store(&wctx)
			if d.began != nil {
				d.began(wctx)
			}
			context.AfterFunc(ctx, func() { runtime.Quit(wctx) })
		},
		OnDomReady: func(wctx context.Context) {
			shown.Do(func() {
				left.settle(wctx)
				runtime.WindowShow(wctx)
			})
		},
		OnBeforeClose: func(wctx context.Context) (stay bool) {
			if closing.Swap(true) {
				return true // an interrupt asks twice
			}
			if file != "" {
				_ = left.seen(wctx).write(file) // the next window opens in the usual size
			}
			return false
		},
		Linux: &linux.Options{ProgramName: "rollcall", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	}
	left.opening(o)
	return o
}
