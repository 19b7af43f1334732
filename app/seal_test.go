package app

import (
	"strings"
	"testing"

	"rollcall/scim"
)

// What was kept has to be what was listed, and a list that does not call
// itself complete is not, whether it says why or not.
func TestAttemptIsHeldAgainstWhatWasKept(t *testing.T) {
	whole := func() attempt {
		return attempt{
			tenant: "Acme", maxShrink: 20, staged: 7,
			users: scim.Listing{Complete: true, Distinct: 7}, groups: scim.Listing{Complete: true},
		}
	}
	seven, window := 7, []scim.Problem{{Code: scim.ProblemWindow}}
	tests := map[string]struct {
		spoil         func(a *attempt)
		users, groups bool
		code          string
	}{
		"whole":                        {func(*attempt) {}, true, true, ""},
		"one kept too few":             {func(a *attempt) { a.staged = 6 }, false, true, "listing-inconsistent"},
		"one kept too many":            {func(a *attempt) { a.staged = 8 }, false, true, "listing-inconsistent"},
		"incomplete, without a reason": {func(a *attempt) { a.users.Complete = false }, false, true, "listing-incomplete"},
		"as long as a window":          {func(a *attempt) { a.users.Complete, a.users.Problems = false, window }, false, true, "listing-window"},
		"that somebody vouched for":    {func(a *attempt) { a.users.Complete, a.users.Problems, a.accept = false, window, &seven }, true, true, ""},
		"vouched for, with another problem": {func(a *attempt) {
			a.users.Complete, a.users.Problems, a.accept = false, append(window, scim.Problem{Code: scim.ProblemUnstable}), &seven
		}, false, true, "listing-window"},
		"groups without a reason": {func(a *attempt) { a.groups.Complete = false }, true, false, "groups-listing-incomplete"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := whole()
			tt.spoil(&a)
			users, groups, problems := a.judge()
			if users != tt.users || groups != tt.groups || tt.code != "" && !hasCode(problems, tt.code) || tt.code == "" && len(problems) > 0 {
				t.Errorf("users %v, groups %v, %v", users, groups, codes(problems))
			}
			for _, p := range problems {
				if p.WantsWord() != strings.Contains(p.Do, "--accept-shrink") {
					t.Errorf("a person's word ends it: %v, but it says %q", p.WantsWord(), p.Do)
				}
			}
		})
	}
}

// TestWhatWaitsForAWord: the pages lead to where a number is named by the code of a
// problem; its sentence has to ask for that number.
func TestWhatWaitsForAWord(t *testing.T) {
	few := scim.Listing{Distinct: 10}
	for code, problems := range map[string][]Problem{
		codeShrunk:      attempt{tenant: "Acme", sealed: true, users: few, before: 100, maxShrink: 20}.size(),
		codeNoAccounts:  attempt{tenant: "Acme"}.size(),
		codeOthers:      attempt{tenant: "Acme", users: few, maxShrink: 20, turnover: turnover{of: 100, gone: 60}}.turnedOver(),
		codeLost:        attempt{tenant: "Acme", lost: true, lostWas: "another"}.lostBefore(),
		codeMissed:      attempt{tenant: "Acme", users: few, missed: 1}.hole(),
		codeGroupShrunk: attempt{tenant: "Acme", users: few, groups: few, had: groupSizes{groups: listSize{n: 100}}, maxShrink: 20}.sizeOfGroups(),
	} {
		if len(problems) != 1 || problems[0].Code != code || !problems[0].WantsWord() || !strings.Contains(problems[0].Do, "--accept-shrink") {
			t.Errorf("%s: %+v", code, problems)
		}
	}
}
