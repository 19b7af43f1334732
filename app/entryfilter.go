package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
)

// EntryGroup is several types of entries under one name.
type EntryGroup struct {
	Name  string   `json:"name"`
	Types []string `json:"types"`
}

// EntryGroups are what [EntryFilter] takes as a group, in the order of a list.
func EntryGroups() []EntryGroup {
	return []EntryGroup{
		{"actions", []string{typeIntent, typeOutcome, typeSkipped, typeStopped, typeStepOpened, typeStepDone}},
		{"plans", []string{typePlanCreated, typePlanDropped, typeRunStarted, typeRunFinished}},
		{"decisions", []string{typeLinked, typeUnlinked, typeExcepted, typeUnexcepted, typeProtected, typeUnprotected}},
		{"syncs", []string{typeSnapshotSealed, typeSnapshotUnsealed, typeRosterImported, typeRosterHeld}},
		{"settings", []string{typeRecordCreated, typeTenantAdded, typeWritesAllowed, typeWritesEnded, typeTenantRemoved, typeSettingChanged, audit.TypeRekeyed}},
		{"exports", []string{typeExported}},
	}
}

// EntryOutcomes are what [EntryFilter] takes as an outcome.
func EntryOutcomes() []string {
	return []string{outcomeConfirmed, outcomeGone, outcomeFailed, outcomeUnknown, outcomeSkipped}
}

// facets are what an entry is filtered by. The list of the pages keeps them in
// the store; everything else makes them of the entry itself.
type facets struct {
	seq, at       int64 // at in milliseconds
	kind          string
	tenant        string // id
	ticket        string
	target, actor string // normalised
	outcome       string
	intent        *int64 // of an outcome
}

func facetsOf(s audit.Stored) (facets, error) {
	e := s.Entry
	f := facets{
		seq: s.Seq, at: e.Time.UnixMilli(), kind: e.Type, tenant: e.Tenant, ticket: e.Ticket,
		target: reconcile.Normalise(e.Target.Value()), actor: reconcile.Normalise(e.Actor.Value()),
	}
	switch e.Type {
	case typeOutcome:
		var d actionOutcome
		if err := s.Decode(&d); err != nil {
			return f, err
		}
		f.outcome, f.intent = d.Outcome, &d.Intent
	case typeSkipped:
		f.outcome = outcomeSkipped
	case typeStopped:
		f.outcome = outcomeFailed
	}
	return f, nil
}

// entryQuery is a filter that was understood.
type entryQuery struct {
	kind, tenant, ticket, target, outcome string
	kinds, words, actor                   []string
	from, to                              *int64 // milliseconds; to is excluded
	none                                  bool   // words or names that nothing can match
}

// query understands the filter. It is the same one for the list, the pages and
// the export, so that an export equals what is on screen.
func (a *App) entryQuery(ctx context.Context, f EntryFilter) (entryQuery, error) {
	q := entryQuery{kind: f.Type, ticket: f.Ticket, target: reconcile.Normalise(f.Target), outcome: f.Outcome}
	if err := knownType(f.Type); err != nil {
		return q, err
	}
	if f.Group != "" {
		groups := EntryGroups()
		i := slices.IndexFunc(groups, func(g EntryGroup) bool { return g.Name == f.Group })
		if i < 0 {
			return q, usage("There are no entries of the kind %s; there are actions, plans, decisions, syncs, settings and exports.", quoted(f.Group))
		}
		q.kinds = groups[i].Types
	}
	if f.Outcome != "" && !slices.Contains(EntryOutcomes(), f.Outcome) {
		return q, usage("The outcome %s is not known; there are %s.", quoted(f.Outcome), strings.Join(EntryOutcomes(), ", "))
	}
	q.words, q.actor = parts(f.About), parts(f.Actor)
	q.none = f.About != "" && q.words == nil || f.Actor != "" && q.actor == nil || f.Target != "" && q.target == ""
	q.from, q.to = wholeMillis(f.From), wholeMillis(f.To)
	if f.Tenant == "" {
		return q, nil
	}
	var err error
	q.tenant, err = a.anyTenant(ctx, f.Tenant)
	return q, err
}

// parts are the words of a search; each has to stand somewhere in the value.
func parts(s string) []string {
	list := strings.Fields(reconcile.Normalise(s))
	return list[:min(len(list), mostWords)]
}

// wholeMillis rounds up: entries carry whole milliseconds.
func wholeMillis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return millis(t.Add(time.Millisecond - 1))
}

func (q entryQuery) matches(f facets) bool {
	holds := func(text string, words []string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	}
	is := func(want, got string) bool { return want == "" || want == got }
	return !q.none && is(q.kind, f.kind) && is(q.tenant, f.tenant) && is(q.ticket, f.ticket) && is(q.target, f.target) && is(q.outcome, f.outcome) &&
		(q.kinds == nil || slices.Contains(q.kinds, f.kind)) && holds(f.target, q.words) && holds(f.actor, q.actor) &&
		(q.from == nil || f.at >= *q.from) && (q.to == nil || f.at < *q.to)
}

// filters is matches for the store.
func (q entryQuery) filters() []db.Filter {
	var out []db.Filter
	is := func(column, want string) {
		if want != "" {
			out = append(out, db.Filter{Column: column, Op: db.Is, Value: want})
		}
	}
	is("type", q.kind)
	is("tenant", q.tenant)
	is("ticket", q.ticket)
	is("target", q.target)
	is("outcome", q.outcome)
	if q.kinds != nil {
		out = append(out, db.Filter{Column: "type", Op: db.In, Value: q.kinds})
	}
	for _, w := range q.words {
		out = append(out, db.Filter{Column: "target", Op: db.Contains, Value: w})
	}
	for _, w := range q.actor {
		out = append(out, db.Filter{Column: "actor", Op: db.Contains, Value: w})
	}
	if q.from != nil {
		out = append(out, db.Filter{Column: "at", Op: db.AtLeast, Value: *q.from})
	}
	if q.to != nil {
		out = append(out, db.Filter{Column: "at", Op: db.Below, Value: *q.to})
	}
	return out
}
