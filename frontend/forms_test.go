package frontend

import (
	"testing"
	"time"
)

// A list is as old as its file: the time that is proposed does not go on while
// the form is filled in, nor when another page was looked at.
func TestExportTimeStandsStill(t *testing.T) {
	f := newFresh(t)
	s := newSite(f.app, Options{}, someAssets())
	f.h = s.handler()
	now := time.Now()
	s.now = func() time.Time { return now }
	page := "/connect/members?file=" + f.take("for=members&name=m.csv", "User name,Email,Status\nu1,person1@corp.example,active\n")
	proposed := attr(byID(page200(t, f.h, page), "at"), "value")
	if proposed == "" {
		t.Fatal("no time is proposed")
	}
	now = now.Add(time.Hour)
	if got := attr(byID(page200(t, f.h, page), "at"), "value"); got != proposed {
		t.Errorf("an hour later the page proposes %s, before it %s", got, proposed)
	}
}
