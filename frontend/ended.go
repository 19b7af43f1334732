package frontend

import "rollcall/app"

// EndedWords says what ended and how, in one line without any name: it is also
// shown on a locked screen. nil is work that nothing more is known of.
func EndedWords(e *app.Ended) string {
	if e == nil {
		return "Finished"
	}
	switch e.What {
	case "sync":
		return "Sync of " + many(e.N, "tenant") + " ended: " + short(e, "complete")
	case "run":
		return "Run of " + many(e.N, "action") + " ended: " + short(e, "confirmed")
	}
	if e.Short > 0 {
		return "Check of the record ended: it does not hold, or could not be finished"
	}
	return "Check of the record ended: all " + many(e.N, "entry", "entries") + " verified"
}

func short(e *app.Ended, word string) string {
	if e.Short > 0 {
		return count(e.Short) + " not " + word
	}
	return "all " + word
}
