package frontend

import (
	"net/http"
	"strings"
	"testing"

	"rollcall/app"
)

// Of several plans under one ticket each names the others with how far they are,
// the one that was run leads on to the next, and the list shows those of a ticket.
func TestPlansOfOneTicket(t *testing.T) {
	s, h := demoSite(t)
	for _, f := range []app.Finding{leaverIn(t, s, app.SourceSCIM), leaverIn(t, s, app.SourceFile)} {
		stagePost(h, f.ID, true)
	}
	if got := makePlans(t, h, "HD-7 & more").Header().Get("HX-Redirect"); got != ticketPlansURL("HD-7 & more") {
		t.Errorf("several plans lead to %q", got)
	}
	plans, err := s.app.PlansAfter(t.Context(), "HD-7 & more", "", 9)
	if err != nil || plans.Total != 2 {
		t.Fatalf("%d plans: %v", plans.Total, err)
	}
	list := plans.List
	one, other := planURL(list[0].Hash), planURL(list[1].Hash)
	sibling := func(want string) {
		t.Helper()
		doc := page200(t, h, one)
		demandSound(t, doc)
		if got := text(byID(doc, "page")); !strings.Contains(got, "Also under this ticket "+newPlanLine(list[1], s.now()).What) || !strings.Contains(got, want) {
			t.Errorf("no %q: %s", want, got)
		}
	}
	sibling("nothing sent")
	if links(t, h, one, "Next plan") != "" {
		t.Error("a plan that was not run leads on")
	}
	post(h, one+"/run", nil, partial("div#run-problem")...)
	waited(t, h, one)
	sibling("nothing sent")
	if got := links(t, h, one, "Next plan"); got != other {
		t.Errorf("after the run the next one is %q, not %q", got, other)
	}
	filtered := page200(t, h, ticketPlansURL("HD-7 & more"))
	demandSound(t, filtered)
	if got := text(byID(filtered, "page")); !strings.Contains(got, "2 plans") {
		t.Errorf("the list of the ticket: %s", got)
	}
	if got := text(byID(page200(t, h, ticketPlansURL("HD-8")), "page")); !strings.Contains(got, "No plan under this ticket") {
		t.Errorf("a ticket without plans: %s", got)
	}
}

// links is where the link goes that begins with these words; "" for none.
func links(t *testing.T, h http.Handler, path, words string) string {
	t.Helper()
	for _, a := range all(page200(t, h, path), "a") {
		if strings.HasPrefix(strings.TrimSpace(text(a)), words) {
			return attr(a, "href")
		}
	}
	return ""
}
