package app

import (
	"context"
	"strings"

	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// typePlanDropped says that a plan is not to be run, and its data. Once
// released it keeps its fields for ever: add, never change.
const typePlanDropped = "plan.dropped"

func init() { projections[typePlanDropped] = applyPlanDropped }

type planDropped struct {
	Plan   string         `json:"plan"` // hash
	Reason audit.Personal `json:"reason"`
}

// DropPlan decides that a plan is not run, for a recorded reason. Only a plan of
// which nothing was begun can be dropped. It stays on the list, and the same
// wish on the same state plans it again.
func (a *App) DropPlan(ctx context.Context, hashOrPrefix, reason string) (Plan, error) {
	if reason = strings.TrimSpace(reason); reason == "" {
		return Plan{}, usageAbout(FieldReason, "A plan is dropped with a reason, which is recorded.")
	}
	hash := ""
	err := a.mutate(ctx, func(w *writer) error {
		p, err := a.findPlan(ctx, hashOrPrefix)
		if err != nil {
			return err
		}
		hash = p.Hash
		if !a.claim(hash) {
			return &Error{Kind: KindLocked, Text: "This plan is running.", Do: "Wait until it has ended, or stop it first."}
		}
		defer a.unclaim(hash)
		if p, err = a.findPlan(ctx, hash); err != nil {
			return err
		}
		if err := droppable(p); err != nil {
			return err
		}
		_, err = w.record(ctx, audit.Draft{
			Type: typePlanDropped, Tenant: p.Body.tenant(), Ticket: p.Body.Ticket,
			Data: planDropped{Plan: hash, Reason: audit.Text(reason)},
		})
		return err
	})
	if err != nil {
		return Plan{}, err
	}
	return a.PlanByHash(ctx, hash)
}

func droppable(p storedPlan) error {
	if p.Row.Started != nil {
		return refused1("This plan was begun; what was done cannot be dropped.", "Run it again to go on, or plan the way back with rollcall undo "+p.Hash[:leastPrefix]+".")
	}
	return notDropped(p)
}

// notDropped refuses a plan that was dropped.
func notDropped(p storedPlan) error {
	if p.Row.Dropped == nil {
		return nil
	}
	return refused1("This plan was dropped: "+p.Row.DroppedWhy, "Plan again if it is meant after all.")
}

func applyPlanDropped(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d planDropped
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.DropPlan(ctx, storeq.DropPlanParams{Dropped: millis(s.Entry.Time), DroppedWhy: d.Reason.Value(), Hash: d.Plan})
}
