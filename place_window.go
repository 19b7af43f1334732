package main

import (
	"context"
	goruntime "runtime"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// settle moves the window, which is not shown yet, to where it was left.
func (p place) settle(ctx context.Context) {
	if !p.sensible() || p.Maximised {
		return
	}
	found, err := runtime.ScreenGetAll(ctx)
	if err != nil {
		return
	}
	var screens []extent
	for _, s := range found {
		screens = append(screens, extent{s.Size.Width, s.Size.Height})
	}
	size, placed := p.on(screens)
	if size != (extent{p.Width, p.Height}) {
		runtime.WindowSetSize(ctx, size.width, size.height)
		runtime.WindowCenter(ctx)
	}
	if placed {
		moveTo(ctx, p.X, p.Y)
	}
}

// moveTo sets the position. Windows counts from the corner of what the task bar
// leaves, and tells positions from that of the screen.
func moveTo(ctx context.Context, x, y int) {
	runtime.WindowSetPosition(ctx, x, y)
	if goruntime.GOOS != "windows" {
		return
	}
	if gotX, gotY := runtime.WindowGetPosition(ctx); gotX != x || gotY != y {
		runtime.WindowSetPosition(ctx, 2*x-gotX, 2*y-gotY)
	}
}

// seen is how the window is now. Of one that is maximised, full-screen or
// minimised the system tells no size to come back to: that of before stays.
func (p place) seen(ctx context.Context) place {
	full := runtime.WindowIsFullscreen(ctx)
	minimised := runtime.WindowIsMinimised(ctx)
	if !minimised {
		p.Maximised = runtime.WindowIsMaximised(ctx)
	}
	if full || minimised || p.Maximised {
		return p.orUsual()
	}
	p.Width, p.Height = runtime.WindowGetSize(ctx)
	p.X, p.Y = runtime.WindowGetPosition(ctx)
	p.Placed = true
	return p
}

// orUsual gives a window that was never seen in a size of its own the usual one.
func (p place) orUsual() place {
	if !p.sensible() {
		p.Width, p.Height = usualWidth, usualHeight
	}
	return p
}
