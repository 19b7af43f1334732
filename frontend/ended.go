package frontend

import (
	"strings"

	"rollcall/app"
)

// EndedWords says what ended and how, in one line without any name: it is also
// shown on a locked screen. nil is work that nothing more is known of.
func EndedWords(e *app.Ended) string {
	if e == nil {
		return "Finished"
	}
	switch e.What {
	case "sync":
		return "Sync of " + many(e.N, "tenant") + " ended: " + syncWords(e)
	case "run":
		if e.Idle {
			return "Run of " + many(e.N, "action") + " did not begin"
		}
		return "Run of " + many(e.N, "action") + " ended: " + runWords(e)
	}
	if e.Short > 0 {
		return "Check of the record ended: it does not hold, or could not be finished"
	}
	if e.N == 1 {
		return "Check of the record ended: its one entry holds"
	}
	return "Check of the record ended: all " + count(e.N) + " entries verified"
}

// runWords are about a run; a step that a person does is nothing amiss.
func runWords(e *app.Ended) string {
	if e.Hand == 0 {
		return short(e, "confirmed")
	}
	var parts []string
	if n := e.N - e.Short - e.Hand; n > 0 {
		parts = append(parts, count(n)+" confirmed")
	}
	if e.Short > 0 {
		parts = append(parts, count(e.Short)+" not confirmed")
	}
	return strings.Join(append(parts, count(e.Hand)+" to do by hand"), ", ")
}

// syncWords are about a sync; one that somebody stopped is nothing amiss.
func syncWords(e *app.Ended) string {
	switch {
	case e.Stopped == 0:
		return short(e, "complete")
	case e.Short == 0:
		return count(e.Stopped) + " stopped"
	}
	return count(e.Stopped) + " stopped, " + short(e, "complete")
}

func short(e *app.Ended, word string) string {
	if e.Short > 0 {
		return count(e.Short) + " not " + word
	}
	return "all " + word
}
