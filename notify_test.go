package main

import (
	"testing"
	"time"

	"rollcall/app"
)

// TestNotifierWants: only long work, and only while nobody looks.
func TestNotifierWants(t *testing.T) {
	tests := []struct {
		away bool
		took time.Duration
		want bool
	}{{true, worthTelling, true}, {true, worthTelling - 1, false}, {false, time.Hour, false}}
	for _, tt := range tests {
		var n notifier
		n.away.Store(tt.away)
		if got := n.wants(app.Ended{What: "sync", Took: tt.took}); got != tt.want {
			t.Errorf("away %v, took %v: %v", tt.away, tt.took, got)
		}
	}
}
