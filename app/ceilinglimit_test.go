package app

import "testing"

func TestCeilingLimit(t *testing.T) {
	for active, want := range map[int]int{0: 5, 60: 5, 119: 5, 120: 6, 139: 6, 140: 7, 10_000: 500} {
		if got := ceilingLimit(active); got != want {
			t.Errorf("of %d active accounts %d may be closed, want %d", active, got, want)
		}
	}
}
