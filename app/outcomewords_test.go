package app

import (
	"strings"
	"testing"

	"rollcall/db/storeq"
)

// No outcome reaches a person as the keyword that programs read.
func TestOutcomesAreWorded(t *testing.T) {
	seen := map[string]string{}
	for _, outcome := range []string{
		outcomePending, outcomeSent, outcomeConfirmed, outcomeGone, outcomeSkipped, outcomeFailed, outcomeUnknown, outcomeByHand, outcomeDone,
	} {
		words := OutcomeWords(outcome)
		if words == "" || strings.ContainsAny(words, "-_") || seen[words] != "" {
			t.Errorf("%s reads %q, as does %q", outcome, words, seen[words])
		}
		seen[words] = outcome
	}
	if got := OutcomeWords("newer\x1b"); got != "unknown" {
		t.Errorf("what is not understood reads %q", got)
	}
	why := nothingToUndo(storeq.Action{Outcome: outcomeDone})
	if why != "There is nothing to undo: done by hand, not confirmed yet." {
		t.Errorf("what was marked done, undone: %s", why)
	}
}
