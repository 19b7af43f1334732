package app

import (
	"testing"

	"rollcall/scim"
)

// A plan of an undo from before does not say that something is read just now.
func TestUndoSaysWhenItWasRead(t *testing.T) {
	kept := []Freshness{{Tenant: "Acme", Certificate: undoStoodOnce}}
	p := Plan{State: "done", Freshness: kept}
	noError(t, new(App).present(t.Context(), &p, planBody{}))
	if p.Freshness[0].Certificate != undoStands || kept[0].Certificate != undoStoodOnce {
		t.Errorf("%+v, kept %+v", p.Freshness, kept)
	}
}

// What is wrong with a list names the list.
func TestListingProblemNamesItsList(t *testing.T) {
	l := scim.Listing{Problems: []scim.Problem{{Code: scim.ProblemFewer, Text: "The server claims 12 and listed 2."}}}
	for what, want := range map[string]string{"accounts": "Acme: Accounts: the server claims 12 and listed 2.", "groups": "Acme: Groups: the server claims 12 and listed 2."} {
		if got := (attempt{tenant: "Acme"}).listing("", what, l, nil); len(got) != 1 || got[0].Text != want {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}
