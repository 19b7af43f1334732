package frontend

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"rollcall/app"
	"rollcall/app/reconcile"
	"rollcall/scim/scimtest"
)

const twoUtes = `number,name,email,status,end
1,Ann Alder,ann@corp.example,active,
1042,Ute Meier,ute@corp.example,active,
1077,Ute Meier,meier@corp.example,left,2020-03-31
`

// Whose an account is, is found while one types and seen before it is recorded:
// two people of one name apart by their numbers, and one who left with a word.
func TestLinkIsChosenFromWhoIsFound(t *testing.T) {
	d := newDesk(t)
	d.write(t, "people.csv", twoUtes)
	d.server.Add(scimtest.User{ID: "2", UserName: "svc", Active: true})
	d.fill(t)
	s, h := d.onPages(t, time.Now)
	f := firstOfKind(t, s, reconcile.KindOrphaned)
	dialog := byID(page200(t, h, "/findings/"+f.ID, partial("section#detail")...), linkDialogID(f.ID))
	field := byID(dialog, linkDialogID(f.ID)+"-find")
	if byID(dialog, attr(field, "data-pick")) == nil || attr(field, "hx-get") != decideURL(f.ID, "people") {
		t.Fatalf("the field does not find anybody: %v", field)
	}
	choices := func(typed string) map[string]*html.Node {
		found := map[string]*html.Node{}
		for _, l := range all(page200(t, h, withQuery(decideURL(f.ID, "people"), "other", typed), partial("div")...), "label") {
			found[text(l)] = l
		}
		return found
	}
	got := choices("meier u")
	active, left := got["Ute Meier 1042 · active"], got["Ute Meier 1077 · left 31 Mar 2020 They have left: linked, the account is one of a leaver that is still active."]
	if len(got) != 2 || active == nil || left == nil {
		t.Fatalf("found %v", got)
	}
	if len(choices("nobody")) != 0 || len(choices(" ")) != 0 {
		t.Error("somebody was found for nothing")
	}
	form := func(person, reason string) url.Values {
		return url.Values{"person": {person}, "other": {"meier u"}, "reason": {reason}, "ticket": {"HD-9"}}
	}
	at := partial("div#" + linkDialogID(f.ID) + "-problem")
	for field, wrong := range map[string]url.Values{"other": form("", "asked"), "reason": form(attr(all(active, "input")[0], "value"), " ")} {
		w := post(h, decideURL(f.ID, "link"), wrong, at...)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `data-wrong="`+field+`"`) {
			t.Errorf("%s: %d %s", field, w.Code, w.Body)
		}
	}
	shown := attr(all(active, "input")[0], "value")
	id, _, _ := strings.Cut(shown, "~")
	if w := post(h, decideURL(f.ID, "link"), form(shownAs(id, "Somebody Before"), "asked"), at...); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "somebody else") {
		t.Errorf("a number that is somebody else's by now: %d %s", w.Code, w.Body)
	}
	demandDecided(t, post(h, decideURL(f.ID, "link"), form(shown, "asked"), at...))
	links, err := s.app.Links(t.Context(), "")
	if err != nil || len(links) != 1 || links[0].Person.Number != "1042" {
		t.Errorf("linked %+v: %v", links, err)
	}
	page, err := s.app.EntriesPage(t.Context(), app.EntryFilter{Ticket: "HD-9"}, 0, 9)
	if err != nil || len(page.Entries) != 1 || page.Entries[0].Type != "account.linked" {
		t.Errorf("under the ticket: %+v, %v", page.Entries, err)
	}
}

// In a terminal two people of one name are told apart by their numbers, and
// whoever left is said to.
func TestLinkInATerminal(t *testing.T) {
	d := newDesk(t)
	d.write(t, "people.csv", twoUtes)
	d.server.Add(scimtest.User{ID: "2", UserName: "svc", Active: true})
	d.fill(t)
	if exit, _, errs := d.run(t.Context(), "link", "Acme", "svc", "ute meier", "--reason", "x"); exit != 2 || !strings.Contains(errs, `"1042" (active) and "1077" (left). Give the employee number.`) {
		t.Errorf("%d %s", exit, errs)
	}
	if exit, out, _ := d.run(t.Context(), "link", "Acme", "svc", "1077", "--reason", "x", "--ticket", "HD-9"); exit != 0 || !strings.Contains(out, "They have left") {
		t.Errorf("%d %s", exit, out)
	}
	if _, out, _ := d.run(t.Context(), "record", "list", "--ticket", "HD-9"); !strings.Contains(out, "Linked") {
		t.Errorf("under the ticket: %s", out)
	}
}
