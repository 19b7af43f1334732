package frontend

import (
	"testing"

	"rollcall/app"
)

func TestEndedWords(t *testing.T) {
	tests := []struct {
		e    *app.Ended
		want string
	}{
		{nil, "Finished"},
		{&app.Ended{What: "sync", N: 3, Short: 1}, "Sync of 3 tenants ended: 1 not complete"},
		{&app.Ended{What: "sync", N: 1}, "Sync of 1 tenant ended: all complete"},
		{&app.Ended{What: "sync", N: 1, Stopped: 1}, "Sync of 1 tenant ended: 1 stopped"},
		{&app.Ended{What: "sync", N: 4, Stopped: 1, Short: 2}, "Sync of 4 tenants ended: 1 stopped, 2 not complete"},
		{&app.Ended{What: "run", N: 12, Short: 2}, "Run of 12 actions ended: 2 not confirmed"},
		{&app.Ended{What: "run", N: 12}, "Run of 12 actions ended: all confirmed"},
		{&app.Ended{What: "run", N: 2, Hand: 1}, "Run of 2 actions ended: 1 confirmed, 1 to do by hand"},
		{&app.Ended{What: "run", N: 5, Short: 1, Hand: 2}, "Run of 5 actions ended: 2 confirmed, 1 not confirmed, 2 to do by hand"},
		{&app.Ended{What: "run", N: 1, Hand: 1}, "Run of 1 action ended: 1 to do by hand"},
		{&app.Ended{What: "run", N: 4, Short: 4, Idle: true}, "Run of 4 actions did not begin"},
		{&app.Ended{What: "verify", N: 90}, "Check of the record ended: all 90 entries verified"},
		{&app.Ended{What: "verify", N: 1}, "Check of the record ended: its one entry holds"},
		{&app.Ended{What: "verify", Short: 1}, "Check of the record ended: it does not hold, or could not be finished"},
	}
	for _, tt := range tests {
		if got := EndedWords(tt.e); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.e, got, tt.want)
		}
	}
}

// What fell short is not told as something done.
func TestCornerTellsWhatFellShort(t *testing.T) {
	for short, want := range map[int]bool{0: false, 1: true} {
		v := newCorner(app.Frame{}, sampleNow)
		v.tell(&app.Ended{What: "run", N: 5, Short: short})
		if got := byID(draw(t, corner(v)), "corner"); attr(got, "data-done") == "" || hasAttr(got, "data-short") != want {
			t.Errorf("%d short: %v", short, got.Attr)
		}
	}
}
