package app

import (
	"context"

	"rollcall/db/storeq"
)

// Frame is what surrounds every page: of each tenant only whether its list is
// complete, so that no page pays for the state of all.
type Frame struct {
	Demo     bool
	Lists    []ListState // by name of the tenant
	Roster   bool        // one was imported
	People   int         // on the roster that is on show
	Findings int         // but those that are left alone or closed since
	Record   RecordState
	Busy     []Progress // what runs in this process
	Ended    *Ended     // what ended last in the background of this process; nil: nothing did
}

// ListState says whether a tenant's newest list is complete.
type ListState struct {
	ID, Name string // of the tenant
	Sealed   bool
}

// Frame reads what surrounds every page.
func (a *App) Frame(ctx context.Context) (Frame, error) {
	f := Frame{Demo: a.cfg.Demo}
	ctx, err := a.derivedOnce(ctx)
	if err != nil {
		return f, err
	}
	if f.Record, err = a.RecordState(ctx); err != nil {
		return f, err
	}
	f.Busy, _ = a.know.state()
	f.Ended = a.know.lastEnded()
	return f, a.read(ctx, func(q *storeq.Queries) error { return f.count(ctx, q) })
}

func (f *Frame) count(ctx context.Context, q *storeq.Queries) error {
	lists, err := q.ListStates(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		f.Lists = append(f.Lists, ListState{ID: l.ID, Name: l.Name, Sealed: l.Sealed != 0})
	}
	people, err := maybe(q.PeopleOnShow(ctx))
	if err != nil {
		return err
	}
	if f.Roster = people != nil; f.Roster {
		f.People = int(*people)
	}
	open, err := q.CountOpenFindings(ctx)
	f.Findings = int(open)
	return err
}

// Frame is what surrounds the overview's own page.
func (o Overview) Frame() Frame {
	f := Frame{Demo: o.Demo, Roster: o.Roster != nil, Record: o.Record, Busy: o.Busy, Ended: o.Ended}
	for _, t := range o.Tenants {
		f.Lists = append(f.Lists, ListState{ID: t.ID, Name: t.Name, Sealed: t.Sync != nil && t.Sync.Sealed})
	}
	if f.Roster {
		f.People = o.Roster.People
	}
	for _, n := range o.ByKind {
		f.Findings += n
	}
	return f
}
