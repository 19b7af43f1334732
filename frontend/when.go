package frontend

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// when is a moment: in words, exactly, and for machines.
type when struct {
	Words   string // "2 h ago"
	Exact   string // "22 Nov 2026, 13:05:12 CET (12:05:12 UTC)"
	Machine string // RFC 3339
}

// at puts t into words as seen from now. The zero time gives the zero when.
func at(t, now time.Time) when {
	if t.IsZero() {
		return when{}
	}
	return when{
		Words:   ago(t, now),
		Exact:   exactly(t, now.Location()),
		Machine: t.UTC().Format(time.RFC3339),
	}
}

// exactly is t by the clock of this machine, by which days are filtered, and by
// that of the record.
func exactly(t time.Time, here *time.Location) string {
	t, universal := t.In(here), t.UTC()
	words := t.Format("2 Jan 2006, 15:04:05 MST")
	switch {
	case t.Format(time.DateTime) == universal.Format(time.DateTime):
		return words
	case t.Format(time.DateOnly) == universal.Format(time.DateOnly):
		return words + universal.Format(" (15:04:05 UTC)")
	}
	return words + universal.Format(" (2 Jan 15:04:05 UTC)")
}

func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < -time.Minute:
		return "in " + span(-d)
	case d < time.Minute:
		return "just now"
	case d < 60*24*time.Hour:
		return span(d) + " ago"
	}
	return t.In(now.Location()).Format("2 Jan 2006")
}

// span is a length of time in its largest fitting unit, rounded down.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(1, int(d/time.Second)))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%s d", count(int(d/(24*time.Hour))))
}

// day formats a date that the roster or a finding carries as yyyy-mm-dd; text
// that is no such date is shown as it is.
func day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return visible(s, rowMax)
	}
	return t.Format("2 Jan 2006")
}

// shortMoment is how a moment stands within a sentence.
const shortMoment = "2 Jan 2006, 15:04 MST"

// sentenceMoment is a moment as a sentence of the program names it.
var sentenceMoment = regexp.MustCompile(`\b(at|of|time) (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)`)

// timed is a sentence of the program with its days and moments as the pages write
// them; the names in it stay as they are.
func timed(sentence string, names ...string) value {
	return prose(rewritten(sentence, names, moments))
}

func moments(sentence string) string {
	return sentenceMoment.ReplaceAllStringFunc(dated(sentence), func(s string) string {
		before, stamp, _ := cutLast(s, " ")
		t, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			return s
		}
		return before + " " + t.UTC().Format(shortMoment)
	})
}

// changedDay is what a revision of the roster changed about a day.
var changedDay = regexp.MustCompile(`^((?:first|last) day: )(\S+) → (\S+)$`)

// changedWords writes the days in what a revision changed as the pages do.
func changedWords(what string) string {
	parts := changedDay.FindStringSubmatch(what)
	if parts == nil {
		return what
	}
	return parts[1] + day(parts[2]) + " → " + day(parts[3])
}

// reasonDay is a day as the reason of a finding names it, in a sentence or in brief.
var reasonDay = regexp.MustCompile(`(the last day (?:is|was)|since revision \d+ of|deactivated on|known again, of|^left|^missing since) (\d{4}-\d{2}-\d{2})\b`)

// dated writes the days in the reason of a finding as the pages write days.
// Other text that looks like a day is left as it is: it may be a name.
func dated(reason string) string {
	if !strings.ContainsAny(reason, "0123456789") {
		return reason // most have none, and the pattern is slow to find that out
	}
	return reasonDay.ReplaceAllStringFunc(reason, func(s string) string {
		before, date, _ := cutLast(s, " ")
		return before + " " + day(date)
	})
}
