package app

import (
	"context"

	"rollcall/audit"
)

// ranBy is who began the run of a plan, as the first entry about one of its
// actions says; "" where there is none, or it was erased.
func (a *App) ranBy(ctx context.Context, hash string) (by string, err error) {
	rows, err := a.actionRows(ctx, hash)
	if err != nil {
		return "", err
	}
	steps, err := a.stepsOf(ctx, hash)
	if err != nil {
		return "", err
	}
	first := int64(-1)
	earlier := func(seq *int64) {
		if seq != nil && (first < 0 || *seq < first) {
			first = *seq
		}
	}
	for _, row := range rows {
		if step, ok := steps[row.N]; ok {
			earlier(&step.OpenedSeq)
			continue
		}
		earlier(row.IntentSeq)
		earlier(row.OutcomeSeq)
	}
	if first < 0 {
		return "", nil
	}
	err = a.entryAt(ctx, first, func(s audit.Stored) error {
		by = s.Entry.Actor.Value()
		return nil
	})
	return by, err
}

// FormsSent tells of actions of a plan, by their numbers, how many of the calls
// that the plan allows were sent, the first ones. A repetition does not count.
func (a *App) FormsSent(ctx context.Context, hash string, actions []ActionResult) (map[int]int, error) {
	p, err := a.findPlan(ctx, hash)
	if err != nil {
		return nil, err
	}
	sent := map[int]int{}
	for _, act := range actions {
		if act.Intent < 0 {
			continue
		}
		sent[act.N] = 1
		if act.Calls < 2 {
			continue
		}
		err := a.entryAt(ctx, act.Intent, func(s audit.Stored) error {
			var d actionIntent
			if err := s.Decode(&d); err != nil {
				return err
			}
			for i, r := range p.Body.Actions[act.N-1].Requests {
				if r.Form == d.Form {
					sent[act.N] = i + 1
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return sent, nil
}

func (a *App) entryAt(ctx context.Context, seq int64, yield func(audit.Stored) error) error {
	log, err := a.readLog(ctx)
	if err != nil {
		return err
	}
	return fileError(log.Entries(ctx, seq, seq+1, yield))
}
