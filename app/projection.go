package app

import (
	"context"
	"fmt"
	"time"

	"rollcall/app/reconcile"
	"rollcall/audit"
	"rollcall/db"
	"rollcall/db/storeq"
)

// projectionVersion changes when the same entries would be applied to the
// store differently; another version in a store makes it be rebuilt.
const projectionVersion = 1

// projections says, for each type of entry, how it changes the store. It is used
// both right after an append and by replay, so it may depend on the entry and
// on the store only. A nil function means: not at all.
var projections = map[string]func(context.Context, *db.Tx, audit.Stored) error{
	typeRecordCreated:  nil,
	typeTenantAdded:    applyTenantAdded,
	typeWritesAllowed:  applyWritesAllowed,
	typeTenantRemoved:  applyTenantRemoved,
	typeSettingChanged: applySettingChanged,
	typeProtected:      applyProtected,
	typeUnprotected:    applyUnprotected,
	typePlanCreated:    applyPlanCreated,
	typeRunStarted:     applyRunStarted,
	typeRunFinished:    applyRunFinished,
	typeIntent:         applyIntent,
	typeOutcome:        applyOutcome,
	typeSkipped:        applySkipped,
	typeStopped:        applyStopped,
	typeExported:       nil,
	audit.TypeRekeyed:  nil,
}

// apply brings one entry into the store, together with the store's position.
func (a *App) apply(ctx context.Context, s audit.Stored) error {
	return a.store.Write(ctx, func(tx *db.Tx) error {
		pos, err := tx.Position(ctx)
		if err != nil {
			return err
		}
		if pos.Size != s.Seq {
			return fmt.Errorf("apply entry %d: the store stands at %d", s.Seq, pos.Size)
		}
		if err := applyEntry(ctx, tx, s); err != nil {
			return fmt.Errorf("apply entry %d (%s): %w", s.Seq, s.Entry.Type, err)
		}
		return tx.SetPosition(ctx, db.Position{LogID: s.Entry.Log, Size: s.Seq + 1, Leaf: s.Leaf, Version: projectionVersion})
	})
}

func applyEntry(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	fn, known := projections[s.Entry.Type]
	if !known {
		return newerProgram(s.Entry.Type)
	}
	if fn == nil {
		return nil
	}
	return fn(ctx, tx, s)
}

// replay applies what the store has not. A store of another log, of another
// projection version, ahead of the record or with another leaf at its position
// is emptied first: whatever was decided comes back from the record. Only a
// writer may do that, once the record agrees with the kept checkpoint.
func (a *App) replay(ctx context.Context, log *audit.Log) error {
	pos, fits, err := a.position(ctx, log)
	if err != nil {
		return err
	}
	if !fits {
		if err := a.store.Reset(ctx); err != nil {
			return fileError(err)
		}
		pos = db.Position{}
	}
	return a.applyFrom(ctx, log, pos)
}

// replayForward applies what the store has not, and leaves alone a store that does
// not fit the record.
func (a *App) replayForward(ctx context.Context, log *audit.Log) error {
	pos, fits, err := a.position(ctx, log)
	if err != nil || !fits {
		return err
	}
	return a.applyFrom(ctx, log, pos)
}

func (a *App) applyFrom(ctx context.Context, log *audit.Log, pos db.Position) error {
	return fileError(log.Entries(ctx, pos.Size, log.Size(), func(s audit.Stored) error { return a.apply(ctx, s) }))
}

// position is how far the store has applied the record, and whether what it
// applied is this record.
func (a *App) position(ctx context.Context, log *audit.Log) (pos db.Position, fits bool, err error) {
	err = a.store.Read(ctx, func(tx *db.Tx) (err error) {
		pos, err = tx.Position(ctx)
		return err
	})
	if err == nil {
		fits, err = a.fits(ctx, log, pos)
	}
	return pos, fits, fileError(err)
}

func (a *App) fits(ctx context.Context, log *audit.Log, pos db.Position) (bool, error) {
	if pos.Size == 0 {
		return true, nil
	}
	if pos.LogID != log.LogID() || pos.Version != projectionVersion || pos.Size > log.Size() {
		return false, nil
	}
	same := false
	err := a.rec.Rows(ctx, pos.Size-1, pos.Size, func(r audit.Row) error {
		same = r.Leaf == pos.Leaf
		return nil
	})
	return same, err
}

func applyTenantAdded(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d tenantAdded
	if err := s.Decode(&d); err != nil {
		return err
	}
	if d.Source == "" {
		d.Source = SourceSCIM
	}
	return tx.InsertTenant(ctx, storeq.InsertTenantParams{
		ID: s.Entry.Tenant, Name: d.Name, NameNorm: reconcile.Normalise(d.Name), BaseUrl: d.BaseURL, Preset: d.Preset,
		Auth: d.Auth, AuthUser: d.User.Value(), CaPem: d.CA.Bytes(), Added: s.Entry.Time.UnixMilli(), Source: d.Source,
	})
}

func applyWritesAllowed(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d withReason
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.AllowWrites(ctx, storeq.AllowWritesParams{WritesReason: d.Reason.Value(), ID: s.Entry.Tenant})
}

func applyTenantRemoved(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	if err := dropStagesOf(ctx, tx, s.Entry.Tenant); err != nil {
		return err
	}
	return tx.RemoveTenant(ctx, storeq.RemoveTenantParams{Removed: millis(s.Entry.Time), ID: s.Entry.Tenant})
}

func applySettingChanged(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d settingChanged
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.PutSetting(ctx, storeq.PutSettingParams{Key: d.Key, Value: d.Value})
}

func applyProtected(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d accountProtected
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.PutProtected(ctx, storeq.PutProtectedParams{
		TenantID: s.Entry.Tenant, Account: d.Account.Value(), UserName: d.UserName.Value(),
		NameNorm: reconcile.Normalise(d.UserName.Value()), Reason: d.Reason.Value(), Since: s.Entry.Time.UnixMilli(),
	})
}

func applyUnprotected(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d accountProtected
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.DeleteProtected(ctx, storeq.DeleteProtectedParams{TenantID: s.Entry.Tenant, Account: d.Account.Value()})
}

func applyPlanCreated(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d planCreated
	if err := s.Decode(&d); err != nil {
		return err
	}
	if d.Plan.Erased() || d.View.Erased() {
		return nil // its entries stay; the plan itself cannot be shown or run any more
	}
	body, view, err := decodePlan(d.Plan.Bytes(), d.View.Bytes())
	if err != nil {
		return err
	}
	line := view.Plan.Line()
	err = tx.InsertPlan(ctx, storeq.InsertPlanParams{
		Hash: d.Hash, Body: d.Plan.Bytes(), View: d.View.Bytes(), Ticket: s.Entry.Ticket, Created: s.Entry.Time.UnixMilli(),
		Offboards: view.Plan.Offboards.key(), Seq: s.Seq,
		Actions: int64(line.Actions), Verb: line.Action, Tenants: int64(line.Tenants), Tenant: line.Tenant,
		LeftTenants: int64(line.LeftTenants), LeftAccounts: int64(line.LeftAccounts),
	})
	if err != nil {
		return err
	}
	for i, act := range body.Actions {
		p := storeq.InsertActionParams{Plan: d.Hash, N: int64(view.Plan.Actions[i].N), TenantID: act.Tenant, Account: act.Account}
		if act.Undoes != 0 {
			p.Undoes = &act.Undoes
		}
		if err := tx.InsertAction(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func applyRunStarted(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d runStarted
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.StartPlan(ctx, storeq.StartPlanParams{At: millis(s.Entry.Time), Confirm: int64(d.Confirm), Hash: d.Plan})
}

func applyRunFinished(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d runFinished
	if err := s.Decode(&d); err != nil {
		return err
	}
	return tx.FinishPlan(ctx, storeq.FinishPlanParams{Done: millis(s.Entry.Time), Hash: d.Plan})
}

func applyIntent(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d actionIntent
	if err := s.Decode(&d); err != nil {
		return err
	}
	err := tx.InsertIntent(ctx, storeq.InsertIntentParams{
		Seq: s.Seq, Plan: d.Plan, N: int64(d.N), TenantID: s.Entry.Tenant, Account: d.Account.Value(), Action: d.Action, At: s.Entry.Time.UnixMilli(), Grp: d.Group.Value(),
	})
	if err != nil {
		return err
	}
	return tx.NoteIntent(ctx, storeq.NoteIntentParams{IntentSeq: &s.Seq, At: millis(s.Entry.Time), Plan: d.Plan, N: int64(d.N)})
}

func applyOutcome(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d actionOutcome
	if err := s.Decode(&d); err != nil {
		return err
	}
	outcome := d.Outcome
	if d.Harm {
		outcome = outcomeHarmed
	}
	if err := tx.SettleIntent(ctx, storeq.SettleIntentParams{Outcome: &outcome, Status: int64(d.Status), Seq: d.Intent}); err != nil {
		return err
	}
	outcome = d.Outcome
	if d.Next {
		outcome = outcomePending
	}
	if err := tx.CloseStep(ctx, storeq.CloseStepParams{ClosedSeq: &s.Seq, Plan: d.Plan, N: int64(d.N)}); err != nil {
		return err
	}
	return noteOutcome(ctx, tx, s, d.Plan, d.N, outcome, d.Why.Value())
}

func applySkipped(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d actionSkipped
	if err := s.Decode(&d); err != nil {
		return err
	}
	return noteOutcome(ctx, tx, s, d.Plan, d.N, outcomeSkipped, d.Why.Value())
}

func applyStopped(ctx context.Context, tx *db.Tx, s audit.Stored) error {
	var d actionSkipped
	if err := s.Decode(&d); err != nil {
		return err
	}
	return noteOutcome(ctx, tx, s, d.Plan, d.N, outcomeFailed, d.Why.Value())
}

func noteOutcome(ctx context.Context, tx *db.Tx, s audit.Stored, plan string, n int, outcome, why string) error {
	return tx.NoteOutcome(ctx, storeq.NoteOutcomeParams{
		Outcome: outcome, Why: why, OutcomeSeq: &s.Seq, At: millis(s.Entry.Time), Plan: plan, N: int64(n),
	})
}

func millis(t time.Time) *int64 {
	m := t.UnixMilli()
	return &m
}
