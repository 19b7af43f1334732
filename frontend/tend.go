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

// Tend reads back calls whose outcome is unknown, as often as it takes, and
// returns when there are none or ctx ends. It sends no change. Whoever shows the
// pages runs it beside them; log may be nil.
func Tend(ctx context.Context, a *app.App, log *slog.Logger) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	for {
		state, err := a.RecordState(ctx)
		if err == nil && state.Unsettled == 0 {
			return
		}
		if err == nil {
			_, err = a.Settle(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelWarn, "reading back calls of unknown outcome", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
