package app

import (
	"errors"
	"fmt"
	"testing"

	"rollcall/app/roster"
	"rollcall/app/secrets"
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

// What is wrong with the list of groups says that it is theirs.
func TestListingProblemNamesItsList(t *testing.T) {
	l := scim.Listing{Problems: []scim.Problem{{Code: scim.ProblemFewer, Text: "The server claims 12 and listed 2."}}}
	for prefix, want := range map[string]string{"": "Acme: The server claims 12 and listed 2.", "groups-": "Acme: Groups: the server claims 12 and listed 2."} {
		if got := (attempt{tenant: "Acme"}).listing(prefix, "groups", l, nil); len(got) != 1 || got[0].Text != want {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}

// Whose an error is, however it is wrapped, and what a tenant did in one sentence.
func TestCauseOf(t *testing.T) {
	refusal := &scim.Error{Op: "read user 7", What: "the server failed", Status: 500}
	for _, tc := range []struct {
		err  error
		want Cause
	}{
		{Explain(fmt.Errorf("probe: %w", refusal)), CauseTenant},
		{fmt.Errorf("token: %w", secrets.ErrNoPassphrase), CausePassphrase},
		{importError(&roster.FileError{Text: "No column."}, rosterFile, "p.csv"), CauseFile},
		{importError(&roster.Errors{Rows: []roster.RowError{{Line: 2, Text: "broken"}}}, rosterFile, "p.csv"), CauseFile},
		{errors.New("else"), CauseOther},
	} {
		if got := CauseOf(tc.err); got != tc.want {
			t.Errorf("%v is of %d, want %d", tc.err, got, tc.want)
		}
	}
	if got := Explain(refusal).Text; got != "Could not read user 7: the server failed (HTTP 500)." {
		t.Errorf("it says %q", got)
	}
}
