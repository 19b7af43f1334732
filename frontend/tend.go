package frontend

import (
	"context"
	"log/slog"
	"time"

	"rollcall/app"
)

// settleEvery is how long after a look at calls of unknown outcome the next one
// makes sense: until then such a call may still take effect.
const settleEvery = 2 * time.Minute

// Tend reads back calls whose outcome is unknown, at once and every few minutes
// until ctx ends: a terminal beside the pages may leave one at any time. It
// sends no change. Whoever shows the pages runs it beside them; log may be nil.
func Tend(ctx context.Context, a *app.App, log *slog.Logger) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	tend(ctx, func() error { return settleUnknown(ctx, a) }, log, tick.C)
}

func tend(ctx context.Context, look func() error, log *slog.Logger, tick <-chan time.Time) {
	for ctx.Err() == nil {
		if err := look(); err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelWarn, "reading back calls of unknown outcome", slog.Any("error", err))
		}
		select {
		case <-tick:
		case <-ctx.Done():
		}
	}
}

func settleUnknown(ctx context.Context, a *app.App) error {
	state, err := a.RecordState(ctx)
	if err == nil && state.Unsettled > 0 {
		_, err = a.Settle(ctx)
	}
	return err
}
