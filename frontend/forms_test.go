package frontend

import "testing"

// A list is as old as its file, and only whoever exported it knows that: the page
// proposes no time, which somebody might let stand.
func TestNoExportTimeIsProposed(t *testing.T) {
	f := newFresh(t)
	f.h = newSite(f.app, Options{}, someAssets()).handler()
	page := "/connect/members?file=" + f.take("for=members&name=m.csv", "User name,Email,Status\nu1,person1@corp.example,active\n")
	if at := byID(page200(t, f.h, page), "at"); attr(at, "value") != "" || !hasAttr(at, "required") {
		t.Errorf("%v", at.Attr)
	}
}
