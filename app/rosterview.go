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

const rosterStaleAfter = 31 * 24 * time.Hour

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
	most, err := settingDuration(ctx, q, settingRosterStale, rosterStaleAfter)
	v.Problems = append(v.Problems, rosterAge(latest, most, a.cfg.Now())...)
	return v, err
}

// rosterAge says what keeps an import from being used, apart from being held;
// it may be most old.
func rosterAge(latest storeq.RosterRevision, most time.Duration, now time.Time) []Problem {
	if latest.Held == 0 && latest.Merged == 0 {
		return []Problem{{"roster-lost", fmt.Sprintf("The people of the roster %s are not in this workspace any more.", latest.Source), "Import the file again."}}
	}
	switch age := age(now, fromMillis(latest.Imported)); {
	case age == math.MaxInt64:
		return []Problem{{"roster-stale", "The roster " + latest.Source + " was imported at a time that has not come yet: this machine's clock was set back.", "Check the clock, then import the roster again."}}
	case age > most:
		return []Problem{{"roster-stale", fmt.Sprintf("The roster %s was imported %s ago; a plan needs one that is at most %s old.", latest.Source, ageWords(age), ageWords(most)), "Import the present one."}}
	}
	return nil
}

// rosterReadiness says why nothing can be planned because of the roster: none,
// held, lost or stale. The latest import of each source decides.
func (a *App) rosterReadiness(ctx context.Context, q *storeq.Queries) ([]Problem, error) {
	imports, most, err := rosterImports(ctx, q)
	if err != nil {
		return nil, err
	}
	return rosterProblems(imports, most, a.cfg.Now())
}

// rosterImports are the latest of each source, and how old one may be.
func rosterImports(ctx context.Context, q *storeq.Queries) (latest []storeq.RosterRevision, most time.Duration, err error) {
	if most, err = settingDuration(ctx, q, settingRosterStale, rosterStaleAfter); err != nil {
		return nil, 0, err
	}
	sources, err := q.RosterSources(ctx)
	for i := 0; err == nil && i < len(sources); i++ {
		var rev storeq.RosterRevision
		rev, err = q.LatestImportOf(ctx, sources[i])
		latest = append(latest, rev)
	}
	return latest, most, err
}

func rosterProblems(imports []storeq.RosterRevision, most time.Duration, now time.Time) ([]Problem, error) {
	if len(imports) == 0 {
		return []Problem{{"roster-missing", "There is no roster to match accounts against.", "Import one with rollcall roster import."}}, nil
	}
	var out []Problem
	for _, latest := range imports {
		if latest.Held != 0 {
			held, err := decodeList[Problem](latest.Problems)
			if err != nil {
				return nil, err
			}
			out = append(out, held[0]) // why it is held comes first
		}
		out = append(out, rosterAge(latest, most, now)...)
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
