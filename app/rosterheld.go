package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rollcall/app/roster"
	"rollcall/db/storeq"
)

// shrinkWindow is how long a list is measured against the largest one before
// it: many small steps in that time are one large one.
const shrinkWindow = 7 * 24 * time.Hour

// tooManyGone says whether so many of those who were listed before are missing
// that a person has to vouch for the list, however long it is: it may be that of
// another company. Those few that could be closed at once by mistake are not too
// many, unless they are all.
func tooManyGone(gone, of, mostPercent int) bool {
	return gone > ceilingLeast && gone*100 > of*mostPercent || gone > 1 && gone == of
}

// shrinkLeast is how many may be missing from any list before it counts as shrunk:
// of a handful, one who goes is more than a fifth.
const shrinkLeast = 2

// tooFew says whether a list that had so many shrank suspiciously.
func tooFew(n, had, mostPercent int) bool {
	return n*100 < had*(100-mostPercent) && (n == 0 || had-n > shrinkLeast)
}

// heldBecause gives the revision its number, or holds the file because it
// shrank, lists other people or says of many that they left, and no person named
// its size. compare counts that against the revisions since one.
func (a *App) heldBecause(ctx context.Context, d *rosterTaken, used []roster.Column, compare func(context.Context, storeq.RosterRevision) (rosterChange, error)) ([]Problem, error) {
	if d.People == 0 {
		return nil, &Error{Kind: KindFailed, Text: "The roster holds nobody.", Do: "Check the file; nothing was changed."}
	}
	b, err := a.rosterBefore(ctx, d.Source)
	if err != nil {
		return nil, err
	}
	if b.latest == nil {
		d.Revision = 1
		return nil, nil
	}
	change, err := compare(ctx, b.first)
	if err == nil && !change.continues(b.most) {
		err = sameKey(b.latest, b.reading, d.Reading, used)
	}
	if err != nil {
		return nil, err
	}
	why := b.doubt(d, change)
	if why == nil || d.Accepted == d.People {
		d.Revision = int(b.latest.Revision) + 1
		return nil, nil
	}
	if d.Accepted != 0 {
		why.Text += fmt.Sprintf(" %d were accepted, which is another number.", d.Accepted)
	}
	return []Problem{*why}, nil
}

// rostersBefore are what a file is measured against: the revisions of the last
// days, or since a person last vouched for one.
type rostersBefore struct {
	latest         *storeq.RosterRevision // nil: there is none
	first, largest storeq.RosterRevision
	lost           bool // their people were lost with the store
	reading        rosterReading
	most           int // percent
}

func (a *App) rosterBefore(ctx context.Context, source string) (b rostersBefore, err error) {
	err = a.read(ctx, func(q *storeq.Queries) (err error) {
		if b.most, err = settingNumber(ctx, q, settingShrinkMax, 20); err != nil {
			return err
		}
		if b.reading, err = savedReading(ctx, q, source); err != nil {
			return err
		}
		if b.latest, err = maybe(q.LatestRevisionOf(ctx, source)); b.latest == nil {
			return err
		}
		shown, err := maybe(q.RosterOnShow(ctx, source))
		if err != nil {
			return err
		}
		b.lost = shown == nil
		since := a.cfg.Now().Add(-shrinkWindow).UnixMilli()
		if b.first, err = q.FirstRevisionOf(ctx, storeq.FirstRevisionOfParams{Source: source, Since: since, Latest: b.latest.No}); err != nil {
			return err
		}
		b.largest, err = q.LargestRevisionOf(ctx, storeq.LargestRevisionOfParams{Source: source, Since: since, Latest: b.latest.No})
		return err
	})
	return b, err
}

// doubt says what is suspicious about a file; nil: nothing.
func (b *rostersBefore) doubt(d *rosterTaken, c rosterChange) *Problem {
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	do := fmt.Sprintf("If that is right, import the file with --accept-shrink %d; otherwise import a complete one.", d.People)
	shrank := tooFew(d.People, int(b.largest.People), b.most)
	if shrank {
		say("The roster %s shrank from %d to %d people since %s.", d.Source, b.largest.People, d.People, revisionWords(b.largest))
	}
	if b.lost && d.SHA256.Value() != b.latest.Sha256 {
		say("The people of the roster %s were lost with the store, and the file is not that of %s, so that nobody can tell whether it lists the same people.", d.Source, revisionWords(*b.latest))
		do = fmt.Sprintf("Import the file %s of then; or look at this one, and import it with --accept-shrink %d, its number of people.", quoted(b.latest.File), d.People)
	}
	lost := int(b.largest.People) - d.People
	if many := tooManyGone(c.gone, int(b.largest.People), b.most) || c.gone > 1 && c.gone == c.of; many && (!shrank || c.gone > lost) {
		say("%d of the %d people of the roster %s are not in it any more, since %s.", c.gone, c.of, d.Source, revisionWords(b.first))
		if c.renamed > 0 {
			say("The numbers of %d of them are somebody else's.", c.renamed)
		}
		do = fmt.Sprintf("Look whether the file is that of the same company, with the numbers written as before. If it is right, import it with --accept-shrink %d, its number of people.", d.People)
		if d.Reading.Contents == ContentsActive {
			do += " If its people were numbered anew, add --contents " + ContentsAll + " this once, and " + "--contents " + ContentsActive + " with the next file: else those of the old numbers are presumed to have left."
		}
	}
	if c.ended > 0 && tooManyGone(c.ended+c.goneHere, c.here, b.most) {
		say("Of the %d people of the roster %s who were here at %s, %d left by it.", c.here, d.Source, revisionWords(b.first), c.ended)
		do = fmt.Sprintf("Look whether its status and its last days are what they seem, and its people those of the same company. If it is right, import it with --accept-shrink %d, its number of people.", d.People)
	}
	if len(said) == 0 {
		return nil
	}
	return &Problem{"roster-held", strings.Join(said, " "), do}
}

func revisionWords(r storeq.RosterRevision) string {
	return fmt.Sprintf("revision %d, imported at %s", r.Revision, stamp(fromMillis(r.Imported)))
}
