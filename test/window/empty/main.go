//go:build window

// Command empty opens a window with an empty page and nothing else: what
// Rollcall's start is measured against. Its options are those of Rollcall's
// window, as far as they tell when and how it is shown.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<!doctype html><title>Empty</title><p>Empty")
	})
	err := wails.Run(&options.App{
		Title: "Empty", Width: 1280, Height: 800, StartHidden: true,
		BackgroundColour:   options.NewRGB(255, 255, 255),
		AssetServer:        &assetserver.Options{Handler: page},
		LogLevelProduction: logger.ERROR,
		OnStartup:          func(wctx context.Context) { context.AfterFunc(ctx, func() { runtime.Quit(wctx) }) },
		OnDomReady:         func(wctx context.Context) { runtime.WindowShow(wctx) },
		Linux:              &linux.Options{ProgramName: "empty", WebviewGpuPolicy: linux.WebviewGpuPolicyNever},
	})
	if err != nil {
		log.Fatal(err)
	}
}
