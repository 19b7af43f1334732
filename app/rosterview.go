package app

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"rollcall/db/storeq"
)

// Roster returns the state of the roster that was imported last; nil before
// the first import. Where that import is held, the revision before it is shown.
func (a *App) Roster(ctx context.Context) (*Roster, error) {
	if err := a.deriveFindings(ctx); err != nil {
		return nil, err
	}
	var view *Roster
	err := a.read(ctx, func(q *storeq.Queries) error {
		latest, err := maybe(q.LatestImport(ctx))
		if err != nil || latest == nil {
			return err
		}
		shown, err := maybe(q.RosterOnShow(ctx, latest.Source))
		if err != nil {
			return err
		}
		if shown == nil {
			shown = latest
		}
		view, err = a.viewRoster(ctx, q, *shown, *latest)
		return err
	})
	return view, err
}

func (a *App) viewRoster(ctx context.Context, q *storeq.Queries, shown, latest storeq.RosterRevision) (*Roster, error) {
	v := &Roster{
		Source: shown.Source, Revision: int(shown.Revision), File: shown.File, SHA256: shown.Sha256,
		Imported: fromMillis(shown.Imported), People: int(shown.People), TimeZone: shown.Zone, Held: latest.Held != 0,
		Contents: shown.Contents, Key: shown.Key,
	}
	reading, err := savedReading(ctx, q, shown.Source)
	if err != nil {
		return nil, err
	}
	v.StatusMap, v.Encoding = reading.StatusMap, reading.Encoding
	if v.Columns, err = columnsOf(shown); err != nil {
		return nil, err
	}
	leavers, err := maybe(q.FindingSource(ctx, shown.Source))
	if err != nil {
		return nil, err
	}
	if leavers != nil {
		v.Leavers = int(*leavers)
	}
	if v.Dropped, err = decodeList[string](shown.Dropped); err != nil {
		return nil, err
	}
	if v.Problems, err = decodeList[Problem](latest.Problems); err != nil {
		return nil, err
	}
	old, err := a.rosterAge(ctx, q, latest)
	v.Problems = append(v.Problems, old...)
	return v, err
}

// rosterAge says what keeps an import from being used, apart from being held.
func (a *App) rosterAge(ctx context.Context, q *storeq.Queries, latest storeq.RosterRevision) ([]Problem, error) {
	if latest.Held == 0 && latest.Merged == 0 {
		return []Problem{{"roster-lost", fmt.Sprintf("The people of the roster %s are not in this workspace any more.", latest.Source), "Import the file again."}}, nil
	}
	most, err := settingDuration(ctx, q, settingRosterStale, 31*24*time.Hour)
	if err != nil {
		return nil, err
	}
	switch age := age(a.cfg.Now(), fromMillis(latest.Imported)); {
	case age == math.MaxInt64:
		return []Problem{{"roster-stale", "The roster " + latest.Source + " was imported at a time that has not come yet: this machine's clock was set back.", "Check the clock, then import the roster again."}}, nil
	case age > most:
		return []Problem{{"roster-stale", fmt.Sprintf("The roster %s was imported %s ago; a plan needs one that is at most %s old.", latest.Source, ageWords(age), ageWords(most)), "Import the present one."}}, nil
	}
	return nil, nil
}

// rosterReadiness says why nothing can be planned because of the roster: none,
// held, lost or stale. The latest import of each source decides.
func (a *App) rosterReadiness(ctx context.Context, q *storeq.Queries) ([]Problem, error) {
	sources, err := q.RosterSources(ctx)
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return []Problem{{"roster-missing", "There is no roster to match accounts against.", "Import one with rollcall roster import."}}, nil
	}
	var out []Problem
	for _, source := range sources {
		latest, err := q.LatestImportOf(ctx, source)
		if err != nil {
			return nil, err
		}
		if latest.Held != 0 {
			held, err := decodeList[Problem](latest.Problems)
			if err != nil {
				return nil, err
			}
			out = append(out, held[0]) // why it is held comes first
		}
		old, err := a.rosterAge(ctx, q, latest)
		if err != nil {
			return nil, err
		}
		out = append(out, old...)
	}
	return out, nil
}

// Limits of the column names that an import's entry carries: a header may be
// as large as the file, an entry may not.
const (
	mostColumnNames = 100
	mostColumnBytes = 60
)

// boundedNames cuts long names and long lists, and says how many it left out.
// Characters that nobody can see are replaced: they would take six bytes each.
func boundedNames(names []string) []string {
	out := []string{}
	for i, n := range names {
		if i == mostColumnNames {
			return append(out, fmt.Sprintf("and %d more", len(names)-i))
		}
		n = strings.Map(func(r rune) rune {
			if unprintable(r) {
				return utf8.RuneError
			}
			return r
		}, n)
		if len(n) > mostColumnBytes {
			n = strings.ToValidUTF8(n[:mostColumnBytes], "") + "…"
		}
		out = append(out, n)
	}
	return out
}
