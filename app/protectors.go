package app

import (
	"context"
	"errors"

	"rollcall/audit"
)

// nameProtectors says of each protection who decided it, as the record tells: of
// the newest entry about it, whose reason is the one in force. It stays open
// where the name was erased or the entry cannot be read.
func (a *App) nameProtectors(ctx context.Context, list []Protected) error {
	type account struct{ tenant, id string }
	open := map[account]*Protected{}
	for i := range list {
		open[account{list[i].TenantID, list[i].ID}] = &list[i]
	}
	if len(open) == 0 {
		return nil
	}
	log, err := a.readLog(ctx)
	if err != nil {
		return err
	}
	return a.newestOfType(ctx, log, typeProtected, func(s audit.Stored) (more bool) {
		var d accountProtected
		if s.Decode(&d) != nil {
			return true
		}
		of := account{s.Entry.Tenant, d.Account.Value()}
		if p := open[of]; p != nil {
			p.By = s.Entry.Actor.Value()
			delete(open, of)
		}
		return len(open) > 0
	})
}

// newestOfType yields the listed entries of a type, the newest first, until one
// is enough. One that is damaged is left out.
func (a *App) newestOfType(ctx context.Context, log *audit.Log, kind string, yield func(audit.Stored) (more bool)) error {
	if _, err := a.listEntries(ctx, log); err != nil {
		return err
	}
	q, err := a.entryQuery(ctx, EntryFilter{Type: kind})
	if err != nil {
		return err
	}
	for before, more := int64(0), true; more; {
		var seqs []int64
		if seqs, more, err = a.chosenEntries(ctx, q, before, pageOfEntries); err != nil {
			return err
		}
		for _, seq := range seqs {
			err := log.Entries(ctx, seq, seq+1, func(s audit.Stored) error {
				more = yield(s) && more
				return nil
			})
			if err != nil && !errors.As(err, new(*audit.DamageError)) {
				return fileError(err)
			}
			before = seq
		}
	}
	return nil
}
