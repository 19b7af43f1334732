package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"rollcall/app"
	"rollcall/frontend"
)

// worthTelling is how long work has to take before the desktop tells of its end.
const worthTelling = 10 * time.Second

// focusEvent is what the page sends when it gains or loses the focus.
const focusEvent = "rollcall-focus"

// notifier tells of the end of long work while nobody looks at the window.
type notifier struct {
	away  atomic.Bool // the page said that it has no focus
	sends sync.Mutex
	ready bool // guarded by sends
}

// watch listens to the page.
func (n *notifier) watch(ctx context.Context) {
	runtime.EventsOn(ctx, focusEvent, func(data ...any) {
		if len(data) == 1 {
			focused, ok := data[0].(bool)
			n.away.Store(ok && !focused)
		}
	})
}

// wants says whether this end is told.
func (n *notifier) wants(e app.Ended) bool { return n.away.Load() && e.Took >= worthTelling }

// tell sends the notification, beside whoever works. Where the desktop has none
// of them, or the person allows none, the title and the page still tell.
func (n *notifier) tell(ctx context.Context, e app.Ended) {
	if !n.wants(e) {
		return
	}
	go func() {
		n.sends.Lock()
		defer n.sends.Unlock()
		if !n.begin(ctx) {
			return
		}
		_ = runtime.SendNotification(ctx, runtime.NotificationOptions{ID: "rollcall-" + e.What, Title: "Rollcall", Body: frontend.EndedWords(&e)})
	}()
}

// begin connects to the desktop, once; a person may be asked for leave.
func (n *notifier) begin(ctx context.Context) bool {
	if n.ready {
		return true
	}
	if !runtime.IsNotificationAvailable(ctx) || runtime.InitializeNotifications(ctx) != nil {
		return false
	}
	n.ready, _ = runtime.RequestNotificationAuthorization(ctx)
	return n.ready
}
