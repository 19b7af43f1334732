package app

import "strings"

// outcomeWords are the outcomes as people read them.
var outcomeWords = map[string]string{
	outcomePending: "not begun", outcomeSent: "under way", outcomeConfirmed: "confirmed", outcomeGone: "confirmed, gone",
	outcomeSkipped: "skipped", outcomeFailed: "failed", outcomeUnknown: "unknown",
	outcomeByHand: "to do by hand", outcomeDone: "done by hand, not confirmed yet",
}

// OutcomeWords words the outcome of an action for people. One that a newer
// program recorded is not understood, so it is not known.
func OutcomeWords(outcome string) string {
	if words, ok := outcomeWords[outcome]; ok {
		return words
	}
	return outcomeWords[outcomeUnknown]
}

// NotCoveredWords says how much a plan leaves out, as in "2 tenants and 1
// account NOT COVERED"; "" where that is nothing.
func NotCoveredWords(list []NotCovered) string { return leftOutWords(leftOut(list)) }

func leftOutWords(tenants, accounts int) string {
	var parts []string
	if tenants > 0 {
		parts = append(parts, counted(tenants, "tenant"))
	}
	if accounts > 0 {
		parts = append(parts, counted(accounts, "account"))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, " and ") + " NOT COVERED"
}

// leftOut counts the tenants that are left out as a whole, and the accounts in
// others of which all or a part is.
func leftOut(list []NotCovered) (tenants, accounts int) {
	seen := map[NotCovered]bool{}
	for _, n := range list {
		n.Why = ""
		switch {
		case seen[n]:
		case n.UserName == "":
			tenants++
		default:
			accounts++
		}
		seen[n] = true
	}
	return tenants, accounts
}
