package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// briefLeft says since when somebody is gone; since is what [HasLeft] told.
func briefLeft(p Person, since time.Time) string {
	switch {
	case since.IsZero():
		return "left, no last day given"
	case !p.End.IsZero() && since.Equal(dayAfter(p.End, since.Location())):
		return "left " + date(p.End)
	}
	return "missing since " + date(since)
}

// briefTried names what was looked up in vain, without the values. A user name
// that is one of the addresses is not a second thing.
func briefTried(keys []Key) string {
	names := map[Rule]string{RuleExternalID: "id", RuleEmail: "e-mail", RuleUserName: "user name"}
	var tried []string
	for i, k := range keys {
		known := slices.ContainsFunc(keys[:i], func(x Key) bool { return x.Value == k.Value })
		if name := names[k.Rule]; !known && !slices.Contains(tried, name) {
			tried = append(tried, name)
		}
	}
	return "unknown " + list(tried, "and")
}

// briefCandidates gives the numbers of the first, by which they are told apart.
func briefCandidates(all []Candidate) string {
	const most = 3
	var numbers []string
	for _, c := range all[:min(len(all), most)] {
		numbers = append(numbers, show(c.Person.Number))
	}
	if len(all) > most {
		numbers = append(numbers, "…")
	}
	n := fmt.Sprintf("%d candidates: ", len(all))
	if len(all) > MostCounted {
		n = fmt.Sprintf("over %d candidates: ", MostCounted)
	}
	return n + strings.Join(numbers, ", ")
}
