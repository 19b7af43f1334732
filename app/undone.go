package app

import (
	"context"

	"rollcall/db/storeq"
)

// Undoing is a plan that gave back what another one took.
type Undoing struct {
	Plan    string `json:"plan"`    // hash
	Actions int    `json:"actions"` // of the plan that was undone: those of which it gave something back, confirmed
}

// undoings fills in what became of the plan and of what it took, and whose way
// back it is itself. An action was given back where one plan did all of that, confirmed.
func undoings(ctx context.Context, q *storeq.Queries, p *Plan) error {
	var err error
	if p.Undoes, err = q.UndonePlans(ctx, p.Hash); err != nil {
		return err
	}
	back, err := q.UndoingActions(ctx, p.Hash)
	if err != nil {
		return err
	}
	whole := map[int64]bool{}
	p.UndoneBy, p.Confirmed, p.Kept, p.Undoable = nil, 0, 0, 0
	for _, b := range back {
		if b.Confirmed == 0 {
			continue
		}
		whole[b.N] = whole[b.N] || b.Confirmed == b.Planned
		if int(b.N) <= len(p.Actions) { // none, where only the plan's line is read
			p.Actions[b.N-1].UndoneBy = append(p.Actions[b.N-1].UndoneBy, b.Plan)
		}
		if n := len(p.UndoneBy); n == 0 || p.UndoneBy[n-1].Plan != b.Plan {
			p.UndoneBy = append(p.UndoneBy, Undoing{Plan: b.Plan})
		}
		p.UndoneBy[len(p.UndoneBy)-1].Actions++
	}
	confirmed, err := q.ConfirmedActions(ctx, p.Hash)
	for _, c := range confirmed {
		p.keeps(int(c.N), c.Verb, whole[c.N])
	}
	return err
}

// fillUndone says of the entry of an action who gave back what it took, and
// whether an undo still may.
func (a *App) fillUndone(ctx context.Context, d *EntryDetail) error {
	row, err := a.actionBySeq(ctx, d.Seq)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	p, _, err := a.planNamed(ctx, row.Plan)
	if err == nil {
		d.Undoable, d.UndoneBy = p.Actions[row.N-1].Undoable, p.Actions[row.N-1].UndoneBy
	}
	return err
}

// keeps counts the n-th action, which is confirmed, and whether what it took was not given back.
func (p *Plan) keeps(n int, verb string, back bool) {
	p.Confirmed++
	if back || (change{action: verb}).undoes() {
		return
	}
	p.Kept++
	if verb == actionDeactivate || verb == actionRemoveMember {
		p.Undoable++
		if n <= len(p.Actions) { // none, where only the plan's line is read
			p.Actions[n-1].Undoable = true
		}
	}
}

// UndoneWords says that what the plan took was given back, as the beginning of
// a phrase that the plans of UndoneBy end; "" where nothing was.
func (p *Plan) UndoneWords() string { return undoneWords(p.UndoneBy, p.Kept) }

func undoneWords(by []Undoing, kept int) string {
	switch {
	case len(by) == 0:
		return ""
	case kept > 0:
		return "undone in part by"
	}
	return "undone by"
}
